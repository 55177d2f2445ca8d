"""Reads of the unit officer's desk. Never writes; a constant number of queries whatever the number of people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, QuerySet

from applications import answers as form
from applications import policies, selectors
from applications.answers import Answers
from applications.models import (
    SEALED_FORM,
    SIGNED_CONSENT,
    Application,
    InternalNotice,
    Material,
    OpinionPhrases,
    PreferenceOrder,
    Return,
    ScanBatch,
    ScanPage,
    Submission,
)
from applications.states import EDITABLE, LIVE, PageSource, State
from applications.strokes import in_stroke_order
from campaigns.models import Campaign
from campaigns.rules.engine import Verdict
from campaigns.selectors import calendar_of
from campaigns.workingdays import Calendar
from unions.models import Member, Unit

# --- the order of preference -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preference:
    """The order a unit gave, as far as its people still stand. `ranks`: application → place, from 1 without gaps."""

    handed_over: bool = False
    at: datetime | None = None
    by: str = ""
    ranks: Mapping[int, int] = field(default_factory=dict)


def newest_order(campaign: Campaign, unit: Unit) -> PreferenceOrder | None:
    rows = PreferenceOrder.objects.filter(campaign=campaign, unit=unit).select_related("by__user")
    return rows.order_by("-pk").first()


def preference(campaign: Campaign, unit: Unit, people: Iterable[Application]) -> Preference:
    row = newest_order(campaign, unit)
    if row is None:
        return Preference()
    standing = {one.pk for one in people if one.state in LIVE}
    return Preference(row.handed_over, row.at, str(row.by), _ranks(row.order, standing))


def _ranks(order: Sequence[int], standing: set[int]) -> dict[int, int]:
    return {pk: place for place, pk in enumerate((pk for pk in order if pk in standing), start=1)}


def preferences(campaign: Campaign, people: Iterable[Application]) -> dict[int, int]:
    """Application → its place in the order of its unit, over all units of a campaign; one query.

    What a unit has not handed over yet is its own business: it is not in here.
    """
    rows = PreferenceOrder.objects.filter(campaign=campaign, handed_over=True)
    standing: dict[int | None, set[int]] = {}
    for one in people:
        if one.state in LIVE:
            standing.setdefault(one.unit_id, set()).add(one.pk)
    found: dict[int, int] = {}
    for row in rows:
        found |= _ranks(row.order, standing.get(row.unit_id, set()))
    return found


def place_in_order(application: Application) -> tuple[int, int] | None:
    """(place, of how many) in the order its unit handed over."""
    row = PreferenceOrder.objects.filter(
        campaign=application.campaign_id, unit=application.unit_id, handed_over=True
    ).first()
    if row is None:
        return None
    live = Application.objects.filter(pk__in=row.order, state__in=LIVE).values_list("pk", flat=True)
    ranks = _ranks(row.order, set(live))
    place = ranks.get(application.pk)
    return None if place is None else (place, len(ranks))


def rankable(campaign: Campaign, unit: Unit, member: Member) -> QuerySet[Application]:
    """Who stands and is the unit's to place: not yet who still writes by themselves."""
    return Application.objects.visible_to(member).filter(campaign=campaign, unit=unit, state__in=LIVE)


def in_order(people: Iterable[Application], ranks: Mapping[int, int]) -> list[Application]:
    """By the unit's own order; whom it has not placed comes after, by the strokes of the surname."""
    rows = in_stroke_order(people, lambda one: one.name)
    return sorted(rows, key=lambda one: ranks.get(one.pk, len(rows) + 1))


def starting_order(campaign: Campaign, unit: Unit, people: Sequence[Application]) -> list[Application]:
    """What an officer starts from: the order saved last, whoever came since behind it."""
    return in_order(people, preference(campaign, unit, people).ranks)


# --- the desk --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the unit's people on its desk: what is missing, what the rules say, until when."""

    application: Application
    missing: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    deadline: datetime | None = None
    """Of a return for correction that is open; the campaign's own is told once, above."""
    waits_for: str = ""
    rank: int | None = None
    sealed: bool = False
    printed: bool = False


SHOWN: Final = 3
"""So many missing items are told in the list; the page of the person has them all."""


def desk(campaign: Campaign, people: Sequence[Application], ranks: Mapping[int, int], at: datetime) -> list[Standing]:
    """The people with what each still needs; answers are opened once a person, the rest is read for all at once."""
    files: dict[int, list[Material]] = {one.pk: [] for one in people}
    for material in Material.objects.current().filter(application__in=people):
        files[material.application_id].append(material)
    newest = {
        row.application_id: row
        for row in Submission.objects.filter(application__in=people)
        .order_by("application_id", "-version")
        .distinct("application_id")
    }
    returns = {
        row.application_id: row.deadline
        for row in Return.objects.filter(application__in=people, answered_at__isnull=True)
    }
    notices = {
        row.application_id: row
        for row in InternalNotice.objects.filter(application__in=people, unit__in={one.unit_id for one in people})
    }
    calendar = calendar_of(campaign.union) if any(policies.notices_first(one) for one in people) else Calendar()
    return [
        replace(
            _standing(one, files[one.pk], newest.get(one.pk), at),
            deadline=returns.get(one.pk),
            waits_for=_waits_for(one, files[one.pk], notices.get(one.pk), at, calendar),
            rank=ranks.get(one.pk),
        )
        for one in people
    ]


def _standing(one: Application, files: list[Material], last: Submission | None, at: datetime) -> Standing:
    if one.state not in LIVE:
        return Standing(one)
    if last is not None:
        last.application = one
    editable = one.state in EDITABLE
    answers = selectors.answers_of(one) if editable or last is None else selectors.submitted_answers(last)
    missing = (
        tuple(item.text for item in selectors.blockers(selectors.missing_of(one, answers, files, at)))
        if editable
        else ()
    )
    findings = selectors.findings_of(one, answers=answers, slots=frozenset(file.slot for file in files))
    told = [(finding.verdict, finding.label) for finding in findings]
    return Standing(
        one,
        missing=missing,
        fails=tuple(label for verdict, label in told if verdict is Verdict.FAILS),
        reasons=tuple(label for verdict, label in told if verdict is Verdict.NEEDS_REASON),
        sealed=last is not None and any(f.slot == SEALED_FORM and f.submission_id == last.pk for f in files),
        printed=last is not None,
    )


def _waits_for(
    one: Application, files: list[Material], notice: InternalNotice | None, at: datetime, calendar: Calendar
) -> str:
    """What the unit itself has to do next before it can recommend."""
    if one.state != State.AWAITING_UNIT:
        return ""
    if policies.notices_first(one):
        if notice is None:
            return "单位内公示"
        if selectors.notice_gap(one, notice, at, calendar):
            return "公示期满"
    attached = {file.slot for file in files}
    if policies.unit_slots(one) - attached:
        return "本单位出具的材料"
    return "推荐意见"


# --- phrases ---------------------------------------------------------------------------------------------------------

PHRASES: Final = (
    "经本单位审核，{name}同志申报材料真实，符合{title}的条件，同意推荐。",
    "经民主推荐、集体研究并公示无异议，同意推荐{name}同志。",
    "{name}同志爱岗敬业、技艺精湛，业绩突出，本单位同意推荐。",
    "经审核，申报材料与事实不符，不予推荐。",
)
"""Where neither the rules nor the unit say how an opinion begins."""


NAME: Final = "{name}"
TITLE: Final = "{title}"


def phrases_of(campaign: Campaign, unit: Unit | None) -> tuple[str, ...]:
    """The unit's own phrases, else those of the rules, else what holds for any."""
    own = OpinionPhrases.objects.filter(unit=unit).first() if unit else None
    if own is not None and own.texts:
        return tuple(own.texts)
    return campaign.rules.opinion_phrases or PHRASES


def filled(phrases: Iterable[str], *, name: str, title: str) -> list[str]:
    """With the name and the title in their places; braces that mean nothing stay."""
    return [phrase.replace(NAME, name).replace(TITLE, title) for phrase in phrases]


SEALABLE: Final = frozenset({State.AWAITING_UNIT, State.SUBMITTED})
"""Handed in and not being mended: whose form is printed and sealed."""

# --- sealed scans ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ScannedForm:
    """The pages of a pile that belong to one version of one application."""

    application: Application
    submission: Submission
    pages: tuple[ScanPage, ...]
    newest: bool
    refusal: str = ""
    """Why it cannot be attached, where it cannot."""
    replaces: bool = False
    attached: bool = False
    expected: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Pile:
    """What a scan was found to hold."""

    matched: tuple[ScannedForm, ...]
    older: tuple[ScannedForm, ...]
    foreign: tuple[ScanPage, ...]
    unread: tuple[ScanPage, ...]
    left_out: tuple[ScanPage, ...]


def pages_of(batch: ScanBatch) -> list[ScanPage]:
    return list(
        ScanPage.objects.filter(batch=batch).select_related(
            "submission__application__campaign",
            "submission__application__person__key",
            "submission__application__unit",
            "submission__application__union",
        )
    )


def pile(batch: ScanBatch) -> Pile:
    """The pages of a batch by what is to be done with them."""
    pages = pages_of(batch)
    groups: dict[int, list[ScanPage]] = {}
    unread: list[ScanPage] = []
    foreign: list[ScanPage] = []
    left_out: list[ScanPage] = []
    for page in pages:
        if page.left_out:
            left_out.append(page)
        elif page.submission is None:
            (foreign if page.source == PageSource.CODE else unread).append(page)
        else:
            groups.setdefault(page.submission.pk, []).append(page)
    applications = {rows[0].submission.application_id for rows in groups.values() if rows[0].submission}
    newest = {
        row.application_id: row
        for row in Submission.objects.filter(application__in=applications)
        .order_by("application_id", "-version")
        .distinct("application_id")
    }
    scans: dict[int, int | None] = dict(
        Material.objects.current()
        .filter(application__in=applications, slot=SEALED_FORM)
        .values_list("application_id", "submission_id")
    )
    forms = [_scanned(rows, newest, scans) for rows in groups.values()]
    forms.sort(key=lambda one: one.pages[0].number)
    return Pile(
        tuple(one for one in forms if one.newest),
        tuple(one for one in forms if not one.newest),
        tuple(foreign),
        tuple(unread),
        tuple(left_out),
    )


def _scanned(pages: list[ScanPage], newest: Mapping[int, Submission], scans: Mapping[int, int | None]) -> ScannedForm:
    submission = pages[0].submission
    assert submission is not None
    application = submission.application
    last = newest[application.pk]
    last.application = application
    is_newest = last.pk == submission.pk
    return ScannedForm(
        application,
        submission,
        tuple(pages),
        newest=is_newest,
        refusal="" if application.state in SEALABLE else f"申报{application.get_state_display()}，现在不收盖章扫描件",
        replaces=application.pk in scans,
        attached=scans.get(application.pk) == submission.pk,
        changes=() if is_newest else changes_between(submission, last),
    )


def changes_between(old: Submission, new: Submission) -> tuple[Change, ...]:
    """What was changed after a print was made, numbers that identify a person cut."""
    rules = new.application.campaign.rules
    before, after = selectors.submitted_answers(old), selectors.submitted_answers(new)
    found = [
        Change(item.label, _shown(item, before, rules), _shown(item, after, rules))
        for item in rules.fields()
        if before.get(item.id) != after.get(item.id)
    ]
    had = {(item.slot, item.sha256) for item in selectors.frozen(old).materials}
    has = {(item.slot, item.sha256) for item in selectors.frozen(new).materials}
    labels = selectors.item_labels(new.application)
    slots = sorted({slot for slot, _ in had ^ has} - {SIGNED_CONSENT})  # signed anew for whatever was changed
    return (*found, *(Change(labels.get(slot, slot), "", "材料有更换") for slot in slots))


def _shown(item: object, answers: Answers, rules: object) -> str:
    return form.display_masked(item, answers.get(item.id), rules)  # type: ignore[arg-type, attr-defined]


def sealable(campaign: Campaign, unit: Unit) -> list[Application]:
    """Of whom a sealed form may be attached now, each with its newest submission at hand."""
    rows = (
        Application.objects.filter(campaign=campaign, unit=unit, state__in=SEALABLE)
        .prefetch_related(Prefetch("submissions", Submission.objects.order_by("-version")))
        .order_by("name", "pk")
    )
    return list(rows)

"""What the office keeps beside applications: the rows it finds and counts them by, who works on what, notes, filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import transaction

from applications import judged, listing, policies_inbox, selectors
from applications.answers import Answers
from applications.models import Application
from applications.models_inbox import ApplicationFacts, Assignment, Note, SavedFilter, SearchEntry
from campaigns.models import Campaign
from campaigns.rules.engine import Findings, Verdict
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused

STANDS_AGAINST: Final = frozenset({Verdict.FAILS, Verdict.CANNOT_TELL, Verdict.NEEDS_REASON, Verdict.WAIVER_CLAIMED})
MOST_FILTERS: Final = 30
NAME_LENGTH: Final = 30
NOTE_LENGTH: Final = 1000
"""Characters."""


# --- rows for lists, filters, statistics and the search ----------------------------------------------------------------


def keep_listed(application: Application) -> None:
    """Write what lists and the search know of a filed application, from the answers handed in last.

    Called inside the transaction that files it, so that a case is never there and not found.
    """
    answers = selectors.current_answers(application)
    campaign, rules = application.campaign, application.campaign.rules
    found = listing.coarse(rules, answers, reference=campaign.reference_date)
    whose = {"union_id": application.union_id, "application": application, "campaign": campaign}
    facts = {
        "sex": found.sex,
        "age_band": found.age_band,
        "level": found.level,
        "industry": found.industry,
        **_verdict(_findings(application, answers)),
    }
    _keep(ApplicationFacts(**whose, **facts), *facts)
    text = listing.searchable(
        rules,
        answers,
        name=application.name,
        number=application.number,
        employer=application.employer,
        trade=application.trade,
    )
    _keep(SearchEntry(**whose, text=text, grams=listing.grams(campaign.pk, text)), "text", "grams")


_Row = TypeVar("_Row", ApplicationFacts, SearchEntry)


def _keep(row: _Row, *fields: str) -> None:
    """Write the one row of its application, over what was there, in one statement."""
    type(row)._default_manager.bulk_create(
        [row], update_conflicts=True, unique_fields=["application"], update_fields=fields
    )


def keep_verdict(application: Application) -> None:
    """After something was judged: the facts follow in the same transaction."""
    answers = selectors.current_answers(application)
    ApplicationFacts.objects.filter(application=application).update(**_verdict(_findings(application, answers)))


def _findings(application: Application, answers: Answers) -> Findings:
    said, waivers = judged.judged(application)
    leaving = judged.judged_later(application.campaign.rules)
    return selectors.findings_of(
        application, judgements=dict.fromkeys(leaving, True) | said, waivers=waivers, answers=answers
    )


def _verdict(found: Findings) -> dict[str, Any]:
    against = [rule for rule, verdict in found.verdicts.items() if verdict in STANDS_AGAINST]
    return {"verdict": found.overall, "against": against}


def forget_search(applications: Sequence[Application]) -> None:
    """Part of anonymising: nothing of these is found any more. The facts stay, they name nobody."""
    SearchEntry.objects.filter(application__in=applications).delete()


# --- who works on what -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """Give a case to somebody. `was`: who had it when that was decided, so that nobody overrides what they did not see."""

    application: int
    officer: int
    was: int | None = None


@transaction.atomic
def assign_applications(campaign: Campaign, shares: Sequence[Share], *, actor: Member, at: datetime) -> int:
    """Give cases to colleagues: all of them or, where one may not be, none. How many changed hands.

    A case that is with its officer already is left alone, so that a second click does nothing.
    """
    policies_inbox.can_assign(actor, campaign.union).require()
    wanted = {share.application: share for share in shares}
    if not wanted:
        raise Refused("请先勾选要分配的申报")
    rows = list(
        Application.objects.select_for_update(no_key=True, of=("self",))
        .filter(campaign=campaign, pk__in=wanted)
        .select_related("person", "union")
        .order_by("pk")
    )
    if len(rows) < len(wanted):
        raise Refused("所选申报不都在本次活动中，请刷新后重新选择")
    officers = {
        member.pk: member
        for member in Member.objects.for_union(campaign.union)
        .filter(pk__in={share.officer for share in shares})
        .select_related("user")
    }
    held = {
        row.application_id: row
        for row in Assignment.objects.filter(application__in=rows).select_related("officer__user")
    }
    return sum(_assign(row, wanted[row.pk], officers, held.get(row.pk), actor, at) for row in rows)


def _assign(
    application: Application,
    share: Share,
    officers: Mapping[int, Member],
    held: Assignment | None,
    actor: Member,
    at: datetime,
) -> bool:
    officer = officers.get(share.officer)
    if officer is None:
        raise Refused("没有这位同事，请重新选择")
    if held is not None and held.officer_id == officer.pk:
        return False
    policies_inbox.can_take(officer, application, at=at).require()
    if (held.officer_id if held else None) != share.was:
        now = f"已分给{held.officer.display_name}" if held else "已没有办理人"
        raise Refused(f"在您选择之后，{application.name}的申报{now}。本次都没有分配，请重新选择")
    before = {"officer": held.officer_id} if held else None
    row = held or Assignment(
        union_id=application.union_id, application=application, campaign_id=application.campaign_id
    )
    row.officer, row.at, row.by = officer, at, actor
    row.save()
    audit.record("application.assigned", application, actor=actor, at=at, before=before, after={"officer": officer.pk})
    return True


# --- notes -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_note(application: Application, *, text: str, actor: Member, at: datetime) -> Note:
    """A note among colleagues; a slip is put right by another note. The log holds its digest only."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).select_related("person__key", "union")
    application = rows.get(pk=application.pk)
    policies_inbox.can_note(actor, application).require()
    text = text.strip()
    if not text:
        raise Refused("请填写备注内容")
    if len(text) > NOTE_LENGTH:
        raise Refused(f"备注至多 {NOTE_LENGTH} 字，现有 {len(text)} 字")
    key = application.person.key
    assert key is not None
    last = Note.objects.filter(application=application, by=actor).last()
    if last is not None and vault.unseal(key, last.sealed) == text:
        return last
    note = Note.objects.create(
        union_id=application.union_id, application=application, sealed=vault.seal(key, text), at=at, by=actor
    )
    audit.record(
        "application.note_added",
        application,
        actor=actor,
        at=at,
        after={"note": note.pk, "digest": vault.digest(key, text)},
    )
    return note


# --- filters -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_filter(
    campaign: Campaign, *, name: str, query: Mapping[str, str], shared: bool, actor: Member, at: datetime
) -> SavedFilter:
    """Keep the conditions of the inbox under a name; one's own of the same name is replaced."""
    policies_inbox.can_save_filter(actor, campaign.union).require()
    Member.objects.select_for_update(no_key=True).get(pk=actor.pk)
    name = name.strip()
    if not name:
        raise Refused("请给这组条件起个名称")
    if len(name) > NAME_LENGTH:
        raise Refused(f"名称至多 {NAME_LENGTH} 字，现有 {len(name)} 字")
    if not query:
        raise Refused("还没有筛选条件，请先选好条件再保存")
    own = SavedFilter.objects.filter(campaign=campaign, owner=actor)
    row = own.filter(name=name).first()
    if row is None and own.count() >= MOST_FILTERS:
        raise Refused(f"至多保存 {MOST_FILTERS} 组，请先删除不用的")
    row = row or SavedFilter(union_id=campaign.union_id, campaign=campaign, owner=actor, name=name)
    row.query, row.shared, row.created_at = dict(query), shared, at
    row.save()
    audit.record("inbox.filter_saved", row, actor=actor, at=at, after={"campaign": campaign.pk, "shared": shared})
    return row


@transaction.atomic
def remove_filter(saved: SavedFilter, *, actor: Member, at: datetime) -> None:
    saved = SavedFilter.objects.select_for_update().get(pk=saved.pk)
    policies_inbox.can_remove_filter(actor, saved).require()
    audit.record("inbox.filter_removed", saved, actor=actor, at=at, before={"shared": saved.shared})
    saved.delete()

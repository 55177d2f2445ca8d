"""Objections as those read them who work on them. Never writes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.db.models import Case, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import Duration
from campaigns.selectors import calendar_of
from campaigns.workingdays import UnknownYear, period_end
from publicity import handling
from publicity.codes import code_digest
from publicity.models import Notice, NoticeVersion, Objection
from publicity.models_objections import ObjectionFile, ObjectionStep, Suspension
from publicity.selectors import ANONYMISED, notice_rule
from publicity.states import ANSWERED, WAITING, ObjectionState, Step
from unions import vault
from unions.models import Member, PersonalKey, Union
from unions.states import Role

# --- its days ----------------------------------------------------------------------------------------------------------


def _end(stage: Stage, length: Duration | None, at: datetime) -> date | None:
    """The last day of a term that begins now. In a year whose days nobody has confirmed yet Monday to Friday count: a right
    must not wait for a calendar.
    """
    if length is None:
        return None
    calendar = calendar_of(stage.union)
    counted = partial(period_end, timezone.localdate(at), days=length.days, unit=length.unit)
    try:
        return counted(calendar=calendar)
    except UnknownYear as unknown:
        years = calendar.confirmed_years | {unknown.year, unknown.year + 1}
        return counted(calendar=replace(calendar, confirmed_years=years))


def due_on(stage: Stage, *, at: datetime) -> date | None:
    """Until when an objection, or the wish for a second look, that comes now is to be answered."""
    objections = notice_rule(stage).objections
    return _end(stage, objections.answer_within, at) if objections else None


def appeal_until(stage: Stage, *, at: datetime) -> date | None:
    """Until when whoever is answered now may ask for a second look."""
    objections = notice_rule(stage).objections
    return _end(stage, objections.appeal_within, at) if objections else None


# --- which there are ---------------------------------------------------------------------------------------------------


def objections(union: Union) -> QuerySet[Objection]:
    """What is owed an answer first, the longest overdue before all; then the newest."""
    return (
        Objection.objects.for_union(union)
        .select_related(
            "application__person__key", "notice__stage__campaign", "decided_by__user", "assignee__user", "key", "union"
        )
        .order_by(
            Case(When(state__in=WAITING, then=0), default=1),
            Case(When(state__in=WAITING, then=F("due_on")), default=None).asc(nulls_last=True),
            "-at",
            "-pk",
        )
    )


def find_objection(union: Union, *, receipt: str, code: str) -> Objection | None:
    """Both must match; a wrong code finds nothing and says nothing."""
    wanted = "".join(receipt.upper().split())
    return (
        Objection.objects.for_union(union)
        .filter(receipt=wanted, code_digest=code_digest(code))
        .select_related("notice__stage__campaign", "key", "union")
        .first()
    )


def is_overdue(objection: Objection, *, at: datetime) -> bool:
    return objection.state in WAITING and objection.due_on is not None and objection.due_on < timezone.localdate(at)


def appealable(at: datetime) -> Q:
    """Answered, and a second look may still be asked for."""
    return Q(state__in=ANSWERED, appeal_until__gte=timezone.localdate(at))


def unsettled(stage: Stage, *, at: datetime) -> QuerySet[Objection]:
    """What keeps the stage open: an answer owed, or an answer that may still be asked about."""
    return Objection.objects.filter(Q(state__in=WAITING) | appealable(at), notice__stage=stage)


def deciding(stage: Stage) -> dict[int | None, Objection]:
    """Application id → the objection that weighs most for it: one that excludes, else by its state, else the last."""
    rows = Objection.objects.filter(notice__stage=stage).order_by("excludes", "state", "pk")
    return {row.application_id: row for row in rows}


# --- what was said, opened ---------------------------------------------------------------------------------------------


def opened(objection: Objection, sealed: str) -> str:
    return _open(objection.key, sealed)


def _open(key: PersonalKey | None, sealed: str) -> str:
    if not sealed:
        return ""
    try:
        return vault.unseal(key, sealed)
    except vault.Unreadable:
        return ANONYMISED


def opened_sender(objection: Objection) -> tuple[str, str]:
    """Name and contact of a real-name objector, for the office that answers."""
    if objection.anonymous:
        return "", ""
    return opened(objection, objection.sender_sealed), _or_nothing(opened(objection, objection.contact_sealed))


def _or_nothing(text: str) -> str:
    return "" if text == ANONYMISED else text


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step with its words opened; `finding` is what an answer established, for those who must not learn who objected."""

    row: ObjectionStep
    text: str
    finding: str
    files: Sequence[ObjectionFile]

    @property
    def label(self) -> str:
        label = Step(self.row.kind).label
        if self.row.kind != Step.ANSWER:
            return label
        return f"{'复核' if self.row.round > 1 else ''}{label}：异议{'成立' if self.row.upheld else '不成立'}"

    @property
    def tone(self) -> str:
        if self.row.kind == Step.ANSWER:
            return "reason" if self.row.upheld else "holds"
        return "waiting" if self.row.kind == Step.FINDING else "active"


def steps_of(objection: Objection) -> list[StepLine]:
    """Every step with its evidence, the first before the others; two queries."""
    rows = objection.steps.select_related("by__user").prefetch_related(
        Prefetch("files", ObjectionFile.objects.select_related("file").order_by("pk"))
    )
    found = []
    for row in rows.order_by("pk"):
        words = _words(objection.key, row.sealed)
        found.append(StepLine(row, words.get("text", ""), words.get("finding", ""), list(row.files.all())))
    return found


def _words(key: PersonalKey | None, sealed: str) -> dict[str, str]:
    try:
        words: dict[str, str] = json.loads(vault.unseal(key, sealed))
    except vault.Unreadable:
        return {"text": ANONYMISED}
    return words


def files_of(objection: Objection) -> list[ObjectionFile]:
    """What came with the objection itself."""
    return list(objection.files.filter(step__isnull=True).select_related("file").order_by("pk"))


# --- who may look into it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody of the office, and why they cannot be chosen; nothing where they can."""

    member: Member
    why_not: str


def why_not(objection: Objection, members: Iterable[Member]) -> dict[int, str]:
    """Member → why they may not look into this objection, now; nothing said of whoever may."""
    members = list(members)
    if objection.application is not None:
        found = handling.why_not(objection.application, members)
    else:
        versions = NoticeVersion.objects.filter(notice=objection.notice_id)
        published = set(versions.values_list("by", flat=True))
        found = {one.pk: "发布了该公示" for one in members if one.pk in published}
    if objection.round > 1:
        first = set(objection.steps.filter(round=1).exclude(kind=Step.APPEAL).values_list("by", flat=True))
        first.add(objection.decided_by_id or 0)
        found |= {one.pk: "办理过该异议" for one in members if one.pk in first and one.pk not in found}
    return found


def choices(objection: Objection, *, at: datetime) -> list[Choice]:
    """Everybody of the office, whoever can be chosen first."""
    members = Member.objects.for_union(objection.union).filter(role=Role.OFFICE).at_work(at).select_related("user")
    office = list(members.order_by("pk"))
    against = why_not(objection, office)
    found = [Choice(one, against.get(one.pk, "")) for one in office]
    return sorted(found, key=lambda choice: bool(choice.why_not))


# --- who is held back --------------------------------------------------------------------------------------------------


def last_suspension(notice: Notice | None, application: Application | None) -> Suspension | None:
    """The row that counts: it suspends or releases."""
    if notice is None or application is None:
        return None
    rows = Suspension.objects.filter(notice=notice, application=application)
    return rows.select_related("by__user").order_by("pk").last()


def suspended(stage: Stage) -> frozenset[int]:
    """Ids of those held back on the notice of a stage now."""
    last = Suspension.objects.filter(notice=OuterRef("notice"), application=OuterRef("application")).order_by("-pk")
    rows = Suspension.objects.filter(notice__stage=stage, suspended=True, pk=Subquery(last.values("pk")[:1]))
    return frozenset(rows.values_list("application_id", flat=True))


# --- the closing report ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reported:
    """One objection as the report tells it: about whom, what was found and what follows; never by whom, and not in the words of
    whoever objected, which could tell.
    """

    objection: Objection
    about: str
    finding: str
    consequence: str


def reported(stage: Stage) -> list[Reported]:
    """Every objection to the notice of a stage, in the order they came; two queries."""
    held = suspended(stage)
    rows = Objection.objects.filter(notice__stage=stage).select_related("application", "key").order_by("at", "pk")
    return [_reported(row, held) for row in rows]


def _reported(row: Objection, held: frozenset[int]) -> Reported:
    about = row.application.name if row.application else "公示整体"
    if row.state in WAITING:
        follows = "正在复核" if row.state == ObjectionState.APPEALED else "正在核查"
    else:
        follows = "异议成立" if row.state == ObjectionState.UPHELD else "异议不成立"
        follows += "（经复核）" if row.round > 1 else ""
    if row.excludes:
        follows += f"，不予通过：{row.ground}"
    elif row.application_id in held:
        follows += "，人选暂缓"
    elif row.state == ObjectionState.UPHELD and row.application:
        follows += "，不影响通过"
    return Reported(row, about, opened(row, row.finding_sealed), follows)

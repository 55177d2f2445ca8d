"""What the public may read, and what the office needs to decide about it. Never writes."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from applications import identity
from applications.answers import is_personal
from applications.models import Application, Submission
from applications.selectors import display_answers, submitted_answers
from applications.strokes import in_stroke_order, name_key
from campaigns.models import Campaign, Stage
from campaigns.rules.schema import Award as AwardRule
from campaigns.rules.schema import PublicNoticeStage, RuleSet
from campaigns.rules.schema import Stage as StageRule
from campaigns.selectors import calendar_of, stage_rule
from campaigns.states import CampaignState, StageState
from campaigns.workingdays import UnknownYear, period_end
from documents.models import Job
from publicity.codes import plain
from publicity.models import Award, Certificate, Notice, NoticeLine, NoticeVersion, Objection, Revocation
from publicity.models_ledger import WithdrawalStep
from publicity.models_signing import Reprint
from publicity.states import CERTIFICATES, REHEARSAL, WithdrawalStepKind
from review.models import Investigation, Outcome
from review.scopes import approved, scopes
from review.selectors import entrants, past, ranks_into
from review.states import Case as Investigated
from unions import audit, vault
from unions.models import Member, Union

ANONYMISED: Final = "（个人信息已按规定删除）"


# --- what a notice says ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    id: str
    label: str


RANK: Final = "rank"
OWN_COLUMNS: Final = {
    "number": "受理编号",
    "unit": "推荐单位",
    "channel": "推荐渠道",
    "age": "年龄",
    "conditions": "符合的条件",
    "category": "类别",
    "tier": "等次",
    RANK: "名次",
}
"""Columns that no field of the form holds: the product knows them itself."""


def notice_rule(stage: Stage) -> PublicNoticeStage:
    rule = stage_rule(stage)
    assert isinstance(rule, PublicNoticeStage)
    return rule


def named_only(stage: Stage) -> bool:
    """Whether only objections under one's own name are taken."""
    objections = notice_rule(stage).objections
    return objections is not None and objections.named


def notice_columns(stage: Stage) -> list[Column]:
    """The columns the rules show, never one the form marks as personal (ID number, phone)."""
    return columns_of(stage.campaign.rules, notice_rule(stage).columns)


def columns_of(rules: RuleSet, keys: Iterable[str]) -> list[Column]:
    """The named columns as people read them, without those that hold personal values or that the form does not have."""
    fields = {field.id: field for field in rules.fields()}
    labels = OWN_COLUMNS | {key: field.label for key, field in fields.items()}
    hidden = {key for key, field in fields.items() if is_personal(field)}
    return [Column(key, labels[key]) for key in keys if key in labels and key not in hidden]


def candidates(stage: Stage) -> list[Application]:
    """Who entered the stage, without those an upheld objection already keeps out.

    By rank where the notice shows it, else by the strokes of their surnames.
    """
    excluded = Objection.objects.filter(notice__stage=stage, excludes=True).values("application_id")
    people = list(entrants(stage).exclude(pk__in=excluded).select_related("person__key", "unit"))
    for application in people:
        application.campaign = stage.campaign
    people = in_stroke_order(people, lambda application: application.name)
    if RANK not in notice_rule(stage).columns:
        return people
    ranks = ranks_into(stage)
    return sorted(people, key=lambda application: ranks.get(application.pk, len(people) + 1))


def order_words(columns: Iterable[str]) -> str:
    """How a notice with these columns is ordered, for its caption."""
    return "按名次排列" if RANK in columns else "按姓氏笔画排列"


def notice_rows(stage: Stage, people: Sequence[Application], columns: Iterable[Column]) -> list[list[str]]:
    """What the columns show of each person, from the version they handed in last; a constant number of queries.

    After the approval a category or tier is the one that was given, not the one applied for.
    """
    rows = Submission.objects.filter(application__in=people).order_by("application_id", "-version")
    latest = {row.application_id: row for row in rows.distinct("application_id")}
    ranks = ranks_into(stage)
    own = {id_: {RANK: str(rank)} for id_, rank in ranks.items()}
    rules = stage.campaign.rules
    if rules.scopes:
        labels = {part.id: part.label for part in rules.parts}
        for id_, given in approved(stage.campaign, stage_rule(stage), [one.pk for one in people]).items():
            parts = {"category": given.category, "tier": given.tier}
            own[id_] = own.get(id_, {}) | {key: labels[part] for key, part in parts.items() if part}
    columns = list(columns)
    return [_row(one, latest.get(one.pk), own.get(one.pk, {}), columns) for one in people]


def _row(application: Application, last: Submission | None, own: Mapping[str, str], columns: list[Column]) -> list[str]:
    if last is not None:
        last.application = application
    shown = display_answers(application, submitted_answers(last) if last else {})
    shown = {**shown, RANK: "", **own}
    return [without_numbers(shown.get(column.id, "")) for column in columns]


_ID_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_MOBILE: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def without_numbers(text: str) -> str:
    """A text with the ID numbers and mobile phones cut that somebody wrote into it: public pages never show them."""
    text = without_id_numbers(text)
    return _MOBILE.sub(lambda found: identity.masked_phone(found[0]), text)


def without_id_numbers(text: str) -> str:
    return _ID_NUMBER.sub(lambda found: identity.masked(found[0]), text)


# --- its days ----------------------------------------------------------------------------------------------------------


def window(stage: Stage, published: date) -> tuple[date, date]:
    """First and last counted day, both included, by the union's own calendar; raises `UnknownYear`."""
    rule = notice_rule(stage)
    counted = partial(
        period_end, published, unit=rule.length.unit, calendar=calendar_of(stage.union), day_one=rule.day_one
    )
    last = counted(days=rule.length.days)
    if rule.length.unit == "working":
        return counted(days=1), last
    return published + timedelta(days=rule.day_one == "next_day"), last


def unknown_year_words(unknown: UnknownYear) -> str:
    """Why a notice cannot be published yet, and what to do."""
    year = unknown.year
    return f"公示期会进入{year}年，而该年的节假日和调休安排尚未确认。请先在“工作日历”中确认{year}年的工作日，再发布公示"


def restarts(stage: Stage, last: NoticeVersion, people: Iterable[Application]) -> bool:
    """Whether a correction starts the clock again: the rules say so, or somebody was not on the list before."""
    before = set(last.lines.values_list("application_id", flat=True))
    return notice_rule(stage).restart_on_amendment or any(person.pk not in before for person in people)


# --- proof -------------------------------------------------------------------------------------------------------------


def version_digest(version: NoticeVersion, lines: Iterable[NoticeLine]) -> str:
    """What a version commits to: its words, its window, and who stands on which line with the salted digest of it."""
    content = {
        "title": version.title,
        "foreword": version.foreword,
        "contact": version.contact,
        "columns": version.columns,
        "from": version.starts_on.isoformat(),
        "to": version.ends_on.isoformat(),
        "version": version.version,
        "reason": version.change_reason,
        "lines": [[line.application_id, line.digest] for line in lines],
    }
    return hashlib.sha256(audit.canonical(content)).hexdigest()


def version_holds(version: NoticeVersion) -> bool:
    """Whether a version still is what its digest was made of. Lines whose key was deleted count by their digests."""
    lines = list(version.lines.select_related("application__person__key").order_by("position"))
    return version_digest(version, lines) == version.sha256 and all(map(_line_holds, lines))


def _line_holds(line: NoticeLine) -> bool:
    key = line.application.person.key
    if key is None:
        return True
    try:
        return vault.digest(key, vault.unseal(key, line.sealed)) == line.digest
    except vault.Unreadable:
        return False


# --- reading notices ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One opened line: the application's id (for objections) and each value with its column's label."""

    application_id: int
    cells: list[tuple[str, str]]


def lines_of(version: NoticeVersion) -> list[Line]:
    """Open the lines of a version; one query. Who was anonymised in this campaign shows as such."""
    labels = [column["label"] for column in version.columns]
    return [
        Line(line.application_id, list(zip(_opened(line, len(labels)), labels, strict=True)))
        for line in version.lines.select_related("application__person__key").order_by("position")
    ]


def _opened(line: NoticeLine, width: int) -> list[str]:
    try:
        values: list[str] = json.loads(vault.unseal(line.application.open_key, line.sealed))
    except vault.Unreadable:
        values = [ANONYMISED] + [""] * (width - 1)
    return values


def notices(union: Union) -> QuerySet[Notice]:
    """Published notices, newest first, with their versions."""
    return (
        Notice.objects.for_union(union)
        .select_related("stage__campaign", "stage__union", "union")
        .prefetch_related(Prefetch("versions", NoticeVersion.objects.order_by("version")))
        .order_by("-created_at", "-pk")
    )


def running_notices(union: Union, *, at: datetime) -> QuerySet[Notice]:
    """Whose names stand before the public now, the one that ends first at the top."""
    ends = NoticeVersion.objects.filter(notice=OuterRef("pk")).order_by("-version").values("ends_on")[:1]
    return (
        notices(union)
        .annotate(ends_on=Subquery(ends))
        .filter(
            stage__state=StageState.OPEN,
            stage__campaign__state=CampaignState.PUBLISHED,
            ends_on__gte=timezone.localdate(at),
        )
        .order_by("ends_on", "pk")
    )


def is_running(notice: Notice, *, at: datetime) -> bool:
    """Whether the names stand before the public now."""
    version = notice.in_force
    return (
        version is not None
        and notice.stage.state == StageState.OPEN
        and notice.stage.campaign.state == CampaignState.PUBLISHED
        and timezone.localdate(at) <= version.ends_on
    )


def people_on(notice: Notice) -> list[Application]:
    """Those on the version in force, in its order."""
    version = notice.in_force
    assert version is not None  # a notice is written together with its first version
    return [line.application for line in version.lines.select_related("application").order_by("position")]


def notice_stages(union: Union) -> QuerySet[Stage]:
    """Every stage that puts names before the public, of published campaigns, the newest campaign first."""
    return (
        Stage.objects.for_union(union)
        .filter(kind="public_notice", campaign__state__in=[CampaignState.PUBLISHED, CampaignState.FINISHED])
        .select_related("campaign", "union", "notice", "notice_draft")
        .prefetch_related("notice__versions")
        .order_by("-campaign__opens_at", "position")
    )


# --- titles ------------------------------------------------------------------------------------------------------------


def confers(rules: RuleSet, key: str) -> str:
    """The stage whose passers receive what the rules give to the passers of `key`.

    A decision that is put before the public afterwards confers nothing until that notice has closed, and nothing on whom an
    objection keeps out.
    """
    found = rules.stage(key)
    after: StageRule | None = found if found.kind == "final_approval" else None
    while after is not None:
        found = after
        after = next((s for s in rules.stages if s.kind == "public_notice" and rules.previous(s) == found), None)
    return found.id


def stages_before_conferring(campaign: Campaign) -> list[Stage]:
    """The stages whose passers receive the title and that have not ended."""
    keys = {confers(campaign.rules, rule.to.stage) for rule in campaign.rules.awards if rule.kind == "title"}
    return list(campaign.stages.filter(key__in=keys).exclude(state=StageState.CLOSED).order_by("position"))


def awards_due(campaign: Campaign) -> list[tuple[AwardRule, Outcome]]:
    """What the rules give now and nobody holds yet: past closed stages, second awards only once the title is known."""
    stages = {stage.key: stage for stage in campaign.stages.filter(state=StageState.CLOSED)}
    rules = {rule.id: rule for rule in campaign.rules.awards}
    source = {id_: confers(campaign.rules, rule.to.stage) for id_, rule in rules.items()}
    held = set(Award.objects.filter(campaign=campaign).values_list("award", "application_id"))
    due: list[tuple[AwardRule, Outcome]] = []
    for rule in sorted(rules.values(), key=lambda rule: rule.to.except_ is not None):
        needed = {source[rule.id]} | ({source[rule.to.except_]} if rule.to.except_ else set())
        if not needed <= set(stages):
            continue
        taken = {application for award, application in held if award in {rule.id, rule.to.except_}}
        meant = _meant(campaign, rule, past(stages[source[rule.id]]))
        found = [row for row in meant if row.application_id not in taken]
        due += [(rule, row) for row in found]
        held |= {(rule.id, row.application_id) for row in found}
    return due


def _meant(campaign: Campaign, rule: AwardRule, rows: Sequence[Outcome]) -> list[Outcome]:
    """Those of the tier and category an award is for: as the title was approved, else as they applied."""
    wanted = {part for part in (rule.to.tier, rule.to.category) if part}
    if not wanted:
        return list(rows)
    known = scopes(campaign, None, [row.application_id for row in rows])
    return [row for row in rows if wanted <= known[row.application_id]]


@dataclass(frozen=True, slots=True)
class Titled:
    """A titled person as the results page shows them. `lost`: disqualified since; `withdrawn`: the title was taken away."""

    award: Award
    name: str
    employer: str
    lost: bool
    withdrawn: bool = False

    @property
    def holds(self) -> bool:
        return (
            not self.lost
            and not self.withdrawn
            and getattr(getattr(self.award, "certificate", None), "revocation", None) is None
        )


def withdrawn_awards() -> QuerySet[WithdrawalStep]:
    """For `Exists` over awards: whether the title was taken away."""
    return WithdrawalStep.objects.filter(withdrawal__award=OuterRef("pk"), kind=WithdrawalStepKind.WITHDRAWN)


def standing_awards() -> QuerySet[Award]:
    """Awards that stand: the title was not taken away, nobody revoked the certificate, nobody was disqualified."""
    lost = Outcome.objects.filter(application=OuterRef("application_id"), stage__isnull=True)
    return Award.objects.filter(~Exists(lost), ~Exists(withdrawn_awards()), certificate__revocation__isnull=True)


def results(campaign: Campaign) -> list[Titled]:
    """Who holds what, in the order of the rules and then by the strokes of surnames; one query."""
    awards = (
        Award.objects.filter(campaign=campaign)
        .annotate(
            lost=Exists(Outcome.objects.filter(application=OuterRef("application_id"), stage__isnull=True)),
            taken_away=Exists(withdrawn_awards()),
        )
        .select_related("application__person__key", "certificate__revocation")
        .order_by("pk")
    )
    order = {rule.id: position for position, rule in enumerate(campaign.rules.awards)}
    rows = [
        Titled(award, award.application.name, award.application.employer, award.lost, award.taken_away)
        for award in awards
    ]
    return sorted(rows, key=lambda titled: (order.get(titled.award.award, len(order)), name_key(titled.name)))


def public_disqualifications(campaign: Campaign) -> QuerySet[Investigation]:
    """Upheld cases of false material with the note for the public, of people whose names the public knew."""
    known = Q(application__in=Award.objects.filter(campaign=campaign).values("application_id")) | Q(
        application__in=NoticeLine.objects.filter(version__notice__stage__campaign=campaign).values("application_id")
    )
    return (
        Investigation.objects.filter(known, application__campaign=campaign, state=Investigated.UPHELD)
        .exclude(public_note="")
        .select_related("application")
        .order_by("decided_at", "pk")
    )


# --- certificates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """What anybody learns from a number: exactly what stands on the sheet, and whether it still holds.

    `lost`: the person was disqualified or the title taken away, so that it is void although nobody revoked the sheet yet.
    `current`: the print number of the sheet that counts; `seen`: of the one whose code was looked up, None for a number.
    `fingerprint` is of the certificate that signed the sheet that counts, empty for one that was not signed.
    """

    number: str
    name: str
    title: str
    campaign: str
    union: str
    conferred_on: date
    lost: bool
    revoked_at: datetime | None
    revocation_reason: str
    current: int = 1
    seen: int | None = None
    fingerprint: str = ""

    @property
    def replaced(self) -> bool:
        """The sheet in hand was printed again since: the title holds, that sheet does not count."""
        return self.seen is not None and self.seen != self.current

    @property
    def holds(self) -> bool:
        return not self.lost and self.revoked_at is None

    @property
    def valid(self) -> bool:
        return self.holds and not self.replaced

    @property
    def grouped(self) -> str:
        """The fingerprint in pairs, as readers of PDF show it."""
        digits = self.fingerprint.upper()
        return " ".join(digits[at : at + 2] for at in range(0, len(digits), 2))


_BRACKETS: Final = str.maketrans("[]［］()（）【】", "〔〕〔〕〔〕〔〕〔〕")


def verify(number_or_code: str) -> list[Verified]:
    """Every certificate of that number, or the one of that code. The caller looks everywhere, by name.

    People copy 〔2026〕 as [2026] and put spaces: both are forgiven.
    """
    wanted = number_or_code.strip()
    numbers = {wanted, "".join(wanted.split()).translate(_BRACKETS)}
    code = plain(wanted)
    again = Reprint.objects.filter(code=code).values("certificate")
    found = list(
        Certificate.objects.filter(Q(number__in=numbers) | Q(code=code) | Q(pk__in=again))
        .select_related("award__application", "campaign", "union", "revocation", "signer")
        .prefetch_related(Prefetch("reprints", Reprint.objects.select_related("signer").order_by("print_number")))
        .order_by("union__name", "pk")
    )
    holders = [certificate.award.application_id for certificate in found]
    lost = set(
        Outcome.objects.filter(application__in=holders, stage__isnull=True).values_list("application", flat=True)
    )
    taken_away = set(
        WithdrawalStep.objects.filter(
            withdrawal__award__in=[one.award_id for one in found], kind=WithdrawalStepKind.WITHDRAWN
        ).values_list("withdrawal__award", flat=True)
    )
    return [_verified(one, code, lost=one.award_id in taken_away or one.award.application_id in lost) for one in found]


def _verified(certificate: Certificate, code: str, *, lost: bool) -> Verified:
    revocation: Revocation | None = getattr(certificate, "revocation", None)
    sheets = [(1, certificate.code, certificate.signer)]
    sheets += [(one.print_number, one.code, one.signer) for one in certificate.reprints.all()]
    current, _, signer = sheets[-1]
    return Verified(
        number=certificate.number,
        name=certificate.award.application.name,
        title=certificate.award.label,
        campaign=certificate.campaign.title,
        union=certificate.union.name,
        conferred_on=certificate.award.conferred_on,
        lost=lost,
        revoked_at=revocation.at if revocation else None,
        revocation_reason=revocation.reason if revocation else "",
        current=current,
        seen=next((number for number, one, _ in sheets if one == code), None),
        fingerprint=signer.fingerprint if signer else "",
    )


@dataclass(frozen=True, slots=True)
class CertificateProgress:
    """`wanted`: awards whose rule has a certificate."""

    wanted: int
    numbered: int
    made: int

    @property
    def left(self) -> int:
        return self.wanted - self.made


def certificate_progress(campaign: Campaign) -> CertificateProgress:
    keys = [rule.id for rule in campaign.rules.awards if rule.certificate is not None]
    counts = Award.objects.filter(campaign=campaign, award__in=keys).aggregate(
        wanted=Count("pk"), numbered=Count("certificate"), made=Count("certificate__file")
    )
    return CertificateProgress(**counts)


def certificates_of(member: Member) -> QuerySet[Certificate]:
    """A holder's own certificates, as far as they are made and hold."""
    return (
        Certificate.objects.for_union(member.union)
        .filter(award__application__applicant=member, file__isnull=False, revocation__isnull=True)
        .select_related("award", "campaign")
        .order_by("-issued_at", "-pk")
    )


def award_campaigns(union: Union) -> QuerySet[Campaign]:
    """Published campaigns with how many titles and certificates they have; one query."""
    return (
        Campaign.objects.for_union(union)
        .public()
        .annotate(
            titles=Count("awards", distinct=True),
            made=Count("certificates", filter=Q(certificates__file__isnull=False), distinct=True),
        )
        .order_by("-opens_at", "-pk")  # counting drops the model's own order
    )


def certificate_job(campaign: Campaign) -> Job | None:
    """The latest batch of the campaign."""
    return _latest_job(campaign, CERTIFICATES)


def rehearsal_job(campaign: Campaign) -> Job | None:
    """The latest rehearsal of the campaign."""
    return _latest_job(campaign, REHEARSAL)


def _latest_job(campaign: Campaign, kind: str) -> Job | None:
    return Job.objects.for_union(campaign.union).filter(kind=kind, params__campaign=campaign.pk).first()


# --- the front doors ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnionRow:
    """A union on the page over all unions: its campaigns that take applications now, its stages that ask the public."""

    union: Union
    open: list[Campaign]
    asking: list[Stage]


def directory(*, at: datetime) -> list[UnionRow]:
    """Every active union, those with an open campaign first; three queries. The caller looks everywhere, by name."""
    taking = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=at, closes_at__gte=at)
    open_now: dict[int, list[Campaign]] = {}
    for campaign in taking.defer("rules_data").order_by("closes_at", "pk"):
        open_now.setdefault(campaign.union_id, []).append(campaign)
    asking: dict[int, list[Stage]] = {}
    for stage in _asking(at).select_related("campaign", "poll", "notice").order_by("pk"):
        asking.setdefault(stage.union_id, []).append(stage)
    unions = Union.objects.filter(active=True).order_by("name", "pk")
    rows = [UnionRow(union, open_now.get(union.pk, []), asking.get(union.pk, [])) for union in unions]
    return sorted(rows, key=lambda row: (not row.open, not row.asking))


def _asking(at: datetime) -> QuerySet[Stage]:
    """Stages in which anybody can vote, or object, now."""
    standing = NoticeVersion.objects.filter(notice__stage=OuterRef("pk"), ends_on__gte=timezone.localdate(at))
    return Stage.objects.filter(
        Q(poll__opens_at__lte=at, poll__closes_at__gt=at) | Exists(standing),
        state=StageState.OPEN,
        campaign__state=CampaignState.PUBLISHED,
    )


@dataclass(frozen=True, slots=True)
class Front:
    """What the home of a union shows: what is open, what comes, what is under way, what was decided and for how many."""

    open: list[Campaign]
    coming: list[Campaign]
    under_way: list[Campaign]
    decided: list[tuple[Campaign, int]]


def front(union: Union, *, at: datetime) -> Front:
    """Published campaigns by what a visitor can do with them; two queries."""
    titles = dict(
        Award.objects.filter(union=union)
        .order_by()
        .values_list("campaign")
        .annotate(Count("application", distinct=True))
    )
    found = Front([], [], [], [])
    running = [CampaignState.PUBLISHED, CampaignState.FINISHED]
    for campaign in Campaign.objects.for_union(union).filter(state__in=running).order_by("-opens_at", "-pk"):
        if campaign.is_open(at):
            found.open.append(campaign)
        elif campaign.pk in titles:
            found.decided.append((campaign, titles[campaign.pk]))
        elif campaign.opens_at > at:
            found.coming.append(campaign)
        else:
            found.under_way.append(campaign)
    return found

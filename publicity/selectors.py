"""What the public may read, and what the office needs to decide about it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, Prefetch, Q, QuerySet, When
from django.utils import timezone

from applications.answers import is_personal
from applications.models import Application
from applications.selectors import display_answers
from campaigns.models import Campaign, Stage
from campaigns.rules.schema import PublicNoticeStage
from campaigns.selectors import stage_rule
from campaigns.states import CampaignState, StageState
from documents.models import Job
from publicity.codes import code_digest
from publicity.models import Award, Certificate, Notice, NoticeLine, NoticeVersion, Objection, Revocation
from publicity.states import CERTIFICATES, REHEARSAL, ObjectionState
from unions import vault
from unions.models import Union

ANONYMISED = "（个人信息已按规定删除）"


@dataclass(frozen=True, slots=True)
class Column:
    id: str
    label: str


def notice_columns(stage: Stage) -> list[Column]:
    """The columns the rules show, never one the form marks as personal (ID number, phone)."""
    rule = stage_rule(stage)
    assert isinstance(rule, PublicNoticeStage)
    fields = {field.id: field for field in stage.campaign.rules.fields()}
    return [Column(key, fields[key].label) for key in rule.columns if key in fields and not is_personal(fields[key])]


def notice_values(application: Application, columns: Iterable[Column]) -> list[str]:
    """What the columns show of one person: from the version they handed in last."""
    answers = display_answers(application)
    return [answers.get(column.id, "") for column in columns]


@dataclass(frozen=True, slots=True)
class Line:
    """One opened line: the application's id (for objections) and each value with its column's label."""

    application_id: int
    cells: list[tuple[str, str]]


def lines_of(version: NoticeVersion) -> list[Line]:
    """Open the lines of a version; one query. A person whose key is gone shows as anonymised."""
    labels = [column["label"] for column in version.columns]
    return [
        Line(line.application_id, list(zip(_opened(line, len(labels)), labels, strict=True)))
        for line in version.lines.select_related("application__person__key").order_by("position")
    ]


def _opened(line: NoticeLine, width: int) -> list[str]:
    try:
        values: list[str] = json.loads(vault.unseal(line.application.person.key, line.sealed))
    except vault.Unreadable:
        values = [ANONYMISED] + [""] * (width - 1)
    return values


def notices(union: Union) -> QuerySet[Notice]:
    """Published notices, newest first, with their versions."""
    return (
        Notice.objects.for_union(union)
        .filter(versions__isnull=False)
        .distinct()
        .select_related("stage__campaign")
        .prefetch_related(Prefetch("versions", NoticeVersion.objects.order_by("version")))
        .order_by("-created_at", "-pk")
    )


def open_objections(stage: Stage) -> int:
    return Objection.objects.filter(notice__stage=stage, state=ObjectionState.OPEN).count()


def find_objection(union: Union, *, receipt: str, code: str) -> Objection | None:
    """Both must match; a wrong code finds nothing and says nothing."""
    return (
        Objection.objects.filter(union=union, receipt=receipt.strip().upper(), code_digest=code_digest(code))
        .select_related("notice__stage__campaign")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Titled:
    """A titled person as the results page shows them."""

    award: Award
    name: str
    employer: str


def results(campaign: Campaign) -> list[Titled]:
    """Who holds what, title first, in the order conferred; revoked ones are marked by the template."""
    awards = (
        Award.objects.filter(campaign=campaign).select_related("application", "certificate__revocation").order_by("pk")
    )
    order = {rule.id: position for position, rule in enumerate(campaign.rules.awards)}
    return sorted(
        (Titled(award, award.application.name, award.application.employer) for award in awards),
        key=lambda titled: order[titled.award.award],
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What anybody learns from a number: exactly what stands on the sheet, and whether it still holds."""

    number: str
    name: str
    title: str
    edition: str
    union: str
    brand: str
    conferred_on: date
    revoked_at: datetime | None
    revocation_reason: str


def verify(number_or_code: str) -> list[Verified]:
    """Every certificate of that number, or the one of that code. The caller looks everywhere, by name."""
    wanted = number_or_code.strip()
    found = Certificate.objects.filter(Q(number=wanted) | Q(code=wanted.upper())).select_related(
        "award__application", "campaign", "union", "revocation"
    )
    return [_verified(certificate) for certificate in found.order_by("union__name", "pk")]


def _verified(certificate: Certificate) -> Verified:
    revocation: Revocation | None = getattr(certificate, "revocation", None)
    return Verified(
        number=certificate.number,
        name=certificate.award.application.name,
        title=certificate.award.label,
        edition=certificate.campaign.title,
        union=certificate.union.name,
        brand=certificate.union.brand,
        conferred_on=certificate.award.conferred_on,
        revoked_at=revocation.at if revocation else None,
        revocation_reason=revocation.reason if revocation else "",
    )


@dataclass(frozen=True, slots=True)
class CertificateProgress:
    numbered: int
    made: int


def certificate_progress(campaign: Campaign) -> CertificateProgress:
    counts = Certificate.objects.filter(campaign=campaign).aggregate(
        numbered=Count("pk"), made=Count("pk", filter=Q(file__isnull=False))
    )
    return CertificateProgress(counts["numbered"], counts["made"])


def notice_is_open(version: NoticeVersion, *, at: datetime) -> bool:
    return version.notice.stage.state == StageState.OPEN and timezone.localdate(at) <= version.ends_on


@dataclass(frozen=True, slots=True)
class UnionRow:
    """A union on the page over all unions, with its campaigns that take applications now."""

    union: Union
    open: list[Campaign]


def directory(*, at: datetime) -> list[UnionRow]:
    """Every active union; two queries. The caller looks everywhere, by name."""
    open_now: dict[int, list[Campaign]] = {}
    for campaign in Campaign.objects.public().filter(
        state=CampaignState.PUBLISHED, opens_at__lte=at, closes_at__gte=at
    ):
        open_now.setdefault(campaign.union_id, []).append(campaign)
    return [UnionRow(union, open_now.get(union.pk, [])) for union in Union.objects.filter(active=True).order_by("name")]


def people_on(notice: Notice) -> list[Application]:
    """Those on the version in force, in its order."""
    version = notice.versions.order_by("version").last()
    return (
        [line.application for line in version.lines.select_related("application").order_by("position")]
        if version
        else []
    )


def notice_stages(union: Union) -> QuerySet[Stage]:
    """Every stage that puts names before the public, of published campaigns, the open ones first."""
    return (
        Stage.objects.for_union(union)
        .filter(kind="public_notice", campaign__state__in=[CampaignState.PUBLISHED, CampaignState.FINISHED])
        .select_related("campaign", "notice")
        .prefetch_related("notice__versions")
        .order_by("-campaign__opens_at", "position")
    )


def objections(union: Union) -> QuerySet[Objection]:
    """The open ones first, then the newest."""
    return (
        Objection.objects.filter(union=union)
        .select_related("application", "notice__stage__campaign", "decided_by__user")
        .order_by(Case(When(state=ObjectionState.OPEN, then=0), default=1), "-at", "-pk")
    )


def opened_sender(objection: Objection) -> tuple[str, str]:
    """Name and contact of a real-name objector, for the office that answers."""
    if objection.anonymous:
        return "", ""
    try:
        return (
            vault.unseal(objection.key, objection.sender_sealed),
            vault.unseal(objection.key, objection.contact_sealed),
        )
    except vault.Unreadable:
        return ANONYMISED, ""


def award_campaigns(union: Union) -> QuerySet[Campaign]:
    """Published campaigns with how many titles and certificates they have; one query."""
    return (
        Campaign.objects.for_union(union)
        .public()
        .annotate(
            titles=Count("awards", distinct=True),
            made=Count("certificates", filter=Q(certificates__file__isnull=False), distinct=True),
        )
    )


def certificates(campaign: Campaign) -> QuerySet[Certificate]:
    return (
        Certificate.objects.filter(campaign=campaign)
        .select_related("award__application", "file", "revocation")
        .order_by("sequence")
    )


def certificate_job(campaign: Campaign) -> Job | None:
    """The latest batch of the campaign."""
    return _latest_job(campaign, CERTIFICATES)


def rehearsal_job(campaign: Campaign) -> Job | None:
    """The latest rehearsal of the campaign."""
    return _latest_job(campaign, REHEARSAL)


def _latest_job(campaign: Campaign, kind: str) -> Job | None:
    return Job.objects.for_union(campaign.union).filter(kind=kind, params__campaign=campaign.pk).first()

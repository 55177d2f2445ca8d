"""One person's several applications: where they came from, how they differ, what became of them. Never writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from applications import answers as form
from applications import policies, selectors
from applications import selectors_confirmations as confirmations
from applications.models import Application, Confirmation, Merging, Source
from applications.states import HANDED_IN, LIVE, Came, State
from campaigns.models import Campaign
from campaigns.rules.schema import PhotoField
from unions.models import Member

TOLD_PERSON: Final = (
    "本次活动中另有一份申报使用同一证件号码，可能是单位也推荐了您。两份都先保留，您照常填写和提交，不用撤回；"
    "递交后由认定办公室核对，合并为一份，并决定按哪个渠道计。号码填错了的，请改正"
)
TOLD_OTHERS: Final = (
    "本次活动中另有申报使用同一证件号码。填写和递交照常进行，内容不会丢失；递交后由认定办公室核对，合并为一份。"
    "号码填错了的，请改正"
)
"""To a unit nothing more: whose the other one is, and what it says, is not its business."""


def twin_words(application: Application, member: Member) -> str:
    """What whoever fills in is told while another application of the same person is live; empty otherwise."""
    if not Application.objects.twins_of(application).exists():
        return ""
    return TOLD_PERSON if application.applicant_id == member.pk else TOLD_OTHERS


# --- sources ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of where an application came from."""

    source: Source
    channel: str
    counts: bool
    reason: str
    own: bool
    """Whether it came in on this very application, not on one that was merged into it."""


def sources_of(applications: Iterable[Application]) -> QuerySet[Source]:
    """Who put the person forward, on these applications and on those that were merged into them."""
    rows = list(applications)
    return Source.objects.filter(Q(application__in=rows) | Q(application__merged_into__in=rows)).select_related(
        "application", "unit", "by__user"
    )


def lines_of(application: Application, sources: Iterable[Source]) -> list[Line]:
    labels = {channel.id: channel.label for channel in application.campaign.rules.channels}
    found: list[Line] = []
    counted = False
    rows = sorted(sources, key=lambda row: (row.application_id != application.pk, row.at, row.pk))
    for row in rows:
        counts = not counted and (row.channel, row.unit_id) == (application.channel, application.unit_id)
        counted = counted or counts
        reason = row.application.nomination_reason if row.kind == Came.PERSON else ""
        found.append(
            Line(row, labels.get(row.channel, row.channel), counts, reason, own=row.application_id == application.pk)
        )
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """For the case page: who typed, what the person said of it, who put them forward, what was merged, what still waits."""

    application: Application
    sources: list[Line]
    typed_by: Member | None
    confirmed: list[Confirmation]
    mergings: list[Merging]
    merging: Merging | None
    twinned: bool


def record_of(application: Application) -> Record:
    mergings = Merging.objects.select_related("ended", "kept", "by__user", "source__unit")
    return Record(
        application,
        lines_of(application, sources_of([application])),
        application.filled_by if application.applicant_id is None else None,
        confirmations.said_by_person(application),
        list(mergings.filter(Q(kept=application) | Q(ended__merged_into=application))),
        mergings.filter(ended=application).first(),
        not policies.can_be_decided(application),
    )


# --- the office's page -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """The live applications of one person in one campaign; at least one of them was handed in."""

    applications: tuple[Application, ...]

    @property
    def first(self) -> Application:
        return self.applications[0]

    @property
    def waits(self) -> bool:
        """Whether it stops the review: two of them were handed in."""
        return sum(row.state in HANDED_IN for row in self.applications) > 1


def groups(campaign: Campaign) -> list[Group]:
    """Every person with more than one live application, those that stop the review first; one query."""
    live = Application.objects.filter(campaign=campaign, state__in=sorted(LIVE)).exclude(id_index="")
    repeated = live.order_by().values("id_index").annotate(n=Count("pk")).filter(n__gt=1).values("id_index")
    found: dict[str, list[Application]] = {}
    rows = live.filter(id_index__in=repeated).select_related("unit", "applicant__user", "filled_by__user")
    for row in rows.defer("answers", "touched").order_by("pk"):
        found.setdefault(row.id_index, []).append(row)
    made = [Group(tuple(rows)) for rows in found.values() if any(row.state in HANDED_IN for row in rows)]
    return sorted(made, key=lambda group: (not group.waits, group.first.pk))


def group_of(application: Application) -> Group:
    rows = [application, *Application.objects.twins_of(application)] if application.state in LIVE else [application]
    full = Application.objects.filter(pk__in=[row.pk for row in rows]).select_related(
        "campaign", "person__key", "unit", "union", "applicant__user", "filled_by__user"
    )
    return Group(tuple(full.order_by("pk")))


def mergings_of(campaign: Campaign) -> QuerySet[Merging]:
    return (
        Merging.objects.filter(kept__campaign=campaign)
        .select_related("kept__unit", "ended__unit", "by__user", "source__unit")
        .order_by("-at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Side:
    """One of the applications side by side. What was never handed in stays with whoever is writing it."""

    application: Application
    channel: str
    handed_in: bool
    version: int
    papers: int


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    sides: tuple[Side, ...]
    rows: tuple[Row, ...]

    @property
    def unlike(self) -> list[Row]:
        return [row for row in self.rows if row.differs]

    @property
    def alike(self) -> list[Row]:
        return [row for row in self.rows if not row.differs]

    @property
    def differing(self) -> int:
        return len(self.unlike)


UNSEEN: Final = "（填写中，未递交）"


def side_by_side(applications: Sequence[Application]) -> Comparison:
    """What each said when it was last handed in, field by field; numbers that identify a person are compared whole and shown cut."""
    rules = applications[0].campaign.rules
    sides, spoken = [], []
    for row in applications:
        last = selectors.latest_submission(row)
        if last is not None:
            last.application = row
        frozen = selectors.frozen(last) if last else None
        label = policies.channel_of(row).label
        sides.append(
            Side(row, label, last is not None, last.version if last else 0, len(frozen.materials) if frozen else 0)
        )
        spoken.append(frozen.answers if frozen else None)
    rows = []
    for field in rules.fields():
        if isinstance(field, PhotoField):
            continue
        whole = [form.display(field, said.get(field.id), rules) for said in spoken if said is not None]
        cells = tuple(
            UNSEEN if said is None else form.display_masked(field, said.get(field.id), rules) for said in spoken
        )
        if any(whole):
            rows.append(Row(field.label, cells, differs=len(set(whole)) > 1))
    return Comparison(tuple(sides), tuple(rows))


def ended_words(application: Application) -> str:
    """What an ended one's own people are told: its person whole, anybody else the fact alone."""
    if application.state != State.MERGED or application.merged_into is None:
        return ""
    kept = application.merged_into
    number = f"，受理编号 {kept.number}" if kept.number else ""
    unit = f"（{kept.unit.name}）" if kept.unit else ""
    return f"由“{policies.channel_of(kept).label}”的一份继续办理{unit}{number}"

"""What a campaign's archive holds of this app. Scores and ballots only once they are open; no expert and no candidate by name.

Stays out: sheets in progress (`SheetDraft`: they count for nothing, and nobody but their author ever reads them), and of the
pool whatever is not of one campaign, experts' contacts, absences and sheets of them (`ExpertContact`, `ExpertAbsence`,
`PoolSheet`, `Expert`, `ExpertTerms`).
"""

from collections.abc import Iterator

from django.db.models import Q

from applications.models import Application, Material, Submission
from applications.selectors import facts_of, submitted_answers
from campaigns.models import Campaign
from campaigns.rules.coarse import coarse, told
from review.models import (
    Ballot,
    BallotRound,
    Cut,
    DrawPledge,
    Investigation,
    Judgement,
    Outcome,
    Panel,
    PanelDraw,
    PanelSeat,
    Ranking,
    Recusal,
    Resolution,
    RollEntry,
    Score,
    SignedBallot,
    SiteVisit,
    TieDecision,
    VisitBatch,
    VisitPhoto,
)
from review.models_meetings import (
    AgendaItem,
    Attendance,
    Meeting,
    MeetingRecord,
    MeetingRecusal,
    MotionRoll,
    MotionVote,
)
from review.models_pool import Allotment, AllotmentPledge, AllottedCase, Likeness, LikenessWord, TermsAcceptance
from review.models_scoring import CountedHonours, HonourCheck
from review.selectors import as_facts, judged_later
from unions.archive.layout import Row
from unions.archive.tables import derive, keep

_BY_PANEL = "panel__stage__campaign"
_BY_SEAT = f"seat__{_BY_PANEL}"
_BY_ROUND = f"round__{_BY_PANEL}"
_BY_MEETING = "meeting__campaign"


def _accepted(campaign: int) -> Q:
    """What the experts of its panels accepted; an expert accepts a text once, for all panels."""
    return Q(pk__in=PanelSeat.objects.filter(panel__stage__campaign=campaign, terms__isnull=False).values("terms"))


keep(Outcome, "campaign")
keep(Judgement, "application__campaign")
keep(Panel, "stage__campaign")
keep(PanelSeat, _BY_PANEL)
keep(Recusal, _BY_SEAT)
keep(TermsAcceptance, _accepted, leave={"text"})  # its digest is a field
keep(Likeness, _BY_SEAT)
keep(LikenessWord, f"likeness__{_BY_SEAT}")
keep(
    DrawPledge,
    "stage__campaign",
    leave={"key", "sealed_seed"},
    unread=Q(draw__isnull=True),
    said="没有用来抽取的种子",
)
keep(PanelDraw, _BY_PANEL)
keep(
    AllotmentPledge,
    _BY_PANEL,
    leave={"key", "sealed_secret"},
    unread=Q(allotment__isnull=True),
    said="没有用来分配的种子",
)
keep(Allotment, _BY_PANEL)
keep(AllottedCase, _BY_SEAT)
keep(Score, _BY_SEAT, only=Q(seat__panel__closed_at__isnull=False), said="尚未结束的评审的评分、评议")
keep(HonourCheck, "application__campaign")
keep(CountedHonours, _BY_PANEL)
keep(
    BallotRound,
    _BY_PANEL,
    leave={"urn", "key"},
    unread=Q(closed_at__isnull=True),
    said="尚未结束的投票的选票",
)
keep(RollEntry, _BY_ROUND)
keep(Ballot, _BY_ROUND)
keep(SignedBallot, f"ballot__{_BY_ROUND}")
keep(VisitBatch, "stage__campaign")
keep(SiteVisit, "stage__campaign", leave={"team", "place"}, digest={"finding", "checklist"})
keep(VisitPhoto, "visit__stage__campaign", plus={"sha256": "file__sha256"})
keep(Ranking, "stage__campaign")
keep(Cut, "stage__campaign")
keep(TieDecision, "stage__campaign")
keep(Resolution, "campaign")
keep(Investigation, "application__campaign", digest={"allegation"})
keep(Meeting, "campaign")
keep(Attendance, _BY_MEETING)
keep(MeetingRecusal, _BY_MEETING)
keep(AgendaItem, _BY_MEETING)
keep(
    MotionVote,
    f"item__{_BY_MEETING}",
    leave={"urn", "key"},
    unread=Q(closed_at__isnull=True),
    said="尚未结束的会议表决的票数",
)
keep(MotionRoll, f"vote__item__{_BY_MEETING}")
keep(MeetingRecord, _BY_MEETING)

FINDINGS = "findings"


def findings_of(campaign_id: int) -> Iterator[Row]:
    """Of everybody whose key is still there: what the engine was told, as coarse as the rules need it, and what it found.

    Four queries, however many people.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    latest = (
        Submission.objects.filter(application__campaign=campaign)
        .select_related("application__person__key")
        .order_by("application_id", "-version")
        .distinct("application_id")
    )
    slots: dict[int, set[str]] = {}
    held = Material.objects.current().filter(application__campaign=campaign)
    for pk, slot in held.values_list("application_id", "slot"):
        slots.setdefault(pk, set()).add(slot)
    words: dict[int, dict[str, Judgement]] = {}
    for row in Judgement.objects.filter(application__campaign=campaign).order_by("application_id", "revision"):
        words.setdefault(row.application_id, {})[row.rule] = row
    for submission in latest:
        application: Application = submission.application
        application.campaign = campaign
        if application.open_key is None:
            continue
        own = words.get(application.pk, {})
        said, waivers = as_facts(campaign, own)
        facts = facts_of(
            application,
            submitted_answers(submission),
            judgements=dict.fromkeys(judged_later(campaign), True) | said,
            waivers=waivers,
            slots=frozenset(slots.get(application.pk, ())),
        )
        kept = coarse(campaign.rules, facts, reference=campaign.reference_date)
        asked = facts_of(application, submitted_answers(submission), slots=frozenset())
        found = campaign.evaluator(facts, reference=campaign.reference_date)
        yield {
            "id": application.pk,
            "submission": submission.pk,
            **told(kept),
            "waivers": sorted(asked.waivers),
            "found": [[one.rule_id, one.verdict.value] for one in found.walk()],
            "overall": found.overall.value,
        }


derive(FINDINGS, findings_of)

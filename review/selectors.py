"""Reads over outcomes, panels and rankings. What somebody may see is decided here or in `policies`, never in a page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, prefetch_related_objects

from applications.judged import judged_later as judged_by_others
from applications.models import Application, Recommendation, Return, Submission
from applications.selectors import findings_of
from applications.states import Endorsement, State
from campaigns.models import Campaign, Stage
from campaigns.rules.engine import Findings
from campaigns.rules.facts import WaiverState
from campaigns.rules.schema import CommitteeStage, ExpertReviewStage, Meeting, PublicNoticeStage, walk
from campaigns.rules.schema import Stage as StageRule
from campaigns.selectors import stage_rule
from campaigns.states import CampaignState, StageState
from review import places, policies, ranking, scopes, tally
from review.models import (
    BallotRound,
    Cut,
    Investigation,
    Judgement,
    Outcome,
    Panel,
    PanelDraw,
    PanelSeat,
    Ranking,
    Recusal,
    Resolution,
    Score,
    SiteVisit,
    TieDecision,
    VisitBatch,
)
from review.models_pool import AllottedCase, Likeness
from review.stages import informing, informs
from review.states import PASSING, Case, Seat, Subject, Verdict
from unions.models import Member

HEAVY: Final = ("answers", "touched", "carried")
"""What lists of applications need not read: the whole form, sealed."""
GONE: Final = (State.WITHDRAWN, State.LAPSED, State.MERGED)
"""States in which an application has left the campaign by itself."""


# --- who is in a stage -------------------------------------------------------------------------------------------------


def _disqualified() -> Exists:
    return Exists(Outcome.objects.filter(application=OuterRef("pk"), stage__isnull=True))


def previous_key(stage: Stage) -> str | None:
    """The key of the stage whose passers come into this one; None where everybody who filed does."""
    source = stage.campaign.rules.previous(stage_rule(stage))
    return source.id if source else None


def entrants(stage: Stage) -> QuerySet[Application]:
    """Who stands before a stage: the passers of the stage its rule names, without those who left or were disqualified.

    A stage that is only for some categories or tiers takes those; the others pass by it and stand before the next one.
    """
    rule = stage_rule(stage)
    rows = _arriving(stage.campaign, rule)
    if rule.only_for:
        rows = rows.filter(pk__in=_meant(stage.campaign, rule, rows))
    return rows.exclude(_disqualified()).order_by("number", "pk")


def _arriving(campaign: Campaign, rule: StageRule) -> QuerySet[Application]:
    """Who comes as far as a stage, whether or not it is for them."""
    rows = Application.objects.filter(campaign=campaign)
    source = campaign.rules.previous(rule)
    if source is None:
        return rows.filed()
    through = Exists(
        Outcome.objects.standing().filter(
            application=OuterRef("pk"), stage__campaign=campaign, stage__key=source.id, verdict__in=PASSING
        )
    )
    rows = rows.exclude(state__in=GONE)
    if not source.only_for:
        return rows.filter(through)
    before = _arriving(campaign, source)
    return rows.filter(Q(through) | Q(pk__in=_apart(campaign, source, before)))


def _meant(campaign: Campaign, rule: StageRule, rows: QuerySet[Application]) -> frozenset[int]:
    """Those of the people here whom a stage with `only_for` is for; who applied for several enters by any of them."""
    ids = rows.order_by().values_list("pk", flat=True)
    found = scopes.scopes(campaign, rule, ids)
    return frozenset(id_ for id_, scope in found.items() if not scope.isdisjoint(rule.only_for))


def _apart(campaign: Campaign, rule: StageRule, rows: QuerySet[Application]) -> frozenset[int]:
    """Those of the people here who pass by a stage; nobody where it is for everybody."""
    if not rule.only_for:
        return frozenset()
    return frozenset(rows.order_by().values_list("pk", flat=True)) - _meant(campaign, rule, rows)


def passing_by(stage: Stage) -> frozenset[int]:
    """Who comes as far as a stage and passes by it, since it is not for their category or tier."""
    rule = stage_rule(stage)
    return _apart(stage.campaign, rule, _arriving(stage.campaign, rule).exclude(_disqualified()))


def undecided(stage: Stage) -> QuerySet[Application]:
    """Entrants without an outcome of this stage: its queue."""
    decided = Outcome.objects.standing().filter(application=OuterRef("pk"), stage=stage)
    return entrants(stage).exclude(Exists(decided))


def ready(stage: Stage) -> QuerySet[Application]:
    """Of the queue, who can be decided now: not those who are still mending what was returned to them."""
    return undecided(stage).exclude(state=State.RETURNED)


def current_outcome(application: Application, stage: Stage) -> Outcome | None:
    return Outcome.objects.standing().filter(application=application, stage=stage).first()


def passed(stage: Stage) -> QuerySet[Outcome]:
    """Standing outcomes of those who passed and are still in it, by rank, then by number."""
    return (
        Outcome.objects.standing()
        .filter(stage=stage, verdict__in=PASSING)
        .exclude(application__state__in=GONE)
        .exclude(Exists(Outcome.objects.filter(application=OuterRef("application"), stage__isnull=True)))
        .select_related("application")
        .order_by(F("rank").asc(nulls_last=True), "application__number", "application_id")
    )


def suspended(campaign: Campaign) -> QuerySet[Outcome]:
    """Who is held back in a stage that went on without them."""
    gone = Outcome.objects.filter(application=OuterRef("application"), stage__isnull=True)
    rows = Outcome.objects.standing().filter(campaign=campaign, verdict=Verdict.SUSPENDED)
    rows = rows.exclude(Exists(gone)).exclude(application__state__in=GONE)
    return rows.select_related("application", "stage").order_by("application__number")


def past(stage: Stage) -> list[Outcome]:
    """The passing outcome of everybody who is past a stage: its own, and for whoever passed by it the one before."""
    rows = list(passed(stage))
    source = stage.campaign.rules.previous(stage_rule(stage))
    apart = passing_by(stage)
    if source is None or not apart:
        return rows
    before = stage.campaign.stages.get(key=source.id)
    before.campaign = stage.campaign
    return rows + [row for row in past(before) if row.application_id in apart]


def references(applications: Iterable[int]) -> dict[int, list[Outcome]]:
    """Application id → what closed stages say for reference only (a public vote), in their order; one query."""
    found: dict[int, list[Outcome]] = {}
    rows = Outcome.objects.standing().filter(
        application__in=list(applications), stage__kind__in=informing(), stage__state=StageState.CLOSED
    )
    for row in rows.select_related("stage").order_by("stage__position"):
        found.setdefault(row.application_id, []).append(row)
    return found


def ranks_into(stage: Stage) -> dict[int, int]:
    """Application id → rank, from the nearest stage on the way here that ranked; who passed by it keeps an earlier rank."""
    found: dict[int, int] = {}
    for source in _way(stage):
        ranks = dict(
            Outcome.objects.standing()
            .filter(stage__campaign_id=stage.campaign_id, stage__key=source.id, rank__isnull=False)
            .values_list("application_id", "rank")
        )
        found = {application: rank for application, rank in ranks.items() if rank is not None} | found
        if ranks and not source.only_for:
            break
    return found


def _way(stage: Stage) -> Iterator[StageRule]:
    """The stages people come through to this one, the nearest first."""
    rules = stage.campaign.rules
    source = rules.previous(stage_rule(stage))
    while source is not None:
        yield source
        source = rules.previous(source)


def lanes_into(stage: Stage) -> dict[int, frozenset[int]]:
    """Application id → the stages for some only that ranked it: ranks compare people of one lane and no others.

    Empty where no stage on the way is for some only: then everybody is in one lane.
    """
    apart = [rule.id for rule in _way(stage) if rule.only_for]
    if not apart:
        return {}
    rows = Outcome.objects.standing().filter(
        stage__campaign_id=stage.campaign_id, stage__key__in=apart, rank__isnull=False
    )
    lanes: dict[int, frozenset[int]] = {}
    for application, ranked in rows.values_list("application_id", "stage_id"):
        lanes[application] = lanes.get(application, frozenset()) | {ranked or 0}
    return lanes


# --- what is found about one person -----------------------------------------------------------------------------------


def judgements_of(application: Application) -> dict[str, Judgement]:
    """The latest word on each rule and waiver."""
    return {row.rule: row for row in Judgement.objects.filter(application=application).order_by("revision")}


def findings(application: Application, *, leaving: frozenset[str] = frozenset()) -> Findings:
    """Findings with every judgement made so far. Rules in `leaving` are judged by a later body and count as open doors."""
    said, waivers = judged(application)
    return findings_of(application, judgements=dict.fromkeys(leaving, True) | said, waivers=waivers)


def judged(application: Application) -> tuple[dict[str, bool], dict[str, WaiverState]]:
    """What was judged so far as the engine takes it: rule id → holds, waiver id → accepted or refused."""
    return as_facts(application.campaign, judgements_of(application))


def as_facts(campaign: Campaign, rows: Mapping[str, Judgement]) -> tuple[dict[str, bool], dict[str, WaiverState]]:
    waiver_ids = {waiver.id for rule in walk(campaign.rules.rules) for waiver in rule.waived_by}
    said = {id_: row.holds for id_, row in rows.items() if id_ not in waiver_ids}
    waivers = {
        id_: WaiverState.ACCEPTED if row.holds else WaiverState.REFUSED
        for id_, row in rows.items()
        if id_ in waiver_ids
    }
    return said, waivers


def judged_later(campaign: Campaign) -> frozenset[str]:
    """Rules that the panel or the leading group judges, so that the office neither can nor must."""
    return judged_by_others(campaign.rules)


# --- panels and scores ------------------------------------------------------------------------------------------------


def panel_of(stage: Stage) -> Panel | None:
    return Panel.objects.filter(stage=stage).first()


def sitting(panel: Panel) -> QuerySet[PanelSeat]:
    """Accepted and approved seats."""
    return panel.seats.filter(state=Seat.ACCEPTED, approved_at__isnull=False).select_related("expert__member__user")


def seats_of(member: Member) -> QuerySet[PanelSeat]:
    """An expert's own seats that are approved and not given up; the newest campaign first."""
    return (
        PanelSeat.objects.filter(
            expert__member=member, approved_at__isnull=False, state__in=[Seat.INVITED, Seat.ACCEPTED]
        )
        .select_related("panel__stage__campaign", "expert")
        .order_by("-pk")
    )


def recusals_of(panel: Panel) -> set[tuple[int, int]]:
    """(seat, application) pairs that must not meet."""
    return set(Recusal.objects.filter(seat__panel=panel).values_list("seat_id", "application_id"))


def unlooked_of(panel: Panel) -> set[tuple[int, int]]:
    """(seat, application) pairs with a likeness that nobody has looked at."""
    rows = Likeness.objects.filter(seat__panel=panel, word__isnull=True)
    return set(rows.values_list("seat_id", "application_id"))


def allotted_of(panel: Panel) -> set[tuple[int, int]]:
    """(seat, application) pairs as they were given out, where not everybody judges all."""
    return set(AllottedCase.objects.filter(seat__panel=panel).values_list("seat_id", "application_id"))


def hidden_from(seat: PanelSeat) -> set[int]:
    """Applications that this expert must not see: recused, or with a likeness that nobody has looked at."""
    unlooked = seat.likenesses.filter(word__isnull=True).values_list("application_id", flat=True)
    return {*seat.recusals.values_list("application_id", flat=True), *unlooked}


def cases_before(seat: PanelSeat) -> QuerySet[Application]:
    """The cases of a stage as far as they are this seat's business: all, or those it was given."""
    rows = entrants(seat.panel.stage)
    if getattr(stage_rule(seat.panel.stage), "scores_per_case", None) is None:
        return rows
    return rows.filter(Exists(AllottedCase.objects.filter(seat=seat, application=OuterRef("pk"))))


def latest_scores(panel: Panel) -> dict[tuple[int, int], Score]:
    """The scores that count: the last version of each accepted seat and case, without recused ones. Not for readers."""
    recused = recusals_of(panel)
    rows = Score.objects.filter(seat__panel=panel, seat__state=Seat.ACCEPTED).order_by("version", "pk")
    return {(row.seat_id, row.application_id): row for row in rows if (row.seat_id, row.application_id) not in recused}


def scores_for(panel: Panel, *, reader: Member, at: datetime) -> dict[tuple[int, int], Score]:
    """(seat, application) → score, for a reader; refused until scoring has ended."""
    policies.can_read_scores(reader, panel, at=at).require()
    return latest_scores(panel)


@dataclass(frozen=True, slots=True)
class ExpertCase:
    """One case as an expert meets it: own scores only; a recused case shows nothing but its number.

    `code` is its neutral number where the review is blind: then neither page nor address says whose it is.
    """

    application: Application
    recused: bool
    score: Score | None
    code: str = ""

    @property
    def label(self) -> str:
        return f"{self.code} 号" if self.code else self.application.name

    @property
    def ref(self) -> str:
        """What stands for the case in addresses."""
        return self.code or str(self.application.pk)

    @property
    def trade(self) -> str:
        return self.application.trade


def cases_for(seat: PanelSeat) -> list[ExpertCase]:
    """The cases before one expert; a constant number of queries."""
    recused = hidden_from(seat)
    own = {row.application_id: row for row in seat.scores.order_by("version")}
    return [
        ExpertCase(application, application.pk in recused, own.get(application.pk))
        for application in cases_before(seat).defer(*HEAVY)
    ]


def draw_of(panel: Panel) -> PanelDraw | None:
    return PanelDraw.objects.filter(panel=panel).select_related("pledge__stage__campaign", "by__user").first()


def open_round(panel: Panel) -> BallotRound | None:
    return panel.rounds.filter(closed_at__isnull=True).first()


def counted_rounds(panel: Panel) -> list[BallotRound]:
    """The rounds that were closed and count, in their order."""
    return list(panel.rounds.filter(closed_at__isnull=False, voided="").order_by("number"))


def votes_of(rounds: Sequence[BallotRound], among: Iterable[int]) -> list[tally.Round]:
    """Closed rounds as the tally takes them, for the candidates who are still in it; a constant number of queries.

    Who kept out of a case is read off the roll, which is open, so that no ballot need say whose it is. A void ballot names nobody
    and counts as cast.
    """
    staying, rows = set(among), list(rounds)
    prefetch_related_objects(rows, "ballots", "roll")
    recusals: dict[int, list[tuple[int, datetime]]] = {}
    voters = {entry.seat_id for row in rows for entry in row.roll.all()}
    for seat, case, at in Recusal.objects.filter(seat__in=voters).values_list("seat_id", "application_id", "at"):
        recusals.setdefault(seat, []).append((case, at))
    votes = []
    for row in rows:
        assert row.closed_at is not None
        barred = Counter(
            case for entry in row.roll.all() for case, at in recusals.get(entry.seat_id, []) if at <= row.closed_at
        )
        candidates = tuple(case for case in row.candidates if case in staying)
        named = tuple(frozenset[int]() if one.void else frozenset(one.choices) for one in row.ballots.all())
        votes.append(tally.Round(candidates, named, barred))
    return votes


def terms_of(stage: Stage) -> tally.Terms:
    """What the votes of a stage are for, as the pure functions take it."""
    rule = stage_rule(stage)
    assert isinstance(rule, ExpertReviewStage)
    return terms_in(rule)


def terms_in(rule: ExpertReviewStage) -> tally.Terms:
    assert rule.ballot is not None
    return tally.Terms(
        majority=rule.ballot.majority,
        least=(rule.passes.min if rule.passes else None) or 0,
        places=rule.passes.max if rule.passes else None,
        rounds=rule.ballot.rounds,
    )


def batches_of(stage: Stage) -> dict[int, int]:
    """Application id → the batch it is visited in."""
    return dict(VisitBatch.objects.filter(stage=stage).values_list("application_id", "batch"))


def visited(stage: Stage) -> dict[int, SiteVisit]:
    """Application id → the last record of its visit."""
    rows = SiteVisit.objects.filter(stage=stage).prefetch_related("photos")
    return {row.application_id: row for row in rows.order_by("revision")}


def visit_points(applications: Iterable[int]) -> dict[int, str]:
    """Application id → the points of the last visit that gave some, as people read them; one query."""
    rows = SiteVisit.objects.filter(application__in=list(applications), points__isnull=False)
    return {
        row.application_id: f"{row.points.normalize():f} 分"
        for row in rows.order_by("stage__position", "revision")
        if row.points is not None
    }


# --- ranking ----------------------------------------------------------------------------------------------------------


def order_is_published(stage: Stage) -> bool:
    """Whether a notice of the campaign shows ranks, so that every tie must be decided."""
    return any(isinstance(rule, PublicNoticeStage) and "rank" in rule.columns for rule in stage.campaign.rules.stages)


def cut_of(stage: Stage) -> int | None:
    """How many of the ranking go on: what the office set last, else the most that the rule lets through.

    Whom the panel's own method stops, such as a name without the majority, does not go on by itself.
    """
    row = Cut.objects.filter(stage=stage).order_by("revision").last()
    if row is not None:
        return row.passing
    rule = stage_rule(stage)
    most: int | None = rule.passes.max if rule.passes else None
    reached = reached_in(stage) if getattr(rule, "method", "score") != "score" else None
    if reached is None:
        return most
    if most is None:
        return reached if sets_its_number(stage) or not reached else None
    return min(most, reached)


def sets_its_number(stage: Stage) -> bool:
    """Whether the method itself says how many go on: a vote that asks for a majority does, an order does not."""
    ballot = getattr(stage_rule(stage), "ballot", None)
    return ballot is not None and ballot.majority != "most_votes"


def reached_in(stage: Stage) -> int | None:
    """How many of those ranked and still in it the panel's method lets through; None before there is a ranking."""
    archived = Ranking.objects.filter(stage=stage).first()
    if archived is None:
        return None
    staying = set(entrants(stage).values_list("pk", flat=True))
    return sum(1 for row in archived.rows if row.get("reached", True) and row["application"] in staying)


def settled_rows(stage: Stage) -> tuple[ranking.Row, ...]:
    """The archived ranking of those who are still in it, with people's decisions on ties; empty before scoring ends."""
    archived = Ranking.objects.filter(stage=stage).first()
    if archived is None:
        return ()
    rows = tuple(
        ranking.Row(row["application"], Fraction(row["total"]), row["rank"], tuple(row["tied"]))
        for row in archived.rows
    )
    staying = entrants(stage).values_list("pk", flat=True)
    orders = TieDecision.objects.filter(stage=stage).order_by("at", "pk").values_list("order", flat=True)
    return ranking.settle(ranking.only(rows, staying), orders)


def ties_to_decide(stage: Stage) -> tuple[tuple[int, ...], ...]:
    """Ties that stand against closing the stage, as application ids."""
    return ranking.open_ties(settled_rows(stage), cut=cut_of(stage), ordered=order_is_published(stage))


@dataclass(frozen=True, slots=True)
class RankedCase:
    """One line of the ranking as the office, the leading group and the supervisor read it."""

    application: Application
    rank: int
    total: str
    tied: bool
    passes: bool
    references: Sequence[Outcome]
    reached: bool = True
    points: str = ""
    """What the team gave that visited them."""


def ranked_cases(stage: Stage, *, reader: Member, at: datetime) -> list[RankedCase]:
    """The ranking for a reader; refused until scoring has ended. A constant number of queries."""
    panel = panel_of(stage)
    if panel is None:
        return []
    policies.can_read_scores(reader, panel, at=at).require()
    rows = settled_rows(stage)
    by_id = Application.objects.in_bulk([row.case for row in rows])
    words = archived_words(stage)
    cut, said, points = cut_of(stage), references(by_id), visit_points(by_id)
    return [
        RankedCase(
            by_id[row.case],
            row.rank,
            words[row.case][0] or str(row.shown),
            bool(row.tied),
            cut is not None and row.rank <= cut,
            said.get(row.case, []),
            words[row.case][1],
            points.get(row.case, ""),
        )
        for row in rows
    ]


def archived_words(stage: Stage) -> dict[int, tuple[str, bool]]:
    """Application id → what the archived ranking shows beside a rank, and whether the method lets the case through."""
    rows = Ranking.objects.filter(stage=stage).values_list("rows", flat=True).first() or []
    return {row["application"]: (row.get("shown", ""), row.get("reached", True)) for row in rows}


def proposed_passers(stage: Stage) -> frozenset[int]:
    """Who would pass if the stage closed now: by the ranking where there is one, else by the outcomes given."""
    rows = settled_rows(stage)
    cut = cut_of(stage)
    if rows and cut is not None:
        return frozenset(row.case for row in rows if row.rank <= cut)
    return frozenset(passed(stage).values_list("application_id", flat=True))


# --- resolutions and quota --------------------------------------------------------------------------------------------


def meeting_of(rule: StageRule) -> Meeting:
    """How the group resolves; where the notice is silent, the schema's defaults, which count as the office's setting."""
    return getattr(rule, "meeting", None) or Meeting(setting=True)


def confirmation(stage: Stage) -> Resolution | None:
    """The last resolution that confirmed the list of a stage."""
    return stage.resolutions.filter(subject=Subject.LIST).order_by("at", "pk").last()


def may_in_committee(stage: Stage) -> frozenset[str]:
    """What the group may do with a list in this stage; in the final approval it confirms or strikes."""
    return may_by(stage_rule(stage))


def may_by(rule: StageRule) -> frozenset[str]:
    return frozenset(rule.may) if isinstance(rule, CommitteeStage) else frozenset({"confirm", "strike"})


def final_stage(campaign: Campaign) -> Stage | None:
    """The stage that confers the title: the last final approval."""
    return campaign.stages.filter(kind="final_approval").order_by("position").last()


def quota_left(stage: Stage) -> places.Count:
    """The quota of the title as it stands in a final approval."""
    return next(one for one in counts(stage) if one.key == "quota:most")


@dataclass(frozen=True, slots=True)
class Field:
    """The people of a stage, opened once, so that any choice among them can be counted without asking again."""

    stage: Stage
    entered: list[int]
    apart: frozenset[int]
    """Who passes by the stage; of them those who hold the title already are `titled`."""
    titled: Mapping[int, scopes.Given]
    standing: Mapping[int, scopes.Given]
    """Who passed so far, with the category and tier they were given."""
    people: Mapping[int, places.Person]
    elsewhere: int

    def counts(
        self, through: Iterable[int] | None = None, *, given: Mapping[int, scopes.Given] | None = None
    ) -> list[places.Count]:
        """Every bound of the rules, were `through` to pass (left out: those who passed so far).

        `given` says in which category and tier somebody is to get the title; for the others their outcome does, or else the
        only one they applied for.
        """
        campaign = self.stage.campaign
        said = {**self.standing, **(given or {})}
        chosen = sorted(self.standing if through is None else through)
        listed = places.Listed(
            [self.people[id_] for id_ in self.entered],
            [self._given(id_, said) for id_ in chosen if id_ in self.people],
            [self.people[id_] for id_ in sorted(self.apart)],
            [self._given(id_, self.titled) for id_ in sorted(self.titled)],
            self.elsewhere,
        )
        return places.count(campaign.rules, stage_rule(self.stage), listed, reference=campaign.reference_date)

    def _given(self, id_: int, said: Mapping[int, scopes.Given]) -> places.Person:
        person = self.people[id_]
        found = scopes.settled(self.stage.campaign.rules, person.facts.scope, said.get(id_, scopes.Given()))
        return replace(person, category=found.category, tier=found.tier)


def field_of(stage: Stage) -> Field:
    """A constant number of queries, however many people."""
    campaign, rule = stage.campaign, stage_rule(stage)
    entered = list(entrants(stage).values_list("pk", flat=True))
    apart = passing_by(stage)
    standing = {row.application_id: scopes.Given(row.category, row.tier) for row in passed(stage)}
    final = stage.kind == "final_approval"
    return Field(
        stage,
        entered,
        apart,
        scopes.approved(campaign, rule, apart) if final and apart else {},
        standing,
        scopes.people(campaign, rule, {*entered, *apart, *standing}),
        titled_elsewhere(campaign) if final else 0,
    )


def counts(
    stage: Stage, through: Iterable[int] | None = None, *, given: Mapping[int, scopes.Given] | None = None
) -> list[places.Count]:
    """The counts of one choice; see `Field.counts`."""
    if not places.counted_in(stage.campaign.rules, stage_rule(stage)):
        return []
    return field_of(stage).counts(through, given=given)


def title_counts(campaign: Campaign, titled: Iterable[int]) -> list[places.Count]:
    """The places of the title, were it conferred on these people as it was approved."""
    known = list(scopes.people(campaign, None, titled).values())
    return list(places.count_title(campaign.rules, known, known, elsewhere=titled_elsewhere(campaign)))


def foreseen_counts(stage: Stage) -> list[places.Count]:
    """The counts, were the stage to close now."""
    counted = places.counted_in(stage.campaign.rules, stage_rule(stage))
    return counts(stage, foreseen(stage)) if counted else []


def foreseen(stage: Stage) -> frozenset[int]:
    """Who would pass if the stage closed now. Where a stage stops nobody by itself, everybody still without a word passes."""
    proposed = proposed_passers(stage)
    if stage.kind in CHOOSING:
        return proposed
    return proposed | frozenset(undecided(stage).values_list("pk", flat=True))


CHOOSING: Final = policies.DECIDED_ONE_BY_ONE | policies.RESOLVED | {"expert_review"}
"""Kinds in which nobody passes without a word on them."""


def titled_elsewhere(campaign: Campaign) -> int:
    """How many titles the other campaigns of the union's programme take: approved there, and not lost since.

    Approved, not only conferred, so that two campaigns that run side by side never promise one place twice. Whoever withdrew,
    was disqualified or stopped by a later stage gives the place back.
    """
    programme = campaign.rules.programme
    if programme is None:
        return 0
    stopped = Outcome.objects.standing().filter(
        application=OuterRef("application"), stage__position__gt=OuterRef("stage__position")
    )
    rows = (
        Outcome.objects.standing()
        .filter(
            campaign__union=campaign.union_id,
            campaign__rules_data__programme__code=programme.code,
            stage__kind="final_approval",
            verdict__in=PASSING,
        )
        .exclude(campaign=campaign)
        .exclude(campaign__state=CampaignState.CANCELLED, stage__state=StageState.OPEN)
        .exclude(application__state__in=GONE)
        .exclude(Exists(Outcome.objects.filter(application=OuterRef("application"), stage__isnull=True)))
        .exclude(Exists(stopped.exclude(verdict__in=PASSING)))
    )
    return rows.values("application").distinct().count()


# --- queues -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageQueue:
    """A stage with its figures; for one that has not begun all are nought."""

    stage: Stage
    entered: int
    passed: int
    stopped: int
    waiting: int


def queues(campaign: Campaign) -> list[StageQueue]:
    """Every stage with its figures; three queries, whatever the number of stages or people."""
    stages = list(campaign.stages.select_related("campaign").order_by("position"))
    counts: dict[int, dict[str, int]] = {}
    rows = (
        Outcome.objects.standing()
        .filter(campaign=campaign, stage__isnull=False)
        .values("stage_id", "verdict")
        .annotate(n=Count("pk"))
        .order_by()
    )
    for row in rows:
        counts.setdefault(row["stage_id"], {})[row["verdict"]] = row["n"]
    figures = []
    for stage in stages:
        verdicts = counts.get(stage.pk, {})
        through = sum(n for verdict, n in verdicts.items() if verdict in PASSING)
        decided = sum(verdicts.values())
        waiting = undecided(stage).count() if stage.state == StageState.OPEN else 0
        figures.append(StageQueue(stage, decided + waiting, through, decided - through, waiting))
    return figures


# --- where somebody stands --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """One line for a person: words without internal states, a tone of the state badge, the stage it is about."""

    label: str
    tone: str
    stage: Stage | None = None


_INTAKE: Final[Mapping[str, Standing]] = {
    State.DRAFT: Standing("填写中，尚未提交", "waiting"),
    State.AWAITING_UNIT: Standing("等待推荐单位审核", "active"),
    State.RETURNED: Standing("请补正后重新提交", "reason"),
    State.WITHDRAWN: Standing("已撤回申报", "waiting"),
    State.LAPSED: Standing("逾期未提交，申报已终止", "fails"),
    State.MERGED: Standing("已并入同一人的另一份申报", "waiting"),
}
_STOPPED: Final[Mapping[str, str]] = {
    Verdict.REJECTED: "未通过",
    Verdict.NOT_SELECTED: "未入选",
    Verdict.SUSPENDED: "暂缓",
}


def public_label(stage: Stage) -> str:
    """What the applicant's pages call a stage."""
    return stage_rule(stage).public_label or stage.label


def why_it_must_go_on(application: Application) -> str:
    """Of one person's applications the one with an outcome is kept: nobody is decided about twice."""
    last = Outcome.objects.standing().filter(application=application).select_related("stage").last()
    if last is None:
        return ""
    where = f"在“{last.stage.label}”" if last.stage else ""
    return f"{application.name}的申报 {application.number} {where}已有结论“{last.get_verdict_display()}”，请保留这一份"


def where_it_stands(application: Application) -> Standing:
    return where_they_stand([application])[application.pk]


def where_they_stand(applications: Sequence[Application]) -> dict[int, Standing]:
    """Where each stands, for a list; two queries whatever its length. What an open stage decides is not told yet."""
    stages: dict[int, list[Stage]] = {}
    for stage in (
        Stage.objects.filter(campaign_id__in={row.campaign_id for row in applications})
        .select_related("campaign")
        .order_by("position")
    ):
        stages.setdefault(stage.campaign_id, []).append(stage)
    outcomes: dict[int, dict[int | None, Outcome]] = {}
    for outcome in Outcome.objects.standing().filter(application__in=[row.pk for row in applications]):
        outcomes.setdefault(outcome.application_id, {})[outcome.stage_id] = outcome
    aside = _aside(stages, applications)
    return {
        row.pk: _standing(
            row, stages.get(row.campaign_id, []), outcomes.get(row.pk, {}), aside.get(row.pk, frozenset())
        )
        for row in applications
    }


def _aside(stages: Mapping[int, Sequence[Stage]], applications: Sequence[Application]) -> dict[int, frozenset[int]]:
    """Application id → the stages that are not for its category or tier; no query where every stage is for everybody."""
    found: dict[int, frozenset[int]] = {}
    for campaign, rows in stages.items():
        ids = [application.pk for application in applications if application.campaign_id == campaign]
        for stage in rows:
            rule = stage_rule(stage)
            meant = scopes.scopes(stage.campaign, rule, ids) if rule.only_for else {}
            for id_, scope in meant.items():
                if scope.isdisjoint(rule.only_for):
                    found[id_] = found.get(id_, frozenset()) | {stage.pk}
    return found


def _standing(
    application: Application,
    stages: Sequence[Stage],
    outcomes: Mapping[int | None, Outcome],
    aside: frozenset[int],
) -> Standing:
    if None in outcomes:
        return Standing("已取消资格", "fails")
    if application.state in _INTAKE:
        return _INTAKE[application.state]
    through: list[Stage] = []
    for stage in stages:
        outcome = outcomes.get(stage.pk)
        if stage.state == StageState.CLOSED and outcome is not None:
            if outcome.verdict not in PASSING:
                tone = "fails" if outcome.verdict == Verdict.REJECTED else "waiting"
                return Standing(f"{public_label(stage)}：{_STOPPED[outcome.verdict]}", tone, stage)
            through.append(stage)
    behind = _behind(stages, through, aside)
    for stage in stages:
        if stage.state == StageState.OPEN and previous_key(stage) in behind and stage.pk not in aside:
            return Standing(f"{public_label(stage)}进行中", "active", stage)
    if not through:
        return Standing("已受理，等待审核", "active")
    decided = [stage for stage in through if stage.kind == "final_approval"]
    return _through([*through, *decided][-1])


def _through(last: Stage) -> Standing:
    """Past the last closed stage so far, or the decision before it; one that only informs let nobody through."""
    if last.kind == "final_approval":
        return Standing(stage_rule(last).outcome or f"{public_label(last)}：通过", "title", last)
    word = f"{public_label(last)}已结束" if informs(last) else f"已通过{public_label(last)}"
    return Standing(word, "holds", last)


def _behind(stages: Sequence[Stage], through: Sequence[Stage], aside: frozenset[int]) -> set[str | None]:
    """Keys of the stages somebody is past: passed, or passed by once they were closed. None is the beginning."""
    behind: set[str | None] = {None, *(stage.key for stage in through)}
    for stage in stages:
        if stage.state == StageState.CLOSED and stage.pk in aside and previous_key(stage) in behind:
            behind.add(stage.key)
    return behind


# --- the way of one application ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One event as the status timeline shows it; `at` is None for what is still to come."""

    label: str
    at: datetime | None
    text: str = ""
    state: str = "waiting"


def timeline(application: Application) -> list[TimelineItem]:
    """What happened to an application, oldest first, in the applicant's words.

    What an expert does and what concerns other people never appears; an outcome appears when its stage has closed, and
    its reason only where it is meant for the applicant (the officer's reason for passing is not).
    """
    items = [*_intake_items(application), *_stage_items(application), *_end_items(application)]
    dated = sorted((item for item in items if item.at is not None), key=lambda item: item.at or application.created_at)
    return [*dated, *_next_item(application), *(item for item in items if item.at is None)]


def _intake_items(application: Application) -> list[TimelineItem]:
    items = []
    for submission in Submission.objects.filter(application=application).order_by("version"):
        first = submission.version == 1
        label, text = ("已提交申报", f"受理编号：{application.number}") if first else ("已补正并重新提交", "")
        items.append(TimelineItem(label, submission.at, text if application.number else "", "holds"))
    for word in Recommendation.objects.filter(application=application).select_related("unit"):
        agreed = word.decision == Endorsement.ENDORSED
        label = f"{word.unit.name}{'同意推荐' if agreed else '不予推荐'}"
        items.append(TimelineItem(label, word.at, "", "holds" if agreed else "fails"))
    for back in Return.objects.filter(application=application):
        state = "reason" if back.answered_at is None else "waiting"
        items.append(TimelineItem("退回补正", back.at, f"{back.reason}（请在期限前重新提交）", state))
    return items


def _stage_items(application: Application) -> list[TimelineItem]:
    outcomes = {
        row.stage_id: row for row in Outcome.objects.standing().filter(application=application, stage__isnull=False)
    }
    standing = where_it_stands(application)
    items = []
    for stage in Stage.objects.filter(campaign_id=application.campaign_id).select_related("campaign"):
        outcome = outcomes.get(stage.pk)
        label = public_label(stage)
        if stage.state == StageState.CLOSED and outcome is not None:
            items.append(_outcome_item(stage, outcome, label))
        elif stage.state == StageState.OPEN and standing.stage == stage:
            items.append(TimelineItem(f"{label}进行中", stage.opened_at, _planned(stage), "active"))
    return items


def _outcome_item(stage: Stage, outcome: Outcome, label: str) -> TimelineItem:
    at = max(outcome.at, stage.closed_at or outcome.at)
    if outcome.verdict in PASSING:
        final, word = stage.kind == "final_approval", "已结束" if informs(stage) else "通过"
        return TimelineItem(f"{label}：{word}", at, "", "title" if final else "holds")
    text = outcome.reason if outcome.verdict in {Verdict.REJECTED, Verdict.SUSPENDED} else ""
    tone = "reason" if outcome.verdict == Verdict.SUSPENDED else "fails"
    return TimelineItem(f"{label}：{_STOPPED[outcome.verdict]}", at, text, tone)


def _end_items(application: Application) -> list[TimelineItem]:
    items = []
    ended = Outcome.objects.filter(application=application, stage__isnull=True).first()
    if ended is not None:
        case = Investigation.objects.filter(application=application, state=Case.UPHELD).first()
        items.append(TimelineItem("已取消资格", ended.at, case.public_note if case else "", "fails"))
    if application.state in GONE:
        standing = _INTAKE[application.state]
        items.append(TimelineItem(standing.label, None, "", standing.tone))
    return items


def _next_item(application: Application) -> list[TimelineItem]:
    """The stage that comes next for somebody who is still in it."""
    standing = where_it_stands(application)
    if application.state != State.SUBMITTED or standing.tone not in {"active", "holds"}:
        return []
    after = standing.stage.position if standing.stage else -1
    waiting = Stage.objects.filter(campaign_id=application.campaign_id, state=StageState.WAITING, position__gt=after)
    stages = list(waiting.select_related("campaign").order_by("position"))
    aside = _aside({application.campaign_id: stages}, [application]).get(application.pk, frozenset())
    coming = next((stage for stage in stages if stage.pk not in aside), None)
    return [TimelineItem(f"接下来：{public_label(coming)}", None, _planned(coming))] if coming else []


def _planned(stage: Stage) -> str:
    if stage.planned_from and stage.planned_to:
        return f"计划 {stage.planned_from:%Y年%-m月%-d日} 至 {stage.planned_to:%Y年%-m月%-d日}"
    return ""


# --- investigations ---------------------------------------------------------------------------------------------------


def under_investigation(stage: Stage) -> QuerySet[Application]:
    """Entrants whose material is being looked into."""
    return entrants(stage).filter(Exists(Investigation.objects.filter(application=OuterRef("pk"), state=Case.OPEN)))


def place_stage(application: Application) -> Stage | None:
    """The last closed stage that the application passed: the place a disqualification leaves empty."""
    return (
        Stage.objects.filter(
            Q(outcomes__application=application, outcomes__verdict__in=PASSING, outcomes__superseded_by__isnull=True),
            state=StageState.CLOSED,
        )
        .select_related("campaign")
        .order_by("position")
        .last()
    )


def next_in_line(stage: Stage) -> QuerySet[Outcome]:
    """Who was not selected in a stage and is still there to take an empty place, by rank."""
    return (
        Outcome.objects.standing()
        .filter(stage=stage, verdict=Verdict.NOT_SELECTED)
        .exclude(application__state__in=GONE)
        .exclude(Exists(Outcome.objects.filter(application=OuterRef("application"), stage__isnull=True)))
        .select_related("application")
        .order_by(F("rank").asc(nulls_last=True), "application__number", "application_id")
    )


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Application id → name, for sentences that officers read."""
    return dict(Application.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


# --- for the applicant's own page ---------------------------------------------------------------------------------------


def later_timeline(application: Application) -> list[TimelineItem]:
    """The part of `timeline` that begins where the intake ends: the stages, how it ended, what comes next."""
    ended = [item for item in _end_items(application) if item.at is not None]
    items = sorted([*_stage_items(application), *ended], key=lambda item: item.at or application.created_at)
    return [*items, *_next_item(application)]

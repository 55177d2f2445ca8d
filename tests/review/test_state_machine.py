"""Random campaigns of random stage orders, played by people who try everything: nothing breaks the never-list.

Numbers in the checks are those of the list in the design: quota (2), append-only rows (3), sealed scores and conflicts (4),
ranking (5), audit (6).
"""

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest
from django.db import connection, models, transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from applications.models import Application
from applications.services import submit_application, withdraw_application
from applications.states import State
from campaigns.models import Stage
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from review import ranking, selectors
from review.models import (
    Cut,
    Investigation,
    Judgement,
    Outcome,
    Panel,
    PanelSeat,
    Ranking,
    Recusal,
    Resolution,
    Score,
    SiteVisit,
    TieDecision,
)
from review.services import investigations, outcomes, panels, rankings, resolutions, seating
from review.states import PASSING, Case, Seat, Verdict
from tests.factories import IN_TIME, ApplicationFactory, MemberFactory, UnionFactory
from tests.review import stagecraft
from tests.review.stagecraft import Play, fresh
from unions import audit, tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

SUITE = settings(
    max_examples=4,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a failure is played again by its seed; making it smaller takes a quarter of an hour
    suppress_health_check=list(HealthCheck),
)
SOAK = settings(SUITE, max_examples=100, stateful_step_count=80)

APPEND_ONLY: tuple[type[models.Model], ...] = (
    Outcome,
    Judgement,
    Recusal,
    Score,
    SiteVisit,
    Ranking,
    Cut,
    TieDecision,
    Resolution,
    AuditEntry,
)
STATEFUL: tuple[tuple[type[models.Model], str], ...] = (
    (Stage, "state"),
    (Application, "state"),
    (Panel, "closed_at"),
    (PanelSeat, "state"),
    (Investigation, "state"),
)
T = TypeVar("T")
EMPLOYERS = ("示例机床厂", "示例纺织厂", "示例酒店", "")
KINDS = ("nomination", "qualification", "site_visit", "expert_review", "committee", "final")
BODIES = (None, None, "leading_group")


class Dice:
    """What one step decides by chance, from a seed: a step draws once, however much it does."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)

    def __repr__(self) -> str:
        return f"Dice({self.seed})"

    def one(self, rows: Sequence[T]) -> T:
        return self.random.choice(rows)

    def some(self, rows: Sequence[T], n: int) -> list[T]:
        return self.random.sample(rows, n)

    def flip(self) -> bool:
        return self.random.random() < 0.5

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


DICE = st.integers(0, 2**20).map(Dice)


def random_bounds(dice: Dice) -> dict[str, Any]:
    """How many a stage lets through, or nothing."""
    if dice.flip():
        return {}
    limits = {"max": dice.number(2, 5)} if dice.flip() else {"min": dice.number(0, 2)}
    return {"passes": {**limits, "strength": dice.one(["must", "should"]), "setting": True}}


def random_review(dice: Dice) -> dict[str, Any]:
    chain = dice.some(["criterion:craft", "median", "lowest", "fact:years_in_trade"], dice.number(0, 2))
    return {
        "trimming": dice.one(["none", "none", "trim_one"]),
        "tie_break": [*chain, "people"],
        "site_visit": dice.number(1, 4) == 4,
        "panel": {"approved_by": "leading_group"} if dice.flip() else {},
    }


def random_way(dice: Dice) -> list[dict[str, Any]]:
    """Any stages in any order, repeated or not, each fed by any stage before it; a panel's review nearly always."""
    kinds = [dice.one(KINDS) for _ in range(dice.number(0, 3))]
    if dice.number(1, 4) > 1:
        kinds.insert(dice.number(0, len(kinds)), "expert_review")
    if "final" not in kinds:
        kinds.append("final")
    stages = []
    for at, kind in enumerate(kinds):
        more = random_bounds(dice)
        if at > 1 and dice.number(1, 4) == 4:
            more["after"] = f"s{dice.number(0, at - 2)}"
        if body := dice.one(BODIES):
            more["confirmed_by"] = body
        if kind == "expert_review":
            more |= random_review(dice)
        stages.append(getattr(stagecraft, kind)(f"s{at}", **more))
    return stages


class Campaigns(RuleBasedStateMachine):
    """One union, one campaign, and everybody who has a hand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.callback(transaction.set_rollback, True)
        self.union = UnionFactory()
        self.stack.enter_context(tenancy.scope(self.union.pk))
        self.seen: dict[str, dict[Any, Any]] = {}
        self.checked: Any = None

    def teardown(self) -> None:
        self.stack.close()

    @initialize(dice=DICE)
    def begin(self, dice: Dice) -> None:
        way = random_way(dice)
        self.places, self.strength = dice.number(1, 2), dice.one(["must", "must", "should"])
        self.play = Play(self.union, *way, quota={"places": self.places, "strength": self.strength})
        self.keys = [stage["id"] for stage in way]
        self.supervisor = MemberFactory(union=self.union, role=Role.SUPERVISOR)
        self.experts = [self.play.expert(f"示例{word}研究所") for word in ("材料", "焊接", "数控")]
        self.experts += [self.play.expert("示例机床厂"), self.play.expert("")]
        for employer in [dice.one(EMPLOYERS) for _ in range(4)]:
            self.play.apply(employer=employer, years=len(employer) or "")
        self.play.apply(front_line=False, employer="示例车队")
        self.play.apply(union_member=False, employer="示例园林处")
        ApplicationFactory(
            campaign=self.play.campaign,
            member=self.experts[0].member,
            at=IN_TIME,
            employer="示例学院",
            front_line=True,
            age=40,
        )

    # --- attempts

    def counts(self) -> dict[str, int]:
        """How many rows each append-only table holds, in one query."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {m._meta.db_table})" for m in APPEND_ONLY))
            return dict(zip((m._meta.label for m in APPEND_ONLY), cursor.fetchone() or (), strict=True))

    def states(self) -> dict[str, dict[int, Any]]:
        return {
            model._meta.label_lower: dict(model._default_manager.values_list("pk", column))
            for model, column in STATEFUL
        }

    def attempt(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it or be refused. A refusal changes nothing; a change has its entry in the log of the same moment."""
        counts, states = self.counts(), self.states()
        try:
            with transaction.atomic():
                answer = verb(*args, **kwargs)
        except Refused:
            assert (self.counts(), self.states()) == (counts, states)
            return None
        after = self.counts()
        new = after["unions.AuditEntry"] - counts["unions.AuditEntry"]
        told = set(AuditEntry.objects.order_by("-seq").values_list("object_type", "object_id")[:new])
        assert new or after == counts, "rows were added without an entry"
        for model, rows in self.states().items():
            for key, state in rows.items():
                if states[model].get(key, state) != state:
                    assert (model, str(key)) in told, f"{model} {key} changed without an entry"
        return answer

    # --- what there is

    def stages(self) -> list[Stage]:
        return list(Stage.objects.filter(campaign=self.play.campaign).select_related("campaign__union", "union"))

    def open_stage(self) -> Stage | None:
        return next((stage for stage in self.stages() if stage.state == StageState.OPEN), None)

    def pick(self, dice: Dice, rows: Iterable[Any]) -> Any:
        rows = list(rows)
        return dice.one(rows) if rows else None

    def application(self, dice: Dice) -> Application:
        rows = Application.objects.filter(campaign=self.play.campaign).select_related("campaign", "person__key", "unit")
        return dice.one(list(rows.order_by("pk")))

    # --- getting on, the sensible way

    def get_on(self, dice: Dice) -> bool:
        """Do what comes next; say whether anything came of it."""
        stage = self.open_stage()
        if stage is None:
            waiting = next((row for row in self.stages() if row.state == StageState.WAITING), None)
            if waiting is None:
                return False
            if waiting.kind == "expert_review":
                self.form_and_approve(waiting)
            return self.attempt(self.play.open, waiting.key) is not None
        step = getattr(self, f"work_{stage.kind}", self.work_nothing)
        if step(dice, stage):
            return True
        if stage_rule(stage).confirmed_by and selectors.confirmation(stage) is None:
            minutes, at = self.play.minutes(), self.play.now()
            self.attempt(resolutions.confirm_list, stage, minutes=minutes, actor=self.play.leader, at=at)
        return self.attempt(self.play.close, stage.key, dice.one(["", "情况特殊"])) is not None

    def form_and_approve(self, stage: Stage) -> None:
        panel = selectors.panel_of(stage)
        if panel is None:
            panel = self.attempt(self.play.form_panel, stage.key, self.experts)
        if panel is not None and panel.approved_at is None:
            self.attempt(
                panels.approve_panel, panel, minutes=self.play.minutes(), actor=self.play.leader, at=self.play.now()
            )

    def work_nothing(self, dice: Dice, stage: Stage) -> bool:
        return False

    def work_qualification(self, dice: Dice, stage: Stage) -> bool:
        waiting = list(selectors.undecided(stage).select_related("campaign", "person"))
        for application in waiting:
            if application.state == State.RETURNED:
                actor = application.applicant
                assert actor is not None
                self.attempt(submit_application, application, actor=actor, at=self.play.now())
            if dice.number(1, 6) == 6:
                self.send_back_to_mend(stage.key, application)
                continue
            self.attempt(self.play.judge, application)
            verdict = dice.one([Verdict.PASSED, Verdict.PASSED_WITH_REASON, Verdict.REJECTED])
            if self.attempt(self.play.decide, stage.key, application, verdict, "按规定办理") is None:
                self.attempt(self.play.decide, stage.key, application, Verdict.REJECTED, "条件不符")
            if dice.number(1, 6) == 6:
                self.correct_to(selectors.current_outcome(application, stage), Verdict.REJECTED)
        return bool(waiting)

    def work_site_visit(self, dice: Dice, stage: Stage) -> bool:
        waiting = list(selectors.undecided(stage))
        for application in waiting:
            self.attempt(self.play.visit, stage.key, application)
            verdict = dice.one([Verdict.PASSED, Verdict.PASSED, Verdict.REJECTED])
            self.attempt(self.play.decide, stage.key, application, verdict, "考察情况属实")
        return bool(waiting)

    def work_expert_review(self, dice: Dice, stage: Stage) -> bool:
        panel = selectors.panel_of(stage)
        if panel is None or panel.approved_at is None:
            self.form_and_approve(stage)
            return True
        if panel.closed_at is None:
            self.seat_and_score(dice, panel, stage)
            if self.attempt(panels.close_panel, panel, actor=self.play.office, at=self.play.now()) is None:
                self.let_go_of_unjudgeable(panel, stage)
            return True
        if selectors.cut_of(stage) is None:
            self.attempt(self.play.cut, stage.key, dice.number(1, 3))
        for tie in selectors.ties_to_decide(stage):
            order = [Application.objects.get(pk=pk) for pk in dice.some(tie, len(tie))]
            self.attempt(
                rankings.decide_tie, stage, order=order, reason="综合考虑", actor=self.play.leader, at=self.play.now()
            )
        return False

    def seat_and_score(self, dice: Dice, panel: Panel, stage: Stage) -> None:
        for seat in panel.seats.select_related("expert__member").order_by("pk"):
            actor = fresh(seat.expert.member)
            if seat.state == Seat.INVITED:
                self.attempt(panels.accept_seat, seat, actor=actor, at=self.play.now())
            if seat.declared_at is None and seat.state != Seat.REMOVED:
                self.attempt(
                    panels.declare_conflicts, seat, applications=[], reasons=[], actor=actor, at=self.play.now()
                )
        marks = ["60", "80", "80.5", "90"]
        for application in selectors.entrants(stage):
            if stage_rule(stage).site_visit and application.pk not in selectors.visited(stage):
                self.attempt(self.play.visit, stage.key, application)
            common = dice.one(marks[:2]) if dice.number(1, 3) > 1 else None  # experts who agree make ties common
            for seat in selectors.sitting(panel):
                if not seat.scores.filter(application=application).exists():
                    self.attempt(
                        self.play.score, seat, application, common or dice.one(marks), common or dice.one(marks)
                    )

    def let_go_of_unjudgeable(self, panel: Panel, stage: Stage) -> None:
        """Cases that too few may judge leave by themselves, or no campaign would ever get past them."""
        seats = {seat.pk for seat in selectors.sitting(panel)}
        recused = selectors.recusals_of(panel)
        needed = rankings.method_of(seating.rule_of(stage)).needed
        for application in selectors.entrants(stage):
            if len([seat for seat in seats if (seat, application.pk) not in recused]) < needed:
                self.attempt(withdraw_application, application, actor=fresh(application.filled_by), at=self.play.now())

    def work_committee(self, dice: Dice, stage: Stage) -> bool:
        return self.resolve(dice, stage, list(selectors.undecided(stage)))

    def work_final_approval(self, dice: Dice, stage: Stage) -> bool:
        if stage.resolutions.filter(subject="final").exists() and dice.flip():
            return False
        return self.resolve(dice, stage, list(selectors.undecided(stage)))

    def resolve(self, dice: Dice, stage: Stage, waiting: list[Application]) -> bool:
        if not waiting:
            return False
        chosen = dice.some(waiting, dice.number(1, len(waiting)))
        cut = dice.number(len(chosen) // 2, len(chosen))
        self.attempt(
            self.play.resolve,
            stage.key,
            chosen[:cut],
            chosen[cut:],
            why=dice.one(["", "综合考虑"]),
            reason=dice.one(["", "增设名额"]),
        )
        return True

    @rule(dice=DICE)
    def get_on_once(self, dice: Dice) -> None:
        self.get_on(dice)

    @rule(dice=DICE, times=st.integers(2, 4))
    def get_on_a_little(self, dice: Dice, times: int) -> None:
        self.get_on_until(dice, times)

    @rule(dice=DICE, times=st.integers(4, 8))
    def get_on_for_long(self, dice: Dice, times: int) -> None:
        self.get_on_until(dice, times)

    @rule(dice=DICE, times=st.integers(6, 12))
    def get_on_for_very_long(self, dice: Dice, times: int) -> None:
        self.get_on_until(dice, times)

    def get_on_until(self, dice: Dice, times: int) -> None:
        while times and self.get_on(dice):
            times -= 1

    # --- everything else people do

    @rule(dice=DICE)
    def open_or_close_anything(self, dice: Dice) -> None:
        key = dice.one(self.keys)
        self.attempt(dice.one([self.play.open, self.play.close]), key)

    @rule(dice=DICE)
    def resolve_on_anybody(self, dice: Dice) -> None:
        key = dice.one(self.keys)
        people = [self.application(dice), self.application(dice), self.application(dice)]
        cut = dice.number(0, 3)
        self.attempt(
            self.play.resolve,
            key,
            people[:cut],
            people[cut:],
            why=dice.one(["", "综合考虑"]),
            correcting=dice.flip(),
        )

    @rule(dice=DICE)
    def decide_on_anybody(self, dice: Dice) -> None:
        verdict = dice.one(list(Verdict))
        self.attempt(self.play.decide, dice.one(self.keys), self.application(dice), verdict, "理由")

    @rule(dice=DICE)
    def correct(self, dice: Dice) -> None:
        outcome = self.pick(dice, Outcome.objects.filter(campaign=self.play.campaign).order_by("pk"))
        self.correct_to(outcome, dice.one(list(Verdict)))

    def correct_to(self, outcome: Outcome | None, verdict: Verdict) -> None:
        if outcome is not None:
            how = {"actor": self.play.office, "at": self.play.now()}
            self.attempt(outcomes.correct_outcome, outcome, verdict=verdict, reason="核对有误", **how)

    @rule(dice=DICE)
    def withdraw(self, dice: Dice) -> None:
        application = self.application(dice)
        if dice.number(1, 8) == 8:
            self.attempt(withdraw_application, application, actor=fresh(application.filled_by), at=self.play.now())

    @rule(dice=DICE)
    def send_back(self, dice: Dice) -> None:
        self.send_back_to_mend(dice.one(self.keys), self.application(dice))

    def send_back_to_mend(self, key: str, application: Application) -> None:
        self.attempt(
            outcomes.return_for_correction,
            self.play.stage(key),
            application,
            reason="请补充",
            items=["employer"],
            deadline=self.play.clock + 2000 * stagecraft.MINUTE,
            actor=self.play.office,
            at=self.play.now(),
        )

    @rule(dice=DICE)
    def investigate(self, dice: Dice) -> None:
        case = self.attempt(
            investigations.open_investigation,
            self.application(dice),
            allegation="材料不实",
            actor=self.play.office,
            at=self.play.now(),
        )
        if case is not None and dice.flip():
            self.attempt(
                investigations.decide_investigation,
                case,
                upheld=dice.number(1, 3) == 3,
                finding="经核查",
                public_note="经核查取消资格",
                actor=self.play.office,
                at=self.play.now(),
            )

    @rule(dice=DICE)
    def fill_a_place(self, dice: Dice) -> None:
        case = self.pick(dice, Investigation.objects.filter(state=Case.UPHELD).order_by("pk"))
        if case is None:
            return
        how = {"minutes": self.play.minutes(), "reason": "按排名", "actor": self.play.leader, "at": self.play.now()}
        place = selectors.place_stage(case.application)
        line = [row.application for row in selectors.next_in_line(place)] if place else []
        application = dice.one(line) if line else self.application(dice)
        if dice.flip():
            self.attempt(investigations.refill_place, case, application=application, **how)
        else:
            self.attempt(investigations.leave_empty, case, **how)

    @rule(dice=DICE)
    def change_a_panel(self, dice: Dice) -> None:
        seat = self.pick(dice, PanelSeat.objects.select_related("panel__stage", "expert__member").order_by("pk"))
        if seat is None:
            return
        office = {"actor": self.play.office, "at": self.play.now()}
        match dice.one(["recuse", "declare", "score", "remove"]):
            case "recuse":
                self.attempt(panels.recuse, seat, self.application(dice), reason="亲属", **office)
            case "declare":
                self.attempt(
                    panels.declare_conflicts,
                    seat,
                    applications=[self.application(dice)],
                    reasons=["师徒"],
                    actor=fresh(seat.expert.member),
                    at=self.play.now(),
                )
            case "score":
                self.attempt(self.play.score, seat, self.application(dice), dice.number(-1, 101), "70.25")
            case _ if dice.number(1, 5) == 5:
                self.attempt(panels.remove_seat, seat, reason="生病", **office)
            case _:
                pass

    @rule(dice=DICE)
    def trespass(self, dice: Dice) -> None:
        """Somebody does what is not theirs to do: always refused."""
        stranger = fresh(dice.one([self.supervisor, self.experts[1].member]))
        stage = self.play.stage(dice.one(self.keys))
        application = self.application(dice)
        how: dict[str, Any] = {"actor": stranger, "at": self.play.now()}
        verbs: list[Callable[[], Any]] = [
            lambda: resolutions.pass_resolution(
                stage,
                choices=[resolutions.Choice(application, resolutions.Resolved.CONFIRM)],
                minutes=self.play.minutes(),
                **how,
            ),
            lambda: outcomes.decide(stage, application, verdict=Verdict.PASSED, **how),
            lambda: panels.form_panel(stage, experts=self.experts, **how),
            lambda: rankings.set_cut(stage, passing=1, reason="x", **how),
            lambda: investigations.open_investigation(application, allegation="x", **how),
        ]
        before = self.counts(), self.states()
        for verb in verbs:
            with pytest.raises(Refused), transaction.atomic():
                verb()
        assert (self.counts(), self.states()) == before

    # --- the never-list

    @invariant()
    def the_never_list_holds(self) -> None:
        """Every check, whenever something has changed since the last time."""
        if not hasattr(self, "play") or (now := (self.counts(), self.states())) == self.checked:
            return
        self.checked = now
        self.a_must_quota_is_never_exceeded()
        self.what_was_written_stays_as_it_was()
        self.no_score_is_read_before_scoring_ends()
        self.nobody_scores_a_case_of_their_own_circle()
        self.the_same_scores_give_the_same_ranking()
        self.the_log_is_whole()
        self.stages_go_in_order_and_leave_nobody_out()
        self.a_failed_must_never_passes_the_review_of_qualifications()

    def a_must_quota_is_never_exceeded(self) -> None:  # 2
        for stage in self.stages():
            if stage.kind == "final_approval":
                over = selectors.passed(stage).count() - self.places
                assert over <= 0 or (
                    self.strength == "should" and Resolution.objects.filter(stage=stage).exclude(reason="").exists()
                )

    def what_was_written_stays_as_it_was(self) -> None:  # 3
        now = {model._meta.label: {row["id"]: row for row in model._default_manager.values()} for model in APPEND_ONLY}
        for label, rows in self.seen.items():
            for key, row in rows.items():
                assert now[label].get(key) == row
        self.seen = now

    def no_score_is_read_before_scoring_ends(self) -> None:  # 4
        for panel in Panel.objects.filter(closed_at__isnull=True).select_related("stage__campaign"):
            for reader in (self.play.office, self.play.leader, self.supervisor):
                with pytest.raises(Refused):
                    selectors.scores_for(panel, reader=reader, at=self.play.clock)
                with pytest.raises(Refused):
                    selectors.ranked_cases(panel.stage, reader=reader, at=self.play.clock)
                assert not Score.objects.visible_to(reader).filter(seat__panel=panel)
        for entry in AuditEntry.objects.filter(action="case.scored"):
            assert set(entry.after or {}) == {"seat", "application", "version", "commitment"}

    def nobody_scores_a_case_of_their_own_circle(self) -> None:  # 4
        kept_out = dict(Recusal.objects.values_list("pk", "at"))
        pairs = {(row.seat_id, row.application_id): kept_out[row.pk] for row in Recusal.objects.all()}
        for score in Score.objects.select_related("seat__expert__member", "application__person"):
            employer, case = score.seat.expert.employer, score.application.employer
            assert employer
            assert case
            assert employer != case
            assert score.application.person.user_id != score.seat.expert.member.user_id
            since = pairs.get((score.seat_id, score.application_id))
            assert since is None or since > score.at

    def the_same_scores_give_the_same_ranking(self) -> None:  # 5
        for archived in Ranking.objects.select_related("stage__campaign"):
            stage, panel = archived.stage, archived.stage.panel
            assert rankings.recomputed(stage)
            ids = [row["application"] for row in archived.rows]
            cases = rankings.scored_cases(stage, panel, Application.objects.filter(pk__in=ids))
            random.Random(len(ids)).shuffle(cases)
            again = ranking.rank(cases, rankings.method_of(seating.rule_of(stage)))
            assert [(row.case, row.rank) for row in again] == [
                (row["application"], row["rank"]) for row in archived.rows
            ]

    def the_log_is_whole(self) -> None:  # 6
        assert audit.verify(self.union).verified

    def stages_go_in_order_and_leave_nobody_out(self) -> None:
        stages = self.stages()
        order = {StageState.CLOSED: 0, StageState.OPEN: 1, StageState.WAITING: 2}
        states = [order[StageState(stage.state)] for stage in stages]
        assert states == sorted(states)
        assert states.count(1) <= 1
        for stage in stages:
            if stage.state != StageState.CLOSED:
                continue
            decided = set(Outcome.objects.filter(stage=stage).values_list("application_id", flat=True))
            source = selectors.previous_key(stage)
            if source is not None:
                through = Outcome.objects.filter(stage__key=source, verdict__in=PASSING)
                assert decided <= set(through.values_list("application_id", flat=True))

    def a_failed_must_never_passes_the_review_of_qualifications(self) -> None:
        passed = Outcome.objects.filter(stage__kind="qualification", verdict__in=PASSING)
        assert not passed.filter(application__employer="示例车队").exists()
        plain = passed.filter(application__employer="示例园林处", verdict=Verdict.PASSED)
        assert not plain.exists()


def play_at_random(start: int, profile: settings) -> None:
    """Seeds are fixed: the same campaigns every time, others for every `start`."""

    class Seeded(Campaigns):
        """One class for each seed, which hypothesis keeps on the class."""

    run_state_machine_as_test(seed(start)(Seeded), settings=profile)


@pytest.mark.parametrize("start", range(3))
def test_random_campaigns_keep_the_never_list(db: None, start: int) -> None:
    play_at_random(start, SUITE)


@pytest.mark.soak
@pytest.mark.parametrize("start", range(100, 106))
def test_many_random_campaigns_keep_the_never_list(db: None, start: int) -> None:
    play_at_random(start, SOAK)

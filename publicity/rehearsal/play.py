"""The campaign itself: intake and every stage in the order the rules give, with failures on purpose.

Everything is done by the verbs that the pages call, as the person whose verb it is; nothing is written around them. What the
services refuse, the rehearsal refuses. Every step is a method of its own, so that a demo can stop in the middle of one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Max

from applications.models import Application
from applications.services.intake import lapse_overdue
from applications.states import State
from campaigns import timetable
from campaigns.models import Campaign, RuleSet, Stage
from campaigns.rules.engine import Overall
from campaigns.rules.engine import Verdict as Found
from campaigns.rules.schema import ExpertReviewStage, Group, SiteVisitStage, walk
from campaigns.rules.schema import Stage as StageRule
from campaigns.selectors import stage_rule
from campaigns.services import (
    change_settings,
    confirm_calendar_year,
    draft_campaign,
    finish_campaign,
    load_ruleset,
    publish_campaign,
    set_calendar_days,
    set_dates,
)
from documents import runner
from documents.models import StoredFile
from documents.services import store_file
from publicity.models import Notice, Objection
from publicity.rehearsal import afterwards, people, sample, sitting, votes
from publicity.rehearsal.cast import PANEL, Cast
from publicity.rehearsal.choosing import choose, reason_for
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.draft import Draft
from publicity.rehearsal.intake import Fate, Intake, Part, Progress, mendable, spread
from publicity.selectors_objections import appeal_until, choices
from publicity.services.awards import confer_awards, queue_certificates
from publicity.services.notices import NoticeText, publish_notice
from publicity.services.objections import (
    Sender,
    answer_objection,
    appeal_objection,
    assign_objection,
    raise_objection,
    record_finding,
)
from publicity.services.signing import current_key, make_signing_key
from publicity.services.suspensions import release_candidate, suspend_candidate
from publicity.wording import notice_defaults
from review import bands, selectors_meetings, selectors_scoring
from review import selectors as review
from review.models import BallotRound, Expert, Panel, PanelSeat
from review.models_pool import Likeness
from review.places import fewest_candidates
from review.services import (
    allotments,
    assessments,
    ballots,
    draws,
    judgements,
    likenesses,
    outcomes,
    panels,
    rankings,
    resolutions,
    scoring,
    seating,
    stages,
    visits,
)
from review.services.meetings import Motion
from review.services.stages import CONFIRMING
from review.states import Matter, RecusalSource, Resolved, Seat, Verdict
from unions.permits import Refused

ON_PURPOSE: Final = (Fate.LATE, Fate.WITHDRAWN, Fate.RETURNED, Fate.RETURNED, Fate.NEVER_ANSWERS)
"""What becomes of the first people who qualify, where there are enough of them."""
ENOUGH: Final = 8


@dataclass(slots=True)
class Play:
    """One published campaign under way."""

    cast: Cast
    clock: Clock
    campaign: Campaign
    intake: Intake
    progress: Progress
    voters: int = votes.VOTERS
    planted: list[votes.Planted] = field(default_factory=list)

    def run(self) -> None:
        """From the first application to the certificates."""
        self.intake.run()
        self.intake.close()
        for stage in self.campaign.stages.order_by("position"):
            self.run_stage(stage)
        self.award()

    # --- stages ------------------------------------------------------------------------------------------------------

    def run_stage(self, stage: Stage) -> None:
        """Prepare, open, do, close: on the days the campaign plans, or as soon after as it can be."""
        stage = self.begin(stage)
        _ACTS[stage.kind][1](self, stage)
        self.end(stage)

    def begin(self, stage: Stage) -> Stage:
        self.progress(stage.label)
        if stage.planned_from:
            self.clock.go_to_day(stage.planned_from)
        _ACTS[stage.kind][0](self, stage)
        return stages.open_stage(stage, actor=self.cast.office, at=self.clock())

    def end(self, stage: Stage) -> None:
        if stage.planned_to:
            self.clock.go_to_day(stage.planned_to, hour=16)
        if stage_rule(stage).confirmed_by in CONFIRMING:
            self.confirm_list(stage)
        stages.close_stage(stage, actor=self.cast.office, at=self.clock(), reason="按实际情况办结")

    def confirm_list(self, stage: Stage) -> None:
        """The leading group meets about the list; another body's confirmation is recorded."""
        if self._meets(Matter.LIST, stage):
            sitting.hold(
                self.campaign, Motion(Matter.LIST, stage), self.cast, self.clock, text="会议审核了名单，同意确认。"
            )
        else:
            resolutions.confirm_list(
                stage, minutes=self._minutes("同意名单"), actor=self.cast.leaders[0], at=self.clock()
            )

    def _meets(self, matter: Matter, stage: Stage) -> bool:
        return selectors_meetings.body_of(matter, stage) == "leading_group"

    def nothing(self, stage: Stage) -> None:
        """A stage that asks nothing of anybody here."""

    def _minutes(self, text: str) -> resolutions.Minutes:
        count = len(self.cast.leaders)
        return resolutions.Minutes(met_on=self.clock.today, present=count, in_favour=count, text=text)

    # --- qualification and visits ------------------------------------------------------------------------------------

    def review_qualification(self, stage: Stage) -> None:
        """Return some for correction, decide the others, then those that came back; one never answers."""
        for application in review.entrants(stage):
            if self._fate(application) in {Fate.RETURNED, Fate.NEVER_ANSWERS}:
                self.send_back(stage, application)
        for application in self._undecided(stage):
            self.qualify(stage, application)
        for application in self.campaign.applications.filter(state=State.RETURNED):
            if self._fate(application) is Fate.RETURNED:
                self.qualify(stage, self.intake.mend(application))
        waiting = self.campaign.applications.filter(state=State.RETURNED).first()
        if waiting is not None:
            self.clock.go_to(waiting.returns.latest("at").deadline + timedelta(minutes=1))
            lapse_overdue(self.campaign, actor=self.cast.system, at=self.clock())

    def _fate(self, application: Application) -> Fate:
        return self.intake.fates[application.pk]

    def _undecided(self, stage: Stage) -> Iterator[Application]:
        for application in list(review.undecided(stage)):
            if application.state == State.SUBMITTED:
                yield application

    def send_back(self, stage: Stage, application: Application) -> None:
        outcomes.return_for_correction(
            stage,
            application,
            reason="内容过于简略，请补充近三年的实绩",
            items=[mendable(self.campaign.rules).id],
            deadline=self._mend_by(stage),
            actor=self.cast.office,
            at=self.clock(),
        )

    def _mend_by(self, stage: Stage) -> datetime:
        """A week and a day on, and not after the day the stage is planned to end: the next may begin the day after."""
        ample = self.clock() + timedelta(days=8)
        ends = timetable.end_of(stage.planned_to) if stage.planned_to else ample
        return min(ample, ends) if ends > self.clock.now else ample

    def qualify(self, stage: Stage, application: Application) -> None:
        later = review.judged_later(self.campaign)
        groups = {rule.id for rule in walk(self.campaign.rules.rules) if isinstance(rule, Group)}
        for finding in review.findings(application, leaving=later).walk():
            if finding.verdict is Found.NEEDS_JUDGEMENT and finding.rule_id not in groups | later:
                self._judge(application, finding.rule_id)
            for waiver in finding.waivers:
                if finding.verdict is Found.WAIVER_CLAIMED and waiver.state is not None:
                    self._judge(application, waiver.id)
        found = review.findings(application, leaving=later)
        verdict, reason = {
            Overall.MAY_PASS: (Verdict.PASSED, ""),
            Overall.MAY_PASS_WITH_REASON: (Verdict.PASSED_WITH_REASON, "技艺突出，经集体研究同意通过"),
        }.get(
            found.overall,
            (
                Verdict.REJECTED,
                "不符合条件：" + "；".join(f.label for f in found.with_verdict(Found.FAILS, Found.CANNOT_TELL)),
            ),
        )
        outcomes.decide(stage, application, verdict=verdict, reason=reason, actor=self.cast.office, at=self.clock())

    def _judge(self, application: Application, rule: str) -> None:
        """In the person's favour: what must not hold does not."""
        holds = rule not in self.campaign.rules.barred
        judgements.judge_rule(
            application, rule, holds=holds, reason="材料属实", actor=self.cast.second, at=self.clock()
        )

    def pass_one(self, stage: Stage, application: Application) -> None:
        outcomes.decide(stage, application, verdict=Verdict.PASSED, actor=self.cast.office, at=self.clock())

    def pass_everybody(self, stage: Stage) -> None:
        for application in self._undecided(stage):
            self.pass_one(stage, application)

    def visit_everybody(self, stage: Stage) -> None:
        self.visit(stage, list(review.entrants(stage)))
        self.pass_everybody(stage)

    def visit(self, stage: Stage, cases: Sequence[Application]) -> None:
        """Go to these people's workplaces, batch by batch where the rules say so, and write down what is found."""
        rule = stage_rule(stage)
        if isinstance(rule, SiteVisitStage) and rule.batches:
            batches = {case.pk: n % rule.batches + 1 for n, case in enumerate(cases)}
            visits.arrange_batches(stage, batches=batches, actor=self.cast.office, at=self.clock())
            cases = sorted(cases, key=lambda case: batches[case.pk])
        wanted = rule.photos if isinstance(rule, SiteVisitStage) else 0
        team = rule.team_min if isinstance(rule, SiteVisitStage) else 2
        checklist = {item.id: "情况良好" for item in rule.checklist} if isinstance(rule, SiteVisitStage) else None
        for application in cases:
            visits.record_visit(
                stage,
                application,
                visited_on=self.clock.today,
                place=application.employer or "工作现场",
                team=[str(expert) for expert in self.cast.experts[-team:]] or ["演练考察员"] * team,
                finding="现场操作熟练，成果属实，职工评价好。",
                checklist=checklist,
                points=self._visit_points(rule, application),
                photos=[self._picture(n) for n in range(wanted)],
                actor=self.cast.office,
                at=self.clock(),
            )

    def _visit_points(self, rule: StageRule, case: Application) -> Decimal | None:
        score = rule.score if isinstance(rule, SiteVisitStage) else None
        return Decimal(self._points(score.max, case, 0)) if score else None

    def _picture(self, n: int) -> StoredFile:
        picture = sample.photo(n)
        return store_file(self.cast.union, picture, name=f"现场{n + 1}.jpg", content_type="image/jpeg", at=self.clock())

    # --- the panel ---------------------------------------------------------------------------------------------------

    def form_panel(self, stage: Stage) -> None:
        """The panel is named or drawn, and approved where the rules want it, before the stage may open."""
        rule = seating.rule_of(stage)
        size = rule.panel.size or PANEL
        if rule.panel.draw:
            self.draw_panel(stage, size)
        else:
            self.name_panel(stage, self.cast.experts[: size + min(rule.panel.reserves, 1)])

    def name_panel(self, stage: Stage, experts: Sequence[Expert]) -> None:
        self._approve(panels.form_panel(stage, experts=experts, actor=self.cast.office, at=self.clock()))

    def draw_panel(self, stage: Stage, size: int) -> None:
        """The list is fixed, the seed committed to, a public value awaited, the panel drawn; people of the bodies that the rules
        name join it.
        """
        at = self.clock()
        announced = draws.Announced("演练彩票第 001 期开奖号码", at + timedelta(microseconds=1))
        draws.pledge_draw(stage, announced=announced, size=size, actor=self.cast.office, at=at)
        panel = draws.draw_panel(
            stage, public="03 08 12 19 24 31 07", source="演练", actor=self.cast.office, at=self.clock()
        ).panel
        besides = seating.rule_of(stage).panel.besides
        for expert, kind in zip(self.cast.officials, besides, strict=False):
            panels.add_seat(panel, expert=expert, reason=kind, actor=self.cast.office, at=self.clock())
        self._approve(panel)

    def _approve(self, panel: Panel) -> None:
        stage = panel.stage
        if not seating.needs_approval(seating.rule_of(stage)):
            return
        if self._meets(Matter.PANEL, stage):
            sitting.hold(
                self.campaign, Motion(Matter.PANEL, stage), self.cast, self.clock, text="会议同意所报评审团队名单。"
            )
        else:
            panels.approve_panel(
                panel, minutes=self._minutes("同意组成评审团队"), actor=self.cast.leaders[0], at=self.clock()
            )

    def score(self, stage: Stage) -> None:
        """Experts come, declare, visit where the rules say so, and score, assess or vote; the office fixes the cut, people
        settle ties.
        """
        rule = seating.rule_of(stage)
        self.gather(stage)
        seats, cases = self.seats(stage), list(review.entrants(stage))
        if rule.site_visit:
            self.visit(stage, cases)
        if rule.method == "ballot":
            self.vote(stage)
        else:
            for n, seat in enumerate(seats):
                self.score_cases(stage, seat, n)
        self.verify_honours(stage)
        panels.close_panel(Panel.objects.get(stage=stage), actor=self.cast.office, at=self.clock())
        rules = self.campaign.rules
        wanted = (rule.passes.max if rule.passes else None) or max(rules.quota.places, fewest_candidates(rules, rule))
        most = min(wanted, len(cases))
        least = (rule.passes.min if rule.passes else None) or 0
        reached = review.reached_in(stage) or 0
        passing = most if rule.method == "score" else max(min(most, reached), min(least, len(cases)))
        if passing:
            rankings.set_cut(stage, passing=passing, reason="按规则确定", actor=self.cast.office, at=self.clock())
        for tie in review.ties_to_decide(stage):
            order = list(Application.objects.filter(pk__in=tie).order_by("number"))
            rankings.decide_tie(stage, order=order, reason="评审团队合议", actor=self.cast.leaders[0], at=self.clock())

    def verify_honours(self, stage: Stage) -> None:
        """The office looks at every honour that the stage gives points for, and finds its proof."""
        cases = review.entrants(stage).select_related("campaign", "person__key")
        for case in selectors_scoring.unverified(stage, list(cases)):
            for claim in selectors_scoring.claims_of(case):
                if claim.check is None:
                    scoring.verify_honour(
                        case, key=claim.key, holds=True, reason="", actor=self.cast.office, at=self.clock()
                    )

    def gather(self, stage: Stage) -> None:
        """The panel answers. Of a named one those beyond its size decline; of a drawn one the last, and the next is called."""
        rule, seats = seating.rule_of(stage), self.seats(stage)
        if not rule.panel.draw:
            self.answer(stage, seats, declining=len(seats) - (rule.panel.size or len(seats)))
            self.look_into(stage)
            return
        panel = seats[0].panel
        drawn = review.draw_of(panel)
        assert drawn is not None
        joined = [seat for seat in seats if seat.expert_id not in drawn.pledge.candidates]
        self.answer(stage, [seat for seat in seats if seat not in joined], declining=int(draws.has_more(drawn)))
        self.answer(stage, joined)
        if draws.has_more(drawn):
            called = draws.call_next(panel, reason="专家谢绝，按抽取顺序递补", actor=self.cast.office, at=self.clock())
            self._approve(called.panel)
            self.answer(stage, [seat for seat in self.seats(stage) if seat == called])
        self.look_into(stage)

    def look_into(self, stage: Stage) -> None:
        """The office looks at what is like a conflict, and gives out the cases where not everybody judges all."""
        for like in Likeness.objects.filter(seat__panel__stage=stage, word__isnull=True).select_related("seat"):
            likenesses.settle_likeness(
                like, conflict=False, reason="核实不是回避情形", actor=self.cast.second, at=self.clock()
            )
        if seating.rule_of(stage).scores_per_case is None:
            return
        panel = Panel.objects.select_related("stage").get(stage=stage)
        while seating.ungiven(seating.bench_of(stage, panel)):
            allotments.allot_cases(panel, actor=self.cast.office, at=self.clock())
            for n, seat in enumerate(self.seats(stage)):
                if seat.state == Seat.ACCEPTED and seat.declared_at is None:
                    self.declare(seat, n)

    def vote(self, stage: Stage) -> None:
        """Round after round, as far as the rules want: everybody names those whom they would score highest."""
        panel = Panel.objects.select_related("stage__campaign", "union").get(stage=stage)
        while ballots.unfinished(seating.bench_of(stage, panel)):
            voting = ballots.open_round(panel, actor=self.cast.office, at=self.clock())
            for n, seat in enumerate(self.seats(stage)):
                if seat.state == Seat.ACCEPTED:
                    self.cast_ballot(seat, voting, n)
            ballots.close_round(panel, actor=self.cast.office, at=self.clock())

    def cast_ballot(self, seat: PanelSeat, voting: BallotRound, n: int) -> None:
        may = ballots.choices_for(seat, voting)
        if may.cases:
            best = sorted(may.cases, key=lambda case: -int(self._points(1000, case, n)))
            ballots.cast_ballot(seat, choices=best[: may.most], actor=seat.expert.member, at=self.clock())

    def seats(self, stage: Stage) -> list[PanelSeat]:
        """The seats of a stage's panel in the order its experts were named."""
        seats = PanelSeat.objects.filter(panel__stage=stage)
        return list(seats.select_related("panel", "expert__member__user").order_by("pk"))

    def answer(self, stage: Stage, seats: Sequence[PanelSeat], *, declining: int = 0) -> None:
        """The experts of these seats answer and declare conflicts of interest; the last ones decline."""
        coming = seats[: len(seats) - declining]
        for n, seat in enumerate(coming):
            panels.accept_seat(seat, actor=seat.expert.member, at=self.clock())
            if seating.rule_of(stage).scores_per_case is None:
                self.declare(seat, n)
        for seat in seats[len(coming) :]:
            panels.decline_seat(seat, actor=seat.expert.member, at=self.clock(), reason="届时出差")

    def declare(self, seat: PanelSeat, n: int) -> None:
        """Everybody says whom they must keep out of; the second expert knows one, once."""
        cases = list(review.cases_before(seat))
        known = cases[-1:] if n == 1 and not seat.recusals.filter(source=RecusalSource.DECLARED).exists() else []
        panels.declare_conflicts(
            seat,
            applications=known,
            reasons=["曾为师徒"] * len(known),
            actor=seat.expert.member,
            at=self.clock(),
        )

    def score_cases(self, stage: Stage, seat: PanelSeat, n: int, *, most: int | None = None) -> None:
        """One expert scores their cases, or the first `most` of them: none they keep out of, none not visited yet."""
        seat.refresh_from_db(fields=["state"])
        if seat.state != Seat.ACCEPTED:
            return
        rule = seating.rule_of(stage)
        if rule.method == "ballot":
            return
        seen = review.visited(stage)
        cases = [one for one in review.cases_for(seat) if not one.recused]
        if rule.site_visit:
            cases = [one for one in cases if one.application.pk in seen]
        for case in cases[:most]:
            if rule.method == "assessment":
                self._assess(rule, seat, case.application, n)
                continue
            points = {c.id: self._points(c.max, case.application, n) for c in rule.criteria}
            outside = bands.outside(rule, {id_: Decimal(text) for id_, text in points.items()})
            panels.score_case(
                seat,
                case.application,
                points=points,
                comment="材料和技艺都支持这一分数。" if outside else "",
                actor=seat.expert.member,
                at=self.clock(),
            )

    def _assess(self, rule: ExpertReviewStage, seat: PanelSeat, case: Application, n: int) -> None:
        """A grade by the same points: nearly everybody is recommended, some are not."""
        place = (100 - int(self._points(100, case, n))) * len(rule.grades) // 41
        assessments.assess_case(
            seat,
            case,
            grade=rule.grades[place].id,
            comment="事迹属实，技艺扎实，材料齐全。",
            actor=seat.expert.member,
            at=self.clock(),
        )

    @staticmethod
    def _points(full: int, case: Application, expert: int) -> str:
        """Scores that differ from case to case and a little from expert to expert, by the number on the form: every run the same."""
        nth = int("".join(char for char in case.number if char.isdigit())[-4:])
        share = 60 + (nth * 37) % 36 + (nth * 11 + expert * 5) % 5
        return str(full * min(share, 100) // 100)

    def vote_in_public(self, stage: Stage) -> None:
        """Everybody votes; what was bought is remembered, to be compared with what was set aside."""
        planted = votes.vote(stage, self.cast, self.clock, voters=self.voters)
        if planted is not None:
            self.planted.append(planted)

    def notify(self, stage: Stage) -> None:
        """The names stand before the public; one objection is upheld, one is not."""
        notice = self.put_before_the_public(stage)
        version = notice.in_force
        assert version is not None
        names = list(review.entrants(stage).order_by("number"))
        first = not Notice.objects.filter(stage__campaign=self.campaign).exclude(pk=notice.pk).exists()
        if first and len(names) > 2:
            self._answer(self.object_to(notice, names[-1]), upheld=True)
            doubted = self.object_to(notice, names[0])
            self._answer(doubted, upheld=False)
            if appeal_until(stage, at=self.clock.now) is not None:
                appeal_objection(doubted, text="主要成果另有他人参与，请再核查。", at=self.clock())
                self._answer(doubted, upheld=False)
            self._hold_back(notice, names[1])
        self._wait_for_appeals(notice)
        self.clock.go_to_day(version.ends_on + timedelta(days=1), hour=10)

    def put_before_the_public(self, stage: Stage) -> Notice:
        version = publish_notice(
            stage, text=NoticeText(**notice_defaults(stage)), actor=self.cast.office, at=self.clock()
        )
        return Notice.objects.get(pk=version.notice_id)

    def object_to(
        self, notice: Notice, application: Application, *, text: str = "所列成果与事实不符，请核查。"
    ) -> Objection:
        sender = Sender("演练反映人", "19900029999")
        objection, _code = raise_objection(notice, application=application, text=text, sender=sender, at=self.clock())
        return objection

    def _answer(self, objection: Objection, *, upheld: bool) -> None:
        """Somebody who never had to do with the person looks into it and answers."""
        objection = Objection.objects.get(pk=objection.pk)
        officer = next(one.member for one in choices(objection, at=self.clock.now) if not one.why_not)
        assign_objection(objection, officer=officer, actor=self.cast.office, at=self.clock())
        record_finding(objection, text="调阅申报材料，向所在单位和同事了解了情况。", actor=officer, at=self.clock())
        found = "主要成果系他人完成。" if upheld else "成果属实，所反映的问题不成立。"
        answer_objection(
            objection,
            upheld=upheld,
            excludes=upheld,
            ground="主要成果与申报不符" if upheld else "",
            finding=found,
            answer=f"经核查，{found}",
            actor=officer,
            at=self.clock(),
        )

    def _hold_back(self, notice: Notice, application: Application) -> None:
        """Held back while it is looked into, and let go on once it is answered."""
        objection = self.object_to(notice, application, text="从业年限请再核实。")
        held = suspend_candidate(objection, reason="从业年限需要核实", actor=self.cast.office, at=self.clock())
        self._answer(objection, upheld=False)
        release_candidate(held, reason="已核实", actor=self.cast.office, at=self.clock())

    def _wait_for_appeals(self, notice: Notice) -> None:
        """Nothing may be asked about any more."""
        last = Objection.objects.filter(notice=notice).aggregate(last=Max("appeal_until"))["last"]
        if last is not None:
            self.clock.go_to_day(last + timedelta(days=1))

    def resolve(self, stage: Stage) -> None:
        """The leading group confirms the list in its order, as far as the places of every kind go."""
        ranks = review.ranks_into(stage)
        names = sorted(review.entrants(stage), key=lambda one: (ranks.get(one.pk, 10**6), one.number))
        field = review.field_of(stage)
        chosen = choose(field, [one.pk for one in names])
        choices = [resolutions.Choice(one, Resolved.STRIKE, "名额所限") for one in names if one.pk not in chosen]
        for one in names:
            given = chosen.get(one.pk)
            if given is not None:
                why = reason_for(field, one.pk, given)
                choices.append(resolutions.Choice(one, Resolved.CONFIRM, why, category=given.category, tier=given.tier))
        if choices and self._meets(Matter.PEOPLE, stage):
            sitting.hold(
                self.campaign,
                Motion(Matter.PEOPLE, stage),
                self.cast,
                self.clock,
                text=f"会议审议了{stage.label}名单，逐一研究了人选。",
                proposal=[
                    {
                        "application": one.application.pk,
                        "decision": str(one.decision),
                        "reason": one.reason,
                        "category": one.category,
                        "tier": one.tier,
                    }
                    for one in choices
                ],
                reason="按实际情况研究确定",
            )
        elif choices:
            resolutions.pass_resolution(
                stage,
                choices=choices,
                minutes=self._minutes(f"会议审议了{stage.label}名单"),
                actor=self.cast.leaders[0],
                at=self.clock(),
                reason="按实际情况研究确定",
            )

    # --- after -------------------------------------------------------------------------------------------------------

    def award(self) -> None:
        self.progress("授予称号、生成证书")
        confer_awards(self.campaign, actor=self.cast.office, at=self.clock())
        if self.campaign.awards.exists():
            afterwards.decide(self.campaign, self.cast, self.clock)
        if current_key(self.cast.union) is None:
            make_signing_key(self.cast.union, actor=self.cast.admin, at=self.clock())
        if any(rule.certificate for rule in self.campaign.rules.awards) and self.campaign.awards.exists():
            job = queue_certificates(self.campaign, actor=self.cast.office, at=self.clock())
            runner.run(job.pk, at_clock=self.clock)
            job.refresh_from_db()
            if job.error:
                raise Refused(job.error)
        self.campaign = finish_campaign(self.campaign, actor=self.cast.office, at=self.clock())


_Act = Callable[[Play, Stage], None]
_ACTS: Final[Mapping[str, tuple[_Act, _Act]]] = {
    "nomination": (Play.nothing, Play.nothing),
    "qualification": (Play.nothing, Play.review_qualification),
    "site_visit": (Play.nothing, Play.visit_everybody),
    "expert_review": (Play.form_panel, Play.score),
    "public_vote": (Play.nothing, Play.vote_in_public),
    "committee": (Play.nothing, Play.resolve),
    "public_notice": (Play.nothing, Play.notify),
    "final_approval": (Play.nothing, Play.resolve),
}


# --- from a rule set to a play ----------------------------------------------------------------------------------------


def keep_calendar(cast: Cast, draft: Draft, clock: Clock) -> None:
    """Give the rehearsal the calendar that the notice periods of the draft will be counted by."""
    set_calendar_days(cast.union, {day: (works, "") for day, works in draft.days.items()}, actor=cast.admin, at=clock())
    for year in draft.years:
        confirm_calendar_year(cast.union, year, actor=cast.admin, at=clock())


def publish(
    cast: Cast,
    ruleset: RuleSet,
    clock: Clock,
    *,
    slug: str,
    title: str,
    shift_days: int = 0,
    draft: Draft | None = None,
) -> Campaign:
    """Draft the campaign, take over what an officer already changed, publish it."""
    campaign = draft_campaign(
        cast.union, ruleset, slug=slug, title=title, actor=cast.office, at=clock(), shift_days=shift_days
    )
    if draft is not None and draft.rules is not None and draft.rules_data is not None:
        dates = {slot.key: slot.on for slot in timetable.slots(draft.rules)}
        campaign = set_dates(campaign, values=dates, actor=cast.office, at=clock())
        campaign = change_settings(campaign, rules_data=draft.rules_data, actor=cast.office, at=clock())
    return publish_campaign(campaign, actor=cast.office, at=clock())


def with_failures(parts: Sequence[Part], invented: Sequence[people.Invented]) -> list[Part]:
    """Give the first of those who qualify the fates that a rehearsal must have seen."""
    parts = list(parts)
    good = [n for n, person in enumerate(invented) if not person.fails]
    for n, fate in zip(good, ON_PURPOSE, strict=False) if len(good) > ENOUGH else ():
        parts[n] = replace(parts[n], fate=fate)
    return parts


def run(
    cast: Cast,
    source: str,
    clock: Clock,
    *,
    count: int,
    seed: int,
    progress: Progress,
    draft: Draft | None = None,
    voters: int = votes.VOTERS,
) -> Play:
    """Play the whole campaign inside the union's scope and return it finished."""
    draft = draft or Draft()
    keep_calendar(cast, draft, clock)
    ruleset = load_ruleset(cast.union, source, name="ruleset.toml", actor=cast.admin, at=clock())
    campaign = publish(cast, ruleset, clock, slug=ruleset.code, title=ruleset.title, draft=draft)
    parts = spread(cast, campaign.rules, count=count)
    invented = people.invent(campaign.rules, count=count, seed=seed, employers=[part.employer for part in parts])
    intake = Intake(cast, clock, campaign, invented, with_failures(parts, invented), progress)
    play = Play(cast, clock, campaign, intake, progress, voters)
    play.run()
    afterwards.follow(play.campaign, cast, clock, progress)
    return play

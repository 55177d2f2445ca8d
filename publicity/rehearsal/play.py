"""The campaign itself: intake and every stage in the order the rules give, with failures on purpose.

Everything is done by the verbs that the pages call, as the person whose verb it is; nothing is written around them. What the
services refuse, the rehearsal refuses.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.core.files.base import ContentFile

from applications.models import PHOTO, Application
from applications.selectors import answers_of, consent_text, slots_of
from applications.services.endorsements import endorse_application
from applications.services.intake import (
    lapse_overdue,
    nominate,
    save_draft,
    start_application,
    submit_application,
    withdraw_application,
)
from applications.services.materials import attach_material
from applications.states import Endorsement, State
from campaigns.models import Campaign, Stage
from campaigns.rules.engine import Overall
from campaigns.rules.engine import Verdict as Found
from campaigns.rules.schema import (
    Channel,
    ExpertReviewStage,
    Group,
    PhotoField,
    RuleSet,
    SiteVisitStage,
    TextField,
    walk,
)
from campaigns.selectors import stage_rule
from campaigns.services import change_settings, draft_campaign, finish_campaign, load_ruleset, publish_campaign
from documents import runner
from publicity.models import Notice
from publicity.rehearsal import people, sample
from publicity.rehearsal.cast import PANEL, Cast, user
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.people import Invented
from publicity.services.awards import confer_awards, queue_certificates
from publicity.services.notices import NoticeText, publish_notice
from publicity.services.objections import Sender, answer_objection, raise_objection
from publicity.wording import notice_defaults
from review import selectors as review
from review.models import Panel
from review.services import judgements, outcomes, panels, rankings, resolutions, stages
from review.services.stages import CONFIRMING
from review.states import Resolved, Verdict
from unions.permits import Refused
from unions.services import give_consent, join_as_applicant

Progress = Callable[[str], None]

RETURNED: Final = 3
"""How many are returned for correction; the last of them never answers."""


class Unexpected(AssertionError):
    """Something that had to be refused was not."""


@dataclass(slots=True)
class Play:
    """One campaign under way. `fates` remembers what was meant for whom."""

    cast: Cast
    clock: Clock
    campaign: Campaign
    invented: list[Invented]
    progress: Progress
    fates: dict[int, str] = field(default_factory=dict)
    _proofs: dict[str, bytes] = field(default_factory=dict)

    # --- intake ------------------------------------------------------------------------------------------------------

    def intake(self) -> None:
        """People apply and are nominated through every channel; one withdraws, one comes too late."""
        opens, closes = self.campaign.opens_at, self.campaign.closes_at
        step = (closes - opens - timedelta(hours=20)) / max(len(self.invented), 1)
        channels = [channel for channel in self.campaign.rules.channels if channel.kind != "anyone"]
        fates = self._fates()
        for n, person in enumerate(self.invented):
            self.clock.go_to(opens + timedelta(hours=9) + step * n)
            application = self._apply(n, person, channels[n % len(channels)], fates.get(n, ""))
            self.fates[application.pk] = fates.get(n, "")
            self.progress(f"申报 {n + 1}/{len(self.invented)}")
        self.clock.go_to(closes + timedelta(minutes=1))
        self._come_too_late()
        lapse_overdue(self.campaign, actor=self.cast.system, at=self.clock())

    def _fates(self) -> dict[int, str]:
        """Who, among those who qualify, is returned, withdraws or never hands in."""
        good = [n for n, person in enumerate(self.invented) if not person.fails]
        wanted = ["late", "withdrawn", "returned", "returned", "never_answers"]
        return dict(zip(good, wanted, strict=False)) if len(good) > len(wanted) + 3 else {}

    def _apply(self, n: int, person: Invented, channel: Channel, fate: str) -> Application:
        units = self.cast.units_of(channel.files_through) if channel.kind != "self" or channel.files_through else []
        unit = units[n // 2 % len(units)] if units else None
        nominated = unit is not None and n % 5 == 0
        if nominated and unit is not None:
            actor = self.cast.officers[unit.pk]
            application = nominate(
                self.campaign, unit=unit, channel=channel.id, name=person.name, actor=actor, at=self.clock()
            )
        else:
            actor = join_as_applicant(self.cast.union, user(person.name, person.phone), at=self.clock())
            give_consent(actor, text=consent_text(self.cast.union), at=self.clock())
            application = start_application(
                self.campaign, channel=channel.id, unit=unit, name=person.name, actor=actor, at=self.clock()
            )
        application = save_draft(
            application, answers=person.answers, revision=application.revision, actor=actor, at=self.clock()
        )
        self._attach(application, n, actor)
        if fate == "late":
            return application
        application = submit_application(application, actor=actor, at=self.clock())
        if unit is not None:
            self._endorse(application, channel)
            application.refresh_from_db()
        if fate == "withdrawn":
            withdraw_application(application, actor=actor, at=self.clock(), reason="本人另有安排")
        return application

    def _attach(self, application: Application, n: int, actor: object) -> None:
        answers = answers_of(application)
        if any(isinstance(item, PhotoField) for item in self.campaign.rules.fields()):
            attach_material(application, slot=PHOTO, file=sample.photo(n), actor=actor, at=self.clock())
        for slot in slots_of(application, answers):
            if (slot.needed or slot.id in self._useful(application)) and not slot.by_unit:
                self._hand_in(application, slot.id, slot.label, actor)

    def _useful(self, application: Application) -> set[str]:
        """Papers that can prove what the person claims."""
        rules, found = self.campaign.rules, set[str]()
        claimed = {
            text
            for value in answers_of(application).values()
            if isinstance(value, list)
            for text in value
            if isinstance(text, str)
        }
        for rule in walk(rules.rules):
            if rule.id in claimed:
                found |= set(rule.evidence)
        return found | {item.id for item in rules.materials if claimed & set(item.proves)}

    def _hand_in(self, application: Application, slot: str, label: str, actor: object) -> None:
        content = self._proofs.setdefault(label, b"") or sample.proof(label)
        self._proofs[label] = content
        attach_material(
            application, slot=slot, file=ContentFile(content, name=f"{label}.pdf"), actor=actor, at=self.clock()
        )

    def _endorse(self, application: Application, channel: Channel) -> None:
        assert application.unit is not None
        officer = self.cast.officers[application.unit.pk]
        for slot in slots_of(application, answers_of(application)):
            if slot.by_unit:
                self._hand_in(application, slot.id, slot.label, officer)
        consent = channel.consent
        endorse_application(
            application,
            decision=Endorsement.ENDORSED,
            opinion="情况属实，同意推荐。",
            actor=officer,
            at=self.clock(),
            authority=f"演练{consent.by}" if consent else "",
            authority_agreed_on=self.clock.today if consent else None,
            quota_reason="人选突出，经集体研究增报",
        )

    def _come_too_late(self) -> None:
        for application in self.campaign.applications.filter(state=State.DRAFT, applicant__isnull=False):
            try:
                submit_application(application, actor=application.applicant, at=self.clock())
            except Refused:
                continue
            raise Unexpected("截止后仍能提交")

    # --- stages ------------------------------------------------------------------------------------------------------

    def run_stage(self, stage: Stage) -> None:
        """Prepare, open, do, close: on the days the campaign plans, or as soon after as it can be."""
        self.progress(f"{stage.label}")
        if stage.planned_from:
            self.clock.go_to_day(stage.planned_from)
        prepare, act = _ACTS[stage.kind]
        prepare(self, stage)
        stage = stages.open_stage(stage, actor=self.cast.office, at=self.clock())
        act(self, stage)
        if stage.planned_to:
            self.clock.go_to_day(stage.planned_to, hour=16)
        if stage_rule(stage).confirmed_by in CONFIRMING:
            resolutions.confirm_list(
                stage, minutes=self._minutes("同意名单"), actor=self.cast.leaders[0], at=self.clock()
            )
        stages.close_stage(stage, actor=self.cast.office, at=self.clock(), reason="按实际情况办结")

    def nothing(self, stage: Stage) -> None:
        """A stage that asks nothing of anybody here."""

    def _minutes(self, text: str) -> resolutions.Minutes:
        count = len(self.cast.leaders)
        return resolutions.Minutes(met_on=self.clock.today, present=count, in_favour=count, text=text)

    def review_qualification(self, stage: Stage) -> None:
        """Return some for correction, decide the others, then those that came back; one never answers."""
        for application in review.entrants(stage):
            if self.fates.get(application.pk) in {"returned", "never_answers"}:
                self._return(stage, application)
        for application in self._undecided(stage):
            self._qualify(stage, application)
        for application in self.campaign.applications.filter(state=State.RETURNED):
            if self.fates[application.pk] == "returned":
                self._correct(application)
                application.refresh_from_db()
                self._qualify(stage, application)
        waiting = self.campaign.applications.filter(state=State.RETURNED).first()
        if waiting is not None:
            self.clock.go_to(waiting.returns.latest("at").deadline + timedelta(minutes=1))
            lapse_overdue(self.campaign, actor=self.cast.system, at=self.clock())

    def _undecided(self, stage: Stage) -> Iterator[Application]:
        for application in list(review.undecided(stage)):
            if application.state == State.SUBMITTED:
                yield application

    def _mendable(self) -> TextField:
        texts = (item for item in self.campaign.rules.fields() if isinstance(item, TextField))
        return max(texts, key=lambda item: item.at_most or item.about or 0)

    def _return(self, stage: Stage, application: Application) -> None:
        outcomes.return_for_correction(
            stage,
            application,
            reason="内容过于简略，请补充近三年的实绩",
            items=[self._mendable().id],
            deadline=self.clock() + timedelta(days=5),
            actor=self.cast.office,
            at=self.clock(),
        )

    def _correct(self, application: Application) -> None:
        item, actor = self._mendable(), application.applicant or application.filled_by
        text = str(answers_of(application).get(item.id, "")) + "近三年完成多项革新。"
        application = save_draft(
            application, answers={item.id: text}, revision=application.revision, actor=actor, at=self.clock()
        )
        application = submit_application(application, actor=actor, at=self.clock())
        if application.state == State.AWAITING_UNIT:
            self._endorse(application, self.campaign.rules.channel(application.channel))

    def _qualify(self, stage: Stage, application: Application) -> None:
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
        judgements.judge_rule(application, rule, holds=True, reason="材料属实", actor=self.cast.second, at=self.clock())

    def pass_everybody(self, stage: Stage) -> None:
        for application in self._undecided(stage):
            outcomes.decide(stage, application, verdict=Verdict.PASSED, actor=self.cast.office, at=self.clock())

    def visit_everybody(self, stage: Stage) -> None:
        self._visit(stage)
        self.pass_everybody(stage)

    def _visit(self, stage: Stage) -> None:
        rule = stage_rule(stage)
        team = rule.team_min if isinstance(rule, SiteVisitStage) else 2
        checklist = {item.id: "情况良好" for item in rule.checklist} if isinstance(rule, SiteVisitStage) else None
        for application in review.entrants(stage):
            panels.record_visit(
                stage,
                application,
                visited_on=self.clock.today,
                place=application.employer or "工作现场",
                team=[f"演练专家{n + 1}" for n in range(team)],
                finding="现场操作熟练，成果属实，职工评价好。",
                checklist=checklist,
                actor=self.cast.office,
                at=self.clock(),
            )

    def form_panel(self, stage: Stage) -> None:
        """The panel is named, and approved where the rules want it, before the stage may open."""
        rule = stage_rule(stage)
        assert isinstance(rule, ExpertReviewStage)
        experts = self.cast.experts[: rule.panel.size or PANEL]
        panel = panels.form_panel(stage, experts=experts, actor=self.cast.office, at=self.clock())
        if panels.needs_approval(rule):
            panels.approve_panel(
                panel, minutes=self._minutes("同意组成评审团队"), actor=self.cast.leaders[0], at=self.clock()
            )

    def score(self, stage: Stage) -> None:
        """Experts come, declare, visit where the rules say so, and score; the office fixes the cut, people settle ties."""
        rule = stage_rule(stage)
        assert isinstance(rule, ExpertReviewStage)
        panel = Panel.objects.get(stage=stage)
        cases = list(review.entrants(stage))
        for n, seat in enumerate(panel.seats.select_related("expert__member").order_by("pk")):
            actor = seat.expert.member
            panels.accept_seat(seat, actor=actor, at=self.clock())
            known = cases[-1:] if n == 1 else []
            panels.declare_conflicts(
                seat, applications=known, reasons=["曾为师徒"] * len(known), actor=actor, at=self.clock()
            )
        if rule.site_visit:
            self._visit(stage)
        for n, seat in enumerate(panel.seats.select_related("expert__member").order_by("pk")):
            for case in (one for one in review.cases_for(seat) if not one.recused):
                points = {c.id: self._points(c.max, case.application.pk, n) for c in rule.criteria}
                panels.score_case(seat, case.application, points=points, actor=seat.expert.member, at=self.clock())
        panels.close_panel(panel, actor=self.cast.office, at=self.clock())
        most = (rule.passes.max if rule.passes else None) or self.campaign.rules.quota.places
        rankings.set_cut(
            stage, passing=min(most, len(cases)), reason="按规则确定", actor=self.cast.office, at=self.clock()
        )
        for tie in review.ties_to_decide(stage):
            order = list(Application.objects.filter(pk__in=tie).order_by("number"))
            rankings.decide_tie(stage, order=order, reason="评审团队合议", actor=self.cast.leaders[0], at=self.clock())

    @staticmethod
    def _points(full: int, case: int, expert: int) -> str:
        """Scores that differ from case to case and a little from expert to expert, the same in every run."""
        share = 60 + (case * 37) % 36 + (case * 11 + expert * 5) % 5
        return str(full * min(share, 100) // 100)

    def notify(self, stage: Stage) -> None:
        """The names stand before the public; one objection is upheld, one is not."""
        version = publish_notice(
            stage, text=NoticeText(**notice_defaults(stage)), actor=self.cast.office, at=self.clock()
        )
        names = list(review.entrants(stage).order_by("number"))
        notice = Notice.objects.get(pk=version.notice_id)
        first = not Notice.objects.filter(stage__campaign=self.campaign).exclude(pk=notice.pk).exists()
        if first and len(names) > 2:
            self._object(notice, names[-1], upheld=True)
            self._object(notice, names[0], upheld=False)
        self.clock.go_to_day(version.ends_on + timedelta(days=1), hour=10)

    def _object(self, notice: Notice, application: Application, *, upheld: bool) -> None:
        objection, _code = raise_objection(
            notice,
            application=application,
            text="所列成果与事实不符，请核查。",
            sender=Sender("演练反映人", "19900029999"),
            at=self.clock(),
        )
        answer = "经核查，主要成果系他人完成。" if upheld else "经核查，成果属实，所反映的问题不成立。"
        answer_objection(
            objection, upheld=upheld, excludes=upheld, answer=answer, actor=self.cast.second, at=self.clock()
        )

    def resolve(self, stage: Stage) -> None:
        """The leading group confirms the list in its order, as far as the places go."""
        ranks = review.ranks_into(stage)
        names = sorted(review.entrants(stage), key=lambda one: (ranks.get(one.pk, 10**6), one.number))
        places = self.campaign.rules.quota.places if stage.kind == "final_approval" else len(names)
        choices = [
            resolutions.Choice(
                application, Resolved.CONFIRM if n < places else Resolved.STRIKE, "" if n < places else "名额所限"
            )
            for n, application in enumerate(names)
        ]
        if choices:
            resolutions.pass_resolution(
                stage,
                choices=choices,
                minutes=self._minutes(f"会议审议了{stage.label}名单"),
                actor=self.cast.leaders[0],
                at=self.clock(),
            )

    # --- after -------------------------------------------------------------------------------------------------------

    def award(self) -> None:
        self.progress("授予称号、生成证书")
        confer_awards(self.campaign, actor=self.cast.office, at=self.clock())
        job = queue_certificates(self.campaign, actor=self.cast.office, at=self.clock())
        runner.run(job.pk, at_clock=self.clock)
        job.refresh_from_db()
        if job.error:
            raise Refused(job.error)
        finish_campaign(self.campaign, actor=self.cast.office, at=self.clock())


_Act = Callable[[Play, Stage], None]
_ACTS: Final[Mapping[str, tuple[_Act, _Act]]] = {
    "nomination": (Play.nothing, Play.nothing),
    "qualification": (Play.nothing, Play.review_qualification),
    "site_visit": (Play.nothing, Play.visit_everybody),
    "expert_review": (Play.form_panel, Play.score),
    "committee": (Play.nothing, Play.resolve),
    "public_notice": (Play.nothing, Play.notify),
    "final_approval": (Play.nothing, Play.resolve),
}


def run(
    cast: Cast,
    source: str,
    rules: RuleSet,
    clock: Clock,
    *,
    count: int,
    seed: int,
    progress: Progress,
    settings: Mapping[str, object] | None = None,
) -> Campaign:
    """Play the campaign from publishing to certificates, inside the union's scope, and return it finished.

    `settings` are the frozen rules of a draft that an officer already changed.
    """
    ruleset = load_ruleset(cast.union, source, name=rules.code, actor=cast.admin, at=clock())
    campaign = draft_campaign(cast.union, ruleset, slug=rules.code, title=rules.name, actor=cast.office, at=clock())
    if settings is not None:
        campaign = change_settings(campaign, rules_data=settings, actor=cast.office, at=clock())
    campaign = publish_campaign(campaign, actor=cast.office, at=clock())
    play = Play(cast, clock, campaign, people.invent(campaign.rules, count=count, seed=seed), progress)
    play.intake()
    for stage in campaign.stages.order_by("position"):
        play.run_stage(stage)
    play.award()
    campaign.refresh_from_db()
    return campaign

"""The kinds of stage that belong to review. Publicity brings its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from applications.models import Application, Material
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage, NominationStage
from campaigns.selectors import stage_rule
from review import policies, selectors
from review.models import Resolution
from review.services.outcomes import write_outcome
from review.services.panels import panel_missing
from review.services.seating import needs_approval, recuse_found_in_panel, recused_by_seat, rows_found
from review.stages import register
from review.states import Subject, Verdict
from unions import audit
from unions.models import Member
from unions.permits import Refused


def _names(applications: Sequence[Application]) -> str:
    shown = "、".join(application.name for application in applications[:10])
    return f"{shown} 等 {len(applications)} 人" if len(applications) > 10 else shown


def _undecided(stage: Stage) -> list[str]:
    waiting = list(selectors.undecided(stage))
    return [f"还没有结论：{_names(waiting)}"] if waiting else []


class Nomination:
    """推荐: units screened and endorsed; closing checks what the rules ask of each nomination."""

    kind = "nomination"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Units work on their own desks; nothing begins here."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:  # noqa: ARG002 - one shape for every kind
        rule = stage_rule(stage)
        assert isinstance(rule, NominationStage)
        labels = {material.id: material.label for material in stage.campaign.rules.materials}
        everybody = selectors.entrants(stage)
        by_units = everybody.filter(unit__isnull=False)
        wanted = [(slot, everybody) for slot in rule.evidence]
        wanted += [(slot, by_units) for slot in (rule.first.evidence if rule.first else ())]
        missing = []
        for slot, whose in wanted:
            held = Material.objects.current().filter(application=OuterRef("pk"), slot=slot)
            without = list(whose.exclude(Exists(held)))
            if without:
                missing.append(f"缺少“{labels[slot]}”：{_names(without)}")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        for application in selectors.undecided(stage):
            write_outcome(stage, application, verdict=Verdict.PASSED, reason="已按规定推荐", actor=actor, at=at)


class Qualification:
    """资格审核: the office decides case by case, so that closing only asks whether all is decided."""

    kind = "qualification"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """The queue is there by itself."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:  # noqa: ARG002
        return _undecided(stage)

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Outcomes were given one by one."""


class SiteVisit(Qualification):
    """人选考察: a record for every case, then the office's word on it."""

    kind = "site_visit"

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        seen = selectors.visited(stage)
        unseen = [application for application in selectors.entrants(stage) if application.pk not in seen]
        without = [f"尚无考察记录：{_names(unseen)}"] if unseen else []
        return [*without, *super().missing(stage, at=at)]


_CHAIN = ("fact", "people")
"""Links of the written chain that mean something for votes and grades too; the others compare scores."""


class ExpertReview:
    """专家评审: sealed until the panel's work ends, then a ranking, a cut, and people's word on ties."""

    kind = "expert_review"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        rule = stage_rule(stage)
        assert isinstance(rule, ExpertReviewStage)
        scored = rule.method == "score"
        lacking = [
            words
            for words, used in {
                "匿名投票（blind）": rule.blind and rule.method == "ballot",
                "评分以外的评审去掉最高最低（trimming）": not scored and rule.trimming != "none",
                "评分以外的评审按分数区分同分（tie_break）": not scored
                and any(word.partition(":")[0] not in _CHAIN for word in rule.tie_break),
            }.items()
            if used
        ]
        if lacking:
            raise Refused(f"系统尚不支持：{'、'.join(lacking)}。为免错误执行，环节不能开始")
        panel = selectors.panel_of(stage)
        if needs_approval(rule) and (panel is None or panel.approved_at is None):
            body = stage.campaign.rules.basis.name_of(rule.panel.approved_by or "leading_group")
            raise Refused(f"评审团队须先经{body}审核同意，环节才能开始")
        if panel is not None and (found := recuse_found_in_panel(panel, at)):
            audit.record(
                "panel.recusals_found",
                panel,
                actor=actor,
                at=at,
                after={"recused": recused_by_seat(found)},
                rows=rows_found(found),
            )

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:  # noqa: ARG002
        panel = selectors.panel_of(stage)
        if panel is None or panel.closed_at is None:
            work = policies.work_of(stage)
            return [*panel_missing(stage), f"{work}尚未结束，请先结束{work}"]
        if selectors.cut_of(stage) is None:
            return ["请先确定进入下一环节的人数"]
        missing = []
        for tie in selectors.ties_to_decide(stage):
            names = selectors.names_of(tie)
            missing.append(f"并列需裁定：{'、'.join(names[id_] for id_ in tie)}")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        cut = selectors.cut_of(stage) or 0
        rows, words = selectors.settled_rows(stage), selectors.archived_words(stage)
        by_id = Application.objects.in_bulk([row.case for row in rows])
        for row in rows:
            through = row.rank <= cut
            write_outcome(
                stage,
                by_id[row.case],
                verdict=Verdict.PASSED if through else Verdict.NOT_SELECTED,
                reason=_placed(stage, row.rank, cut, words[row.case], through=through),
                rank=row.rank,
                actor=actor,
                at=at,
            )


_STOPPED = {"ballot": "未达到规定的得票", "assessment": "没有专家推荐"}


def _placed(stage: Stage, rank: int, cut: int, words: tuple[str, bool], *, through: bool) -> str:
    """The reason an outcome gives: the place in the ranking, or that the panel's own method stopped the case."""
    shown, reached = words
    if not through and not reached:
        return f"{shown}，{_STOPPED[getattr(stage_rule(stage), 'method', '')]}"
    return f"评审排名第 {rank}{f'（{shown}）' if shown else ''}，{'进入' if through else '未进入'}前 {cut} 名"


class Committee:
    """领导小组审核: everybody on the list is confirmed or struck by resolution."""

    kind = "committee"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """The list is there by itself."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:  # noqa: ARG002
        return _undecided(stage)

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Outcomes were given by resolutions."""


class FinalApproval:
    """审定: the title is conferred within the quota; whoever no resolution names is not selected."""

    kind = "final_approval"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """The list is there by itself."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:  # noqa: ARG002
        missing = []
        if not Resolution.objects.filter(stage=stage, subject=Subject.FINAL).exists() and (
            selectors.entrants(stage).exists()
        ):
            missing.append("还没有审定决议")
        looked_into = list(selectors.under_investigation(stage))
        if looked_into:
            missing.append(f"正在核查，尚无结论：{_names(looked_into)}")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        ranks = selectors.ranks_into(stage)
        for application in selectors.undecided(stage):
            write_outcome(
                stage,
                application,
                verdict=Verdict.NOT_SELECTED,
                reason="未列入审定名单",
                rank=ranks.get(application.pk),
                actor=actor,
                at=at,
            )


def register_own() -> None:
    """Called once by the app's `ready`."""
    for kind in (Nomination(), Qualification(), SiteVisit(), ExpertReview(), Committee(), FinalApproval()):
        register(kind)

"""May this person do it now, and if not, why?"""

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from applications.models import Application
from campaigns.models import Campaign, Stage
from campaigns.states import CampaignState, StageState
from publicity.models import Certificate, Notice, Objection, Poll
from publicity.models_polls import VoteSetAside
from publicity.states import Identity
from review.models import Ranking
from review.policies import is_own
from unions.models import Member, Union, User
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_run_office
from unions.states import Role


def can_publish_notice(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    return _can_make_public(actor, stage, kind="public_notice", what="公示")


def can_open_poll(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    return _can_make_public(actor, stage, kind="public_vote", what="网络投票")


def _can_make_public(actor: Member, stage: Stage, *, kind: str, what: str) -> Decision:
    decision = can_run_office(actor, stage.union)
    if not decision:
        return decision
    if stage.kind != kind:
        return denied(f"“{stage.label}”不是{what}环节")
    if stage.campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{CampaignState(stage.campaign.state).label}，不能发布{what}")
    if stage.state != StageState.OPEN:
        return denied(f"“{stage.label}”{StageState(stage.state).label}，环节进行中才能发布{what}")
    return ALLOWED


def can_take_votes(poll: Poll, *, at: datetime) -> Decision:
    """Whether the poll is open at that moment: from its first minute until just before its last."""
    if poll.stage.state != StageState.OPEN or poll.stage.campaign.state != CampaignState.PUBLISHED:
        return denied("投票已结束")
    if at < poll.opens_at:
        return denied(f"投票还没有开始，{timezone.localtime(poll.opens_at):%Y年%-m月%-d日%H:%M}起可以投票")
    if at >= poll.closes_at:
        return denied(f"投票已于{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止，不能再投票")
    return ALLOWED


def can_vote(voter: User | None, poll: Poll, *, at: datetime) -> Decision:
    """Anybody the poll can tell from others, a member of the union or not; None is a device whose owner did not sign in."""
    decision = can_take_votes(poll, at=at)
    if not decision or poll.identity == Identity.DEVICE:
        return decision
    if voter is None:
        return denied("投票须先登录，您的选择会保留")
    if voter.phone and voter.phone_verified:
        return ALLOWED
    if poll.identity == Identity.PHONE:
        return denied("投票须使用已验证的手机号码，请先在“账号”中填写并验证手机号码，您的选择会保留")
    if SocialAccount.objects.filter(user=voter).exists():
        return ALLOWED
    return denied("投票须使用微信等统一身份登录的账号，或者先在“账号”中填写并验证手机号码，您的选择会保留")


def can_read_tally(reader: Member | None, poll: Poll, *, at: datetime) -> Decision:
    """Who has how many votes: where the rules hide it, the desks wait for the last minute and the public for the stage's end."""
    if poll.shown or poll.stage.state == StageState.CLOSED:
        return ALLOWED
    if reader is None or not can_read_casework(reader, poll.union):
        return denied("得票在投票环节结束后公布")
    if at < poll.closes_at:
        return denied(
            f"规则规定投票期间不显示得票，{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止后可以查看"
        )
    return ALLOWED


def can_settle_doubts(actor: Member, poll: Poll, *, at: datetime) -> Decision:
    """Who sets votes aside or keeps them: the office, once it may know the count and before the count is made use of.

    Whoever stands in the poll keeps out of it.
    """
    decision = _can_work_on_count(actor, poll)
    if not decision:
        return decision
    if not can_read_tally(actor, poll, at=at):
        return denied(
            f"规则规定投票期间不显示得票，{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止后才能处理存疑选票"
        )
    return ALLOWED


def _can_work_on_count(actor: Member, poll: Poll) -> Decision:
    decision = can_run_office(actor, poll.union)
    if not decision:
        return decision
    stage = poll.stage
    if stage.state != StageState.OPEN or stage.campaign.state != CampaignState.PUBLISHED:
        return denied("投票环节已结束，得票已写入环节结论，不能再改变计票")
    if Ranking.objects.filter(stage=stage).exists():
        return denied("已经计分排名，不能再改变计票")
    people = Application.objects.filter(poll_candidates__poll=poll).select_related("person")
    if any(is_own(actor, one) for one in people):
        return denied("本人是本次投票的人选，应当回避，请由其他工作人员处理")
    return ALLOWED


def can_confirm_aside(actor: Member, row: VoteSetAside, poll: Poll, *, at: datetime) -> Decision:
    decision = can_settle_doubts(actor, poll, at=at)
    if decision and row.by_id == actor.pk:
        return denied("剔除须由提出人以外的另一名工作人员确认")
    return decision


def can_enter_count(actor: Member, poll: Poll, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    """What was counted on paper may come in before the last minute online: it is no part of what is hidden."""
    return _can_work_on_count(actor, poll)


def can_count_poll(actor: Member, poll: Poll, *, at: datetime) -> Decision:
    decision = _can_work_on_count(actor, poll)
    if decision and at < poll.closes_at:
        return denied(f"投票到{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止，截止后才能计分")
    return decision


def can_correct_notice(actor: Member, notice: Notice, *, at: datetime) -> Decision:
    return can_publish_notice(actor, notice.stage, at=at)


def can_write_notice(actor: Member, stage: Stage, *, at: datetime) -> Decision:
    """The words of a notice, or of its correction, are written while either may be published."""
    return can_publish_notice(actor, stage, at=at)


def can_write_template(actor: Member, union: Union) -> Decision:
    if actor.union_id == union.pk and (actor.may("run_office", union) or actor.may("administer", union)):
        return ALLOWED
    return denied("只有认定办公室和工会管理员可以修改公示模板")


def can_object(notice: Notice, *, at: datetime) -> Decision:
    """Objections are taken from the day of publication to the end of the last day of the notice."""
    version, stage = notice.in_force, notice.stage
    running = stage.state == StageState.OPEN and stage.campaign.state == CampaignState.PUBLISHED
    if version is None or not running:
        return denied("公示已结束，不再受理异议；如有问题请直接联系认定办公室")
    if timezone.localdate(at) > version.ends_on:
        return denied(f"公示已于{version.ends_on:%Y年%-m月%-d日}结束，不再受理异议；如有问题请直接联系认定办公室")
    return ALLOWED


def can_confer_awards(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, campaign.union)
    if not decision:
        return decision
    if campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{CampaignState(campaign.state).label}，不能授予称号")
    return ALLOWED


def can_queue_certificates(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, campaign.union)
    if not decision:
        return decision
    if not campaign.awards.exists():
        return denied("尚未授予称号，请先完成审定并授予")
    return ALLOWED


def can_revoke_certificate(actor: Member, certificate: Certificate, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, certificate.union)
    if not decision:
        return decision
    if hasattr(certificate, "revocation"):
        return denied("该证书已撤销")
    return ALLOWED


def can_download_certificate(actor: Member, certificate: Certificate, *, at: datetime) -> Decision:  # noqa: ARG001
    """The office, and whoever it is for as long as it holds."""
    if can_run_office(actor, certificate.union):
        return ALLOWED
    if certificate.award.application.applicant_id != actor.pk:
        return denied("只有证书持有人和认定办公室可以下载证书")
    if hasattr(certificate, "revocation"):
        return denied("该证书已撤销，不能下载")
    return ALLOWED


def can_read_casework(actor: Member, union: Union) -> Decision:
    """Objections and awards: the office acts on them, the leading group and the supervisor read them."""
    if actor.union_id == union.pk and any(actor.may(right, union) for right in ("run_office", "lead", "supervise")):
        return ALLOWED
    return denied("只有认定办公室、领导小组和监督员可以查看")


def can_archive(actor: Member, campaign: Campaign) -> Decision:
    """The office makes the archive, and the system at the operator's command. Before it is published there is nothing to prove."""
    if actor.role != Role.SYSTEM or actor.union_id != campaign.union_id:
        decision = can_run_office(actor, campaign.union)
        if not decision:
            return decision
    if not campaign.rules_sha256:
        return denied("活动还没有发布，没有可以封存的记录")
    return ALLOWED


def can_fetch_archive(actor: Member, campaign: Campaign) -> Decision:
    if actor.union_id == campaign.union_id and any(
        actor.may(right, campaign.union) for right in ("run_office", "supervise")
    ):
        return ALLOWED
    return denied("只有认定办公室和监督员可以下载档案")


def can_print_dossiers(actor: Member, campaign: Campaign) -> Decision:
    """Those who work on the cases and those who decide; a supervisor reads the pages and takes nothing away of a person."""
    if actor.union_id == campaign.union_id and any(
        actor.may(right, campaign.union) for right in ("run_office", "lead")
    ):
        return ALLOWED
    return denied("只有认定办公室和领导小组可以生成一人一档")


def can_print_dossier(actor: Member, application: Application) -> Decision:
    decision = can_print_dossiers(actor, application.campaign)
    if decision and is_own(actor, application):
        return denied("涉及本人申报，应当回避，请由其他成员办理")
    return decision


def can_read_sender(actor: Member, objection: Objection) -> Decision:
    """Who objected is known to the office that answers, and to nobody else; never to whoever it is about."""
    if objection.application is not None and is_own(actor, objection.application):
        return denied("异议涉及本人申报，应当回避")
    return can_run_office(actor, objection.union)


def can_rehearse(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001
    if actor.union_id == campaign.union_id and (
        actor.may("run_office", campaign.union) or actor.may("administer", campaign.union)
    ):
        return ALLOWED
    return denied("只有认定办公室和工会管理员可以演练")

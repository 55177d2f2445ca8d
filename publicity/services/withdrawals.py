"""A title taken away (撤销称号): a ground, the person heard, a decision by whoever conferred it, and what follows at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.selectors import stage_rule
from publicity import notify, policies_ledger
from publicity.models import Award
from publicity.models_ledger import Withdrawal, WithdrawalStep
from publicity.services.awards import end_certificate
from publicity.services.ledger import WITHDRAWN, end_payments
from publicity.states import WithdrawalStepKind
from review.motions import SHARE_WORDS, reaches
from review.selectors import meeting_of
from unions import audit, vault
from unions.models import Member, Union
from unions.permits import Refused
from unions.states import Role

LEAST_DAYS: Final = 5
"""Days that a person has to answer at least; the office may give more."""
MAX_ANSWER: Final = 4000


def _lock(award: Award) -> Award:
    Union.objects.select_for_update(no_key=True).get(pk=award.union_id)
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=award.campaign_id)
    award = (
        Award.objects.select_related("application__person__key", "union")
        .prefetch_related("withdrawals__steps")
        .get(pk=award.pk)
    )
    award.campaign = campaign
    return award


def _locked(withdrawal: Withdrawal) -> Withdrawal:
    award = _lock(withdrawal.award)
    withdrawal = Withdrawal.objects.prefetch_related("steps").get(pk=withdrawal.pk)
    withdrawal.award = award
    return withdrawal


@transaction.atomic
def open_withdrawal(award: Award, *, ground: str, answer_by: date, actor: Member, at: datetime) -> Withdrawal:
    """Begin the procedure. Nothing is decided by that; the person is told the ground and until when to answer."""
    award = _lock(award)
    policies_ledger.can_open_withdrawal(actor, award, at=at).require()
    if not ground.strip():
        raise Refused("请写明拟撤销的事由和依据，本人会看到")
    least = timezone.localdate(at) + timedelta(days=LEAST_DAYS)
    if answer_by < least:
        raise Refused(f"陈述申辩的期限至少 {LEAST_DAYS} 天，请选{least:%Y年%-m月%-d日}或以后")
    made = Withdrawal.objects.create(
        union=award.union, award=award, ground=ground.strip(), answer_by=answer_by, at=at, by=actor
    )
    audit.record(
        "title.withdrawal_opened",
        made,
        actor=actor,
        at=at,
        after={"award": award.pk, "answer_by": answer_by.isoformat()},
        reason=made.ground,
    )
    notify.withdrawal_opened(made, at=at)
    return made


@transaction.atomic
def answer_withdrawal(withdrawal: Withdrawal, *, text: str, actor: Member, at: datetime) -> WithdrawalStep:
    """The person is heard; as often as they wish until it is decided."""
    withdrawal = _locked(withdrawal)
    policies_ledger.can_answer_withdrawal(actor, withdrawal, at=at).require()
    words = text.strip()
    if not words:
        raise Refused("请写下您的陈述和申辩；没有意见也请写明“没有意见”")
    if len(words) > MAX_ANSWER:
        raise Refused(f"至多 {MAX_ANSWER} 字，现有 {len(words)} 字，请精简后再提交")
    if any(_same(withdrawal, step, words) for step in withdrawal.answers):
        return withdrawal.answers[-1]
    key = withdrawal.award.application.person.key
    if key is None:
        raise Refused("个人信息已按规定删除，不能在线陈述申辩，请与认定办公室联系")
    made = WithdrawalStep.objects.create(
        union=withdrawal.award.union,
        withdrawal=withdrawal,
        kind=WithdrawalStepKind.ANSWERED,
        sealed=vault.seal(key, words),
        at=at,
        by=actor,
    )
    audit.record(
        "title.answered", withdrawal, actor=actor, at=at, after={"answer": vault.digest(key, words)}, rows=[made]
    )
    return made


def _same(withdrawal: Withdrawal, step: WithdrawalStep, words: str) -> bool:
    try:
        return vault.unseal(withdrawal.award.application.person.key, step.sealed) == words
    except vault.Unreadable:
        return False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision as it was made elsewhere: by a meeting of the leading group, or by a document of another body."""

    withdraw: bool
    text: str
    public_note: str = ""
    document: str = ""
    met_on: date | None = None
    present: int = 0
    in_favour: int = 0


@transaction.atomic
def decide_withdrawal(withdrawal: Withdrawal, ruling: Ruling, *, actor: Member, at: datetime) -> WithdrawalStep:
    """End it. Withdrawn: the certificate is void, payments end and benefits are not given any more, in this very moment."""
    withdrawal = _locked(withdrawal)
    award = withdrawal.award
    policies_ledger.can_decide_withdrawal(actor, withdrawal, at=at).require()
    if not ruling.text.strip():
        raise Refused("请写明决定的理由和依据")
    if ruling.withdraw and not ruling.public_note.strip():
        raise Refused("请填写对外说明，证书核验页面会公开显示")
    figures = _judged(award, ruling, at)
    made = WithdrawalStep.objects.create(
        union=award.union,
        withdrawal=withdrawal,
        kind=WithdrawalStepKind.WITHDRAWN if ruling.withdraw else WithdrawalStepKind.KEPT,
        text=ruling.text.strip(),
        public_note=ruling.public_note.strip() if ruling.withdraw else "",
        document=ruling.document.strip(),
        met_on=ruling.met_on,
        figures=figures,
        at=at,
        by=actor,
    )
    ended = []
    if ruling.withdraw:
        certificate = getattr(award, "certificate", None)
        if certificate is not None and not hasattr(certificate, "revocation"):
            ended.append(end_certificate(certificate, reason=made.public_note, actor=actor, at=at))
        stops = end_payments(award.entitlements.all(), ground=WITHDRAWN, reason="称号已撤销", actor=actor, at=at)
    else:
        stops = []
    audit.record(
        "title.withdrawn" if ruling.withdraw else "title.kept",
        withdrawal,
        actor=actor,
        at=at,
        after={"award": award.pk, "revoked": len(ended), "stopped": len(stops)},
        reason=made.text,
        rows=[made, *ended, *stops],
    )
    notify.withdrawal_decided(withdrawal, withdrawn=ruling.withdraw, at=at)
    return made


def _judged(award: Award, ruling: Ruling, at: datetime) -> list[int]:
    """Quorum and majority of the leading group, as its meetings about the title had them; of another body its document."""
    today = timezone.localdate(at)
    if ruling.met_on is not None and ruling.met_on > today:
        raise Refused("会议日期不能晚于今天")
    if policies_ledger.deciding_body(award) != "leading_group":
        if not ruling.document.strip():
            raise Refused("请填写决定机关的文号或决定名称")
        return []
    if ruling.met_on is None:
        raise Refused("请填写会议日期")
    members = Member.objects.for_union(award.union).active().filter(role=Role.LEADER).count()
    if not 1 <= ruling.in_favour <= ruling.present <= members:
        raise Refused(f"出席人数应在 1 到 {members} 人之间，同意人数不能超过出席人数")
    given = next(rule for rule in award.campaign.rules.awards if rule.id == award.award)
    meeting = meeting_of(stage_rule(award.campaign.stages.get(key=given.to.stage)))
    if not reaches(ruling.present, members, meeting.quorum):
        raise Refused(f"出席 {ruling.present} 人，未达到应到 {members} 人的{SHARE_WORDS[meeting.quorum]}")
    if not reaches(ruling.in_favour, ruling.present, meeting.majority):
        raise Refused(f"同意 {ruling.in_favour} 人，未达到出席 {ruling.present} 人的{SHARE_WORDS[meeting.majority]}")
    return [members, ruling.present, ruling.in_favour]

"""The words and hours of a poll, from the rules: an officer edits the first draft, the rest the page tells everybody."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from campaigns.models import Stage
from campaigns.selectors import calendar_of
from campaigns.workingdays import UnknownYear, period_end
from publicity import selectors_polls
from publicity.models import Poll
from publicity.states import Identity

VOTE_DAYS: Final = 5
"""How long a poll runs where neither the rules nor the plan say so."""


def poll_defaults(stage: Stage, *, at: datetime) -> dict[str, Any]:
    """Title, words and hours to start from: from the next full hour to the end of the last day."""
    rule, rules = selectors_polls.vote_rule(stage), stage.campaign.rules
    opens = timezone.localtime(at).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    last = _last_day(stage, opens.date())
    closes = datetime.combine(max(last, stage.planned_to or last), time(18), opens.tzinfo)
    channels = f"投票渠道：{'、'.join(rule.channels)}。" if rule.channels else ""
    return {
        "title": f"{rules.name}{stage.label}",
        "text": (
            f"根据《{rules.basis.title}》（{rules.basis.document}），现就{rules.name}人选开展{stage.label}，请投给您认可的人选。"
            f"得票供评审和审定参考，不直接决定结果。\n{channels}"
        ).strip(),
        "opens_at": opens,
        "closes_at": closes if closes > opens else closes.replace(hour=23, minute=59),
    }


def _last_day(stage: Stage, first: date) -> date:
    """The last day of a poll as long as the rules ask; an officer corrects what a year without a calendar leaves open."""
    length = selectors_polls.vote_rule(stage).length
    days = length.days if length else VOTE_DAYS
    if length is not None and length.unit == "working":
        try:
            return period_end(first, days=days, unit="working", calendar=calendar_of(stage.union), day_one="same_day")
        except UnknownYear:
            return first + timedelta(days=2 * days)
    return first + timedelta(days=days - 1)


def poll_rules(poll: Poll) -> list[str]:
    """What a ballot is and who may cast it, a sentence each, as the page tells everybody."""
    often = f"{voter_words(poll)}每天可投 {poll.ballots_per_day} 票"
    if poll.ballots_in_all is not None:
        often += f"，整个投票期间至多 {poll.ballots_in_all} 票"
    return [
        f"{choices_words(poll)}。",
        f"{often}。{_HOW[Identity(poll.identity)]}",
        f"选票上只有由{_MARK[Identity(poll.identity)]}算出的标记，没有号码和姓名；任何页面都不显示谁投给了谁。",
        "投出后给您一个回执，凭回执随时可以查询选票是否计入。",
    ]


_VOTER: Final = {Identity.PHONE: "每个手机号码", Identity.ACCOUNT: "每个账号", Identity.DEVICE: "每台设备"}
_MARK: Final = {Identity.PHONE: "手机号码", Identity.ACCOUNT: "账号", Identity.DEVICE: "本机标记"}
_HOW: Final = {
    Identity.PHONE: "投票须登录，手机号码须经验证，不必是本会成员。",
    Identity.ACCOUNT: "投票须登录，账号须经手机号码验证或以微信等统一身份登录，不必是本会成员。",
    Identity.DEVICE: "投票不必登录，由浏览器做一次约一秒的验证。",
}


def voter_words(poll: Poll) -> str:
    """What counts as one voter, as people say it."""
    return _VOTER[Identity(poll.identity)]


def choices_words(poll: Poll) -> str:
    """How many a ballot names, as people say it."""
    if poll.choices_min == poll.choices_max:
        return f"每票须选 {poll.choices_min} 人"
    return f"每票须选 {poll.choices_min} 至 {poll.choices_max} 人"

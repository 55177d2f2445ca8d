"""The words and hours of a poll, from the rules: an officer edits the first draft, the rest the page tells everybody."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from campaigns.models import Stage
from campaigns.rules.schema import PublicVoteStage
from campaigns.selectors import calendar_of
from campaigns.workingdays import UnknownYear, period_end
from publicity import selectors_polls
from publicity.models import Poll
from publicity.models_polls import VoteSetAside
from publicity.selectors_counts import Count, Standing, Summary, fold_of
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
            f"{_use(rule)}。\n{channels}"
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


def use_words(poll: Poll) -> str:
    """What the votes are for."""
    return _use(selectors_polls.vote_rule(poll.stage))


def _use(rule: PublicVoteStage) -> str:
    fold = fold_of(rule)
    how = f"，{fold.described}" if fold else ""
    if rule.counts == "weight":
        return f"得票按 {rule.weight}% 计入总分{how}"
    return f"得票供评审和审定参考，不直接决定结果{how}"


def poll_words(poll: Poll, told: Summary, count: Count) -> list[str]:
    """The result in sentences, as the paper says it."""
    first, last = (f"{timezone.localtime(at):%Y年%-m月%-d日%H:%M}" for at in (poll.opens_at, poll.closes_at))
    aside = f"其中存疑选票 {told.aside:,} 张经核查不计入得票，" if told.aside else ""
    counted = told.ballots - told.aside
    words = [
        (
            f"{poll.title}于{first}至{last}进行，共有 {told.voters:,} 人投票，收到网上选票 {told.ballots:,} 张，"
            f"{aside}计入 {counted:,} 张。"
        )
    ]
    if len(count.channels) > 1:
        parts = "；".join(f"{one.label}占 {one.weight}%，有效选票 {one.ballots:,} 张" for one in count.channels)
        words.append(f"计票渠道：{parts}。")
    words.append(f"{use_words(poll)}。")
    for one in told.acts:
        words.append(
            f"第 {one.row.number} 号公告（{_day(one.row)}，{len(one.row.votes):,} 张）：{one.row.announcement}"
        )
        if one.restored is not None:
            words.append(
                f"第 {one.restored.number} 号公告（{_day(one.restored)}，恢复计票）：{one.restored.announcement}"
            )
    return words


def _day(row: VoteSetAside) -> str:
    return f"{timezone.localtime(row.at):%Y年%-m月%-d日}"


def outcome_words(count: Count) -> dict[int, str]:
    """Application id → what the vote came to, as the outcome of the stage says it."""
    aside = f"，另有 {count.aside:,} 张存疑选票已剔除" if count.aside else ""
    only = "" if count.fold else "，仅供参考"
    return {
        row.candidate.application_id: f"{_votes(row)}（共 {count.ballots:,} 张选票{aside}{only}）" for row in count.rows
    }


def _votes(row: Standing) -> str:
    each = "，".join(f"{channel}得 {votes:,} 票" for channel, votes in row.labelled)
    points = f"，计 {row.shown} 分" if row.points is not None else ""
    return f"{each}{points}{f'，列第 {row.place} 位' if row.place else ''}"

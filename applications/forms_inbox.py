"""What the office's list can be narrowed to, and the small forms beside it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django import forms

from applications import listing
from applications.models_inbox import AgeBand
from applications.selectors_inbox import ANYBODY, MINE, NOBODY
from applications.states import State
from campaigns.models import Campaign
from campaigns.rules.engine import Overall
from unions.models import Member

Choice = tuple[str, str]

CONDITIONS: Final = (
    *("q", "state", "verdict", "rule", "assigned", "returned", "note"),
    *("channel", "unit", "industry", "trade", "level", "sex", "age"),
)
"""What narrows the list, in the order of the page; the rest of an address is where one is in it."""


class InboxFilter(forms.Form):
    """What the list is narrowed to; anything else in the address is ignored."""

    q = forms.CharField(required=False, max_length=60)
    state = forms.CharField(required=False, max_length=16)
    verdict = forms.CharField(required=False, max_length=24)
    rule = forms.CharField(required=False, max_length=80)
    assigned = forms.CharField(required=False, max_length=20)
    returned = forms.CharField(required=False, max_length=10)
    note = forms.CharField(required=False, max_length=1)
    channel = forms.CharField(required=False, max_length=40)
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    industry = forms.CharField(required=False, max_length=40)
    trade = forms.CharField(required=False, max_length=60)
    level = forms.CharField(required=False, max_length=40)
    sex = forms.CharField(required=False, max_length=4)
    age = forms.CharField(required=False, max_length=4)
    after = forms.CharField(required=False, max_length=40)
    before = forms.CharField(required=False, max_length=40)

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return dict(self.cleaned_data)


def conditions_of(chosen: Mapping[str, Any]) -> dict[str, str]:
    """The conditions alone, as an address or a saved filter carries them."""
    return {key: str(chosen[key]) for key in CONDITIONS if chosen.get(key)}


def as_query(conditions: Mapping[str, str]) -> str:
    return urlencode(conditions)


def from_query(text: str) -> dict[str, Any]:
    """The conditions in a piece of an address, as the list that a case was opened from hands them on."""
    return InboxFilter(dict(parse_qsl(text[:2000]))).chosen


def choices_for(campaign: Campaign, units: Mapping[int, str], colleagues: list[Member]) -> dict[str, list[Choice]]:
    """Field → what it offers. What the form of the campaign does not ask is not offered."""
    rules = campaign.rules
    own = [(value, value) for value in ("男", "女")] if listing.asks_sex(rules) else []
    return {
        "state": [
            (state.value, str(state.label))
            for state in (State.SUBMITTED, State.RETURNED, State.WITHDRAWN, State.LAPSED, State.MERGED)
        ],
        "verdict": [(item.value, item.label) for item in Overall],
        "rule": [(rule.id, rule.label) for rule in rules.rules],
        "assigned": [
            (MINE, "分给我的"),
            (NOBODY, "还没有分配"),
            (ANYBODY, "已分配"),
            *((str(one.pk), one.display_name) for one in colleagues),
        ],
        "returned": [("open", "退回后等待补正"), ("answered", "补正后重新提交的")],
        "note": [("1", "有内部备注")],
        "channel": [(channel.id, channel.label) for channel in rules.channels],
        "unit": [(str(pk), name) for pk, name in units.items()],
        "industry": [(value, value) for value in listing.options(rules, "industry")],
        "level": [(value, value) for value in listing.options(rules, "level")],
        "sex": own,
        "age": [(band.value, str(band.label)) for band in AgeBand] if listing.asks_age(rules) else [],
    }


LABELS: Final = {
    "q": "查找",
    "state": "状态",
    "verdict": "核对结果",
    "rule": "未符合的条件",
    "assigned": "办理人",
    "returned": "退回补正",
    "note": "备注",
    "channel": "渠道",
    "unit": "推荐单位",
    "industry": "行业",
    "trade": "专业领域",
    "level": "技能等级",
    "sex": "性别",
    "age": "年龄段",
}


def chips(conditions: Mapping[str, str], choices: Mapping[str, list[Choice]]) -> list[tuple[str, str, str]]:
    """(what, its words, the address without it) for each condition in force."""
    found = []
    for key, value in conditions.items():
        word = dict(choices.get(key, [])).get(value, value)
        rest = {other: text for other, text in conditions.items() if other != key}
        found.append((LABELS[key], word, as_query(rest)))
    return found

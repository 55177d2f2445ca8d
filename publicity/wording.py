"""The words of notices and decisions, from the rules. A notice's are a draft that an officer edits before the public reads it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.models import Stage
from campaigns.rules.schema import Award, PublicNoticeStage, RuleSet
from campaigns.selectors import stage_rule
from publicity.selectors import confers

TITLE: Final = "关于{名称}人选的公示{轮次}"
FOREWORD: Final = (
    "根据{依据}，{经过}现将{名称}人选名单予以公示，接受社会评议和监督。公示期为{天数}。\n{异议}\n公示渠道：{渠道}。"
)
CONTACT: Final = "受理部门：{办公室}\n联系电话：{电话}\n联系地址：{地址}"
BLANKS: Final = {
    "名称": "活动认定的称号，如“示例工匠”",
    "依据": "通知的标题和文号",
    "经过": "此前各环节，如“经资格审核、专家评审，”",
    "天数": "公示期，如“5个工作日”",
    "人数": "公示名单的人数",
    "轮次": "活动有几次公示时，这一次的名称；只有一次时不写",
    "异议": "规则里关于异议的规定",
    "渠道": "规则里的公示渠道",
    "办公室": "认定办公室的名称",
    "电话": "联系电话",
    "地址": "联系地址",
}
"""What stands in braces in a template, and what is put there. A line whose blank has nothing to say is left out."""
_MAY_LACK: Final = ("异议", "渠道", "电话", "地址")
_BLANK: Final = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What a union's notices are written from: texts with blanks."""

    title: str = TITLE
    foreword: str = FOREWORD
    contact: str = CONTACT


def unknown_blanks(text: str) -> list[str]:
    """What stands in braces and is no blank, each once."""
    return [name for name in dict.fromkeys(_BLANK.findall(text)) if name not in BLANKS]


def notice_defaults(stage: Stage, words: NoticeWords = NoticeWords(), *, people: int = 0) -> dict[str, str]:
    """Title, foreword and contact to start from."""
    known = _known(stage, people)
    return {
        "title": _filled(words.title, known)[:120],
        "foreword": _filled(words.foreword, known),
        "contact": _filled(words.contact, known),
    }


def _known(stage: Stage, people: int) -> dict[str, str]:
    rule, rules, union = stage_rule(stage), stage.campaign.rules, stage.union
    assert isinstance(rule, PublicNoticeStage)
    unit = "个工作日" if rule.length.unit == "working" else "日"
    before = [other.label for other in rules.stages[: rules.stages.index(rule)]]
    several = sum(other.kind == "public_notice" for other in rules.stages) > 1
    return {
        "名称": rules.name,
        "依据": f"《{rules.basis.title}》（{rules.basis.document}）",
        "经过": f"经{'、'.join(before)}，" if before else "",
        "天数": f"{rule.length.days}{unit}",
        "人数": str(people),
        "轮次": f"（{rule.label}）" if several else "",
        "异议": rule.objections.text
        if rule.objections
        else "对公示人选有异议的，请在公示期内向认定办公室反映，并写明事实和依据。",
        "渠道": "、".join(rule.channels),
        "办公室": union.office_name or rules.basis.office,
        "电话": union.contact_phone,
        "地址": union.contact_address,
    }


def _filled(text: str, known: Mapping[str, str]) -> str:
    kept = (
        line for line in text.splitlines() if all(known[name] for name in _BLANK.findall(line) if name in _MAY_LACK)
    )
    return "\n".join(_BLANK.sub(lambda blank: known.get(blank[1], blank[0]), line) for line in kept).strip()


@dataclass(frozen=True, slots=True)
class Commended:
    """One award and who receives it, in the order they are listed."""

    rule: Award
    names: tuple[str, ...]

    @property
    def people(self) -> str:
        first, *others = self.names
        return f"{first}等{len(self.names)}名同志" if others else f"{first}同志"

    def honour(self, edition: str) -> str:
        """第二届“示例工匠”称号; a prize is not called a title, and what a label quotes itself is not quoted again."""
        label = self.rule.label if "“" in self.rule.label else f"“{self.rule.label}”"
        return f"{edition}{label}{'' if self.rule.label.endswith('奖') else '称号'}"


def decision_title(rules: RuleSet, bodies: Sequence[str], first: Commended) -> str:
    """The title of the conferring decision; several bodies sign below and do not stand in it."""
    body = bodies[0] if len(bodies) == 1 else ""
    return f"{body}关于授予{first.people}{first.honour(rules.edition or '')}的决定"


def decision_words(rules: RuleSet, commended: Sequence[Commended]) -> list[str]:
    """The decision's paragraphs: grounds, what is conferred on whom, what comes with it, and a word to those who receive it."""
    edition = rules.edition or ""
    decided = {confers(rules, one.rule.to.stage) for one in commended}
    last = max(n for n, stage in enumerate(rules.stages) if stage.id in decided)
    way = "、".join(stage.label for stage in rules.stages[: last + 1])
    conferred = "，".join(f"授予{one.people}{one.honour(edition)}" for one in commended)
    return [
        f"根据《{rules.basis.title}》（{rules.basis.document}），经{way}，决定{conferred}。",
        *(text for one in commended if (text := _comes_with(rules, one))),
        "希望受到表彰的同志珍惜荣誉、再接再厉，继续钻研技艺、传授技能，在各自岗位上作出新的贡献。",
    ]


def _comes_with(rules: RuleSet, one: Commended) -> str:
    rule = one.rule
    gifts = [
        *([f"颁发{'和'.join(rule.objects)}"] if rule.objects else []),
        *([f"给予每人{rule.money.amount}元的一次性奖励"] if rule.money and rule.money.amount else []),
        *([f"每人每月发放补贴{rule.monthly.amount}元，共{rule.monthly.months}个月"] if rule.monthly else []),
        *(
            f"同时授予{honour.label}"
            for honour in rules.honours
            if honour.how == "conferred" and honour.award == rule.id and not honour.condition
        ),
    ]
    return f"对获得{one.honour(rules.edition or '')}的同志，{'，'.join(gifts)}。" if gifts else ""

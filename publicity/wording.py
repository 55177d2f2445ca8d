"""The words of notices and decisions, from the rules. A notice's are a draft that an officer edits before the public reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Stage
from campaigns.rules.schema import Award, PublicNoticeStage, RuleSet
from campaigns.selectors import stage_rule
from publicity.selectors import confers


def notice_defaults(stage: Stage) -> dict[str, str]:
    """Title, foreword and contact to start from."""
    rule, rules, union = stage_rule(stage), stage.campaign.rules, stage.union
    assert isinstance(rule, PublicNoticeStage)
    unit = "个工作日" if rule.length.unit == "working" else "日"
    before = [other.label for other in rules.stages[: rules.stages.index(rule)]]
    way = f"经{'、'.join(before)}，" if before else ""
    channels = f"公示渠道：{'、'.join(rule.channels)}。" if rule.channels else ""
    objections = (
        rule.objections.text
        if rule.objections
        else "对公示人选有异议的，请在公示期内向认定办公室反映，并写明事实和依据。"
    )
    contact = "\n".join(
        part
        for part in (
            f"受理部门：{union.office_name or rules.basis.office}",
            f"联系电话：{union.contact_phone}" if union.contact_phone else "",
            f"联系地址：{union.contact_address}" if union.contact_address else "",
        )
        if part
    )
    return {
        "title": f"关于{rules.name}人选的公示",
        "foreword": (
            f"根据《{rules.basis.title}》（{rules.basis.document}），{way}现将{rules.name}人选名单予以公示，"
            f"接受社会评议和监督。公示期为{rule.length.days}{unit}。\n{objections}\n{channels}"
        ).strip(),
        "contact": contact,
    }


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

"""The first draft of a notice's words, from the rules; an officer edits it before the public reads it."""

from campaigns.models import Stage
from campaigns.rules.schema import PublicNoticeStage
from campaigns.selectors import stage_rule


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

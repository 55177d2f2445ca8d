"""What this app's audit verbs are called where people read them. Stages, panels and decisions."""

from typing import Final

ACTIONS: Final = {
    "stage.opened": "开始环节",
    "stage.closed": "结束环节",
    "rule.judged": "认定条件",
    "outcome.decided": "作出结论",
    "outcome.corrected": "更正结论",
    "expert.enrolled": "录入专家库",
    "expert.retired": "退出专家库",
    "panel.formed": "组成评审团队",
    "panel.approved": "同意评审团队",
    "panel.seat_added": "增补专家",
    "panel.recusals_found": "核对出应当回避",
    "panel.closed": "结束评分",
    "seat.accepted": "接受评审邀请",
    "seat.declined": "谢绝评审邀请",
    "seat.removed": "专家退出评审团队",
    "seat.conflicts_declared": "申报回避",
    "seat.recused": "认定回避",
    "visit.recorded": "记录现场考察",
    "case.scored": "评分（封存）",
    "ranking.cut_set": "确定进入人数",
    "ranking.tie_decided": "裁定并列先后",
    "list.confirmed": "确认名单",
    "resolution.passed": "记录决议",
    "investigation.opened": "开始核查",
    "investigation.decided": "作出核查结论",
    "place.refilled": "递补名额",
    "place.left_empty": "名额空缺",
}

"""What audit verbs are called where people read them. Each app names its own in its AppConfig's `ready`."""

from collections.abc import Mapping

_ACTIONS: dict[str, str] = {
    "union.founded": "开通工会",
    "union.branded": "修改门户与联系方式",
    "union.configured": "修改工会设置",
    "operator.registered": "平台管理员登记",
    "operator.admitted": "平台管理员获准查看",
    "operator.reading_ended": "平台管理员查看结束",
    "member.joined": "加入为申报人",
    "member.appointed": "任命角色",
    "member.deactivated": "停用成员",
    "member.detached": "注销本人账号",
    "member.invited": "发出邀请",
    "member.invitation_accepted": "接受邀请",
    "member.invitation_revoked": "撤销邀请",
    "consent.given": "同意个人信息处理",
    "unit.kinds_defined": "增加单位类别",
    "unit.imported": "导入推荐单位",
    "unit.closed": "停用推荐单位",
    "unit.reopened": "重新启用推荐单位",
    "keys.rotated": "轮换密钥",
    "message.sent_again": "重新发送消息",
    "message.all_sent_again": "重新发送全部未发出的消息",
    "message.told_otherwise": "记录已另行告知",
    "mass_message.written": "拟写群发消息",
    "mass_message.released": "发出群发消息",
    "mass_message.discarded": "作废群发消息",
    "mailbox.channels_chosen": "选择接收消息的方式",
    "wording.changed": "修改消息用语",
    "wording.reset": "恢复系统消息用语",
}


def name_actions(words: Mapping[str, str]) -> None:
    """Add an app's verbs: code → words."""
    _ACTIONS.update(words)


def action(code: str) -> str:
    """The words for a verb; an unnamed one stays as it is, so that nothing in the log is hidden."""
    return _ACTIONS.get(code, code)


def actions_like(text: str) -> list[str]:
    """Codes of the verbs whose words contain `text`."""
    return [code for code, words in _ACTIONS.items() if text in words]

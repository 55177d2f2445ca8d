"""What this app's audit verbs are called where people read them. Rule sets, campaigns and the calendar."""

from typing import Final

ACTIONS: Final = {
    "ruleset.copied": "复制规则集",
    "ruleset.discarded": "弃用规则集修改稿",
    "ruleset.edited": "修改规则集修改稿",
    "ruleset.loaded": "装入规则集",
    "ruleset.settled": "规则集修改稿定稿",
    "campaign.drafted": "筹备活动",
    "campaign.dates_set": "修改日期",
    "campaign.settings_changed": "修改办公室设定",
    "campaign.published": "发布活动",
    "campaign.amended": "修订规则",
    "campaign.finished": "结束活动",
    "campaign.cancelled": "终止活动",
    "calendar.days_set": "登记放假与调休",
    "calendar.day_removed": "删去放假或调休",
    "calendar.year_confirmed": "确认全年节假日",
}

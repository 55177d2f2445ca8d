"""What this app's audit verbs are called where people read them. Applying and endorsing."""

from typing import Final

ACTIONS: Final = {
    "application.started": "开始填写申报表",
    "application.nominated": "推荐人选",
    "application.nomination_accepted": "接受推荐",
    "application.nomination_declined": "谢绝推荐",
    "application.internal_notice_recorded": "记录单位内公示",
    "application.draft_saved": "保存申报表",
    "application.channel_changed": "更改申报渠道",
    "application.submitted": "递交申报",
    "application.endorsed": "推荐单位同意推荐",
    "application.declined": "推荐单位不予推荐",
    "application.returned": "退回补正",
    "application.withdrawn": "撤回申报",
    "application.lapsed": "逾期失效",
    "application.id_revealed": "查看完整证件号码",
    "application.assigned": "分配办理人",
    "application.note_added": "添加内部备注",
    "inbox.filter_saved": "保存常用筛选",
    "inbox.filter_removed": "删除常用筛选",
    "material.attached": "上传材料",
    "material.removed": "移除材料",
}

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
    "material.attached": "上传材料",
    "material.removed": "移除材料",
    "application.anonymised": "删除申报中的个人信息",
    "person.anonymised": "删除个人密钥（匿名）",
    "erasure.requested": "请求删除个人信息",
    "erasure.taken_back": "撤回删除请求",
    "erasure.granted": "同意删除个人信息",
    "erasure.refused": "不同意删除个人信息",
    "member.name_corrected": "更正姓名",
}

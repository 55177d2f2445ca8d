"""What this app's audit verbs are called where people read them. Applying and endorsing."""

from typing import Final

ACTIONS: Final = {
    "application.started": "开始填写申报表",
    "application.nominated": "推荐人选",
    "application.nomination_accepted": "接受推荐",
    "application.nomination_declined": "谢绝推荐",
    "application.invitation_resent": "重新发送推荐邀请",
    "application.confirmation_asked": "请本人确认代填内容",
    "application.entry_confirmed": "本人确认代填内容",
    "application.code_mistyped": "输错确认验证码",
    "application.entry_refused": "本人说明代填内容不对",
    "application.consent_signed": "上传本人签字的确认书",
    "application.twin_found": "发现同一证件号码的申报",
    "application.merged": "并入同一人的另一份申报",
    "application.source_chosen": "改按另一来源计",
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
}

"""What this app's audit verbs are called where people read them. Notices, objections, polls, awards and certificates."""

from typing import Final

ACTIONS: Final = {
    "notice.published": "发布公示",
    "notice.corrected": "更正公示",
    "notice.draft_saved": "保存公示草稿",
    "notice.template_saved": "保存公示模板",
    "objection.raised": "提出异议",
    "objection.answered": "答复异议",
    "poll.opened": "发布网络投票",
    "vote.cast": "投票",
    "votes.taken": "登记收到的选票",
    "awards.conferred": "授予称号",
    "certificates.queued": "生成证书",
    "certificate.revoked": "撤销证书",
    "campaign.rehearsed": "演练活动",
    "campaign.archived": "封存活动档案",
    "campaign.archive_repeated": "再次生成活动档案",
    "campaign.archive_downloaded": "下载活动档案",
    "dossier.printed": "生成一人一档",
    "dossiers.queued": "生成全部人选的一人一档",
    "dossiers.downloaded": "下载全部人选的一人一档",
}

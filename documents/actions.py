"""What this app's audit verbs are called where people read them. Jobs in the background."""

from typing import Final

ACTIONS: Final = {
    "job.queued": "任务排队",
    "job.requeued": "任务重新排队",
    "job.retried": "重试任务",
    "job.finished": "任务完成",
    "job.failed": "任务停止",
    "job.output_added": "生成文件",
    "file.lapsed": "删除到期的下载文件",
}

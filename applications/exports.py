"""A copy of everything kept about a person (个人信息保护法 第四十五条): one ZIP of data, files and forms, made by a worker."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.base import File

from applications import papers, selectors, selectors_rights
from applications.models import SEALED_FORM
from applications.selectors_rights import Held
from applications.states import PERSONAL_DATA
from documents import selectors as jobs
from documents.jobs import Clock, handler
from documents.models import Job
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError, safe_name
from documents.services import add_output, beat
from unions.models import Member
from unions.permits import Refused

LAPSES_AFTER: Final = timedelta(days=7)
KEY: Final = "copy"

_README: Final = """这是您在{union}的个人信息副本，{at} 生成。

我的数据.json：账号、申报内容、历次提交、退回补正、推荐意见、同意记录，以及谁查看过您的完整证件号码。
各活动的文件夹：您上传的材料；“申报表”里是按最后一次提交打印的表格。
{problems}
这份副本含有您的完整证件号码和联系方式，请妥善保管，不要转发。
"""


@handler(PERSONAL_DATA)
def copy_everything(job: Job, *, at_clock: Clock) -> None:
    """One output; a second run finds it and makes nothing. Only the person themselves may read the job."""
    if KEY in jobs.keys_done(job):
        return
    member = Member.objects.select_related("user", "union").get(pk=job.params["member"])
    if not member.active or member.pk != job.requested_by_id:
        raise Refused("账号已停用或注销，不能导出")
    data = selectors_rights.data_of(member)
    problems: list[str] = []
    with TemporaryFile() as packed:
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            text = json.dumps(selectors_rights.as_data(data), ensure_ascii=False, indent=2)
            archive.writestr("我的数据.json", text)
            for number, held in enumerate(data.held, start=1):
                folder = f"{number}_{safe_name(held.application.campaign.title)}"
                _copy_files(archive, folder, held)
                for name, content in _forms(held, problems):
                    archive.writestr(f"{folder}/申报表/{name}", content)
                beat(job, at=at_clock())
            at = at_clock()
            said = "".join(f"{line}\n" for line in problems)
            archive.writestr("说明.txt", _README.format(union=member.union.name, at=f"{at:%Y-%m-%d}", problems=said))
        packed.seek(0)
        add_output(
            job,
            KEY,
            content=File(packed),
            name=f"我的个人信息_{at:%Y%m%d}.zip",
            content_type="application/zip",
            at=at,
            expires_at=at + LAPSES_AFTER,
        )


def _copy_files(archive: ZipFile, folder: str, held: Held) -> None:
    labels = selectors.item_labels(held.application) | {SEALED_FORM: "盖章的申报表"}
    for number, material in enumerate(held.materials, start=1):
        if material.file.erased_at is not None:
            continue
        label = safe_name(labels.get(material.slot, material.slot))
        suffix = PurePath(material.file.name).suffix
        where = f"{folder}/材料/{label}_{number}{suffix}"
        with material.file.file.open("rb") as source, archive.open(where, "w") as target:
            shutil.copyfileobj(source, target)


def _forms(held: Held, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """The forms of the last submission, numbers whole; what cannot be set is said and stops nothing else."""
    application = held.application
    last = selectors.latest_submission(application)
    if last is None or application.anonymised_at is not None:
        return
    last.application = application
    for paper in papers.form_papers(application.campaign.rules):
        try:
            content = papers.form_pdf(last, paper=paper.id)
        except (MissingGlyph, PaperError) as error:
            problems.append(f"“{application.campaign.title}”的“{paper.title}”没有打印出来：{error}")
        else:
            yield f"{safe_name(paper.title)}.pdf", content

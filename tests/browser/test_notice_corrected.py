"""A notice corrected in the middle of its window: the office corrects, the public reads what changed and by when to object."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from publicity.services import pages
from publicity.tasks import put_up_pages, sweep_public_pages
from tests.browser.visitors import Clock, Visit, Visitor
from tests.publicity.scene import Scene
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor: Visitor, name: str) -> None:
    if LOOK:
        size = visitor.page.viewport_size
        assert size is not None
        visitor.page.screenshot(path=str(Path(LOOK) / f"{name}-{size['width']}.png"), full_page=True)


def test_the_public_reads_what_a_correction_changed(
    union: Union, visit: Visit, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    settings.PUBLIC_DIR = tmp_path / "public"
    scene = Scene(union)
    scene.to_notice("赵建国", "钱秀兰", "阿卜杜热合曼·买买提")
    scene.publish()
    clock.go_to(scene.now())
    sweep_public_pages()
    file = pages.folder_of(scene.notice) / "index.html"
    assert "更正说明" not in file.read_text(encoding="utf-8")
    clock.go_to(clock() + timedelta(days=2))

    office = visit("办公室", 1280, scene.office)
    office.open(f"/{union.slug}/publicity/")
    office.follow("更正公示")
    office.fill(正文="经资格审核和实地考察，现予公示。", 更正说明="正文漏写了实地考察环节")
    look(office, "edit")
    office.press("保存并预览")
    office.sees("今天，2026年3月25日（星期三）", "2026年3月26日（星期四）至2026年4月1日（星期三），重新计算", "3 人")
    look(office, "preview")
    office.press("发布更正，3 人")
    office.sees("更正已发布为第 2 版，到2026年4月1日结束")
    assert not file.exists()
    put_up_pages(union.pk, "notices", scene.notice.pk)
    assert "正文漏写了实地考察环节" in file.read_text(encoding="utf-8")

    public = visit("公众", 390)
    public.open(f"/{union.slug}/")
    look(public, "home")
    public.follow("看公示名单")
    public.sees(
        "更正了什么", "改为 经资格审核和实地考察，现予公示。", "公示期重新计算", "2026年4月1日（星期三）", "第 2 版"
    )
    look(public, "notice")
    public.follow("第 1 版")
    public.sees("这是旧版本，此后有更正", "经资格审核，现予公示。")
    look(public, "old")

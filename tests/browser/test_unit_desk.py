"""The unit officer's desk at a phone and at a desk: people from a sheet with bad rows, their order, and a pile of sealed forms."""

import io
from datetime import datetime

import openpyxl
import pypdfium2
import pytest
from PIL import Image

from applications import papers, services
from applications.models import SEALED_FORM, Application, Material, PreferenceOrder, ScanBatch
from applications.states import NoticeResult, State
from campaigns.rules import loader
from documents import runner
from tests import factories
from tests.applications.people import person, workbook
from tests.browser.visitors import Clock, Visit, Visitor
from unions.models import Member, Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BAD = 17
GOOD = 183
PAGES = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _officer(union: Union) -> Member:
    town = factories.UnitFactory(union=union, kind="town_union", name="示例镇总工会")
    return factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=town, name="何立新")


def _upload(visitor: Visitor, label: str, name: str, kind: str, content: bytes, button: str) -> None:
    visitor.field(label).set_input_files({"name": name, "mimeType": kind, "buffer": content})
    visitor.press(button)


@pytest.mark.parametrize("width", [390, 1280])
def test_an_officer_imports_two_hundred_people_of_whom_seventeen_are_wrong(
    union: Union, visit: Visit, clock: Clock, width: int
) -> None:
    campaign = factories.CampaignFactory(union=union, slug="tianmu")
    officer = _officer(union)
    wrong = ({"national_id": 330112197503160000}, {"gender": "女"}, {"mobile": "1.99E+10"}, {"name": None})
    people = [
        person(
            campaign.rules,
            n,
            **(wrong[n % len(wrong)] if n < BAD else {"employer_post": f"示例精密机械股份有限公司第{n}分厂焊工"}),
        )
        for n in range(GOOD + BAD)
    ]
    visitor = visit("经办人", width, officer)

    visitor.open("/shili/unit/tianmu/")
    visitor.follow("导入人选")
    content = workbook(campaign, officer, people)
    _upload(visitor, "填好的汇总表", "推荐人选.xlsx", XLSX, content, "上传并核对")
    visitor.sees("183 人新增", "17 行有问题", "末几位已经丢失", "号码显示为男")
    assert not Application.objects.exists()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="有问题的 17 行").click()
    rows = list(
        openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).worksheets[0].iter_rows(values_only=True)
    )
    assert len(rows) == BAD + 1
    assert str(rows[1][-1]).startswith("原第 2 行。")
    visitor.press("导入")
    visitor.sees("没有导入", "取得其同意")
    visitor.page.get_by_label("已向所列人员说明").check()
    visitor.press("导入")
    visitor.sees("已导入 183 人", "新增 183 人")
    assert Application.objects.filter(state=State.DRAFT, unit=officer.unit).count() == GOOD

    visitor.open("/shili/unit/tianmu/import/")
    _upload(visitor, "填好的汇总表", "推荐人选.xlsx", XLSX, content, "上传并核对")
    visitor.sees("0 人新增", "183 人没有变化")
    visitor.open("/shili/unit/tianmu/")
    visitor.sees("等共")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_pile_of_thirty_pages_finds_its_people(union: Union, visit: Visit, clock: Clock, width: int) -> None:
    campaign = factories.CampaignFactory(union=union, slug="tianmu")
    officer = _officer(union)
    clock.go_to(datetime(2026, 3, 10, 10, tzinfo=factories.SHANGHAI))
    first = factories.ApplicationFactory(
        campaign=campaign, unit=officer.unit, member=officer, name="丁一", state=State.AWAITING_UNIT
    )
    old = papers.form_pdf(first.submissions.last())
    services.return_application(
        first, reason="请改", items=["ethnicity"], deadline=campaign.closes_at, actor=officer, at=clock()
    )
    first.refresh_from_db()
    services.save_draft(first, answers={"ethnicity": "畲族"}, revision=first.revision, actor=officer, at=clock())
    factories.confirmed(first, at=clock())
    services.submit_application(first, actor=officer, at=clock())
    others = [
        factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
        for _ in range(6)
    ]
    forms = [_seen(papers.form_pdf(one.submissions.last())) for one in others]
    pages = _pile(forms, _seen(old)[0])
    scan, unread = _scan(pages), len(pages)
    visitor = visit("经办人", width, officer)

    visitor.open("/shili/unit/tianmu/scans/")
    _upload(visitor, "扫描件", "盖章扫描.pdf", "application/pdf", scan, "上传并识别")
    visitor.sees("正在认每一页的二维码")
    batch = ScanBatch.objects.get()
    runner.run(batch.job_id, at_clock=clock)
    visitor.open(f"/shili/unit/tianmu/scans/{batch.pk}/")
    visitor.sees("6 人对上了", "1 份是旧版本", "1 页没有认出", "民族", "畲族")
    assert not Material.objects.filter(slot=SEALED_FORM).exists()
    box = visitor.box(f"第 {unread} 页")
    box.get_by_label("页脚的校验码").fill("2222-2222-2222")
    visitor.press("就是这一份", within=box)
    visitor.sees("对照页脚逐位核对")
    box = visitor.box(f"第 {unread} 页")
    box.get_by_label("或者选择是谁的").select_option(label=f"丁一（{first.employer}）")
    visitor.page.get_by_label("页脚的校验码").fill("")
    visitor.press("就是这一份", within=box)
    visitor.sees("7 人对上了")
    visitor.press("归入这 7 人的申报")
    visitor.sees("已归入 7 人的盖章扫描件")
    assert Material.objects.filter(slot=SEALED_FORM).count() == 7

    visitor.open("/shili/unit/tianmu/scans/")
    _upload(visitor, "扫描件", "再传一次.pdf", "application/pdf", scan, "上传并识别")
    visitor.sees("已经上传过，没有重复处理")
    visitor.open("/shili/unit/tianmu/print/")
    visitor.press("生成申报表")
    visitor.sees("示例镇总工会的申报表（7 人）")


def _seen(pdf: bytes) -> list[Image.Image]:
    pages = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=120 / 72, grayscale=True).to_pil().convert("L") for page in pages]


def _pile(forms: list[list[Image.Image]], old: Image.Image) -> list[Image.Image]:
    """Thirty pages as a copier gives them: by turns, some upside down or askew, blank backs, an old print, one smudged."""
    pile = [page for form in zip(*forms, strict=True) for page in form]
    pile = [
        page.rotate((0, 180, 2, 90, -3, 270)[n % 6], expand=n % 2 == 1, fillcolor=255) for n, page in enumerate(pile)
    ]
    pile = [*pile[: PAGES - 4], old]
    blank = Image.new("L", (992, 1403), 252)
    smudged = forms[0][0].copy()
    smudged.paste(120, (smudged.width * 3 // 4, smudged.height * 9 // 10, smudged.width, smudged.height))
    return [*pile, *(blank for _ in range(PAGES - 1 - len(pile))), smudged]


def _scan(pages: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=120, quality=60)
    return out.getvalue()


@pytest.mark.parametrize("width", [390, 1280])
def test_an_officer_sets_the_order_records_the_notice_and_starts_from_a_phrase(
    union: Union, visit: Visit, clock: Clock, width: int
) -> None:
    source = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    first = '\n  [channels.first]\n  length = { days = 5, unit = "working" }\n  evidence = ["authority_consent"]\n  clause = "四（一）"\n'
    text = source.replace('clause = "四（一）"\n', f'clause = "四（一）"\n{first}', 1)
    campaign = factories.CampaignFactory(union=union, slug="tianmu", text=text)
    officer = _officer(union)
    people = [
        factories.ApplicationFactory(
            campaign=campaign, unit=officer.unit, member=officer, name=name, state=State.AWAITING_UNIT
        )
        for name in ("丁一", "王二", "赵三")
    ]
    clock.go_to(datetime(2026, 3, 17, 9, tzinfo=factories.SHANGHAI))
    visitor = visit("经办人", width, officer)

    visitor.open("/shili/unit/tianmu/")
    visitor.follow("推荐排序")
    visitor.press("上移 赵三")
    assert visitor.page.evaluate("document.activeElement.value") == f"up:{people[2].pk}"
    with visitor.moving():
        visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.value") == f"down:{people[2].pk}"
    visitor.page.get_by_label("丁一排第几").fill("3")
    visitor.press("保存排序")
    assert PreferenceOrder.objects.last().order == [people[2].pk, people[1].pk, people[0].pk]
    visitor.page.get_by_text("报送排序", exact=True).first.click()
    visitor.press("报送排序")
    visitor.sees("已报送认定办公室", "不能再改")

    visitor.open(f"/shili/unit/cases/{people[0].pk}/#notice")
    visitor.sees("推荐前须先在本单位公示5个工作日")
    visitor.fill(公示开始="2026-03-09", 公示结束="2026-03-16", 公示地点和方式="厂务公开栏和职工群")
    visitor.choose("公示结果", NoticeResult.NO_OBJECTION.label)
    visitor.press("记录")
    visitor.sees("公示已满规定期限", "厂务公开栏和职工群")
    visitor.page.get_by_text("从常用语开始写").click()
    visitor.page.get_by_role("button", name="符合第二届").click()
    assert "丁一同志申报材料真实" in visitor.field("推荐单位意见").input_value()

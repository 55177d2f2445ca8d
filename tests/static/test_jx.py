"""The browser's side of the contracts at the head of jx.js, in a real Chromium under the product's policy."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.static.conftest import Answer, Site, render

pytestmark = pytest.mark.browser

ROWS = """
<form method="post" action="/submit/">
  <input type="hidden" name="h-TOTAL_FORMS" value="1">
  <c-row-editor prefix="h" title="荣誉" max="3">
    <c-slot name="rows"><c-row-editor.row prefix="h" index="0"><c-field label="名称" name="h-0-name" value="甲" /></c-row-editor.row></c-slot>
    <c-slot name="template"><c-row-editor.row prefix="h" index="__prefix__"><c-field label="名称" name="h-__prefix__-name" /></c-row-editor.row></c-slot>
  </c-row-editor>
</form>
"""


def test_line_breaks_do_not_count_and_a_rare_character_counts_once(site: Site) -> None:
    page = site.open('<c-field name="deeds" label="主要事迹" type="textarea" limit="5" />')

    page.fill("#deeds", "𬭎\n一二三四")

    expect(page.locator("[data-count-for=deeds]")).to_have_text("已写 5 字，至多 5 字")
    page.fill("#deeds", "一二三四五六")
    expect(page.locator("[data-count-for=deeds]")).to_have_text("已写 6 字，超出 1 字")


def names(page: Page) -> list[str]:
    return list(page.locator(".jx-rows__list input").evaluate_all("all => all.map(i => i.name + '=' + i.value)"))


def test_rows_are_added_moved_and_numbered_without_a_reload(site: Site) -> None:
    page = site.open(ROWS)

    page.get_by_role("button", name="增加一项").click()
    page.keyboard.type("乙")
    page.locator("[data-row]").nth(1).get_by_role("button", name="上移").click()

    assert names(page) == ["h-0-name=乙", "h-1-name=甲"]
    assert page.input_value("[name=h-TOTAL_FORMS]") == "2"
    assert page.locator("[data-row-do=remove]").nth(1).get_attribute("value") == "h:remove:1"
    assert site.received == []


def test_a_removed_row_can_be_brought_back(site: Site) -> None:
    page = site.open(ROWS)

    page.get_by_role("button", name="删除").click()
    expect(page.get_by_text("还没有填写。")).to_be_visible()
    page.get_by_role("button", name="恢复").click()

    assert names(page) == ["h-0-name=甲"]
    expect(page.get_by_text("还没有填写。")).to_be_hidden()


def test_no_more_rows_than_allowed(site: Site) -> None:
    page = site.open(ROWS)

    page.get_by_role("button", name="增加一项").click()
    page.get_by_role("button", name="增加一项").click()

    expect(page.get_by_role("button", name="增加一项")).to_be_disabled()


SLOT = '<c-material-slot label="身份证明" max_mb="1" id="m" upload_url="/upload/" />'


def attach(page: Page, size: int) -> None:
    page.set_input_files("#m", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * size})
    page.get_by_role("button", name="上传").click()


def test_a_file_too_large_is_refused_before_it_is_sent(site: Site) -> None:
    page = site.open(SLOT)

    attach(page, 2 * 1024 * 1024)

    expect(page.locator("#m_error")).to_contain_text("超过 1 MB")
    assert site.received == []


def test_a_refused_file_is_explained_in_place(site: Site) -> None:
    site.answers["/upload/"] = [Answer(422, {"error": "内容不是 PDF。"})]
    page = site.open(SLOT)

    attach(page, 10)

    expect(page.locator("#m_error")).to_contain_text("内容不是 PDF。")
    assert page.get_attribute("#m", "aria-invalid") == "true"


def test_an_accepted_file_shows_on_the_page_again(site: Site) -> None:
    site.answers["/upload/"] = [Answer(200, {"ok": True})]
    page = site.open(SLOT)
    site.pages["/"] = site.pages["/"].replace("如有请交", "已收到")

    attach(page, 10)

    expect(page.get_by_text("已收到")).to_be_visible()


def test_a_second_click_does_not_post_twice(site: Site) -> None:
    site.answers["/do/"] = [Answer(204)]
    page = site.open('<form method="post" action="/do/"><button type="submit">通过</button></form>')

    page.get_by_role("button", name="通过").dblclick()
    page.wait_for_timeout(200)

    assert [path for path, _ in site.received] == ["/do/"]


def test_a_confirmation_opens_in_place_and_closes_without_doing(site: Site) -> None:
    page = site.open('<c-confirm id="c" trigger="发布" title="发布公示？" count="10" action="/do/" />')

    page.get_by_role("link", name="发布").click()
    expect(page.locator("#c")).to_be_visible()
    page.get_by_role("button", name="不，返回").click()

    expect(page.locator("#c")).to_be_hidden()
    assert site.received == []


BALLOT = """
<form method="post" action="/check/" data-ballot="7" data-least="1" data-most="2">
  <label><input type="checkbox" name="choice" value="1"> 甲</label>
  <label><input type="checkbox" name="choice" value="2"> 乙</label>
  <label><input type="checkbox" name="choice" value="3"> 丙</label>
  <output data-ballot-count></output>
</form>
<form method="post" action="/cast/" data-ballot-sent="7"><button>投票</button></form>
"""


def test_a_ballot_counts_what_is_ticked_and_says_when_it_is_too_much(site: Site) -> None:
    page = site.open(BALLOT)
    count = page.locator("[data-ballot-count]")

    expect(count).to_have_text("已选 0 / 1–2 人，还需选 1 人")
    for name in "甲乙丙":
        page.get_by_label(name).check()

    expect(count).to_have_text("已选 3 / 1–2 人，多选了 1 人")
    expect(count).to_have_attribute("data-over", "")


def test_what_was_ticked_waits_while_somebody_is_read_about_and_goes_with_the_ballot(site: Site) -> None:
    site.answers["/cast/"] = [Answer(200, "已投")]
    page = site.open(BALLOT)
    page.get_by_label("乙").check()

    page = site.open(BALLOT)
    expect(page.get_by_label("乙")).to_be_checked()
    page.get_by_role("button", name="投票").click()

    page = site.open(BALLOT)
    expect(page.locator("[data-ballot-count]")).to_have_text("已选 0 / 1–2 人，还需选 1 人")


def test_large_type_stays_over_pages(site: Site) -> None:
    page = site.open("<p>正文</p>")

    page.get_by_role("link", name="大字版").click()

    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "21px"
    assert "jx_large=1" in page.evaluate("document.cookie")


def test_a_key_opens_a_decision_and_never_takes_it(site: Site) -> None:
    actions = [
        {"value": "pass", "label": "通过", "key": "p"},
        {"value": "return", "label": "退回补正", "reason": "退回的原因", "key": "r"},
    ]
    page = site.open('<c-decision-bar action="/do/" :actions="actions" />', actions=actions)

    page.keyboard.press("p")
    expect(page.get_by_role("button", name="通过")).to_be_focused()
    page.keyboard.press("r")

    expect(page.get_by_label("退回的原因")).to_be_focused()
    assert site.received == []


def test_j_and_k_walk_over_the_list(site: Site) -> None:
    page = site.open('<a href="#1" data-row-link>甲</a> <a href="#2" data-row-link>乙</a>')

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="乙")).to_be_focused()
    page.keyboard.press("k")

    expect(page.get_by_role("link", name="甲")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_styleguide_passes_axe_and_the_policy_and_never_scrolls_sideways(site: Site, width: int) -> None:
    page = site.page
    page.set_viewport_size({"width": width, "height": 900})
    site.pages["/"] = render('{% include "styleguide.html" %}')
    page.goto("/")
    page.get_by_role("link", name="大字版").click()

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.evaluate((Path(settings.BASE_DIR) / "tests/vendor/axe.min.js").read_text())
    found = page.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id]))")
    assert [pair for pair in found if pair[0] in {"serious", "critical"}] == []
    assert [error for error in site.errors if re.search("Content Security Policy|Error", error)] == []

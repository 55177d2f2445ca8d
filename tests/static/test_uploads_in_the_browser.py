"""Files on their way: a bar each, cancelled, tried again, several photographs as the pages of one paper."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.static.conftest import Answer, Site

PLACE = """<section class="jx-paper" data-paper id="p"><p data-paper-said>未上传</p>
<c-upload url="/attach/" id="f" label="身份证明" max_mb="1" :many="True" {} /></section>"""
SEVERAL, ONE = PLACE.format(':together="True"'), PLACE.format(':one="True"')
DONE = '<section class="jx-paper" data-paper id="p"><p data-paper-said>已上传</p></section>'


def picture(name: str, size: int = 10) -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": b"x" * size}


def choose(page: Page, *files: Any) -> None:
    page.set_input_files("#f", list(files))


def sent(site: Site) -> list[str]:
    return [path for path, _body in site.received]


def test_a_file_is_sent_as_soon_as_it_is_chosen_and_the_place_is_shown_anew(site: Site) -> None:
    site.answers["/attach/"] = [Answer(200, {"ok": True, "html": DONE})]
    page = site.open(SEVERAL)

    choose(page, picture("a.jpg"))

    expect(page.locator("[data-paper-said]")).to_have_text("已上传")
    assert sent(site) == ["/attach/"]


def test_a_photograph_too_large_is_said_before_it_is_sent(site: Site) -> None:
    page = site.open(SEVERAL)

    choose(page, picture("a.jpg", 2 * 1024 * 1024))

    expect(page.locator("#f_error")).to_contain_text("照片太大：2.0 MB，超过 1 MB。请")
    assert sent(site) == []


def test_several_photographs_are_asked_about_and_become_pages_in_their_order(site: Site) -> None:
    site.answers["/attach/"] = [Answer(200, {"ok": True, "html": DONE, "add": "/add/1/"})]
    site.answers["/add/1/"] = [Answer(200, {"ok": True, "html": DONE, "add": "/add/2/"})]
    site.answers["/add/2/"] = [Answer(200, {"ok": True, "html": DONE, "add": "/add/3/"})]
    page = site.open(SEVERAL)

    choose(page, picture("a.jpg"), picture("b.heic"), picture("c.jpg"))
    page.get_by_role("button", name="合成一份（共 3 页）").click()

    expect(page.locator("[data-paper-said]")).to_have_text("已上传")
    assert sent(site) == ["/attach/", "/add/1/", "/add/2/"]
    assert [re.findall(r'filename="(.+?)"', body) for _path, body in site.received] == [
        ["a.jpg"],
        ["b.heic"],
        ["c.jpg"],
    ]


def test_or_each_is_a_paper_of_its_own_and_a_bad_one_stops_no_other(site: Site) -> None:
    site.answers["/attach/"] = [
        Answer(422, {"error": "照片不完整"}),
        Answer(200, {"ok": True, "html": DONE}),
    ]
    page = site.open(SEVERAL)

    choose(page, picture("a.jpg"), picture("b.jpg"))
    page.get_by_role("button", name="分别上传（2 份）").click()
    expect(page.get_by_text("照片不完整")).to_be_visible()
    expect(page.get_by_role("button", name="重试")).to_be_hidden()
    page.get_by_role("button", name="不传这个").click()

    expect(page.locator("[data-paper-said]")).to_have_text("已上传")
    assert sent(site) == ["/attach/", "/attach/"]


def test_a_page_that_fails_holds_the_ones_behind_it_until_it_is_tried_again(site: Site) -> None:
    site.answers["/attach/"] = [None, Answer(200, {"ok": True, "html": DONE, "add": "/add/"})]
    site.answers["/add/"] = [Answer(200, {"ok": True, "html": DONE, "add": "/add/"})]
    page = site.open(ONE)

    choose(page, picture("a.jpg"), picture("b.jpg"))
    expect(page.get_by_text("网络断开")).to_be_visible()
    expect(page.get_by_text("等待上传")).to_be_visible()
    page.get_by_role("button", name="重试").click()

    expect(page.locator("[data-paper-said]")).to_have_text("已上传")
    assert sent(site) == ["/attach/", "/attach/", "/add/"]
    site.errors.clear()


def test_what_is_cancelled_is_taken_off_and_another_may_be_chosen(site: Site) -> None:
    site.answers["/attach/"] = [None]
    page = site.open(ONE)
    choose(page, picture("a.jpg"))
    page.get_by_role("button", name="不传这个").click()

    expect(page.locator("[data-uploads-list] li")).to_have_count(0)
    expect(page.locator("#f")).to_be_enabled()
    site.errors.clear()


def test_in_a_place_for_one_two_documents_are_too_many(site: Site) -> None:
    page = site.open(ONE)
    document = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x"}

    choose(page, document, {**document, "name": "b.pdf"})

    expect(page.locator("#f_error")).to_contain_text("这里只放一个文件")

"""The browser's side of the contract at the head of draft.js, in a real Chromium under the product's policy."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.static.conftest import Answer, Site

pytestmark = pytest.mark.browser

FORM = """
<form method="post" action="/submit/" data-autosave-url="/save/" data-who="{{ who|default:"7" }}">
  <p data-save-status role="status"></p>
  <input type="hidden" name="csrfmiddlewaretoken" value="{{ token|default:"one" }}">
  <input type="hidden" name="revision" value="{{ revision|default:"4" }}">
  <input type="hidden" name="fields" value="deeds trade idno level skills honours">
  <div data-item="deeds" data-label="主要事迹"><c-field name="deeds" label="主要事迹" type="textarea" value="{{ deeds }}" /></div>
  <div data-item="trade" data-label="专业领域"><c-field name="trade" label="专业领域" value="{{ trade }}" data-clean="line" /></div>
  <div data-item="idno" data-label="身份证号码" data-personal><c-field name="idno" label="身份证号码" data-clean="id_number" /></div>
  <div data-item="level" data-label="技能等级">
    {% for one in "甲乙" %}<label><input type="radio" name="level" value="{{ one }}"> {{ one }}级</label>{% endfor %}
    <label><input type="radio" name="level" value="其他"> 其他</label><input name="level__other" aria-label="其他等级">
  </div>
  <div data-item="skills" data-label="擅长" data-when-field="level" data-when-equals="乙">
    {% for one in "焊钳" %}<label><input type="checkbox" name="skills" value="{{ one }}"> {{ one }}工</label>{% endfor %}
  </div>
  <div data-item="honours" data-label="荣誉">
    <input type="hidden" name="h-TOTAL_FORMS" value="0">
    <c-row-editor prefix="honours" title="荣誉">
      <c-slot name="template"><c-row-editor.row prefix="honours" index="__prefix__"><c-field label="名称" name="honours-__prefix__-name" /></c-row-editor.row></c-slot>
    </c-row-editor>
  </div>
  <button type="submit" name="go" value="next" data-to="/next/">保存并继续</button>
</form>
<form method="post" action="/accounts/logout/"><button>退出这里</button></form>
<script src="/static/js/draft.js" defer></script>
"""
MADE = "2026-11-21T14:03:00+08:00"


def saved(revision: int = 5, *theirs: dict[str, Any], **more: Any) -> Answer:
    return Answer(200, {"saved_at": MADE, "revision": revision, "theirs": list(theirs), **more})


def changed(field: str, label: str, value: Any) -> dict[str, Any]:
    return {"field": field, "label": label, "text": str(value), "value": value}


def status(page: Page) -> Any:
    return expect(page.locator("[data-save-status]"))


def copies(page: Page) -> str:
    return str(
        page.evaluate(
            "JSON.stringify([localStorage.getItem('jx:draft:/save/'), sessionStorage.getItem('jx:draft:/save/')])"
        )
    )


def posts(site: Site) -> list[str]:
    return [body for path, body in site.received if path == "/save/"]


def part(body: str, name: str) -> str:
    return body.partition(f'name="{name}"\r\n\r\n')[2].partition("\r\n")[0]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Its clock stands in China, as its people do."""
    return {**browser_context_args, "timezone_id": "Asia/Shanghai"}


def test_what_is_typed_is_saved_alone_and_the_copy_on_the_device_goes(site: Site) -> None:
    site.answers["/save/"] = [saved()]
    page = site.open(FORM)

    page.fill("#deeds", "三十年")

    status(page).to_have_text("已保存于 14:03")
    (body,) = posts(site)
    assert (part(body, "fields"), part(body, "deeds"), part(body, "revision")) == ("deeds", "三十年", "4")
    assert 'name="trade"' not in body
    assert body.rstrip().rsplit("\r\n", 2)[-2] == "1", "the end comes last"
    assert page.input_value("[name=revision]") == "5"
    assert copies(page) == "[null,null]"


def test_a_lost_network_says_what_is_not_saved_and_saves_when_it_is_back(site: Site) -> None:
    site.answers["/save/"] = [None, saved()]
    page = site.open(FORM)

    page.fill("#deeds", "三十年")
    page.fill("#idno", "110101190001010000")

    status(page).to_contain_text("以下 2 处尚未保存：主要事迹、身份证号码。")
    local, session = json.loads(copies(page))
    assert "三十年" in local
    assert "110101190001010000" not in local, "what identifies a person goes with the tab"
    assert "110101190001010000" in session
    page.evaluate("window.dispatchEvent(new Event('online'))")
    status(page).to_have_text("已保存于 14:03")
    assert copies(page) == "[null,null]"


def test_a_save_without_an_answer_is_sent_again_as_it_was_and_then_what_was_typed_since(site: Site) -> None:
    site.answers["/save/"] = [Answer(502), saved(5), saved(6)]
    page = site.open(FORM)
    page.fill("#deeds", "三")
    status(page).to_contain_text("服务器暂时没有应答")

    page.fill("#deeds", "三十年")
    page.evaluate("window.dispatchEvent(new Event('online'))")

    status(page).to_have_text("已保存于 14:03")
    expect(page.locator("[name=revision]")).to_have_value("6")
    assert [(part(one, "deeds"), part(one, "revision")) for one in posts(site)] == [
        ("三", "4"),
        ("三", "4"),
        ("三十年", "5"),
    ]


def test_leaving_in_between_sends_the_newest_words_with_the_save_that_was_not_answered(site: Site) -> None:
    site.answers["/save/"] = [Answer(502), saved()]
    page = site.open(FORM)
    page.fill("#deeds", "三")
    status(page).to_contain_text("服务器暂时没有应答")

    page.fill("#deeds", "三十年")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(200)

    last = posts(site)[-1]
    assert part(last, "deeds") == "三十年"
    assert part(last, "unheard") == "fields=deeds&deeds=%E4%B8%89"


def test_what_was_never_acknowledged_comes_back_with_the_page(site: Site) -> None:
    site.answers["/save/"] = [None]
    page = site.open(FORM)
    page.fill("#deeds", "三十年")
    page.get_by_role("button", name="增加一项").click()
    page.keyboard.type("首席")
    status(page).to_contain_text("主要事迹、荣誉")

    site.answers["/save/"] = [saved()]
    page.goto("/")

    expect(page.locator("#deeds")).to_have_value("三十年")
    expect(page.locator("[name=honours-0-name]")).to_have_value("首席")
    status(page).to_have_text("已保存于 14:03")


def test_what_comes_back_and_was_changed_elsewhere_meanwhile_is_chosen(site: Site) -> None:
    site.answers["/save/"] = [None]
    page = site.open(FORM)
    page.fill("#deeds", "三十年焊工")
    page.fill("#trade", "焊工")
    status(page).to_contain_text("2 处")

    site.answers["/save/"] = [saved()]
    page = site.open(FORM, revision="9", deeds="四十年焊工")

    expect(page.locator("#trade")).to_have_value("焊工")
    box = page.locator("[data-elsewhere]")
    expect(box).to_have_count(1)
    expect(box.locator("mark")).to_have_text(["三", "四"])
    box.get_by_role("button", name="用别处的").click()
    expect(page.locator("#deeds")).to_have_value("四十年焊工")
    expect(box).to_have_count(0)


def test_another_persons_copy_is_forgotten(site: Site) -> None:
    site.answers["/save/"] = [None]
    page = site.open(FORM)
    page.fill("#deeds", "三十年")
    status(page).to_contain_text("尚未保存")

    page = site.open('<meta name="jx-who" content="8">' + FORM, who="8")

    expect(page.locator("#deeds")).to_have_value("")
    assert copies(page) == "[null,null]"


def test_signing_out_takes_the_copies_along_and_stops_other_windows(site: Site) -> None:
    site.answers["/save/"] = [None]
    site.answers["/accounts/logout/"] = [Answer(200, "<meta charset=utf-8><p>再见</p>")]
    page = site.open(FORM)
    page.fill("#deeds", "三十年")
    status(page).to_contain_text("尚未保存")
    other = page.context.new_page()
    other.goto("/")
    status(other).to_contain_text("尚未保存")

    page.get_by_role("button", name="退出这里").click()

    expect(page.get_by_text("再见")).to_be_visible()
    status(other).to_contain_text("已在别的窗口退出登录")
    other.fill("#idno", "110101190001010000")
    other.wait_for_timeout(600)
    assert copies(other) == "[null,null]"


def test_a_field_changed_here_and_elsewhere_waits_for_a_choice_and_the_others_go_on(site: Site) -> None:
    theirs = [changed("deeds", "主要事迹", "四十年"), changed("trade", "专业领域", "钳工")]
    site.answers["/save/"] = [Answer(409, {"revision": 7, "theirs": theirs}), saved(8), saved(9)]
    page = site.open(FORM)

    page.fill("#deeds", "三十年")

    box = page.locator("[data-elsewhere]")
    expect(box).to_contain_text("四十年")
    expect(page.locator("#trade")).to_have_value("钳工")
    page.get_by_label("甲级").check()
    expect(page.locator("[name=revision]")).to_have_value("8")
    box.get_by_role("button", name="用我这里的").click()
    expect(page.locator("[name=revision]")).to_have_value("9")
    assert [(part(one, "fields"), part(one, "revision")) for one in posts(site)[1:]] == [("level", "7"), ("deeds", "8")]
    assert part(posts(site)[2], "deeds") == "三十年"


def test_taking_the_other_answer_fills_ticks_choices_and_rows(site: Site) -> None:
    theirs = [
        changed("level", "技能等级", "特级"),
        changed("skills", "擅长", ["焊", "钳"]),
        changed("honours", "荣誉", [{"name": "首席"}, {"name": "劳模"}]),
    ]
    site.answers["/save/"] = [Answer(409, {"revision": 7, "theirs": theirs}), saved(8)]
    page = site.open(FORM)
    page.evaluate("document.querySelector('[name=skills]').closest('[data-item]').hidden = false")
    page.get_by_role("button", name="增加一项").click()
    page.keyboard.type("我的")
    page.get_by_label("乙级").check()
    page.get_by_label("焊工").check()

    expect(page.locator("[data-elsewhere]")).to_have_count(3)
    for _ in range(3):
        page.get_by_role("button", name="用别处的").first.click()

    names = page.locator(".jx-rows__list input").evaluate_all("all => all.map(i => i.name + '=' + i.value)")
    assert names == ["honours-0-name=首席", "honours-1-name=劳模"]
    assert page.locator("[name=skills]").evaluate_all("all => all.map(i => i.checked)") == [True, True]
    assert page.evaluate("document.querySelector('[name=level]:checked').value") == "其他"
    assert page.input_value("[name=level__other]") == "特级"
    status(page).to_have_text("已按您的选择处理。")


def test_what_was_changed_elsewhere_only_is_shown_at_once(site: Site) -> None:
    site.answers["/save/"] = [saved(6, changed("trade", "专业领域", "钳工"))]
    page = site.open(FORM)

    page.fill("#deeds", "三十年")

    expect(page.locator("#trade")).to_have_value("钳工")
    expect(page.locator("[data-noted]")).to_contain_text("刚在别的窗口或设备上改过")


def test_an_expired_session_keeps_the_words_and_saves_after_a_new_sign_in(site: Site) -> None:
    site.answers["/save/"] = [Answer(401), Answer(403), saved()]
    page = site.open(FORM)
    signed_in = site.pages.pop("/")
    site.answers["/"] = [Answer(302, headers={"Location": "/accounts/login/"})]

    page.fill("#deeds", "三十年")

    status(page).to_contain_text("登录已过期")
    assert page.get_attribute("[data-save-status] a", "target") == "_blank"
    site.pages["/"] = signed_in.replace('value="one"', 'value="two"')
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    status(page).to_have_text("已保存于 14:03")
    assert part(posts(site)[-1], "csrfmiddlewaretoken") == "two"
    expect(page.locator("#deeds")).to_have_value("三十年")


def test_a_refusal_is_said_once_in_its_own_words(site: Site) -> None:
    site.answers["/save/"] = [Answer(403, {"error": "不在申报期内"})]
    page = site.open(FORM)

    page.fill("#deeds", "三十年")

    status(page).to_have_text("未保存：不在申报期内")
    assert len(posts(site)) == 1


def test_going_on_waits_for_the_answer_and_stays_where_there_is_none(site: Site) -> None:
    site.answers["/save/"] = [None, saved()]
    site.pages["/next/"] = "<p>下一步</p>"
    page = site.open(FORM)
    page.fill("#deeds", "三十年")

    page.get_by_role("button", name="保存并继续").click()
    expect(page.locator("[data-save-status]")).to_be_focused()
    status(page).to_contain_text("尚未保存：主要事迹")
    page.get_by_role("button", name="保存并继续").dblclick()

    expect(page.get_by_text("下一步")).to_be_visible()
    assert len(posts(site)) == 2


def test_what_depends_on_another_answer_is_shown_as_it_is_given(site: Site) -> None:
    site.answers["/save/"] = [saved()]
    page = site.open(FORM)
    expect(page.get_by_label("焊工")).to_be_hidden()

    page.get_by_label("乙级").check()
    expect(page.get_by_label("焊工")).to_be_visible()
    page.get_by_label("甲级").check()

    expect(page.get_by_label("焊工")).to_be_hidden()


def test_a_mistake_is_said_at_its_field_once_the_field_is_left(site: Site) -> None:
    site.answers["/save/"] = [saved(wrong={"idno": "身份证号码应为 18 位"}, missing=2)]
    page = site.open("<p data-step-missing>本步还缺 3 处</p>" + FORM)

    page.fill("#idno", "１１０ 101")
    page.keyboard.press("Enter")

    expect(page.locator("#idno_error")).to_have_text("身份证号码应为 18 位")
    assert page.get_attribute("#idno", "aria-invalid") == "true"
    assert page.get_attribute("#idno", "aria-describedby") == "idno_error"
    assert page.input_value("#idno") == "110101"
    expect(page.locator("[data-step-missing]")).to_have_text("本步还缺 2 处")


def test_large_type_on_a_phone_shows_one_thing_at_a_time(site: Site) -> None:
    site.answers["/save/"] = [saved()]
    site.page.set_viewport_size({"width": 390, "height": 844})
    form = (
        FORM.replace("data-item=", 'class="jx-item" data-item=')
        .replace('<button type="submit" name="go"', '<div class="jx-actions"><button type="submit" name="go"')
        .replace("保存并继续</button>", "保存并继续</button></div>")
        .replace('action="/submit/"', 'class="jx-draft" action="/submit/"')
    )
    page = site.open(form)
    page.get_by_role("link", name="大字版").click()

    expect(page.get_by_text("第 1 项，共 5 项")).to_be_visible()
    expect(page.locator("#trade")).to_be_hidden()
    expect(page.get_by_role("button", name="保存并继续")).to_be_hidden()
    page.get_by_role("button", name="下一项").click()
    expect(page.locator("#trade")).to_be_visible()
    page.fill("#trade", "焊工")
    page.keyboard.press("Enter")
    expect(page.locator("#idno")).to_be_visible()
    page.get_by_role("button", name="看整页").click()

    expect(page.locator("#deeds")).to_be_visible()
    expect(page.get_by_role("button", name="保存并继续")).to_be_visible()

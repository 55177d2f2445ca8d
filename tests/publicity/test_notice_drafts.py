"""What is typed before a notice is public: it saves itself, two windows lose nothing, and the template it starts from."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from publicity import selectors_notices, wording
from publicity.models import NoticeVersion
from publicity.models_notices import NoticeDraft
from publicity.services import notice_drafts, notices
from publicity.services.notice_drafts import DraftConflict
from publicity.services.notices import NoticeText
from publicity.wording import NoticeWords
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import TEXT, Scene
from unions.models import AuditEntry, Union
from unions.permits import Refused
from unions.states import Role

JSON = {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}


def save(scene: Scene, *, revision: int = 0, unheard: dict[str, str] | None = None, **typed: str) -> NoticeDraft:
    return notice_drafts.save_notice_draft(
        scene.stage("notice"), typed, revision=revision, actor=scene.office, at=scene.now(), unheard=unheard
    )


@kept
def written(scene: Scene) -> Scene:
    scene.to_notice("赵建国")
    return scene


# --- the draft ---------------------------------------------------------------------------------------------------------


def test_a_draft_starts_from_the_template_and_keeps_what_is_typed(written: Scene) -> None:
    draft = save(written, title="关于示例工匠的公示")

    assert (draft.title, draft.revision) == ("关于示例工匠的公示", 1)
    assert "经资格审核" in draft.foreword
    entry = AuditEntry.objects.get(action="notice.draft_saved")
    assert entry.after == {"revision": 1, "fields": ["title"]}


def test_the_same_save_sent_again_changes_nothing(written: Scene) -> None:
    save(written, title="一", contact="二\r\n三")
    again = save(written, title="一", contact="二\n三")

    assert again.revision == 1
    assert AuditEntry.objects.filter(action="notice.draft_saved").count() == 1


def test_two_windows_write_over_nothing_that_they_did_not_show(written: Scene) -> None:
    save(written, title="甲写的")
    with pytest.raises(DraftConflict, match="标题在别的窗口改过"):
        save(written, title="乙写的", revision=0)
    assert save(written, contact="乙写的", revision=0).revision == 2
    assert save(written, title="乙写的", revision=2).title == "乙写的"


def test_what_was_sent_without_an_answer_is_no_conflict(written: Scene) -> None:
    save(written, title="先写的")

    assert save(written, title="再写的", revision=0, unheard={"title": "先写的"}).title == "再写的"


def test_a_draft_has_no_other_field(written: Scene) -> None:
    with pytest.raises(Refused, match="没有“sha256”这一栏"):
        save(written, sha256="x")


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.EXPERT])
def test_only_the_office_writes(written: Scene, union: Union, role: Role) -> None:
    written.office = MemberFactory(union=union, role=role)

    with pytest.raises(Refused, match="认定办公室"):
        save(written, title="x")


def test_what_was_published_is_what_a_window_still_open_learns(written: Scene) -> None:
    save(written, title="草稿")
    version = written.publish()

    draft = NoticeDraft.objects.get()
    assert (draft.title, draft.foreword, draft.reason) == (version.title, version.foreword, "")
    with pytest.raises(DraftConflict):
        save(written, title="别的窗口写的", revision=1)


def test_a_correction_starts_from_the_version_in_force(written: Scene) -> None:
    written.publish()

    draft = save(written, reason="单位有误")

    assert (draft.title, draft.foreword, draft.reason) == (TEXT.title, TEXT.foreword, "单位有误")


# --- what a notice may not say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text"),
    [("foreword", "联系人19900001234"), ("title", "330112197503162319"), ("contact", "身份证330112197503162319")],
)
def test_no_number_of_a_person_stands_in_the_offices_words(written: Scene, field: str, text: str) -> None:
    words = {"title": "公示", "foreword": "现予公示", "contact": "19900001234", field: text}

    with pytest.raises(Refused, match="公示中不能出现"):
        written.publish(text=NoticeText(**words))


def test_a_telephone_stands_under_how_to_object(written: Scene) -> None:
    assert written.publish(text=NoticeText("公示", "现予公示", "电话19900001234")).contact == "电话19900001234"


def test_what_changed_since_the_preview_is_not_published(written: Scene) -> None:
    with pytest.raises(Refused, match="预览之后有变化"):
        notices.publish_notice(
            written.stage("notice"), text=TEXT, actor=written.office, at=written.now(), seen="0" * 64
        )
    assert not NoticeVersion.objects.exists()


# --- the template ------------------------------------------------------------------------------------------------------


def template(scene: Scene, **more: Any) -> None:
    words = NoticeWords(
        **{"title": "{名称}公示", "foreword": "共{人数}人，{天数}。", "contact": "电话：{电话}", **more}
    )
    notice_drafts.save_notice_template(scene.union, words=words, actor=scene.office, at=scene.now())


def test_a_unions_template_is_filled_from_the_rules(written: Scene) -> None:
    template(written)
    template(written, contact="电话：{电话}\n到{办公室}反映")

    typed = selectors_notices.typed_of(written.stage("notice"), None, people=3)

    assert (typed.title, typed.foreword) == ("“示例工匠”公示", "共3人，5个工作日。")
    assert typed.contact == "到示例工匠认定办公室反映"
    assert AuditEntry.objects.filter(action="notice.template_saved").count() == 2


def test_a_template_with_an_unknown_blank_or_an_empty_part_is_refused(written: Scene) -> None:
    with pytest.raises(Refused, match="“身份证”不是可以自动填写的内容"):
        template(written, foreword="{身份证}{身份证}")
    with pytest.raises(Refused, match="都要填写"):
        template(written, contact=" ")


def test_who_else_may_not_write_the_template(written: Scene, union: Union) -> None:
    written.office = MemberFactory(union=union, role=Role.SUPERVISOR)

    with pytest.raises(Refused, match="认定办公室和工会管理员"):
        template(written)


# --- the pages ---------------------------------------------------------------------------------------------------------


def url(name: str, union: Union, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": union.slug, **kwargs})


@pytest.fixture
def office(client: Client, written: Scene, set_clock: SetClock) -> Client:
    set_clock(written.now())
    return sign_in(client, written.office)


def post(office: Client, scene: Scene, **typed: str) -> Any:
    address = url("notice_save", scene.union, pk=scene.stage("notice").pk)
    return office.post(address, {"fields": " ".join(typed), "end": "1", **typed}, headers=JSON)


def test_the_editor_saves_itself_and_says_what_others_changed(office: Client, written: Scene) -> None:
    first = post(office, written, revision="0", title="甲")
    second = post(office, written, revision="0", contact="乙")
    conflict = post(office, written, revision="0", title="丙")

    assert (first.status_code, first.json()["revision"], first.json()["theirs"]) == (200, 1, [])
    assert [one["value"] for one in second.json()["theirs"]] == ["甲"]
    assert conflict.status_code == 409
    assert [(one["field"], one["text"]) for one in conflict.json()["theirs"]] == [("title", "甲"), ("contact", "乙")]
    later = post(office, written, revision="2", title="丙", unheard="fields=title&title=x")
    assert later.json()["revision"] == 3


def test_a_save_that_was_cut_off_or_comes_too_late_is_told(office: Client, written: Scene) -> None:
    address = url("notice_save", written.union, pk=written.stage("notice").pk)

    assert office.post(address, {"fields": "title", "title": "x"}, headers=JSON).status_code == 400
    unchanged = selectors_notices.typed_of(written.stage("notice"), None, people=1)
    assert post(office, written, revision="0", title=unchanged.title).json()["revision"] == 0
    office.logout()
    assert post(office, written, revision="0", title="x").status_code == 401


def test_a_save_after_the_stage_is_refused_in_words(office: Client, written: Scene, set_clock: SetClock) -> None:
    written.publish()
    written.run_out()
    written.close("notice")

    refused = post(office, written, revision="0", title="x")

    assert refused.status_code == 422
    assert "环节进行中才能发布公示" in json.dumps(refused.json(), ensure_ascii=False)


def test_without_script_a_second_window_sees_both_texts_and_keeps_its_own(office: Client, written: Scene) -> None:
    address = url("publish", written.union, pk=written.stage("notice").pk)
    save(written, foreword="甲窗口的正文")
    mine = {"title": TEXT.title, "foreword": "乙窗口的正文", "contact": TEXT.contact, "revision": "0"}

    text = office.post(address, mine).content.decode()

    assert "在别的窗口改过" in text
    assert "甲窗口的正文" in text
    assert "乙窗口的正文" in text
    done = office.post(address, {**mine, "revision": "1"}, follow=True)
    assert "乙窗口的正文" in done.content.decode()


def test_the_preview_names_date_days_and_people_and_publishes_what_it_showed(
    office: Client, written: Scene, set_clock: SetClock
) -> None:
    save(written, foreword="现予公示，请监督。")
    address = url("notice_preview", written.union, pk=written.stage("notice").pk)
    shown = office.get(address)
    for words in ("今天，2026年3月23日（星期一）", "1 人", "现予公示，请监督。", "发布公示，1 人"):
        assert words in shown.content.decode()

    nothing = office.post(address, {}).content.decode()
    set_clock(written.now() + timedelta(days=1))
    stale = office.post(address, {"seen": shown.context["version"].sha256}).content.decode()

    assert "预览之后有变化" in nothing
    assert "预览之后有变化" in stale
    assert not NoticeVersion.objects.exists()
    office.post(address, {"seen": office.get(address).context["version"].sha256})
    assert NoticeVersion.objects.get().foreword == "现予公示，请监督。"


def test_a_correction_is_previewed_with_its_difference_and_asks_for_its_reason(office: Client, written: Scene) -> None:
    written.publish()
    save(written, foreword="经资格审核，现再次公示。")
    address = url("notice_preview", written.union, pk=written.stage("notice").pk)

    text = office.get(address).content.decode()

    assert "先写更正说明" in text
    assert "更正了什么" in text
    assert "<ins>再次</ins>" in text
    save(written, reason="表述有误", revision=1)
    shown = office.get(address)
    office.post(address, {"seen": shown.context["version"].sha256})
    assert NoticeVersion.objects.get(version=2).change_reason == "表述有误"


def test_the_preview_on_paper_says_that_it_is_one(office: Client, written: Scene) -> None:
    response = office.get(url("notice_preview_paper", written.union, pk=written.stage("notice").pk))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    save(written, title=" ")
    failed = office.get(url("notice_preview_paper", written.union, pk=written.stage("notice").pk), follow=True)
    assert "都要填写" in failed.content.decode()


def test_a_stage_that_is_over_has_no_preview(office: Client, written: Scene) -> None:
    written.publish()
    written.run_out()
    written.close("notice")

    response = office.get(url("notice_preview", written.union, pk=written.stage("notice").pk), follow=True)

    assert "环节进行中才能发布公示" in response.content.decode()


def test_the_desk_says_that_a_draft_waits(office: Client, written: Scene) -> None:
    desk = url("desk", written.union)
    assert "有草稿" not in office.get(desk).content.decode()
    save(written, title="x")
    assert "有草稿" in office.get(desk).content.decode()
    written.publish()
    assert "更正稿" not in office.get(desk).content.decode()
    save(written, reason="y", revision=9)
    assert "有没发布的更正稿" in office.get(desk).content.decode()


def test_the_template_is_kept_on_its_page(office: Client, written: Scene) -> None:
    address = url("notice_template", written.union)
    assert wording.TITLE in office.get(address).content.decode()

    wrong = office.post(address, {"title": "{谁}", "foreword": "x", "contact": "y"}).content.decode()
    office.post(address, {"title": "{名称}公示", "foreword": "x", "contact": "y"})

    assert "“谁”不是可以自动填写的内容" in wrong
    assert "{名称}公示" in office.get(address).content.decode()
    text = office.get(url("publish", written.union, pk=written.stage("notice").pk)).content.decode()
    assert "本会的公示模板" in text

"""What a correction changed, line by line in public; which of several notices a page is; a union's years and its feed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application
from campaigns.rules.schema import Duration, InternalNotice
from publicity import selectors, selectors_notices
from publicity.models import Notice
from publicity.services import notices
from publicity.services.notices import NoticeText
from tests.factories import SHANGHAI
from tests.publicity.conftest import SetClock
from tests.publicity.scene import TEXT, Scene, public_notice
from tests.review.stagecraft import Play, expert_review, final, qualification
from unions.models import Union

Queries = Callable[[int], Any]


def url(name: str, union: Union, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": union.slug, **kwargs})


def changes_of(scene: Scene) -> selectors_notices.Changes:
    old, new = scene.notice.versions.order_by("version")
    return selectors_notices.changes(old, new, selectors.lines_of(old), selectors.lines_of(new))


def test_words_are_compared_line_by_line(scene: Scene, in_notice: list[Application]) -> None:
    scene.publish(text=NoticeText("公示", "第一行\n第二行", "示例区总工会"))
    scene.correct(text=NoticeText("公示", "第一行\n第二行改\n第三行", "示例区总工会"))

    found = changes_of(scene)

    assert [(one.label, one.before, one.after) for one in found.words] == [
        ("正文", "第二行", "第二行改"),
        ("正文", "", "第三行"),
    ]
    assert not found.came
    assert not found.went
    assert not found.order


def test_whoever_left_the_list_is_named_and_the_window_is_compared(
    scene: Scene, three_in_notice: list[Application]
) -> None:
    people = three_in_notice
    scene.publish()
    objection, _ = scene.object(people[0])
    scene.answer(objection, upheld=True, excludes=True, ground="成果与申报不符")
    scene.correct(datetime(2026, 3, 25, 10, 0, tzinfo=SHANGHAI))

    found = changes_of(scene)

    assert found.went == (people[0].name,)
    assert [(one.label, one.after) for one in found.words] == [("公示时间", "2026年3月26日至2026年4月1日")]


def test_a_cell_that_changed_and_a_new_order_are_told(scene: Scene) -> None:
    scene.to_notice("赵建国", "钱秀兰")
    old = scene.publish()
    before = selectors.lines_of(old)
    after = [
        selectors.Line(line.application_id, [(text.replace("机床", "轴承"), label) for text, label in line.cells])
        for line in before[::-1]
    ]

    found = selectors_notices.changes(old, old, before, after)

    assert found.order
    assert {name for name, _cells in found.cells} == {"赵建国", "钱秀兰"}
    assert [(one.label, one.after) for one in found.cells[0][1]] == [("工作单位", "示例轴承厂")]


def test_nothing_is_compared_of_somebody_who_became_nobody(scene: Scene, in_notice: list[Application]) -> None:
    (person,) = in_notice
    old = scene.publish()
    before = selectors.lines_of(old)
    assert person.person.key is not None
    person.person.key.delete()

    assert not selectors_notices.changes(old, old, before, selectors.lines_of(old))


def test_the_public_reads_what_changed_and_whether_the_days_start_anew(
    client: Client, union: Union, set_clock: SetClock
) -> None:
    scene = Scene(union, notice={"restart_on_amendment": False})
    scene.to_notice("赵建国")
    scene.publish()
    scene.correct(text=NoticeText(TEXT.title, "经资格审核和考察，现予公示。", TEXT.contact))
    scene.correct(text=NoticeText(TEXT.title, "经资格审核和考察，现予公示。", TEXT.contact))
    set_clock(scene.now())

    second = client.get(url("notice_version", union, pk=scene.notice.pk, version=2)).content.decode()
    third = client.get(url("notice", union, pk=scene.notice.pk)).content.decode()

    assert "<ins>和考察</ins>" in second
    assert "公示期不变，到2026年3月30日（星期一）结束" in second
    assert "文字和名单没有变化" in third


def test_a_notice_takes_the_same_queries_for_three_people_and_three_versions(
    client: Client, union: Union, set_clock: SetClock, django_assert_num_queries: Queries
) -> None:
    few = Scene(union)
    few.to_notice("赵建国")
    few.publish()
    few.correct()
    more = Scene(union)
    more.to_notice("钱秀兰", "孙志强", "周桂英")
    more.publish()
    more.correct()
    more.correct()
    set_clock(few.now())
    client.get(url("notice", union, pk=few.notice.pk))
    for scene in (few, more):
        with django_assert_num_queries(_NOTICE):
            client.get(url("notice", union, pk=scene.notice.pk))


_NOTICE = 9


# --- several rounds ----------------------------------------------------------------------------------------------------


def test_each_of_several_notices_says_which_it_is_and_leads_to_the_others(
    client: Client, union: Union, set_clock: SetClock
) -> None:
    play = Play(
        union,
        qualification(),
        public_notice("shortlist", label="入围公示", length={"days": 3, "unit": "working"}),
        expert_review(),
        public_notice("chosen", label="拟授予公示"),
        final(),
    )
    one, two = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", one, two)
    play.open("shortlist")
    draft = selectors_notices.typed_of(play.stage("shortlist"), None)
    notices.publish_notice(play.stage("shortlist"), text=TEXT, actor=play.office, at=play.now())
    play.clock = datetime(2026, 3, 27, 10, 0, tzinfo=SHANGHAI)
    first = Notice.objects.get(stage=play.stage("shortlist"))
    set_clock(play.now())

    early = client.get(url("notice", union, pk=first.pk)).content.decode()
    play.close("shortlist")
    play.review("review", {one.pk: 90, two.pk: 80})
    play.cut("review", 1)
    play.close("review")
    play.open("chosen")
    notices.publish_notice(play.stage("chosen"), text=TEXT, actor=play.office, at=play.now())
    second = Notice.objects.get(stage=play.stage("chosen"))
    late = client.get(url("notice", union, pk=second.pk)).content.decode()

    assert draft.title == "关于“示例工匠”人选的公示（入围公示）"
    assert "本活动共有 2 次公示，这是第 1 次：入围公示" in early
    assert "拟授予公示（尚未发布）" in early
    assert "本活动共有 2 次公示，这是第 2 次：拟授予公示" in late
    assert url("notice", union, pk=first.pk) in late


def test_a_single_notice_has_no_number(scene: Scene) -> None:
    assert selectors_notices.rounds(scene.stage("notice")) == []


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (None, ""),
        (InternalNotice(setting=True), "由单位推荐的人选，推荐前已在本单位内公示"),
        (
            InternalNotice(setting=True, length=Duration(days=5, unit="working")),
            "由单位推荐的人选，推荐前已在本单位内公示5个工作日",
        ),
    ],
)
def test_a_notice_says_that_people_were_shown_inside_their_unit_first(
    scene: Scene, first: InternalNotice | None, words: str
) -> None:
    rules = scene.campaign.rules
    channels = tuple(channel.model_copy(update={"first": first}) for channel in rules.channels)

    assert selectors_notices.inside_words(rules.model_copy(update={"channels": channels})) == words


# --- the feed and the years --------------------------------------------------------------------------------------------


def test_the_feed_has_an_entry_for_every_version_and_no_name(
    client: Client, scene: Scene, in_notice: list[Application], other_union: Union
) -> None:
    scene.publish()
    scene.correct()

    response = client.get(url("feed", scene.union))

    text = response.content.decode()
    assert response["Content-Type"].startswith("application/atom+xml")
    assert text.count("<entry>") == 2
    assert "（第 2 版，更正）" in text
    assert "更正说明：单位名称有误" in text
    assert "赵建国" not in text
    assert "<entry>" not in client.get(url("feed", other_union)).content.decode()


def test_a_union_on_its_own_domain_is_linked_under_it(union: Union) -> None:
    assert selectors_notices.address(union, "/x/").startswith("http://127.0.0.1")
    union.domain = "gonghui.example.cn"
    assert selectors_notices.address(union, "/x/") == "http://gonghui.example.cn/x/"


def test_a_year_lists_campaigns_with_notices_and_results(
    client: Client, union: Union, scene: Scene, in_final: list[Application], set_clock: SetClock
) -> None:
    scene.confer()
    set_clock(scene.now())
    year = scene.campaign.opens_at.year

    text = client.get(url("year", union, year=year)).content.decode()

    for words in (scene.campaign.title, "认定结果", "1 人获得称号", TEXT.title):
        assert words in text
    assert client.get(url("year", union, year=1999)).status_code == 404
    assert f'href="{url("year", union, year=year)}"' in client.get(url("home", union)).content.decode()


def test_a_year_takes_the_same_queries_for_three_campaigns(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    def play() -> Scene:
        scene = Scene(union)
        scene.to_notice("赵建国")
        scene.publish()
        return scene

    year = play().campaign.opens_at.year
    client.get(url("year", union, year=year))
    with django_assert_num_queries(_YEAR):
        client.get(url("year", union, year=year))
    play()
    play()
    with django_assert_num_queries(_YEAR):
        client.get(url("year", union, year=year))


_YEAR = 9

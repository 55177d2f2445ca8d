"""The days of a notice in an invented city: over the long holidays of known years, in years nobody knows yet, several in one
campaign, and after the decision."""

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from applications.models import Application
from campaigns.services import confirm_calendar_year, set_calendar_days
from publicity import selectors
from publicity.models import Award, Notice, NoticeVersion
from publicity.services import awards, notices
from review.selectors import where_it_stands
from review.states import Verdict
from tests.factories import SHANGHAI, MemberFactory, sign_in
from tests.publicity.conftest import SetClock
from tests.publicity.scene import CERTIFICATE, TEXT, Scene, public_notice
from tests.publicity.test_views_desk import WORDS, url
from tests.review.stagecraft import Play, expert_review, final, qualification
from unions.models import Member, Union
from unions.permits import Refused
from unions.states import Role

WORKING = {"length": {"days": 5, "unit": "working"}}
CALENDAR = {"length": {"days": 5, "unit": "calendar"}}
SAME_DAY = {"day_one": "same_day"}


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)


def admin_of(union: Union) -> Member:
    return MemberFactory(union=union, role=Role.ADMIN)


# --- 国庆 and 春节, as the State Council published them ------------------------------------------------------------------


PERIODS: list[tuple[dict[str, Any], list[tuple[date, date, date]]]] = [
    (
        WORKING,
        [
            # 国庆 2024: 1 to 7 October off; Sunday 29 September and Saturday 12 October worked
            (date(2024, 9, 27), date(2024, 9, 29), date(2024, 10, 10)),
            (date(2024, 9, 30), date(2024, 10, 8), date(2024, 10, 12)),
            # 国庆 and 中秋 2025: 1 to 8 October off; Sunday 28 September and Saturday 11 October worked
            (date(2025, 9, 26), date(2025, 9, 28), date(2025, 10, 10)),
            (date(2025, 9, 29), date(2025, 9, 30), date(2025, 10, 13)),
            # 国庆 2026: 1 to 7 October off; Sunday 20 September and Saturday 10 October worked
            (date(2026, 9, 28), date(2026, 9, 29), date(2026, 10, 10)),
            (date(2026, 9, 18), date(2026, 9, 20), date(2026, 9, 24)),
            # 春节 2024: 10 to 17 February off, 除夕 on the 9th was not; Sundays 4 and 18 February worked
            (date(2024, 2, 2), date(2024, 2, 4), date(2024, 2, 8)),
            (date(2024, 2, 7), date(2024, 2, 8), date(2024, 2, 20)),
            # 春节 2025: 28 January to 4 February off; Sunday 26 January and Saturday 8 February worked
            (date(2025, 1, 23), date(2025, 1, 24), date(2025, 2, 6)),
            # 春节 2026: 15 to 23 February off; Saturdays 14 and 28 February worked
            (date(2026, 2, 12), date(2026, 2, 13), date(2026, 2, 26)),
            (date(2026, 2, 24), date(2026, 2, 25), date(2026, 3, 2)),
        ],
    ),
    (WORKING | SAME_DAY, [(date(2024, 9, 27), date(2024, 9, 27), date(2024, 10, 9))]),
    (
        CALENDAR,
        [
            (date(2024, 9, 27), date(2024, 9, 28), date(2024, 10, 8)),
            (date(2025, 1, 24), date(2025, 1, 25), date(2025, 2, 5)),
        ],
    ),
    (CALENDAR | SAME_DAY, [(date(2024, 9, 26), date(2024, 9, 26), date(2024, 9, 30))]),
]
"""A rule, and when a notice was published, the first day that counts, the last."""


@pytest.mark.parametrize(("rule", "periods"), PERIODS)
def test_a_notice_ends_on_the_right_day_over_the_holidays(
    union: Union, rule: dict[str, Any], periods: list[tuple[date, date, date]]
) -> None:
    stage = Scene(union, notice=rule).stage("notice")

    assert [(published, *selectors.window(stage, published)) for published, _, _ in periods] == periods


def test_a_notice_published_before_a_holiday_closes_after_it(scene: Scene, in_notice: list[Application]) -> None:
    """国庆 2026, from publishing to closing: six days of rest do not count, the Saturday worked for them does."""
    version = scene.publish(morning(date(2026, 9, 28)))
    scene.clock = morning(date(2026, 10, 10))

    with pytest.raises(Refused, match="公示到2026年10月10日结束"):
        scene.close("notice")
    scene.object()
    scene.clock = morning(date(2026, 10, 11))
    with pytest.raises(Refused, match="已于2026年10月10日结束"):
        scene.object()

    scene.answer(version.notice.objections.get())
    scene.close("notice")


# --- the union's own table ---------------------------------------------------------------------------------------------


def test_the_unions_own_days_go_before_the_published_ones(
    scene: Scene, in_notice: list[Application], union: Union
) -> None:
    """A city gives a day of its own, and takes another back: Friday 27 March rests, Saturday 28 March works."""
    own = {date(2026, 3, 27): (False, "本市纪念日"), date(2026, 3, 28): (True, "补班")}
    set_calendar_days(union, own, actor=admin_of(union), at=scene.now())

    version = scene.publish(morning(date(2026, 3, 23)))

    assert version.ends_on == date(2026, 3, 30)
    assert selectors.window(scene.stage("notice"), date(2026, 3, 20)) == (date(2026, 3, 23), date(2026, 3, 28))


SPRING_2027 = {date(2027, 2, day): day in {6, 14} for day in range(5, 15) if day != 13}
"""An invented arrangement for a year not announced yet: 5 and 7 to 12 February off, 6 and 14 February worked."""
FIXED_2027 = {date(2027, 1, 1): False, date(2027, 10, 1): False}


def test_a_year_that_the_union_confirmed_counts_by_its_own_table(scene: Scene, union: Union) -> None:
    admin = admin_of(union)
    confirm_calendar_year(union, 2027, SPRING_2027 | FIXED_2027, actor=admin, at=scene.now())
    scene.to_notice("赵建国")

    # Thursday 4 February; then Saturday 6 and Sunday 14 count, 5 and 7 to 12 do not
    assert selectors.window(scene.stage("notice"), date(2027, 2, 3)) == (date(2027, 2, 4), date(2027, 2, 16))
    assert scene.publish(morning(date(2027, 2, 3))).ends_on == date(2027, 2, 16)


def test_a_correction_that_starts_the_clock_again_asks_for_the_year_too(
    scene: Scene, in_notice: list[Application], union: Union
) -> None:
    scene.publish(morning(date(2026, 12, 21)))

    with pytest.raises(Refused, match=r"公示期会进入2027年.*“工作日历”中确认2027年"):
        scene.correct(morning(date(2026, 12, 28)))
    assert NoticeVersion.objects.count() == 1

    confirm_calendar_year(union, 2027, FIXED_2027, actor=admin_of(union), at=scene.now())
    assert scene.correct(morning(date(2026, 12, 28))).ends_on == date(2027, 1, 5)


def test_a_notice_that_ends_inside_a_known_year_asks_for_nothing(scene: Scene, in_notice: list[Application]) -> None:
    assert scene.publish(morning(date(2026, 12, 24))).ends_on == date(2026, 12, 31)


def test_the_page_asks_for_the_year_before_anything_is_typed(
    client: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(morning(date(2026, 12, 28)))
    address = url("publish", union, pk=scene.stage("notice").pk)

    text = sign_in(client, scene.office).get(address).content.decode()

    assert "现在还不能发布" in text
    assert "公示期会进入2027年，而该年的节假日和调休安排尚未确认" in text
    assert "打开工作日历" in text
    confirm_calendar_year(union, 2027, FIXED_2027, actor=admin_of(union), at=scene.now())
    text = client.get(address).content.decode()
    assert "2026年12月29日（星期二）至2027年1月5日（星期二）" in text
    preview = client.post(address, WORDS, follow=True)
    client.post(preview.request["PATH_INFO"], {"seen": preview.context["version"].sha256})
    assert NoticeVersion.objects.get().ends_on == date(2027, 1, 5)


# --- several notices in one campaign -----------------------------------------------------------------------------------


def test_each_notice_of_a_campaign_has_its_own_names_days_and_objections(union: Union) -> None:
    """A shortlist is shown for three working days, the chosen for five calendar days from the very day."""
    play = Play(
        union,
        qualification(),
        public_notice("shortlist", label="入围公示", length={"days": 3, "unit": "working"}),
        expert_review(),
        public_notice("chosen", label="拟授予公示", columns=["name"], day_one="same_day", **CALENDAR),
        final(),
    )
    one, two = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", one, two)
    play.open("shortlist")
    first = notices.publish_notice(play.stage("shortlist"), text=TEXT, actor=play.office, at=play.now())
    play.clock = morning(date(2026, 3, 27))
    play.close("shortlist")
    play.review("review", {one.pk: 90, two.pk: 80})
    play.cut("review", 1)
    play.close("review")
    play.open("chosen")
    second = notices.publish_notice(play.stage("chosen"), text=TEXT, actor=play.office, at=play.now())

    assert [(v.starts_on, v.ends_on) for v in (first, second)] == [
        (date(2026, 3, 24), date(2026, 3, 26)),
        (date(2026, 3, 27), date(2026, 3, 31)),
    ]
    assert [line.application_id for line in selectors.lines_of(second)] == [one.pk]
    assert [column["id"] for column in second.columns] == ["name"]
    running = [n for n in selectors.notices(union) if selectors.is_running(n, at=play.now())]
    assert running == [Notice.objects.get(stage=play.stage("chosen"))]


# --- a notice after the decision ---------------------------------------------------------------------------------------


class DecidedFirst(Scene):
    """The group decides, then the names stand before the public. The title goes to whom `to` names."""

    def __init__(self, union: Union, *, to: str) -> None:
        Play.__init__(self, union, qualification(), final(), public_notice(), more=CERTIFICATE)
        self.second = MemberFactory(union=union, role=Role.OFFICE, name="吕复核")
        self.campaign.rules_data["awards"][0]["to"]["stage"] = to
        self.campaign.rules_data = dict(self.campaign.rules_data)
        self.campaign.save()

    def decide_on(self, *names: str) -> list[Any]:
        people = [self.apply(name) for name in names]
        self.qualify("qualification", *people)
        self.open("final")
        self.resolve("final", confirm=people)
        self.close("final")
        return people


@pytest.mark.parametrize("to", ["final", "notice"])
def test_titles_decided_before_the_notice_are_conferred_after_it(union: Union, to: str) -> None:
    scene = DecidedFirst(union, to=to)
    zhao, qian = scene.decide_on("赵建国", "钱秀兰")

    with pytest.raises(Refused, match="“社会公示”未开始，结束后才能授予"):
        scene.confer()
    assert where_it_stands(zhao).label == "审定：通过"
    scene.open("notice")
    scene.publish()
    objection, _code = scene.object(qian)
    scene.answer(objection, upheld=True, excludes=True, ground="成果与申报不符")
    with pytest.raises(Refused, match="“社会公示”进行中，结束后才能授予"):
        scene.confer()
    scene.run_out()
    with pytest.raises(Refused, match="结束后才能授予"):
        scene.confer()
    scene.close("notice")

    scene.confer()

    assert list(Award.objects.values_list("application__name", flat=True)) == ["赵建国"]
    assert scene.stage("notice").outcomes.get(application=qian).verdict == Verdict.REJECTED
    assert where_it_stands(zhao).label == "审定：通过"
    assert where_it_stands(qian).label == "社会公示：未通过"
    assert awards.queue_certificates(scene.campaign, actor=scene.office, at=scene.now()).total == 1

"""Putting names before the public: versions, windows, digests, what stands on the lines."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.db.utils import DatabaseError

from applications.models import Application
from applications.states import State
from campaigns.services import cancel_campaign, confirm_calendar_year
from publicity import selectors, wording
from publicity.models import NoticeLine, NoticeVersion
from publicity.services import notices
from publicity.services.notices import NoticeText
from review.services.investigations import decide_investigation, open_investigation
from review.services.outcomes import write_outcome
from review.states import Verdict
from tests.factories import SHANGHAI, ApplicationFactory, MemberFactory
from tests.publicity.scene import TEXT, Scene, public_notice
from tests.review import stagecraft
from tests.review.stagecraft import Play, expert_review, final, qualification
from unions import vault
from unions.models import AuditEntry, Union
from unions.permits import Refused
from unions.states import Role


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


# --- publishing --------------------------------------------------------------------------------------------------------


def test_a_notice_shows_everybody_who_came_into_the_stage_by_the_strokes_of_surnames(scene: Scene) -> None:
    zhao, qian, sun = scene.to_notice("赵建国", "钱秀兰", "孙志强")
    people = [sun, zhao, qian]

    version = scene.publish()

    assert version.version == 1
    assert [line.application_id for line in selectors.lines_of(version)] == [person.pk for person in people]
    assert selectors.lines_of(version)[0].cells[:2] == [("孙志强", "姓名"), ("示例机床厂", "工作单位")]
    assert selectors.order_words(["name"]) == "按姓氏笔画排列"
    assert selectors.version_holds(version)
    entry = AuditEntry.objects.get(action="notice.published")
    assert entry.after == {
        "version": 1,
        "sha256": version.sha256,
        "from": str(version.starts_on),
        "to": str(version.ends_on),
    }


@pytest.mark.parametrize(
    ("rule", "published", "first", "last"),
    [
        ({"length": {"days": 5, "unit": "working"}}, at(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 30)),
        ({"length": {"days": 5, "unit": "working"}, "day_one": "same_day"}, at(2026, 3, 23), date(2026, 3, 23), date(2026, 3, 27)),
        # 清明 2026: 4–6 April are days of rest
        ({"length": {"days": 3, "unit": "working"}}, at(2026, 4, 3), date(2026, 4, 7), date(2026, 4, 9)),
        # seven calendar days from Saturday on; the last one is a Friday
        ({"length": {"days": 7, "unit": "calendar"}}, at(2026, 3, 27), date(2026, 3, 28), date(2026, 4, 3)),
        # the eighth day would be a day of rest: 民法典 第二百零三条
        ({"length": {"days": 8, "unit": "calendar"}}, at(2026, 3, 27), date(2026, 3, 28), date(2026, 4, 7)),
        ({"length": {"days": 1, "unit": "calendar"}, "day_one": "same_day"}, at(2026, 3, 27), date(2026, 3, 27), date(2026, 3, 27)),
    ],
)  # fmt: skip
def test_the_window_is_counted_as_the_rules_say(
    union: Union, rule: dict[str, Any], published: datetime, first: date, last: date
) -> None:
    scene = Scene(union, notice=rule)
    scene.to_notice("赵建国")

    version = scene.publish(published)

    assert (version.starts_on, version.ends_on) == (first, last)


def test_a_window_into_an_unknown_year_is_refused_until_an_officer_confirms_it(
    scene: Scene, in_notice: list[Application], union: Union
) -> None:
    with pytest.raises(Refused, match=r"2027年.*工作日历"):
        scene.publish(at(2026, 12, 28))

    admin = MemberFactory(union=union, role=Role.ADMIN)
    rests = {date(2027, 1, day): False for day in (1,)} | {
        date(2027, month, day): False for month, day in ((5, 1), (10, 1), (10, 2), (10, 3))
    }
    confirm_calendar_year(union, 2027, rests, actor=admin, at=scene.now())
    assert scene.publish(at(2026, 12, 28)).ends_on == date(2027, 1, 5)


def test_a_notice_is_published_once(scene: Scene, in_notice: list[Application]) -> None:
    scene.publish()

    with pytest.raises(Refused, match="更正公示"):
        scene.publish()


@pytest.mark.parametrize("missing", ["title", "foreword", "contact"])
def test_a_notice_says_everything(scene: Scene, in_notice: list[Application], missing: str) -> None:
    words = {"title": "公示", "foreword": "现予公示", "contact": "示例区总工会", missing: "  "}

    with pytest.raises(Refused, match="都要填写"):
        scene.publish(text=NoticeText(**words))


def test_a_notice_without_names_is_refused(scene: Scene) -> None:
    someone = scene.apply()
    scene.qualify("qualification", rejecting=[someone])
    scene.open("notice")

    with pytest.raises(Refused, match="没有进入公示的人选"):
        scene.publish()


def test_a_notice_is_published_while_its_stage_is_open(scene: Scene) -> None:
    with pytest.raises(Refused, match="未开始"):
        scene.publish()


def test_another_kind_of_stage_has_no_notice(scene: Scene) -> None:
    scene.apply()
    scene.open("qualification")

    with pytest.raises(Refused, match="不是公示环节"):
        notices.publish_notice(scene.stage("qualification"), text=TEXT, actor=scene.office, at=scene.now())


def test_a_cancelled_campaign_publishes_nothing(scene: Scene, in_notice: list[Application]) -> None:
    cancel_campaign(scene.campaign, reason="活动调整", actor=scene.office, at=scene.now())

    with pytest.raises(Refused, match="已终止"):
        scene.publish()


@pytest.mark.parametrize(
    "role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]
)
def test_only_the_office_publishes(scene: Scene, in_notice: list[Application], union: Union, role: Role) -> None:
    with pytest.raises(Refused, match="认定办公室"):
        notices.publish_notice(
            scene.stage("notice"), text=TEXT, actor=MemberFactory(union=union, role=role), at=scene.now()
        )


def test_a_person_whose_key_is_gone_cannot_be_put_before_the_public(scene: Scene, in_notice: list[Application]) -> None:
    person = in_notice[0]
    assert person.person.key is not None
    person.person.key.delete()

    with pytest.raises(Refused, match="个人信息已按规定删除"):
        scene.publish()


# --- correcting --------------------------------------------------------------------------------------------------------


def test_a_correction_is_a_new_version_and_restarts_the_clock(scene: Scene, three_in_notice: list[Application]) -> None:
    first = scene.publish(at(2026, 3, 23))

    second = scene.correct(at(2026, 3, 25))

    assert (second.version, second.starts_on, second.ends_on) == (2, date(2026, 3, 26), date(2026, 4, 1))
    assert second.change_reason == "单位名称有误"
    first.refresh_from_db()
    assert (first.starts_on, first.ends_on, first.change_reason) == (date(2026, 3, 24), date(2026, 3, 30), "")
    assert selectors.version_holds(first)
    assert selectors.version_holds(second)
    assert AuditEntry.objects.filter(action="notice.corrected", reason="单位名称有误").count() == 1


def test_a_correction_keeps_the_window_where_the_rules_do_not_restart_it(union: Union) -> None:
    scene = Scene(union, notice={"restart_on_amendment": False})
    scene.to_notice()
    first = scene.publish(at(2026, 3, 23))

    second = scene.correct(at(2026, 3, 25))

    assert (second.starts_on, second.ends_on) == (first.starts_on, first.ends_on)


def test_a_new_name_restarts_the_clock_whatever_the_rules_say(union: Union) -> None:
    scene = Scene(union, notice={"restart_on_amendment": False})
    late = scene.apply("周桂英")
    one = scene.apply("赵建国")
    scene.open("qualification")
    scene.judge(one)
    scene.decide("qualification", one)
    rejected = scene.decide("qualification", late, Verdict.REJECTED, "材料不足")
    scene.close("qualification")
    scene.open("notice")
    scene.publish(at(2026, 3, 23))
    _let_in(scene, rejected)

    second = scene.correct(at(2026, 3, 25))

    assert len(selectors.lines_of(second)) == 2
    assert second.starts_on == date(2026, 3, 26)


def _let_in(scene: Scene, rejected: Any) -> None:
    """As a refilled place does: a standing outcome of an earlier stage that passes."""
    write_outcome(
        rejected.stage,
        rejected.application,
        verdict=Verdict.PASSED,
        reason="递补",
        supersedes=rejected,
        actor=scene.office,
        at=scene.now(),
    )


def test_a_correction_says_why(scene: Scene, in_notice: list[Application]) -> None:
    scene.publish()

    with pytest.raises(Refused, match="说明更正的内容和理由"):
        scene.correct(reason=" ")


def test_a_correction_leaves_out_who_was_disqualified_or_excluded(
    scene: Scene, three_in_notice: list[Application]
) -> None:
    stays, excluded, cheat = three_in_notice
    scene.publish()
    objection, _ = scene.object(excluded)
    scene.answer(objection, upheld=True, excludes=True, ground="成果与申报不符")
    case = open_investigation(cheat, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(case, upheld=True, finding="查实", public_note="材料不实", actor=scene.office, at=scene.now())

    version = scene.correct(reason="去除不再公示的人选")

    assert [line.application_id for line in selectors.lines_of(version)] == [stays.pk]


# --- immutable and provable --------------------------------------------------------------------------------------------


def test_a_published_version_and_its_lines_cannot_be_changed_or_deleted(
    scene: Scene, in_notice: list[Application]
) -> None:
    version = scene.publish()

    for rows in (NoticeVersion.objects.filter(pk=version.pk), NoticeLine.objects.filter(version=version)):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            rows.update(union=scene.union)
        with pytest.raises((ProgrammingError, InternalError, DatabaseError)), transaction.atomic():
            rows._raw_delete(using="default")


def test_a_version_still_holds_after_a_persons_key_is_deleted(scene: Scene, in_notice: list[Application]) -> None:
    person = in_notice[0]
    version = scene.publish()
    assert person.person.key is not None

    person.person.key.delete()

    assert selectors.version_holds(version)
    cells = selectors.lines_of(version)[0].cells
    assert [value for value, _ in cells] == [selectors.ANONYMISED, "", ""]


def test_who_was_anonymised_is_not_named_while_the_key_lives_on_for_another_application(
    scene: Scene, in_notice: list[Application]
) -> None:
    version = scene.publish()

    Application.objects.filter(pk=in_notice[0].pk).update(anonymised_at=scene.now())

    assert selectors.version_holds(version)
    named = [[value for value, _ in line.cells] for line in selectors.lines_of(version)]
    assert [cells[0] == selectors.ANONYMISED for cells in named] == [True] + [False] * (len(in_notice) - 1)
    assert named[0] == [selectors.ANONYMISED, "", ""]


def test_a_version_of_other_words_does_not_hold(scene: Scene, in_notice: list[Application]) -> None:
    version = scene.publish()

    version.foreword += "另有一人。"

    assert not selectors.version_holds(version)


@pytest.mark.parametrize("broken", ["sealed", "digest"])
def test_a_version_with_a_forged_line_does_not_hold(scene: Scene, in_notice: list[Application], broken: str) -> None:
    person = in_notice[0]
    published = scene.publish()
    assert person.person.key is not None
    forged = NoticeVersion(
        **{field.attname: getattr(published, field.attname) for field in NoticeVersion._meta.concrete_fields}
        | {"id": None, "version": 2}
    )
    line = NoticeLine(
        union=scene.union,
        application=person,
        position=1,
        sealed="x" if broken == "sealed" else vault.seal(person.person.key, '["钱某"]'),
        digest=published.lines.get().digest,
    )
    forged.sha256 = selectors.version_digest(forged, [line])
    forged.save(force_insert=True)
    line.version = forged
    line.save(force_insert=True)

    assert not selectors.version_holds(forged)


# --- what the lines show -----------------------------------------------------------------------------------------------


EMPLOYER = '{ id = "employer", type = "text", label = "工作单位" },'
PERSONAL = """
  { id = "home", type = "text", label = "家庭情况", personal = true },
  { id = "id_no", type = "national_id", label = "身份证号码", personal = true },
  { id = "mobile", type = "phone", label = "手机", personal = true },
"""
CELLS = '{ field = "level" }, { field = "home" }, { field = "id_no" }, { field = "mobile" },'


@pytest.fixture
def form_with_personal_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invented form that asks for an ID number, a phone and a personal text."""
    head = stagecraft._HEAD.replace(EMPLOYER, EMPLOYER + PERSONAL).replace('{ field = "level" },', CELLS)
    monkeypatch.setattr(stagecraft, "_HEAD", head.replace("columns = 8, rows", "columns = 11, rows"))


@pytest.mark.usefixtures("form_with_personal_fields")
def test_no_personal_column_and_no_number_written_into_a_text_is_ever_shown(union: Union) -> None:
    scene = Scene(union, notice={"columns": ["name", "home", "deeds", "age", "unit", "number"]})
    given = {"age": 41, "home": "独居", "id_no": "330112197503162319", "mobile": "19900001234"}
    scene.to_notice("赵建国", deeds="本人身份证330112197503162319，电话19900001234，专利ZL201510123456", **given)

    version = scene.publish()

    assert [column["id"] for column in version.columns] == ["name", "deeds", "age", "unit", "number"]
    text = str(selectors.lines_of(version))
    for secret in ("独居", "330112197503162319", "19900001234"):
        assert secret not in text
    assert "专利ZL201510123456" in text
    assert "3301**********2319" in text


def test_columns_that_the_product_knows_have_labels_and_ranks_are_shown(union: Union) -> None:
    play = Play(
        union,
        qualification(),
        expert_review(passes={"max": 2, "setting": True}),
        public_notice(columns=["rank", "number", "name"]),
        final(),
    )
    people = [play.apply(name) for name in ("赵建国", "钱秀兰")]
    play.qualify("qualification", *people)
    play.review("review", {people[0].pk: 70, people[1].pk: 90})
    play.close("review")
    stage = play.open("notice")

    version = notices.publish_notice(stage, text=TEXT, actor=play.office, at=play.now())

    assert [column["label"] for column in version.columns] == ["名次", "受理编号", "姓名"]
    shown = [[value for value, _ in line.cells] for line in selectors.lines_of(version)]
    assert [(rank, name) for rank, _, name in shown] == [("1", "钱秀兰"), ("2", "赵建国")]


def test_who_never_handed_in_shows_nothing_of_a_draft(scene: Scene) -> None:
    draft = ApplicationFactory(campaign=scene.campaign, state=State.DRAFT, name="赵建国")

    assert selectors.notice_rows(scene.stage("notice"), [draft], [selectors.Column("name", "姓名")]) == [[""]]


# --- the draft of its words --------------------------------------------------------------------------------------------


def test_the_first_draft_names_basis_way_days_and_office(scene: Scene) -> None:
    stage = scene.stage("notice")
    union = stage.union
    union.contact_phone, union.contact_address, union.office_name = "0571-00000000", "示例路1号", "示例办公室"

    draft = wording.notice_defaults(stage)

    assert draft["title"] == "关于“示例工匠”人选的公示"
    for words in ("《关于开展示例工匠认定工作的通知》（示工发〔2026〕1号）", "经资格审核，", "公示期为5个工作日"):
        assert words in draft["foreword"]
    assert draft["contact"] == "受理部门：示例办公室\n联系电话：0571-00000000\n联系地址：示例路1号"


def test_a_first_stage_in_calendar_days_with_channels_and_its_own_words_on_objections(union: Union) -> None:
    play = Play(
        union,
        public_notice(
            length={"days": 7, "unit": "calendar"},
            channels=["报纸", "网站"],
            objections={"text": "请实名反映", "named": True, "setting": True},
        ),
        final(),
    )

    draft = wording.notice_defaults(play.stage("notice"))

    assert "号），现将“示例工匠”人选名单予以公示" in draft["foreword"]
    assert "公示期为7日。\n请实名反映\n公示渠道：报纸、网站。" in draft["foreword"]
    assert draft["contact"] == "受理部门：示例工匠认定办公室"

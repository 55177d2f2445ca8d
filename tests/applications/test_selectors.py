"""Reads: the check list, waivers, timeline, what lists show."""

from datetime import timedelta

import pytest

from applications import selectors, selectors_inbox, services, tasks
from applications.models import Application, Person
from applications.states import TONES, TRANSITIONS, State
from campaigns.models import Campaign
from campaigns.rules.engine import Verdict
from campaigns.rules.facts import WaiverState
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory
from unions.permits import Refused
from unions.states import Role


def _save(application, **answers):
    return services.save_draft(
        application, answers=answers, revision=application.revision, actor=application.filled_by, at=IN_TIME
    )


def test_every_state_has_a_way_and_a_look():
    assert set(TRANSITIONS) == set(State) == set(TONES)


def test_the_check_list_of_a_complete_application_blocks_nothing(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.DRAFT)

    items = selectors.submit_checklist(application, IN_TIME)

    assert selectors.blockers(items) == []
    assert "照片已上传" in [item.text for item in items]
    assert {item.verdict for item in items if item.verdict} <= {"holds", "needs_judgement"}


def test_the_check_list_names_places_and_clauses(draft):
    items = selectors.blockers(selectors.submit_checklist(draft, IN_TIME))

    photo = next(item for item in items if item.slot == "photo")
    identity = next(item for item in items if item.slot == "identity")
    deeds = next(item for item in items if item.section == "story")
    assert photo.text == "照片尚未上传"
    assert (identity.text, identity.clause) == ("身份证明尚未上传", "七（三）")
    assert deeds.text == "主要事迹：请填写此栏"


def test_what_is_declared_wants_its_proof(draft):
    draft = _save(draft, skill_level="技师", conditions=["innovation"], _waivers=["outstanding"])

    texts = [item.text for item in selectors.blockers(selectors.submit_checklist(draft, IN_TIME))]

    assert "职业资格证书尚未上传" in texts
    assert "重大创造或革新：请上传证明材料（主要成果证明）" in texts
    assert "豁免“有突出贡献的可不受年龄限制”：请上传证明材料（主要成果证明）" in texts


def test_a_must_that_fails_is_told_but_does_not_block(draft):
    draft = _save(draft, years_working_local=1)

    item = next(item for item in selectors.submit_checklist(draft, IN_TIME) if item.text == "在临安工作不少于3年")

    assert (item.ok, item.blocks, item.verdict, item.strength, item.clause) == (
        False,
        False,
        "fails",
        "must",
        "三（二）",
    )


def test_a_form_without_a_photo_asks_for_none(draft, campaign):
    data = dict(campaign.rules_data)
    sections = [dict(section) for section in data["form"]["sections"]]
    sections[0]["fields"] = [field for field in sections[0]["fields"] if field["type"] != "photo"]
    data["form"] = {**data["form"], "sections": sections}
    draft.campaign.rules_data = data

    assert not any(item.slot == "photo" for item in selectors.submit_checklist(draft, IN_TIME))
    assert selectors.slot_of(draft, "photo").label == "照片"


# --- findings and waivers --------------------------------------------------------------------------------------------


def test_findings_follow_judgements_and_waivers(campaign):
    old = factories.invented_id_number(born=IN_TIME.date().replace(year=1950))
    application = ApplicationFactory(campaign=campaign, national_id=old, _waivers=["outstanding"])

    claimed = selectors.findings_of(application)
    judged = selectors.findings_of(
        application, judgements={"character": True}, waivers={"outstanding": WaiverState.ACCEPTED}
    )

    assert claimed["age"].verdict == Verdict.WAIVER_CLAIMED
    assert judged["age"].verdict == Verdict.WAIVED
    assert judged["character"].verdict == Verdict.HOLDS


def test_a_waiver_stands_open_only_where_the_rule_does_not_hold(draft):
    young = selectors.open_waivers(draft, {}, selectors.findings_of(draft))
    old = factories.invented_id_number(born=IN_TIME.date().replace(year=1950))
    answers = {"national_id": old}

    found = selectors.open_waivers(draft, answers, selectors.findings_of(draft, answers=answers))

    assert young == ()
    assert [(item.id, item.rule, item.clause, item.asked) for item in found] == [
        ("outstanding", "年龄", "三（二）", False)
    ]


def test_display_answers_cut_numbers_and_know_what_lists_know(campaign):
    application = ApplicationFactory(campaign=campaign, conditions=["teaching"], name="田秀兰")

    shown = selectors.display_answers(application)

    assert shown["name"] == "田秀兰"
    assert "*" in shown["national_id"]
    assert (shown["number"], shown["channel"], shown["unit"]) == (application.number, "个人自荐", "")
    assert shown["conditions"] == "传授技艺、带徒育人"
    assert shown["age"] == "51"
    assert selectors.display_answers(application, {})["age"] == ""


def test_the_sheet_of_a_form_reads_in_sections(campaign):
    application = ApplicationFactory(campaign=campaign)

    sections = selectors.sheet(application, selectors.current_answers(application))

    assert [section.title for section in sections][:2] == ["基本情况", "工作情况"]
    assert any(field.personal for field in sections[0].fields)


# --- slots -----------------------------------------------------------------------------------------------------------


def test_slots_say_what_they_take(draft):
    photo = selectors.slot_of(draft, "photo")
    scan = selectors.slot_of(draft, "sealed_form")
    identity = selectors.slot_of(draft, "identity")

    assert (photo.kinds, photo.verb, photo.takes_pages) == ("手机照片", "拍照或选择文件", False)
    assert "image/heic" in photo.accept_types
    assert (scan.max_files, identity.max_files, identity.input_id) == (1, 20, "file-identity")
    assert (photo.wanted, scan.wanted) == (True, False)


def test_slots_say_what_a_further_file_does(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    files = selectors.current_materials(application)

    assert "替换原来的" in selectors.slot_of(application, "photo", files).verb
    assert selectors.slot_of(application, "identity", files).verb == "再加一份"
    assert selectors.Slot("x", "x", accept=("pdf",)).kinds == "PDF"


# --- the timeline ----------------------------------------------------------------------------------------------------


def _labels(application):
    return [item.label for item in selectors.intake_timeline(application)]


def test_a_draft_says_until_when(draft):
    last = selectors.intake_timeline(draft)[-1]

    assert (last.label, last.state) == ("填写并提交", "active")
    assert last.text == "请在 2026年3月20日（星期五）23:59前提交"


def test_the_timeline_of_an_endorsed_application(campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer)

    assert _labels(application) == ["开始填写", "递交申报", "推荐单位同意推荐", "认定办公室收到申报"]
    assert selectors.intake_timeline(application)[0].text == "申报渠道：工会组织推荐（示例镇总工会）"


def test_the_timeline_of_one_that_waits_and_one_that_was_declined(campaign, town, officer):
    waiting = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    assert _labels(waiting)[-1] == "等待示例镇总工会审核推荐"

    services.endorse_application(waiting, decision="declined", opinion="名额有限", actor=officer, at=IN_TIME)
    waiting.refresh_from_db()

    assert "推荐单位未予推荐" in _labels(waiting)


def test_the_timeline_of_a_returned_and_mended_one(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    row = next(item for item in selectors.intake_timeline(application) if item.label == "退回补正")
    assert "请在 2026年3月15日（星期日）09:00前补正" in row.text
    assert _labels(application)[-1] == "等您补正后重新提交"
    field = application.returns.get().items[0]
    services.save_draft(
        application, answers={field: "改好"}, revision=1, actor=application.applicant, at=IN_TIME + timedelta(days=1)
    )
    services.submit_application(application, actor=application.applicant, at=IN_TIME + timedelta(days=1))
    application.refresh_from_db()

    assert _labels(application)[-1] == "第 2 次递交（补正后）"
    mended = next(item for item in selectors.intake_timeline(application) if item.label == "退回补正")
    assert "前补正" not in mended.text


@pytest.mark.parametrize(
    ("state", "label"), [(State.WITHDRAWN, "申报已撤回"), (State.LAPSED, "逾期未提交，本次申报结束")]
)
def test_the_timeline_of_what_has_ended(draft, state, label):
    draft.state = state

    assert _labels(draft)[-1] == label


# --- ways and rows ---------------------------------------------------------------------------------------------------


def test_units_for_a_way(campaign, town):
    rules = campaign.rules
    anything = rules.channel("union").model_copy(update={"files_through": ()})

    assert town in selectors.units_for(campaign, rules.channel("union"))
    assert not selectors.units_for(campaign, rules.channel("self")).exists()
    assert town in selectors.units_for(campaign, anything)


def test_ways_in_which_one_may_put_somebody_forward(campaign, alice, officer):
    assert [channel.id for channel in selectors.nomination_channels(officer, campaign)] == ["union"]
    assert selectors.nomination_channels(alice, campaign) == []


def test_who_reads_which_rows(campaign, town, officer, alice, member):
    mine = services.start_application(campaign, channel="union", unit=town, actor=alice, at=IN_TIME)
    filed = ApplicationFactory(campaign=campaign)
    nominated = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT)

    def seen(actor):
        return set(Application.objects.visible_to(actor).values_list("pk", flat=True))

    assert seen(alice) == {mine.pk}
    assert seen(officer) == {nominated.pk}
    assert seen(member(Role.SUPERVISOR)) == {filed.pk}
    assert seen(member(Role.EXPERT)) == set()
    assert set(Application.objects.for_union(campaign.union).filed()) == {filed}


def test_the_inbox_is_for_those_who_read_what_was_filed(campaign, alice):
    with pytest.raises(Refused, match="由认定办公室办理"):
        selectors_inbox.inbox(campaign, alice, filters={})


def test_rows_read_well(campaign):
    application = ApplicationFactory(campaign=campaign, name="田秀兰")

    assert str(application) == f"{application.number} 田秀兰"
    assert str(application.person) == application.person.name
    assert application.tone == "holds"
    assert not application.materials.first().is_picture


def test_states_are_counted_for_reports(campaign, draft):
    ApplicationFactory(campaign=campaign)

    assert selectors.state_counts(campaign) == {"draft": 1, "submitted": 1}


def test_a_person_is_known_by_the_sign_in(campaign, draft, alice, member):
    assert selectors.person_of(alice) == draft.person
    assert selectors.person_of(member()) is None
    assert list(Person.objects.for_union(campaign.union)) == [draft.person]


def test_a_case_is_read_in_a_constant_number_of_queries(campaign, django_assert_num_queries):
    for _ in range(3):
        ApplicationFactory(campaign=campaign)

    with django_assert_num_queries(5):
        rows = list(selectors.with_case(Application.objects.filter(campaign=campaign)))
        assert all(row.submissions.all()[0].version == 1 for row in rows)


# --- the beat --------------------------------------------------------------------------------------------------------


def test_the_beat_lets_lapse_what_is_overdue_in_every_union(draft, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=IN_TIME - timedelta(days=900), closes_at=IN_TIME - timedelta(days=800)
    )

    assert tasks.lapse_overdue(campaign.union_id, campaign.pk) == 1
    draft.refresh_from_db()
    assert draft.state == State.LAPSED


def test_a_slot_says_how_many_and_on_what():
    assert (
        selectors.Slot("x", "x", copies=2, original=True, max_files=3).how_many
        == "纸质一式 2 份，另须交验原件，至多 3 个文件"
    )
    assert selectors.Slot("x", "x", copies=1, max_files=20).how_many == ""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from applications.models import Return
from applications.states import State
from campaigns.states import StageState
from documents.models import StoredFile
from review.models import Investigation, Judgement, Outcome, SiteVisit
from review.services import investigations, outcomes
from review.states import Case, Verdict
from tests.factories import ApplicationFactory, CampaignFactory, MemberFactory, office_of, sign_in
from tests.kept import kept
from tests.review.pagecraft import end_scoring, jpeg, member_of, resubmit, text
from tests.review.stagecraft import Play, committee, expert_review, final, qualification, site_visit, state_of
from unions import tenancy
from unions.states import Role

READERS = [Role.OFFICE, Role.LEADER, Role.SUPERVISOR]


@kept
def play(union):
    return Play(union, qualification(), final())


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


@kept
def case(play):
    """Somebody about whom nothing is judged yet, with the qualification open."""
    application = play.apply(name="孙秀兰")
    play.open("qualification")
    return application


# --- campaigns and stages ------------------------------------------------------------------------------------------------


def test_whoever_reads_along_sees_campaigns_with_what_waits(play, case, reader):
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("campaigns"))
        assert play.campaign.title in page
        assert "“资格审核”进行中，<strong>1</strong> 人还没有结论" in page


def test_other_roles_do_not_come_in(play, case, reader):
    stage, own = {"stage_pk": play.stage("qualification").pk}, {"pk": case.pk}
    pages = {
        "campaigns": {},
        "campaign": {"campaign_slug": play.campaign.slug},
        "close_stage": stage,
        "open_stage": stage,
        "visits": stage,
        **dict.fromkeys(("case", "decide", "judge", "return_case", "investigate"), own),
    }
    for role in (Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.ADMIN):
        along = reader(play, member_of(play, role))
        answers = {name: along.get(name, **kwargs).status_code for name, kwargs in pages.items()}
        assert answers == dict.fromkeys(pages, 403), role


def test_a_visitor_is_led_to_the_sign_in(play, office, case):
    response = Client().get(office.url("case", pk=case.pk))
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_the_office_of_another_union_finds_nothing(play, office, case, other_union):
    with tenancy.scope(other_union.pk):
        stranger = sign_in(Client(), MemberFactory(union=other_union, role=Role.OFFICE))
    own = office.url("case", pk=case.pk)
    assert stranger.get(own).status_code == 403
    assert stranger.get(own.replace(f"/{play.union.slug}/", f"/{other_union.slug}/")).status_code == 404


def test_without_a_campaign_the_page_says_what_to_do_first(union, reader, member):
    page = text(sign_in(Client(), member(Role.OFFICE)).get(f"/{union.slug}/review/"))
    assert "先在“活动”中发布一次认定活动" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_campaigns_asks_the_same_number_of_questions(union, reader, count, django_assert_num_queries):
    plays = [Play(union, qualification(), final()) for _ in range(count)]
    for play in plays:
        play.apply()
        play.open("qualification")
    office = reader(plays[-1], plays[0].office)
    text(office.get("campaigns"))
    with django_assert_num_queries(10):
        assert text(office.get("campaigns")).count("人还没有结论") == count


@pytest.mark.parametrize("count", [1, 3])
def test_a_campaign_asks_the_same_number_of_questions(play, office, count, django_assert_num_queries):
    for _ in range(count):
        play.apply()
    play.open("qualification")
    text(office.get("campaign", campaign_slug=play.campaign.slug))
    with django_assert_num_queries(29):
        page = text(office.get("campaign", campaign_slug=play.campaign.slug))
    assert page.count("data-row-link") == count


def test_a_campaign_says_what_the_open_stage_lacks_and_leads_to_the_next_case(play, office, case):
    page = text(office.get("campaign", campaign_slug=play.campaign.slug))
    assert "还没有结论：孙秀兰" in page
    assert "办理下一份" in page
    assert office.url("case", pk=case.pk) in page


def test_the_rail_of_the_desk_stays_beside_the_way_of_the_campaign(play, office):
    page = text(office.get("campaign", campaign_slug=play.campaign.slug))
    assert "公示与异议" in page
    assert "申报尚未" not in page
    assert "jx-stage__label" in page


def test_a_supervisor_reads_the_campaign_without_any_verb(play, case, reader):
    page = text(reader(play, member_of(play, Role.SUPERVISOR)).get("campaign", campaign_slug=play.campaign.slug))
    assert "孙秀兰" in page
    assert "结束“资格审核”</a>" not in page
    assert "办理下一份" not in page


def test_standing_is_narrowed_by_stage_and_verdict(play, office):
    passed, waiting = play.apply(name="孙秀兰"), play.apply(name="周志强")
    play.open("qualification")
    play.judge(passed)
    play.decide("qualification", passed)

    def names(query):
        page = text(office.get("campaign", query, campaign_slug=play.campaign.slug))
        return {name for name in ("孙秀兰", "周志强") if f"data-row-link>{name}" in page}

    assert names("") == {"孙秀兰", "周志强"}
    assert names("?stage=qualification&verdict=passed") == {"孙秀兰"}
    assert names("?stage=qualification&verdict=waiting") == {"周志强"}
    assert names("?stage=qualification&verdict=stopped") == set()
    assert names("?stage=qualification") == {"孙秀兰", "周志强"}
    assert names("?q=周志") == {"周志强"}
    assert waiting.name == "周志强"


def test_a_stage_is_opened_after_a_page_that_names_how_many(play, office):
    play.apply()
    stage = play.stage("qualification")
    page = text(office.get("open_stage", stage_pk=stage.pk))
    assert "开始“资格审核”？" in page
    assert "<strong>1</strong> 人" in page

    response = office.post("open_stage", stage_pk=stage.pk)

    assert response.status_code == 302
    assert play.stage("qualification").state == StageState.OPEN


def test_a_stage_that_cannot_open_says_why_and_stays_closed(play, office):
    stage = play.stage("final")
    assert "“资格审核”尚未结束" in text(office.get("open_stage", stage_pk=stage.pk))
    assert "“资格审核”尚未结束" in text(office.post("open_stage", stage_pk=stage.pk))
    assert play.stage("final").state == StageState.WAITING


def test_closing_lists_what_is_missing_and_is_refused_in_place(play, office, case):
    stage = play.stage("qualification")
    for response in (office.get("close_stage", stage_pk=stage.pk), office.post("close_stage", stage_pk=stage.pk)):
        assert "还没有结论：孙秀兰" in text(response)
    assert play.stage("qualification").state == StageState.OPEN


def test_closing_a_stage_says_what_becomes_of_everybody(play, office, case):
    play.judge(case)
    play.decide("qualification", case)
    stage = play.stage("qualification")
    assert "1 人在本环节，1 人通过，0 人不再进入下一环节" in text(office.get("close_stage", stage_pk=stage.pk))
    assert office.post("close_stage", stage_pk=stage.pk).status_code == 302
    assert play.stage("qualification").state == StageState.CLOSED
    page = text(office.get("campaign", campaign_slug=play.campaign.slug))
    assert "开始“审定”" in page


def test_a_departed_should_asks_for_its_reason_in_place(union, reader):
    play = Play(union, qualification(passes={"max": 1, "strength": "should", "setting": True}), final())
    people = [play.apply(), play.apply()]
    play.open("qualification")
    for person in people:
        play.judge(person)
        play.decide("qualification", person)
    office = reader(play, play.office)
    page = text(office.post("close_stage", stage_pk=play.stage("qualification").pk))
    assert "须书面说明理由" in page
    data = {"reason": "两人成绩相当"}
    assert office.post("close_stage", data, stage_pk=play.stage("qualification").pk).status_code == 302


# --- one case ------------------------------------------------------------------------------------------------------------


def test_a_case_shows_findings_form_papers_and_versions(play, case, reader):
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("case", pk=case.pk))
        for words in ("德技双馨", "三（一）", "示例机床厂", "证明材料", "proof.pdf", "第 1 版", "校验码"):
            assert words in page


def test_only_the_office_finds_verbs_on_a_case(play, case, reader):
    assert "不予通过的理由" in text(reader(play, play.office).get("case", pk=case.pk))
    for role in (Role.LEADER, Role.SUPERVISOR):
        page = text(reader(play, member_of(play, role)).get("case", pk=case.pk))
        assert "jx-decide" not in page
        assert "记为不符合" not in page


def test_a_case_that_was_never_filed_is_not_there(play, office):
    draft = ApplicationFactory(campaign=play.campaign, state=State.DRAFT)
    assert office.get("case", pk=draft.pk).status_code == 404


def test_an_open_question_bars_passing_and_says_which(play, office, case):
    assert "现在不能“通过”：请先作出审核判断：品行" in text(office.get("case", pk=case.pk))


def test_a_judgement_is_recorded_and_shown(play, office, case):
    response = office.post("judge", {"rule": "character", "holds": "yes"}, pk=case.pk)
    assert response["Location"].endswith("#rule-character")
    assert Judgement.objects.get().holds
    assert "沈办公" in text(office.get("case", pk=case.pk))


def test_a_refused_judgement_keeps_what_was_typed(play, office, case):
    play.judge(case)
    play.decide("qualification", case)
    page = text(office.post("judge", {"rule": "character", "holds": "no", "reason": "查无实据"}, pk=case.pk))
    assert "已有结论，请先更正结论" in page
    assert Judgement.objects.filter(holds=False).count() == 0


def test_a_judgement_without_its_reason_is_refused_at_the_rule(play, office, case):
    page = text(office.post("judge", {"rule": "character", "holds": "no", "reason": " "}, pk=case.pk))
    assert 'id="judge-character_error"' in page
    assert "请写明不符合的理由" in page


def test_the_panels_rule_is_not_the_offices_to_judge(play, office, case):
    page = text(office.get("case", pk=case.pk))
    assert "由后续环节的评审专家或领导小组判断" in page
    assert 'id="judge-reputation"' not in page


def test_malformed_verbs_change_nothing_and_lead_back_to_the_case(play, office, case):
    wrong = [("judge", {}), ("judge", {"rule": "character", "holds": "perhaps"}), ("decide", {"decision": "nonsense"})]
    for name, data in wrong:
        assert office.post(name, data, pk=case.pk)["Location"] == office.url("case", pk=case.pk)
        assert office.get(name, pk=case.pk)["Location"] == office.url("case", pk=case.pk)
    assert not Judgement.objects.exists()
    assert not Outcome.objects.exists()


def test_a_waiver_is_accepted_on_its_own_evidence(play, office):
    application = play.apply(age=61, _waivers=["contribution"])
    play.open("qualification")
    assert "准予免除" in text(office.get("case", pk=application.pk))
    office.post("judge", {"rule": "contribution", "holds": "yes"}, pk=application.pk)
    assert "认可证明" in text(office.get("case", pk=application.pk))


def test_deciding_opens_the_next_case_of_the_queue(play, office):
    first, second = play.apply(), play.apply()
    play.open("qualification")
    play.judge(first)
    play.judge(second)
    assert office.post("decide", {"decision": "passed"}, pk=first.pk)["Location"] == office.url("case", pk=second.pk)
    last = office.post("decide", {"decision": "rejected", "reason": "材料不足"}, pk=second.pk)
    assert last["Location"] == office.url("campaign", campaign_slug=play.campaign.slug)
    assert {row.verdict for row in Outcome.objects.all()} == {Verdict.PASSED, Verdict.REJECTED}


def test_a_refused_decision_keeps_its_reason_where_it_was_typed(play, office, case):
    page = text(office.post("decide", {"decision": "passed_with_reason", "reason": "技艺超群"}, pk=case.pk))
    assert "请先作出审核判断" in page
    assert not Outcome.objects.exists()
    play.judge(case)
    page = text(office.post("decide", {"decision": "rejected", "reason": "  "}, pk=case.pk))
    assert "请填写不予通过的理由" in page
    assert 'id="decide-rejected_error"' in page


def test_a_condition_that_nobody_claimed_is_held_against_nobody(union, reader):
    application = ApplicationFactory(campaign=CampaignFactory(union=union))
    page = text(reader(Play(union, qualification(), final()), office_of(union)).get("case", pk=application.pk))
    assert "未申报此项" in page


def test_without_an_open_stage_nothing_can_be_decided(play, office):
    application = play.apply()
    for name in ("decide", "return_case"):
        response = office.post(name, {"decision": "passed"}, pk=application.pk)
        assert response["Location"] == office.url("case", pk=application.pk)
    assert "没有进行中的环节" in text(office.get("case", pk=application.pk))


def test_who_is_still_mending_is_not_the_next_to_be_decided(play, office, case):
    second = play.apply(name="周志强")
    outcomes.return_for_correction(
        play.stage("qualification"),
        case,
        reason="补正",
        items=["deeds"],
        deadline=play.now() + timedelta(days=3),
        actor=play.office,
        at=play.now(),
    )

    page = text(office.get("campaign", campaign_slug=play.campaign.slug))
    assert f'href="{office.url("case", pk=second.pk)}" data-key="n"' in page
    play.judge(second)
    play.decide("qualification", second)
    assert "办理下一份" not in text(office.get("campaign", campaign_slug=play.campaign.slug))


def test_a_case_is_returned_with_items_reason_and_deadline(play, office, case):
    page = text(office.get("return_case", pk=case.pk))
    assert "主要事迹" in page
    data = {"items": ["deeds", "proof"], "reason": "请补充实绩", "deadline": "2026-03-30"}
    response = office.post("return_case", data, pk=case.pk)
    assert response["Location"] == office.url("campaign", campaign_slug=play.campaign.slug)
    row = Return.objects.get()
    assert (row.items, row.deadline.isoformat()) == (["deeds", "proof"], "2026-03-30T15:59:59+00:00")
    assert state_of(case) == State.RETURNED
    assert "请补充实绩" in text(office.get("case", pk=case.pk))


def test_a_refused_return_keeps_everything(play, office, case):
    data = {"items": ["deeds"], "reason": "请补充实绩", "deadline": "2026-03-01"}
    page = text(office.post("return_case", data, pk=case.pk))
    assert "补正期限须晚于现在" in page
    assert "请补充实绩" in page
    assert 'value="2026-03-01"' in page
    assert "checked" in page
    assert "请至少勾选一项" in text(office.post("return_case", {"reason": "x"}, pk=case.pk))


def test_the_deadline_offered_is_the_rules_own(union, reader):
    corrections = {"within": {"days": 5, "unit": "working"}, "times": 1, "setting": True}
    play = Play(union, qualification(corrections=corrections), final())
    application = play.apply()
    play.open("qualification")
    page = text(reader(play, play.office).get("return_case", pk=application.pk))
    assert 'value="2026-03-30"' in page  # five working days after Monday 23 March


def test_what_a_correction_changed_stands_beside_the_version(play, office, case):
    outcomes.return_for_correction(
        play.stage("qualification"),
        case,
        reason="请补充",
        items=["deeds"],
        deadline=play.now().replace(month=4),
        actor=play.office,
        at=play.now(),
    )
    resubmit(play, case, deeds="三十年焊接不辍")
    page = text(office.get("case", pk=case.pk))
    assert "与上一版相比改了 1 处" in page
    assert "<ins>三十年焊接不辍</ins>" in page


def test_an_outcome_is_corrected_with_a_reason_and_the_old_one_stays_visible(play, office, case):
    play.judge(case)
    outcome = play.decide("qualification", case)
    assert "更正结论" in text(office.get("case", pk=case.pk))
    assert "现在的结论：通过" in text(office.get("correct", outcome_pk=outcome.pk))
    refused = {"verdict": "rejected", "reason": " "}
    assert office.post("correct", refused, outcome_pk=outcome.pk).status_code == 200
    data = {"verdict": "rejected", "reason": "复核发现材料不足"}
    assert office.post("correct", data, outcome_pk=outcome.pk).status_code == 302
    page = text(office.get("case", pk=case.pk))
    assert "（已更正）" in page
    assert "复核发现材料不足" in page
    page = text(office.post("correct", data, outcome_pk=outcome.pk))
    assert "该结论已被更正" in page
    assert "复核发现材料不足" in page


def test_a_case_left_out_of_the_stage_says_so(play, office):
    rejected, passed = play.apply(), play.apply()
    play.qualify("qualification", passed, rejecting=[rejected])
    play.open("final")
    assert "不在“审定”的人选中" in text(office.get("case", pk=rejected.pk))
    assert "下一份" not in text(office.get("case", pk=passed.pk))


# --- visits ----------------------------------------------------------------------------------------------------------------


@kept
def visiting(union):
    play = Play(union, qualification(), site_visit(checklist=[{"id": "skill", "label": "操作"}], photos=1), final())
    application = play.apply(name="吕立新")
    play.qualify("qualification", application)
    play.open("visit")
    return play, application


VISIT = {
    "visited_on": "2026-03-23",
    "place": "示例机床厂一车间",
    "team": "沈办公、吕同志",
    "finding": "操作熟练",
    "check-skill": "优秀",
}


def test_a_visit_is_recorded_with_its_points_and_photo(visiting, reader):
    play, application = visiting
    office = reader(play, play.office)
    stage = play.stage("visit")
    assert "已考察 0 人，共 1 人" in text(office.get("visits", stage_pk=stage.pk))
    kwargs = {"stage_pk": stage.pk, "application_pk": application.pk}
    assert "操作" in text(office.get("record_visit", **kwargs))

    response = office.post("record_visit", {**VISIT, "photos": [jpeg("现场.jpg")]}, **kwargs)

    assert response["Location"] == office.url("visits", stage_pk=stage.pk)
    visit = SiteVisit.objects.get()
    assert (visit.team, visit.checklist) == ("沈办公、吕同志", {"skill": "优秀"})
    assert "已考察 1 人" in text(office.get("visits", stage_pk=stage.pk))
    page = text(office.get("case", pk=application.pk))
    assert "操作熟练" in page
    photo = office.get("visit_photo", photo_pk=visit.photos.get().pk)
    assert photo["Content-Type"] == "image/jpeg"
    assert "新的记录保存后以新的为准" in text(office.get("record_visit", **kwargs))


def test_a_refused_visit_keeps_what_was_typed_and_no_file(visiting, reader):
    play, application = visiting
    office = reader(play, play.office)
    kwargs = {"stage_pk": play.stage("visit").pk, "application_pk": application.pk}
    refused = [
        ({"team": "沈办公"}, jpeg(), "考察人员应至少 2 人"),
        ({"visited_on": "2026-04-30"}, jpeg(), "考察日期不能晚于今天"),
        ({}, jpeg(content=b"not a picture"), "考察照片："),
    ]
    kept = StoredFile.objects.count()
    for change, photo, said in refused:
        page = text(office.post("record_visit", {**VISIT, **change, "photos": [photo]}, **kwargs))
        assert said in page
        assert "操作熟练" in page
    assert not SiteVisit.objects.exists()
    assert StoredFile.objects.count() == kept


def test_a_stage_without_visits_has_no_record_page(play, office, case):
    kwargs = {"stage_pk": play.stage("qualification").pk, "application_pk": case.pk}
    assert office.get("record_visit", **kwargs).status_code == 404
    assert "还没有要考察的人选" in text(office.get("visits", stage_pk=play.stage("final").pk))


def test_a_visit_early_in_the_morning_is_todays_where_the_union_is(union):
    play = Play(union, qualification(), site_visit(), final())
    application = play.apply()
    play.qualify("qualification", application)
    play.open("visit")
    early = datetime(2026, 3, 23, 23, 30, tzinfo=UTC)  # 07:30 on the 24th
    assert play.visit("visit", application, visited_on=date(2026, 3, 24), at=early).visited_on == date(2026, 3, 24)


def test_a_visit_without_a_photo_has_none_to_show(union, reader):
    play = Play(union, qualification(), site_visit(), final())
    application = play.apply()
    play.qualify("qualification", application)
    play.open("visit")
    play.visit("visit", application)
    office = reader(play, play.office)
    assert "现场考察照片" not in text(office.get("case", pk=application.pk))
    assert office.get("visit_photo", photo_pk=1).status_code == 404


# --- false material --------------------------------------------------------------------------------------------------------


def test_false_material_is_looked_into_and_decided_with_a_public_note(play, office, case):
    assert "立案核查" in text(office.get("investigate", pk=case.pk))
    response = office.post("investigate", {"allegation": "证书编号查无此证"}, pk=case.pk)
    found = Investigation.objects.get()
    assert response["Location"] == office.url("investigation", investigation_pk=found.pk)
    assert "证书编号查无此证" in text(office.get("case", pk=case.pk))
    page = text(office.post("investigate", {"allegation": "又有反映"}, pk=case.pk))
    assert "该申报正在核查" in page
    assert "又有反映" in page

    refused = {"upheld": "yes", "finding": "发证机关答复无此证", "public_note": ""}
    page = text(office.post("investigation", refused, investigation_pk=found.pk))
    assert "请填写对外公开的说明" in page
    assert "发证机关答复无此证" in page
    data = {**refused, "public_note": "证书不实"}
    assert office.post("investigation", data, investigation_pk=found.pk).status_code == 302

    assert Investigation.objects.get().state == Case.UPHELD
    assert "取消资格" in text(office.get("case", pk=case.pk))
    assert "证书不实" in text(office.get("investigation", investigation_pk=found.pk))


def test_leading_group_and_supervisor_read_an_investigation_and_cannot_decide_it(play, case, reader):
    found = investigations.open_investigation(case, allegation="材料不实", actor=play.office, at=play.now())
    for role in (Role.LEADER, Role.SUPERVISOR):
        along = reader(play, member_of(play, role))
        assert "材料不实" in text(along.get("investigation", investigation_pk=found.pk))
        data = {"upheld": "no", "finding": "查无此事"}
        text(along.post("investigation", data, investigation_pk=found.pk))
    assert Investigation.objects.get().state == Case.OPEN


# --- scores on a case ------------------------------------------------------------------------------------------------------


def test_scores_stand_on_a_case_only_after_scoring_has_ended(union, reader):
    play = Play(union, qualification(), expert_review(), committee(), final())
    application = play.apply(name="许玉珍")
    play.qualify("qualification", application)
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    play.score_all(panel, {application.pk: 87})
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("case", pk=application.pk))
        assert "评分封存中" in page
        assert "87.00" not in page
        assert ">87<" not in page
    end_scoring(play, panel)
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("case", pk=application.pk))
        assert "第 1 名，87.00 分" in page

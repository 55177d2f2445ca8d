import pytest

from review.models import Outcome, Resolution
from review.services import investigations
from review.states import Subject, Verdict
from tests.kept import kept
from tests.review.pagecraft import member_of, minutes, text
from tests.review.placecraft import WOMEN, category, composition, notice, programme, tier
from tests.review.stagecraft import Play, committee, expert_review, final, qualification
from unions.states import Role


@kept
def play(union):
    return Play(union, qualification(), final(), quota={"places": 2})


@pytest.fixture
def leader(play, reader):
    return reader(play, play.leader)


@kept
def three(play):
    """Three people before the final approval, which confers two titles."""
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.qualify("qualification", *people)
    play.open("final")
    return people


def choices(confirm=(), strike=(), **reasons):
    data = {f"case-{one.pk}-decision": "confirm" for one in confirm}
    data |= {f"case-{one.pk}-decision": "strike" for one in strike}
    return data | {f"case-{pk.removeprefix('r')}-reason": words for pk, words in reasons.items()}


# --- what waits --------------------------------------------------------------------------------------------------------------


def test_with_nothing_to_resolve_the_page_says_so(play, leader):
    assert "现在没有等待领导小组决议的事项" in text(leader.get("group"))


@pytest.mark.parametrize("role", [Role.OFFICE, Role.EXPERT, Role.APPLICANT, Role.ADMIN])
def test_other_roles_do_not_come_in(play, three, reader, role):
    along = reader(play, member_of(play, role))
    assert along.get("group").status_code == 403
    for name in ("confirm_list", "resolve", "quota"):
        assert along.get(name, stage_pk=play.stage("final").pk).status_code == 403


def test_the_supervisor_reads_what_waits_and_resolves_nothing(play, three, reader):
    along = reader(play, member_of(play, Role.SUPERVISOR))
    page = text(along.get("group"))
    assert "审定" in page
    assert "记录决议</a>" not in page
    assert along.post("resolve", {}, stage_pk=play.stage("final").pk).status_code == 403


def test_the_final_approval_waits_for_the_group(play, three, leader):
    page = text(leader.get("group"))
    assert "涉及 <strong>3</strong> 人" in page
    assert leader.url("resolve", stage_pk=play.stage("final").pk) in page


# --- the panel ---------------------------------------------------------------------------------------------------------------


def test_a_panel_is_approved_by_resolution(union, reader):
    play = Play(union, qualification(), expert_review(panel={"approved_by": "leading_group"}), final())
    leader, stage = reader(play, play.leader), play.stage("review")
    assert leader.get("approve_panel", stage_pk=stage.pk).status_code == 404
    panel = play.form_panel("review")
    assert "专家评审：审核评审团队" in text(leader.get("group"))
    page = text(leader.get("approve_panel", stage_pk=stage.pk))
    assert "示例焊接研究所" in page
    assert "三分之二以上出席" in page

    page = text(leader.post("approve_panel", minutes(play, present=1, in_favour=1), stage_pk=stage.pk))
    assert "未达到应到 3 人的三分之二以上" in page
    assert "经会议讨论决定" in page
    assert leader.post("approve_panel", minutes(play), stage_pk=stage.pk).status_code == 302

    panel.refresh_from_db()
    assert panel.approved_at is not None
    assert Resolution.objects.get().subject == Subject.PANEL
    assert "没有待审核的评审专家" in text(leader.get("approve_panel", stage_pk=stage.pk))
    assert "最近的决议" in text(leader.get("group"))


# --- a list ------------------------------------------------------------------------------------------------------------------


def test_a_list_is_confirmed_once_it_is_made(union, reader):
    play = Play(union, qualification(confirmed_by="leading_group"), final())
    application = play.apply(name="许玉珍")
    play.open("qualification")
    leader, stage = reader(play, play.leader), play.stage("qualification")
    page = text(leader.get("group"))
    assert "尚未形成的名单" in page
    assert "还没有结论：许玉珍" in page
    assert "名单尚未形成" in text(leader.get("confirm_list", stage_pk=stage.pk))
    play.judge(application)
    play.decide("qualification", application)
    assert "资格审核：确认名单" in text(leader.get("group"))
    assert "许玉珍" in text(leader.get("confirm_list", stage_pk=stage.pk))

    assert leader.post("confirm_list", minutes(play), stage_pk=stage.pk).status_code == 302

    assert Resolution.objects.get().subject == Subject.LIST
    assert "现在没有等待领导小组决议的事项" in text(leader.get("group"))


def test_a_list_that_needs_no_confirmation_says_so(play, three, leader):
    assert "不需另行确认" in text(leader.get("confirm_list", stage_pk=play.stage("final").pk))


def test_a_tie_waits_for_whoever_decides_it(union, reader):
    play = Play(union, qualification(), expert_review(), final())
    people = [play.apply(name="孙秀兰"), play.apply(name="周志强")]
    play.qualify("qualification", *people)
    play.review("review", {person.pk: 80 for person in people})
    play.cut("review", 1)
    page = text(reader(play, play.leader).get("group"))
    assert "专家评审：裁定并列" in page
    assert "涉及 <strong>2</strong> 人" in page


def test_a_list_of_a_stage_that_has_not_begun_cannot_be_confirmed(union, reader):
    play = Play(union, qualification(confirmed_by="leading_group"), final())
    page = text(reader(play, play.leader).get("confirm_list", stage_pk=play.stage("qualification").pk))
    assert "环节进行中才能确认名单" in page


# --- confirming and striking ---------------------------------------------------------------------------------------------------


def test_only_a_stage_that_is_resolved_has_a_resolution(play, leader):
    assert leader.get("resolve", stage_pk=play.stage("qualification").pk).status_code == 404


def test_a_stage_that_is_not_open_cannot_be_resolved_on(play, leader):
    assert "环节进行中才能作出决议" in text(leader.get("resolve", stage_pk=play.stage("final").pk))


def test_a_resolution_confers_within_the_quota(play, three, leader):
    stage = play.stage("final")
    page = text(leader.get("resolve", stage_pk=stage.pk))
    for words in ("孙秀兰", "还剩 2 名", "名次", "三分之二以上出席"):
        assert words in page
    data = {**minutes(play), **choices(three[:2], three[2:], **{f"r{three[2].pk}": "名额所限"})}

    response = leader.post("resolve", data, stage_pk=stage.pk)

    assert response["Location"] == leader.url("resolve", stage_pk=stage.pk)
    verdicts = dict(Outcome.objects.filter(stage=stage).values_list("application__name", "verdict"))
    assert verdicts == {"孙秀兰": Verdict.PASSED, "周志强": Verdict.PASSED, "吴海涛": Verdict.NOT_SELECTED}
    page = text(leader.get("resolve", stage_pk=stage.pk))
    assert "名单上的人都已有决议" in page
    assert "更正已有决议" in page


def test_reasons_given_on_the_way_and_open_investigations_stand_beside_the_candidate(union, reader):
    play = Play(union, qualification(), final())
    odd, plain = play.apply(union_member=False), play.apply(name="周志强")
    play.open("qualification")
    for person, verdict, reason in (
        (odd, Verdict.PASSED_WITH_REASON, "正在办理入会"),
        (plain, Verdict.PASSED, ""),
    ):
        play.judge(person)
        play.decide("qualification", person, verdict, reason)
    play.close("qualification")
    play.open("final")
    investigations.open_investigation(plain, allegation="材料不实", actor=play.office, at=play.now())
    leader, stage = reader(play, play.leader), play.stage("final")
    page = text(leader.get("resolve", stage_pk=stage.pk))
    assert "资格审核：正在办理入会" in page
    assert "正在核查，暂不能通过" in page
    page = text(leader.post("resolve", {**minutes(play), **choices([plain])}, stage_pk=stage.pk))
    assert "周志强正在核查，有结论后才能通过" in page


def test_beyond_the_quota_is_refused_in_place_with_everything_kept(play, three, leader):
    stage = play.stage("final")
    data = {**minutes(play, text="经三次讨论"), **choices(three), f"case-{three[0].pk}-reason": "技艺超群"}
    page = text(leader.post("resolve", data, stage_pk=stage.pk))
    assert "已通过 0 名，本次通过 3 名。示例工匠名额：通过 3 名，超出 1 名" in page
    assert "您填写的内容都保留在下面" in page
    assert "经三次讨论" in page
    assert "技艺超群" in page
    assert page.count('value="confirm"') == page.count("checked") == 3
    assert "已超出名额" in page
    assert not Resolution.objects.exists()


def test_striking_wants_a_reason_in_place(play, three, leader):
    data = {**minutes(play), **choices(three[:1], three[1:])}
    assert "请写明不予通过周志强的理由" in text(leader.post("resolve", data, stage_pk=play.stage("final").pk))


def test_missing_minutes_are_asked_for_and_the_choices_kept(play, three, leader):
    page = text(leader.post("resolve", choices(three[:2]), stage_pk=play.stage("final").pk))
    assert page.count("checked") >= 2
    assert not Resolution.objects.exists()


def test_a_malformed_choice_is_pointed_at(play, three, leader):
    data = {**minutes(play), f"case-{three[0].pk}-decision": "perhaps"}
    page = text(leader.post("resolve", data, stage_pk=play.stage("final").pk))
    assert "有的人选填写不全" in page
    assert not Resolution.objects.exists()


def test_a_resolution_recorded_meanwhile_is_explained(play, three, leader, reader):
    stage = play.stage("final")
    other = reader(play, play.leaders[1])
    seen = {"seen": ""}
    first = {**minutes(play, text="第一份决议"), **choices(three[:2]), **seen}
    assert other.post("resolve", first, stage_pk=stage.pk).status_code == 302
    second = {**minutes(play, text="第二份决议"), **choices(three[2:]), **seen}
    page = text(leader.post("resolve", second, stage_pk=stage.pk))
    assert "超出 1 名" in page
    assert "朱组员" in page
    assert "第一份决议" in page
    assert "第二份决议" in page
    assert Resolution.objects.count() == 1


def test_a_resolution_is_corrected_by_another(play, three, leader):
    stage = play.stage("final")
    play.resolve("final", three[:2], three[2:])
    page = text(leader.get("resolve", "?correct", stage_pk=stage.pk))
    assert "更正决议：审定" in page
    data = {**minutes(play), **choices(strike=[three[0]], **{f"r{three[0].pk}": "本人放弃"})}
    assert leader.post("resolve", data, "?correct", stage_pk=stage.pk).status_code == 302
    standing = Outcome.objects.standing().get(stage=stage, application=three[0])
    assert (standing.verdict, standing.reason) == (Verdict.NOT_SELECTED, "本人放弃")


def test_a_committee_may_put_the_list_in_order(union, reader):
    play = Play(union, qualification(), committee(), final())
    one, two = play.apply(name="孙秀兰"), play.apply(name="周志强")
    play.qualify("qualification", one, two)
    play.open("committee")
    leader, stage = reader(play, play.leader), play.stage("committee")
    page = text(leader.get("resolve", stage_pk=stage.pk))
    assert "排定名次" in page
    assert 'id="quota"' not in page
    data = {**minutes(play), **choices([one, two]), f"case-{one.pk}-rank": 2, f"case-{two.pk}-rank": 1}
    assert leader.post("resolve", data, stage_pk=stage.pk).status_code == 302
    assert dict(Outcome.objects.filter(stage=stage).values_list("application__name", "rank")) == {
        "孙秀兰": 2,
        "周志强": 1,
    }


def test_the_meter_follows_what_is_ticked(play, three, leader):
    stage = play.stage("final")
    assert "还剩 2 名" in text(leader.get("quota", stage_pk=stage.pk))
    assert "还剩 1 名" in text(leader.post("quota", choices(three[:1]), stage_pk=stage.pk))
    assert "名额已满" in text(leader.post("quota", choices(three[:2]), stage_pk=stage.pk))
    assert "已超出名额" in text(leader.post("quota", choices(three), stage_pk=stage.pk))


@pytest.mark.parametrize("count", [1, 3])
def test_the_resolution_page_asks_the_same_number_of_questions(play, leader, count, django_assert_num_queries):
    people = [play.apply() for _ in range(count)]
    play.qualify("qualification", *people)
    play.open("final")
    stage = play.stage("final")
    text(leader.get("resolve", stage_pk=stage.pk))
    with django_assert_num_queries(24):
        assert text(leader.get("resolve", stage_pk=stage.pk)).count("本次不决定") == count


# --- what if these ---------------------------------------------------------------------------------------------------------------

DIVIDED = (
    category("made", places=1),
    category("served"),
    tier("chief", places=1),
    tier("ordinary"),
    composition("women", WOMEN, "should", at_least_percent=50),
    programme(5),
)


@kept
def divided(union):
    """The final approval of two people; the titles are divided in every way."""
    play = Play(union, final(), quota={"places": 5}, more=notice(*DIVIDED))
    given = {"sex": "男", "manager": False, "wanted": "服从安排"}
    play.people = [
        play.apply("孙秀兰", field=["制造类", "服务类"], **given),
        play.apply("周志强", field=["制造类"], **given),
    ]
    play.open("final")
    return play


def test_the_meters_answer_what_if_these(divided, reader):
    leader, stage = reader(divided, divided.leader), divided.stage("final")
    a, b = divided.people
    page = text(leader.post("quota", choices([a, b]), stage_pk=stage.pk))
    for words in (
        "示例工匠名额",
        "三年计划",
        "1 人申报了多个类别，还没有选定",
        "2 人还没有选定等次",
        "2 人中有 0 人，占 0%",
        "不符合，须书面说明理由",
        "不符合，不能通过",
    ):
        assert words in page
    picked = {f"case-{a.pk}-category": "served", f"case-{a.pk}-tier": "chief", f"case-{b.pk}-tier": "chief"}
    page = text(leader.post("quota", choices([a, b]) | picked, stage_pk=stage.pk))
    assert "还没有选定" not in page
    assert page.count("已超出名额") == 1


def test_without_script_a_button_counts_and_records_nothing(divided, reader):
    leader, stage = reader(divided, divided.leader), divided.stage("final")
    a, b = divided.people
    typed = choices([a, b]) | {f"case-{a.pk}-tier": "chief", "text": "拟审定二人", "try": "1"}
    page = text(leader.post("resolve", typed, stage_pk=stage.pk))
    assert "按所选试算" in page
    assert "1 人还没有选定等次" in page
    assert "拟审定二人" in page
    assert "决议没有记录" not in page
    assert page.count("checked") == 2
    assert not Resolution.objects.exists()


def test_the_category_and_tier_are_picked_on_the_page(divided, reader):
    leader, stage = reader(divided, divided.leader), divided.stage("final")
    a, b = divided.people
    data = {**minutes(divided), **choices([a, b]), "reason": "本届女性申报者少"}
    page = text(leader.post("resolve", data, stage_pk=stage.pk))
    assert "孙秀兰申报了多个类别，请选定按哪一个类别通过" in page
    data |= {f"case-{a.pk}-category": "served", f"case-{a.pk}-tier": "chief", f"case-{b.pk}-tier": "ordinary"}

    assert leader.post("resolve", data, stage_pk=stage.pk).status_code == 302

    rows = Outcome.objects.values_list("application__name", "category", "tier")
    assert set(rows) == {("孙秀兰", "served", "chief"), ("周志强", "made", "ordinary")}
    page = text(leader.get("resolve", stage_pk=stage.pk))
    assert "首席工匠" in page
    correcting = text(leader.get("resolve", "?correct", stage_pk=stage.pk))
    assert '<option value="chief" selected>' in correcting


def test_a_lost_place_offers_its_categories_and_tiers(divided, reader):
    leader, (a, b) = reader(divided, divided.leader), divided.people
    c = divided.apply("吴海涛", field=["服务类"], sex="女", manager=False, wanted="服从安排")
    data = {**minutes(divided), **choices([a, b], [c], **{f"r{c.pk}": "名次靠后"}), "reason": "本届女性申报者少"}
    data |= {f"case-{a.pk}-category": "served", f"case-{a.pk}-tier": "chief", f"case-{b.pk}-tier": "ordinary"}
    assert leader.post("resolve", data, stage_pk=divided.stage("final").pk).status_code == 302
    divided.close("final", reason="见决议")
    found = investigations.open_investigation(a, allegation="不实", actor=divided.office, at=divided.now())
    investigations.decide_investigation(
        found, upheld=True, finding="查实", public_note="不实", actor=divided.office, at=divided.now()
    )
    assert "与空出的名额相同" in text(leader.get("fill_place", investigation_pk=found.pk))
    data = {**minutes(divided), "application": c.pk, "reason": "依次递补", "tier": "ordinary"}
    assert leader.post("fill_place", data, investigation_pk=found.pk).status_code == 302
    row = Outcome.objects.standing().get(application=c)
    assert (row.category, row.tier) == ("served", "ordinary")


def test_a_stage_that_nothing_is_counted_in_shows_no_meter(union, reader):
    play = Play(union, committee(), final())
    play.apply()
    play.open("committee")
    assert "按所选试算" not in text(reader(play, play.leader).get("resolve", stage_pk=play.stage("committee").pk))


# --- an empty place --------------------------------------------------------------------------------------------------------------


@kept
def emptied(play, three):
    """The final approval is closed and one of the two turns out to have given false material."""
    play.resolve("final", three[:2], three[2:])
    play.close("final")
    found = investigations.open_investigation(three[0], allegation="材料不实", actor=play.office, at=play.now())
    return investigations.decide_investigation(
        found, upheld=True, finding="查实", public_note="材料不实", actor=play.office, at=play.now()
    )


def test_an_empty_place_waits_and_is_refilled(play, three, emptied, leader):
    assert "孙秀兰被取消资格后空出的名额" in text(leader.get("group"))
    page = text(leader.get("fill_place", investigation_pk=emptied.pk))
    assert "1 人可以递补" in page
    data = {**minutes(play), "application": three[2].pk, "reason": ""}
    assert "经会议讨论决定" in text(leader.post("fill_place", data, investigation_pk=emptied.pk))
    data["reason"] = "名次在后"
    assert leader.post("fill_place", data, investigation_pk=emptied.pk).status_code == 302
    emptied.refresh_from_db()
    assert emptied.refilled_by == three[2]
    refilled = Outcome.objects.standing().get(stage=play.stage("final"), application=three[2])
    assert refilled.verdict == Verdict.PASSED_WITH_REASON
    assert "现在没有等待领导小组决议的事项" in text(leader.get("group"))


def test_an_empty_place_stays_empty_by_resolution(play, emptied, leader, reader):
    data = {**minutes(play), "application": "", "reason": "宁缺毋滥"}
    assert leader.post("fill_place", data, investigation_pk=emptied.pk).status_code == 302
    emptied.refresh_from_db()
    assert emptied.refilled_by is None
    assert emptied.resolution.decisions[0]["decision"] == "leave_empty"
    page = text(reader(play, play.office).get("investigation", investigation_pk=emptied.pk))
    assert "名额空缺" in page


def test_a_place_that_was_never_held_is_not_filled(play, leader):
    application = play.apply()
    found = investigations.open_investigation(application, allegation="不实", actor=play.office, at=play.now())
    upheld = investigations.decide_investigation(
        found, upheld=True, finding="查实", public_note="不实", actor=play.office, at=play.now()
    )
    assert "没有占用名额" in text(leader.get("fill_place", investigation_pk=upheld.pk))
    assert "现在没有等待领导小组决议的事项" in text(leader.get("group"))

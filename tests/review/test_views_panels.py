import pytest

from review.models import Cut, Expert, Panel, PanelSeat, Recusal, TieDecision
from review.services import panels
from review.states import RecusalSource, Seat
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, expert_review, final, fresh, qualification
from unions.states import Role

READERS = [Role.OFFICE, Role.LEADER, Role.SUPERVISOR]


@kept
def play(union):
    return Play(union, qualification(), expert_review(), final())


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


@kept
def scored(play):
    """Two people with the same marks and a third below them; scoring has not ended."""
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.qualify("qualification", *people)
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    play.score_all(panel, {people[0].pk: 91, people[1].pk: 91, people[2].pk: 73})
    return people


# --- the pool --------------------------------------------------------------------------------------------------------------


def test_an_empty_pool_says_what_to_do_first(play, office):
    assert "先请工会管理员邀请评审专家" in text(office.get("experts"))


def test_a_member_is_enrolled_brought_up_to_date_and_retired(play, office):
    member = member_of(play, Role.EXPERT, "蒋专家")
    data = {"member": member.pk, "field": "焊接", "employer": "示例研究所"}
    assert "蒋专家" in text(office.get("enrol"))
    assert office.post("enrol", data).status_code == 302
    expert = Expert.objects.get()
    assert 'value="示例研究所"' in text(office.get("expert", expert_pk=expert.pk))
    office.post("expert", {**data, "employer": ""}, expert_pk=expert.pk)
    assert "不详，无法核对回避" in text(office.get("experts"))
    assert "必填" in text(office.post("retire", {"reason": " "}, expert_pk=expert.pk))
    assert office.post("retire", {"reason": "退休"}, expert_pk=expert.pk).status_code == 302
    assert "已退出" in text(office.get("experts"))


def test_only_a_member_invited_as_expert_can_be_chosen(play, office):
    other = member_of(play, Role.LEADER)
    page = text(office.post("enrol", {"member": other.pk, "field": "焊接", "employer": "示例研究所"}))
    assert 'value="示例研究所"' in page
    assert not Expert.objects.exists()


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.OFFICE, 200, 200), (Role.ADMIN, 200, 200), (Role.SUPERVISOR, 200, 403), (Role.EXPERT, 403, 403)],
)
def test_who_keeps_the_pool(play, reader, role, reads, writes):
    found = play.expert()
    along = reader(play, member_of(play, role))
    assert along.get("experts").status_code == reads
    for name, kwargs in (("enrol", {}), ("expert", {"expert_pk": found.pk}), ("retire", {"expert_pk": found.pk})):
        assert along.get(name, **kwargs).status_code == writes


@pytest.mark.parametrize("count", [1, 3])
def test_the_pool_asks_the_same_number_of_questions(play, office, count, django_assert_num_queries):
    for _ in range(count):
        play.expert()
    text(office.get("experts"))
    with django_assert_num_queries(11):
        assert text(office.get("experts")).count("data-row-link") == count


# --- the panel -------------------------------------------------------------------------------------------------------------


def test_a_panel_is_formed_from_the_pool(play, office):
    stage = play.stage("review")
    assert "还没有组成评审团队" in text(office.get("panel", stage_pk=stage.pk))
    page = text(office.get("form_panel", stage_pk=stage.pk))
    assert "专家库还没有可选的专家" in page
    experts = [expert.pk for expert in play.experts]
    assert office.post("form_panel", {"experts": experts}, stage_pk=stage.pk).status_code == 302
    assert PanelSeat.objects.filter(approved_at__isnull=False).count() == 3
    page = text(office.get("panel", stage_pk=stage.pk))
    assert page.count("已邀请") == 3


def test_a_panel_of_the_wrong_size_keeps_the_ticks(union, reader):
    play = Play(union, qualification(), expert_review(panel={"size": 2, "approved_by": "leading_group"}), final())
    office = reader(play, play.office)
    stage = play.stage("review")
    page = text(office.post("form_panel", {"experts": [e.pk for e in play.experts]}, stage_pk=stage.pk))
    assert "评审团队应为 2 人，现选了 3 人" in page
    assert page.count("checked") == 3
    assert not Panel.objects.exists()
    office.post("form_panel", {"experts": [e.pk for e in play.experts[:2]]}, stage_pk=stage.pk)
    page = text(office.get("panel", stage_pk=stage.pk))
    assert "2 人待示例工匠认定领导小组审核同意" in page
    assert page.count("待审核") == 2


def test_only_an_expert_review_has_a_panel(play, office):
    assert office.get("panel", stage_pk=play.stage("qualification").pk).status_code == 404


@pytest.mark.parametrize("name", ["add_seat", "close_panel"])
def test_before_there_is_a_panel_there_is_nothing_to_change(play, office, name):
    assert office.get(name, stage_pk=play.stage("review").pk).status_code == 404


def test_experts_are_added_and_leave_with_a_reason(play, office):
    panel = play.form_panel("review")
    more = play.expert("示例学院")
    stage = play.stage("review")
    page = text(office.get("add_seat", stage_pk=stage.pk))
    assert "示例学院" in page
    assert "示例焊接研究所" not in page  # on the panel already
    office.post("add_seat", {"expert": more.pk, "reason": "人手不足"}, stage_pk=stage.pk)
    seat = panel.seats.get(expert=more)
    assert "退出评审团队？" in text(office.get("remove_seat", seat_pk=seat.pk))
    office.post("remove_seat", {"reason": "出国"}, seat_pk=seat.pk)
    seat.refresh_from_db()
    assert seat.state == Seat.REMOVED


def test_the_office_recuses_an_expert_from_a_case(play, office, scored):
    seat = PanelSeat.objects.order_by("pk").first()
    page = text(office.get("recuse", seat_pk=seat.pk))
    assert "孙秀兰" in page
    office.post("recuse", {"application": scored[0].pk, "reason": "系亲属"}, seat_pk=seat.pk)
    assert Recusal.objects.get().source == RecusalSource.OFFICE
    page = text(office.get("panel", stage_pk=play.stage("review").pk))
    assert "孙秀兰：系亲属（办公室认定）" in page
    assert "2 / 2" in page


def test_the_panels_page_tells_how_far_everybody_is_and_no_score(play, scored, reader):
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("panel", stage_pk=play.stage("review").pk))
        assert page.count("3 / 3") == 3
        assert "进行中，评分封存" in page
        assert "91.00" not in page
        assert ("结束评分</a>" in page) == (role == Role.OFFICE)


@pytest.mark.parametrize("seats", [1, 3])
def test_the_panels_page_asks_the_same_number_of_questions(play, office, seats, django_assert_num_queries):
    application = play.apply()
    play.qualify("qualification", application)
    panel = play.form_panel("review", play.experts[:seats])
    play.accept(panel)
    play.open("review")
    stage = play.stage("review")
    text(office.get("panel", stage_pk=stage.pk))
    with django_assert_num_queries(23):
        assert text(office.get("panel", stage_pk=stage.pk)).count("已接受</span>") == seats


def test_nobody_but_the_office_changes_a_panel(play, scored, reader):
    stage, seat = play.stage("review"), PanelSeat.objects.order_by("pk").first()
    for role in (Role.LEADER, Role.SUPERVISOR, Role.EXPERT):
        along = reader(play, member_of(play, role))
        for name in ("form_panel", "add_seat", "close_panel", "set_cut"):
            assert along.post(name, {}, stage_pk=stage.pk).status_code == 403, (role, name)
        for name in ("remove_seat", "recuse"):
            assert along.post(name, {}, seat_pk=seat.pk).status_code == 403, (role, name)


# --- the ranking -----------------------------------------------------------------------------------------------------------


def test_before_scoring_has_ended_the_ranking_is_sealed_to_everybody(play, scored, reader):
    for role in READERS:
        page = text(reader(play, member_of(play, role)).get("ranking", stage_pk=play.stage("review").pk))
        assert "评分封存中" in page
        assert "孙秀兰" not in page


def test_before_there_is_a_panel_the_ranking_is_sealed_too(play, office):
    assert "评分封存中" in text(office.get("ranking", stage_pk=play.stage("review").pk))


def test_scoring_does_not_end_while_a_sheet_is_missing(play, office, scored):
    play.experts.append(play.expert("示例学院"))
    stage = play.stage("review")
    office.post("add_seat", {"expert": play.experts[-1].pk, "reason": "增补"}, stage_pk=stage.pk)
    seat = PanelSeat.objects.order_by("pk").last()
    panels.accept_seat(play.seat(seat.panel, seat.expert), actor=fresh(seat.expert.member), at=play.now())
    for response in (office.get("close_panel", stage_pk=stage.pk), office.post("close_panel", stage_pk=stage.pk)):
        assert "尚未作回避申报" in text(response)
    assert Panel.objects.get().closed_at is None


def test_ending_the_scoring_opens_the_ranking_with_its_tie_and_cut(play, office, scored, reader):
    stage = play.stage("review")
    assert "3 位专家的评分启封" in text(office.get("close_panel", stage_pk=stage.pk))
    assert office.post("close_panel", stage_pk=stage.pk)["Location"] == office.url("ranking", stage_pk=stage.pk)
    page = text(office.get("ranking", stage_pk=stage.pk))
    assert "91.00" in page
    assert 'href="#firmness"' in page
    assert "尚未确定进入下一环节的人数" in page

    office.post("set_cut", {"passing": 1, "reason": "按名额"}, stage_pk=stage.pk)

    assert Cut.objects.get().passing == 1
    page = text(office.get("ranking", stage_pk=stage.pk))
    assert "并列，须裁定先后" in page
    tie = f"{scored[0].pk}-{scored[1].pk}"
    assert office.url("decide_tie", stage_pk=stage.pk, tie=tie) in page

    leader = reader(play, play.leader)
    assert "孙秀兰" in text(leader.get("decide_tie", stage_pk=stage.pk, tie=tie))
    data = {f"place-{scored[0].pk}": 2, f"place-{scored[1].pk}": 2, "reason": "周同志带徒更多"}
    page = text(leader.post("decide_tie", data, stage_pk=stage.pk, tie=tie))
    assert "先后不能重复" in page
    assert "周同志带徒更多" in page
    data[f"place-{scored[1].pk}"] = 1
    assert leader.post("decide_tie", data, stage_pk=stage.pk, tie=tie).status_code == 302
    assert TieDecision.objects.get().order == [scored[1].pk, scored[0].pk]
    page = text(office.get("ranking", stage_pk=stage.pk))
    assert "周同志带徒更多" in page
    assert page.index("周志强") < page.index("孙秀兰")
    # the tie is gone, so an old address leads back
    assert office.get("decide_tie", stage_pk=stage.pk, tie=tie).status_code == 302


def test_a_refused_cut_keeps_what_was_typed(union, reader):
    play = Play(union, qualification(), expert_review(passes={"max": 2, "setting": True}), final())
    application = play.apply()
    office = reader(play, play.office)
    stage = play.stage("review")
    assert "环节进行中才能办理" in text(office.get("set_cut", stage_pk=stage.pk))
    play.qualify("qualification", application)
    play.form_panel("review")
    play.open("review")
    assert "评分封存中，此时确定的人数不受排名影响" in text(office.get("set_cut", stage_pk=stage.pk))
    page = text(office.post("set_cut", {"passing": 3, "reason": "少而精"}, stage_pk=stage.pk))
    assert page.count("规定至多 2 人") == 2
    assert "少而精" in page
    assert not Cut.objects.exists()


def test_a_tie_is_not_readable_before_scoring_has_ended(play, office, scored):
    tie = f"{scored[0].pk}-{scored[1].pk}"
    assert office.get("decide_tie", stage_pk=play.stage("review").pk, tie=tie).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_ranking_asks_the_same_number_of_questions(play, office, count, django_assert_num_queries):
    people = [play.apply() for _ in range(count)]
    play.qualify("qualification", *people)
    play.review("review", {person.pk: 80 - n for n, person in enumerate(people)})
    stage = play.stage("review")
    text(office.get("ranking", stage_pk=stage.pk))
    with django_assert_num_queries(34):
        assert text(office.get("ranking", stage_pk=stage.pk)).count("data-row-link") == count

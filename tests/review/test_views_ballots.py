"""The pages of a vote: the expert's ballot in two steps, the office's rounds, what is read before and after."""

import re

import pytest

from review.models import Ballot, RollEntry
from review.services import ballots, panels
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, ballot_review, expert_review, final
from unions.states import Role


@kept
def play(union):
    return voting(union)


def voting(union, people=3, secret=True, **more):
    rule = {"min": 1, "max": 2, "majority": "more_than_half", "secret": secret}
    play = Play(union, ballot_review(ballot=rule, **more), final())
    names = ("孙秀兰", "周志强", "吴海涛", "郑国栋", "王建设")
    play.people = [play.apply(name=name) for name in names[:people]]
    play.experts = [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四"]
    play.seated("review")
    return play


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


def expert_of(play, reader, n=0):
    seat = play.seats("review")[n]
    return reader(play, seat.expert.member), seat


def choices(*people, confirmed=False):
    return {"choices": [person.pk for person in people], **({"confirmed": "on"} if confirmed else {})}


def open_round(play):
    return ballots.open_round(play.panel_of("review"), actor=play.office, at=play.now())


# --- the expert -----------------------------------------------------------------------------------------------------------


def test_before_a_round_the_list_is_there_to_read_without_boxes(play, reader):
    expert, seat = expert_of(play, reader)
    page = text(expert.get("seat", seat_pk=seat.pk))
    assert "现在没有进行中的投票" in page
    assert "孙秀兰" in page
    assert 'name="choices"' not in page
    page = text(expert.get("seat_case", seat_pk=seat.pk, application_pk=play.people[0].pk))
    assert "示例机床厂" in page
    assert "我的投票" not in page
    assert expert.post("cast_ballot", choices(play.people[0]), seat_pk=seat.pk).status_code == 302
    assert not RollEntry.objects.exists()


def test_a_ballot_is_ticked_confirmed_and_cast(play, reader):
    open_round(play)
    expert, seat = expert_of(play, reader)
    page = text(expert.get("seat", seat_pk=seat.pk))
    assert "每票选 <strong>1–2</strong> 人" in page
    assert 'data-least="1" data-most="2"' in page
    assert page.count('name="choices"') == 3

    page = text(expert.post("cast_ballot", choices(*play.people[:2]), seat_pk=seat.pk))
    assert "共选 <strong>2</strong> 人（每票选 1–2 人）" in page
    assert "周志强" in page
    assert not RollEntry.objects.exists()

    response = expert.post("cast_ballot", choices(*play.people[:2], confirmed=True), seat_pk=seat.pk)
    assert response["Location"] == expert.url("seat", seat_pk=seat.pk)
    page = text(expert.get("seat", seat_pk=seat.pk))
    assert "已投票" in page
    assert "任何人都看不到您选了谁" in page
    assert 'name="choices"' not in page
    assert RollEntry.objects.count() == 1


def test_going_back_from_the_confirmation_keeps_the_ticks(play, reader):
    open_round(play)
    expert, seat = expert_of(play, reader)
    page = text(expert.post("cast_ballot", {**choices(*play.people[:2]), "edit": "on"}, seat_pk=seat.pk))
    assert page.count("checked") == 2


@pytest.mark.parametrize(("names", "words"), [(0, "每票至少选 1 人"), (3, "已选 3 人，每票至多选 2 人")])
def test_a_ballot_of_the_wrong_length_comes_back_as_it_was_ticked(play, reader, names, words):
    open_round(play)
    expert, seat = expert_of(play, reader)
    page = text(expert.post("cast_ballot", choices(*play.people[:names]), seat_pk=seat.pk))
    assert words in page
    assert page.count("checked") == names
    assert not RollEntry.objects.exists()


def test_a_second_click_says_that_one_has_voted(play, reader):
    open_round(play)
    expert, seat = expert_of(play, reader)
    for _ in range(2):
        expert.post("cast_ballot", choices(play.people[0], confirmed=True), seat_pk=seat.pk)
    assert "您已投票，选票投出后不能更改" in text(expert.get("seat", seat_pk=seat.pk))
    assert RollEntry.objects.count() == 1


def test_a_recused_case_is_nowhere_on_a_ballot(play, reader):
    expert, seat = expert_of(play, reader)
    hidden = play.people[0]
    panels.recuse(seat, hidden, reason="亲属", actor=play.office, at=play.now())
    open_round(play)
    page = text(expert.get("seat", seat_pk=seat.pk))
    assert hidden.name not in page
    assert page.count('name="choices"') == 2
    page = text(expert.post("cast_ballot", choices(hidden, confirmed=True), seat_pk=seat.pk))
    assert "不在您可投名单中" in page
    assert not RollEntry.objects.exists()


def test_the_page_of_an_expert_is_the_same_whether_a_hidden_case_is_there_or_not(union, reader):
    pages = []
    for people in (4, 3):
        play = voting(union, people=people)
        expert, seat = expert_of(play, reader)
        for hidden in play.people[3:]:
            panels.recuse(seat, hidden, reason="亲属", actor=play.office, at=play.now())
        open_round(play)
        page = text(expert.get("seat", seat_pk=seat.pk))
        start = page.index("<main")
        body = page[start : page.index("</main>", start)]
        body = body.replace(f'data-ballot="{seat.panel.rounds.get().pk}"', "").replace(f"/{seat.pk}/", "/seat/")
        for person in play.people:
            body = re.sub(rf'(?<!least=)(?<!most=)"{person.pk}"', '"pk"', body).replace(f"/{person.pk}/", "/pk/")
            body = body.replace(person.number, "number")
        pages.append([line.strip() for line in body.splitlines() if line.strip() and "csrf" not in line])
    assert pages[0] == pages[1]


def test_where_all_candidates_are_hidden_there_is_nothing_to_vote_on(play, reader):
    expert, seat = expert_of(play, reader)
    for person in play.people:
        panels.recuse(seat, person, reason="亲属", actor=play.office, at=play.now())
    open_round(play)
    assert "没有需要您投票的申报" in text(expert.get("seat", seat_pk=seat.pk))


def test_a_vote_by_name_says_so(union, reader):
    play = voting(union, secret=False)
    open_round(play)
    expert, seat = expert_of(play, reader)
    assert "记名，每票" in text(expert.get("seat", seat_pk=seat.pk))
    expert.post("cast_ballot", choices(play.people[0], confirmed=True), seat_pk=seat.pk)
    assert "选票封存，本轮结束后公布" in text(expert.get("seat", seat_pk=seat.pk))


def test_the_ballot_is_the_experts_alone(play, reader):
    open_round(play)
    _, seat = expert_of(play, reader)
    other = reader(play, play.seats("review")[1].expert.member)
    assert other.post("cast_ballot", choices(play.people[0], confirmed=True), seat_pk=seat.pk).status_code == 404
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        along = reader(play, member_of(play, role))
        assert along.post("cast_ballot", choices(play.people[0]), seat_pk=seat.pk).status_code == 403


@pytest.mark.parametrize("people", [1, 3])
def test_the_ballot_asks_the_same_number_of_questions(union, reader, people, django_assert_num_queries):
    play = voting(union, people=people)
    open_round(play)
    expert, seat = expert_of(play, reader)
    text(expert.get("seat", seat_pk=seat.pk))
    with django_assert_num_queries(BALLOT_QUERIES):
        assert text(expert.get("seat", seat_pk=seat.pk)).count("data-row-link") == people


BALLOT_QUERIES = 27


# --- the office -----------------------------------------------------------------------------------------------------------


def test_the_office_opens_follows_and_ends_a_round(play, office, reader):
    stage = play.stage("review")
    assert "还没有投票" in text(office.get("panel", stage_pk=stage.pk))
    assert "开始第 1 轮投票？" in text(office.get("open_round", stage_pk=stage.pk))
    assert office.post("open_round", stage_pk=stage.pk).status_code == 302
    a, b, _ = play.people
    for seat in play.seats("review")[:2]:
        play.vote(seat, a, b)
    page = text(office.get("panel", stage_pk=stage.pk))
    assert page.count("已投</td>") == 2
    assert page.count("未投</td>") == 2
    assert "进行中，已投 2 票" in page
    assert "孙秀兰" not in page  # no tally and no names while the round is open
    refused = text(office.post("close_round", stage_pk=stage.pk))
    assert "尚未投票：三专家、四专家" in refused
    for seat in play.seats("review")[2:]:
        play.vote(seat, a)
    assert office.post("close_round", stage_pk=stage.pk).status_code == 302
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        page = text(reader(play, member_of(play, role)).get("panel", stage_pk=stage.pk))
        assert "孙秀兰" in page
        assert "未达到票数" in page

    page = text(office.get("close_panel", stage_pk=stage.pk))
    assert "结束投票并计算排名" in page
    assert office.post("close_panel", stage_pk=stage.pk).status_code == 302
    page = text(reader(play, play.leader).get("ranking", stage_pk=stage.pk))
    assert "4 / 4 票" in page
    assert "各轮计票" in page
    assert "前 <strong>1</strong> 名进入下一环节（按规则）" in page
    assert page.count("未达到规定的得票") == 2
    case = text(office.get("case", pk=a.pk))
    assert "第 1 名，4 / 4 票" in case
    assert "第 1 轮" in case
    assert text(expert_of(play, reader)[0].get("seat", seat_pk=play.seats("review")[0].pk)).count("投票已经结束") == 1


def test_the_office_throws_a_round_away_with_a_reason(play, office):
    stage = play.stage("review")
    office.post("open_round", stage_pk=stage.pk)
    play.vote(play.seats("review")[0], play.people[0])
    page = text(office.get("void_round", stage_pk=stage.pk))
    assert "涉及 <strong>1</strong> 张选票" in page
    assert office.post("void_round", {"reason": "发现应当回避"}, stage_pk=stage.pk).status_code == 302
    assert "作废的理由：发现应当回避" in text(office.get("panel", stage_pk=stage.pk))
    assert not Ballot.objects.exists()


def test_a_vote_by_name_is_read_by_name_once_it_is_over(union, reader):
    play = voting(union, secret=False)
    office = reader(play, play.office)
    play.round("review", *[play.people[:1]] * 4)
    page = text(office.get("panel", stage_pk=play.stage("review").pk))
    assert "<dt>一专家</dt><dd>孙秀兰</dd>" in page


def test_nobody_but_the_office_runs_rounds_and_draws(play, reader):
    stage = play.stage("review")
    for role in (Role.LEADER, Role.SUPERVISOR, Role.EXPERT):
        along = reader(play, member_of(play, role))
        for name in ("open_round", "close_round", "void_round", "pledge_draw", "draw_panel", "call_next"):
            assert along.post(name, {}, stage_pk=stage.pk).status_code == 403, (role, name)


def test_where_nobody_votes_there_are_no_rounds_to_open(union, reader):
    play = Play(union, expert_review(), final())
    office = reader(play, play.office)
    assert office.get("open_round", stage_pk=play.stage("review").pk).status_code == 404
    play.form_panel("review")
    play.open("review")
    assert "不以投票方式评审" in text(office.get("open_round", stage_pk=play.stage("review").pk))


@pytest.mark.parametrize("people", [1, 3])
def test_the_panels_page_of_a_vote_asks_the_same_number_of_questions(union, reader, people, django_assert_num_queries):
    play = voting(union, people=people)
    play.round("review", *[play.people[:1]] * 4)
    office, stage = reader(play, play.office), play.stage("review")
    text(office.get("panel", stage_pk=stage.pk))
    with django_assert_num_queries(PANEL_QUERIES):
        text(office.get("panel", stage_pk=stage.pk))


PANEL_QUERIES = 35


# --- void ballots and the counting sheet ------------------------------------------------------------------------------------


def test_a_void_ballot_says_what_it_is_before_it_is_cast(play, reader):
    open_round(play)
    expert, seat = expert_of(play, reader)
    page = text(expert.post("cast_ballot", {**choices(play.people[0]), "spoiled": "on"}, seat_pk=seat.pk))
    assert "是有效票" in page
    page = text(expert.post("cast_ballot", {"spoiled": "on"}, seat_pk=seat.pk))
    assert "这是一张废票" in page
    expert.post("cast_ballot", {"spoiled": "on", "confirmed": "on"}, seat_pk=seat.pk)
    assert RollEntry.objects.count() == 1


def test_the_counting_sheet_of_a_round_is_there_to_sign_once_it_is_closed(play, office, reader):
    voting_ = open_round(play)
    for seat in play.seats("review")[:3]:
        play.vote(seat, play.people[0])
    ballots.cast_ballot(
        play.seats("review")[3], choices=[], spoiled=True, actor=play.seats("review")[3].expert.member, at=play.now()
    )
    assert office.get("counting_sheet", round_pk=voting_.pk).status_code == 404
    ballots.close_round(play.panel_of("review"), actor=play.office, at=play.now())

    page = text(office.get("panel", stage_pk=play.stage("review").pk))
    assert "发出 4 张，收回 4 张，有效 3 张，废票 1 张" in page
    assert "已投票：" in page
    assert office.get("counting_sheet", round_pk=voting_.pk).content.startswith(b"%PDF")
    expert, _ = expert_of(play, reader)
    assert expert.get("counting_sheet", round_pk=voting_.pk).status_code == 403

"""The pages of a draw, of an assessment, and of visits in batches."""

import json

import pytest

from documents.services import store_file
from review import draw, policies
from review.models import DrawPledge, PanelDraw, PanelSeat, Score, SiteVisit, VisitBatch, VisitPhoto
from review.services import panels, visits
from tests.kept import kept
from tests.review.pagecraft import jpeg, member_of, text
from tests.review.stagecraft import Play, assessment_review, ballot_review, expert_review, final, fresh, site_visit
from unions.states import Role

# --- the draw -------------------------------------------------------------------------------------------------------------


ANNOUNCED = {"what": "示例彩票第 1 期开奖号码", "known_at": "2026-03-24T21:30"}
KNOWN = {"public": "03 08 12", "source": "https://example.org/1"}


@kept
def play(union):
    panel = {"draw": True, "size": 3, "reserves": 1, "besides": ["市人社局有关人员"]}
    play = Play(union, ballot_review(panel=panel), final())
    play.experts = [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四五六"]
    return play


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


def test_a_panel_is_drawn_in_two_steps_and_everybody_can_do_it_again(play, office, reader):
    stage = play.stage("review")
    assert "规则规定从专家库抽取" in text(office.get("panel", stage_pk=stage.pk))
    assert office.get("draw_panel", stage_pk=stage.pk).status_code == 404
    assert "专家库中参加抽取的 6 人列入名单，抽取 3 人，备选 1 人" in text(office.get("pledge_draw", stage_pk=stage.pk))
    early = {**ANNOUNCED, "known_at": "2026-03-01T21:30"}
    assert "请填写将来的公布时间" in text(office.post("pledge_draw", early, stage_pk=stage.pk))
    assert office.post("pledge_draw", ANNOUNCED, stage_pk=stage.pk).status_code == 302
    pledge = DrawPledge.objects.get()
    page = text(office.get("panel", stage_pk=stage.pk))
    assert "2026年3月24日 21:30 公布，公布后再抽取" in text(office.get("draw_panel", stage_pk=stage.pk))
    assert "才公布，公布后再抽取" in text(office.post("draw_panel", KNOWN, stage_pk=stage.pk))
    play.clock = pledge.announced_for
    assert "名单已固定，等待抽取" in page
    assert pledge.commitment in page

    assert "抽取评审专家？" in text(office.get("draw_panel", stage_pk=stage.pk))
    assert "必填" in text(office.post("draw_panel", stage_pk=stage.pk))
    assert office.post("draw_panel", KNOWN, stage_pk=stage.pk).status_code == 302
    drawn = PanelDraw.objects.get()
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        page = text(reader(play, member_of(play, role)).get("panel", stage_pk=stage.pk))
        for words in (
            drawn.seed,
            "03 08 12",
            "https://example.org/1",
            pledge.listed,
            pledge.commitment,
            "重算一致",
            "其后顺序",
            "抽取之外",
        ):
            assert words in page
    assert page.count("已邀请") == 3


def test_the_record_goes_to_whoever_may_check_it_and_holds_no_more_than_it_needs(play, office, reader):
    stage, drawn = play.stage("review"), play.draw("review")
    records = []
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        along = reader(play, member_of(play, role))
        assert "下载抽取记录" in text(along.get("panel", stage_pk=stage.pk))
        records.append(json.loads(text(along.get("draw_record", stage_pk=stage.pk))))
    record = records[0]
    assert records == [record] * 3
    assert draw.differences(record) == []
    assert record["result"] == drawn.result
    assert set(record["candidates"][0]) == {"id", "name", "fields", "kind", "employer"}
    assert reader(play, play.experts[0].member).get("draw_record", stage_pk=stage.pk).status_code == 403
    assert not policies.can_read_draw(play.experts[0].member, play.union)


def test_without_a_draw_there_is_no_record(union, play, office):
    assert office.get("draw_record", stage_pk=play.stage("review").pk).status_code == 404
    named = Play(union, expert_review(), final())
    named.form_panel("review")
    assert office.get("draw_record", stage_pk=named.stage("review").pk).status_code == 404


def test_a_pool_that_changed_asks_for_a_new_list(play, office):
    stage = play.stage("review")
    play.pledge("review")
    panels.retire_expert(play.experts[0], reason="退休", actor=play.office, at=play.now())
    assert "专家库有变动，须重新固定名单" in text(office.get("panel", stage_pk=stage.pk))
    assert "请重新固定名单" in text(office.post("draw_panel", KNOWN, stage_pk=stage.pk))


def test_the_next_in_order_is_called_up(play, office):
    stage = play.stage("review")
    assert office.get("call_next", stage_pk=stage.pk).status_code == 404
    drawn = play.draw("review")
    seat = PanelSeat.objects.select_related("expert__member").order_by("pk").first()
    panels.decline_seat(seat, actor=fresh(seat.expert.member), at=play.now())
    assert "按抽取顺序递补</a>" in text(office.get("panel", stage_pk=stage.pk))
    following = next(expert for expert in play.experts if expert.pk == drawn.result[3])
    assert f"递补人选：{following}" in text(office.get("call_next", stage_pk=stage.pk))
    assert office.post("call_next", {"reason": "专家谢绝"}, stage_pk=stage.pk).status_code == 302
    assert PanelSeat.objects.filter(expert=following).exists()


def test_a_panel_that_was_named_calls_nobody_up(union, reader):
    play = Play(union, ballot_review(), final())
    play.form_panel("review")
    assert reader(play, play.office).get("call_next", stage_pk=play.stage("review").pk).status_code == 404


def test_to_a_drawn_panel_only_people_besides_the_pool_are_added(play, office):
    stage = play.stage("review")
    play.draw("review")
    official = play.expert("示例市人社局", in_draws=False)
    page = text(office.get("add_seat", stage_pk=stage.pk))
    assert "示例市人社局" in page
    assert "示例一研究所" not in page
    office.post("add_seat", {"expert": official.pk, "reason": "市人社局人员"}, stage_pk=stage.pk)
    assert PanelSeat.objects.filter(expert=official).exists()


def test_whether_an_expert_is_drawn_is_kept_with_the_entry(play, office):
    expert = play.experts[0]
    data = {"member": expert.member_id, "field": "焊接", "employer": "示例一研究所"}
    assert "checked" in text(office.get("expert", expert_pk=expert.pk))
    office.post("expert", data, expert_pk=expert.pk)
    expert.refresh_from_db()
    assert not expert.in_draws


def test_where_the_rules_leave_the_number_open_the_office_gives_it(union, reader):
    play = Play(union, ballot_review(panel={"draw": True}), final())
    play.experts = [play.expert(f"示例{n}研究所") for n in "一二三四"]
    office, stage = reader(play, play.office), play.stage("review")
    assert "抽取人数由您填写" in text(office.get("pledge_draw", stage_pk=stage.pk))
    assert office.post("pledge_draw", {"size": 2, **ANNOUNCED}, stage_pk=stage.pk).status_code == 302
    assert DrawPledge.objects.get().members == 2


@pytest.mark.parametrize("count", [3, 6])
def test_the_page_of_a_draw_asks_the_same_number_of_questions(union, reader, count, django_assert_num_queries):
    play = Play(union, ballot_review(panel={"draw": True}), final())
    play.experts = [play.expert(f"示例{n}研究所") for n in range(count)]
    play.draw("review", size=count - 1)
    office, stage = reader(play, play.office), play.stage("review")
    text(office.get("panel", stage_pk=stage.pk))
    with django_assert_num_queries(DRAW_QUERIES):
        text(office.get("panel", stage_pk=stage.pk))


DRAW_QUERIES = 26


# --- the assessment -------------------------------------------------------------------------------------------------------


@kept
def assessing(union):
    play = Play(union, assessment_review(passes={"max": 1, "setting": True}), final())
    play.people = [play.apply(name=name) for name in ("孙秀兰", "周志强")]
    play.seated("review")
    return play


def test_an_expert_grades_case_by_case(assessing, reader):
    play = assessing
    seat = play.seats("review")[0]
    expert = reader(play, seat.expert.member)
    assert "已评 <strong>0</strong> 份，共 2 份。评议封存" in text(expert.get("seat", seat_pk=seat.pk))
    kwargs = {"seat_pk": seat.pk, "application_pk": play.people[0].pk}
    page = text(expert.get("seat_case", **kwargs))
    assert "优秀（推荐）" in page
    assert "一般（不推荐）" in page
    page = text(expert.post("seat_case", {"comment": "扎实"}, **kwargs))
    assert "请选择一个等次" in page
    assert "扎实" in page
    response = expert.post("seat_case", {"grade": "good", "comment": "扎实"}, **kwargs)
    assert response["Location"] == expert.url("seat_case", seat_pk=seat.pk, application_pk=play.people[1].pk)
    assert Score.objects.get().grade == "good"
    page = text(expert.get("seat_case", **kwargs))
    assert "checked" in page
    assert "扎实" in page


def test_a_refused_grade_is_said_in_place(assessing, reader):
    play = assessing
    seat = play.seats("review")[0]
    expert = reader(play, seat.expert.member)
    page = text(
        expert.post("seat_case", {"grade": "good", "comment": " "}, seat_pk=seat.pk, application_pk=play.people[0].pk)
    )
    assert "必填" in page
    assert not Score.objects.exists()


def test_grades_are_read_when_the_assessing_has_ended(assessing, reader):
    play = assessing
    stage = play.stage("review")
    leader = reader(play, play.leader)
    for seat in play.seats("review"):
        play.assess(seat, play.people[0], "excellent", "独门绝技")
        play.assess(seat, play.people[1], "fair", "一般")
    assert "评议封存中" in text(leader.get("ranking", stage_pk=stage.pk))
    assert "评议封存中" in text(leader.get("case", pk=play.people[0].pk))
    page = text(leader.get("panel", stage_pk=stage.pk))
    assert page.count("2 / 2") == 3
    play.end("review")
    page = text(leader.get("ranking", stage_pk=stage.pk))
    assert "3 / 3 人推荐" in page
    assert "没有专家推荐" in page
    page = text(leader.get("case", pk=play.people[0].pk))
    for words in ("优秀", "推荐", "独门绝技", "第 1 名，3 / 3 人推荐"):
        assert words in page


# --- visits in batches ----------------------------------------------------------------------------------------------------


@kept
def visiting(union):
    return in_batches(union)


def in_batches(union, people=4):
    checklist = [{"id": "tidy", "label": "现场整洁"}]
    play = Play(union, site_visit(batches=2, photos=2, checklist=checklist, team_min=2), final())
    names = ("孙秀兰", "周志强", "吴海涛", "郑国栋")
    play.people = [play.apply(name=name) for name in names[:people]]
    play.open("visit")
    return play


def record(**more):
    data = {"visited_on": "2026-03-23", "place": "一车间", "team": "甲、乙", "finding": "熟练", "check-tidy": "是"}
    return data | {"photos": [jpeg("一.jpg"), jpeg("二.jpg")]} | more


def test_batches_are_arranged_from_an_even_split(visiting, reader):
    play, stage = visiting, visiting.stage("visit")
    office = reader(play, play.office)
    page = text(office.get("visits", stage_pk=stage.pk))
    assert "还有 4 人没有安排批次" in page
    assert "记录考察<" not in page
    page = text(office.get("arrange_batches", stage_pk=stage.pk))
    assert page.count('<option value="1" selected>') == 2
    assert page.count('<option value="2" selected>') == 2
    data = {f"batch-{person.pk}": 1 + n % 2 for n, person in enumerate(play.people)}
    assert office.post("arrange_batches", data, stage_pk=stage.pk).status_code == 302
    assert VisitBatch.objects.filter(batch=2).count() == 2
    page = text(office.get("visits", stage_pk=stage.pk, query="?batch=2"))
    assert "周志强" in page
    assert "孙秀兰" not in page
    assert text(office.get("visits", stage_pk=stage.pk, query="?batch=9")).count("data-row-link") == 4


def test_saving_a_record_leads_to_the_next_of_the_batch_with_day_and_team_kept(visiting, reader):
    play, stage = visiting, visiting.stage("visit")
    office = reader(play, play.office)
    a, b, c, _ = play.people
    visits.arrange_batches(stage, batches={a.pk: 1, b.pk: 2, c.pk: 1}, actor=play.office, at=play.now())
    assert "保存，接着记录吴海涛" in text(office.get("record_visit", stage_pk=stage.pk, application_pk=a.pk))
    response = office.post("record_visit", record(), stage_pk=stage.pk, application_pk=a.pk)
    assert response["Location"] == office.url("record_visit", stage_pk=stage.pk, application_pk=c.pk)
    page = text(office.get("record_visit", stage_pk=stage.pk, application_pk=c.pk))
    assert 'value="甲、乙"' in page
    assert 'value="2026-03-23"' in page
    assert "保存考察记录" in page
    response = office.post("record_visit", record(), stage_pk=stage.pk, application_pk=c.pk)
    assert response["Location"] == office.url("visits", stage_pk=stage.pk) + "?batch=1"
    play.decide("visit", a)
    page = text(office.get("visits", stage_pk=stage.pk))
    assert page.count("重新记录") == 2
    assert 'data-label="结论">通过</td>' in page
    case = text(office.get("case", pk=a.pk))
    assert "第 1 批" in case
    assert case.count("现场考察照片") == 2


def test_a_new_record_keeps_the_photos_and_adds_to_them(visiting, reader):
    play, stage = visiting, visiting.stage("visit")
    office, a = reader(play, play.office), play.people[0]
    visits.arrange_batches(stage, batches={a.pk: 1}, actor=play.office, at=play.now())
    page = text(office.post("record_visit", record(photos=[jpeg()]), stage_pk=stage.pk, application_pk=a.pk))
    assert "考察照片至少 2 张，现有 1 张" in page
    assert not VisitPhoto.objects.exists()
    office.post("record_visit", record(), stage_pk=stage.pk, application_pk=a.pk)
    assert "已有 2 张会保留" in text(office.get("record_visit", stage_pk=stage.pk, application_pk=a.pk))
    office.post("record_visit", record(photos=[jpeg("三.jpg")]), stage_pk=stage.pk, application_pk=a.pk)
    first, second = SiteVisit.objects.order_by("revision")
    assert second.photos.count() == 3
    assert first.photos.first().file == second.photos.first().file
    photo = second.photos.last()
    assert office.get("visit_photo", photo_pk=photo.pk)["Content-Type"] == "image/jpeg"


def test_a_bad_file_among_the_photos_is_refused_in_place(visiting, reader):
    play, stage = visiting, visiting.stage("visit")
    office, a = reader(play, play.office), play.people[0]
    visits.arrange_batches(stage, batches={a.pk: 1}, actor=play.office, at=play.now())
    bad = record(photos=[jpeg(), jpeg("假.jpg", content=b"%PDF-1.7 no picture")])
    page = text(office.post("record_visit", bad, stage_pk=stage.pk, application_pk=a.pk))
    assert "考察照片：" in page
    assert "一车间" in page
    page = text(office.post("record_visit", record(photos=[]), stage_pk=stage.pk, application_pk=a.pk))
    assert "必填" in page
    assert not SiteVisit.objects.exists()


def test_who_was_visited_stays_in_their_batch(visiting, reader):
    play, stage = visiting, visiting.stage("visit")
    office, a = reader(play, play.office), play.people[0]
    visits.arrange_batches(stage, batches={a.pk: 2}, actor=play.office, at=play.now())
    files = [store_file(play.union, b"x", name="x.jpg", content_type="image/jpeg", at=play.now()) for _ in range(2)]
    play.visit("visit", a, checklist={"tidy": "是"}, photos=files)
    assert "disabled" in text(office.get("arrange_batches", stage_pk=stage.pk))
    office.post("arrange_batches", {f"batch-{a.pk}": 1}, stage_pk=stage.pk)
    assert VisitBatch.objects.get(application=a).batch == 2


def test_a_stage_without_batches_has_none_to_arrange(union, reader):
    play = Play(union, site_visit(), final())
    play.apply()
    play.open("visit")
    office, stage = reader(play, play.office), play.stage("visit")
    assert office.get("arrange_batches", stage_pk=stage.pk).status_code == 404
    assert "批次" not in text(office.get("visits", stage_pk=stage.pk))
    leader = reader(play, play.leader)
    assert leader.get("arrange_batches", stage_pk=stage.pk).status_code == 403


def test_an_empty_batch_says_so(visiting, reader):
    office = reader(visiting, visiting.office)
    page = text(office.get("visits", stage_pk=visiting.stage("visit").pk, query="?batch=1"))
    assert "这一批还没有人选" in page


@pytest.mark.parametrize("people", [1, 3])
def test_the_visits_ask_the_same_number_of_questions(union, reader, people, django_assert_num_queries):
    play = in_batches(union, people)
    stage, office = play.stage("visit"), reader(play, play.office)
    visits.arrange_batches(stage, batches={person.pk: 1 for person in play.people}, actor=play.office, at=play.now())
    for name, count in (("visits", VISITS_QUERIES), ("arrange_batches", BATCHES_QUERIES)):
        text(office.get(name, stage_pk=stage.pk))
        with django_assert_num_queries(count):
            text(office.get(name, stage_pk=stage.pk))


VISITS_QUERIES = 12
BATCHES_QUERIES = 12

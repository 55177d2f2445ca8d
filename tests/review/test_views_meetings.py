import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review.models import Resolution
from review.models_meetings import Meeting, MotionRoll
from review.services.meetings import Motion
from review.states import ItemState, Matter
from tests.kept import kept
from tests.review.meetingcraft import Sitting, passing, people
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, committee, expert_review, final
from unions.models import Member
from unions.states import Role

pytestmark = pytest.mark.django_db


@kept
def play(union):
    play = Play(union, committee(), final(), quota={"places": 2})
    play.people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.open("committee")
    return play


@pytest.fixture
def leader(play, reader):
    return reader(play, play.leader)


def test_a_meeting_is_held_from_page_to_page(play, leader, reader):
    office = reader(play, play.office)
    assert "领导小组审核：审议人选（3 人）" in text(office.get("meetings"))
    form = {
        "held_on": play.clock.date().isoformat(),
        "place": "会议室",
        "chair": play.leader.pk,
        "items": [f"people:{play.stage('committee').pk}:"],
    }
    office.post("convene_meeting", form, campaign_slug=play.campaign.slug)
    meeting = Meeting.objects.get()
    rows = {f"member-{one.pk}-presence": "present" for one in play.leaders}
    page = text(office.post("set_attendance", rows | {"chair": play.leader.pk}, meeting_pk=meeting.pk))
    assert "请填写韩组长的工作单位" in page
    rows |= {f"member-{one.pk}-employer": "示例机关" for one in play.leaders}
    office.post("set_attendance", rows | {"chair": play.leader.pk}, meeting_pk=meeting.pk)
    assert office.post("open_meeting", meeting_pk=meeting.pk).status_code == 403
    leader.post("open_meeting", meeting_pk=meeting.pk)
    item = meeting.items.get()
    data = {f"case-{one.pk}-decision": "confirm" for one in play.people} | {"text": "同意"}
    office.post("propose", data, item_pk=item.pk)
    page = text(leader.get("count_hands", item_pk=item.pk))
    shown = page.split('name="shown" value="')[1].split('"')[0]
    hands = {"q1-in_favour": 3, "q1-against": 1, "q1-abstained": 0, "shown": shown}
    assert "合计不能超过可以表决的 3 人" in text(leader.post("count_hands", hands, item_pk=item.pk))
    leader.post("count_hands", hands | {"q1-against": 0}, item_pk=item.pk)
    leader.post("conclude_item", item_pk=item.pk)
    leader.post("close_meeting", meeting_pk=meeting.pk)

    assert Resolution.objects.get().item.state == ItemState.DECIDED
    assert "与记录核对一致" in text(leader.get("meeting", meeting_pk=meeting.pk))
    for name, pk in (
        ("minutes_paper", {"meeting_pk": meeting.pk}),
        ("resolution_paper", {"resolution_pk": Resolution.objects.get().pk}),
    ):
        assert leader.get(name, **pk).content.startswith(b"%PDF")


def test_the_office_moves_a_meeting_and_calls_it_off(play, reader):
    sitting = Sitting(play, people(play, "committee"), opened=False)
    office, at = reader(play, play.office), {"meeting_pk": sitting.pk}
    page = text(office.get("meeting", **at))
    assert "改期、改地点" in page
    assert "取消会议" in page
    assert "总工会三楼会议室" in text(office.get("move_meeting", **at))
    said = {"held_on": "2026-06-30", "place": "", "reason": ""}
    page = text(office.post("move_meeting", said, **at))
    assert "这个字段是必填项" in page
    assert "2026-06-30" in page, "what was typed is kept"
    assert office.post("move_meeting", said | {"place": "二楼会议室"}, **at)["Location"] == office.url("meeting", **at)
    assert "2026年6月30日" in text(office.get("meeting", **at))

    assert "涉及 <strong>3</strong> 名应到的成员" in text(office.get("cancel_meeting", **at))
    office.post("cancel_meeting", {"reason": "半数成员出差"}, **at)

    page = text(office.get("meeting", **at))
    assert "已取消" in page
    assert "半数成员出差" in page
    assert "改期、改地点" not in page
    assert "增加议程" not in page
    for name in ("move_meeting", "cancel_meeting"):
        assert "会议已取消" in text(office.get(name, **at))
    assert "领导小组审核：审议人选（3 人）" in text(office.get("meetings"))


def test_a_secret_ballot_is_confirmed_before_it_is_cast(union, reader):
    play = Play(union, committee(meeting={"vote": "secret_ballot", "setting": True}), final())
    a = play.apply(name="孙秀兰")
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a))
    leader, item = reader(play, play.leader), sitting.item()
    assert leader.get("cast_vote", item_pk=item.pk).status_code == 302
    leader.post("open_motion", item_pk=item.pk)
    assert "等您投票" in text(leader.get("group"))
    assert "有的人选没有选择" in text(leader.post("cast_vote", {}, item_pk=item.pk))
    assert "确认选票" in text(leader.post("cast_vote", {"q1-answer": "for"}, item_pk=item.pk))
    assert not MotionRoll.objects.exists()
    edit = {"q1-answer": "for", "confirmed": "on", "edit": "on"}
    assert "核对选票" in text(leader.post("cast_vote", edit, item_pk=item.pk))
    leader.post("cast_vote", {"q1-answer": "for", "confirmed": "on"}, item_pk=item.pk)
    assert MotionRoll.objects.count() == 1
    page = text(leader.get("agenda_item", item_pk=item.pk))
    assert "还没有投票：" in page
    assert "赞成 1" not in page
    assert "还没有投票" in text(leader.post("close_motion", item_pk=item.pk))
    leader.post("void_motion", {"reason": "有人离会"}, item_pk=item.pk)
    assert leader.get("close_motion", item_pk=item.pk).status_code == 404
    assert leader.get("cast_deciding", item_pk=item.pk).status_code == 404


def test_a_dossier_leads_on_to_the_next_and_is_closed_to_who_keeps_out(play, reader):
    a, b, _ = play.people
    sitting = Sitting(play, people(play, "committee"))
    sitting.recuse(play.leaders[2], a)
    item = sitting.item()
    leader = reader(play, play.leader)
    page = text(leader.get("dossier", item_pk=item.pk, application_pk=a.pk))
    assert leader.url("dossier", item_pk=item.pk, application_pk=b.pk) in page
    for words in ("对照条件", "公示中的异议", "许组员（曾为师徒）", "第 1 / 3 人"):
        assert words in page
    out = reader(play, play.leaders[2])
    assert out.get("dossier", item_pk=item.pk, application_pk=a.pk).status_code == 302
    assert out.get("dossier", item_pk=item.pk, application_pk=b.pk).status_code == 200
    assert [out.get("case", pk=one.pk).status_code for one in (a, b)] == [403, 200]
    assert leader.get("dossier", item_pk=item.pk, application_pk=10**6).status_code == 404


def test_an_item_costs_the_same_for_one_and_for_three(union, reader):
    counts = []
    for number in (1, 3):
        Member.objects.filter(role=Role.LEADER).update(active=False)  # those of the play before
        play = Play(union, committee(), final())
        made = [play.apply() for _ in range(number)]
        play.open("committee")
        sitting = Sitting(play, people(play, "committee"))
        sitting.propose(*map(passing, made))
        leader, item = reader(play, play.leader), sitting.item()
        leader.get("agenda_item", item_pk=item.pk)
        for name, more in (("agenda_item", {}), ("dossier", {"application_pk": made[0].pk})):
            counts.append((name, _queries(leader, name, item_pk=item.pk, **more)))
    assert counts[:2] == counts[2:]


def _queries(leader, name, **kwargs):
    with CaptureQueriesContext(connection) as found:
        assert leader.get(name, **kwargs).status_code == 200
    return len(found)


def test_a_tie_is_put_in_order_and_more_matters_are_added(union, reader):
    play = Play(union, expert_review(), final())
    a, b = play.apply(name="孙秀兰"), play.apply(name="周志强")
    play.review("review", {a.pk: 80, b.pk: 80})
    play.cut("review", 1)
    sitting = Sitting(play, Motion(Matter.TIE, play.stage("review"), tied=(a.pk, b.pk)))
    leader, item = reader(play, play.leader), sitting.item()
    assert "没有其他等待领导小组决定的事项" in text(leader.get("add_item", meeting_pk=sitting.pk))
    leader.post("propose", {f"place-{a.pk}": 2, f"place-{b.pk}": 1, "reason": "技艺更精"}, item_pk=item.pk)
    item.refresh_from_db()
    assert item.proposal == [{"application": b.pk}, {"application": a.pk}]
    empty = Sitting(play, opened=False)
    leader.post("add_item", {"item": f"tie:{play.stage('review').pk}:{a.pk}-{b.pk}"}, meeting_pk=empty.pk)
    assert empty.item().tied == [a.pk, b.pk]


def test_the_chair_decides_on_a_page_of_their_own(union, reader):
    play = Play(union, committee(meeting={"tie": "chair_decides", "setting": True}), final())
    a = play.apply(name="孙秀兰")
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a))
    sitting.hands((1, 1, 1))
    leader, item = reader(play, play.leader), sitting.item()
    assert "按规定由主持人" in text(leader.get("agenda_item", item_pk=item.pk))
    leader.post("cast_deciding", {"carried": "yes", "reason": "技艺突出"}, item_pk=item.pk)
    assert "主持人决定通过：技艺突出" in text(leader.get("agenda_item", item_pk=item.pk))


def test_the_supervisor_reads_along_and_experts_do_not_come_in(play, reader):
    sitting = Sitting(play, people(play, "committee"))
    along = reader(play, member_of(play, Role.SUPERVISOR))
    page = text(along.get("meeting", meeting_pk=sitting.pk))
    assert "会议结束</a>" not in page
    assert along.get("agenda_item", item_pk=sitting.item().pk).status_code == 200
    assert along.post("propose", {}, item_pk=sitting.item().pk).status_code == 403
    assert along.get("minutes_paper", meeting_pk=sitting.pk).status_code == 404
    expert = reader(play, member_of(play, Role.EXPERT))
    assert expert.get("meeting", meeting_pk=sitting.pk).status_code == 403

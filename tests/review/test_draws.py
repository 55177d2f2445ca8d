"""A panel is drawn from the pool: fixed list, committed seed, replayable order, substitutes in that order."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from review import draw, selectors
from review.models import DrawPledge, Panel, PanelDraw, PanelSeat
from review.services import draws, panels
from review.states import Seat
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import MINUTE, Play, ballot_review, expert_review, final, fresh
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return drawing(union, size=3, reserves=1, besides=["市人社局有关人员"])


def drawing(union, experts=6, **panel):
    play = Play(union, ballot_review(panel={"draw": True, **panel}), final())
    play.experts = [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四五六"[:experts]]
    play.apply()
    return play


def pledge(play, **more):
    return play.pledge("review", **more)


def test_a_drawn_panel_is_not_named(play):
    with pytest.raises(Refused, match="从专家库抽取产生"):
        play.form_panel("review")


def test_nothing_is_drawn_before_the_list_is_fixed(play):
    with pytest.raises(Refused, match="请先固定名单"):
        play.draw_pledged("review")


def test_the_seed_is_committed_to_before_and_revealed_after(play):
    pledged = pledge(play)
    assert pledged.candidates == sorted(expert.pk for expert in play.experts)
    entry = AuditEntry.objects.get(action="draw.pledged")
    assert entry.after["commitment"] == pledged.commitment
    drawn = play.draw_pledged("review")
    assert drawn.seed not in str(entry.after)
    assert drawn.seed not in pledged.sealed_seed
    assert draw.commitment(drawn.seed) == pledged.commitment
    assert tuple(drawn.result) == draw.drawn(draw.joined(drawn.seed, "03 08 12"), pledged.candidates)
    assert draws.replayed(drawn) == []
    assert [seat.expert_id for seat in drawn.panel.seats.order_by("pk")] == drawn.result[:3]
    assert AuditEntry.objects.get(action="panel.drawn").after["result"] == drawn.result


def test_the_record_of_a_draw_is_never_changed(play):
    drawn = play.draw("review")
    for model in (DrawPledge, PanelDraw):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(at=play.now())
    drawn.result = drawn.result[::-1]
    assert draws.replayed(drawn) == ["按种子重新抽取的顺序与记录的顺序"]


def test_nobody_draws_until_they_like_it(play):
    pledge(play)
    with pytest.raises(Refused, match="名单已经固定，请抽取"):
        pledge(play)
    play.draw_pledged("review")
    for again in (pledge, lambda play: play.draw("review")):
        with pytest.raises(Refused, match="已经抽取产生"):
            again(play)
    with pytest.raises(Refused, match="已经抽取产生"):
        play.draw_pledged("review")


def test_a_pool_that_changed_is_fixed_anew(play):
    pledge(play)
    panels.retire_expert(play.experts[0], reason="退休", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="请重新固定名单"):
        play.draw_pledged("review")
    again = pledge(play)
    assert (again.revision, play.experts[0].pk in again.candidates) == (1, False)
    play.draw_pledged("review")


def test_the_pool_must_hold_enough(union):
    play = drawing(union, experts=3, size=3, reserves=1)
    with pytest.raises(Refused, match="可抽取的有 3 人，不足 4 人"):
        pledge(play)


def test_where_the_rules_leave_it_open_the_office_says_how_many(union):
    play = drawing(union)
    with pytest.raises(Refused, match="请填写抽取几人"):
        pledge(play)
    assert play.draw("review", size=4).panel.seats.count() == 4
    assert "评审团队应有 4 人，已接受邀请的 0 人" in panels.panel_missing(play.stage("review"))


def test_who_is_not_in_draws_is_not_drawn(play):
    official = play.expert("示例市人社局", in_draws=False)
    assert official.pk not in pledge(play).candidates


def test_only_rules_that_draw_have_a_draw(union):
    play = Play(union, expert_review(), final())
    with pytest.raises(Refused, match="没有规定抽取"):
        pledge(play)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.EXPERT, Role.ADMIN])
def test_only_the_office_draws(play, role):
    member = MemberFactory(union=play.union, role=role)
    for verb in (play.pledge, play.draw_pledged):
        with pytest.raises(Refused):
            verb("review", actor=member)


def test_who_declines_is_followed_by_the_next_in_drawn_order(play):
    drawn = play.draw("review")
    panel = play.panel_of("review")
    with pytest.raises(Refused, match="没有缺额"):
        draws.call_next(panel, reason="补缺", actor=play.office, at=play.now())
    seat = PanelSeat.objects.select_related("expert__member").order_by("pk").first()
    panels.decline_seat(seat, actor=fresh(seat.expert.member), at=play.now(), reason="出差")
    assert draws.vacancies(drawn) == 1
    assert draws.has_more(drawn)
    with pytest.raises(Refused, match="请填写递补的理由"):
        draws.call_next(panel, reason="", actor=play.office, at=play.now())
    called = draws.call_next(panel, reason="专家谢绝", actor=play.office, at=play.now())
    assert called.expert_id == drawn.result[3]
    assert called.approved_at is not None


def test_an_order_can_be_used_up(union):
    play = drawing(union, experts=2, size=2)
    drawn = play.draw("review")
    assert not draws.has_more(drawn)
    seat = PanelSeat.objects.select_related("expert__member").order_by("pk").first()
    panels.decline_seat(seat, actor=fresh(seat.expert.member), at=play.now())
    with pytest.raises(Refused, match="可以递补的专家"):
        draws.call_next(play.panel_of("review"), reason="补缺", actor=play.office, at=play.now())


def test_a_panel_that_was_named_has_no_order_to_call_up_from(union):
    play = Play(union, expert_review(), final())
    play.form_panel("review")
    with pytest.raises(Refused, match="不是抽取产生的"):
        draws.call_next(play.panel_of("review"), reason="补缺", actor=play.office, at=play.now())


def test_besides_the_drawn_only_people_whom_the_rules_name_are_added(union, play):
    drawn = play.draw("review")
    official = play.expert("示例市人社局", in_draws=False)
    left = play.experts[[expert.pk for expert in play.experts].index(drawn.result[-1])]
    with pytest.raises(Refused, match="按抽取顺序递补"):
        panels.add_seat(play.panel_of("review"), expert=left, reason="熟悉", actor=play.office, at=play.now())
    panels.add_seat(play.panel_of("review"), expert=official, reason="市人社局人员", actor=play.office, at=play.now())
    assert selectors.draw_of(play.panel_of("review")) == drawn
    assert draws.vacancies(drawn) == 0


def test_a_name_does_not_become_a_colleague_by_leaving_the_pool(play):
    drawn = play.draw("review")
    left = play.experts[[expert.pk for expert in play.experts].index(drawn.result[-1])]
    left = panels.enrol_expert(
        left.member, field="焊接", employer="示例所", in_draws=False, actor=play.office, at=play.now()
    )
    with pytest.raises(Refused, match="按抽取顺序递补"):
        panels.add_seat(play.panel_of("review"), expert=left, reason="熟悉", actor=play.office, at=play.now())


def test_where_the_rules_name_nobody_besides_nobody_is_added(union):
    play = drawing(union, size=3)
    play.draw("review")
    official = play.expert("示例市人社局", in_draws=False)
    with pytest.raises(Refused, match="没有规定抽取之外的人员"):
        panels.add_seat(play.panel_of("review"), expert=official, reason="市人社局", actor=play.office, at=play.now())


def test_the_drawn_wait_for_whoever_approves_panels(union):
    play = drawing(union, size=3, approved_by="leading_group")
    drawn = play.draw("review")
    assert not PanelSeat.objects.filter(approved_at__isnull=False)
    panels.approve_panel(drawn.panel, minutes=play.minutes(), actor=play.leader, at=play.now())
    seat = PanelSeat.objects.select_related("expert__member").order_by("pk").first()
    panels.decline_seat(seat, actor=fresh(seat.expert.member), at=play.now())
    called = draws.call_next(play.panel_of("review"), reason="专家谢绝", actor=play.office, at=play.now())
    assert called.approved_at is None
    assert PanelSeat.objects.filter(state=Seat.INVITED).count() == 3
    assert Panel.objects.count() == 1


# --- what a drawn panel must look like, and the number nobody can choose ---------------------------------------------------

MIXED = {"size": 2, "shares": [{"kind": "劳模", "at_least": 1}, {"field": "焊接", "at_most": 2}], "per_employer": 1}


def of_kind(play, *kinds):
    for expert, kind in zip(play.experts, kinds, strict=False):
        type(expert).objects.filter(pk=expert.pk).update(kind=kind)


def test_a_drawn_panel_meets_the_rules_and_so_does_who_is_called_up(union):
    play = drawing(union, **MIXED)
    of_kind(play, "劳模", "劳模", "技术", "技术", "技术", "技术")
    drawn = play.draw("review")
    honoured = {expert.pk for expert in play.experts[:2]}
    panel = set(drawn.panel.seats.values_list("expert_id", flat=True))
    assert panel & honoured
    gone = next(seat for seat in PanelSeat.objects.select_related("expert__member") if seat.expert_id in honoured)
    others = panel - {gone.expert_id}
    panels.decline_seat(gone, actor=fresh(gone.expert.member), at=play.now())
    called = draws.call_next(play.panel_of("review"), reason="谢绝", actor=play.office, at=play.now())
    assert (called.expert_id in honoured) or bool(others & honoured)
    assert draws.replayed(drawn) == []


def test_where_nobody_left_fits_nobody_is_called_up(union):
    play = drawing(union, **MIXED)
    of_kind(play, "劳模")
    drawn = play.draw("review")
    seat = drawn.panel.seats.select_related("expert__member").get(expert=play.experts[0])
    panels.decline_seat(seat, actor=fresh(seat.expert.member), at=play.now())
    with pytest.raises(Refused, match="没有符合构成要求、可以递补的专家"):
        draws.call_next(play.panel_of("review"), reason="谢绝", actor=play.office, at=play.now())


def test_a_pool_out_of_which_no_such_panel_can_be_drawn_is_said_to_be_one(union):
    play = drawing(union, **MIXED)
    with pytest.raises(Refused, match=r"抽不出符合构成要求的 2 人（“劳模”类的专家至少 1 人；.*同一工作单位至多 1 人"):
        pledge(play)


def test_facts_that_changed_since_ask_for_a_new_list(play):
    pledged = pledge(play)
    type(play.experts[0]).objects.filter(pk=play.experts[0].pk).update(employer="另一家")
    assert draws.outdated(pledged, at=play.clock)


def test_a_public_number_is_named_before_it_is_known_and_told_with_its_source(play):
    at = play.now()
    for announced, words in (
        (draws.Announced("", at + MINUTE), "请写明并入种子的公开数值"),
        (draws.Announced("号" * 201, at + MINUTE), "至多 200 字"),
        (draws.Announced("示例彩票", at), "请填写将来的公布时间"),
    ):
        with pytest.raises(Refused, match=words):
            pledge(play, announced=announced, at=at)
    pledge(play, announced=draws.Announced("示例彩票", play.now() + 3 * MINUTE))
    with pytest.raises(Refused, match="才公布，公布后再抽取"):
        play.draw_pledged("review")
    play.clock += 3 * MINUTE
    for told, words in (({"public": " "}, "请填写“示例彩票”公布的数值"), ({"source": ""}, "请填写公开数值的出处")):
        with pytest.raises(Refused, match=words):
            play.draw_pledged("review", **told)
    drawn = play.draw_pledged("review", public="０3　 08  12")
    assert drawn.public == "03 08 12"
    assert AuditEntry.objects.get(action="panel.drawn").after["public"] == "03 08 12"


def test_the_rules_may_name_the_public_number(union):
    play = drawing(union, size=2, public_part="抽取前一晚示例彩票的开奖号码")
    assert pledge(play).announced == "抽取前一晚示例彩票的开奖号码"


def test_a_list_from_before_there_were_facts_is_fixed_anew_and_its_draw_still_replays(play):
    old: dict[str, Any] = {"facts": [], "conditions": {}, "announced": "", "announced_for": None}
    pledged = pledge(play)
    seed = "s" * 64
    past = DrawPledge(
        **{
            field.attname: getattr(pledged, field.attname)
            for field in DrawPledge._meta.concrete_fields
            if field.attname != "id"
        }
        | old
        | {"revision": 1, "listed": draw.list_sha256(pledged.candidates), "commitment": draw.commitment(seed)}
    )
    past.save()
    assert draws.outdated(past, at=play.clock)
    drawn = PanelDraw(pledge=past, seed=seed, result=list(draw.drawn(seed, past.candidates)), at=play.now())
    assert draws.replayed(drawn) == []

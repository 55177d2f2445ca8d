"""What the system finds by itself beyond the employer, and what it leaves to a person of the office."""

import pytest

from applications.models import Application, Source
from applications.states import Came
from review import selectors
from review.models import Recusal
from review.models_pool import Likeness, LikenessWord
from review.services import ballots, likenesses, panels, pool
from review.states import RecusalSource
from tests.factories import CampaignFactory, MemberFactory, UnitFactory
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, ballot_review, expert_review, final, fresh, rules_text
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

FORM = (
    '{ id = "level", type = "choice"',
    """{ id = "home", type = "address", label = "住址", personal = true },
  { id = "mobile", type = "phone", label = "手机", personal = true },
  { id = "level", type = "choice\"""",
)


class Asking(Play):
    """A campaign whose form asks for address and phone."""

    def __init__(self, union, rule=None):
        rule = rule or expert_review()
        super().__init__(union, rule, final())
        text_ = rules_text(rule, final())
        assert FORM[0] in text_
        text_ = (
            text_.replace("columns = 8", "columns = 10")
            .replace(*FORM)
            .replace('{ field = "years" }', '{ field = "years" }, { field = "home" }, { field = "mobile" }')
        )
        self.campaign = CampaignFactory(union=union, text=text_)


@kept
def play(union):
    return Asking(union)


def sitting(play, name="孙建国", phone="", address=""):
    expert = play.expert("示例研究所", name=name)
    if phone or address:
        pool.keep_contact(expert, pool.Contact(phone, address), actor=play.office, at=play.now())
    panel = play.form_panel("review", [expert])
    play.accept(panel)
    play.open("review")
    return play.seat(panel, expert)


def settle(play, like, **more):
    told = {"conflict": False, "reason": "核实不是亲属", "actor": play.office, "at": play.now(), **more}
    return likenesses.settle_likeness(like, **told)


HOME = "示例区人民路 100 号 2 幢 301 室"


def test_one_surname_at_one_address_waits_for_a_person_and_is_hidden_meanwhile(play):
    case = play.apply("孙秀兰", home="示例区人民路100号2幢301室")
    other = play.apply("周志强", home="示例区解放路 8 号 101 室")
    seat = sitting(play, address=HOME)
    like = Likeness.objects.get()
    assert (like.application, like.ground) == (case, "同姓，且联系地址相同")
    assert not Recusal.objects.exists()
    play.declare(seat.panel)
    assert [one.application for one in selectors.cases_for(seat) if not one.recused] == [other]
    with pytest.raises(Refused, match="正在核对"):
        play.score(seat, case)
    assert "回避线索还没有核对：孙秀兰" in panels.panel_missing(play.stage("review"))
    word = settle(play, like)
    assert AuditEntry.objects.get(action="seat.likeness_settled").reason == word.reason
    assert {one.application for one in selectors.cases_for(seat) if not one.recused} == {case, other}
    play.score(seat, case)


def test_one_phone_is_looked_at_and_may_be_a_conflict(play):
    case = play.apply("周志强", mobile="19900011122")
    sitting(play, phone="199 0001 1122")
    like = Likeness.objects.get()
    assert like.ground == "联系电话相同"
    for reason, actor, words in ((" ", play.office, "请填写"), ("亲属", play.leader, "只有认定办公室")):
        with pytest.raises(Refused, match=words):
            settle(play, like, conflict=True, reason=reason, actor=actor)
    settle(play, like, conflict=True, reason="系其弟媳")
    assert Recusal.objects.get().application == case
    assert Recusal.objects.get().source == RecusalSource.OFFICE
    with pytest.raises(Refused, match="已经处理"):
        settle(play, like)
    assert LikenessWord.objects.count() == 1


def test_a_likeness_that_comes_up_in_a_vote_is_looked_at_before_the_count(union):
    play = Asking(union, ballot_review(passes={"max": 1, "setting": True}))
    liked, *_ = (
        play.apply(name, mobile=phone) for name, phone in (("周志强", "19900011122"), ("吴海涛", "19900011133"))
    )
    other = Application.objects.exclude(pk=liked.pk).get()
    experts = [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四"]
    play.seated("review", experts)
    panel = play.panel_of("review")
    ballots.open_round(panel, actor=play.office, at=play.now())
    pool.keep_contact(experts[0], pool.Contact("199 0001 1122", ""), actor=play.office, at=play.now())
    for seat in play.seats("review"):
        play.vote(seat, other)
    like = Likeness.objects.get()
    with pytest.raises(Refused, match="回避线索还没有核对：周志强"):
        ballots.close_round(panel, actor=play.office, at=play.now())
    with pytest.raises(Refused, match="请先作废本轮"):
        settle(play, like)
    ballots.void_round(panel, reason="核对回避线索", actor=play.office, at=play.now())
    settle(play, like)
    counted = play.round("review", *([[other]] * 4))
    assert counted.issued == 4


def test_a_conflict_declared_meanwhile_is_recused_once(play):
    case = play.apply("孙秀兰", home=HOME)
    seat = sitting(play, address=HOME)
    panels.recuse(seat, case, reason="亲属", actor=play.office, at=play.now())
    settle(play, Likeness.objects.get(), conflict=True)
    assert Recusal.objects.count() == 1


def test_the_account_phone_counts_and_what_is_nobodys_does_not(play):
    play.apply("周志强", mobile="19900011133")
    play.apply("吴海涛", home=HOME)
    expert = play.expert("示例研究所", name="孙建国")
    user = expert.member.user
    user.phone = "+8619900011133"
    user.save()
    panel = play.form_panel("review", [expert])
    play.accept(panel)
    play.open("review")
    assert [one.application.name for one in Likeness.objects.all()] == ["周志强"]


def test_the_office_reads_what_is_alike_and_records_its_word(play, reader):
    play.apply("孙秀兰", home=HOME)
    seat = sitting(play, address=HOME)
    stage, office = play.stage("review"), reader(play, play.office)
    assert "1 条回避线索待核对" in text(office.get("panel", stage_pk=stage.pk))
    assert "同姓，且联系地址相同" in text(office.get("seat_likenesses", seat_pk=seat.pk))
    told = {"likeness": Likeness.objects.get().pk, "conflict": "no", "reason": ""}
    page = text(office.post("seat_likenesses", told, seat_pk=seat.pk))
    assert "请填写核对的情况和理由" in page
    assert office.post("seat_likenesses", {**told, "reason": "核实无关"}, seat_pk=seat.pk).status_code == 302
    assert "核实无关" in text(office.get("seat_likenesses", seat_pk=seat.pk))
    assert "待核对" not in text(office.get("panel", stage_pk=stage.pk))
    assert reader(play, member_of(play, Role.LEADER)).get("seat_likenesses", seat_pk=seat.pk).status_code == 403


def test_who_named_the_person_or_stands_for_the_unit_that_did_keeps_out(union):
    play = Play(union, expert_review(), final())
    first, second, third = (play.apply(name) for name in ("孙秀兰", "周志强", "吴海涛"))
    unit = UnitFactory(union=union, name="示例协会")
    officer = MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=unit, name="经办")
    named, colleague = play.expert(name="蒋专家"), play.expert("示例院", name="沈专家", unit=unit)
    first.nominated_by = named.member
    first.save(update_fields=["nominated_by"])
    source = {"union": union, "kind": Came.PERSON, "channel": "self", "at": play.now()}
    Source.objects.create(application=second, by=named.member, **source)
    Source.objects.create(application=third, by=officer, **source)
    panel = play.form_panel("review", [named, colleague])
    play.accept(panel)
    play.open("review")
    found = {(row.seat.expert, row.application): row.reason for row in Recusal.objects.all()}
    assert found == {
        (named, first): "专家是该申报的填报人或推荐人",
        (named, second): "专家是该申报的填报人或推荐人",
        (colleague, third): "专家所属单位是该申报的推荐单位",
    }


def test_what_an_expert_declared_before_about_a_person_holds_in_the_next_campaign(union):
    before, again = Play(union, expert_review(), final()), Play(union, expert_review(), final())
    expert = before.expert(name="蒋专家")
    case = before.apply("孙秀兰")
    panel = before.form_panel("review", [expert])
    before.accept(panel)
    before.open("review")
    actor = fresh(expert.member)
    panels.declare_conflicts(
        before.seat(panel, expert), applications=[case], reasons=["师徒"], actor=actor, at=before.now()
    )
    later, other = again.apply("孙秀兰"), again.apply("周志强")
    type(later).objects.filter(pk=later.pk).update(person=case.person)
    numbered = again.apply("吴海涛")
    for one in (case, numbered):
        type(one).objects.filter(pk=one.pk).update(id_index="x" * 64)
    again.clock = before.now()
    panel = again.form_panel("review", [expert])
    again.accept(panel)
    again.open("review")
    found = {row.application: row.reason for row in Recusal.objects.filter(seat__panel=panel)}
    assert set(found) == {later, numbered}
    assert all("此前对此人的申报回避过" in reason for reason in found.values())
    assert other not in found


def test_an_expert_without_a_name_meets_nobody(union):
    play = Play(union, expert_review(), final())
    play.apply("孙秀兰")
    expert = play.expert(name="蒋专家")
    expert.member.user.name = ""
    expert.member.user.save()
    panel = play.form_panel("review", [expert])
    play.accept(panel)
    play.open("review")
    assert Recusal.objects.get().reason == "专家的姓名不详，无法核对"

"""Three experts at once in the scoring room: a matrix by keyboard, a phone, a sheet that saves itself; then what the office sees."""

import pytest

from review import blind, selectors_scoring
from review.models import Score
from review.models_scoring import SheetDraft
from review.services import panels, scoring
from tests.browser.test_panel_on_a_phone import look
from tests.browser.visitors import Clock, Visit
from tests.review.stagecraft import Play, expert_review, final, fresh
from tests.review.test_scoring_room import GIVEN, HONOURS, QUANTITATIVE
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ANCHORS = [
    {"points": 60, "text": "本单位领先"},
    {"points": 75, "text": "全市同行中领先"},
    {"points": 90, "text": "全国同行公认，他人难以替代"},
]
CRITERIA = [
    {"id": "craft", "label": "技艺水平", "weight": 35, "anchors": ANCHORS, "setting": True},
    {"id": "spirit", "label": "职业精神", "weight": 25, "setting": True},
]
NAMES = ("孙秀兰", "阿卜杜热西提·买买提", "郑国栋", "周志强", "吴海涛")


def rule(**more):
    band = {"below": 60, "above": 95, "setting": True}
    return expert_review(criteria=CRITERIA, quantitative=QUANTITATIVE, reasons=band, **more)


def verified(play, people):
    for person in people:
        for claim in selectors_scoring.claims_of(person):
            scoring.verify_honour(person, key=claim.key, holds=True, reason="", actor=play.office, at=play.now())


def test_three_experts_score_at_once_and_the_office_sees_how_firm_the_list_is(
    union: Union, visit: Visit, clock: Clock
) -> None:
    play = Play(union, rule(), final(), more=HONOURS)
    people = [
        play.apply(
            name=name,
            employer="示例精密机械制造股份有限公司第一分厂焊接车间",
            honours=GIVEN[: n % 3],
            years=str(10 + 4 * n),
        )
        for n, name in enumerate(NAMES)
    ]
    play.seated("review")
    verified(play, people[1:])
    clock.go_to(play.now())
    first, second, third = play.seats("review")

    desk = visit("评审专家", 1280, first.expert.member)
    desk.open(f"/{union.slug}/panel/{first.pk}/")
    look(desk, "score-list")
    desk.open(f"/{union.slug}/panel/{first.pk}/matrix/")
    rows = desk.page.locator("tbody tr")
    rows.nth(0).locator("input[type=number]").nth(0).fill("81")
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.type("82")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("99")
    assert rows.nth(1).locator("input[type=number]").nth(1).input_value() == "99"
    desk.page.keyboard.press("ArrowLeft")
    desk.page.keyboard.type("97")
    rows.nth(1).locator("[data-sheet-status]", has_text="已暂存").wait_for()
    look(desk, "score-matrix")
    assert SheetDraft.objects.filter(seat=first).count() == 2
    desk.press("保存本页评分")
    desk.sees("有 1 份没有保存")
    desk.sees("总分高于 95%，请在评语中说明理由")
    look(desk, "score-matrix-refused")
    assert Score.objects.filter(seat=first).count() == 1

    phone = visit("评审专家", 390, second.expert.member)
    phone.open(f"/{union.slug}/panel/{second.pk}/")
    look(phone, "score-list")
    phone.open(f"/{union.slug}/panel/{second.pk}/cases/{people[1].pk}/")
    phone.page.get_by_label("技艺水平").first.fill("88")
    phone.page.locator("[data-sheet-status]", has_text="已暂存").wait_for()
    look(phone, "score-case")
    phone.page.reload()
    assert phone.page.get_by_label("技艺水平").first.input_value() == "88"
    phone.open(f"/{union.slug}/panel/{second.pk}/matrix/")
    look(phone, "score-matrix")
    wide = visit("评审专家", 1280, third.expert.member)
    wide.open(f"/{union.slug}/panel/{third.pk}/cases/{people[1].pk}/")
    look(wide, "score-case")

    office = visit("经办", 1280, play.office)
    office.open(f"/{union.slug}/review/cases/{people[0].pk}/")
    look(office, "score-honours")
    verified(play, people[:1])
    marks = {first.pk: (80, 84, 70, 75, 60), second.pk: (82, 80, 72, 70, 65), third.pk: (75, 95, 70, 93, 64)}
    for seat in (first, second, third):
        for person, mark in zip(people, marks[seat.pk], strict=True):
            given = {"craft": mark, "spirit": max(mark - 3, 60)}
            panels.score_case(seat, person, points=given, actor=fresh(seat.expert.member), at=play.now())
    play.end("review")
    play.cut("review", 2)
    clock.go_to(play.now())
    leader = visit("领导小组", 390, play.leader)
    for visitor in (office, leader):
        visitor.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/ranking/")
        visitor.sees("名单稳不稳")
        look(visitor, "score-ranking")


def test_a_blind_review_on_a_phone(union: Union, visit: Visit, clock: Clock) -> None:
    play = Play(union, rule(blind=True), final(), more=HONOURS)
    people = [play.apply(name=name, honours=GIVEN[:2], deeds=f"{name}带徒三十人") for name in NAMES]
    panel = play.seated("review")
    verified(play, people)
    clock.go_to(play.now())
    seat = play.seats("review")[0]
    for width in (390, 1280):
        expert = visit("评审专家", width, seat.expert.member)
        expert.open(f"/{union.slug}/panel/{seat.pk}/")
        look(expert, "score-blind-list")
        expert.open(f"/{union.slug}/panel/{seat.pk}/cases/{blind.code(panel, people[0].pk)}/")
        expert.sees("〔隐去〕带徒三十人")
        look(expert, "score-blind-case")

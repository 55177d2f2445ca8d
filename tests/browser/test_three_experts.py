"""Three experts score at once: one at a desk, one on a phone who keeps out of a case, one who drops out in the middle."""

import re

import pytest

from review.models import Ranking, Recusal, Score
from tests.browser.visitors import Clock, Visit, Visitor
from tests.review.stagecraft import Play, expert_review, final
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def declare(expert: Visitor, *, kept_out_of: str = "") -> None:
    expert.press("接受邀请并承诺遵守")
    expert.follow("申报回避")
    if kept_out_of:
        case = expert.page.locator("li.jx-finding").filter(has_text=kept_out_of)
        case.get_by_role("checkbox").check()
        case.locator("summary").click()
        case.get_by_label(re.compile("理由")).fill("同一师傅的徒弟")
    expert.page.get_by_label(re.compile("我已逐一看过名单")).check()
    expert.press("提交回避申报")


def score(expert: Visitor, *points: int) -> None:
    """Fill in the sheet that is open and hand it in."""
    fields = expert.page.locator("#score input[name^=points-]").all()
    for field, given in zip(fields, points, strict=True):
        field.fill(str(given))
    expert.page.locator("#score textarea").fill("技艺扎实")
    with expert.moving():
        expert.page.locator("#score button[type=submit]").first.click()


def test_three_experts_score_at_once_one_kept_out_and_one_gone(union: Union, visit: Visit, clock: Clock) -> None:
    play = Play(union, expert_review(passes={"max": 1, "setting": True}), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    panel = play.form_panel("review")
    play.open("review")
    clock.go_to(play.now())
    desk, phone, leaving = (play.seat(panel, expert) for expert in play.experts)
    at_desk, on_phone, goes = (
        visit(f"专家{n}", width, seat.expert.member)
        for n, (seat, width) in enumerate(((desk, 1280), (phone, 390), (leaving, 1280)))
    )
    for expert in (at_desk, on_phone, goes):
        expert.open(f"/{union.slug}/panel/")
    declare(at_desk)
    declare(on_phone, kept_out_of="周志强")
    declare(goes)

    # all three are at their first case at the same time; whoever keeps out of one does not meet it
    for expert in (at_desk, on_phone, goes):
        expert.follow("评下一份")
    score(goes, 10, 10)
    score(at_desk, 90, 90)
    score(on_phone, 70, 70)
    assert "第 2 份，共 2 份" in on_phone.page.inner_text("body")
    score(at_desk, 80, 80)
    score(on_phone, 75, 75)
    on_phone.open(f"/{union.slug}/panel/{phone.pk}/")
    on_phone.sees("已评 2 份，共 2 份")
    assert "周志强" not in on_phone.page.content()
    refused = on_phone.page.request.get(f"/{union.slug}/panel/{phone.pk}/cases/{people[1].pk}/")
    assert refused.status == 404

    # the third drops out with a sheet typed and not handed in
    half = goes.page.locator("#score input[name^=points-]").first
    with goes.page.expect_response(lambda answer: answer.url.endswith("/draft/")):
        half.fill("12")
    office = visit("经办", 1280, play.office)
    office.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/panel/")
    office.follow("退出", within=office.box(str(leaving.expert)))
    office.field("理由").fill("住院治疗")
    office.press("退出评审团队")
    office.sees("住院治疗")
    goes.open(f"/{union.slug}/panel/")
    goes.sees("现在没有邀请您参加的评审")
    assert goes.page.request.get(f"/{union.slug}/panel/{leaving.pk}/cases/{people[2].pk}/").status == 404

    # what is left is enough: the sheet that was given before leaving stays on record and does not count
    score(at_desk, 60, 60)
    office.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/panel/")
    office.follow("结束评分")
    office.press("结束评分并计算排名")
    ranked = {row["application"]: row["total"] for row in Ranking.objects.get().rows}
    assert len(ranked) == 3
    assert Score.objects.filter(seat=leaving).count() == 1
    assert Recusal.objects.get().application_id == people[1].pk
    office.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/ranking/")
    office.sees("名单稳不稳")

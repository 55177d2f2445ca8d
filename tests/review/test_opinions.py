"""What bodies decided, in their boxes on the printed form; and the form as the office prints it."""

import io
import re
import zipfile

import pypdfium2
import pytest
from django.urls import reverse

from review.models import Outcome
from review.opinions import _words, stage_opinions
from review.states import Verdict
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.scene import public_notice
from tests.review.stagecraft import Play, expert_review, final, qualification
from unions.states import Role

BOXES = """
[[papers]]
id = "approval"
kind = "form"
title = "审批表"
copies = 3
size = "A4-landscape"
pages = [{ columns = 2, rows = [
  [{ label = "单位意见" }, { opinion = "unit", seal = true, date = true }],
  [{ label = "办公室意见" }, { opinion = "office", seal = true, date = true }],
  [{ label = "专家组评审意见" }, { opinion = "panel", after = "review", by = "专家组", sign = true, date = true }],
  [{ label = "市总工会意见" }, { opinion = "host", after = "final", by = "示例区总工会", seal = true, date = true }],
] }]
"""


@kept
def play(union):
    stages = [qualification(), expert_review(passes={"max": 1, "setting": True}), public_notice(), final()]
    return Play(union, *stages, more=BOXES)


def said(application):
    application = type(application).objects.select_related("campaign").get(pk=application.pk)
    return {key: opinion.text.replace("\n", "") for key, opinion in stage_opinions(application).items()}


def test_boxes_fill_as_their_stages_end(play, django_assert_num_queries):
    winner, other, third = play.apply("赵建国"), play.apply("钱秀兰"), play.apply("孙志强")
    assert said(winner) == {}

    play.qualify("qualification", winner, other, rejecting=[third])
    assert said(winner) == {"office": f"经资格审核，同意。{_reason(winner, 'qualification')}。"}
    assert said(third)["office"].startswith("经资格审核，未通过。")

    play.review("review", {winner.pk: 90, other.pk: 70})
    assert "panel" not in said(winner), "the stage is still open"
    play.close("review")
    assert said(winner)["panel"] == "经专家评审，同意。评审排名第 1，进入前 1 名。"
    assert said(other)["panel"] == "经专家评审，未入选。评审排名第 2，未进入前 1 名。"
    assert set(said(winner)) == {"office", "panel"}

    fresh = type(winner).objects.select_related("campaign").get(pk=winner.pk)
    with django_assert_num_queries(1):
        opinion = stage_opinions(fresh)["panel"]
    assert opinion.signed_by == "", "a signature is given by hand"
    assert re.fullmatch(r"2026年\d+月\d+日", opinion.date)


def _reason(application, key):
    return application.outcomes.get(stage__key=key).reason.rstrip("。")


def words(content):
    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(text.split())


def url(name, **kwargs):
    return reverse(f"review:{name}", kwargs={"union_slug": "shili", **kwargs})


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.SUPERVISOR])
def test_the_office_prints_each_form_or_all_with_the_opinions_so_far(play, client, union, role):
    person = play.apply("赵建国")
    play.qualify("qualification", person)
    sign_in(client, MemberFactory(union=union, role=role))

    page = client.get(url("print_case", pk=person.pk)).content.decode()
    one = client.get(url("case_form", pk=person.pk) + "?paper=approval")
    both = client.get(url("case_form", pk=person.pk) + "?paper=all")

    for text in (
        "审批表",
        "一式 3 份",
        "横向",
        "专家组评审意见：“专家评审”结束后重新打印",
        "市总工会意见（示例区总工会）",
        "已遮盖",
    ):
        assert text in page
    play.review("review", {person.pk: 90})
    play.close("review")
    assert "“专家评审”结束后重新打印" not in client.get(url("print_case", pk=person.pk)).content.decode()
    assert "经资格审核，同意。" in words(one.content)
    with zipfile.ZipFile(io.BytesIO(both.content)) as archive:
        assert [name.split("_")[-1] for name in archive.namelist()] == ["申报表.pdf", "审批表.pdf"]


def test_a_form_that_no_face_can_set_is_named_and_the_others_come(play, client, union):
    person = play.apply("赵建国", deeds="\U0010fffd")
    play.qualify("qualification", person)
    sign_in(client, MemberFactory(union=union, role=Role.OFFICE))

    one = client.get(url("case_form", pk=person.pk), follow=True)
    both = client.get(url("case_form", pk=person.pk) + "?paper=all")

    assert "“申报表”没有生成：“\U0010fffd”（U+10FFFD）没有可用字体" in one.content.decode()
    with zipfile.ZipFile(io.BytesIO(both.content)) as archive:
        assert [name.split("_")[-1] for name in archive.namelist()] == ["审批表.pdf"]


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.ADMIN])
def test_nobody_else_prints_from_above(play, client, union, role):
    person = play.apply("赵建国")
    sign_in(client, MemberFactory(union=union, role=role))

    assert client.get(url("print_case", pk=person.pk)).status_code == 403
    assert client.get(url("case_form", pk=person.pk)).status_code == 403


def test_the_body_that_confers_agrees_to_the_title(play):
    rule = play.campaign.rules.stages[-1]
    outcome = Outcome(verdict=Verdict.PASSED, reason="2026年4月2日会议决议通过")

    assert _words(play.campaign.rules, rule, outcome) == "经审定，同意授予“示例工匠”称号。\n2026年4月2日会议决议通过。"

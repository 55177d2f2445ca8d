"""Return for correction, item by item: what was asked, only that unlocked, what became of it, and what late answers are told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import policies, selectors_returns, services
from applications.models import Return
from applications.selectors import with_case
from applications.selectors_returns import Piece, difference
from applications.states import State
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, sign_in
from tests.kept import kept
from unions.models import AuditEntry
from unions.permits import Refused

DEADLINE = IN_TIME + timedelta(days=3)


@kept
def filed(campaign, alice):
    return ApplicationFactory(campaign=campaign, member=alice, employer_post="示例机械厂")


def send_back(application, items=("employer_post", "identity"), **more):
    told = {
        "reason": "",
        "reasons": {"employer_post": "请写全称", "identity": "身份证反面不清晰"},
        "deadline": DEADLINE,
        **more,
    }
    office = factories.office_of(application.union)
    return services.return_application(application, items=items, actor=office, at=IN_TIME, **told)


def mended(application, picture=None, **answers):
    application.refresh_from_db()
    if answers:
        services.save_draft(application, answers=answers, revision=99, actor=application.applicant, at=IN_TIME)
    if picture:
        services.attach_material(application, slot="identity", file=picture, actor=application.applicant, at=IN_TIME)
    return services.submit_application(application, actor=application.applicant, at=IN_TIME)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def test_each_item_has_its_own_reason_and_only_those_are_unlocked(filed):
    row = send_back(filed)
    filed.refresh_from_db()

    assert selectors_returns.reasons_now(filed) == {"employer_post": "请写全称", "identity": "身份证反面不清晰"}
    assert (row.reason, row.version) == ("", 1)
    assert [policies.may_change(filed, item) for item in ("employer_post", "identity", "name")] == [True, True, False]


def test_the_log_holds_a_digest_of_the_words_about_items(filed):
    send_back(filed)

    entry = AuditEntry.objects.filter(action="application.returned").get()
    assert "全称" not in str(entry.after) + entry.reason
    assert len(entry.after["reasons"]) == 64


def test_an_item_without_words_needs_the_common_reason(filed):
    with pytest.raises(Refused, match="请写明退回的原因：身份证明要补正什么"):
        send_back(filed, reasons={"employer_post": "请写全称"})

    row = send_back(filed, reason="其余请核对", reasons={"employer_post": "请写全称"})
    assert [item.reason for item in selectors_returns.asked(row, filed)] == ["请写全称", "其余请核对"]


def test_the_reviewer_sees_item_by_item_what_became_of_it(filed, picture, django_assert_num_queries):
    send_back(filed, items=("employer_post", "identity", "name"), reason="请核对")
    mended(filed, picture=picture(), employer_post="示例精密机械有限公司")
    application = with_case(type(filed).objects.all()).get(pk=filed.pk)

    with django_assert_num_queries(1):
        found = selectors_returns.corrections(application)

    [one] = found
    employer, identity, name = one.changes
    assert (one.before.version, one.after.version, one.untouched) == (1, 2, [name.label])
    assert (employer.changed, employer.reason, employer.before, employer.after) == (
        True,
        "请写全称",
        "示例机械厂",
        "示例精密机械有限公司",
    )
    assert (identity.changed, len(identity.files_before), len(identity.files_after)) == (True, 1, 2)


def test_a_changed_number_that_reads_the_same_is_said_to_have_changed(campaign, alice):
    field = next(item.id for item in campaign.rules.fields() if item.type == "phone")
    filed = ApplicationFactory(campaign=campaign, **{field: "19912340001"})
    send_back(filed, items=(field,), reason="请核对")
    mended(filed, **{field: "19956780001"})

    [one] = selectors_returns.corrections(with_case(type(filed).objects.all()).get(pk=filed.pk))
    assert (one.changes[0].changed, one.changes[0].hidden) == (True, True)


def test_without_an_answered_return_there_is_nothing_to_compare(filed):
    send_back(filed)

    assert selectors_returns.corrections(with_case(type(filed).objects.all()).get(pk=filed.pk)) == []


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("甲乙丙", "甲丁丙", (Piece("", "甲"), Piece("out", "乙"), Piece("in", "丁"), Piece("", "丙"))),
        ("", "新", (Piece("in", "新"),)),
        ("旧", "", (Piece("out", "旧"),)),
        (
            "一。" * 300,
            "一。" * 300 + "二。",
            (Piece("", "一。" * 300), Piece("in", "二。")),
        ),
    ],
    ids=["changed", "added", "taken out", "long: by the clause"],
)
def test_a_difference_says_what_went_and_what_came(before, after, pieces):
    assert difference(before, after) == pieces


def test_a_late_answer_is_told_since_when_and_whom_to_ask(filed, union):
    type(union).objects.filter(pk=union.pk).update(office_name="示例区工匠认定办公室", contact_phone="0571-00000000")
    send_back(filed)
    filed = type(filed).objects.get(pk=filed.pk)
    late = policies.can_save_draft(filed.applicant, filed, at=DEADLINE + timedelta(minutes=1))

    assert "应在2026年3月13日（星期五）09:00前重新提交" in late.reason
    assert "请与示例区工匠认定办公室（电话 0571-00000000）联系" in late.reason
    services.lapse_overdue(filed.campaign, actor=factories.office_of(union), at=DEADLINE + timedelta(hours=1))
    filed = type(filed).objects.get(pk=filed.pk)
    assert policies.can_submit(filed.applicant, filed, at=DEADLINE + timedelta(hours=2)).reason == late.reason


def test_the_unit_that_sent_it_back_is_whom_to_ask(campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    services.return_application(
        application, reason="请补充", items=["employer_post"], deadline=DEADLINE, actor=officer, at=IN_TIME
    )
    application = type(application).objects.get(pk=application.pk)

    late = policies.can_save_draft(officer, application, at=DEADLINE + timedelta(minutes=1))
    assert "请与示例镇总工会联系" in late.reason


def test_without_an_open_return_nothing_is_unlocked(filed):
    send_back(filed)
    Return.objects.update(answered_at=IN_TIME)
    filed = type(filed).objects.get(pk=filed.pk)

    assert "没有待补正的项目" in policies.can_save_draft(filed.applicant, filed, at=IN_TIME).reason


# --- the pages -------------------------------------------------------------------------------------------------------


def test_the_applicant_reads_each_item_with_its_reason_where_it_is_mended(client, filed, alice, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    send_back(filed)
    sign_in(client, alice)

    status = client.get(url("status", pk=filed.pk)).content.decode()
    section = next(s.id for s in filed.campaign.rules.form.sections if any(f.id == "employer_post" for f in s.fields))
    form = client.get(url("fill", pk=filed.pk, section=section)).content.decode()
    papers = client.get(url("materials", pk=filed.pk)).content.decode()

    assert "请写全称" in status
    assert "身份证反面不清晰" in status
    assert "请写全称" in form
    assert "身份证反面不清晰" not in form
    assert "身份证反面不清晰" in papers
    assert papers.count('type="file"') == 2, "one form to add and one to exchange what lies there, in this slot only"


def test_after_the_time_the_page_says_why_it_ended(client, filed, alice, monkeypatch):
    send_back(filed)
    services.lapse_overdue(filed.campaign, actor=factories.office_of(filed.union), at=DEADLINE + timedelta(hours=1))
    monkeypatch.setattr(timezone, "now", lambda: DEADLINE + timedelta(hours=2))

    page = sign_in(client, alice).get(url("status", pk=filed.pk)).content.decode()

    assert "补正期限已过：应在2026年3月13日" in page


def test_the_unit_writes_a_reason_for_each_item_and_loses_nothing_when_one_is_missing(
    client, campaign, town, officer, monkeypatch
):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    sign_in(client, officer)
    where, asked = url("unit_return", pk=application.pk), {"deadline": "2026-03-12T12:00"}

    silent = client.post(where, {**asked, "items": ["employer_post"], "reason-identity": "看不清"}).content.decode()
    assert "请写明要补正什么、为什么：" in silent
    assert 'value="看不清"' in silent
    nothing = client.post(where, asked).content.decode()
    assert "请至少勾选一项" in nothing
    long = client.post(
        where, {**asked, "items": ["employer_post"], "reason-employer_post": "长" * 301}
    ).content.decode()
    assert "原因至多 300 字" in long
    told = {"reason-employer_post": "请写全称", "reason-identity": "没有勾选的不算"}
    client.post(where, {**asked, "items": ["employer_post"], **told})

    row = Return.objects.get()
    assert (row.items, row.reasons) == (["employer_post"], {"employer_post": "请写全称"})

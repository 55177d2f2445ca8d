"""Somebody fills in for a person: the person's own word, by a code or on paper, on exactly what stands there."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import policies, selectors, services
from applications import selectors_confirmations as entries
from applications.models import SIGNED_CONSENT, Application, Confirmation, Material
from applications.services import confirmations
from applications.states import Endorsement, State
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, sign_in
from tests.kept import kept
from unions import throttle
from unions.models import AuditEntry
from unions.permits import Refused
from unions.services import public_member
from unions.states import Role

LATER = IN_TIME + timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)


@pytest.fixture(autouse=True)
def texts(settings, tmp_path):
    """Short messages as files, read back by their recipients."""
    settings.SMS_FILE_PATH = tmp_path
    return lambda: [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]


@kept
def typed(campaign, town, officer):
    """Complete, and filled in by the officer."""
    return ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.DRAFT, mobile="19900001234", deeds="代填的事迹"
    )


@kept
def public(union):
    return public_member(union)


def ask(application, officer, at=IN_TIME):
    return services.ask_confirmation(application, field="mobile", actor=officer, at=at)


def confirm(asked, public, code="", at=IN_TIME):
    return services.confirm_entry(asked.confirmation, token=asked.token, code=code or asked.code, actor=public, at=at)


def change(application, officer, **answers):
    return services.save_draft(application, answers=answers, revision=99, actor=officer, at=IN_TIME)


def submit(application, officer):
    return services.submit_application(application, actor=officer, at=IN_TIME)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- by code ---------------------------------------------------------------------------------------------------------


def test_without_the_persons_word_it_is_not_handed_in(typed, officer):
    with pytest.raises(Refused, match=r"表由何立新代填，须经.*本人确认"):
        submit(typed, officer)


def test_with_the_code_it_is_and_the_record_says_who_typed_and_how_it_was_confirmed(typed, officer, public):
    asked = ask(typed, officer)
    assert (asked.contact, asked.confirmation.contact) == ("+8619900001234", "199****1234")
    confirm(asked, public)

    submit(typed, officer)

    row = Confirmation.objects.get()
    assert row.submission.version == 1
    entry = AuditEntry.objects.get(action="application.entry_confirmed")
    assert (entry.actor, entry.after["digest"]) == (public, row.digest)
    assert AuditEntry.objects.get(action="application.submitted").after["confirmed_by"] == "code"
    assert asked.code not in str(AuditEntry.objects.values_list("after", flat=True))


def test_link_and_code_are_kept_nowhere(typed, officer):
    asked = ask(typed, officer)

    kept = str(Confirmation.objects.values().get())
    assert asked.token not in kept
    assert asked.code not in kept


def test_a_later_change_asks_again(typed, officer, public):
    confirm(ask(typed, officer), public)
    typed = change(typed, officer, deeds="改过的事迹")

    assert "须经" in entries.confirmation_gap(typed)
    assert entries.entry_of(Application.objects.get(pk=typed.pk)).changed_since
    with pytest.raises(Refused, match="本人确认"):
        submit(typed, officer)


def test_a_paper_that_was_added_later_asks_again_but_not_the_units_own(campaign, typed, officer, public):
    confirm(ask(typed, officer), public)
    factories.give_material(typed, SIGNED_CONSENT)
    assert entries.confirmation_gap(typed) == ""

    factories.give_material(typed, "photo")
    assert entries.confirmation_gap(typed)


def test_what_is_confirmed_is_what_was_shown(typed, officer, public):
    asked = ask(typed, officer)
    change(typed, officer, deeds="悄悄改了")

    with pytest.raises(Refused, match="又改过内容"):
        confirm(asked, public)


def test_five_wrong_codes_and_the_link_is_dead(typed, officer, public):
    asked = ask(typed, officer)
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match=f"还可以试 {left} 次"):
            confirm(asked, public, code="abcdef")
    with pytest.raises(Refused, match="次数太多，请让填写人重新发送"):
        confirm(asked, public, code="abcdef")

    with pytest.raises(Refused, match="次数太多"):
        confirm(asked, public)
    assert Confirmation.objects.get().attempts == 5
    assert AuditEntry.objects.filter(action="application.code_mistyped").count() == 5


def test_the_link_lives_a_day_and_dies_with_the_next_one(typed, officer, public):
    first = ask(typed, officer)
    second = ask(typed, officer, at=LATER)

    with pytest.raises(Refused, match="已经失效"):
        confirm(first, public, at=LATER + timedelta(seconds=1))
    with pytest.raises(Refused, match="已经失效"):
        confirm(second, public, at=LATER + timedelta(hours=25))
    confirm(second, public, at=LATER)
    with pytest.raises(Refused, match="已经确认过"):
        confirm(second, public, at=LATER)
    with pytest.raises(Refused, match="可以直接递交"):
        ask(typed, officer, at=LATER + timedelta(hours=1))


def test_messages_have_a_measure(typed, officer):
    ask(typed, officer)
    with pytest.raises(Refused, match="刚刚发送过"):
        ask(typed, officer)
    for n in range(1, 5):
        ask(typed, officer, at=IN_TIME + timedelta(minutes=n + n))

    with pytest.raises(Refused, match="一天至多发送 5 次"):
        ask(typed, officer, at=LATER)


def test_it_is_asked_once_everything_else_is_there(campaign, typed, officer):
    change(typed, officer, deeds="")

    with pytest.raises(Refused, match="还有 1 处没有填好"):
        ask(typed, officer)


def test_the_officers_own_phone_is_nobodys_but_theirs(typed, officer):
    typed = change(typed, officer, mobile=officer.user.phone.removeprefix("+86"))

    assert entries.contacts(typed, officer) == []
    with pytest.raises(Refused, match="不能是填写人自己的"):
        ask(typed, officer)


@pytest.mark.parametrize("number", ["0571-88001234", ""])
def test_a_landline_gets_no_short_message(typed, officer, number):
    typed = change(typed, officer, mobile=number)

    assert entries.contacts(typed, officer) == []


def test_only_whoever_fills_it_in_asks_and_only_for_somebody_else(typed, draft, alice, member, town, public):
    with pytest.raises(Refused, match="只有填写人"):
        ask(typed, member())
    with pytest.raises(Refused, match="由本人填写"):
        ask(draft, alice)
    with pytest.raises(Refused, match="由本人填写"):
        services.attach_material(draft, slot=SIGNED_CONSENT, file=None, actor=alice, at=IN_TIME)


def test_once_it_is_with_the_office_nobody_is_asked(typed, officer, public):
    asked = ask(typed, officer)
    Application.objects.filter(pk=typed.pk).update(state=State.SUBMITTED, number="1")

    with pytest.raises(Refused, match="不用再确认"):
        confirm(asked, public)
    with pytest.raises(Refused, match="不能修改"):
        ask(typed, officer, at=LATER)


def test_of_an_erased_person_nothing_is_asked_or_said(typed, officer, public):
    confirm(ask(typed, officer), public)
    typed.person.key.delete()
    typed = Application.objects.get(pk=typed.pk)

    assert entries.standing(typed) is None
    assert entries.entry_of(typed).confirmed is None
    with pytest.raises(Refused, match="已按规定删除"):
        ask(typed, officer)


def test_a_stranger_of_another_union_answers_nothing(typed, officer, public, other_union):
    asked = ask(typed, officer)
    public.union_id = other_union.pk

    with pytest.raises(Refused, match="不属于本工会"):
        confirm(asked, public)


def test_a_case_from_before_is_confirmed_while_it_waits_for_the_unit(typed, officer, public):
    Application.objects.filter(pk=typed.pk).update(state=State.AWAITING_UNIT)
    endorse = {"decision": Endorsement.ENDORSED, "opinion": "同意", "actor": officer, "at": IN_TIME}
    with pytest.raises(Refused, match="本人确认"):
        services.endorse_application(typed, **endorse)

    confirm(ask(typed, officer), public)

    services.endorse_application(typed, **endorse)
    typed.refresh_from_db()
    assert typed.state == State.SUBMITTED


# --- saying no, and paper --------------------------------------------------------------------------------------------


def test_the_person_says_what_is_wrong_and_the_officer_reads_it(typed, officer, public):
    asked = ask(typed, officer)
    with pytest.raises(Refused, match="写明哪里不对"):
        services.refuse_entry(asked.confirmation, remark=" ", actor=public, at=IN_TIME)

    services.refuse_entry(asked.confirmation, remark="我是钳工，不是焊工", actor=public, at=IN_TIME)

    row = Confirmation.objects.get()
    assert "钳工" not in row.remark_sealed
    entry = entries.entry_of(typed)
    assert (entry.refused, entry.remark) == (row, "我是钳工，不是焊工")
    with pytest.raises(Refused, match="说明内容不对"):
        confirm(asked, public)
    row.application.anonymised_at = IN_TIME
    assert entries.remark_of(row) == ""
    typed.person.key.delete()
    row.application.anonymised_at = row.application.person.key = None
    assert entries.remark_of(row) == ""


def test_a_signed_paper_is_as_good_and_dies_with_it(typed, officer, scan):
    services.sign_consent(typed, file=scan, actor=officer, at=IN_TIME)
    assert entries.standing(typed).method == "paper"

    services.remove_material(Material.objects.get(slot=SIGNED_CONSENT), actor=officer, at=IN_TIME)

    assert entries.standing(typed) is None
    with pytest.raises(Refused, match="本人确认"):
        submit(typed, officer)


def test_the_paper_is_inspected_like_any_upload(typed, officer):
    from django.core.files.uploadedfile import SimpleUploadedFile

    with pytest.raises(Refused, match="本人签字的确认书"):
        services.sign_consent(
            typed, file=SimpleUploadedFile("x.pdf", b"MZ nothing of the kind"), actor=officer, at=IN_TIME
        )
    assert not Confirmation.objects.exists()


# --- pages -----------------------------------------------------------------------------------------------------------


def _message(texts):
    (message,) = texts()
    path = re.search(r"http://testserver(\S+)", message["text"])[1]
    return message, path, re.search(r"验证码 (\d{6})", message["text"])[1]


def test_officer_and_worker_play_it_to_the_end(client, typed, officer, texts):
    sign_in(client, officer)
    assert "还须本人确认" in text(client.get(url("check", pk=typed.pk)))
    page = text(client.get(url("confirmation", pk=typed.pk)))
    assert "199****1234" in page
    assert "19900001234" not in page
    client.post(url("ask_confirmation", pk=typed.pk), {"field": "mobile"})
    message, path, code = _message(texts)
    assert message["to"] == "+8619900001234"
    assert "何立新（示例镇总工会）为您填写了" in message["text"]
    assert "等待本人确认" in text(client.get(url("check", pk=typed.pk)))

    worker = type(client)()
    page = text(worker.get(path))
    assert "代填的事迹" in page
    assert selectors.answers_of(typed)["national_id"] not in page
    assert "19900001234" not in page
    assert "验证码不对" in text(worker.post(path, {"answer": "confirm", "code": "x"}))
    assert worker.post(path, {"answer": "confirm", "code": code})["Location"] == path
    page = text(worker.get(path))
    assert "已记下您的确认" in page
    assert "代填的事迹" not in page

    assert "本人已确认" in text(client.get(url("check", pk=typed.pk)))
    client.post(url("submit", pk=typed.pk))
    typed.refresh_from_db()
    assert typed.state == State.AWAITING_UNIT
    services.endorse_application(typed, decision=Endorsement.ENDORSED, opinion="同意", actor=officer, at=IN_TIME)
    sign_in(client, factories.office_of(typed.union))
    case = text(client.get(reverse("review:case", kwargs={"union_slug": "shili", "pk": typed.pk})))
    assert "由何立新（示例镇总工会）代填" in case
    assert "以发到 199****1234 的验证码确认" in case


def test_the_worker_says_not_correct(client, typed, officer, texts):
    sign_in(client, officer)
    client.post(url("ask_confirmation", pk=typed.pk), {"field": "mobile"})
    _, path, _code = _message(texts)
    worker = type(client)()
    assert "写明哪里不对" in text(worker.post(path, {"answer": "refuse", "remark": ""}))

    worker.post(path, {"answer": "refuse", "remark": "工种写错了"})

    assert "已告诉填写人" in text(worker.get(path))
    for name in ("confirmation", "check"):
        assert "工种写错了" in text(client.get(url(name, pk=typed.pk)))


def test_a_link_whose_form_was_changed_shows_nothing(client, typed, officer, texts):
    asked = ask(typed, officer)
    path = url("confirm_entry", token=asked.token)
    change(typed, officer, deeds="新写的事迹")

    page = text(client.get(path))
    assert "内容又改过" in page
    assert "新写的事迹" not in page
    assert client.get(url("confirm_entry", token="nothing")).status_code == 404
    Confirmation.objects.update(expires_at=IN_TIME - timedelta(hours=1))
    assert "已经失效" in text(client.get(path))


def test_guessing_is_slowed_down(client, typed, officer, monkeypatch):
    asked = ask(typed, officer)
    monkeypatch.setattr(throttle, "allowed", lambda *_a, **_k: False)

    page = text(client.post(url("confirm_entry", token=asked.token), {"answer": "confirm", "code": asked.code}))

    assert "操作太频繁" in page
    assert Confirmation.objects.get().attempts == 0


def test_what_stands_against_asking_is_said(client, typed, officer, draft, alice, settings, tmp_path, scan, picture):
    sign_in(client, officer)
    here = url("confirmation", pk=typed.pk)
    client.post(url("ask_confirmation", pk=typed.pk), {"field": "nothing"})
    assert "请先在申报表中填写本人的手机号码" in text(client.get(here))
    client.post(url("sign_consent", pk=typed.pk))
    assert "请先选择文件" in text(client.get(here))
    settings.SMS_FILE_PATH = tmp_path / "file" / "not-a-folder"
    (tmp_path / "file").write_text("")
    client.post(url("ask_confirmation", pk=typed.pk), {"field": "mobile"})
    assert "消息可能没有送达" in text(client.get(here))
    client.post(url("sign_consent", pk=typed.pk), {"file": scan})
    page = text(client.get(here))
    assert "已上传本人签字的确认书" in page
    assert "在纸面上签字" in page
    assert sign_in(client, alice).get(url("confirmation", pk=draft.pk)).status_code == 404


def test_the_unit_screens_only_what_was_confirmed(client, typed, officer, public):
    confirm(ask(typed, officer), public)
    submit(typed, officer)
    sign_in(client, officer)

    assert "本人已确认" in text(client.get(url("unit_case", pk=typed.pk)))
    assert policies.needs_confirmation(typed)
    assert timedelta(hours=24) == confirmations.VALID
    assert public.role == Role.PUBLIC

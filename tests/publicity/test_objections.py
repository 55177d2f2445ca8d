"""Objections: taken from anybody, answered by the office once, and what they do to a notice that wants to close."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from applications.models import Application
from campaigns.services import cancel_campaign
from documents.models import StoredFile
from publicity import policies
from publicity import selectors_objections as casework
from publicity.models import Objection
from publicity.records import objections_about
from publicity.selectors import ANONYMISED
from publicity.services import objections
from publicity.services.objections import Sender
from publicity.states import ObjectionState
from review import heard
from tests.factories import ApplicationFactory, MemberFactory
from tests.kept import kept
from tests.publicity.scene import Scene, photo, stored_paths
from tests.review.stagecraft import fresh
from unions import audit, tenancy, vault
from unions.models import AuditEntry, Union
from unions.permits import Refused
from unions.states import Role

SENDER = Sender("何永福", "19900005678")


@kept
def people(scene: Scene) -> list[Application]:
    """Three people on a published notice."""
    found = scene.to_notice()
    scene.publish()
    return found


# --- taking ------------------------------------------------------------------------------------------------------------


def test_an_objection_seals_who_objects_and_gives_a_code_of_which_only_the_digest_is_kept(
    scene: Scene, people: list[Application]
) -> None:
    objection, code = scene.object(people[0], SENDER, text="  成果系他人完成。 ")

    kept = Objection.objects.get(pk=objection.pk)
    row = str({field.attname: getattr(kept, field.attname) for field in Objection._meta.concrete_fields})
    assert "何永福" not in row
    assert "19900005678" not in row
    assert code not in row
    assert "成果系他人完成" not in row
    assert casework.opened(kept, kept.text_sealed) == "成果系他人完成。"
    assert (kept.anonymous, kept.state) == (False, ObjectionState.OPEN)
    assert casework.opened_sender(kept) == ("何永福", "19900005678")
    entry = AuditEntry.objects.get(action="objection.raised")
    assert entry.actor.role == Role.PUBLIC
    assert kept.key is not None
    assert entry.after == {
        "receipt": kept.receipt,
        "application": people[0].pk,
        "due_on": None,
        "text": vault.digest(kept.key, "成果系他人完成。"),
        "evidence": [],
    }


def test_an_anonymous_objection_keeps_nobody(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object()

    assert (objection.anonymous, objection.sender_sealed, objection.contact_sealed) == (True, "", "")
    assert casework.opened_sender(objection) == ("", "")


def test_whoever_resolves_on_somebody_hears_what_was_said_and_never_by_whom(
    scene: Scene, people: list[Application]
) -> None:
    scene.object(people[0], SENDER, text="成果系他人完成。")
    scene.object(people[1], SENDER)

    ((one,),) = heard.heard([people[0].pk]).values()

    assert (one.text, one.state, one.finding) == ("成果系他人完成。", "待核查", "")
    assert "何永福" not in str(one)
    heard.register(objections_about)
    assert len(heard.heard([people[0].pk])[people[0].pk]) == 1, "a source that registers again is heard once"


def test_whose_key_was_deleted_is_not_named_any_more(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0], SENDER)
    assert objection.key is not None
    objection.key.delete()
    objection.refresh_from_db()

    assert casework.opened_sender(objection) == (ANONYMISED, "")


def test_receipts_are_counted_within_the_campaign(scene: Scene, people: list[Application]) -> None:
    receipts = [scene.object()[0].receipt for _ in range(2)]

    assert receipts == [f"Y2026-{scene.campaign.pk}-001", f"Y2026-{scene.campaign.pk}-002"]


def test_where_the_rules_want_names_an_anonymous_objection_is_refused(union: Union) -> None:
    scene = Scene(union, notice={"objections": {"text": "请实名", "named": True, "setting": True}})
    scene.to_notice("赵建国")
    scene.publish()

    with pytest.raises(Refused, match="只受理实名异议"):
        scene.object()

    assert scene.object(sender=SENDER)[0].anonymous is False


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": " \n"}, "写明异议的内容"),
        ({"sender": Sender("何永福")}, "填写联系方式"),
    ],
)
def test_what_an_objection_must_say(scene: Scene, people: list[Application], given: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        scene.object(people[0], **given)

    assert not Objection.objects.exists()


def test_somebody_who_is_not_on_the_notice_cannot_be_objected_to(scene: Scene, people: list[Application]) -> None:
    outsider = ApplicationFactory(campaign=scene.campaign, employer="别处")

    with pytest.raises(Refused, match="不在本次公示名单中"):
        scene.object(outsider)


def test_objections_are_taken_to_the_end_of_the_last_day(scene: Scene, people: list[Application]) -> None:
    version = scene.notice.in_force
    assert version is not None
    last = datetime.combine(version.ends_on, datetime.max.time(), scene.clock.tzinfo)

    assert scene.object(at=last)
    with pytest.raises(Refused, match="结束，不再受理异议"):
        scene.object(at=last + timedelta(seconds=1))


def test_none_are_taken_once_the_campaign_is_cancelled(scene: Scene, people: list[Application]) -> None:
    cancel_campaign(scene.campaign, reason="活动调整", actor=scene.office, at=scene.now())

    with pytest.raises(Refused, match="公示已结束"):
        scene.object()


# --- evidence ----------------------------------------------------------------------------------------------------------


def test_a_picture_is_kept_without_what_it_tells_about_its_maker(scene: Scene, people: list[Application]) -> None:
    evidence = objections.inspected(ContentFile(photo(), name="../机密 照片.png"))

    objection, _ = scene.object(people[0], evidence=[evidence])

    kept = objection.files.get().file
    assert (kept.name, kept.content_type) == ("机密 照片.jpg", "image/jpeg")
    assert b"SECRETPHONE" not in kept.file.open("rb").read()
    assert AuditEntry.objects.get(action="objection.raised").after["evidence"] == [kept.sha256]


def test_a_sound_pdf_is_kept_as_it_is(scene: Scene, people: list[Application], sound_pdf: bytes) -> None:
    evidence = objections.inspected(ContentFile(sound_pdf, name="证明.pdf"))

    objection, _ = scene.object(evidence=[evidence])

    assert objection.files.get().file.file.open("rb").read() == sound_pdf


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"PK\x03\x04 zip named pdf", "压缩包"),
        (photo()[:200], "不完整"),
        (b"", "空的"),
        (b"%PDF-1.4 truncated", "不完整"),
    ],
    ids=["svg", "zip", "truncated", "empty", "broken-pdf"],
)
def test_a_bad_upload_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        objections.inspected(ContentFile(content, name="a.pdf"))


def test_a_refused_objection_leaves_no_evidence_behind(scene: Scene, people: list[Application]) -> None:
    paths, rows = stored_paths(), StoredFile.objects.count()
    evidence = objections.inspected(ContentFile(photo(), name="a.jpg"))

    with pytest.raises(Refused):
        scene.object(text="", evidence=[evidence])

    assert (stored_paths(), StoredFile.objects.count()) == (paths, rows)


@pytest.mark.parametrize("with_evidence", [True, False])
def test_an_objection_that_breaks_half_way_leaves_nothing_behind(
    scene: Scene, people: list[Application], monkeypatch: pytest.MonkeyPatch, with_evidence: bool
) -> None:
    paths, rows = stored_paths(), StoredFile.objects.count()
    evidence = [objections.inspected(ContentFile(photo(), name="a.jpg"))] * with_evidence
    monkeypatch.setattr(Objection.objects, "create", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        scene.object(evidence=evidence)

    assert (stored_paths(), StoredFile.objects.count()) == (paths, rows)


# --- answering ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_read_by_whoever_holds_receipt_and_code(scene: Scene, people: list[Application]) -> None:
    objection, code = scene.object(people[0], SENDER)
    scene.answer(objection)

    found = casework.find_objection(
        scene.union, receipt=f" {objection.receipt.lower()} ", code=f"{code[:5]}-{code[5:].lower()}"
    )

    assert found is not None
    assert found.state == ObjectionState.DISMISSED
    assert casework.opened(found, found.answer_sealed) == "经核查，所反映的问题不成立。"
    assert casework.find_objection(scene.union, receipt=objection.receipt, code="WRONGCODE2") is None


def test_the_log_commits_to_the_answer_without_its_words(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])

    scene.answer(objection, upheld=True, answer="何永福反映属实", excludes=True, ground="成果与申报不符")

    entry = AuditEntry.objects.get(action="objection.answered")
    assert "何永福" not in str(entry.after) + entry.reason
    assert entry.reason == "成果与申报不符"
    assert entry.after == {
        "state": "upheld",
        "excludes": True,
        "ground": "成果与申报不符",
        "appeal_until": None,
        "answer": audit.commitment("何永福反映属实", objection.code_digest),
    }
    assert audit.verify(scene.union).verified


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"answer": " "}, "写明对反映人的答复"),
        ({"finding": " "}, "写明查明的情况"),
        ({"excludes": True, "ground": "不符"}, "不成立时不能取消"),
        ({"upheld": True, "excludes": True, "ground": " "}, "不予通过的理由"),
    ],
)
def test_what_an_answer_must_say(scene: Scene, people: list[Application], given: dict[str, Any], why: str) -> None:
    objection, _ = scene.object(people[0])

    with pytest.raises(Refused, match=why):
        scene.answer(objection, **given)

    objection.refresh_from_db()
    assert objection.state == ObjectionState.OPEN


def test_an_objection_to_the_whole_notice_excludes_nobody(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object()

    with pytest.raises(Refused, match="没有指明人选"):
        scene.answer(objection, upheld=True, excludes=True, ground="不符")


def test_an_objection_is_answered_once(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    scene.answer(objection)

    with pytest.raises(Refused, match="已答复"):
        scene.answer(objection, upheld=True)


@pytest.mark.parametrize(
    "role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]
)
def test_only_the_office_answers_and_knows_the_sender(
    scene: Scene, people: list[Application], union: Union, role: Role
) -> None:
    objection, _ = scene.object(people[0], SENDER)
    other = MemberFactory(union=union, role=role)

    with pytest.raises(Refused, match="认定办公室"):
        scene.answer(objection, actor=other)
    with pytest.raises(Refused, match="认定办公室"):
        objections.assign_objection(objection, officer=scene.second, actor=other, at=scene.now())

    assert not policies.can_read_sender(other, objection)
    assert policies.can_read_casework(other, union).allowed is (role in {Role.LEADER, Role.SUPERVISOR})


def test_nobody_answers_an_objection_to_their_own_application(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    Application.objects.filter(pk=people[0].pk).update(applicant=scene.second)

    with pytest.raises(Refused, match="应当回避"):
        scene.answer(objection)
    about_me = Objection.objects.select_related("application", "union").get(pk=objection.pk)
    assert "应当回避" in policies.can_read_sender(scene.second, about_me).reason


def test_the_database_refuses_an_answer_without_words_and_an_exclusion_without_ground(
    scene: Scene, people: list[Application]
) -> None:
    objection, _ = scene.object(people[0])
    row = Objection.objects.filter(pk=objection.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state=ObjectionState.UPHELD)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(excludes=True)


# --- at once -----------------------------------------------------------------------------------------------------------


def _both(union: Union, *verbs: Callable[[], object]) -> list[str]:
    """Run verbs at the same time, each in a session of its own; what was refused, in words."""
    refused: list[str] = []
    ready = threading.Barrier(len(verbs))

    def run(verb: Callable[[], object]) -> None:
        try:
            with tenancy.scope(union.pk):
                ready.wait(20)
                verb()
        except Refused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_decides(union: Union) -> None:
    scene = Scene(union)
    person = scene.to_notice("赵建国")[0]
    scene.publish()
    objection, _ = scene.object(person)
    scene.investigate(objection)

    def answer(*, upheld: bool) -> Callable[[], object]:
        officer = fresh(scene.second)
        return lambda: objections.answer_objection(
            objection, upheld=upheld, finding="已核实", answer="已核实", actor=officer, at=scene.clock
        )

    refused = _both(union, answer(upheld=True), answer(upheld=False))

    assert refused == ["该异议已答复，结论不能更改"]
    assert AuditEntry.objects.filter(action="objection.answered").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_stage_never_closes_over_an_objection_that_comes_in_the_same_moment(union: Union) -> None:
    scene = Scene(union)
    person = scene.to_notice("赵建国")[0]
    version = scene.publish()
    last = datetime.combine(version.ends_on, datetime.max.time(), scene.clock.tzinfo)
    scene.run_out()

    refused = _both(union, lambda: scene.object(person, at=last), lambda: scene.close("notice"))

    assert len(refused) == 1
    closed = scene.stage("notice").state == "closed"
    assert closed is not Objection.objects.filter(state=ObjectionState.OPEN).exists()

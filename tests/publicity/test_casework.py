"""How an objection is worked on: by whom, until when, step by step, a second time; and whom it holds back meanwhile."""

import json
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction

from applications import keeping
from applications.models import Application
from applications.models_inbox import Assignment
from campaigns.services import cancel_campaign
from documents.paper.official import Heading, Paragraph
from publicity import handling, notify, papers_objections, policies_objections, tasks
from publicity import selectors_objections as casework
from publicity.models import Objection
from publicity.models_objections import ObjectionFile, ObjectionStep, Suspension
from publicity.selectors import ANONYMISED
from publicity.services import archives, objections, suspensions
from publicity.services.objections import Sender
from publicity.states import ObjectionState
from review.models import Outcome
from review.services.stages import obstacles_to_closing
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.publicity.scene import Scene, photo
from tests.review.stagecraft import fresh
from unions import audit, vault
from unions.archive.checks import verify
from unions.archive.layout import Archive
from unions.models import AuditEntry, Member, Message, Union
from unions.outbox import selectors as outbox
from unions.permits import Refused
from unions.states import Role

RULE = {
    "text": "请反映",
    "answer_within": {"days": 3, "unit": "working"},
    "appeal_within": {"days": 2, "unit": "working"},
    "setting": True,
}
SENDER = Sender("何永福", "19900005678")


@kept
def scene(union: Union) -> Scene:
    return Scene(union, notice={"objections": RULE})


@kept
def people(scene: Scene) -> list[Application]:
    """Three people on a published notice."""
    found = scene.to_notice()
    scene.publish()
    return found


@kept
def third(scene: Scene) -> Member:
    """Somebody more of the office, who has had to do with nobody."""
    return MemberFactory(union=scene.union, role=Role.OFFICE, name="许复查")


def tend(scene: Scene, person: Application, officer: Member) -> None:
    """Make somebody the one who works on the application."""
    Assignment.objects.create(
        union=scene.union,
        campaign=scene.campaign,
        application=person,
        officer=officer,
        by=scene.office,
        at=scene.now(),
    )


def appeal(scene: Scene, objection: Objection, text: str = "请再核查", **more: object) -> Objection:
    return objections.appeal_objection(objection, text=text, at=scene.now(), **more)  # type: ignore[arg-type]


# --- who may look into it ------------------------------------------------------------------------------------------------


def test_whoever_decided_about_the_person_cannot_look_into_it_and_the_office_sees_why(
    scene: Scene, people: list[Application], third: Member
) -> None:
    objection, _ = scene.object(people[0])
    tend(scene, people[0], third)

    found = {str(one.member): one.why_not for one in casework.choices(objection, at=scene.now())}

    assert found == {
        "吕复核": "",
        str(scene.office): found[str(scene.office)],
        "许复查": "经办过该人选：办理分工",
    }
    assert "环节结论" in found[str(scene.office)]
    for officer in (scene.office, third):
        with pytest.raises(Refused, match="不能承办：经办过该人选"):
            scene.assign(objection, officer)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.EXPERT, Role.APPLICANT])
def test_only_people_of_the_office_are_given_a_case(scene: Scene, people: list[Application], role: Role) -> None:
    objection, _ = scene.object(people[0])

    with pytest.raises(Refused, match="应当是本会认定办公室的成员"):
        scene.assign(objection, MemberFactory(union=scene.union, role=role))


def test_nobody_of_another_union_or_away_for_good_is_given_a_case(
    scene: Scene, people: list[Application], third: Member
) -> None:
    objection, _ = scene.object(people[0])
    stranger = Member(pk=-1, union_id=scene.union.pk + 1, role=Role.OFFICE)
    third.until = scene.now()
    third.save()

    with pytest.raises(Refused, match="本会认定办公室"):
        scene.assign(objection, stranger)
    with pytest.raises(Refused, match="已停用"):
        scene.assign(objection, third)


def test_somebody_nobody_can_identify_and_people_of_the_persons_unit_keep_out(
    scene: Scene, people: list[Application], third: Member
) -> None:
    person = people[0]
    unit = MemberFactory(union=scene.union, role=Role.UNIT_OFFICER).unit
    person.unit, third.unit = unit, unit
    nobody = Member(pk=-1, union=scene.union, role=Role.OFFICE)

    assert handling.why_not(person, [nobody, third]) == {-1: "无法确认身份", third.pk: "属于该人选的推荐单位"}


def test_every_table_that_ties_a_member_to_an_application_is_asked() -> None:
    """Also one that is made tomorrow: what counts is what the columns say."""
    asked = {model.__name__ for model, _, _ in handling._ties()}

    assert {"Outcome", "Judgement", "Score", "Recommendation", "Source", "Return", "SiteVisit", "Assignment"} <= asked


def test_a_notice_is_not_looked_into_by_whoever_published_it(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object()

    with pytest.raises(Refused, match="发布了该公示"):
        scene.assign(objection, scene.office)
    assert scene.assign(objection, scene.second).assignee == scene.second


def test_who_judges_the_person_meanwhile_cannot_answer_any_more(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    scene.investigate(objection)
    tend(scene, people[0], scene.second)

    with pytest.raises(Refused, match="经办过该人选"):
        objections.answer_objection(
            objection, upheld=False, finding="x", answer="x", actor=scene.second, at=scene.now()
        )


def test_only_whoever_has_the_case_works_on_it(scene: Scene, people: list[Application], third: Member) -> None:
    objection, _ = scene.object(people[0])

    with pytest.raises(Refused, match="请先确定承办人"):
        objections.record_finding(objection, text="x", actor=third, at=scene.now())
    scene.assign(objection, scene.second)
    with pytest.raises(Refused, match="由吕复核承办"):
        objections.record_finding(objection, text="x", actor=third, at=scene.now())


def test_giving_a_case_to_another_wants_a_reason_and_to_the_same_changes_nothing(
    scene: Scene, people: list[Application], third: Member
) -> None:
    objection, _ = scene.object(people[0])
    scene.assign(objection, scene.second)

    scene.assign(objection, scene.second)
    with pytest.raises(Refused, match="改派的理由"):
        scene.assign(objection, third, reason=" ")
    scene.assign(objection, third, reason="出差")

    given = AuditEntry.objects.filter(action="objection.assigned").order_by("seq")
    assert [(entry.after, entry.reason) for entry in given] == [
        ({"assignee": scene.second.pk}, "另有任务"),
        ({"assignee": third.pk}, "出差"),
    ]


# --- findings ------------------------------------------------------------------------------------------------------------


def test_a_finding_is_sealed_kept_for_good_and_bears_its_evidence(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    evidence = [objections.inspected(ContentFile(photo(), name=f"{n}.jpg")) for n in range(2)]

    step = scene.investigate(objection, text="何永福的同事证实", evidence=evidence)

    assert "何永福" not in step.sealed
    (line,) = casework.steps_of(Objection.objects.get(pk=objection.pk))
    assert (line.text, len(line.files), line.label) == ("何永福的同事证实", 2, "核查")
    entry = AuditEntry.objects.get(action="objection.investigated")
    assert set(entry.rows or {}) == {"publicity.objectionstep", "publicity.objectionfile"}
    with pytest.raises(DatabaseError), transaction.atomic():
        ObjectionStep.objects.filter(pk=step.pk).update(ground="x")


def test_an_answer_needs_something_found_and_a_finding_needs_words(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    scene.assign(objection, scene.second)

    with pytest.raises(Refused, match="还没有核查记录"):
        objections.answer_objection(
            objection, upheld=False, finding="x", answer="x", actor=scene.second, at=scene.now()
        )
    with pytest.raises(Refused, match="写明核查的经过"):
        scene.investigate(objection, text=" ")


def test_so_many_files_and_no_more(scene: Scene, people: list[Application]) -> None:
    one = objections.inspected(ContentFile(photo(), name="a.jpg"))

    with pytest.raises(Refused, match="至多 5 份"):
        scene.object(people[0], evidence=[one] * 6)
    scene.object(people[0], evidence=[one] * 5)

    assert ObjectionFile.objects.count() == 5


# --- its days ------------------------------------------------------------------------------------------------------------


def test_the_answer_is_due_in_working_days_and_what_is_overdue_stands_first(
    scene: Scene, people: list[Application]
) -> None:
    late, _ = scene.object(people[0])
    scene.clock += timedelta(days=1)
    newer, _ = scene.object(people[1])
    answered, _ = scene.object(people[2])
    scene.answer(answered)
    assert late.due_on is not None
    assert newer.due_on is not None

    scene.clock += late.due_on - scene.clock.date() + timedelta(days=1)

    assert list(casework.objections(scene.union)) == [late, newer, answered]
    assert casework.is_overdue(late, at=scene.now())
    assert not casework.is_overdue(answered, at=scene.now())


def test_whoever_owes_an_answer_is_reminded_once_before_and_once_after(
    scene: Scene, people: list[Application], third: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, _ = scene.object(people[0])
    scene.object(people[1])
    scene.assign(mine, third)
    assert mine.due_on is not None

    def reminded() -> list[tuple[str, str]]:
        moment = scene.now()
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        before = set(Message.objects.values_list("pk", flat=True))
        called: list[tuple[int, int]] = []
        monkeypatch.setattr(tasks.remind_objections_of, "delay", lambda *ids: called.append(ids))
        tasks.remind_objections()
        assert called == [(scene.union.pk, scene.campaign.pk)]
        tasks.remind_objections_of(*called[0])
        rows = Message.objects.exclude(pk__in=before).select_related("recipient__user").order_by("pk")
        return [(row.kind, str(row.recipient)) for row in rows]

    assert reminded() == []
    scene.clock += mine.due_on - scene.clock.date() - timedelta(days=1)
    office = [str(scene.office), "吕复核", "许复查"]
    assert sorted(reminded()) == sorted([("objection.due", "许复查"), *(("objection.due", one) for one in office)])
    assert reminded() == []
    scene.clock += timedelta(days=2)
    assert ("objection.overdue", "许复查") in reminded()
    said = outbox.content_of(Message.objects.filter(kind="objection.overdue").earliest("pk"))
    assert mine.receipt in said.text
    assert notify.objections_due(scene.campaign, at=scene.now()) == 0


def test_the_person_named_is_not_reminded_of_what_was_said_about_them(scene: Scene, people: list[Application]) -> None:
    Application.objects.filter(pk=people[0].pk).update(applicant=scene.second)
    objection, _ = scene.object(people[0])
    assert objection.due_on is not None
    scene.clock += objection.due_on - scene.clock.date()

    notify.objections_due(scene.campaign, at=scene.now())

    assert {row.recipient for row in Message.objects.filter(kind="objection.due")} == {scene.office}


def test_in_a_year_that_nobody_knows_yet_mondays_to_fridays_count(scene: Scene, people: list[Application]) -> None:
    at = scene.clock.replace(year=2029, month=12, day=31)

    assert casework.due_on(scene.stage("notice"), at=at) is not None


# --- a second look -------------------------------------------------------------------------------------------------------


def test_whoever_objected_asks_once_for_a_second_look_by_somebody_else(
    scene: Scene, people: list[Application], third: Member
) -> None:
    objection, _ = scene.object(people[0], SENDER)
    scene.answer(objection)
    objection.refresh_from_db()
    evidence = [objections.inspected(ContentFile(photo(), name="a.jpg"))]

    asked = appeal(scene, objection, evidence=evidence)

    assert (asked.state, asked.round, asked.assignee, asked.appeal_until) == (ObjectionState.APPEALED, 2, None, None)
    with pytest.raises(Refused, match="办理过该异议"):
        scene.assign(objection, scene.second)
    with pytest.raises(Refused, match="还没有核查记录"):  # the first look's findings are not the second's
        scene.assign(objection, third)
        objections.answer_objection(objection, upheld=True, finding="x", answer="x", actor=third, at=scene.now())
    last = scene.answer(objection, actor=third, upheld=True)
    assert (last.state, last.appeal_until) == (ObjectionState.UPHELD, None)
    with pytest.raises(Refused, match="复核的答复是最后答复"):
        appeal(scene, objection)
    kinds = Message.objects.filter(topic__thing="objection").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["objection.received", "objection.answered", "objection.appealed", "objection.answered"]
    assert {str(row.recipient) for row in Message.objects.filter(kind="objection.second_look")} == {
        str(scene.office),
        "吕复核",
        "许复查",
    }
    labels = [line.label for line in casework.steps_of(Objection.objects.get(pk=objection.pk))]
    assert labels == ["核查", "答复：异议不成立", "申请复核", "核查", "复核答复：异议成立"]
    assert audit.verify(scene.union).verified


def test_a_second_look_is_asked_for_in_time_and_in_words(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    with pytest.raises(Refused, match="答复以后才能"):
        appeal(scene, objection)
    until = scene.answer(objection).appeal_until
    assert until is not None

    with pytest.raises(Refused, match="写明申请复核的理由"):
        appeal(scene, objection, text=" ")
    scene.clock += until - scene.clock.date() + timedelta(days=1)
    with pytest.raises(Refused, match="届满"):
        appeal(scene, objection)


def test_where_the_rules_say_nothing_of_objections_there_is_no_second_look(union: Union) -> None:
    scene = Scene(union)
    person = scene.to_notice("赵建国")[0]
    scene.publish()
    objection, _ = scene.object(person)
    scene.answer(objection)

    with pytest.raises(Refused, match="没有复核"):
        appeal(scene, objection)


def test_the_notice_does_not_close_while_an_answer_may_be_asked_about(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    scene.run_out()
    until = scene.answer(objection).appeal_until
    assert until is not None

    with pytest.raises(Refused, match=f"{until:%Y年%-m月%-d日}前还可以申请复核"):
        scene.close("notice")

    scene.clock += until - scene.clock.date() + timedelta(days=1)
    scene.close("notice")


# --- held back -----------------------------------------------------------------------------------------------------------


def hold(scene: Scene, objection: Objection, reason: str = "需要核实") -> Suspension:
    return suspensions.suspend_candidate(objection, reason=reason, actor=scene.office, at=scene.now())


def let_go(scene: Scene, held: Suspension, actor: Member | None = None, reason: str = "已核实") -> Suspension:
    return suspensions.release_candidate(held, reason=reason, actor=actor or scene.office, at=scene.now())


def verdicts(scene: Scene) -> dict[str, str]:
    rows = Outcome.objects.standing().filter(stage=scene.stage("notice"))
    return dict(rows.values_list("application__name", "verdict"))


def test_one_is_held_back_and_the_others_go_on_without_waiting(
    scene: Scene, people: list[Application], third: Member
) -> None:
    objection, _ = scene.object(people[0], SENDER)
    held = hold(scene, objection)
    scene.run_out()

    scene.close("notice")

    assert verdicts(scene) == {"赵建国": Verdict.SUSPENDED, "钱秀兰": Verdict.PASSED, "孙志强": Verdict.PASSED}
    told = Message.objects.filter(recipient=people[0].applicant, kind="stage.stopped").get()
    assert "暂缓" in outbox.content_of(told).text
    scene.open("final")
    with pytest.raises(Refused, match="异议还没有办结"):
        let_go(scene, held)
    answered = scene.answer(objection)
    with pytest.raises(Refused, match="可以申请复核的期限"):
        let_go(scene, held)
    must = obstacles_to_closing(scene.stage("final"), at=scene.now()).must
    assert "赵建国在“社会公示”暂缓，请先办结并解除暂缓" in must
    assert answered.appeal_until is not None
    scene.clock += answered.appeal_until - scene.clock.date() + timedelta(days=1)

    let_go(scene, held)

    assert verdicts(scene)["赵建国"] == Verdict.PASSED
    assert Message.objects.filter(recipient=people[0].applicant, kind="candidate.released").count() == 1
    scene.resolve("final", confirm=people[:2], strike=people[2:])
    scene.close("final")
    archive = archives.archive_campaign(scene.campaign, actor=scene.office, at=scene.now())
    report = verify(Archive.of(archive.content))
    assert [str(one) for one in report.results if one.problem] == []
    assert "何永福" not in b"".join(Archive.of(archive.content).members.values()).decode()


def test_whom_an_objection_excludes_does_not_pass_when_let_go(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    held = hold(scene, objection)
    scene.run_out()
    scene.close("notice")
    until = scene.answer(objection, upheld=True, excludes=True, ground="成果不符").appeal_until
    assert until is not None
    scene.clock += until - scene.clock.date() + timedelta(days=1)

    let_go(scene, held)

    assert verdicts(scene)["赵建国"] == Verdict.REJECTED


def test_let_go_while_the_notice_runs_one_passes_with_the_others(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    held = hold(scene, objection)
    with pytest.raises(Refused, match="已经暂缓"):
        hold(scene, objection)
    until = scene.answer(objection).appeal_until
    assert until is not None

    let_go(scene, held)
    with pytest.raises(Refused, match="没有暂缓"):
        let_go(scene, held)
    scene.run_out()
    scene.clock += max(until - scene.clock.date(), timedelta(0)) + timedelta(days=1)
    scene.close("notice")

    assert set(verdicts(scene).values()) == {Verdict.PASSED}


def test_whoever_left_while_held_back_gets_no_outcome_any_more(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    held = hold(scene, objection)
    scene.run_out()
    Application.objects.filter(pk=people[0].pk).update(state="withdrawn")
    scene.close("notice")
    answered = scene.answer(objection)
    assert answered.appeal_until is not None
    scene.clock += answered.appeal_until - scene.clock.date() + timedelta(days=1)

    let_go(scene, held)

    assert "赵建国" not in verdicts(scene)


def test_too_late_to_come_in_is_said(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    held = hold(scene, objection)
    scene.run_out()
    scene.close("notice")
    answered = scene.answer(objection)
    assert answered.appeal_until is not None
    scene.clock += answered.appeal_until - scene.clock.date() + timedelta(days=1)
    later = scene.stage("final")
    type(later).objects.filter(pk=later.pk).update(state="closed")

    with pytest.raises(Refused, match="不能再进入"):
        let_go(scene, held)
    cancel_campaign(scene.campaign, reason="活动调整", actor=scene.office, at=scene.now())
    with pytest.raises(Refused, match="不能再变动"):
        let_go(scene, held)


def test_who_is_held_back_and_by_whom(scene: Scene, people: list[Application]) -> None:
    whole, _ = scene.object()
    objection, _ = scene.object(people[0])
    stranger = MemberFactory(union=scene.union, role=Role.SUPERVISOR)
    with pytest.raises(Refused, match="没有指明人选"):
        hold(scene, whole)
    with pytest.raises(Refused, match="写明暂缓的理由"):
        hold(scene, objection, reason=" ")
    with pytest.raises(Refused, match="认定办公室"):
        suspensions.suspend_candidate(objection, reason="x", actor=stranger, at=scene.now())
    held = hold(scene, objection)
    with pytest.raises(Refused, match="认定办公室"):
        let_go(scene, held, actor=stranger)
    with pytest.raises(Refused, match="解除暂缓的理由"):
        let_go(scene, held, reason="")
    Application.objects.filter(pk=people[0].pk).update(applicant=scene.office)
    for verb in (
        lambda: hold(scene, objection),
        lambda: let_go(scene, held),
        lambda: scene.assign(objection, scene.second),
    ):
        with pytest.raises(Refused, match="应当回避"):
            verb()
    assert not policies_objections.can_read_case(MemberFactory(union=scene.union, role=Role.EXPERT), whole)
    assert not policies_objections.can_read_case(
        fresh(scene.office), Objection.objects.select_related("application__person").get(pk=objection.pk)
    )


def test_nobody_is_held_back_over_what_is_settled_or_after_the_notice(scene: Scene, people: list[Application]) -> None:
    settled, _ = scene.object(people[0])
    answered = scene.answer(settled)
    assert answered.appeal_until is not None
    scene.clock += answered.appeal_until - scene.clock.date() + timedelta(days=1)
    with pytest.raises(Refused, match="已办结"):
        hold(scene, settled)
    scene.run_out()
    scene.close("notice")
    with pytest.raises(Refused, match="不能再暂缓"):
        hold(scene, settled)


# --- the report ----------------------------------------------------------------------------------------------------------


def words_of(scene: Scene) -> str:
    document = papers_objections.report_document(scene.notice, at=scene.now())
    body = "\n".join(block.text for block in document.body if isinstance(block, Paragraph | Heading))
    return body + json.dumps([list(annex.rows) for annex in document.annexes], ensure_ascii=False)


def test_the_report_counts_and_tells_what_was_found_and_never_who_objected(
    union: Union, third: Member, scene: Scene, people: list[Application]
) -> None:
    excluded, _ = scene.object(people[0], SENDER, text="我是何永福，他的成果是我做的")
    scene.answer(excluded, upheld=True, excludes=True, ground="成果不符", finding="成果系他人完成", answer="何永福同志")
    again, _ = scene.object(people[1])
    scene.answer(again)
    appeal(scene, again)
    scene.answer(again, actor=third, upheld=True)
    waiting, _ = scene.object(people[2])
    hold(scene, waiting)
    scene.object()
    scene.correct(reason="单位名称有误")

    text = words_of(scene)

    assert "何永福" not in text
    for words in (
        "共收到异议4件，其中实名1件、匿名3件，涉及人选3人",
        "异议成立2件，不成立0件，正在办理2件",
        "申请复核1件",
        "查明：成果系他人完成",
        "异议成立，不予通过：成果不符",
        "异议成立（经复核），不影响通过",
        "正在核查，人选暂缓",
        "公示期间更正1次",
        "赵建国因异议成立不予通过",
        "孙志强暂缓",
        "件异议没有办结",
    ):
        assert words in text
    assert papers_objections.report_pdf(scene.notice, at=scene.now()).startswith(b"%PDF")


def test_the_report_on_a_notice_without_objections(union: Union) -> None:
    scene = Scene(union, notice={"channels": ["报纸"], "length": {"days": 7, "unit": "calendar"}})
    scene.to_notice("赵建国")
    scene.publish()
    scene.run_out()

    text = words_of(scene)

    assert "公示期间没有收到异议" in text
    assert "公示渠道为报纸" in text
    assert "经公示，1人可以进入下一步" in text


# --- its end -------------------------------------------------------------------------------------------------------------


def test_what_was_said_about_somebody_goes_with_them(scene: Scene, people: list[Application]) -> None:
    evidence = [objections.inspected(ContentFile(photo(), name="a.jpg"))]
    objection, _ = scene.object(people[0], SENDER, evidence=evidence)
    other, _ = scene.object(people[1])
    scene.answer(objection)

    keeping.erase_above(people[0], at=scene.now())

    objection.refresh_from_db()
    other.refresh_from_db()
    assert objection.key is None
    assert other.key is not None
    assert casework.opened(objection, objection.text_sealed) == ANONYMISED
    assert casework.opened_sender(objection) == (ANONYMISED, "")
    assert {line.text for line in casework.steps_of(objection)} == {ANONYMISED}
    assert objection.files.get().file.erased_at is not None
    with pytest.raises(Refused, match="已按规定删除"):
        appeal(scene, objection)
    assert audit.verify(scene.union).verified


def test_words_that_no_key_opens_are_not_shown(scene: Scene, people: list[Application]) -> None:
    objection, _ = scene.object(people[0])
    step = scene.investigate(objection)

    assert vault.unseal(objection.key, step.sealed) == json.dumps(
        {"text": "向所在单位了解了情况。"}, ensure_ascii=False
    )
    assert casework.opened(objection, "") == ""

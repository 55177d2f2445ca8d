"""Objections on pages: the office's room, and whoever follows their own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.models import Application
from documents.paper.render import PaperError
from publicity import papers_objections
from publicity.models import Objection
from publicity.models_objections import Suspension
from publicity.services import objections
from publicity.services.objections import Sender
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import Scene, photo
from tests.publicity.test_casework import RULE
from tests.publicity.test_views_desk import text_of, url
from unions.models import Union
from unions.states import Role

Queries = Callable[[int], Any]
SENDER = Sender("何永福", "19900005678")


@kept
def scene(union: Union) -> Scene:
    return Scene(union, notice={"objections": RULE})


@kept
def raised(scene: Scene) -> Objection:
    people = scene.to_notice()
    scene.publish()
    evidence = [objections.Evidence(photo(), objections.Kind.JPEG, "证据.jpg")]
    found, _ = scene.object(people[0], SENDER, text="成果系他人完成", evidence=evidence)
    return found


@pytest.fixture
def objected(scene: Scene, raised: Objection, set_clock: SetClock) -> Objection:
    set_clock(scene.now())
    return raised


@pytest.fixture
def office(client: Client, scene: Scene) -> Client:
    return sign_in(client, scene.office)


def do(client: Client, name: str, objection: Objection, **given: Any) -> str:
    response = client.post(url(name, objection.union, pk=objection.pk), given, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_office_reads_who_objects_and_takes_the_evidence(office: Client, union: Union, objected: Objection) -> None:
    text = text_of(office, url("objection", union, pk=objected.pk))
    file = office.get(url("evidence", union, pk=objected.files.get().pk))

    for words in ("何永福", "19900005678", "成果系他人完成", "请先确定承办人", "环节结论"):
        assert words in text
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR])
def test_readers_do_not_learn_who_objects(client: Client, union: Union, objected: Objection, role: Role) -> None:
    sign_in(client, MemberFactory(union=union, role=role))

    text = text_of(client, url("objection", union, pk=objected.pk))

    assert "何永福" not in text
    assert "19900005678" not in text
    assert "实名（只有认定办公室可见）" in text
    assert "有 1 份" in text
    assert "核查后答复" not in text


def test_whoever_it_is_about_reads_nothing_of_it_whatever_their_desk(
    office: Client, scene: Scene, union: Union, objected: Objection
) -> None:
    assert objected.application is not None
    Application.objects.filter(pk=objected.application.pk).update(applicant=scene.office)

    response = office.get(url("objection", union, pk=objected.pk), follow=True)

    assert "应当回避，不能查看" in response.content.decode()
    assert "成果系他人完成" not in response.content.decode()
    assert office.get(url("evidence", union, pk=objected.files.get().pk)).status_code == 404


def test_a_case_from_the_assignment_to_the_answer(client: Client, scene: Scene, objected: Objection) -> None:
    sign_in(client, scene.office)
    assert "承办人已确定" in do(client, "assign_objection", objected, officer=scene.second.pk)
    assert "由吕复核承办" in text_of(client, url("objection", scene.union, pk=objected.pk))
    sign_in(client, scene.second)
    found = do(
        client,
        "record_finding",
        objected,
        text="走访了车间",
        evidence=[SimpleUploadedFile("甲.jpg", photo()), SimpleUploadedFile("乙.jpg", photo())],
    )
    assert "核查情况已记录" in found
    assert "下载 甲.jpg" in found
    assert "下载 乙.jpg" in found

    given = {"upheld": "yes", "finding": "系他人完成", "answer": "情况属实", "excludes": "on", "ground": "成果不符"}
    assert f"异议 {objected.receipt} 已答复" in do(client, "answer_objection", objected, **given)

    text = text_of(client, url("objection", scene.union, pk=objected.pk))
    for words in ("走访了车间", "系他人完成", "该人选不通过本次公示", "可申请复核至"):
        assert words in text


def test_a_refused_step_keeps_what_was_typed(client: Client, scene: Scene, objected: Objection) -> None:
    scene.investigate(objected)
    sign_in(client, scene.second)

    refused = do(client, "answer_objection", objected, upheld="yes", finding="x", answer="写了很久", excludes="on")
    lacking = do(client, "answer_objection", objected, answer="写了很久")
    unread = do(client, "record_finding", objected, text="记了很久", evidence=SimpleUploadedFile("a.pdf", b"MZ"))

    assert "请写明不予通过的理由" in refused
    assert "写了很久" in refused
    assert "写了很久" in lacking
    assert "记了很久" in unread
    assert "证据材料：" in unread


def test_somebody_who_must_keep_out_cannot_be_chosen_on_the_page(
    office: Client, scene: Scene, objected: Objection
) -> None:
    assert "选择一个有效的选项" in do(office, "assign_objection", objected, officer=scene.office.pk)


def test_an_office_in_which_everybody_had_to_do_with_the_person_is_told_what_to_do(
    office: Client, scene: Scene, union: Union, objected: Objection
) -> None:
    scene.second.active = False
    scene.second.save()

    assert "请工会管理员在“成员”中增加" in text_of(office, url("objection", union, pk=objected.pk))


def test_somebody_is_held_back_and_let_go(office: Client, objected: Objection) -> None:
    missing = office.post(url("release_candidate", objected.union, pk=objected.pk), {"reason": "x"})
    assert missing.status_code == 404
    held = do(office, "suspend_candidate", objected, reason="需要核实成果")
    assert "需要核实成果" in held
    assert "解除暂缓" in held

    assert "已解除暂缓" in do(office, "release_candidate", objected, reason="已核实")

    assert list(Suspension.objects.order_by("pk").values_list("suspended", flat=True)) == [True, False]


def test_what_cannot_be_held_back_is_said_with_what_was_typed(
    office: Client, scene: Scene, objected: Objection
) -> None:
    whole, _ = scene.object()

    assert "该异议没有指明人选" in do(office, "suspend_candidate", whole, reason="需要核实成果")


def test_the_desk_says_who_has_what_until_when_and_leads_to_the_report(
    office: Client, scene: Scene, union: Union, objected: Objection, set_clock: SetClock
) -> None:
    scene.assign(objected, scene.second)
    assert objected.due_on is not None
    scene.run_out()
    set_clock(scene.now())

    text = text_of(office, url("desk", union))

    assert "吕复核" in text
    assert "待核查，逾期" in text
    report = office.get(url("notice_report", union, pk=scene.notice.pk))
    assert report["Content-Type"] == "application/pdf"


def test_a_report_that_cannot_be_set_says_so(
    office: Client, scene: Scene, union: Union, objected: Objection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise PaperError("缺少字体")

    monkeypatch.setattr(papers_objections, "report_pdf", broken)

    response = office.get(url("notice_report", union, pk=scene.notice.pk), follow=True)

    assert "公示情况报告没有生成：缺少字体" in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_a_case_and_the_desk_cost_the_same_however_many_there_are(
    client: Client,
    scene: Scene,
    union: Union,
    objected: Objection,
    count: int,
    django_assert_max_num_queries: Queries,
) -> None:
    for _ in range(count):
        scene.object(objected.application, SENDER)
        MemberFactory(union=union, role=Role.OFFICE)
        scene.investigate(objected)
    sign_in(client, scene.office)

    with django_assert_max_num_queries(30):
        text_of(client, url("objection", union, pk=objected.pk))
    with django_assert_max_num_queries(16):
        text_of(client, url("desk", union))


# --- whoever objected ----------------------------------------------------------------------------------------------------


def follow(client: Client, union: Union, receipt: str, code: str) -> str:
    return client.post(url("follow", union), {"receipt": receipt, "code": code}).content.decode()


def test_whoever_objected_reads_the_answer_and_asks_for_a_second_look(
    client: Client, scene: Scene, union: Union, objected: Objection
) -> None:
    found, code = scene.object(objected.application)
    scene.answer(found, finding="给领导小组看的", answer="给反映人看的")
    text = follow(client, union, found.receipt, code)
    assert "给反映人看的" in text
    assert "给领导小组看的" not in text
    assert "申请复核" in text
    given = {
        "receipt": found.receipt,
        "code": code,
        "text": "请再看一次",
        "evidence": SimpleUploadedFile("a.jpg", photo()),
    }

    lacking = client.post(url("appeal", union), {**given, "text": ""}).content.decode()
    assert "这个字段是必填项" in lacking
    asked = client.post(
        url("appeal", union), {**given, "evidence": SimpleUploadedFile("a.jpg", photo())}
    ).content.decode()

    assert "复核申请已收到" in asked
    assert "正在复核" in asked
    del given["evidence"]
    again = client.post(url("appeal", union), given).content.decode()
    assert "办公室答复以后才能申请复核" in again
    found.refresh_from_db()
    assert (found.round, found.files.filter(step__isnull=False).count()) == (2, 1)


def test_a_wrong_code_asks_for_nothing(client: Client, scene: Scene, union: Union, objected: Objection) -> None:
    scene.answer(objected)
    given = {"receipt": objected.receipt, "code": "AAAAAAAAAA", "text": "请再看一次"}

    text = client.post(url("appeal", union), given).content.decode()

    assert "请核对受理号和查询码" in text
    objected.refresh_from_db()
    assert objected.round == 1


def test_one_address_appeals_five_times_a_minute(client: Client, union: Union, objected: Objection) -> None:
    given = {"receipt": objected.receipt, "code": "AAAAAAAAAA", "text": "x"}

    codes = [client.post(url("appeal", union), given).status_code for _ in range(6)]

    assert codes == [200] * 5 + [429]


def test_a_second_look_too_late_is_not_offered(
    client: Client, scene: Scene, union: Union, objected: Objection, set_clock: SetClock
) -> None:
    found, code = scene.object(objected.application)
    scene.answer(found)
    scene.run_out()
    scene.run_out()
    set_clock(scene.now())

    text = follow(client, union, found.receipt, code)

    assert "届满" in text
    assert "申请复核</button>" not in text

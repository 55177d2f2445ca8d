"""What anybody may open: front doors, notices, results, verification, objections; and the holder's certificate."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from applications.models import Application
from documents import runner
from documents.models import Job, StoredFile
from documents.paper.render import PaperError
from publicity import papers
from publicity.models import Certificate, Objection
from review.services.investigations import decide_investigation, open_investigation
from tests.factories import NOON, CampaignFactory, MemberFactory, UnionFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import Scene, photo, stored_paths
from tests.publicity.test_awards import revoke
from unions import tenancy
from unions.models import Member, Union
from unions.states import Role

Queries = Callable[[int], Any]


def url(name: str, union: Union | None = None, **kwargs: Any) -> str:
    if union is None:
        return reverse(f"publicity_global:{name}", kwargs=kwargs)
    return reverse(f"publicity:{name}", kwargs={"union_slug": union.slug, **kwargs})


def body(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


@kept
def before_the_public(scene: Scene) -> list[Application]:
    people = scene.to_notice()
    scene.publish()
    return people


@pytest.fixture
def published(scene: Scene, before_the_public: list[Application], set_clock: SetClock) -> Scene:
    """Three people before the public, and the clock of the pages within the notice."""
    set_clock(scene.now())
    return scene


# --- front doors -------------------------------------------------------------------------------------------------------


def test_the_directory_lists_unions_with_what_is_open_first(
    client: Client, union: Union, other_union: Union, set_clock: SetClock
) -> None:
    CampaignFactory(union=union, title="第二届示例工匠")
    set_clock(NOON)

    text = body(client, url("directory"))

    assert text.index("示例区总工会") < text.index("邻市总工会")
    assert "第二届示例工匠" in text
    assert "2026年3月20日" in text


def test_an_empty_directory_says_so(client: Client, db: None) -> None:
    assert "还没有开通的工会" in body(client, url("directory"))


def test_a_closed_union_is_not_listed(client: Client, union: Union) -> None:
    Union.objects.filter(pk=union.pk).update(active=False)

    assert "示例区总工会" not in body(client, url("directory"))


def test_the_directory_takes_the_same_queries_for_three_unions(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    client.get(url("directory"))
    with django_assert_num_queries(_DIRECTORY):
        client.get(url("directory"))
    for _ in range(2):
        UnionFactory()
    with django_assert_num_queries(_DIRECTORY):
        client.get(url("directory"))


_DIRECTORY = 5


def test_the_home_of_a_union_without_campaigns_says_what_will_come(client: Client, union: Union) -> None:
    text = body(client, url("home", union))

    assert "还没有发布活动" in text
    assert "核验证书" in text


def test_the_home_shows_each_campaign_where_it_stands(
    client: Client, union: Union, scene: Scene, both_final: list[Application], set_clock: SetClock
) -> None:
    people = both_final
    scene.confer()
    coming = CampaignFactory(union=union, title="将来的活动", closes=scene.clock.date().replace(month=6, day=30))
    set_clock(coming.opens_at.replace(month=4, day=2))

    text = body(client, url("home", union))

    assert "2 人获得称号" in text
    assert "开始申报" in text
    assert "往期公示" in text
    assert people[0].name not in text


def test_the_home_calls_to_an_open_campaign_and_a_running_notice(
    client: Client, published: Scene, set_clock: SetClock
) -> None:
    text = body(client, url("home", published.union))

    assert "正在公示" in text
    assert "提出异议" in text
    assert "评审进行中" in text
    set_clock(NOON)
    assert "看条件，去申报" in body(client, url("home", published.union))


def test_a_finished_campaign_without_titles_counts_as_ended(
    client: Client, union: Union, scene: Scene, set_clock: SetClock
) -> None:
    type(scene.campaign).objects.filter(pk=scene.campaign.pk).update(state="finished")
    set_clock(scene.now())

    assert "已结束" in body(client, url("home", union))


def test_the_home_takes_the_same_queries_for_three_notices(
    client: Client, union: Union, scene: Scene, in_notice: list[Application], django_assert_num_queries: Queries
) -> None:
    scene.publish()
    client.get(url("home", union))  # what a process remembers from its first page on
    with django_assert_num_queries(_HOME):
        client.get(url("home", union))
    for _ in range(2):
        more = Scene(union)
        more.to_notice("周桂英")
        more.publish()
    with django_assert_num_queries(_HOME):
        client.get(url("home", union))


_HOME = 10


# --- notices -----------------------------------------------------------------------------------------------------------


def test_a_notice_shows_names_days_digest_and_how_to_object(client: Client, published: Scene) -> None:
    notice = published.notice
    version = notice.in_force
    assert version is not None

    text = body(client, url("notice", published.union, pk=notice.pk))

    for words in ("赵建国", "示例机床厂", "2026年3月24日", "2026年3月30日", version.sha256, "提出异议", "共 3 人"):
        assert words in text
    assert 'property="og:title" content="关于示例工匠人选的公示"' in text
    assert f'property="og:url" content="http://testserver{url("notice", published.union, pk=notice.pk)}"' in text


def test_markup_in_what_people_wrote_stays_text(client: Client, scene: Scene, set_clock: SetClock) -> None:
    scene.to_notice("赵建国", deeds="<script>alert(1)</script>&lt;b&gt;")
    scene.publish()
    set_clock(scene.now())

    text = body(client, url("notice", scene.union, pk=scene.notice.pk))

    assert "<script>alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_an_old_version_stays_readable_and_points_to_the_new_one(client: Client, published: Scene) -> None:
    published.correct(reason="单位名称有误")
    notice = published.notice

    old = body(client, url("notice_version", published.union, pk=notice.pk, version=1))
    new = body(client, url("notice", published.union, pk=notice.pk))

    assert "这是旧版本" in old
    assert "提出异议</a>" not in old
    assert "更正说明：单位名称有误" in new
    assert "第 1 版" in new
    body(client, url("notice_version", published.union, pk=notice.pk, version=3), status=404)


def test_after_the_notice_the_page_says_that_objections_are_closed(
    client: Client, published: Scene, set_clock: SetClock
) -> None:
    published.run_out()
    set_clock(published.now())

    text = body(client, url("notice", published.union, pk=published.notice.pk))

    assert "不再受理异议" in text
    assert "提出异议</a>" not in text


def test_a_notice_takes_the_same_queries_for_three_names(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    for names in (["赵建国"], ["钱秀兰", "孙志强", "周桂英"]):
        scene = Scene(union)
        scene.to_notice(*names)
        scene.publish()
        address = url("notice", union, pk=scene.notice.pk)
        client.get(address)
        with django_assert_num_queries(_NOTICE):
            client.get(address)


_NOTICE = 6


def test_a_notice_of_another_union_is_not_found(client: Client, published: Scene, other_union: Union) -> None:
    pk = published.notice.pk

    body(client, url("notice", other_union, pk=pk), status=404)
    body(client, url("object", other_union, pk=pk), status=404)
    body(client, url("notice_paper", other_union, pk=pk, version=1), status=404)


def test_the_notice_on_official_paper(client: Client, published: Scene) -> None:
    response = client.get(url("notice_paper", published.union, pk=published.notice.pk, version=1))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


def test_a_paper_that_cannot_be_set_sends_back_to_the_page_with_words(
    client: Client, published: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bytes:
        raise PaperError("排版超过 60 秒，已停止")

    monkeypatch.setattr(papers, "notice_pdf", broken)

    response = client.get(url("notice_paper", published.union, pk=published.notice.pk, version=1), follow=True)

    assert "公文暂时不能生成：排版超过 60 秒" in response.content.decode()


def test_papers_are_made_for_one_address_at_a_measured_pace(
    client: Client, published: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "notice_pdf", lambda _: b"%PDF-")
    address = url("notice_paper", published.union, pk=published.notice.pk, version=1)

    codes = [client.get(address).status_code for _ in range(21)]

    assert codes == [200] * 20 + [429]


# --- objections --------------------------------------------------------------------------------------------------------


def _upload(content: bytes, name: str = "证据.jpg") -> Any:
    return SimpleUploadedFile(name, content)


def test_an_objection_is_taken_and_its_receipt_shown_once(client: Client, published: Scene) -> None:
    pk = published.notice.pk
    person = published.notice.in_force.lines.first().application
    given = {
        "application": person.pk,
        "text": "成果系他人完成",
        "name": "",
        "contact": "",
        "evidence": _upload(photo()),
    }

    response = client.post(url("object", published.union, pk=pk), given, follow=True)

    text = response.content.decode()
    objection = Objection.objects.get()
    assert response.redirect_chain == [(url("objection_taken", published.union, pk=pk), 302)]
    assert objection.receipt in text
    assert "no-store" in response["Cache-Control"]
    assert (objection.application_id, objection.anonymous) == (person.pk, True)
    assert objection.files.count() == 1
    code = re.search(r"<dd>(\w{5}-\w{5})</dd>", text)
    assert code is not None
    again = body(client, url("objection_taken", published.union, pk=pk))
    assert objection.receipt not in again
    assert "查询码已经显示过" in again
    followed = client.post(url("follow", published.union), {"receipt": objection.receipt, "code": code[1]})
    assert "正在核查" in followed.content.decode()
    assert "成果系他人完成" not in followed.content.decode()


def test_a_receipt_is_not_shown_at_another_notice(client: Client, published: Scene) -> None:
    client.post(url("object", published.union, pk=published.notice.pk), {"text": "请核查"})
    other = Scene(published.union)
    other.to_notice("周桂英")
    other.publish()

    assert "查询码已经显示过" in body(client, url("objection_taken", published.union, pk=other.notice.pk))


@pytest.mark.parametrize("upheld", [True, False])
def test_whoever_objected_reads_the_answer(client: Client, published: Scene, upheld: bool) -> None:
    objection, code = published.object()
    published.answer(objection, upheld=upheld, answer="已核实，特此答复")

    text = client.post(url("follow", published.union), {"receipt": objection.receipt, "code": code}).content.decode()

    assert "已核实，特此答复" in text
    assert ("异议成立" if upheld else "异议不成立") in text


def test_a_wrong_code_finds_nothing(client: Client, published: Scene) -> None:
    objection, _ = published.object()

    response = client.post(url("follow", published.union), {"receipt": objection.receipt, "code": "AAAAA-AAAAA"})

    assert "请核对受理号和查询码" in response.content.decode()


def test_half_a_question_is_asked_again(client: Client, union: Union) -> None:
    response = client.post(url("follow", union), {"receipt": "Y2026-1-001", "code": ""})

    assert "Y2026-1-001" in response.content.decode()


def _huge() -> bytes:
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


BAD: dict[str, Callable[[], bytes]] = {
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "zip bomb named pdf": lambda: b"PK\x03\x04" + b"\x00" * 100,
    "truncated": lambda: photo()[:-60],
    "too large": lambda: b"%PDF-1.4" + b"0" * (10 * 1024 * 1024 + 1),
    "100 megapixels": _huge,
    "wrong type": lambda: b"MZ" + b"\x00" * 100,
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_is_refused_in_words_and_leaves_nothing_behind(
    client: Client, published: Scene, kind: str
) -> None:
    paths = stored_paths()

    response = client.post(
        url("object", published.union, pk=published.notice.pk),
        {"text": "成果系他人完成", "evidence": _upload(BAD[kind](), "证据.pdf")},
    )

    text = response.content.decode()
    assert response.status_code == 200
    assert "证据材料：" in text
    assert "成果系他人完成" in text  # what was typed stays
    assert not Objection.objects.exists()
    assert not StoredFile.objects.filter(name__contains="证据").exists()
    assert stored_paths() == paths


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": ""}, "这个字段是必填项"),
        ({"text": "请核查", "application": "999999"}, "选择一个有效的选项"),
        ({"text": "请核查", "name": "何永福"}, "请填写联系方式"),
        ({"text": "字" * 2001}, "2000"),
    ],
)
def test_what_is_wrong_is_said_in_place(client: Client, published: Scene, given: dict[str, str], why: str) -> None:
    response = client.post(url("object", published.union, pk=published.notice.pk), given)

    assert why in response.content.decode()
    assert not Objection.objects.exists()


def test_where_names_are_wanted_the_form_asks_for_them(client: Client, union: Union, set_clock: SetClock) -> None:
    scene = Scene(union, notice={"objections": {"text": "请实名", "named": True, "setting": True}})
    scene.to_notice("赵建国")
    scene.publish()
    set_clock(scene.now())
    address = url("object", union, pk=scene.notice.pk)

    assert "只受理实名异议" in body(client, address)
    client.post(address, {"text": "请核查"})
    assert not Objection.objects.exists()
    client.post(address, {"text": "请核查", "name": "何永福", "contact": "19900005678"})
    assert Objection.objects.get().anonymous is False


def test_after_the_notice_the_form_is_closed(client: Client, published: Scene, set_clock: SetClock) -> None:
    published.run_out()
    set_clock(published.now())

    response = client.post(url("object", published.union, pk=published.notice.pk), {"text": "请核查"}, follow=True)

    assert "不再受理异议" in response.content.decode()
    assert not Objection.objects.exists()


def test_one_address_objects_five_times_a_minute_and_keeps_what_was_typed(client: Client, published: Scene) -> None:
    address = url("object", published.union, pk=published.notice.pk)

    codes = [client.post(address, {"text": f"第{n}次"}).status_code for n in range(6)]
    last = client.post(address, {"text": "又一次"})

    assert codes == [302] * 5 + [429]
    assert "又一次" in last.content.decode()
    assert "操作太频繁" in last.content.decode()


def test_guessing_codes_is_slowed_down(client: Client, published: Scene) -> None:
    given = {"receipt": "Y2026-1-001", "code": "AAAAAAAAAA"}

    codes = [client.post(url("follow", published.union), given).status_code for _ in range(11)]

    assert codes == [200] * 10 + [429]


# --- results and verification ------------------------------------------------------------------------------------------


def test_results_name_holders_numbers_and_what_was_taken_back(
    client: Client, scene: Scene, certificates: list[Certificate]
) -> None:
    first, second = certificates
    revoke(scene, second)

    text = body(client, url("results", scene.union, campaign_slug=scene.campaign.slug))

    for words in ("赵建国", "示例机床厂", first.number, "证书已撤销", "2 人"):
        assert words in text


def test_results_carry_the_public_note_of_a_disqualification(
    client: Client, scene: Scene, certificates: list[Certificate]
) -> None:
    first = certificates[0]
    case = open_investigation(first.award.application, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(
        case, upheld=True, finding="内部结论", public_note="申报材料不实", actor=scene.office, at=scene.now()
    )

    text = body(client, url("results", scene.union, campaign_slug=scene.campaign.slug))

    assert "称号已取消" in text
    assert "申报材料不实" in text
    assert "内部结论" not in text


def test_results_before_the_decision_are_empty(client: Client, scene: Scene) -> None:
    assert "结果还没有公布" in body(client, url("results", scene.union, campaign_slug=scene.campaign.slug))


def test_a_draft_has_no_results_page(client: Client, union: Union) -> None:
    draft = CampaignFactory(union=union, published=False)

    body(client, url("results", union, campaign_slug=draft.slug), status=404)


def test_results_take_the_same_queries_for_three_holders(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    for names in (["赵建国"], ["钱秀兰", "孙志强"]):
        Member.objects.filter(role=Role.LEADER).update(active=False)
        scene = Scene(union)
        scene.certified(*names)
        address = url("results", union, campaign_slug=scene.campaign.slug)
        client.get(address)
        with django_assert_num_queries(_RESULTS):
            client.get(address)


_RESULTS = 6


def test_anybody_verifies_a_certificate_by_number_and_by_code(
    client: Client, scene: Scene, certificate: Certificate
) -> None:
    for wanted in (certificate.number, certificate.code):
        text = body(client, url("verify", number=wanted))
        for words in ("证书有效", "赵建国", "示例工匠", scene.union.name, certificate.number):
            assert words in text


def test_a_revoked_certificate_says_so_at_once(client: Client, scene: Scene, certificate: Certificate) -> None:
    body(client, url("verify", number=certificate.code))
    revoke(scene, certificate, "经查成果不实")

    text = body(client, url("verify", number=certificate.code))

    assert "此证书已撤销" in text
    assert "经查成果不实" in text
    assert "证书有效" not in text


def test_a_disqualified_holder_is_not_certified(client: Client, scene: Scene, certificate: Certificate) -> None:
    case = open_investigation(certificate.award.application, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(case, upheld=True, finding="查实", public_note="说明", actor=scene.office, at=scene.now())

    assert "称号已取消" in body(client, url("verify", number=certificate.code))


def test_an_unknown_number_gets_a_page_that_helps(client: Client, db: None) -> None:
    text = body(client, url("verify", number="<b>示匠〔2026〕999号"), status=404)

    assert "没有查到这份证书" in text
    assert "&lt;b&gt;示匠〔2026〕999号" in text


def test_verification_is_found_by_a_form(client: Client, db: None) -> None:
    assert client.get(url("verify_search")).status_code == 200
    assert client.get(url("verify_search"), {"number": ""}).status_code == 200
    response = client.get(url("verify_search"), {"number": " 示匠[2026]001号 "})

    assert response.status_code == 302
    assert response["Location"] == url("verify", number="示匠[2026]001号")


@pytest.mark.usefixtures("certificate")
def test_verification_leaks_nothing_of_the_person(client: Client, scene: Scene) -> None:
    certificate = Certificate.objects.select_related("award__application__applicant__user").get()
    application = certificate.award.application
    user = application.applicant.user

    text = body(client, url("verify", number=certificate.code))

    for secret in (application.number, application.employer, user.phone, user.email):
        assert str(secret) not in text


def test_numbers_are_asked_for_at_a_measured_pace(client: Client, db: None) -> None:
    codes = [client.get(url("verify", number="x")).status_code for _ in range(61)]

    assert codes == [404] * 60 + [429]


# --- the holder's own --------------------------------------------------------------------------------------------------


@kept
def made(scene: Scene) -> Certificate:
    scene.certified("赵建国")
    runner.run(Job.objects.get(kind="certificates.batch").pk, at_clock=scene.now)
    return Certificate.objects.select_related("award__application__applicant").get()


def test_a_holder_finds_and_downloads_their_certificate(client: Client, scene: Scene, made: Certificate) -> None:
    holder = made.award.application.applicant
    assert holder is not None
    sign_in(client, holder)

    assert "我的证书" in body(client, url("home", scene.union))
    response = client.get(url("certificate", scene.union, pk=made.pk))

    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]
)
def test_nobody_else_downloads_it(client: Client, scene: Scene, union: Union, made: Certificate, role: Role) -> None:
    sign_in(client, MemberFactory(union=union, role=role))

    body(client, url("certificate", union, pk=made.pk), status=404)


def test_the_office_downloads_any(client: Client, scene: Scene, union: Union, made: Certificate) -> None:
    sign_in(client, scene.office)

    assert client.get(url("certificate", union, pk=made.pk)).status_code == 200


def test_a_sheet_that_is_not_made_yet_is_not_found(
    client: Client, scene: Scene, union: Union, certificate: Certificate
) -> None:
    sign_in(client, scene.office)

    body(client, url("certificate", union, pk=certificate.pk), status=404)


def test_a_member_of_another_union_gets_nothing(
    client: Client, union: Union, other_union: Union, made: Certificate
) -> None:
    with tenancy.scope(other_union.pk):
        sign_in(client, MemberFactory(union=other_union, role=Role.OFFICE))

    assert client.get(url("certificate", union, pk=made.pk)).status_code == 403
    assert client.get(url("certificate", other_union, pk=made.pk)).status_code == 404

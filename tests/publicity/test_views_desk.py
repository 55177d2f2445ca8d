"""The office's pages, what leading group and supervisor may read of them, and that nobody else gets in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application
from campaigns.services import finish_campaign
from documents import runner
from documents import services as documents
from documents.models import Job
from publicity.models import Award, Certificate, NoticeVersion, Objection, Revocation
from publicity.services import objections
from tests.factories import NOON, SHANGHAI, CampaignFactory, MemberFactory, sign_in
from tests.publicity.conftest import SetClock
from tests.publicity.scene import Scene
from unions.models import Member, Union
from unions.states import Role

Queries = Callable[[int], Any]
READERS = [Role.OFFICE, Role.LEADER, Role.SUPERVISOR]
STRANGERS = [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.ADMIN]
SENDER = objections.Sender("何永福", "19900005678")
WORDS = {"title": "关于示例工匠人选的公示", "foreword": "现予公示。", "contact": "示例区总工会"}


def url(name: str, union: Union, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": union.slug, **kwargs})


@pytest.fixture
def office(client: Client, scene: Scene) -> Client:
    return sign_in(client, scene.office)


def confirm(client: Client, preview: Any) -> Any:
    """Press the button of a preview."""
    seen = preview.context["version"].sha256
    return client.post(preview.request["PATH_INFO"], {"seen": seen}, follow=True)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# --- who gets in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*READERS, *STRANGERS])
def test_who_reads_and_who_acts(
    client: Client, scene: Scene, union: Union, role: Role, set_clock: SetClock, certificate: Certificate
) -> None:
    notice = scene.notice
    objection = Objection.objects.create(
        union=union, notice=notice, receipt="Y1", code_digest="", anonymous=True, text_sealed="x", at=scene.now()
    )
    set_clock(scene.now())
    sign_in(client, MemberFactory(union=union, role=role))
    read = [
        url("desk", union),
        url("objection", union, pk=objection.pk),
        url("notice_report", union, pk=notice.pk),
        url("awards", union),
        url("campaign_awards", union, campaign_slug=scene.campaign.slug),
        url("decision", union, campaign_slug=scene.campaign.slug),
    ]
    act = [
        url("publish", union, pk=notice.stage_id),
        url("correct", union, pk=notice.pk),
        url("evidence", union, pk=objection.pk),
        url("assign_objection", union, pk=objection.pk),
        url("record_finding", union, pk=objection.pk),
        url("answer_objection", union, pk=objection.pk),
        url("suspend_candidate", union, pk=objection.pk),
        url("release_candidate", union, pk=objection.pk),
        url("revoke", union, pk=certificate.pk),
        url("confer", union, campaign_slug=scene.campaign.slug),
        url("make_certificates", union, campaign_slug=scene.campaign.slug),
    ]

    assert {client.get(address).status_code for address in read} == {200 if role in READERS else 403}
    if role != Role.OFFICE:
        assert {client.post(address).status_code for address in act} == {403}


def test_a_reader_who_posts_an_answer_is_refused_in_words(
    client: Client, scene: Scene, in_notice: list[Application], union: Union
) -> None:
    scene.publish()
    objection, _ = scene.object()
    sign_in(client, MemberFactory(union=union, role=Role.SUPERVISOR))

    client.post(url("answer_objection", union, pk=objection.pk), {"upheld": "no", "answer": "不成立"})

    objection.refresh_from_db()
    assert objection.state == "open"


# --- the desk ----------------------------------------------------------------------------------------------------------


def test_an_empty_desk_says_what_comes(office: Client, union: Union) -> None:
    text = text_of(office, url("desk", union))

    assert "没有异议" in text
    assert "社会公示" in text
    assert "未发布" in text


def test_a_union_without_campaigns_has_an_empty_desk(client: Client, union: Union) -> None:
    sign_in(client, MemberFactory(union=union, role=Role.OFFICE))

    assert "还没有公示环节" in text_of(client, url("desk", union))
    assert "还没有发布的活动" in text_of(client, url("awards", union))


def test_the_desk_leads_to_the_next_step(
    office: Client, scene: Scene, in_notice: list[Application], union: Union
) -> None:
    assert "拟写公示" in text_of(office, url("desk", union))

    scene.publish()
    objection, _ = scene.object()

    text = text_of(office, url("desk", union))
    assert "更正公示" in text
    assert objection.receipt in text
    assert "未确定" in text
    assert "待核查" in text


def test_the_desk_takes_the_same_queries_for_three(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, django_assert_num_queries: Queries
) -> None:
    scene.publish()
    scene.object()
    office.get(url("desk", union))  # what a process remembers from its first page on
    with django_assert_num_queries(_DESK):
        office.get(url("desk", union))
    for _ in range(2):
        more = Scene(union)
        more.to_notice("周桂英")
        more.publish()
        more.object()
    with django_assert_num_queries(_DESK):
        office.get(url("desk", union))


_DESK = 11


# --- writing a notice --------------------------------------------------------------------------------------------------


def test_the_editor_shows_words_names_and_days_before_anything_is_public(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(datetime(2026, 3, 23, 10, 0, tzinfo=SHANGHAI))

    text = text_of(office, url("publish", union, pk=scene.stage("notice").pk))

    for words in ("关于“示例工匠”人选的公示", "赵建国", "2026年3月24日", "2026年3月30日", "保存并预览"):
        assert words in text


def test_the_editor_takes_the_same_queries_for_three_people(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    for names in (["赵建国"], ["钱秀兰", "孙志强", "周桂英"]):
        scene = Scene(union)
        scene.to_notice(*names)
        sign_in(client, scene.office)
        address = url("publish", union, pk=scene.stage("notice").pk)
        client.get(address)
        with django_assert_num_queries(_EDITOR):
            client.get(address)


_EDITOR = 15


def test_publishing_goes_to_the_public_page(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(scene.now())

    preview = office.post(url("publish", union, pk=scene.stage("notice").pk), WORDS, follow=True)
    text = preview.content.decode()
    for words in (
        "现予公示。",
        "今天，2026年3月23日（星期一）",
        "2026年3月24日（星期二）至2026年3月30日（星期一）",
        "发布公示，1 人",
    ):
        assert words in text
    assert not NoticeVersion.objects.exists()
    response = confirm(office, preview)

    assert "公示已发布，到2026年3月30日结束" in response.content.decode()
    assert NoticeVersion.objects.get().sha256 in text


def test_what_was_typed_stays_when_the_year_is_unknown(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(datetime(2026, 12, 30, 10, 0, tzinfo=SHANGHAI))
    address = url("publish", union, pk=scene.stage("notice").pk)

    preview = office.post(address, {**WORDS, "foreword": "写了很久的正文"}, follow=True)

    assert "确认2027年的工作日" in preview.content.decode()
    text = text_of(office, address)
    assert "写了很久的正文" in text
    assert reverse("campaigns:calendar", kwargs={"union_slug": union.slug}) in text
    assert not NoticeVersion.objects.exists()


def test_a_form_that_lacks_words_is_shown_again(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(scene.now())

    response = office.post(url("publish", union, pk=scene.stage("notice").pk), {**WORDS, "title": ""})

    assert response.status_code == 200
    assert not NoticeVersion.objects.exists()


def test_a_stage_that_cannot_be_published_sends_back_with_the_reason(
    office: Client, scene: Scene, union: Union, set_clock: SetClock
) -> None:
    set_clock(scene.now())
    waiting = office.get(url("publish", union, pk=scene.stage("notice").pk), follow=True)
    scene.to_notice("赵建国")
    scene.publish()
    set_clock(scene.now())
    done = office.get(url("publish", union, pk=scene.stage("notice").pk), follow=True)

    assert "环节进行中才能发布公示" in waiting.content.decode()
    assert "公示已发布，需要改动时请更正" in done.content.decode()


def test_a_correction_says_whether_the_days_start_anew(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    scene.publish()
    scene.clock = datetime(2026, 3, 25, 10, 0, tzinfo=SHANGHAI)
    set_clock(scene.clock)
    address = url("correct", union, pk=scene.notice.pk)

    assert "公示期重新计算" in text_of(office, address)
    response = confirm(office, office.post(address, {**WORDS, "reason": "单位名称有误"}, follow=True))

    assert "更正已发布为第 2 版，到2026年4月1日结束" in response.content.decode()


def test_a_correction_within_the_same_days_says_so(client: Client, union: Union, set_clock: SetClock) -> None:
    scene = Scene(union, notice={"restart_on_amendment": False})
    scene.to_notice("赵建国")
    scene.publish()
    set_clock(scene.now())
    sign_in(client, scene.office)

    assert "公示期不变" in text_of(client, url("correct", union, pk=scene.notice.pk))


def test_a_refused_correction_keeps_what_was_typed(
    office: Client, scene: Scene, in_notice: list[Application], union: Union, set_clock: SetClock
) -> None:
    scene.publish()
    set_clock(datetime(2026, 12, 30, 10, 0, tzinfo=SHANGHAI))

    address = url("correct", union, pk=scene.notice.pk)
    preview = office.post(address, {**WORDS, "reason": "写了理由"}, follow=True).content.decode()

    assert "没有发布" in preview
    assert "写了理由" in text_of(office, address)
    assert "必填" in office.post(address, {**WORDS, "revision": "1"}).content.decode()
    assert NoticeVersion.objects.count() == 1


def test_a_closed_notice_is_not_corrected(
    office: Client, scene: Scene, in_final: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(scene.now())

    response = office.get(url("correct", union, pk=scene.notice.pk), follow=True)

    assert "环节进行中才能发布公示" in response.content.decode()


# --- titles and certificates -------------------------------------------------------------------------------------------


def awards_url(scene: Scene) -> str:
    return url("campaign_awards", scene.union, campaign_slug=scene.campaign.slug)


def test_before_the_decision_the_page_says_what_is_waited_for(office: Client, scene: Scene) -> None:
    assert "“审定”未开始，结束后才能授予称号" in text_of(office, awards_url(scene))


def test_the_office_confers_once(
    office: Client, scene: Scene, both_final: list[Application], union: Union, set_clock: SetClock
) -> None:
    set_clock(scene.now())
    assert "按审定结果授予" in text_of(office, awards_url(scene))
    address = url("confer", union, campaign_slug=scene.campaign.slug)

    first = office.post(address, follow=True).content.decode()
    second = office.post(address, follow=True).content.decode()

    assert "已授予 2 人次" in first
    assert "没有新增" in second
    assert Award.objects.count() == 2
    assert "按审定结果授予" not in second
    assert "生成 2 份证书" in second


def test_without_script_conferring_asks_on_a_page_of_its_own(office: Client, scene: Scene, union: Union) -> None:
    address = url("confer", union, campaign_slug=scene.campaign.slug)
    assert "没有可以授予的称号" in text_of(office, address)
    scene.to_final("赵建国")

    text = text_of(office, address)

    assert "赵建国，示例工匠" in text
    assert not Award.objects.exists()


def test_conferring_too_early_is_refused_in_words(office: Client, scene: Scene, union: Union) -> None:
    response = office.post(url("confer", union, campaign_slug=scene.campaign.slug), follow=True)

    assert "结束后才能授予" in response.content.decode()


def test_the_page_shows_progress_while_a_worker_works_and_files_afterwards(
    office: Client, scene: Scene, both_final: list[Application], union: Union, set_clock: SetClock
) -> None:
    scene.confer()
    set_clock(scene.now())
    address = url("make_certificates", union, campaign_slug=scene.campaign.slug)

    queued = office.post(address, follow=True).content.decode()
    assert "排队中" in queued
    assert "hx-get" in queued
    assert "生成 2 份证书" not in queued
    runner.run(Job.objects.get(kind="certificates.batch").pk, at_clock=scene.now)

    done = text_of(office, awards_url(scene))
    assert "已生成 2 份" in done
    assert "hx-get" not in done  # the fragment of a finished job would load the page again and again
    assert done.count("下载</a>") == 2
    assert "下载最近一批（ZIP）" in done
    assert "已全部生成" in office.post(address, follow=True).content.decode()


@pytest.mark.usefixtures("certificates")
def test_a_stopped_batch_says_why_and_offers_to_go_on(
    office: Client, scene: Scene, union: Union, set_clock: SetClock
) -> None:
    documents.fail_job(Job.objects.get(kind="certificates.batch").pk, reason="缺少字体", at=scene.now())
    set_clock(scene.now())

    text = text_of(office, awards_url(scene))

    assert "缺少字体" in text
    assert "生成 2 份证书" in text


def test_a_campaign_whose_rules_have_no_certificate_says_so(client: Client, union: Union) -> None:
    scene = Scene(union, more="")
    scene.to_final("赵建国")
    scene.confer()
    sign_in(client, scene.office)

    assert "规则没有规定证书" in text_of(client, awards_url(scene))


def test_revoking_asks_first_and_shows_at_once(
    office: Client, scene: Scene, union: Union, certificate: Certificate
) -> None:
    address = url("revoke", union, pk=certificate.pk)

    page = text_of(office, address)
    assert "撤销不能恢复" in page
    assert "赵建国" in page
    assert office.post(address, {"reason": ""}).status_code == 200
    assert not Revocation.objects.exists()
    response = office.post(address, {"reason": "经查成果不实"}, follow=True)

    assert f"证书 {certificate.number} 已撤销" in response.content.decode()
    assert "该证书已撤销" in text_of(office, address)
    assert "该证书已撤销" in office.post(address, {"reason": "再次"}).content.decode()


def test_the_awards_pages_take_the_same_queries_for_three(
    client: Client, union: Union, django_assert_num_queries: Queries
) -> None:
    for names in (["赵建国"], ["钱秀兰", "孙志强"]):
        Member.objects.filter(role=Role.LEADER).update(active=False)
        scene = Scene(union)
        scene.certified(*names)
        sign_in(client, scene.office)
        client.get(awards_url(scene))  # what a process remembers from its first page on
        with django_assert_num_queries(_AWARDS):
            client.get(url("awards", union))
        with django_assert_num_queries(_CAMPAIGN_AWARDS):
            client.get(awards_url(scene))


_AWARDS = 8
_CAMPAIGN_AWARDS = 19


def test_a_finished_campaign_keeps_its_page(office: Client, scene: Scene, in_final: list[Application]) -> None:
    scene.confer()
    finish_campaign(type(scene.campaign).objects.get(pk=scene.campaign.pk), actor=scene.office, at=scene.now())
    scene.queue()

    assert "示匠〔2026〕001号" in text_of(office, awards_url(scene))
    assert Certificate.objects.count() == 1


def test_a_draft_has_no_awards_page(office: Client, scene: Scene, union: Union) -> None:
    draft = CampaignFactory(union=union, published=False)

    assert office.get(url("campaign_awards", union, campaign_slug=draft.slug)).status_code == 404


# --- the rehearsal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OFFICE, 200), (Role.ADMIN, 200), (Role.LEADER, 403), (Role.EXPERT, 403)]
)
def test_who_sets_up_a_campaign_may_rehearse_it(client: Client, union: Union, role: Role, status: int) -> None:
    draft = CampaignFactory(union=union, published=False)
    sign_in(client, MemberFactory(union=union, role=role))

    assert client.get(url("rehearsal", union, campaign_slug=draft.slug)).status_code == status


def test_a_rehearsal_is_queued_once_and_its_papers_are_listed(client: Client, union: Union) -> None:
    draft = CampaignFactory(union=union, published=False)
    officer = sign_in(client, MemberFactory(union=union, role=Role.OFFICE))
    address = url("rehearsal", union, campaign_slug=draft.slug)
    assert "开始演练" in text_of(officer, address)

    queued = officer.post(address, follow=True).content.decode()
    officer.post(address)

    job = Job.objects.get(kind="campaign.rehearsal")
    assert "排队中" in queued
    assert "开始演练" not in queued
    documents.start_attempt(job.pk, at=NOON)
    documents.add_output(job, "a", content=b"x", name="汇总表.xlsx", content_type="text/plain", at=NOON)
    documents.fail_job(job.pk, reason="演练中断：原因", at=NOON)
    text = text_of(officer, address)
    assert "汇总表.xlsx" in text
    assert "演练中断：原因" in text
    assert "再演练一次" in text


def test_a_refused_rehearsal_says_why(client: Client, union: Union) -> None:
    draft = CampaignFactory(union=union, published=False)
    officer = MemberFactory(union=union, role=Role.OFFICE)
    Member.objects.filter(pk=officer.pk).update(role=Role.ADMIN)
    assert officer.user is not None
    officer.user.groups.clear()  # the role's rights are gone, its name is not
    sign_in(client, officer)

    response = client.post(url("rehearsal", union, campaign_slug=draft.slug), follow=True)

    assert "只有认定办公室和工会管理员可以演练" in response.content.decode()

"""My data: seen, corrected, taken along; and the office's page of requests."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import Application, ErasureRequest
from applications.states import PERSONAL_DATA, State
from documents import runner
from documents.models import Job, JobOutput, StoredFile
from documents.services import erase_lapsed_file
from documents.states import JobState
from documents.tasks import sweep_lapsed_files
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, sign_in
from tests.kept import kept
from unions.models import AuditEntry, Member
from unions.permits import Refused


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)


@kept
def filed(campaign, alice):
    return ApplicationFactory(campaign=campaign, member=alice)


@pytest.fixture
def as_alice(client, alice):
    return sign_in(client, alice)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def page(response):
    return response.content.decode()


def test_the_page_shows_what_is_kept_until_when_and_who_saw_the_number(as_alice, filed, campaign):
    office = factories.office_of(campaign.union)
    services.reveal_id_number(filed, reason="核对身份证复印件", actor=office, at=IN_TIME)

    shown = page(as_alice.get(url("my_data")))

    assert campaign.title in shown
    assert "活动结束后保存2年（获得称号的10年）" in shown
    assert f"{office}（认定办公室）" in shown
    assert "核对身份证复印件" in shown
    assert filed.person.id_masked in shown or "身份证件号码" in shown


def test_the_page_costs_the_same_with_three_applications(as_alice, alice, union, django_assert_max_num_queries):
    counts = []
    as_alice.get(url("my_data"))
    for n in range(3):
        campaign = factories.CampaignFactory(union=union, slug=f"run-{n}")
        ApplicationFactory(campaign=campaign, member=alice)
        if n != 1:
            with django_assert_max_num_queries(60) as queries:
                as_alice.get(url("my_data"))
            counts.append(len(queries))

    assert counts[0] == counts[1]


def test_nothing_of_anybody_else_is_shown(client, filed, member):
    shown = page(sign_in(client, member()).get(url("my_data")))

    assert "没有申报" in shown
    assert filed.campaign.title not in shown


def test_a_name_is_corrected_in_the_account_and_the_person(as_alice, filed, alice):
    as_alice.post(url("correct_name"), {"name": " 田秀岚 "})

    filed.person.refresh_from_db()
    assert (Member.objects.get(pk=alice.pk).user.name, filed.person.name) == ("田秀岚", "田秀岚")
    entry = AuditEntry.objects.get(action="member.name_corrected")
    assert "田秀岚" not in str(entry.after)
    assert "请填写姓名" in page(as_alice.post(url("correct_name"), {"name": " "}))


def test_the_same_name_is_no_correction_and_without_applications_it_is_the_accounts(alice, member):
    services.correct_name(alice, name="田秀兰", actor=alice, at=IN_TIME)
    assert not AuditEntry.objects.filter(action="member.name_corrected").exists()
    assert services.correct_name(alice, name="田秀岚", actor=alice, at=IN_TIME) is None
    with pytest.raises(Refused, match="本人的姓名"):
        services.correct_name(alice, name="张三", actor=member(), at=IN_TIME)


# --- a copy ----------------------------------------------------------------------------------------------------------


def made(job):
    runner.run(job.pk, at_clock=lambda: IN_TIME)
    job.refresh_from_db()
    return job


def test_a_copy_holds_data_files_and_forms(filed, alice, as_alice):
    job = made(services.queue_export(alice, actor=alice, at=IN_TIME))

    assert job.state == JobState.DONE
    output = JobOutput.objects.select_related("file").get(job=job)
    with output.file.file.open("rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        names = archive.namelist()
        data = json.loads(archive.read("我的数据.json"))
    assert any(name.endswith(".pdf") and "/申报表/" in name for name in names)
    assert sum("/材料/" in name for name in names) == filed.materials.count()
    assert data["申报"][0]["受理编号"] == filed.number
    assert len(data["人员"]["身份证件号码"]) == 18
    shown = page(as_alice.get(url("my_data")))
    assert "下载" in shown
    there = reverse("documents:output", kwargs={"union_slug": "shili", "job_id": job.pk, "output_id": output.pk})
    assert as_alice.get(there).status_code == 200


def test_a_copy_lapses_and_only_its_person_may_fetch_it(filed, alice, client, campaign, monkeypatch, member):
    job = made(services.queue_export(alice, actor=alice, at=IN_TIME))
    output = JobOutput.objects.get(job=job)
    there = reverse("documents:output", kwargs={"union_slug": "shili", "job_id": job.pk, "output_id": output.pk})
    assert sign_in(client, factories.office_of(campaign.union)).get(there).status_code == 404

    late = IN_TIME + timedelta(days=7)
    monkeypatch.setattr(timezone, "now", lambda: late)
    sign_in(client, alice)
    assert client.get(there).status_code == 404, "past its time, even before beat has been there"
    sweep_lapsed_files()

    stored = StoredFile.objects.get(pk=output.file_id)
    assert (stored.erased_at, stored.name) == (late, "已删除的文件")
    assert "已过下载期限" in page(client.get(url("my_data")))
    assert erase_lapsed_file(stored.pk, at=late) is False


def test_a_second_click_makes_no_second_copy_and_a_second_run_neither(filed, alice, member, as_alice):
    job = services.queue_export(alice, actor=alice, at=IN_TIME)

    assert as_alice.post(url("export_data")).url.endswith(f"/jobs/{job.pk}/")
    assert Job.objects.filter(kind=PERSONAL_DATA).count() == 1
    with pytest.raises(Refused, match="只能导出本人"):
        services.queue_export(alice, actor=member(), at=IN_TIME)
    made(job)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    made(job)
    assert JobOutput.objects.filter(job=job).count() == 1


def test_whoever_left_meanwhile_gets_no_copy(filed, alice):
    job = services.queue_export(alice, actor=alice, at=IN_TIME)
    Member.objects.filter(pk=alice.pk).update(active=False)

    assert made(job).state == JobState.FAILED


def test_copies_go_with_the_person(alice, campaign):
    filed = ApplicationFactory(campaign=campaign, member=alice, state=State.WITHDRAWN)
    job = made(services.queue_export(alice, actor=alice, at=IN_TIME))

    services.erase_own(filed, actor=alice, at=IN_TIME)

    assert JobOutput.objects.select_related("file").get(job=job).file.erased_at == IN_TIME


# --- deletion --------------------------------------------------------------------------------------------------------


def test_deleting_says_what_goes_and_leads_out(as_alice, alice, campaign):
    draft = services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)

    asked = page(as_alice.get(url("erase", pk=draft.pk)))
    answer = as_alice.post(url("erase", pk=draft.pk))

    assert "您的个人密钥会一并销毁" in asked
    assert (answer.status_code, answer.url) == (302, "/shili/")
    assert Application.objects.get(pk=draft.pk).name == "已匿名"


def test_a_filed_one_is_not_deleted_by_a_click(as_alice, filed):
    assert "请先撤回，或提出删除请求" in page(as_alice.get(url("erase", pk=filed.pk)))
    assert "没有删除" in page(as_alice.post(url("erase", pk=filed.pk)))


def test_a_request_goes_to_the_office_and_its_answer_comes_back(as_alice, alice, filed, campaign, client):
    as_alice.post(url("request_erasure"), {"words": "不想再参加"})
    again = page(as_alice.post(url("request_erasure"), {"words": "再说一次"}))
    asked = ErasureRequest.objects.get()
    office = sign_in(client, factories.office_of(campaign.union))
    listed, opened = page(office.get(url("erasures"))), page(office.get(url("erasure", erasure_pk=asked.pk)))
    bad = page(office.post(url("erasure", erasure_pk=asked.pk), {"decision": "grant", "reason": "同意", "basis": "法"}))
    office.post(
        url("erasure", erasure_pk=asked.pk),
        {"decision": "refuse", "reason": "评审尚未结束", "basis": "个人信息保护法第四十七条第二款"},
    )

    assert "正在处理" in again
    assert alice.user.name in listed or filed.person.name in listed
    assert "不想再参加" in opened
    assert "请先由本人撤回" in bad
    shown = page(sign_in(client, alice).get(url("my_data")))
    assert "评审尚未结束" in shown
    assert "未同意" in shown
    assert "未同意" in page(
        sign_in(client, factories.office_of(campaign.union)).get(url("erasure", erasure_pk=asked.pk))
    )


def test_a_request_is_taken_back(as_alice, filed):
    as_alice.post(url("request_erasure"))
    as_alice.post(url("take_back_erasure"))

    assert ErasureRequest.objects.get().get_state_display() == "本人撤回"
    assert as_alice.post(url("take_back_erasure")).status_code == 404

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from documents import downloads, runner, services
from documents.models import Job
from tests.documents.conftest import Workshop
from tests.factories import NOON, MemberFactory, sign_in
from unions import tenancy
from unions.models import Member, Union
from unions.states import Role

MakeMember = Callable[..., Member]
Queue = Callable[..., Job]


@pytest.fixture
def office(member: MakeMember) -> Member:
    return member(Role.OFFICE)


@pytest.fixture
def job(office: Member, queue: Queue) -> Job:
    made = queue(office, "甲", "乙", label="生成证书")
    runner.run(made.pk, at_clock=lambda: NOON)
    return made


def _urls(union: Union, job: Job) -> dict[str, str]:
    first = job.outputs.order_by("pk").first()
    own = {"union_slug": union.slug, "job_id": job.pk}
    return {
        "job": reverse("documents:job", kwargs=own),
        "job_progress": reverse("documents:job_progress", kwargs=own),
        "outputs": reverse("documents:outputs", kwargs=own),
        "output": reverse("documents:output", kwargs={**own, "output_id": first.pk if first else 1}),
    }


def test_the_page_of_a_job_lists_its_files(client: Client, union: Union, office: Member, job: Job) -> None:
    response = sign_in(client, office).get(_urls(union, job)["job"])

    assert response.status_code == 200
    for words in ("生成证书", "甲.txt", "乙.txt", "已完成，共 2"):
        assert words in response.content.decode()


def test_a_running_job_shows_count_and_asks_again(client: Client, union: Union, office: Member, queue: Queue) -> None:
    job = queue(office, "甲", "乙")
    services.start_attempt(job.pk, at=NOON)
    services.add_output(job, "甲", content=b"x", name="甲", content_type="text/plain", at=NOON)

    response = sign_in(client, office).get(_urls(union, job)["job_progress"])

    assert "1 / 2" in response.content.decode()
    assert f'hx-get="{_urls(union, job)["job_progress"]}"' in response.content.decode()
    assert "HX-Refresh" not in response.headers


def test_a_finished_job_has_the_page_come_anew(client: Client, union: Union, office: Member, job: Job) -> None:
    response = sign_in(client, office).get(_urls(union, job)["job_progress"])

    assert response["HX-Refresh"] == "true"
    assert "hx-get" not in response.content.decode()


def test_a_file_is_sent_for_saving_only(client: Client, union: Union, office: Member, job: Job) -> None:
    response = sign_in(client, office).get(_urls(union, job)["output"])

    assert b"".join(response.streaming_content) == "甲".encode()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_all_files_come_in_one_archive_each_under_its_own_name(
    client: Client, union: Union, office: Member, queue: Queue, workshop: Workshop
) -> None:
    job = queue(office, "甲", total=3)
    services.start_attempt(job.pk, at=NOON)
    for key in "abc":
        name = "证书.pdf" if key != "c" else "名册"
        services.add_output(job, key, content=key.encode(), name=name, content_type="application/pdf", at=NOON)
    sign_in(client, office)
    assert client.get(_urls(union, job)["outputs"]).status_code == 404
    services.finish_job(job.pk, at=NOON)

    response = client.get(_urls(union, job)["outputs"])

    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "证书.pdf": b"a",
            "证书(2).pdf": b"b",
            "名册": b"c",
        }
    assert response["Content-Type"] == "application/zip"
    assert "全部下载（3 份）" in client.get(_urls(union, job)["job"]).content.decode()


def test_only_passive_types_are_shown_inline(union: Union) -> None:
    def sent(content_type: str) -> Any:
        stored = services.store_file(union, b"x", name="x", content_type=content_type, at=NOON)
        response = downloads.inline(stored)
        response.file_to_stream.close()  # closing the response would end the request, and the connection with it
        return response

    assert sent("image/png")["Content-Disposition"].startswith("inline")
    assert "sandbox" in sent("image/png")["Content-Security-Policy"]
    assert sent("image/svg+xml")["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("what", ["job", "job_progress", "output", "outputs"])
def test_a_colleague_who_did_not_ask_finds_nothing(
    client: Client, union: Union, job: Job, member: MakeMember, what: str
) -> None:
    assert sign_in(client, member(Role.OFFICE)).get(_urls(union, job)[what]).status_code == 404


@pytest.mark.parametrize("what", ["job", "job_progress", "output", "outputs"])
def test_the_app_of_the_kind_may_open_it_to_a_colleague(
    client: Client, union: Union, job: Job, member: MakeMember, workshop: Workshop, what: str
) -> None:
    workshop.may_read = lambda reader, _job: reader.role == Role.OFFICE

    assert sign_in(client, member(Role.OFFICE)).get(_urls(union, job)[what]).status_code == 200


@pytest.mark.parametrize("what", ["job", "job_progress", "output", "outputs"])
def test_a_stranger_of_another_union_gets_in_nowhere(
    client: Client, union: Union, other_union: Union, job: Job, what: str
) -> None:
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)
    urls = _urls(union, job)
    sign_in(client, stranger)

    assert client.get(urls[what]).status_code == 403
    assert client.get(urls[what].replace(union.slug, other_union.slug)).status_code == 404


def test_a_visitor_is_sent_to_the_sign_in_page(client: Client, union: Union, job: Job) -> None:
    assert client.get(_urls(union, job)["job"]).status_code == 302


def test_a_stopped_job_offers_to_go_on(client: Client, union: Union, office: Member, queue: Queue) -> None:
    job = queue(office, "甲")
    services.fail_job(job.pk, reason="纸用完了", at=NOON)
    sign_in(client, office)
    page = client.get(_urls(union, job)["job"]).content.decode()
    assert "纸用完了" in page
    assert "重做未完成的部分" in page

    again = reverse("documents:retry_job", kwargs={"union_slug": union.slug, "job_id": job.pk})
    client.post(again)
    response = client.post(again, follow=True)

    job.refresh_from_db()
    assert job.state == "queued"
    assert "只有未完成的任务可以重做" in response.content.decode()


def test_an_applicant_sees_own_jobs_in_the_public_frame(
    client: Client, union: Union, member: MakeMember, queue: Queue
) -> None:
    applicant = member(Role.APPLICANT)
    queue(applicant, "甲", label="打印申报表")

    response = sign_in(client, applicant).get(reverse("documents:jobs", kwargs={"union_slug": union.slug}))

    assert "打印申报表" in response.content.decode()
    assert "jx-public" in response.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client: Client, union: Union, office: Member, queue: Queue, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        queue(office, "甲")
    sign_in(client, office)
    url = reverse("documents:jobs", kwargs={"union_slug": union.slug})
    client.get(url)

    with django_assert_num_queries(8):
        client.get(url)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_files_of_a_job_take_as_many_queries_for_three_as_for_one(
    client: Client, union: Union, office: Member, queue: Queue, rows: int, django_assert_num_queries: Any
) -> None:
    job = queue(office, *"abc"[:rows])
    runner.run(job.pk, at_clock=lambda: NOON)
    sign_in(client, office)
    client.get(_urls(union, job)["job"])

    with django_assert_num_queries(10):
        client.get(_urls(union, job)["job"])


def test_an_empty_list_says_what_will_be_here(client: Client, union: Union, office: Member) -> None:
    response = sign_in(client, office).get(reverse("documents:jobs", kwargs={"union_slug": union.slug}))

    assert "还没有任务" in response.content.decode()

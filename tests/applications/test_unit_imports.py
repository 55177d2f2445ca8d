"""The pages an officer imports people with, and the days after which uploads are gone."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse

from applications import services, tasks
from applications.models import Application, ScanBatch, SheetImport
from applications.services import forgetting, prints, sheet_imports
from applications.services import scans as piles
from applications.states import ImportState, ScanState, State
from documents import runner
from documents.models import Job, JobOutput
from documents.services import add_output
from documents.states import JobState
from tests import factories
from tests.applications.people import person, rows_of, workbook
from tests.applications.test_unit_scans import _code, _done, _page, _upload, scanned, smudged
from tests.factories import IN_TIME
from unions.models import AuditEntry, PersonalKey
from unions.permits import Refused
from unions.services import system_member


@pytest.fixture
def at_desk(client, officer, campaign, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: IN_TIME)
    factories.sign_in(client, officer)

    def address(name, **more):
        return reverse(
            f"applications:{name}", kwargs={"union_slug": campaign.union.slug, "campaign_slug": campaign.slug, **more}
        )

    return client, address


def _file(content, name="人选.xlsx"):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_the_way_of_a_sheet_over_its_pages(at_desk, campaign, officer):
    client, address = at_desk
    people = [person(campaign.rules, 7), person(campaign.rules, 8), person(campaign.rules, 9, gender="女")]
    assert client.get(address("people_template")).content[:2] == b"PK"
    refused = client.post(address("import_people"), {"sheet": _file(b"1,2")})
    assert "没有找到表头" in refused.content.decode()

    there = client.post(address("import_people"), {"sheet": _file(workbook(campaign, officer, people))}).url
    row = SheetImport.objects.get()
    assert there == address("unit_import", import_pk=row.pk)
    wrong = client.get(there).content.decode()
    assert "与身份证号码不一致" in wrong
    assert people[2]["national_id"] not in wrong
    assert 'name="line"' in client.get(f"{there}?kind=new").content.decode()
    assert rows_of(client.get(address("wrong_rows", import_pk=row.pk)).content)[1][0] == people[2]["name"]
    unasked = client.post(address("confirm_people", import_pk=row.pk), {"which": "all"})
    assert "取得其同意" in unasked.content.decode()
    done = client.post(address("confirm_people", import_pk=row.pk), {"which": "all", "attested": "on"}, follow=True)
    assert "已导入 2 人" in done.content.decode()
    assert Application.objects.filter(state=State.DRAFT).count() == 2
    late = client.post(address("drop_people", import_pk=row.pk), follow=True).content.decode()
    assert "不能重复办理" in late
    assert "已导入" in client.get(address("import_people")).content.decode()


def test_given_up_the_sheet_is_gone(at_desk, campaign, officer):
    client, address = at_desk
    client.post(address("import_people"), {"sheet": _file(workbook(campaign, officer, [person(campaign.rules, 7)]))})
    row = SheetImport.objects.get()

    gone = client.post(address("drop_people", import_pk=row.pk), follow=True).content.decode()

    assert "没有导入任何人，文件已删除" in gone
    assert "没有导入任何人，文件已删除" in client.get(address("unit_import", import_pk=row.pk)).content.decode()
    assert "请重新上传" in client.get(address("wrong_rows", import_pk=row.pk), follow=True).content.decode()
    assert row.key_id is not None
    assert not PersonalKey.objects.filter(pk=row.key_id).exists()


def test_a_large_sheet_shows_how_far_its_worker_is(at_desk, campaign, officer, monkeypatch):
    client, address = at_desk
    monkeypatch.setattr(sheet_imports, "SMALL_BYTES", 100)
    content = workbook(campaign, officer, [person(campaign.rules, n) for n in (7, 8)])

    page = client.post(address("import_people"), {"sheet": _file(content)}, follow=True).content.decode()

    assert "核对“人选.xlsx”" in page
    job = Job.objects.get()
    told = client.get(reverse("documents:job", kwargs={"union_slug": campaign.union.slug, "job_id": job.pk}))
    assert address("unit_import", import_pk=SheetImport.objects.get().pk) in told.content.decode()


def test_a_colleague_sees_what_a_worker_made_for_the_unit_and_nobody_else(campaign, officer, member, monkeypatch):
    monkeypatch.setattr(sheet_imports, "SMALL_BYTES", 1)
    row = services.upload_people(
        campaign, unit=officer.unit, content=b"some sheet", name="x.xlsx", actor=officer, at=IN_TIME
    )
    from documents.policies import can_read_job

    assert can_read_job(member("unit_officer", unit=officer.unit), row.job)
    assert not can_read_job(member("unit_officer"), row.job)


def test_the_preview_asks_as_many_questions_for_many_rows(at_desk, campaign, officer, django_assert_num_queries):
    client, address = at_desk
    for count in (1, 3):
        people = [person(campaign.rules, 20 * count + n) for n in range(count)]
        client.post(address("import_people"), {"sheet": _file(workbook(campaign, officer, people), f"{count}.xlsx")})
    one, three = SheetImport.objects.order_by("pk")
    with django_assert_num_queries(_QUERIES):
        client.get(address("unit_import", import_pk=one.pk))
    with django_assert_num_queries(_QUERIES):
        client.get(address("unit_import", import_pk=three.pk))


_QUERIES = 10


# --- what is kept no longer ------------------------------------------------------------------------------------------


def _forget(union, days):
    return services.forget_uploads(union, actor=system_member(union), at=IN_TIME + timedelta(days=days))


def test_a_sheet_is_forgotten_after_some_days_and_its_drafts_stay(campaign, officer):
    content = workbook(campaign, officer, [person(campaign.rules, 7)])
    read, done = (
        services.read_people(
            services.upload_people(campaign, unit=officer.unit, content=content, name=name, actor=officer, at=IN_TIME),
            actor=officer,
            at=IN_TIME,
        )
        for name in ("未确认.xlsx", "已导入.xlsx")
    )
    done = services.confirm_people(done, picked=None, attested=True, actor=officer, at=IN_TIME)
    services.write_people(done, actor=officer, at=IN_TIME)

    assert _forget(campaign.union, 2) == 0
    assert _forget(campaign.union, 4) == 2
    assert _forget(campaign.union, 4) == 0

    states = {row.name: (row.state, row.sealed, row.key_id) for row in SheetImport.objects.all()}
    assert states == {"未确认.xlsx": (ImportState.DROPPED, "", None), "已导入.xlsx": (ImportState.DONE, "", None)}
    assert Application.objects.count() == 1
    assert read.key_id is not None
    assert AuditEntry.objects.filter(action="people.sheet_forgotten").count() == 2


def test_a_pile_is_forgotten_soon_once_attached_and_late_where_nobody_confirmed(campaign, officer):
    one = factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
    attached, waiting = (_upload(campaign, officer, scanned([smudged()]) + end)[0] for end in (b"", b"\n"))
    _page(attached, 1, _code(one))
    services.attach_scans(_done(attached, officer), actor=officer, at=IN_TIME)

    assert _forget(campaign.union, 4) == 1
    assert _forget(campaign.union, 31) == 1

    states = dict(ScanBatch.objects.values_list("pk", "state"))
    assert states == {attached.pk: ScanState.ATTACHED, waiting.pk: ScanState.DROPPED}
    assert not ScanBatch.objects.filter(file__isnull=False).exists()
    assert one.materials.filter(slot="sealed_form").count() == 1


def test_printed_forms_are_forgotten_and_can_be_printed_again(campaign, officer):
    one = factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
    job = services.queue_forms(campaign, unit=officer.unit, applications=[one], actor=officer, at=IN_TIME)
    add_output(job, "all", content=b"%PDF-", name="x.pdf", content_type=piles.PDF, at=IN_TIME)
    assert _forget(campaign.union, 4) == 0  # nobody has worked on it yet
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)

    assert _forget(campaign.union, 4) == 1

    assert not JobOutput.objects.filter(job=job).exists()
    assert job.kind == prints.PRINT
    assert timedelta(days=3) == forgetting.PRINTS


def test_only_the_system_forgets(campaign, officer):
    with pytest.raises(Refused, match="由系统删除"):
        services.forget_uploads(campaign.union, actor=officer, at=IN_TIME)


def test_beat_looks_into_every_union(union, monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(tasks.forget_uploads, "delay", asked.append)

    tasks.sweep_uploads()

    assert union.pk in asked
    assert tasks.forget_uploads(union.pk) == 0


def test_a_sheet_that_cannot_be_read_stops_its_job_with_words(campaign, officer, monkeypatch):
    monkeypatch.setattr(sheet_imports, "SMALL_BYTES", 1)
    row = services.upload_people(campaign, unit=officer.unit, content=b"1,2,3", name="x.csv", actor=officer, at=IN_TIME)

    assert row.job_id is not None
    runner.run(row.job_id, at_clock=lambda: IN_TIME)

    assert "没有找到表头" in Job.objects.get(pk=row.job_id).error

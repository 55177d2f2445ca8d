"""Sealed forms that come back in one pile: what each page says, whose it is, and what is attached once confirmed."""

import io

import pikepdf
import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image, ImageDraw

from applications import papers, selectors_units, services
from applications.models import SEALED_FORM, Material, ScanBatch, ScanPage
from applications.services import scans as piles
from applications.states import PageSource, ScanState, State
from documents import runner
from documents.models import Job, StoredFile
from documents.paper import scans
from documents.paper.render import PaperError
from documents.states import JobState
from tests import factories
from tests.factories import IN_TIME
from tests.kept import kept
from unions import tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


def pictures(pdf, *, dpi=120):
    """The pages of a PDF as a copier sees them."""
    return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]


def scanned(pages):
    """Pictures as one scan."""
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=120, quality=60)
    return out.getvalue()


def blank():
    return Image.new("L", (992, 1403), 252)


def smudged():
    """A page whose code a seal has covered."""
    page = blank()
    ImageDraw.Draw(page).ellipse((200, 300, 700, 800), fill=90)
    return page


@kept
def people(campaign, officer):
    return [
        factories.ApplicationFactory(
            campaign=campaign, unit=officer.unit, member=officer, name=name, state=State.AWAITING_UNIT
        )
        for name in ("丁一", "王二")
    ]


def _upload(campaign, officer, content, *, name="扫描.pdf"):
    return services.upload_scan(
        campaign, unit=officer.unit, file=ContentFile(content), name=name, actor=officer, at=IN_TIME
    )


def _page(batch, number, *codes, blank=False):
    """A page as if it had been read."""
    texts = tuple(f"https://example.org/shili/prints/{code}/" for code in codes)
    read = scans.PageRead(number, texts, 0, blank=blank, picture=b"\xff\xd8 invented")
    return piles.keep_page(batch, read, at=IN_TIME)


FIVE = scanned([blank()] * 5)


@kept
def batch(campaign, officer):
    """Five pages that nobody has read yet."""
    made, _new = _upload(campaign, officer, FIVE)
    return made


def _done(batch, officer):
    return piles.finish_reading(batch, actor=officer, at=IN_TIME)


def _code(application):
    return application.submissions.last().check_code


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_pile_is_told_apart_by_its_codes_turned_upright_and_attached(campaign, officer, people):
    first, second = people
    forms = {one.pk: pictures(papers.form_pdf(one.submissions.last())) for one in people}
    one, other = forms[first.pk], forms[second.pk]
    pile = [
        other[0].rotate(180),
        blank(),
        one[0].rotate(2, fillcolor=255),
        *other[1:],
        *(p.rotate(90, expand=True) for p in one[1:]),
        smudged(),
    ]
    batch, new = _upload(campaign, officer, scanned(pile))
    assert new
    runner.run(batch.job_id, at_clock=lambda: IN_TIME)
    runner.run(batch.job_id, at_clock=lambda: IN_TIME)

    assert Job.objects.get(pk=batch.job_id).state == JobState.DONE
    batch.refresh_from_db()
    found = selectors_units.pile(batch)
    assert [(form.application.name, len(form.pages)) for form in found.matched] == [
        ("王二", len(other)),
        ("丁一", len(one)),
    ]
    assert found.matched[0].pages[0].turn == 180
    assert [page.number for page in found.left_out] == [2]
    assert [page.number for page in found.unread] == [len(pile)]
    assert not Material.objects.filter(slot=SEALED_FORM).exists()

    batch = services.attach_scans(batch, actor=officer, at=IN_TIME)

    assert batch.counts == {"attached": 2, "same": 0, "refused": 0, "older": 0, "foreign": 0, "unread": 1}
    material = Material.objects.get(application=first, slot=SEALED_FORM)
    assert material.submission == first.submissions.last()
    with material.file.file.open("rb") as file, pikepdf.open(io.BytesIO(file.read())) as kept:
        assert len(kept.pages) == len(one)
        assert "/Rotate" in kept.pages[-1]
    assert AuditEntry.objects.filter(action="material.attached", after__slot=SEALED_FORM).count() == 2


def test_the_same_file_again_is_the_batch_that_is_there(campaign, officer, batch):
    again, new = _upload(campaign, officer, FIVE, name="另一个名字.pdf")

    assert (again, new) == (batch, False)
    assert ScanBatch.objects.count() == 1


def test_a_photographed_page_is_a_pile_of_one(campaign, officer):
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(out, "JPEG")

    batch, _ = _upload(campaign, officer, out.getvalue(), name="手机照片.jpg")

    assert batch.pages == 1
    with batch.file.file.open("rb") as file, pikepdf.open(io.BytesIO(file.read())) as kept:
        assert round(float(kept.pages[0].mediabox[2])) == 595


def test_what_is_no_scan_is_refused_and_nothing_stays(campaign, officer, monkeypatch):
    with pytest.raises(Refused, match="另存为 PDF"):
        _upload(campaign, officer, b"PK\x03\x04 a document")
    monkeypatch.setattr(piles, "MAX_PAGES", 1)
    with pytest.raises(Refused, match="一次至多 1 页"):
        _upload(campaign, officer, scanned([blank(), blank()]))
    assert not StoredFile.objects.exists()


def test_an_upload_that_breaks_leaves_no_bytes(campaign, officer, monkeypatch):
    kept: list[StoredFile] = []
    store = piles.store_file

    def kept_as(*args, **more):
        kept.append(store(*args, **more))
        return kept[-1]

    def broken(*_args, **_more):
        raise ConnectionError

    monkeypatch.setattr(piles, "queue_job", broken)
    monkeypatch.setattr(piles, "store_file", kept_as)

    with pytest.raises(ConnectionError):
        _upload(campaign, officer, scanned([blank()]))
    assert not kept[0].file.storage.exists(str(kept[0].file.name))


def test_a_page_that_cannot_be_drawn_is_named(monkeypatch):
    def broken(*_args, **_more):
        raise MemoryError

    monkeypatch.setattr(pypdfium2.PdfPage, "render", broken)

    with pytest.raises(PaperError, match="第 1 页无法显示"):
        list(scans.read_pages(scanned([blank()])))


def test_a_page_is_kept_once_however_often_it_is_read(batch, people):
    first = _page(batch, 1, _code(people[0]))

    assert _page(batch, 1, _code(people[1])) == first
    assert first.submission == people[0].submissions.last()


def test_two_codes_on_one_page_are_for_a_person_to_tell(batch, people):
    page = _page(batch, 1, _code(people[0]), _code(people[1]))

    assert (page.source, page.submission, len(page.codes)) == (PageSource.NONE, None, 2)


def test_a_page_of_another_unit_shows_nothing_of_whose_it_is(campaign, batch, officer):
    other = factories.ApplicationFactory(
        campaign=campaign, unit=factories.UnitFactory(union=campaign.union, kind="town_union"), name="别家的人"
    )
    _page(batch, 1, _code(other))
    _page(batch, 2, "2222-2222-2222")
    _done(batch, officer)

    found = selectors_units.pile(batch)

    assert [page.number for page in found.foreign] == [1, 2]
    assert not found.matched


def test_an_older_version_is_told_with_what_changed_since(campaign, batch, officer, people):
    one = people[0]
    old = _code(one)
    services.return_application(
        one, reason="请改", items=["ethnicity"], deadline=campaign.closes_at, actor=officer, at=IN_TIME
    )
    one.refresh_from_db()
    services.save_draft(one, answers={"ethnicity": "畲族"}, revision=one.revision, actor=officer, at=IN_TIME)
    factories.confirmed(one)
    services.submit_application(one, actor=officer, at=IN_TIME)
    _page(batch, 1, old)
    _done(batch, officer)

    found = selectors_units.pile(batch)

    assert [(change.label, change.after) for change in found.older[0].changes] == [("民族", "畲族")]
    with pytest.raises(Refused, match="没有可以归入的申报表"):
        services.attach_scans(batch, actor=officer, at=IN_TIME)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_an_unread_page_is_given_by_its_code_by_the_person_or_left_out(batch, officer, people):
    pages = [_page(batch, n) for n in (1, 2, 3)]
    _done(batch, officer)

    services.assign_page(pages[0], code=f" {_code(people[0]).lower()} ", actor=officer, at=IN_TIME)
    services.assign_page(pages[1], application=people[1], actor=officer, at=IN_TIME)
    services.assign_page(pages[2], leave_out=True, actor=officer, at=IN_TIME)

    found = selectors_units.pile(batch)
    assert {form.application.name for form in found.matched} == {"丁一", "王二"}
    assert [page.number for page in found.left_out] == [3]
    assert AuditEntry.objects.filter(action="scan.page_assigned").count() == 3


def test_a_code_or_a_person_that_is_not_the_units_is_refused(campaign, batch, officer, people):
    page = _page(batch, 1)
    with pytest.raises(Refused, match="正在识别，不能再改"):
        services.assign_page(page, code="x", actor=officer, at=IN_TIME)
    _done(batch, officer)
    draft = factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.DRAFT)

    with pytest.raises(Refused, match="对照页脚逐位核对"):
        services.assign_page(page, code="2222-2222-2222", actor=officer, at=IN_TIME)
    with pytest.raises(Refused, match="还没有递交过"):
        services.assign_page(page, application=draft, actor=officer, at=IN_TIME)
    with pytest.raises(Refused, match="请填写页脚的校验码"):
        services.assign_page(page, actor=officer, at=IN_TIME)


# --- confirming ------------------------------------------------------------------------------------------------------


def test_the_same_pages_attached_before_change_nothing(campaign, officer, people):
    content = scanned([smudged()])
    batches = []
    for whole in (content, content + b"\n"):
        made, _ = _upload(campaign, officer, whole)
        _page(made, 1, _code(people[0]))
        batches.append(services.attach_scans(_done(made, officer), actor=officer, at=IN_TIME))
    assert [made.counts["same"] for made in batches] == [0, 1]
    assert Material.objects.filter(slot=SEALED_FORM).count() == 1
    with pytest.raises(Refused, match="已归入，不能再改"):
        services.attach_scans(batches[0], actor=officer, at=IN_TIME)


def test_who_is_mending_gets_no_scan_and_it_is_told(campaign, batch, officer, people):
    services.return_application(
        people[0], reason="请改", items=["ethnicity"], deadline=campaign.closes_at, actor=officer, at=IN_TIME
    )
    _page(batch, 1, _code(people[0]))
    _page(batch, 2, _code(people[1]))
    _done(batch, officer)

    assert "退回补正，现在不收盖章扫描件" in selectors_units.pile(batch).matched[0].refusal
    batch = services.attach_scans(batch, actor=officer, at=IN_TIME)

    assert (batch.counts["attached"], batch.counts["refused"]) == (1, 1)


def test_half_a_pile_is_never_attached(batch, officer, people, monkeypatch):
    _page(batch, 1, _code(people[0]))
    _page(batch, 2, _code(people[1]))
    _done(batch, officer)
    cut = scans.cut_out
    kept: list[object] = []

    def once(content, pages):
        if kept:
            raise ConnectionError
        kept.append(pages)
        return cut(content, pages)

    monkeypatch.setattr(scans, "cut_out", once)

    with pytest.raises(ConnectionError):
        services.attach_scans(batch, actor=officer, at=IN_TIME)
    assert not Material.objects.filter(slot=SEALED_FORM).exists()


def test_a_pile_given_up_is_gone_with_its_pictures(batch, officer, people, django_capture_on_commit_callbacks):
    page = _page(batch, 1, _code(people[0]))
    with django_capture_on_commit_callbacks(execute=True):
        services.drop_scan(_done(batch, officer), actor=officer, at=IN_TIME)

    page.refresh_from_db()
    batch.refresh_from_db()
    assert (page.picture, batch.file, batch.state) == (None, None, ScanState.DROPPED)
    with pytest.raises(Refused, match="已放弃，不能再放弃"):
        services.drop_scan(batch, actor=officer, at=IN_TIME)
    with pytest.raises(Refused, match="请重新上传"):
        piles.content_of(batch)
    assert _done(batch, officer).state == ScanState.DROPPED


def test_a_campaign_that_is_over_takes_no_scans(campaign, officer, union, other_union):
    draft = factories.CampaignFactory(union=union, published=False)

    with pytest.raises(Refused, match="现在不收盖章扫描件"):
        _upload(draft, officer, b"x")
    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union, role=Role.UNIT_OFFICER)
    with pytest.raises(Refused, match="只能办理本工会的活动"):
        services.upload_scan(campaign, unit=officer.unit, file=ContentFile(b"x"), name="x", actor=stranger, at=IN_TIME)


# --- printing --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_forms_of_many_are_printed_one_by_one_and_in_one_file(campaign, officer, people):
    first, second = people
    job = services.queue_forms(campaign, unit=officer.unit, applications=[second, first], actor=officer, at=IN_TIME)
    runner.run(job.pk, at_clock=lambda: IN_TIME)
    runner.run(job.pk, at_clock=lambda: IN_TIME)

    job.refresh_from_db()
    assert job.state == JobState.DONE
    names = [output.file.name for output in job.outputs.order_by("pk")]
    assert [name[:6] for name in names[:2]] == ["001_王二", "002_丁一"]
    with job.outputs.get(key="all").file.file.open("rb") as file:
        whole = pypdfium2.PdfDocument(file.read())
    assert len(whole) % 2 == 0
    codes = [piles.codes_in(read.texts) for read in scans.read_pages(_raw(job))]
    told = [code[0] for code in codes if code]
    assert list(dict.fromkeys(told)) == [_code(second), _code(first)]


def _raw(job):
    with job.outputs.get(key="all").file.file.open("rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("which", "words"), [("none", "请先勾选"), ("many", "一次至多打印 1 人"), ("other", "不都是本单位")]
)
def test_what_cannot_be_printed_together_is_refused(campaign, officer, people, monkeypatch, which, words):
    monkeypatch.setattr("applications.services.prints.MOST", 1)
    chosen = {
        "none": [],
        "many": people,
        "other": [factories.ApplicationFactory(campaign=campaign)],
    }[which]

    with pytest.raises(Refused, match=words):
        services.queue_forms(campaign, unit=officer.unit, applications=chosen, actor=officer, at=IN_TIME)


def test_rules_without_a_form_print_nothing(campaign, officer, people, monkeypatch):
    monkeypatch.setattr(papers, "form_papers", lambda _rules: ())

    with pytest.raises(Refused, match="没有要打印的申报表"):
        services.queue_forms(campaign, unit=officer.unit, applications=people, actor=officer, at=IN_TIME)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_desk(client, officer, campaign, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: IN_TIME)
    factories.sign_in(client, officer)

    def address(name, **more):
        return reverse(
            f"applications:{name}", kwargs={"union_slug": campaign.union.slug, "campaign_slug": campaign.slug, **more}
        )

    return client, address


def test_the_way_of_a_pile_over_its_pages(at_desk, campaign, officer, people):
    client, address = at_desk
    wrong = client.post(address("unit_scans"), {"scan": io.BytesIO(b"nothing")})
    assert "可以上传：PDF" in wrong.content.decode()
    upload = io.BytesIO(scanned([smudged()]))
    upload.name = "扫描.pdf"
    there = client.post(address("unit_scans"), {"scan": upload})
    batch = ScanBatch.objects.get()
    assert there.url == address("unit_scan", batch_pk=batch.pk)
    assert "正在认每一页的二维码" in client.get(there.url).content.decode()
    upload.seek(0)
    assert "已经上传过" in client.post(address("unit_scans"), {"scan": upload}, follow=True).content.decode()
    _page(batch, 1)
    _done(batch, officer)
    assign = address("assign_page", batch_pk=batch.pk, page=1)
    assert "请填写页脚的校验码" in client.post(assign, {"code": ""}).content.decode()
    assert client.get(address("page_picture", batch_pk=batch.pk, page=1)).headers["Content-Type"] == "image/jpeg"
    client.post(assign, {"application": people[0].pk})
    assert "丁一" in client.get(there.url).content.decode()
    done = client.post(address("attach_scans", batch_pk=batch.pk), follow=True).content.decode()
    assert "已归入 1 人的盖章扫描件" in done
    assert "没有归入任何人" not in client.post(address("drop_scan", batch_pk=batch.pk), follow=True).content.decode()
    assert "不能再改" in client.post(address("attach_scans", batch_pk=batch.pk)).content.decode()


def test_a_forgotten_picture_is_not_there(at_desk, batch, officer, people):
    client, address = at_desk
    page = _page(batch, 1, _code(people[0]))
    ScanPage.objects.filter(pk=page.pk).update(picture=None)

    assert client.get(address("page_picture", batch_pk=batch.pk, page=1)).status_code == 404
    assert "没有归入任何人" in client.post(address("drop_scan", batch_pk=batch.pk), follow=True).content.decode()


def test_the_page_before_printing_lists_who_handed_in(at_desk, campaign, officer, people):
    client, address = at_desk
    services.nominate(campaign, unit=officer.unit, channel="union", name="没交的", actor=officer, at=IN_TIME)

    page = client.get(address("print_unit_forms")).content.decode()
    queued = client.post(address("print_unit_forms"), {"pick": [people[0].pk]})

    assert "还没有递交或正在补正、不能打印的：没交的" in page
    assert f"/jobs/{Job.objects.get().pk}/" in queued.url
    assert "请先勾选要打印的人" in client.post(address("print_unit_forms")).content.decode()

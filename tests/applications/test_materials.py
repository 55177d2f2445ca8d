"""Papers handed in, the sealed scan, and the whole identity number."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from applications import services
from applications.models import Application, Material, Reveal
from applications.states import State
from documents.models import StoredFile
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory
from unions import audit
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


def _kept():
    return StoredFile.objects.count(), sum(1 for path in settings.PRIVATE_DIR.rglob("*") if path.is_file())


def _attach(application, actor, file, slot="identity", at=IN_TIME, **more):
    return services.attach_material(application, slot=slot, file=file, actor=actor, at=at, **more)


def test_a_picture_is_kept_drawn_anew_under_a_plain_name(draft, alice, picture):
    material = _attach(draft, alice, picture(r"C:\照片\证件.png"), "photo")

    stored = material.file
    assert (stored.content_type, stored.name) == ("image/jpeg", "证件.jpg")
    with stored.file.open() as file, Image.open(io.BytesIO(file.read())) as image:
        assert image.format == "JPEG"
        assert len(image.getexif()) == 0
    entry = AuditEntry.objects.order_by("-seq").first()
    assert (entry.action, entry.after["sha256"]) == ("material.attached", stored.sha256)


def test_a_pdf_is_kept_as_it_is(draft, alice, scan):
    material = _attach(draft, alice, scan)

    assert (material.file.content_type, material.file.name) == ("application/pdf", "证明.pdf")


def test_several_papers_lie_in_one_slot(draft, alice, picture):
    _attach(draft, alice, picture())
    _attach(draft, alice, picture(colour="blue"))

    assert Material.objects.current().filter(slot="identity").count() == 2


def test_the_same_paper_twice_is_said_and_not_kept(draft, alice, picture):
    _attach(draft, alice, picture())
    before = _kept()

    with pytest.raises(Refused, match="已经上传过了"):
        _attach(draft, alice, picture())

    assert _kept() == before


def test_a_full_slot_takes_nothing_more(draft, alice, picture, campaign):
    data = dict(campaign.rules_data)
    data["materials"] = [{**item, "max_files": 2} for item in data["materials"]]
    type(campaign).objects.filter(pk=campaign.pk).update(rules_data=data)
    draft = Application.objects.get(pk=draft.pk)
    _attach(draft, alice, picture())
    _attach(draft, alice, picture(colour="blue"))

    with pytest.raises(Refused, match="身份证明至多上传 2 个文件"):
        _attach(draft, alice, picture(colour="green"))


def test_a_new_photo_replaces_the_old_one(draft, alice, picture):
    old = _attach(draft, alice, picture(), "photo")
    new = _attach(draft, alice, picture(colour="blue"), "photo")

    old.refresh_from_db()
    assert (old.removed_at, new.removed_at) == (IN_TIME, None)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "SVG"),
        ("表.docx", b"PK\x03\x04" + b"x" * 100, "Word"),
        ("炸弹.pdf", b"PK\x03\x04" + b"\0" * 5000, "压缩包"),
        ("空.pdf", b"", "空"),
        ("断.pdf", b"%PDF-1.7 half", "不完整"),
    ],
)
def test_a_bad_upload_says_why_and_leaves_nothing_behind(draft, alice, name, content, words):
    before = _kept()

    with pytest.raises(Refused, match=words):
        _attach(draft, alice, SimpleUploadedFile(name, content))

    assert _kept() == before
    assert not Material.objects.filter(application=draft).exists()


def test_too_large_a_file_is_refused(draft, alice):
    with pytest.raises(Refused, match="照片：照片太大：文件超过 20 MB"):
        _attach(draft, alice, SimpleUploadedFile("大.jpg", b"\xff\xd8\xff" + b"0" * (20 * 1024 * 1024)), "photo")


def test_a_failure_after_keeping_the_file_takes_it_back(draft, alice, picture, monkeypatch):
    before = _kept()

    def broken(*args, **kwargs):
        raise RuntimeError("the database went away")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError, match="went away"):
        _attach(draft, alice, picture())

    assert _kept() == before


def test_an_unknown_slot_is_refused(draft, alice, picture):
    with pytest.raises(Refused, match="没有这项材料"):
        _attach(draft, alice, picture(), "anything")


def test_strangers_attach_and_remove_nothing(draft, alice, member, picture):
    material = _attach(draft, alice, picture())

    with pytest.raises(Refused, match="只有填写人"):
        _attach(draft, member(), picture(colour="blue"))
    with pytest.raises(Refused, match="只有填写人"):
        services.remove_material(material, actor=member(), at=IN_TIME)


def test_a_paper_is_removed_once_and_its_file_stays(draft, alice, picture):
    material = _attach(draft, alice, picture())
    services.remove_material(material, actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="已经移除"):
        services.remove_material(material, actor=alice, at=IN_TIME)
    assert StoredFile.objects.filter(pk=material.file_id).exists()


def test_while_returned_only_the_papers_asked_for_are_exchanged(campaign, picture):
    application = ApplicationFactory(campaign=campaign)
    services.return_application(
        application,
        reason="照片不清",
        items=["photo"],
        deadline=IN_TIME + timedelta(days=1),
        actor=factories.office_of(campaign.union),
        at=IN_TIME,
    )

    _attach(application, application.applicant, picture(), "photo")
    with pytest.raises(Refused, match="不在退回补正的范围内"):
        _attach(application, application.applicant, picture(colour="blue"))


def test_the_units_own_papers_wait_for_no_return(campaign, union, picture):
    society = factories.UnitFactory(union=union, kind="society")
    application = ApplicationFactory(campaign=campaign, unit=society)

    with pytest.raises(Refused, match="提出推荐意见之前"):
        _attach(application, application.filled_by, picture(), "authority_consent")


# --- the sealed scan -------------------------------------------------------------------------------------------------


def test_the_sealed_scan_is_tied_to_the_version_it_was_printed_from(campaign, scan):
    application = ApplicationFactory(campaign=campaign)
    submission = application.submissions.get()

    material = _attach(
        application, application.applicant, scan, "sealed_form", check_code=submission.check_code.lower()
    )

    assert material.submission == submission


def test_without_a_code_it_is_the_last_version(campaign, scan):
    application = ApplicationFactory(campaign=campaign)

    assert _attach(application, application.applicant, scan, "sealed_form").submission.version == 1


def test_a_print_of_an_older_version_is_noticed(campaign, scan):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    first = application.submissions.get()
    mended = {application.returns.get().items[0]: "改过"}
    services.save_draft(application, answers=mended, revision=1, actor=application.applicant, at=IN_TIME)
    services.submit_application(application, actor=application.applicant, at=IN_TIME)

    with pytest.raises(Refused, match="以前的版本"):
        _attach(application, application.applicant, scan, "sealed_form", check_code=first.check_code)
    with pytest.raises(Refused, match="校验码与本申报不符"):
        _attach(application, application.applicant, scan, "sealed_form", check_code="AAAA-BBBB-CCCC")


def test_the_scan_comes_after_handing_in(draft, alice, scan):
    with pytest.raises(Refused, match="请先提交申报"):
        _attach(draft, alice, scan, "sealed_form")


def test_the_scan_comes_from_the_person_or_the_unit(campaign, town, scan, member):
    application = ApplicationFactory(campaign=campaign, unit=town)

    with pytest.raises(Refused, match="由申报人或推荐单位上传"):
        _attach(application, member(), scan, "sealed_form")
    assert _attach(application, application.filled_by, scan, "sealed_form")


# --- the whole number ------------------------------------------------------------------------------------------------


def test_the_whole_number_is_shown_with_a_reason_on_record(campaign):
    number = factories.invented_id_number()
    application = ApplicationFactory(campaign=campaign, national_id=number)
    office = factories.office_of(campaign.union)

    shown = services.reveal_id_number(application, reason="核对身份证复印件", actor=office, at=IN_TIME)

    assert shown == number
    assert Reveal.objects.get().reason == "核对身份证复印件"
    assert AuditEntry.objects.order_by("-seq").first().action == "application.id_revealed"


def test_the_recommending_unit_may_see_the_number_of_its_people(campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer)

    assert services.reveal_id_number(application, reason="核对", actor=officer, at=IN_TIME)


def test_without_a_reason_nothing_is_shown(campaign):
    application = ApplicationFactory(campaign=campaign)

    with pytest.raises(Refused, match="请填写查看完整证件号码的理由"):
        services.reveal_id_number(application, reason=" ", actor=factories.office_of(campaign.union), at=IN_TIME)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize(
    "role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]
)
def test_nobody_else_sees_the_whole_number(campaign, member, role):
    application = ApplicationFactory(campaign=campaign)

    with pytest.raises(Refused, match="只有认定办公室和推荐单位"):
        services.reveal_id_number(application, reason="看看", actor=member(role), at=IN_TIME)


def test_another_unions_office_sees_nothing(campaign, other_union):
    application = ApplicationFactory(campaign=campaign)
    office = factories.office_of(campaign.union)
    office.union_id = other_union.pk

    with pytest.raises(Refused, match="不是本工会的申报"):
        services.reveal_id_number(application, reason="看看", actor=office, at=IN_TIME)


def test_a_number_not_yet_given_or_erased_cannot_be_shown(draft, campaign):
    office = factories.office_of(campaign.union)
    with pytest.raises(Refused, match="尚未填写有效的证件号码"):
        services.reveal_id_number(draft, reason="核对", actor=office, at=IN_TIME)
    application = ApplicationFactory(campaign=campaign)
    application.person.key.delete()

    with pytest.raises(Refused, match="已按规定删除"):
        services.reveal_id_number(application, reason="核对", actor=office, at=IN_TIME)

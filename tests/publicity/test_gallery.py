"""风采展示: what the office writes the public reads only while the person wishes it and the title stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from applications import keeping
from applications.models import Application
from documents.models import StoredFile
from publicity import selectors_gallery as gallery
from publicity.models import Certificate
from publicity.models_gallery import GalleryConsent, GalleryEntry, GalleryPhoto
from publicity.services import awards, withdrawals
from publicity.services import gallery as services
from publicity.services.gallery import GalleryText
from review.services import investigations
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import Scene, photo, stored_paths
from tests.publicity.test_views_desk import text_of, url
from unions import audit
from unions.models import AuditEntry, Message, Union
from unions.permits import Refused
from unions.states import Role

Queries = Callable[[int], Any]
TEXT = GalleryText("一把焊枪四十年", "他从学徒做起，电话19900005678。", (("央视专访", "https://video.example.cn/1"),))


@kept
def conferred(scene: Scene) -> list[Application]:
    people = scene.to_final("赵建国", "钱秀兰")
    scene.confer()
    return people


@pytest.fixture
def titled(scene: Scene, conferred: list[Application], set_clock: SetClock) -> list[Application]:
    set_clock(scene.now())
    return conferred


def write(scene: Scene, person: Application, text: GalleryText = TEXT) -> GalleryEntry:
    return services.edit_gallery(person, text=text, actor=scene.office, at=scene.now())


def agree(scene: Scene, entry: GalleryEntry, *, given: bool = True) -> GalleryConsent | None:
    assert entry.application.applicant is not None
    if entry.asked_at is None and not gallery.agrees(entry):
        services.ask_consent(entry, actor=scene.office, at=scene.now())
    return services.say_consent(entry, given=given, actor=entry.application.applicant, at=scene.now())


def show(scene: Scene, person: Application, text: GalleryText = TEXT) -> GalleryEntry:
    """Written, wished, published."""
    entry = write(scene, person, text)
    agree(scene, entry)
    services.publish_gallery(entry, actor=scene.office, at=scene.now())
    return entry


def add(scene: Scene, entry: GalleryEntry, caption: str = "在车间") -> GalleryPhoto:
    taken = services.inspected(ContentFile(photo(), name="照片.jpg"))
    return services.add_photo(entry, photo=taken, caption=caption, actor=scene.office, at=scene.now())


# --- whose word counts ---------------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_person_agreed_and_nothing_after_they_took_it_back(
    scene: Scene, titled: list[Application]
) -> None:
    entry = write(scene, titled[0])
    with pytest.raises(Refused, match="本人还没有同意"):
        services.publish_gallery(entry, actor=scene.office, at=scene.now())
    agree(scene, entry)
    assert not gallery.shown(scene.union).exists(), "agreed, not published"
    services.publish_gallery(entry, actor=scene.office, at=scene.now())
    assert list(gallery.shown(scene.union)) == [entry]

    agree(scene, entry, given=False)

    assert not gallery.shown(scene.union).exists()
    kept = GalleryConsent.objects.order_by("pk")
    assert [(row.given, row.text) for row in kept] == [(True, services.TERMS), (False, services.TERMS)]
    with pytest.raises(DatabaseError), transaction.atomic():
        kept.update(given=True)
    assert audit.verify(scene.union).verified


def test_the_person_is_asked_by_a_message_that_leads_to_their_own_page(scene: Scene, titled: list[Application]) -> None:
    entry = write(scene, titled[0])
    services.ask_consent(entry, actor=scene.office, at=scene.now())

    told = Message.objects.get(kind="gallery.asked")

    assert (told.recipient, told.path) == (titled[0].applicant, url("my_gallery", scene.union))


def test_the_same_word_twice_is_said_once(scene: Scene, titled: list[Application]) -> None:
    entry = write(scene, titled[0])

    assert agree(scene, entry) == agree(scene, entry)
    assert GalleryConsent.objects.count() == 1
    with pytest.raises(Refused, match="本人已经同意"):
        services.ask_consent(entry, actor=scene.office, at=scene.now())


def test_nobody_else_says_the_word_and_nobody_before_they_were_asked(scene: Scene, titled: list[Application]) -> None:
    entry, applicant = write(scene, titled[0]), titled[0].applicant
    assert applicant is not None
    with pytest.raises(Refused, match="还没有征求"):
        services.say_consent(entry, given=True, actor=applicant, at=scene.now())
    services.ask_consent(entry, actor=scene.office, at=scene.now())

    for other in (scene.office, titled[1].applicant):
        assert other is not None
        with pytest.raises(Refused, match="只能由本人决定"):
            services.say_consent(entry, given=True, actor=other, at=scene.now())


def test_who_has_no_account_cannot_be_asked(scene: Scene, titled: list[Application]) -> None:
    entry = write(scene, titled[0])
    Application.objects.filter(pk=titled[0].pk).update(applicant=None)

    with pytest.raises(Refused, match="没有自己的账号"):
        services.ask_consent(entry, actor=scene.office, at=scene.now())


def test_a_title_that_ends_takes_its_page_along(scene: Scene, titled: list[Application], set_clock: SetClock) -> None:
    revoked, lost = show(scene, titled[0]), show(scene, titled[1])
    awards.queue_certificates(scene.campaign, actor=scene.office, at=scene.now())
    certificate = titled[0].awards.get().certificate
    awards.revoke_certificate(certificate, reason="撤销", actor=scene.office, at=scene.now())
    assert list(gallery.shown(scene.union)) == [lost]

    case = investigations.open_investigation(titled[1], allegation="x", actor=scene.office, at=scene.now())
    investigations.decide_investigation(
        case, upheld=True, finding="x", public_note="x", actor=scene.office, at=scene.now()
    )

    assert not gallery.shown(scene.union).exists()
    with pytest.raises(Refused, match="没有有效的称号"):
        write(scene, titled[0])
    services.withdraw_gallery(revoked, actor=scene.office, at=scene.now())


def test_a_title_taken_away_before_it_had_a_certificate_has_neither_page_nor_certificate(
    scene: Scene, titled: list[Application]
) -> None:
    show(scene, titled[0])
    award, person = titled[0].awards.get(), titled[0].applicant
    assert person is not None
    ends = scene.clock.date() + timedelta(days=9)
    case = withdrawals.open_withdrawal(award, ground="材料不实", answer_by=ends, actor=scene.office, at=scene.now())
    withdrawals.answer_withdrawal(case, text="没有意见", actor=person, at=scene.now())
    ruling = withdrawals.Ruling(
        withdraw=True, text="属实", public_note="材料不实", met_on=scene.clock.date(), present=3, in_favour=3
    )
    withdrawals.decide_withdrawal(case, ruling, actor=scene.leader, at=scene.now())

    assert not Certificate.objects.exists()
    assert not gallery.shown(scene.union).exists()
    awards.queue_certificates(scene.campaign, actor=scene.office, at=scene.now())
    assert Certificate.objects.get().award.application == titled[1], "nor does it get one now"


# --- what the office does ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.EXPERT])
def test_only_the_office_writes_and_publishes(scene: Scene, titled: list[Application], role: Role) -> None:
    other, entry = MemberFactory(union=scene.union, role=role), show(scene, titled[0])
    verbs: list[Callable[..., object]] = [
        lambda **by: services.edit_gallery(titled[0], text=TEXT, **by),
        lambda **by: services.add_photo(entry, photo=(b"", "x"), caption="", **by),
        lambda **by: services.ask_consent(entry, **by),
        lambda **by: services.publish_gallery(entry, **by),
        lambda **by: services.withdraw_gallery(entry, **by),
    ]

    for verb in verbs:
        with pytest.raises(Refused, match="认定办公室"):
            verb(actor=other, at=scene.now())


def test_what_cannot_be_done_is_said(scene: Scene, titled: list[Application]) -> None:
    with pytest.raises(Refused, match="请写事迹"):
        write(scene, titled[0], GalleryText("", " "))
    entry = show(scene, titled[0])
    with pytest.raises(Refused, match="已经发布"):
        services.publish_gallery(entry, actor=scene.office, at=scene.now())
    services.withdraw_gallery(entry, actor=scene.office, at=scene.now())
    with pytest.raises(Refused, match="不需要撤下"):
        services.withdraw_gallery(entry, actor=scene.office, at=scene.now())


def test_what_is_written_is_sealed_and_the_log_has_its_digest_only(scene: Scene, titled: list[Application]) -> None:
    entry = write(scene, titled[0])

    assert "学徒" not in entry.sealed
    assert "学徒" not in str(AuditEntry.objects.get(action="gallery.edited").after)
    write(scene, titled[0], GalleryText("", "改过的"))
    assert GalleryEntry.objects.count() == 1


def test_photos_are_drawn_anew_and_go_for_good(scene: Scene, titled: list[Application], sound_pdf: bytes) -> None:
    entry = write(scene, titled[0])
    kept = add(scene, entry)
    assert b"SECRETPHONE" not in kept.file.file.open("rb").read()
    for bad in (ContentFile(sound_pdf, name="a.pdf"), ContentFile(b"MZ", name="a.jpg")):
        with pytest.raises(Refused, match="照片"):
            services.inspected(bad)
    for _ in range(services.PHOTOS - 1):
        add(scene, entry, caption="")
    with pytest.raises(Refused, match="至多 9 张"):
        add(scene, entry)

    services.remove_photo(kept, actor=scene.office, at=scene.now())

    assert StoredFile.objects.get(pk=kept.file_id).erased_at is not None
    assert entry.photos.count() == services.PHOTOS - 1


def test_a_photo_that_breaks_half_way_leaves_nothing_behind(
    scene: Scene, titled: list[Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, paths = write(scene, titled[0]), stored_paths()
    monkeypatch.setattr(GalleryPhoto.objects, "create", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        add(scene, entry)

    assert stored_paths() == paths


def test_of_somebody_who_becomes_nobody_nothing_is_left(scene: Scene, titled: list[Application]) -> None:
    entry = show(scene, titled[0])
    kept = add(scene, entry)

    keeping.erase_above(titled[0], at=scene.now())
    key = titled[0].person.key
    assert key is not None
    key.delete()

    (one,) = gallery.shown(scene.union)
    assert (gallery.card(one).story, gallery.card(one).pictures) == ("", [])
    assert StoredFile.objects.get(pk=kept.file_id).erased_at is not None
    person = Application.objects.get(pk=titled[0].pk)
    with pytest.raises(Refused, match="已按规定删除"):
        write(scene, person)


# --- what the public reads ----------------------------------------------------------------------------------------------


def test_the_public_reads_story_photos_and_links_and_no_number(
    client: Client, scene: Scene, titled: list[Application]
) -> None:
    entry = show(scene, titled[0])
    picture = add(scene, entry, caption="找他打13900001111")

    text = text_of(client, url("gallery_person", scene.union, pk=entry.pk))
    listed = text_of(client, url("gallery", scene.union))

    assert "一把焊枪四十年" in text
    assert 'href="https://video.example.cn/1" rel="noopener noreferrer nofollow"' in text
    assert "<iframe" not in text
    assert 'property="og:title"' in text
    assert 'property="og:image"' in text
    assert "19900005678" not in text + listed
    assert "13900001111" not in text + listed
    assert "赵建国" in listed
    response = client.get(url("gallery_photo", scene.union, pk=picture.pk))
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in response["Cache-Control"]


def test_what_is_taken_back_is_gone_at_once_for_everybody(
    client: Client, scene: Scene, titled: list[Application]
) -> None:
    entry = show(scene, titled[0])
    addresses = [
        url("gallery_person", scene.union, pk=entry.pk),
        url("gallery_photo", scene.union, pk=add(scene, entry).pk),
    ]
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    applicant = titled[0].applicant
    assert applicant is not None
    sign_in(client, applicant)
    assert "撤回展示" in text_of(client, addresses[0])

    response = client.post(url("say_consent", scene.union, pk=entry.pk), {"given": "no"}, follow=True)

    assert "已立即停止展示" in response.content.decode()
    assert client.get(addresses[1]).status_code == 200, "the person still sees their own"
    client.logout()
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert "赵建国" not in text_of(client, url("gallery", scene.union))


def test_the_list_is_found_by_year_and_title(client: Client, scene: Scene, titled: list[Application]) -> None:
    show(scene, titled[0])
    address = url("gallery", scene.union)

    assert "赵建国" in text_of(client, f"{address}?year=2026&award=示例工匠")
    for query in ("year=2025", "award=别的", "year=2025&award=示例工匠"):
        assert "赵建国" not in text_of(client, f"{address}?{query}")
    assert "赵建国" in text_of(client, f"{address}?year=abc")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_however_many_are_shown(
    client: Client, union: Union, count: int, set_clock: SetClock, django_assert_max_num_queries: Queries
) -> None:
    scene = Scene(union, quota={"places": 5})
    people = scene.to_final(*["赵建国", "钱秀兰", "孙志强"][:count])
    scene.confer()
    set_clock(scene.now())
    for person in people:
        add(scene, show(scene, person))

    with django_assert_max_num_queries(8):
        text_of(client, url("gallery", union))
    sign_in(client, scene.office)
    with django_assert_max_num_queries(18):
        text_of(client, url("gallery_desk", union))


# --- the person's page and the office's ---------------------------------------------------------------------------------


def test_a_person_sees_what_would_be_shown_and_says_yes(
    client: Client, scene: Scene, titled: list[Application]
) -> None:
    entry, applicant = write(scene, titled[0]), titled[0].applicant
    assert applicant is not None
    sign_in(client, applicant)
    assert "没有需要您决定的" in text_of(client, url("my_gallery", scene.union))
    assert client.post(url("say_consent", scene.union, pk=entry.pk), {"given": "yes"}).status_code == 404
    services.ask_consent(entry, actor=scene.office, at=scene.now())
    assert "一把焊枪四十年" in text_of(client, url("my_gallery", scene.union))

    response = client.post(url("say_consent", scene.union, pk=entry.pk), {"given": "yes"}, follow=True)

    assert "您已同意，尚未发布" in response.content.decode()


def test_the_office_writes_looks_at_it_asks_and_publishes(
    client: Client, scene: Scene, titled: list[Application]
) -> None:
    sign_in(client, scene.office)
    union, pk = scene.union, titled[0].pk
    edit = url("edit_gallery", union, pk=pk)
    assert "赵建国" in text_of(client, url("gallery_desk", union))
    assert client.post(url("add_photo", union, pk=pk)).status_code == 404
    given = {"headline": "四十年", "story": "他从学徒做起。", "links": "专访 https://video.example.cn/1"}

    preview = client.post(edit, {**given, "preview": "1"}).content.decode()
    assert "预览，还没有保存" in preview
    assert not GalleryEntry.objects.exists()
    for links, why in (("专访 http://x.cn/1", "不是说明加 https"), ("\n".join(["https://x.cn/1"] * 6), "至多 5 个")):
        wrong = client.post(edit, {**given, "links": links}).content.decode()
        assert why in wrong
        assert "他从学徒做起" in wrong
    assert "已保存" in client.post(edit, {**given, "links": f"{given['links']}\n\n"}, follow=True).content.decode()
    added = client.post(
        url("add_photo", union, pk=pk), {"photo": SimpleUploadedFile("a.jpg", photo()), "caption": "车间"}, follow=True
    )
    assert "照片已添加" in added.content.decode()
    bad = client.post(url("add_photo", union, pk=pk), {"photo": SimpleUploadedFile("a.jpg", b"MZ")})
    assert "没有添加" in bad.content.decode()
    picture = GalleryPhoto.objects.get()
    assert "预览" in client.post(edit, {**given, "preview": "1"}).content.decode()
    post = {name: url(name, union, pk=pk) for name in ("ask_consent", "publish_gallery", "withdraw_gallery")}
    assert "已给本人发消息" in client.post(post["ask_consent"], follow=True).content.decode()
    assert "本人还没有同意" in client.post(post["publish_gallery"], follow=True).content.decode()
    agree(scene, picture.entry)
    assert "已发布" in client.post(post["publish_gallery"], follow=True).content.decode()
    assert "正在展示" in text_of(client, url("gallery_desk", union))
    assert "已撤下" in client.post(post["withdraw_gallery"], follow=True).content.decode()
    removed = client.post(url("remove_photo", union, pk=pk, photo=picture.pk), follow=True)
    assert "照片已删除" in removed.content.decode()

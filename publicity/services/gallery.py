"""风采展示: the office writes, the person decides, the office publishes. A word taken back counts in the same moment."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final

from django.core.files.base import File
from django.db import transaction

from applications.models import Application
from documents.paper import uploads
from documents.paper.uploads import Kind
from documents.services import erase_file, plain_name, store_file
from publicity import notify, policies_gallery
from publicity import selectors_gallery as gallery
from publicity.models_gallery import GalleryConsent, GalleryEntry, GalleryPhoto
from unions import audit, vault
from unions.models import Member, PersonalKey
from unions.permits import Refused

PHOTOS: Final = 9
PICTURES: Final = frozenset(Kind) - {Kind.PDF}
PHOTO_BYTES: Final = 10 * 1024 * 1024
LONGEST_EDGE: Final = 1600
TERMS: Final = (
    "同意将本人的姓名、工作单位、称号以及本页所示的事迹、照片和视频链接，在本会网站的“工匠风采”中公开展示，"
    "任何人都可以查看。展示内容由认定办公室编辑，不含身份证号码和电话号码。"
    "本人可以随时在本页撤回同意，撤回后立即停止展示，不影响所获称号和待遇。"
)
"""What a person agrees to; kept with their word."""


@dataclass(frozen=True, slots=True)
class GalleryText:
    """`links`: what a video is called, and its address."""

    headline: str
    story: str
    links: tuple[tuple[str, str], ...] = ()

    def words(self) -> dict[str, object]:
        return {
            "headline": self.headline.strip(),
            "story": self.story.strip(),
            "links": [list(link) for link in self.links],
        }


def _lock(application: Application) -> Application:
    return (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("union", "person__key", "campaign", "applicant__user")
        .get(pk=application.pk)
    )


def _entry(entry: GalleryEntry) -> GalleryEntry:
    """The application first, then what stands under it."""
    application = _lock(entry.application)
    locked = GalleryEntry.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=entry.pk)
    locked.application = application
    return locked


def _key(application: Application) -> PersonalKey:
    if application.person.key is None:
        raise Refused("个人信息已按规定删除，不能再展示")
    return application.person.key


@transaction.atomic
def edit_gallery(application: Application, *, text: GalleryText, actor: Member, at: datetime) -> GalleryEntry:
    """What stands there is what the public reads, once it is published and for as long as the person wishes it."""
    application = _lock(application)
    policies_gallery.can_edit_gallery(actor, application).require()
    if not text.story.strip():
        raise Refused("请写事迹")
    key = _key(application)
    words = json.dumps(text.words(), ensure_ascii=False, sort_keys=True)
    entry, _ = GalleryEntry.objects.update_or_create(
        application=application,
        defaults={
            "union": application.union,
            "sealed": vault.seal(key, words),
            "changed_at": at,
            "changed_by": actor,
        },
    )
    audit.record(
        "gallery.edited",
        entry,
        actor=actor,
        at=at,
        after={"application": application.pk, "text": vault.digest(key, words)},
    )
    return entry


def inspected(upload: File[bytes]) -> tuple[bytes, str]:
    """A picture without anything hidden, and its name."""
    try:
        content, _ = uploads.harmless(upload, max_bytes=PHOTO_BYTES, max_edge=LONGEST_EDGE, allowed=PICTURES)
    except uploads.BadUpload as bad:
        raise Refused(f"照片：{bad}") from None
    return content, f"{PurePath(plain_name(upload.name or '照片')).stem}{Kind.JPEG.suffix}"


@transaction.atomic
def add_photo(
    entry: GalleryEntry, *, photo: tuple[bytes, str], caption: str, actor: Member, at: datetime
) -> GalleryPhoto:
    entry = _entry(entry)
    policies_gallery.can_edit_gallery(actor, entry.application).require()
    key = _key(entry.application)
    if entry.photos.count() >= PHOTOS:
        raise Refused(f"照片至多 {PHOTOS} 张，请先删除一张")
    content, name = photo
    stored = store_file(entry.union, content, name=name, content_type=Kind.JPEG.value, at=at)
    try:
        row = GalleryPhoto.objects.create(
            union=entry.union,
            entry=entry,
            file=stored,
            caption_sealed=vault.seal(key, caption.strip()) if caption.strip() else "",
        )
        audit.record("gallery.photo_added", entry, actor=actor, at=at, after={"photo": row.pk, "sha256": stored.sha256})
    except BaseException:
        stored.file.storage.delete(str(stored.file.name))
        raise
    return row


@transaction.atomic
def remove_photo(photo: GalleryPhoto, *, actor: Member, at: datetime) -> None:
    """The bytes go for good; the row of the file stays for the log."""
    entry = _entry(photo.entry)
    policies_gallery.can_edit_gallery(actor, entry.application).require()
    photo = GalleryPhoto.objects.select_related("file").get(pk=photo.pk)
    number, stored = photo.pk, photo.file
    photo.delete()
    erase_file(stored, at=at)
    audit.record("gallery.photo_removed", entry, actor=actor, at=at, before={"photo": number, "sha256": stored.sha256})


@transaction.atomic
def ask_consent(entry: GalleryEntry, *, actor: Member, at: datetime) -> GalleryEntry:
    """Ask the person, who sees what is meant and answers on their own page."""
    entry = _entry(entry)
    policies_gallery.can_ask_consent(actor, entry).require()
    entry.asked_at = at
    entry.save(update_fields=["asked_at"])
    audit.record("gallery.asked", entry, actor=actor, at=at, after={"application": entry.application_id})
    notify.gallery_asked(entry, at=at)
    return entry


@transaction.atomic
def say_consent(entry: GalleryEntry, *, given: bool, actor: Member, at: datetime) -> GalleryConsent | None:
    """The person's own word, given, refused or taken back; the same word twice is said once."""
    entry = _entry(entry)
    policies_gallery.can_say_gallery(actor, entry).require()
    if gallery.agrees(entry) is given:
        return gallery.consents(entry).first()
    row = GalleryConsent.objects.create(
        union=entry.union,
        entry=entry,
        given=given,
        text=TERMS,
        text_sha256=hashlib.sha256(TERMS.encode()).hexdigest(),
        at=at,
        by=actor,
    )
    audit.record(
        "gallery.consented" if given else "gallery.refused",
        row,
        actor=actor,
        at=at,
        after={"entry": entry.pk, "given": given, "text_sha256": row.text_sha256},
    )
    return row


@transaction.atomic
def publish_gallery(entry: GalleryEntry, *, actor: Member, at: datetime) -> GalleryEntry:
    entry = _entry(entry)
    policies_gallery.can_publish_gallery(actor, entry).require()
    entry.published_at = at
    entry.save(update_fields=["published_at"])
    audit.record("gallery.published", entry, actor=actor, at=at, after={"application": entry.application_id})
    return entry


@transaction.atomic
def withdraw_gallery(entry: GalleryEntry, *, actor: Member, at: datetime) -> GalleryEntry:
    """The office takes it down; what was written stays for when it is wanted again."""
    entry = _entry(entry)
    policies_gallery.can_withdraw_gallery(actor, entry).require()
    entry.published_at = None
    entry.save(update_fields=["published_at"])
    audit.record("gallery.withdrawn", entry, actor=actor, at=at, after={"application": entry.application_id})
    return entry


def forget_gallery(application: Application, at: datetime) -> None:
    """Of somebody who becomes nobody the pictures go; the words are sealed under the key that goes with them."""
    for photo in GalleryPhoto.objects.filter(entry__application=application).select_related("file"):
        stored = photo.file
        photo.delete()
        erase_file(stored, at=at)

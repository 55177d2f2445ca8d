"""风采展示: the titled as the public gets to know them, as long as they themselves wish it."""

from typing import Self

from django.db import models

from unions.models import AppendOnly, Member, Union, UnionScoped


class GalleryEntryQuerySet(models.QuerySet["GalleryEntry"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class GalleryEntry(UnionScoped):
    """What the office wrote about a titled person: story, headline and links to videos, sealed under the person's key.

    Whether the public reads it is for three to say: the office published it, the person agrees, the title holds.
    """

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="gallery")
    sealed = models.TextField()
    asked_at = models.DateTimeField("征求意见", null=True)
    published_at = models.DateTimeField("发布", null=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = GalleryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风采展示"


class GalleryPhoto(UnionScoped):
    """A photograph of an entry, drawn anew; `caption_sealed` under the person's key."""

    entry = models.ForeignKey(GalleryEntry, on_delete=models.PROTECT, related_name="photos")
    file = models.OneToOneField("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    caption_sealed = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "风采照片"
        ordering = ["pk"]


class GalleryConsent(AppendOnly):
    """The person's own word on being shown (个人信息保护法 第十四、十五条): given, refused or taken back; the last row counts."""

    entry = models.ForeignKey(GalleryEntry, on_delete=models.PROTECT, related_name="consents")
    given = models.BooleanField()
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "风采展示的本人意见"
        ordering = ["pk"]

"""风采展示: what the public reads of the titled, and what the office has of them. Never writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import BooleanField, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from applications.models import Application
from applications.strokes import name_key
from publicity.models import Award
from publicity.models_gallery import GalleryConsent, GalleryEntry, GalleryPhoto
from publicity.selectors import standing_awards, without_numbers
from unions import vault
from unions.models import Member, PersonalKey, Union


@dataclass(frozen=True, slots=True)
class Link:
    """Where a video is, somewhere else: a link and nothing embedded."""

    label: str
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Picture:
    pk: int
    caption: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody as the gallery shows them: no number of theirs, whatever somebody wrote."""

    pk: int
    application_id: int
    name: str
    employer: str
    awards: Sequence[Award]
    headline: str
    story: str
    links: Sequence[Link]
    pictures: Sequence[Picture]

    @property
    def titles(self) -> str:
        return "、".join(dict.fromkeys(award.label for award in self.awards))

    @property
    def year(self) -> int:
        return max(award.conferred_on.year for award in self.awards)

    @property
    def picture(self) -> Picture | None:
        return next(iter(self.pictures), None)

    @property
    def beginning(self) -> str:
        """What a list and a shared link tell."""
        return self.headline or self.story[:60]


def opened(key: PersonalKey | None, sealed: str) -> dict[str, object]:
    """The words as they were written; nothing where the person's key is gone."""
    try:
        words: dict[str, object] = json.loads(vault.unseal(key, sealed))
    except vault.Unreadable:
        return {}
    return words


def _caption(key: PersonalKey | None, sealed: str) -> str:
    try:
        return vault.unseal(key, sealed) if sealed else ""
    except vault.Unreadable:
        return ""


# --- what is shown -----------------------------------------------------------------------------------------------------


def shown(union: Union, *, year: int | None = None, award: str = "") -> QuerySet[GalleryEntry]:
    """What the public may read now: published, wished by the person, and the title stands. The newest title first."""
    titles = standing_awards().filter(application=OuterRef("application_id"))
    if year:
        titles = titles.filter(conferred_on__year=year)
    if award:
        titles = titles.filter(label=award)
    newest = titles.order_by("-conferred_on").values("conferred_on")[:1]
    return (
        with_word(GalleryEntry.objects.for_union(union))
        .filter(
            Exists(titles), Q(("agreed", True)), published_at__isnull=False, application__anonymised_at__isnull=True
        )
        .annotate(newest=Subquery(newest))
        .order_by("-newest", "pk")
    )


def with_word(entries: QuerySet[GalleryEntry]) -> QuerySet[GalleryEntry]:
    """With the person's last word as `agreed` (None: not said yet), and all that a page needs, in a fixed number of queries."""
    last = GalleryConsent.objects.filter(entry=OuterRef("pk")).order_by("-pk").values("given")[:1]
    return (
        entries.annotate(agreed=Subquery(last, output_field=BooleanField()))
        .select_related("application__person__key", "application__campaign", "union")
        .prefetch_related(
            Prefetch("photos", GalleryPhoto.objects.order_by("pk")),
            Prefetch("application__awards", standing_awards().order_by("-conferred_on", "pk"), to_attr="held_awards"),
        )
    )


def card(entry: GalleryEntry, words: Mapping[str, object] | None = None) -> Shown:
    """An entry of `with_word`, opened; with `words` as it would look with these."""
    application = entry.application
    key = application.person.key
    said = words if words is not None else opened(key, entry.sealed)
    photos = entry.photos.all() if entry.pk else ()  # a preview of what nobody has saved yet has none
    links = [Link(without_numbers(label), url) for label, url in said.get("links", [])]  # type: ignore[attr-defined]  # as the service wrote it
    return Shown(
        pk=entry.pk,
        application_id=application.pk,
        name=application.name,
        employer=application.employer,
        awards=application.held_awards,  # type: ignore[attr-defined]  # prefetched
        headline=without_numbers(str(said.get("headline", ""))),
        story=without_numbers(str(said.get("story", ""))),
        links=links,
        pictures=[Picture(one.pk, without_numbers(_caption(key, one.caption_sealed))) for one in photos],
    )


def cards(entries: Iterable[GalleryEntry]) -> list[Shown]:
    """In the order given, and within one year by the strokes of surnames."""
    return sorted(map(card, entries), key=lambda one: (-one.year, name_key(one.name)))


def choices(union: Union) -> tuple[list[int], list[str]]:
    """Years and titles that somebody shown now holds, for the filter; one query."""
    rows = standing_awards().filter(application__gallery__in=shown(union).values("pk"))
    pairs = list(rows.order_by().values_list("conferred_on__year", "label").distinct())
    return sorted({year for year, _ in pairs}, reverse=True), sorted({label for _, label in pairs})


# --- the office, and the person ------------------------------------------------------------------------------------------


def titled(union: Union) -> QuerySet[Application]:
    """Who may be shown: holders of an award, the newest first."""
    awards = standing_awards().filter(application=OuterRef("pk"))
    return (
        Application.objects.filter(Exists(awards), union=union, anonymised_at__isnull=True)
        .annotate(newest=Subquery(awards.order_by("-conferred_on").values("conferred_on")[:1]))
        .select_related("person__key", "campaign", "applicant__user", "union")
        .prefetch_related(
            Prefetch("gallery", with_word(GalleryEntry.objects.all())),
            Prefetch("awards", standing_awards().order_by("-conferred_on", "pk"), to_attr="held_awards"),
        )
        .order_by("-newest", "number", "pk")
    )


def consents(entry: GalleryEntry) -> QuerySet[GalleryConsent]:
    return GalleryConsent.objects.filter(entry=entry).order_by("-pk")


def agrees(entry: GalleryEntry) -> bool | None:
    """The person's last word; None where they have not said one."""
    last = consents(entry).first()
    return last.given if last else None


def own(member: Member) -> QuerySet[GalleryEntry]:
    """What a person was asked about, or said a word on."""
    mine = GalleryEntry.objects.for_union(member.union).filter(application__applicant=member, asked_at__isnull=False)
    return with_word(mine).order_by("-asked_at", "pk")

"""The office's list: narrowed, searched, read page by page. A page costs the same whatever the size of the campaign."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest, StrIndex, Substr

from applications import listing, policies, policies_inbox
from applications.models import Application, Return
from applications.models_inbox import ApplicationFacts, Assignment, Note, SavedFilter, SearchEntry
from applications.states import State
from campaigns.models import Campaign
from unions import vault
from unions.models import Member

PAGE: Final = 50
RARE: Final = 1_000
"""So many hits of a search or a condition are taken as a list of ids; of more, the page is read by number, row by row."""

MINE, NOBODY, ANYBODY = "me", "none", "any"
OWN: Final = ("state", "channel", "unit")
FACTS: Final = {"verdict": "verdict", "level": "level", "industry": "industry", "sex": "sex", "age": "age_band"}


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page by key, so that page 400 costs what page 1 costs and nothing is counted."""

    rows: list[Application]
    next_after: str = ""
    previous_before: str = ""


def inbox_rows(campaign: Campaign, member: Member, filters: Mapping[str, Any]) -> QuerySet[Application]:
    """What was filed and answers all of `filters`, in no order.

    Office, leading group and supervisor may read whatever has a number, so the filter of `visible_to` adds nothing that an
    index could not serve.
    """
    policies.can_inbox(member).require()
    rows: QuerySet[Application] = Application.objects.for_union(member.union).filter(campaign=campaign, number__gt="")
    rows = rows.defer("answers", "touched", "nomination_reason")
    chosen = {key: value for key, value in filters.items() if value}
    rows = rows.filter(**{key: chosen[key] for key in OWN if key in chosen})
    rows = _with_facts(rows, campaign, chosen)
    if trade := str(chosen.get("trade", "")).strip():
        rows = rows.filter(trade__contains=trade)
    if assigned := chosen.get("assigned"):
        rows = rows.filter(_assigned(str(assigned), member))
    if chosen.get("note"):
        rows = rows.filter(Exists(Note.objects.filter(application=OuterRef("pk"))))
    if returned := chosen.get("returned"):
        rows = _returned(rows, str(returned))
    return _found(rows, campaign, str(chosen.get("q", "")))


def _with_facts(rows: QuerySet[Application], campaign: Campaign, chosen: Mapping[str, Any]) -> QuerySet[Application]:
    """Few people are taken as a list of ids: walking by number would look at everybody before it ended without a page."""
    wanted = {field: chosen[key] for key, field in FACTS.items() if key in chosen}
    if rule := chosen.get("rule"):
        wanted["against__contains"] = [rule]
    if not wanted:
        return rows
    found = list(
        ApplicationFacts.objects.filter(campaign=campaign, **wanted).values_list("application_id", flat=True)[
            : RARE + 1
        ]
    )
    if len(found) <= RARE:
        return rows.filter(pk__in=found)
    return rows.filter(**{f"facts__{field}": value for field, value in wanted.items()})


def _assigned(whom: str, member: Member) -> Q:
    given = Assignment.objects.filter(application=OuterRef("pk"))
    if whom == NOBODY:
        return Q(~Exists(given))
    if whom == ANYBODY:
        return Q(Exists(given))
    officer = member.pk if whom == MINE else int(whom) if whom.isascii() and whom.isdigit() else 0
    return Q(assignment__officer=officer)


def _returned(rows: QuerySet[Application], how: str) -> QuerySet[Application]:
    """Returned by the office and still open, or mended and not yet returned again."""
    by_office = Return.objects.filter(application=OuterRef("pk"), unit__isnull=True)
    if how == "open":
        return rows.filter(Exists(by_office.filter(answered_at__isnull=True)))
    return rows.filter(Exists(by_office.filter(answered_at__isnull=False)), state=State.SUBMITTED)


def _found(rows: QuerySet[Application], campaign: Campaign, text: str) -> QuerySet[Application]:
    asked = listing.query(campaign.pk, text)
    if asked is None:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT applications_search(%s, %s::integer[], %s::text[], %s)",
            [campaign.pk, asked.grams, asked.patterns, RARE + 1],
        )
        found = [pk for (pk,) in cursor.fetchall()]
    if len(found) <= RARE:
        return rows.filter(pk__in=found)
    # a scalar, not EXISTS: it is asked row by row along the number, and a page ends after fifty that have it
    hit = Q(grams__contains=asked.grams)
    for word in asked.words:
        hit &= Q(text__contains=word) if len(word) > 2 else Q()
    entry = SearchEntry.objects.filter(application=OuterRef("pk"))
    said = entry.annotate(hit=ExpressionWrapper(hit, output_field=BooleanField())).values("hit")
    return rows.annotate(hit=Subquery(said)).filter(hit=Value(value=True))


def inbox(
    campaign: Campaign, member: Member, *, filters: Mapping[str, Any], after: str = "", before: str = ""
) -> InboxPage:
    """A page by number: it is read off an index in its order and ends after a page's rows; nothing is counted."""
    rows = inbox_rows(campaign, member, filters)
    if before:
        found = list(rows.filter(number__lt=before).order_by("-number")[: PAGE + 1])
        more = len(found) > PAGE
        page = found[:PAGE][::-1]
        return InboxPage(page, page[-1].number if page else "", page[0].number if more else "")
    if after:
        rows = rows.filter(number__gt=after)
    found = list(rows.order_by("number")[: PAGE + 1])
    page = found[:PAGE]
    return InboxPage(page, page[-1].number if len(found) > PAGE else "", page[0].number if after and page else "")


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One row as the list shows it."""

    application: Application
    channel: str
    unit: str
    verdict: str
    tone: str
    officer: str
    notes: int
    excerpt: str


_TONES: Final = {
    "may_pass": "holds",
    "may_pass_with_reason": "reason",
    "must_not_pass": "fails",
    "needs_judgement": "waiting",
    "incomplete": "waiting",
}


def inbox_lines(
    campaign: Campaign, rows: list[Application], *, units: Mapping[int, str], text: str = ""
) -> list[InboxLine]:
    """What stands beside the rows of a page; four queries, with a search five."""
    ids = [row.pk for row in rows]
    channels = {channel.id: channel.label for channel in campaign.rules.channels}
    facts = {row.application_id: row for row in ApplicationFacts.objects.filter(application__in=ids)}
    officers = dict(_officers_of(ids))
    notes = dict(Note.objects.filter(application__in=ids).values_list("application").annotate(n=Count("pk")).order_by())
    excerpts = _excerpts(campaign, rows, text)
    lines = []
    for row in rows:
        own = facts.get(row.pk)
        lines.append(
            InboxLine(
                row,
                channels.get(row.channel, row.channel),
                units.get(row.unit_id or 0, ""),
                own.get_verdict_display() if own else "",
                _TONES.get(own.verdict, "waiting") if own else "waiting",
                officers.get(row.pk, ""),
                notes.get(row.pk, 0),
                excerpts.get(row.pk, ""),
            )
        )
    return lines


def _officers_of(ids: list[int]) -> Iterable[tuple[int, str]]:
    for row in Assignment.objects.filter(application__in=ids).select_related("officer__user"):
        yield row.application_id, row.officer.display_name


AROUND: Final = 60


def _excerpts(campaign: Campaign, rows: list[Application], text: str) -> dict[int, str]:
    """Where the first word was found, for rows that do not show it themselves; the database cuts it out of the text."""
    asked = listing.query(campaign.pk, text)
    if asked is None:
        return {}
    hidden = [
        row
        for row in rows
        if not all(word in listing.plain(f"{row.name} {row.number} {row.employer} {row.trade}") for word in asked.words)
    ]
    if not hidden:
        return {}
    word = max(asked.words, key=len)
    place = StrIndex("text", Value(word))
    around = Substr("text", Greatest(place - AROUND, Value(1)), len(word) + 2 * AROUND)
    entries = SearchEntry.objects.filter(application__in=[row.pk for row in hidden]).annotate(around=around)
    found = {}
    for application, cut in entries.values_list("application_id", "around"):
        line = next((line for line in cut.split("\n") if word in line), "")
        found[application] = listing.excerpt([word], line)
    return found


# --- one case ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadNote:
    note: Note
    text: str


def notes_of(application: Application, reader: Member) -> list[ReadNote]:
    """Notes among colleagues for who may read them, oldest first; what was anonymised says so."""
    if not policies_inbox.can_read_notes(reader, application):
        return []
    rows = Note.objects.filter(application=application).select_related("by__user")
    return [ReadNote(row, _opened(application, row)) for row in rows]


def _opened(application: Application, note: Note) -> str:
    try:
        return vault.unseal(application.open_key, note.sealed)
    except vault.Unreadable:
        return "（已按规定删除）"


def assignment_of(application: Application) -> Assignment | None:
    return Assignment.objects.filter(application=application).select_related("officer__user").first()


def beside(
    application: Application, member: Member, filters: Mapping[str, Any]
) -> tuple[QuerySet[Application], QuerySet[Application]]:
    """The rows of a narrowed list before and after a case, each with the nearest first."""
    rows = inbox_rows(application.campaign, member, filters)
    return (
        rows.filter(number__lt=application.number).order_by("-number"),
        rows.filter(number__gt=application.number).order_by("number"),
    )


def saved_filters(campaign: Campaign, member: Member) -> list[SavedFilter]:
    return list(SavedFilter.objects.visible_to(member).filter(campaign=campaign).select_related("owner__user"))


def colleagues(campaign: Campaign) -> list[Member]:
    """Everybody who may be given cases, by name."""
    rows = Member.objects.for_union(campaign.union).active().filter(role="office").select_related("user")
    return sorted(rows, key=lambda member: (member.display_name, member.pk))

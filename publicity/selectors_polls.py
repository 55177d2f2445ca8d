"""Reads about polls: who stands in them, what the public sees of each, how the votes count. Never writes."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Count, F, Func, Q, QuerySet

from applications.answers import EMPLOYER_FIELDS
from applications.models import PHOTO, Application, Material
from applications.strokes import in_stroke_order
from campaigns.models import Stage
from campaigns.rules.schema import PublicNoticeStage, PublicVoteStage
from campaigns.selectors import calendar_of, stage_rule
from campaigns.states import CampaignState, StageState
from campaigns.workingdays import working_days_between
from documents.models import StoredFile
from publicity import policies, selectors
from publicity.ballots import between
from publicity.models import Poll, PollCandidate, Vote
from publicity.selectors import Column
from publicity.states import Identity
from review.selectors import entrants
from unions import vault
from unions.models import AuditEntry, Union, User

LEFT_OUT: Final = frozenset({"name", "number", "rank"})
"""Columns of a notice that a poll does not repeat: the name heads the card, and no rank may lead a voter."""
LINK: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!-~]*)?")
SHORT: Final = 40
"""Up to this many characters a value stands in a line of its own on a card; longer ones are deeds to read."""


def vote_rule(stage: Stage) -> PublicVoteStage:
    rule = stage_rule(stage)
    assert isinstance(rule, PublicVoteStage)
    return rule


# --- what the public sees of a candidate -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What is frozen of one person when the poll opens."""

    name: str
    employer: str
    facts: list[list[str]]
    """[label, text], in the order of the notices' columns."""


def people_of(stage: Stage) -> list[Application]:
    """Who would stand in the poll if it opened now, numbered by the strokes of their surnames."""
    people = list(entrants(stage).select_related("person__key", "unit"))
    for application in people:
        application.campaign = stage.campaign
    return in_stroke_order(people, lambda application: application.name)


def public_columns(stage: Stage) -> list[Column]:
    """What the rules let the public see of people: the columns of the campaign's notices, whichever stage they are for."""
    rules = stage.campaign.rules
    shown = [key for rule in rules.stages if isinstance(rule, PublicNoticeStage) for key in rule.columns]
    wanted = dict.fromkeys(key for key in shown or ["employer"] if key not in LEFT_OUT)
    return selectors.columns_of(rules, wanted)


def seen_of(stage: Stage, people: Sequence[Application]) -> list[Seen]:
    """The public's view of each, in the same order; the employer stands under the name, not among the facts."""
    columns = public_columns(stage)
    rows = selectors.notice_rows(stage, people, columns)
    return [_seen(person, columns, row) for person, row in zip(people, rows, strict=True)]


def _seen(person: Application, columns: Sequence[Column], row: Sequence[str]) -> Seen:
    values = list(zip(columns, row, strict=True))
    employers = [text for column, text in values if column.id in EMPLOYER_FIELDS and text]
    facts = [[column.label, text] for column, text in values if column.id not in EMPLOYER_FIELDS and text]
    return Seen(selectors.without_numbers(person.name), "，".join(employers), facts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate as pages show it. `gone`: withdrawn or disqualified since, so that nobody can choose them any more."""

    pk: int
    number: int
    application_id: int
    seen: Seen
    gone: bool

    @property
    def name(self) -> str:
        return self.seen.name

    @property
    def line(self) -> str:
        """What stands on the card under the employer, without labels."""
        return "，".join(text for _label, text in self.short)

    @property
    def text(self) -> str:
        """The deeds, or whatever else is told at length."""
        return self.long[0][1] if self.long else ""

    @property
    def links(self) -> list[list[str]]:
        """Where the form asks for an address, such as of a video: nothing but a web address over TLS is a link."""
        return [fact for fact in self.seen.facts if LINK.fullmatch(fact[1])]

    @property
    def short(self) -> list[list[str]]:
        return [fact for fact in self.seen.facts if len(fact[1]) <= SHORT and fact not in self.links]

    @property
    def long(self) -> list[list[str]]:
        return [fact for fact in self.seen.facts if len(fact[1]) > SHORT and fact not in self.links]


def candidates_of(poll: Poll) -> list[Candidate]:
    """Everybody on the ballot by number; two queries. Who was anonymised in this campaign shows as such."""
    standing = set(entrants(poll.stage).values_list("pk", flat=True))
    rows = PollCandidate.objects.filter(poll=poll).select_related("application__person__key").order_by("number")
    return [
        Candidate(row.pk, row.number, row.application_id, _opened(row), row.application_id not in standing)
        for row in rows
    ]


Standing = Mapping[int, bool]
"""Id of a candidate → whether they still stand."""


def standing_of(poll: Poll) -> dict[int, bool]:
    """Who is on the ballot, without opening what the public sees of them; two queries."""
    standing = set(entrants(poll.stage).values_list("pk", flat=True))
    rows = PollCandidate.objects.filter(poll=poll).values_list("pk", "application_id")
    return {pk: application in standing for pk, application in rows}


def _opened(row: PollCandidate) -> Seen:
    try:
        return Seen(**json.loads(vault.unseal(row.application.open_key, row.sealed)))
    except vault.Unreadable:
        return Seen(selectors.ANONYMISED, "", [])


def photographs() -> QuerySet[Material]:
    """Of applications; whatever picture is handed in is kept as JPEG."""
    return Material.objects.current().filter(slot=PHOTO, file__content_type="image/jpeg")


def photos_of(poll: Poll, *, only: int | None = None) -> dict[int, StoredFile]:
    """Candidate id → the photo in their application, where the rules show it and the person still stands in the poll."""
    if not vote_rule(poll.stage).photo:
        return {}
    rows = PollCandidate.objects.filter(poll=poll, application__person__key__isnull=False)
    rows = rows.filter(application__in=entrants(poll.stage).order_by())
    if only is not None:
        rows = rows.filter(pk=only)
    people = dict(rows.values_list("application_id", "pk"))
    photos = photographs().filter(application__in=people).select_related("file").order_by("pk")
    return {people[one.application_id]: one.file for one in photos}


def page_of(poll: Poll, one: Candidate, *, photo: bool, at: datetime) -> dict[str, Any]:
    """Everything that the page of one person says; nothing in it depends on who reads. The count stands on the poll's own pages."""
    return {"poll": poll, "one": one, "photo": photo, "taking": bool(policies.can_take_votes(poll, at=at))}


def shuffled(candidates: Sequence[Candidate], seed: str) -> list[Candidate]:
    """An order of a visitor's own, the same at every visit, so that nobody profits from standing first; the gone come last."""
    return sorted(candidates, key=lambda one: (one.gone, hashlib.sha256(f"{seed}:{one.pk}".encode()).digest()))


# --- polls -------------------------------------------------------------------------------------------------------------


def polls(union: Union) -> QuerySet[Poll]:
    """Opened polls, the newest first."""
    return Poll.objects.for_union(union).select_related("stage__campaign__union", "stage__union", "union", "key")


def with_its_stage(pk: int) -> Poll:
    """A poll with all that decides whether it takes votes; one query."""
    return Poll.objects.select_related("union", "key", "stage__campaign").get(pk=pk)


def running_polls(union: Union, *, at: datetime) -> QuerySet[Poll]:
    """What people can vote in now, or soon: for the front door."""
    return polls(union).filter(
        stage__state=StageState.OPEN, stage__campaign__state=CampaignState.PUBLISHED, closes_at__gt=at
    )


def started_polls(*, at: datetime) -> QuerySet[Poll]:
    """Polls of any union that take votes or took some that their stage has not closed with."""
    return Poll.objects.filter(stage__state=StageState.OPEN, opens_at__lte=at)


def vote_stages(union: Union) -> QuerySet[Stage]:
    """Every stage in which the public votes, of published campaigns, the newest campaign first."""
    return (
        Stage.objects.for_union(union)
        .filter(kind="public_vote", campaign__state__in=[CampaignState.PUBLISHED, CampaignState.FINISHED])
        .select_related("campaign", "union", "poll")
        .order_by("-campaign__opens_at", "position")
    )


def days_of(stage: Stage, opens_on: date, closes_on: date) -> int:
    """How many days a window has, both ends included, in the unit of the rule's length; raises `UnknownYear`."""
    length = vote_rule(stage).length
    if length is not None and length.unit == "working":
        return working_days_between(opens_on, closes_on, calendar_of(stage.union))
    return (closes_on - opens_on).days + 1


# --- voters ------------------------------------------------------------------------------------------------------------


def voter_digest(poll: Poll, voter: User) -> str:
    """Who a vote is from, under the poll's own key, so that one number (or account) is one voter and nobody's name."""
    assert poll.key is not None
    return vault.digest(poll.key, (voter.phone or "") if poll.identity == Identity.PHONE else f"account:{voter.pk}")


def device_digest(poll: Poll, device: str) -> str:
    """The same of a browser, where nobody signs in."""
    assert poll.key is not None
    return vault.digest(poll.key, f"device:{device}")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many ballots a voter has cast and may still cast today."""

    cast: int
    cast_today: int
    left_today: int


def allowance(poll: Poll, digest: str, *, day: date) -> Allowance:
    """One query."""
    counts = Vote.objects.filter(poll=poll, voter=digest).aggregate(cast=Count("pk"), today=Count("pk", Q(day=day)))
    return allowed(poll, **counts)


def allowed(poll: Poll, *, cast: int, today: int) -> Allowance:
    left = poll.ballots_per_day - today
    if poll.ballots_in_all is not None:
        left = min(left, poll.ballots_in_all - cast)
    return Allowance(cast, today, max(left, 0))


# --- counting ----------------------------------------------------------------------------------------------------------


VOTES_TAKEN: Final = "votes.taken"


def recorded_through(poll: Poll) -> int:
    """The id of the last vote that is on record; no vote with a lower one can come in any more."""
    entries = AuditEntry.objects.filter(
        union_id=poll.union_id, object_type=poll._meta.label_lower, object_id=str(poll.pk), action=VOTES_TAKEN
    )
    found = entries.order_by("-seq").values_list("after__through", flat=True).first()
    return int(found) if found is not None else 0


def _tally(votes: QuerySet[Vote]) -> dict[int, int]:
    chosen = Func(F("choices"), function="unnest")
    rows = votes.order_by().annotate(candidate=chosen)
    return dict(rows.values_list("candidate").annotate(votes=Count("pk")))


def ballots(poll: Poll) -> int:
    return Vote.objects.filter(poll=poll).count()


def tally(poll: Poll) -> dict[int, int]:
    """Candidate id → votes, counted from the ballots themselves; whoever got none is missing."""
    return _tally(Vote.objects.filter(poll=poll))


@dataclass(frozen=True, slots=True)
class Running:
    """A count for pages: how many ballots there are, and candidate id → votes."""

    ballots: int
    votes: dict[int, int]


def fold(poll: Poll) -> tuple[int, Running]:
    """What is on record, counted: up to which id, and what it comes to. Beat goes on with it after every entry.

    The cache holds sums over a closed part of the log, which never changes: losing it costs a count of all ballots and can
    make no difference.
    """
    through = recorded_through(poll)
    upto, folded = cache.get(_folded(poll)) or (0, Running(0, {}))
    if upto > through:  # the sums of another database
        upto, folded = 0, Running(0, {})
    if upto < through:
        folded = _with(folded, Vote.objects.filter(poll=poll, pk__gt=upto, pk__lte=through))
        cache.set(_folded(poll), (through, folded), timeout=None)
    return through, folded


def running_tally(poll: Poll) -> Running:
    """The count for pages: the sums over what is on record, and what came in since, counted now."""
    through, folded = cache.get(_folded(poll)) or fold(poll)
    return _with(folded, Vote.objects.filter(poll=poll, pk__gt=through))


def _folded(poll: Poll) -> str:
    return f"poll:{poll.pk}:{poll.at.timestamp()}:folded"


def _with(folded: Running, votes: QuerySet[Vote]) -> Running:
    return Running(folded.ballots + votes.count(), dict(Counter(folded.votes) + Counter(_tally(votes))))


def ballots_by_day(poll: Poll) -> list[tuple[date, int]]:
    """Day → ballots, in order; says nothing of who got them."""
    return list(Vote.objects.filter(poll=poll).order_by("day").values_list("day").annotate(Count("pk")))


@dataclass(frozen=True, slots=True)
class Found:
    """What anybody with a receipt may know of its ballot: that it counts, or the public reason why it was set aside."""

    set_aside: str = ""


def vote_of_receipt(poll: Poll, code: str) -> Vote | None:
    """The ballot that a receipt was given for."""
    numbers = between(code)
    return Vote.objects.filter(poll=poll, ballot__range=numbers).first() if numbers else None

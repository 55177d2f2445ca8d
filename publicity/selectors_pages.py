"""What the finished pages of notices and polls are made of: a digest for each file, to tell whether it still says what the rows say.

A digest takes whatever a page depends on, and may take more: then the page is written again as it was. Never writes.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db.models import Count, Model, OuterRef, Prefetch, Q, QuerySet, Subquery

from applications.models import Submission
from campaigns.models import Stage
from campaigns.states import CampaignState
from publicity import policies
from publicity.models import Notice, NoticeLine, NoticeVersion, Poll, PollCandidate
from publicity.selectors_polls import photographs
from review.models import Outcome
from unions import audit
from unions.models import Union

INDEX: Final = "index.html"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages that a notice or a poll should have: path below its folder → digest. None where the public gets none."""

    row: Notice | Poll
    marks: dict[str, str]


@cache
def build() -> str:
    """Changes with the templates and the names of the style sheets, so that new code makes its pages anew."""
    found = hashlib.sha256(str(getattr(staticfiles_storage, "manifest_hash", "")).encode())
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def of_union(union: Union, notices: Sequence[str]) -> str:
    """What a union's notices have in common, given their digests: the feed."""
    return _digest([_frame(union), list(notices)])


def _frame(union: Union) -> list[Any]:
    """What stands around every page."""
    return [
        build(),
        [union.slug, union.name, union.domain, union.brand, union.office_name, union.contact_phone],
        [union.contact_address, bool(union.privacy_text)],
    ]


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(audit.canonical(content)).hexdigest()


# --- notices -----------------------------------------------------------------------------------------------------------


def of_notices(*, at: datetime, only: int | None = None) -> Iterator[Pages]:
    """Of every notice, or of one; a constant number of queries. The caller opens the scope."""
    versions = NoticeVersion.objects.order_by("version").only("notice", "version", "sha256", "ends_on")
    rows = (
        Notice.objects.select_related("stage__campaign", "union")
        .prefetch_related(Prefetch("versions", versions))
        .defer("stage__campaign__rules_data")
        .order_by("pk")
    )
    if only is not None:  # with the others of its campaign, for they name one another
        rows = rows.filter(stage__campaign__in=Stage.objects.filter(notice=only).values("campaign"))
    notices = list(rows)
    gone, together = _anonymised(notices), defaultdict[int, list[int]](list)
    for notice in notices:
        together[notice.stage.campaign_id].append(notice.pk)
    for notice in [one for one in notices if only in {None, one.pk}]:
        mark = _of_notice(notice, together[notice.stage.campaign_id], gone.get(notice.pk, 0), at)
        paths = [INDEX, *(f"v{one.version}/{INDEX}" for one in notice.versions.all())]
        yield Pages(notice, dict.fromkeys(paths, mark) if notice.union.active else {})


def _anonymised(notices: Iterable[Notice]) -> dict[int, int]:
    """How many lines of each notice are of people who became nobody."""
    lines = NoticeLine.objects.filter(version__notice__in=list(notices))
    gone = lines.filter(Q(application__person__key__isnull=True) | Q(application__anonymised_at__isnull=False))
    return dict(gone.order_by().values_list("version__notice").annotate(Count("pk")))


def _of_notice(notice: Notice, rounds_out: list[int], gone: int, at: datetime) -> str:
    stage, campaign = notice.stage, notice.stage.campaign
    return _digest(
        [
            _frame(notice.union),
            [stage.label, stage.state, campaign.state, campaign.title, campaign.rules_sha256],
            [version.sha256 for version in notice.versions.all()],
            rounds_out,
            gone,
            bool(policies.can_object(notice, at=at)),
        ]
    )


# --- the candidates of polls -------------------------------------------------------------------------------------------


def folder_of_candidate(candidate: int) -> str:
    return f"candidates/{candidate}"


def of_polls(*, at: datetime, only: int | None = None) -> Iterator[Pages]:
    """Of every poll, or of one; two queries. What was frozen when it opened cannot change and is not read."""
    polls = Poll.objects.select_related("stage__campaign", "union").defer("stage__campaign__rules_data").order_by("pk")
    if only is not None:
        polls = polls.filter(pk=only)
    people = defaultdict[int, list[list[Any]]](list)
    for poll_id, *person in _candidates(only):
        people[poll_id].append(person)
    for poll in polls:
        shown = poll.union.active and poll.stage.campaign.state != CampaignState.CANCELLED
        common = [
            _frame(poll.union),
            poll.stage.campaign.rules_sha256,
            bool(policies.can_take_votes(poll, at=at)),
        ]
        yield Pages(
            poll,
            {
                f"{folder_of_candidate(person[0])}/{INDEX}": _digest([*common, person])
                for person in (people[poll.pk] if shown else ())
            },
        )


def _candidates(only: int | None) -> Iterable[tuple[Any, ...]]:
    """Poll, candidate, and what decides whether they still stand, by what name, and with which photo."""
    rows = PollCandidate.objects.order_by("number")
    if only is not None:
        rows = rows.filter(poll=only)
    rows = rows.annotate(
        nobody=Q(application__anonymised_at__isnull=False),
        outcome=_newest(Outcome.objects.all()),
        submission=_newest(Submission.objects.all()),
        photo=_newest(photographs(), "file__sha256"),
    )
    return rows.values_list(
        *("poll_id", "pk", "application__state", "application__person__key", "nobody", "outcome", "submission", "photo")
    )


def _newest(rows: QuerySet[Any, Model], value: str = "pk") -> Subquery:
    """Of rows that are only ever added, the last one of the application says whether there are others than before."""
    return Subquery(rows.filter(application=OuterRef("application")).order_by("-pk").values(value)[:1])

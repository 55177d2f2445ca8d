"""What the editor of a notice starts from, what a correction changed, which round a notice is, and a union's past. Never writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from django.conf import settings
from django.db.models import Count
from django.templatetags.static import static
from django.utils import timezone

from applications.selectors_returns import Piece, difference
from campaigns.models import Campaign, Stage
from campaigns.rules.schema import RuleSet
from campaigns.selectors import stage_rule
from publicity import policies, selectors
from publicity.models import Award, Notice, NoticeVersion, Poll
from publicity.models_notices import NoticeDraft, NoticeTemplate
from publicity.selectors import Line
from publicity.wording import NoticeWords, notice_defaults
from unions.models import Union

FIELDS: Final = {"title": "标题", "foreword": "正文", "contact": "异议受理方式", "reason": "更正说明"}
"""What the editor asks for, as people read it."""


# --- the editor --------------------------------------------------------------------------------------------------------


def words_of(union: Union) -> NoticeWords:
    """The union's own template, or the built-in one."""
    found = NoticeTemplate.objects.for_union(union).first()
    return NoticeWords(found.title, found.foreword, found.contact) if found else NoticeWords()


@dataclass(frozen=True, slots=True)
class Typed:
    """What the next version says so far, and the revision of it that a window shows."""

    title: str
    foreword: str
    contact: str
    reason: str
    revision: int
    saved_at: datetime | None = None


def typed_of(stage: Stage, last: NoticeVersion | None, *, words: NoticeWords | None = None, people: int = 0) -> Typed:
    """The draft; before anything was typed, the version in force or the template filled in."""
    draft = NoticeDraft.objects.filter(stage=stage).first()
    if draft is not None:
        return Typed(draft.title, draft.foreword, draft.contact, draft.reason, draft.revision, draft.at)
    if last is not None:
        return Typed(last.title, last.foreword, last.contact, "", 0)
    start = notice_defaults(stage, words or words_of(stage.union), people=people)
    return Typed(start["title"], start["foreword"], start["contact"], "", 0)


def touched_since(stage: Stage, revision: int) -> set[str]:
    """The fields of the draft that were changed after a revision."""
    draft = NoticeDraft.objects.filter(stage=stage).first()
    return {name for name, at in draft.touched.items() if at > revision} if draft else set()


def is_unpublished(stage: Stage) -> bool:
    """Whether something was typed for a correction that is not out yet; the draft and the versions were prefetched."""
    draft: NoticeDraft | None = getattr(stage, "notice_draft", None)
    notice: Notice | None = getattr(stage, "notice", None)
    last = notice.in_force if notice else None
    if draft is None or last is None:
        return draft is not None
    return (draft.title, draft.foreword, draft.contact, draft.reason) != (last.title, last.foreword, last.contact, "")


# --- what a correction changed -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One place of a notice that reads differently: what stood there, what stands there, and the pieces of both."""

    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a version changed: its words line by line, people who came or went, and the cells of those who stayed."""

    words: tuple[Change, ...] = ()
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    cells: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    order: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.came or self.went or self.cells or self.order)


def changes(old: NoticeVersion, new: NoticeVersion, before: Sequence[Line], after: Sequence[Line]) -> Changes:
    """Line by line, so that nobody has to compare two notices by eye. People are told apart by their application."""
    was = {line.application_id: line for line in before}
    now = {line.application_id: line for line in after}
    stayed = [line.application_id for line in after if line.application_id in was]
    cells = [(_named(now[id_]), _cells(was[id_], now[id_])) for id_ in stayed]
    return Changes(
        words=tuple(_words(old, new)),
        came=tuple(_named(line) for line in after if line.application_id not in was),
        went=tuple(_named(line) for line in before if line.application_id not in now),
        cells=tuple((name, found) for name, found in cells if found),
        order=stayed != [line.application_id for line in before if line.application_id in now],
    )


def _named(line: Line) -> str:
    """As a reader finds somebody in the list: the name column, else what stands first."""
    return next((text for text, label in line.cells if label == "姓名"), line.cells[0][0])


def _cells(was: Line, now: Line) -> tuple[Change, ...]:
    old, new = ({label: text for text, label in line.cells} for line in (was, now))
    if selectors.ANONYMISED in old.values() or selectors.ANONYMISED in new.values():
        return ()
    labels = dict.fromkeys([*old, *new])
    found = (_change(label, old.get(label, ""), new.get(label, "")) for label in labels)
    return tuple(change for change in found if change)


def _change(label: str, before: str, after: str) -> Change | None:
    return Change(label, before, after, difference(before, after)) if before != after else None


def _words(old: NoticeVersion, new: NoticeVersion) -> Iterable[Change]:
    pairs = [("标题", [old.title], [new.title])]
    pairs += [
        (FIELDS[name], getattr(old, name).splitlines(), getattr(new, name).splitlines())
        for name in ("foreword", "contact")
    ]
    for label, before, after in pairs:
        for was, now in _aligned(before, after):
            if change := _change(label, was, now):
                yield change
    if _days(old) != _days(new):
        # whole: digits of a date that changed one by one read as nonsense
        yield Change("公示时间", _days(old), _days(new), (Piece("out", _days(old)), Piece("in", _days(new))))


def _aligned(before: list[str], after: list[str]) -> Iterable[tuple[str, str]]:
    """Lines against lines, those that stayed the same against themselves."""
    for _what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield from zip_longest(before[a:b], after[c:d], fillvalue="")


def _days(version: NoticeVersion) -> str:
    return f"{version.starts_on:%Y年%-m月%-d日}至{version.ends_on:%Y年%-m月%-d日}"


# --- rounds ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """One of the notices that a campaign puts before the public: which of how many, and its page once it is published."""

    number: int
    of: int
    label: str
    notice_id: int | None
    current: bool

    @property
    def words(self) -> str:
        return f"本活动共有 {self.of} 次公示，这是第 {self.number} 次：{self.label}"


def rounds(stage: Stage) -> list[Round]:
    """The notices of a stage's campaign in their order; empty where there is one only. One query at most."""
    rules = [rule for rule in stage.campaign.rules.stages if rule.kind == "public_notice"]
    if len(rules) < 2:
        return []
    published = dict(Notice.objects.filter(stage__campaign=stage.campaign_id).values_list("stage__key", "pk"))
    own = stage_rule(stage).id
    return [
        Round(number, len(rules), rule.label, published.get(rule.id), rule.id == own)
        for number, rule in enumerate(rules, start=1)
    ]


def inside_words(rules: RuleSet) -> str:
    """That people were shown inside their own unit first, where the rules ask for it: the round before all others."""
    asked = [channel.first for channel in rules.channels]
    asked += [stage.first for stage in rules.stages if stage.kind == "nomination"]
    firsts = [one for one in asked if one is not None]
    if not firsts:
        return ""
    lengths = {one.length for one in firsts}
    length = lengths.pop() if len(lengths) == 1 else None
    days = f"{length.days}{'个工作日' if length.unit == 'working' else '日'}" if length else ""
    return f"由单位推荐的人选，推荐前已在本单位内公示{days}"


# --- the page ----------------------------------------------------------------------------------------------------------


def address(union: Union, path: str) -> str:
    """Where the public finds a page of the union, whatever the visitor came by: feeds and shared links say it."""
    site = settings.SITE_URL.rstrip("/")
    if union.domain:
        scheme = site.partition("://")[0]
        return f"{scheme}://{union.domain}{path}"
    return f"{site}{path}"


def page_of(notice: Notice, shown: NoticeVersion, *, at: datetime) -> dict[str, Any]:
    """Everything that the public page of a version says; nothing in it depends on who reads."""
    versions = list(notice.versions.all())
    lines = selectors.lines_of(shown)
    previous = next((one for one in versions if one.version == shown.version - 1), None)
    changed = changes(previous, shown, selectors.lines_of(previous), lines) if previous else None
    found = rounds(notice.stage)
    return {
        "notice": notice,
        "version": shown,
        "versions": versions,
        "current": shown == notice.in_force,
        "previous": previous,
        "changes": changed,
        "restarted": previous is not None and previous.starts_on != shown.starts_on,
        "rounds": found,
        "inside": inside_words(notice.stage.campaign.rules),
        "round": next((one for one in found if one.current), None),
        "rows": [line.cells for line in lines],
        "caption": caption(shown, len(lines)),
        "summary": summary(shown, len(lines)),
        "may_object": policies.can_object(notice, at=at),
        "image": address(notice.union, static("img/share.png")),
    }


def caption(version: NoticeVersion, count: int) -> str:
    return f"共 {count} 人，{selectors.order_words(column['id'] for column in version.columns)}"


def summary(version: NoticeVersion, count: int) -> str:
    return f"公示期：{_days(version)}，共 {count} 人"


# --- a union's past ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PastCampaign:
    """A campaign in the archive: its notices, its vote, and for how many a title was conferred."""

    campaign: Campaign
    notices: list[Notice]
    polls: list[Poll]
    titled: int


def years(union: Union) -> list[int]:
    """The years in which campaigns were open, the newest first; one query."""
    public = Campaign.objects.for_union(union).public()
    zone = timezone.get_current_timezone()
    return [found.year for found in public.datetimes("opens_at", "year", order="DESC", tzinfo=zone)]


def past(union: Union, year: int) -> list[PastCampaign]:
    """The campaigns of a year with everything the public may read of them; a constant number of queries."""
    campaigns = list(
        Campaign.objects.for_union(union).public().filter(opens_at__year=year).order_by("-opens_at", "-pk")
    )
    titled = dict(
        Award.objects.filter(campaign__in=campaigns)
        .order_by()
        .values_list("campaign")
        .annotate(Count("application", distinct=True))
    )
    notices: dict[int, list[Notice]] = {}
    for notice in selectors.notices(union).filter(stage__campaign__in=campaigns).order_by("stage__position"):
        notices.setdefault(notice.stage.campaign_id, []).append(notice)
    polls: dict[int, list[Poll]] = {}
    for poll in Poll.objects.for_union(union).filter(stage__campaign__in=campaigns).select_related("stage"):
        polls.setdefault(poll.stage.campaign_id, []).append(poll)
    return [
        PastCampaign(one, notices.get(one.pk, []), polls.get(one.pk, []), titled.get(one.pk, 0)) for one in campaigns
    ]

"""What was sent back and what came of it: item by item, before and after, papers side by side. Never writes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from applications import answers as form
from applications import policies, selectors
from applications.models import PHOTO, Application, Return, Submission
from applications.selectors import Frozen, FrozenFile
from applications.states import State
from campaigns.rules import schema
from documents.models import StoredFile


def reason_for(row: Return, item: str) -> str:
    """Why this item came back: its own words, or the common ones."""
    return str(row.reasons.get(item) or row.reason)


def reasons_now(application: Application) -> dict[str, str]:
    """While it is returned: item → what is to be mended. Nothing else is unlocked."""
    row = policies.open_return(application) if application.state == State.RETURNED else None
    return {item: reason_for(row, item) for item in row.items} if row else {}


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a return by its name on the form."""

    id: str
    label: str
    reason: str


def asked(row: Return, application: Application) -> list[Asked]:
    labels = selectors.item_labels(application)
    return [Asked(item, labels.get(item, item), reason_for(row, item)) for item in row.items]


# --- the difference --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stayed (""), went ("out") or came ("in")."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownFile:
    file_id: str
    name: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One item that was asked for: what stood there and what stands there now.

    `hidden`: it did change, but what people may read of a number that identifies somebody looks the same.
    """

    label: str
    reason: str
    changed: bool
    before: str = ""
    after: str = ""
    pieces: tuple[Piece, ...] = ()
    files_before: tuple[ShownFile, ...] = ()
    files_after: tuple[ShownFile, ...] = ()
    hidden: bool = False
    is_paper: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A return that was answered: between which submissions, and item by item."""

    row: Return
    before: Submission
    after: Submission
    changes: tuple[Change, ...]

    @property
    def untouched(self) -> list[str]:
        return [change.label for change in self.changes if not change.changed]


def corrections(application: Application) -> list[Correction]:
    """Every answered return, the newest first: two submissions are opened for each, and the files looked up once."""
    answered = [row for row in application.returns.all() if row.answered_at is not None]
    if not answered:
        return []
    by_version = {one.version: one for one in application.submissions.all()}
    pairs = []
    for row in answered:
        before, after = by_version.get(row.version), by_version.get(row.version + 1)
        if before and after:
            pairs.append((row, before, after))
    opened: dict[int, Frozen] = {}
    for _row, *two in pairs:
        for submission in two:
            submission.application = application
            opened.setdefault(submission.pk, selectors.frozen(submission))
    gone = _gone(file for one in opened.values() for file in one.materials)
    found = [
        Correction(row, before, after, _changes(row, application, opened[before.pk], opened[after.pk], gone))
        for row, before, after in pairs
    ]
    return found[::-1]


def _gone(files: Iterable[FrozenFile]) -> frozenset[str]:
    ids = {file.file_id for file in files}
    rows = StoredFile.objects.filter(pk__in=ids, erased_at__isnull=False).values_list("pk", flat=True) if ids else ()
    return frozenset(str(pk) for pk in rows)


def _changes(
    row: Return, application: Application, before: Frozen, after: Frozen, gone: frozenset[str]
) -> tuple[Change, ...]:
    rules = application.campaign.rules
    fields = {PHOTO if isinstance(item, schema.PhotoField) else item.id: item for item in rules.fields()}
    found = []
    for item in asked(row, application):
        field = fields.get(item.id)
        if field is None or isinstance(field, schema.PhotoField):
            found.append(_paper(item, before, after, gone))
        else:
            found.append(_field(item, field, rules, before, after))
    return tuple(found)


def _field(item: Asked, field: schema.FormField, rules: schema.RuleSet, before: Frozen, after: Frozen) -> Change:
    old, new = (one.answers.get(field.id) for one in (before, after))
    changed = old != new
    shown_old, shown_new = form.display_masked(field, old, rules), form.display_masked(field, new, rules)
    return Change(
        item.label,
        item.reason,
        changed,
        shown_old,
        shown_new,
        pieces=difference(shown_old, shown_new) if changed else (),
        hidden=changed and shown_old == shown_new,
    )


def _paper(item: Asked, before: Frozen, after: Frozen, gone: frozenset[str]) -> Change:
    old, new = ([file for file in one.materials if file.slot == item.id] for one in (before, after))
    return Change(
        item.label,
        item.reason,
        changed=[file.sha256 for file in old] != [file.sha256 for file in new],
        files_before=tuple(ShownFile(file.file_id, file.name, file.file_id in gone) for file in old),
        files_after=tuple(ShownFile(file.file_id, file.name, file.file_id in gone) for file in new),
        is_paper=True,
    )


_CLAUSE: Final = re.compile(r"[^，。；：、！？\n]*[，。；：、！？\n]?")
_FINE: Final = 400
"""字: up to here a difference is told by the character, beyond by the clause, which stays quick for the longest deeds."""


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """What went and what came, in reading order."""
    fine = len(before) <= _FINE and len(after) <= _FINE
    old, new = ((list(text) if fine else [part for part in _CLAUSE.findall(text) if part]) for text in (before, after))
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("", "".join(old[a:b])))
            continue
        if a < b:
            pieces.append(Piece("out", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("in", "".join(new[c:d])))
    return tuple(pieces)

"""The scoring room: sheets in progress, honours verified, and what is fixed when the scoring ends."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications.models import Application
from review import policies, quantitative, selectors_scoring
from review.models import Panel, PanelSeat, Score
from review.models_scoring import CountedHonours, HonourCheck, SheetDraft
from review.selectors_scoring import Draft
from review.services.seating import lock_seat, require_mine, rule_of
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused

LONGEST: Final = 4000
"""Characters one answer of a draft may have, as the form allows for a comment."""


class Outdated(Refused):
    """What was to be saved is older than what is there; `current` is the draft that stays, if one does."""

    def __init__(self, words: str, current: Draft | None) -> None:
        super().__init__(words)
        self.current = current


# --- sheets in progress -----------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    seat: PanelSeat,
    application: Application,
    *,
    values: Mapping[str, str],
    revision: int,
    version: int,
    actor: Member,
    at: datetime,
) -> Draft:
    """Keep what an expert has typed so far, right or not. It counts for nothing until the sheet is handed in.

    `revision` and `version` are what the page has shown: a page that is behind never writes over a newer draft or beside a
    newer sheet. The same save sent twice changes nothing. The log says that something was kept, and nothing of what.
    """
    seat = lock_seat(seat)
    policies.can_score_case(actor, seat, at=at).require()
    require_mine(seat, application)
    typed = _typed(values, {item.id for item in rule_of(seat.panel.stage).criteria})
    found = SheetDraft.objects.filter(seat=seat, application=application).select_related("key").first()
    current = selectors_scoring.opened(found) if found else None
    if current is not None and current.values == typed and current.version == version:
        return current
    if version != Score.objects.filter(seat=seat, application=application).count():
        raise Outdated("这份评分在别的窗口已经交过新的，没有覆盖。请刷新页面后再改", current)
    if current is not None and current.revision != revision:
        raise Outdated("这份评分在别的窗口改过，没有覆盖。请刷新页面，看到最新内容后再改", current)
    if found is None:
        row = SheetDraft(
            union_id=seat.union_id,
            seat=seat,
            application=application,
            key=vault.new_key(seat.panel.stage.union, at=at),
        )
    else:
        row = found
        row.revision += 1
    row.sealed = vault.seal(row.key, json.dumps(typed, ensure_ascii=False))
    row.version, row.saved_at = version, at
    row.save()
    entry = {"seat": seat.pk, "application": application.pk, "revision": row.revision}
    audit.record("case.draft_saved", row, actor=actor, at=at, after=entry)
    return selectors_scoring.opened(row)


def _typed(values: Mapping[str, str], criteria: set[str]) -> dict[str, str]:
    """What a sheet asks, and nothing else; empty answers are left out."""
    asked = {*(f"points-{id_}" for id_ in criteria), "grade", "comment"}
    kept = {name: text for name, text in values.items() if name in asked and text.strip()}
    if any(len(text) > LONGEST for text in kept.values()):
        raise Refused(f"评语至多 {LONGEST} 字，请删短后再保存")
    return kept


def forget_drafts(rows: Iterable[SheetDraft]) -> None:
    """The drafts and their keys go: a sheet was handed in, or the scoring has ended."""
    for row in rows:
        row.delete()
        row.key.delete()


# --- honours ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def verify_honour(
    application: Application, *, key: str, holds: bool, reason: str, actor: Member, at: datetime
) -> HonourCheck:
    """The office's word on one stated honour or fact. A later one supersedes, until a panel that counts it has closed."""
    application = (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign", "person__key", "union")
        .get(pk=application.pk)
    )
    policies.can_verify_honour(actor, application, at=at).require()
    claim = next((one for one in selectors_scoring.claims_of(application) if one.key == key), None)
    if claim is None:
        raise Refused("申报表上已没有这一项，可能已补正。请刷新页面后核实")
    if not holds and not reason.strip():
        raise Refused("不予计分的，请写明理由")
    before = claim.check
    check = HonourCheck.objects.create(
        union_id=application.union_id,
        application=application,
        field=claim.field,
        entry=claim.entry,
        holds=holds,
        reason=reason.strip(),
        revision=0 if before is None else before.revision + 1,
        at=at,
        by=actor,
    )
    audit.record(
        "honour.verified",
        application,
        actor=actor,
        at=at,
        before=None if before is None else {"holds": before.holds},
        after={"field": claim.field, "entry": claim.entry, "holds": holds},
        reason=reason.strip(),
        rows=[check],
    )
    return check


def fix_counted(panel: Panel, cases: Sequence[Application], *, at: datetime) -> list[CountedHonours]:
    """Keep what the quantitative part of each case is looked up from; when the scoring ends."""
    part = selectors_scoring.part_of(rule_of(panel.stage), panel.stage.campaign)
    if part is None:
        return []
    entries = selectors_scoring.entries_of(panel, cases)
    return CountedHonours.objects.bulk_create(
        CountedHonours(
            union_id=panel.union_id,
            panel=panel,
            application=case,
            entries=sorted((entry.plain for entry in entries[case.pk]), key=json.dumps),
            points=quantitative.compute(part, entries[case.pk]).points,
            at=at,
        )
        for case in cases
    )

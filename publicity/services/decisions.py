"""The conferring decision: its words drafted by the office, frozen with the list under one digest when it is issued."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from campaigns.models import Campaign
from publicity import selectors
from publicity.models_ledger import Decision, DecisionDraft, DecisionLine
from publicity.policies_ledger import can_write_decision
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused


@dataclass(frozen=True, slots=True)
class DecisionText:
    """What the office writes; who stands on the list it does not."""

    title: str
    body: str
    signature: str
    dated: date
    document_number: str = ""

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "title": self.title.strip(),
            "document_number": self.document_number.strip(),
            "body": "\n".join(line.strip() for line in self.body.splitlines() if line.strip()),
            "signature": self.signature.strip(),
            "dated": self.dated,
        }


def _lock(campaign: Campaign) -> Campaign:
    rows = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("union")
    return rows.get(pk=campaign.pk)


@transaction.atomic
def save_decision(
    campaign: Campaign, text: DecisionText, *, revision: int, actor: Member, at: datetime
) -> DecisionDraft:
    """Keep the draft. `revision` is the one the page had shown: nobody writes over what another saved meanwhile."""
    campaign = _lock(campaign)
    can_write_decision(actor, campaign, at=at).require()
    draft = DecisionDraft.objects.filter(campaign=campaign).first()
    if draft is not None and draft.plain == text.plain:
        return draft
    if (draft.revision if draft else 0) != revision:
        raise Refused("其他工作人员刚刚改过这份决定。您的文字还在下面，请另开一页看过最新稿后再保存")
    draft = draft or DecisionDraft(union=campaign.union, campaign=campaign, revision=0)
    for name, value in text.plain.items():
        setattr(draft, name, value)
    draft.revision, draft.at, draft.by = revision + 1, at, actor
    draft.save()
    audit.record("decision.drafted", draft, actor=actor, at=at, after={"revision": draft.revision})
    return draft


@transaction.atomic
def issue_decision(campaign: Campaign, *, revision: int, actor: Member, at: datetime, reason: str = "") -> Decision:
    """Freeze the draft with everybody who holds a title now. A further version says what was corrected.

    Clicked twice it is issued once: the draft is used up, and goes.
    """
    campaign = _lock(campaign)
    can_write_decision(actor, campaign, at=at).require()
    draft = DecisionDraft.objects.filter(campaign=campaign).first()
    last = Decision.objects.filter(campaign=campaign).last()
    if draft is None:
        if last is None:
            raise Refused("请先写好决定、看过预览，再签发")
        return last
    if draft.revision != revision:
        raise Refused("预览之后决定又有改动，请重新预览后再签发")
    if last is not None and not reason.strip():
        raise Refused("已签发过一版，请写明这次更正了什么")
    holding = [row for row in selectors.results(campaign) if row.holds]
    if not holding:
        raise Refused("没有仍持有称号的人，不能签发")
    version = last.version + 1 if last else 1
    given = draft.plain
    sealed = [_sealed(row.award, row.name, row.employer) for row in holding]
    made = Decision.objects.create(
        union=campaign.union,
        campaign=campaign,
        version=version,
        reason=reason.strip() if last else "",
        sha256=digest(given, version, reason.strip() if last else "", [(a, d) for a, _, d in sealed]),
        at=at,
        by=actor,
        **given,
    )
    lines = DecisionLine.objects.bulk_create(
        DecisionLine(union=campaign.union, decision=made, position=n, award_id=award, sealed=text, digest=mark)
        for n, (award, text, mark) in enumerate(sealed, start=1)
    )
    draft.delete()
    audit.record(
        "decision.issued",
        made,
        actor=actor,
        at=at,
        after={"sha256": made.sha256, "version": version, "people": len(lines)},
        reason=made.reason,
        rows=lines,
    )
    return made


def _sealed(award: Any, name: str, employer: str) -> tuple[int, str, str]:
    key = award.application.person.key
    if key is None:
        raise Refused("名单中有人的个人信息已按规定删除，不能再签发决定")
    text = json.dumps([name, employer], ensure_ascii=False)
    return award.pk, vault.seal(key, text), vault.digest(key, text)


def digest(given: dict[str, Any], version: int, reason: str, lines: Sequence[tuple[int, str]]) -> str:
    """What a decision commits to: its words and who stands on it. The archive computes the same."""
    content = {**given, "dated": given["dated"].isoformat(), "version": version, "reason": reason}
    return hashlib.sha256(audit.canonical({**content, "lines": [list(line) for line in lines]})).hexdigest()

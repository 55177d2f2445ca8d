"""One person, one application: the office decides which of several goes on, and through which channel it counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications import ending, policies, selectors, selectors_twins
from applications.models import Application, Merging, Recommendation, Source
from applications.services import persons
from applications.services.endorsements import require_quota
from applications.services.intake import file_with_office, locked, locked_campaign, move
from applications.states import Endorsement, State
from campaigns.models import Campaign
from unions import audit
from unions.models import Member
from unions.permits import Refused

JOINED: Final = "本人接受推荐时已有一份申报，推荐一并记录"


@transaction.atomic
def merge_applications(
    kept: Application, ended: Iterable[Application], *, source: Source, reason: str, actor: Member, at: datetime
) -> Application:
    """End all but one of a person's applications. The one kept stays as it was handed in and takes over the sources.

    `source` is the one that counts from now on, with its channel and unit. What the others said stays readable in them.
    """
    campaign = locked_campaign(kept.campaign_id)
    by_pk = {row.pk: row for row in (kept, *ended)}
    rows = [locked(by_pk[pk], campaign=campaign) for pk in sorted(by_pk)]
    kept = next(row for row in rows if row.pk == kept.pk)
    others = [row for row in rows if row.pk != kept.pk]
    policies.can_merge(actor, kept, others, at=at).require()
    if not reason.strip():
        raise Refused("请写明这样合并的理由")
    if stays := next((words for row in others if (words := ending.why_it_must_go_on(row))), ""):
        raise Refused(stays)
    if not selectors_twins.sources_of(rows).filter(pk=source.pk).exists():
        raise Refused("请从这几份申报的来源中选择按哪一个计")
    for row in others:
        _end(row, kept, source=source, reason=reason.strip(), actor=actor, at=at)
    persons.settle(kept, others)
    _count_as(kept, source, campaign, among=rows, reason=reason.strip(), actor=actor, at=at)
    return kept


@transaction.atomic
def choose_source(application: Application, *, source: Source, reason: str, actor: Member, at: datetime) -> Application:
    """Count an application through another of its sources, after a nomination was added to it."""
    campaign = locked_campaign(application.campaign_id)
    application = locked(application, campaign=campaign)
    policies.can_choose_source(actor, application, at=at).require()
    if not reason.strip():
        raise Refused("请写明改按这个来源计的理由")
    if not selectors_twins.sources_of([application]).filter(pk=source.pk).exists():
        raise Refused("请从这份申报的来源中选择")
    among = [application, *Application.objects.filter(merged_into=application)]
    _count_as(application, source, campaign, among=among, reason=reason.strip(), actor=actor, at=at)
    return application


def join_nomination(own: Application, nomination: Application, *, actor: Member, at: datetime) -> Application:
    """The person named applies already: the nomination ends in their own application and stays among its sources.

    The caller has locked the nomination and found that the actor may accept it.
    """
    own = locked(own)
    source = next(line.source for line in selectors_twins.lines_of(own, own.sources.all()) if line.own)
    _end(nomination, own, source=source, reason=JOINED, actor=actor, at=at)
    return own


def _end(
    application: Application, kept: Application, *, source: Source, reason: str, actor: Member, at: datetime
) -> None:
    before = move(application, State.MERGED)
    application.merged_into, application.claim_digest = kept, ""
    application.save(update_fields=["state", "merged_into", "claim_digest"])
    Application.objects.filter(merged_into=application).update(merged_into=kept)
    merging = Merging.objects.create(
        union=kept.union, ended=application, kept=kept, source=source, reason=reason, at=at, by=actor
    )
    audit.record(
        "application.merged",
        application,
        actor=actor,
        at=at,
        before={"state": before, "number": application.number},
        after={"state": State.MERGED, "into": kept.pk},
        reason=reason,
        rows=[merging],
    )


def _count_as(
    kept: Application,
    source: Source,
    campaign: Campaign,
    *,
    among: Sequence[Application],
    reason: str,
    actor: Member,
    at: datetime,
) -> None:
    """Give the application the channel and unit of a source; a unit's word on another of the person's comes along."""
    if (source.channel, source.unit_id) == (kept.channel, kept.unit_id):
        return
    before = {"channel": kept.channel, "unit": kept.unit_id, "state": kept.state, "number": kept.number}
    kept.channel, kept.unit = source.channel, source.unit
    word = _endorsed(kept, among)
    if kept.unit is not None and word is None and kept.number:
        raise Refused(
            f"{kept.unit.name}还没有对这位申报人提出推荐意见，不能按该单位推荐计；请按另一个来源计，或者等该单位推荐之后再办理"
        )
    if word is not None:
        require_quota(kept, reason)
        _carry(word, kept)
    if kept.state == State.AWAITING_UNIT and (kept.unit is None or word is not None):
        move(kept, State.SUBMITTED)
        file_with_office(kept, campaign, at=at)
    kept.save(update_fields=["channel", "unit", "state", "number", "submitted_at"])
    audit.record(
        "application.source_chosen",
        kept,
        actor=actor,
        at=at,
        before=before,
        after={
            "channel": kept.channel,
            "unit": kept.unit_id,
            "state": kept.state,
            "number": kept.number,
            "source": source.pk,
        },
        reason=reason,
    )


def _endorsed(kept: Application, among: Sequence[Application]) -> Recommendation | None:
    """What the unit said last of this person, if it was yes."""
    if kept.unit is None:
        return None
    last = Recommendation.objects.filter(application__in=among, unit=kept.unit).last()
    return last if last is not None and last.decision == Endorsement.ENDORSED else None


def _carry(word: Recommendation, kept: Application) -> None:
    """The unit's word, with the day on which it was said."""
    if word.application_id == kept.pk:
        return
    last = selectors.latest_submission(kept)
    Recommendation.objects.create(
        union=kept.union,
        application=kept,
        unit=word.unit,
        decision=word.decision,
        opinion=word.opinion,
        authority=word.authority,
        authority_agreed_on=word.authority_agreed_on,
        quota_reason=word.quota_reason,
        submission_version=last.version if last else 0,
        carried_from=word,
        at=word.at,
        by=word.by,
    )

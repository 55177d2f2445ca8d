"""What the leading group resolves: panels, lists, the final approval within the quota."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import Body, Meeting
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from review import policies, selectors
from review.models import Outcome, Resolution
from review.motions import SHARE_WORDS, reaches
from review.places import Count, departed
from review.ranking import departures
from review.scopes import Given, scopes, settled
from review.services.outcomes import write_outcome
from review.services.stages import CONFIRMING, list_missing, lock_places, lock_stage
from review.states import PASSING, Resolved, Subject, Verdict
from unions import audit
from unions.models import Member
from unions.permits import Refused
from unions.states import Role


@dataclass(frozen=True, slots=True)
class Minutes:
    """What the minutes of a meeting say; a secret ballot leaves nothing but its figures.

    `called`: how many of the group a meeting of this product called, which then has counted quorum and majority itself,
    person by person; without it they are counted here, on the whole group.
    """

    met_on: date
    present: int
    in_favour: int
    text: str
    called: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a resolution says about one person; `rank` only where the group may order the list.

    `category` and `tier` say in which the title is given; left out, it is the only one the person applied for.
    """

    application: Application
    decision: Resolved
    reason: str = ""
    rank: int | None = None
    category: str = ""
    tier: str = ""


def record_resolution(
    stage: Stage,
    *,
    subject: Subject,
    meeting: Meeting,
    body: Body,
    minutes: Minutes,
    decisions: Sequence[dict[str, Any]],
    reason: str,
    actor: Member,
    at: datetime,
) -> Resolution:
    """Add the row once quorum and majority hold; the verbs that call it lock before and record after.

    The quorum is counted on the leading group's members; another body's own size is not known here.
    """
    if minutes.met_on > timezone.localdate(at):
        raise Refused("会议日期不能晚于今天")
    if not minutes.text.strip():
        raise Refused("请填写决议内容")
    members = _counted(stage, meeting, body, minutes) if minutes.called is None else minutes.called
    return Resolution.objects.create(
        union_id=stage.union_id,
        campaign_id=stage.campaign_id,
        stage=stage,
        subject=subject,
        met_on=minutes.met_on,
        members=members,
        present=minutes.present,
        in_favour=minutes.in_favour,
        text=minutes.text.strip(),
        decisions=list(decisions),
        reason=reason.strip(),
        at=at,
        by=actor,
    )


def _counted(stage: Stage, meeting: Meeting, body: Body, minutes: Minutes) -> int:
    """How many members the group has, once quorum and majority hold; nought for a body whose size is not known."""
    if not 1 <= minutes.in_favour <= minutes.present:
        raise Refused("同意人数应在 1 到出席人数之间")
    members = 0
    if body == "leading_group":
        members = Member.objects.for_union(stage.union).active().filter(role=Role.LEADER).count()
        if minutes.present > members:
            raise Refused(f"出席人数不能超过领导小组人数（{members} 人）")
        if not reaches(minutes.present, members, meeting.quorum):
            raise Refused(f"出席 {minutes.present} 人，未达到应到 {members} 人的{SHARE_WORDS[meeting.quorum]}")
    if not reaches(minutes.in_favour, minutes.present, meeting.majority):
        raise Refused(f"同意 {minutes.in_favour} 人，未达到出席 {minutes.present} 人的{SHARE_WORDS[meeting.majority]}")
    return members


def record_panel_approval(
    stage: Stage, *, experts: Iterable[int], minutes: Minutes, actor: Member, at: datetime
) -> Resolution:
    """The approval of a panel's names; `panels.approve_panel` is the verb."""
    rule = stage_rule(stage)
    return record_resolution(
        stage,
        subject=Subject.PANEL,
        meeting=selectors.meeting_of(rule),
        body=getattr(rule, "panel").approved_by or "leading_group",  # noqa: B009 - an expert review by policy
        minutes=minutes,
        decisions=[{"expert": expert} for expert in experts],
        reason="",
        actor=actor,
        at=at,
    )


@transaction.atomic
def confirm_list(stage: Stage, *, minutes: Minutes, actor: Member, at: datetime) -> Resolution:
    """Confirm the list that a stage has made (确认入围名单), where its rule wants that before the list counts."""
    stage = lock_stage(stage)
    policies.can_pass_resolution(actor, stage.campaign, at=at).require()
    rule = stage_rule(stage)
    if rule.confirmed_by not in CONFIRMING:
        raise Refused(f"“{stage.label}”的名单不需另行确认")
    if stage.state != StageState.OPEN:
        raise Refused(f"“{stage.label}”{StageState(stage.state).label}，环节进行中才能确认名单")
    missing = list_missing(stage, at=at)
    if missing:
        raise Refused(f"名单尚未形成：{'；'.join(missing)}")
    broken = departed(selectors.foreseen_counts(stage), "must")
    if broken:
        raise Refused(f"名单不合规定，不能确认：{'；'.join(one.words for one in broken)}")
    passers = sorted(selectors.proposed_passers(stage))
    resolution = record_resolution(
        stage,
        subject=Subject.LIST,
        meeting=selectors.meeting_of(rule),
        body=rule.confirmed_by,
        minutes=minutes,
        decisions=[{"application": id_, "decision": Resolved.CONFIRM, "rank": None, "reason": ""} for id_ in passers],
        reason="",
        actor=actor,
        at=at,
    )
    audit.record("list.confirmed", resolution, actor=actor, at=at, after={"stage": stage.pk, "applications": passers})
    return resolution


@transaction.atomic
def pass_resolution(
    stage: Stage,
    *,
    choices: Sequence[Choice],
    minutes: Minutes,
    actor: Member,
    at: datetime,
    reason: str = "",
    correcting: bool = False,
) -> Resolution:
    """Decide on people in a committee stage or the final approval; outcomes follow at once.

    The locks make concurrent clicks wait for each other, so that places are counted on what stands: the campaign's for its
    own quota, categories and tiers, the union's for a programme that other campaigns share. `reason` is for departing from a
    *should*; leaving somebody out who was ranked before somebody confirmed wants that person's
    own reason. `correcting` supersedes outcomes that an earlier resolution gave, each with its reason.
    """
    stage = lock_places(stage) if stage.kind == "final_approval" else lock_stage(stage)
    policies.can_pass_resolution(actor, stage.campaign, at=at).require()
    if stage.kind not in policies.RESOLVED:
        raise Refused(f"“{stage.label}”不由决议作出结论")
    if stage.state != StageState.OPEN:
        raise Refused(f"“{stage.label}”{StageState(stage.state).label}，环节进行中才能作出决议")
    before = {row.application_id: row for row in Outcome.objects.standing().filter(stage=stage)}
    _check_choices(stage, choices, before, actor=actor, correcting=correcting)
    given = _given(stage, choices, before)
    _require_places(stage, choices, given, set(before), reason)
    rule = stage_rule(stage)
    resolution = record_resolution(
        stage,
        subject=Subject.FINAL if stage.kind == "final_approval" else Subject.LIST,
        meeting=selectors.meeting_of(rule),
        body=rule.by,
        minutes=minutes,
        decisions=[
            {
                "application": choice.application.pk,
                "decision": choice.decision,
                "rank": choice.rank,
                **said_of(given.get(choice.application.pk, Given())),
                "reason": choice.reason.strip(),
            }
            for choice in choices
        ],
        reason=reason,
        actor=actor,
        at=at,
    )
    outcomes = _write(stage, choices, given, before, resolution, actor=actor, at=at)
    audit.record(
        "resolution.passed",
        resolution,
        actor=actor,
        at=at,
        after={
            "stage": stage.pk,
            "confirmed": [c.application.pk for c in choices if c.decision == Resolved.CONFIRM],
            **({"given": [[pk, one.category, one.tier] for pk, one in given.items()]} if given else {}),
            "struck": [c.application.pk for c in choices if c.decision == Resolved.STRIKE],
            "superseded": [before[c.application.pk].pk for c in choices if c.application.pk in before],
        },
        reason=reason.strip(),
        rows=outcomes,
    )
    return resolution


def _check_choices(
    stage: Stage, choices: Sequence[Choice], before: dict[int, Outcome], *, actor: Member, correcting: bool
) -> None:
    if not choices:
        raise Refused("决议没有涉及任何人选")
    if len({choice.application.pk for choice in choices}) != len(choices):
        raise Refused("同一人选在决议中出现了两次")
    standing = {application.pk: application for application in selectors.entrants(stage).select_related("person")}
    looked_into = set(selectors.under_investigation(stage).values_list("pk", flat=True))
    may = selectors.may_in_committee(stage)
    for choice in choices:
        application = standing.get(choice.application.pk)
        if application is None:
            raise Refused(f"{choice.application.name}不在“{stage.label}”的人选中")
        if policies.is_own(actor, application):
            raise Refused("决议涉及本人申报，应当回避，请由其他成员记录")
        _check_one(choice, may, looked_into)
        if (application.pk in before) != correcting:
            known = "已有决议，如需改变请作为更正决议" if not correcting else "还没有决议，不能更正"
            raise Refused(f"{application.name}{known}")
        if correcting and not choice.reason.strip():
            raise Refused(f"请写明更正{application.name}结论的理由")
    _check_order(choices, before, may)
    _check_departures(stage, choices, before)


def _check_one(choice: Choice, may: frozenset[str], looked_into: set[int]) -> None:
    name = choice.application.name
    if choice.decision == Resolved.STRIKE:
        if "strike" not in may:
            raise Refused("规则没有授权在本环节去除人选")
        if not choice.reason.strip():
            raise Refused(f"请写明不予通过{name}的理由")
    elif choice.application.pk in looked_into:
        raise Refused(f"{name}正在核查，有结论后才能通过")


def _check_order(choices: Sequence[Choice], before: dict[int, Outcome], may: frozenset[str]) -> None:
    """Where the group orders the list it orders all of it: no two people share a place."""
    ranks = [choice.rank for choice in choices if choice.decision == Resolved.CONFIRM]
    given = [rank for rank in ranks if rank is not None]
    if not given:
        return
    if "order" not in may:
        raise Refused("规则没有授权在本环节排定名次")
    deciding = {choice.application.pk for choice in choices}
    taken = {row.rank for row in before.values() if row.application_id not in deciding and row.rank is not None}
    if len(given) != len(ranks) or len(set(given)) != len(given) or taken & set(given) or min(given) < 1:
        raise Refused("排定名次时，每名通过的人选都要有名次，且不得重复")


def _check_departures(stage: Stage, choices: Sequence[Choice], before: dict[int, Outcome]) -> None:
    """Somebody ranked higher is left out: either their strike or the confirmation of the lower one carries a reason.

    People whom different stages ranked, each for its own category, are not compared with each other.
    """
    ranks, lanes = selectors.ranks_into(stage), selectors.lanes_into(stage)
    deciding = {choice.application.pk for choice in choices}
    unexplained = [
        choice.application.pk for choice in choices if choice.decision == Resolved.CONFIRM and not choice.reason.strip()
    ]
    settled = deciding | set(before)
    waiting = list(selectors.entrants(stage).exclude(pk__in=settled).values_list("pk", flat=True))
    skipped = [
        id_
        for lane in dict.fromkeys(lanes.get(id_) for id_ in unexplained)
        for id_ in departures(
            [one for one in unexplained if lanes.get(one) == lane],
            [one for one in waiting if lanes.get(one) == lane],
            ranks,
        )
    ]
    if skipped:
        listed = _ranked(skipped, ranks)
        raise Refused(f"排名在前的人选没有列入决议：{listed}。请对其作出结论并说明理由，或为越过其通过的人选说明理由")


def _ranked(ids: Sequence[int], ranks: Mapping[int, int]) -> str:
    names = selectors.names_of(ids)
    return "、".join(f"{names[id_]}（第 {ranks[id_]} 名）" for id_ in ids[:10])


# --- places ----------------------------------------------------------------------------------------------------------


def _given(stage: Stage, choices: Sequence[Choice], before: Mapping[int, Outcome]) -> dict[int, Given]:
    """In which category and tier each confirmed person gets the title; refused while that is not clear."""
    rules = stage.campaign.rules
    if stage.kind != "final_approval" or not rules.scopes:
        return {}
    confirmed = [choice for choice in choices if choice.decision == Resolved.CONFIRM]
    standing = scopes(stage.campaign, stage_rule(stage), [choice.application.pk for choice in confirmed])
    given = {}
    for choice in confirmed:
        scope = standing[choice.application.pk]
        given[choice.application.pk] = settled(rules, scope, Given(choice.category, choice.tier))
        check_given(stage, choice, scope, given[choice.application.pk])
    _check_top_tiers(stage, confirmed, given, before)
    return given


def said_of(given: Given) -> dict[str, str]:
    """What the row of a resolution keeps of it."""
    return {key: id_ for key, id_ in (("category", given.category), ("tier", given.tier)) if id_}


def check_given(stage: Stage, choice: Choice, scope: frozenset[str], given: Given) -> None:
    """A title is given in one category of those applied for, and in one tier.

    Another tier than was applied for needs that person's reason; one with conditions of its own cannot be given to somebody
    whom nobody ever held against them.
    """
    rules, name = stage.campaign.rules, choice.application.name
    categories = {item.id: item.label for item in rules.categories}
    tiers = {item.id: item.label for item in rules.tiers}
    if given.category and given.category not in (scope & set(categories) or categories):
        raise Refused(f"{name}没有申报“{categories.get(given.category, given.category)}”，不能按该类别通过")
    if not given.category and scope & set(categories):
        raise Refused(f"{name}申报了多个类别，请选定按哪一个类别通过")
    if tiers and given.tier not in tiers:
        raise Refused(f"请为{name}选定等次")
    asked = scope & set(tiers)
    if not asked or given.tier in asked:
        return
    if any(given.tier in rule.only_for for rule in (*rules.rules, *rules.stages)):
        raise Refused(f"{name}没有申报“{tiers[given.tier]}”，该等次另有条件，不能按该等次通过")
    if not choice.reason.strip():
        raise Refused(f"{name}没有申报“{tiers[given.tier]}”，按该等次通过须写明理由")


def _check_top_tiers(
    stage: Stage, confirmed: Sequence[Choice], given: Mapping[int, Given], before: Mapping[int, Outcome]
) -> None:
    """A tier for the first so many is not given past somebody ranked higher who gets a lower one, unless with a reason."""
    ranks, rules = selectors.ranks_into(stage), stage.campaign.rules
    held = {id_: row.tier for id_, row in before.items() if row.verdict in PASSING}
    held |= {id_: said.tier for id_, said in given.items()}
    order = {tier.id: tier.order for tier in rules.tiers}
    silent = {choice.application.pk for choice in confirmed if not choice.reason.strip()}
    for tier in rules.tiers:
        if tier.rule != "top":
            continue
        lower = [id_ for id_, own in held.items() if order.get(own, 0) > tier.order]
        skipped = departures([id_ for id_ in silent if held[id_] == tier.id], lower, ranks)
        if skipped:
            raise Refused(
                f"“{tier.label}”按名次在前的授予，排名在前而等次较低：{_ranked(skipped, ranks)}。"
                "请调整等次，或为越过其授予的人选说明理由"
            )


def _require_places(
    stage: Stage, choices: Sequence[Choice], given: Mapping[int, Given], before: set[int], reason: str
) -> None:
    """Every bound of the rules, counted under the lock on what stands besides this decision.

    As long as somebody is left undecided only those that nobody to come could mend.
    """
    deciding = {choice.application.pk for choice in choices}
    confirms = {choice.application.pk for choice in choices if choice.decision == Resolved.CONFIRM}
    field = selectors.field_of(stage)
    others = set(field.standing) - deciding
    whole = not selectors.entrants(stage).exclude(pk__in=deciding | before).exists()
    counts = field.counts(others | confirms, given=given)
    said = f"已通过 {len(others)} 名，本次通过 {len(confirms)} 名"
    require_counts(counts, said, reason, whole=whole)


def require_counts(counts: Sequence[Count], said: str, reason: str, *, whole: bool) -> None:
    """A *must* refuses, a *should* wants its reason in writing."""
    broken = departed(counts, "must", whole=whole)
    if broken:
        raise Refused(f"{said}。{'；'.join(one.words for one in broken)}")
    loose = departed(counts, "should", whole=whole)
    if loose and not reason.strip():
        raise Refused(f"{said}。{'；'.join(one.words for one in loose)}。须书面说明理由")


def require_refill(
    stage: Stage, application: Application, lost: Application, *, reason: str, category: str, tier: str
) -> Given:
    """Whether this person may take the place that somebody lost; returns in which category and tier.

    A *must* that holds may not be broken by it. One that the loss itself broke (a share of women, say) is no bar to whoever
    brings it nearer, else no such place could ever be filled.
    """
    rules, given = stage.campaign.rules, Given()
    if stage.kind == "final_approval" and rules.scopes:
        held = selectors.current_outcome(lost, stage)
        assert held is not None  # the place is the one that this outcome gave
        scope = scopes(stage.campaign, stage_rule(stage), [application.pk])[application.pk]
        own = held.category if held.category in scope else ""
        given = settled(rules, scope, Given(category or own, tier or held.tier))
        check_given(stage, Choice(application, Resolved.CONFIRM, reason), scope, given)
    field = selectors.field_of(stage)
    others = set(field.standing)
    earlier = {one.key: one.gap for one in field.counts()}
    counts = field.counts({*others, application.pk}, given={application.pk: given})
    worse = [one for one in counts if one.lasting or one.gap >= earlier.get(one.key, 0)]
    require_counts(worse, f"已通过 {len(others)} 名，递补 1 名", reason, whole=True)
    return given


def _write(
    stage: Stage,
    choices: Sequence[Choice],
    given: Mapping[int, Given],
    before: dict[int, Outcome],
    resolution: Resolution,
    *,
    actor: Member,
    at: datetime,
) -> list[Outcome]:
    ranks, rows = selectors.ranks_into(stage), []
    for choice in choices:
        confirmed = choice.decision == Resolved.CONFIRM
        reason = choice.reason.strip()
        row = write_outcome(
            stage,
            choice.application,
            verdict=_verdict(confirmed=confirmed, reason=reason),
            reason=reason or f"{resolution.met_on:%Y年%-m月%-d日}会议决议通过",
            rank=choice.rank if choice.rank is not None else ranks.get(choice.application.pk),
            category=given.get(choice.application.pk, Given()).category,
            tier=given.get(choice.application.pk, Given()).tier,
            resolution=resolution,
            supersedes=before.get(choice.application.pk),
            actor=actor,
            at=at,
        )
        rows.append(row)
    return rows


def _verdict(*, confirmed: bool, reason: str) -> Verdict:
    if not confirmed:
        return Verdict.NOT_SELECTED
    return Verdict.PASSED_WITH_REASON if reason else Verdict.PASSED

"""The leading group: what waits for it, and the resolutions it records. The supervisor reads along."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Application
from campaigns.models import Campaign, Stage
from campaigns.selectors import stage_rule
from review import desk, desk_meetings, policies, selectors, selectors_meetings
from review.forms import ChoiceRow, MinutesForm, Parts, PlaceForm, ResolutionForm, minutes_initial
from review.models import Investigation
from review.motions import SHARE_WORDS
from review.pages import Ask, address, ask, get_stage, posted
from review.scopes import Given
from review.services import investigations, panels, resolutions
from review.states import Resolved
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Decision, denied
from unions.states import Role

leader = role_required(Role.LEADER)
readers = role_required(Role.LEADER, Role.SUPERVISOR)


def _crumbs(request: MemberRequest, *labels: str) -> list[dict[str, str]]:
    return [{"label": "领导小组", "url": address(request, "group")}, *({"label": label, "url": ""} for label in labels)]


def _initial(request: MemberRequest) -> dict[str, Any]:
    return minutes_initial(timezone.localdate(), desk.leaders(request.union))


def _meeting_words(stage: Stage) -> str:
    """Quorum and majority of a resolution in this stage, as its rule (or the office's setting) has them."""
    meeting = selectors.meeting_of(stage_rule(stage))
    source = f"依据{meeting.clause}" if meeting.clause else "本办公室自定"
    return (
        f"须有应到人数的{SHARE_WORDS[meeting.quorum]}出席、出席人数的{SHARE_WORDS[meeting.majority]}同意（{source}）。"
    )


@readers
@require_safe
def group(request: MemberRequest) -> HttpResponse:
    at = timezone.now()
    waiting = desk.group_desk(request.union, at=at)
    context = {
        "tasks": waiting.tasks,
        "blocked": waiting.blocked,
        "resolutions": [(row, desk.subject_words(row)) for row in desk.recent_resolutions(request.union)],
        "leads": request.member.role == Role.LEADER,
        "meetings": desk_meetings.meeting_lines(request.union),
        "campaigns": _offering(waiting.tasks),
        "votes": desk_meetings.votes_waiting(request.member, at=at),
        "crumbs": [{"label": "领导小组"}],
    }
    return render(request, "review/group.html", context)


def _offering(tasks: Sequence[desk.Task]) -> list[tuple[Campaign, int]]:
    """The campaigns that a meeting can be called for, with how many matters wait for it."""
    found: dict[int, tuple[Campaign, int]] = {}
    for task in tasks:
        motions = desk_meetings.motions_of(task)
        ours = [one for one in motions if selectors_meetings.body_of(one.matter, one.stage) == "leading_group"]
        if ours:
            found[task.campaign.pk] = (task.campaign, found.get(task.campaign.pk, (task.campaign, 0))[1] + len(ours))
    return list(found.values())


@leader
@require_http_methods(["GET", "POST"])
def approve_panel(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Agree to the names of a panel; invitations count from then on."""
    stage, at = get_stage(request, stage_pk, kind="expert_review"), timezone.now()
    found = selectors.panel_of(stage)
    if found is None:
        raise Http404
    found.stage = stage
    lines = [
        line
        for line in desk.seat_lines(found, request.member, at=at)
        if line.seat.approved_at is None and line.seat.state in panels.LIVE_SEATS
    ]
    form = MinutesForm(posted(request), initial=_initial(request))
    decision = policies.can_pass_resolution(request.member, stage.campaign, at=at)
    page = Ask(
        title=f"审核“{stage.label}”的评审团队",
        verb="记录决议，同意名单",
        over=stage.campaign.title,
        sub=_meeting_words(stage),
        count=len(lines),
        noun="名专家，同意后邀请生效",
        why_not=decision.reason or ("" if lines else "没有待审核的评审专家"),
        back=address(request, "group"),
        template="review/panel_approve.html",
        crumbs=_crumbs(request, "审核评审团队"),
        more={"lines": lines, "stage": stage},
    )

    def act() -> str:
        panels.approve_panel(found, minutes=form.minutes, actor=request.member, at=at)
        return f"已记录决议，同意 {len(lines)} 名专家，邀请已生效"

    return ask(request, form, page, act)


@leader
@require_http_methods(["GET", "POST"])
def confirm_list(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Confirm the list that a stage has made, as it stands now."""
    stage, at = get_stage(request, stage_pk), timezone.now()
    passers = selectors.proposed_passers(stage)
    people = selectors.entrants(stage).filter(pk__in=passers)
    form = MinutesForm(posted(request), initial=_initial(request))
    page = Ask(
        title=f"确认“{stage.label}”的名单",
        verb="记录决议，确认名单",
        over=stage.campaign.title,
        sub=_meeting_words(stage),
        count=len(passers),
        noun="人列入名单",
        why_not=policies.can_pass_resolution(request.member, stage.campaign, at=at).reason
        or desk.list_obstacle(stage, at=at),
        back=address(request, "group"),
        template="review/list_confirm.html",
        crumbs=_crumbs(request, "确认名单"),
        more={"lines": desk.standing_lines(list(people)), "stage": stage, "tones": desk.VERDICT_TONES},
    )

    def act() -> str:
        resolutions.confirm_list(stage, minutes=form.minutes, actor=request.member, at=at)
        return f"已记录决议，确认 {len(passers)} 人的名单"

    return ask(request, form, page, act)


# --- confirming and striking -----------------------------------------------------------------------------------------


def _may_resolve(request: MemberRequest, stage: Stage) -> Decision:
    decision = policies.can_pass_resolution(request.member, stage.campaign, at=timezone.now())
    if decision and stage.state != "open":
        return denied(f"“{stage.label}”{stage.get_state_display()}，环节进行中才能作出决议")
    return decision


def _resolved_stage(request: MemberRequest, pk: int) -> Stage:
    return get_stage(request, pk, kind__in=sorted(policies.RESOLVED))


def _choices(rows: Sequence[ChoiceRow]) -> list[resolutions.Choice]:
    """What the page decides; a row left open is not part of the resolution."""
    return [
        resolutions.Choice(
            row.case,
            Resolved(row.cleaned_data["decision"]),
            row.cleaned_data["reason"],
            row.cleaned_data.get("rank") if row.cleaned_data["decision"] == Resolved.CONFIRM else None,
            row.cleaned_data.get("category", ""),
            row.cleaned_data.get("tier", ""),
        )
        for row in rows
        if row.cleaned_data["decision"]
    ]


@leader
@require_http_methods(["GET", "POST"])
def resolve(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Record a resolution: for each candidate confirm or strike, with the minutes. `?correct` replaces earlier ones.

    The button `try` counts what is ticked without recording anything, for a browser without script.
    """
    stage, at = _resolved_stage(request, stage_pk), timezone.now()
    correcting = "correct" in request.GET
    people = desk.candidates(stage, decided=correcting)
    may = selectors.may_in_committee(stage)
    trying = "try" in request.POST
    data = None if trying else posted(request)
    parts, given = parts_in(stage), desk.given_before(stage, people)
    rows = [
        ChoiceRow(data, case=case, may=may, parts=parts, initial=typed_row(request, case, given.get(case.pk, Given())))
        for case in (one.application for one in people)
    ]
    last = desk.last_resolution(stage)
    known = {**_initial(request), "seen": last.pk if last else None}
    form = ResolutionForm(data, initial={**known, **(request.POST.dict() if trying else {})})
    ticked = {row.case.pk: picked(row) for row in rows if row["decision"].value() == Resolved.CONFIRM}
    named = [row.case.pk for row in rows if row["decision"].value()]
    page = Ask(
        title=f"更正决议：{stage.label}" if correcting else f"记录决议：{stage.label}",
        verb="记录更正决议" if correcting else "记录决议",
        over=stage.campaign.title,
        sub=_meeting_words(stage),
        why_not=_may_resolve(request, stage).reason,
        back=address(request, "group"),
        to=address(request, "resolve", stage_pk=stage.pk),
        template="review/resolve.html",
        crumbs=_crumbs(request, stage.label),
        more={
            "stage": stage,
            "correcting": correcting,
            "people": list(zip(people, rows, strict=True)),
            "decided": [] if correcting else desk.candidates(stage, decided=True),
            "tones": desk.VERDICT_TONES,
            "orders": "order" in may,
            "meters": desk.quota_meters(stage, confirming=ticked, deciding=named, given=ticked),
            "meantime": _meantime(request, form, last),
        },
    )

    def act() -> str:
        choices = _choices(rows)
        resolutions.pass_resolution(
            stage,
            choices=choices,
            minutes=form.minutes,
            reason=form.cleaned_data["reason"],
            correcting=correcting,
            actor=request.member,
            at=at,
        )
        confirmed = sum(choice.decision == Resolved.CONFIRM for choice in choices)
        return f"已记录决议：通过 {confirmed} 人，不予通过 {len(choices) - confirmed} 人"

    if trying:
        return render(request, page.template, {"page": page, "form": form, "crumbs": page.crumbs, **page.more})
    if request.method == "POST" and not all([row.is_valid() for row in rows]):  # noqa: C419 - every row shows its error
        form.add_error(None, "有的人选填写不全，请看标出的地方")
    return ask(request, form, page, act)


def parts_in(stage: Stage) -> Parts:
    """The categories and tiers that the final approval gives titles in."""
    rules = stage.campaign.rules
    if stage.kind != "final_approval":
        return Parts()
    return Parts(
        [(item.id, item.label) for item in rules.categories],
        [(item.id, item.label) for item in sorted(rules.tiers, key=lambda tier: tier.order)],
    )


def typed_row(request: MemberRequest, case: Application, given: Given) -> dict[str, str]:
    """What one line begins with: the category and tier as they are known, over it what was typed for a trial count."""
    prefix = f"case-{case.pk}-"
    typed = {key.removeprefix(prefix): str(value) for key, value in request.POST.items() if key.startswith(prefix)}
    return {"category": given.category, "tier": given.tier, **typed}


def picked(row: ChoiceRow) -> Given:
    """What the page says of one person's category and tier, as typed so far."""
    return Given(*(str(row[name].value() or "") if name in row.fields else "" for name in ("category", "tier")))


def _meantime(request: MemberRequest, form: ResolutionForm, last: Any) -> Any:
    """The resolution that somebody else recorded while this page was being filled in, if there is one."""
    if request.method != "POST" or last is None or form["seen"].value() == str(last.pk):
        return None
    return last


@leader
@require_http_methods(["GET", "POST"])
def quota(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The places as they would stand with what is ticked: a fragment, asked for while the page is filled in."""
    stage = _resolved_stage(request, stage_pk)
    typed = request.POST if request.method == "POST" else request.GET
    cases = selectors.entrants(stage).values_list("pk", flat=True)
    named = [pk for pk in cases if typed.get(f"case-{pk}-decision")]
    ticked = {
        pk: Given(typed.get(f"case-{pk}-category", ""), typed.get(f"case-{pk}-tier", ""))
        for pk in named
        if typed.get(f"case-{pk}-decision") == Resolved.CONFIRM
    }
    meters = desk.quota_meters(stage, confirming=ticked, deciding=named, given=ticked)
    return render(request, "review/_quota.html", {"stage": stage, "meters": meters})


# --- the place left by a disqualification ----------------------------------------------------------------------------


@leader
@require_http_methods(["GET", "POST"])
def fill_place(request: MemberRequest, investigation_pk: int) -> HttpResponse:
    """Resolve who takes the empty place, or that nobody does."""
    found = get_object_or_404(
        Investigation.objects.filter(union=request.union).select_related(
            "application__campaign__union", "application__union", "application__person"
        ),
        pk=investigation_pk,
    )
    at, application = timezone.now(), found.application
    stage = desk.place_of(found)
    standing = [outcome.application_id for outcome in selectors.next_in_line(stage)] if stage else []
    cases = Application.objects.filter(pk__in=standing).order_by("number")
    parts = parts_in(stage) if stage else None
    form = PlaceForm(posted(request), cases=cases, parts=parts, initial=_initial(request))
    why_not = policies.can_fill_place(request.member, found, at=at).reason
    page = Ask(
        title=f"{application.name}被取消资格后的名额",
        verb="记录决议",
        over=application.campaign.title,
        sub=_meeting_words(stage) if stage else "",
        text=f"空出“{stage.label}”的 1 个名额，{len(standing)} 人可以递补。决议后不能更改。" if stage else "",
        why_not=why_not or ("" if stage else "被取消资格的申报没有占用名额，不需递补"),
        back=address(request, "group"),
        crumbs=_crumbs(request, "空出的名额"),
    )

    def act() -> str:
        reason, chosen = form.cleaned_data["reason"], form.cleaned_data["application"]
        if chosen is None:
            investigations.leave_empty(found, minutes=form.minutes, reason=reason, actor=request.member, at=at)
            return "已记录决议：名额空缺"
        investigations.refill_place(
            found,
            application=chosen,
            minutes=form.minutes,
            reason=reason,
            category=form.cleaned_data.get("category", ""),
            tier=form.cleaned_data.get("tier", ""),
            actor=request.member,
            at=at,
        )
        return f"已记录决议：由{chosen.name}递补"

    return ask(request, form, page, act)

"""The officer's way from a rule set to a published campaign, and what comes after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import office_settings, policies, presentation, selectors, services, timetable
from campaigns.forms import DatesForm, DraftForm, ReasonForm, SettingsForm
from campaigns.models import Campaign, Stage
from campaigns.rules import loader, wording
from campaigns.rules.schema import PublicNoticeStage
from campaigns.states import CampaignState, StageState
from campaigns.views.addresses import READERS, above, here
from campaigns.views.rulesets import held, trail
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 30
TONE = {
    CampaignState.DRAFT: "waiting",
    CampaignState.PUBLISHED: "active",
    CampaignState.FINISHED: "holds",
    CampaignState.CANCELLED: "fails",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of setting a campaign up, for the rail over each page."""

    label: str
    state: str
    url: str
    word: str = ""
    dates: str = ""


STEPS = (
    ("setup", "筹备", "campaigns"),
    ("dates", "日期", "campaigns"),
    ("settings", "办公室设定", "campaigns"),
    ("check", "检查", "campaigns"),
    ("rehearsal", "演练", "publicity"),
    ("publish", "发布", "campaigns"),
)


def _steps(request: MemberRequest, campaign: Campaign, current: str) -> list[StepView]:
    """Steps are places, not gates: an officer goes back and forth; only publishing asks that nothing blocks."""
    blocking = [one for one in selectors.check_campaign(campaign, at=timezone.now()) if one.blocking]
    dates = [one for one in blocking if one.step == "dates"]
    published = campaign.state != CampaignState.DRAFT
    words = {
        "setup": "已建立",
        "dates": f"{len(dates)} 处待处理" if dates else "已填好",
        "settings": "可核对",
        "check": f"{len(blocking)} 处待处理" if blocking else "已通过",
        "rehearsal": "发布前可做",
        "publish": campaign.get_state_display() if published else "待发布",
    }
    done = {
        "setup",
        *([] if dates else ["dates"]),
        *([] if blocking else ["check"]),
        *(["publish"] if published else []),
    }
    return [
        StepView(
            label,
            "current" if name == current else "done" if name in done else "next",
            "" if name == current else above(request, f"{app}:{name}", campaign_slug=campaign.slug),
            words[name],
        )
        for name, label, app in STEPS
    ]


def _draft_crumbs(request: MemberRequest, campaign: Campaign, label: str = "") -> list[dict[str, str]]:
    crumbs = [{"label": "活动", "url": here(request, "desk")}]
    if not label:
        return [*crumbs, {"label": campaign.title}]
    return [
        *crumbs,
        {"label": campaign.title, "url": here(request, "setup", campaign_slug=campaign.slug)},
        {"label": label},
    ]


def _visible(request: MemberRequest, campaign_slug: str) -> Campaign:
    return get_object_or_404(
        Campaign.objects.visible_to(request.member).select_related("union", "ruleset"), slug=campaign_slug
    )


@require_safe
@role_required(*READERS)
def desk(request: MemberRequest) -> HttpResponse:
    stages = Prefetch("stages", queryset=Stage.objects.order_by("position"))
    found = Campaign.objects.visible_to(request.member).prefetch_related(stages).defer("rules_data")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    at = timezone.now()
    rows = [
        {"campaign": campaign, "tone": TONE[CampaignState(campaign.state)], "where": _where(campaign, at=at)}
        for campaign in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "may_draft": request.member.role == Role.OFFICE,
        "crumbs": [{"label": "活动"}],
    }
    return render(request, "campaigns/campaign_list.html", context)


def _where(campaign: Campaign, *, at: datetime) -> str:
    """Where a campaign is, in a few words."""
    if campaign.state != CampaignState.PUBLISHED:
        return ""
    stages = list(campaign.stages.all())
    current = next((stage for stage in stages if stage.state == StageState.OPEN), None)
    if current:
        return f"正在{current.label}"
    if at < campaign.opens_at:
        return "申报尚未开始"
    if at <= campaign.closes_at:
        return "正在申报"
    waiting = next((stage for stage in stages if stage.state == StageState.WAITING), None)
    return f"待开始：{waiting.label}" if waiting else "全部环节已结束"


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def draft(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    """Begin a campaign: a name, an address, and when applications close."""
    found = held(request, ruleset_id)
    rules = loader.load(found.source, name=found.code)
    closes = rules.dates.applications.to
    initial = {"title": found.title, "slug": found.code, "closes": closes}
    form = DraftForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            campaign = services.draft_campaign(
                request.union,
                found,
                slug=data["slug"],
                title=data["title"],
                actor=request.member,
                at=timezone.now(),
                shift_days=(data["closes"] - closes).days if closes else 0,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(here(request, "dates", campaign_slug=campaign.slug))
    context = {
        "form": form,
        "ruleset": found,
        "closes": closes,
        "crumbs": [*trail(request, "筹备活动")],
    }
    return render(request, "campaigns/campaign_draft.html", context, status=422 if form.errors else 200)


@require_safe
@role_required(*READERS)
def setup(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Where a campaign's setting up stands, and what can be done next."""
    campaign = _visible(request, campaign_slug)
    at = timezone.now()
    problems = selectors.check_campaign(campaign, at=at) if campaign.state == CampaignState.DRAFT else []
    context = {
        "campaign": campaign,
        "tone": TONE[CampaignState(campaign.state)],
        "steps": _steps(request, campaign, "setup") if campaign.state == CampaignState.DRAFT else [],
        "stages": selectors.rail(campaign, at=at),
        "blocking": [problem for problem in problems if problem.blocking],
        "versions": selectors.versions_of(campaign),
        "may_set_up": policies.can_set_dates(request.member, campaign),
        "may_amend": policies.can_amend_campaign(request.member, campaign),
        "may_finish": policies.can_finish_campaign(request.member, campaign)
        and not campaign.stages.exclude(state=StageState.CLOSED).exists(),
        "may_cancel": policies.can_cancel_campaign(request.member, campaign),
        "rehearsal_url": above(request, "publicity:rehearsal", campaign_slug=campaign.slug),
        "crumbs": _draft_crumbs(request, campaign),
    }
    return render(request, "campaigns/campaign_setup.html", context)


def _date_rows(campaign: Campaign, form: DatesForm) -> list[dict[str, Any]]:
    """From and to side by side, with where each date comes from and how long a notice really takes."""
    slots = timetable.slots(campaign.rules)
    calendar = selectors.calendar_of(campaign.union)
    stages = {stage.id: stage for stage in campaign.rules.stages}
    rows = []
    for name, group in groupby(slots, key=lambda slot: slot.key.rpartition(".")[0] or slot.key):
        pair = list(group)
        stage = stages.get(name.removeprefix("stages."))
        note = ""
        if isinstance(stage, PublicNoticeStage) and pair[0].on:
            end = timetable.notice_end(stage, pair[0].on, calendar)
            length = wording.duration(stage.length)
            until = f"，{wording.chinese_date(end)}届满" if end else "，会进入尚未确认节假日的年份"
            note = f"公示{length}{until}"
        label = stage.label if stage else "申报" if name == "applications" else pair[0].label
        sources = sorted({slot.source for slot in pair})
        rows.append({"label": label, "fields": [form[slot.key] for slot in pair], "sources": sources, "note": note})
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def dates(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _visible(request, campaign_slug)
    form = DatesForm(timetable.slots(campaign.rules), request.POST or None)

    def save() -> None:
        services.set_dates(campaign, values=form.values(), actor=request.member, at=timezone.now())

    if request.method == "POST" and form.is_valid() and _done(request, form, save):
        return redirect(here(request, "settings", campaign_slug=campaign.slug))
    context = {
        "campaign": campaign,
        "form": form,
        "rows": _date_rows(campaign, form),
        "steps": _steps(request, campaign, "dates"),
        "may": policies.can_set_dates(request.member, campaign),
        "crumbs": _draft_crumbs(request, campaign, "日期"),
    }
    return render(request, "campaigns/campaign_dates.html", context, status=422 if form.errors else 200)


def _done(request: MemberRequest, form: Any, verb: Callable[[], object]) -> bool:
    """Do what a form asks; a refusal becomes the form's own error, with what was typed still there."""
    try:
        verb()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "已保存")
    return True


def _setting_groups(form: SettingsForm) -> list[dict[str, Any]]:
    groups: dict[str, list[Any]] = {}
    for setting in form.settings:
        groups.setdefault(setting.group or "其他", []).append(form[setting.name])
    return [{"title": title, "fields": fields} for title, fields in groups.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def settings(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _visible(request, campaign_slug)
    form = SettingsForm(office_settings.settings_of(campaign.rules), request.POST or None)

    def save() -> None:
        data = office_settings.with_values(campaign.rules_data, form.changed_values())
        services.change_settings(campaign, rules_data=data, actor=request.member, at=timezone.now())

    if request.method == "POST" and form.is_valid() and _done(request, form, save):
        return redirect(here(request, "check", campaign_slug=campaign.slug))
    context = {
        "campaign": campaign,
        "form": form,
        "groups": _setting_groups(form),
        "steps": _steps(request, campaign, "settings"),
        "may": policies.can_change_settings(request.member, campaign),
        "crumbs": _draft_crumbs(request, campaign, "办公室设定"),
    }
    return render(request, "campaigns/campaign_settings.html", context, status=422 if form.errors else 200)


def _problem_rows(request: MemberRequest, campaign: Campaign) -> list[dict[str, Any]]:
    """Each problem with the page on which it is put right."""
    pages = {
        "rules": (here(request, "ruleset", ruleset_id=campaign.ruleset_id), "查看规则集"),
        "dates": (here(request, "dates", campaign_slug=campaign.slug), "修改日期"),
        "settings": (here(request, "settings", campaign_slug=campaign.slug), "修改设定"),
        "calendar": (here(request, "calendar"), "确认工作日历"),
        "units": (above(request, "unions:units"), "查看推荐单位"),
        "people": (above(request, "unions:members"), "查看成员"),
    }
    return [
        {"problem": problem, "url": pages[problem.step][0], "label": pages[problem.step][1]}
        for problem in selectors.check_campaign(campaign, at=timezone.now())
    ]


@require_safe
@role_required(Role.OFFICE)
def check(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _visible(request, campaign_slug)
    rows = _problem_rows(request, campaign)
    context = {
        "campaign": campaign,
        "blocking": [row for row in rows if row["problem"].blocking],
        "notes": [row for row in rows if not row["problem"].blocking],
        "steps": _steps(request, campaign, "check"),
        "rehearsal_url": above(request, "publicity:rehearsal", campaign_slug=campaign.slug),
        "crumbs": _draft_crumbs(request, campaign, "检查"),
    }
    return render(request, "campaigns/campaign_check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def publish(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Asks once more, naming what will happen; then freezes the rules."""
    campaign = _visible(request, campaign_slug)
    if request.method == "POST":
        try:
            services.publish_campaign(campaign, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(here(request, "publish", campaign_slug=campaign.slug))
        messages.success(request, "活动已发布，规则已冻结")
        return redirect(here(request, "setup", campaign_slug=campaign.slug))
    problems = selectors.check_campaign(campaign, at=timezone.now()) if campaign.state == CampaignState.DRAFT else []
    context = {
        "campaign": campaign,
        "rules": campaign.rules,
        "sha256": loader.sha256(campaign.rules),
        "quotas": len(selectors.resolve_quotas(campaign.rules, request.union)),
        "blocking": [problem for problem in problems if problem.blocking],
        "may": policies.can_publish_campaign(request.member, campaign),
        "steps": _steps(request, campaign, "publish"),
        "public_url": request.build_absolute_uri(here(request, "page", campaign_slug=campaign.slug)),
        "crumbs": _draft_crumbs(request, campaign, "发布"),
    }
    return render(request, "campaigns/campaign_publish.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def amend(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Change dates or settings of a published campaign: see what changes, say why, then publish the amendment."""
    campaign = _visible(request, campaign_slug)
    posted = request.POST or None
    dates_form = DatesForm(timetable.slots(campaign.rules), posted)
    settings_form = SettingsForm(office_settings.settings_of(campaign.rules), posted)
    reason_form = ReasonForm(posted if request.POST.get("step") == "amend" else None)
    changes: list[loader.Change] = []
    problems: list[str] = []
    if posted is not None and dates_form.is_valid() and settings_form.is_valid():
        data = timetable.with_dates(campaign.rules_data, dates_form.values())
        data = office_settings.with_values(data, settings_form.changed_values())
        problems = [selectors.spoken(problem) for problem in loader.check_frozen(data)]
        changes = [] if problems else presentation.changes(campaign.rules, loader.from_frozen(data))
        if not problems and reason_form.is_bound and reason_form.is_valid():
            try:
                services.amend_campaign(
                    campaign,
                    rules_data=data,
                    reason=reason_form.cleaned_data["reason"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except Refused as refusal:
                problems = [str(refusal)]
            else:
                messages.success(request, "修订已发布，改动和理由已向社会公开")
                return redirect(here(request, "setup", campaign_slug=campaign.slug))
    context = {
        "campaign": campaign,
        "rows": _date_rows(campaign, dates_form),
        "groups": _setting_groups(settings_form),
        "reason_form": reason_form,
        "changes": changes,
        "problems": problems,
        "previewed": posted is not None,
        "number": selectors.versions_of(campaign).count(),
        "may": policies.can_amend_campaign(request.member, campaign),
        "crumbs": _draft_crumbs(request, campaign, "修订"),
    }
    failed = bool(problems or dates_form.errors or settings_form.errors or reason_form.errors)
    return render(request, "campaigns/campaign_amend.html", context, status=422 if failed else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def finish(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _visible(request, campaign_slug)
    if request.method == "POST":
        try:
            services.finish_campaign(campaign, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "活动已结束")
        return redirect(here(request, "setup", campaign_slug=campaign.slug))
    context = {"campaign": campaign, "crumbs": _draft_crumbs(request, campaign, "结束活动")}
    return render(request, "campaigns/campaign_finish.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OFFICE)
def cancel(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _visible(request, campaign_slug)
    form = ReasonForm(request.POST or None)

    def give_up() -> None:
        services.cancel_campaign(campaign, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now())

    if request.method == "POST" and form.is_valid() and _done(request, form, give_up):
        return redirect(here(request, "setup", campaign_slug=campaign.slug))
    context = {"campaign": campaign, "form": form, "crumbs": _draft_crumbs(request, campaign, "终止活动")}
    return render(request, "campaigns/campaign_cancel.html", context, status=422 if form.errors else 200)


@require_safe
@role_required(*READERS)
def changes(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """How a campaign's rules depart from its rule set, part by part, to read and to print."""
    campaign = _visible(request, campaign_slug)
    before = loader.load(campaign.ruleset.source, name=campaign.ruleset.code)
    context = {
        "title": "与规则集的差别",
        "over": campaign.title,
        "before": "规则集原文",
        "after": "本活动",
        "parts": presentation.changes_by_part(before, campaign.rules),
        "crumbs": _draft_crumbs(request, campaign, "与规则集的差别"),
    }
    return render(request, "campaigns/changes.html", context)

"""What the office does from its list or beside a case: pass several, share the work, write notes to one another."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from applications import policies_inbox, selectors_inbox, sharing
from applications import services as intake
from applications.models import Application
from applications.models_inbox import Assignment
from applications.services.inbox import Share
from campaigns.models import Campaign
from review import desk, together
from review.lists import case_address, inbox_address, list_of
from review.pages import get_campaign, get_case
from review.services.together import MOST
from review.services.together import pass_together as pass_all
from review.together import Effect
from review.views_office import case_context
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

office = role_required(Role.OFFICE)
writers = role_required(Role.OFFICE, Role.LEADER)


def _picked(request: MemberRequest, campaign: Campaign, name: str = "pick") -> list[Application]:
    """The ticked rows as far as the member may read them, by number."""
    ids = {int(value) for value in request.POST.getlist(name) if value.isascii() and value.isdigit()}
    rows = Application.objects.visible_to(request.member).filter(campaign=campaign, number__gt="", pk__in=ids)
    return list(rows.select_related("person__key", "union").defer("touched").order_by("number")[: MOST + 1])


# --- passing several ---------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def pass_together(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """First a page that says what passing would do to each, then the deed."""
    campaign, at = get_campaign(request, campaign_slug), timezone.now()
    query = list_of(request)
    back = inbox_address(request, campaign, query)
    if request.method == "GET":
        return redirect(back)
    stage = desk.open_stage_of(campaign)
    if stage is None or not desk.decided_one_by_one(stage):
        messages.error(request, "现在没有由办公室逐人作结论的环节，不能批量通过；请先在“环节与评审”开始资格审核")
        return redirect(back)
    stage.union = request.union
    picked = _picked(request, campaign)
    if not picked or len(picked) > MOST:
        messages.error(request, f"一次至多办理 {MOST} 份，请分几次勾选" if picked else "请先勾选要通过的申报")
        return redirect(back)
    refusal = ""
    reason = request.POST.get("reason", "").strip()
    if confirmed := request.POST.get("confirm", ""):
        plain = set(request.POST.getlist("plain"))
        reasoned = set(request.POST.getlist("reasoned")) if confirmed == "all" else set()
        try:
            done = pass_all(
                stage,
                plain=[row for row in picked if str(row.pk) in plain],
                reasoned=[row for row in picked if str(row.pk) in reasoned],
                reason=reason,
                actor=request.member,
                at=at,
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _passed_words(done.plain, done.reasoned, done.had))
            return redirect(back)
    lines = together.effects(stage, picked, actor=request.member, at=at)
    groups = {effect.name.lower(): [line for line in lines if line.effect is effect] for effect in Effect}
    context = {
        "campaign": campaign,
        "stage": stage,
        "picked": picked,
        "groups": groups,
        "both": len(groups["passes"]) + len(groups["needs_reason"]),
        "refusal": refusal,
        "reason": reason,
        "list": query,
        "back": back,
        "crumbs": _crumbs(request, campaign, back, "批量通过"),
    }
    return render(request, "review/pass_together.html", context)


def _passed_words(plain: int, reasoned: int, had: int) -> str:
    words = [f"通过 {plain} 份"] if plain else []
    words += [f"说明理由后通过 {reasoned} 份"] if reasoned else []
    words += [f"{had} 份此前已有结论，没有重复办理"] if had else []
    return "，".join(words)


def _crumbs(request: MemberRequest, campaign: Campaign, back: str, here: str) -> list[dict[str, str]]:
    inboxes = reverse("applications:inboxes", kwargs={"union_slug": request.union.slug})
    return [{"label": "申报受理", "url": inboxes}, {"label": campaign.title, "url": back}, {"label": here, "url": ""}]


# --- sharing the work --------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def assign(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """To oneself at once; to colleagues after a page that says who is how busy and who would get how many."""
    campaign, at = get_campaign(request, campaign_slug), timezone.now()
    query = list_of(request)
    back = inbox_address(request, campaign, query)
    picked = _picked(request, campaign) if request.method == "POST" else []
    if request.method == "GET" or not picked or len(picked) > MOST:
        if request.method == "POST":
            messages.error(request, f"一次至多分配 {MOST} 份，请分几次勾选" if picked else "请先勾选要分配的申报")
        return redirect(back)
    held = {
        row.application_id: row
        for row in Assignment.objects.filter(application__in=picked).select_related("officer__user")
    }
    refusal = ""
    shares = _shares_wanted(request, picked, held)
    if shares is not None:
        try:
            changed = intake.assign_applications(campaign, shares, actor=request.member, at=at)
        except Refused as refused:
            refusal = str(refused)
            if request.POST.get("do") == "me":
                messages.error(request, refusal)
                return redirect(back)
        else:
            messages.success(request, f"已分配 {changed} 份" if changed else "所选申报原已这样分配，没有变动")
            return redirect(back)
    context = _assign_context(request, campaign, picked, held, refusal)
    context |= {"list": query, "back": back, "crumbs": _crumbs(request, campaign, back, "分配办理人")}
    return render(request, "review/assign.html", context)


def _shares_wanted(
    request: MemberRequest, picked: list[Application], held: dict[int, Assignment]
) -> list[Share] | None:
    """What the form orders: everything to oneself, or the plan that was shown; None where there is no order yet."""
    if request.POST.get("do") == "me":
        me = request.member.pk
        return [Share(row.pk, me, held[row.pk].officer_id if row.pk in held else None) for row in picked]
    if request.POST.get("do") != "confirm":
        return None
    mine = {row.pk for row in picked}
    shares = []
    for text in request.POST.getlist("share"):
        parts = text.split(":")
        if (
            len(parts) == 3
            and all(part.isascii() and (part.isdigit() or not part) for part in parts)
            and all(parts[:2])
        ):
            share = Share(int(parts[0]), int(parts[1]), int(parts[2]) if parts[2] else None)
            shares += [share] if share.application in mine else []
    return shares


def _assign_context(
    request: MemberRequest,
    campaign: Campaign,
    picked: list[Application],
    held: dict[int, Assignment],
    refusal: str,
) -> dict[str, Any]:
    colleagues = selectors_inbox.colleagues(campaign)
    busy = together.loads(campaign, desk.open_stage_of(campaign))
    wanted = set(request.POST.getlist("officer"))
    chosen = [one for one in colleagues if str(one.pk) in wanted]
    keep = bool(request.POST.get("keep")) or not request.POST.get("do")
    cases = [row for row in picked if not (keep and row.pk in held)]
    conflicts = {
        one.pk: {row.pk: why for row in picked if (why := policies_inbox.conflict_of(one, row))} for one in colleagues
    }
    shares, left = sharing.divide(
        [
            sharing.ToShare(
                row.pk,
                held[row.pk].officer_id if row.pk in held else None,
                frozenset(one.pk for one in chosen if row.pk in conflicts[one.pk]),
            )
            for row in cases
        ],
        {one.pk: busy.get(one.pk, 0) for one in chosen},
    )
    return {
        "campaign": campaign,
        "picked": picked,
        "held": len(held),
        "keep": keep,
        "officers": [_officer(one, busy, conflicts[one.pk], picked, one in chosen) for one in colleagues],
        "plan": _plan(chosen, busy, shares, picked, held),
        "shares": shares,
        "left": [row for row in picked if row.pk in left],
        "previewed": request.POST.get("do") in {"preview", "confirm"},
        "none_chosen": request.POST.get("do") == "preview" and not chosen,
        "refusal": refusal,
    }


def _officer(
    one: Member, busy: dict[int, int], conflicts: dict[int, str], picked: list[Application], chosen: bool
) -> dict[str, Any]:
    names = {row.pk: row.name for row in picked}
    return {
        "member": one,
        "busy": busy.get(one.pk, 0),
        "chosen": chosen,
        "conflicts": [f"{names[pk]}：{why}" for pk, why in conflicts.items()],
    }


def _plan(
    chosen: list[Member],
    busy: dict[int, int],
    shares: list[Share],
    picked: list[Application],
    held: dict[int, Assignment],
) -> list[dict[str, Any]]:
    rows = {row.pk: row for row in picked}
    given = Counter(share.officer for share in shares)
    return [
        {
            "member": one,
            "count": given[one.pk],
            "after": busy.get(one.pk, 0) + given[one.pk],
            "cases": [
                (rows[share.application], held[share.application].officer if share.application in held else None)
                for share in shares
                if share.officer == one.pk
            ],
        }
        for one in chosen
    ]


# --- beside one case ---------------------------------------------------------------------------------------------------


@office
@require_POST
def assign_case(request: MemberRequest, pk: int) -> HttpResponse:
    application = get_case(request, pk)
    given, was = request.POST.get("officer", ""), request.POST.get("was", "")
    if not (given.isascii() and given.isdigit()):
        messages.error(request, "请选择办理人")
        return redirect(case_address(request, pk, "work"))
    share = Share(pk, int(given), int(was) if was.isascii() and was.isdigit() else None)
    try:
        changed = intake.assign_applications(application.campaign, [share], actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, "已更换办理人" if changed and was else "已分配办理人" if changed else "办理人没有变动"
        )
    return redirect(case_address(request, pk, "work"))


@writers
@require_POST
def note(request: MemberRequest, pk: int) -> HttpResponse:
    application = get_case(request, pk)
    try:
        intake.add_note(application, text=request.POST.get("text", ""), actor=request.member, at=timezone.now())
    except Refused as refusal:
        typed = {"note_error": str(refusal), "note_typed": request.POST.get("text", "")}
        return render(request, "review/case.html", case_context(request, application) | typed)
    messages.success(request, "已添加内部备注，申报人看不到")
    return redirect(case_address(request, pk, "notes"))

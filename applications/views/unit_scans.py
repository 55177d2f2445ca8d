"""Sealed forms that come back in one pile: hand it in, see where each page goes, put right what could not be read, confirm."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications import selectors_units, services
from applications.forms import ScanForm
from applications.models import ScanBatch, ScanPage
from applications.services import scans
from applications.states import ScanState
from applications.views.applicant import link
from applications.views.files import guarded
from applications.views.units import campaign_of, crumbs, unit_of
from documents.views import bar_of
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role


def _batch(request: MemberRequest, campaign_slug: str, batch_pk: int) -> ScanBatch:
    rows = ScanBatch.objects.visible_to(request.member).select_related(
        "campaign__union", "unit", "union", "job", "file"
    )
    return get_object_or_404(rows, pk=batch_pk, campaign=campaign_of(request, campaign_slug))


def _back(request: MemberRequest, batch: ScanBatch, anchor: str = "") -> HttpResponse:
    address = link(request, "unit_scan", campaign_slug=batch.campaign.slug, batch_pk=batch.pk)
    return redirect(f"{address}{f'#{anchor}' if anchor else ''}")


@role_required(Role.UNIT_OFFICER)
@require_http_methods(["GET", "POST"])
def unit_scans(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    form = ScanForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["scan"]
        try:
            batch, new = services.upload_scan(
                campaign, unit=own, file=file, name=file.name, actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error("scan", str(refusal))
        else:
            if not new:
                messages.info(request, "这个文件已经上传过，没有重复处理；下面是那一次的结果。")
            return _back(request, batch)
    desk = link(request, "unit_desk", campaign_slug=campaign.slug)
    context = {
        "campaign": campaign,
        "unit": own,
        "form": form,
        "megabytes": scans.MAX_BYTES // 1024 // 1024,
        "most": scans.MAX_PAGES,
        "recent": ScanBatch.objects.visible_to(request.member)
        .filter(campaign=campaign)
        .select_related("by__user")[:20],
        "crumbs": crumbs(request, (campaign.title, desk), ("盖章扫描件", "")),
    }
    return render(request, "applications/unit_scans.html", context)


@role_required(Role.UNIT_OFFICER)
@require_GET
def unit_scan(request: MemberRequest, campaign_slug: str, batch_pk: int) -> HttpResponse:
    batch = _batch(request, campaign_slug, batch_pk)
    return _show(request, batch)


def _show(request: MemberRequest, batch: ScanBatch, refusal: str = "", at_page: int = 0) -> HttpResponse:
    campaign = batch.campaign
    found = selectors_units.pile(batch)
    context = {
        "campaign": campaign,
        "batch": batch,
        "pile": found,
        "able": [form for form in found.matched if not form.refusal],
        "pages_read": sum(len(form.pages) for form in found.matched),
        "people": selectors_units.sealable(campaign, batch.unit) if batch.state == ScanState.READ else [],
        "open": batch.state == ScanState.READ,
        "reading": batch.state == ScanState.READING,
        "bar": bar_of(batch.job) if batch.job else None,
        "refusal": refusal,
        "at_page": at_page,
        "typed": request.POST.get("code", ""),
        "crumbs": crumbs(
            request,
            (campaign.title, link(request, "unit_desk", campaign_slug=campaign.slug)),
            ("盖章扫描件", link(request, "unit_scans", campaign_slug=campaign.slug)),
            (batch.name, ""),
        ),
    }
    return render(request, "applications/unit_scan.html", context)


@role_required(Role.UNIT_OFFICER)
@require_GET
def page_picture(request: MemberRequest, campaign_slug: str, batch_pk: int, page: int) -> HttpResponse:
    found = get_object_or_404(
        ScanPage.objects.select_related("picture"), batch=_batch(request, campaign_slug, batch_pk), number=page
    )
    if found.picture is None:
        raise Http404
    with found.picture.file.open("rb") as file:
        return guarded(HttpResponse(file.read(), content_type="image/jpeg"))


@role_required(Role.UNIT_OFFICER)
@require_POST
def assign_page(request: MemberRequest, campaign_slug: str, batch_pk: int, page: int) -> HttpResponse:
    """Whose page it is: by the code typed off it, by the person chosen, or nobody's."""
    batch = _batch(request, campaign_slug, batch_pk)
    found = get_object_or_404(ScanPage.objects.select_related("batch"), batch=batch, number=page)
    chosen = request.POST.get("application", "")
    application = None
    if chosen.isdigit():
        rows = selectors_units.rankable(batch.campaign, batch.unit, request.member)
        application = get_object_or_404(rows, pk=int(chosen))
    code = request.POST.get("code", "")
    try:
        services.assign_page(
            found,
            code=code,
            application=application,
            leave_out=request.POST.get("do") == "leave_out",
            actor=request.member,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _show(request, batch, str(refusal), page)
    return _back(request, batch, "unread")


@role_required(Role.UNIT_OFFICER)
@require_POST
def attach_scans(request: MemberRequest, campaign_slug: str, batch_pk: int) -> HttpResponse:
    batch = _batch(request, campaign_slug, batch_pk)
    try:
        batch = services.attach_scans(batch, actor=request.member, at=timezone.now())
    except Refused as refusal:
        return _show(request, batch, str(refusal))
    messages.success(request, f"已归入 {batch.counts['attached']} 人的盖章扫描件。")
    return _back(request, batch)


@role_required(Role.UNIT_OFFICER)
@require_POST
def drop_scan(request: MemberRequest, campaign_slug: str, batch_pk: int) -> HttpResponse:
    batch = _batch(request, campaign_slug, batch_pk)
    try:
        services.drop_scan(batch, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _back(request, batch)
    messages.success(request, f"已放弃“{batch.name}”，没有归入任何人，文件已删除。")
    return redirect(link(request, "unit_scans", campaign_slug=batch.campaign.slug))

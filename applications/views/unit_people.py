"""The 汇总表 of a unit: the empty sheet, what is wrong with a filled one, the import once it is confirmed, and the way out."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications import people_sheet, selectors, services, sheets
from applications.forms import PeopleSheetForm
from applications.models import Application, SheetImport
from applications.services import sheet_imports
from applications.states import ImportState, State
from applications.views.applicant import link
from applications.views.files import guarded
from applications.views.units import campaign_of, crumbs, unit_of
from campaigns.models import Campaign
from documents.downloads import sheet
from documents.paper.render import safe_name
from documents.views import bar_of
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 100
KINDS = (("wrong", "有问题"), ("new", "新增"), ("update", "更新"), ("same", "没有变化"))
TONES = {"wrong": "fails", "new": "holds", "update": "reason", "same": "waiting"}


def _summary_rows(request: MemberRequest, campaign: Campaign) -> list[Application]:
    """What this unit put forward and what stands."""
    rows = selectors.unit_people(campaign, request.member).select_related("person__key", "union")
    return [row for row in rows if row.state in {State.AWAITING_UNIT, State.SUBMITTED, State.RETURNED}]


@role_required(Role.UNIT_OFFICER)
def unit_sheet(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    content = sheets.summary_sheet(campaign, _summary_rows(request, campaign), unit=own)
    return sheet(content, f"{own.name}_{campaign.title}_汇总表")


@role_required(Role.UNIT_OFFICER)
def unit_sheet_csv(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    content = sheets.summary_csv(campaign, _summary_rows(request, campaign), unit=own)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = quote(safe_name(f"{own.name}_{campaign.title}_汇总表"))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}.csv"
    return guarded(response)


@role_required(Role.UNIT_OFFICER)
@require_GET
def people_template(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = campaign_of(request, campaign_slug)
    channels = selectors.nomination_channels(request.member, campaign)
    return sheet(sheets.people_template(campaign, channels), f"{campaign.title}_人选导入模板")


def _import(request: MemberRequest, campaign_slug: str, import_pk: int) -> SheetImport:
    rows = SheetImport.objects.visible_to(request.member).select_related(
        "campaign__union", "unit", "key", "by__unit", "by__user", "union", "job"
    )
    return get_object_or_404(rows, pk=import_pk, campaign=campaign_of(request, campaign_slug))


def _back(request: MemberRequest, row: SheetImport) -> HttpResponse:
    return redirect(link(request, "unit_import", campaign_slug=row.campaign.slug, import_pk=row.pk))


@role_required(Role.UNIT_OFFICER)
@require_http_methods(["GET", "POST"])
def import_people(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Hand a sheet in; what is wrong with the file as a whole is said at once."""
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    now = timezone.now()
    form = PeopleSheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            row = services.upload_people(
                campaign,
                unit=own,
                content=file.read(people_sheet.MAX_BYTES + 1),
                name=file.name,
                actor=request.member,
                at=now,
            )
            if row.job is None:
                services.read_people(row, actor=request.member, at=now)
        except Refused as refusal:
            form.add_error("sheet", str(refusal))
        else:
            return _back(request, row)
    desk = link(request, "unit_desk", campaign_slug=campaign.slug)
    context = {
        "campaign": campaign,
        "unit": own,
        "form": form,
        "channels": selectors.nomination_channels(request.member, campaign),
        "open": campaign.is_open(now),
        "recent": SheetImport.objects.visible_to(request.member)
        .filter(campaign=campaign)
        .select_related("by__user")[:10],
        "most": people_sheet.MAX_ROWS,
        "now": now,
        "crumbs": crumbs(request, (campaign.title, desk), ("导入人选", "")),
    }
    return render(request, "applications/unit_import_start.html", context)


@role_required(Role.UNIT_OFFICER)
@require_GET
def unit_import(request: MemberRequest, campaign_slug: str, import_pk: int) -> HttpResponse:
    """What would become of every row, or what became of it."""
    return _show(request, _import(request, campaign_slug, import_pk))


def _show(request: MemberRequest, row: SheetImport, **told: Any) -> HttpResponse:
    verdicts = sheet_imports.verdicts_of(row)
    kinds = {one.kind for one in verdicts}
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in kinds else "wrong" if "wrong" in kinds else ""
    shown = [one for one in verdicts if chosen in {"", one.kind}]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    campaign = row.campaign
    here = link(request, "unit_import", campaign_slug=campaign.slug, import_pk=row.pk)
    context = {
        "campaign": campaign,
        "row": row,
        "page": page,
        "rows": [(one, TONES[one.kind], dict(KINDS)[one.kind]) for one in page],
        "chosen": chosen,
        "tabs": [
            {"label": f"{label}（{row.counts[kind]}）", "url": f"{here}?kind={kind}", "current": kind == chosen}
            for kind, label in KINDS
            if kind in kinds
        ],
        "good": row.counts.get("new", 0) + row.counts.get("update", 0),
        "pickable": row.state == ImportState.READ and chosen in {"new", "update"},
        "consent_text": selectors.consent_text(request.union),
        "quota": selectors.quota_use(campaign, row.unit),
        "reading": row.state in {ImportState.READING, ImportState.WRITING},
        "bar": bar_of(row.job) if row.job else None,
        "crumbs": crumbs(
            request,
            (campaign.title, link(request, "unit_desk", campaign_slug=campaign.slug)),
            ("导入人选", link(request, "import_people", campaign_slug=campaign.slug)),
            (row.name, ""),
        ),
        **told,
    }
    return render(request, "applications/unit_import.html", context)


@role_required(Role.UNIT_OFFICER)
@require_POST
def confirm_people(request: MemberRequest, campaign_slug: str, import_pk: int) -> HttpResponse:
    row = _import(request, campaign_slug, import_pk)
    now = timezone.now()
    picked = [int(line) for line in request.POST.getlist("line") if line.isdigit()]
    try:
        row = services.confirm_people(
            row,
            picked=picked if request.POST.get("which") == "picked" else None,
            attested="attested" in request.POST,
            actor=request.member,
            at=now,
        )
        if len(row.picked or ()) <= sheet_imports.SMALL_ROWS:
            row = services.write_people(row, actor=request.member, at=now)
            made = row.counts["new"] + row.counts["update"]
            messages.success(request, f"已导入 {made} 人，都是本单位的草稿；请逐人补全、递交。")
    except Refused as refusal:
        return _show(request, _import(request, campaign_slug, import_pk), refusal=str(refusal))
    return _back(request, row)


@role_required(Role.UNIT_OFFICER)
@require_POST
def drop_people(request: MemberRequest, campaign_slug: str, import_pk: int) -> HttpResponse:
    row = _import(request, campaign_slug, import_pk)
    try:
        services.drop_people(row, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _back(request, row)
    messages.success(request, f"已放弃“{row.name}”，没有导入任何人，文件已删除。")
    return redirect(link(request, "import_people", campaign_slug=row.campaign.slug))


@role_required(Role.UNIT_OFFICER)
@require_GET
def wrong_rows(request: MemberRequest, campaign_slug: str, import_pk: int) -> HttpResponse:
    """The rows with something wrong, to be mended and handed in again."""
    row = _import(request, campaign_slug, import_pk)
    try:
        table = sheet_imports.table_of(row)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _back(request, row)
    labels = sheets.column_labels(row.campaign, selectors.nomination_channels(row.by, row.campaign))
    content = sheets.wrong_rows(table, sheet_imports.verdicts_of(row), labels)
    return sheet(content, f"{row.name.rpartition('.')[0] or row.name}_有问题的行")

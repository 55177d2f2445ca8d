"""What anybody may read: the union's home, notices, results, verification."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from documents.downloads import attachment
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import papers, policies, selectors, selectors_notices, selectors_polls
from publicity.forms import VerifyForm
from publicity.models import Certificate, Notice, NoticeVersion
from unions import tenancy, throttle
from unions.access import anyone, member_required, public
from unions.middleware import MemberRequest, UnionRequest

MANY = 8
"""Unions from which on one looks for a name instead of reading them all."""
NEWEST = 5
"""Past notices on the front door; the others stand under their years."""


@anyone
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """All unions, with what is open to the public now; of many, those whose name one looks for."""
    at, wanted = timezone.now(), "".join(request.GET.get("q", "").split())[:60]
    with tenancy.everywhere(tenancy.GlobalRoute.DIRECTORY):
        rows = selectors.directory(at=at)
    shown = [row for row in rows if wanted in row.union.name] if wanted else rows
    context = {
        "busy": [row for row in shown if row.open or row.asking],
        "quiet": [row for row in shown if not row.open and not row.asking],
        "many": len(rows) > MANY,
        "any": bool(rows),
        "wanted": wanted,
        "at": at,
        "form": VerifyForm(),
    }
    return render(request, "publicity/directory.html", context)


@anyone
@require_safe
def verify_search(request: HttpRequest) -> HttpResponse:
    form = VerifyForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("publicity_global:verify", number=form.cleaned_data["number"])
    return render(request, "publicity/verify_search.html", {"form": form})


@anyone
@never_cache
@require_safe
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What stands on a certificate and whether it still holds; nothing else of the person."""
    if not throttle.allowed(request, "verify", per_minute=60):
        return render(request, "publicity/too_many.html", status=429)
    with tenancy.everywhere(tenancy.GlobalRoute.VERIFY):
        found = selectors.verify(number)
    context = {"found": found, "number": number, "at": timezone.now(), "form": VerifyForm()}
    return render(request, "publicity/verify.html", context, status=200 if found else 404)


@public
@require_safe
def home(request: UnionRequest) -> HttpResponse:
    at = timezone.now()
    running = list(selectors.running_notices(request.union, at=at))
    past = selectors.notices(request.union).exclude(pk__in=[one.pk for one in running])
    context = {
        "front": selectors.front(request.union, at=at),
        "polls": list(selectors_polls.running_polls(request.union, at=at)),
        "running": running,
        "past": list(past[:NEWEST]),
        "years": selectors_notices.years(request.union),
        "certificates": selectors.certificates_of(request.member) if request.member else [],
        "at": at,
    }
    return render(request, "publicity/home.html", context)


def _notice(request: UnionRequest, pk: int) -> Notice:
    return get_object_or_404(selectors.notices(request.union), pk=pk)


def _version(notice: Notice, number: int | None) -> NoticeVersion:
    """The version of that number, or the one in force."""
    wanted = (
        notice.in_force if number is None else next((v for v in notice.versions.all() if v.version == number), None)
    )
    if wanted is None:
        raise Http404
    wanted.notice = notice
    return wanted


@public
@require_safe
def notice(request: UnionRequest, pk: int, version: int | None = None) -> HttpResponse:
    """The version in force, or an old one, which stays readable."""
    found = _notice(request, pk)
    shown = _version(found, version)
    context = selectors_notices.page_of(found, shown, at=timezone.now())
    context["address"] = request.build_absolute_uri(request.path)
    return render(request, "publicity/notice.html", context)


@public
@require_safe
def notice_paper(request: UnionRequest, pk: int, version: int) -> HttpResponse:
    """A version on official paper (GB/T 9704)."""
    if not throttle.allowed(request, "notice_paper", per_minute=20):
        return render(request, "publicity/too_many.html", status=429)
    shown = _version(_notice(request, pk), version)
    try:
        content = papers.notice_pdf(shown)
    except (MissingGlyph, PaperError) as error:
        messages.error(request, f"公文暂时不能生成：{error}。网页上的公示内容完整有效")
        return redirect("publicity:notice_version", union_slug=request.union.slug, pk=pk, version=version)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-{pk}-v{version}.pdf"'
    return response


@public
@require_safe
def results(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.for_union(request.union).public(), slug=campaign_slug)
    titled = selectors.results(campaign)
    context = {
        "campaign": campaign,
        "titled": titled,
        "summary": f"{request.union.name}公布认定结果，共 {len(titled)} 人次",
        "disqualified": selectors.public_disqualifications(campaign),
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "publicity/results.html", context)


@member_required
@require_safe
def certificate(request: MemberRequest, pk: int) -> FileResponse:
    """The holder's own sheet, or any for the office."""
    found = get_object_or_404(
        Certificate.objects.for_union(request.union).select_related(
            "award__application", "file", "union", "revocation"
        ),
        pk=pk,
    )
    sheet = found.current_file
    if not policies.can_download_certificate(request.member, found, at=timezone.now()) or sheet is None:
        raise Http404
    return attachment(sheet)

"""What anybody may read: the union's home, notices, results, verification; and how to object."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Campaign
from campaigns.rules.schema import PublicNoticeStage
from campaigns.selectors import stage_rule
from documents.models import StoredFile
from documents.paper.uploads import BadUpload, inspect
from documents.services import discard_file, store_file
from publicity import papers, policies, selectors, throttle
from publicity.forms import FollowForm, ObjectionForm, VerifyForm
from publicity.models import Certificate, Notice, NoticeVersion
from publicity.services import objections
from unions import tenancy
from unions.access import member_required, public
from unions.middleware import MemberRequest, UnionRequest
from unions.permits import Refused

EVIDENCE_BYTES = 10 * 1024 * 1024


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """All unions, with what is open for applications now."""
    with tenancy.everywhere(tenancy.GlobalRoute.DIRECTORY):
        rows = selectors.directory(at=timezone.now())
    return render(request, "publicity/directory.html", {"rows": rows})


directory.access = "global"  # type: ignore[attr-defined]


@require_safe
def verify_search(request: HttpRequest) -> HttpResponse:
    form = VerifyForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("publicity_global:verify", number=form.cleaned_data["number"].strip())
    return render(request, "publicity/verify_search.html", {"form": form})


verify_search.access = "global"  # type: ignore[attr-defined]


@never_cache
@require_safe
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What stands on a certificate and whether it still holds; nothing else of the person."""
    if not throttle.allowed(request, "verify", per_minute=60):
        return render(request, "publicity/too_many.html", status=429)
    with tenancy.everywhere(tenancy.GlobalRoute.VERIFY):
        found = selectors.verify(number)
    context = {"found": found, "number": number}
    return render(request, "publicity/verify.html", context, status=200 if found else 404)


verify.access = "global"  # type: ignore[attr-defined]


@public
@require_safe
def home(request: UnionRequest) -> HttpResponse:
    at = timezone.now()
    campaigns = Campaign.objects.for_union(request.union).public().prefetch_related("stages")
    context = {
        "open": [campaign for campaign in campaigns if campaign.is_open(at)],
        "others": [campaign for campaign in campaigns if not campaign.is_open(at)],
        "notices": selectors.notices(request.union)[:5],
        "at": at,
    }
    return render(request, "publicity/home.html", context)


def _notice(request: UnionRequest, pk: int) -> Notice:
    return get_object_or_404(selectors.notices(request.union), pk=pk)


def _sheet(request: UnionRequest, notice: Notice, version: NoticeVersion) -> HttpResponse:
    versions = list(notice.versions.all())
    context = {
        "notice": notice,
        "version": version,
        "versions": versions,
        "current": version == versions[-1],
        "lines": selectors.lines_of(version),
        "may_object": policies.can_object(notice, at=timezone.now()),
    }
    return render(request, "publicity/notice.html", context)


@public
@require_safe
def notice(request: UnionRequest, pk: int) -> HttpResponse:
    found = _notice(request, pk)
    return _sheet(request, found, list(found.versions.all())[-1])


@public
@require_safe
def notice_version(request: UnionRequest, pk: int, version: int) -> HttpResponse:
    found = _notice(request, pk)
    return _sheet(request, found, get_object_or_404(found.versions, version=version))


@public
@require_safe
def notice_paper(request: UnionRequest, pk: int) -> HttpResponse:
    """The version in force on official paper (GB/T 9704)."""
    if not throttle.allowed(request, "notice_paper", per_minute=20):
        return render(request, "publicity/too_many.html", status=429)
    version = list(_notice(request, pk).versions.all())[-1]
    response = HttpResponse(papers.notice_pdf(version), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-{pk}-v{version.version}.pdf"'
    return response


@public
@require_safe
def results(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.for_union(request.union).public(), slug=campaign_slug)
    titled = selectors.results(campaign)
    return render(request, "publicity/results.html", {"campaign": campaign, "titled": titled})


@public
@require_http_methods(["GET", "POST"])
def object_to(request: UnionRequest, pk: int) -> HttpResponse:
    """Take an objection from anybody; the receipt and code are shown once."""
    found = _notice(request, pk)
    decision = policies.can_object(found, at=timezone.now())
    if not decision:
        messages.error(request, decision.reason)
        return redirect("publicity:notice", union_slug=request.union.slug, pk=pk)
    rule = stage_rule(found.stage)
    named = isinstance(rule, PublicNoticeStage) and rule.objections is not None and rule.objections.named
    people = selectors.people_on(found)
    form = ObjectionForm(request.POST or None, request.FILES or None, people=people, named=named)
    if request.method == "POST" and form.is_valid():
        if not throttle.allowed(request, "objection", per_minute=5):
            return render(request, "publicity/too_many.html", status=429)
        try:
            objection, code = _raise(request, found, form)
        except BadUpload as refusal:
            form.add_error("evidence", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            context = {"notice": found, "receipt": objection.receipt, "code": code}
            return render(request, "publicity/objection_taken.html", context)
    return render(request, "publicity/object.html", {"notice": found, "form": form, "named": named})


def _raise(request: UnionRequest, found: Notice, form: ObjectionForm) -> tuple[objections.Objection, str]:
    at, data = timezone.now(), form.cleaned_data
    evidence: StoredFile | None = None
    if data["evidence"]:
        upload = data["evidence"]
        seen = inspect(upload, allowed=("pdf", "jpeg", "png"), max_bytes=EVIDENCE_BYTES)
        evidence = store_file(request.union, upload, name=upload.name, content_type=seen.content_type, at=at)
    try:
        return objections.raise_objection(
            found,
            application=next(
                (person for person in selectors.people_on(found) if person.pk == data["application"]), None
            ),
            text=data["text"],
            sender=objections.Sender(data["name"], data["contact"]),
            evidence=evidence,
            at=at,
        )
    except Refused:
        if evidence is not None:
            discard_file(evidence)
        raise


@never_cache
@public
@require_http_methods(["GET", "POST"])
def follow(request: UnionRequest) -> HttpResponse:
    """Where an objection stands, for whoever holds receipt and code."""
    form, objection = FollowForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        if not throttle.allowed(request, "follow", per_minute=10):
            return render(request, "publicity/too_many.html", status=429)
        objection = selectors.find_objection(request.union, **form.cleaned_data)
        if objection is None:
            form.add_error(None, "没有找到：请核对受理号和查询码")
    return render(request, "publicity/follow.html", {"form": form, "objection": objection})


@member_required
@require_safe
def certificate(request: MemberRequest, pk: int) -> FileResponse:
    """The holder's own sheet, or any for the office."""
    found = get_object_or_404(
        Certificate.objects.for_union(request.union).select_related("award__application", "file", "union"), pk=pk
    )
    if not policies.can_download_certificate(request.member, found, at=timezone.now()) or found.file is None:
        raise Http404
    return FileResponse(
        found.file.file.open("rb"), as_attachment=True, filename=found.file.name, content_type="application/pdf"
    )

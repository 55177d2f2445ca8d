"""Files on their way out: after a permission check, as an attachment; a picture inline only as a small one drawn anew."""

import uuid
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from applications import papers, policies
from applications.models import Material, Submission
from applications.views.applicant import find
from documents.models import StoredFile
from documents.paper import uploads
from documents.paper.render import safe_name
from unions.access import member_required, public
from unions.middleware import MemberRequest, UnionRequest

PREVIEW_EDGE = 640
PREVIEWED = frozenset({"image/jpeg", "image/png"})


def attachment(stored: StoredFile) -> HttpResponse:
    """The file as a download under its own name; nothing a browser would run."""
    response = FileResponse(
        stored.file.open("rb"), as_attachment=True, filename=stored.name, content_type=stored.content_type
    )
    return guarded(response)


def preview_of(stored: StoredFile) -> HttpResponse:
    """A picture, small and drawn anew, that may stand in a page."""
    if stored.content_type not in PREVIEWED:
        raise Http404
    with stored.file.open("rb") as file:
        content = uploads.sanitise_image(file, max_edge=PREVIEW_EDGE)
    return guarded(HttpResponse(content, content_type="image/jpeg"))


def guarded(response: HttpResponse | FileResponse) -> HttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=300"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response  # type: ignore[return-value]


def _material(request: MemberRequest, file_id: uuid.UUID) -> Material:
    """To whoever may not read it the file does not exist."""
    rows = Material.objects.filter(union=request.union).select_related("file", "application")
    material = get_object_or_404(rows, file_id=file_id)
    if not policies.can_read_material(request.member, material):
        raise Http404
    return material


@member_required
def file(request: MemberRequest, file_id: uuid.UUID) -> HttpResponse:
    return attachment(_material(request, file_id).file)


@member_required
def preview(request: MemberRequest, file_id: uuid.UUID) -> HttpResponse:
    return preview_of(_material(request, file_id).file)


@member_required
def form_pdf(request: MemberRequest, pk: int, version: int = 0) -> HttpResponse:
    """The form on paper: of the last submission or the one named; before the first the draft, marked as such."""
    application = find(request, pk)
    submissions = Submission.objects.filter(application=application).select_related("application__union")
    submission = submissions.filter(version=version).first() if version else submissions.last()
    if version and submission is None:
        raise Http404
    paper = request.GET.get("paper", "")
    try:
        if submission is None:
            if not policies.is_editor(request.member, application):
                raise Http404
            content = papers.draft_pdf(application, paper=paper)
        else:
            submission.application = application
            whole = policies.is_editor(request.member, application) or policies.speaks_for_unit(
                request.member, application
            )
            content = papers.form_pdf(submission, paper=paper, masked=not whole)
    except papers.NoPaper as missing:
        raise Http404 from missing
    name = safe_name(f"{application.number or '草稿'}_{application.name}_申报表")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.pdf"
    return guarded(response)


@public
def print_check(request: UnionRequest, code: str) -> HttpResponse:
    """Where the QR code of a printed form leads: which version it is of, and nothing about the person."""
    submission = (
        Submission.objects.filter(union=request.union, check_code=code.strip().upper())
        .select_related("application__campaign")
        .first()
    )
    newest = None
    if submission is not None:
        newest = Submission.objects.filter(application_id=submission.application_id).order_by("-version").first()
    context = {
        "code": code,
        "submission": submission,
        "is_newest": submission is not None and newest == submission,
        "campaign": submission.application.campaign if submission else None,
        "now": timezone.now(),
    }
    return render(request, "applications/print_check.html", context, status=200 if submission else 404)

"""Files on their way out: after a permission check, as an attachment; a picture inline only as a small one drawn anew."""

import io
import uuid
from collections.abc import Container, Mapping
from urllib.parse import quote
from zipfile import ZipFile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from applications import papers, policies
from applications.models import Application, Material, Submission
from applications.views.applicant import face_of, find, link
from documents.models import StoredFile
from documents.paper import uploads
from documents.paper.fonts import MissingGlyph
from documents.paper.forms import Opinion
from documents.paper.render import PaperError, safe_name
from unions.access import member_required, public
from unions.middleware import MemberRequest, UnionRequest

PREVIEW_EDGE = 640
PREVIEWED = frozenset({"image/jpeg", "image/png", "application/pdf"})


def attachment(stored: StoredFile) -> HttpResponse:
    """The file as a download under its own name; nothing a browser would run."""
    if stored.erased_at is not None:
        raise Http404("文件已移除或已按规定删除")
    response = FileResponse(
        stored.file.open("rb"), as_attachment=True, filename=stored.name, content_type=stored.content_type
    )
    return guarded(response)


def preview_of(stored: StoredFile, page: int = 1) -> HttpResponse:
    """A picture, small and drawn anew, that may stand in a page: of a PDF the page named, counted from 1."""
    if stored.content_type not in PREVIEWED or stored.erased_at is not None:
        raise Http404
    of_pdf = stored.content_type == "application/pdf"
    with stored.file.open("rb") as file:
        try:
            if of_pdf:
                content = uploads.page_picture(file, page=page, max_edge=PREVIEW_EDGE)
            else:
                content = uploads.sanitise_image(file, max_edge=PREVIEW_EDGE)
        except uploads.BadUpload as bad:
            raise Http404(str(bad)) from None
    return guarded(HttpResponse(content, content_type="image/png" if of_pdf else "image/jpeg"))


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
def preview(request: MemberRequest, file_id: uuid.UUID, page: int = 1) -> HttpResponse:
    return preview_of(_material(request, file_id).file, page)


@member_required
def print_forms(request: MemberRequest, pk: int) -> HttpResponse:
    """Before the PDF: which papers, of which version, how many copies, how to print and where the seals go."""
    application = find(request, pk)
    back = link(request, "unit_case" if policies.speaks_for_unit(request.member, application) else "status", pk=pk)
    form = link(request, "form_pdf", pk=pk)
    return print_page(request, application, _submission(application), form=form, back=back)


def print_page(
    request: MemberRequest,
    application: Application,
    submission: Submission | None,
    *,
    form: str,
    back: str,
    ended: Container[str] = (),
) -> HttpResponse:
    """`form` is the address of the PDFs, which take the paper's name in their query; `back` that of the case.

    `ended` names the stages whose opinions that print bears.
    """
    prints = papers.prints(application.campaign.rules, ended=ended)
    if not prints or (submission is None and not policies.is_editor(request.member, application)):
        raise Http404
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "submission": submission,
        "prints": prints,
        "earlier": Submission.objects.filter(application=application).exclude(pk=submission.pk) if submission else [],
        "form_url": form,
        "whole": policies.may_print_whole(request.member, application),
        "back": back,
    }
    return render(request, "applications/print.html", context)


def _submission(application: Application, version: int = 0) -> Submission | None:
    submissions = Submission.objects.filter(application=application).select_related("application__union")
    submission = submissions.filter(version=version).first() if version else submissions.last()
    if version and submission is None:
        raise Http404
    if submission is not None:
        submission.application = application
    return submission


@member_required
def form_pdf(request: MemberRequest, pk: int, version: int = 0) -> HttpResponse:
    """The form on paper: of the last submission or the one named; before the first the draft, marked as such."""
    application = find(request, pk)
    back = link(request, "print_forms", pk=pk)
    return paper_response(request, application, _submission(application, version), back=back)


def paper_response(
    request: MemberRequest,
    application: Application,
    submission: Submission | None,
    *,
    back: str,
    opinions: Mapping[str, Opinion] | None = None,
) -> HttpResponse:
    """The paper named in the query, the first where none is, or with `all` every one, each a file of its own in a ZIP.

    What cannot be printed is told by the paper's name on the page before, which is `back`.
    """
    wanted = request.GET.get("paper", "")
    rules = application.campaign.rules
    chosen = [paper for paper in papers.form_papers(rules) if wanted in {"", "all", paper.id}]
    chosen = chosen if wanted == "all" else chosen[:1]
    if not chosen or (submission is None and not policies.is_editor(request.member, application)):
        raise Http404
    whole = policies.may_print_whole(request.member, application)
    made: list[tuple[str, bytes]] = []
    for paper in chosen:
        name = safe_name(f"{application.number or '草稿'}_{application.name}_{paper.title}")
        try:
            if submission is None:
                content = papers.draft_pdf(application, paper=paper.id)
            else:
                content = papers.form_pdf(submission, opinions=opinions, paper=paper.id, masked=not whole)
        except (MissingGlyph, PaperError) as error:
            messages.error(request, f"“{paper.title}”没有生成：{error}。请改用其他写法，或者联系平台管理员安装字体")
        else:
            made.append((f"{name}.pdf", content))
    if not made:
        return redirect(back)
    if wanted != "all":
        return _download(made[0][1], made[0][0], "application/pdf")
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in made:
            archive.writestr(name, content)
    return _download(
        packed.getvalue(), f"{safe_name(application.number or application.name)}_全部表格.zip", "application/zip"
    )


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
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

"""How far a job is, and its files."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from documents import jobs as jobs_
from documents import policies, selectors, services
from documents.downloads import archive, attachment
from documents.models import Job
from documents.states import UNFINISHED, JobState
from unions.access import member_required
from unions.middleware import MemberRequest
from unions.permits import Refused

PER_PAGE = 50
BAR = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
}
"""What the progress component calls a state."""
TONE = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "active",
    JobState.DONE: "holds",
    JobState.FAILED: "fails",
}


def _job(request: MemberRequest, job_id: uuid.UUID) -> Job:
    """The job, if this member may see it; a stranger learns nothing, not even that it exists."""
    job = get_object_or_404(Job.objects.for_union(request.union), pk=job_id)
    if not policies.can_read_job(request.member, job):
        raise Http404
    return job


def bar_of(job: Job) -> dict[str, Any]:
    """How far a job is, as the component of progress wants it."""
    return {
        "job": job,
        "bar": BAR[JobState(job.state)],
        "left": selectors.time_left(job, at=timezone.now()),
        "unfinished": job.state in UNFINISHED,
        "unit": _kind_of(job).unit,
    }


def _base(request: MemberRequest) -> str:
    return "base_desk.html" if request.member.is_staff_role else "base_public.html"


@require_GET
@member_required
def jobs(request: MemberRequest) -> HttpResponse:
    page = Paginator(Job.objects.visible_to(request.member), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"job": job, "tone": TONE[JobState(job.state)]} for job in page]
    return render(
        request,
        "documents_ui/job_list.html",
        {"page": page, "rows": rows, "base": _base(request), "crumbs": [{"label": "我的任务"}]},
    )


@require_GET
@member_required
def job(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    found = _job(request, job_id)
    page = Paginator(selectors.outputs_of(found), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **bar_of(found),
        "page": page,
        "can_retry": policies.can_retry_job(request.member, found),
        "result": _result_of(found),
        "base": _base(request),
        "crumbs": [{"label": "我的任务", "url": _list_url(request)}, {"label": found.label}],
    }
    return render(request, "documents_ui/job_detail.html", context)


def _kind_of(job: Job) -> jobs_.Kind:
    """A kind that no app registers any more is shown all the same."""
    try:
        return jobs_.kind_of(job.kind)
    except jobs_.UnknownKindError:
        return jobs_.Kind(job.kind, _nothing)


def _nothing(job: Job, *, at_clock: jobs_.Clock) -> None:
    raise NotImplementedError


def _result_of(job: Job) -> str:
    """Where to read what came of a job that makes no files."""
    leads_to = _kind_of(job).leads_to
    return leads_to(job) if leads_to else ""


def _list_url(request: MemberRequest) -> str:
    return reverse("documents:jobs", kwargs={"union_slug": request.union.slug})


@require_GET
@member_required
def job_progress(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """The bar alone, asked for every two seconds by htmx; once the job is over, the page around it comes anew."""
    found = _job(request, job_id)
    response = render(request, "documents_ui/_job_progress.html", bar_of(found))
    if found.state not in UNFINISHED:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@member_required
def retry_job(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    found = _job(request, job_id)
    try:
        services.retry_job(found, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("documents:job", union_slug=request.union.slug, job_id=found.pk)


@require_GET
@member_required
def output(request: MemberRequest, job_id: uuid.UUID, output_id: int) -> FileResponse:
    found = _job(request, job_id)
    made = get_object_or_404(selectors.outputs_of(found), pk=output_id)
    _note_fetched(request, found)
    return attachment(made.file)


def _note_fetched(request: MemberRequest, job: Job) -> None:
    fetched = _kind_of(job).fetched
    if fetched:
        fetched(job, request.member, timezone.now())


@require_GET
@member_required
def outputs(request: MemberRequest, job_id: uuid.UUID) -> FileResponse:
    """Every file of a finished job at once."""
    found = _job(request, job_id)
    if found.state in UNFINISHED:
        raise Http404
    _note_fetched(request, found)
    return archive((made.file for made in selectors.outputs_of(found)), name=services.plain_name(f"{found.label}.zip"))

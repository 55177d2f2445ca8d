"""The later part of an applicant's own timeline: a fragment of the status page, which belongs to applications."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications.models import Application
from review import selectors
from unions.access import member_required
from unions.middleware import MemberRequest


@member_required
@require_safe
def my_progress(request: MemberRequest, pk: int) -> HttpResponse:
    """Own application only: the person's, or the one that whoever nominated fills in."""
    own = Q(applicant=request.member) | Q(applicant__isnull=True, filled_by=request.member)
    rows = Application.objects.for_union(request.union).filter(own).select_related("campaign")
    application = get_object_or_404(rows, pk=pk)
    context = {
        "application": application,
        "standing": selectors.where_it_stands(application),
        "events": selectors.later_timeline(application),
    }
    return render(request, "review/_my_progress.html", context)

"""The union administrator's list of people."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from unions import policies, selectors, services
from unions.access import role_required
from unions.forms import ReasonForm
from unions.middleware import MemberRequest
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

PAGE_SIZE = 50


@role_required(Role.ADMIN)
@require_GET
def members(request: MemberRequest) -> HttpResponse:
    q, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    found = selectors.find_members(request.member, q=q, role=role if role in Role else "")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = selectors.role_counts(request.union)
    return render(
        request,
        "unions/member_list.html",
        {
            "page": page,
            "q": q,
            "role": role,
            "tabs": [
                {"label": "全部", "url": "?", "current": not role, "count": sum(n for _, n in counts)},
                *(
                    {"label": one.label, "url": f"?role={one.value}", "current": role == one, "count": n}
                    for one, n in counts
                ),
            ],
            "crumbs": [{"label": "成员"}],
        },
    )


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def deactivate(request: MemberRequest, member_pk: int) -> HttpResponse:
    """Ask for the reason and name what will happen; then do it."""
    member = get_object_or_404(
        Member.objects.visible_to(request.member).select_related("user", "unit", "union"), pk=member_pk
    )
    decision = policies.can_deactivate_member(request.member, member)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.deactivate_member(
                member, actor=request.member, at=timezone.now(), reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已停用{member}，其权限立即失效。")
            return redirect("unions:members", union_slug=request.union.slug)
    return render(
        request,
        "unions/member_deactivate.html",
        {
            "subject": member,
            "decision": decision,
            "form": form,
            "crumbs": [{"label": "成员", "url": _address(request)}, {"label": "停用"}],
        },
        status=400 if form.errors else 200,
    )


def _address(request: MemberRequest) -> str:
    return reverse("unions:members", kwargs={"union_slug": request.union.slug})

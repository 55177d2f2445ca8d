"""Inviting people to a role. The link is shown once; what is stored cannot give it again."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unions import messaging, services
from unions.access import role_required
from unions.forms import InvitationForm
from unions.middleware import MemberRequest
from unions.models import Invitation
from unions.permits import Refused
from unions.states import Role

PAGE_SIZE = 50
FRESH_LINK = "invitation_link"


@role_required(Role.ADMIN)
@require_GET
def invitations(request: MemberRequest) -> HttpResponse:
    found = Invitation.objects.for_union(request.union).select_related("unit", "invited_by__user", "accepted_by__user")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "unions/invitation_list.html",
        {
            "page": page,
            "fresh": request.session.pop(FRESH_LINK, None),
            "now": timezone.now(),
            "crumbs": [{"label": "成员", "url": _members(request)}, {"label": "邀请"}],
        },
    )


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def invite(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.union, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = services.invite_member(
                request.union,
                contact=form.cleaned_data["contact"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                unit=form.cleaned_data["unit"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            request.session[FRESH_LINK] = {"name": invitation.name, "url": messaging.invitation_link(token)}
            messages.success(request, f"邀请{invitation.name}的消息已交发，发往 {invitation.contact}。")
            return redirect("unions:invitations", union_slug=request.union.slug)
    return render(
        request,
        "unions/invitation_form.html",
        {"form": form, "crumbs": [{"label": "成员", "url": _members(request)}, {"label": "邀请成员"}]},
        status=400 if form.errors else 200,
    )


@role_required(Role.ADMIN)
@require_POST
def revoke(request: MemberRequest, invitation_pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.for_union(request.union), pk=invitation_pk)
    try:
        services.revoke_invitation(invitation, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已撤销对{invitation.name}的邀请，链接已失效。")
    return redirect("unions:invitations", union_slug=request.union.slug)


def _members(request: MemberRequest) -> str:
    return reverse("unions:members", kwargs={"union_slug": request.union.slug})

"""An invitation link: its union is known only once the token is read, so it looks it up across unions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from unions import policies, services, tenancy
from unions.access import anyone
from unions.models import Invitation, User
from unions.permits import Refused


@anyone
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what, and let the signed-in bearer accept. Contact and name stay out: a link may be forwarded."""
    with tenancy.everywhere(tenancy.GlobalRoute.INVITATION):
        invitation = (
            Invitation.objects.select_related("union", "unit", "invited_by")
            .filter(token_digest=services.token_digest(token), union__active=True)
            .first()
        )
    if invitation is None:
        raise Http404("没有这个邀请，链接可能不完整")
    user = request.user
    with tenancy.scope(invitation.union_id):
        if request.method == "POST" and isinstance(user, User):
            try:
                member = services.accept_invitation(invitation, user, at=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
                return redirect(request.path)
            messages.success(request, f"您已成为{invitation.union.name}的{member.get_role_display()}。")
            return redirect("desk", union_slug=invitation.union.slug)
        decision = (
            policies.can_accept_invitation(invitation, user, at=timezone.now()) if isinstance(user, User) else None
        )
        return render(request, "unions/invitation_accept.html", {"invitation": invitation, "decision": decision})

"""What happens with personal data, open to anybody, and the consent of a member."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from unions import privacy as notice
from unions import selectors, services
from unions.access import member_required, public
from unions.middleware import MemberRequest, UnionRequest


@public
@require_GET
def privacy(request: UnionRequest) -> HttpResponse:
    return render(
        request,
        "unions/privacy.html",
        {
            "text": notice.text_of(request.union),
            "digest": notice.digest_of(request.union),
            "consent": selectors.consent_of(request.member) if request.member else None,
            "next": request.GET.get("next", ""),
        },
    )


@member_required
@require_POST
def consent(request: MemberRequest) -> HttpResponse:
    """Consent to the text that was shown; a text that changed meanwhile is shown again."""
    if request.POST.get("digest") != notice.digest_of(request.union):
        messages.error(request, "告知内容刚刚有更新，请重新阅读后再同意。")
        return redirect("unions:privacy", union_slug=request.union.slug)
    services.give_consent(request.member, text=notice.text_of(request.union), at=timezone.now())
    messages.success(request, "已记录您的同意。")
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return redirect(wanted)
    return redirect("unions:privacy", union_slug=request.union.slug)

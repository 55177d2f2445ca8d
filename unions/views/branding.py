"""How a union shows itself to the public, with the contrast of its colour checked while it is chosen."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from unions import services
from unions.access import role_required
from unions.forms import BrandingForm
from unions.middleware import MemberRequest
from unions.models import Union
from unions.permits import Refused
from unions.states import Role


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def branding(request: MemberRequest) -> HttpResponse:
    form = BrandingForm(request.POST or None, instance=Union.objects.get(pk=request.union.pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_branding(request.union, values=form.cleaned_data, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "已保存，公开页面即时生效。")
            return redirect("unions:branding", union_slug=request.union.slug)
    return render(
        request,
        "unions/branding_form.html",
        {"form": form, **_contrast(form["brand"].value()), "crumbs": [{"label": "门户与联系方式"}]},
        status=400 if form.errors else 200,
    )


@role_required(Role.ADMIN)
@require_GET
def contrast(request: MemberRequest) -> HttpResponse:
    """The fragment under the colour, asked for while one chooses."""
    return render(request, "unions/_contrast.html", _contrast(request.GET.get("brand", "")))


def _contrast(colour: str) -> dict[str, object]:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return {"ratio": None}
    ratio = services.contrast_with_white(colour)
    return {"ratio": f"{ratio:.1f}", "enough": ratio >= services.MIN_CONTRAST, "colour": colour}

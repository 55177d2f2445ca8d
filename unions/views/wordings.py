"""What messages say: the union's own words, or those that come with the product."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unions.access import role_required
from unions.forms import WordsForm
from unions.middleware import MemberRequest
from unions.models import MessageWording
from unions.outbox import kinds, tending
from unions.outbox.kinds import Kind
from unions.outbox.queueing import wordings as words_of
from unions.permits import Refused
from unions.states import Role
from unions.views.deliveries import address, tabs


@role_required(Role.ADMIN)
@require_GET
def wordings(request: MemberRequest) -> HttpResponse:
    own = set(MessageWording.objects.filter(union=request.union).values_list("kind", flat=True))
    groups: dict[str, list[dict[str, object]]] = {}
    for kind in kinds.all_kinds():
        said = {"kind": kind, "own": kind.id in own}
        groups.setdefault(kind.group, []).append(said)
    return render(
        request,
        "unions/wording_list.html",
        {
            "places": tabs(request, "wordings"),
            "groups": groups,
            "crumbs": [{"label": "消息发送", "url": address(request, "deliveries")}, {"label": "消息用语"}],
        },
    )


def _kind(kind_id: str) -> Kind:
    found = kinds.known(kind_id)
    if found is None:
        raise Http404("没有这类消息")
    return found


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def wording(request: MemberRequest, kind_id: str) -> HttpResponse:
    """Edit, preview with invented values, save. A preview keeps what was typed and writes nothing."""
    kind = _kind(kind_id)
    form = WordsForm(kind, request.POST or None, words=words_of(request.union, [kind.id])[kind.id])
    if request.method == "POST" and form.is_valid() and request.POST.get("act") != "preview":
        try:
            tending.reword(request.union, kind.id, form.words, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已保存“{kind.label}”的用语，从下一条消息起使用。")
            return redirect("unions:wordings", union_slug=request.union.slug)
    return render(
        request,
        "unions/wording.html",
        {
            "kind": kind,
            "form": form,
            "preview": form.preview(),
            "own": MessageWording.objects.filter(union=request.union, kind=kind.id).exists(),
            "crumbs": [{"label": "消息用语", "url": address(request, "wordings")}, {"label": kind.label}],
        },
        status=400 if form.errors else 200,
    )


@role_required(Role.ADMIN)
@require_POST
def reset(request: MemberRequest, kind_id: str) -> HttpResponse:
    kind = _kind(kind_id)
    try:
        tending.reset_wording(request.union, kind.id, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{kind.label}”已恢复系统用语。")
    return redirect("unions:wording", union_slug=request.union.slug, kind_id=kind.id)

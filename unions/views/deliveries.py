"""The desk of messages: what could not be delivered waits here for somebody, with its reason."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from unions import policies
from unions.access import role_required
from unions.forms import ReasonForm
from unions.middleware import MemberRequest
from unions.outbox import kinds, selectors, tending
from unions.outbox.states import DeliveryState
from unions.permits import Refused
from unions.states import Role

PAGE_SIZE = 50

VIEWS: Final = (
    ("waiting", "需要办理", (DeliveryState.FAILED, DeliveryState.UNCLEAR)),
    ("on_the_way", "待发", (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD)),
    ("sent", "已发出", (DeliveryState.SENT,)),
    ("settled", "已告知或撤下", (DeliveryState.TOLD, DeliveryState.WITHDRAWN)),
)


def address(request: MemberRequest, view: str, **kwargs: Any) -> str:
    return reverse(f"unions:{view}", kwargs={"union_slug": request.union.slug, **kwargs})


def tabs(request: MemberRequest, current: str) -> list[dict[str, Any]]:
    """The places of this desk; the office writes to many, the administrator minds the words."""
    places = [("deliveries", "发送情况")]
    places += [("mass_messages", "群发")] if request.member.role == Role.OFFICE else [("wordings", "消息用语")]
    return [{"label": label, "url": address(request, view), "current": view == current} for view, label in places]


@role_required(Role.OFFICE, Role.ADMIN)
@require_GET
def deliveries(request: MemberRequest) -> HttpResponse:
    name, _, states = next((one for one in VIEWS if one[0] == request.GET.get("view")), VIEWS[0])
    q = request.GET.get("q", "").strip()
    counted = selectors.counts(request.member)
    page = Paginator(selectors.deliveries(request.member, states=states, q=q), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "unions/delivery_list.html",
        {
            "places": tabs(request, "deliveries"),
            "tabs": [
                {
                    "label": label,
                    "url": f"?view={key}",
                    "current": key == name,
                    "count": sum(counted.get(state, 0) for state in among),
                }
                for key, label, among in VIEWS
            ],
            "view": name,
            "q": q,
            "page": page,
            "lines": selectors.lines(list(page.object_list)),
            "again": selectors.may_go_again(request.member).count() if name == "waiting" else 0,
            "form": ReasonForm(auto_id="again_%s"),
            "crumbs": [{"label": "消息发送"}],
        },
    )


@role_required(Role.OFFICE, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def settle(request: MemberRequest, delivery_pk: UUID) -> HttpResponse:
    """One delivery that waits for a person: send it again, or say how its recipient was told."""
    found = get_object_or_404(selectors.deliveries(request.member, states=list(DeliveryState)), pk=delivery_pk)
    form = ReasonForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        again = request.POST.get("act") == "again"
        act = tending.send_again if again else tending.told_otherwise
        try:
            act(found.pk, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now())
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "已重新交发。" if again else "已记录。")
            return redirect("unions:deliveries", union_slug=request.union.slug)
    desk = kinds.kind_of(found.message.kind).desk
    return render(
        request,
        "unions/delivery.html",
        {
            "line": selectors.line_of(found),
            "content": selectors.shown(found.message) if found.message.recipient_id else None,
            "settle": policies.can_settle_delivery(request.member, found, desk=desk),
            "again": policies.can_send_again(request.member, found, desk=desk),
            "form": form,
            "refusal": refusal,
            "crumbs": [{"label": "消息发送", "url": address(request, "deliveries")}, {"label": "办理"}],
        },
        status=400 if form.errors or refusal else 200,
    )


@role_required(Role.OFFICE, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def send_all_again(request: MemberRequest) -> HttpResponse:
    """After an outage: everything that surely reached nobody goes out again."""
    if request.method == "GET":
        context = {
            "title": "重新发送？",
            "count": selectors.may_go_again(request.member).count(),
            "noun": "条",
            "verb": "重新发送",
            "kind": "primary",
            "action": request.path,
            "back": address(request, "deliveries"),
            "form": ReasonForm(),
            "crumbs": [{"label": "消息发送", "url": address(request, "deliveries")}, {"label": "重新发送"}],
        }
        return render(request, "unions/message_confirm.html", context)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        n = tending.send_all_again(reason=reason, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已重新交发 {n} 条。")
    return redirect("unions:deliveries", union_slug=request.union.slug)

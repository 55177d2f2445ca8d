"""Everybody's own messages: the inbox, one message, how to be told."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unions.access import member_required
from unions.forms import ChannelsForm
from unions.middleware import MemberRequest
from unions.outbox import kinds, selectors, tending
from unions.outbox.queueing import mailbox_of
from unions.states import Role

PAGE_SIZE = 20


def _face(request: MemberRequest) -> str:
    """People who apply read it as one column, staff at their desk."""
    return "base_public.html" if request.member.role == Role.APPLICANT else "base_desk.html"


@member_required
@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    page = Paginator(selectors.inbox(request.member), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "unions/inbox.html",
        {
            "face": _face(request),
            "page": page,
            "items": selectors.items(list(page.object_list)),
            "crumbs": [{"label": "我的消息"}],
        },
    )


@member_required
@require_GET
def message(request: MemberRequest, message_pk: int) -> HttpResponse:
    """One message; opening it is reading it."""
    found = get_object_or_404(selectors.inbox(request.member), pk=message_pk)
    if tending.read_messages(request.member, at=timezone.now(), message_id=found.pk):
        request.member.unread -= 1  # type: ignore[attr-defined]  # counted by the middleware
    return render(
        request,
        "unions/message.html",
        {
            "face": _face(request),
            "item": selectors.items([found])[0],
            "crumbs": [{"label": "我的消息", "url": _inbox(request)}, {"label": "消息"}],
        },
    )


@member_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    n = tending.read_messages(request.member, at=timezone.now())
    messages.success(request, f"已把 {n} 条消息标为已读。" if n else "没有未读消息。")
    return redirect("unions:inbox", union_slug=request.union.slug)


@member_required
@require_http_methods(["GET", "POST"])
def channels(request: MemberRequest) -> HttpResponse:
    box = mailbox_of(request.member, at=timezone.now())
    form = ChannelsForm(request.POST or None, initial={"mail": box.mail, "sms": box.sms})
    if request.method == "POST" and form.is_valid():
        tending.choose_channels(request.member, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "已保存接收方式。")
        return redirect("unions:inbox", union_slug=request.union.slug)
    shown = [kind for kind in kinds.all_kinds() if kind.desk == "office"]
    return render(
        request,
        "unions/message_channels.html",
        {
            "face": _face(request),
            "form": form,
            "essential": [kind.label for kind in shown if kind.essential],
            "optional": [kind.label for kind in shown if not kind.essential],
            "crumbs": [{"label": "我的消息", "url": _inbox(request)}, {"label": "接收方式"}],
        },
    )


def _inbox(request: MemberRequest) -> str:
    return f"/{request.union.slug}/messages/"

"""Mass messages: chosen, written, looked at, and only then sent."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from unions.access import role_required
from unions.forms import WordsForm
from unions.middleware import MemberRequest
from unions.models import MassMessage
from unions.outbox import kinds, mass, selectors
from unions.outbox.mass import Scope, Selection
from unions.outbox.queueing import wordings
from unions.permits import Refused
from unions.states import Role
from unions.views.deliveries import address, tabs

PAGE_SIZE = 50
SAMPLES = 3


@role_required(Role.OFFICE)
@require_GET
def mass_messages(request: MemberRequest) -> HttpResponse:
    at = timezone.now()
    page = Paginator(selectors.mass_messages(request.union), PAGE_SIZE).get_page(request.GET.get("page"))
    choices = [
        {"selection": selection, "scopes": scopes}
        for selection in mass.selections()
        if (scopes := selection.scopes(request.union, at=at))
    ]
    return render(
        request,
        "unions/mass_list.html",
        {
            "places": tabs(request, "mass_messages"),
            "page": page,
            "choices": choices,
            "crumbs": [{"label": "消息发送", "url": address(request, "deliveries")}, {"label": "群发"}],
        },
    )


def _chosen(request: MemberRequest) -> tuple[Selection, Scope] | None:
    """`to` is selection and scope, as the list of choices offers them."""
    name, _, scope_id = request.GET.get("to", "").partition(":")
    selection = mass.selection_of(name)
    if selection is None:
        return None
    scopes = selection.scopes(request.union, at=timezone.now())
    scope = next((one for one in scopes if one.id == scope_id), None)
    return (selection, scope) if scope else None


@role_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def write(request: MemberRequest) -> HttpResponse:
    """The words for one selection, offered as the union has them, with how many they would go to now."""
    chosen = _chosen(request)
    if chosen is None:
        messages.error(request, "请先选择发给谁。")
        return redirect("unions:mass_messages", union_slug=request.union.slug)
    selection, scope = chosen
    kind = kinds.kind_of(selection.kind)
    offered = wordings(request.union, [kind.id])[kind.id]
    form = WordsForm(kind, request.POST or None, words=offered)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            written = mass.write_mass_message(
                request.union, selection, scope, words=form.words, actor=request.member, at=timezone.now()
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect("unions:mass_message", union_slug=request.union.slug, mass_pk=written.pk)
    return render(
        request,
        "unions/mass_write.html",
        {
            "selection": selection,
            "scope": scope,
            "kind": kind,
            "form": form,
            "refusal": refusal,
            "people": sum(bool(one.letters) for one in selection.people(request.union, scope.id, at=timezone.now())),
            "crumbs": [{"label": "群发", "url": address(request, "mass_messages")}, {"label": "拟写"}],
        },
        status=400 if form.errors or refusal else 200,
    )


def _find(request: MemberRequest, mass_pk: int) -> MassMessage:
    return get_object_or_404(selectors.mass_messages(request.union), pk=mass_pk)


@role_required(Role.OFFICE)
@require_GET
def mass_message(request: MemberRequest, mass_pk: int) -> HttpResponse:
    """How many, who, and some of it word for word: what somebody looks at before it goes."""
    found = _find(request, mass_pk)
    page = Paginator(selectors.recipients(found), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = selectors.items(list(page.object_list))
    left = [row for row in rows if row.message.superseded_at is None]
    counted = selectors.mass_counts(found)
    return render(
        request,
        "unions/mass_message.html",
        {
            "mass": found,
            "page": page,
            "rows": rows,
            "samples": left[:SAMPLES],
            "held": counted.get("held", 0),
            "counts": selectors.in_words(counted),
            "standing": selectors.standing(found).count(),
            "crumbs": [{"label": "群发", "url": address(request, "mass_messages")}, {"label": "审阅"}],
        },
    )


def _ask(request: MemberRequest, found: MassMessage, **words: str) -> HttpResponse:
    """The same question as the dialog's, as a page of its own."""
    context = {
        "count": selectors.standing(found).count(),
        "noun": "人",
        "action": request.path,
        "back": address(request, "mass_message", mass_pk=found.pk),
        "crumbs": [{"label": "群发", "url": address(request, "mass_messages")}, {"label": "确认"}],
    }
    return render(request, "unions/message_confirm.html", {**context, **words})


@role_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def release(request: MemberRequest, mass_pk: int) -> HttpResponse:
    found = _find(request, mass_pk)
    if request.method == "GET":
        text = "站内消息立即可见，邮件和短信随即交发，发出后不能收回。"
        return _ask(request, found, title="发出这批消息？", text=text, verb="确认发出", kind="primary")
    try:
        mass.release_mass_message(found, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已交发，发送情况见下。")
    return redirect("unions:mass_message", union_slug=request.union.slug, mass_pk=mass_pk)


@role_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def discard(request: MemberRequest, mass_pk: int) -> HttpResponse:
    found = _find(request, mass_pk)
    if request.method == "GET":
        text = "不发给任何人，记录保留。"
        return _ask(request, found, title="作废这批消息？", text=text, verb="确认作废", kind="danger")
    try:
        mass.discard_mass_message(found, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已作废，没有发给任何人。")
    return redirect("unions:mass_message", union_slug=request.union.slug, mass_pk=mass_pk)

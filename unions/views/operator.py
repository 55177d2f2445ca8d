"""The platform operator: unions and health. Applications stay out of reach without a reason that the union's log keeps."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unions import health as checks
from unions import messaging, services, tenancy
from unions.access import operator_required
from unions.forms import AdministratorForm, ConfigureForm, FoundForm, ReasonForm
from unions.models import Invitation, Member, Union, User
from unions.permits import Refused
from unions.states import Role
from unions.views.invitations import FRESH_LINK


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@operator_required
@require_GET
def unions(request: HttpRequest) -> HttpResponse:
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        people = dict(
            Member.objects.active().people().values_list("union_id").annotate(Count("pk")).order_by("union_id")
        )
        administrators = dict(
            Member.objects.active().filter(role=Role.ADMIN).values_list("union_id").annotate(Count("pk"))
        )
    rows = [
        {"union": union, "people": people.get(union.pk, 0), "administrators": administrators.get(union.pk, 0)}
        for union in Union.objects.order_by("-active", "name")
    ]
    return render(request, "unions/operator_unions.html", {"rows": rows, **_frame("unions")})


@operator_required
@require_http_methods(["GET", "POST"])
def found(request: HttpRequest) -> HttpResponse:
    form = FoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
                union = services.found_union(
                    slug=data["slug"],
                    name=data["name"],
                    short_name=data["short_name"],
                    operator=_operator(request),
                    at=timezone.now(),
                ).union
        except Refused as refusal:
            form.add_error("slug", str(refusal))
        else:
            messages.success(request, f"已开通{union.name}。")
            _invite(request, union, name=data["admin_name"], contact=data["admin_contact"])
            return redirect("unions_global:union", pk=union.pk)
    return render(
        request,
        "unions/operator_found.html",
        {"form": form, **_frame("unions", "开通工会")},
        status=400 if form.errors else 200,
    )


def _invite(request: HttpRequest, union: Union, *, name: str, contact: str) -> None:
    """Invite the first administrator, send the link and keep it for the next page to show once."""
    at = timezone.now()
    try:
        with tenancy.scope(union.pk):
            actor = services.register_operator(union, _operator(request), at=at)
            _, token = services.invite_first_administrator(union, contact=contact, name=name, actor=actor, at=at)
            request.session[FRESH_LINK] = {"name": name, "url": messaging.invitation_link(token)}
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"邀请首位管理员{name}的消息已交发，发往 {contact}。")


@operator_required
@require_GET
def union(request: HttpRequest, pk: int) -> HttpResponse:
    subject = get_object_or_404(Union, pk=pk)
    form = ConfigureForm(initial={"domain": subject.domain or "", "active": subject.active})
    return _union_page(request, subject, form)


def _union_page(request: HttpRequest, subject: Union, form: ConfigureForm) -> HttpResponse:
    with tenancy.scope(subject.pk):
        counts = (
            Member.objects.for_union(subject)
            .active()
            .people()
            .aggregate(
                people=Count("pk"),
                administrators=Count("pk", filter=Q(role=Role.ADMIN)),
            )
        )
        waiting = list(Invitation.objects.for_union(subject).open().filter(role=Role.ADMIN)[:5])
        mine = Member.objects.for_union(subject).filter(user=_operator(request)).at_work(timezone.now()).first()
    return render(
        request,
        "unions/operator_union.html",
        {
            "subject": subject,
            "counts": counts,
            "waiting": waiting,
            "form": form,
            "administrator_form": AdministratorForm(),
            "reason_form": ReasonForm(auto_id="read_%s"),
            "reading": mine if mine and mine.role == Role.SUPERVISOR else None,
            "fresh": request.session.pop(FRESH_LINK, None),
            **_frame("unions", subject.name),
        },
        status=400 if form.errors else 200,
    )


@operator_required
@require_POST
def configure(request: HttpRequest, pk: int) -> HttpResponse:
    subject = get_object_or_404(Union, pk=pk)
    form = ConfigureForm(request.POST)
    if not form.is_valid():
        return _union_page(request, subject, form)
    at = timezone.now()
    try:
        with tenancy.scope(subject.pk):
            services.configure_union(
                subject,
                domain=form.cleaned_data["domain"],
                active=form.cleaned_data["active"],
                reason=form.cleaned_data["reason"],
                actor=services.register_operator(subject, _operator(request), at=at),
                at=at,
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已保存。")
    return redirect("unions_global:union", pk=pk)


@operator_required
@require_POST
def invite_administrator(request: HttpRequest, pk: int) -> HttpResponse:
    subject = get_object_or_404(Union, pk=pk)
    form = AdministratorForm(request.POST)
    if form.is_valid():
        _invite(request, subject, **form.cleaned_data)
    else:
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
    return redirect("unions_global:union", pk=pk)


@operator_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read as a supervisor does for an hour; the reason goes into that union's own log first."""
    subject = get_object_or_404(Union, pk=pk, active=True)
    try:
        with tenancy.scope(subject.pk):
            services.grant_operator_reading(
                subject, _operator(request), reason=request.POST.get("reason", ""), at=timezone.now()
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("unions_global:union", pk=pk)
    messages.warning(request, "一小时内您可以按监督员的权限查看，理由已写入该工会的审计记录。")
    return redirect("desk", union_slug=subject.slug)


@operator_required
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    results = checks.run()
    return render(
        request,
        "unions/operator_health.html",
        {"results": results, "well": all(one.well for one in results), "at": timezone.now(), **_frame("health")},
    )


def _frame(current: str, here: str = "") -> dict[str, object]:
    """Rail and breadcrumb of pages that no union's context supplies."""
    places = {
        "unions": ("工会", reverse("unions_global:operator"), "people"),
        "health": ("运行状况", reverse("unions_global:health"), "info"),
        "admin": ("数据维护", reverse("admin:index"), "settings"),
    }
    label, url, _ = places[current]
    crumbs = [{"label": label, "url": url}, {"label": here}] if here else [{"label": label}]
    rail = [
        {"label": label, "url": url, "icon": icon, "current": key == current}
        for key, (label, url, icon) in places.items()
    ]
    return {"rail": rail, "crumbs": crumbs}

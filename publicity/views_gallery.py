"""风采展示: the gallery for anybody, the person's own page on it, and the office's desk."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Application
from documents.downloads import inline
from publicity import policies_gallery
from publicity import selectors_gallery as gallery
from publicity.forms_gallery import GalleryForm, PhotoForm
from publicity.models_gallery import GalleryEntry, GalleryPhoto
from publicity.services import gallery as services
from unions.access import member_required, public, role_required
from unions.middleware import MemberRequest, UnionRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 24
office = role_required(Role.OFFICE)


# --- the public ----------------------------------------------------------------------------------------------------------


@never_cache
@public
@require_safe
def gallery_list(request: UnionRequest) -> HttpResponse:
    """The titled, by year and title."""
    year, award = request.GET.get("year", ""), request.GET.get("award", "")
    wanted = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
    page = Paginator(gallery.shown(request.union, year=wanted, award=award), PER_PAGE).get_page(request.GET.get("page"))
    years, awards = gallery.choices(request.union)
    context = {
        "page": page,
        "people": gallery.cards(page.object_list),
        "years": years,
        "awards": awards,
        "year": wanted,
        "award": award,
        "summary": f"{request.union.name}的工匠风采",
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "publicity/gallery_list.html", context)


@never_cache
@public
@require_safe
def gallery_person(request: UnionRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(gallery.shown(request.union), pk=pk)
    one = gallery.card(entry)
    picture = one.picture
    photo = reverse("publicity:gallery_photo", args=[request.union.slug, picture.pk]) if picture else ""
    context = {
        "one": one,
        "mine": request.member is not None and entry.application.applicant_id == request.member.pk,
        "image": request.build_absolute_uri(photo) if photo else "",
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "publicity/gallery_person.html", context)


@public
@require_safe
def gallery_photo(request: UnionRequest, pk: int) -> HttpResponseBase:
    """A picture of whoever is shown now; before that for the office and for the person themself."""
    photo = get_object_or_404(
        GalleryPhoto.objects.filter(union=request.union).select_related("file", "entry__application__union"), pk=pk
    )
    member, application = request.member, photo.entry.application
    if not gallery.shown(request.union).filter(pk=photo.entry_id).exists() and (
        member is None
        or not (member.pk == application.applicant_id or policies_gallery.can_edit_gallery(member, application))
    ):
        raise Http404
    return inline(photo.file)


# --- the person ----------------------------------------------------------------------------------------------------------


@never_cache
@member_required
@require_safe
def my_gallery(request: MemberRequest) -> HttpResponse:
    """What is, or would be, shown of me, and my own word on it."""
    entries = list(gallery.own(request.member))
    context = {"entries": [(entry, gallery.card(entry)) for entry in entries], "terms": services.TERMS}
    return render(request, "publicity/gallery_mine.html", context)


@member_required
@require_POST
def say_consent(request: MemberRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(gallery.own(request.member), pk=pk)
    given = request.POST.get("given") == "yes"
    try:
        services.say_consent(entry, given=given, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, "您已同意展示，发布后任何人可以查看" if given else "已记下：不展示。已发布的内容已立即停止展示"
        )
    return redirect("publicity:my_gallery", union_slug=request.union.slug)


# --- the office ----------------------------------------------------------------------------------------------------------


def _crumbs(request: MemberRequest, label: str = "") -> list[dict[str, str]]:
    if not label:
        return [{"label": "风采展示"}]
    url = reverse("publicity:gallery_desk", kwargs={"union_slug": request.union.slug})
    return [{"label": "风采展示", "url": url}, {"label": label}]


@office
@require_safe
def gallery_desk(request: MemberRequest) -> HttpResponse:
    """Everybody who holds a title, and how far they are."""
    page = Paginator(gallery.titled(request.union), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, getattr(one, "gallery", None)) for one in page.object_list]
    return render(request, "publicity/gallery_desk.html", {"page": page, "rows": rows, "crumbs": _crumbs(request)})


def _titled(request: MemberRequest, pk: int) -> Application:
    return get_object_or_404(gallery.titled(request.union), pk=pk)


def _found(request: MemberRequest, pk: int) -> GalleryEntry:
    entry: GalleryEntry | None = getattr(_titled(request, pk), "gallery", None)
    if entry is None:
        raise Http404
    return entry


@office
@require_http_methods(["GET", "POST"])
def edit_gallery(request: MemberRequest, pk: int) -> HttpResponse:
    """Write, see it as the public would, save."""
    application = _titled(request, pk)
    entry: GalleryEntry | None = getattr(application, "gallery", None)
    words = gallery.opened(application.person.key, entry.sealed) if entry else {}
    form, preview = GalleryForm(request.POST or None, initial=GalleryForm.initial_of(words)), None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = _preview(application, entry, form.text().words())
        else:
            try:
                services.edit_gallery(application, text=form.text(), actor=request.member, at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "已保存")
                return redirect("publicity:edit_gallery", union_slug=request.union.slug, pk=pk)
    return _editor(request, application, entry, form, PhotoForm(), preview)


def _preview(application: Application, entry: GalleryEntry | None, words: dict[str, Any]) -> gallery.Shown:
    entry = entry or GalleryEntry(union=application.union)
    entry.application = application
    return gallery.card(entry, words)


def _editor(
    request: MemberRequest,
    application: Application,
    entry: GalleryEntry | None,
    form: GalleryForm,
    photo: PhotoForm,
    preview: gallery.Shown | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "application": application,
        "entry": entry,
        "form": form,
        "photo_form": photo,
        "preview": preview,
        "full": entry is not None and entry.photos.count() >= services.PHOTOS,
        "crumbs": _crumbs(request, application.name),
    }
    if entry is not None:
        entry.application = application
        context |= {
            "shown": gallery.card(entry),
            "may_ask": policies_gallery.can_ask_consent(request.member, entry),
            "may_publish": policies_gallery.can_publish_gallery(request.member, entry),
            "may_withdraw": policies_gallery.can_withdraw_gallery(request.member, entry),
            "consents": gallery.consents(entry),
        }
    return render(request, "publicity/gallery_edit.html", context)


@office
@require_POST
def add_photo(request: MemberRequest, pk: int) -> HttpResponse:
    entry, form = _found(request, pk), PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            photo = services.inspected(form.cleaned_data["photo"])
            services.add_photo(
                entry, photo=photo, caption=form.cleaned_data["caption"], actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "照片已添加")
            return redirect("publicity:edit_gallery", union_slug=request.union.slug, pk=pk)
    application = _titled(request, pk)
    words = gallery.opened(application.person.key, entry.sealed)
    return _editor(request, application, entry, GalleryForm(initial=GalleryForm.initial_of(words)), form)


def _do(request: MemberRequest, pk: int, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("publicity:edit_gallery", union_slug=request.union.slug, pk=pk)


@office
@require_POST
def remove_photo(request: MemberRequest, pk: int, photo: int) -> HttpResponse:
    found = get_object_or_404(GalleryPhoto.objects.filter(entry=_found(request, pk)).select_related("entry"), pk=photo)
    return _do(
        request,
        pk,
        lambda: services.remove_photo(found, actor=request.member, at=timezone.now()),
        "照片已删除",
    )


@office
@require_POST
def ask_consent(request: MemberRequest, pk: int) -> HttpResponse:
    entry = _found(request, pk)
    return _do(
        request,
        pk,
        lambda: services.ask_consent(entry, actor=request.member, at=timezone.now()),
        "已给本人发消息，等待本人决定",
    )


@office
@require_POST
def publish_gallery(request: MemberRequest, pk: int) -> HttpResponse:
    entry = _found(request, pk)
    return _do(request, pk, lambda: services.publish_gallery(entry, actor=request.member, at=timezone.now()), "已发布")


@office
@require_POST
def withdraw_gallery(request: MemberRequest, pk: int) -> HttpResponse:
    entry = _found(request, pk)
    return _do(request, pk, lambda: services.withdraw_gallery(entry, actor=request.member, at=timezone.now()), "已撤下")

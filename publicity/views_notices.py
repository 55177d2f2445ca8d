"""The office writes, previews, publishes and corrects a notice; the public reads the feed and the years."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Application
from applications.views.applicant import answers_signed_out_with_401
from campaigns.models import Stage
from campaigns.workingdays import UnknownYear
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import pages, papers, policies, selectors, selectors_notices, wording
from publicity.feeds import NoticeFeed
from publicity.forms import CorrectionForm, NoticeForm, NoticeTemplateForm
from publicity.models import Notice, NoticeVersion
from publicity.selectors_notices import FIELDS, Typed
from publicity.services import notice_drafts
from publicity.services import notices as notice_services
from publicity.services.notice_drafts import DraftConflict
from publicity.services.notices import DrawnUp, NoticeText
from unions.access import public, role_required
from unions.middleware import MemberRequest, UnionRequest
from unions.permits import Refused
from unions.states import Role

office = role_required(Role.OFFICE)
writing = role_required(Role.OFFICE, Role.ADMIN)


def _crumbs(request: MemberRequest, label: str) -> list[dict[str, str]]:
    desk = reverse("publicity:desk", kwargs={"union_slug": request.union.slug})
    return [{"label": "公示与异议", "url": desk}, {"label": label}]


def _stage(request: MemberRequest, pk: int) -> Stage:
    return get_object_or_404(selectors.notice_stages(request.union), pk=pk)


def _notice_of(stage: Stage) -> Notice | None:
    notice: Notice | None = getattr(stage, "notice", None)
    if notice is not None:
        notice.stage = stage
    return notice


# --- the editor --------------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def publish(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the first notice of a stage."""
    stage = _stage(request, pk)
    if _notice_of(stage) is not None:
        messages.error(request, "公示已发布，需要改动时请更正")
        return redirect("publicity:desk", union_slug=request.union.slug)
    return _edit(request, stage)


@office
@require_http_methods(["GET", "POST"])
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the correction of a notice."""
    notice = get_object_or_404(selectors.notices(request.union), pk=pk)
    return _edit(request, _stage(request, notice.stage_id))


def _edit(request: MemberRequest, stage: Stage) -> HttpResponse:
    """The page saves itself (`static/js/draft.js`); sent as a form, it saves everything and goes on to the preview."""
    may = policies.can_write_notice(request.member, stage, at=timezone.now())
    if not may:
        messages.error(request, may.reason)
        return redirect("publicity:desk", union_slug=request.union.slug)
    notice = _notice_of(stage)
    last = notice.in_force if notice else None
    people = selectors.candidates(stage)
    words = selectors_notices.words_of(request.union)
    typed = selectors_notices.typed_of(stage, last, words=words, people=len(people))
    theirs: list[tuple[str, str]] = []
    kind = CorrectionForm if notice else NoticeForm
    form = kind(request.POST or None, initial={name: getattr(typed, name) for name in FIELDS})
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in form.fields}
        try:
            notice_drafts.save_notice_draft(
                stage, given, revision=_revision(request), actor=request.member, at=timezone.now()
            )
        except DraftConflict:
            theirs = [
                (FIELDS[name], getattr(typed, name))
                for name in form.fields
                if getattr(typed, name).replace("\r\n", "\n") != given[name].replace("\r\n", "\n")
            ]
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            if form.is_valid():
                return redirect("publicity:notice_preview", union_slug=request.union.slug, pk=stage.pk)
            typed = selectors_notices.typed_of(stage, last)
    context = {
        "form": form,
        "typed": typed,
        "theirs": theirs,
        "has_template": words != wording.NoticeWords(),
        **_names(stage, notice, people),
        "crumbs": _crumbs(request, "更正公示" if notice else "拟写公示"),
    }
    return render(request, "publicity/notice_edit.html", context)


def _revision(request: MemberRequest) -> int:
    revision = request.POST.get("revision", "")
    return int(revision) if revision.isdigit() else 0


def _names(stage: Stage, notice: Notice | None, people: Sequence[Application]) -> dict[str, Any]:
    """The names as they will stand, and the days it would run if it were published now."""
    last, columns = notice.in_force if notice else None, selectors.notice_columns(stage)
    rows, labels = selectors.notice_rows(stage, people, columns), [column.label for column in columns]
    window, unknown = (last.starts_on, last.ends_on) if last else None, ""
    restarts = last is None or selectors.restarts(stage, last, people)
    if restarts:
        try:
            window = selectors.window(stage, timezone.localdate())
        except UnknownYear as year:
            unknown = selectors.unknown_year_words(year)
    found = selectors_notices.rounds(stage)
    return {
        "stage": stage,
        "notice": notice,
        "restarts": restarts,
        "columns": columns,
        "rows": [list(zip(row, labels, strict=True)) for row in rows],
        "caption": f"共 {len(rows)} 人，{selectors.order_words(column.id for column in columns)}",
        "window": window,
        "unknown_year": unknown,
        "round": next((one for one in found if one.current), None),
    }


@answers_signed_out_with_401
@office
@require_POST
def notice_save(request: MemberRequest, pk: int) -> HttpResponse:
    """The editor saves itself: JSON, as `static/js/draft.js` says at its top."""
    stage = _stage(request, pk)
    if "end" not in request.POST:
        return JsonResponse({"error": "内容没有完整送达，请再试一次"}, status=400)
    typed, before = _typed(request.POST), _revision(request)
    sent = request.POST.get("unheard", "")
    try:
        draft = notice_drafts.save_notice_draft(
            stage,
            typed,
            revision=before,
            actor=request.member,
            at=timezone.now(),
            unheard=_typed(QueryDict(sent)) if sent else None,
        )
    except DraftConflict:
        found = selectors_notices.typed_of(stage, None)
        return JsonResponse({"revision": found.revision, "theirs": _theirs(stage, found, before, set())}, status=409)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    found = selectors_notices.typed_of(stage, None) if draft.pk else Typed("", "", "", "", 0)
    return JsonResponse(
        {
            "saved_at": timezone.localtime(draft.at).isoformat(),
            "revision": draft.revision,
            "theirs": _theirs(stage, found, before, set(typed)),
        }
    )


def _typed(sent: QueryDict) -> dict[str, str]:
    return {name: sent.get(name, "") for name in sent.get("fields", "").split() if name in FIELDS}


def _theirs(stage: Stage, found: Typed, before: int, own: set[str]) -> list[dict[str, str]]:
    """What was changed elsewhere after the revision that the page had shown."""
    changed = selectors_notices.touched_since(stage, before) - own
    return [
        {"field": name, "label": label, "text": getattr(found, name), "value": getattr(found, name)}
        for name, label in FIELDS.items()
        if name in changed
    ]


# --- before it is public ------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def notice_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The page as the public will read it, what would change, and the button that names date, days and people."""
    stage, at = _stage(request, pk), timezone.now()
    may = policies.can_publish_notice(request.member, stage, at=at)
    if not may:
        messages.error(request, may.reason)
        return redirect("publicity:desk", union_slug=request.union.slug)
    notice = _notice_of(stage)
    typed = selectors_notices.typed_of(stage, notice.in_force if notice else None)
    refusal = ""
    if request.method == "POST":
        try:
            version = _publish(request, stage, notice, typed)
        except Refused as refused:
            refusal = str(refused)
        else:
            said = f"更正已发布为第 {version.version} 版" if version.version > 1 else "公示已发布"
            messages.success(request, f"{said}，到{version.ends_on:%Y年%-m月%-d日}结束")
            return redirect("publicity:notice", union_slug=request.union.slug, pk=version.notice_id)
    context = {
        "stage": stage,
        "notice": notice,
        "refusal": refusal,
        "today": timezone.localdate(at),
        "edit_url": _editor_address(request, stage, notice),
        "crumbs": _crumbs(request, "预览"),
    }
    try:
        drawn = _drawn(stage, notice, typed)
    except Refused as refused:
        return render(request, "publicity/notice_preview.html", {**context, "refusal": refusal or str(refused)})
    return render(request, "publicity/notice_preview.html", {**context, **_preview(drawn, notice)})


def _publish(request: MemberRequest, stage: Stage, notice: Notice | None, typed: Typed) -> NoticeVersion:
    text = NoticeText(typed.title, typed.foreword, typed.contact)
    seen = request.POST.get("seen", "")
    if not seen:
        raise Refused(notice_services.SEEN)
    actor, at = request.member, timezone.now()
    if notice is None:
        return notice_services.publish_notice(stage, text=text, actor=actor, at=at, seen=seen)
    return notice_services.correct_notice(notice, text=text, reason=typed.reason, actor=actor, at=at, seen=seen)


def _drawn(stage: Stage, notice: Notice | None, typed: Typed) -> DrawnUp:
    text = NoticeText(typed.title, typed.foreword, typed.contact)
    return notice_services.draw_up(
        notice or Notice(union=stage.union, stage=stage), text=text, reason=typed.reason, at=timezone.now()
    )


def _preview(drawn: DrawnUp, notice: Notice | None) -> dict[str, Any]:
    version = drawn.version
    labels = [column["label"] for column in version.columns]
    lines = [
        selectors.Line(line.application_id, list(zip(row, labels, strict=True)))
        for line, row in zip(drawn.lines, drawn.rows, strict=True)
    ]
    last = notice.in_force if notice else None
    changed = selectors_notices.changes(last, version, selectors.lines_of(last), lines) if last else None
    found = selectors_notices.rounds(version.notice.stage)
    return {
        "version": version,
        "rows": [line.cells for line in lines],
        "caption": selectors_notices.caption(version, len(lines)),
        "changes": changed,
        "previous": last,
        "restarted": drawn.restarts,
        "rounds": found,
        "inside": selectors_notices.inside_words(version.notice.stage.campaign.rules),
        "round": next((one for one in found if one.current), None),
    }


def _editor_address(request: MemberRequest, stage: Stage, notice: Notice | None) -> str:
    if notice is None:
        return reverse("publicity:publish", kwargs={"union_slug": request.union.slug, "pk": stage.pk})
    return reverse("publicity:correct", kwargs={"union_slug": request.union.slug, "pk": notice.pk})


@office
@require_safe
def notice_preview_paper(request: MemberRequest, pk: int) -> HttpResponse:
    """The preview on official paper (GB/T 9704), marked as one."""
    stage = _stage(request, pk)
    notice = _notice_of(stage)
    typed = selectors_notices.typed_of(stage, notice.in_force if notice else None)
    try:
        drawn = _drawn(stage, notice, typed)
        content = papers.preview_pdf(drawn.version, drawn.rows)
    except (Refused, MissingGlyph, PaperError) as error:
        messages.error(request, f"公文暂时不能生成：{error}")
        return redirect("publicity:notice_preview", union_slug=request.union.slug, pk=pk)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-preview-{pk}.pdf"'
    return response


@writing
@require_http_methods(["GET", "POST"])
def notice_template(request: MemberRequest) -> HttpResponse:
    """The words that this union's notices start from."""
    words = selectors_notices.words_of(request.union)
    initial = {"title": words.title, "foreword": words.foreword, "contact": words.contact}
    form = NoticeTemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            notice_drafts.save_notice_template(
                request.union, words=wording.NoticeWords(**form.cleaned_data), actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "公示模板已保存，以后拟写公示从它开始；已在拟写的草稿不变")
            return redirect("publicity:notice_template", union_slug=request.union.slug)
    context = {
        "form": form,
        "blanks": wording.BLANKS,
        "built_in": wording.NoticeWords(),
        "crumbs": _crumbs(request, "公示模板"),
    }
    return render(request, "publicity/notice_template.html", context)


# --- the public --------------------------------------------------------------------------------------------------------


@public
@require_safe
def feed(request: UnionRequest) -> HttpResponse:
    return NoticeFeed()(request)


@public
@require_safe
def brand(request: UnionRequest) -> HttpResponse:
    """The union's colour for finished pages, where the file is not there yet."""
    return HttpResponse(pages.brand_css(request.union), content_type="text/css; charset=utf-8")


@public
@require_safe
def year(request: UnionRequest, year: int) -> HttpResponse:
    """What a union did in a year: campaigns with their notices, votes and results."""
    years = selectors_notices.years(request.union)
    if year not in years:
        raise Http404
    context = {"year": year, "years": years, "past": selectors_notices.past(request.union, year)}
    return render(request, "publicity/notice_year.html", context)

"""The scoring room: the matrix of an expert's cases, sheets that save themselves, and the office's word on honours."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from applications.models import Application
from campaigns.timetable import ZONE
from review import bands, desk, policies, selectors, selectors_scoring
from review.models import PanelSeat
from review.pages import address, get_case
from review.scoring import PER_PAGE, SheetForm, hand_in, keep, sheet_form, values_of
from review.selectors_scoring import Draft, as_typed
from review.services import scoring, seating
from review.views_expert import crumbs_of, expert, working_case, working_seat
from review.views_office import case_context, office
from unions.middleware import MemberRequest
from unions.permits import Refused


@expert
@require_POST
def save_sheet(request: MemberRequest, seat_pk: int, application_pk: str) -> HttpResponse:
    """A sheet in progress, saved by the page itself."""
    seat, at = working_seat(request, seat_pk), timezone.now()
    case = working_case(seat, application_pk).case
    prefix = request.POST.get("prefix", "")
    numbers = [request.POST.get(name, "") for name in ("revision", "version")]
    if not all(text.isdecimal() and len(text) < 8 for text in numbers):
        return JsonResponse({"error": "请刷新页面"}, status=400)
    try:
        draft = scoring.save_draft(
            seat,
            case.application,
            values=values_of(request.POST, prefix),
            revision=int(numbers[0]),
            version=int(numbers[1]),
            actor=request.member,
            at=at,
        )
    except scoring.Outdated as outdated:
        return JsonResponse({"error": str(outdated)}, status=409)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({"revision": draft.revision, "saved_at": f"{draft.saved_at.astimezone(ZONE):%H:%M}"})


# --- the matrix -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class MatrixRow:
    """One case of the matrix with its sheet as it is shown."""

    case: selectors.ExpertCase
    form: SheetForm
    draft: Draft | None
    version: int
    points: int | None
    error: str = ""

    @property
    def prefix(self) -> str:
        return f"{self.case.ref}-"

    @property
    def wrong(self) -> list[str]:
        """What stands against the row, said under it."""
        found = [str(error) for errors in self.form.errors.values() for error in errors] if self.form.is_bound else []
        return [*([self.error] if self.error else []), *found]


@expert
@require_http_methods(["GET", "POST"])
def matrix(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """All cases of a page at once, a row each. What is whole is handed in; what is not yet whole is kept, and nothing is lost."""
    seat, at = working_seat(request, seat_pk), timezone.now()
    stage = seat.panel.stage
    rule, work = seating.rule_of(stage), policies.work_of(stage)
    if rule.method != "score":
        raise Http404
    cases = desk.cases_of(seat)
    page = Paginator(cases, PER_PAGE).get_page(request.GET.get("page"))
    rows = _rows(request, seat, list(page.object_list))
    if request.method == "POST":
        saved, kept = _save(request, seat, rows, at)
        _refresh(seat, rows)
        if not any(row.wrong for row in rows):
            messages.success(request, _said(work, saved, kept))
            return redirect(f"{address(request, 'matrix', seat_pk=seat.pk)}?page={page.number}")
    scored = {case.application.pk for case in cases if case.score is not None}
    context = {
        "seat": seat,
        "stage": stage,
        "campaign": stage.campaign,
        "rule": rule,
        "rows": rows,
        "refused": sum(bool(row.wrong) for row in rows),
        "page": page,
        "total": len(cases),
        "scored": len(scored),
        "anchored": [item for item in rule.criteria if item.anchors],
        "announced": bands.announced(rule.reasons) if rule.reasons else "",
        "work": work,
        "crumbs": crumbs_of(request, seat, "逐行评分"),
    }
    return render(request, "review/seat_matrix.html", context)


def _rows(request: MemberRequest, seat: PanelSeat, cases: list[selectors.ExpertCase]) -> list[MatrixRow]:
    """The rows of a page; a constant number of queries."""
    rule = seating.rule_of(seat.panel.stage)
    drafts = selectors_scoring.drafts_of(seat)
    part = selectors_scoring.part_of(rule, seat.panel.stage.campaign)
    points: dict[int, int] = {}
    if part is not None:
        whole = Application.objects.filter(pk__in=[case.application.pk for case in cases])
        claims = selectors_scoring.claims_of_all(list(whole.select_related("campaign", "person__key")))
        points = {id_: selectors_scoring.quantified(part, own).result.points for id_, own in claims.items()}
    rows = []
    for case in cases:
        draft = drafts.get(case.application.pk)
        typed = values_of(request.POST, f"{case.ref}-") if request.method == "POST" else None
        form = sheet_form(None, rule, case.score, draft, prefix=case.ref, typed=typed)
        assert form is not None
        version = 0 if case.score is None else case.score.version + 1
        rows.append(MatrixRow(case, form, draft, version, points.get(case.application.pk)))
    return rows


def _refresh(seat: PanelSeat, rows: list[MatrixRow]) -> None:
    """What was handed in or kept by this very page is what it has seen: the next save goes on from there."""
    drafts = selectors_scoring.drafts_of(seat)
    scores = {row.application_id: row for row in seat.scores.order_by("version")}
    for row in rows:
        score = scores.get(row.case.application.pk)
        row.case = replace(row.case, score=score)
        row.draft = drafts.get(row.case.application.pk)
        row.version = 0 if score is None else score.version + 1


def _save(request: MemberRequest, seat: PanelSeat, rows: list[MatrixRow], at: datetime) -> tuple[int, int]:
    """Hand in what is whole, keep what is not: how many of each."""
    rule, saved, kept = seating.rule_of(seat.panel.stage), 0, 0
    asked = {f"points-{item.id}" for item in rule.criteria}
    for row in rows:
        typed = {name: text.strip() for name, text in values_of(request.POST, row.prefix).items() if text.strip()}
        was = as_typed(row.case.score)
        if typed == was or (not typed and row.draft is None):
            continue  # as it was handed in, or never touched
        if "keep" not in request.POST and asked <= set(typed):
            form = sheet_form(request.POST, rule, row.case.score, row.draft, prefix=row.case.ref)
            assert form is not None
            row.form = form
            refusal = hand_in(seat, row.case, form, row.prefix, request.POST, actor=request.member, at=at)
            if refusal == "":
                saved += 1
                continue
            row.error = refusal or ""
        problem = keep(seat, row.case.application, request.POST, row.prefix, actor=request.member, at=at)
        row.error = row.error or problem
        kept += not row.wrong
    return saved, kept


def _said(work: str, saved: int, kept: int) -> str:
    words = [f"已保存 {saved} 份{work}"] if saved else []
    words += [f"{kept} 份没有填完，已暂存"] if kept else []
    return "，".join(words) or "没有改动"


# --- honours ----------------------------------------------------------------------------------------------------------


@office
@require_POST
def verify_honour(request: MemberRequest, pk: int) -> HttpResponse:
    """The office's word on one line that points may be given for; a refusal comes back at the line."""
    application = get_case(request, pk)
    key, reason = request.POST.get("honour", ""), request.POST.get("reason", "")
    try:
        scoring.verify_honour(
            application,
            key=key,
            holds=request.POST.get("holds") == "yes",
            reason=reason[:2000],
            actor=request.member,
            at=timezone.now(),
        )
    except Refused as refusal:
        context = case_context(request, get_case(request, pk))
        context |= {"honour_key": key, "honour_error": str(refusal), "honour_typed": reason}
        return render(request, "review/case.html", context)
    return redirect(f"{address(request, 'case', pk=pk)}#honours")

"""The expert's pages: invitations, the declaration of conflicts, and the cases one may see. Own scores only.

Every page starts from the expert's own seat. A recused case answers like one that does not exist.
"""

from pathlib import PurePosixPath

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import selectors as intake
from applications.models import Application, Material
from applications.selectors import with_case
from applications.views.files import attachment, preview_of
from campaigns.states import StageState
from review import bands, blind, desk, policies, selectors, selectors_scoring
from review.forms import AnswerForm, BallotForm, ConflictRow, ConflictsForm
from review.models import PanelSeat, VisitPhoto
from review.pages import Ask, address, posted
from review.scoring import PER_PAGE, hand_in, keep, sheet_form, sheets_given
from review.services import ballots, panels, pool, seating
from review.states import Seat
from review.views_office import visit_page
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

expert = role_required(Role.EXPERT)


def _seat(request: MemberRequest, pk: int) -> PanelSeat:
    return get_object_or_404(desk.own_seats(request.member), pk=pk)


def working_seat(request: MemberRequest, pk: int) -> PanelSeat:
    """A seat whose cases are open to its expert now: accepted, declared, the stage running, scoring not ended."""
    seat = _seat(request, pk)
    if not policies.can_score_case(request.member, seat, at=timezone.now()):
        raise Http404
    return seat


def working_case(seat: PanelSeat, ref: str) -> desk.SeatCase:
    found = desk.case_of(seat, ref)
    if found is None:
        raise Http404
    return found


@expert
@require_safe
def my_panels(request: MemberRequest) -> HttpResponse:
    """Invitations to answer, and the panels one sits on."""
    seats = list(desk.own_seats(request.member))
    context = {
        "invited": [seat for seat in seats if seat.state == Seat.INVITED and seat.panel.closed_at is None],
        "sitting": [seat for seat in seats if seat.state == Seat.ACCEPTED],
        "terms": pool.terms_of(request.union),
        "crumbs": [{"label": "我的评审"}],
    }
    return render(request, "review/my_panels.html", context)


@expert
@require_POST
def answer_seat(request: MemberRequest, seat_pk: int) -> HttpResponse:
    seat, at = _seat(request, seat_pk), timezone.now()
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选择接受或谢绝")
        return redirect(address(request, "my_panels"))
    accepted = form.cleaned_data["answer"] == "accept"
    try:
        if accepted:
            panels.accept_seat(seat, terms=form.cleaned_data["terms"], actor=request.member, at=at)
        else:
            panels.decline_seat(seat, actor=request.member, at=at, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(address(request, "my_panels"))
    if not accepted:
        messages.success(request, "已谢绝邀请，认定办公室会看到")
        return redirect(address(request, "my_panels"))
    messages.success(request, "已接受邀请")
    return redirect(address(request, "seat", seat_pk=seat.pk))


@expert
@require_http_methods(["GET", "POST"])
def accept_terms(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """Who sits already and has not promised yet does so before seeing a case."""
    found, refusal = _seat(request, seat_pk), ""
    back = redirect(address(request, "seat", seat_pk=found.pk))
    if found.terms_id is not None:
        return back
    if request.method == "POST":
        try:
            pool.accept_terms(found, read=request.POST.get("terms", ""), actor=request.member, at=timezone.now())
        except Refused as why:
            refusal = str(why)
        else:
            return back
    context = {
        "seat": found,
        "stage": found.panel.stage,
        "terms": pool.terms_of(request.union),
        "refusal": refusal,
        "crumbs": crumbs_of(request, found, "评审承诺"),
    }
    return render(request, "review/seat_terms.html", context)


def crumbs_of(request: MemberRequest, seat: PanelSeat, *more: str) -> list[dict[str, str]]:
    trail = [
        {"label": "我的评审", "url": address(request, "my_panels")},
        {"label": seat.panel.stage.campaign.title, "url": address(request, "seat", seat_pk=seat.pk) if more else ""},
    ]
    return [*trail, *({"label": label, "url": ""} for label in more)]


@expert
@require_safe
def seat(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The expert's own list with own progress; a recused case is not on it. Where the panel votes, it is the ballot."""
    return _list_page(request, _seat(request, seat_pk), None)


def _list_page(request: MemberRequest, found: PanelSeat, ballot: BallotForm | None) -> HttpResponse:
    at, stage = timezone.now(), found.panel.stage
    rule = seating.rule_of(stage)
    may_sit = policies.can_sit(request.member, found)
    may_score = policies.can_score_case(request.member, found, at=at)
    cases = desk.cases_of(found) if may_score else []
    page = Paginator(cases, PER_PAGE).get_page(request.GET.get("page"))
    shown = page.object_list if rule.method != "ballot" else cases
    seen = selectors.visited(stage) if may_score else {}
    context = {
        "seat": found,
        "stage": stage,
        "campaign": stage.campaign,
        "rule": rule,
        "may_sit": may_sit,
        "may_score": may_score,
        "opened": stage.state != StageState.WAITING,
        "unpromised": may_sit and found.terms_id is None,
        "ungiven": may_sit and policies.in_parts(stage) and not found.allotted.exists(),
        "cases": [(case, seen.get(case.application.pk)) for case in shown],
        "page": page,
        "total": len(cases),
        "drafts": set(found.drafts.values_list("application_id", flat=True))
        if may_score and rule.method != "ballot"
        else set(),
        "announced": bands.announced(rule.reasons) if rule.reasons else "",
        "scored": sum(case.score is not None for case in cases),
        "next": next((case.ref for case in cases if case.score is None), None),
        "work": policies.work_of(stage),
        "crumbs": crumbs_of(request, found),
    }
    if rule.method != "ballot":
        return render(request, "review/seat.html", context)
    voting = selectors.open_round(found.panel)
    may_vote = policies.can_cast_ballot(request.member, found, voting, at=at)
    choices = ballots.choices_for(found, voting) if voting and may_vote else None
    context |= {
        "voting": voting,
        "may_vote": may_vote,
        "choices": choices,
        "standing": {case.pk for case in choices.cases} if choices else set(),
        "secret": ballots.ballot_of(rule).secret,
        "ballot": ballot,
    }
    return render(request, "review/seat_ballot.html", context)


@expert
@require_http_methods(["GET", "POST"])
def cast_ballot(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The ballot in two steps: what was ticked comes back to be confirmed, with how many names it carries; then it is cast."""
    found, at = working_seat(request, seat_pk), timezone.now()
    back = redirect(address(request, "seat", seat_pk=found.pk))
    voting = selectors.open_round(found.panel)
    decision = policies.can_cast_ballot(request.member, found, voting, at=at)
    if request.method == "GET" or voting is None or not decision:
        if request.method == "POST":
            messages.error(request, decision.reason)
        return back
    may = ballots.choices_for(found, voting)
    cases = Application.objects.filter(pk__in=[case.pk for case in may.cases]).order_by("number", "pk")
    spoiled = "spoiled" in request.POST
    form = BallotForm(request.POST, cases=cases, least=may.least, most=may.most, spoiled=spoiled)
    if not form.is_valid() or "edit" in request.POST:
        return _list_page(request, found, form)
    chosen = form.cleaned_data["choices"]
    if not form.cleaned_data["confirmed"]:
        context = {
            "seat": found,
            "stage": found.panel.stage,
            "voting": voting,
            "chosen": chosen,
            "bounds": may.bounds,
            "spoiled": spoiled,
            "secret": ballots.ballot_of(seating.rule_of(found.panel.stage)).secret,
            "crumbs": crumbs_of(request, found, "确认选票"),
        }
        return render(request, "review/ballot_confirm.html", context)
    try:
        ballots.cast_ballot(found, choices=chosen, spoiled=spoiled, actor=request.member, at=at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已投票")  # how many names is nobody's business, a session's neither
    return back


@expert
@require_http_methods(["GET", "POST"])
def conflicts(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The declaration: a name and an employer for each case, nothing more, until it is made."""
    found, at = _seat(request, seat_pk), timezone.now()
    decision = policies.can_declare_conflicts(request.member, found, at=at)
    data = posted(request)
    rows = [ConflictRow(data, case=case.application) for case in desk.cases_before(found)] if decision else []
    form = ConflictsForm(data)
    back = address(request, "seat", seat_pk=found.pk)
    wellformed = all([row.is_valid() for row in rows]) and form.is_valid()  # noqa: C419 - every row shows its error
    if request.method == "POST" and wellformed:
        ticked = [row for row in rows if row.cleaned_data["recuse"]]
        try:
            panels.declare_conflicts(
                found,
                applications=[row.case for row in ticked],
                reasons=[row.cleaned_data["reason"] for row in ticked],
                actor=request.member,
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = f"已申报回避 {len(ticked)} 份" if ticked else "已确认没有需要回避的申报"
            messages.success(request, said)
            return redirect(back)
    context = {
        "seat": found,
        "stage": found.panel.stage,
        "decision": decision,
        "rows": rows,
        "form": form,
        "back": back,
        "crumbs": crumbs_of(request, found, "回避申报"),
    }
    return render(request, "review/conflicts.html", context)


@expert
@require_http_methods(["GET", "POST"])
def seat_case(request: MemberRequest, seat_pk: int, application_pk: str) -> HttpResponse:
    """One case a page: the form without personal numbers, the papers, and the score sheet."""
    found, at = working_seat(request, seat_pk), timezone.now()
    line = working_case(found, application_pk)
    stage, case = found.panel.stage, line.case
    rule, work = seating.rule_of(stage), policies.work_of(stage)
    draft = selectors_scoring.draft_of(found, case.application)
    form = sheet_form(posted(request), rule, case.score, draft)
    application = with_case(Application.objects.filter(pk=case.application.pk)).get()
    error: str | None = None
    if request.method == "POST" and form is not None:
        if "keep" in request.POST:
            error = keep(found, application, request.POST, "", actor=request.member, at=at)
            if not error:
                messages.success(request, f"{case.label}的{work}已暂存，还没有交。填好后请点“保存{work}”")
                return redirect(address(request, "seat_case", seat_pk=found.pk, application_pk=case.ref))
            form = sheet_form(None, rule, case.score, draft, typed=request.POST)
        else:
            error = hand_in(found, case, form, "", request.POST, actor=request.member, at=at)
            if error == "":
                messages.success(request, f"{case.label}的{work}已保存，{work}结束前可以修改")
                if line.unscored is not None:
                    return redirect(address(request, "seat_case", seat_pk=found.pk, application_pk=line.unscored))
                return redirect(address(request, "seat", seat_pk=found.pk))
    answers = intake.current_answers(application)
    part = selectors_scoring.part_of(rule, stage.campaign)
    context = {
        "seat": found,
        "stage": stage,
        "line": line,
        "case": case,
        "application": application,
        "rule": rule,
        "over": "匿名评审" if rule.blind else application.number,
        "sub": case.trade if rule.blind else "　".join(filter(None, (application.employer, application.trade))),
        "form": form,
        "error": error,
        "draft": draft,
        "version": sheets_given(found, application),
        "announced": bands.announced(rule.reasons) if rule.reasons else "",
        "quantified": selectors_scoring.quantified(part, selectors_scoring.claims_of(application, answers))
        if part
        else None,
        "sections": blind.sheet(application, answers) if rule.blind else intake.sheet(application, answers),
        "slots": desk.seat_papers(found, application, answers),
        "visit": selectors.visited(stage).get(application.pk),
        "score": case.score,
        "work": work,
        "crumbs": crumbs_of(request, found, case.label),
    }
    return render(request, "review/seat_case.html", context)


def _material(request: MemberRequest, seat_pk: int, application_pk: str, material_pk: int) -> Material:
    found = desk.material_for(working_seat(request, seat_pk), application_pk, material_pk)
    if found is None:
        raise Http404
    return found


@expert
@require_safe
def seat_material(request: MemberRequest, seat_pk: int, application_pk: str, material_pk: int) -> HttpResponse:
    """A paper as a download; where the review is blind, under a name that tells nothing."""
    material = _material(request, seat_pk, application_pk, material_pk)
    response = attachment(material.file)
    if seating.rule_of(_seat(request, seat_pk).panel.stage).blind:
        name = f"{application_pk}-{material.pk}{PurePosixPath(material.file.name).suffix.lower()}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


@expert
@require_safe
def seat_preview(request: MemberRequest, seat_pk: int, application_pk: str, material_pk: int) -> HttpResponse:
    return preview_of(_material(request, seat_pk, application_pk, material_pk).file)


@expert
@require_http_methods(["GET", "POST"])
def seat_visit(request: MemberRequest, seat_pk: int, application_pk: str) -> HttpResponse:
    """An expert who took part in a visit records it."""
    found = working_seat(request, seat_pk)
    stage = found.panel.stage
    if not desk.visits_in(stage):
        raise Http404
    application = working_case(found, application_pk).case.application
    back = address(request, "seat_case", seat_pk=found.pk, application_pk=application.pk)
    page = Ask(
        title=f"记录{application.name}的现场考察",
        verb="保存考察记录",
        over=f"{application.number}　{application.employer}",
        why_not=policies.can_record_visit(request.member, stage, at=timezone.now()).reason,
        back=back,
        multipart=True,
        crumbs=crumbs_of(request, found, f"{application.name}：现场考察"),
    )
    return visit_page(request, stage, application, page)


@expert
@require_safe
def seat_visit_photo(request: MemberRequest, seat_pk: int, application_pk: str, photo_pk: int) -> HttpResponse:
    found = working_seat(request, seat_pk)
    case = working_case(found, application_pk).case.application
    photos = VisitPhoto.objects.filter(visit__stage=found.panel.stage, visit__application=case).select_related("file")
    return preview_of(get_object_or_404(photos, pk=photo_pk).file)

"""The expert's pages: invitations, the declaration of conflicts, and the cases one may see. Own scores only.

Every page starts from the expert's own seat. A recused case answers like one that does not exist.
"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import selectors as intake
from applications.models import Application, Material
from applications.selectors import with_case
from applications.views.files import attachment, preview_of
from campaigns.states import StageState
from review import desk, policies, selectors
from review.forms import AnswerForm, ConflictRow, ConflictsForm, ScoreForm
from review.models import PanelSeat
from review.pages import Ask, address, posted
from review.services import panels
from review.states import Seat
from review.views_office import visit_page
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

expert = role_required(Role.EXPERT)


def _seat(request: MemberRequest, pk: int) -> PanelSeat:
    return get_object_or_404(desk.own_seats(request.member), pk=pk)


def _working_seat(request: MemberRequest, pk: int) -> PanelSeat:
    """A seat whose cases are open to its expert now: accepted, declared, the stage running, scoring not ended."""
    seat = _seat(request, pk)
    if not policies.can_score_case(request.member, seat, at=timezone.now()):
        raise Http404
    return seat


def _case(seat: PanelSeat, application_pk: int) -> desk.SeatCase:
    found = desk.case_of(seat, application_pk)
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
            panels.accept_seat(seat, actor=request.member, at=at)
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


def _crumbs(request: MemberRequest, seat: PanelSeat, *more: str) -> list[dict[str, str]]:
    trail = [
        {"label": "我的评审", "url": address(request, "my_panels")},
        {"label": seat.panel.stage.campaign.title, "url": address(request, "seat", seat_pk=seat.pk) if more else ""},
    ]
    return [*trail, *({"label": label, "url": ""} for label in more)]


@expert
@require_safe
def seat(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The expert's own list with own progress; a recused case is not on it."""
    found, at = _seat(request, seat_pk), timezone.now()
    stage = found.panel.stage
    may_sit = policies.can_sit(request.member, found)
    may_score = policies.can_score_case(request.member, found, at=at)
    cases = desk.cases_of(found) if may_score else []
    seen = selectors.visited(stage) if may_score else {}
    rule = panels.rule_of(stage)
    context = {
        "seat": found,
        "stage": stage,
        "campaign": stage.campaign,
        "rule": rule,
        "may_sit": may_sit,
        "may_score": may_score,
        "opened": stage.state != StageState.WAITING,
        "cases": [(case, seen.get(case.application.pk)) for case in cases],
        "scored": sum(case.score is not None for case in cases),
        "next": next((case.application.pk for case in cases if case.score is None), None),
        "crumbs": _crumbs(request, found),
    }
    return render(request, "review/seat.html", context)


@expert
@require_http_methods(["GET", "POST"])
def conflicts(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The declaration: a name and an employer for each case, nothing more, until it is made."""
    found, at = _seat(request, seat_pk), timezone.now()
    decision = policies.can_declare_conflicts(request.member, found, at=at)
    data = posted(request)
    rows = [ConflictRow(data, case=case.application) for case in desk.cases_of(found)] if decision else []
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
        "crumbs": _crumbs(request, found, "回避申报"),
    }
    return render(request, "review/conflicts.html", context)


@expert
@require_http_methods(["GET", "POST"])
def seat_case(request: MemberRequest, seat_pk: int, application_pk: int) -> HttpResponse:
    """One case a page: the form without personal numbers, the papers, and the score sheet."""
    found, at = _working_seat(request, seat_pk), timezone.now()
    line = _case(found, application_pk)
    stage = found.panel.stage
    rule = panels.rule_of(stage)
    score = line.case.score
    initial = {f"points-{id_}": points for id_, points in score.points.items()} if score else {}
    form = ScoreForm(
        posted(request), criteria=rule.criteria, initial={**initial, "comment": score.comment if score else ""}
    )
    application = with_case(Application.objects.filter(pk=application_pk)).get()
    if request.method == "POST" and form.is_valid():
        try:
            panels.score_case(
                found,
                application,
                points=form.points,
                comment=form.cleaned_data["comment"],
                actor=request.member,
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{application.name}的评分已保存，评分结束前可以修改")
            if line.unscored is not None:
                return redirect(address(request, "seat_case", seat_pk=found.pk, application_pk=line.unscored))
            return redirect(address(request, "seat", seat_pk=found.pk))
    hidden = desk.hidden_slots(found)
    answers = intake.current_answers(application)
    context = {
        "seat": found,
        "stage": stage,
        "line": line,
        "application": application,
        "rule": rule,
        "form": form,
        "sections": intake.sheet(application, answers),
        "slots": [slot for slot in desk.paper_slots(application, answers, hidden=hidden) if slot.files],
        "visit": selectors.visited(stage).get(application.pk),
        "score": score,
        "crumbs": _crumbs(request, found, application.name),
    }
    return render(request, "review/seat_case.html", context)


def _material(request: MemberRequest, seat_pk: int, application_pk: int, material_pk: int) -> Material:
    found = desk.material_for(_working_seat(request, seat_pk), application_pk, material_pk)
    if found is None:
        raise Http404
    return found


@expert
@require_safe
def seat_material(request: MemberRequest, seat_pk: int, application_pk: int, material_pk: int) -> HttpResponse:
    return attachment(_material(request, seat_pk, application_pk, material_pk).file)


@expert
@require_safe
def seat_preview(request: MemberRequest, seat_pk: int, application_pk: int, material_pk: int) -> HttpResponse:
    return preview_of(_material(request, seat_pk, application_pk, material_pk).file)


@expert
@require_http_methods(["GET", "POST"])
def seat_visit(request: MemberRequest, seat_pk: int, application_pk: int) -> HttpResponse:
    """An expert who took part in a visit records it."""
    found = _working_seat(request, seat_pk)
    stage = found.panel.stage
    if not desk.visits_in(stage):
        raise Http404
    application = _case(found, application_pk).case.application
    back = address(request, "seat_case", seat_pk=found.pk, application_pk=application.pk)
    page = Ask(
        title=f"记录{application.name}的现场考察",
        verb="保存考察记录",
        over=f"{application.number}　{application.employer}",
        why_not=policies.can_record_visit(request.member, stage, at=timezone.now()).reason,
        back=back,
        multipart=True,
        crumbs=_crumbs(request, found, f"{application.name}：现场考察"),
    )
    return visit_page(request, stage, application, page)


@expert
@require_safe
def seat_visit_photo(request: MemberRequest, seat_pk: int, application_pk: int) -> HttpResponse:
    found = _working_seat(request, seat_pk)
    visit = selectors.visited(found.panel.stage).get(_case(found, application_pk).case.application.pk)
    if visit is None or visit.photo is None:
        raise Http404
    return preview_of(visit.photo)

"""The expert's pages: invitations, the declaration of conflicts, and the cases one may see. Own scores only.

Every page starts from the expert's own seat. A recused case answers like one that does not exist.
"""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import selectors as intake
from applications.models import Application, Material
from applications.selectors import with_case
from applications.views.files import attachment, preview_of
from campaigns.rules.schema import ExpertReviewStage
from campaigns.states import StageState
from review import desk, policies, selectors
from review.forms import AnswerForm, AssessmentForm, BallotForm, ConflictRow, ConflictsForm, ScoreForm
from review.models import PanelSeat, Score, VisitPhoto
from review.pages import Ask, address, posted
from review.services import assessments, ballots, panels, seating
from review.states import Seat
from review.views_office import visit_page
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Member
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
    """The expert's own list with own progress; a recused case is not on it. Where the panel votes, it is the ballot."""
    return _list_page(request, _seat(request, seat_pk), None)


def _list_page(request: MemberRequest, found: PanelSeat, ballot: BallotForm | None) -> HttpResponse:
    at, stage = timezone.now(), found.panel.stage
    may_sit = policies.can_sit(request.member, found)
    may_score = policies.can_score_case(request.member, found, at=at)
    cases = desk.cases_of(found) if may_score else []
    seen = selectors.visited(stage) if may_score else {}
    rule = seating.rule_of(stage)
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
        "work": policies.work_of(stage),
        "crumbs": _crumbs(request, found),
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
    found, at = _working_seat(request, seat_pk), timezone.now()
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
            "crumbs": _crumbs(request, found, "确认选票"),
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
    rule = seating.rule_of(stage)
    score, work = line.case.score, policies.work_of(stage)
    form = _sheet_form(request, rule, score)
    application = with_case(Application.objects.filter(pk=application_pk)).get()
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _save_sheet(found, application, form, actor=request.member, at=at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{application.name}的{work}已保存，{work}结束前可以修改")
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
        "work": work,
        "crumbs": _crumbs(request, found, application.name),
    }
    return render(request, "review/seat_case.html", context)


def _sheet_form(
    request: MemberRequest, rule: ExpertReviewStage, score: Score | None
) -> ScoreForm | AssessmentForm | None:
    """The sheet of the stage's method, with what the expert gave last; a vote has none for a single case."""
    comment = {"comment": score.comment if score else ""}
    if rule.method == "score":
        points = {f"points-{id_}": given for id_, given in score.points.items()} if score else {}
        return ScoreForm(posted(request), criteria=rule.criteria, initial=points | comment)
    if rule.method == "assessment":
        return AssessmentForm(
            posted(request), grades=rule.grades, initial={"grade": score.grade if score else None} | comment
        )
    return None


def _save_sheet(
    seat: PanelSeat, application: Application, form: ScoreForm | AssessmentForm, *, actor: Member, at: datetime
) -> None:
    comment = form.cleaned_data["comment"]
    if isinstance(form, ScoreForm):
        panels.score_case(seat, application, points=form.points, comment=comment, actor=actor, at=at)
    else:
        assessments.assess_case(
            seat, application, grade=form.cleaned_data["grade"], comment=comment, actor=actor, at=at
        )


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
def seat_visit_photo(request: MemberRequest, seat_pk: int, application_pk: int, photo_pk: int) -> HttpResponse:
    found = _working_seat(request, seat_pk)
    case = _case(found, application_pk).case.application
    photos = VisitPhoto.objects.filter(visit__stage=found.panel.stage, visit__application=case).select_related("file")
    return preview_of(get_object_or_404(photos, pk=photo_pk).file)

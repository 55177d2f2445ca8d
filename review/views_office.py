"""Campaigns with their stages, and the cases the office decides one by one. Leading group and supervisor read along."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from applications import policies_inbox, selectors_inbox
from applications import selectors as intake
from applications.models import Application
from applications.papers import form_papers
from applications.policies import can_reveal_id_number
from applications.selectors_returns import asked, corrections
from applications.selectors_twins import record_of
from applications.selectors_units import place_in_order
from applications.views.files import paper_response, preview_of, print_page
from campaigns.models import Stage
from campaigns.rules.schema import QualificationStage
from campaigns.selectors import calendar_of, rail, stage_rule
from campaigns.states import StageState
from campaigns.timetable import end_of
from campaigns.workingdays import UnknownYear, period_end
from documents.models import StoredFile
from documents.paper.uploads import BadUpload, Kind, inspect
from documents.services import discard_file, store_file
from review import desk, lists, policies, selectors, selectors_scoring
from review.forms import (
    BatchesForm,
    CorrectionForm,
    DecisionForm,
    EmptyForm,
    FindingForm,
    InvestigationForm,
    JudgementForm,
    OptionalReasonForm,
    ReasonForm,
    ReturnForm,
    VisitForm,
)
from review.models import Investigation, Outcome, VisitPhoto
from review.opinions import stage_opinions
from review.pages import Ask, address, ask, crumbs, get_campaign, get_case, get_stage, posted
from review.services import investigations, judgements, outcomes, stages
from review.services import visits as visiting
from review.states import Verdict
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Union
from unions.permits import Refused
from unions.policies import can_run_office
from unions.states import Role

PER_PAGE = 30
PHOTO_BYTES = 20 * 1024 * 1024
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
office = role_required(Role.OFFICE)


# --- campaigns and stages --------------------------------------------------------------------------------------------


@readers
@require_safe
def campaigns(request: MemberRequest) -> HttpResponse:
    """Every published campaign: where it is and what waits."""
    at = timezone.now()
    page = Paginator(desk.campaigns_of(request.union), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(line, rail(line.campaign, at=at)) for line in desk.campaign_lines(list(page.object_list))]
    context = {"page": page, "rows": rows, "crumbs": [{"label": "环节与评审"}]}
    return render(request, "review/campaign_list.html", context)


@readers
@require_safe
def campaign(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """The stages in their order with what can be done, what the open one still lacks, and where everybody stands."""
    at = timezone.now()
    found = get_campaign(request, campaign_slug)
    queues = selectors.queues(found)
    for queue in queues:
        queue.stage.campaign, queue.stage.union = found, request.union
    current = next((queue for queue in queues if queue.stage.state == StageState.OPEN), None)
    coming = next((queue for queue in queues if queue.stage.state == StageState.WAITING), None)
    chosen = next((queue.stage for queue in queues if queue.stage.key == request.GET.get("stage")), None)
    verdict, q = request.GET.get("verdict", ""), request.GET.get("q", "").strip()
    rows = desk.standing_rows(found, request.member, stage=chosen, verdict=verdict, q=q)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": found,
        "way": rail(found, at=at),
        "lines": [(queue, desk.STAGE_TONES[queue.stage.state], desk.visits_in(queue.stage)) for queue in queues],
        "current": current,
        "coming": coming,
        "may_open": policies.can_open_stage(request.member, coming.stage, at=at) if coming else None,
        "may_close": policies.can_close_stage(request.member, current.stage, at=at) if current else None,
        "obstacles": stages.obstacles_to_closing(current.stage, at=at) if current else None,
        "meters": desk.foreseen_meters(current.stage) if current else [],
        "one_by_one": bool(current and desk.decided_one_by_one(current.stage)),
        "first": selectors.ready(current.stage).first() if current else None,
        "page": page,
        "standing": desk.standing_lines(list(page.object_list)),
        "unit_quotas": intake.quota_uses(found),
        "tones": desk.VERDICT_TONES,
        "verdicts": desk.STANDING_FILTERS,
        "chosen": chosen,
        "verdict": verdict,
        "q": q,
        "filtered": bool(chosen or q),
        "crumbs": [*crumbs(request), {"label": found.title}],
    }
    return render(request, "review/campaign_detail.html", context)


@office
@require_http_methods(["GET", "POST"])
def open_stage(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage = get_stage(request, stage_pk)
    at = timezone.now()
    count = selectors.entrants(stage).count()
    back = address(request, "campaign", campaign_slug=stage.campaign.slug)
    page = Ask(
        title=f"开始“{stage.label}”？",
        verb=f"开始“{stage.label}”",
        over=stage.campaign.title,
        text=f"{count} 人进入本环节，申报人的进度页会显示“{selectors.public_label(stage)}进行中”。开始后不能退回到未开始。",
        count=count,
        back=back,
        why_not=policies.can_open_stage(request.member, stage, at=at).reason,
        crumbs=crumbs(request, ("开始环节", ""), campaign=stage.campaign),
    )

    def act() -> str:
        stages.open_stage(stage, actor=request.member, at=at)
        return f"“{stage.label}”已开始，{count} 人进入"

    return ask(request, EmptyForm(posted(request)), page, act)


@office
@require_http_methods(["GET", "POST"])
def close_stage(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """What is missing, or what closing will do and to how many; a departed *should* asks for its reason."""
    stage = get_stage(request, stage_pk)
    at = timezone.now()
    decision = policies.can_close_stage(request.member, stage, at=at)
    found = stages.obstacles_to_closing(stage, at=at) if decision else stages.Obstacles()
    entered, passing = selectors.entrants(stage).count(), len(selectors.proposed_passers(stage))
    notes: list[tuple[str, str, list[str]]] = []
    if found.must:
        notes.append(("fails", "还不能结束", found.must))
    if found.should:
        notes.append(("reason", "须书面说明理由后才能结束", found.should))
    form = (ReasonForm if found.should else OptionalReasonForm)(posted(request))
    page = Ask(
        title=f"结束“{stage.label}”？",
        verb=f"结束“{stage.label}”",
        over=stage.campaign.title,
        text=(
            f"{entered} 人在本环节，{passing} 人通过，{entered - passing} 人不再进入下一环节。"
            "结束后各人的结论对申报人显示，不能再改；下一环节由您另行开始。"
        ),
        count=entered,
        why_not=decision.reason or ("；".join(found.must) if found.must and request.method == "GET" else ""),
        notes=notes,
        back=address(request, "campaign", campaign_slug=stage.campaign.slug),
        crumbs=crumbs(request, ("结束环节", ""), campaign=stage.campaign),
    )

    def act() -> str:
        stages.close_stage(stage, actor=request.member, at=at, reason=form.cleaned_data["reason"])
        return f"“{stage.label}”已结束，{selectors.passed(stage).count()} 人通过"

    return ask(request, form, page, act)


# --- one case --------------------------------------------------------------------------------------------------------


@readers
@require_safe
def case(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "review/case.html", case_context(request, get_case(request, pk)))


@readers
@require_safe
def print_case(request: MemberRequest, pk: int) -> HttpResponse:
    """How to print a person's form with the opinions of the stages that have ended."""
    application = get_case(request, pk)
    submission = intake.latest_submission(application)
    form, back = address(request, "case_form", pk=pk), address(request, "case", pk=pk)
    ended = set(application.campaign.stages.filter(state=StageState.CLOSED).values_list("key", flat=True))
    return print_page(request, application, submission, form=form, back=back, ended=ended)


@readers
@require_safe
def case_form(request: MemberRequest, pk: int) -> HttpResponse:
    application = get_case(request, pk)
    submission = intake.latest_submission(application)
    back = address(request, "print_case", pk=pk)
    return paper_response(request, application, submission, back=back, opinions=stage_opinions(application))


def case_context(
    request: MemberRequest,
    application: Application,
    *,
    rule: str = "",
    decision: str = "",
    error: str = "",
    typed: str = "",
) -> dict[str, Any]:
    """Everything about a case. What was refused comes back where it was typed: at a rule, or in the decision bar."""
    at, member = timezone.now(), request.member
    stage = desk.open_stage_of(application.campaign)
    answers = intake.current_answers(application)
    found = selectors.findings(application)
    honours = selectors_scoring.claims_of(application, answers)
    overall = desk.overall(application)
    judge = desk.can_judge_now(member, application, stage, at=at)
    outcome = selectors.current_outcome(application, stage) if stage else None
    entered = stage is not None and selectors.entrants(stage).filter(pk=application.pk).exists()
    verbs: list[desk.Verb] = []
    acts = bool(can_run_office(member, request.union)) and stage is not None and desk.decided_one_by_one(stage)
    if stage is not None and acts and entered and outcome is None:
        verbs = desk.decision_verbs(
            stage, application, member, at=at, return_url=_with_list(request, "return_case", application.pk)
        )
        for verb in verbs:
            if verb.value == decision:
                verb.error, verb.typed = error, typed
    return {
        "application": application,
        "campaign": application.campaign,
        "stage": stage,
        "entered": entered,
        "outcome": outcome,
        "outcome_tone": desk.VERDICT_TONES[outcome.verdict] if outcome else "",
        "may_correct": bool(outcome and acts and policies.can_correct_outcome(member, outcome, at=at)),
        "standing": selectors.where_it_stands(application),
        "channel": application.campaign.rules.channel(application.channel).label,
        "lines": desk.finding_lines(application, found, may_judge=bool(judge), rule=rule, error=error, typed=typed),
        "overall": overall,
        "overall_tone": desk.OVERALL_TONES[overall],
        "may_judge": judge,
        "judge_error": error if rule else "",
        "sections": intake.sheet(application, answers),
        "slots": desk.paper_slots(application, answers),
        "honours": honours,
        "quantified": [
            selectors_scoring.quantified(part, honours) for part in selectors_scoring.parts_of(application.campaign)
        ],
        "may_verify": policies.can_verify_honour(member, application, at=at),
        "record": record_of(application),
        "internal_notices": application.internal_notices.all(),
        "recommendations": application.recommendations.all(),
        "returns": [(row, asked(row, application)) for row in application.returns.all()],
        "place_in_order": place_in_order(application) if application.unit_id else None,
        "versions": desk.versions(application),
        "corrections": corrections(application),
        "visits": [(visit, desk.checklist_of(visit)) for visit in desk.visits_of(application)],
        "may_visit": bool(
            stage and entered and desk.visits_in(stage) and policies.can_record_visit(member, stage, at=at)
        ),
        "sheets": desk.score_sheets(application, member, at=at),
        "references": selectors.references([application.pk]).get(application.pk, []),
        "outcomes": [(row, desk.VERDICT_TONES[row.verdict]) for row in desk.outcomes_of(application)],
        "investigations": application.investigations.select_related("opened_by__user", "decided_by__user"),
        "may_investigate": policies.can_open_investigation(member, application, at=at),
        "may_reveal": bool(can_reveal_id_number(member, application)),
        "has_paper": bool(form_papers(application.campaign.rules)),
        "verbs": verbs,
        "refusal": error if decision else "",
        "hint": f"{application.name}：{overall.label}",
        "near": lists.neighbours(request, application, stage),
        "list": lists.list_of(request),
        "back": lists.inbox_address(request, application.campaign, lists.list_of(request)),
        "assignment": selectors_inbox.assignment_of(application),
        "colleagues": selectors_inbox.colleagues(application.campaign) if member.role == Role.OFFICE else [],
        "notes": selectors_inbox.notes_of(application, member),
        "may_note": policies_inbox.can_note(member, application),
        "reads_notes": policies_inbox.can_read_notes(member, application),
        "at": at,
        "crumbs": crumbs(request, (f"{application.number} {application.name}", ""), campaign=application.campaign),
    }


@office
@require_http_methods(["GET", "POST"])
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    """The office's word on one case; afterwards the next one of the queue opens."""
    application = get_case(request, pk)
    if request.method == "GET":
        return redirect(lists.case_address(request, pk))
    stage = desk.open_stage_of(application.campaign)
    form = DecisionForm(request.POST)
    if stage is None or not form.is_valid():
        refusal = "现在没有进行中的环节，不能作出结论" if stage is None else "请选择结论"
        messages.error(request, refusal)
        return redirect(lists.case_address(request, pk))
    verdict, reason = Verdict(form.cleaned_data["decision"]), form.cleaned_data["reason"]
    try:
        outcomes.decide(stage, application, verdict=verdict, reason=reason, actor=request.member, at=timezone.now())
    except Refused as refused:
        context = case_context(request, application, decision=verdict, error=str(refused), typed=reason)
        return render(request, "review/case.html", context)
    messages.success(request, f"{application.number} {application.name}：{verdict.label}")
    return redirect(lists.next_address(request, application, stage))


def _with_list(request: MemberRequest, name: str, pk: int) -> str:
    query = lists.list_of(request)
    path = address(request, name, pk=pk)
    return f"{path}?{urlencode({'list': query})}" if query else path


@office
@require_http_methods(["GET", "POST"])
def judge(request: MemberRequest, pk: int) -> HttpResponse:
    """Whether a rule holds, or a waiver's evidence is accepted."""
    application = get_case(request, pk)
    if request.method == "GET":
        return redirect(lists.case_address(request, pk))
    form = JudgementForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选择符合或不符合")
        return redirect(lists.case_address(request, pk))
    rule, reason = form.cleaned_data["rule"], form.cleaned_data["reason"]
    try:
        judgements.judge_rule(
            application, rule, holds=form.cleaned_data["holds"], reason=reason, actor=request.member, at=timezone.now()
        )
    except Refused as refused:
        context = case_context(request, application, rule=rule, error=str(refused), typed=reason)
        return render(request, "review/case.html", context)
    return redirect(lists.case_address(request, pk, f"rule-{rule}"))


@office
@require_http_methods(["GET", "POST"])
def return_case(request: MemberRequest, pk: int) -> HttpResponse:
    """Send it back with what to mend, why, and until when."""
    application, at = get_case(request, pk), timezone.now()
    stage = desk.open_stage_of(application.campaign)
    back = lists.case_address(request, pk)
    if stage is None:
        messages.error(request, "现在没有进行中的环节，不能退回补正")
        return redirect(back)
    form = ReturnForm(
        posted(request),
        labels=intake.item_labels(application),
        now=intake.display_answers(application),
        initial={"deadline": _correction_deadline(stage)},
    )
    page = Ask(
        title=f"退回{application.name}的申报",
        verb="退回补正",
        over=f"{application.number}　{application.employer}",
        text="申报人会收到退回的原因和期限，补正后重新提交，仍回到本环节。",
        why_not=policies.can_decide(request.member, stage, application, at=at).reason,
        back=back,
        crumbs=crumbs(request, (application.name, back), ("退回补正", ""), campaign=application.campaign),
        template="review/return.html",
    )

    def act() -> str:
        given = form.cleaned_data
        outcomes.return_for_correction(
            stage,
            application,
            reason=given["reason"],
            reasons=given["reasons"],
            items=given["items"],
            deadline=end_of(given["deadline"]),
            actor=request.member,
            at=at,
        )
        page.to = lists.next_address(request, application, stage)
        return f"已退回{application.name}的申报，{given['deadline']:%Y年%-m月%-d日}前补正"

    return ask(request, form, page, act)


def _correction_deadline(stage: Stage) -> Any:
    """The last day the rules give for a correction that begins today; a week where they give none."""
    rule, today = stage_rule(stage), timezone.localdate()
    if isinstance(rule, QualificationStage) and rule.corrections is not None:
        within = rule.corrections.within
        try:
            return period_end(today, days=within.days, unit=within.unit, calendar=calendar_of(stage.union))
        except UnknownYear:
            return None
    return today + timedelta(days=7)


@office
@require_http_methods(["GET", "POST"])
def correct(request: MemberRequest, outcome_pk: int) -> HttpResponse:
    """Put a new outcome in the place of one given by mistake."""
    outcome = get_object_or_404(
        Outcome.objects.for_union(request.union).filter(stage__isnull=False).select_related("stage__campaign__union"),
        pk=outcome_pk,
    )
    application, at = get_case(request, outcome.application_id), timezone.now()
    back = address(request, "case", pk=application.pk)
    form = CorrectionForm(posted(request))
    page = Ask(
        title=f"更正{application.name}的结论",
        verb="更正结论",
        over=f"{application.number}　{application.employer}",
        text=f"现在的结论：{outcome.get_verdict_display()}。理由：{outcome.reason}",
        why_not=policies.can_correct_outcome(request.member, outcome, at=at).reason,
        back=back,
        crumbs=crumbs(request, (application.name, back), ("更正结论", ""), campaign=application.campaign),
    )

    def act() -> str:
        verdict = Verdict(form.cleaned_data["verdict"])
        outcomes.correct_outcome(
            outcome, verdict=verdict, reason=form.cleaned_data["reason"], actor=request.member, at=at
        )
        return f"{application.name}的结论已更正为：{verdict.label}"

    return ask(request, form, page, act)


# --- visits ----------------------------------------------------------------------------------------------------------


@readers
@require_safe
def visits(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Who is visited, in which batch, what is recorded and what was decided; one batch at a time where there are several."""
    stage, at = get_stage(request, stage_pk), timezone.now()
    lines = desk.visit_lines(stage) if stage.state != StageState.WAITING else []
    count = desk.batches_in(stage)
    batch = _batch(request, count)
    context = {
        "stage": stage,
        "campaign": stage.campaign,
        "lines": [line for line in lines if batch is None or line.batch == batch],
        "all": len(lines),
        "seen": sum(line.visit is not None for line in lines),
        "batches": count,
        "tabs": _batch_tabs(request, stage, lines, count, batch),
        "unarranged": sum(line.batch is None for line in lines) if count else 0,
        "may_record": policies.can_record_visit(request.member, stage, at=at),
        "may_arrange": policies.can_arrange_batches(request.member, stage, at=at),
        "crumbs": crumbs(request, (f"{stage.label}：现场考察", ""), campaign=stage.campaign),
    }
    return render(request, "review/visit_list.html", context)


def _batch_tabs(
    request: MemberRequest, stage: Stage, lines: list[desk.VisitLine], count: int, batch: int | None
) -> list[dict[str, Any]]:
    """All, then batch by batch with how many are in it; nothing where the rules know no batches."""
    here = address(request, "visits", stage_pk=stage.pk)
    if not count:
        return []
    return [
        {"label": "全部", "url": here, "current": batch is None, "count": len(lines)},
        *(
            {
                "label": f"第 {n} 批",
                "url": f"{here}?batch={n}",
                "current": batch == n,
                "count": sum(line.batch == n for line in lines),
            }
            for n in range(1, count + 1)
        ),
    ]


def _batch(request: MemberRequest, count: int) -> int | None:
    """The batch that the page is narrowed to, or None."""
    given = request.GET.get("batch", "")
    return int(given) if given.isascii() and given.isdigit() and 1 <= int(given) <= count else None


@office
@require_http_methods(["GET", "POST"])
def arrange_batches(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Who is visited in which batch; the page offers an even split to begin with."""
    stage, at = get_stage(request, stage_pk), timezone.now()
    count = desk.batches_in(stage)
    if not count:
        raise Http404
    back = address(request, "visits", stage_pk=stage.pk)
    form = BatchesForm(
        posted(request),
        cases=list(selectors.entrants(stage)),
        batches=count,
        seen=selectors.visited(stage),
        suggested=desk.suggested_batches(stage),
    )
    page = Ask(
        title="安排考察批次",
        verb="保存批次",
        over=f"{stage.campaign.title}　{stage.label}",
        sub=f"规定分 {count} 批考察。还没有安排的，已按推荐单位和编号均分，可以改动；考察过的不再改动。",
        why_not=policies.can_arrange_batches(request.member, stage, at=at).reason,
        back=back,
        template="review/batches_form.html",
        crumbs=crumbs(request, (f"{stage.label}：现场考察", back), ("安排批次", ""), campaign=stage.campaign),
    )

    def act() -> str:
        arranged = visiting.arrange_batches(stage, batches=form.batches, actor=request.member, at=at)
        return f"已安排 {len(arranged)} 人的考察批次"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def record_visit(request: MemberRequest, stage_pk: int, application_pk: int) -> HttpResponse:
    """One record after the other: within a batch, saving leads to the next who is not visited yet."""
    stage, application = get_stage(request, stage_pk), get_case(request, application_pk)
    if not desk.visits_in(stage):
        raise Http404
    back = address(request, "visits", stage_pk=stage.pk)
    batch = selectors.batches_of(stage).get(application.pk)
    within = f"{back}?batch={batch}" if batch else back
    following = desk.next_in_batch(stage, batch, application)
    over = f"第 {batch} 批　" if batch else ""
    return visit_page(
        request,
        stage,
        application,
        Ask(
            title=f"记录{application.name}的现场考察",
            verb=f"保存，接着记录{following.name}" if following else "保存考察记录",
            over=f"{over}{application.number}　{application.employer}",
            why_not=policies.can_record_visit(request.member, stage, at=timezone.now()).reason,
            back=within,
            to=address(request, "record_visit", stage_pk=stage.pk, application_pk=following.pk) if following else "",
            multipart=True,
            crumbs=crumbs(
                request, (f"{stage.label}：现场考察", within), (application.name, ""), campaign=stage.campaign
            ),
        ),
    )


def visit_page(request: MemberRequest, stage: Stage, application: Application, page: Ask) -> HttpResponse:
    """The record of a visit, for the office and for an expert who took part. What is typed stays in the browser until it is saved."""
    at = timezone.now()
    rule = stage_rule(stage)
    seen = selectors.visited(stage)
    last = seen.get(application.pk)
    if last is not None:
        page.text = f"已有 {last.visited_on:%Y年%-m月%-d日} 的记录，新的记录保存后以新的为准，原记录保留。"
    beside = desk.last_in_batch(stage, seen.values(), application)
    page.template = "review/visit_record.html"
    page.more = {
        "keep": f"{stage.pk}-{application.pk}",
        "version": last.revision + 1 if last else 0,
        "names": desk.visitors_for(stage),
    }
    form = VisitForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        rule=rule,  # type: ignore[arg-type]  # a stage with visits is one of the two
        kept=[photo.file for photo in last.photos.select_related("file")] if last else [],
        initial={
            "visited_on": beside.visited_on if beside else timezone.localdate(at),
            "team": beside.team if beside else "",
            "place": application.employer,
        },
    )

    def act() -> str:
        given = form.cleaned_data
        photos: list[StoredFile] = []
        try:
            photos += [_keep_photo(request.union, upload) for upload in given["photos"]]
            visiting.record_visit(
                stage,
                application,
                visited_on=given["visited_on"],
                place=given["place"],
                team=form.team_names,
                finding=given["finding"],
                checklist=form.checklist,
                points=form.points,
                photos=[*form.kept, *photos],
                actor=request.member,
                at=at,
            )
        except Refused:
            for photo in photos:
                discard_file(photo)
            raise
        return f"{application.name}的考察记录已保存"

    return ask(request, form, page, act)


def _keep_photo(union: Union, upload: UploadedFile[bytes]) -> StoredFile:
    try:
        seen = inspect(upload, allowed=(Kind.JPEG, Kind.PNG), max_bytes=PHOTO_BYTES)
    except BadUpload as bad:
        raise Refused(f"考察照片：{bad}") from None
    return store_file(union, upload, name=upload.name or "考察照片", content_type=seen.kind.value, at=timezone.now())


@readers
@require_safe
def visit_photo(request: MemberRequest, photo_pk: int) -> HttpResponse:
    photos = VisitPhoto.objects.filter(union=request.union).select_related("file", "visit")
    photo = get_object_or_404(photos, pk=photo_pk)
    get_case(request, photo.visit.application_id)
    return preview_of(photo.file)


# --- false material --------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def investigate(request: MemberRequest, pk: int) -> HttpResponse:
    """Begin to look into a case's material."""
    application, at = get_case(request, pk), timezone.now()
    back = address(request, "case", pk=pk)
    fraud = application.campaign.rules.fraud
    form = InvestigationForm(posted(request))
    page = Ask(
        title=f"对{application.name}的材料立案核查",
        verb="开始核查",
        over=f"{application.number}　{application.employer}",
        text=f"{fraud.text}（依据：{fraud.clause}）" if fraud and fraud.clause else "查实弄虚作假的，取消资格。",
        why_not=policies.can_open_investigation(request.member, application, at=at).reason,
        back=back,
        crumbs=crumbs(request, (application.name, back), ("弄虚作假核查", ""), campaign=application.campaign),
    )

    def act() -> str:
        found = investigations.open_investigation(
            application, allegation=form.cleaned_data["allegation"], actor=request.member, at=at
        )
        page.to = address(request, "investigation", investigation_pk=found.pk)
        return f"已对{application.name}的材料开始核查"

    return ask(request, form, page, act)


@readers
@require_http_methods(["GET", "POST"])
def investigation(request: MemberRequest, investigation_pk: int) -> HttpResponse:
    """A case of false material: what is said, what was found, and the decision."""
    found = get_object_or_404(
        Investigation.objects.filter(union=request.union).select_related(
            "application__campaign__union",
            "application__person",
            "application__union",
            "opened_by__user",
            "decided_by__user",
            "resolution",
            "refilled_by",
        ),
        pk=investigation_pk,
    )
    at, application = timezone.now(), found.application
    back = address(request, "case", pk=application.pk)
    form = FindingForm(posted(request))
    place = policies.can_fill_place(request.member, found, at=at)
    page = Ask(
        title=f"弄虚作假核查：{application.name}",
        verb="作出核查结论",
        kind="danger",
        over=f"{application.number}　{application.employer}",
        why_not=policies.can_decide_investigation(request.member, found, at=at).reason,
        back=back,
        to=address(request, "investigation", investigation_pk=found.pk),
        template="review/investigation.html",
        crumbs=crumbs(request, (application.name, back), ("弄虚作假核查", ""), campaign=application.campaign),
        more={"investigation": found, "application": application, "may_fill": place},
    )

    def act() -> str:
        decided = investigations.decide_investigation(found, actor=request.member, at=at, **form.cleaned_data)
        return f"核查结论：{decided.get_state_display()}"

    return ask(request, form, page, act)

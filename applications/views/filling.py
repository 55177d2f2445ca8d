"""Filling in: one section a screen, saved while one types, and the conditions against what was filled in.

What two windows or devices typed is brought together field by field. A save names the fields it changed, and every answer to it
brings what somebody else changed in the section since the revision the page had read; a page that goes on from a newer
revision has therefore shown everything up to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications import answers as values
from applications import policies, selectors, selectors_returns, services, wizard
from applications.answers import Answers
from applications.days import local_today
from applications.forms import SectionPage, press_row_button, read_section
from applications.models import PHOTO, Application
from applications.selectors_steps import has_photo, problems_of
from applications.services import Conflict
from applications.states import EDITABLE, State
from applications.views.applicant import answers_signed_out_with_401, face_of, find_own, go
from applications.wizard import Wizard
from campaigns.rules import schema
from unions.access import member_required
from unions.middleware import MemberRequest
from unions.permits import Refused

END: Final = "end"
"""Posted last."""
CHOSEN: Final = "use-"
"""Posted for a field that was changed elsewhere: whose answer stays, `mine` or `theirs`."""


def _section(application: Application, section_id: str) -> schema.Section:
    found = next((item for item in application.campaign.rules.form.sections if item.id == section_id), None)
    if found is None:
        raise Http404
    return found


def _revision(request: MemberRequest) -> int:
    revision = request.POST.get("revision", "")
    return int(revision) if revision.isdigit() else 0


def _typed(application: Application, section: schema.Section, data: QueryDict) -> dict[str, object]:
    """What arrived, if it arrived whole: of a request cut off on its way a server reads what came, half a word and empty rows."""
    if END not in data:
        raise Refused("这次的内容没有传完整，没有保存，请再按一次")
    typed = read_section(section, data, only=policies.changeable(application))
    return {key: value for key, value in typed.items() if data.get(f"{CHOSEN}{key}") != "theirs"}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A field that somebody changed in another window or on another device, with what it holds now."""

    field: str
    label: str
    text: str
    value: values.Value

    @property
    def plain(self) -> dict[str, Any]:
        return {"field": self.field, "label": self.label, "text": self.text, "value": self.value}


def _elsewhere(application: Application, section: schema.Section, fields: Iterable[str]) -> list[Elsewhere]:
    wanted = frozenset(fields)
    if not wanted:
        return []
    rules, opened = application.campaign.rules, selectors.answers_of(application)
    return [
        Elsewhere(field.id, field.label, values.display(field, opened.get(field.id), rules), opened.get(field.id, ""))
        for field in section.fields
        if field.id in wanted
    ]


def _changed_since(application: Application, revision: int) -> set[str]:
    return {key for key, touched in application.touched.items() if touched > revision}


@member_required
def fill(request: MemberRequest, pk: int, section: str) -> HttpResponse:
    """One section of the form. What is posted is saved whatever it is; only then one goes on."""
    application = find_own(request, pk)
    chosen = _section(application, section)
    if application.state not in EDITABLE:
        return go(request, "status", pk=pk)
    answers = selectors.answers_of(application)
    told: dict[str, Any] = {"revision": application.revision, "theirs": [], "blank_row": ""}
    if request.method == "POST":
        typed: dict[str, object] = {}
        try:
            typed = _typed(application, chosen, request.POST)
            told["blank_row"] = press_row_button(chosen, request.POST.get("rows", ""), typed)
            application = _save(request, application, typed)
        except Conflict as conflict:
            application.refresh_from_db(fields=["answers", "revision", "touched", "saved_at"])
            opened, own = selectors.answers_of(application), _as_typed(application, typed)
            late = {
                key for key in _changed_since(application, _revision(request)) & set(own) if own[key] != opened.get(key)
            }
            told |= {
                "revision": application.revision,
                "theirs": _elsewhere(application, chosen, late),
                "refusal": str(conflict),
            }
            answers = {**opened, **own}
        except Refused as refusal:
            told["refusal"] = str(refusal)
            answers = {**answers, **_as_typed(application, typed)}
        else:
            if "rows" not in request.POST:
                return redirect(_next(request, application, chosen))
            answers, told["revision"] = selectors.answers_of(application), application.revision
    return _show_section(request, application, chosen, answers, told)


def _as_typed(application: Application, typed: Mapping[str, object]) -> dict[str, values.Value]:
    by_id = {field.id: field for field in application.campaign.rules.fields()}
    return {key: values.normalise(by_id[key], value) for key, value in typed.items()}


def _save(
    request: MemberRequest,
    application: Application,
    typed: Mapping[str, object],
    unheard: Mapping[str, object] | None = None,
) -> Application:
    return services.save_draft(
        application,
        answers=typed,
        revision=_revision(request),
        actor=request.member,
        at=timezone.now(),
        unheard=unheard,
    )


def _next(request: MemberRequest, application: Application, section: schema.Section) -> str:
    steps = Wizard(application, request.union.slug)
    return steps.before(section.id) if request.POST.get("go") == "back" else steps.after(section.id)


def _show_section(
    request: MemberRequest,
    application: Application,
    section: schema.Section,
    answers: Answers,
    told: Mapping[str, Any],
) -> HttpResponse:
    rules = application.campaign.rules
    now = timezone.now()
    files = selectors.current_materials(application)
    page = SectionPage(
        section,
        rules,
        answers,
        problems=values.shape_problems(rules, answers, today=local_today(now)),
        only=policies.changeable(application),
        blank_row=str(told["blank_row"]),
        carried=frozenset(application.carried),
    )
    steps = Wizard(application, request.union.slug)
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "section": section,
        "page": page,
        "photo": selectors.slot_of(application, "photo", files) if has_photo(section) else None,
        "photo_locked": not policies.can_attach(request.member, application, "photo", at=now),
        "returned": policies.open_return(application) if application.state == State.RETURNED else None,
        "asked": _asked_here(application, section),
        "next_url": steps.after(section.id),
        "back_url": steps.before(section.id),
        "now": now,
        **told,
        **wizard.context(application, request.union.slug, section.id, at=now, answers=answers, files=files),
        **_findings(application, answers),
    }
    return render(request, "applications/fill_section.html", context)


def _asked_here(application: Application, section: schema.Section) -> list[tuple[str, str, str]]:
    """While returned: what of this screen is to be mended, and why. (id, label, reason)."""
    asked = selectors_returns.reasons_now(application)
    ids = ((PHOTO if isinstance(field, schema.PhotoField) else field.id, field.label) for field in section.fields)
    return [(id_, label, asked[id_]) for id_, label in ids if id_ in asked]


def _findings(application: Application, answers: Answers) -> dict[str, Any]:
    findings = selectors.findings_of(application, answers=answers)
    return {
        "findings": findings,
        "overall": findings.overall,
        "waivers": selectors.open_waivers(application, answers, findings),
    }


@answers_signed_out_with_401
@member_required
@require_POST
def save(request: MemberRequest, pk: int, section: str) -> HttpResponse:
    """The page saves itself: JSON, as `static/js/draft.js` says at its top."""
    rows = Application.objects.visible_to(request.member).select_related("campaign", "unit")
    application = get_object_or_404(rows.defer("answers", "touched"), pk=pk)
    if not policies.is_editor(request.member, application):
        raise Http404
    chosen = _section(application, section)
    sent = request.POST.get("unheard", "")
    unheard = read_section(chosen, QueryDict(sent)) if sent else None
    before = _revision(request)
    try:
        typed = _typed(application, chosen, request.POST)
        saved = _save(request, application, typed, unheard)
    except Conflict:
        application.refresh_from_db(fields=["answers", "revision", "touched"])
        theirs = _elsewhere(application, chosen, _changed_since(application, before))
        answer = {"revision": application.revision, "theirs": [one.plain for one in theirs]}
        return JsonResponse(answer, status=409)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    theirs = _elsewhere(saved, chosen, _changed_since(saved, before) - set(typed))
    return JsonResponse(
        {
            "saved_at": timezone.localtime(saved.saved_at).isoformat(),
            "revision": saved.revision,
            "theirs": [one.plain for one in theirs],
            **_what_is_wrong(saved, chosen),
        }
    )


def _what_is_wrong(application: Application, section: schema.Section) -> dict[str, Any]:
    """Said beside the fields and in the line of progress while one is still on the page."""
    answers = selectors.answers_of(application)
    found = problems_of(application, section, answers, at=timezone.now())
    wrong = {key: words for key, words in found.items() if not values.is_empty(answers.get(key))}
    return {"missing": len(found), "wrong": wrong}


@member_required
def findings(request: MemberRequest, pk: int) -> HttpResponse:
    """The findings on what is saved so far, for the panel beside the form."""
    application = find_own(request, pk)
    context = {"application": application, **_findings(application, selectors.answers_of(application))}
    return render(request, "applications/_findings.html", context)


@member_required
def conditions(request: MemberRequest, pk: int) -> HttpResponse:
    """Every condition against what was filled in, and the waivers one may ask for."""
    application = find_own(request, pk)
    if application.state not in EDITABLE:
        return go(request, "status", pk=pk)
    context: dict[str, Any] = {}
    now = timezone.now()
    if request.method == "POST":
        try:
            application = _save(request, application, {values.WAIVERS: request.POST.getlist("waivers")})
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            return redirect(Wizard(application, request.union.slug).after("conditions"))
    answers = selectors.answers_of(application)
    context |= {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "revision": application.revision,
        "locked": policies.changeable(application) is not None,
        **wizard.context(application, request.union.slug, "conditions", at=now, answers=answers),
        **_findings(application, answers),
    }
    return render(request, "applications/fill_conditions.html", context)

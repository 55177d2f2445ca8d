"""Rule sets as their union keeps them: reading, loading, copying."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from campaigns import policies, presentation, services
from campaigns.forms import SourceForm
from campaigns.models import RuleSet, WorkingCopy
from campaigns.rules import loader
from campaigns.views.addresses import KEEPERS, READERS, here
from unions.access import role_required
from unions.middleware import MemberRequest, UnionRequest
from unions.states import Role

PER_PAGE = 30


@require_safe
@role_required(*READERS)
def rulesets(request: MemberRequest) -> HttpResponse:
    held = RuleSet.objects.for_union(request.union).annotate(uses=Count("campaigns")).defer("source")
    page = Paginator(held.order_by("-loaded_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    codes = set(RuleSet.objects.for_union(request.union).values_list("code", flat=True))
    context = {
        "page": page,
        "offered": [(code, loader.load_builtin(code).name) for code in loader.builtin_codes() if code not in codes],
        "copies": WorkingCopy.objects.for_union(request.union).under_way().select_related("origin").defer("text"),
        "form": SourceForm(),
        "may_load": policies.can_load_ruleset(request.member, request.union),
        "may_draft": request.member.role == Role.OFFICE,
        "crumbs": [{"label": "规则集"}],
    }
    return render(request, "campaigns/ruleset_list.html", context)


def _load(request: MemberRequest, text: str, name: str) -> HttpResponse | list[loader.Problem]:
    """Load a text and go to it, or say what is wrong with it."""
    try:
        ruleset = services.load_ruleset(request.union, text, name=name, actor=request.member, at=timezone.now())
    except loader.RuleSetError as error:
        return error.problems
    messages.success(request, f"规则集“{ruleset.title}”检查无误，已装入")
    return redirect(here(request, "ruleset", ruleset_id=ruleset.pk))


@require_POST
@role_required(*KEEPERS)
def load_ruleset(request: MemberRequest) -> HttpResponse:
    """Take one of the product's rule sets by its code, or a file of the union's own."""
    code = request.POST.get("code", "")
    form = SourceForm(request.POST, request.FILES)
    problems: list[loader.Problem] = []
    text = ""
    if code:
        if code not in loader.builtin_codes():
            raise Http404
        text = (loader.RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    elif form.is_valid():
        text = form.cleaned_data["source"].replace("\r\n", "\n")
    if text:
        done = _load(request, text, code or "规则集")
        if isinstance(done, HttpResponse):
            return done
        problems = done
        # a file that was uploaded is shown, so that it can be mended in place
        form = SourceForm(initial={"source": text})
    context = {
        "form": form,
        "problems": quoted(text, problems),
        "crumbs": trail(request, "装入规则集"),
    }
    return render(request, "campaigns/ruleset_source.html", context, status=422)


def quoted(text: str, problems: list[loader.Problem]) -> list[dict[str, Any]]:
    """Mistakes with the lines of the text that they stand in."""
    return [{"problem": problem, "line": loader.quoted(text, problem)} for problem in problems]


def trail(request: UnionRequest, label: str) -> list[dict[str, str]]:
    return [{"label": "规则集", "url": here(request, "rulesets")}, {"label": label}]


def held(request: MemberRequest, ruleset_id: int) -> RuleSet:
    return get_object_or_404(RuleSet.objects.for_union(request.union).select_related("union", "origin"), pk=ruleset_id)


@require_safe
@role_required(*READERS)
def ruleset(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    found = held(request, ruleset_id)
    origin = loader.load(found.origin.source, name=found.origin.code) if found.origin else None
    context = {
        "ruleset": found,
        "parts": presentation.told(loader.load(found.source, name=found.code), origin=origin),
        "campaigns": found.campaigns.all(),
        "copies": found.working_copies.under_way(),
        "may_draft": policies.can_draft_campaign(request.member, found),
        "may_load": policies.can_load_ruleset(request.member, request.union),
        "crumbs": trail(request, found.title),
    }
    return render(request, "campaigns/ruleset_detail.html", context)


@require_safe
@role_required(*READERS)
def ruleset_changes(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    """How a rule set departs from the one it was copied from, part by part, to read and to print."""
    found = held(request, ruleset_id)
    if found.origin is None:
        raise Http404
    before = loader.load(found.origin.source, name=found.origin.code)
    after = loader.load(found.source, name=found.code)
    context = {
        "title": "与原规则集的差别",
        "over": found.title,
        "before": "原规则集",
        "after": "本规则集",
        "parts": presentation.changes_by_part(before, after),
        "crumbs": trail(request, "与原规则集的差别"),
    }
    return render(request, "campaigns/changes.html", context)

"""Rule sets as their union keeps them: reading, loading, copying."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import policies, services
from campaigns.forms import SourceForm
from campaigns.models import RuleSet
from campaigns.rules import document, loader
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
        "form": SourceForm(),
        "may_load": policies.can_load_ruleset(request.member, request.union),
        "may_draft": request.member.role == Role.OFFICE,
        "crumbs": [{"label": "规则集"}],
    }
    return render(request, "campaigns/ruleset_list.html", context)


def _load(request: MemberRequest, text: str, name: str, origin: RuleSet | None = None) -> HttpResponse | list[str]:
    """Load a text and go to it, or say what is wrong with it."""
    try:
        ruleset = services.load_ruleset(
            request.union, text, name=name, actor=request.member, at=timezone.now(), origin=origin
        )
    except loader.RuleSetError as error:
        return [str(problem) for problem in error.problems]
    messages.success(request, f"规则集“{ruleset.title}”检查无误，已装入")
    return redirect(here(request, "ruleset", ruleset_id=ruleset.pk))


@require_POST
@role_required(*KEEPERS)
def load_ruleset(request: MemberRequest) -> HttpResponse:
    """Take one of the product's rule sets by its code, or a file of the union's own."""
    code = request.POST.get("code", "")
    if code:
        if code not in loader.builtin_codes():
            raise Http404
        text = (loader.RULESETS / f"{code}.toml").read_text(encoding="utf-8")
        done = _load(request, text, code)
        problems = done if isinstance(done, list) else []
        form = SourceForm()
    else:
        form = SourceForm(request.POST, request.FILES)
        done, problems = None, []
        if form.is_valid():
            done = _load(request, form.cleaned_data["source"], "规则集")
            problems = done if isinstance(done, list) else []
    if isinstance(done, HttpResponse):
        return done
    context = {"form": form, "problems": problems, "origin": None, "crumbs": trail(request, "装入规则集")}
    return render(request, "campaigns/ruleset_source.html", context, status=422)


def trail(request: UnionRequest, label: str) -> list[dict[str, str]]:
    return [{"label": "规则集", "url": here(request, "rulesets")}, {"label": label}]


def held(request: MemberRequest, ruleset_id: int) -> RuleSet:
    return get_object_or_404(RuleSet.objects.for_union(request.union).select_related("union"), pk=ruleset_id)


@require_safe
@role_required(*READERS)
def ruleset(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    found = held(request, ruleset_id)
    context = {
        "ruleset": found,
        "parts": document.document(loader.load(found.source, name=found.code)),
        "campaigns": found.campaigns.all(),
        "may_draft": policies.can_draft_campaign(request.member, found),
        "may_load": policies.can_load_ruleset(request.member, request.union),
        "crumbs": trail(request, found.title),
    }
    return render(request, "campaigns/ruleset_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def copy_ruleset(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    """Edit a copy as a whole: the one way to change what a clause says."""
    origin = held(request, ruleset_id)
    form = SourceForm(request.POST or None, request.FILES or None, initial={"source": origin.source})
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        done = _load(request, form.cleaned_data["source"], origin.code, origin)
        if isinstance(done, HttpResponse):
            return done
        problems = done
    context = {
        "form": form,
        "problems": problems,
        "origin": origin,
        "crumbs": trail(request, "复制并修改"),
    }
    return render(request, "campaigns/ruleset_source.html", context, status=422 if request.method == "POST" else 200)

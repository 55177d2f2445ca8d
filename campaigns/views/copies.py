"""Changing a rule set on a working copy: table by table in forms, or as text; then settled, it is an edition."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import policies, presentation, questions, services
from campaigns.forms import PieceForm, SourceForm
from campaigns.models import WorkingCopy
from campaigns.questions import Block, Path
from campaigns.rules import document, labels, loader, schema, source
from campaigns.views.addresses import KEEPERS, READERS, here
from campaigns.views.rulesets import held, quoted, trail
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused

BASICS: Final = "basics"
"""What the address of the outermost table says, which has no key of its own."""
LISTS: Final[Mapping[str, str]] = {
    "awards": "称号奖励",
    "benefits": "待遇",
    "categories": "类别",
    "channels": "渠道",
    "composition": "结构要求",
    "conditions": "条件",
    "criteria": "条件",
    "follow_up": "后续工作",
    "groups": "条件组",
    "honours": "其他荣誉",
    "materials": "材料",
    "readings": "对通知的理解",
    "stages": "环节",
    "tiers": "等次",
    "unit_kinds": "单位类别",
    "unit_quotas": "推荐名额",
}
"""What is added to each list, in words."""
TABLES: Final = frozenset({"scope", "programme", "fraud", "numbering"})
"""Tables that a rule set may do without, and so may be added."""


def _working(request: MemberRequest, copy_id: int) -> WorkingCopy:
    copies = WorkingCopy.objects.for_union(request.union).select_related("union", "origin", "changed_by__user")
    return get_object_or_404(copies, pk=copy_id)


def _path(where: str) -> Path:
    return () if where == BASICS else tuple(where.split("/"))


def _where(path: Path) -> str:
    return "/".join(path) or BASICS


def _piece(path: tuple[str, ...]) -> Path | None:
    """The table that is edited on one page, around a place; None where only the text is edited."""
    key = path[0] if path else ""
    if key in questions.TEXT_ONLY:
        return ("form",) if path in {("form",), ("form", "notes")} else None
    if key in questions.PARTS[()] or not key:
        return ()
    if key not in LISTS:
        return (key,)
    end = 2
    while path[end : end + 1] == ("conditions",) and len(path) > end + 1:
        end += 2
    return path[:end] if len(path) > 1 else None


def _edit_url(request: MemberRequest, working: WorkingCopy, path: tuple[str, ...]) -> str:
    piece = _piece(path)
    if piece is None:
        return here(request, "copy_text", copy_id=working.pk)
    return here(request, "edit_copy", copy_id=working.pk, where=_where(piece))


def _page(request: MemberRequest, working: WorkingCopy) -> str:
    return here(request, "working_copy", copy_id=working.pk)


def _crumbs(request: MemberRequest, working: WorkingCopy, label: str = "") -> list[dict[str, str]]:
    crumbs = trail(request, f"修改稿：{working.title}")
    if not label:
        return crumbs
    return [crumbs[0], {"label": crumbs[1]["label"], "url": _page(request, working)}, {"label": label}]


def _read(working: WorkingCopy) -> tuple[schema.RuleSet, list[loader.Problem], dict[str, Any]]:
    """What a working copy says, as far as it holds together; its tables are always well formed."""
    rules, problems = loader.study(working.text)
    if rules is None:
        raise loader.RuleSetError(working.title, problems)
    return rules, problems, source.plain(working.text)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def copy_ruleset(request: MemberRequest, ruleset_id: int) -> HttpResponse:
    """Begin a working copy, or go on with one."""
    origin = held(request, ruleset_id)
    if request.method == "POST":
        working = services.copy_ruleset(origin, actor=request.member, at=timezone.now())
        return redirect(_page(request, working))
    context = {
        "origin": origin,
        "copies": origin.working_copies.under_way().select_related("changed_by__user"),
        "crumbs": trail(request, "复制并修改"),
    }
    return render(request, "campaigns/ruleset_copy.html", context)


@require_safe
@role_required(*READERS)
def working_copy(request: MemberRequest, copy_id: int) -> HttpResponse:
    """The copy as a document, every departure from its origin beside its line, every table with a way to change it."""
    working = _working(request, copy_id)
    rules, problems, data = _read(working)
    may = policies.can_edit_copy(request.member, working)

    def url_of(line: document.Line) -> str:
        return _edit_url(request, working, line.at) if line.at else ""

    def adds_of(part: document.Part) -> Iterator[tuple[str, str]]:
        for key in part.keys:
            if key in LISTS:
                yield LISTS[key], here(request, "add_to_copy", copy_id=working.pk, where=key)
            elif key in TABLES and key not in data:
                yield labels.KEY_LABELS[key], here(request, "edit_copy", copy_id=working.pk, where=key)

    origin = loader.load(working.origin.source, name=working.origin.code)
    context = {
        "working": working,
        "parts": presentation.told(
            rules, origin=origin, url_of=url_of if may else None, adds_of=adds_of if may else None
        ),
        "problems": [
            {"said": problem.message, "url": _edit_url(request, working, questions.address(data, problem.path))}
            for problem in problems
        ],
        "departs": loader.diff(origin, rules),
        "may": may,
        "crumbs": _crumbs(request, working),
    }
    return render(request, "campaigns/copy_page.html", context)


# --- one table in a form ---------------------------------------------------------------------------------------------


def _items(posted: QueryDict) -> dict[str, list[str]]:
    """Which items each list of the form shows, from its hidden fields."""
    return {name: value.split(",") if value else [] for name, value in posted.items() if isinstance(value, str)}


def _with_row(block: Block, data: Any, do: str) -> dict[str, list[str]] | None:
    """The lists of a form after a row is added, taken out or moved; None where `do` is none of that."""
    verb, _, name = do.partition(" ")
    lists = {listing.name: listing for one in block.every() for listing in one.lists if not listing.apart}
    items = {key: [item.path[-1] for item in listing.items] for key, listing in lists.items()}
    if verb == "add" and name in lists:
        items[name].append(_new_row(lists[name], data, items))
        return items
    key, _, part = name.rpartition(".")
    if key not in items or part not in items[key] or verb not in {"remove", "up", "down"}:
        return None
    at = items[key].index(part)
    items[key].pop(at)
    if verb != "remove":
        items[key].insert(max(at + (1 if verb == "down" else -1), 0), part)
    return items


def _new_row(listing: questions.Listing, data: Any, items: Mapping[str, Iterable[str]]) -> str:
    taken = [{"id": part} for parts in items.values() for part in parts]
    return questions.free_id([data, taken], questions.singular(listing.path[-1]))


def _answer(
    request: MemberRequest, working: WorkingCopy, form: PieceForm, data: dict[str, Any], before: schema.RuleSet
) -> tuple[bool, list[loader.Change]]:
    """Save what a form makes of the copy; mistakes go to their fields, and nothing typed is lost.

    Where somebody saved meanwhile, the differences between theirs and this are told, and a second saving decides.
    """
    try:
        services.edit_copy(
            working,
            text=source.rewritten(working.text, data),
            revision=_revision(request.POST),
            actor=request.member,
            at=timezone.now(),
        )
    except loader.RuleSetError as error:
        for problem in error.problems:
            place = questions.address(data, problem.path)
            names = [".".join(place[:end]) for end in range(len(place), 0, -1)]
            name = next((name for name in names if name in form.fields), None)
            form.add_error(name, problem.message)
        return False, []
    except Refused as refusal:
        form.add_error(None, str(refusal))
        rules, _ = loader.study(source.rewritten(working.text, data))
        return False, presentation.changes(before, rules) if rules else []
    return True, []


def _revision(posted: QueryDict) -> int:
    said = posted.get("revision", "")
    return int(said) if said.isdecimal() else 0


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def edit_copy(request: MemberRequest, copy_id: int, where: str) -> HttpResponse:
    """One table of a working copy with everything inside it."""
    working = _working(request, copy_id)
    rules, problems, data = _read(working)
    path = _path(where)
    if _piece(path) != path:
        raise Http404
    try:
        block = questions.block_at(data, path, items=_items(request.POST))
    except KeyError:
        raise Http404 from None
    form = PieceForm(block, request.POST or None, use_required_attribute=False)
    changes: list[loader.Change] = []
    rows = _with_row(block, data, request.POST.get("do", ""))
    if rows is not None:
        typed = form.typed()
        block = questions.block_at(data, path, items=rows)
        form = PieceForm(block, initial=typed, use_required_attribute=False)
    elif request.method == "POST" and form.is_valid():
        written = questions.with_table(data, path, questions.answered(block, form.cleaned_data))
        saved, changes = _answer(request, working, form, written, rules)
        if saved:
            return _saved(request, working, written, path)
    origin = source.plain(working.origin.source)
    context = {
        "working": working,
        "form": form,
        "tree": form.tree(original=_original(origin, path), told=_told_here(data, problems, path)),
        "changes": changes,
        "title": block.title or "基本信息和依据",
        "in_list": len(path) > 1,
        "where": where,
        "members": _members(request, working, block),
        "add_url": here(request, "add_to_copy", copy_id=working.pk, where=f"{where}/conditions"),
        "may": policies.can_edit_copy(request.member, working),
        "crumbs": _crumbs(request, working, block.title or "基本信息和依据"),
    }
    return render(request, "campaigns/copy_piece.html", context, status=422 if form.errors else 200)


def _saved(request: MemberRequest, working: WorkingCopy, data: dict[str, Any], path: Path) -> HttpResponse:
    """Back to the document; or to the form, where what it holds does not yet hold together."""
    _, problems = loader.study(source.rewritten(working.text, data))
    left = [problem for problem in problems if _piece(questions.address(data, problem.path)) == path]
    if left:
        messages.warning(request, f"已保存。这里还有 {len(left)} 处定稿前要改")
        return redirect(here(request, "edit_copy", copy_id=working.pk, where=_where(path)))
    messages.success(request, "已保存")
    return redirect(_page(request, working))


def _original(origin: dict[str, Any], path: Path) -> Block | None:
    """The same table as the origin has it; None where the copy added it."""
    try:
        table = questions.found(origin, path)
    except KeyError:
        return None
    return questions.block_at(origin, path) if isinstance(table, Mapping) else None


def _told_here(data: dict[str, Any], problems: list[loader.Problem], path: Path) -> list[tuple[Path, str]]:
    """What does not yet hold together in a table, by place."""
    found = [(questions.address(data, problem.path), problem.message) for problem in problems]
    return [(place, message) for place, message in found if _piece(place) == path]


def _members(request: MemberRequest, working: WorkingCopy, block: Block) -> list[dict[str, str]]:
    """The conditions of a group, which have forms of their own."""
    return [
        {"label": item.title, "url": here(request, "edit_copy", copy_id=working.pk, where=_where(item.path))}
        for listing in block.lists
        if listing.apart
        for item in listing.items
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def add_to_copy(request: MemberRequest, copy_id: int, where: str) -> HttpResponse:
    """One more item of a list: first what kind, where there are several, then its form."""
    working = _working(request, copy_id)
    rules, _, data = _read(working)
    path = _path(where)
    if not path or path[-1] not in LISTS:
        raise Http404
    try:
        kinds = questions.kinds_of(path)
        kind = request.GET.get("kind", "")
        siblings = [item.path[-1] for item in questions.list_at(data, path).items]
        table = questions.seed(data, path, kind) if kind or not kinds else None
    except KeyError:
        raise Http404 from None
    title = f"添加{LISTS[path[-1]]}"
    context: dict[str, Any] = {"working": working, "title": title, "crumbs": _crumbs(request, working, title)}
    if table is None:
        return render(request, "campaigns/copy_kinds.html", {**context, "kinds": kinds})
    place = (*path, table.get("id", str(len(siblings))))
    block = questions.block_at(data, place, items=_items(request.POST), table=table)
    form = PieceForm(block, request.POST or None, use_required_attribute=False)
    changes: list[loader.Change] = []
    rows = _with_row(block, [data, table], request.POST.get("do", ""))
    if rows is not None:
        typed = form.typed()
        block = questions.block_at(data, place, items=rows, table=table)
        form = PieceForm(block, initial=typed, use_required_attribute=False)
    elif request.method == "POST" and form.is_valid():
        answer = questions.answered(block, form.cleaned_data) or {}
        after = request.POST.get("place", "")
        at = siblings.index(after) + 1 if after in siblings else 0 if after == "first" else len(siblings)
        written = questions.with_item(data, path, answer, at=at)
        saved, changes = _answer(request, working, form, written, rules)
        if saved:
            return _saved(request, working, written, place)
    named = {item.path[-1]: item.title for item in questions.list_at(data, path).items}
    context |= {
        "form": form,
        "tree": form.tree(),
        "changes": changes,
        "places": [("first", "放在最前面"), *((id_, f"放在“{name}”之后") for id_, name in named.items())],
        "place": request.POST.get("place", siblings[-1] if siblings else "first"),
        "may": policies.can_edit_copy(request.member, working),
    }
    return render(request, "campaigns/copy_piece.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(*KEEPERS)
def arrange_copy(request: MemberRequest, copy_id: int, where: str) -> HttpResponse:
    """Move an item up or down in its list, or take it out."""
    working = _working(request, copy_id)
    _, _, data = _read(working)
    path, do = _path(where), request.POST.get("do", "")
    if len(path) < 2 or _piece(path) != path or do not in {"up", "down", "remove"}:
        raise Http404
    try:
        name = questions.name_at(data, path)
        changed = questions.with_table(data, path, None)
        if do != "remove":
            changed = questions.moved(data, path, 1 if do == "down" else -1)
    except KeyError:
        raise Http404 from None
    try:
        services.edit_copy(
            working,
            text=source.rewritten(working.text, changed),
            revision=_revision(request.POST),
            actor=request.member,
            at=timezone.now(),
        )
    except loader.RuleSetError as error:
        messages.error(request, "；".join(problem.message for problem in error.problems))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{name}”{'已删去' if do == 'remove' else '已移动'}")
    return redirect(_page(request, working))


# --- as text, and the end --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def copy_text(request: MemberRequest, copy_id: int) -> HttpResponse:
    """The whole text: the form's fields and the printed grids are changed here."""
    working = _working(request, copy_id)
    form = SourceForm(request.POST or None, initial={"source": working.text})
    problems: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["source"].replace("\r\n", "\n")
        try:
            services.edit_copy(
                working, text=text, revision=_revision(request.POST), actor=request.member, at=timezone.now()
            )
        except loader.RuleSetError as error:
            problems = quoted(text, error.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已保存")
            return redirect(_page(request, working))
    context = {
        "working": working,
        "form": form,
        "problems": problems,
        "may": policies.can_edit_copy(request.member, working),
        "crumbs": _crumbs(request, working, "全文"),
    }
    return render(request, "campaigns/copy_text.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def settle_copy(request: MemberRequest, copy_id: int) -> HttpResponse:
    """Show every difference from the origin once more; then make the edition."""
    working = _working(request, copy_id)
    rules, problems, _ = _read(working)
    if request.method == "POST":
        try:
            edition = services.settle_copy(
                working, revision=_revision(request.POST), actor=request.member, at=timezone.now()
            )
        except loader.RuleSetError:
            messages.error(request, "还有没有改好的地方，不能定稿")
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已定稿：“{edition.title}”，可以据此筹备活动")
            return redirect(here(request, "ruleset", ruleset_id=edition.pk))
        return redirect(here(request, "settle_copy", copy_id=working.pk))
    origin = loader.load(working.origin.source, name=working.origin.code)
    context = {
        "working": working,
        "rules": rules,
        "problems": problems,
        "parts": presentation.changes_by_part(origin, rules),
        "may": policies.can_edit_copy(request.member, working),
        "crumbs": _crumbs(request, working, "定稿"),
    }
    return render(request, "campaigns/copy_settle.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*KEEPERS)
def discard_copy(request: MemberRequest, copy_id: int) -> HttpResponse:
    working = _working(request, copy_id)
    if request.method == "POST":
        try:
            services.discard_copy(working, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(_page(request, working))
        messages.success(request, "修改稿已弃用")
        return redirect(here(request, "rulesets"))
    context = {"working": working, "crumbs": _crumbs(request, working, "弃用修改稿")}
    return render(request, "campaigns/copy_discard.html", context)

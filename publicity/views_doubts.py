"""The desk's pages about a poll's votes: what is doubtful, what becomes of it, other channels, and the count into a ranking."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from publicity import doubt, policies, selectors_counts, selectors_doubts, selectors_polls
from publicity.forms_polls import AsideForm, CountForm, KeepForm
from publicity.models import Poll
from publicity.models_polls import VoteSetAside
from publicity.services import counts, doubts
from review.desk import tied_groups
from review.forms import TieForm
from review.models import Ranking
from review.pages import Ask, ask, posted
from review.policies import can_decide_tie
from review.services.rankings import decide_tie
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

office = role_required(Role.OFFICE)
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
arbiters = role_required(Role.OFFICE, Role.LEADER)


def _poll(request: MemberRequest, pk: int) -> Poll:
    return get_object_or_404(selectors_polls.polls(request.union), pk=pk)


def _url(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": request.union.slug, **kwargs})


def _crumbs(request: MemberRequest, poll: Poll, *more: tuple[str, str]) -> list[dict[str, str]]:
    trail = [
        {"label": "公示与异议", "url": _url(request, "desk")},
        {"label": poll.title, "url": _url(request, "poll_figures", pk=poll.pk)},
    ]
    return trail + [{"label": label, "url": url} for label, url in more]


def _known(request: MemberRequest, poll: Poll) -> selectors_counts.Count | None:
    """The count, for whoever may know it now; what is doubtful would tell of it."""
    if not policies.can_read_tally(request.member, poll, at=timezone.now()):
        return None
    return selectors_counts.count(poll, selectors_polls.candidates_of(poll))


@readers
@require_safe
def poll_doubts(request: MemberRequest, pk: int) -> HttpResponse:
    """What was found, what it would change, and what was decided; nothing of it before the count may be known."""
    found, at = _poll(request, pk), timezone.now()
    count = _known(request, found)
    rows = selectors_doubts.doubts_of(found, count) if count else []
    context = {
        "poll": found,
        "count": count,
        "may_read": policies.can_read_tally(request.member, found, at=at),
        "may_settle": policies.can_settle_doubts(request.member, found, at=at),
        "office": request.member.role == Role.OFFICE,
        "doubts": [row for row in rows if row.finding.doubtful],
        "remarks": [row for row in rows if not row.finding.doubtful],
        "asides": selectors_counts.asides(found),
        "rules": [rule.label for rule in doubt.RULES.values()],
        "crumbs": _crumbs(request, found, ("存疑选票", "")),
    }
    return render(request, "publicity/poll_doubts.html", context)


@office
@require_http_methods(["GET", "POST"])
def settle_doubt(request: MemberRequest, pk: int, key: str) -> HttpResponse:
    """One finding: what setting it aside does to places, then aside or kept, either with a reason."""
    found, at = _poll(request, pk), timezone.now()
    count, back = _known(request, found), _url(request, "poll_doubts", pk=pk)
    row = selectors_doubts.doubt_of(found, count, key) if count else None
    if row is None:
        messages.error(request, "这一发现已有变化，请从列表中重新选择")
        return redirect(back)
    keeps = request.POST.get("act") == "keep"
    aside = AsideForm(None if keeps else posted(request), initial={"announcement": _announcement(row)})
    keep = KeepForm(posted(request) if keeps else None, prefix="keep")
    form = keep if keeps else aside
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "actor": request.member, "at": at}
        try:
            if keeps:
                doubts.keep_votes(found, row.doubted, **given)
                done = "已记录：这些选票不予剔除，照常计票"
            else:
                made = doubts.set_votes_aside(found, row.doubted, **given)
                waits = selectors_polls.vote_rule(found.stage).aside_confirmed
                done = f"第 {made.number} 号：剔除 {len(made.votes):,} 张选票{'，等待另一名工作人员确认' if waits else '，公告已发布'}"
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect(back)
    context = {
        "poll": found,
        "row": row,
        "form": aside,
        "keep": keep,
        "may": policies.can_settle_doubts(request.member, found, at=at),
        "crumbs": _crumbs(request, found, ("存疑选票", back), ("处理", "")),
    }
    return render(request, "publicity/poll_doubt.html", context)


def _announcement(row: selectors_doubts.Doubt) -> str:
    """What the public may read of a finding to begin with: how many and why, not for whom."""
    label = doubt.RULES[row.finding.rule].label
    return (
        f"经核查，{selectors_doubts.when(row.finding.start, row.finding.end)}收到的 {len(row.open):,} 张选票属于{label}，"
        "且设备特征或人选次序大量相同，不计入得票。选票仍保留备查；对此有异议的，请联系认定办公室。"
    )


@office
@require_http_methods(["GET", "POST"])
def aside(request: MemberRequest, pk: int, number: int) -> HttpResponse:
    """One act: the second officer's word, or counting its votes again."""
    found, at = _poll(request, pk), timezone.now()
    row = get_object_or_404(
        VoteSetAside.objects.select_related("poll__stage__campaign", "by"), poll=found, number=number
    )
    one = next((one for one in selectors_counts.asides(found) if one.row.pk == row.pk), None)
    if one is None:
        raise Http404
    row.poll, back = found, _url(request, "poll_doubts", pk=pk)
    count = _known(request, found)
    confirms = request.POST.get("act") == "confirm"
    form = AsideForm(None if confirms else posted(request))
    problem = ""
    if request.method == "POST" and (confirms or form.is_valid()):
        try:
            if confirms:
                doubts.confirm_aside(row, actor=request.member, at=at)
                done = f"已确认第 {number} 号剔除，公告已发布"
            else:
                doubts.restore_votes(row, actor=request.member, at=at, **form.cleaned_data)
                done = f"第 {number} 号剔除的选票已恢复计票，公告已发布"
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, done)
            return redirect(back)
    effective = one.effective and count is not None
    context = {
        "poll": found,
        "one": one,
        "form": form,
        "problem": problem,
        "effect": selectors_doubts.restoring(found, count, row) if effective and count else [],
        "may": policies.can_settle_doubts(request.member, found, at=at),
        "may_confirm": policies.can_confirm_aside(request.member, row, found, at=at),
        "crumbs": _crumbs(request, found, ("存疑选票", back), (f"第 {number} 号", "")),
    }
    return render(request, "publicity/poll_aside.html", context)


@office
@require_http_methods(["GET", "POST"])
def enter_count(request: MemberRequest, pk: int, channel: str) -> HttpResponse:
    """The counting sheet of a channel that is not online."""
    found, at = _poll(request, pk), timezone.now()
    channels = {one.id: one for one in selectors_polls.vote_rule(found.stage).ballot_channels if one.how == "counted"}
    rule = channels.get(channel)
    if rule is None:
        raise Http404
    people, before = selectors_polls.candidates_of(found), selectors_counts.counts_of(found).get(channel)
    known = {f"votes-{pk}": votes for pk, votes in before.votes.items()} | {"ballots": before.ballots} if before else {}
    form = CountForm(posted(request), people=people, initial=known)
    page = Ask(
        title=f"录入{rule.label}的计票",
        verb="保存计票",
        over=found.title,
        text=f"按计票单填写；这一渠道占 {rule.weight}%。"
        + ("已录入过，保存后以新的为准，原来的保留在记录里。" if before else ""),
        why_not=policies.can_enter_count(request.member, found, at=at).reason,
        back=_url(request, "poll_figures", pk=pk),
        crumbs=_crumbs(request, found, (rule.label, "")),
    )

    def act() -> str:
        data = form.cleaned_data
        sheet = counts.Counted(data["ballots"], form.votes, data["note"])
        counts.enter_count(found, channel, sheet, actor=request.member, at=at)
        return f"{rule.label}的计票已保存"

    return ask(request, form, page, act)


@office
@require_POST
def count_poll(request: MemberRequest, pk: int) -> HttpResponse:
    """Votes become points, and with the review before them a ranking."""
    found = _poll(request, pk)
    try:
        ranked = counts.count_poll(found, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已计分排名，共 {len(ranked.rows)} 人；此后不能再剔除或恢复选票")
    return redirect("publicity:poll_figures", union_slug=request.union.slug, pk=pk)


@arbiters
@require_http_methods(["GET", "POST"])
def decide_poll_tie(request: MemberRequest, pk: int, tie: str) -> HttpResponse:
    """People put in order whose totals are equal."""
    found, at = _poll(request, pk), timezone.now()
    back = _url(request, "poll_figures", pk=pk)
    tied = dict(tied_groups(found.stage)).get(tie)
    if tied is None or not Ranking.objects.filter(stage=found.stage).exists():
        return redirect(back)
    form = TieForm(posted(request), tied=tied)
    page = Ask(
        title="裁定并列的先后",
        verb="裁定先后",
        over=found.title,
        text="总分完全相同，分不出先后，由人裁定。理由保留在记录里。",
        count=len(tied),
        why_not=can_decide_tie(request.member, found.stage, at=at).reason,
        back=back,
        crumbs=_crumbs(request, found, ("裁定并列", "")),
    )

    def act() -> str:
        decide_tie(found.stage, order=form.order, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"已裁定 {len(tied)} 人的先后"

    return ask(request, form, page, act)

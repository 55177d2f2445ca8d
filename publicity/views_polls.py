"""A public vote: the ballot, its confirmation and the result for anybody; opening it and its figures for the desks."""

import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature
from django.db import DatabaseError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.rules.schema import BallotChannel
from campaigns.states import StageState
from documents.downloads import inline
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import papers, policies, selectors_counts, selectors_polls, wording_polls
from publicity.ballots import Ballot, Pass, issue
from publicity.forms import ChoicesForm, PollForm, ReceiptForm
from publicity.intake import desk
from publicity.intake.desk import CHOICE
from publicity.models import Poll
from publicity.models_polls import ChannelCount
from publicity.selectors_polls import Candidate
from publicity.services import polls as services
from publicity.services.counts import uncounted
from publicity.states import Identity
from review.desk import tied_groups
from review.policies import can_decide_tie
from review.ranking import Row
from review.selectors import settled_rows
from unions import throttle
from unions.access import public, role_required
from unions.middleware import MemberRequest, UnionRequest
from unions.models import User
from unions.permits import Decision, Refused
from unions.states import Role

office = role_required(Role.OFFICE)
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)

ORDER: Final = "poll_order"
DEVICE: Final = "poll_device"
"""Cookies of the visitor's own: the seed of their order, and who they are where nobody signs in. Beside them what they
ticked (`CHOICE`): it waits there, not with us, while somebody signs in, and is gone when the ballot is cast."""
ORDER_AGE: Final = 90 * 24 * 3600
CHOICE_AGE: Final = 24 * 3600


def _poll(request: UnionRequest, pk: int) -> Poll:
    return get_object_or_404(selectors_polls.polls(request.union), pk=pk)


def _seed(request: HttpRequest) -> str:
    """Known from the visit before, or new; whatever a visitor puts there only changes their own order."""
    return request.COOKIES.get(ORDER, "")[:64] or secrets.token_hex(8)


def _kept_choice(request: HttpRequest, poll: Poll) -> list[int]:
    """What this visitor ticked before, as far as it reads as numbers."""
    name, _, ids = request.COOKIES.get(CHOICE, "").partition(":")
    if name != str(poll.pk):
        return []
    return [int(part) for part in ids.split("-")[: poll.choices_max] if part.isascii() and part.isdigit()]


def _path(request: UnionRequest) -> str:
    return reverse("publicity:home", kwargs={"union_slug": request.union.slug})


def _keep_choice(request: UnionRequest, response: HttpResponse, poll: Poll, chosen: Collection[int]) -> None:
    value = f"{poll.pk}:{'-'.join(map(str, chosen))}"
    response.set_cookie(
        CHOICE,
        value,
        max_age=CHOICE_AGE,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path=_path(request),
    )


def _to(request: UnionRequest, view: str, poll: Poll) -> HttpResponse:
    return redirect(f"publicity:{view}", union_slug=request.union.slug, pk=poll.pk)


def _common(poll: Poll) -> dict[str, Any]:
    """What every public page of a poll says: whether votes are taken, what a ballot is, whether the count is public."""
    at = timezone.now()
    return {
        "poll": poll,
        "at": at,
        "taking": policies.can_take_votes(poll, at=at),
        "coming": at < poll.opens_at,
        "tally_public": policies.can_read_tally(None, poll, at=at),
        "rules": wording_polls.poll_rules(poll),
    }


def _device(request: HttpRequest) -> str:
    """The mark that we gave this browser and signed; empty where it has none."""
    try:
        return str(request.get_signed_cookie(DEVICE, default="", salt=DEVICE))
    except BadSignature:
        return ""


def _voter(request: UnionRequest, poll: Poll, device: str) -> str:
    """Who this visitor is to the poll, where it can tell; the policy says whether they may vote."""
    if poll.key is None:
        return ""
    if poll.identity == Identity.DEVICE:
        return selectors_polls.device_digest(poll, device) if device else ""
    user = request.user
    known = isinstance(user, User) and (poll.identity == Identity.ACCOUNT or user.phone_verified)
    return selectors_polls.voter_digest(poll, user) if isinstance(user, User) and known else ""


def _left(poll: Poll, voter: str) -> selectors_polls.Allowance | None:
    """How many ballots this visitor has cast and has left."""
    return selectors_polls.allowance(poll, voter, day=timezone.localdate(timezone.now())) if voter else None


# --- the public --------------------------------------------------------------------------------------------------------


@never_cache
@public
@require_http_methods(["GET", "POST"])
def poll(request: UnionRequest, pk: int) -> HttpResponse:
    """The candidates in the visitor's own order, and the ballot. Posting it keeps the choice and asks for confirmation."""
    found = _poll(request, pk)
    candidates = selectors_polls.candidates_of(found)
    chosen, refusal = _kept_choice(request, found), ""
    if request.method == "POST":
        form = ChoicesForm(request.POST, candidates=[one.pk for one in candidates])
        chosen = form.cleaned_data["choice"] if form.is_valid() else []
        try:
            policies.can_take_votes(found, at=timezone.now()).require()
            chosen = services.require_choices(found, chosen)
        except Refused as refused:
            refusal = str(refused)
        else:
            response = _to(request, "confirm_vote", found)
            _keep_choice(request, response, found, chosen)
            return response
    seed, common = _seed(request), _common(found)
    votes = _votes(found, candidates) if found.shown and common["tally_public"] else None
    context = {
        **common,
        "lines": [
            (one, one.pk in chosen, votes.get(one.pk, 0) if votes is not None else None)
            for one in selectors_polls.shuffled(candidates, seed)
        ],
        "chosen": sum(one.pk in chosen and not one.gone for one in candidates),
        "most": min(found.choices_max, sum(not one.gone for one in candidates)),
        "refusal": refusal,
        "photos": selectors_polls.photos_of(found),
        "announced": [one for one in selectors_counts.asides(found) if one.told],
        "allowance": _left(found, _voter(request, found, _device(request))),
        "address": request.build_absolute_uri(request.path),
    }
    response = render(request, "publicity/poll.html", context, status=422 if refusal else 200)
    response.set_cookie(
        ORDER, seed, max_age=ORDER_AGE, httponly=True, samesite="Lax", secure=request.is_secure(), path=_path(request)
    )
    return response


@public
@require_safe
def candidate(request: UnionRequest, pk: int, candidate: int) -> HttpResponse:
    """Everything the public sees of one person. Mostly it is a finished page that the web server hands out (`services.pages`)."""
    found = _poll(request, pk)
    one = next((one for one in selectors_polls.candidates_of(found) if one.pk == candidate), None)
    if one is None:
        raise Http404
    photo = candidate in selectors_polls.photos_of(found, only=candidate)
    context = selectors_polls.page_of(found, one, photo=photo, at=timezone.now())
    context["address"] = request.build_absolute_uri(request.path)
    return render(request, "publicity/poll_candidate.html", context)


def _votes(poll: Poll, candidates: Sequence[Candidate]) -> dict[int, int]:
    """Candidate id → votes that count, over all channels."""
    return {row.candidate.pk: row.votes for row in selectors_counts.count(poll, candidates).rows}


@public
@require_safe
def candidate_photo(request: UnionRequest, pk: int, candidate: int) -> FileResponse:
    """The photo of the application, where the rules let the public see it, for as long as the person stands in the poll."""
    photo = selectors_polls.photos_of(_poll(request, pk), only=candidate).get(candidate)
    if photo is None:
        raise Http404
    return inline(photo)


@never_cache
@public
@require_safe
def confirm_vote(request: UnionRequest, pk: int) -> HttpResponse:
    """Who was ticked, once more; casting is a second step, so that a slip of the finger is no ballot.

    Signing in comes back here: the choice waited in the visitor's own cookie. So does a ballot that was refused.
    """
    found, at = _poll(request, pk), timezone.now()
    by_device, user = found.identity == Identity.DEVICE, request.user if isinstance(request.user, User) else None
    if user is None and not by_device:
        return redirect_to_login(request.get_full_path())
    chosen = _kept_choice(request, found)
    if not chosen:
        return _to(request, "poll", found)
    known = _device(request)
    device = known or secrets.token_hex(16)
    voter, may = _voter(request, found, device), policies.can_vote(user, found, at=at)
    allowed = _left(found, voter)
    refusal, again = _why_not(found, chosen, may, allowed), request.GET.get("again", "")
    given = Pass(
        *(found.union_id, found.pk, voter, uuid4()),
        path=reverse("publicity:cast", kwargs={"union_slug": request.union.slug, "pk": found.pk}),
        order=request.COOKIES.get(ORDER, "")[:64],
        human=by_device,
    )
    context = {
        **_common(found),
        "people": [one for one in selectors_polls.candidates_of(found) if one.pk in chosen],
        "choice": chosen,
        "pass": "" if refusal else issue(given, at=at),
        "cast_url": given.path,
        "challenge": json.dumps(desk.challenge(given)) if by_device and not refusal else "",
        "refusal": refusal,
        "again": "" if refusal else desk.AGAIN.get(again, desk.AGAIN["refused"] if again else ""),
        "phone_missing": user is not None and not may and bool(policies.can_take_votes(found, at=at)),
        "allowance": allowed,
        "here": request.path,
    }
    response = render(request, "publicity/poll_confirm.html", context, status=422 if refusal and again else 200)
    if by_device and not known:
        response.set_signed_cookie(
            *(DEVICE, device),
            salt=DEVICE,
            max_age=ORDER_AGE,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
            path=_path(request),
        )
    return response


def _why_not(poll: Poll, chosen: Collection[int], may: Decision, allowed: selectors_polls.Allowance | None) -> str:
    """What stands against this ballot now, as the intake will judge it."""
    if not may:
        return may.reason
    if allowed is not None and not allowed.left_today:
        return services.used_up(poll, allowed)
    try:
        services.require_choices(poll, chosen)
    except Refused as refused:
        return str(refused)
    return ""


@csrf_exempt  # the pass is signed for one ballot and cannot be guessed
@never_cache
@public
@require_POST
def cast(request: UnionRequest, pk: int) -> HttpResponse:
    """The intake, where no server of its own stands in front of this address: the same answers, one ballot a transaction."""
    found = _poll(request, pk)

    def take(_given: Pass, ballot: Ballot) -> str:
        # the pass is signed for this very address, so its poll is this one
        try:
            (refusal,) = services.cast_votes(found, [ballot])
        except DatabaseError as error:
            raise desk.Busy from error
        return refusal

    posted = desk.Posted(
        path=request.path_info,
        body=request.body,
        address=desk.address_of(
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
        ),
        agent=request.META.get("HTTP_USER_AGENT", ""),
        secure=request.is_secure(),
    )
    reply = desk.answer(posted, at=timezone.now(), take=take)
    place = dict(reply.headers).get("Location")
    response = (
        HttpResponseRedirect(place, status=reply.status) if place else HttpResponse(reply.body, status=reply.status)
    )
    for name, value in reply.headers:
        if name == "Set-Cookie":
            response.cookies.load(value)
        else:
            response[name] = value
    return response


@never_cache
@public
@require_safe
def voted(request: UnionRequest, pk: int) -> HttpResponse:
    """That the ballot counts, its receipt, and how many are left."""
    found = _poll(request, pk)
    poll_pk, _, code = request.COOKIES.get(desk.RECEIPT, "").partition(":")
    if poll_pk != str(found.pk) or selectors_counts.ballot_of(found, code) is None:
        return _to(request, "poll", found)
    allowed = _left(found, _voter(request, found, _device(request)))
    context = {**_common(found), "allowance": allowed, "receipt": code}
    return render(request, "publicity/poll_voted.html", context)


@never_cache
@public
@require_http_methods(["GET", "POST"])
def receipt(request: UnionRequest, pk: int) -> HttpResponse:
    """Whether the ballot of a receipt counts, for whoever has it, and nothing else of it. Posted, so that no log keeps it."""
    found = _poll(request, pk)
    form = ReceiptForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    ballot = selectors_counts.ballot_of(found, form.cleaned_data["code"]) if asked else None
    context = {"poll": found, "form": form, "asked": asked, "ballot": ballot}
    return render(request, "publicity/poll_receipt.html", context, status=404 if asked and ballot is None else 200)


@public
@require_safe
def poll_result(request: UnionRequest, pk: int) -> HttpResponse:
    """The count, where the public may know it, and what does not count and why."""
    found = _poll(request, pk)
    common = _common(found)
    if not common["tally_public"]:
        messages.info(request, f"{common['tally_public'].reason}。")
        return _to(request, "poll", found)
    context = {
        **common,
        "count": selectors_counts.count(found, selectors_polls.candidates_of(found)),
        "summary": selectors_counts.summary(found),
        "use": wording_polls.use_words(found),
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "publicity/poll_result.html", context)


@public
@require_safe
def poll_paper(request: UnionRequest, pk: int) -> HttpResponse:
    """The result on official paper (GB/T 9704), once it is one."""
    if not throttle.allowed(request, "poll_paper", per_minute=20):
        return render(request, "publicity/too_many.html", status=429)
    found = _poll(request, pk)
    if found.stage.state != StageState.CLOSED:
        messages.info(request, "投票环节结束后才有结果公文。")
        return _to(request, "poll", found)
    try:
        content = papers.poll_pdf(found)
    except (MissingGlyph, PaperError) as error:
        messages.error(request, f"公文暂时不能生成：{error}。网页上的结果完整有效")
        return _to(request, "poll_result", found)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="poll-{pk}.pdf"'
    return response


# --- the desks ---------------------------------------------------------------------------------------------------------


def _crumbs(request: MemberRequest, label: str) -> list[dict[str, str]]:
    desk = reverse("publicity:desk", kwargs={"union_slug": request.union.slug})
    return [{"label": "公示与异议", "url": desk}, {"label": label}]


@office
@require_http_methods(["GET", "POST"])
def open_poll(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the words and the hours, see the people as the public will, publish."""
    stage, at = get_object_or_404(selectors_polls.vote_stages(request.union), pk=pk), timezone.now()
    may = policies.can_open_poll(request.member, stage, at=at)
    if not may or hasattr(stage, "poll"):
        messages.error(request, may.reason or "网络投票已发布，人选和时间不能再改")
        return redirect("publicity:desk", union_slug=request.union.slug)
    form = PollForm(request.POST or None, initial=wording_polls.poll_defaults(stage, at=at))
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.open_poll(stage, text=services.PollText(**form.cleaned_data), actor=request.member, at=at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"网络投票已发布，{timezone.localtime(opened.closes_at):%Y年%-m月%-d日%H:%M}截止")
            return redirect("publicity:poll_figures", union_slug=request.union.slug, pk=opened.pk)
    people = selectors_polls.people_of(stage)
    context = {
        "stage": stage,
        "form": form,
        "rule": selectors_polls.vote_rule(stage),
        "people": list(enumerate(selectors_polls.seen_of(stage, people), start=1)),
        "crumbs": _crumbs(request, "发布网络投票"),
    }
    return render(request, "publicity/poll_edit.html", context)


@readers
@require_safe
def poll_figures(request: MemberRequest, pk: int) -> HttpResponse:
    """How many ballots came in; who got them only where the rules show it, or when the last minute is over."""
    found, at = _poll(request, pk), timezone.now()
    rule, may = selectors_polls.vote_rule(found.stage), policies.can_read_tally(request.member, found, at=at)
    candidates = selectors_polls.candidates_of(found)
    ranked = settled_rows(found.stage) if may and rule.counts == "weight" else ()
    context = {
        **_common(found),
        "may_read": may,
        "rule": rule,
        "ballots": selectors_polls.ballots(found),
        "days": selectors_polls.ballots_by_day(found),
        "candidates": candidates,
        "count": selectors_counts.count(found, candidates) if may else None,
        "entered": _entered(found),
        "may_enter": policies.can_enter_count(request.member, found, at=at),
        "may_count": policies.can_count_poll(request.member, found, at=at),
        "missing": uncounted(found),
        "ranked": _ranked(ranked, candidates),
        "ties": tied_groups(found.stage) if ranked else [],
        "may_tie": can_decide_tie(request.member, found.stage, at=at),
        "crumbs": _crumbs(request, found.title),
    }
    return render(request, "publicity/poll_figures.html", context)


def _entered(poll: Poll) -> list[tuple[BallotChannel, ChannelCount | None]]:
    """The channels counted on paper, with what was entered."""
    rows = selectors_counts.counts_of(poll)
    return [
        (one, rows.get(one.id)) for one in selectors_polls.vote_rule(poll.stage).ballot_channels if one.how == "counted"
    ]


def _ranked(rows: Iterable[Row], candidates: Iterable[Candidate]) -> list[tuple[Row, Candidate]]:
    known = {one.application_id: one for one in candidates}
    return [(row, known[row.case]) for row in rows if row.case in known]

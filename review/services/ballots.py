"""The vote of a panel (投票): rounds, ballots in a sealed urn, the count. Why nobody can tie a ballot to its voter: adr/0008."""

import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules import schema
from review import policies, selectors, tally
from review.models import Ballot, BallotRound, Panel, PanelSeat, RollEntry, SignedBallot
from review.motions import SHARE_WORDS, reaches
from review.ranking import sha256_of
from review.services import seating
from review.services.seating import Bench, bench_of, found_conflicts, listed, lock_seat, recuse_found, rule_of
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member, PersonalKey
from unions.permits import Refused

CHOSEN: Final = "1"
LEFT: Final = "0"
VALID: Final = "1"
VOID: Final = "0"
"""The last mark of a ballot's line."""


def ballot_of(rule: schema.ExpertReviewStage) -> schema.Ballot:
    """How a vote's ballots look; the policies let no stage of another method in."""
    assert rule.ballot is not None
    return rule.ballot


# --- what is before the panel -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """What one expert may choose from in a round, and how many names their ballot carries."""

    cases: Sequence[Application]
    least: int
    most: int

    @property
    def bounds(self) -> str:
        return str(self.most) if self.least == self.most else f"{self.least}–{self.most}"


def choices_for(seat: PanelSeat, voting: BallotRound) -> Choices:
    """The candidates that are not hidden from this expert. What is hidden is in no number either, so that it changes nothing
    they can see.
    """
    stage = seat.panel.stage
    before = [row for row in selectors.counted_rounds(seat.panel) if row.number < voting.number]
    staying = selectors.entrants(stage).in_bulk()
    chosen = tally.follow(selectors.votes_of(before, staying), selectors.terms_of(stage)).chosen
    hidden = _hidden_from(seat, [*voting.candidates, *chosen])
    cases = [staying[case] for case in voting.candidates if case in staying and case not in hidden]
    rule = rule_of(stage)
    ballot, places = ballot_of(rule), rule.passes.max if rule.passes else None
    least, most = tally.limits(ballot.min, ballot.max or places, elected=len(set(chosen) - hidden), choices=len(cases))
    return Choices(sorted(cases, key=lambda case: (case.number, case.pk)), least, most)


def _hidden_from(seat: PanelSeat, cases: Sequence[int]) -> set[int]:
    recused = selectors.hidden_from(seat)
    return recused | set(found_conflicts(seat, Application.objects.filter(pk__in=set(cases) - recused)))


def not_ready(bench: Bench) -> list[str]:
    """A secret vote of a few is none: every case needs so many who may name it that figures alone tell nobody's choice."""
    return seating.not_ready(bench, needed=tally.MIN_SECRET if ballot_of(bench.rule).secret else 1)


def unfinished(bench: Bench) -> list[str]:
    """What stands against ending the vote: an open round, or one that the rules still want."""
    voting = selectors.open_round(bench.panel)
    if voting is not None:
        return [*_absent(bench, voting), f"第 {voting.number} 轮投票尚未结束"]
    rounds, result = _so_far(bench)
    if not rounds:
        return ["还没有投票"] if bench.cases else []
    if late := _late(bench, rounds):
        return listed("投票开始后才进入本环节，须再投一轮", [case.name for case in late])
    if result.standing and len(rounds) < selectors.terms_of(bench.panel.stage).rounds:
        return [f"已入选 {len(result.chosen)} 人，须就其余 {len(result.standing)} 人再投一轮"]
    return []


def _so_far(bench: Bench) -> tuple[list[BallotRound], tally.Result]:
    rounds = selectors.counted_rounds(bench.panel)
    votes = selectors.votes_of(rounds, [case.pk for case in bench.cases])
    return rounds, tally.follow(votes, selectors.terms_of(bench.panel.stage))


def _late(bench: Bench, rounds: Sequence[BallotRound]) -> list[Application]:
    """Who came into the stage after the vote, as by taking an empty place: nobody could name them yet."""
    known = {case for row in rounds for case in row.candidates}
    return [case for case in bench.cases if case.pk not in known]


def entitled(bench: Bench, voting: BallotRound) -> list[PanelSeat]:
    """Who has a ballot in a round: everybody who sits and may name at least one candidate."""
    candidates = {case.pk for case in bench.cases} & set(voting.candidates)
    return [seat for seat in bench.seats if any((seat.pk, case) not in bench.recused for case in candidates)]


def _absent(bench: Bench, voting: BallotRound) -> list[str]:
    """Who still has to vote, as long as those who did are fewer than the rule's quorum."""
    voted = set(voting.roll.values_list("seat_id", flat=True))
    called = entitled(bench, voting)
    waiting = [str(seat.expert) for seat in called if seat.pk not in voted]
    quorum = ballot_of(bench.rule).quorum
    if not waiting or reaches(len(called) - len(waiting), len(called), quorum):
        return []
    short = (
        []
        if quorum == "all"
        else [f"已投 {len(called) - len(waiting)} 人，规定应投的 {SHARE_WORDS[quorum]}投票才能结束"]
    )
    return [*short, *listed("尚未投票", waiting)]


# --- the rounds -------------------------------------------------------------------------------------------------------


def _lock_panel(panel: Panel) -> Panel:
    stage = lock_stage(panel.stage)
    locked = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=panel.pk)
    locked.stage = stage
    return locked


def _lock_open_round(panel: Panel) -> BallotRound:
    rows = panel.rounds.select_for_update(no_key=True, of=("self",)).select_related("key")
    voting = rows.filter(closed_at__isnull=True).first()
    if voting is None:
        raise Refused("现在没有进行中的投票")
    return voting


@transaction.atomic
def open_round(panel: Panel, *, actor: Member, at: datetime) -> BallotRound:
    """Begin a round: the candidates are frozen, the urn is empty and sealed. The second one is among the rest alone."""
    panel = _lock_panel(panel)
    policies.can_open_round(actor, panel, at=at).require()
    if selectors.open_round(panel) is not None:
        raise Refused("上一轮投票尚未结束")
    bench = bench_of(panel.stage, panel)
    missing = not_ready(bench)
    if missing:
        raise Refused(f"投票还不能开始：{'；'.join(missing)}")
    rounds, result = _so_far(bench)
    late = _late(bench, rounds)
    candidates = {*result.standing, *(case.pk for case in late)}
    if not candidates:
        raise Refused("没有需要投票的人选")
    if not late and len(rounds) >= selectors.terms_of(panel.stage).rounds:
        raise Refused(f"规定最多投 {len(rounds)} 轮，仍未产生的由人确定：请结束投票，裁定并列或确定人数")
    key = vault.new_key(panel.union, at=at)
    voting = BallotRound.objects.create(
        union_id=panel.union_id,
        panel=panel,
        number=panel.rounds.count() + 1,
        candidates=sorted(candidates),
        urn=vault.seal(key, "[]"),
        key=key,
        opened_at=at,
    )
    audit.record(
        "round.opened",
        voting,
        actor=actor,
        at=at,
        after={"panel": panel.pk, "round": voting.number, "candidates": voting.candidates},
    )
    return voting


def _in_urn(voting: BallotRound) -> list[list[Any]]:
    """[random id, a mark for every candidate and whether it is valid, seat, nonce]; the last two are empty in a secret vote. All
    lines of a secret vote are of one length, so that not even the size of the sealed text tells anything.
    """
    lines: list[list[Any]] = json.loads(vault.unseal(voting.key, voting.urn))
    if len(lines) != voting.roll.count():
        raise Refused("票箱中的选票数与投票名册不符，请停止投票并报告监督员")
    return lines


@transaction.atomic
def cast_ballot(
    seat: PanelSeat, *, choices: Sequence[Application], actor: Member, at: datetime, spoiled: bool = False
) -> RollEntry:
    """Vote once in the open round. The roll says who; the ballot goes into the urn, where its place says nothing.

    `spoiled`: a ballot handed in void on purpose (废票), blank or with too few or too many names. It counts as cast and names nobody.
    """
    seat = lock_seat(seat)
    policies.can_cast_ballot(actor, seat, selectors.open_round(seat.panel), at=at).require()
    voting = _lock_open_round(seat.panel)
    found = recuse_found(seat, at)
    may = choices_for(seat, voting)
    named = {application.pk for application in choices}
    if len(named) != len(choices) or named - {case.pk for case in may.cases}:
        raise Refused("选票上有不在您可投名单中的人选，请刷新页面后重新选择")
    if may.least <= len(named) <= may.most:
        if spoiled:
            raise Refused(f"选了 {len(named)} 人的是有效票；要投废票，请不选人，或者选得少于、多于 {may.bounds} 人")
    elif not spoiled:
        raise Refused(f"每票应选 {may.bounds} 人，现选了 {len(named)} 人")
    lines, signed = _in_urn(voting), not ballot_of(rule_of(seat.panel.stage)).secret
    nonce = secrets.token_hex(16) if signed else None
    marks = "".join(CHOSEN if case in named else LEFT for case in voting.candidates)
    marks += VOID if spoiled else VALID
    lines.append([uuid.uuid4().hex, marks, seat.pk if signed else None, nonce])
    assert voting.key is not None
    voting.urn = vault.seal(voting.key, json.dumps(sorted(lines, key=lambda line: str(line[0]))))
    voting.save(update_fields=["urn"])
    entry = RollEntry.objects.create(union_id=seat.union_id, round=voting, seat=seat, at=at)
    after: dict[str, Any] = {"round": voting.pk, "seat": seat.pk, "recused": found.cases}
    if nonce is not None:
        after["commitment"] = audit.commitment(signed_value(voting.pk, seat.pk, sorted(named), void=spoiled), nonce)
    audit.record("ballot.cast", entry, actor=actor, at=at, after=after, rows=found.rows)
    return entry


def signed_value(voting: int, seat: int, choices: Sequence[int], *, void: bool = False) -> dict[str, object]:
    """The value that the commitment of a named ballot covers."""
    return {"round": voting, "seat": seat, "choices": list(choices), **({"void": True} if void else {})}


@transaction.atomic
def close_round(panel: Panel, *, actor: Member, at: datetime) -> BallotRound:
    """End a round: as many as the rule wants have voted, the urn is opened, all ballots are written at once, and the count recorded."""
    panel = _lock_panel(panel)
    policies.can_open_round(actor, panel, at=at).require()
    voting = _lock_open_round(panel)
    bench = bench_of(panel.stage, panel)
    missing = [*seating.to_be_looked_at(bench), *_absent(bench, voting)]
    if missing:
        raise Refused(f"本轮投票还不能结束：{'；'.join(missing)}")
    lines = _in_urn(voting)
    voted = set(voting.roll.values_list("seat_id", flat=True))
    voting.issued = len(voted | {seat.pk for seat in entitled(bench, voting)})
    _empty_urn(voting, at=at)
    written = _write_ballots(voting, lines)
    candidates = selectors.entrants(panel.stage).filter(pk__in=voting.candidates).values_list("pk", flat=True)
    (votes,) = selectors.votes_of([voting], candidates)
    counts = tally.count(votes)
    _require_enough(panel.stage, counts)
    audit.record(
        "round.closed",
        voting,
        actor=actor,
        at=at,
        after={
            "round": voting.number,
            "ballots": len(lines),
            "issued": voting.issued,
            "void": sum(marks[-1] == VOID for _, marks, _, _ in lines),
            "counts": sorted([one.case, one.votes, one.base] for one in counts),
            "ballots_sha256": sha256_of(sorted(sorted(ballot) for ballot in votes.ballots)),
            "nonces": sorted([line[2], line[3]] for line in lines if line[2] is not None),
        },
        rows=written,
    )
    return voting


def _require_enough(stage: Stage, counts: Sequence[tally.Count]) -> None:
    """Experts who left meanwhile may have made the vote too small to be secret."""
    fewest = min((one.base for one in counts), default=tally.MIN_SECRET)
    if ballot_of(rule_of(stage)).secret and fewest < tally.MIN_SECRET:
        raise Refused(
            f"有人选只有 {fewest} 人投票，不足 {tally.MIN_SECRET} 人，公布票数会暴露个人的选择，请增补专家并参加投票"
        )


def _empty_urn(voting: BallotRound, *, at: datetime) -> None:
    """No copy of the urn can be opened once its key is gone."""
    key = voting.key
    voting.urn, voting.key, voting.closed_at = "", None, at
    voting.save(update_fields=["urn", "key", "closed_at", "issued", "voided"])
    assert key is not None
    PersonalKey.objects.filter(pk=key.pk).delete()


def _write_ballots(voting: BallotRound, lines: Sequence[Sequence[Any]]) -> list[Ballot | SignedBallot]:
    """All in one statement, by their random ids: neither number, time nor place tells the order they came in."""
    ballots = [
        Ballot(
            id=uuid.UUID(hex=id_),
            union_id=voting.union_id,
            round=voting,
            choices=[case for case, mark in zip(voting.candidates, marks[:-1], strict=True) if mark == CHOSEN],
            void=marks[-1] == VOID,
        )
        for id_, marks, _, _ in lines
    ]
    Ballot.objects.bulk_create(sorted(ballots, key=lambda ballot: ballot.id))
    named = {uuid.UUID(hex=id_): (seat, nonce) for id_, _, seat, nonce in lines if seat is not None}
    signed = SignedBallot.objects.bulk_create(
        SignedBallot(
            union_id=voting.union_id,
            ballot=ballot,
            seat_id=named[ballot.id][0],
            nonce=named[ballot.id][1],
            commitment=audit.commitment(
                signed_value(voting.pk, named[ballot.id][0], ballot.choices, void=ballot.void), named[ballot.id][1]
            ),
        )
        for ballot in ballots
        if ballot.id in named
    )
    return [*ballots, *signed]


@transaction.atomic
def void_round(panel: Panel, *, reason: str, actor: Member, at: datetime) -> BallotRound:
    """Throw an open round away unread (作废), as when a conflict comes up after the expert has voted: it is voted again."""
    panel = _lock_panel(panel)
    policies.can_open_round(actor, panel, at=at).require()
    if not reason.strip():
        raise Refused("请填写本轮作废的理由")
    voting = _lock_open_round(panel)
    voting.voided = reason.strip()
    _empty_urn(voting, at=at)
    audit.record("round.voided", voting, actor=actor, at=at, after={"round": voting.number}, reason=reason.strip())
    return voting

"""Giving cases to experts where not everybody judges all (分配评审), and filling up when somebody drops out or keeps out.

Only what is missing is given anew: who has a case keeps it, and every sheet stays.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from applications.models import Application
from campaigns.models import Stage
from campaigns.selectors import stage_rule
from review import assignment, draw, notify, policies, scopes
from review.models import Panel, PanelSeat
from review.models_pool import Allotment, AllotmentPledge, AllottedCase
from review.services.seating import Bench, bench_of, recuse_found_in_panel, recused_by_seat, rows_found
from review.services.stages import lock_stage
from review.states import Seat
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused


def pledge_allotment(panel: Panel, *, at: datetime) -> AllotmentPledge:
    """Commit to the secret of the panel's next allotment; for the verbs that form a panel or give out cases."""
    secret, key = secrets.token_hex(32), vault.new_key(panel.union, at=at)
    return AllotmentPledge.objects.create(
        union_id=panel.union_id,
        panel=panel,
        revision=panel.allotment_pledges.count(),
        commitment=draw.commitment(secret),
        sealed_secret=vault.seal(key, secret),
        key=key,
        at=at,
    )


def task_of(stage: Stage, bench: Bench) -> assignment.Task:
    """What an allotment follows from, read now."""
    rule = bench.rule
    assert rule.scores_per_case is not None
    sitting = {seat.pk for seat in bench.seats}
    barred = bench.recused | bench.unlooked
    return assignment.Task(
        cases=tuple(assignment.Case(id_, fields) for id_, fields in _fields(stage, bench.cases).items()),
        judges=tuple(assignment.Judge(seat.pk, seat.expert.fields) for seat in bench.seats),
        per_case=rule.scores_per_case,
        barred=frozenset(pair for pair in barred if pair[0] in sitting),
        kept=frozenset((seat, case) for seat, case in bench.allotted or () if seat in sitting) - barred,
        match=rule.match_fields,
    )


def _fields(stage: Stage, cases: Sequence[Application]) -> dict[int, tuple[str, ...]]:
    """Case → the words for its field: the trade as listed, and the categories applied for."""
    rules = stage.campaign.rules
    labels = {part.id: part.label for part in rules.categories}
    ids = [case.pk for case in cases]
    applied = scopes.scopes(stage.campaign, stage_rule(stage), ids) if labels else {}
    found: dict[int, tuple[str, ...]] = {}
    for case in cases:
        words = [case.trade, *(labels[id_] for id_ in applied.get(case.pk, ()) if id_ in labels)]
        found[case.pk] = tuple(sorted({word for word in words if word}))
    return found


@transaction.atomic
def allot_cases(panel: Panel, *, actor: Member, at: datetime) -> Allotment:
    """Give every case the experts it still lacks, by lot from the committed secret, everybody about as many."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=panel.pk)
    panel.stage = stage
    policies.can_allot(actor, panel, at=at).require()
    unanswered = panel.seats.filter(state=Seat.INVITED, approved_at__isnull=False).count()
    if unanswered:
        raise Refused(f"还有 {unanswered} 位专家没有答复邀请，答复后（或请其退出后）再分配")
    found = recuse_found_in_panel(panel, at)
    bench = bench_of(stage, panel)
    if not bench.seats:
        raise Refused("还没有专家接受邀请，接受后再分配")
    task = task_of(stage, bench)
    pledge = panel.allotment_pledges.order_by("revision").last()
    assert pledge is not None
    secret = vault.unseal(pledge.key, pledge.sealed_secret)
    seed = assignment.seed_of(secret, stage.campaign.rules_sha256, task)
    result = assignment.allot(task, seed)
    new = sorted((seat, case) for case, seats in result.items() for seat in seats if (seat, case) not in task.kept)
    if not new:
        raise Refused("没有还需要分配的申报")
    allotment = Allotment.objects.create(
        union_id=panel.union_id,
        panel=panel,
        pledge=pledge,
        secret=secret,
        seed=seed,
        task=task.plain,
        result={str(case): list(seats) for case, seats in result.items()},
        at=at,
        by=actor,
    )
    cases = AllottedCase.objects.bulk_create(
        AllottedCase(union_id=panel.union_id, allotment=allotment, seat_id=seat, application_id=case)
        for seat, case in new
    )
    given = {seat for seat, _ in new}
    PanelSeat.objects.filter(pk__in=given).update(declared_at=None)
    following = pledge_allotment(panel, at=at)
    audit.record(
        "panel.allotted",
        allotment,
        actor=actor,
        at=at,
        after={
            "panel": panel.pk,
            "secret": secret,
            "seed": seed,
            "given": [list(pair) for pair in new],
            "next_commitment": following.commitment,
            "recused": recused_by_seat(found),
        },
        rows=[*cases, following, *rows_found(found)],
    )
    notify.cases_allotted(stage, panel, given, at=at)
    return allotment


def replayed(allotment: Allotment) -> list[str]:
    """What does not agree when an allotment is made again from its record; nothing where everything does."""
    return assignment.differences(
        allotment.task,
        secret=allotment.secret,
        committed=allotment.pledge.commitment,
        rules=allotment.panel.stage.campaign.rules_sha256,
        seed=allotment.seed,
        result=allotment.result,
    )

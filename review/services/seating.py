"""What every verb of a panel stands on: the rule, the seat and its locks, who keeps out of which case, what is not ready."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from applications.models import Application, Recommendation, Source
from applications.sealing import ERASED, open_answers
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage
from campaigns.selectors import stage_rule
from review import policies, selectors
from review.conflicts import Judge, Party, conflict, likeness
from review.models import Expert, Panel, PanelSeat, Recusal
from review.models_pool import Likeness
from review.services.pool import contact_of
from review.services.stages import CONFIRMING, lock_stage
from review.states import RecusalSource
from unions import phones
from unions.models import Member
from unions.permits import Refused
from unions.services import system_member


def rule_of(stage: Stage) -> ExpertReviewStage:
    """The rule of an expert review; the policies let no other kind in."""
    rule = stage_rule(stage)
    assert isinstance(rule, ExpertReviewStage)
    return rule


def needs_approval(rule: ExpertReviewStage) -> bool:
    return rule.panel.approved_by in CONFIRMING


def lock_seat(seat: PanelSeat) -> PanelSeat:
    """Lock campaign and stage before the seat, as everywhere."""
    stage = lock_stage(Stage.objects.get(panel__seats=seat))
    locked = (
        PanelSeat.objects.select_for_update(no_key=True, of=("self",))
        .select_related("panel", "expert__member__user")
        .get(pk=seat.pk)
    )
    locked.panel.stage = stage
    return locked


# --- recusal ----------------------------------------------------------------------------------------------------------


def _judge(expert: Expert) -> Judge:
    user = expert.member.user
    return Judge(
        member=expert.member_id,
        user=expert.member.user_id,
        name=user.name if user else "",
        employer=expert.employer,
        unit=expert.unit_id,
        credit_code=expert.credit_code,
    )


def parties(applications: QuerySet[Application]) -> list[tuple[Application, Party]]:
    """What is known of each case; three queries, of the columns that a conflict can lie in.

    An expert's every mark asks for it. Of the case the ids, the names and the index of the identity number are loaded.
    """
    words = [
        Prefetch(
            to,
            model.objects.select_related("unit", "by__unit").only("application", *_names("unit"), *_names("by__unit")),
        )
        for to, model in (("recommendations", Recommendation), ("sources", Source))
    ]
    rows = (
        applications.select_related("person", "unit", "nominated_by__unit")
        .prefetch_related(*words)
        .only(
            *("applicant", "filled_by", "name", "employer", "id_index", "person__user"),
            *_names("unit"),
            *_names("nominated_by__unit"),
        )
    )
    return [(application, _party(application)) for application in rows]


def _names(unit: str) -> tuple[str, str]:
    return f"{unit}__name", f"{unit}__credit_code"


def _party(application: Application) -> Party:
    """Whoever recommended, endorsed or named the person, and the unit each of them stands for."""
    words: list[Recommendation | Source] = [*application.recommendations.all(), *application.sources.all()]
    named = [word.by for word in words]
    if application.nominated_by is not None:
        named.append(application.nominated_by)
    units = [
        unit
        for unit in (application.unit, *(word.unit for word in words), *(member.unit for member in named))
        if unit is not None
    ]
    return Party(
        applicant=application.applicant_id,
        user=application.person.user_id,
        name=application.name,
        employer=application.employer,
        recommenders=frozenset({application.filled_by_id, *(member.pk for member in named)}),
        units=frozenset(unit.pk for unit in units),
        unit_names=tuple(unit.name for unit in units),
        credit_codes=frozenset(unit.credit_code.upper() for unit in units if unit.credit_code),
    )


def found_conflicts(seat: PanelSeat, applications: QuerySet[Application]) -> dict[int, str]:
    """Application id → reason, for those the expert must not meet; a constant number of queries."""
    return _conflicts(seat, parties(applications))


def _conflicts(seat: PanelSeat, of_cases: Iterable[tuple[Application, Party]]) -> dict[int, str]:
    judge, people, numbers = _judge(seat.expert), *_kept_out_of(seat)
    reasons = {
        application.pk: conflict(judge, party)
        or people.get(application.person_id, "")
        or numbers.get(application.id_index, "")
        for application, party in of_cases
    }
    return {application: reason for application, reason in reasons.items() if reason}


def _kept_out_of(seat: PanelSeat) -> tuple[dict[int, str], dict[str, str]]:
    """Person id → reason, and index of an identity number → reason: of whom this expert kept out before, on any panel."""
    rows = Recusal.objects.filter(
        seat__expert=seat.expert_id, source__in=[RecusalSource.DECLARED, RecusalSource.OFFICE]
    ).exclude(seat=seat)
    people: dict[int, str] = {}
    numbers: dict[str, str] = {}
    for person, number, title in rows.values_list(
        "application__person", "application__id_index", "application__campaign__title"
    ):
        people[person] = f"专家此前对此人的申报回避过（{title}）"
        numbers[number] = people[person]
    numbers.pop("", None)
    return people, numbers


def found_likenesses(seat: PanelSeat, applications: QuerySet[Application]) -> dict[int, str]:
    """Application id → what somebody must look at; opens phones and addresses, so it is asked when seats are filled only."""
    contact, user = contact_of(seat.expert), seat.expert.member.user
    own = {phones.normalise(number) for number in (contact.phone, (user and user.phone) or "") if number}
    judge = replace(_judge(seat.expert), phones=frozenset(own), address=contact.address)
    kinds = {item.id: item.type for item in seat.panel.stage.campaign.rules.fields()}
    found = {}
    for application in applications.select_related("person__key"):
        stored = {id_: value for id_, value in application.answers.items() if kinds.get(id_) in {"phone", "address"}}
        told = {id_: str(value) for id_, value in open_answers(application.person.key, stored).items() if value}
        party = replace(
            _NOBODY,
            name=application.name,
            phones=frozenset(phones.normalise(text) for id_, text in told.items() if kinds[id_] == "phone"),
            addresses=tuple(text for id_, text in told.items() if kinds[id_] == "address" and text != ERASED),
        )
        if ground := likeness(judge, party):
            found[application.pk] = ground
    return found


_NOBODY = Party(None, None, "", "", frozenset(), frozenset(), (), frozenset())


def require_cases(seat: PanelSeat, applications: Iterable[Application]) -> None:
    cases = set(selectors.entrants(seat.panel.stage).values_list("pk", flat=True))
    for application in applications:
        if application.pk not in cases:
            raise Refused(f"{application.name}不在“{seat.panel.stage.label}”的人选中")


def require_before(seat: PanelSeat, applications: Iterable[Application]) -> None:
    """Of a case that does not stand before an expert not even a refusal speaks."""
    cases = set(selectors.cases_before(seat).values_list("pk", flat=True))
    if any(application.pk not in cases for application in applications):
        raise Refused(f"有的申报不在“{seat.panel.stage.label}”的人选中，或没有分给您，请刷新页面")


def require_not_voted(seat: PanelSeat, wanted: str = "确需回避的") -> None:
    """A ballot in the urn cannot be taken out again: nobody knows which one it is."""
    voting = selectors.open_round(seat.panel)
    if voting is not None and voting.roll.filter(seat=seat).exists():
        raise Refused(f"该专家在第 {voting.number} 轮已经投票，选票不能收回；{wanted}，请先作废本轮，重新投票")


def require_mine(seat: PanelSeat, application: Application) -> None:
    """The case is before this expert, who need not keep out of it. The conflict check runs again here, because an employer
    may have become known since the seat was taken.
    """
    work = policies.work_of(seat.panel.stage)
    require_before(seat, [application])
    if seat.recusals.filter(application=application).exists():
        raise Refused(f"您对此申报应当回避，不能{work}")
    if seat.likenesses.filter(application=application, word__isnull=True).exists():
        raise Refused(f"办公室正在核对您与此申报有无回避情形，核对后才能{work}")
    reason = found_conflicts(seat, Application.objects.filter(pk=application.pk)).get(application.pk)
    if reason:
        raise Refused(f"您对此申报应当回避，不能{work}：{reason}")


@dataclass(frozen=True, slots=True)
class Found:
    """What the system newly found: the cases to keep out of, and every row that says so, likenesses among them."""

    cases: list[int]
    rows: list[Recusal | Likeness]


def recuse_found(seat: PanelSeat, at: datetime) -> Found:
    """Add what the system finds, in the system's name."""
    return _recuse_found(seat, parties(selectors.entrants(seat.panel.stage)), at)


def _recuse_found(seat: PanelSeat, of_cases: Iterable[tuple[Application, Party]], at: datetime) -> Found:
    known = set(seat.recusals.values_list("application_id", flat=True))
    found = _conflicts(seat, of_cases)
    new = {application: reason for application, reason in found.items() if application not in known}
    rows = add_recusals(seat, new, RecusalSource.FOUND, system_member(seat.panel.stage.union), at)
    return Found(sorted(new), [*rows, *_note_likenesses(seat, known | set(new), at)])


def _note_likenesses(seat: PanelSeat, recused: set[int], at: datetime) -> list[Likeness]:
    """What is like a conflict waits for a person; until they have looked the expert does not see the case."""
    noted = set(seat.likenesses.values_list("application_id", flat=True))
    cases = selectors.entrants(seat.panel.stage).exclude(pk__in=recused | noted)
    return Likeness.objects.bulk_create(
        Likeness(union_id=seat.union_id, seat=seat, application_id=application, ground=ground, at=at)
        for application, ground in sorted(found_likenesses(seat, cases).items())
    )


def add_recusals(
    seat: PanelSeat, reasons: Mapping[int, str], source: RecusalSource, by: Member, at: datetime
) -> list[Recusal]:
    return Recusal.objects.bulk_create(
        Recusal(
            union_id=seat.union_id,
            seat=seat,
            application_id=application,
            source=source,
            reason=reason,
            at=at,
            by=by,
        )
        for application, reason in sorted(reasons.items())
    )


def recuse_found_in_panel(panel: Panel, at: datetime) -> dict[int, Found]:
    """Seat id → what was newly found, for everybody who has accepted; at the opening of the stage."""
    of_cases = parties(selectors.entrants(panel.stage))
    found = {seat.pk: _recuse_found(seat, of_cases, at) for seat in selectors.sitting(panel)}
    return {seat: one for seat, one in found.items() if one.rows}


def recused_by_seat(found: Mapping[int, Found]) -> dict[int, list[int]]:
    """Seat id → cases newly recused, as the log tells it."""
    return {seat: one.cases for seat, one in found.items() if one.cases}


def rows_found(found: Mapping[int, Found]) -> list[Recusal | Likeness]:
    return [row for one in found.values() for row in one.rows]


# --- before the work of a panel may end ---------------------------------------------------------------------------------


def listed(what: str, names: Sequence[str]) -> list[str]:
    """One sentence for many names, at most ten of them."""
    if not names:
        return []
    shown = "、".join(names[:10])
    return [f"{what}：{shown}{f'等 {len(names)} 人' if len(names) > 10 else ''}"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A panel at work, read once: who sits, what is before them, and who keeps out of what."""

    panel: Panel
    rule: ExpertReviewStage
    seats: Sequence[PanelSeat]
    cases: Sequence[Application]
    recused: frozenset[tuple[int, int]]
    unlooked: frozenset[tuple[int, int]] = frozenset()
    """Pairs with a likeness that nobody has looked at."""
    allotted: frozenset[tuple[int, int]] | None = None
    """Which seat judges which case, where not everybody judges all."""

    def able(self, case: int) -> list[PanelSeat]:
        """Those who may judge a case."""
        return [seat for seat in self.seats if (seat.pk, case) not in self.recused]

    def works(self, seat: PanelSeat) -> bool:
        """Whether there is anything before a seat; where cases are given out, it may be nothing."""
        return self.allotted is None or any(seat.pk == given for given, _ in self.allotted)

    def judges(self, case: int) -> list[PanelSeat]:
        """Those who do judge a case: of those who may, whoever it was given to."""
        if self.allotted is None:
            return self.able(case)
        return [seat for seat in self.able(case) if (seat.pk, case) in self.allotted]


def bench_of(stage: Stage, panel: Panel) -> Bench:
    """A constant number of queries."""
    rule = rule_of(stage)
    return Bench(
        panel,
        rule,
        list(selectors.sitting(panel)),
        list(selectors.entrants(stage)),
        frozenset(selectors.recusals_of(panel)),
        frozenset(selectors.unlooked_of(panel)),
        frozenset(selectors.allotted_of(panel)) if rule.scores_per_case is not None else None,
    )


def not_ready(bench: Bench, *, needed: int) -> list[str]:
    """What a panel lacks before it can judge at all: seats, declarations, visits, enough experts for every case."""
    rule, missing = bench.rule, []
    sitting = len(bench.seats)
    drawn = selectors.draw_of(bench.panel) if rule.panel.draw else None
    if drawn is not None:
        sitting = sum(seat.expert_id in drawn.pledge.candidates for seat in bench.seats)
    wanted = drawn.pledge.members if drawn is not None else rule.panel.size
    if wanted is not None and sitting < wanted:
        missing.append(f"评审团队应有 {wanted} 人，已接受邀请的 {sitting} 人")
    if not bench.seats:
        missing.append("还没有专家接受邀请")
    undeclared = [str(seat.expert) for seat in bench.seats if seat.declared_at is None and bench.works(seat)]
    if undeclared:
        missing.append(f"尚未作回避申报：{'、'.join(undeclared)}")
    if rule.site_visit:
        seen = selectors.visited(bench.panel.stage)
        missing += listed("尚无现场考察记录", [case.name for case in bench.cases if case.pk not in seen])
    missing += to_be_looked_at(bench)
    judges = [(case, len(bench.able(case.pk))) for case in bench.cases]
    thin = [f"{case.name}（{n} 人）" for case, n in judges if n < needed]
    missing += listed(f"回避后评委不足 {needed} 人，请增补专家", thin)
    return [*missing, *ungiven(bench, needed=needed)]


def to_be_looked_at(bench: Bench) -> list[str]:
    """Likenesses that nobody has looked at, of experts who sit."""
    sitting = {seat.pk for seat in bench.seats}
    unlooked = {case for seat, case in bench.unlooked if seat in sitting}
    return listed("回避线索还没有核对", [case.name for case in bench.cases if case.pk in unlooked])


def ungiven(bench: Bench, *, needed: int = 1) -> list[str]:
    """Cases that wait to be given to somebody. As many as there are who may judge is enough where there are no more."""
    if bench.allotted is None:
        return []
    wanted = max(bench.rule.scores_per_case or 0, needed)
    short = [case.name for case in bench.cases if len(bench.judges(case.pk)) < min(wanted, len(bench.able(case.pk)))]
    return listed(f"还没有分给 {wanted} 位专家，请分配评审", short)

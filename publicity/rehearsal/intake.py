"""How invented people come in: through every channel, and not all of them as they should.

Who comes how is a list of `Part`s, so that a rehearsal can spread its failures by itself and a demo can set its scene.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from django.core.files.base import ContentFile

from applications import answers as form
from applications.models import PHOTO, Application
from applications.policies import needs_unit, notices_first
from applications.selectors import answers_of, consent_text, internal_notice_gap, quota_use, slots_of
from applications.selectors_confirmations import confirmation_gap, contacts
from applications.services.confirmations import ask_confirmation, confirm_entry, sign_consent
from applications.services.endorsements import endorse_application, record_internal_notice
from applications.services.intake import (
    lapse_overdue,
    nominate,
    save_draft,
    start_application,
    submit_application,
    withdraw_application,
)
from applications.services.materials import attach_material
from applications.services.nominations import accept_nomination, nominate_person
from applications.services.returns import return_application
from applications.states import Endorsement, NoticeResult, State
from campaigns.models import Campaign
from campaigns.policies import takes_individuals
from campaigns.rules.schema import Channel, PhotoField, RuleSet, TextField
from campaigns.selectors import calendar_of, resolve_quotas
from campaigns.timetable import ZONE
from campaigns.workingdays import period_end
from publicity.rehearsal import sample
from publicity.rehearsal.cast import Cast, user
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.people import Invented
from unions.models import Member, Unit
from unions.permits import Refused
from unions.services import give_consent, join_as_applicant, public_member

Progress = Callable[[str], None]

SCANNED: Final = 2
"""How many people hand in scanned papers (PDF); all others took pictures of theirs."""


NEIGHBOUR: Final = 19900019999
"""Whose name for others the rehearsal borrows, where anybody may name a craftsman; the next ones count down."""
NAMED_BY_ONE: Final = 8
"""Nobody may name many people in one day."""


NOTICE_LEAD: Final = 10
"""Days that a notice inside a unit is put up earlier, so that a week of holidays does not make it too short."""


class Unexpected(AssertionError):
    """Something that had to be refused was not."""


class Fate(StrEnum):
    """What is meant to become of an application on its way in."""

    FILED = "filed"
    RETURNED = "returned"
    """Sent back by the office, mended in time."""
    NEVER_ANSWERS = "never_answers"
    """Sent back by the office, never mended."""
    LATE = "late"
    """Filled in, handed in after the deadline."""
    WITHDRAWN = "withdrawn"
    DRAFT = "draft"
    """Half filled in."""
    AWAITING_UNIT = "awaiting_unit"
    RETURNED_BY_UNIT = "returned_by_unit"
    DECLINED = "declined"
    """The unit does not recommend the person."""
    SURPLUS = "surplus"
    """The unit had no place left and was refused one more; nobody is meant for it, it happens where places run out."""


BY_UNIT: Final = frozenset({Fate.AWAITING_UNIT, Fate.RETURNED_BY_UNIT, Fate.DECLINED})
UNFINISHED: Final = frozenset({Fate.DRAFT, Fate.LATE})


@dataclass(frozen=True, slots=True)
class Part:
    """One person's way in: their channel, the unit it goes through, who fills in the form and what becomes of it."""

    channel: Channel
    unit: Unit | None
    fate: Fate = Fate.FILED
    nominated: bool = False

    @property
    def employer(self) -> str:
        """Enterprises put their own people forward."""
        return self.unit.name if self.unit is not None and self.channel.kind == "enterprise" else ""


def spread(cast: Cast, rules: RuleSet, *, count: int) -> list[Part]:
    """Everybody in turn through every channel and unit, within the places that units have.

    Every fifth is put forward by their unit, and everybody where nobody may come by themselves.
    """
    quotas = resolve_quotas(rules, cast.union)
    left = {unit.pk: quota.at_most for unit, quota in quotas.items() if quota.strength == "must" and quota.at_most}
    parts = []
    for n in range(count):
        channel = rules.channels[n % len(rules.channels)]
        units = cast.units_of(channel.files_through) if needs_unit(channel) else []
        at = n // len(rules.channels) % len(units) if units else 0
        turn = [*units[at:], *units[:at]]
        unit = next((one for one in turn if left.get(one.pk, 1) > 0), turn[0] if turn else None)
        if unit is not None and unit.pk in left:
            left[unit.pk] -= 1
        by_themselves = channel.kind == "self"
        nominated = unit is not None and not by_themselves and (n % 5 == 0 or not takes_individuals(rules))
        parts.append(Part(channel, unit, nominated=nominated))
    return parts


def mendable(rules: RuleSet) -> TextField:
    """The field that is sent back for more words: the longest text."""
    texts = (item for item in rules.fields() if isinstance(item, TextField))
    return max(texts, key=lambda item: item.at_most or item.about or 0)


@dataclass(slots=True)
class Intake:
    """The people of one campaign coming in, day by day. `fates` remembers what was meant for which application."""

    cast: Cast
    clock: Clock
    campaign: Campaign
    people: Sequence[Invented]
    parts: Sequence[Part]
    progress: Progress
    by: datetime | None = None
    """When the last of them comes, where that is not the deadline."""
    fates: dict[int, Fate] = field(default_factory=dict)
    _come: int = 0
    _proofs: dict[tuple[str, bool], bytes] = field(default_factory=dict)
    _neighbours: list[Member] = field(default_factory=list)
    _named_so_far: int = 0

    def run(self, *, until: datetime | None = None) -> None:
        """Let everybody come whose day is before `until`; called again, it goes on with the next."""
        while self._come < len(self.people):
            moment = self._moment(self._come)
            if until is not None and moment >= until:
                return
            self.clock.go_to(moment)
            self._apply(self._come, self.people[self._come], self.parts[self._come])
            self._come += 1
            self.progress(f"申报 {self._come}/{len(self.people)}")

    def close(self) -> None:
        """The deadline passes: who comes now is refused, and what was never handed in lapses."""
        self.clock.go_to(self.campaign.closes_at + timedelta(minutes=1))
        for application in self.campaign.applications.filter(state=State.DRAFT, claim_digest=""):
            self._come_too_late(application)
        lapse_overdue(self.campaign, actor=self.cast.system, at=self.clock())

    def _moment(self, n: int) -> datetime:
        """Spread over the days of the window, in waking hours."""
        window = (self.campaign.opens_at, self.by or self.campaign.closes_at)
        first, last = (moment.astimezone(ZONE).date() for moment in window)
        day = first + (last - first) * n / max(len(self.people), 1)
        return datetime.combine(day, time(9 + n * 4 % 10), ZONE)

    def _come_too_late(self, application: Application) -> None:
        actor = application.applicant or application.filled_by
        try:
            submit_application(application, actor=actor, at=self.clock())
        except Refused:
            return
        raise Unexpected("截止后仍能提交")

    # --- one application ---------------------------------------------------------------------------------------------

    def _apply(self, n: int, person: Invented, part: Part) -> None:
        actor, application = self._start(person, part)
        self.fates[application.pk] = part.fate
        answers = dict(person.answers)
        if part.fate is Fate.DRAFT:
            answers = dict(list(answers.items())[: len(answers) * 3 // 5])
        application = save_draft(
            application, answers=answers, revision=application.revision, actor=actor, at=self.clock()
        )
        if part.fate is not Fate.DRAFT:
            self._attach(application, n, actor)
        if part.fate in UNFINISHED:
            return
        self._confirm(application, actor)
        application = submit_application(application, actor=actor, at=self.clock())
        if part.unit is not None and part.fate is not Fate.AWAITING_UNIT:
            self._screen(application, part.fate)
            application.refresh_from_db()
        if part.fate is Fate.WITHDRAWN:
            withdraw_application(application, actor=actor, at=self.clock(), reason="本人另有安排")

    def _start(self, person: Invented, part: Part) -> tuple[Member, Application]:
        if part.nominated and part.unit is not None:
            officer = self.cast.officers[part.unit.pk]
            return officer, nominate(
                self.campaign,
                unit=part.unit,
                channel=part.channel.id,
                name=person.name,
                actor=officer,
                at=self.clock(),
            )
        actor = join_as_applicant(self.cast.union, user(person.name, person.phone), at=self.clock())
        give_consent(actor, text=consent_text(self.cast.union), at=self.clock())
        if part.channel.kind == "anyone":
            return self._named(person, part, actor)
        return actor, start_application(
            self.campaign, channel=part.channel.id, unit=part.unit, name=person.name, actor=actor, at=self.clock()
        )

    def _named(self, person: Invented, part: Part, nominee: Member) -> tuple[Member, Application]:
        """Somebody who knows them names them; where the rules say so, the person agrees and goes on."""
        if self._named_so_far % NAMED_BY_ONE == 0:
            nobody = user("演练推荐人", str(NEIGHBOUR - len(self._neighbours)))
            self._neighbours.append(join_as_applicant(self.cast.union, nobody, at=self.clock()))
        self._named_so_far += 1
        neighbour = self._neighbours[-1]
        application, token = nominate_person(
            self.campaign,
            channel=part.channel.id,
            name=person.name,
            reason="手艺好，肯带徒弟，大家都服气。",
            actor=neighbour,
            at=self.clock(),
        )
        if not token:
            return neighbour, application
        return nominee, accept_nomination(application, actor=nominee, at=self.clock())

    def _confirm(self, application: Application, actor: Member) -> None:
        """Who was filled in for says that it is right: by the code sent to them, on paper where the form asks for no phone."""
        if not confirmation_gap(application):
            return
        reached = contacts(application, actor)
        if not reached:
            paper = ContentFile(sample.proof("本人确认书"), name="本人确认书.pdf")
            sign_consent(application, file=paper, actor=actor, at=self.clock())
            return
        asked = ask_confirmation(application, field=reached[0].field, actor=actor, at=self.clock())
        confirm_entry(
            asked.confirmation,
            token=asked.token,
            code=asked.code,
            actor=public_member(self.cast.union),
            at=self.clock(),
        )

    def _attach(self, application: Application, n: int, actor: Member) -> None:
        rules, answers = self.campaign.rules, answers_of(application)
        if any(isinstance(item, PhotoField) for item in rules.fields()):
            attach_material(application, slot=PHOTO, file=sample.photo(n), actor=actor, at=self.clock())
        claims = (*form.claimed(rules, answers), *form.claimed_waivers(rules, answers))
        useful = {slot for claim in claims for slot in form.proofs(rules, claim)}
        for slot in slots_of(application, answers):
            if (slot.needed or slot.id in useful) and not slot.by_unit:
                self._hand_in(application, slot.id, slot.label, actor, scanned=n < SCANNED or slot.accept == ("pdf",))

    def _hand_in(self, application: Application, slot: str, label: str, actor: Member, *, scanned: bool) -> None:
        key = (label, scanned)
        if key not in self._proofs:
            self._proofs[key] = sample.proof(label) if scanned else sample.snapshot(label)
        file = ContentFile(self._proofs[key], name=f"{label}.{'pdf' if scanned else 'jpg'}")
        attach_material(application, slot=slot, file=file, actor=actor, at=self.clock())

    def _screen(self, application: Application, fate: Fate) -> None:
        """What the unit says of what was handed to it."""
        assert application.unit is not None
        officer = self.cast.officers[application.unit.pk]
        if fate is Fate.RETURNED_BY_UNIT:
            return_application(
                application,
                reason="主要事迹过于简略，请补充近三年的实绩",
                items=[mendable(self.campaign.rules).id],
                deadline=self.campaign.closes_at,
                actor=officer,
                at=self.clock(),
            )
        elif fate is Fate.DECLINED:
            endorse_application(
                application,
                decision=Endorsement.DECLINED,
                opinion="本单位已另有推荐人选，建议通过个人自荐申报。",
                actor=officer,
                at=self.clock(),
            )
        elif self._is_full(application):
            self._come_over_quota(application)
        else:
            self.endorse(application)

    def _is_full(self, application: Application) -> bool:
        assert application.unit is not None
        quota = quota_use(self.campaign, application.unit)
        return quota.strength == "must" and quota.exceeded_by_one_more

    def _come_over_quota(self, application: Application) -> None:
        self.fates[application.pk] = Fate.SURPLUS
        try:
            self.endorse(application)
        except Refused:
            return
        raise Unexpected("名额已满仍能推荐")

    def endorse(self, application: Application) -> None:
        """The unit hands in its own papers and recommends the person, after the notice among its people where one is asked."""
        assert application.unit is not None
        officer = self.cast.officers[application.unit.pk]
        if internal_notice_gap(application, self.clock()):
            self._notify_unit(application, officer)
        for slot in slots_of(application, answers_of(application)):
            if slot.by_unit and not slot.files:
                self._hand_in(application, slot.id, slot.label, officer, scanned=slot.accept == ("pdf",))
        consent = self.campaign.rules.channel(application.channel).consent
        endorse_application(
            application,
            decision=Endorsement.ENDORSED,
            opinion="情况属实，同意推荐。",
            actor=officer,
            at=self.clock(),
            authority=consent.by if consent else "",
            authority_agreed_on=self.clock.today if consent else None,
            quota_reason="人选突出，经集体研究增报",
        )

    def _notify_unit(self, application: Application, officer: Member) -> None:
        """A notice that was put up early enough to be over the day before, whatever holidays lay between."""
        lengths = [(first.length, first.day_one) for first in notices_first(application)]
        calendar = calendar_of(self.cast.union)
        ends = self.clock.today - timedelta(days=1)
        days = max((length.days for length, _ in lengths if length), default=1)
        starts = ends - timedelta(days=2 * days + NOTICE_LEAD)
        reached = [
            period_end(starts, days=length.days, unit=length.unit, calendar=calendar, day_one=day_one)
            for length, day_one in lengths
            if length
        ]
        record_internal_notice(
            application,
            starts_on=starts,
            ends_on=max(reached, default=starts),
            place="本单位公告栏",
            result=NoticeResult.NO_OBJECTION,
            actor=officer,
            at=self.clock(),
        )

    def mend(self, application: Application) -> Application:
        """Answer a return: more words in the field that was sent back, and hand in again."""
        item, actor = mendable(self.campaign.rules), application.applicant or application.filled_by
        text = str(answers_of(application).get(item.id, ""))
        more = "近三年完成多项革新。"
        if item.at_most is not None:
            text = text[: item.at_most - len(more)]
        application = save_draft(
            application, answers={item.id: text + more}, revision=application.revision, actor=actor, at=self.clock()
        )
        self._confirm(application, actor)
        application = submit_application(application, actor=actor, at=self.clock())
        if application.state == State.AWAITING_UNIT:
            self.endorse(application)
            application.refresh_from_db()
        return application

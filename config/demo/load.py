"""Make a demo union by the services that the pages call: all of it in one transaction, or nothing.

The campaigns are played by the rehearsal on one simulated clock, in the order in which things would have happened, so that the
audit log reads like a real one. Today's real now is the clock's limit: no row says that something happened later.
"""

import itertools
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import make_password
from django.core.files.storage import Storage
from django.db import connection, transaction

from campaigns import services as campaigns
from campaigns import timetable
from campaigns.models import Campaign, RuleSet, Stage
from campaigns.rules import loader
from campaigns.rules.schema import RuleSet as Rules
from campaigns.selectors import calendar_of
from config.demo import post, under_way
from config.demo import scene as data
from config.demo.scene import Scene
from documents.models import StoredFile
from publicity.models import Award
from publicity.rehearsal import people, play
from publicity.rehearsal.cast import Cast, user
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.intake import Fate, Intake, Part, spread
from publicity.rehearsal.play import Play
from review import selectors as review
from review.services import panels
from unions import services, tenancy
from unions.models import Member, Union, Unit, User
from unions.states import Role

SEED: Final = 20260101
LEAD: Final = timedelta(days=14)
"""How long before its first applications the union is there."""
STAFF_FROM: Final = 500
"""How many numbers of a union are kept for applicants."""
_LOCK: Final = 0x6A7B


def load(scene: Scene, source: str, *, now: datetime) -> bool:
    """Load a union's demo unless it is there; say whether it was loaded. `source` is the text of its rule set.

    Two loads at once: the second waits and finds the union. What is interrupted leaves no row, and its files are removed.
    """
    made: list[Union] = []
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            if Union.objects.filter(slug=scene.slug).exists():
                return False
            _Stage(scene, source, now).set(made)
    except BaseException:
        for union in made:
            _discard_files(union)
        raise
    return True


def _discard_files(union: Union) -> None:
    storage: Storage = StoredFile._meta.get_field("file").storage
    _discard(storage, str(union.pk))


def _discard(storage: Storage, folder: str) -> None:
    if not storage.exists(folder):
        return
    folders, files = storage.listdir(folder)
    for name in files:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        _discard(storage, f"{folder}/{name}")
    storage.delete(folder)


class _Stage:
    """The union while it is being set up."""

    def __init__(self, scene: Scene, source: str, now: datetime) -> None:
        self.scene, self.source, self.now = scene, source, now
        self.rules = loader.load(source, name=f"{scene.ruleset}.toml")
        first = min(self._shifted("applications.from", campaign) for campaign in scene.campaigns)
        self.clock = Clock(timetable.start_of(first.date()) - LEAD + timedelta(hours=9), limit=now)
        self.password = make_password(scene.password)
        self.staff = itertools.count(scene.numbers + STAFF_FROM)
        self.met = scene.numbers

    # --- the union and its people ---

    def set(self, made: list[Union]) -> None:
        operator = self._operator()
        with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
            founded = services.found_union(
                slug=self.scene.slug,
                name=self.scene.name,
                short_name=self.scene.short_name,
                at=self.clock(),
                operator=operator,
            )
        made.append(founded.union)
        with tenancy.scope(founded.union.pk):
            self.cast = self._assemble(founded, operator)
            self.origin = campaigns.load_ruleset(
                founded.union, self.source, name=self.scene.ruleset, actor=self.cast.admin, at=self.clock()
            )
            self._confirm_years()
            self._play()
            post.settle(founded.union, now=self.now)

    def _user(self, person: data.Person) -> User:
        """Who has an address can sign in with the password that everybody is told, who has none cannot at all."""
        if not person.email:
            return user(person.name, people.phone_number(next(self.staff)))
        return self._give_signin(User(name=person.name), person)

    def _give_signin(self, account: User, person: data.Person) -> User:
        account.email, account.password = person.email, self.password
        account.save()
        return account

    def _operator(self) -> User:
        person = self.scene.of(Role.OPERATOR)[0]
        known = User.objects.filter(email=person.email).first()
        return known or self._give_signin(User(name=person.name, is_staff=True), person)

    def _assemble(self, founded: services.Founded, operator: User) -> Cast:
        union, scene, clock = founded.union, self.scene, self.clock
        acting = Member.objects.get(union=union, user=operator)
        (first, *_) = scene.of(Role.ADMIN)
        admin = services.appoint_first_administrator(union, self._user(first), actor=acting, at=clock())
        union = services.change_branding(union, values=scene.branding.model_dump(), actor=admin, at=clock())
        kinds = {kind.id: kind.label for kind in self.rules.unit_kinds}
        services.define_unit_kinds(union, kinds, actor=admin, at=clock())
        rows = [services.UnitRow(name=name, kind=group.kind) for group in scene.units for name in group.names]
        services.import_units(union, rows, actor=admin, at=clock())
        units = {unit.name: unit for unit in Unit.objects.for_union(union)}

        def appoint(role: Role) -> list[Member]:
            return [
                services.appoint_member(
                    union, self._user(person), role, actor=admin, at=clock(), unit=units.get(person.unit)
                )
                for person in scene.of(role)
            ]

        office, second = appoint(Role.OFFICE)[:2]
        officers = appoint(Role.UNIT_OFFICER)
        experts = [
            panels.enrol_expert(
                member, field=one.field, employer=one.employer, title=one.title, actor=office, at=clock()
            )
            for one, member in zip(scene.of(Role.EXPERT), appoint(Role.EXPERT), strict=True)
        ]
        return Cast(
            union=union,
            system=founded.system,
            admin=admin,
            office=office,
            second=second,
            supervisor=appoint(Role.SUPERVISOR)[0],
            leaders=appoint(Role.LEADER),
            experts=experts,
            officers={officer.unit_id: officer for officer in officers if officer.unit_id is not None},
            units=list(units.values()),
        )

    def _confirm_years(self) -> None:
        """A notice may run into next year, of which no published table may know."""
        known = calendar_of(self.cast.union)
        for year in range(self.clock.today.year, self.now.year + 2):
            if not known.knows(year):
                fixed = {date(year, month, day): name for month, day, name in campaigns.FIXED_HOLIDAYS}
                off = dict.fromkeys(data.holidays(year) or fixed, False)
                campaigns.confirm_calendar_year(self.cast.union, year, off, actor=self.cast.admin, at=self.clock())

    # --- the campaigns ---

    def _shifted(self, slot: str, campaign: data.Campaign) -> datetime:
        on = _slot(self.rules, slot)
        return timetable.start_of(on + timedelta(days=self._shift(campaign)))

    def _shift(self, campaign: data.Campaign) -> int:
        """Whole weeks, so that a deadline on a Tuesday stays one."""
        wanted = self.now.astimezone(timetable.ZONE).date() + timedelta(days=campaign.days)
        return 7 * round((wanted - _slot(self.rules, campaign.anchor)).days / 7)

    def _publish(self, campaign: data.Campaign) -> Campaign:
        text = for_edition(self.source, self.rules, campaign.edition)
        copy: RuleSet = campaigns.load_ruleset(
            self.cast.union,
            text,
            name=self.scene.ruleset,
            actor=self.cast.office,
            at=self.clock(),
            origin=self.origin,
        )
        return play.publish(
            self.cast,
            copy,
            self.clock,
            slug=campaign.slug,
            title=campaign.title,
            shift_days=self._shift(campaign),
        )

    def _begin(self, campaign: data.Campaign, *, by: datetime | None = None) -> Play:
        """Publish it and bring its people together; nobody has come yet."""
        self.clock.go_to(self._shifted("applications.from", campaign) - timedelta(hours=7))
        published = self._publish(campaign)
        parts = self._parts(campaign, published)
        invented = people.invent(
            published.rules,
            count=len(parts),
            seed=SEED,
            first=self.met,
            failing=campaign.failing,
            employers=[part.employer for part in parts],
        )
        self.met += len(parts)
        if campaign.cases:
            # nobody who is to be seen on the way in is among those who fail: the first ones do
            parts = parts[-campaign.failing :] + parts[: -campaign.failing] if campaign.failing else parts
        else:
            parts = play.with_failures(parts, invented)
        intake = Intake(self.cast, self.clock, published, invented, parts, _silent, by=by)
        return Play(self.cast, self.clock, published, intake, _silent)

    def _parts(self, campaign: data.Campaign, published: Campaign) -> list[Part]:
        if not campaign.cases:
            return spread(self.cast, published.rules, count=campaign.people)
        units = {unit.name: unit for unit in self.cast.units}
        return [
            Part(published.rules.channel(case.channel), units.get(case.unit), case.fate, case.nominated)
            for case in (campaign.cases * campaign.people)[: campaign.people]
        ]

    def _play(self) -> None:
        """Finished campaigns first; then those in a stage and those open, turn by turn as the days go."""
        for finished in self.scene.plays("finished"):
            played = self._begin(finished)
            played.run()
            titled = Award.objects.filter(campaign=played.campaign).order_by("pk").values_list("application", flat=True)
            self._give_applicant_signin(finished, played, list(titled))
        in_stage = [(campaign, *self._up_to_stage(campaign)) for campaign in self.scene.plays("in_stage")]
        by = self.now - timedelta(days=1)
        taking = [(campaign, self._begin(campaign, by=by)) for campaign in self.scene.plays("open")]
        for campaign, played, stage in in_stage:
            for _, other in taking:
                other.intake.run(until=timetable.start_of(stage.planned_from or self.clock.today))
            under_way.HALF_DONE[stage.kind](played, played.begin(stage), campaign.so_far)
            self._give_applicant_signin(campaign, played, [case.pk for case in review.entrants(stage)])
        for campaign, other in taking:
            other.intake.run(until=by)
            drafts = [pk for pk, fate in other.intake.fates.items() if fate is Fate.DRAFT]
            self._give_applicant_signin(campaign, other, drafts)

    def _up_to_stage(self, campaign: data.Campaign) -> tuple[Play, Stage]:
        """Play everything before the stage in which the campaign stands today."""
        played = self._begin(campaign)
        stages = list(played.campaign.stages.order_by("position"))
        if campaign.stage not in {stage.key for stage in stages}:
            raise ValueError(f"{campaign.slug}: the rule set has no stage {campaign.stage}")
        played.intake.run()
        played.intake.close()
        for stage in stages:
            if stage.key == campaign.stage:
                break
            played.run_stage(stage)
        return played, stage

    # --- applicants who can sign in ---

    def _give_applicant_signin(self, campaign: data.Campaign, played: Play, applications: Sequence[int]) -> None:
        """The first of these who applied in person."""
        in_person = played.campaign.applications.filter(pk__in=applications, applicant__isnull=False)
        found = min(
            in_person.select_related("applicant__user"), key=lambda one: applications.index(one.pk), default=None
        )
        if campaign.signin is not None and found is not None:
            assert found.applicant is not None
            assert found.applicant.user is not None
            self._give_signin(found.applicant.user, campaign.signin)


def _silent(_words: str) -> None:
    """A demo loads without a word."""


def _slot(rules: Rules, key: str) -> date:
    found = next((slot.on for slot in timetable.slots(rules) if slot.key == key), None)
    if found is None:
        raise ValueError(f"the rule set sets no date {key}")
    return found


_HEADER: Final = re.compile(r"\s*\[{1,2}([\w.]+)\]{1,2}\s*")


def for_edition(source: str, rules: Rules, edition: str) -> str:
    """The text of a rule set for another edition; what it says of its own notice stays as it is."""
    if rules.edition is None:
        return source
    table, lines = "", []
    for line in source.splitlines(keepends=True):
        if (header := _HEADER.fullmatch(line)) is not None:
            table = header[1]
        ours = table not in {"basis", "readings"} and not line.lstrip().startswith("#")
        lines.append(line.replace(rules.edition, edition) if ours else line)
    return "".join(lines)

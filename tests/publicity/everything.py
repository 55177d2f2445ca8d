"""One campaign with everything in it (a panel drawn under conditions, likenesses, cases given out, scores with a part that is
looked up, visits with points, a vote by name, a vote of the public of which some is set aside, meetings with votes by hand and in
secret, a notice with
objections, awards and certificates), played once and archived, for tests of the archive alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction

from campaigns.models import Campaign
from campaigns.rules import loader
from campaigns.timetable import ZONE
from publicity.models import Award
from publicity.rehearsal import cast, people, play
from publicity.rehearsal.cast import Cast
from publicity.rehearsal.clock import Clock
from publicity.services import withdrawals
from publicity.services.archives import Made, archive_campaign
from review.services import pool
from unions import tenancy
from unions.archive.layout import Archive

LINAN: Final = loader.RULESETS.joinpath("linan-2018.toml").read_text(encoding="utf-8")
_MORE: Final = """
[[stages]]
id = "visits"
kind = "site_visit"
label = "人选考察"
by = "office"
team_min = 3
batches = 2
photos = 1
checklist = [{ id = "bench", label = "工位" }]
score = { label = "考察评分", max = 100, setting = true }
window = { from = 2019-03-01, to = 2019-03-01, setting = true }
setting = true

[[stages]]
id = "ballot"
kind = "expert_review"
label = "专家票决"
by = "panel"
method = "ballot"
passes = { min = 2, max = 4, setting = true }
panel = { size = 3, setting = true }
ballot = { min = 1, max = 4, secret = false, majority = "most_votes", rounds = 2, setting = true }
window = { from = 2019-03-01, to = 2019-03-01, setting = true }
setting = true

[[stages]]
id = "vote"
kind = "public_vote"
label = "网络投票"
by = "public"
choices_min = 1
choices_max = 2
aside_confirmed = true
fold = { how = "share", setting = true }
ballot_channels = [
  { id = "online", label = "网络投票", weight = 60 },
  { id = "delegates", label = "职工代表投票", weight = 40, how = "counted" },
]
window = { from = 2019-03-01, to = 2019-03-02, setting = true }
setting = true

[[stages]]
id = "committee"
kind = "committee"
label = "领导小组审核"
by = "leading_group"
meeting = { quorum = "two_thirds", majority = "more_than_half", vote = "secret_ballot", setting = true }
window = { from = 2019-03-02, to = 2019-03-03, setting = true }
setting = true

[[stages]]
id = "notice"
"""
_HONOURS: Final = (
    'quantitative = { label = "业绩量化", weight = 10, max = 20, setting = true, tables = ['
    '{ id = "years", label = "年限", fact = "years_in_trade", rows = [{ points = 5, at_least = 10 }] }, '
    '{ id = "level", label = "等级", fact = "skill_level", rows = [{ points = 10, level = "技师" }] }] }\n'
)
SOURCE: Final = (
    LINAN.replace('[[stages]]\nid = "notice"\n', _MORE.lstrip())
    .replace(
        "panel = { size = 7, reserves = 2,",
        f"{_HONOURS}scores_per_case = 4\nmatch_fields = true\n"
        'panel = { size = 5, reserves = 1, draw = true, from = "专家库", per_employer = 1,',
    )
    .replace('settings = ["size", "reserves"] }', 'settings = ["size", "reserves", "draw", "from", "per_employer"] }')
    .replace(
        'settings = ["method", "blind", "trimming", "tie_break"]',
        'settings = ["method", "blind", "trimming", "tie_break", "scores_per_case", "match_fields"]',
    )
    .replace('label = "现场考察"\n  weight = 15', 'label = "现场考察"\n  weight = 5')
)


VOTERS: Final = 320
"""Enough of the public for a burst that somebody paid for, which is set aside."""


@dataclass(frozen=True)
class Played:
    scene: Cast
    campaign: Campaign
    clock: Clock


@contextmanager
def played(*, count: int = 9) -> Iterator[Played]:
    """The campaign in the test's own database, inside its union's scope."""
    rules = loader.load(SOURCE, name="rules.toml")
    assert rules.basis.issued is not None
    clock = Clock(datetime.combine(rules.basis.issued, time(9), ZONE))
    founded = cast.found(rules, clock, slug="quanbu")
    with tenancy.scope(founded.union.pk):
        scene = cast.assemble(founded, rules, clock)
        for n, expert in enumerate(scene.experts):  # the number of somebody who applies: somebody must look at it
            pool.keep_contact(expert, pool.Contact(people.phone_number(n)), actor=scene.office, at=clock())
        found = play.run(scene, SOURCE, clock, count=count, seed=1, progress=lambda _words: None, voters=VOTERS)
        _take_away(scene, found.campaign, clock)
        yield Played(scene, found.campaign, clock)


def _take_away(scene: Cast, campaign: Campaign, clock: Clock) -> None:
    """One title is questioned, the person heard, and the leading group takes it away."""
    award = Award.objects.filter(campaign=campaign).order_by("-pk").first()
    assert award is not None
    until = clock.today + timedelta(days=9)
    case = withdrawals.open_withdrawal(
        award, ground="代表作系他人完成", answer_by=until, actor=scene.office, at=clock()
    )
    person = award.application.applicant
    assert person is not None
    withdrawals.answer_withdrawal(case, text="是我做的", actor=person, at=clock())
    count = len(scene.leaders)
    ruling = withdrawals.Ruling(
        withdraw=True, text="经核查属实", public_note="材料不实", met_on=clock.today, present=count, in_favour=count
    )
    withdrawals.decide_withdrawal(case, ruling, actor=scene.leaders[0], at=clock())


@dataclass(frozen=True)
class Archived:
    """What is left of it once the database has forgotten it."""

    made: Made
    again: Made
    members: dict[str, bytes]


def archived() -> Archived:
    """Everything rolled back again: what the tests have is the file."""
    with transaction.atomic(), played() as found:
        made = archive_campaign(found.campaign, actor=found.scene.office, at=found.clock())
        again = archive_campaign(found.campaign, actor=found.scene.office, at=found.clock() + timedelta(days=1))
        transaction.set_rollback(True)
    return Archived(made, again, dict(Archive.of(made.content).members))

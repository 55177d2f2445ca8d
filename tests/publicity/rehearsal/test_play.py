"""The play follows whatever stages the rules give, and stops where it is told to. Played in the test's own database."""

from collections import Counter
from datetime import datetime, time

import pytest

from applications.models import Application, InternalNotice
from applications.states import State
from campaigns.models import Stage
from campaigns.rules import loader
from campaigns.selectors import resolve_quotas
from campaigns.services import load_ruleset
from campaigns.states import CampaignState
from campaigns.timetable import ZONE
from publicity.models import Vote
from publicity.rehearsal import cast, intake, people, play, report
from publicity.rehearsal.cast import Cast
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.intake import Fate, Intake, Part, Unexpected
from publicity.rehearsal.play import Play
from review.models import Outcome, Resolution, SiteVisit
from review.states import Subject, Verdict
from unions import tenancy

pytestmark = pytest.mark.django_db

LINAN = loader.RULESETS.joinpath("linan-2018.toml").read_text(encoding="utf-8")
MORE_STAGES = """
[[stages]]
id = "visits"
kind = "site_visit"
label = "人选考察"
by = "office"
team_min = 3
checklist = [{ id = "bench", label = "工位" }]
window = { from = 2019-03-01, to = 2019-03-01, setting = true }
setting = true

[[stages]]
id = "vote"
kind = "public_vote"
label = "网络投票"
by = "public"
choices_min = 2
choices_max = 3
window = { from = 2019-03-01, to = 2019-03-02, setting = true }
setting = true

[[stages]]
id = "committee"
kind = "committee"
label = "领导小组审核"
by = "leading_group"
window = { from = 2019-03-02, to = 2019-03-03, setting = true }
setting = true

[[stages]]
id = "notice"
"""
LONGER = (
    LINAN.replace('[[stages]]\nid = "notice"\n', MORE_STAGES.lstrip())
    .replace(
        '[[stages]]\nid = "qualification"\n',
        '[[stages]]\nid = "nomination"\nkind = "nomination"\nlabel = "推荐"\nby = "units"\nclause = "四"\n'
        'window = { from = 2019-01-16, to = 2019-01-16, setting = true }\n\n[[stages]]\nid = "qualification"\n',
    )
    .replace('outcome = "初审入围人员"\n', 'outcome = "初审入围人员"\nconfirmed_by = "leading_group"\n')
)


def silent(_words: str) -> None:
    return None


VOTERS = 400
"""Enough for a burst that somebody paid for."""


@pytest.fixture
def clock() -> Clock:
    issued = loader.load(LINAN, name="linan").basis.issued
    assert issued is not None
    return Clock(datetime.combine(issued, time(9), ZONE))


def assembled(source: str, clock: Clock) -> Cast:
    rules = loader.load(source, name="rules.toml")
    founded = cast.found(rules, clock, slug="yanlian")
    with tenancy.scope(founded.union.pk):
        return cast.assemble(founded, rules, clock)


def begun(scene: Cast, clock: Clock, *, count: int, fates: dict[int, Fate] | None = None) -> Play:
    """A published campaign with nobody in it yet; everybody who will come qualifies."""
    ruleset = load_ruleset(scene.union, LINAN, name="linan", actor=scene.admin, at=clock())
    campaign = play.publish(scene, ruleset, clock, slug="tianmu", title="天目工匠")
    parts = intake.spread(scene, campaign.rules, count=count)
    parts = [Part(part.channel, part.unit, (fates or {}).get(n, Fate.FILED)) for n, part in enumerate(parts)]
    invented = people.invent(campaign.rules, count=count, seed=1, failing=0)
    return Play(scene, clock, campaign, Intake(scene, clock, campaign, invented, parts, silent), silent)


def test_stages_that_only_other_notices_have_are_played_too(clock: Clock) -> None:
    scene = assembled(LONGER, clock)
    with tenancy.scope(scene.union.pk):
        played = play.run(scene, LONGER, clock, count=8, seed=1, progress=silent, voters=VOTERS)

        visits = Stage.objects.get(campaign=played.campaign, key="visits")
        assert played.campaign.state == CampaignState.FINISHED
        assert SiteVisit.objects.filter(stage=visits, checklist={"bench": "情况良好"}).count() > 0
        assert Vote.objects.filter(poll__stage__key="vote").count() == VOTERS
        assert "仅供参考" in Outcome.objects.filter(stage__key="vote")[0].reason
        figures = report.summary(played.campaign, played.planted)["stages"]
        (polled,) = [stage for stage in figures if stage["kind"] == "public_vote"]
        assert polled["ballots"] == VOTERS
        assert (polled["votes"]["bought"], polled["votes"]["precision"], polled["votes"]["recall"]) == (60, 1, 1)
        assert polled["votes"]["recounted"]
        assert Outcome.objects.filter(stage__key="committee", verdict=Verdict.PASSED).exists()
        assert Resolution.objects.filter(subject=Subject.LIST, stage__key="qualification").count() == 1


def test_the_intake_stops_at_a_moment_and_goes_on_from_there(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=4)
        middle = played.campaign.opens_at + (played.campaign.closes_at - played.campaign.opens_at) / 2

        played.intake.run(until=middle)
        first = Application.objects.count()
        assert 0 < first < 4
        assert clock.now < middle

        played.intake.run()
        assert Application.objects.count() == 4


@pytest.mark.parametrize(
    ("fate", "state"),
    [
        (Fate.FILED, State.SUBMITTED),
        (Fate.AWAITING_UNIT, State.AWAITING_UNIT),
        (Fate.RETURNED_BY_UNIT, State.RETURNED),
        (Fate.DECLINED, State.DRAFT),
        (Fate.WITHDRAWN, State.WITHDRAWN),
        (Fate.DRAFT, State.DRAFT),
        (Fate.LATE, State.DRAFT),
    ],
)
def test_an_application_comes_to_the_state_that_is_meant_for_it(clock: Clock, fate: Fate, state: State) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=1, fates={0: fate})
        played.intake.run()

        application = Application.objects.get()
        assert (application.state, played.intake.fates[application.pk]) == (state, fate)


def test_whoever_comes_too_late_is_refused_and_lapses(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=2, fates={0: Fate.LATE})
        played.intake.run()
        played.intake.close()

        assert sorted(Application.objects.values_list("state", flat=True)) == [State.LAPSED, State.SUBMITTED]


def test_a_deadline_that_is_not_kept_stops_the_play(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=1, fates={0: Fate.LATE})
        played.intake.run()

        with pytest.raises(Unexpected, match="截止后仍能提交"):
            played.intake._come_too_late(Application.objects.get())  # in time, so it is taken


def test_a_return_is_mended_and_recommended_again(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=1, fates={0: Fate.RETURNED_BY_UNIT})
        played.intake.run()

        application = played.intake.mend(Application.objects.get())

        assert application.state == State.SUBMITTED


def test_few_people_fail_only_by_the_rules(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        rules = loader.load(LINAN, name="linan")
        parts = intake.spread(scene, rules, count=play.ENOUGH)
        invented = people.invent(rules, count=play.ENOUGH, seed=1)

        assert play.with_failures(parts, invented) == parts


def test_no_unit_of_a_rehearsal_puts_forward_more_than_it_must(clock: Clock) -> None:
    rules = loader.load_builtin("jiaozuo-2018")
    founded = cast.found(rules, clock, slug="yanlian")
    with tenancy.scope(founded.union.pk):
        scene = cast.assemble(founded, rules, clock, count=60)
        parts = intake.spread(scene, rules, count=60)
        sent = Counter(part.unit for part in parts if part.unit)

        quotas = resolve_quotas(rules, scene.union)
        assert sent.total() == len(parts)
        assert all(n <= (quotas[unit].at_most or 0) for unit, n in sent.items())


def test_people_of_enterprises_work_there(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        parts = intake.spread(scene, loader.load(LINAN, name="linan"), count=8)

        assert {part.employer for part in parts if part.channel.kind == "enterprise"} <= {
            unit.name for unit in scene.units_of(["enterprise"])
        }
        assert not any(part.employer for part in parts if part.channel.kind != "enterprise")


def test_who_comes_by_themselves_through_a_unit_is_put_forward_by_nobody(clock: Clock) -> None:
    source = LINAN.replace('kind = "self"', 'kind = "self"\nfiles_through = ["town_union"]', 1)
    scene = assembled(source, clock)
    with tenancy.scope(scene.union.pk):
        parts = intake.spread(scene, loader.load(source, name="linan"), count=40)
        alone = [part for part in parts if part.channel.kind == "self"]

        assert all(part.unit for part in alone)
        assert not any(part.nominated for part in alone)
        assert any(part.nominated for part in parts)


# --- what other notices ask of nominations ---------------------------------------------------------------------------

BY_UNITS = (
    LINAN[: LINAN.index('[[channels]]\nid = "society"')]
    + """
  [channels.first]
  length = { days = 5, unit = "working" }
  clause = "四（一）"

[[unit_quotas]]
id = "places"
units = { kinds = ["town_union", "science_city_union", "industry_union"] }
at_most = 1
strength = "must"
text = "各单位可推荐1名"
clause = "四"

"""
    + LINAN[LINAN.index("# --- 交什么材料") :]
)
ANYONE = LINAN.replace(
    "# --- 交什么材料",
    """
[[channels]]
id = "others"
kind = "anyone"
label = "他人推荐"
text = "人人可以推荐"
nominee_completes = true
clause = "四"

# --- 交什么材料""",
    1,
)


def played_in(scene: Cast, clock: Clock, source: str, *, count: int) -> Play:
    ruleset = load_ruleset(scene.union, source, name="rules", actor=scene.admin, at=clock())
    campaign = play.publish(scene, ruleset, clock, slug="tianmu", title="天目工匠")
    parts = intake.spread(scene, campaign.rules, count=count)
    invented = people.invent(campaign.rules, count=count, seed=1, failing=0)
    found = Play(scene, clock, campaign, Intake(scene, clock, campaign, invented, parts, silent), silent)
    found.intake.run()
    return found


def test_units_notify_their_people_first_and_one_too_many_is_refused_and_counted(clock: Clock) -> None:
    scene = assembled(BY_UNITS, clock)
    with tenancy.scope(scene.union.pk):
        places = len(scene.units_of(["town_union", "science_city_union", "industry_union"]))
        played = played_in(scene, clock, BY_UNITS, count=places + 1)

        filed = Application.objects.filter(state=State.SUBMITTED)
        assert filed.count() == filed.values("unit").distinct().count() == places
        assert InternalNotice.objects.filter(application__in=filed).count() == places
        assert list(played.intake.fates.values()).count(Fate.SURPLUS) == 1
        played.intake.close()
        assert report.failures(played.campaign)["over_unit_quota"] == 1


def test_a_unit_that_could_put_forward_too_many_stops_the_play(clock: Clock) -> None:
    scene = assembled(LINAN, clock)
    with tenancy.scope(scene.union.pk):
        played = begun(scene, clock, count=1, fates={0: Fate.AWAITING_UNIT})
        played.intake.run()

        with pytest.raises(Unexpected, match="名额已满仍能推荐"):
            played.intake._come_over_quota(Application.objects.get())


def test_a_whole_rehearsal_has_units_enough_for_its_people(clock: Clock) -> None:
    rules = loader.load(BY_UNITS, name="rules.toml")
    founded = cast.found(rules, clock, slug="yanlian")
    with tenancy.scope(founded.union.pk):
        scene = cast.assemble(founded, rules, clock, count=30)

        assert len(scene.units) > 30


def test_people_named_by_others_agree_and_come_in(clock: Clock) -> None:
    scene = assembled(ANYONE, clock)
    with tenancy.scope(scene.union.pk):
        played_in(scene, clock, ANYONE, count=10)

        named = Application.objects.filter(channel="others")
        assert named.count() == 2
        assert all(one.state == State.SUBMITTED and one.applicant for one in named)
        assert len({one.nominated_by for one in named}) == 1


def test_where_nobody_has_to_agree_whoever_names_fills_it_in(clock: Clock) -> None:
    source = ANYONE.replace("nominee_completes = true\n", "")
    scene = assembled(source, clock)
    with tenancy.scope(scene.union.pk):
        played_in(scene, clock, source, count=5)

        named = Application.objects.get(channel="others")
        assert (named.state, named.applicant, named.filled_by) == (State.SUBMITTED, None, named.nominated_by)

"""An officer's rehearsal: queued once, played by a worker on the draft as it stands, its papers kept as the job's outputs."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import services as campaigns
from campaigns import timetable
from campaigns.models import Campaign
from campaigns.rules import loader
from documents import runner
from documents.models import Job
from documents.states import JobState
from publicity import jobs
from publicity.rehearsal.draft import Draft
from publicity.services import rehearsals
from tests.factories import NOON
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused
from unions.states import Role

pytestmark = pytest.mark.django_db

MakeMember = Callable[..., Member]
SOURCE = loader.RULESETS.joinpath("linan-2018.toml").read_text(encoding="utf-8")
WEEKS = timedelta(weeks=412)  # the applications of the notice, moved to the winter before 2027


def at() -> datetime:
    return NOON


@pytest.fixture
def office(member: MakeMember) -> Member:
    return member(Role.OFFICE)


@pytest.fixture
def campaign(union: Union, office: Member) -> Campaign:
    """A draft whose notice runs into a year that only this union's own calendar knows."""
    days = {date(2027, 1, 1): False, date(2027, 10, 1): False}
    campaigns.confirm_calendar_year(union, 2027, days, actor=office, at=NOON)
    ruleset = campaigns.load_ruleset(union, SOURCE, name="linan", actor=office, at=NOON)
    draft = campaigns.draft_campaign(
        union, ruleset, slug="tianmu", title="天目工匠", actor=office, at=NOON, shift_days=WEEKS.days
    )
    data = loader.to_frozen(draft.rules)
    review = next(stage for stage in data["stages"] if stage["id"] == "review")
    review["panel"]["size"] = 5
    return campaigns.change_settings(draft, rules_data=data, actor=office, at=NOON)


def queue(campaign: Campaign, office: Member, people: int, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(rehearsals, "PEOPLE", people)
    return rehearsals.queue_rehearsal(campaign, actor=office, at=NOON)


def run(job: Job) -> Job:
    runner.run(job.pk, at_clock=at)
    job.refresh_from_db()
    return job


def test_the_draft_is_played_with_its_own_dates_settings_and_calendar(
    campaign: Campaign, office: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[int | None, int | None]] = []
    told = jobs.beat

    def beat(job: Job, *, at: datetime, done: int | None = None, total: int | None = None) -> None:
        steps.append((done, total))
        told(job, at=at, done=done, total=total)

    monkeypatch.setattr(jobs, "beat", beat)
    before = Campaign.objects.count()
    job = run(queue(campaign, office, 10, monkeypatch))

    assert (job.state, job.error) == (JobState.DONE, "")
    papers = {output.file.name: output.file for output in job.outputs.select_related("file")}
    with papers["summary.json"].file.open("rb") as file:
        summary = json.load(file)
    assert job.done == job.total == len(papers)
    assert {"汇总表.xlsx", "notice-notice-v1.pdf"} <= set(papers)
    assert {f"{award['certificate']}.pdf" for award in summary["awards"]} <= set(papers)
    assert all("2027" in award["certificate"] for award in summary["awards"])
    assert summary["audit"]["verified"] is True
    # the bar only goes forward while the play goes on, and never says done before there are papers
    played = [(done, total or 0) for done, total in steps if done is not None]
    assert played == sorted(played)
    assert all(done < total for done, total in played if total)
    assert Campaign.objects.count() == before


def test_a_play_that_is_refused_fails_in_the_words_of_the_refusal(
    campaign: Campaign, office: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = run(queue(campaign, office, 0, monkeypatch))

    assert job.state == JobState.FAILED
    assert job.error == "演练中断：没有进入公示的人选，不能发布公示"


def test_what_is_no_refusal_is_not_shown_to_people() -> None:
    said = "Traceback (most recent call last):\n  ZeroDivisionError\nCommandError: 演练没有完成，原因见上\n"

    assert "意外错误" in jobs._reason(said)


def test_a_second_click_finds_the_first_ones_job(
    campaign: Campaign, office: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = queue(campaign, office, 10, monkeypatch)

    assert queue(campaign, office, 10, monkeypatch) == first
    assert Job.objects.count() == 1


def test_a_rehearsal_is_recorded(union: Union, campaign: Campaign, office: Member) -> None:
    rehearsals.queue_rehearsal(campaign, actor=office, at=NOON)

    entry = audit._entries(union)
    assert [one.action for one in entry][-1] == "campaign.rehearsed"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICE, Role.ADMIN, Role.SYSTEM, Role.PUBLIC, Role.OPERATOR}))
def test_only_office_and_administrator_rehearse(campaign: Campaign, member: MakeMember, role: Role) -> None:
    with pytest.raises(Refused, match="只有认定办公室和工会管理员"):
        rehearsals.queue_rehearsal(campaign, actor=member(role), at=NOON)


def test_the_administrator_may_rehearse(campaign: Campaign, member: MakeMember) -> None:
    assert rehearsals.queue_rehearsal(campaign, actor=member(Role.ADMIN), at=NOON).state == JobState.QUEUED


def test_a_draft_comes_out_of_its_file_as_it_went_in(campaign: Campaign, tmp_path: Path) -> None:
    draft = Draft.of(campaign)
    draft.write(tmp_path / "draft.json")

    assert Draft.read(tmp_path / "draft.json") == draft
    assert draft.rules == campaign.rules
    assert draft.years == [2027]


def test_without_a_draft_there_are_no_rules_but_the_notices() -> None:
    assert Draft().rules is None


def test_the_dates_of_the_draft_are_really_moved(campaign: Campaign) -> None:
    """What the first test stands on: nothing of this timetable is the notice's own."""
    notice = next(slot for slot in timetable.slots(campaign.rules) if slot.key == "stages.notice.from")

    assert notice.on is not None
    assert notice.on.year == 2027

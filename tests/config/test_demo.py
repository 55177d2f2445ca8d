"""The demo is there after one command, whole, believable, and the same after the second."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse
from pydantic import ValidationError
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from applications.models import Application
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.rules import loader
from campaigns.states import CampaignState, StageState
from config.demo import load as demo
from config.demo.scene import Scene, holidays, scenes, signins
from config.management.commands import demo as demo_command
from documents.models import Job, StoredFile
from publicity.models import Certificate, Objection
from review.models import Investigation, Recusal, Score, SiteVisit
from review.services import panels
from review.states import Case, RecusalSource, Seat
from tests.conftest import empty_database
from unions import audit, context, tenancy
from unions.models import AuditEntry, Member, Union, Unit, User
from unions.permits import Refused
from unions.states import Role

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)
SCENE = next(scene for scene in scenes() if scene.plays("finished"))
SOURCE = (settings.BASE_DIR / "campaigns" / "rulesets" / f"{SCENE.ruleset}.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo in the database for the whole module, by its command: every test looks at another side of it."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock():
        try:
            with pytest.MonkeyPatch.context() as patch, override_settings(DEMO=True, VAR_DIR=folder):
                patch.setattr(demo_command, "timezone", SimpleNamespace(now=lambda: NOW))
                call_command("demo", stdout=StringIO())
            yield folder
        finally:
            empty_database()


@pytest.fixture
def union(loaded: Path) -> Iterator[Union]:
    found = Union.objects.get(slug=SCENE.slug)
    with tenancy.scope(found.pk):
        yield found


def campaign_of(union: Union, play: str) -> Campaign:
    return Campaign.objects.for_union(union).get(slug=SCENE.plays(play)[0].slug)


# --- the union -------------------------------------------------------------------------------------------------------


def test_units_are_the_towns_and_offices_of_the_scene(union: Union) -> None:
    kinds = Counter(Unit.objects.for_union(union).values_list("kind", flat=True))

    assert kinds == {group.kind: len(group.names) for group in SCENE.units}


def test_every_role_has_one_sign_in(union: Union) -> None:
    logins = [signin["login"] for signin in SCENE.signins]
    roles = set(Member.objects.for_union(union).filter(user__email__in=logins).values_list("role", flat=True))

    assert roles == set(Role) - {Role.SYSTEM, Role.PUBLIC}


@pytest.mark.parametrize("signin", SCENE.signins, ids=[signin["login"] for signin in SCENE.signins])
def test_a_sign_in_opens_with_its_password(union: Union, client: Client, signin: dict[str, str]) -> None:
    response = client.post(
        reverse("account_login"), {"login": signin["login"], "password": signin["password"], "remember": ""}
    )

    assert response.status_code == 302
    assert User.objects.get(pk=client.session["_auth_user_id"]).email == signin["login"]


def test_every_sign_in_of_every_scene_has_its_account(union: Union) -> None:
    for signin in signins(scenes()):
        assert User.objects.get(email=signin["login"]).check_password(signin["password"]), signin


def test_only_those_of_the_scenes_can_sign_in(union: Union) -> None:
    able = {user.email for user in User.objects.all() if user.has_usable_password()}

    assert able == {signin["login"] for signin in signins(scenes())}


def test_nobody_has_a_telephone_that_could_be_somebodys(union: Union) -> None:
    phones = User.objects.exclude(phone=None).values_list("phone", flat=True)

    assert phones
    assert [phone for phone in phones if re.fullmatch(r"\+86199000[0-3]\d{4}", str(phone)) is None] == []


# --- the campaigns ---------------------------------------------------------------------------------------------------


def test_there_are_about_forty_people_in_three_campaigns(union: Union) -> None:
    assert 38 <= Application.objects.for_union(union).count() <= 44
    assert Campaign.objects.for_union(union).count() == 3


@pytest.mark.parametrize("play", ["finished", "in_stage", "open"])
def test_a_campaign_has_a_copy_of_the_rules_for_its_edition(union: Union, play: str) -> None:
    campaign, scene = campaign_of(union, play), SCENE.plays(play)[0]

    assert campaign.ruleset.origin is not None
    assert campaign.ruleset.origin.source == SOURCE
    assert campaign.rules.edition == scene.edition
    assert campaign.rules.basis.title == loader.load(SOURCE, name="the original").basis.title


def test_the_finished_one_ended_about_four_months_ago_with_titles_and_certificates(union: Union) -> None:
    campaign = campaign_of(union, "finished")
    certificates = Certificate.objects.filter(campaign=campaign)

    assert campaign.state == CampaignState.FINISHED
    assert campaign.finished_at is not None
    assert 110 <= (NOW - campaign.finished_at).days <= 130
    assert 5 <= certificates.count() == campaign.awards.count() <= campaign.rules.quota.places
    assert not certificates.filter(file=None).exists()


def test_the_finished_one_had_its_objections(union: Union) -> None:
    states = Objection.objects.filter(notice__stage__campaign=campaign_of(union, "finished"))

    assert sorted(states.values_list("state", flat=True)) == ["dismissed", "dismissed", "upheld"]


def test_the_one_in_review_is_before_its_experts_now(union: Union) -> None:
    stage = Stage.objects.get(campaign=campaign_of(union, "in_stage"), state=StageState.OPEN)
    seats = Counter(stage.panel.seats.values_list("state", flat=True))

    assert stage.kind == "expert_review"
    assert stage.opened_at is not None
    assert timedelta(0) < NOW - stage.opened_at < timedelta(days=18)
    assert seats == {Seat.ACCEPTED: 6, Seat.DECLINED: 1, Seat.INVITED: 2}
    assert stage.panel.seats.filter(approved_at=None).count() == 1


def test_part_of_the_cases_is_visited_and_part_of_the_sheets_is_in(union: Union) -> None:
    stage = Stage.objects.get(campaign=campaign_of(union, "in_stage"), state=StageState.OPEN)
    visits = SiteVisit.objects.filter(stage=stage).count()
    sheets = Counter(Score.objects.filter(seat__panel__stage=stage).values_list("seat", flat=True))

    assert 0 < visits < len(panels.selectors.entrants(stage))
    assert len(sheets) == len(SCENE.plays("in_stage")[0].so_far.judged)
    assert min(sheets.values()) < visits


def test_experts_keep_out_of_cases_by_their_word_and_by_what_is_found(union: Union) -> None:
    recusals = Recusal.objects.filter(application__campaign=campaign_of(union, "in_stage"))

    assert set(recusals.values_list("source", flat=True)) == {RecusalSource.DECLARED, RecusalSource.FOUND}


def test_one_case_is_being_looked_into(union: Union) -> None:
    assert Investigation.objects.get(state=Case.OPEN).application.campaign == campaign_of(union, "in_stage")


def test_the_open_one_has_people_in_every_state_and_time_left(union: Union) -> None:
    campaign = campaign_of(union, "open")
    states = set(campaign.applications.values_list("state", flat=True))

    assert campaign.is_open(NOW)
    assert 20 <= (campaign.closes_at - NOW).days <= 30
    assert states == {State.DRAFT, State.AWAITING_UNIT, State.RETURNED, State.SUBMITTED, State.WITHDRAWN}


def test_people_were_submitted_through_every_channel(union: Union) -> None:
    campaign = campaign_of(union, "open")
    filed = campaign.applications.filter(state=State.SUBMITTED).values_list("channel", flat=True)

    assert set(filed) == {channel.id for channel in campaign.rules.channels}


def test_the_applicant_who_signs_in_has_half_a_draft(union: Union) -> None:
    draft = Application.objects.get(applicant__user__email=SCENE.plays("open")[0].signin.email)

    assert (draft.campaign, draft.state) == (campaign_of(union, "open"), State.DRAFT)
    assert 0 < len(draft.answers) < len(list(draft.campaign.rules.fields()))


def test_the_craftsman_who_signs_in_holds_a_certificate(union: Union) -> None:
    holder = Member.objects.get(user__email=SCENE.plays("finished")[0].signin.email)

    assert Certificate.objects.filter(award__application__applicant=holder, file__isnull=False).count() == 1


# --- honest rows -----------------------------------------------------------------------------------------------------


def test_the_audit_chain_holds(union: Union) -> None:
    assert audit.verify(union).verified


def test_the_log_reads_in_the_order_of_the_days_and_never_reaches_now(union: Union) -> None:
    times = list(AuditEntry.objects.for_union(union).order_by("seq").values_list("at", flat=True))

    assert times == sorted(times)
    assert times[-1] < NOW


def test_no_work_waits_for_a_worker(union: Union) -> None:
    assert {job.state for job in Job.objects.filter(union=union)} == {"done"}


def test_next_year_is_confirmed_because_notices_may_run_into_it(union: Union) -> None:
    assert demo.calendar_of(union).knows(NOW.year + 1)


# --- once, whole -----------------------------------------------------------------------------------------------------


def test_a_second_load_changes_nothing(union: Union) -> None:
    before = AuditEntry.objects.for_union(union).count()

    assert not demo.load(SCENE, SOURCE, now=NOW + timedelta(days=1))
    assert AuditEntry.objects.for_union(union).count() == before


def test_an_interrupted_load_leaves_neither_rows_nor_files(
    db: None, loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Union] = []

    class Interrupted(demo._Stage):
        def _give_applicant_signin(self, *_: object) -> None:
            made.append(self.cast.union)
            assert _folder(self.cast.union).is_dir()
            raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_Stage", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo.load(_another("elsewhere"), SOURCE, now=NOW)

    assert not Union.objects.filter(slug="elsewhere").exists()
    assert not _folder(made[0]).exists()


def _another(slug: str) -> Scene:
    """A second union with one applicant and nobody who signs in but the operator."""
    nameless = [person.model_copy(update={"email": ""}) for person in SCENE.people if person.role != Role.OPERATOR]
    taking = SCENE.plays("open")[0].model_copy(update={"people": 1, "failing": 0, "signin": None})
    update = {"slug": slug, "numbers": 9000, "people": (*nameless, *SCENE.of(Role.OPERATOR)), "campaigns": (taking,)}
    return SCENE.model_copy(update=update)


def test_another_union_is_loaded_beside_the_first(db: None, loaded: Path) -> None:
    assert demo.load(_another("elsewhere"), SOURCE, now=NOW)
    assert Member.objects.filter(role=Role.OPERATOR).count() == 0  # seen from nowhere

    with tenancy.everywhere(tenancy.GlobalRoute.MEMBERSHIPS):
        operator = Member.objects.filter(role=Role.OPERATOR, union__slug__in=[SCENE.slug, "elsewhere"])
        assert list(operator.values_list("user__email", flat=True)) == [SCENE.of(Role.OPERATOR)[0].email] * 2


def _folder(union: Union) -> Path:
    return Path(StoredFile._meta.get_field("file").storage.path(str(union.pk)))


def test_a_load_that_is_refused_says_why(db: None, loaded: Path) -> None:
    taken = SCENE.model_copy(update={"slug": "verify"})

    with pytest.raises(Refused, match="系统保留"):
        demo.load(taken, SOURCE, now=NOW)


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def demo_mode(settings: Settings, tmp_path: Path) -> Settings:
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    return settings


def test_outside_the_demo_the_command_refuses(settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")


def test_the_command_loads_five_unions_that_each_stand_at_a_stage_of_their_own(
    db: None, loaded: Path, demo_mode: Settings
) -> None:
    demo_mode.VAR_DIR = loaded

    assert json.loads(context.registry_path().read_text(encoding="utf-8")) == signins(scenes())
    assert [dict(signin) for signin in context._read()] == signins(scenes())
    standing = {}
    for scene in scenes():
        found = Union.objects.get(slug=scene.slug)
        with tenancy.scope(found.pk):
            assert audit.verify(found).verified
            running = Stage.objects.filter(campaign__union=found, state=StageState.OPEN, campaign__state="published")
            standing[scene.slug] = set(running.values_list("kind", flat=True)) - {"nomination"}
    assert all(standing.values())
    assert len({frozenset(kinds) for kinds in standing.values()}) == len(standing) == 5


def _printed() -> list[str]:
    out = StringIO()
    call_command("demo", "--signins", stdout=out)
    return out.getvalue().splitlines()


def test_the_command_prints_role_sign_in_and_password(db: None, loaded: Path, demo_mode: Settings) -> None:
    lines = _printed()

    for signin in signins(scenes()):
        words = {signin["login"], signin["password"], signin["role"]}
        assert any(all(word in line for word in words) for line in lines)


def test_whose_account_was_not_made_is_not_offered(db: None, loaded: Path, demo_mode: Settings) -> None:
    login = SCENE.signins[0]["login"]
    assert any(login in line for line in _printed())

    User.objects.filter(email=login).update(email=None)

    assert not any(login in line for line in _printed())


# --- the data --------------------------------------------------------------------------------------------------------


def test_a_slip_of_the_pen_is_named() -> None:
    with pytest.raises(ValidationError, match="slugg"):
        Scene.model_validate({**SCENE.model_dump(), "slugg": "x"})


def test_another_edition_keeps_the_words_of_the_notice_itself() -> None:
    rules = loader.load(SOURCE, name="original")
    copy = loader.load(demo.for_edition(SOURCE, rules, "第八届"), name="copy")

    assert copy.edition == "第八届"
    assert copy.basis == rules.basis
    assert copy.readings == rules.readings
    assert [paper.title for paper in copy.papers] == [
        paper.title.replace(rules.edition or "", "第八届") for paper in rules.papers
    ]


def test_rules_without_an_edition_are_taken_as_they_are() -> None:
    rules = loader.load(SOURCE, name="original").model_copy(update={"edition": None})

    assert demo.for_edition(SOURCE, rules, "第八届") == SOURCE


def test_holidays_of_a_year_that_nobody_wrote_down_are_none() -> None:
    assert holidays(2999) == {}
    assert date(2027, 2, 6) in holidays(2027)


def test_a_date_that_the_rules_do_not_set_is_no_anchor() -> None:
    with pytest.raises(ValueError, match="sets no date"):
        demo._slot(loader.load(SOURCE, name="original"), "stages.nothing.to")

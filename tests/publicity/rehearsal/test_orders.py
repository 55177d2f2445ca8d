"""A rehearsal plays stages in whatever order a rule set has them: an invented city with four unusual ones."""

from datetime import datetime, time
from typing import Any

import pytest

from campaigns.models import Stage
from campaigns.rules import loader
from campaigns.states import CampaignState, StageState
from campaigns.timetable import ZONE
from publicity.models import Award
from publicity.rehearsal import cast, play
from publicity.rehearsal.clock import Clock
from review.models import Outcome
from review.states import Verdict
from tests.publicity.scene import CERTIFICATE, public_notice, public_vote
from tests.review.stagecraft import ballot_review, committee, expert_review, final, qualification, rules_text
from unions import tenancy
from unions.models import AuditEntry

pytestmark = pytest.mark.django_db

VOTE = public_vote(length={"days": 3, "unit": "calendar"})
ORDERS = {
    "the vote first, then the experts": [VOTE, expert_review(), qualification(), final()],
    "the leading group first, the notice last": [committee(), qualification(), final(), public_notice()],
    "a drawn panel that votes, and a list that the group confirms": [
        qualification(),
        ballot_review(panel={"draw": True, "size": 5}, passes={"min": 1, "max": 4, "setting": True}),
        committee(),
        final(),
    ],
    "two notices around the decision": [qualification(), public_notice("early"), final(), public_notice("late")],
}


@pytest.mark.parametrize("stages", ORDERS.values(), ids=ORDERS)
def test_a_rehearsal_follows_the_order_of_the_rules_to_the_titles(stages: list[dict[str, Any]]) -> None:
    source = rules_text(*stages, more=CERTIFICATE)
    rules = loader.load(source, name="invented.toml")
    assert rules.basis.issued is not None
    clock = Clock(datetime.combine(rules.basis.issued, time(9), ZONE))
    founded = cast.found(rules, clock, slug="yanlian")
    with tenancy.scope(founded.union.pk):
        scene = cast.assemble(founded, rules, clock)
        played = play.run(scene, source, clock, count=8, seed=1, progress=lambda _words: None)

        assert played.campaign.state == CampaignState.FINISHED
        closed = AuditEntry.objects.filter(action="stage.closed").order_by("pk").values_list("object_id", flat=True)
        in_order = list(Stage.objects.filter(campaign=played.campaign, state=StageState.CLOSED).order_by("position"))
        assert [int(pk) for pk in closed] == [stage.pk for stage in in_order]
        assert [stage.key for stage in in_order] == [stage["id"] for stage in stages]
        last = Outcome.objects.standing().filter(stage=in_order[-1], verdict=Verdict.PASSED)
        titled = set(Award.objects.values_list("application", flat=True))
        assert titled == set(last.values_list("application", flat=True))
        assert 1 <= len(titled) <= rules.quota.places

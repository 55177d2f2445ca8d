"""What a team gives after a visit, where the rules want a score."""

from decimal import Decimal

import pytest

from review import selectors
from review.models import SiteVisit
from tests.review.pagecraft import jpeg, text
from tests.review.stagecraft import Play, expert_review, final, site_visit
from unions.models import AuditEntry
from unions.permits import Refused

pytestmark = pytest.mark.django_db
SCORE = {"score": {"label": "现场评分", "max": 50, "setting": True}}


def visiting(union, **more):
    play = Play(union, site_visit(**more), expert_review(), final())
    play.one = play.apply(name="孙秀兰")
    play.open("visit")
    return play


@pytest.mark.parametrize(
    ("points", "words"),
    [(None, "请填写“现场评分”"), (Decimal(51), "应在 0 到 50 之间"), (Decimal(-1), "应在 0 到 50 之间")],
)
def test_a_score_is_given_within_its_scale(union, points, words):
    play = visiting(union, **SCORE)
    with pytest.raises(Refused, match=words):
        play.visit("visit", play.one, points=points)


def test_no_score_is_given_that_the_rules_do_not_ask_for(union):
    play = visiting(union)
    with pytest.raises(Refused, match="没有规定考察评分"):
        play.visit("visit", play.one, points=Decimal(1))


def test_the_last_score_is_read_by_whoever_ranks_and_resolves(union, reader):
    play = visiting(union, **SCORE)
    play.visit("visit", play.one, points=Decimal("41.50"))
    play.visit("visit", play.one, points=Decimal(42))
    assert selectors.visit_points([play.one.pk]) == {play.one.pk: "42 分"}
    assert AuditEntry.objects.filter(action="visit.recorded").last().after["points"] == "42.00"
    play.decide("visit", play.one)
    play.close("visit")
    play.review("review", {play.one.pk: 80})
    page = text(reader(play, play.leader).get("ranking", stage_pk=play.stage("review").pk))
    assert "考察评分：42 分" in page


def test_a_record_is_written_on_the_spot_with_a_picture_from_the_camera(union, reader):
    play = visiting(union, photos=2, **SCORE)
    office, kwargs = reader(play, play.office), {"stage_pk": play.stage("visit").pk, "application_pk": play.one.pk}
    page = text(office.get("record_visit", **kwargs))
    for words in (
        'capture="environment"',
        f'data-keep="visit:{kwargs["stage_pk"]}-{play.one.pk}"',
        'data-name="沈办公"',
    ):
        assert words in page
    data = {
        "visited_on": play.clock.date().isoformat(),
        "place": "车间",
        "team": "沈办公、吕同志",
        "finding": "操作熟练",
        "points": "45",
    }
    page = text(office.post("record_visit", data | {"camera": jpeg()}, **kwargs))
    assert "规定考察照片至少 2 张，现有 1 张" in page
    office.post("record_visit", data | {"camera": jpeg(), "photos": [jpeg()]}, **kwargs)
    visit = SiteVisit.objects.get()
    assert (visit.points, visit.photos.count()) == (Decimal(45), 2)

import pytest

from applications.states import State
from tests.factories import ApplicationFactory, MemberFactory, UnitFactory
from tests.kept import kept
from tests.review.pagecraft import text
from tests.review.stagecraft import Play, final, qualification
from unions.states import Role


@kept
def play(union):
    return Play(union, qualification(), final())


def test_an_applicant_follows_the_stages_of_the_own_application(play, reader):
    application = play.apply()
    applicant = reader(play, application.applicant)
    page = text(applicant.get("my_progress", pk=application.pk))
    assert "已受理，等待审核" in page
    assert "接下来：资格审核" in page
    play.qualify("qualification", application)
    page = text(applicant.get("my_progress", pk=application.pk))
    assert "资格审核：通过" in page
    assert "已提交申报" not in page  # the intake is told by the page around it


def test_an_outcome_is_not_told_before_its_stage_has_closed(play, reader):
    application = play.apply()
    play.open("qualification")
    play.decide("qualification", application, "rejected", "不在一线岗位")
    applicant = reader(play, application.applicant)
    assert "不在一线岗位" not in text(applicant.get("my_progress", pk=application.pk))
    play.close("qualification")
    assert "不在一线岗位" in text(applicant.get("my_progress", pk=application.pk))


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.OFFICE, Role.SUPERVISOR])
def test_nobody_elses_application_is_there(play, reader, role):
    application = play.apply()
    other = reader(play, MemberFactory(union=play.union, role=role))
    assert other.get("my_progress", pk=application.pk).status_code == 404


def test_whoever_nominated_follows_the_application_they_fill_in(play, reader):
    unit = UnitFactory(union=play.union)
    officer = MemberFactory(union=play.union, role=Role.UNIT_OFFICER, unit=unit)
    application = ApplicationFactory(campaign=play.campaign, unit=unit, member=officer, state=State.SUBMITTED)
    assert "已受理" in text(reader(play, officer).get("my_progress", pk=application.pk))

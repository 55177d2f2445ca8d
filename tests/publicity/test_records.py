"""What this app and the review say of applications whose person wants to become nobody, and what stays public."""

from datetime import timedelta

from applications import keeping
from applications.models import Application
from applications.models_inbox import ApplicationFacts
from applications.services import retention
from campaigns.models import Campaign
from campaigns.services import finish_campaign
from documents.models import StoredFile
from publicity.models import Certificate
from publicity.services import awards
from review.evidence import erase_visit_photos
from review.models import SiteVisit, VisitPhoto
from review.services.investigations import decide_investigation, open_investigation
from tests.publicity.scene import Scene
from unions import audit
from unions.services import system_member


def test_a_titled_persons_certificate_verifies_after_everything_else_went(
    scene: Scene, both_final: list[Application]
) -> None:
    """Thirty years on, by these rules: the key is gone, the name on the certificate is not."""
    winner, _other = both_final
    scene.confer()
    awards.queue_certificates(scene.campaign, actor=scene.office, at=scene.now())
    assert keeping.titled([winner.pk, -1]) == {winner.pk}
    finish_campaign(scene.campaign, actor=scene.office, at=scene.now())
    campaign = Campaign.objects.select_related("union").get(pk=scene.campaign.pk)
    late = scene.clock + timedelta(days=31 * 366)

    gone = retention.expire_campaign(campaign, actor=system_member(campaign.union), at=late)

    winner.refresh_from_db()
    certificate = Certificate.objects.select_related("award__application").get(award__application=winner)
    assert gone == 2
    assert (winner.name, winner.answers, winner.person.key) == ("赵建国", {}, None)
    assert certificate.award.application.name == "赵建国"
    assert ApplicationFacts.objects.filter(application__campaign=campaign).count() == 2
    assert audit.verify(campaign.union).verified


def test_an_open_objection_and_an_open_investigation_hold(scene: Scene, three_in_notice: list[Application]) -> None:
    objected, suspected, other = three_in_notice
    scene.publish()
    objection, _code = scene.object(objected)
    case = open_investigation(suspected, allegation="材料不实", actor=scene.office, at=scene.now())
    ids = [objected.pk, suspected.pk, other.pk]

    assert {pk: words[:2] for pk, words in keeping.held(ids).items()} == {objected.pk: "公示", suspected.pk: "材料"}

    scene.answer(objection)
    decide_investigation(case, upheld=False, finding="属实无误", actor=scene.second, at=scene.now())
    assert keeping.held(ids) == {}


def test_the_pictures_of_a_visit_go_with_the_person(scene: Scene, three_in_notice: list[Application]) -> None:
    person, *_ = three_in_notice
    stored = StoredFile.objects.create(
        union=scene.union, name="现场.jpg", content_type="image/jpeg", size=1, sha256="0" * 64, created_at=scene.now()
    )
    visit = SiteVisit.objects.create(
        union=scene.union,
        stage=scene.stage("qualification"),
        application=person,
        visited_on=scene.clock.date(),
        place="车间",
        team="沈办公",
        finding="熟练",
        at=scene.now(),
        by=scene.office,
    )
    VisitPhoto.objects.create(union=scene.union, visit=visit, file=stored, number=1)

    erase_visit_photos(person, scene.now())

    assert StoredFile.objects.filter(pk=stored.pk, erased_at__isnull=False).exists()

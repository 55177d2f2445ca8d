"""What people are told of notices, objections, titles and certificates."""

from publicity import notify
from publicity.services import awards, notices, objections
from publicity.services.objections import Sender
from tests import factories
from tests.kept import kept
from tests.publicity.scene import CERTIFICATE, TEXT, public_notice
from tests.review import stagecraft as craft
from unions.models import Member, Message
from unions.outbox import selectors
from unions.states import Role


def told(member):
    return list(selectors.inbox(member).order_by("pk").values_list("kind", flat=True))


@kept
def play(union):
    """A notice is open with two names."""
    play = craft.Play(union, public_notice(), craft.final(), more=CERTIFICATE)
    play.people = play.apply("赵建国"), play.apply("钱秀兰")
    play.open("notice")
    play.version = notices.publish_notice(play.stage("notice"), text=TEXT, actor=play.office, at=play.now())
    return play


def test_whoever_is_named_in_a_notice_is_told_and_told_again_when_it_is_corrected(play):
    first = play.people[0].applicant
    notices.correct_notice(play.version.notice, text=TEXT, reason="更正单位", actor=play.office, at=play.now())

    assert told(first) == ["application.submitted", "notice.published", "notice.corrected"]
    message = selectors.inbox(first).get(kind="notice.published")
    assert message.path == f"/{play.union.slug}/notices/{play.version.notice_id}/"
    assert "2026年" in selectors.content_of(message).short


def test_whoever_objects_hears_that_it_came_and_that_it_is_answered_and_the_person_named_hears_nothing(play):
    named = play.people[0]
    objection, code = objections.raise_objection(
        play.version.notice,
        application=named,
        text="反映情况",
        sender=Sender(name="冯反映", contact="199 0000 8888"),
        at=play.now(),
    )
    second = factories.MemberFactory(union=play.union, role=Role.OFFICE)
    objections.assign_objection(objection, officer=second, actor=play.office, at=play.now())
    objections.record_finding(objection, text="核实经过", actor=second, at=play.now())
    objections.answer_objection(
        objection, upheld=False, finding="不成立", answer="经核查不成立", actor=second, at=play.now()
    )

    received, answered = Message.objects.filter(topic__thing="objection").order_by("pk")
    for message in (received, answered):
        said = selectors.content_of(message)
        assert objection.receipt in said.text
        assert (said.name, said.address) == ("冯反映", "199 0000 8888")
        assert message.key_id == objection.key_id
        assert not any(word in said.text + said.short for word in (code, "经核查", "反映情况\n", named.name))
    assert told(named.applicant)[-1] == "notice.published"


def test_nobody_is_told_of_an_anonymous_objection_or_one_whose_objector_was_forgotten(play):
    raised = [
        objections.raise_objection(
            play.version.notice, application=None, text="反映情况", sender=sender, at=play.now()
        )[0]
        for sender in (Sender(), Sender("冯反映", "19900008888"))
    ]
    raised[1].key.delete()
    for objection in raised:
        objection.refresh_from_db()
        notify.objection_answered(objection, at=play.now())
    notify.objection_received(raised[0], name="", contact="", at=play.now())

    assert not Message.objects.filter(kind="objection.answered").exists()
    assert Message.objects.filter(kind="objection.received").count() == 1


def test_a_title_its_certificate_and_the_end_of_it_are_told(play):
    winner, _other = play.people
    play.clock = play.clock.replace(month=5)
    play.close("notice")
    play.open("final")
    play.resolve("final", confirm=[winner])
    play.close("final", reason="名额未满")
    awards.confer_awards(play.campaign, actor=play.office, at=play.now())
    awards.confer_awards(play.campaign, actor=play.office, at=play.now())
    awards.queue_certificates(play.campaign, actor=play.office, at=play.now())
    certificate = play.campaign.certificates.select_related("award", "union").get()
    notify.certificate_ready(certificate, at=play.now())
    awards.revoke_certificate(certificate, reason="撤销", actor=play.office, at=play.now())

    assert told(winner.applicant)[-4:] == [
        "stage.passed",
        "award.conferred",
        "certificate.ready",
        "certificate.revoked",
    ]
    said = selectors.content_of(Message.objects.get(kind="award.conferred"))
    assert "授予赵建国“示例工匠”称号" in said.text
    assert Member.objects.annotate(unread=selectors.unread()).get(pk=winner.applicant_id).unread == 7

"""Conferring titles, numbering certificates, ending them, and what verification says."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from applications.models import Application
from campaigns.models import Campaign
from campaigns.services import cancel_campaign, finish_campaign
from documents import runner
from documents import services as documents
from documents.models import Job
from publicity import policies, selectors
from publicity.models import Award, Certificate
from publicity.services import awards
from review.services.investigations import decide_investigation, open_investigation
from review.services.outcomes import write_outcome
from review.states import Verdict
from tests.factories import MemberFactory
from tests.publicity.scene import CERTIFICATE, SECOND, Scene
from tests.review.stagecraft import fresh
from unions import tenancy
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

STAFF = [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]


def revoke(scene: Scene, certificate: Certificate, reason: str = "材料不实", actor: Member | None = None) -> Any:
    return awards.revoke_certificate(certificate, reason=reason, actor=actor or scene.office, at=scene.now())


# --- conferring --------------------------------------------------------------------------------------------------------


def test_who_passed_the_final_approval_receives_the_title(scene: Scene, both_final: list[Application]) -> None:
    people = both_final

    conferred = scene.confer()

    assert [(award.award, award.label, award.application_id) for award in conferred] == [
        ("title", "示例工匠", person.pk) for person in people
    ]
    assert conferred[0].conferred_on == scene.clock.date()
    assert AuditEntry.objects.get(action="awards.conferred").after == {
        "awards": [["title", person.pk] for person in people]
    }


def test_conferring_again_confers_nothing_twice_and_records_nothing(scene: Scene, in_final: list[Application]) -> None:
    scene.confer()

    assert scene.confer() == []
    assert Award.objects.count() == 1
    assert AuditEntry.objects.filter(action="awards.conferred").count() == 1


def test_nothing_is_conferred_before_the_final_approval_has_ended(scene: Scene, in_notice: list[Application]) -> None:
    with pytest.raises(Refused, match="“审定”未开始，结束后才能授予"):
        scene.confer()


def test_a_second_award_waits_for_the_title_and_goes_to_those_without_it(union: Union) -> None:
    scene = Scene(union, more=CERTIFICATE + SECOND)
    people = scene.to_notice("赵建国", "钱秀兰")
    assert selectors.awards_due(scene.campaign) == []
    scene.publish()
    scene.run_out()
    scene.close("notice")
    scene.open("final")
    scene.resolve("final", confirm=people[:1], strike=people[1:])
    scene.close("final")

    scene.confer()

    assert {(award.award, award.application_id) for award in Award.objects.all()} == {
        ("title", people[0].pk),
        ("shortlisted", people[1].pk),
    }


def test_the_title_is_never_conferred_beyond_the_places(union: Union) -> None:
    scene = Scene(union, quota={"places": 1})
    scene.to_final("赵建国")
    extra = scene.apply("钱秀兰")
    write_outcome(
        scene.stage("final"), extra, verdict=Verdict.PASSED, reason="误加", actor=scene.office, at=scene.now()
    )

    with pytest.raises(Refused, match="不能授予：示例工匠名额：通过 2 名，超出 1 名"):
        scene.confer()

    assert not Award.objects.exists()


def test_a_should_quota_was_reasoned_in_the_resolution(union: Union) -> None:
    scene = Scene(union, quota={"places": 1, "strength": "should"})
    scene.to_final("赵建国")
    extra = scene.apply("钱秀兰")
    write_outcome(
        scene.stage("final"), extra, verdict=Verdict.PASSED, reason="集体研究", actor=scene.office, at=scene.now()
    )

    assert len(scene.confer()) == 2


@pytest.mark.parametrize("role", STAFF)
def test_only_the_office_confers(scene: Scene, in_final: list[Application], union: Union, role: Role) -> None:
    with pytest.raises(Refused, match="认定办公室"):
        awards.confer_awards(scene.campaign, actor=MemberFactory(union=union, role=role), at=scene.now())


def test_a_cancelled_campaign_confers_nothing(scene: Scene) -> None:
    cancel_campaign(scene.campaign, reason="活动调整", actor=scene.office, at=scene.now())

    with pytest.raises(Refused, match="已终止"):
        scene.confer()


# --- numbering ---------------------------------------------------------------------------------------------------------


def test_certificates_are_numbered_in_the_order_conferred_and_queued_once(
    scene: Scene, certificates: list[Certificate]
) -> None:
    found = certificates

    assert [certificate.number for certificate in found] == ["示匠〔2026〕001号", "示匠〔2026〕002号"]
    assert len({certificate.code for certificate in found}) == 2
    job = Job.objects.get(kind="certificates.batch")
    assert (job.total, job.params) == (2, {"campaign": scene.campaign.pk})
    assert AuditEntry.objects.get(action="certificates.queued").after == {
        "numbered": ["示匠〔2026〕001号", "示匠〔2026〕002号"],
        "due": 2,
    }


def test_a_second_click_finds_the_running_job(scene: Scene, certificates: list[Certificate]) -> None:
    assert scene.queue().pk == Job.objects.get(kind="certificates.batch").pk
    assert Certificate.objects.count() == 2


def test_a_stopped_job_is_followed_by_a_new_one_for_what_is_left(scene: Scene, certificates: list[Certificate]) -> None:
    first = Job.objects.get(kind="certificates.batch")
    documents.fail_job(first.pk, reason="停", at=scene.now())

    second = scene.queue()

    assert second.pk != first.pk
    assert second.total == 2
    assert Certificate.objects.count() == 2


def test_each_pattern_counts_from_one(union: Union) -> None:
    scene = Scene(union, more=CERTIFICATE + SECOND)
    people = scene.to_notice("赵建国", "钱秀兰")
    scene.publish()
    scene.run_out()
    scene.close("notice")
    scene.open("final")
    scene.resolve("final", confirm=people[:1], strike=people[1:])
    scene.close("final")
    scene.confer()
    scene.queue()

    assert [(row.sequence, row.number) for row in Certificate.objects.order_by("sequence")] == [
        (1, "示匠〔2026〕001号"),
        (2, "示入〔2026〕1号"),
    ]


def test_two_campaigns_of_a_union_never_give_the_same_number(
    scene: Scene, certificates: list[Certificate], union: Union
) -> None:
    Member.objects.filter(role=Role.LEADER).update(active=False)  # the second scene brings its own group of three
    again = Scene(union)
    again.to_final("周桂英")
    again.confer()

    again.queue()

    assert Certificate.objects.get(campaign=again.campaign).number == "示匠〔2026〕003号"


def test_a_campaign_that_makes_no_certificates_has_nothing_to_queue(union: Union) -> None:
    scene = Scene(union, more="")
    scene.to_final("赵建国")
    scene.confer()

    with pytest.raises(Refused, match="已全部生成"):
        scene.queue()


def test_without_titles_there_is_nothing_to_certify(scene: Scene) -> None:
    with pytest.raises(Refused, match="尚未授予称号"):
        scene.queue()


@pytest.mark.parametrize("role", STAFF)
def test_only_the_office_makes_certificates(scene: Scene, union: Union, role: Role) -> None:
    with pytest.raises(Refused, match="认定办公室"):
        scene.queue(MemberFactory(union=union, role=role))


def test_certificates_are_made_after_the_campaign_has_ended_too(scene: Scene, in_final: list[Application]) -> None:
    scene.confer()
    finish_campaign(Campaign.objects.get(pk=scene.campaign.pk), actor=scene.office, at=scene.now())

    assert scene.queue().total == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_number_once(union: Union) -> None:
    scene = Scene(union)
    scene.to_final("赵建国", "钱秀兰")
    scene.confer()
    jobs: list[Any] = []
    ready = threading.Barrier(2)

    def click(officer: Member) -> None:
        with tenancy.scope(union.pk):
            ready.wait(20)
            jobs.append(
                awards.queue_certificates(scene.campaign, actor=officer, at=scene.clock + timedelta(hours=1)).pk
            )
        connection.close()

    threads = [threading.Thread(target=click, args=(fresh(officer),)) for officer in (scene.office, scene.second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(set(jobs)) == 1
    assert Certificate.objects.count() == 2


# --- the end of one ----------------------------------------------------------------------------------------------------


def test_a_revocation_shows_at_once_with_its_reason(scene: Scene, certificates: list[Certificate]) -> None:
    first, second = certificates

    revoke(scene, first, " 经查成果不实 ")

    shown = selectors.verify(first.number)[0]
    assert (shown.valid, shown.revocation_reason) == (False, "经查成果不实")
    assert selectors.verify(second.code)[0].valid
    assert AuditEntry.objects.get(action="certificate.revoked").reason == "经查成果不实"


def test_a_revocation_says_why_and_happens_once(scene: Scene, certificates: list[Certificate]) -> None:
    first = certificates[0]

    with pytest.raises(Refused, match="写明撤销原因"):
        revoke(scene, first, "  ")
    revoke(scene, first)
    with pytest.raises(Refused, match="已撤销"):
        revoke(scene, first)


@pytest.mark.parametrize("role", STAFF)
def test_only_the_office_revokes(scene: Scene, union: Union, role: Role, certificate: Certificate) -> None:
    with pytest.raises(Refused, match="认定办公室"):
        revoke(scene, certificate, actor=MemberFactory(union=union, role=role))


def test_the_holder_downloads_their_own_as_long_as_it_holds(
    scene: Scene, certificates: list[Certificate], union: Union
) -> None:
    first, second = certificates
    holder = first.award.application.applicant
    assert holder is not None

    def may(actor: Member, certificate: Certificate) -> bool:
        certificate = Certificate.objects.get(pk=certificate.pk)
        return policies.can_download_certificate(actor, certificate, at=scene.clock).allowed

    assert may(holder, first)
    assert not may(holder, second)
    assert may(scene.office, first)
    revoke(scene, first)
    assert not may(holder, first)
    assert may(scene.office, first)


# --- verification and results ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["示匠〔2026〕001号", " 示匠[2026]001号 ", "示匠（2026） 001号", "code", "lower"])
def test_a_certificate_is_found_by_number_and_code_however_they_are_typed(
    scene: Scene, certificates: list[Certificate], typed: str
) -> None:
    first = certificates[0]
    typed = {"code": first.code, "lower": f"{first.code[:6].lower()} {first.code[6:]}"}.get(typed, typed)

    assert [one.number for one in selectors.verify(typed)] == [first.number]


@pytest.mark.parametrize("typed", ["示匠〔2026〕999号", "", "ABCDEFGHJKLM"])
def test_what_nobody_issued_is_not_found(scene: Scene, certificates: list[Certificate], typed: str) -> None:
    assert selectors.verify(typed) == []


def test_verification_shows_what_stands_on_the_sheet_and_nothing_else(scene: Scene, certificate: Certificate) -> None:
    shown = selectors.verify(certificate.code)[0]

    assert {field: getattr(shown, field) for field in shown.__slots__} == {
        "number": "示匠〔2026〕001号",
        "name": "赵建国",
        "title": "示例工匠",
        "campaign": scene.campaign.title,
        "union": scene.union.name,
        "conferred_on": certificate.award.conferred_on,
        "lost": False,
        "revoked_at": None,
        "revocation_reason": "",
        "current": 1,
        "seen": 1,
        "fingerprint": "",
    }


def test_two_unions_may_number_alike_and_a_code_is_one_of_them(
    scene: Scene, other_union: Union, certificate: Certificate
) -> None:
    with tenancy.scope(other_union.pk):
        other = Scene(other_union).certified("钱秀兰")[0]
    assert certificate.number == other.number

    assert [one.name for one in selectors.verify(certificate.number)] == ["赵建国"]  # in the scope of one union
    with tenancy.everywhere(tenancy.GlobalRoute.VERIFY):
        assert {one.name for one in selectors.verify(certificate.number)} == {"赵建国", "钱秀兰"}
        assert [one.name for one in selectors.verify(other.code)] == ["钱秀兰"]


def test_who_is_disqualified_after_the_award_loses_it_everywhere(scene: Scene, certificates: list[Certificate]) -> None:
    first = certificates[0]
    case = open_investigation(first.award.application, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(
        case, upheld=True, finding="查实", public_note="申报材料不实，取消资格", actor=scene.office, at=scene.now()
    )

    shown = selectors.verify(first.code)[0]

    assert (shown.valid, shown.lost, shown.revoked_at) == (False, True, None)
    assert [row.lost for row in selectors.results(scene.campaign)] == [True, False]
    assert [row.public_note for row in selectors.public_disqualifications(scene.campaign)] == ["申报材料不实，取消资格"]


def test_a_disqualification_before_anybody_read_the_name_stays_unnamed(scene: Scene) -> None:
    person = scene.apply("赵建国")
    case = open_investigation(person, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(case, upheld=True, finding="查实", public_note="说明", actor=scene.office, at=scene.now())

    assert not selectors.public_disqualifications(scene.campaign).exists()


def test_a_holder_finds_their_certificates_once_they_are_made(scene: Scene, certificate: Certificate) -> None:
    holder = certificate.award.application.applicant
    assert holder is not None
    assert list(selectors.certificates_of(holder)) == []
    assert selectors.certificate_progress(scene.campaign) == selectors.CertificateProgress(1, 1, 0)

    runner.run(Job.objects.get(kind="certificates.batch").pk, at_clock=scene.now)

    assert list(selectors.certificates_of(holder)) == [certificate]
    assert selectors.certificate_progress(scene.campaign).left == 0
    revoke(scene, certificate)
    assert list(selectors.certificates_of(holder)) == []

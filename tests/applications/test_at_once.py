"""Two people click at the same moment: real threads, real connections."""

import threading

import pytest
from django.db import connection

from applications import policies, services
from applications.models import Application, Person
from applications.states import Endorsement, State
from campaigns.models import UnitQuota
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory
from unions import tenancy
from unions.permits import Refused
from unions.states import Role

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(union, *verbs):
    """Run the verbs together; return what each answered or raised."""
    start = threading.Barrier(len(verbs))
    answers: list[object] = [None] * len(verbs)

    def run(n, verb):
        try:
            with tenancy.scope(union.pk):
                start.wait(20)
                answers[n] = verb()
        except Exception as error:  # noqa: BLE001 - the test looks at what it was
            answers[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_a_must_quota_holds_whoever_endorses_at_the_same_time(campaign, town, officer, union):
    UnitQuota.objects.create(union=union, campaign=campaign, unit=town, at_most=1, strength="must", clause="三")
    people = [
        ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT) for _ in range(3)
    ]

    answers = _at_once(
        union,
        *(
            lambda row=row: services.endorse_application(
                row, decision=Endorsement.ENDORSED, opinion="同意", actor=officer, at=IN_TIME
            )
            for row in people
        ),
    )

    assert sum(isinstance(answer, Refused) for answer in answers) == 2
    assert Application.objects.filter(state=State.SUBMITTED).count() == 1


def test_numbers_are_given_once_each(campaign, union):
    people = [ApplicationFactory(campaign=campaign, state=State.DRAFT) for _ in range(3)]

    answers = _at_once(
        union,
        *(lambda row=row: services.submit_application(row, actor=row.applicant, at=IN_TIME) for row in people),
    )

    assert sorted(row.number for row in answers) == ["TM2026-0001", "TM2026-0002", "TM2026-0003"]


def test_two_clicks_start_one_application(campaign, alice, union):
    def start():
        return services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)

    answers = _at_once(union, start, start)

    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert Application.objects.count() == 1


def test_the_same_field_from_two_tabs_at_once_is_written_once(draft, alice, union):
    def save(words):
        return lambda: services.save_draft(draft, answers={"trade": words}, revision=0, actor=alice, at=IN_TIME)

    answers = _at_once(union, save("焊工"), save("钳工"))

    assert sum(isinstance(answer, services.Conflict) for answer in answers) == 1


def _twins(campaign, town, officer, state):
    number = factories.invented_id_number()
    own = ApplicationFactory(campaign=campaign, state=state, national_id=number)
    nominated = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=state, national_id=number)
    return own, nominated


def test_two_forms_of_one_person_handed_in_at_once_are_both_kept_and_neither_goes_on(campaign, town, officer, union):
    own, nominated = _twins(campaign, town, officer, State.DRAFT)
    factories.confirmed(nominated)

    _at_once(
        union,
        lambda: services.submit_application(own, actor=own.applicant, at=IN_TIME),
        lambda: services.submit_application(nominated, actor=officer, at=IN_TIME),
    )

    handed = list(Application.objects.order_by("pk"))
    assert [row.state for row in handed] == [State.SUBMITTED, State.AWAITING_UNIT]
    assert not any(policies.can_be_decided(row) for row in handed)


def test_two_officers_who_choose_differently_at_once_leave_one_application(campaign, town, officer, union):
    own, nominated = _twins(campaign, town, officer, State.SUBMITTED)
    office, second = factories.office_of(union), factories.MemberFactory(union=union, role=Role.OFFICE)

    def merge(kept, ended, actor):
        return lambda: services.merge_applications(
            kept, [ended], source=kept.sources.get(), reason="同一人", actor=actor, at=IN_TIME
        )

    answers = _at_once(union, merge(own, nominated, office), merge(nominated, own, second))

    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert sorted(Application.objects.values_list("state", flat=True)) == [State.MERGED, State.SUBMITTED]


def test_the_same_number_typed_into_two_forms_at_once_is_seen(campaign, union, town, officer, alice):
    number = factories.invented_id_number()
    drafts = [
        (services.start_application(campaign, channel="self", actor=alice, at=IN_TIME), alice),
        (services.nominate(campaign, unit=town, channel="union", name="甲", actor=officer, at=IN_TIME), officer),
    ]

    _at_once(
        union,
        *(
            lambda row=row, who=who: services.save_draft(
                row, answers={"national_id": number}, revision=0, actor=who, at=IN_TIME
            )
            for row, who in drafts
        ),
    )

    assert all(Application.objects.twins_of(row).exists() for row in Application.objects.all())
    assert Person.objects.exclude(id_index="").count() == 1

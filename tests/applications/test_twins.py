"""One person, one application: found by the identity number, kept apart, and joined by the office."""

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import ending, policies, selectors, selectors_twins, services
from applications.models import Application, Merging, Person, Recommendation, Source
from applications.services import merging
from applications.services.intake import token_digest
from applications.states import Came, State
from campaigns.models import Campaign, UnitQuota
from campaigns.states import CampaignState
from tests import factories
from tests.applications.test_intake import ANYONE
from tests.factories import IN_TIME, ApplicationFactory, invented_id_number, sign_in
from tests.kept import kept
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)


@kept
def office(union):
    return factories.office_of(union)


@kept
def pair(campaign, alice, officer, town):
    """Somebody applied, and their town's union recommended them too: two applications with one number."""
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number, deeds="自己写的事迹")
    nominated = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, national_id=number, deeds="单位写的事迹"
    )
    return own, nominated


def _source(application):
    return application.sources.get()


def merge(kept, ended, source, actor, reason="同一人，以本人填写的为准"):
    return services.merge_applications(kept, [ended], source=source, reason=reason, actor=actor, at=IN_TIME)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- found -----------------------------------------------------------------------------------------------------------


def test_both_are_handed_in_and_neither_is_decided_before_the_office_chose(pair):
    for application in pair:
        assert application.state == State.SUBMITTED
        assert policies.can_be_decided(application).reason == policies.TWINNED
    assert pair[0].person != pair[1].person
    assert AuditEntry.objects.get(action="application.twin_found").after == {"twins": [pair[0].pk]}


def test_a_mended_number_parts_them_again(pair, officer, office):
    own, nominated = pair
    services.return_application(
        nominated,
        reason="号码有误",
        items=["national_id"],
        deadline=factories.NOON.replace(day=15),
        actor=office,
        at=IN_TIME,
    )
    services.save_draft(nominated, answers={"national_id": invented_id_number()}, revision=9, actor=officer, at=IN_TIME)

    assert policies.can_be_decided(own)


def test_a_number_that_is_taken_out_is_known_no_longer(draft, alice):
    services.save_draft(draft, answers={"national_id": invented_id_number()}, revision=0, actor=alice, at=IN_TIME)
    saved = services.save_draft(draft, answers={"national_id": ""}, revision=1, actor=alice, at=IN_TIME)

    assert saved.id_index == ""
    assert not Application.objects.twins_of(saved).exists()


def test_a_draft_alone_stops_nobody(campaign, alice, town, officer):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number)
    ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT, national_id=number)

    assert policies.can_be_decided(own)


def test_who_was_nominated_already_applies_on_a_record_apart(campaign, alice, town, officer):
    """The sign-in's own person bears a unit's live application."""
    services.save_draft(
        services.start_application(campaign, channel="self", actor=alice, at=IN_TIME),
        answers={"national_id": invented_id_number()},
        revision=0,
        actor=alice,
        at=IN_TIME,
    )
    person = Person.objects.get(user=alice.user)
    services.withdraw_application(Application.objects.get(), actor=alice, at=IN_TIME)
    services.nominate(campaign, unit=town, channel="union", name="田秀兰", actor=officer, at=IN_TIME, person=person)

    own = services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)

    assert own.person != person
    assert Application.objects.twins_of(own).count() == 1


# --- decided ---------------------------------------------------------------------------------------------------------


def test_the_kept_one_stays_as_it_was_handed_in_and_takes_the_other_source(pair, office, town):
    own, nominated = pair
    frozen = own.submissions.get().digest

    merge(own, nominated, _source(nominated), office)

    own.refresh_from_db()
    nominated.refresh_from_db()
    assert (nominated.state, nominated.merged_into) == (State.MERGED, own)
    assert (own.state, own.channel, own.unit, own.number) == (State.SUBMITTED, "union", town, "TM2026-0001")
    assert selectors.current_answers(own)["deeds"] == "自己写的事迹"
    assert own.submissions.get().digest == frozen
    assert selectors.current_answers(nominated)["deeds"] == "单位写的事迹"
    kinds = [line.source.kind for line in selectors_twins.record_of(own).sources]
    assert kinds == [Came.SELF, Came.UNIT]
    assert policies.can_be_decided(own)
    assert AuditEntry.objects.filter(action="application.merged").get().after["into"] == own.pk


def test_the_units_word_and_place_come_along(pair, office, town, campaign):
    own, nominated = pair
    UnitQuota.objects.create(union=own.union, campaign=campaign, unit=town, at_most=1, strength="must", clause="三")

    merge(own, nominated, _source(nominated), office)

    word = own.recommendations.get()
    assert (word.unit, word.opinion, word.carried_from) == (town, "同意推荐", nominated.recommendations.get())
    assert selectors.quota_use(campaign, town).used == 1


def test_counted_as_it_came_the_place_of_the_unit_is_given_back(pair, office, town, campaign):
    own, nominated = pair

    merge(own, nominated, _source(own), office)

    own.refresh_from_db()
    assert (own.channel, own.unit) == ("self", None)
    assert selectors.quota_use(campaign, town).used == 0
    assert not Recommendation.objects.filter(application=own).exists()


def test_the_units_form_may_be_kept_and_bears_the_record_of_the_person(pair, office):
    own, nominated = pair

    merge(nominated, own, _source(nominated), office)

    nominated.refresh_from_db()
    assert nominated.person.id_index == nominated.id_index
    assert Person.objects.exclude(id_index="").count() == 1
    assert services.reveal_id_number(nominated, reason="核对", actor=office, at=IN_TIME)


def test_a_record_that_bears_other_applications_stays_where_it_is(pair, office, union):
    own, nominated = pair
    other = factories.CampaignFactory(union=union)
    ApplicationFactory(campaign=other, national_id=selectors.current_answers(own)["national_id"])
    holder = Person.objects.get(id_index=own.id_index)
    assert holder.applications.count() == 2

    merge(nominated, own, _source(nominated), office)

    holder.refresh_from_db()
    assert holder.id_index == own.id_index


def test_one_that_waits_for_a_unit_may_wait_for_another(campaign, town, officer, office, union):
    number = invented_id_number()
    first = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT, national_id=number
    )
    other = factories.UnitFactory(union=union, kind="town_union")
    second = ApplicationFactory(campaign=campaign, unit=other, state=State.AWAITING_UNIT, national_id=number)

    merge(first, second, _source(second), office)

    first.refresh_from_db()
    assert (first.state, first.unit, first.number) == (State.AWAITING_UNIT, other, "")


def test_of_two_drafts_the_kept_one_gets_the_record_of_the_person(campaign, alice, town, officer, office):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number, state=State.DRAFT)
    second = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT, national_id=number)

    merge(second, own, _source(second), office)

    second.refresh_from_db()
    assert second.person == own.person
    assert selectors.answers_of(second)["national_id"] == number


def test_the_units_own_word_counts_again_when_it_is_chosen_again(pair, office, town):
    own, nominated = pair
    merge(nominated, own, _source(own), office)
    nominated.refresh_from_db()
    assert nominated.unit is None

    services.choose_source(nominated, source=_source(nominated), reason="改回", actor=office, at=IN_TIME)

    nominated.refresh_from_db()
    assert nominated.unit == town
    assert nominated.recommendations.count() == 1


def test_one_that_waits_for_a_unit_goes_to_the_office_when_it_counts_as_the_persons_own(
    campaign, alice, town, officer, office
):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number, state=State.DRAFT)
    waiting = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT, national_id=number
    )

    merge(waiting, own, _source(own), office)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.unit, waiting.number) == (State.SUBMITTED, None, "TM2026-0001")


def test_a_unit_that_said_nothing_cannot_be_counted_for_what_the_office_has(campaign, alice, town, officer, office):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number)
    waiting = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT, national_id=number
    )

    with pytest.raises(Refused, match="还没有对这位申报人提出推荐意见"):
        merge(own, waiting, _source(waiting), office)

    waiting.refresh_from_db()
    assert waiting.state == State.AWAITING_UNIT


def test_three_end_in_one(pair, union, campaign, office):
    own, nominated = pair
    other = factories.UnitFactory(union=union, kind="town_union")
    third = ApplicationFactory(campaign=campaign, unit=other, national_id=selectors.current_answers(own)["national_id"])
    assert len(selectors_twins.group_of(third).applications) == 3
    services.merge_applications(
        own, [nominated, third], source=_source(third), reason="同一人", actor=office, at=IN_TIME
    )

    own.refresh_from_db()
    assert own.unit == other
    assert len(selectors_twins.record_of(own).sources) == 3
    assert policies.can_be_decided(own)


def test_what_was_merged_before_goes_along(pair, office):
    own, nominated = pair
    merge(own, nominated, _source(own), office)
    again = ApplicationFactory(campaign=own.campaign, national_id=selectors.current_answers(own)["national_id"])

    merge(again, own, _source(again), office)

    nominated.refresh_from_db()
    assert nominated.merged_into == again
    assert len(selectors_twins.record_of(again).sources) == 3
    assert Merging.objects.count() == 2


def test_the_office_alone_decides_with_a_reason_and_not_about_its_own(pair, office, alice, officer, member):
    own, nominated = pair
    source = _source(own)
    for stranger in (alice, officer, member(Role.SUPERVISOR)):
        with pytest.raises(Refused, match="只有认定办公室"):
            merge(own, nominated, source, stranger)
    with pytest.raises(Refused, match="写明这样合并的理由"):
        merge(own, nominated, source, office, reason=" ")
    with pytest.raises(Refused, match="保留哪一份"):
        services.merge_applications(own, [], source=source, reason="同一人", actor=office, at=IN_TIME)
    Application.objects.filter(pk=nominated.pk).update(applicant=office)
    with pytest.raises(Refused, match="应当回避"):
        merge(own, nominated, source, office)


def test_only_one_persons_live_applications_of_a_running_campaign_are_merged(pair, office, campaign):
    own, nominated = pair
    stranger = ApplicationFactory(campaign=campaign)
    with pytest.raises(Refused, match="不再是同一证件号码"):
        merge(own, stranger, _source(own), office)
    with pytest.raises(Refused, match="从这几份申报的来源中选择"):
        merge(own, nominated, _source(stranger), office)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CANCELLED)
    own.refresh_from_db()
    with pytest.raises(Refused, match="不能合并申报"):
        merge(own, nominated, _source(own), office)


def test_a_draft_does_not_stand_for_what_was_handed_in(campaign, alice, town, officer, office):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number)
    draft = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT, national_id=number)

    with pytest.raises(Refused, match="还没有递交，不能代替"):
        merge(draft, own, _source(own), office)


def test_what_the_apps_above_decided_about_is_kept(pair, office, monkeypatch):
    own, nominated = pair
    monkeypatch.setattr(ending, "_CHECKS", [])
    ending.register(lambda row: "已有结论，请保留这一份" if row.pk == own.pk else "")

    with pytest.raises(Refused, match="已有结论"):
        merge(nominated, own, _source(own), office)


# --- another source --------------------------------------------------------------------------------------------------


@pytest.fixture
def named(union, alice, member):
    """Alice applies; a neighbour names her, and she accepts: (her application, the nomination)."""
    from campaigns.rules import loader

    source = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    campaign = factories.CampaignFactory(
        union=union, slug="named", text=source.replace("# --- 交什么材料", ANYONE + "\n# --- 交什么材料", 1)
    )
    own = ApplicationFactory(campaign=campaign, member=alice)
    nomination, _token = services.nominate_person(
        campaign, channel="others", name="田秀兰", reason="手艺好", actor=member(name="邻居"), at=IN_TIME
    )
    return own, nomination


def test_a_nomination_of_somebody_who_applies_already_ends_in_their_application(named, alice):
    own, nomination = named

    goes_on = services.accept_nomination(nomination, actor=alice, at=IN_TIME)

    nomination.refresh_from_db()
    own.refresh_from_db()
    assert goes_on == own
    assert (nomination.state, nomination.merged_into, nomination.claim_digest) == (State.MERGED, own, "")
    assert own.channel == "self"
    last = selectors_twins.record_of(own).sources[-1]
    assert (last.source.kind, last.reason, last.counts) == (Came.PERSON, "手艺好", False)
    assert nomination.merging.reason == merging.JOINED


def test_the_office_counts_it_through_the_nomination_then(named, alice, office):
    own, nomination = named
    services.accept_nomination(nomination, actor=alice, at=IN_TIME)

    services.choose_source(own, source=_source(nomination), reason="寻找身边的工匠", actor=office, at=IN_TIME)

    own.refresh_from_db()
    assert (own.channel, own.unit) == ("others", None)
    assert AuditEntry.objects.get(action="application.source_chosen").reason == "寻找身边的工匠"


def test_choosing_a_source_is_refused_without_reason_right_or_source(named, alice, office):
    own, nomination = named
    services.accept_nomination(nomination, actor=alice, at=IN_TIME)
    source, strange = _source(nomination), _source(ApplicationFactory(campaign=own.campaign))

    def choose(actor=office, reason="有理由", chosen=source, application=own):
        services.choose_source(application, source=chosen, reason=reason, actor=actor, at=IN_TIME)

    with pytest.raises(Refused, match="只有认定办公室"):
        choose(actor=alice)
    with pytest.raises(Refused, match="写明改按"):
        choose(reason=" ")
    with pytest.raises(Refused, match="从这份申报的来源中"):
        choose(chosen=strange)
    with pytest.raises(Refused, match="没有递交"):
        choose(application=nomination)
    Application.objects.filter(pk=own.pk).update(applicant=office)
    with pytest.raises(Refused, match="应当回避"):
        choose()


def test_the_reward_of_a_unit_that_is_full_is_not_given_twice(pair, office, campaign, town, officer):
    own, nominated = pair
    merge(own, nominated, _source(own), office)
    UnitQuota.objects.create(union=own.union, campaign=campaign, unit=town, at_most=1, strength="must", clause="三")
    ApplicationFactory(campaign=campaign, unit=town, member=officer)

    with pytest.raises(Refused, match="名额已满"):
        services.choose_source(own, source=_source(nominated), reason="改按单位", actor=office, at=IN_TIME)


def test_changing_the_channel_oneself_leaves_both_sources(draft, alice, town):
    services.change_channel(draft, channel="union", unit=town, actor=alice, at=IN_TIME)

    assert [(row.channel, row.unit) for row in Source.objects.filter(application=draft)] == [
        ("self", None),
        ("union", town),
    ]


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_office_sees_them_side_by_side_and_decides_in_two_steps(client, pair, office, town):
    own, nominated = pair
    sign_in(client, office)
    assert "1 人的申报在等您核对" in text(client.get(url("twins", campaign_slug="tianmu")))
    here = url("merge", pk=nominated.pk)
    page = text(client.get(here))
    assert "自己写的事迹" in page
    assert "单位写的事迹" in page
    assert "不同" in page
    assert selectors.current_answers(own)["national_id"] not in page
    assert "必填" in text(client.post(here, {}))
    choice = {"kept": own.pk, "source": _source(nominated).pk, "reason": "同一人"}

    asked = text(client.post(here, choice))
    assert "合并田秀兰的 2 份申报？" in asked or "份申报？" in asked
    assert Application.objects.filter(state=State.MERGED).count() == 0

    response = client.post(here, {**choice, "confirmed": "on"})
    assert response["Location"] == url("twins", campaign_slug="tianmu")
    page = text(client.get(response["Location"]))
    assert "没有重复申报" in page
    assert "同一人" in page
    case = text(client.get(reverse("review:case", kwargs={"union_slug": "shili", "pk": own.pk})))
    assert "来自并入的申报" in case
    assert "在并入的申报上提出" in case
    ended = text(client.get(reverse("review:case", kwargs={"union_slug": "shili", "pk": nominated.pk})))
    assert "已并入同一人的另一份申报" in ended
    assert client.get(here)["Location"] == url("choose_source", pk=own.pk)


def test_what_stands_against_it_is_said_in_place(client, campaign, alice, town, officer, office):
    number = invented_id_number()
    own = ApplicationFactory(campaign=campaign, member=alice, national_id=number)
    waiting = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT, national_id=number
    )
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT, national_id=number)
    here = url("merge", pk=own.pk)
    sign_in(client, office)
    assert selectors_twins.UNSEEN in text(client.get(here))

    choice = {"kept": draft.pk, "source": _source(own).pk, "reason": "同一人"}
    assert "不能代替已经递交的" in text(client.post(here, choice))
    choice = {"kept": own.pk, "source": _source(waiting).pk, "reason": "同一人", "confirmed": "on"}
    page = text(client.post(here, choice))
    assert "没有合并" in page
    assert "还没有对这位申报人提出推荐意见" in page


def test_who_only_reads_decides_nothing(client, pair, member, office):
    own, nominated = pair
    sign_in(client, member(Role.SUPERVISOR))
    here = url("merge", pk=own.pk)

    assert "合并为一份" not in text(client.get(here))
    choice = {"kept": own.pk, "source": _source(own).pk, "reason": "同一人", "confirmed": "on"}
    assert client.post(here, choice).status_code == 404
    merge(own, nominated, _source(own), office)
    here = url("choose_source", pk=own.pk)
    assert "改按另一个来源计" not in text(client.get(here))
    assert client.post(here, {"source": _source(nominated).pk, "reason": "改"}).status_code == 404
    assert client.get(url("choose_source", pk=nominated.pk)).status_code == 404


def test_the_source_is_changed_on_its_page(client, named, alice, office):
    own, nomination = named
    services.accept_nomination(nomination, actor=alice, at=IN_TIME)
    here = url("choose_source", pk=own.pk)
    sign_in(client, office)
    assert "手艺好" in text(client.get(here))

    client.post(here, {"source": _source(nomination).pk, "reason": "寻找身边的工匠"})
    own.refresh_from_db()
    assert own.channel == "others"
    UnitQuota.objects.all().delete()
    Campaign.objects.filter(pk=own.campaign_id).update(state=CampaignState.CANCELLED)
    page = text(client.post(here, {"source": _source(own).pk, "reason": "改回"}))
    assert "没有更改" in page


def test_the_person_is_told_and_the_unit_learns_only_that_there_is_another(client, pair, alice, officer, office):
    own, nominated = pair
    told = text(sign_in(client, alice).get(url("status", pk=own.pk)))
    assert "可能是单位也推荐了您" in told
    assert "示例镇总工会" not in told

    seen = text(sign_in(client, officer).get(url("unit_case", pk=nominated.pk)))
    assert "由认定办公室核对" in seen
    assert "田秀兰" not in seen
    assert own.number not in seen

    merge(nominated, own, _source(own), office)
    seen = text(sign_in(client, alice).get(url("status", pk=own.pk)))
    assert "已并入同一人的另一份申报" in seen
    assert "受理编号 TM2026-0002" in seen


def test_the_unit_of_an_ended_one_is_told_the_fact_alone(client, pair, officer, office):
    own, nominated = pair
    merge(own, nominated, _source(own), office)

    seen = text(sign_in(client, officer).get(url("unit_case", pk=nominated.pk)))

    assert "由同一人的另一份申报继续办理" in seen
    assert "TM2026-0001" not in seen
    assert client.get(url("unit_case", pk=own.pk)).status_code == 404


def test_a_nominee_who_applies_already_is_led_to_their_application(client, named, alice):
    own, nomination = named
    Application.objects.filter(pk=nomination.pk).update(claim_digest=token_digest("given"))
    sign_in(client, alice)

    response = client.post(url("nomination", token="given"), {"consent": "on"})

    assert response["Location"] == url("status", pk=own.pk)
    assert "手艺好" in text(client.get(response["Location"]))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_twins_asks_as_often_for_three_as_for_one(
    client, campaign, town, officer, office, count, django_assert_num_queries
):
    for _ in range(count):
        number = invented_id_number()
        ApplicationFactory(campaign=campaign, national_id=number)
        ApplicationFactory(campaign=campaign, unit=town, member=officer, national_id=number)
    with django_assert_num_queries(2):
        groups = selectors_twins.groups(campaign)
        list(selectors_twins.mergings_of(campaign))

    assert len(groups) == count

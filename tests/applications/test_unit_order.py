"""The order in which a unit would have its people chosen, and the phrases its opinions start from."""

import io

import openpyxl
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from applications import selectors_units, services, sheets
from applications.models import Application, PreferenceOrder, Recommendation
from applications.services.preferences import moved, placed
from applications.states import State
from tests import factories
from tests.factories import IN_TIME
from tests.kept import kept
from unions import tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def people(campaign, officer):
    """Three whom the unit recommended, as they came."""
    return [
        factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, name=name)
        for name in ("丁一", "王二", "赵三")
    ]


def _order(campaign, officer, people, *, at=IN_TIME):
    order = [one.pk for one in people]
    return services.order_people(campaign, unit=officer.unit, order=order, actor=officer, at=at)


# --- pure ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ({}, [1, 2, 3, 4]),
        ({4: 2}, [1, 4, 2, 3]),
        ({1: 3}, [2, 3, 1, 4]),
        ({1: 99, 4: 0}, [4, 2, 3, 1]),
        ({3: 1, 4: 1}, [4, 3, 1, 2]),
        ({9: 1}, [1, 2, 3, 4]),
    ],
)
def test_numbers_typed_put_people_where_they_say(wanted, order):
    assert placed([1, 2, 3, 4], wanted) == order


@pytest.mark.parametrize(
    ("pk", "by", "order"),
    [(2, -1, [2, 1, 3]), (1, -1, [1, 2, 3]), (3, 1, [1, 2, 3]), (1, 1, [2, 1, 3]), (9, 1, [1, 2, 3])],
)
def test_a_step_changes_places_with_the_neighbour(pk, by, order):
    assert moved([1, 2, 3], pk, by) == order


# --- the services ----------------------------------------------------------------------------------------------------


def test_the_whole_order_is_recorded_and_a_later_one_supersedes_it(campaign, officer, people):
    first, second, third = people
    _order(campaign, officer, people)

    row = _order(campaign, officer, [third, first, second])

    assert selectors_units.preference(campaign, officer.unit, people).ranks == {third.pk: 1, first.pk: 2, second.pk: 3}
    assert PreferenceOrder.objects.count() == 2
    entry = AuditEntry.objects.filter(action="preference.ordered").last()
    assert entry.before["order"] == [one.pk for one in people]
    assert entry.after["order"] == row.order
    assert _order(campaign, officer, [third, first, second]) is None
    with pytest.raises(DatabaseError), transaction.atomic():
        PreferenceOrder.objects.filter(pk=row.pk).update(order=[])


def test_an_order_of_other_people_than_there_are_is_refused(campaign, officer, people):
    with pytest.raises(Refused, match="名单在这期间有变化"):
        _order(campaign, officer, people[:2])
    with pytest.raises(Refused, match="名单在这期间有变化"):
        _order(campaign, officer, [*people, people[0]])


def test_a_stranger_and_a_latecomer_order_nobody(campaign, officer, people, member):
    other = member("unit_officer")

    with pytest.raises(Refused, match="经办人"):
        services.order_people(campaign, unit=officer.unit, order=[one.pk for one in people], actor=other, at=IN_TIME)
    with pytest.raises(Refused, match="申报"):
        _order(campaign, officer, people, at=campaign.closes_at.replace(year=2027))


def test_handed_over_it_stays_and_moves_up_where_somebody_leaves(campaign, officer, people):
    first, second, third = people
    _order(campaign, officer, [third, first, second])
    assert selectors_units.preferences(campaign, people) == {}

    services.hand_over_order(campaign, unit=officer.unit, actor=officer, at=IN_TIME)

    with pytest.raises(Refused, match="已经报送，不能再改"):
        _order(campaign, officer, people)
    with pytest.raises(Refused, match="已经报送，不能再改"):
        services.hand_over_order(campaign, unit=officer.unit, actor=officer, at=IN_TIME)
    assert selectors_units.place_in_order(second) == (3, 3)
    services.withdraw_application(third, actor=officer, at=IN_TIME)
    standing = list(Application.objects.all())
    assert selectors_units.preferences(campaign, standing) == {first.pk: 1, second.pk: 2}
    assert selectors_units.place_in_order(second) == (2, 2)
    assert selectors_units.place_in_order(third) is None


def test_nothing_is_handed_over_before_all_have_a_place(campaign, officer, people):
    with pytest.raises(Refused, match="还没有排序"):
        services.hand_over_order(campaign, unit=officer.unit, actor=officer, at=IN_TIME)
    _order(campaign, officer, people)
    factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.DRAFT)

    with pytest.raises(Refused, match="还有 1 人没有排进去"):
        services.hand_over_order(campaign, unit=officer.unit, actor=officer, at=IN_TIME)
    assert selectors_units.place_in_order(people[0]) is None


def test_the_summary_sheet_follows_the_order(campaign, officer, people):
    first, second, third = people
    _order(campaign, officer, [third, first, second])

    def names(content, page=0):
        book = openpyxl.load_workbook(io.BytesIO(content))
        rows = list(book.worksheets[page].iter_rows(min_row=3, max_row=6, values_only=True))
        return rows[0][:3], [row[1:3] for row in rows[1:]]

    own = sheets.summary_sheet(campaign, people, unit=officer.unit)
    assert names(own) == (("序号", "推荐排序", "姓名"), [(1, "赵三"), (2, "丁一"), (3, "王二")])
    assert names(sheets.summary_sheet(campaign, people))[0] == ("序号", "姓名", "性别")

    services.hand_over_order(campaign, unit=officer.unit, actor=officer, at=IN_TIME)
    whole = sheets.summary_sheet(campaign, people)
    assert names(whole)[1] == [(2, "丁一"), (3, "王二"), (1, "赵三")]
    assert names(whole, page=1)[1] == [(1, "赵三"), (2, "丁一"), (3, "王二")]


def test_the_csv_holds_nothing_that_would_run(campaign, officer):
    one = factories.ApplicationFactory(
        campaign=campaign, unit=officer.unit, member=officer, employer_post="=cmd|'/c'!A1"
    )

    text = sheets.summary_csv(campaign, [one], unit=officer.unit).decode("utf-8-sig")

    assert "'=cmd|'/c'!A1" in text
    assert text.splitlines()[0].startswith("序号,姓名,性别")


# --- phrases ---------------------------------------------------------------------------------------------------------


def test_phrases_are_the_units_own_else_those_that_come_with_the_rules(campaign, officer):
    unit = officer.unit
    assert selectors_units.phrases_of(campaign, unit) == selectors_units.PHRASES

    services.set_phrases(unit, texts=[" 同意推荐{name}。 ", "", "同意推荐{name}。"], actor=officer, at=IN_TIME)

    assert selectors_units.phrases_of(campaign, unit) == ("同意推荐{name}。",)
    assert selectors_units.filled(["{name}合于{title}{x}"], name="甲", title="乙") == ["甲合于乙{x}"]
    services.set_phrases(unit, texts=[], actor=officer, at=IN_TIME)
    assert selectors_units.phrases_of(campaign, unit) == selectors_units.PHRASES
    assert AuditEntry.objects.filter(action="unit.phrases_set").count() == 2


@pytest.mark.parametrize(
    ("texts", "words"), [(["很" * 201], "每条至多 200 字"), ([f"第{n}条" for n in range(21)], "至多保存 20 条")]
)
def test_too_many_or_too_long_phrases_are_refused(officer, texts, words):
    with pytest.raises(Refused, match=words):
        services.set_phrases(officer.unit, texts=texts, actor=officer, at=IN_TIME)


def test_nobody_sets_the_phrases_of_another_unit(officer, member, other_union):
    with pytest.raises(Refused, match="经办人"):
        services.set_phrases(officer.unit, texts=["同意"], actor=member("unit_officer"), at=IN_TIME)
    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union, role=Role.UNIT_OFFICER)
    with pytest.raises(Refused, match="只能设置本单位"):
        services.set_phrases(officer.unit, texts=["同意"], actor=stranger, at=IN_TIME)


def test_one_opinion_for_several_names_each(campaign, officer):
    people = [
        factories.ApplicationFactory(
            campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT, name=name
        )
        for name in ("丁一", "王二")
    ]

    services.endorse_together(campaign, people, opinion="同意推荐{name}同志。", actor=officer, at=IN_TIME)

    opinions = Recommendation.objects.order_by("application").values_list("opinion", flat=True)
    assert list(opinions) == ["同意推荐丁一同志。", "同意推荐王二同志。"]


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_desk(client, officer, campaign, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: IN_TIME)
    factories.sign_in(client, officer)

    def address(name, **more):
        return reverse(
            f"applications:{name}", kwargs={"union_slug": campaign.union.slug, "campaign_slug": campaign.slug, **more}
        )

    return client, address


def test_the_order_is_set_by_buttons_and_by_numbers_without_script(at_desk, campaign, officer, people):
    client, address = at_desk
    first, second, third = people
    who = [one.pk for one in people]

    client.post(address("order_people"), {"who": who, "move": f"up:{third.pk}"})
    assert PreferenceOrder.objects.last().order == [first.pk, third.pk, second.pk]
    moved_to = client.post(
        address("order_people"), {"who": [first.pk, third.pk, second.pk], f"place-{second.pk}": "1", "move": ""}
    )
    assert moved_to.status_code == 302
    assert PreferenceOrder.objects.last().order == [second.pk, first.pk, third.pk]
    stale = client.post(address("order_people"), {"who": who[:2]})
    assert "名单在这期间有变化" in stale.content.decode()
    client.post(address("hand_over_order"))
    assert "排序不能再改" in client.get(address("order_people")).content.decode()
    assert "已经报送" in client.post(address("hand_over_order"), follow=True).content.decode()


def test_a_phrase_is_put_into_the_opinion_without_script_and_decides_nothing(at_desk, campaign, officer):
    client, _address = at_desk
    one = factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
    case = reverse("applications:endorse", kwargs={"union_slug": campaign.union.slug, "pk": one.pk})

    page = client.post(case, {"opinion": "好。", "decision": "endorsed", "phrase": "0"}).content.decode()
    together = client.post(
        reverse(
            "applications:endorse_together", kwargs={"union_slug": campaign.union.slug, "campaign_slug": campaign.slug}
        ),
        {"pick": one.pk, "opinion": "好。", "phrase": "0"},
    ).content.decode()

    assert f"好。经本单位审核，{one.name}同志" in page
    assert "好。经本单位审核，{name}同志" in together
    assert not Recommendation.objects.exists()


def test_phrases_are_edited_one_a_line(at_desk, officer):
    client, address = at_desk

    client.post(address("phrases"), {"texts": "同意。\n不同意。"})

    assert "同意。\n不同意。" in client.get(address("phrases")).content.decode()
    assert "每条至多 200 字" in client.post(address("phrases"), {"texts": "很" * 300}).content.decode()


def test_the_desk_tells_what_each_lacks_in_as_many_queries_for_many(
    at_desk, campaign, officer, django_assert_num_queries
):
    client, address = at_desk
    factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
    services.nominate(campaign, unit=officer.unit, channel="union", name="甲某", actor=officer, at=IN_TIME)
    client.get(address("unit_desk"))
    with django_assert_num_queries(_QUERIES):
        page = client.get(address("unit_desk")).content.decode()
    assert "等共" in page
    assert "推荐意见" in page
    for name in ("乙某", "丙某"):
        services.nominate(campaign, unit=officer.unit, channel="union", name=name, actor=officer, at=IN_TIME)
        factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, state=State.AWAITING_UNIT)
    with django_assert_num_queries(_QUERIES):
        client.get(address("unit_desk"))


_QUERIES = 16

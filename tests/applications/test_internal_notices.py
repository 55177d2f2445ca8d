"""The notice inside the own unit (单位内公示) before a nomination, as an invented notice asks for it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from django.utils import timezone

from applications import policies, selectors, services
from applications.models import InternalNotice
from applications.states import Endorsement, NoticeResult, State
from campaigns.rules import loader
from tests import factories
from tests.factories import SHANGHAI, ApplicationFactory, CampaignFactory, UnitFactory, give_material, sign_in
from tests.kept import kept
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

SOURCE = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
FIRST = """
  [channels.first]
  length = { days = 5, unit = "working" }
  evidence = ["authority_consent"]
  clause = "四（一）"
"""
MONDAY = date(2026, 3, 9)
"""The day after Sunday 8 March: no holiday near."""
OVER = datetime(2026, 3, 17, 9, 0, tzinfo=SHANGHAI)
"""The morning after the fifth working day that follows MONDAY."""


def _source(first=FIRST):
    return SOURCE.replace('clause = "四（一）"\n', f'clause = "四（一）"\n{first}', 1)


def _campaign(union, first=FIRST, **more):
    return CampaignFactory(union=union, text=_source(first), **more)


@kept
def campaign(union):
    return _campaign(union, slug="tianmu")


@kept
def waiting(campaign, town, officer):
    return ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)


def _record(application, officer, *, at=OVER, **given):
    values = {
        "starts_on": MONDAY,
        "ends_on": date(2026, 3, 16),
        "place": "厂务公开栏",
        "result": NoticeResult.NO_OBJECTION,
        **given,
    }
    return services.record_internal_notice(application, actor=officer, at=at, **values)


def _endorse(application, officer, at=OVER):
    return services.endorse_application(
        application, decision=Endorsement.ENDORSED, opinion="同意推荐", actor=officer, at=at
    )


def test_without_a_record_the_unit_cannot_recommend_and_is_told_the_rule(waiting, officer):
    with pytest.raises(Refused, match=r"推荐前须先在本单位公示5个工作日（依据四（一））：请先记录公示"):
        _endorse(waiting, officer)


def test_it_may_still_say_no(waiting, officer):
    services.endorse_application(waiting, decision=Endorsement.DECLINED, opinion="另有人选", actor=officer, at=OVER)


def test_a_notice_that_was_long_enough_and_is_over_lets_it_recommend(waiting, officer, town):
    row = _record(waiting, officer)

    _endorse(waiting, officer)

    waiting.refresh_from_db()
    assert waiting.state == State.SUBMITTED
    assert (row.unit, row.by) == (town, officer)
    entry = AuditEntry.objects.filter(action="application.internal_notice_recorded").get()
    assert entry.after["to"] == "2026-03-16"


def test_one_day_too_short_is_refused_with_the_day_it_would_have_ended(waiting, officer):
    _record(waiting, officer, ends_on=date(2026, 3, 15))

    with pytest.raises(Refused, match="所记公示到2026年3月15日结束，应到2026年3月16日届满"):
        _endorse(waiting, officer)


def test_the_last_day_belongs_to_the_notice(waiting, officer):
    _record(waiting, officer, at=OVER - timedelta(days=1))

    with pytest.raises(Refused, match="公示到2026年3月16日结束，次日起才能推荐"):
        _endorse(waiting, officer, at=OVER - timedelta(days=1))


def test_a_later_record_supersedes_an_earlier_one(waiting, officer):
    _record(waiting, officer, ends_on=date(2026, 3, 15))
    _record(waiting, officer)

    _endorse(waiting, officer)

    assert InternalNotice.objects.count() == 2


def test_a_record_is_neither_changed_nor_deleted(waiting, officer):
    row = _record(waiting, officer)

    for change in (lambda: InternalNotice.objects.update(place="别处"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ('length = { days = 5, unit = "working" }\nday_one = "same_day"', date(2026, 3, 13)),
        ('length = { days = 7, unit = "calendar" }', date(2026, 3, 16)),
        ('length = { days = 7, unit = "calendar" }\nday_one = "same_day"', date(2026, 3, 16)),
        ("", MONDAY),
    ],
    ids=["same-day", "calendar", "calendar-same-day-ends-on-a-sunday", "no-length"],
)
def test_the_length_is_counted_as_the_rule_says(union, town, officer, first, last):
    campaign = _campaign(union, f'\n  [channels.first]\n  {first}\n  clause = "四（一）"\n')
    waiting = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)

    _record(waiting, officer, ends_on=last)
    assert selectors.internal_notice_gap(waiting, OVER) == ""
    if last > MONDAY:
        _record(waiting, officer, ends_on=last - timedelta(days=1))
        assert "届满" in selectors.internal_notice_gap(waiting, OVER)


def test_a_year_without_a_calendar_is_asked_about(union, town, officer):
    campaign = _campaign(union, FIRST.replace("days = 5", "days = 300"))
    waiting = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    _record(waiting, officer, ends_on=date(2027, 6, 1))

    assert "还没有2027年的节假日和调休安排" in selectors.internal_notice_gap(waiting, OVER)


def test_the_stage_of_nominating_may_ask_for_it_too(union, town, officer):
    stage = (
        '[[stages]]\nid = "nomination"\nkind = "nomination"\nlabel = "推荐"\nby = "units"\nclause = "四"\n'
        'first = { clause = "四（二）" }\nwindow = { from = 2019-01-16, to = 2019-01-16, setting = true }\n\n'
    )
    marker = '[[stages]]\nid = "qualification"\n'
    campaign = CampaignFactory(union=union, text=SOURCE.replace(marker, stage + marker))
    waiting = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    own = ApplicationFactory(campaign=campaign, state=State.DRAFT)

    with pytest.raises(Refused, match="推荐前须先在本单位公示（依据四（二））"):
        _endorse(waiting, officer)
    assert policies.notices_first(own) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ends_on": MONDAY - timedelta(days=1)}, "不能早于开始日期"),
        ({"starts_on": date(2026, 3, 18), "ends_on": date(2026, 3, 30)}, "公示还没有开始"),
        ({"place": "  "}, "请写明公示的地点"),
        ({"result": NoticeResult.SETTLED}, "请写明异议"),
    ],
)
def test_what_cannot_be_right_is_refused(waiting, officer, given, words):
    with pytest.raises(Refused, match=words):
        _record(waiting, officer, **given)


def test_an_objection_is_recorded_with_how_it_was_settled(waiting, officer):
    row = _record(waiting, officer, result=NoticeResult.SETTLED, settlement="反映工龄不实，经查属实无误")

    assert row.get_result_display() == "有异议，已核实处理"


def test_only_the_units_officer_records_it_before_the_unit_has_spoken(waiting, officer, member, campaign):
    with pytest.raises(Refused, match="由推荐单位经办人记录"):
        _record(waiting, member(Role.UNIT_OFFICER))
    _record(waiting, officer)
    _endorse(waiting, officer)
    with pytest.raises(Refused, match="在提出推荐意见之前记录"):
        _record(waiting, officer)


def test_where_no_rule_asks_for_it_there_is_nothing_to_record(union, officer, town):
    plain = ApplicationFactory(
        campaign=CampaignFactory(union=union), unit=town, member=officer, state=State.AWAITING_UNIT
    )

    with pytest.raises(Refused, match="规则没有要求"):
        _record(plain, officer)


def test_its_evidence_is_the_units_to_hand_in(union, town, officer):
    campaign = _campaign(union)
    waiting = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    waiting.materials.filter(slot="authority_consent").update(removed_at=OVER)
    _record(waiting, officer)

    with pytest.raises(Refused, match="请先上传：行业主管部门同意推荐的证明"):
        _endorse(waiting, officer)
    give_material(waiting, "authority_consent")
    _endorse(waiting, officer)


# --- pages -----------------------------------------------------------------------------------------------------------


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


@pytest.fixture
def as_officer(client, officer, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: OVER)
    return sign_in(client, officer)


FORM = {"starts_on": "2026-03-09", "ends_on": "2026-03-16", "place": "公告栏", "result": "no_objection"}


def test_the_officer_records_it_on_the_case_and_then_recommends(as_officer, waiting):
    here = url("unit_case", pk=waiting.pk)
    assert "请先记录公示" in as_officer.get(here).content.decode()

    as_officer.post(url("record_internal_notice", pk=waiting.pk), FORM)

    page = as_officer.get(here).content.decode()
    assert "公示已满规定期限" in page
    assert "2026年3月9日至2026年3月16日，公告栏：无异议" in page


def test_what_was_typed_stays_when_it_is_refused(as_officer, waiting):
    there = url("record_internal_notice", pk=waiting.pk)

    assert "请写明异议" in as_officer.post(there, {**FORM, "result": "settled"}).content.decode()
    page = as_officer.post(there, {**FORM, "place": ""}).content.decode()
    assert "必填" in page
    assert not InternalNotice.objects.exists()


def test_another_unit_finds_no_case_to_record_on(client, waiting, member, union):
    sign_in(client, member(Role.UNIT_OFFICER, unit=UnitFactory(union=union, kind="town_union")))

    assert client.post(url("record_internal_notice", pk=waiting.pk), FORM).status_code == 404


def test_the_office_reads_it_on_the_case(client, waiting, officer, campaign, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: OVER)
    _record(waiting, officer, result=NoticeResult.SETTLED, settlement="经查不实")
    _endorse(waiting, officer)
    sign_in(client, factories.office_of(campaign.union))

    page = client.get(reverse("review:case", kwargs={"union_slug": "shili", "pk": waiting.pk})).content.decode()

    assert "厂务公开栏" in page
    assert "有异议，已核实处理：经查不实" in page

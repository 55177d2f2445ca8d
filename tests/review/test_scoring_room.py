"""The scoring room: drafts, honours verified, reasons outside a band, the blind review, and what stays sealed."""

import json
import re

import pytest

from applications.models import PHOTO
from review import bands, blind, desk, selectors, selectors_scoring
from review.models import Ranking, Score
from review.models_scoring import CountedHonours, HonourCheck, SheetDraft
from review.services import assessments, panels, rankings, scoring
from tests.factories import CampaignFactory, MemberFactory, give_material
from tests.kept import kept
from tests.review.pagecraft import end_scoring, member_of, text
from tests.review.stagecraft import CRITERIA, Play, assessment_review, expert_review, final, fresh, rules_text
from unions import tenancy
from unions.models import AuditEntry, PersonalKey
from unions.permits import Refused
from unions.states import Role

SPIRIT = CRITERIA[1]
HONOURS = """
[[form.sections]]
id = "record"
setting = true
title = "荣誉"

  [[form.sections.fields]]
  id = "honours"
  type = "rows"
  label = "所获荣誉"
  fact = "honours"
  columns = [
    { id = "name", label = "荣誉名称", required = true },
    { id = "level", label = "级别", type = "choice", options = [{ value = "省级" }, { value = "市级" }] },
    { id = "date", label = "时间", type = "date" },
  ]

[[papers]]
id = "record"
kind = "form"
title = "荣誉表"
pages = [{ columns = 8, rows = [[{ field = "honours", span = 8 }]] }]
"""
TABLES = [
    {
        "id": "honours",
        "label": "荣誉",
        "fact": "honours",
        "how": "sum",
        "rows": [{"points": 60, "level": "省级"}, {"points": 20, "level": "市级"}],
    },
    {"id": "level", "label": "等级", "fact": "skill_level", "rows": [{"points": 10, "level": "技师"}]},
    {"id": "years", "label": "年限", "fact": "years_in_trade", "rows": [{"points": 5, "at_least": 20}]},
]
QUANTITATIVE = {"label": "业绩量化", "weight": 40, "max": 80, "tables": TABLES, "setting": True}
GIVEN = [
    {"name": "省五一劳动奖章", "level": "省级", "date": "2024-05"},
    {"name": "市技术能手", "level": "市级", "date": "2022-01"},
    {"name": "市技术能手", "level": "市级", "date": "2022-01"},
]


def counting(**more):
    criteria = [{"id": "craft", "label": "技艺", "weight": 60, "max": 100, "setting": True}]
    return expert_review(criteria=criteria, quantitative=QUANTITATIVE, **more)


class Room:
    """An open review with a panel that has come and declared."""

    def __init__(self, union, rule=None, *, more="", **given):
        self.play = Play(union, rule or expert_review(), final(), more=more)
        self.people = [self.play.apply(name="孙秀兰", **given), self.play.apply(name="周志强")]
        self.panel = self.play.seated("review", self.play.experts[:2])
        self.seat, self.other = self.play.seats("review")

    @property
    def member(self):
        return fresh(self.seat.expert.member)

    def draft(self, values, *, revision=0, version=0, case=0, seat=None):
        seat = seat or self.seat
        return scoring.save_draft(
            seat,
            self.people[case],
            values=values,
            revision=revision,
            version=version,
            actor=fresh(seat.expert.member),
            at=self.play.now(),
        )


@kept
def room(union):
    return Room(union)


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_sealed_and_counts_for_nothing(room):
    room.draft({"points-craft": "九十？", "comment": "基本功扎实", "points-spirit": " ", "unknown": "x"})
    row = SheetDraft.objects.get()
    assert "基本功" not in row.sealed
    assert selectors_scoring.drafts_of(room.seat)[room.people[0].pk].values == {
        "points-craft": "九十？",
        "comment": "基本功扎实",
    }
    assert not Score.objects.exists()
    entry = AuditEntry.objects.get(action="case.draft_saved")
    assert entry.after == {"seat": room.seat.pk, "application": room.people[0].pk, "revision": 1}


def test_a_draft_goes_with_its_key_when_the_sheet_is_handed_in(room):
    key = room.draft({"points-craft": "90"}) and SheetDraft.objects.get().key_id
    room.play.score(room.seat, room.people[0], 90, 90)
    assert not SheetDraft.objects.exists()
    assert not PersonalKey.objects.filter(pk=key).exists()


def test_the_drafts_of_a_panel_go_when_its_scoring_ends(room):
    room.play.score_all(room.panel, {person.pk: 80 for person in room.people})
    room.draft({"points-craft": "10"}, version=1)
    end_scoring(room.play, room.panel)
    assert not SheetDraft.objects.exists()


def test_a_late_save_writes_over_neither_a_newer_draft_nor_a_newer_sheet(room):
    first = room.draft({"points-craft": "70"})
    second = room.draft({"points-craft": "75"}, revision=first.revision)
    with pytest.raises(scoring.Outdated, match="在别的窗口改过") as late:
        room.draft({"points-craft": "71"}, revision=first.revision)
    assert late.value.current.values == {"points-craft": "75"}
    room.play.score(room.seat, room.people[0], 90, 90)
    with pytest.raises(scoring.Outdated, match="已经交过新的"):
        room.draft({"points-craft": "76"}, revision=second.revision)
    assert not SheetDraft.objects.exists()


def test_the_same_save_sent_twice_changes_nothing(room):
    first = room.draft({"points-craft": "70"})
    assert room.draft({"points-craft": "70"}).revision == first.revision == 1


def test_a_draft_is_refused_for_a_recused_case_a_stranger_and_too_long_a_text(room):
    with pytest.raises(Refused, match="至多 4000 字"):
        room.draft({"comment": "长" * 4001})
    panels.recuse(room.seat, room.people[0], reason="师徒", actor=room.play.office, at=room.play.now())
    with pytest.raises(Refused, match="回避"):
        room.draft({"points-craft": "70"})
    with pytest.raises(Refused, match="只有本评审团队"):
        scoring.save_draft(
            room.seat, room.people[1], values={}, revision=0, version=0, actor=room.play.office, at=room.play.now()
        )


def test_a_page_saves_its_sheet_and_hears_what_became_of_it(room, reader):
    expert = reader(room.play, room.member)
    where = {"seat_pk": room.seat.pk, "application_pk": room.people[0].pk}
    sheet = {"points-craft": "88", "revision": "0", "version": "0"}
    assert json.loads(text(expert.post("save_sheet", sheet, **where)))["revision"] == 1
    assert expert.post("save_sheet", sheet | {"points-craft": "89"}, **where).status_code == 409
    assert expert.post("save_sheet", sheet | {"comment": "长" * 4001, "revision": "1"}, **where).status_code == 422
    assert expert.post("save_sheet", {"points-craft": "88"}, **where).status_code == 400
    assert 'value="88"' in text(expert.get("seat_case", **where))
    assert "有未交的内容" in text(expert.get("seat", seat_pk=room.seat.pk))


def test_without_javascript_a_button_keeps_the_sheet(room, reader):
    expert = reader(room.play, room.member)
    where = {"seat_pk": room.seat.pk, "application_pk": room.people[0].pk}
    response = expert.post("seat_case", {"points-craft": "66", "comment": "待议", "keep": "1"}, **where)
    assert response.status_code == 302
    page = text(expert.get("seat_case", **where))
    assert "已暂存，还没有交" in page
    assert "待议" in page
    again = expert.post("seat_case", {"points-craft": "67", "comment": "改了", "keep": "1"}, **where)
    assert "在别的窗口改过" in text(again)
    assert "改了" in text(again)


def test_a_page_that_has_not_seen_the_newest_sheet_says_so_once(room, reader):
    expert = reader(room.play, room.member)
    where = {"seat_pk": room.seat.pk, "application_pk": room.people[0].pk}
    room.play.score(room.seat, room.people[0], 70, 70)
    sheet = {"points-craft": "91", "points-spirit": "92", "version": "0"}
    page = text(expert.post("seat_case", sheet, **where))
    assert "已经交过新的" in page
    assert 'value="91"' in page
    assert expert.post("seat_case", sheet | {"version": "1"}, **where).status_code == 302
    assert Score.objects.order_by("version").last().points["craft"] == "91"


@pytest.mark.parametrize("method", ["score", "assessment"])
def test_a_double_click_hands_one_sheet_in(union, method):
    room = Room(union, expert_review() if method == "score" else assessment_review())

    def click():
        told = {"actor": room.member, "at": room.play.now(), "seen": 0, "comment": "技艺扎实"}
        if method == "score":
            return panels.score_case(room.seat, room.people[0], points={"craft": 90, "spirit": 90}, **told)
        return assessments.assess_case(room.seat, room.people[0], grade="good", **told)

    click()
    with pytest.raises(Refused, match="已经交过新的"):
        click()
    assert Score.objects.count() == 1


# --- the matrix -------------------------------------------------------------------------------------------------------


def row(room, n, **values):
    return {
        f"{room.people[n].pk}-{name.replace('_', '-')}": value for name, value in {"version": "0", **values}.items()
    }


def test_the_matrix_hands_in_what_is_whole_and_keeps_what_is_not(room, reader):
    expert = reader(room.play, room.member)
    data = row(room, 0, points_craft="80", points_spirit="81") | row(room, 1, points_craft="70")
    response = expert.post("matrix", data, seat_pk=room.seat.pk)
    assert response.status_code == 302
    page = text(expert.get("matrix", seat_pk=room.seat.pk))
    assert "已保存 1 份评分，1 份没有填完，已暂存" in page
    assert 'value="70"' in page
    assert Score.objects.get().points == {"craft": "80", "spirit": "81"}


def test_what_the_matrix_refuses_stays_where_it_was_typed(room, reader):
    expert = reader(room.play, room.member)
    data = row(room, 0, points_craft="80", points_spirit="181") | row(room, 1, points_craft="70", points_spirit="70")
    page = text(expert.post("matrix", data, seat_pk=room.seat.pk))
    assert "有 1 份没有保存" in page
    assert 'value="181"' in page
    assert Score.objects.get().application == room.people[1]
    mended = row(room, 0, points_craft="80", points_spirit="81", revision="1")
    again = row(room, 1, points_craft="70", points_spirit="71", version="1")
    assert f'name="{room.people[1].pk}-version" value="1"' in page
    assert expert.post("matrix", mended | again, seat_pk=room.seat.pk).status_code == 302
    assert Score.objects.count() == 3


def test_rows_nobody_touched_are_left_alone_and_keeping_hands_nothing_in(room, reader):
    expert = reader(room.play, room.member)
    room.play.score(room.seat, room.people[0], 80, 81)
    untouched = row(room, 0, points_craft="80", points_spirit="81", version="1")
    expert.post("matrix", untouched | row(room, 1), seat_pk=room.seat.pk)
    assert "没有改动" in text(expert.get("matrix", seat_pk=room.seat.pk))
    expert.post(
        "matrix", row(room, 1, points_craft="9", points_spirit="9", keep="1") | {"keep": "1"}, seat_pk=room.seat.pk
    )
    assert Score.objects.count() == 1
    assert SheetDraft.objects.count() == 1


def test_the_matrix_is_for_scores_alone(union, reader):
    room = Room(union, expert_review(method="assessment", criteria=[], tie_break=["people"], grades=_GRADES))
    assert reader(room.play, room.member).get("matrix", seat_pk=room.seat.pk).status_code == 404


_GRADES = [{"id": "yes", "label": "推荐", "recommends": True}, {"id": "no", "label": "不推荐", "recommends": False}]


@pytest.mark.parametrize("name", ["seat", "matrix"])
def test_the_experts_pages_cost_the_same_at_one_case_and_at_three(union, reader, name, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (1, 3):
        play = Play(union, counting(), final(), more=HONOURS)
        for _ in range(n):
            play.apply(honours=GIVEN)
        play.seated("review", [play.expert("示例甲研究所", name=f"甲专家{n}")])
        seat = play.seats("review")[0]
        expert = reader(play, seat.expert.member)
        expert.get(name, seat_pk=seat.pk)
        with CaptureQueriesContext(connection) as captured:
            text(expert.get(name, seat_pk=seat.pk))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- reasons outside a band -------------------------------------------------------------------------------------------


def banded(**band):
    anchors = [{"points": 60, "text": "一般"}, {"points": 90, "text": "领先"}]
    criteria = [{"id": "craft", "label": "技艺", "weight": 60, "anchors": anchors, "setting": True}, SPIRIT]
    return expert_review(criteria=criteria, reasons={"setting": True, **band})


def test_points_outside_the_band_want_a_reason_and_nothing_is_lost(union, reader):
    room = Room(union, banded(below=60, above=95))
    expert = reader(room.play, room.member)
    where = {"seat_pk": room.seat.pk, "application_pk": room.people[0].pk}
    page = text(expert.get("seat_case", **where))
    assert "加权总分得分率低于 60%或高于 95%的，须在评语中说明理由。" in page
    page = text(expert.post("seat_case", {"points-craft": "99", "points-spirit": "98"}, **where))
    assert "总分高于 95%，请在评语中说明理由" in page
    assert 'value="99"' in page
    said = {"points-craft": "99", "points-spirit": "98", "comment": "全国第一人"}
    assert expert.post("seat_case", said, **where).status_code == 302
    with pytest.raises(Refused, match="总分低于 60%"):
        room.play.score(room.seat, room.people[1], 50, 50)


@pytest.mark.parametrize(
    ("band", "points", "said"),
    [
        ({"of": "criterion", "above": 95}, (96, 80), ["“技艺”高于 95%"]),
        ({"of": "criterion", "below": 60}, (96, 59), ["“精神”低于 60%"]),
        ({"extremes": True}, (90, 80), ["“技艺”在最高一档"]),
        ({"extremes": True}, (60, 80), ["“技艺”在最低一档"]),
        ({"below": 60, "extremes": True}, (75, 75), []),
    ],
)
def test_a_band_may_look_at_each_criterion_or_at_its_anchors(union, band, points, said):
    play = Play(union, banded(**band), final())
    rule = play.campaign.rules.stages[0]
    from decimal import Decimal

    given = {"craft": Decimal(points[0]), "spirit": Decimal(points[1])}
    assert bands.outside(rule, given) == said
    assert bands.announced(rule.reasons).endswith("须在评语中说明理由。")


def test_a_band_that_asks_nothing_announces_nothing(union):
    play = Play(union, banded(), final())
    assert bands.announced(play.campaign.rules.stages[0].reasons) == ""


# --- honours ----------------------------------------------------------------------------------------------------------


@kept
def honoured(union):
    return Room(union, counting(), more=HONOURS, honours=GIVEN, level="技师", years="25")


def verify(room, claim, *, holds=True, reason="", case=0):
    return scoring.verify_honour(
        room.people[case], key=claim.key, holds=holds, reason=reason, actor=room.play.office, at=room.play.now()
    )


def points_of(room):
    rule = room.play.campaign.rules.stages[0]
    part = selectors_scoring.part_of(rule, room.play.campaign)
    return selectors_scoring.quantified(part, selectors_scoring.claims_of(room.people[0]))


def test_only_what_the_office_has_verified_counts_and_a_line_stated_twice_counts_once(honoured):
    claims = selectors_scoring.claims_of(honoured.people[0])
    assert [claim.text for claim in claims][-2:] == ["省五一劳动奖章　省级　2024年5月", "市技术能手　市级　2022年1月"]
    assert points_of(honoured).result.points == 0
    for claim in claims:
        verify(honoured, claim)
    found = points_of(honoured)
    assert (found.result.points, found.result.capped, found.waiting) == (80, True, 0)
    verify(honoured, claims[-1], holds=False, reason="证书不是本人的")
    found = points_of(honoured)
    assert found.result.points == 60 + 10 + 5
    assert [claim.text for claim in found.refused] == [claims[-1].text]
    assert HonourCheck.objects.filter(entry=claims[-1].entry).count() == 2


def test_an_honour_is_refused_with_a_reason_only_and_by_the_office_only(honoured):
    claim = selectors_scoring.claims_of(honoured.people[0])[0]
    with pytest.raises(Refused, match="写明理由"):
        verify(honoured, claim, holds=False)
    with pytest.raises(Refused, match="已没有这一项"):
        scoring.verify_honour(
            honoured.people[0],
            key="honours:x",
            holds=True,
            reason="",
            actor=honoured.play.office,
            at=honoured.play.now(),
        )
    with pytest.raises(Refused):
        scoring.verify_honour(
            honoured.people[0], key=claim.key, holds=True, reason="", actor=honoured.play.leader, at=honoured.play.now()
        )


def test_the_office_verifies_on_the_case_page_and_a_refusal_comes_back_at_the_line(honoured, reader):
    office = reader(honoured.play, honoured.play.office)
    claim = selectors_scoring.claims_of(honoured.people[0])[-1]
    page = text(office.get("case", pk=honoured.people[0].pk))
    assert "荣誉核实" in page
    assert "未核实" in page
    refused = text(office.post("verify_honour", {"honour": claim.key, "holds": "no"}, pk=honoured.people[0].pk))
    assert "不予计分的，请写明理由" in refused
    said = {"honour": claim.key, "holds": "no", "reason": "查无此证"}
    assert office.post("verify_honour", said, pk=honoured.people[0].pk).status_code == 302
    assert "查无此证" in text(office.get("case", pk=honoured.people[0].pk))


def score_both(room):
    for seat in (room.seat, room.other):
        for person in room.people:
            panels.score_case(seat, person, points={"craft": 80}, actor=fresh(seat.expert.member), at=room.play.now())


def test_a_panel_cannot_close_over_honours_nobody_has_verified_then_fixes_what_counted(honoured, reader):
    score_both(honoured)
    with pytest.raises(Refused, match="申报的荣誉等尚未核实，不能计量化分：孙秀兰"):
        honoured.play.end("review")
    claims = selectors_scoring.claims_of(honoured.people[0])
    for claim in claims:
        verify(honoured, claim)
    for claim in selectors_scoring.claims_of(honoured.people[1]):
        verify(honoured, claim, case=1)
    page = text(
        reader(honoured.play, honoured.member).get(
            "seat_case", seat_pk=honoured.seat.pk, application_pk=honoured.people[0].pk
        )
    )
    assert "业绩量化：80 分" in page
    assert "省五一劳动奖章" in page
    honoured.play.end("review")
    rows = Ranking.objects.get().rows
    assert [(row["application"], row["total"]) for row in rows] == [
        (honoured.people[0].pk, str(48 + 40)),
        (honoured.people[1].pk, "161/2"),  # a factory's honour at 省级 and its years: 48 + 40 × 65 ÷ 80
    ]
    assert CountedHonours.objects.get(application=honoured.people[0]).points == 80
    assert rankings.recomputed(honoured.play.stage("review"))
    with pytest.raises(Refused, match="量化分已存档"):
        verify(honoured, claims[0], holds=False, reason="事后")
    honoured.play.cut("review", 1)
    page = text(reader(honoured.play, honoured.play.leader).get("ranking", stage_pk=honoured.play.stage("review").pk))
    assert "名单稳不稳" in page


# --- blind ------------------------------------------------------------------------------------------------------------


@kept
def dark(union):
    room = Room(
        union,
        expert_review(blind=True),
        employer="示例机床厂",
        deeds="孙秀兰在示例机床厂带徒三十人",
    )
    give_material(room.people[0], "proof")
    give_material(room.people[0], PHOTO)
    return room


def test_a_blind_review_shows_neither_name_nor_employer_nor_number_on_any_page(dark, reader):
    expert = reader(dark.play, dark.member)
    code = blind.code(dark.panel, dark.people[0].pk)
    pages = [
        text(expert.get("seat", seat_pk=dark.seat.pk)),
        text(expert.get("matrix", seat_pk=dark.seat.pk)),
        text(expert.get("seat_case", seat_pk=dark.seat.pk, application_pk=code)),
    ]
    for page in pages:
        assert code in page
        for tell in ("孙秀兰", "示例机床厂", dark.people[0].number, f"cases/{dark.people[0].pk}/", "证明材料"):
            assert tell not in page
    assert "〔隐去〕在〔隐去〕带徒三十人" in pages[2]
    assert expert.get("seat_case", seat_pk=dark.seat.pk, application_pk=dark.people[0].pk).status_code == 404
    material = dark.people[0].materials.first()
    kwargs = {"seat_pk": dark.seat.pk, "application_pk": code, "material_pk": material.pk}
    assert expert.get("seat_material", **kwargs).status_code == 404


def test_a_blind_sheet_is_handed_in_and_named_by_its_code(dark, reader):
    expert = reader(dark.play, dark.member)
    code = blind.code(dark.panel, dark.people[0].pk)
    where = {"seat_pk": dark.seat.pk, "application_pk": code}
    expert.post("seat_case", {"points-craft": "80", "points-spirit": "80"}, **where)
    page = text(expert.get("seat", seat_pk=dark.seat.pk))
    assert f"{code} 号的评分已保存" in page
    assert "孙秀兰" not in page


def test_a_paper_that_the_rules_call_safe_is_shown_under_a_neutral_name(union, reader):
    play = Play(union, expert_review(blind=True), final())
    shown = rules_text(expert_review(blind=True), final()).replace(
        'required = "optional"', 'required = "optional"\nwhen_blind = "show"'
    )
    play.campaign = CampaignFactory(union=union, text=shown)
    person = play.apply(name="孙秀兰")
    give_material(person, "proof")
    panel = play.seated("review", [play.expert("示例研究所", name="甲专家")])
    seat = play.seats("review")[0]
    expert = reader(play, seat.expert.member)
    code = blind.code(panel, person.pk)
    page = text(expert.get("seat_case", seat_pk=seat.pk, application_pk=code))
    assert "证明材料 1" in page
    material = person.materials.filter(slot="proof").last()
    response = expert.get("seat_material", seat_pk=seat.pk, application_pk=code, material_pk=material.pk)
    assert response.status_code == 200
    assert code in response["Content-Disposition"]
    assert material.file.name.rsplit(".", 1)[0] not in response["Content-Disposition"]


def test_a_field_is_shown_or_hidden_as_the_rules_say(union):
    told = rules_text(expert_review(blind=True), final())
    told = told.replace('id = "age", type', 'id = "age", when_blind = "show", type')
    told = told.replace('id = "deeds", type', 'id = "deeds", when_blind = "hide", type')
    fields = {item.id: item for item in CampaignFactory(union=union, text=told).rules.fields()}
    assert [id_ for id_, item in fields.items() if blind.hides(item)] == ["name", "employer", "deeds"]


def test_the_order_is_each_experts_own_and_stays_when_a_case_is_hidden(union):
    play = Play(union, expert_review(), final())
    people = [play.apply() for _ in range(7)]
    play.seated("review", play.experts)
    seats = play.seats("review")
    orders = [[case.application.pk for case in desk.cases_of(seat)] for seat in seats]
    assert all(sorted(order) == sorted(person.pk for person in people) for order in orders)
    assert len({tuple(order) for order in orders}) == len(seats)
    hidden = people[3]
    panels.recuse(seats[0], hidden, reason="师徒", actor=play.office, at=play.now())
    assert [case.application.pk for case in desk.cases_of(seats[0])] == [pk for pk in orders[0] if pk != hidden.pk]


# --- sealed -----------------------------------------------------------------------------------------------------------

_CHANGING = re.compile(r'(csrfmiddlewaretoken" value="|csrf-token" content="|nonce=")[^"]*"|\d+月\d+日 \d+:\d+')


def seen(visitor, pages):
    return {str(page): _CHANGING.sub("", text(visitor.get(page[0], **page[1]))) for page in pages}


def test_no_page_of_an_expert_tells_anything_of_what_another_has_scored(room, reader):
    """Expert B's pages are the same to the byte, whatever A has scored, corrected or begun."""
    b = reader(room.play, fresh(room.other.expert.member))
    where = {"seat_pk": room.other.pk}
    pages = [("my_panels", {}), ("seat", where), ("matrix", where), ("conflicts", where)]
    pages += [("seat_case", {**where, "application_pk": person.pk}) for person in room.people]
    before = seen(b, pages)
    room.draft({"points-craft": "61.25", "comment": "甲的评语"})
    begun = seen(b, pages)
    room.play.score(room.seat, room.people[0], 61.25, 97.75)
    room.play.score(room.seat, room.people[0], 62.25, 96.75)
    assert seen(b, pages) == begun == before
    for page in pages[1:]:
        url = {**page[1], "seat_pk": room.seat.pk}
        assert b.get(page[0], **url).status_code == 404


def test_before_the_panel_closes_no_page_of_office_leader_or_supervisor_shows_a_value(room, reader):
    room.play.score(room.seat, room.people[0], 61.25, 97.75)
    room.draft({"points-craft": "62.75", "comment": "甲的评语"}, case=1)
    stage = room.play.stage("review").pk
    for member in (room.play.office, room.play.leader, member_of(room.play, Role.SUPERVISOR)):
        visitor = reader(room.play, member)
        for name, kwargs in (
            ("campaign", {"campaign_slug": room.play.campaign.slug}),
            ("panel", {"stage_pk": stage}),
            ("ranking", {"stage_pk": stage}),
            ("case", {"pk": room.people[0].pk}),
        ):
            page = text(visitor.get(name, **kwargs))
            for value in ("61.25", "97.75", "62.75", "甲的评语", "75.85"):
                assert value not in page, f"{name} shows {value} to {member.role}"
        for name in ("seat", "matrix", "save_sheet"):
            more = {"application_pk": room.people[0].pk} if name == "save_sheet" else {}
            assert visitor.get(name, seat_pk=room.seat.pk, **more).status_code in {403, 404, 405}
    entries = [json.dumps([entry.before, entry.after]) for entry in AuditEntry.objects.filter(action="case.scored")]
    assert entries
    assert not any("61.25" in entry for entry in entries)


# --- the ranking page -------------------------------------------------------------------------------------------------


def test_the_ranking_page_says_first_how_firm_the_list_is_then_why(union, reader):
    play = Play(union, expert_review(), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    panel = play.seated("review")
    marks = {people[0].pk: (95, 95, 95), people[1].pk: (60, 60, 100), people[2].pk: (70, 70, 70)}
    for n, seat in enumerate(play.seats("review")):
        for person in people:
            play.score(seat, person, marks[person.pk][n], marks[person.pk][n])
    end_scoring(play, panel)
    office = reader(play, play.office)
    page = text(office.get("ranking", stage_pk=play.stage("review").pk))
    assert "确定进入人数后，这里说明" in page
    play.cut("review", 2)
    page = text(office.get("ranking", stage_pk=play.stage("review").pk))
    assert "名单上的 2 人，1 人无论少了哪一位专家" in page
    assert "不稳的：周志强。" in page
    assert "改用中位数" in page
    assert "周志强落到名单外；吴海涛进入名单" in page
    assert rankings.compared(play.stage("review"), selectors.panel_of(play.stage("review"))).method == "mean"


def test_too_few_sheets_for_a_method_are_said_in_words(room, reader):
    room.play.score_all(room.panel, {room.people[0].pk: 90, room.people[1].pk: 70})
    end_scoring(room.play, room.panel)
    room.play.cut("review", 1)
    page = text(reader(room.play, room.play.leader).get("ranking", stage_pk=room.play.stage("review").pk))
    assert "名单上的 1 人，无论少了哪一位专家" in page
    assert "只有 2 份评分，不足 3 份，不能这样算" in page


def test_a_stranger_of_another_union_finds_nothing_here(room, reader, other_union):
    with tenancy.scope(other_union.pk):
        stranger = reader(room.play, MemberFactory(union=other_union, role=Role.EXPERT))
    for name, kwargs in (
        ("matrix", {"seat_pk": room.seat.pk}),
        ("save_sheet", {"seat_pk": room.seat.pk, "application_pk": room.people[0].pk}),
    ):
        assert stranger.post(name, {}, **kwargs).status_code in {302, 403, 404}

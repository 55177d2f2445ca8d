"""Rules as the public page shows them, and amendments in words."""

from datetime import date
from typing import Any

from campaigns import presentation, timetable
from campaigns.rules import document, loader
from tests.campaigns.rules.sample import LINAN, WIDE, computed, declared, group, judged, with_rules

FROZEN = loader.to_frozen(LINAN)


def _changes(data: dict[str, Any]) -> list[str]:
    return [str(change) for change in presentation.changes(LINAN, loader.from_frozen(data))]


def test_a_moved_date_is_told_by_its_name_and_not_as_a_mark_of_whose_it_is() -> None:
    data = timetable.with_dates(FROZEN, {"applications.to": date(2019, 1, 20), "stages.review.from": date(2019, 2, 12)})

    assert _changes(data) == [
        "申报截止：由“2019年1月15日”改为“2019年1月20日”",
        "专家评审开始：由“2019年2月11日”改为“2019年2月12日”",
    ]


def test_a_date_taken_away_is_told() -> None:
    assert "全部完成期限" not in _changes(FROZEN)
    assert _changes(timetable.with_dates(FROZEN, {"stages.review.from": None})) == ["专家评审开始：删去“2019年2月11日”"]


def test_whose_something_is_stays_told_where_no_date_moves() -> None:
    data = loader.to_frozen(LINAN)
    data["dates"]["applications"]["settings"] = []

    assert _changes(data) == ["日期 › 申报时间 › 本办公室自定的项：删去“开始”"]


def test_each_kind_of_rule_says_what_it_asks_in_a_line() -> None:
    rules = with_rules(
        criteria=(
            computed("age", "age", "at_most", value=60, text="一般应60周岁以下", strength="should"),
            computed("member", "union_member", "is", value=True, text="应是工会会员"),
            judged("spirit", judged_by="units"),
            judged("skill", judged_by="leading_group"),
        ),
        groups=(
            group("one_of", "any", declared("a"), declared("b", evidence=["proof"])),
            group("nobody", "none", group("both", "all", declared("c"))),
        ),
    )

    shown = presentation.conditions(rules)

    assert [view.says for view in shown] == [
        "规定60周岁以下",
        "应是工会会员",
        "由推荐单位评议认定",
        "由选树工作领导小组评议认定",
        "符合其一",
        "均不得有",
    ]
    assert [view.strength for view in shown] == ["原则要求", "", "", "", "", ""]
    assert [member.says for member in shown[-2].members] == ["附证明材料", "附证明材料"]
    assert [member.says for member in shown[-1].members[0].members] == ["有此情形的应当申报"]


def test_every_condition_material_and_award_of_the_widest_notice_names_its_source() -> None:
    rules = loader.load(WIDE, name="wide")

    assert all(view.source for view in presentation.conditions(rules))
    assert all(view.source for view in presentation.materials(rules))
    assert all(view.source for view in presentation.awards(rules))
    assert "奖金" in {view.label for view in presentation.awards(rules)}


def test_copies_originals_and_electronic_files_are_spelt_out() -> None:
    [form, *_] = presentation.materials(LINAN)

    assert form.details == "一式2份，交原件，同时交电子版"


def _source_of(rules: Any, label: str) -> str:
    [when] = [part for part in document.document(rules) if part.title == "时间"]
    return next(line.source for line in when.lines if line.label == label)


def test_a_document_never_puts_the_offices_date_under_a_clause() -> None:
    moved = loader.from_frozen(timetable.shifted(FROZEN, 30))
    later = loader.from_frozen(timetable.with_dates(FROZEN, {"applications.from": date(2018, 12, 4)}))
    plain = loader.from_frozen(
        {**FROZEN, "dates": {**FROZEN["dates"], "applications": {**_stated, "clause": "七（三）"}}}
    )

    assert _source_of(plain, "申报") == "七（三）"
    assert _source_of(later, "申报") == "七（三）；开始日期由本办公室自定"
    assert _source_of(later, "年龄和年限计算到") == "七（三）"
    assert {_source_of(moved, label) for label in ("申报", "年龄和年限计算到", "完成期限")} == {"本办公室自定"}


_stated = {key: FROZEN["dates"]["applications"][key] for key in ("from", "to")}

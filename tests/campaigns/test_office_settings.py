"""What of a rule set is the office's own: what may be changed without a new notice, and what the form offers."""

import copy
from typing import Any

import pytest

from campaigns import office_settings
from campaigns.forms import SettingsForm
from campaigns.questions import Question
from campaigns.rules import loader
from campaigns.rules.labels import KEY_LABELS, LABELS
from tests.campaigns.rules.sample import LINAN, WIDE

FROZEN = loader.to_frozen(LINAN)
RULES = [pytest.param(LINAN, id="linan"), pytest.param(loader.load(WIDE, name="wide"), id="wide")]


def _changed(*path: str | int, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(FROZEN)
    table: Any = data
    for part in path[:-1]:
        table = table[part]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("stages", 1, "panel", "size"), 9),
        (("stages", 1, "panel", "size"), None),
        (("stages", 1, "passes", "max"), 15),
        (("stages", 1, "passes"), None),
        (("stages", 1, "criteria", 0, "weight"), 20),
        (("stages", 1, "tie_break"), ["people"]),
        (("stages", 2, "length"), {"days": 7, "unit": "working"}),
        (("stages", 2, "objections", "text"), "写信来"),
        (("awards", 0, "certificate"), None),
        (("numbering", "application"), "X{n}"),
        (("dates", "applications", "from"), "2018-12-10"),
    ],
)
def test_the_offices_own_may_be_changed(path: tuple[str | int, ...], value: Any) -> None:
    assert office_settings.forbidden_changes(FROZEN, _changed(*path, value=value)) == []


def test_a_table_that_says_it_is_the_offices_own_may_be_added() -> None:
    passes = {"max": 40, "setting": True}
    added = _changed("stages", 0, "passes", value=passes)
    criterion = {"id": "new", "label": "新", "weight": 5, "setting": True}
    more = _changed("stages", 1, "criteria", value=[*FROZEN["stages"][1]["criteria"], criterion])
    benefits = _changed("follow_up", value=[{"id": "talks", "label": "宣讲", "text": "进企业宣讲", "setting": True}])

    for data in (added, more, benefits):
        assert office_settings.forbidden_changes(FROZEN, data) == []


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("quota", "places"), 99, "名额 › 名额"),
        (("criteria", 4, "value"), 65, "条件、指标 › “年龄” › 数值"),
        (("criteria", 4, "strength"), "must", "条件、指标 › “年龄” › 效力"),
        (("groups", 0, "conditions", 0, "text"), "x", "条件组 › “认定条件” › 条件 › “绝技绝活或先进操作法” › 原文"),
        (("title",), "别的工匠", "名称"),
        (("basis", "document"), "临总工〔2020〕1号", "依据 › 文号"),
        (("form", "notes"), [], "申报表栏目 › 填表说明"),
        (("stages", 0, "by"), "host", "环节 › “资格审核” › 由谁"),
        (("stages", 0, "clause"), "九", "环节 › “资格审核” › 条款"),
        (("stages", 1, "panel", "settings"), [], "环节 › “专家评审” › 评审组 › 本办公室自定的项"),
        (("dates", "applications", "to"), "2019-02-01", "日期 › 申报时间 › 止（对象）"),
        (("fraud",), None, "弄虚作假"),
        (("materials",), [], "材料 › “职业资格证书”"),
    ],
)
def test_what_a_clause_says_may_not(path: tuple[str | int, ...], value: Any, named: str) -> None:
    assert named in office_settings.forbidden_changes(FROZEN, _changed(*path, value=value))


def test_a_clause_may_not_be_added_either() -> None:
    added = _changed("stages", 0, "passes", value={"max": 40, "clause": "九"})

    assert office_settings.forbidden_changes(FROZEN, added) == ["环节 › “资格审核” › 通过人数"]


def test_the_order_of_what_the_notice_lists_stays() -> None:
    stages = [FROZEN["stages"][1], FROZEN["stages"][0], *FROZEN["stages"][2:]]

    assert office_settings.forbidden_changes(FROZEN, {**FROZEN, "stages": stages}) == ["环节 › 顺序"]


def test_rules_that_are_all_different_are_named_as_such() -> None:
    assert office_settings.forbidden_changes([], {"a": 1}) == ["规则"]  # type: ignore[arg-type]


@pytest.mark.parametrize("rules", RULES)
def test_every_setting_in_the_form_may_be_changed(rules: Any) -> None:
    """The form never offers what the service would refuse."""
    frozen = loader.to_frozen(rules)
    found = office_settings.settings_of(rules)

    assert found
    for setting in found:
        other = _other(setting)
        changed = office_settings.with_values(frozen, {setting.path: other})
        assert office_settings.forbidden_changes(frozen, changed) == [], setting


def _other(setting: Question) -> Any:
    match setting.kind:
        case "number":
            return (setting.value or 0) + 1
        case "yes_no":
            return not setting.value
        case "choice":
            return next(word for word, _ in setting.options if word != setting.value)
        case "lines" | "many":
            return [*setting.value, "另一项"]
        case _:
            return f"{setting.value or ''}另"


@pytest.mark.parametrize("rules", RULES)
def test_settings_are_named_once_and_spoken_of_in_chinese(rules: Any) -> None:
    found = office_settings.settings_of(rules)

    assert len({setting.name for setting in found}) == len(found)
    for setting in found:
        assert setting.label in {*KEY_LABELS.values(), *LABELS.values()}
        assert all(label != word for word, label in setting.options), setting
        if setting.options:
            assert set(setting.value if isinstance(setting.value, list) else [setting.value]) <= {
                *(word for word, _ in setting.options),
                None,
            }


def test_the_form_of_a_real_rule_set_offers_what_its_notice_leaves_open() -> None:
    found = {setting.name: setting for setting in office_settings.settings_of(LINAN)}

    assert found["stages.review.panel.size"].value == 7
    assert found["stages.review.method"].kind == "choice"
    assert ("ballot", "投票") in found["stages.review.method"].options
    assert found["stages.review.blind"].kind == "yes_no"
    assert found["stages.review.tie_break"].kind == "lines"
    assert found["stages.review.criteria.skill.weight"].value == 30
    assert found["stages.notice.length.days"].value == 5
    assert found["retention.awarded_years"].group == "保存期限"
    assert "quota.places" not in found
    assert "stages.review.panel.members" not in found


def test_lists_of_codes_are_read_and_written_in_words() -> None:
    found = {setting.name: setting for setting in office_settings.settings_of(LINAN)}
    ties, columns = found["stages.review.tie_break"], found["stages.notice.columns"]

    form = SettingsForm([ties, columns])
    assert (
        form["stages.review.tie_break"].value()
        == "指标：技艺水平\n指标：创新成果与效益\n不去掉极端分的平均分\n由人工决定"
    )
    assert form["stages.notice.columns"].value() == "姓名\n性别\n工作单位及职务\n专业领域\n符合的认定条件"
    assert "身份证号码" not in columns.help

    typed = {ties.name: "指标：职业精神\n\n由人工决定", columns.name: form[columns.name].value()}
    form = SettingsForm([ties, columns], typed)
    assert form.is_valid()
    assert form.changed_values() == {ties.path: ["criterion:spirit", "people"]}

    wrong = SettingsForm([ties, columns], {**typed, columns.name: "姓名\n手机号码"})
    assert "不认识“手机号码”" in str(wrong.errors)


def test_a_condition_of_the_offices_own_offers_its_bound() -> None:
    data = copy.deepcopy(FROZEN)
    del data["criteria"][4]["clause"]
    data["criteria"][4]["setting"] = True

    found = {setting.name: setting for setting in office_settings.settings_of(loader.from_frozen(data))}

    assert (found["criteria.age.value"].kind, found["criteria.age.value"].value) == ("number", 60)
    assert found["criteria.age.strength"].options == (("must", "必须"), ("should", "一般应"))


def test_a_value_is_written_and_one_is_taken_away() -> None:
    values: dict[office_settings.Path, Any] = {
        ("stages", "review", "panel", "size"): 9,
        ("stages", "review", "passes", "max"): None,
        ("numbering", "application"): "X{n}",
    }

    changed = office_settings.with_values(FROZEN, values)

    assert changed["stages"][1]["panel"]["size"] == 9
    assert "max" not in changed["stages"][1]["passes"]
    assert changed["numbering"]["application"] == "X{n}"
    assert FROZEN["stages"][1]["panel"]["size"] == 7

"""Answers: brought to one form, checked, shown, computed with."""

from datetime import date
from decimal import Decimal

import pytest

from applications import answers as form
from applications import identity
from campaigns.rules import loader
from campaigns.rules.facts import Claim, Result, TitleHeld
from campaigns.rules.schema import RuleSet
from tests.factories import invented_id_number, sample_answers

TODAY = date(2019, 1, 15)

EVERY_TYPE = """
  [[form.sections.fields]]
  id = "languages"
  type = "multi"
  label = "语言"
  at_least = 1
  at_most = 2
  other = true
  fact = "occupations"
  options = [{ value = "普通话" }, { value = "方言", label = "本地方言" }]

  [[form.sections.fields]]
  id = "born"
  type = "date"
  label = "出生日期"

  [[form.sections.fields]]
  id = "since"
  type = "date"
  label = "现岗位起始"
  precision = "month"
  fact = "post_since"

  [[form.sections.fields]]
  id = "patents"
  type = "number"
  label = "发明专利"
  at_least = 1
  at_most = 9
  unit = "项"
  fact = "invention_patents"

  [[form.sections.fields]]
  id = "mail"
  type = "email"
  label = "电子邮箱"
  personal = true

  [[form.sections.fields]]
  id = "home"
  type = "address"
  label = "家庭地址"
  personal = true

  [[form.sections.fields]]
  id = "why_not"
  type = "text"
  label = "未入会原因"
  required = true
  when = { field = "union_member", equals = "否" }

  [[form.sections.fields]]
  id = "dialect"
  type = "text"
  label = "方言名称"
  when = { field = "languages", equals = "方言" }

  [[form.sections.fields]]
  id = "contests"
  type = "rows"
  label = "大赛"
  fact = "competition_results"
  at_least = 1
  at_most = 2
  columns = [
    { id = "level", label = "级别", type = "choice", required = true, options = [{ value = "市级" }, { value = "省级" }] },
    { id = "rank", label = "名次", type = "number", at_most = 99 },
    { id = "date", label = "时间", type = "date", precision = "year" },
  ]

  [[form.sections.fields]]
  id = "titles"
  type = "rows"
  label = "称号"
  fact = "prior_titles"
  columns = [{ id = "name", label = "称号" }, { id = "date", label = "时间", type = "date" }]
"""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """A real rule set with one field of every further type; nothing here prints, so only its shape is checked."""
    import tomllib

    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    marker = '[[form.sections]]\nid = "story"'
    data = tomllib.loads(text.replace(marker, f"{EVERY_TYPE}\n{marker}", 1))
    data["categories"] = [{"id": "skilled", "label": "信息经济", "setting": True}]
    data["tiers"] = [{"id": "gold", "label": "金匠", "order": 1, "setting": True}]
    return RuleSet.model_validate_json(__import__("json").dumps(data, default=str))


def wrong(rules, **given):
    return form.problems(rules, given, today=TODAY)


def norm(rules, field, value):
    return form.normalise(rules.field(field), value)


# --- to one form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("name", "  田秀兰 ", "田秀兰"),
        ("name", None, ""),
        ("name", "张　三", "张三"),
        ("name", "艾力 江", "艾力江"),
        ("name", "John  Smith", "John Smith"),
        ("deeds", "\uf0b7\t从事\u00a0焊接\u200b\x0b三十年 \r\n\r\n\r\n　　获奖\x00", "• 从事 焊接\n三十年\n\n　　获奖"),
        ("trade", "焊\n工\u2003\ufeff", "焊 工"),
        ("mobile", "１９９　００００－１２３４", "19900001234"),
        ("mobile", "0086-19900001234", "19900001234"),
        ("years_in_trade", "10 周年", "10"),
        ("deeds", "一\r\n二", "一\n二"),
        ("national_id", "３３０１１２ 19750316 123x", "33011219750316123X"),
        ("mobile", "+86 199-0000-1234", "19900001234"),
        ("mobile", "0571-88880000", "0571-88880000"),
        ("union_member", True, "yes"),
        ("union_member", "否", "no"),
        ("years_in_trade", "１２ 年", "12"),
        ("years_in_trade", "1,200", "1200"),
        ("patents", 3, "3"),
        ("since", "2018年3月", "2018-03"),
        ("since", date(2018, 3, 5), "2018-03"),
        ("since", "201803", "2018-03"),
        ("since", "2018", "2018"),
        ("since", "去年", "去年"),
        ("born", "2018.3.5", "2018-03-05"),
        ("born", "20180305", "2018-03-05"),
        ("conditions", "unique_skill", ["unique_skill"]),
        ("conditions", "", []),
        ("conditions", {"b", "a"}, ["a", "b"]),
        ("conditions", ("a", "a", ""), ["a"]),
        ("conditions", 7, []),
        ("honours", "nothing", []),
        (
            "honours",
            [{"date": "", "name": " "}, {"name": "首席", "date": "2020/5"}, "x"],
            [{"date": "2020-05", "name": "首席", "issuer": ""}],
        ),
        (
            "contests",
            [{"level": "省级", "rank": "２", "date": "2015"}],
            [{"level": "省级", "rank": "2", "date": "2015"}],
        ),
    ],
)
def test_what_is_typed_is_brought_to_one_form(rules, field, typed, stored):
    assert norm(rules, field, typed) == stored


def test_normalising_twice_changes_nothing(rules):
    for field in rules.fields():
        once = form.normalise(field, sample_answers(rules, 3).get(field.id, ""))
        assert form.normalise(field, once) == once


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("national_id", "3301", "应为 18 位，现为 4 位"),
        ("national_id", "33011219750316123A", "校验码不符"),
        ("national_id", "33011２19750316123", "应为 18 位"),
        ("national_id", "3301121975031612XX", "前 17 位应全部是数字"),
        ("employer_post", "长" * 61, "至多 60 字，现有 61 字，请删去 1 字"),
        ("gender", "不详", "请从所列选项中选择"),
        ("cluster", "其他", "请写明内容"),
        ("cluster", "竹" * 41, "至多 40 字"),
        ("union_member", "maybe", "请选择是或否"),
        ("mobile", "1234", "电话号码不完整"),
        ("mail", "nobody", "应含“@”"),
        ("home", "路" * 201, "至多 200 字"),
        ("years_in_trade", "十年", "请填写整数"),
        ("years_in_trade", "81", "不能大于 80"),
        ("patents", "0", "不能小于 1"),
        ("patents", "10", "不能大于 9"),
        ("since", "2018", "请写到年和月"),
        ("since", "去年", "请填写年和月"),
        ("since", "2018-13", "请填写年和月"),
        ("since", "2019-02", "不能晚于今天"),
        ("since", "1800-01", "年份太早"),
        ("languages", ["普通话", "方言", "外语"], "至多选 2 项，现选了 3 项"),
        ("languages", ["其他"], "请写明内容"),
        ("contests", [{"level": "", "rank": "", "date": "2015"}], "第 1 项“级别”：未填写"),
        ("contests", [{"level": "村级"}], "第 1 项“级别”：请从所列选项中选择"),
        ("contests", [{"level": "省级", "rank": "100"}], "第 1 项“名次”：不能大于 99"),
        ("contests", [{"level": "省级", "date": "2050"}], "第 1 项“时间”：日期不能晚于今天"),
        ("contests", [{"level": "省级"}] * 3, "至多填写 2 项"),
        ("honours", [{"date": "2018-01", "name": "长" * 61}], "第 1 项“荣誉名称”：至多 60 字"),
    ],
)
def test_what_is_wrong_is_said(rules, field, value, words):
    assert words in wrong(rules, **{field: value})[field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cluster", "竹编"),
        ("cluster", "时尚"),
        ("mail", "a@b.cn"),
        ("home", "示例路1号"),
        ("since", "2019-01"),
        ("born", "1975-03-16"),
        ("languages", ["普通话", "客家话"]),
        ("contests", [{"level": "省级", "rank": "1", "date": "2015"}]),
        ("conditions", ["unique_skill"]),
        ("patents", "9"),
    ],
)
def test_what_is_right_is_let_be(rules, field, value):
    assert field not in wrong(rules, **{field: value})


def test_too_few_of_several_is_said(rules):
    field = rules.field("languages").model_copy(update={"at_least": 2})

    assert form.problem(field, ["普通话"], today=TODAY) == "至少选 2 项"


def test_too_few_rows_are_said(rules):
    field = rules.field("contests").model_copy(update={"at_least": 2})

    assert form.problem(field, [{"level": "省级"}], today=TODAY) == "至少填写 2 项"


def test_a_birth_date_to_come_is_said(rules):
    number = invented_id_number(1, born=date(2020, 1, 1))

    assert "晚于今天" in wrong(rules, national_id=number)["national_id"]


def test_missing_answers_are_said_and_optional_ones_are_not(rules):
    found = wrong(rules)

    assert found["name"] == "请填写此栏"
    assert found["conditions"] == "请至少选择一项"
    assert found["contests"] == "请填写此栏"
    assert "photo" not in found
    assert "skill_level" not in found


def test_while_typing_missing_answers_are_not_said(rules):
    found = form.shape_problems(rules, {"mobile": "12"}, today=TODAY)

    assert set(found) == {"mobile"}


def test_a_field_that_depends_on_another_is_asked_only_then(rules):
    assert "why_not" not in wrong(rules, union_member="yes")
    assert "why_not" in wrong(rules, union_member="no")
    assert form.applies(rules.field("dialect"), {"languages": ["方言"]})
    assert not form.applies(rules.field("dialect"), {"languages": ["普通话"]})


def test_sex_and_birth_date_must_agree_with_the_number(rules):
    number = invented_id_number(1, born=date(1975, 3, 16), man=True)
    born = rules.field("born").model_copy(update={"fact": "birth_date"})
    answers = {"national_id": number, "gender": "女", "born": "1976-01-01"}

    assert "号码显示为男" in wrong(rules, **answers)["gender"]
    assert "出生日期不一致" in form._contradiction(born, rules, answers)
    assert form._contradiction(born, rules, {**answers, "born": "1975-03-16"}) == ""


def test_one_section_is_checked_on_its_own(rules):
    section = rules.form.sections[1]

    assert set(form.problems(rules, {}, today=TODAY, section=section)) <= {field.id for field in section.fields}


# --- identity numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "sex"), [("33011219750316123", "男"), ("81000019900101122", "女"), ("33011219680229123", "男")]
)
def test_a_number_says_birth_date_and_sex(digits, sex):
    from stdnum.cn import ric

    found = identity.parse(digits + ric.calc_check_digit(digits + "0"))

    assert found.sex == sex
    assert found.birth_date.isoformat().replace("-", "") == digits[6:14]


@pytest.mark.parametrize(("place", "shown"), [("830000", "（港澳台居民居住证）"), ("330112", "")])
def test_a_residence_permit_is_named_where_the_number_is_read(rules, place, shown):
    from stdnum.cn import ric

    digits = f"{place}19750316123"
    number = digits + ric.calc_check_digit(digits + "0")
    section = next(one for one in rules.form.sections if any(field.id == "national_id" for field in one.fields))

    line = next(
        one for one in form.shown(rules, section, {"national_id": number}, masked=True) if one.id == "national_id"
    )
    assert line.text == f"{place[:4]}{'*' * 10}{number[-4:]}{shown}"


@pytest.mark.parametrize(("digits", "words"), [("99999919900101123", "地区代码"), ("33011219690229123", "出生日期")])
def test_places_and_days_that_do_not_exist_are_refused(digits, words):
    from stdnum.cn import ric

    with pytest.raises(identity.BadNumber, match=words):
        identity.parse(digits + ric.calc_check_digit(digits + "0"))


def test_numbers_are_cut_for_other_eyes(rules):
    number = invented_id_number(1)

    assert identity.masked(number) == f"{number[:4]}**********{number[-4:]}"
    assert form.display_masked(rules.field("national_id"), number, rules) == identity.masked(number)
    assert form.display_masked(rules.field("mobile"), "19900001234", rules) == "199****1234"
    assert identity.masked_phone("12345") == "****"
    assert form.display_masked(rules.field("mail"), "alice@example.com", rules) == "a***@example.com"
    assert form.display_masked(rules.field("home"), "示例市临江区示例路1号", rules) == "示例市临江区****"
    assert form.display_masked(rules.field("name"), "田秀兰", rules) == "田秀兰"
    assert form.display_masked(rules.field("mobile"), "", rules) == ""


# --- showing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("union_member", "yes", "是"),
        ("union_member", "?", "?"),
        ("talent_class", "A", "A 国内外顶尖人才"),
        ("cluster", "竹编", "其他：竹编"),
        ("cluster", "其他", "其他"),
        ("since", "2018-03", "2018年3月"),
        ("since", "去年", "去年"),
        ("years_in_trade", "12", "12年"),
        ("patents", "3", "3项"),
        ("languages", ["方言", "客家话"], "本地方言、其他：客家话"),
        ("conditions", ["teaching", "gone"], "传授技艺、带徒育人"),
        (
            "honours",
            [{"date": "2020-05", "name": "乙"}, {"date": "", "name": "丙"}, {"date": "2018-01", "name": "甲"}],
            "2018年1月　甲\n2020年5月　乙\n丙",
        ),
        ("titles", [{"name": "甲"}], "甲"),
        ("name", "", ""),
        ("name", None, ""),
    ],
)
def test_answers_read_as_people_read_them(rules, field, value, text):
    assert form.display(rules.field(field), value, rules) == text


def test_fields_that_identify_a_person_are_known(rules):
    assert form.is_personal(rules.field("photo"))
    assert form.is_personal(rules.field("national_id").model_copy(update={"personal": False}))
    assert not form.is_personal(rules.field("name"))


def test_lists_take_name_employer_and_trade(rules):
    given = {"name": "田秀兰", "employer_post": "示例厂", "trade": "焊工"}

    assert dict(form.listed_values(rules, given)) == {"name": "田秀兰", "employer": "示例厂", "trade": "焊工"}
    assert dict(form.listed_values(rules, {})) == {}


# --- conditions and facts --------------------------------------------------------------------------------------------


def test_only_conditions_on_offer_are_claimed(rules):
    assert form.claimed(rules, {"conditions": ["teaching", "gone"]}) == ("teaching",)
    assert form.claimed_labels(rules, {"conditions": ["teaching"]}) == ["传授技艺、带徒育人"]
    assert form.claimed_waivers(rules, {"_waivers": ["outstanding", "gone"]}) == ("outstanding",)


def test_a_claim_is_proved_by_a_paper_that_names_it(rules):
    answers = {"conditions": ["teaching"]}

    assert form.proofs(rules, "teaching") == {"achievements", "honours_proof"}
    assert form.proofs(rules, "outstanding") == {"achievements"}
    assert form.claims(rules, answers, slots=frozenset()) == {"teaching": Claim(evidence=False)}
    assert form.claims(rules, answers, slots=frozenset({"honours_proof"})) == {"teaching": Claim(evidence=True)}


def test_categories_and_tiers_are_read_from_the_answers(rules):
    assert form.scope_of(rules, {"cluster": "信息经济"}) == {"skilled"}
    assert form.scope_of(rules, {"languages": ["金匠"]}) == {"gold"}
    assert form.scope_of(rules, {}) == frozenset()


def test_a_rule_set_without_categories_has_no_scope():
    plain = loader.load_builtin("linan-2018")

    assert form.scope_of(plain, {"cluster": "信息经济"}) == frozenset()


def test_facts_are_typed_and_what_is_wrong_stays_unknown(rules):
    number = invented_id_number(1, born=date(1975, 3, 16), man=False)
    found = form.facts(
        rules,
        {
            "national_id": number,
            "union_member": "no",
            "years_in_trade": "12",
            "years_working_local": "viele",
            "since": "2001-05",
            "skill_level": "技师",
            "languages": ["普通话"],
            "contests": [
                {"level": "省级", "rank": "第2名", "date": "2015"},
                {"level": "村级"},
                {"level": "市级", "rank": "0"},
            ],
            "titles": [{"name": "首席技师", "date": "2010-01-01"}, {}],
        }
        | {"contests": [{"level": "省级", "rank": "2", "date": "2015"}, {"level": "市级", "rank": "", "date": ""}]},
        today=TODAY,
    )

    assert found == {
        "birth_date": date(1975, 3, 16),
        "gender": "女",
        "union_member": False,
        "years_in_trade": Decimal(12),
        "post_since": date(2001, 5, 1),
        "skill_level": "技师",
        "occupations": frozenset({"普通话"}),
        "competition_results": (Result("省级", 2, date(2015, 1, 1)), Result("市级", None, None)),
        "prior_titles": (TitleHeld("首席技师", date(2010, 1, 1)), TitleHeld("", None)),
    }


def test_without_a_valid_number_nothing_is_derived(rules):
    assert form.identity_of(rules, {"national_id": "3301"}) is None
    assert form.identity_of(rules, {}) is None

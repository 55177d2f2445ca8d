"""A rule set reads as a document, each line with its clause; nothing of the office's own shows one."""

from datetime import date

import pytest

from campaigns.rules import loader, schema
from campaigns.rules.document import describe, document
from campaigns.rules.schema import RuleSet
from campaigns.rules.spoken import Speaker
from tests.campaigns.rules.sample import LINAN, declared, group, wide, with_rules


@pytest.mark.parametrize("rules", [LINAN, wide()], ids=["linan", "wide"])
def test_every_rule_of_the_rule_set_stands_in_the_document(rules: RuleSet) -> None:
    text = describe(rules)

    assert text.startswith(rules.name)
    assert all(rule.text in text for rule in rules.rules)
    assert all(stage.label in text for stage in rules.stages)
    assert all(award.label in text for award in rules.awards)


def test_the_notice_s_word_shows_its_clause() -> None:
    assert "年龄（一般应）：一般应60周岁以下；年龄：规定60周岁以下〔三（二）〕" in describe(LINAN)


def test_a_setting_of_the_office_shows_no_clause() -> None:
    assert "公示期：5个工作日〔本办公室自定〕" in describe(LINAN)


def test_a_length_that_the_notice_states_shows_its_clause() -> None:
    assert "公示期：5个工作日〔七8〕" in describe(wide())


def test_what_only_the_office_asks_is_not_put_into_the_notice_s_form() -> None:
    form = wide().form
    asked = wide().model_copy(
        update={"form": form.model_copy(update={"sections": (form.sections[0].model_copy(update={"setting": True}),)})}
    )

    assert describe(wide()).count("〔云工发〔2025〕1号〕") == describe(asked).count("〔云工发〔2025〕1号〕") + 1


def test_who_does_what_is_told() -> None:
    assert "分工：云泽市总工会负责组织、协调〔云工发〔2025〕1号〕" in describe(wide())


def test_how_an_open_wording_was_read_is_shown() -> None:
    last = document(wide())[-1]

    assert (last.title, last.lines[0].text, last.lines[0].source) == ("对通知的理解", "至少具备一项", "三")


def test_whoever_meets_a_condition_that_excludes_is_asked_to_say_so() -> None:
    text = describe(with_rules(groups=(group("g", "none", group("h", "all", declared("a"))),)))

    assert "a：a；有此情形的应当申报，由审核人员认定〔二〕" in text


def test_a_part_without_a_line_is_left_out() -> None:
    assert "对通知的理解" not in [part.title for part in document(wide().model_copy(update={"readings": ()}))]


def test_a_rule_set_says_the_least_it_can() -> None:
    bare = wide().model_copy(
        update={
            "scope": None,
            "programme": None,
            "fraud": None,
            "numbering": None,
            "basis": wide().basis.model_copy(
                update={"issued": None, "leading_group": None, "organisers": (), "duties": (), "government": None}
            ),
            "dates": wide().dates.model_copy(update={"finish_by": None}),
        }
    )
    titles = {part.title: [line.label for line in part.lines] for part in document(bare)}

    assert titles["依据"] == ["名称", "地区", "通知", "主办", "办公室"]
    assert "〔未写明发文日期〕" in describe(bare)
    assert "总计划" not in titles["名额"]
    assert "完成期限" not in titles["时间"]
    assert titles["其他"] == ["个人信息保存"]


def test_how_the_titles_are_divided_is_told_with_each_clause() -> None:
    text = describe(wide())

    for line in (
        "名额：前20名〔二〕",
        "差额（必须）：候选人与名额之比不低于6∶5〔二〕",
        "总计划：百名工匠三年计划：2025、2026、2027年共100名〔二〕",
        "制造类：不超过12名，至少5名〔二〕",
        "服务类：名额不单列〔二〕",
        "女性比例（一般应）：女性一般不少于20%；性别规定为女的不少于20%，在授予称号的人选中计算〔二〕",
        "管理人员比例（必须）：管理人员不超过15%；担任管理职务规定为“是”的不超过15%，在“审定命名”通过的人选中计算〔二〕",
        "差额（一般应）：候选人与名额之比不低于6∶5〔七5〕",
        "适用：只适用于首席工匠，其他人选直接进入下一环节〔七10〕",
        "云泽工匠：授予经过“审定命名”的首席工匠、制造类人选〔八〕",
    ):
        assert line in text


def test_places_that_may_not_stay_empty_and_those_that_should_be_kept_to_say_so() -> None:
    quota = wide().quota.model_copy(update={"may_stay_unfilled": False, "strength": "should"})

    assert "名额：一般应前20名，须用足〔二〕" in describe(wide().model_copy(update={"quota": quota}))


def test_days_keys_and_facts_are_said_in_words() -> None:
    speaker = Speaker(loader.to_frozen(wide()))

    assert speaker.said(date(2026, 3, 1), "on", schema.Day) == "2026年3月1日"
    assert speaker.said(["size"], "settings", schema.Panel) == "评审组人数"
    assert speaker.said("age", "fact", schema.Computed) == "年龄"


def test_phrases_to_start_an_opinion_from_are_told() -> None:
    rules = wide().model_copy(update={"opinion_phrases": ("技艺精湛，同意推荐", "业绩突出，同意推荐")})

    assert "推荐意见常用语：技艺精湛，同意推荐；业绩突出，同意推荐" in describe(rules)

"""What the tables of the scoring room must mean together."""

import pytest

from campaigns.rules import loader
from campaigns.rules.loader import RuleSetError
from tests.review.stagecraft import ballot_review, expert_review, final, rules_text

ROWS = [{"points": 10, "level": "技师"}]
TABLE = {"id": "level", "label": "等级", "fact": "skill_level", "rows": ROWS}
CRAFT = {"id": "craft", "label": "技艺", "weight": 70, "setting": True}


def counting(*tables, weight=30, **more):
    part = {"label": "量化", "weight": weight, "tables": list(tables), "setting": True}
    return expert_review(criteria=[CRAFT], quantitative=part, **more)


def load(stage):
    return loader.load(rules_text(stage, final()), name="示例").stages[0]


def test_weights_and_the_quantitative_part_come_to_a_hundred():
    assert load(counting(TABLE)).quantitative.weight == 30
    years = {"id": "years", "label": "年限", "fact": "years_in_trade", "rows": [{"points": 5, "at_least": 20}]}
    assert load(counting(TABLE, years, reasons={"below": 60, "above": 95, "setting": True})).reasons.above == 95
    assert load(expert_review(reasons={"above": 95, "setting": True})).reasons.below is None


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (counting(TABLE, weight=20), "应为 100，现为 90（含量化部分 20）"),
        (counting(TABLE, TABLE), "计分表的编号“level”重复"),
        (counting({**TABLE, "fact": "gender"}), "“gender”不能查表计分"),
        (counting({**TABLE, "fact": "fame"}), "“fame”不能查表计分"),
        (counting({**TABLE, "within": {"years": 5}}), "没有获得时间，不能写 within"),
        (counting({**TABLE, "rows": [{"points": 5, "level": "大师"}]}), "“技能等级”按 level 计分"),
        (counting({**TABLE, "fact": "years_in_trade"}), "是数字，按 at_least"),
        (counting({**TABLE, "fact": "education", "rows": [{"points": 5, "level": "本科"}]}), "“学历”没有任何栏目填写"),
        (expert_review(blind=True, site_visit=True), "专家到现场考察的，不能匿名评审"),
        (expert_review(aggregate="median", trimming="trim_one"), "不再去掉最高分和最低分"),
        (expert_review(trimming="trim_one", trim_from=5, panel={"size": 4}), "评委至少 5 人"),
        (expert_review(reasons={"below": 95, "above": 60, "setting": True}), "下限 95 应小于上限 60"),
        (ballot_review(reasons={"below": 60, "setting": True}), 'reasons 只在 method = "score" 时使用'),
    ],
)
def test_a_mistake_is_said_where_it_is(stage, said):
    with pytest.raises(RuleSetError) as error:
        load(stage)
    assert said in str(error.value)

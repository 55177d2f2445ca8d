from dataclasses import replace

import pytest

from review.conflicts import Judge, Party, conflict, normalised, same_body

JUDGE = Judge(member=1, user=11, name="钱立新", employer="示例职业技术学院", unit=None, credit_code="")
PARTY = Party(
    applicant=2,
    user=22,
    name="孙秀兰",
    employer="示例机床厂",
    recommenders=frozenset({3}),
    units=frozenset({4}),
    unit_names=("示例镇总工会",),
    credit_codes=frozenset({"91330185MA27W00000"}),
)


def test_strangers_have_no_conflict():
    assert conflict(JUDGE, PARTY) == ""


@pytest.mark.parametrize(
    ("judge", "party", "reason"),
    [
        ({"member": 2}, {}, "本人的申报"),
        ({"user": 22}, {}, "本人的申报"),
        ({"name": "孙秀兰"}, {}, "同名"),
        ({"member": 3}, {}, "推荐人"),
        ({"unit": 4}, {}, "推荐单位"),
        ({"credit_code": "91330185MA27W00000"}, {}, "统一社会信用代码"),
        ({"name": ""}, {}, "专家的姓名不详"),
        ({}, {"name": ""}, "申报人的姓名不详"),
        ({"employer": ""}, {}, "专家的工作单位不详"),
        ({"employer": " —— "}, {}, "专家的工作单位不详"),
        ({}, {"employer": ""}, "申报人的工作单位不详"),
        ({"employer": "示例机床厂"}, {}, "工作单位相同"),
        ({"employer": "示例镇总工会"}, {}, "推荐单位"),
    ],
)
def test_the_system_finds_the_conflict(judge, party, reason):
    assert reason in conflict(replace(JUDGE, **judge), replace(PARTY, **party))


def test_two_unknown_users_are_not_the_same_person():
    assert conflict(replace(JUDGE, user=None), replace(PARTY, user=None)) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("示例机床有限公司", "示例机床股份有限公司", True),
        ("示例机床厂", "示例机床厂 焊接车间主任", True),
        ("ＡＢＣ机电(杭州)", "abc机电（杭州）", True),
        ("示例机床集团有限责任公司", "示例机床", True),
        ("机床厂", "示例机床厂", False),
        ("示例镇总工会委员会", "示例镇总", True),
        ("示例机床厂", "示例纺织厂", False),
        ("公司", "公司", True),
    ],
)
def test_two_ways_to_write_one_employer(one, other, same):
    assert same_body(one, other) is same
    assert same_body(other, one) is same


def test_a_name_of_nothing_but_its_legal_form_is_still_a_name():
    assert normalised("有限公司") == "有限公司"

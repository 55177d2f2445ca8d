"""Lists as they were published, with the people's names taken off them: surnames alone, or given names under one surname."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.strokes import in_stroke_order, name_key, strokes

STANDARD = (Path(__file__).parents[1] / "documents/paper/standard_characters.txt").read_text().splitlines()

SURNAMES = (
    "于习马王支尤车尹巴卢叶田白令吉朱全刘许孙苏杜李杨肖吴何冷汪沈宋张陆陈努苗范林尚罗周郑房孟项赵胡俞姜骆秦袁耿聂栗贾夏"
    "铁徐高郭黄曹戚常鹿彭蒋韩焦谢强楼解褚蔡雒魏"
)
GIVEN = [
    # of one long list, under its four most frequent surnames
    "君 侠 珉 勇 晨 毅 三运 万宾 玉普 正伟 东明 光亚 伟光 安顺 志刚 岐山 沪宁 国生 学军 建平 胜俊 洪尧 宪魁 冠中 家瑞 教成 新宪",
    "鹏 源 鹤 云山 亚洲 成军 伟平 延东 奇葆 晓江 家义 粤军 福连",
    "伟 斌 从军 东生 立国 纪恒 克强 学勇 建华 建国 鸿忠 源潮",
    "阳 茅 毅 又侠 仕波 庆伟 庆黎 志军 国清 宝顺 春贤 高丽 海阳 裔炯 德江",
]


def shuffled(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: name[::-1])


def test_surnames_of_a_published_list_come_in_its_order():
    names = [f"{surname}一" for surname in SURNAMES]

    assert in_stroke_order(shuffled(names), str) == names


@pytest.mark.parametrize("given", GIVEN)
def test_given_names_of_a_published_list_come_in_its_order(given):
    names = [f"丁{name}" for name in given.split()]

    assert in_stroke_order(shuffled(names), str) == names


@pytest.mark.parametrize(
    "names",
    [
        "王一 毛一 文一 尹一",  # four strokes each: 横, 撇, 点, 折; ICU has them the other way round
        "李炜 李彬 李志鸿 吴一",  # a published list; ICU puts 吴 before 李 and 李志鸿 before 李炜
        "马一 王一 卞一 刘一 李一 杨一 吴一 邹一 陈一 周一 胡一 段一 姚一 钱一 黄一 韩一",  # another, surnames only
        "于一 万一 上一 千一 门一 卫一",
    ],
)
def test_known_orders_hold(names):
    wanted = names.split()

    assert in_stroke_order(shuffled(wanted), str) == wanted


def test_the_standard_table_stands_in_stroke_order_level_by_level():
    for level in STANDARD:
        keys = [name_key(char) for char in level]
        wrong = [(a, b) for (a, x), (b, y) in pairwise(zip(level, keys, strict=True)) if x >= y]
        assert wrong == []


def test_compound_surnames_are_whole_and_stand_by_their_first_character():
    names = ["司一", "司小明", "司马一", "司马光华", "司徒一", "欧二", "欧阳一", "欧阳少东", "洪一"]

    assert in_stroke_order(shuffled(names), str) == names


def test_two_characters_are_a_surname_and_a_given_name_even_when_they_look_compound():
    assert in_stroke_order(["欧阳", "欧小一", "欧一"], str) == ["欧一", "欧阳", "欧小一"]


def test_names_with_a_dot_stand_by_their_first_character_and_the_dot_does_not_count():
    names = ["陈一", "努尔·一", "努尔江·依明", "苗一"]

    assert in_stroke_order(shuffled(names), str) == names
    assert name_key("努尔·买买提")[:3] == name_key("努尔买买提")[:3]
    assert name_key("司马义·买买提") < name_key("司马一")


def test_characters_nobody_wrote_strokes_down_for_come_after_and_latin_last():
    names = ["王一", "齉一", "龘一", "Anna", "Bob"]

    assert in_stroke_order(shuffled(names), str) == names
    assert strokes("龘") is None


def test_counts_of_rare_characters_are_known():
    assert [strokes(char) for char in "䶮㛃𬭎𫖯㙦𨱏"] == [9, 9, 12, 12, 14, 14]


NAMES = st.text(st.sampled_from("王李欧阳司马努尔·龘𬭎Ab 一二") | st.characters(codec="utf-8"), max_size=6)


@given(NAMES, NAMES)
def test_different_names_are_never_equal(one, other):
    assert (name_key(one) == name_key(other)) == (one == other)


@given(st.lists(NAMES, max_size=8), st.randoms())
def test_the_order_does_not_depend_on_the_order_of_rows(names, random):
    mixed = random.sample(names, len(names))

    assert in_stroke_order(mixed, str) == in_stroke_order(names, str)

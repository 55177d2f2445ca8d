from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.paper import setting
from documents.paper.fonts import Role, library

FACE = library().face_for("国，《》“”0A", Role.SONG)


def lines(text, measure=20.0, **options):
    return list(setting.lines(text, FACE, measure=measure, **options))


def test_a_full_line_holds_as_many_characters_as_the_measure():
    assert [len(line.text) for line in lines("国" * 50, indent=2)] == [18, 20, 12]


def test_the_grid_of_the_standard_holds_28_characters_of_16_points_in_156_mm():
    measure = 156 * 72 / 25.4 / 16

    assert [len(line.text) for line in lines("国" * 60, measure, indent=0, pitch=measure / 28)] == [28, 28, 4]


def test_every_line_but_the_last_is_exactly_as_long_as_the_measure():
    text = (
        "根据《关于在全区开展第二届“天目工匠”认定工作的通知》（临总工〔2018〕102号）要求，经单位推荐、资格审核、专家评审。"
        * 2
    )

    first, *middle, _last = lines(text)

    assert setting.width(first.text, FACE) + first.spacing * (len(first.text) - 1) == pytest.approx(18, abs=1e-6)
    for line in middle:
        assert setting.width(line.text, FACE) + line.spacing * (len(line.text) - 1) == pytest.approx(20, abs=1e-6)


@given(st.text(alphabet="国工匠，。、；：！？（）《》“”0123456789abc ", max_size=200))
def test_no_line_opens_with_a_closing_mark_and_nothing_is_lost(text):
    found = lines(text, 12.0)

    assert "".join(line.text for line in found).replace(" ", "") == text.replace(" ", "")
    for line, following in pairwise(found):
        if following.text[0] in setting.NOT_FIRST or line.text[-1] in setting.NOT_LAST:
            assert setting.TOKEN.fullmatch(line.text), "only a line of a single word may"


def test_numbers_and_words_stay_whole():
    assert [line.text for line in lines("国" * 8 + "1,280,000元", 10, indent=0)] == ["国" * 8, "1,280,000元"]


def test_a_line_is_made_smaller_until_it_fits():
    assert setting.fit("国" * 4, FACE, measure=200, largest=54, smallest=10) == 50
    assert setting.fit("国", FACE, measure=200, largest=54, smallest=10) == 54
    assert setting.fit("", FACE, measure=200, largest=54, smallest=10) == 54
    assert setting.fit("国" * 100, FACE, measure=200, largest=54, smallest=10) == 10

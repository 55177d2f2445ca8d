"""What lists and the search know of an application: pure functions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import listing
from applications.models_inbox import AgeBand
from campaigns.rules.loader import builtin_codes, load, load_builtin
from tests.factories import invented_id_number, sample_answers
from tests.review.stagecraft import final, qualification, rules_text

REFERENCE = date(2026, 3, 20)


def rules_of(code):
    return load_builtin(next(one for one in builtin_codes() if one.startswith(code)))


def normalised(rules, answers):
    return {
        field.id: listing.form.normalise(field, answers[field.id]) for field in rules.fields() if field.id in answers
    }


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (18, AgeBand.UNDER_30),
        (29, AgeBand.UNDER_30),
        (30, AgeBand.THIRTIES),
        (59, AgeBand.FIFTIES),
        (60, AgeBand.SIXTY_UP),
    ],
)
def test_ages_fall_into_bands_of_ten_years(age, band):
    assert listing.band(age) == band


def test_of_an_identity_number_only_sex_and_age_band_are_kept():
    rules = rules_of("linan")
    field = next(item for item in rules.fields() if item.type == "national_id")
    number = invented_id_number(7, born=date(1980, 5, 6), man=False)

    answers = normalised(rules, sample_answers(rules, 7, **{field.id: number, "gender": "女"}))

    found = listing.coarse(rules, answers, reference=REFERENCE)

    assert (found.sex, found.age_band, found.level) == ("女", AgeBand.FORTIES, "高级技师")
    assert listing.asks_sex(rules)
    assert listing.asks_age(rules)


def test_a_form_that_asks_the_age_itself_gives_a_band_and_no_sex():
    rules = load(rules_text(qualification(), final()), name="invented")

    assert listing.coarse(rules, {"age": "44"}, reference=REFERENCE) == listing.Coarse(age_band=AgeBand.FORTIES)
    assert listing.asks_age(rules)
    assert not listing.asks_sex(rules)
    assert listing.options(rules, "industry") == []


def test_an_industry_in_own_words_is_counted_as_another_one():
    rules = rules_of("ouhai")
    field = listing.field_for(rules, "industry")
    options = listing.options(rules, "industry")

    assert listing.coarse(rules, {field.id: "眼镜"}, reference=REFERENCE).industry == "眼镜"
    assert listing.coarse(rules, {field.id: "独一无二的竹编"}, reference=REFERENCE).industry == "其他"
    assert (options[0], options[-1]) == ("鞋革", "其他")


def test_of_several_levels_ticked_the_highest_counts():
    rules = rules_of("ouhai")

    assert listing.coarse(rules, {"grade": ["高级工", "技师", "中级职称"]}, reference=REFERENCE).level == "技师"
    assert listing.coarse(rules, {"grade": ["中级职称"]}, reference=REFERENCE).level == ""
    assert "高级职称" not in listing.options(rules, "level")


@pytest.mark.parametrize("code", builtin_codes())
def test_nothing_sealed_is_searchable(code):
    rules = load_builtin(code)
    answers = normalised(rules, sample_answers(rules, 11))

    text = listing.searchable(rules, answers, name="田秀兰", number="TM-0001", employer="示例厂", trade="焊工")

    sealed = [answers[field.id] for field in rules.fields() if listing.form.is_personal(field) and field.id in answers]
    assert text.splitlines()[:4] == ["田秀兰", "tm-0001", "示例厂", "焊工"]
    assert not [value for value in sealed if isinstance(value, str) and len(value) > 4 and listing.plain(value) in text]


def test_width_case_and_spaces_do_not_matter():
    assert listing.plain(" ＴＩＧ  焊\u3000接 ") == "tig 焊 接"


def test_nothing_asked_is_no_query_and_single_characters_are_of_names():
    text = "田秀兰\n示例厂"

    assert listing.query(1, " \u3000 ") is None
    assert set(listing.query(1, "田").grams) <= set(listing.grams(1, text))
    assert not set(listing.query(1, "厂").grams) <= set(listing.grams(1, text))


def test_campaigns_share_no_pairs():
    assert not set(listing.grams(1, "田秀兰")) & set(listing.grams(2, "田秀兰"))


@given(st.text(alphabet="工艺焊接赵建国tig 0", min_size=2, max_size=30), st.data())
def test_whatever_stands_in_a_text_is_found_by_its_pairs(text, data):
    plain = listing.plain(text)
    start = data.draw(st.integers(0, max(len(plain) - 2, 0)))
    part = plain[start : start + data.draw(st.integers(2, 8))].strip()
    asked = listing.query(5, part)
    if asked is not None and all(len(word) > 1 for word in asked.words):
        assert set(asked.grams) <= set(listing.grams(5, plain))


def test_signs_of_the_pattern_language_are_only_signs():
    assert listing.like("50%_a\\") == "%50\\%\\_a\\\\%"


def test_an_excerpt_shows_a_little_around_the_word():
    line = "多年从事" * 10 + "机器人焊接" + "工作" * 20

    assert listing.excerpt(["机器人焊接"], line).count("机器人焊接") == 1
    assert listing.excerpt(["机器人焊接"], line).startswith("…")
    assert listing.excerpt(["机器人焊接"], "机器人焊接") == "机器人焊接"
    assert listing.excerpt(["没有"], line) == ""

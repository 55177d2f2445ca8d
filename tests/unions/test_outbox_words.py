"""The words of messages: templates that are strict, and never an identity number."""

from pathlib import Path

import pytest

from tests import factories
from unions.outbox import kinds
from unions.outbox.kinds import ONE_SMS, Words, kind_of, length_of, mistakes, render, samples

ALL = kinds.all_kinds()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.id)
def test_a_message_that_comes_with_the_product_fits_one_sms_unless_it_carries_a_link(kind: kinds.Kind) -> None:
    rendered = render(kind, kind.words, samples(kind))

    assert length_of(rendered.short).messages == (2 if "链接" in kind.fields else 1)
    assert len(kind.subject) <= 60


def test_seventy_characters_with_the_signature_are_one_message_and_one_more_is_two() -> None:
    room = ONE_SMS - len(kinds.SIGNATURE)

    assert length_of("字" * room).messages == 1
    assert length_of("字" * (room + 1)) == kinds.Length(ONE_SMS + 1, 2)
    assert length_of("字" * (67 * 2 + 1 - len(kinds.SIGNATURE))).messages == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{姓名}：{身份证号}", "没有“{身份证号}”这个占位符"),
        ("{姓名}：{}", "没有“{}”这个占位符"),
        ("{姓名：您好", "花括号不成对"),
        ("姓名}：您好", "花括号不成对"),
        ("  ", "请填写"),
        ("证件号 33011219750316101X", "不能写证件号码"),
    ],
)
def test_words_that_are_wrong_are_said_where_they_stand(text: str, problem: str) -> None:
    kind = kind_of("application.withdrawn")

    found = mistakes(kind, Words(kind.subject, text, kind.sms))

    assert problem in found["text"][0]
    assert (found["subject"], found["short"]) == ([], [])


def test_the_placeholders_on_offer_are_named_with_the_one_that_is_not_known() -> None:
    (problem,) = mistakes(kind_of("application.withdrawn"), Words("{x}", "好", "好"))["subject"]

    assert "{姓名}、{工会}、{电话}、{申报人}、{活动}" in problem


def test_an_invitation_keeps_its_link_whatever_a_union_writes() -> None:
    found = mistakes(kind_of("member.invited"), Words("邀请", "请接受邀请", "{链接}"))

    assert "不能缺少 {链接}" in found["text"][0]
    assert found["short"] == []


def test_no_identity_number_leaves_whatever_a_value_holds() -> None:
    kind = kind_of("application.withdrawn")
    number = factories.invented_id_number()

    rendered = render(kind, kind.words, {**samples(kind), "申报人": f"王示例{number}"})

    assert number not in "".join(rendered.parts())
    assert "王示例（证件号码从略）" in rendered.text


def test_a_value_that_is_missing_queues_nothing() -> None:
    kind = kind_of("application.submitted")

    with pytest.raises(KeyError, match="受理编号"):
        render(kind, kind.words, {"姓名": "a", "工会": "b", "电话": "c", "申报人": "d", "活动": "e"})


def test_braces_in_a_value_are_no_placeholders() -> None:
    kind = kind_of("application.withdrawn")

    assert "{受理编号}" in render(kind, kind.words, {**samples(kind), "申报人": "{受理编号}"}).short


FILE = """
[placeholders]
"甲" = "示例"
[[kinds]]
id = "{id}"
label = "x"
group = "x"
fields = {fields}
subject = "x"
text = "{text}"
sms = "x"
"""


@pytest.mark.parametrize(
    ("id_", "fields", "text", "problem"),
    [
        ("application.withdrawn", '["甲"]', "x", "registered twice"),
        ("test.wrong", '["甲"]', "{乙}", "没有“{乙}”"),
        ("test.sampleless", '["没有样例"]', "x", "no sample for 没有样例"),
    ],
)
def test_kinds_that_are_wrong_stop_the_start(tmp_path: Path, id_: str, fields: str, text: str, problem: str) -> None:
    path = tmp_path / "messages.toml"
    path.write_text(FILE.replace("{id}", id_).replace("{fields}", fields).replace("{text}", text), encoding="utf-8")

    with pytest.raises(ValueError, match=problem):
        kinds.register(path)


def test_registering_the_same_file_again_changes_nothing() -> None:
    kinds.register(Path(kinds.__file__).parents[1] / "messages.toml")

    assert kinds.all_kinds() == ALL
    assert kinds.known("no.such") is None

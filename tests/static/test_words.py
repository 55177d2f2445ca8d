"""What is typed is cleaned and counted alike in the browser and on the server."""

import json
import random
import unicodedata

import pytest

from applications import cleaning
from tests.static.conftest import Site

pytestmark = pytest.mark.browser

ALPHABET = "  \n\n\r\t甲乙，。·０１９Ｘｘab1-+,年周　\u00a0\u2003\u200b\ufeff\u00ad\u2028\x0b\x0c\x00\x07\uf0b7‐—−𬭎é\u0301\u200d\U000e0100"
WORD = "\uf0b7\t从事焊接\u00a0工作\u200b三十年\x0b\r\n\r\n\r\n　　获奖：\u2003一等奖 \r\n"


def samples() -> list[str]:
    """The same four hundred odd texts every time, and some that people really paste."""
    source = random.Random(20260302)
    drawn = ["".join(source.choices(ALPHABET, k=source.randint(0, 40))) for _ in range(400)]
    return [
        *drawn,
        WORD,
        "",
        "　",
        "１３８ ００１３ ８０００",
        "+86 199—0000—1234",
        "33011219750316１２３ｘ",
        "１，２００ 周年",
    ]


@pytest.mark.parametrize("rule", ["text", "line", "number", "phone", "id_number", "count"])
def test_the_browser_cleans_and_counts_as_the_server_does(site: Site, rule: str) -> None:
    texts = samples()
    page = site.open("<p></p>")

    found = page.evaluate("([rule, texts]) => texts.map(text => window.Jx.words[rule](text))", [rule, texts])

    wanted = [getattr(cleaning, rule)(text) for text in texts]
    assert [json.dumps(pair) for pair in zip(texts, found, strict=True)] == [
        json.dumps(pair) for pair in zip(texts, wanted, strict=True)
    ]


def test_a_paste_from_word_comes_in_clean_and_can_be_undone(site: Site) -> None:
    page = site.open('<c-field name="deeds" label="主要事迹" type="textarea" limit="50" data-clean="text" />')
    page.locator("#deeds").focus()
    page.keyboard.type("我")

    page.evaluate(
        """text => {
            const data = new DataTransfer()
            data.setData('text/plain', text)
            data.setData('text/html', '<p style="color:red">' + text + '</p>')
            document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
        }""",
        WORD,
    )

    assert page.input_value("#deeds") == "我• 从事焊接 工作三十年\n\n　　获奖： 一等奖"
    page.keyboard.press("Control+z")
    assert page.input_value("#deeds") == "我"


def test_full_width_digits_become_plain_ones_when_the_field_is_left(site: Site) -> None:
    page = site.open('<c-field name="mobile" label="手机" data-clean="phone" /><c-field name="b" label="乙" />')

    page.fill("#mobile", "＋８６ １９９ ００００ １２３４")
    page.locator("#b").focus()

    assert page.input_value("#mobile") == "19900001234"
    assert unicodedata.is_normalized("NFKC", page.input_value("#mobile"))

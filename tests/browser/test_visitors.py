"""What a visitor complains of: an inspection that finds nothing would be no inspection."""

import pytest

from tests.browser.visitors import Inspection, Visit
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

_SPOIL = """
    const main = document.querySelector('main')
    main.insertAdjacentHTML('beforeend', '<input id="nameless"><p class="pale">看不清的字</p><h6>跳级标题</h6>')
    main.querySelector('.pale').style.color = '#eee'
"""


def test_a_page_is_complained_of_for_what_is_grave_alone(union: Union, visit: Visit, inspection: Inspection) -> None:
    """A field without a name is critical, pale letters are serious; a heading that skips levels is moderate."""
    anybody = visit("公众", 390)
    anybody.open(f"/{union.slug}/")
    assert inspection.wrong == []

    anybody.page.evaluate(_SPOIL)
    inspection.look(anybody.page, "another look")

    found = [one.partition("axe ")[2].partition(":")[0] for one in inspection.wrong]
    assert sorted(found) == ["color-contrast", "label"]
    inspection.wrong.clear()

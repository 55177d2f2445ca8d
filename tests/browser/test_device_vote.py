"""A vote without signing in, on a phone and at a desk: the browser proves its work, the ballot counts, the receipt says so."""

import pytest

from tests.browser.visitors import Clock, Visit
from tests.publicity.scene import VoteScene
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_votes_and_finds_its_ballot_again(union: Union, visit: Visit, clock: Clock, width: int) -> None:
    scene = VoteScene(union)
    scene.to_vote(deeds="带出二十名徒弟")
    poll = scene.open_poll(identity="device")
    clock.go_to(scene.now())
    visitor = visit("公众", width)

    visitor.open(f"/{union.slug}/polls/{poll.pk}/")
    visitor.page.get_by_label("赵建国").check()
    visitor.press("下一步，核对选票")
    visitor.page.get_by_text("验证完成，可以投票").wait_for()
    visitor.look()
    visitor.press("确认投票")
    visitor.sees("您的选票已计入")
    visitor.look()
    code = visitor.page.locator("strong.num").first.inner_text()
    visitor.follow("查询选票是否计入")
    visitor.fill(回执=code)
    visitor.press("查询")
    visitor.sees("这张选票已计入")
    visitor.look()

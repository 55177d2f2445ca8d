"""A voter comes with the identity of another service, over HTTP as a provider speaks it, and casts one ballot."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.weixin.provider import WeixinProvider
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter
from django.test import Client

from publicity.models import Vote
from publicity.states import Identity
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.identity import CLIENT, SECRET, Provider, provider
from tests.publicity.scene import VoteScene
from tests.publicity.test_views_polls import cast, page, tick, url
from unions.models import Union, User

LOGIN = {"openid_connect": "/accounts/oidc/city/login/", "weixin": "/accounts/weixin/login/"}
NAMES = {"openid_connect": "示例市统一身份认证", "weixin": "微信"}


@kept
def scene(union: Union) -> VoteScene:
    found = VoteScene(union)
    found.to_vote()
    found.open_poll(identity=Identity.ACCOUNT)
    return found


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with provider() as served:
        monkeypatch.setattr(
            WeixinProvider, "get_settings", lambda _: {"AUTHORIZE_URL": f"{served.origin}/connect/qrconnect"}
        )
        monkeypatch.setattr(WeixinOAuth2Adapter, "access_token_url", f"{served.origin}/sns/oauth2/access_token")
        monkeypatch.setattr(WeixinOAuth2Adapter, "profile_url", f"{served.origin}/sns/userinfo")
        yield served


@pytest.fixture(params=sorted(LOGIN))
def kind(request: pytest.FixtureRequest, outside: Provider, scene: VoteScene, set_clock: SetClock) -> str:
    """A service that the operator has registered as the guide says, while the poll is open."""
    kind = str(request.param)
    oidc = {"provider_id": "city", "settings": {"server_url": f"{outside.origin}/.well-known/openid-configuration"}}
    SocialApp.objects.create(
        provider=kind,
        name=NAMES[kind],
        client_id=CLIENT,
        secret=SECRET,
        **(oidc if kind == "openid_connect" else {}),
    )
    set_clock(scene.now())
    return kind


def come_back(client: Client, kind: str, *, to: str) -> Any:
    """Press the button of the sign-in page, let the service send the browser back, and follow to the page that comes then."""
    sent = client.post(LOGIN[kind], {"next": to})
    assert sent.status_code == 302
    back = requests.get(sent.url, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith("http://testserver/accounts/")
    return client.get(back.removeprefix("http://testserver"), follow=True)


def test_a_voter_comes_back_to_the_ballot_and_casts_it_once(client: Client, kind: str, scene: VoteScene) -> None:
    confirm = url(scene, "confirm_vote", pk=scene.poll.pk)
    tick(client, scene, "赵建国")
    assert NAMES[kind] in client.get(f"/accounts/login/?next={confirm}").content.decode()

    landed = come_back(client, kind, to=confirm)

    assert landed.redirect_chain[-1] == (confirm, 302)
    account = SocialAccount.objects.get(provider="city" if kind == "openid_connect" else "weixin")
    assert (account.uid, account.user.email, account.user.phone) == ("invented-subject", None, None)
    assert cast(client, scene).url == url(scene, "voted", pk=scene.poll.pk)
    assert "每个账号每天限投 1 票" in page(tick(client, scene, "赵建国").client, confirm)
    # another browser of the same person is the same voter
    again = Client()
    tick(again, scene, "钱秀兰")
    come_back(again, kind, to=confirm)
    assert "每个账号每天限投 1 票" in page(again, confirm)
    assert (User.objects.filter(socialaccount__isnull=False).count(), Vote.objects.count()) == (1, 1)


def test_a_service_is_only_asked_by_a_press_of_the_button(client: Client, kind: str, outside: Provider) -> None:
    """A picture in somebody's page could otherwise sign a visitor in."""
    shown = client.get(LOGIN[kind])

    assert shown.status_code == 200
    assert NAMES[kind] in shown.content.decode()
    assert outside.asked == []


def test_whoever_says_no_reads_what_to_do(client: Client, kind: str, outside: Provider) -> None:
    outside.refuses = True

    shown = come_back(client, kind, to="/")

    assert "您取消了登录" in shown.content.decode()
    assert not SocialAccount.objects.exists()


def test_a_service_that_answers_wrongly_signs_nobody_in(client: Client, kind: str, outside: Provider) -> None:
    sent = client.post(LOGIN[kind], {})
    back = (
        requests.get(sent.url, allow_redirects=False, timeout=10).headers["Location"].removeprefix("http://testserver")
    )

    for forged in (back.replace("a-code", "another"), back[:-1]):
        text = client.get(forged).content.decode()
        assert "登录没有成功" in text
        assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.exists()

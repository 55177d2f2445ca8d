"""The pages of a public vote, for visitors and for the desks."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publicity.ballots import receipt
from publicity.intake import desk
from publicity.models import Poll, Vote
from tests.factories import PASSWORD, MemberFactory, UserFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import DAY, VoteScene
from tests.review.stagecraft import final
from unions.models import Member, Union, User
from unions.states import Role

Queries = Callable[[int], Any]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@kept
def scene(union: Union) -> VoteScene:
    return VoteScene(union)


@kept
def opened(scene: VoteScene) -> Poll:
    scene.to_vote(deeds="带出二十名徒弟")
    return scene.open_poll()


@pytest.fixture
def running(scene: VoteScene, opened: Poll, set_clock: SetClock) -> VoteScene:
    """Three people before the voters, and the clock of the pages within the window."""
    set_clock(scene.now())
    return scene


def url(scene: VoteScene, name: str, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": scene.union.slug, **kwargs})


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


def voter_of(client: Client) -> User:
    user = UserFactory()
    client.force_login(user, backend=BACKEND)
    return user


def tick(client: Client, scene: VoteScene, *names: str) -> Any:
    wanted = [row.pk for row in scene.poll.candidates.filter(application__name__in=names)]
    return client.post(url(scene, "poll", pk=scene.poll.pk), {"choice": wanted})


def ballot_of(client: Client, scene: VoteScene) -> dict[str, Any]:
    """What the page of confirmation would post."""
    text = page(client, url(scene, "confirm_vote", pk=scene.poll.pk))
    given = re.search(r'name="pass" value="([^"]+)"', text)
    assert given is not None
    return {"pass": given[1], "choice": re.findall(r'name="choice" value="(\d+)"', text)}


def post(client: Client, address: str, ballot: dict[str, Any], **more: Any) -> Any:
    """As a browser sends a form without files."""
    return client.post(address, urlencode(ballot, doseq=True), content_type="application/x-www-form-urlencoded", **more)


def cast(client: Client, scene: VoteScene) -> Any:
    return post(client, url(scene, "cast", pk=scene.poll.pk), ballot_of(client, scene))


def sent_back(client: Client, answer: Any) -> str:
    """The page that a refused ballot leads to."""
    assert answer.status_code == 303
    return client.get(answer.url).content.decode()


# --- the ballot --------------------------------------------------------------------------------------------------------


def test_anybody_sees_the_people_and_what_a_ballot_is(client: Client, running: VoteScene) -> None:
    text = page(client, url(running, "poll", pk=running.poll.pk))

    for words in (
        "赵建国",
        "示例机床厂",
        "带出二十名徒弟",
        "每票须选 1 至 2 人",
        "每天可投 1 票",
        "已选 0 / 2",
        "谁投给了谁",
    ):
        assert words in text
    assert "受理编号" not in text


def test_the_page_over_all_unions_leads_to_the_vote_while_it_runs(
    client: Client, running: VoteScene, set_clock: SetClock
) -> None:
    there = url(running, "poll", pk=running.poll.pk)

    assert there in page(client, reverse("publicity_global:directory"))
    set_clock(running.poll.closes_at)
    assert there not in page(client, reverse("publicity_global:directory"))


def test_the_order_is_a_visitors_own_and_stays(client: Client, running: VoteScene) -> None:
    def order(visitor: Client) -> list[str]:
        return re.findall(r'name="choice" value="(\d+)"', page(visitor, url(running, "poll", pk=running.poll.pk)))

    mine = order(client)

    assert order(client) == mine
    assert len({tuple(order(Client())) for _ in range(12)}) > 1


def test_voting_takes_a_second_step_and_says_that_it_counts(client: Client, running: VoteScene) -> None:
    voter_of(client)

    assert tick(client, running, "赵建国", "钱秀兰").url == url(running, "confirm_vote", pk=running.poll.pk)
    assert not Vote.objects.exists()
    text = page(client, url(running, "confirm_vote", pk=running.poll.pk))
    assert "您选了 2 人" in text
    assert "孙志强" not in text
    answer = cast(client, running)

    assert answer.url == url(running, "voted", pk=running.poll.pk)
    text = page(client, answer.url)
    assert "您的选票已计入" in text
    assert "今天的票已投完" in text
    assert receipt(Vote.objects.get().ballot) in text
    vote = Vote.objects.get()
    assert len(vote.choices) == 2
    assert "已选 0 / 2" in page(client, url(running, "poll", pk=running.poll.pk))
    assert "您今天已投 1 票" in page(client, url(running, "poll", pk=running.poll.pk))


@pytest.mark.parametrize(
    ("names", "words"), [((), "您选了 0 人"), (("赵建国", "钱秀兰", "孙志强"), "每票须选 1 至 2 人，您选了 3 人")]
)
def test_a_ballot_that_is_none_is_refused_and_keeps_the_ticks(
    client: Client, running: VoteScene, names: tuple[str, ...], words: str
) -> None:
    response = tick(client, running, *names)

    assert response.status_code == 422
    text = response.content.decode()
    assert words in text
    assert text.count("checked") == (len(names) if len(names) <= 2 else 3)


def test_a_visitor_signs_up_by_phone_and_finds_the_choice_again(
    client: Client, running: VoteScene, settings: Any, tmp_path: Path
) -> None:
    settings.SMS_FILE_PATH = tmp_path / "sms"
    confirm = url(running, "confirm_vote", pk=running.poll.pk)
    assert tick(client, running, "孙志强").url == confirm

    to_login = client.get(confirm)
    assert to_login.url == f"/accounts/login/?next={confirm}"
    assert f"/accounts/signup/?next={confirm}" in page(client, to_login.url).replace("%2F", "/")
    client.post(
        "/accounts/signup/", {"phone": "19900007777", "password1": PASSWORD, "password2": PASSWORD, "next": confirm}
    )
    sent = json.loads(next((tmp_path / "sms").glob("*.json")).read_text(encoding="utf-8"))["text"]
    code = re.search(r"验证码 (\d+)", sent)
    assert code is not None
    answer = client.post("/accounts/phone/verify/", {"code": code[1]})

    assert answer.url == confirm
    assert "您选了 1 人" in page(client, confirm)
    cast(client, running)
    assert Vote.objects.count() == 1


def test_a_visitor_signs_in_and_finds_the_choice_again(client: Client, running: VoteScene) -> None:
    user = UserFactory()
    confirm = url(running, "confirm_vote", pk=running.poll.pk)
    tick(client, running, "孙志强")

    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": confirm})

    assert answer.url == confirm
    cast(client, running)
    assert Vote.objects.count() == 1


def test_without_a_verified_phone_the_page_says_what_to_do(client: Client, running: VoteScene) -> None:
    user = voter_of(client)
    User.objects.filter(pk=user.pk).update(phone_verified=False)
    tick(client, running, "赵建国")

    text = page(client, url(running, "confirm_vote", pk=running.poll.pk))

    assert "投票须使用已验证的手机号码" in text
    assert "填写并验证手机号码" in text
    assert "确认投票" not in text
    assert 'name="pass" value=""' in text


def test_the_second_ballot_of_a_day_is_refused_before_and_after_the_click(client: Client, running: VoteScene) -> None:
    voter_of(client)
    tick(client, running, "赵建国")
    second = ballot_of(client, running)
    cast(client, running)
    tick(client, running, "钱秀兰")

    text = page(client, url(running, "confirm_vote", pk=running.poll.pk))
    answer = post(client, url(running, "cast", pk=running.poll.pk), second)

    assert "您今天已投完" in text
    assert "确认投票" not in text
    assert "您今天已投完" in sent_back(client, answer)
    assert Vote.objects.count() == 1


def test_a_second_click_on_the_same_page_changes_nothing(client: Client, running: VoteScene) -> None:
    voter_of(client)
    tick(client, running, "赵建国")
    address, ballot = url(running, "cast", pk=running.poll.pk), ballot_of(client, running)

    first, second = (post(client, address, ballot) for _ in range(2))

    assert first.url == second.url == url(running, "voted", pk=running.poll.pk)
    assert Vote.objects.count() == 1


def test_a_ballot_that_does_not_come_from_the_page_is_not_cast(
    client: Client, running: VoteScene, set_clock: SetClock
) -> None:
    voter_of(client)
    tick(client, running, "赵建国")
    address, ballot = url(running, "cast", pk=running.poll.pk), ballot_of(client, running)

    answers = [
        client.post(address),
        post(client, address, ballot | {"pass": ballot["pass"][:-2] + "xx"}),
        post(client, address, ballot | {"more": "x" * 40_000}),
        post(client, address, ballot | {"choice": ["1"] * 501}),
    ]
    set_clock(running.now() + timedelta(hours=13))
    answers.append(post(client, address, ballot))

    assert [answer.url.rpartition("?")[2] for answer in answers] == ["again=old"] * 5
    assert "核对页面已过期" in sent_back(client, answers[-1])
    elsewhere = address.replace(f"/{running.poll.pk}/", f"/{running.poll.pk + 1}/")
    assert post(client, elsewhere, ballot).status_code == 404
    assert not Vote.objects.exists()


def test_what_is_no_ballot_any_more_is_refused_where_it_was_confirmed(client: Client, running: VoteScene) -> None:
    voter_of(client)
    tick(client, running, "赵建国")
    row = running.poll.candidates.get(application__name="赵建国")
    ballot = ballot_of(client, running)

    refused = post(client, url(running, "cast", pk=running.poll.pk), ballot | {"choice": ["²", "x"]})
    assert "刚才没有被接受" in sent_back(client, refused)
    type(row.application).objects.filter(pk=row.application_id).update(state="withdrawn")

    answer = post(client, url(running, "cast", pk=running.poll.pk), ballot)
    assert "赵建国已退出，不能再选" in sent_back(client, answer)
    assert not Vote.objects.exists()


def test_a_vote_keeps_where_it_came_from_as_digests_of_this_poll(client: Client, running: VoteScene) -> None:
    voters = [(Client(REMOTE_ADDR=address), agent) for address, agent in (("10.0.0.1", "甲"), ("10.0.0.2", "甲"))]
    for voter, agent in voters:
        voter_of(voter)
        page(voter, url(running, "poll", pk=running.poll.pk))
        tick(voter, running, "赵建国")
        ballot = ballot_of(voter, running)
        post(voter, url(running, "cast", pk=running.poll.pk), ballot, HTTP_USER_AGENT=agent)

    one, other = Vote.objects.order_by("pk")
    assert one.at == running.clock.replace(microsecond=0)
    assert one.network == other.network
    assert one.agent == other.agent
    assert one.address != other.address
    assert one.order != other.order
    assert {len(value) for value in (one.network, one.agent, one.address, one.order)} == {16}


def test_a_receipt_says_that_the_ballot_counts_and_nothing_else(client: Client, running: VoteScene) -> None:
    running.cast(running.poll.candidates.get(application__name="赵建国").application)
    code = receipt(Vote.objects.get().ballot)
    address = url(running, "receipt", pk=running.poll.pk)

    assert "查询选票" in page(client, address)
    found = client.post(address, {"code": code.lower().replace("-", " ")}).content.decode()
    assert "这张选票已计入" in found
    assert "赵建国" not in found
    for wrong in ("AAAA-AAAA-AAAA-AAAA", "不是回执", "AAAA", "AAAAAAAA"):
        answer = client.post(address, {"code": wrong})
        assert answer.status_code == 404
        assert "没有查到这张选票" in answer.content.decode()


def test_whoever_has_an_account_of_another_service_votes_where_the_union_takes_it(
    client: Client, scene: VoteScene, set_clock: SetClock
) -> None:
    scene.to_vote()
    scene.open_poll(identity="account")
    set_clock(scene.now())
    user = voter_of(client)
    User.objects.filter(pk=user.pk).update(phone_verified=False)
    tick(client, scene, "赵建国")
    assert "微信等统一身份登录" in page(client, url(scene, "confirm_vote", pk=scene.poll.pk))

    SocialAccount.objects.create(user=user, provider="weixin", uid="invented")

    assert cast(client, scene).url == url(scene, "voted", pk=scene.poll.pk)
    assert "每个账号每天限投 1 票" in page(
        tick(client, scene, "赵建国").client, url(scene, "confirm_vote", pk=scene.poll.pk)
    )


def test_where_nobody_signs_in_a_browser_votes_once_and_proves_its_work(
    client: Client, scene: VoteScene, set_clock: SetClock
) -> None:
    scene.to_vote()
    scene.open_poll(identity="device")
    set_clock(scene.now())
    address = url(scene, "cast", pk=scene.poll.pk)
    tick(client, scene, "赵建国")
    text = page(client, url(scene, "confirm_vote", pk=scene.poll.pk))
    assert "请在浏览器设置中允许运行脚本" in text
    ballot = ballot_of(client, scene)
    other = solved(page(client, url(scene, "confirm_vote", pk=scene.poll.pk)))

    for wrong in ({}, {"altcha": "x"}, {"altcha": "e30="}, {"altcha": other}):
        assert "没有收到本机的验证结果" in sent_back(client, post(client, address, ballot | wrong))
    text = page(client, url(scene, "confirm_vote", pk=scene.poll.pk))
    given = {
        "pass": re.findall(r'name="pass" value="([^"]+)"', text)[0],
        "altcha": solved(text),
        "choice": ballot["choice"],
    }

    assert post(client, address, given).url == url(scene, "voted", pk=scene.poll.pk)
    assert "您的选票已计入" in page(client, url(scene, "voted", pk=scene.poll.pk))
    tick(client, scene, "赵建国")
    assert "每台设备每天限投 1 票" in page(client, url(scene, "confirm_vote", pk=scene.poll.pk))
    client.cookies["poll_device"] = "forged:x:y"
    assert "确认投票" in page(client, url(scene, "confirm_vote", pk=scene.poll.pk))


def solved(text: str) -> str:
    """What the widget would post for the challenge of a page."""
    given = json.loads(html.unescape(re.findall(r'challengejson="([^"]+)"', text)[0]))
    for number in range(desk.WORK + 1):
        if hashlib.sha256(f"{given['salt']}{number}".encode()).hexdigest() == given["challenge"]:
            solution = {key: given[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
            return base64.b64encode(json.dumps(solution).encode()).decode()
    raise AssertionError("no number solves the challenge")


@pytest.mark.parametrize("cookie", ["", "0:1", "x", "{poll}:", "{poll}:²-a"])
def test_without_a_choice_there_is_nothing_to_confirm(client: Client, running: VoteScene, cookie: str) -> None:
    voter_of(client)
    client.cookies["poll_choice"] = cookie.format(poll=running.poll.pk)

    answer = client.get(url(running, "confirm_vote", pk=running.poll.pk))

    assert answer.url == url(running, "poll", pk=running.poll.pk)


def test_whoever_has_not_voted_is_not_told_so(client: Client, running: VoteScene) -> None:
    voter_of(client)

    assert client.get(url(running, "voted", pk=running.poll.pk)).url == url(running, "poll", pk=running.poll.pk)


def test_before_it_opens_people_are_shown_and_nobody_votes(
    client: Client, running: VoteScene, set_clock: SetClock
) -> None:
    set_clock(running.poll.opens_at - timedelta(minutes=5))
    voter_of(client)

    text = page(client, url(running, "poll", pk=running.poll.pk))

    assert "投票还没有开始" in text
    assert "赵建国" in text
    assert 'type="checkbox"' not in text
    assert "投票还没有开始" in tick(client, running, "赵建国").content.decode()


def test_after_the_window_a_vote_is_refused_in_words(client: Client, running: VoteScene, set_clock: SetClock) -> None:
    voter_of(client)
    set_clock(running.poll.closes_at - timedelta(seconds=1))
    tick(client, running, "赵建国")
    ballot = ballot_of(client, running)
    set_clock(running.poll.closes_at)

    answer = post(client, url(running, "cast", pk=running.poll.pk), ballot)

    assert "不能再投票" in sent_back(client, answer)
    assert "不能再投票" in page(client, url(running, "poll", pk=running.poll.pk))
    assert not Vote.objects.exists()


def test_whoever_left_is_shown_as_gone_and_cannot_be_ticked(client: Client, running: VoteScene) -> None:
    row = running.poll.candidates.get(application__name="赵建国")
    type(row.application).objects.filter(pk=row.application_id).update(state="withdrawn")
    voter_of(client)

    text = page(client, url(running, "poll", pk=running.poll.pk))

    assert "已退出" in text
    assert f'name="choice" value="{row.pk}"' not in text
    assert "赵建国已退出，不能再选" in tick(client, running, "赵建国").content.decode()
    assert "已退出" in page(client, url(running, "candidate", pk=running.poll.pk, candidate=row.pk))
    client.cookies["poll_choice"] = f"{running.poll.pk}:{row.pk}"
    assert "赵建国已退出，不能再选" in page(client, url(running, "confirm_vote", pk=running.poll.pk))


def test_a_candidate_has_a_page_of_their_own(client: Client, running: VoteScene) -> None:
    row = running.poll.candidates.get(application__name="钱秀兰")

    text = page(client, url(running, "candidate", pk=running.poll.pk, candidate=row.pk))

    assert "钱秀兰" in text
    assert "主要事迹" in text
    assert "得票" not in text
    assert client.get(url(running, "candidate", pk=running.poll.pk, candidate=10**6)).status_code == 404


# --- the count ---------------------------------------------------------------------------------------------------------


def test_a_hidden_count_is_public_when_the_stage_has_ended(
    client: Client, running: VoteScene, set_clock: SetClock
) -> None:
    zhao = running.poll.candidates.get(application__name="赵建国")
    running.cast(zhao.application)
    result = url(running, "poll_result", pk=running.poll.pk)
    assert client.get(result).url == url(running, "poll", pk=running.poll.pk)

    running.end_vote()
    set_clock(running.now())
    assert client.get(result).status_code == 302
    running.close("vote")

    text = page(client, result)
    assert "收到选票" in text
    assert text.index("赵建国") < text.index("钱秀兰")
    assert "看投票结果" in page(client, url(running, "poll", pk=running.poll.pk))


def test_a_shown_count_runs_along(client: Client, union: Union, set_clock: SetClock) -> None:
    scene = VoteScene(union, vote={"tally": "shown"})
    zhao = scene.to_vote()[0]
    scene.open_poll()
    scene.cast(zhao)
    set_clock(scene.now())

    assert "1 票</p>" in page(client, url(scene, "poll", pk=scene.poll.pk))
    assert "投票仍在进行" in page(client, url(scene, "poll_result", pk=scene.poll.pk))
    voter_of(client)
    tick(client, scene, "赵建国")
    assert "看得票" in page(client, cast(client, scene).url)


@pytest.mark.parametrize("view", ["poll", "poll_result", "poll_figures"])
def test_the_pages_take_the_same_queries_for_three_people(
    client: Client, union: Union, set_clock: SetClock, django_assert_num_queries: Queries, view: str
) -> None:
    counts: list[int] = []
    office: Member | None = None
    for names in (["赵建国"], ["赵建国", "钱秀兰", "孙志强"]):
        scene = VoteScene(union, vote={"tally": "shown"})
        office = office or scene.office
        scene.to_vote(*names)
        scene.open_poll()
        set_clock(scene.now())
        sign_in(client, office)
        address = url(scene, view, pk=scene.poll.pk)
        page(client, address)
        with django_assert_num_queries(counts[0] if counts else 99, exact=False) as found:  # type: ignore[call-arg]
            page(client, address)
        counts.append(len(found.captured_queries))

    assert counts[0] == counts[1]


# --- front door and desks ----------------------------------------------------------------------------------------------


def test_the_home_calls_to_a_running_vote(client: Client, running: VoteScene, set_clock: SetClock) -> None:
    home = reverse("publicity:home", kwargs={"union_slug": running.union.slug})
    assert "看人选，去投票" in page(client, home)

    set_clock(running.poll.opens_at - timedelta(minutes=5))
    assert "即将投票" in page(client, home)

    set_clock(running.poll.closes_at)
    assert running.poll.title not in page(client, home)


def test_the_office_opens_a_poll_and_sees_its_ballots_only(
    client: Client, scene: VoteScene, set_clock: SetClock
) -> None:
    scene.to_vote()
    set_clock(scene.now())
    sign_in(client, scene.office)
    address = url(scene, "open_poll", pk=scene.stage("vote").pk)
    assert "发布投票" in page(client, url(scene, "desk"))
    assert "赵建国" in page(client, address)
    opens = timezone.localtime(scene.clock) + timedelta(hours=1)

    answer = client.post(
        address,
        {
            "title": "示例投票",
            "text": "请投票。",
            "opens_at": f"{opens:%Y-%m-%dT%H:%M}",
            "closes_at": f"{opens + DAY:%Y-%m-%dT%H:%M}",
            "identity": "phone",
        },
    )

    poll = Poll.objects.get()
    assert answer.url == url(scene, "poll_figures", pk=poll.pk)
    assert "示例投票" in page(client, url(scene, "desk"))
    scene.clock = poll.opens_at
    scene.cast(poll.candidates.get(application__name="赵建国").application)
    set_clock(scene.now())
    text = page(client, answer.url)
    assert "规则规定投票期间不显示得票" in text
    assert '<strong class="num">1</strong> 张' in text
    set_clock(poll.closes_at)
    assert "仅供评审和审定参考" in page(client, answer.url)
    assert client.get(address).url == url(scene, "desk")


def test_what_was_typed_stays_when_a_poll_is_refused(client: Client, scene: VoteScene, set_clock: SetClock) -> None:
    scene.to_vote()
    set_clock(scene.now())
    sign_in(client, scene.office)

    answer = client.post(
        url(scene, "open_poll", pk=scene.stage("vote").pk),
        {
            "title": "我的标题",
            "text": "说明",
            "opens_at": "2026-03-25T09:00",
            "closes_at": "2026-03-24T09:00",
            "identity": "phone",
        },
    )

    assert "截止时间须在开始时间之后" in answer.content.decode()
    assert "我的标题" in answer.content.decode()


def test_no_poll_is_opened_before_its_stage(client: Client, scene: VoteScene) -> None:
    sign_in(client, scene.office)

    answer = client.get(url(scene, "open_poll", pk=scene.stage("vote").pk), follow=True)

    assert "环节进行中才能发布网络投票" in answer.content.decode()


def test_a_stage_without_people_says_so(client: Client, scene: VoteScene) -> None:
    scene.qualify("qualification", rejecting=[scene.apply()])
    scene.open("vote")
    sign_in(client, scene.office)

    assert "没有进入投票的人选" in page(client, url(scene, "open_poll", pk=scene.stage("vote").pk))


def test_leading_group_and_dossier_show_votes_as_a_reference(client: Client, union: Union, set_clock: SetClock) -> None:
    scene = VoteScene(union, stages=(final(),))
    zhao = scene.to_vote("赵建国")[0]
    scene.open_poll()
    scene.cast(zhao)
    scene.end_vote()
    scene.close("vote")
    scene.open("final")
    set_clock(scene.now())
    sign_in(client, scene.leader)

    said = "网络投票得 1 票，列第 1 位（共 1 张选票，仅供参考）"
    slug = {"union_slug": union.slug}
    assert said in page(client, reverse("review:resolve", kwargs={**slug, "stage_pk": scene.stage("final").pk}))
    assert said in page(client, reverse("review:case", kwargs={**slug, "pk": zhao.pk}))


def test_another_unions_voters_do_not_meet(client: Client, running: VoteScene, other_union: Union) -> None:
    pk = running.poll.pk

    for view in ("poll", "confirm_vote", "voted", "poll_result"):
        voter_of(client)
        address = reverse(f"publicity:{view}", kwargs={"union_slug": other_union.slug, "pk": pk})
        assert client.get(address).status_code == 404


def test_a_supervisor_reads_and_does_not_open(client: Client, running: VoteScene) -> None:
    sign_in(client, MemberFactory(union=running.union, role=Role.SUPERVISOR))

    assert page(client, url(running, "poll_figures", pk=running.poll.pk))
    assert client.get(url(running, "open_poll", pk=running.stage("vote").pk)).status_code == 403

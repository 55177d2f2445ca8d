"""The desk's pages about doubtful votes, other channels and the ranking; what the public reads of it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publicity import selectors_polls
from publicity.models_polls import ChannelCount, VoteSetAside
from publicity.states import Act
from review.models import Ranking, TieDecision
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.scene import HOUR, VoteScene
from tests.publicity.test_counts import CHANNELS, Weighed, everybody
from tests.publicity.test_doubts import TOLD, Doubts
from unions.models import Union
from unions.states import Role


@kept
def planted(union: Union) -> Doubts:
    return Doubts(union)


@pytest.fixture
def made(planted: Doubts, monkeypatch: pytest.MonkeyPatch) -> Doubts:
    monkeypatch.setattr(timezone, "now", lambda: planted.scene.clock)
    return planted


def url(scene: VoteScene, name: str, **more: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": scene.union.slug, "pk": scene.poll.pk, **more})


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_office_sees_what_was_found_and_what_it_would_change(client: Client, made: Doubts) -> None:
    sign_in(client, made.scene.office)

    page = text(client, url(made.scene, "poll_doubts"))

    assert "短时间内得票突增" in page
    assert "60 → 0 票" in page
    assert url(made.scene, "settle_doubt", key=made.found[0].finding.key) in page


def test_the_supervisor_sees_it_and_settles_nothing(client: Client, made: Doubts) -> None:
    sign_in(client, MemberFactory(union=made.scene.union, role=Role.SUPERVISOR))
    address = url(made.scene, "settle_doubt", key=made.found[0].finding.key)

    assert "短时间内得票突增" in text(client, url(made.scene, "poll_doubts"))
    assert client.post(address, TOLD).status_code == 403
    assert not VoteSetAside.objects.exists()


def test_before_the_last_minute_nobody_sees_what_would_tell_of_the_count(client: Client, made: Doubts) -> None:
    made.scene.clock = made.scene.poll.closes_at - HOUR
    sign_in(client, made.scene.office)

    page = text(client, url(made.scene, "poll_doubts"))

    assert "现在还不能查看" in page
    assert "突增：" not in page
    assert client.get(url(made.scene, "settle_doubt", key=made.found[0].finding.key)).status_code == 302


def test_setting_aside_and_counting_again_by_the_pages(client: Client, made: Doubts) -> None:
    sign_in(client, made.scene.office)
    address = url(made.scene, "settle_doubt", key=made.found[0].finding.key)
    assert "属于短时间内得票突增" in text(client, address)

    refused = client.post(address, {"reason": "", "announcement": "已写好的公告"})
    assert "已写好的公告" in refused.content.decode()
    assert client.post(address, TOLD).status_code == 302
    assert "这些选票都已处理" in text(client, address)

    one = url(made.scene, "aside", number=1)
    assert "0 → 60 票" in text(client, one)
    client.post(one, {"reason": "复查", "announcement": "恢复计票的公告"})
    assert [row.act for row in VoteSetAside.objects.order_by("number")] == [Act.ASIDE, Act.RESTORED]
    assert "已恢复计票" in client.post(one, {"reason": "x", "announcement": "x"}).content.decode()
    assert client.get(url(made.scene, "aside", number=2)).status_code == 404


def test_keeping_by_the_page(client: Client, made: Doubts) -> None:
    sign_in(client, made.scene.office)
    address = url(made.scene, "settle_doubt", key=made.found[0].finding.key)

    assert client.post(address, {"act": "keep", "keep-reason": "企业统一配发手机"}).status_code == 302

    assert "企业统一配发手机" in text(client, url(made.scene, "poll_doubts"))


def test_a_second_officer_confirms_by_the_page(client: Client, union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Doubts(union, aside_confirmed=True)
    monkeypatch.setattr(timezone, "now", lambda: made.scene.clock)
    made.aside()
    one = url(made.scene, "aside", number=1)
    sign_in(client, made.scene.office)
    assert "提出人以外的另一名" in client.post(one, {"act": "confirm"}).content.decode()

    sign_in(client, made.second)
    assert "确认剔除 60 张并公告" in text(client, one)
    client.post(one, {"act": "confirm"})

    assert made.votes(made.sun) == 0


def test_the_public_reads_what_does_not_count_and_why(client: Client, made: Doubts) -> None:
    made.aside()
    assert TOLD["announcement"] in text(client, url(made.scene, "poll"))
    assert client.get(url(made.scene, "poll_paper")).status_code == 302
    made.scene.close("vote")

    page = text(client, url(made.scene, "poll_result"))

    assert "60</strong> 张存疑选票" in page
    assert TOLD["announcement"] in page
    assert TOLD["reason"] not in page
    paper = client.get(url(made.scene, "poll_paper"))
    assert (paper["Content-Type"], paper.content[:4]) == ("application/pdf", b"%PDF")


def test_another_channel_and_the_ranking_by_the_pages(
    client: Client, union: Union, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Weighed(union, marks=(80, 80, 70), ballot_channels=CHANNELS, passes={"max": 1, "setting": True})
    monkeypatch.setattr(timezone, "now", lambda: scene.clock)
    everybody(scene, *scene.people[:2])
    scene.end_vote()
    sign_in(client, scene.office)
    figures = url(scene, "poll_figures")
    assert "“职工代表投票”的计票还没有录入" in text(client, figures)
    assert client.get(url(scene, "enter_count", channel="online")).status_code == 404

    client.post(url(scene, "count_poll"))
    assert not Ranking.objects.filter(stage=scene.stage("vote")).exists()
    votes = {f"votes-{scene.candidate(one)}": 10 for one in scene.people}
    client.post(url(scene, "enter_count", channel="delegates"), {"ballots": 30, "note": "监票二人", **votes})
    assert ChannelCount.objects.get().ballots == 30
    assert "已录入过" in text(client, url(scene, "enter_count", channel="delegates"))
    client.post(url(scene, "count_poll"))

    page = text(client, figures)
    assert "总分并列需裁定" in page
    zhao, qian, _sun = scene.people
    tie = url(scene, "decide_poll_tie", tie=f"{zhao.pk}-{qian.pk}")
    assert tie in page
    client.post(tie, {f"place-{zhao.pk}": "2", f"place-{qian.pk}": "1", "reason": "合议"})
    assert TieDecision.objects.get(stage=scene.stage("vote")).order == [qian.pk, zhao.pk]
    assert client.get(tie).status_code == 302


def test_the_photo_is_public_only_where_the_rules_say_so(client: Client, union: Union) -> None:
    for shown in (False, True):
        scene = VoteScene(union, vote={"photo": shown})
        person = scene.to_vote("赵建国")[0]
        scene.open_poll()
        address = url(scene, "candidate_photo", candidate=scene.candidate(person))
        assert client.get(address).status_code == 404
        if shown:
            scene.photograph(person)
            assert client.get(address)["Content-Type"] == "image/jpeg"
            assert address in text(client, url(scene, "poll"))
            person.person.key.delete()
            assert client.get(address).status_code == 404


def test_a_link_to_a_video_is_a_link_and_nothing_else_is() -> None:
    facts = [["视频", "https://video.example.cn/a?b=1"], ["事迹", "javascript:alert(1)"], ["网址", "http://a.cn"]]
    one = selectors_polls.Candidate(1, 1, 1, selectors_polls.Seen("甲", "", facts), gone=False)

    assert one.links == facts[:1]
    assert [label for label, _ in one.short] == ["事迹", "网址"]

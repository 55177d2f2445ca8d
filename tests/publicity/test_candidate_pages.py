"""The people of a poll as files: written when it opens, gone with whoever is gone, above all the photo, and nobody's in particular."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import PHOTO, Application
from applications.services.retention import anonymise
from campaigns.services import cancel_campaign
from publicity import tasks
from publicity.services import pages
from publicity.tasks import put_up_pages, sweep_public_pages
from review.services.investigations import decide_investigation, open_investigation
from tests.factories import ApplicationFactory
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import VoteScene
from unions import tenancy
from unions.models import Union
from unions.services import system_member


@kept
def scene(union: Union) -> VoteScene:
    """Two people, the first with a photo; the poll is not open."""
    scene = VoteScene(union, vote={"photo": True})
    scene.photograph(scene.to_vote("赵建国", "钱秀兰", deeds="带出二十名徒弟")[0])
    return scene


@kept
def opened(scene: VoteScene) -> VoteScene:
    scene.open_poll()
    return scene


@pytest.fixture
def running(opened: VoteScene, public: Path, set_clock: SetClock) -> VoteScene:
    set_clock(opened.now())
    sweep_public_pages()
    return opened


def zhao() -> Application:
    return Application.objects.get(name="赵建国")


def folder(scene: VoteScene, name: str = "赵建国") -> Path:
    one = scene.poll.candidates.get(application__name=name)
    return pages.folder_of(scene.poll) / "candidates" / str(one.pk)


def text(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def photo_of(folder: Path) -> Path:
    return folder / "photo.jpg"


def address(scene: VoteScene, view: str = "candidate", name: str = "赵建国") -> str:
    one = scene.poll.candidates.get(application__name=name)
    where = {"union_slug": scene.union.slug, "pk": scene.poll.pk, "candidate": one.pk}
    return reverse(f"publicity:{view}", kwargs=where)


def test_opening_a_poll_has_everybody_written_once_it_is_committed(
    scene: VoteScene,
    public: Path,
    set_clock: SetClock,
    sent: list[tuple[str, list[Any]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        poll = scene.open_poll()
    assert sent == [(tasks.put_up_pages.name, [scene.union.pk, "polls", poll.pk])]
    set_clock(scene.now())

    put_up_pages(*sent[0][1])

    first, second = folder(scene), folder(scene, "钱秀兰")
    assert "带出二十名徒弟" in text(first)
    assert gzip.decompress((first / "index.html.gz").read_bytes()) == (first / "index.html").read_bytes()
    with zhao().materials.current().get(slot=PHOTO).file.file.open("rb") as given:
        assert photo_of(first).read_bytes() == given.read()
    assert photo_of(first).stat().st_mode & 0o777 == 0o644
    assert "的照片" in text(first)
    assert "钱秀兰" in text(second)
    assert "的照片" not in text(second)
    assert not photo_of(second).exists()


def test_a_file_says_what_the_application_says_to_nobody_in_particular(client: Client, running: VoteScene) -> None:
    html = text(folder(running))

    for word in ("csrf", "sessionid", "nonce", "jx-who", "退出", "htmx", "得票"):
        assert word not in html
    assert f'property="og:url" content="http://testserver{address(running)}"' in html
    main = re.compile(r"<main.*</main>", re.DOTALL)
    said, kept_ = main.search(client.get(address(running)).content.decode()), main.search(html)
    assert said is not None
    assert kept_ is not None
    assert said[0] == kept_[0]


def test_the_button_follows_the_hours(running: VoteScene, set_clock: SetClock) -> None:
    assert "去投票" in text(folder(running))

    running.end_vote()
    set_clock(running.now())
    sweep_public_pages()

    assert "去投票" not in text(folder(running))
    assert "返回全部人选" in text(folder(running))


@pytest.mark.parametrize("how", ["withdrawn", "disqualified"])
def test_whoever_left_is_shown_as_gone_without_a_photo(running: VoteScene, how: str) -> None:
    other = (folder(running, "钱秀兰") / "index.html").stat().st_ino
    if how == "withdrawn":
        Application.objects.filter(pk=zhao().pk).update(state="withdrawn")
    else:
        by = {"actor": running.office, "at": running.now()}
        case = open_investigation(zhao(), allegation="材料不实", **by)
        decide_investigation(case, upheld=True, finding="属实", public_note="弄虚作假", **by)

    sweep_public_pages()

    assert "已退出，不能再选" in text(folder(running))
    assert "的照片" not in text(folder(running))
    assert not photo_of(folder(running)).exists()
    assert (folder(running, "钱秀兰") / "index.html").stat().st_ino == other


def test_somebody_who_became_nobody_is_taken_down_at_once(running: VoteScene) -> None:
    gone, other = folder(running), folder(running, "钱秀兰")

    anonymise(zhao(), actor=system_member(running.union), at=running.now(), why="保存期已满")

    assert not gone.exists()
    assert other.exists()
    sweep_public_pages()
    assert "赵建国" not in text(gone)
    assert "个人信息已按规定删除" in text(gone)
    assert not photo_of(gone).exists()


def test_beat_takes_a_name_away_that_stayed_up(running: VoteScene) -> None:
    Application.objects.filter(pk=zhao().pk).update(anonymised_at=running.now())
    assert "赵建国" in text(folder(running))

    sweep_public_pages()

    assert "赵建国" not in text(folder(running))


def test_an_earlier_page_names_nobody_while_the_key_lives_on(running: VoteScene) -> None:
    here, earlier = folder(running), zhao()
    later = ApplicationFactory(campaign=VoteScene(running.union).campaign, member=earlier.applicant)
    how: dict[str, Any] = {"actor": system_member(running.union), "at": running.now(), "why": "保存期已满"}
    anonymise(earlier, **how)
    assert not here.exists()
    sweep_public_pages()
    assert not photo_of(here).exists()
    assert "赵建国" not in text(here)
    assert "个人信息已按规定删除" in text(here)

    anonymise(later, **how)

    assert not here.exists()
    sweep_public_pages()
    assert "个人信息已按规定删除" in text(here)


def test_beat_writes_what_a_killed_worker_did_not_and_nothing_else(running: VoteScene) -> None:
    here = folder(running)
    photo_of(here).unlink()
    (here / "index.html").unlink()
    other = (folder(running, "钱秀兰") / "index.html").stat().st_ino

    sweep_public_pages()

    assert "赵建国" in text(here)
    assert photo_of(here).exists()
    assert (folder(running, "钱秀兰") / "index.html").stat().st_ino == other


def test_a_photo_that_cannot_be_read_stops_nobody(running: VoteScene) -> None:
    here, stored = folder(running), zhao().materials.current().get(slot=PHOTO).file.file
    stored.storage.delete(stored.name)
    (here / "index.html").unlink()

    sweep_public_pages()

    assert "赵建国" in text(here)
    assert not photo_of(here).exists()


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_a_cancelled_campaign_and_a_closed_union_have_no_files(running: VoteScene, how: str) -> None:
    if how == "cancelled":
        cancel_campaign(running.campaign, reason="活动调整", actor=running.office, at=running.now())
    else:
        Union.objects.filter(pk=running.union.pk).update(active=False)

    sweep_public_pages()

    assert not pages.folder_of(running.poll).exists()
    put_up_pages(running.union.pk, "polls", running.poll.pk)
    assert not pages.folder_of(running.poll).exists()


def test_an_own_domain_leads_to_the_polls_and_to_the_colour(running: VoteScene, public: Path) -> None:
    Union.objects.filter(pk=running.union.pk).update(domain="gonghui.example.cn")

    sweep_public_pages()

    own = public / "hosts" / "gonghui.example.cn"
    assert (own / folder(running).relative_to(pages.home_of(running.union)) / "index.html").exists()
    assert (own / "notices" / "brand.css").exists()
    assert (public / "hosts" / "testserver" / running.union.slug / "polls").exists()


def test_looking_for_what_is_old_costs_the_same_however_many_polls(
    running: VoteScene, django_assert_num_queries: Any
) -> None:
    def look() -> None:
        with tenancy.everywhere(tenancy.GlobalRoute.SWEEP), django_assert_num_queries(3):  # people, polls, notices
            assert len({pk for _, kind, pk in pages.due(at=running.now()).pages if kind == "polls"}) == more

    more = 0
    look()
    for _ in range(2):
        another = VoteScene(running.union)
        another.to_vote("孙志强")
        another.open_poll()
    more = 2
    look()


def test_the_ballot_shows_a_photo_of_those_who_handed_one_in(client: Client, running: VoteScene) -> None:
    where = {"union_slug": running.union.slug, "pk": running.poll.pk}
    page = client.get(reverse("publicity:poll", kwargs=where)).content.decode()

    assert address(running, "candidate_photo") in page
    assert address(running, "candidate_photo", "钱秀兰") not in page

"""Published notices as files: written once the commit is through, gone before a change, mended by beat, nobody's in particular."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from applications.models import Application
from applications.services.retention import anonymise
from campaigns.services import cancel_campaign
from config import csp
from publicity import tasks
from publicity.services import pages
from publicity.tasks import put_up_pages, sweep_public_pages
from tests.publicity.conftest import SetClock
from tests.publicity.scene import Scene
from unions import tenancy
from unions.models import Union
from unions.services import system_member

NGINX = settings.BASE_DIR / "docker" / "nginx.conf"


@pytest.fixture
def published(scene: Scene, public: Path, set_clock: SetClock) -> Scene:
    scene.to_notice("赵建国", "钱秀兰")
    scene.publish()
    set_clock(scene.now())
    sweep_public_pages()
    return scene


def page(scene: Scene, name: str = "index.html") -> Path:
    return pages.folder_of(scene.notice) / name


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_task_after_the_commit_writes_every_version(
    scene: Scene, in_notice: list[Application], public: Path, set_clock: SetClock
) -> None:
    scene.publish()
    scene.correct(reason="单位名称有误")
    set_clock(scene.now())

    put_up_pages(scene.union.pk, "notices", scene.notice.pk)

    assert "赵建国" in text(page(scene))
    assert "更正说明：单位名称有误" in text(page(scene))
    assert "这是旧版本" in text(page(scene, "v1/index.html"))
    assert gzip.decompress(page(scene, "index.html.gz").read_bytes()) == page(scene).read_bytes()
    assert page(scene).stat().st_mode & 0o777 == 0o644
    assert {folder.stat().st_mode & 0o777 for folder in page(scene).parents if folder.is_relative_to(public)} == {0o755}


def test_a_commit_sends_the_task(
    scene: Scene,
    in_notice: list[Application],
    public: Path,
    sent: list[tuple[str, list[Any]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        scene.publish()

    assert (tasks.put_up_pages.name, [scene.union.pk, "notices", scene.notice.pk]) in sent


def test_nothing_in_a_file_depends_on_who_reads(client: Client, published: Scene) -> None:
    html = text(page(published))

    for word in ("csrf", "sessionid", "nonce", "jx-who", "退出", "htmx"):
        assert word not in html
    assert 'property="og:url" content="http://testserver/' in html
    assert re.search(r'property="og:image" content="http://testserver/static/img/share[^"]*\.png"', html)
    shown = client.get(
        reverse("publicity:notice", kwargs={"union_slug": published.union.slug, "pk": published.notice.pk})
    )
    main = re.compile(r"<main.*</main>", re.DOTALL)
    said = main.search(shown.content.decode())
    kept = main.search(html)
    assert said is not None
    assert kept is not None
    assert said[0] == kept[0]


def test_a_correction_takes_the_old_page_away_before_it_commits(published: Scene) -> None:
    published.correct()

    assert not page(published).exists()
    sweep_public_pages()
    assert "更正说明" in text(page(published))


def test_beat_writes_what_a_killed_worker_did_not_and_nothing_else(published: Scene) -> None:
    page(published).write_bytes(page(published).read_bytes()[:100])
    sweep_public_pages()
    assert "赵建国" in text(page(published))
    before = page(published).stat().st_mtime_ns, page(published).stat().st_ino

    sweep_public_pages()

    assert (page(published).stat().st_mtime_ns, page(published).stat().st_ino) == before


def test_beat_finds_an_old_version_and_a_colour_that_somebody_lost(published: Scene) -> None:
    brand = pages.home_of(published.union) / "notices" / "brand.css"
    before = page(published).stat().st_ino
    page(published, "v1/index.html").unlink()
    brand.unlink()

    sweep_public_pages()

    assert page(published, "v1/index.html").exists()
    assert brand.exists()
    assert page(published).stat().st_ino == before


def test_somebody_who_became_nobody_stands_in_no_file(published: Scene) -> None:
    person = Application.objects.get(name="赵建国")

    anonymise(person, actor=system_member(published.union), at=published.now(), why="保存期已满")

    assert not page(published).exists()
    sweep_public_pages()
    assert "赵建国" not in text(page(published)) + text(page(published, "v1/index.html"))
    assert "个人信息已按规定删除" in text(page(published))


def test_beat_takes_a_name_away_that_stayed_up(published: Scene) -> None:
    Application.objects.filter(name="赵建国").update(anonymised_at=published.now())
    assert "赵建国" in text(page(published))

    sweep_public_pages()

    assert "赵建国" not in text(page(published)) + text(page(published, "v1/index.html"))


def test_what_time_or_an_end_changes_is_made_anew(published: Scene, set_clock: SetClock) -> None:
    assert "提出异议</a>" in text(page(published))
    published.run_out()
    set_clock(published.now())
    sweep_public_pages()
    assert "不再受理异议" in text(page(published))
    published.close("notice")
    assert not page(published).exists()


def test_a_cancelled_campaign_and_a_new_colour_reach_the_files(published: Scene) -> None:
    cancel_campaign(published.campaign, reason="活动调整", actor=published.office, at=published.now())
    Union.objects.filter(pk=published.union.pk).update(brand="#0A4B8C", name="改名后的总工会")

    sweep_public_pages()

    assert "改名后的总工会" in text(page(published))
    assert "不再受理异议" in text(page(published))
    assert "#0A4B8C" in text(pages.home_of(published.union) / "notices" / "brand.css")


def test_a_closed_union_has_no_pages(published: Scene) -> None:
    Union.objects.filter(pk=published.union.pk).update(active=False)

    sweep_public_pages()

    assert not page(published).exists()


def test_hosts_lead_to_their_own_union_only(published: Scene, public: Path, other_union: Union) -> None:
    Union.objects.filter(pk=published.union.pk).update(domain="gonghui.example.cn")
    sweep_public_pages()
    number = str(published.notice.pk)

    assert (public / "hosts" / "testserver" / published.union.slug / "notices" / number / "index.html").exists()
    assert (public / "hosts" / "gonghui.example.cn" / "notices" / number / "index.html").exists()
    assert not (public / "hosts" / "gonghui.example.cn" / other_union.slug).exists()
    assert "http://gonghui.example.cn/" in text(page(published))
    for domain in ("neu.example.cn", "../aussen"):
        Union.objects.filter(pk=published.union.pk).update(domain=domain)
        sweep_public_pages()
        assert not (public / "hosts" / "gonghui.example.cn" / "notices").is_symlink()
    assert sorted(path.name for path in public.iterdir()) == ["hosts", "pages"]
    assert not (public / "hosts" / "neu.example.cn" / "notices").is_symlink()


def test_a_page_of_another_unions_notice_is_not_written(published: Scene, other_union: Union) -> None:
    before = page(published).read_bytes()
    page(published).unlink()

    put_up_pages(other_union.pk, "notices", published.notice.pk)

    assert not page(published).exists()
    assert not pages.home_of(other_union).exists()
    assert before


def test_a_disk_that_refuses_does_not_stop_the_office(published: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: Any, **__: Any) -> None:
        raise PermissionError

    monkeypatch.setattr("shutil.rmtree", refuses)

    assert published.correct().version == 2


def test_the_colour_is_answered_by_the_application_too(client: Client, union: Union) -> None:
    response = client.get(reverse("publicity:brand", kwargs={"union_slug": union.slug}))

    assert response["Content-Type"].startswith("text/css")
    assert union.brand in response.content.decode()


# --- the web server ----------------------------------------------------------------------------------------------------


def _header(name: str) -> str:
    found = re.search(rf'add_header {name} "?(.*?)"? always;', NGINX.read_text(encoding="utf-8"))
    assert found is not None, name
    return found[1]


def test_the_web_server_sends_the_headers_that_the_application_sends() -> None:
    """Without the nonce: a finished page has no inline style."""
    policy = {}
    for part in _header("Content-Security-Policy").split("; "):
        name, *values = part.split()
        policy[name] = values
    expected = {name: [str(v) for v in values if v is not csp.NONCE] for name, values in csp.STRICT.items()}  # type: ignore[attr-defined]

    assert policy == expected
    assert _header("X-Frame-Options") == settings.X_FRAME_OPTIONS
    assert _header("X-Content-Type-Options") == "nosniff"
    assert _header("Referrer-Policy") == settings.SECURE_REFERRER_POLICY
    assert _header("Cross-Origin-Opener-Policy") == settings.SECURE_CROSS_ORIGIN_OPENER_POLICY


@pytest.mark.parametrize(
    ("view", "more", "file"),
    [
        ("notice", {}, "/notices/7/index.html"),
        ("notice_version", {"version": 2}, "/notices/7/v2/index.html"),
        ("candidate", {"candidate": 31}, "/polls/7/candidates/31/index.html"),
        ("candidate_photo", {"candidate": 31}, "/polls/7/candidates/31/photo.jpg"),
        ("notice_paper", {"version": 2}, ""),
        ("object", {}, ""),
        ("poll", {}, ""),
        ("cast", {}, ""),
    ],
)
@pytest.mark.parametrize("slug", ["/shi-gonghui", ""])
def test_the_web_server_finds_the_file_of_an_address_also_on_an_own_domain(
    view: str, more: dict[str, int], file: str, slug: str
) -> None:
    address = reverse(f"publicity:{view}", kwargs={"union_slug": "shi-gonghui", "pk": 7, **more})
    address = slug + address.removeprefix("/shi-gonghui")
    found = re.search(r"location ~ (\S+) \{\n\s+root \S+;\n((?:\s+rewrite .*;\n)+)", NGINX.read_text(encoding="utf-8"))
    assert found is not None
    rules = [line.split()[1:3] for line in found[2].strip().splitlines()]
    rewritten, target = next(
        (match, target) for pattern, target in rules if (match := re.search(pattern, address)) is not None
    )
    asked = rewritten.expand(target.replace("$finished", "").replace("${uri}", address).replace("$1", r"\1"))

    assert (asked if re.search(found[1], address) else "") == (slug + file if file else "")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    assert tenancy.current() != tenancy.EVERYWHERE

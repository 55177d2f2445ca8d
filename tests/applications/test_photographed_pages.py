"""Photographed pages put together into one paper: together, one by one, in another order, one taken out."""

import io
import math

import pikepdf
import pillow_heif
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications import services
from applications.models import Material
from applications.states import State
from documents.models import StoredFile
from documents.paper import binding
from tests.applications.conftest import pdf, png
from tests.factories import IN_TIME, ApplicationFactory, sign_in
from unions.permits import Refused


def page(colour, *, wide=False):
    size = (60, 40) if wide else (40, 60)
    return SimpleUploadedFile(f"{colour}.png", png(*size, colour=colour))


def heic():
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "green")).save(out)
    return SimpleUploadedFile("IMG_0001.HEIC", out.getvalue())


def attach(draft, actor, *colours, slot="identity"):
    return services.attach_pages(draft, slot=slot, files=[page(c) for c in colours], actor=actor, at=IN_TIME)


def content(material):
    with material.file.file.open("rb") as file:
        return file.read()


NAMES = {"red": (254, 0, 0), "blue": (0, 0, 254), "green": (0, 128, 1)}


def colours(material):
    """The colour of each page's picture, by its name."""
    with pikepdf.open(io.BytesIO(content(material))) as book:
        drawn = [next(iter(one.Resources.XObject.values())).read_raw_bytes() for one in book.pages]
    seen = [Image.open(io.BytesIO(jpeg)).getpixel((5, 5)) for jpeg in drawn]
    return [min(NAMES, key=lambda name: math.dist(NAMES[name], dot)) for dot in seen]


def kept_bytes():
    return sum(1 for path in settings.PRIVATE_DIR.rglob("*") if path.is_file())


def test_a_heic_photograph_is_kept_as_jpeg(draft, alice):
    material = services.attach_material(draft, slot="photo", file=heic(), actor=alice, at=IN_TIME)

    assert (material.file.content_type, material.file.name) == ("image/jpeg", "IMG_0001.jpg")


def test_several_photographs_become_one_pdf_in_their_order(draft, alice):
    material = attach(draft, alice, "red", "blue", "green")

    assert (material.pages, material.file.content_type, material.file.name) == (3, "application/pdf", "身份证明.pdf")
    assert colours(material) == ["red", "blue", "green"]


def test_a_page_lies_across_where_its_picture_does(draft, alice):
    files = [page("red"), page("blue", wide=True)]
    material = services.attach_pages(draft, slot="identity", files=files, actor=alice, at=IN_TIME)

    with pikepdf.open(io.BytesIO(content(material))) as book:
        boxes = [[float(x) for x in one.mediabox[2:]] for one in book.pages]
    assert boxes == [
        [pytest.approx(binding.A4[0]), pytest.approx(binding.A4[1])],
        [pytest.approx(binding.A4[1]), pytest.approx(binding.A4[0])],
    ]


def test_one_photograph_alone_stays_a_picture(draft, alice):
    assert attach(draft, alice, "red").pages == 0


def test_pages_are_added_one_by_one_to_a_single_picture(draft, alice):
    first = services.attach_material(draft, slot="identity", file=page("red"), actor=alice, at=IN_TIME)
    second = services.add_pages(first, files=[page("blue")], actor=alice, at=IN_TIME)
    third = services.add_pages(second, files=[page("green")], actor=alice, at=IN_TIME)

    assert (third.pages, third.file.name) == (3, "red.pdf")
    assert colours(third) == ["red", "blue", "green"]
    assert list(Material.objects.current().filter(application=draft)) == [third]


def test_pages_change_their_order_and_one_is_taken_out(draft, alice):
    material = attach(draft, alice, "red", "blue", "green")

    turned = services.arrange_pages(material, order=[3, 1], actor=alice, at=IN_TIME)

    assert (turned.pages, colours(turned)) == (2, ["green", "red"])


@pytest.mark.parametrize(("order", "words"), [([], "至少保留一页"), ([1, 1], "页码不对"), ([1, 4], "页码不对")])
def test_an_order_that_cannot_be_is_refused(draft, alice, order, words):
    material = attach(draft, alice, "red", "blue")

    with pytest.raises(Refused, match=words):
        services.arrange_pages(material, order=order, actor=alice, at=IN_TIME)


def test_the_same_order_changes_nothing(draft, alice):
    material = attach(draft, alice, "red", "blue")

    assert services.arrange_pages(material, order=[1, 2], actor=alice, at=IN_TIME) == material


def test_what_was_exchanged_before_anybody_handed_it_in_leaves_no_bytes(draft, alice):
    """Each page added makes a new file: only the last one stays, and the row of the others says that they are gone."""
    before = kept_bytes()
    material = attach(draft, alice, "red", "blue")
    services.add_pages(material, files=[page("green")], actor=alice, at=IN_TIME)

    material.file.refresh_from_db()
    assert (material.file.erased_at, material.file.name) == (IN_TIME, "已删除的文件")
    # bytes go once the transaction is through, which a test never is
    assert kept_bytes() == before + 2
    assert StoredFile.objects.filter(erased_at__isnull=True, material__application=draft).count() == 1


def test_a_bad_page_is_named_and_nothing_is_kept(draft, alice):
    before = StoredFile.objects.count(), kept_bytes()

    with pytest.raises(Refused, match=r"第 2 张没有收下，身份证明：.*不完整"):
        services.attach_pages(
            draft,
            slot="identity",
            files=[page("red"), SimpleUploadedFile("断.png", png()[:40])],
            actor=alice,
            at=IN_TIME,
        )

    assert (StoredFile.objects.count(), kept_bytes()) == before


def test_what_cannot_be_put_together_is_said(draft, alice, scan):
    with pytest.raises(Refused, match="只收一张照片"):
        attach(draft, alice, "red", "blue", slot="photo")
    with pytest.raises(Refused, match="第 2 个是 PDF"):
        services.attach_pages(
            draft, slot="identity", files=[page("red"), SimpleUploadedFile("a.pdf", pdf())], actor=alice, at=IN_TIME
        )
    with pytest.raises(Refused, match="请先选择照片"):
        services.attach_pages(draft, slot="identity", files=[], actor=alice, at=IN_TIME)
    scanned = services.attach_material(draft, slot="identity", file=scan, actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="不能加页"):
        services.add_pages(scanned, files=[page("red")], actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="不能调整页序"):
        services.arrange_pages(scanned, order=[1], actor=alice, at=IN_TIME)


def test_too_many_pages_and_too_many_bytes_are_refused(draft, alice, campaign, monkeypatch):
    monkeypatch.setattr(binding, "MAX_PAGES", 1)
    with pytest.raises(Refused, match="一份至多 1 页"):
        attach(draft, alice, "red", "blue")
    monkeypatch.setattr(binding, "MAX_PAGES", 40)
    monkeypatch.setattr(binding, "bind", lambda *args, **kwargs: bytes(21 * 1024 * 1024))
    with pytest.raises(Refused, match="合成后超过 20 MB"):
        attach(draft, alice, "red", "blue")


def test_a_second_window_sees_that_the_paper_was_exchanged(draft, alice):
    material = attach(draft, alice, "red", "blue")
    services.arrange_pages(material, order=[2, 1], actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="刚在别处改过"):
        services.add_pages(material, files=[page("green")], actor=alice, at=IN_TIME)


def test_one_file_among_several_is_exchanged(draft, alice, picture):
    old = services.attach_material(draft, slot="identity", file=picture(), actor=alice, at=IN_TIME)
    other = services.attach_material(draft, slot="identity", file=picture(colour="blue"), actor=alice, at=IN_TIME)
    given = {"slot": "identity", "actor": alice, "at": IN_TIME}

    new = services.attach_material(draft, file=picture(colour="green"), replacing=old, **given)

    assert set(Material.objects.current().filter(application=draft)) == {other, new}
    with pytest.raises(Refused, match="已经移除，请刷新"):
        services.attach_material(draft, file=picture(colour="black"), replacing=old, **given)


def test_what_a_submission_froze_keeps_its_bytes(campaign, picture):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    application.returns.update(items=["identity"])
    material = application.materials.get(slot="identity")

    services.remove_material(material, actor=application.applicant, at=IN_TIME)

    material.file.refresh_from_db()
    assert material.file.erased_at is None


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_alice(client, alice, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    return sign_in(client, alice)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def test_without_script_several_photographs_are_posted_together(as_alice, draft):
    where = url("attach", pk=draft.pk, slot="identity")

    as_alice.post(where, {"file": [page("red"), page("blue")], "together": "1", "from": "materials"})

    material = Material.objects.current().get(application=draft)
    shown = as_alice.get(url("pages", pk=draft.pk, material=material.pk)).content.decode()
    assert (material.pages, "共 2 页" in shown, "去掉" in shown) == (2, True, True)


def test_several_papers_at_once_stop_at_the_bad_one_and_say_so(as_alice, draft):
    where = url("attach", pk=draft.pk, slot="identity")

    answer = as_alice.post(where, {"file": [page("red"), SimpleUploadedFile("x.png", b"x")]}, follow=True)

    assert "前 1 个已收下；第 2 个没有" in answer.content.decode()
    assert Material.objects.current().filter(application=draft).count() == 1


def test_pages_are_added_and_arranged_on_their_page(as_alice, draft, alice):
    material = services.attach_material(draft, slot="identity", file=page("red"), actor=alice, at=IN_TIME)

    added = as_alice.post(
        url("add_pages", pk=draft.pk, material=material.pk),
        {"file": page("blue")},
        headers={"accept": "application/json"},
    ).json()
    second = Material.objects.current().get(application=draft)
    assert added["add"] == url("add_pages", pk=draft.pk, material=second.pk)
    for do, wanted in [("up:2", ["blue", "red"]), ("down:1", ["red", "blue"]), ("nonsense", ["red", "blue"])]:
        second = Material.objects.current().get(application=draft)
        as_alice.post(url("arrange_pages", pk=draft.pk, material=second.pk), {"do": do, "from": "materials"})
        assert colours(Material.objects.current().get(application=draft)) == wanted
    last = Material.objects.current().get(application=draft)
    as_alice.post(url("arrange_pages", pk=draft.pk, material=last.pk), {"do": "out:1"})
    assert colours(Material.objects.current().get(application=draft)) == ["blue"]


def test_the_page_of_papers_says_what_is_missing_and_of_which_clause(as_alice, draft, alice):
    before = as_alice.get(url("materials", pk=draft.pk)).content.decode()
    services.attach_material(draft, slot="identity", file=page("red"), actor=alice, at=IN_TIME)
    after = as_alice.get(url("materials", pk=draft.pk)).content.decode()

    assert "必交的材料" in before
    assert "依据：七（三）" in before
    assert before.count('href="#identity"') == after.count('href="#identity"') + 1


def test_nobody_else_reaches_the_pages(client, draft, alice, member, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    material = services.attach_material(draft, slot="identity", file=page("red"), actor=alice, at=IN_TIME)
    stranger = sign_in(client, member())

    for name in ("pages", "add_pages", "arrange_pages"):
        where = url(name, pk=draft.pk, material=material.pk)
        assert {stranger.get(where).status_code, stranger.post(where).status_code} <= {404, 405}

"""A campaign on real rules, a person, a town's union and its officer."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from applications import services
from applications.models import Application
from campaigns.models import Campaign
from tests import factories
from tests.kept import kept
from unions.models import Member, Union, Unit
from unions.states import Role


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Whoever asked often in an earlier test may ask again."""
    cache.clear()


@kept
def campaign(union: Union) -> Campaign:
    return factories.CampaignFactory(union=union, slug="tianmu")


@kept
def alice(union: Union) -> Member:
    """Applies."""
    found = factories.MemberFactory(union=union, name="田秀兰")
    factories.consent(found)
    return found


@kept
def town(union: Union) -> Unit:
    return factories.UnitFactory(union=union, kind="town_union", name="示例镇总工会")


@kept
def officer(union: Union, town: Unit) -> Member:
    """Works for the town's union."""
    return factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=town, name="何立新")


@kept
def draft(campaign: Campaign, alice: Member) -> Application:
    return services.start_application(campaign, channel="self", actor=alice, at=factories.IN_TIME)


def png(width: int = 40, height: int = 56, *, colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out)
    return out.getvalue()


@pytest.fixture
def picture() -> Callable[..., SimpleUploadedFile]:
    def make(name: str = "证件照.png", **details: object) -> SimpleUploadedFile:
        return SimpleUploadedFile(name, png(**details), content_type="image/png")  # type: ignore[arg-type]

    return make


@pytest.fixture
def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("证明.pdf", pdf(), content_type="application/pdf")

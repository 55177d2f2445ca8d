"""Somebody scans a certificate on a phone before and after it was revoked, and then the sheet that was printed again."""

import os
from pathlib import Path

import pytest

from publicity.models import Certificate
from publicity.services import awards
from tests.browser.visitors import Clock, Visit
from tests.publicity.scene import CERTIFICATE, MONEY, Scene
from tests.publicity.test_ledger import title
from tests.publicity.test_signing import run
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor, name):
    if LOOK:
        visitor.page.screenshot(path=str(Path(LOOK) / f"{name}.png"), full_page=True)


def test_a_certificate_is_verified_before_and_after_it_is_revoked(union: Union, visit: Visit, clock: Clock) -> None:
    scene = Scene(union, more=CERTIFICATE + MONEY)
    title(scene, "阿卜杜热西提·买买提")
    scene.queue()
    run(scene, "certificates.batch")
    certificate = Certificate.objects.select_related("campaign").get()
    clock.go_to(scene.now())
    anybody = visit("扫码的人", 390)
    anybody.open("/verify/")
    anybody.page.get_by_label("证书编号或核验码").fill(certificate.number.replace("〔", "[").replace("〕", "]"))
    anybody.press("核验")
    anybody.sees("证书有效")
    anybody.sees("阿卜杜热西提·买买提")
    anybody.sees("第 1 次印制")
    look(anybody, "valid")

    awards.reprint_certificate(certificate, reason="遗失", actor=scene.office, at=scene.now())
    clock.go_to(scene.now())
    anybody.open(f"/verify/{certificate.code}/")
    anybody.sees("已重印，此份作废")
    look(anybody, "replaced")

    office = visit("经办", 1280, scene.office)
    office.open(f"/{union.slug}/awards/certificates/{certificate.pk}/revoke/")
    office.page.get_by_label("撤销原因").fill("申报材料不实")
    office.press("撤销这份证书")
    office.sees("已撤销")
    anybody.page.reload()
    anybody.sees("此证书已撤销")
    anybody.sees("申报材料不实")
    assert "遗失" not in anybody.page.content()
    look(anybody, "revoked")

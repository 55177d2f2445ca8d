"""Signing up, in and back in, by phone or by e-mail, with the messages a person would get."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests import factories
from unions import phones, sms, vault
from unions.adapters import AccountAdapter, MFAAdapter
from unions.models import User
from unions.states import Role

PASSWORD = factories.PASSWORD
PHONE = "19900001234"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbox(settings: Any, tmp_path: Path) -> Path:
    cache.clear()  # rate limits of earlier tests
    settings.SMS_FILE_PATH = tmp_path / "sms"
    return tmp_path / "sms"


def texts(outbox: Path) -> list[dict[str, str]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in outbox.glob("*.json")]
    return sorted(found, key=lambda message: message["at"])


def sign_up(client: Client, **data: str) -> Any:
    return client.post("/accounts/signup/", {"password1": PASSWORD, "password2": PASSWORD, **data}, follow=True)


def code(outbox: Path) -> str:
    found = re.search(r"验证码 (\w[\w-]*)", texts(outbox)[-1]["text"])
    assert found is not None
    return found[1]


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- signing up -----------------------------------------------------------------------------------------------------


def test_a_code_is_six_digits_typed_on_the_keys_for_digits(client: Client, outbox: Path) -> None:
    page = sign_up(client, phone=PHONE).content.decode()

    assert re.fullmatch(r"\d{6}", code(outbox))
    assert 'autocomplete="one-time-code" inputmode="numeric"' in page


@pytest.mark.parametrize(
    "typed", [PHONE, "199 0000 1234", "+86 199-0000-1234", "0086 19900001234", "１９９００００１２３４"]
)
def test_a_phone_alone_is_enough(client: Client, outbox: Path, typed: str) -> None:
    sign_up(client, phone=typed)
    assert not signed_in(client)

    client.post("/accounts/phone/verify/", {"code": code(outbox)})

    user = User.objects.get()
    assert (user.phone, user.phone_verified, user.email) == ("+8619900001234", True, None)
    assert signed_in(client)
    assert texts(outbox)[-1]["to"] == "+8619900001234"


def test_an_address_alone_is_enough(client: Client) -> None:
    sign_up(client, email="Chen.Yi@Example.com")

    user = User.objects.get()
    assert (user.email, user.phone) == ("chen.yi@example.com", None)
    assert signed_in(client)
    assert mail.outbox[0].to == ["chen.yi@example.com"]


def test_two_people_without_an_address_both_sign_up(client: Client, outbox: Path) -> None:
    for number in ("19900001234", "19900001235"):
        sign_up(Client(), phone=number)

    assert set(User.objects.values_list("phone", "email")) == {("+8619900001234", None), ("+8619900001235", None)}


def test_without_any_contact_the_form_says_so(client: Client) -> None:
    response = sign_up(client)

    assert "请填写手机号码或电子邮箱，至少一项" in response.content.decode()
    assert not User.objects.exists()


def test_a_number_that_is_none_is_refused_in_words(client: Client) -> None:
    response = sign_up(client, phone="12345")

    assert "11 位手机号码" in response.content.decode()


def test_a_proven_number_is_not_taken_over_and_its_owner_is_told(client: Client, outbox: Path) -> None:
    owner = factories.UserFactory(phone="+8619900001234")

    sign_up(client, phone=PHONE)

    assert User.objects.get() == owner
    assert "已注册" in texts(outbox)[-1]["text"]


def test_a_number_somebody_claimed_without_proof_is_free(client: Client, outbox: Path) -> None:
    sign_up(Client(), phone=PHONE)
    squatter = User.objects.get()
    cache.clear()  # one message to one number within half a minute

    sign_up(client, phone=PHONE)
    client.post("/accounts/phone/verify/", {"code": code(outbox)})

    squatter.refresh_from_db()
    assert squatter.phone is None
    assert User.objects.get(phone="+8619900001234").phone_verified
    assert signed_in(client)


# --- signing in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [PHONE, "+8619900001234", "a@example.com", "A@Example.com"])
def test_people_sign_in_with_either(client: Client, typed: str) -> None:
    factories.UserFactory(phone="+8619900001234", email="a@example.com")

    client.post("/accounts/login/", {"login": typed, "password": PASSWORD})

    assert signed_in(client)


@pytest.mark.parametrize("typed", [PHONE, "a@example.com", "wer ist das"])
def test_a_wrong_password_is_refused_in_words(client: Client, typed: str) -> None:
    response = client.post("/accounts/login/", {"login": typed, "password": "falsch-falsch"})

    assert re.search("不正确|请输入手机号码或电子邮箱", response.content.decode())
    assert not signed_in(client)


def test_a_staff_sign_in_asks_for_the_second_factor(client: Client) -> None:
    factories.UserFactory(phone="+8619900001234", second_factor=True)

    response = client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})

    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert not signed_in(client)


def test_after_signing_in_a_person_of_one_union_is_at_their_desk(
    client: Client, union: Any, other_union: Any, member: Any
) -> None:
    user = factories.UserFactory(phone="+8619900001234")
    member(Role.APPLICANT, user=user)

    response = client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})

    assert response["Location"] == "/shili/desk/"


def test_after_signing_in_others_are_where_unions_are_listed(client: Client) -> None:
    factories.UserFactory(phone="+8619900001234")

    assert client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})["Location"] == "/"


def test_after_signing_in_an_operator_is_at_the_platforms_pages(client: Client) -> None:
    factories.UserFactory(phone="+8619900001234", operator=True)

    assert client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})["Location"] == "/operator/"


def test_a_person_sees_and_ends_the_own_sessions(client: Client) -> None:
    user = factories.UserFactory(phone="+8619900001234")
    elsewhere = Client()
    for one in (client, elsewhere):
        one.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})
        one.get("/accounts/sessions/")

    assert user.usersession_set.count() == 2
    client.post("/accounts/sessions/", {"action": "end"})
    assert elsewhere.get("/accounts/sessions/").status_code == 302


# --- a forgotten password -------------------------------------------------------------------------------------------


def _reset(client: Client, link: str) -> None:
    path = re.sub(r"^https?://[^/]+", "", link)
    page = client.get(path, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "xin-mi-ma-2026", "password2": "xin-mi-ma-2026"})


def test_a_password_is_reset_by_short_message(client: Client, outbox: Path) -> None:
    user = factories.UserFactory(phone="+8619900001234")

    client.post("/accounts/password/reset/", {"email": PHONE})
    link = re.search(r"https?://\S+", texts(outbox)[-1]["text"])
    assert link is not None
    _reset(client, link[0])

    user.refresh_from_db()
    assert user.check_password("xin-mi-ma-2026")


def test_a_password_is_reset_by_mail(client: Client) -> None:
    user = factories.UserFactory(email="a@example.com")

    client.post("/accounts/password/reset/", {"email": "a@example.com"})
    link = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert link is not None
    _reset(client, link[0])

    user.refresh_from_db()
    assert user.check_password("xin-mi-ma-2026")


def test_an_unknown_number_gets_told_so_and_the_page_says_nothing(client: Client, outbox: Path) -> None:
    factories.UserFactory(phone="+8619900001234")
    known = client.post("/accounts/password/reset/", {"email": PHONE})
    unknown = client.post("/accounts/password/reset/", {"email": "19900009999"})

    assert known["Location"] == unknown["Location"]
    assert "没有注册过" in texts(outbox)[-1]["text"]


def test_what_is_neither_number_nor_address_is_refused(client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": "你好"})

    assert "11 位手机号码或电子邮箱" in response.content.decode()


# --- small parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+852 5123 4567", "+85251234567"),
        ("00852-5123-4567", "+85251234567"),
        ("(0571) 8888", "05718888"),
    ],
)
def test_numbers_are_kept_as_e164(typed: str, kept: str) -> None:
    assert phones.normalise(typed) == kept


def test_a_number_is_shown_without_the_country_and_masked() -> None:
    assert phones.shown("+8619900001234") == "19900001234"
    assert phones.masked("+8619900001234") == "199******34"
    assert phones.is_phone("199 0000 1234")
    assert not phones.is_phone("a@example.com")


def test_the_same_message_twice_is_one_file(outbox: Path) -> None:
    for _ in range(2):
        sms.send(to="+8619900001234", text="一", message_id="a@b")

    assert [message["text"] for message in texts(outbox)] == ["一"]


def test_an_account_without_a_phone_has_none_to_verify() -> None:
    user = User.objects.create_user(email="a@example.com")

    assert AccountAdapter().get_phone(user) is None
    assert str(user) == "a@example.com"


def test_secrets_of_the_second_factor_are_not_kept_in_clear() -> None:
    adapter = MFAAdapter()
    user = factories.UserFactory(phone="+8619900001234")

    assert adapter.decrypt(adapter.encrypt("JBSWY3DP")) == "JBSWY3DP"
    assert "JBSWY3DP" not in adapter.encrypt("JBSWY3DP")
    assert vault.unwrap(adapter.encrypt("x")) == "x"
    user.email = None
    assert adapter.get_totp_label(user) == "19900001234"


def test_a_second_factor_that_is_set_up_is_kept_wrapped(client: Client) -> None:
    from allauth.mfa.totp.internal import auth

    user = factories.UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    auth.TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    kept = Authenticator.objects.get(user=user).data["secret"]
    assert vault.unwrap(kept) == "JBSWY3DPEHPK3PXP"

"""How allauth meets our people: a phone or an e-mail address, one of the two is enough."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PhoneField
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from unions import phones, selectors, sms, tenancy, vault
from unions.models import User


class ChinesePhoneField(PhoneField):  # type: ignore[misc]  # allauth publishes no types
    """allauth's field takes E.164 only and validates before it asks the adapter; people type 138…"""

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return phones.normalise(text) if text else text


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Phone and e-mail sign-in over `User.phone`, which holds E.164."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "phone_password_mismatch": "手机号码或密码不正确，请核对后重试。",
        "email_password_mismatch": "电子邮箱或密码不正确，请核对后重试。",
        "invalid_login": "请输入手机号码或电子邮箱。",
        "phone_taken": "该手机号码已注册，请直接登录；忘记密码可以重设。",
        "too_many_login_attempts": "连续多次登录失败，请过几分钟再试，或重设密码。",
    }

    def phone_form_field(self, **kwargs: Any) -> ChinesePhoneField:
        kwargs.setdefault("error_messages", {"required": "请填写手机号码。"})
        field = ChinesePhoneField(**kwargs)
        field.validators = [v for v in field.validators if v is not PhoneField.e164_validator]
        field.validators.append(_e164)
        field.widget.attrs |= {"placeholder": "", "inputmode": "tel"}
        return field

    def clean_phone(self, phone: str) -> str:
        return phones.normalise(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    @transaction.atomic
    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Give a user a phone. Whoever claimed the number before without proving it loses it, so nobody can occupy one."""
        number = phones.normalise(phone)
        User.objects.filter(phone=number, phone_verified=False).exclude(pk=user.pk).update(phone=None)
        user.phone, user.phone_verified = number, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phones.normalise(phone)).first()

    def send_verification_code_sms(self, user: User, phone: str, code: str, **_: Any) -> None:  # noqa: ARG002 - allauth's signature
        _text(phone, f"验证码 {code}，15 分钟内有效，请勿告诉他人。")

    def send_account_already_exists_sms(self, phone: str) -> None:
        _text(phone, "该手机号码已注册过账号，请直接登录；忘记密码可以在登录页重设。")

    def send_unknown_account_sms(self, phone: str, **_: Any) -> None:
        _text(phone, "该手机号码没有注册过账号。若非您本人操作，请忽略本短信。")

    def send_password_reset_sms(self, phone: str, url: str) -> None:
        _text(phone, f"重设密码请打开：{url} 若非您本人操作，请忽略本短信。")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """To the desk of a person who works in one union only, to the operator's pages, else to the page over all unions.

        An address in `next` takes precedence: allauth asks here only without one.
        """
        user = request.user
        assert isinstance(user, User)
        with tenancy.everywhere(tenancy.GlobalRoute.MEMBERSHIPS):
            found = list(selectors.memberships(user, at=timezone.now())[:2])
        if len(found) == 1:
            return reverse("desk", kwargs={"union_slug": found[0].union.slug})
        if not found and user.is_staff:
            return reverse("unions_global:operator")
        return super().get_login_redirect_url(request)  # type: ignore[no-any-return]


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth publishes no types
    """TOTP secrets and the seed of recovery codes are kept under the master keys, not in clear."""

    def encrypt(self, text: str) -> str:
        return vault.wrap(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unwrap(encrypted_text)

    def _get_user_identifier(self, user: User) -> str:
        return user.email or phones.shown(user.phone or "") or user.username


def _e164(value: str) -> None:
    if not phones.is_phone(value):
        raise ValidationError("请填写 11 位手机号码；境外号码请在前面加国家代码，如 +852。", code="invalid_phone")


def _text(phone: str, text: str) -> None:
    sms.send(to=phone, text=f"【匠选】{text}", message_id=f"{uuid.uuid4().hex}@jiangxuan")

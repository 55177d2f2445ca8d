"""The shape of what people type. Whether they may is asked elsewhere."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    LoginForm as AllauthLoginForm,
)
from allauth.account.forms import (
    ResetPasswordForm as AllauthResetPasswordForm,
)
from allauth.account.forms import (
    SignupForm as AllauthSignupForm,
)
from allauth.account.forms import (
    default_token_generator,
)
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from unions import phones, services
from unions.models import Union, Unit
from unions.outbox import kinds
from unions.outbox.kinds import Kind, Words
from unions.states import INVITABLE, Role


def _contact(text: str) -> str:
    """A phone as E.164 or an e-mail address in lower case, or an error that says what is expected."""
    text = text.strip()
    if phones.is_phone(text):
        return phones.normalise(text)
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError("请填写 11 位手机号码或电子邮箱地址。") from None
    return text.lower()


class ContactField(forms.CharField):
    """A phone or an e-mail address; cleaned as E.164 or in lower case."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        return _contact(text) if text else text


# --- sign-up and sign-in, through allauth --------------------------------------------------------------------------


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth publishes no types
    """One contact is enough. A number that somebody claimed and never proved is free."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = "手机号码"
        self.fields["email"].label = "电子邮箱"
        for name in ("phone", "email"):
            self.fields[name].help_text = (
                "手机号码和电子邮箱填一项即可，用来登录和接收通知。" if name == "phone" else ""
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not {"phone", "email"} & self.errors.keys() and not (cleaned.get("phone") or cleaned.get("email")):
            self.add_error("phone", "请填写手机号码或电子邮箱，至少一项。")
        return cleaned

    def _clean_phone(self) -> None:
        phone = self.cleaned_data.get("phone")
        if phone and (holder := get_adapter().get_user_by_phone(phone)) and holder.phone_verified:
            self.account_already_exists = True


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth publishes no types
    """Rate limits count by what was typed, so one number must not count as many."""

    def clean_login(self) -> str:
        login: str = super().clean_login()
        return phones.normalise(login) if phones.is_phone(login) else login


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth publishes no types
    """allauth resets by e-mail; here a phone gets the same link by short message."""

    email = ContactField(
        label="手机号码或电子邮箱",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        error_messages={"required": "请填写注册时用的手机号码或电子邮箱。"},
    )

    def clean_email(self) -> str:
        contact: str = self.cleaned_data["email"]
        if not phones.is_phone(contact):
            return super().clean_email()  # type: ignore[no-any-return]
        holder = get_adapter().get_user_by_phone(contact)
        self.users = [holder] if holder is not None and holder.is_active and holder.phone_verified else []
        return contact

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        contact: str = self.cleaned_data["email"]
        if not phones.is_phone(contact):
            return super().save(request, **kwargs)  # type: ignore[no-any-return]
        adapter = get_adapter(request)
        for user in self.users:
            key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
            adapter.send_password_reset_sms(contact, adapter.get_reset_password_from_key_url(key))
        if not self.users:
            adapter.send_unknown_account_sms(contact)
        return contact


# --- a union's administration ---------------------------------------------------------------------------------------


class InvitationForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=60)
    contact = ContactField(label="手机号码或电子邮箱", max_length=120, help_text="邀请链接会发到这里。")
    role = forms.ChoiceField(
        label="角色", choices=[("", "请选择"), *((role.value, role.label) for role in Role if role in INVITABLE)]
    )
    unit = forms.ModelChoiceField(
        label="推荐单位",
        queryset=Unit.objects.none(),
        required=False,
        empty_label="不适用",
        help_text="仅经办人需要选择。",
    )

    def __init__(self, union: Union, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)
        unit.queryset = Unit.objects.for_union(union).active()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Role.UNIT_OFFICER and not cleaned.get("unit"):
            self.add_error("unit", "请选择经办人所属的推荐单位。")
        return cleaned


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class UnitKindForm(forms.Form):
    label = forms.CharField(label="类别名称", max_length=40, help_text="如：镇街总工会")
    code = forms.RegexField(
        label="代码",
        regex=r"^[a-z][a-z0-9_]*$",
        max_length=40,
        help_text="规则集里使用的代码，小写字母、数字和下划线。",
        error_messages={"invalid": "代码以小写字母开头，只用小写字母、数字和下划线。"},
    )


class UnitSheetForm(forms.Form):
    sheet = forms.FileField(
        label="推荐单位表（.xlsx）",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="不超过 2 MB、2000 行。",
    )


class BrandingForm(forms.ModelForm[Union]):
    class Meta:
        model = Union
        fields = sorted(services.BRANDING)
        field_order = ["name", "short_name", "brand", "office_name", "contact_phone", "contact_address", "privacy_text"]
        widgets = {
            "brand": forms.TextInput(attrs={"type": "color"}),
            "privacy_text": forms.Textarea(attrs={"rows": 12}),
        }

    def clean_brand(self) -> str:
        colour: str = self.cleaned_data["brand"]
        ratio = services.contrast_with_white(colour)
        if ratio < services.MIN_CONTRAST:
            raise ValidationError(f"与白色文字的对比度只有 {ratio:.1f}:1，至少要 4.5:1，请选更深的颜色。")
        return colour.upper()


class AuditFilterForm(forms.Form):
    q = forms.CharField(label="操作人", required=False, max_length=60)
    action = forms.CharField(label="操作", required=False, max_length=60)
    since = forms.DateField(label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))


# --- messages ------------------------------------------------------------------------------------------------------


class ChannelsForm(forms.Form):
    mail = forms.BooleanField(label="邮件", required=False)
    sms = forms.BooleanField(label="短信", required=False)


class WordsForm(forms.Form):
    """The words of one kind of message; what is wrong with them is said under the part it stands in."""

    subject = forms.CharField(label="标题", max_length=60)
    text = forms.CharField(label="正文（站内消息和邮件）", max_length=2000, widget=forms.Textarea(attrs={"rows": 10}))
    short = forms.CharField(label="短信", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, kind: Kind, *args: Any, words: Words, **kwargs: Any) -> None:
        self.kind = kind
        kwargs["initial"] = {"subject": words.subject, "text": words.text, "short": words.short}
        super().__init__(*args, **kwargs)

    @property
    def words(self) -> Words:
        return Words(**self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for part, problems in kinds.mistakes(self.kind, Words(**cleaned)).items():
                for problem in problems:
                    self.add_error(part, problem)
        return cleaned

    def preview(self) -> tuple[Words, kinds.Length] | None:
        """The message with invented values, as typed if that is right, else as it was; None while it is wrong."""
        if self.is_bound and not self.is_valid():
            return None
        words = self.words if self.is_bound else Words(**{name: self.initial[name] for name in self.fields})
        rendered = kinds.render(self.kind, words, kinds.samples(self.kind))
        return rendered, kinds.length_of(rendered.short)


# --- the platform operator ------------------------------------------------------------------------------------------


class FoundForm(forms.Form):
    name = forms.CharField(label="工会全称", max_length=60, help_text="如：某某区总工会")
    short_name = forms.CharField(label="简称", max_length=20)
    slug = forms.RegexField(
        label="地址标识",
        regex=r"^[a-z][a-z0-9-]{1,39}$",
        help_text="出现在网址里，开通后不能更改，如 shili。",
        error_messages={"invalid": "以小写字母开头，2–40 个小写字母、数字或连字符。"},
    )
    admin_name = forms.CharField(label="首位管理员姓名", max_length=60)
    admin_contact = ContactField(label="管理员手机号码或电子邮箱", max_length=120, help_text="邀请链接会发到这里。")


class AdministratorForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=60)
    contact = ContactField(label="手机号码或电子邮箱", max_length=120)


class ConfigureForm(forms.Form):
    domain = forms.RegexField(
        label="自有域名",
        regex=r"^(?=.{4,120}$)[a-z0-9-]+(\.[a-z0-9-]+)+$",
        required=False,
        help_text="如 gongjiang.example.cn，须已解析到本平台；没有则留空。",
        error_messages={"invalid": "请填写域名，不带 http:// 和路径。"},
    )
    active = forms.BooleanField(label="启用（停用后该工会的全部页面不可访问）", required=False)
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

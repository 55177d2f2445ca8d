"""The shape of what the public and the office type about notices, votes and certificates."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from publicity.states import Identity


def _minute(label: str, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **more
    )


class NoticeForm(forms.Form):
    title = forms.CharField(label="标题", max_length=120)
    foreword = forms.CharField(
        label="正文", widget=forms.Textarea(attrs={"rows": 8}), help_text="一段一行；公示时间和名单自动排在正文之后"
    )
    contact = forms.CharField(
        label="异议受理方式", widget=forms.Textarea(attrs={"rows": 3}), help_text="受理部门、电话、地址和受理时间"
    )


class NoticeTemplateForm(forms.Form):
    title = forms.CharField(label="标题", max_length=120)
    foreword = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 8}), help_text="一段一行")
    contact = forms.CharField(label="异议受理方式", widget=forms.Textarea(attrs={"rows": 4}))


class CorrectionForm(NoticeForm):
    reason = forms.CharField(
        label="更正说明", widget=forms.Textarea(attrs={"rows": 3}), help_text="写明改了什么、为什么改，会随公示公开"
    )


class PollForm(forms.Form):
    title = forms.CharField(label="标题", max_length=120)
    text = forms.CharField(
        label="投票说明",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="一段一行；每票选几人、每天几票由规则规定，自动写在说明之后",
    )
    opens_at = _minute("投票开始")
    closes_at = _minute("投票截止", help_text="到这一分钟就不再收票，发布后不能更改")
    identity = forms.ChoiceField(
        label="怎样算一名投票人",
        choices=Identity.choices,
        initial=Identity.PHONE,
        widget=forms.RadioSelect,
        help_text="手机号码最可靠；不登录最方便，但换一个浏览器就能再投，只宜用于宣传性的投票。同一网络的票只作提示，不会被拒收",
    )


class ChoicesForm(forms.Form):
    """The ids of the candidates ticked on the ballot; whether they are a ballot is the service's word."""

    choice = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, candidates: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.TypedMultipleChoiceField", self.fields["choice"]).choices = [(pk, "") for pk in candidates]


class ReceiptForm(forms.Form):
    code = forms.CharField(
        label="回执", max_length=40, help_text="投票后给出的十六位字母和数字，大小写和连字符都可以不管"
    )


class RevocationForm(forms.Form):
    reason = forms.CharField(label="撤销原因", widget=forms.Textarea(attrs={"rows": 3}), help_text="核验页面会公开显示")


class VerifyForm(forms.Form):
    number = forms.CharField(
        label="证书编号或核验码",
        max_length=60,
        help_text="编号印在证书左下角；括号用哪一种都可以",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

"""The shape of what the public and the office type about notices, votes, objections and certificates."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from applications.models import Application
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


class ObjectionForm(forms.Form):
    application = forms.TypedChoiceField(label="反映的对象", required=False, coerce=int, empty_value=None)
    text = forms.CharField(
        label="异议内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="请写清事实，尽量有时间、地点和可以核实的线索",
    )
    name = forms.CharField(label="您的姓名", max_length=60, required=False)
    contact = forms.CharField(
        label="联系方式", max_length=120, required=False, help_text="只用于核实和答复，加密保存，不会公开"
    )
    evidence = forms.FileField(
        label="证据材料",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text="PDF、JPG 或 PNG，不超过 10 MB；照片中的拍摄地点等信息会自动去除",
    )

    def __init__(self, *args: Any, people: list[Application], named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {person.pk: person for person in people}
        choices = [(str(pk), _label(person)) for pk, person in self._people.items()]
        cast("forms.ChoiceField", self.fields["application"]).choices = [("", "对公示整体或其他事项"), *choices]
        if named:
            self.fields["name"].required = self.fields["contact"].required = True
            self.fields["name"].help_text = "本次公示只受理实名异议；姓名加密保存，不会告知被反映人"
        else:
            self.fields["name"].help_text = "可以不填（匿名）。实名反映的，办公室会与您核实并答复"

    def person(self) -> Application | None:
        """Whom the objection names, if anybody."""
        return self._people.get(self.cleaned_data["application"])


def _label(person: Application) -> str:
    return f"{person.name}（{person.employer}）" if person.employer else person.name


class FollowForm(forms.Form):
    receipt = forms.CharField(label="受理号", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    code = forms.CharField(label="查询码", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label="核查结论",
        choices=[("no", "异议不成立"), ("yes", "异议成立")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="核查情况和答复", widget=forms.Textarea(attrs={"rows": 6}), help_text="反映人凭受理号和查询码可以看到"
    )
    excludes = forms.BooleanField(
        label="该人选不通过本次公示", required=False, help_text="只在异议成立时可选，关闭公示环节时生效"
    )
    ground = forms.CharField(
        label="不予通过的理由",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不予通过时填写；申报人和领导小组会看到，请勿写入反映人的信息",
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

"""The shape of what the public and the office type about notices, objections and certificates."""

from typing import Any

from django import forms

from applications.models import Application


class NoticeForm(forms.Form):
    title = forms.CharField(label="标题", max_length=120)
    foreword = forms.CharField(
        label="正文", widget=forms.Textarea(attrs={"rows": 8}), help_text="一段一行；名单会自动排在正文之后"
    )
    contact = forms.CharField(
        label="异议受理方式", widget=forms.Textarea(attrs={"rows": 3}), help_text="受理部门、电话、地址和受理时间"
    )


class CorrectionForm(NoticeForm):
    reason = forms.CharField(
        label="更正说明", widget=forms.Textarea(attrs={"rows": 3}), help_text="写明改了什么、为什么改，会随公示公开"
    )


class ObjectionForm(forms.Form):
    application = forms.TypedChoiceField(label="反映的对象", required=False, coerce=int, empty_value=None)
    text = forms.CharField(
        label="异议内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7, "data-count": "2000"}),
        help_text="请写清事实，尽量有时间、地点和可以核实的线索",
    )
    name = forms.CharField(label="您的姓名", max_length=60, required=False)
    contact = forms.CharField(label="联系方式", max_length=120, required=False, help_text="只用于核实和答复，加密保存")
    evidence = forms.FileField(label="证据材料", required=False, help_text="PDF、JPG 或 PNG，不超过 10 MB")

    def __init__(self, *args: Any, people: list[Application], named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "对公示整体或其他事项")] + [(str(person.pk), person.name) for person in people]
        self.fields["application"].choices = choices  # type: ignore[attr-defined]
        if named:
            self.fields["name"].required = self.fields["contact"].required = True
            self.fields["name"].help_text = "本次公示受理实名异议"
        else:
            self.fields["name"].help_text = "可以不填（匿名）；实名反映的，我们会答复您"


class FollowForm(forms.Form):
    receipt = forms.CharField(label="受理号", max_length=20)
    code = forms.CharField(label="查询码", max_length=20)


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label="核查结论",
        choices=[("no", "异议不成立"), ("yes", "异议成立")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    excludes = forms.BooleanField(
        label="该人选不通过本次公示", required=False, help_text="只在异议成立时可选，关闭公示环节时生效"
    )
    answer = forms.CharField(label="核查情况和答复", widget=forms.Textarea(attrs={"rows": 6}))


class RevocationForm(forms.Form):
    reason = forms.CharField(label="撤销原因", widget=forms.Textarea(attrs={"rows": 3}), help_text="核验页面会公开显示")


class VerifyForm(forms.Form):
    number = forms.CharField(label="证书编号或核验码", max_length=60)

"""The shape of what whoever objects and the office type about objections."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from applications.models import Application
from publicity.selectors_objections import Choice
from publicity.services.objections import FILES
from review.forms import ManyFilesField


def _evidence(label: str = "证据材料") -> ManyFilesField:
    return ManyFilesField(
        label=label,
        required=False,
        widget=ManyFilesField.Widget(attrs={"accept": ".pdf,.jpg,.jpeg,.png", "multiple": True}),
        help_text=f"PDF、JPG 或 PNG，可选几份，至多 {FILES} 份，每份不超过 10 MB；照片中的拍摄地点等信息会自动去除",
    )


def _words(label: str, *, rows: int = 4, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


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
    evidence = _evidence()

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


class AppealForm(forms.Form):
    """With the receipt and the code once more: nobody is remembered between two pages."""

    receipt = forms.CharField(widget=forms.HiddenInput, max_length=20)
    code = forms.CharField(widget=forms.HiddenInput, max_length=20)
    text = _words(
        "申请复核的理由", max_length=2000, help_text="请写明对答复的哪一部分有异议，有新的事实和线索请一并写明"
    )
    evidence = _evidence("补充证据")


class AssignForm(forms.Form):
    officer = forms.TypedChoiceField(label="承办人", coerce=int)
    reason = forms.CharField(label="改派的理由", required=False, max_length=200)

    def __init__(self, *args: Any, choices: Sequence[Choice], assigned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = [(str(one.member.pk), str(one.member)) for one in choices if not one.why_not]
        cast("forms.ChoiceField", self.fields["officer"]).choices = [("", "请选择"), *free]
        if not assigned:
            del self.fields["reason"]


class FindingForm(forms.Form):
    text = _words("核查的经过和情况", help_text="何时向谁了解、看了什么、查明什么；密封保存，反映人和被反映人都看不到")
    evidence = _evidence("核查材料")


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label="核查结论",
        choices=[("no", "异议不成立"), ("yes", "异议成立")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    finding = _words("查明的情况", help_text="领导小组会看到，并写入公示情况报告；请勿写入能看出是谁反映的内容")
    answer = _words("给反映人的答复", rows=5, help_text="反映人凭受理号和查询码可以看到")
    excludes = forms.BooleanField(
        label="该人选不通过本次公示", required=False, help_text="只在异议成立时可选，关闭公示环节时生效"
    )
    ground = _words(
        "不予通过的理由",
        rows=3,
        required=False,
        help_text="不予通过时填写；申报人和领导小组会看到，请勿写入反映人的信息",
    )


class SuspensionForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=300, help_text="记入活动记录；请勿写入反映人的信息")

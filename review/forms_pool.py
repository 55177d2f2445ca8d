"""Shapes of the pool: an entry, when somebody cannot come, the promise, a sheet; and of the draw and of likenesses."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from unions.models import Member, Unit

_DAY = {"type": "date"}


class ExpertForm(forms.Form):
    member = forms.ModelChoiceField(
        queryset=Member.objects.none(), label="成员", empty_label="请选择", help_text="先由工会管理员邀请为评审专家。"
    )
    field = forms.CharField(label="专业领域", max_length=200, help_text="可写几个，用“、”隔开，如：焊接、数控。")
    kind = forms.CharField(
        label="专家类别", max_length=40, required=False, help_text="如：技术专家、劳模、工会。抽取的构成要求按此计算。"
    )
    employer = forms.CharField(
        label="工作单位", max_length=120, required=False, help_text="不填时，凡申报都视为须回避，无法参加评分。"
    )
    title = forms.CharField(label="职称职务", max_length=80, required=False)
    unit = forms.ModelChoiceField(
        queryset=Unit.objects.none(),
        label="所属推荐单位",
        required=False,
        empty_label="不属于任何推荐单位",
        help_text="用于核对回避。",
    )
    credit_code = forms.CharField(label="统一社会信用代码", max_length=18, required=False, help_text="用于核对回避。")
    phone = forms.CharField(
        label="联系电话",
        max_length=20,
        required=False,
        help_text="加密保存，查看留记录；也用于核对回避线索。已登记的不在此显示，留空则不变。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label="联系地址",
        max_length=120,
        required=False,
        help_text="加密保存；用于核对回避线索。已登记的不在此显示，留空则不变。",
    )
    in_draws = forms.BooleanField(
        label="参加抽取",
        required=False,
        initial=True,
        help_text="抽取评审团队时列入名单。因职务参加评审、不参加抽取的有关部门人员，不勾选。",
    )

    def __init__(self, *args: Any, members: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class AbsenceForm(forms.Form):
    starts_on = forms.DateField(label="从哪天", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    ends_on = forms.DateField(label="到哪天", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))


class TermsForm(forms.Form):
    text = forms.CharField(
        label="承诺内容",
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=4000,
        help_text="专家接受邀请时看到并接受。修改后，新接受邀请的专家按新的内容承诺；已接受的不受影响。",
    )


class PoolSheetForm(forms.Form):
    sheet = forms.FileField(label="填好的专家表", allow_empty_file=True, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["sheet"].widget.attrs["accept"] = ".xlsx,.csv"


class PledgeForm(forms.Form):
    """How many are drawn, and the public value that enters the seed: asked for only where the rules leave it open."""

    size = forms.IntegerField(label="抽取人数", min_value=1, max_value=199)
    what = forms.CharField(
        label="并入种子的公开数值",
        max_length=200,
        help_text="写明是什么、哪一天的、哪里公布，如：中国福利彩票双色球 2026年12月1日开奖号码（红球从小到大，再写蓝球）。",
    )
    known_at = forms.DateTimeField(
        label="何时公布",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="须在现在之后。公布之后才能抽取。",
    )

    def __init__(self, *args: Any, fixed: bool, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed:
            del self.fields["size"]
        if named:
            del self.fields["what"]
        tomorrow = timezone.localtime() + timedelta(days=1)
        self.fields["known_at"].initial = tomorrow.replace(hour=21, minute=30, second=0, microsecond=0)


class DrawForm(forms.Form):
    public = forms.CharField(label="公布的数值", max_length=200, help_text="照公布的顺序填写，数字之间用一个空格隔开。")
    source = forms.CharField(
        label="出处", max_length=300, help_text="任何人可以核对的出处，如公布的网址、报纸的日期和版面。"
    )

    def __init__(self, *args: Any, what: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["public"].label = what


class LikenessForm(forms.Form):
    """The word on one likeness."""

    conflict = forms.TypedChoiceField(
        label="核对结果",
        choices=[("no", "不是回避情形，可以评审"), ("yes", "须回避")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核对结果。"},
    )
    reason = forms.CharField(
        label="核对的情况和理由",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "请填写核对的情况和理由。"},
    )

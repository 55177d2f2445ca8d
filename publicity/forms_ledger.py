"""The shape of what the office types about decisions, money, benefits, keys and withdrawals; and what the person answers."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, cast

from django import forms

from campaigns.rules.schema import EndCondition
from publicity import ledger
from publicity.states import GrantState

MAX_KEY: Final = 200_000
"""Bytes of a PKCS#12 file; one with a long chain has a tenth of that."""


def _words(label: str, *, rows: int = 3, **more: Any) -> forms.CharField:
    given = {"max_length": 4000, **more}
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **given)


def _day(label: str, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class FenField(forms.DecimalField):
    """Yuan as people type them, whole fen as they are counted."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **given)

    def clean(self, value: Any) -> int | None:
        found: Decimal | None = super().clean(value)
        return None if found is None else ledger.fen_of(found)


class DecisionForm(forms.Form):
    title = forms.CharField(label="标题", max_length=200)
    document_number = forms.CharField(
        label="发文字号", max_length=40, required=False, help_text="例如 台总工〔2018〕21号；还没有编号的可以不填"
    )
    body = _words("正文", rows=9, help_text="一段一行；名单按审定结果自动排在后面，不用填写")
    signature = forms.CharField(label="落款", max_length=200, help_text="几个机关联合发文的，用“、”隔开")
    dated = _day("成文日期")
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0)


class IssueForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = _words("更正说明", required=False, help_text="写明这次更正了什么，会印在决定末尾")


class ReasonForm(forms.Form):
    reason = _words("原因")


class ReprintForm(forms.Form):
    reason = _words("重印原因", help_text="例如遗失、污损、姓名有误；记入审计记录，不公开")


class AmountForm(forms.Form):
    amount = FenField(label="每人金额（元）", min_value=Decimal("0.01"))
    reason = _words("核定依据", rows=2, help_text="例如会议纪要或文件名称")


class MonthForm(forms.Form):
    month = forms.DateField(
        label="发放月份",
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2018-05"}, format="%Y-%m"),
        help_text="到这个月为止应发未发的都会列入",
    )


class PaidForm(forms.Form):
    paid_on = _day("发放日期")
    reason = _words(
        "未发放的原因", rows=2, required=False, help_text="有勾选“未发放”的须写；未发放的以后可以再列入名单"
    )


class StopForm(forms.Form):
    ground = forms.ChoiceField(label="停发情形", widget=forms.RadioSelect)
    happened_on = _day("发生日期", help_text="例如离开之日；从哪个月起停发由规则决定")
    reason = _words("依据", rows=2, help_text="例如单位来函、社保转出证明")

    def __init__(self, *args: Any, conditions: Iterable[EndCondition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["ground"]).choices = [(one.id, one.text) for one in conditions]


class CorrectPaymentForm(forms.Form):
    amount = FenField(label="金额（元）", help_text="追回的写负数，例如 -800；名单之外补发的写正数")
    reason = _words("更正原因", rows=2)


class GrantForm(forms.Form):
    state = forms.ChoiceField(label="登记为", widget=forms.RadioSelect)
    happened_on = _day("日期")
    note = _words("说明", rows=2, required=False, help_text="例如工作室名称、疗休养批次；登记为“未落实”的须写原因")

    def __init__(self, *args: Any, honour: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {GrantState.GRANTED: "已授予", GrantState.REFUSED: "未获授予"} if honour else {}
        wanted = [GrantState.FORWARD] if honour else []
        wanted += [GrantState.GRANTED, *([] if honour else [GrantState.USED]), GrantState.REFUSED]
        cast("forms.ChoiceField", self.fields["state"]).choices = [(one, words.get(one, one.label)) for one in wanted]


class KeyUploadForm(forms.Form):
    file = forms.FileField(
        label="证书文件（.p12 或 .pfx）", widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx"})
    )
    passphrase = forms.CharField(
        label="文件密码",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="只用来打开文件，不保存",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_KEY:
            raise forms.ValidationError("文件太大，不像是签名证书，请核对后再上传")
        return file


class OpenWithdrawalForm(forms.Form):
    ground = _words("事由和依据", rows=5, help_text="本人会看到，请写清事实和规定，不要写入举报人的信息")
    answer_by = _day("陈述申辩截止", help_text="至少留 5 天")


class AnswerWithdrawalForm(forms.Form):
    text = _words("陈述和申辩", rows=7, help_text="加密保存，只有认定办公室、领导小组和监督员能看到")


class RulingForm(forms.Form):
    withdraw = forms.TypedChoiceField(
        label="决定",
        choices=[("yes", "撤销称号"), ("no", "不予撤销，称号继续有效")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = _words("理由和依据", rows=5, help_text="写进决定；本人会看到")
    public_note = _words(
        "对外说明", rows=2, required=False, help_text="撤销的须写；证书核验页面会公开显示，例如“申报材料不实”"
    )
    met_on = _day("会议日期", required=False)
    present = forms.IntegerField(label="出席人数", min_value=0, required=False)
    in_favour = forms.IntegerField(label="同意人数", min_value=0, required=False)
    document = forms.CharField(label="决定文号", max_length=60, required=False)

    def __init__(self, *args: Any, by_group: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("document",) if by_group else ("met_on", "present", "in_favour"):
            del self.fields[name]
        if not by_group:
            self.fields["document"].help_text = "决定机关的文号或决定名称"

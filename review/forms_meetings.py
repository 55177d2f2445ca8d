"""The shape of what is typed at a meeting of the leading group. Whether it may be is asked elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from applications.models import Application
from review.forms import Data, PlaceFields, day, words
from review.models_meetings import Attendance
from review.motions import Question
from review.services.meeting_votes import ANSWERS
from review.services.meetings import Attended
from review.states import Presence
from unions.models import Member


class ConveneForm(forms.Form):
    """When and where, who takes the chair, what is on the agenda."""

    held_on = day("会议日期")
    place = forms.CharField(label="会议地点", max_length=80)
    chair = forms.ChoiceField(label="主持人")
    recorder = forms.CharField(label="记录人", max_length=40, required=False)
    items = forms.MultipleChoiceField(
        label="议程",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项议程。"},
        help_text="按勾选的顺序列入，会前、会上都可以再增加。",
    )

    def __init__(self, *args: Any, leaders: Sequence[Member], offers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].choices = [(str(one.pk), str(one)) for one in leaders]  # type: ignore[attr-defined]
        self.fields["items"].choices = list(offers)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Another day, another place."""

    held_on = day("会议日期")
    place = forms.CharField(label="会议地点", max_length=80)
    reason = words("改动的理由", required=False)


class AgendaForm(forms.Form):
    """One more matter."""

    item = forms.ChoiceField(label="事项", widget=forms.RadioSelect)

    def __init__(self, *args: Any, offers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = list(offers)  # type: ignore[attr-defined]


class AttendanceRow(forms.Form):
    presence = forms.ChoiceField(label="到会", choices=Presence.choices, widget=forms.RadioSelect)
    employer = forms.CharField(label="工作单位", max_length=120, required=False)
    note = forms.CharField(label="说明", max_length=120, required=False)

    def __init__(self, data: Data = None, *, row: Attendance) -> None:
        initial = {"presence": row.presence, "employer": row.employer, "note": row.note}
        super().__init__(data, prefix=f"member-{row.member_id}", initial=initial)
        self.row = row

    @property
    def attended(self) -> Attended:
        given = self.cleaned_data
        return Attended(Presence(given["presence"]), given["employer"], given["note"])


class ChairForm(forms.Form):
    chair = forms.ChoiceField(label="主持人")

    def __init__(self, *args: Any, leaders: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].choices = [(str(one.pk), str(one)) for one in leaders]  # type: ignore[attr-defined]


class MemberRecusalForm(forms.Form):
    member = forms.ChoiceField(label="成员")
    application = forms.ModelChoiceField(queryset=Application.objects.none(), label="人选", empty_label="请选择")
    reason = words("回避的理由", help_text="如亲属、师徒、同事、合作或利益关系。")

    def __init__(self, *args: Any, leaders: Sequence[Member], cases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [(str(one.pk), str(one)) for one in leaders]  # type: ignore[attr-defined]
        self.fields["application"].queryset = cases  # type: ignore[attr-defined]


class ProposalForm(forms.Form):
    """What the resolution would say, and why a *should* is departed from."""

    text = words("决议内容", rows=4)
    reason = words("总的理由", required=False, help_text="偏离“一般应”“原则上”等规定时必填，如超出名额。")


class PlaceProposalForm(PlaceFields):
    text = words("决议内容", rows=4)

    field_order = ("application", "category", "tier", "text", "reason")


class HandsRow(forms.Form):
    """The figures of one question."""

    in_favour = forms.IntegerField(label="赞成", min_value=0, max_value=999)
    against = forms.IntegerField(label="反对", min_value=0, max_value=999)
    abstained = forms.IntegerField(label="弃权", min_value=0, max_value=999)

    def __init__(self, data: Data = None, *, question: Question) -> None:
        initial = {"in_favour": len(question.voters), "against": 0, "abstained": 0}
        super().__init__(data, prefix=question.key, initial=initial)
        self.question = question
        for field in self.fields.values():
            field.widget.attrs |= {"inputmode": "numeric", "max": len(question.voters)}

    @property
    def counts(self) -> tuple[int, int, int]:
        given = self.cleaned_data
        return given["in_favour"], given["against"], given["abstained"]


class AnswerRow(forms.Form):
    """One question of a secret vote."""

    answer = forms.ChoiceField(
        label="表决",
        choices=list(ANSWERS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择赞成、反对或弃权。"},
    )

    def __init__(self, data: Data = None, *, key: str, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=key, initial=dict(initial or {}))
        self.key = key


class DecidingForm(forms.Form):
    carried = forms.TypedChoiceField(
        label="决定",
        choices=[("yes", "通过"), ("no", "不通过")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = words("决定的理由")

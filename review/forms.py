"""The shape of what officers, experts and the leading group type. Whether they may is asked elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from applications.forms_returns import ReturnItemsForm
from applications.models import Application
from campaigns.rules.schema import ExpertReviewStage, Grade, ScoreCriterion, SiteVisitStage
from documents.models import StoredFile
from review import bands
from review.models import Expert
from review.services.resolutions import Minutes
from review.states import Resolved, Verdict

Data = Mapping[str, Any] | None
Files = MultiValueDict[str, UploadedFile[bytes]] | None

_DAY: Final = {"type": "date"}
YES_NO: Final = [("yes", "是"), ("no", "否")]


def _words(label: str, *, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **more)


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), **more)


words, day = _words, _day
"""The same for the forms of other modules of this app."""


class ReasonForm(forms.Form):
    """A reason alone, for verbs that ask for nothing else."""

    reason = _words("理由")


class OptionalReasonForm(forms.Form):
    reason = _words("理由", required=False)


class EmptyForm(forms.Form):
    """For verbs that ask for nothing but the click."""


# --- the office ------------------------------------------------------------------------------------------------------


class JudgementForm(forms.Form):
    rule = forms.CharField(max_length=60)
    holds = forms.TypedChoiceField(choices=YES_NO, coerce=lambda value: value == "yes")
    reason = forms.CharField(max_length=2000, required=False)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[(v.value, v.label) for v in Verdict])
    reason = forms.CharField(max_length=4000, required=False)


class CorrectionForm(forms.Form):
    verdict = forms.ChoiceField(
        label="更正为",
        choices=[(v.value, v.label) for v in (Verdict.PASSED, Verdict.PASSED_WITH_REASON, Verdict.REJECTED)],
        widget=forms.RadioSelect,
    )
    reason = _words("更正的理由", help_text="原结论保留在记录里，标明已被更正。")


class ReturnForm(ReturnItemsForm):
    deadline = _day("补正期限", help_text="到这一天结束为止，逾期未补正的按逾期处理。")


class ManyFilesField(forms.FileField):
    """Several files of one choice; each is held to what a single one is."""

    class Widget(forms.FileInput):
        allow_multiple_selected = True

        def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002
            return files.getlist(name) if hasattr(files, "getlist") else []

    def clean(self, data: Any, initial: Any = None) -> Any:
        if not data:
            return super().clean(None, initial) or []
        return [super(ManyFilesField, self).clean(one, initial) for one in data]


class VisitForm(forms.Form):
    """A record of a visit; the points to check come from the stage's rule."""

    visited_on = _day("考察日期")
    place = forms.CharField(label="考察地点", max_length=120)
    team = forms.CharField(label="考察人员", max_length=200, help_text="多人用顿号或换行分开。")
    finding = _words("考察情况", rows=5, help_text="现场所见的操作水平、成果应用和职工评价。")

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        rule: SiteVisitStage | ExpertReviewStage,
        kept: Sequence[StoredFile] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.kept = list(kept)
        points = rule.checklist if isinstance(rule, SiteVisitStage) else ()
        self.checks = {item.id: f"check-{item.id}" for item in points}
        for item in points:
            self.fields[self.checks[item.id]] = forms.CharField(label=item.label, max_length=400)
        score = rule.score if isinstance(rule, SiteVisitStage) else None
        if score is not None:
            self.fields["points"] = forms.DecimalField(
                label=score.label,
                min_value=0,
                max_value=score.max,
                decimal_places=2,
                help_text=f"满分 {score.max}。{score.text or ''}",
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
            )
        least = self.least = rule.photos if isinstance(rule, SiteVisitStage) else 0
        bound = f"至少 {least} 张，" if least else ""
        before = f"已有 {len(self.kept)} 张会保留，可再添加。" if self.kept else ""
        self.fields["photos"] = ManyFilesField(
            label="考察照片",
            required=False,
            help_text=f"{bound}JPEG 或 PNG，每张不超过 20 MB，可以一次选几张。{before}",
            widget=ManyFilesField.Widget(attrs={"accept": "image/jpeg,image/png"}),
        )
        self.fields["camera"] = forms.FileField(
            label="现场拍照",
            required=False,
            help_text="在手机上直接打开相机，一次一张。",
            widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment"}),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        taken = [cleaned["camera"]] if cleaned.get("camera") else []
        cleaned["photos"] = [*(cleaned.get("photos") or []), *taken]
        having = len(self.kept) + len(cleaned["photos"])
        if "photos" not in self.errors and having < self.least:
            self.add_error("photos", f"规定考察照片至少 {self.least} 张，现有 {having} 张。")
        return cleaned

    @property
    def points(self) -> Decimal | None:
        given: Decimal | None = self.cleaned_data.get("points")
        return given

    @property
    def team_names(self) -> list[str]:
        return [name for line in self.cleaned_data["team"].splitlines() for name in line.split("、")]

    @property
    def checklist(self) -> dict[str, str] | None:
        return {id_: self.cleaned_data[name] for id_, name in self.checks.items()} or None


class BatchesForm(forms.Form):
    """The batch of every case; who was visited stays."""

    def __init__(
        self,
        *args: Any,
        cases: Sequence[Application],
        batches: int,
        seen: Iterable[int],
        suggested: Mapping[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.cases, done = list(cases), set(seen)
        choices = [("", "未安排"), *((str(n), f"第 {n} 批") for n in range(1, batches + 1))]
        for case in self.cases:
            self.fields[f"batch-{case.pk}"] = forms.TypedChoiceField(
                label=case.name,
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=suggested.get(case.pk),
                disabled=case.pk in done,
            )

    @property
    def rows(self) -> list[tuple[Application, forms.BoundField]]:
        return [(case, self[f"batch-{case.pk}"]) for case in self.cases]

    @property
    def batches(self) -> dict[int, int]:
        given = {case.pk: self.cleaned_data[f"batch-{case.pk}"] for case in self.cases}
        return {case: batch for case, batch in given.items() if batch is not None}


class InvestigationForm(forms.Form):
    allegation = _words(
        "反映的问题", rows=5, help_text="写明来源、涉及的材料和可以核实的线索。核查期间不影响申报人的其他环节。"
    )


class FindingForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label="核查结论",
        choices=[("no", "不成立"), ("yes", "查实弄虚作假，取消资格")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    finding = _words("核查情况和依据", rows=5, help_text="供领导小组和监督员查阅，不对外公开。")
    public_note = _words("对外公开的说明", required=False, help_text="查实时必填，会在申报人的进度页和结果中公开。")


# --- the pool and the panel ------------------------------------------------------------------------------------------


def expert_label(expert: Expert) -> str:
    parts = [str(expert), expert.field, expert.title, expert.employer or "工作单位不详"]
    return "　".join(part for part in parts if part)


class ExpertChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at runtime
    def label_from_instance(self, obj: Expert) -> str:
        return expert_label(obj)


class ExpertsChoiceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Expert) -> str:
        return expert_label(obj)


class PanelForm(forms.Form):
    experts = ExpertsChoiceField(
        queryset=Expert.objects.none(),
        label="评审专家",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一名专家。"},
    )

    def __init__(self, *args: Any, experts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experts"].queryset = experts  # type: ignore[attr-defined]


class SeatForm(forms.Form):
    expert = ExpertChoiceField(queryset=Expert.objects.none(), label="专家", empty_label="请选择")
    reason = _words("增补的理由")

    def __init__(self, *args: Any, experts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expert"].queryset = experts  # type: ignore[attr-defined]


class RecusalForm(forms.Form):
    application = forms.ModelChoiceField(queryset=Application.objects.none(), label="申报", empty_label="请选择")
    reason = _words("回避的理由")

    def __init__(self, *args: Any, cases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = cases  # type: ignore[attr-defined]


class CutForm(forms.Form):
    passing = forms.IntegerField(label="进入下一环节的人数", min_value=1, max_value=9999)
    reason = _words("确定人数的理由")


class TieForm(forms.Form):
    """A place for each of the tied cases, first to last."""

    reason = _words("裁定的理由")

    def __init__(self, *args: Any, tied: Sequence[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tied = list(tied)
        places = [("", "请选择"), *((str(n), f"第 {n}") for n in range(1, len(self.tied) + 1))]
        for case in self.tied:
            self.fields[f"place-{case.pk}"] = forms.ChoiceField(
                label=f"{case.name}（{case.employer}）" if case.employer else case.name, choices=places
            )
        self.order_fields([f"place-{case.pk}" for case in self.tied])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [cleaned.get(f"place-{case.pk}") for case in self.tied]
        if all(given) and len(set(given)) != len(given):
            raise forms.ValidationError("先后不能重复，请为每人选不同的位置。")
        return cleaned

    @property
    def order(self) -> list[Application]:
        return sorted(self.tied, key=lambda case: int(self.cleaned_data[f"place-{case.pk}"]))


# --- the expert ------------------------------------------------------------------------------------------------------


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(choices=[("accept", "接受"), ("decline", "谢绝")])
    terms = forms.CharField(max_length=64, required=False)
    """The digest of the promise that stood on the page."""
    reason = forms.CharField(max_length=2000, required=False)


class ConflictRow(forms.Form):
    """One case of the declaration: ticked with a reason, or left."""

    recuse = forms.BooleanField(label="须回避", required=False)
    reason = forms.CharField(
        label="回避的理由", max_length=400, required=False, help_text="如亲属、师徒、同事、合作或利益关系"
    )

    def __init__(self, data: Data = None, *, case: Application) -> None:
        super().__init__(data, prefix=f"case-{case.pk}")
        self.case = case

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        reason = str(cleaned.get("reason") or "").strip()
        if cleaned.get("recuse") and not reason:
            self.add_error("reason", "请填写回避的理由。")
        if reason and not cleaned.get("recuse"):
            self.add_error("recuse", "写了理由的，请勾选“须回避”；不需回避的，请删去理由。")
        return cleaned


class ConflictsForm(forms.Form):
    """The declaration as a whole: at least one case, or openly none."""

    none = forms.BooleanField(
        label="我已逐一看过名单，除上面勾选的（和系统已核对出的）以外，没有需要回避的申报",
        error_messages={"required": "请确认已逐一看过名单。"},
    )


class ScoreForm(forms.Form):
    """Points for every criterion of the stage, and a comment; points outside the band of the rules want a reason in it."""

    comment = _words("评语", rows=3, required=False, help_text="选填。评分结束后办公室、领导小组和监督员可以看到。")

    def __init__(self, *args: Any, rule: ExpertReviewStage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule, self.criteria = rule, list(rule.criteria)
        for item in self.criteria:
            self.fields[f"points-{item.id}"] = forms.DecimalField(
                label=item.label,
                min_value=0,
                max_value=item.max,
                decimal_places=2,
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
                help_text=item.text or "",
                error_messages={"required": f"请填写“{item.label}”的分数。"},
            )

    @property
    def rows(self) -> list[tuple[ScoreCriterion, forms.BoundField]]:
        """Each criterion with its field, in the rule's order."""
        return [(item, self[f"points-{item.id}"]) for item in self.criteria]

    @property
    def points(self) -> dict[str, Any]:
        return {item.id: self.cleaned_data[f"points-{item.id}"] for item in self.criteria}

    def clean(self) -> dict[str, Any]:
        given = {item.id: self.cleaned_data.get(f"points-{item.id}") for item in self.criteria}
        if None not in given.values() and not self.cleaned_data.get("comment", "").strip():
            found = bands.outside(self.rule, given)  # type: ignore[arg-type]
            if found:
                self.add_error("comment", bands.words(found))
        return self.cleaned_data


def _recommends(grade: Grade) -> str:
    return "推荐" if grade.recommends else "不推荐"


class AssessmentForm(forms.Form):
    """A grade of the rule's scale and why."""

    grade = forms.ChoiceField(label="等次", widget=forms.RadioSelect, error_messages={"required": "请选择一个等次。"})
    comment = _words("评语", rows=4, help_text="评议结束后办公室、领导小组和监督员可以看到。")

    def __init__(self, *args: Any, grades: Iterable[Grade], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [  # type: ignore[attr-defined]
            (item.id, item.label if "推荐" in item.label else f"{item.label}（{_recommends(item)}）") for item in grades
        ]
        self.order_fields(["grade", "comment"])


class BallotForm(forms.Form):
    """The names on a ballot, out of those this expert may choose from."""

    choices = forms.ModelMultipleChoiceField(
        queryset=Application.objects.none(),
        required=False,
        error_messages={"invalid_choice": "选票上有不在您可投名单中的人选，请重新选择。"},
    )
    confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, cases: Any, least: int, most: int, spoiled: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least, self.most, self.spoiled = least, most, spoiled
        self.fields["choices"].queryset = cases  # type: ignore[attr-defined]

    def clean_choices(self) -> list[Application]:
        chosen = list(self.cleaned_data["choices"])
        if self.spoiled:
            if self.least <= len(chosen) <= self.most:
                raise forms.ValidationError("所选人数符合规定，是有效票。要投废票，请不选人，或选得过少、过多。")
            return chosen
        if len(chosen) < self.least:
            raise forms.ValidationError(f"已选 {len(chosen)} 人，每票至少选 {self.least} 人，请再选。")
        if len(chosen) > self.most:
            raise forms.ValidationError(f"已选 {len(chosen)} 人，每票至多选 {self.most} 人，请减少。")
        return chosen

    @property
    def ticked(self) -> set[int]:
        """What was ticked, well-formed or not, so that it comes back."""
        given = self["choices"].value() if self.is_bound else None
        return {int(value) for value in given or () if str(value).isdigit()}


# --- the leading group -----------------------------------------------------------------------------------------------


class MinutesForm(forms.Form):
    """What the minutes of a meeting say."""

    met_on = _day("会议日期")
    present = forms.IntegerField(label="出席人数", min_value=1, max_value=999)
    in_favour = forms.IntegerField(label="同意人数", min_value=1, max_value=999)
    text = _words("决议内容", rows=4)

    @property
    def minutes(self) -> Minutes:
        given = self.cleaned_data
        return Minutes(
            met_on=given["met_on"], present=given["present"], in_favour=given["in_favour"], text=given["text"]
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """The categories and tiers that a title may be given in, as (id, label)."""

    categories: Sequence[tuple[str, str]] = ()
    tiers: Sequence[tuple[str, str]] = ()


def parts_of(parts: Parts | None) -> dict[str, Sequence[tuple[str, str]]]:
    """The field of a form → its options; none where the rules do not divide the title."""
    parts = parts or Parts()
    return {"category": parts.categories, "tier": parts.tiers}


class ChoiceRow(forms.Form):
    """One candidate of a resolution; left empty, the resolution does not name them."""

    decision = forms.ChoiceField(label="决定", required=False, widget=forms.RadioSelect)
    reason = forms.CharField(label="理由", max_length=2000, required=False)
    rank = forms.IntegerField(label="名次", required=False, min_value=1, max_value=9999)
    category = forms.ChoiceField(label="类别", required=False)
    tier = forms.ChoiceField(label="等次", required=False)

    def __init__(
        self,
        data: Data = None,
        *,
        case: Application,
        may: frozenset[str],
        parts: Parts | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=f"case-{case.pk}", initial=dict(initial or {}))
        self.case = case
        for name, options in parts_of(parts).items():
            if options:
                self.fields[name].choices = [("", "请选择"), *options]  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        allowed = [choice for choice in Resolved if choice.value in may]
        choices = [(choice.value, choice.label) for choice in allowed]
        self.fields["decision"].choices = [*choices, ("", "本次不决定")]  # type: ignore[attr-defined]
        if "order" not in may:
            del self.fields["rank"]


class ResolutionForm(MinutesForm):
    reason = _words("总的理由", required=False, help_text="偏离“一般应”“原则上”等规定时必填，如超出名额。")
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    """The last resolution of the stage when the page was opened, so that a second one meanwhile can be told."""


class PlaceFields(forms.Form):
    """Who takes an empty place, and in which category and tier, where the rules have them."""

    application = forms.ModelChoiceField(
        queryset=Application.objects.none(),
        label="递补人选",
        required=False,
        empty_label="名额空缺，不递补",
        help_text="按该环节的名次排列。",
    )
    category = forms.ChoiceField(label="类别", required=False)
    tier = forms.ChoiceField(label="等次", required=False)
    reason = _words("理由")

    def __init__(self, *args: Any, cases: Any, parts: Parts | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = cases  # type: ignore[attr-defined]
        for name, options in parts_of(parts).items():
            if options:
                self.fields[name].choices = [("", "与空出的名额相同"), *options]  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class PlaceForm(PlaceFields, MinutesForm):
    """With the minutes of a meeting that was held elsewhere."""

    field_order = ("application", "category", "tier", "reason", "met_on", "present", "in_favour", "text")


def minutes_initial(today: date, members: int) -> dict[str, Any]:
    """The meeting is mostly today's, and everybody came."""
    return {"met_on": today, "present": members, "in_favour": members}

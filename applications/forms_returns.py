"""What a reviewer asks to be mended, item by item: ticked, each with its own words. The unit's and the office's forms share it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms

PHRASES: Final = (
    "照片不清晰，请重新拍照上传",
    "缺页，请补齐后重新上传",
    "与证件上的不一致，请核对后更正",
    "没有盖章，请盖章后重新上传",
    "填写不完整，请补充",
    "材料与所填内容对不上，请更换",
)
"""Offered while typing; anything else may be written."""

LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the form as the reviewer sees it while asking."""

    id: str
    label: str
    now: str
    ticked: bool
    words: str


class ReturnItemsForm(forms.Form):
    """`items` are what is ticked and `reason-<item>` says of one why; words beside an item that is not ticked are not asked.

    `now` is what stands there today, for reading beside the question.
    """

    phrases = PHRASES
    items = forms.MultipleChoiceField(
        label="需补正的栏目和材料",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="申报人只能改动勾选的项目。",
    )
    reason = forms.CharField(
        label="总的说明",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
        help_text="可以不写；没有逐项写明原因的，以这里的说明为准。",
    )

    def __init__(
        self, *args: Any, labels: Mapping[str, str], now: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.labels = labels
        self.now = now or {}
        field = self.fields["items"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(labels.items())

    @property
    def rows(self) -> Iterable[ItemRow]:
        ticked = set(self.data.getlist("items")) if self.is_bound and hasattr(self.data, "getlist") else set()
        for id_, label in self.labels.items():
            words = self._words(id_)
            yield ItemRow(id_, label, self.now.get(id_, ""), id_ in ticked, words)

    def _words(self, id_: str) -> str:
        return str(self.data.get(f"reason-{id_}", "")).strip() if self.is_bound else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wanted = list(data.get("items", ()))
        reasons = {id_: words for id_ in wanted if (words := self._words(id_))}
        if not wanted:
            self.add_error("items", "请至少勾选一项需要补正的栏目或材料。")
        silent = [self.labels[id_] for id_ in wanted if id_ not in reasons]
        if silent and not data.get("reason"):
            self.add_error("items", f"请写明要补正什么、为什么：{'、'.join(silent)}。")
        if long := [self.labels[id_] for id_, words in reasons.items() if len(words) > LONGEST]:
            self.add_error("items", f"原因至多 {LONGEST} 字，请写短些：{'、'.join(long)}。")
        return {**data, "items": wanted, "reasons": reasons}

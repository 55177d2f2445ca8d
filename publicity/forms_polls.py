"""What the office types about a poll's votes: only the shape."""

from collections.abc import Sequence
from typing import Any

from django import forms

from publicity.selectors_polls import Candidate


def _words(label: str, help_text: str = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": rows}), help_text=help_text
    )


class AsideForm(forms.Form):
    """Setting votes aside, or counting them again: both in public."""

    reason = _words("理由", "保留在记录里，监督员可以看到")
    announcement = _words("公告", "公众在投票页和投票结果中看到；请勿写入个人信息")


class KeepForm(forms.Form):
    reason = _words("不予剔除的理由", "保留在记录里，监督员可以看到")


class CountForm(forms.Form):
    """A counting sheet: one field a candidate, by number."""

    ballots = forms.IntegerField(label="有效选票（张）", min_value=0)

    def __init__(self, *args: Any, people: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = list(people)
        for one in self.people:
            self.fields[f"votes-{one.pk}"] = forms.IntegerField(label=f"{one.number} 号 {one.name}", min_value=0)
        self.fields["note"] = _words("计票说明", "何时何地投票、计票，谁监票；重新录入的，写明原因")

    @property
    def votes(self) -> dict[int, int]:
        return {one.pk: self.cleaned_data[f"votes-{one.pk}"] for one in self.people}

"""The shape of what officers type; what it means is judged by the services."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django import forms

from campaigns.questions import Block, Listing, Path, Question
from campaigns.rules import wording
from campaigns.timetable import Slot

MAX_TOML_BYTES: Final = 1_000_000


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DraftForm(forms.Form):
    title = forms.CharField(label="活动名称", max_length=120)
    slug = forms.CharField(
        label="地址标识", max_length=60, help_text="出现在公开网址中，用小写英文字母、数字和连字符，如 tianmu-2026"
    )
    closes = forms.DateField(
        label="申报截止日",
        widget=DayInput,
        help_text="整张日程表随之平移；不改动则沿用通知的日期",
        input_formats=["%Y-%m-%d"],
    )


class DatesForm(forms.Form):
    """One field for each date of the timetable, named by its key."""

    def __init__(self, slots: Sequence[Slot], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slot in slots:
            self.fields[slot.key] = forms.DateField(
                label=slot.label, required=False, widget=DayInput, initial=slot.on, input_formats=["%Y-%m-%d"]
            )

    def values(self) -> dict[str, date | None]:
        return dict(self.cleaned_data)


class LinesField(forms.CharField):
    """A list, one item a line; where words stand for codes, people read and write the words."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, *args: Any, words: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: dict[str, str] = dict(words)
        self.codes: dict[str, str] = {word: code for code, word in words}

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(self.words.get(str(item), str(item)) for item in value)
            if isinstance(value, list | tuple)
            else value
        )

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        unknown = [line for line in lines if self.codes and line not in self.codes]
        if unknown:
            raise forms.ValidationError(f"不认识“{'”“'.join(unknown)}”，请用下面列出的名称")
        return [self.codes.get(line, line) for line in lines]


class NumbersField(LinesField):
    """Whole numbers, one a line."""

    def to_python(self, value: Any) -> Any:
        lines = super().to_python(value)
        wrong = [line for line in lines if not str(line).isdecimal()]
        if wrong:
            raise forms.ValidationError(f"“{'”“'.join(wrong)}”不是整数，每行写一个整数")
        return [int(line) for line in lines]


class SettingsForm(forms.Form):
    """One field for each of the office's own settings, named by its path."""

    def __init__(self, settings: Sequence[Question], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = settings
        for setting in settings:
            self.fields[setting.name] = _field(setting)

    def changed_values(self) -> dict[Path, Any]:
        """What differs from the rules, ready for `office_settings.with_values`; an emptied one is None."""
        changed: dict[Path, Any] = {}
        for setting in self.settings:
            value = self.cleaned_data[setting.name]
            value = None if value in ("", []) else value
            if value != (setting.value or None if isinstance(setting.value, list) else setting.value):
                changed[setting.path] = value
        return changed


class PieceForm(forms.Form):
    """One table of a rule set with everything inside it; what its lists hold is carried in a hidden field for each."""

    def __init__(self, block: Block, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.block = block
        self._ask(block, within=True)

    def _ask(self, block: Block, *, within: bool) -> None:
        """`within`: whether the table around is written; what stands in a table left out is not required."""
        if block.optional:
            self.fields[block.written] = forms.BooleanField(
                label="写入规则", required=False, initial=block.table is not None
            )
            within = within and (not self.is_bound or bool(self.data.get(block.written)))
        for question in block.questions:
            asked = self.fields[question.name] = _field(question)
            # the browser is not told: a box ticked later would need it, and the answer is judged here
            asked.widget.is_required = False
            asked.required = asked.required and within
        for inner in block.blocks:
            self._ask(inner, within=within)
        for listing in block.lists:
            if not listing.apart:
                self.fields[listing.name] = forms.CharField(
                    required=False, widget=forms.HiddenInput, initial=listing.ids
                )
                for item in listing.items:
                    self._ask(item, within=within)

    def typed(self) -> dict[str, Any]:
        """What was typed, unjudged, so that a form with a row more or less shows it again."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
            if not isinstance(field.widget, forms.HiddenInput)
        }

    def tree(self, *, original: Block | None = None, told: Sequence[tuple[Path, str]] = ()) -> "Branch":
        """The form as a page lays it out; with what the origin says where it differs, and what does not hold together."""
        wrong: dict[Path, str] = {}
        for path, said in told:
            wrong[path] = f"{wrong[path]}；{said}" if path in wrong else said
        origin = {
            question.name: question for block in (original.every() if original else ()) for question in block.questions
        }
        return self._branch(self.block, origin if original else None, wrong)

    def _branch(self, block: Block, origin: Mapping[str, Question] | None, told: Mapping[Path, str]) -> "Branch":
        def ask(question: Question) -> "Asked":
            was = origin.get(question.name) if origin is not None else None
            departs = was is not None and was.value != question.value
            return Asked(self[question.name], _said(was) if was and departs else "", told.get(question.path, ""))

        known = {question.path for question in block.questions} | {inner.path for inner in block.blocks}
        own = [said for path, said in told.items() if self._is_nearest(block, path, known)]
        return Branch(
            block,
            tuple(ask(one) for one in block.questions if one.key not in {"clause", "settings"}),
            tuple(ask(one) for one in block.questions if one.key in {"clause", "settings"}),
            self[block.written] if block.optional else None,
            tuple(self._branch(inner, origin, told) for inner in block.blocks),
            tuple(
                (listing, self[listing.name], tuple(self._branch(item, origin, told) for item in listing.items))
                for listing in block.lists
                if not listing.apart
            ),
            tuple(own),
        )

    def _is_nearest(self, block: Block, path: Path, known: set[Path]) -> bool:
        """Whether what is told at a place is told at this table: no question and no table inside is nearer."""
        if path[: len(block.path)] != block.path or path in known:
            return path == block.path
        inside = (*block.blocks, *(item for listing in block.lists for item in listing.items))
        return not any(path[: len(inner.path)] == inner.path for inner in inside)


@dataclass(frozen=True, slots=True)
class Asked:
    """One field on the page: what the origin says instead, and what is not right about it yet."""

    field: forms.BoundField
    original: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One table on the page."""

    block: Block
    fields: tuple[Asked, ...]
    source: tuple[Asked, ...]
    written: forms.BoundField | None
    branches: tuple["Branch", ...]
    lists: tuple[tuple[Listing, forms.BoundField, tuple["Branch", ...]], ...]
    wrong: tuple[str, ...]


def _said(question: Question) -> str:
    """The value of a question in words."""
    words = dict(question.options)
    value = question.value
    if value in (None, "", []):
        return "（未写）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(words.get(str(item), str(item)) for item in value)
    return wording.chinese_date(value) if isinstance(value, date) else words.get(str(value), str(value))


def _field(setting: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": setting.label,
        "required": not setting.optional,
        "initial": setting.value,
        "help_text": setting.help,
    }
    match setting.kind:
        case "number":
            return forms.IntegerField(**common, min_value=0)
        case "date":
            return forms.DateField(**common, widget=DayInput, input_formats=["%Y-%m-%d"])
        case "yes_no":
            return forms.TypedChoiceField(
                **{**common, "initial": "yes" if setting.value else "no"},
                choices=[("yes", "是"), ("no", "否")],
                coerce=lambda word: word == "yes",
            )
        case "choice":
            empty = [("", "不规定")] if setting.optional else [] if setting.value else [("", "请选择")]
            return forms.ChoiceField(**common, choices=[*empty, *_with_unknown(setting)])
        case "many":
            return forms.MultipleChoiceField(
                **common, choices=_with_unknown(setting), widget=forms.CheckboxSelectMultiple
            )
        case "lines":
            return LinesField(**common, words=setting.options, widget=_lines_for(setting))
        case "numbers":
            return NumbersField(**common, widget=_lines_for(setting))
        case "long":
            return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": 3}))
        case _:
            return forms.CharField(**common)


def _lines_for(setting: Question) -> forms.Textarea:
    """As many lines as there are items, and one to write in."""
    return forms.Textarea(attrs={"rows": len(setting.value or ()) + 1})


def _with_unknown(setting: Question) -> list[tuple[str, str]]:
    """The options, and what is written but names nothing (any more), so that it can be seen and taken out."""
    written = setting.value if isinstance(setting.value, list) else [setting.value] if setting.value else []
    known = dict(setting.options)
    return [*setting.options, *((code, f"{code}（已不存在）") for code in map(str, written) if code not in known)]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class SourceForm(forms.Form):
    """A rule set as text, typed or uploaded."""

    source = forms.CharField(
        label="规则集全文（TOML）", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 30})
    )
    file = forms.FileField(label="或选择 TOML 文件", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        upload = data.get("file")
        if upload is not None:
            if upload.size > MAX_TOML_BYTES:
                raise forms.ValidationError("文件超过 1 MB，不像是规则集")
            try:
                data["source"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError("文件不是 UTF-8 文本，请另存为 UTF-8 后再上传") from None
        if not (data.get("source") or "").strip():
            raise forms.ValidationError("请粘贴规则集全文，或选择一个 TOML 文件")
        return data


_LINE: Final = re.compile(
    r"(?P<first>\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:至|到|~|—|-)\s*(?P<last>\d{4}-\d{1,2}-\d{1,2}))?\s*(?P<what>休|班|放假|上班)\s*(?P<note>.*)"
)
LONGEST_HOLIDAY: Final = 30


class DaysForm(forms.Form):
    """Days off and make-up days as they stand in the State Council's notice, one stretch a line."""

    days = forms.CharField(
        label="放假与调休",
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "2027-01-01 休 元旦"}),
        help_text="每行一段，如“2027-02-05 至 2027-02-11 休 春节”“2027-02-20 班 调休”",
    )

    def clean_days(self) -> dict[date, tuple[bool, str]]:
        found: dict[date, tuple[bool, str]] = {}
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), start=1):
            if line.strip():
                found.update(_stretch(number, line.strip()))
        return found


def _stretch(number: int, line: str) -> dict[date, tuple[bool, str]]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise forms.ValidationError(f"第{number}行看不懂：{line}。请写成“2027-01-01 休 元旦”")
    try:
        first = _day(match["first"])
        last = _day(match["last"]) if match["last"] else first
    except ValueError:
        raise forms.ValidationError(f"第{number}行没有这样的日期：{line}") from None
    length = (last - first).days
    if not 0 <= length <= LONGEST_HOLIDAY:
        raise forms.ValidationError(f"第{number}行的起止日期不对：{line}")
    working = match["what"] in {"班", "上班"}
    return {first + timedelta(days=n): (working, match["note"].strip()) for n in range(length + 1)}


def _day(text: str) -> date:
    year, month, day = (int(part) for part in text.split("-"))
    return date(year, month, day)

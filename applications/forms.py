"""The shape of input. The form of a campaign is built from its rule set: one Django form a section, formsets for rows.

Nothing is judged here: a draft keeps what was typed, and `answers.problems` says what is wrong with it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict

from applications import answers as values
from applications.answers import NO, OTHER, YES, Answers, Value
from applications.forms_returns import ReturnItemsForm
from applications.models import Application, Source
from applications.states import Endorsement, NoticeResult
from campaigns.rules import schema
from unions.forms import ContactField

OTHER_SUFFIX: Final = "__other"
FEW: Final = 7
"""Up to so many options stand open as buttons; more fold into a list."""


FIELDS: Final = "fields"
"""Posted: the ids of the fields a page carried, or of those that were changed on it; an empty box of ticks posts nothing."""


def read_section(section: schema.Section, data: QueryDict, *, only: frozenset[str] | None = None) -> dict[str, object]:
    """What was posted for a section, as `save_draft` takes it; fields that the page did not carry are left out.

    `only` names the fields that may be changed while an application is returned.
    """
    named = data.get(FIELDS)
    carried = None if named is None else frozenset(named.split())
    read: dict[str, object] = {}
    for field in section.fields:
        if isinstance(field, schema.PhotoField) or (only is not None and field.id not in only):
            continue
        if carried is None or field.id in carried:
            read[field.id] = _read_field(field, data)
    return read


def _read_field(field: schema.FormField, data: QueryDict) -> object:
    match field:
        case schema.RowsField():
            return read_rows(field, data)
        case schema.ConditionsField():
            return data.getlist(field.id)
        case schema.MultiField():
            return [_other(field.id, item, data) for item in data.getlist(field.id)]
        case schema.ChoiceField():
            return _other(field.id, data.get(field.id, ""), data)
        case _:
            return data.get(field.id, "")


def _other(field: str, item: str, data: QueryDict) -> str:
    return (data.get(f"{field}{OTHER_SUFFIX}", "").strip() or OTHER) if item == OTHER else item


def read_rows(field: schema.RowsField, data: QueryDict) -> list[dict[str, str]]:
    """Rows by their number in the names, `<field>-<n>-<column>`; those ticked for deletion are gone."""
    pattern = re.compile(rf"{re.escape(field.id)}-(\d+)-(\w+)")
    rows: dict[int, dict[str, str]] = {}
    for name in data:
        if match := pattern.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = data.get(name, "")
    kept = [row for _n, row in sorted(rows.items()) if not row.get("DELETE")]
    return [{column.id: row.get(column.id, "") for column in field.columns} for row in kept]


def rows_after(rows: list[dict[str, str]], verb: str, at: int) -> list[dict[str, str]]:
    """Rows after a button of the row editor was pressed without script: add, remove, up or down."""
    rows = list(rows)
    if verb == "add":
        return [*rows, {}]
    if not 0 <= at < len(rows):
        return rows
    if verb == "remove":
        del rows[at]
    other = at - 1 if verb == "up" else at + 1
    if verb in {"up", "down"} and 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


def press_row_button(section: schema.Section, pressed: str, typed: dict[str, object]) -> str:
    """Without script every button of the row editor submits; return the field that gets an empty row."""
    field_id, _, rest = pressed.partition(":")
    verb, _, at = rest.partition(":")
    field = next((item for item in section.fields if item.id == field_id), None)
    rows = typed.get(field_id)
    if not isinstance(field, schema.RowsField) or not isinstance(rows, list):
        return ""
    typed[field_id] = rows_after(rows, verb, int(at) if at.isdigit() else -1)
    return field_id if verb == "add" else ""


class TypedForm(forms.Form):
    """Shows what was typed with what is wrong with it; validation belongs to the answers."""

    use_required_attribute = False

    def __init__(self, *args: Any, problems: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = ErrorDict()
        for name, words in (problems or {}).items():
            if name in self.fields:
                found[name] = ErrorList([words])
        self._errors = found


@dataclass(frozen=True, slots=True)
class Item:
    """One question on the page: a bound field, or a formset of rows; `other` asks for the words after “其他”."""

    id: str
    kind: str
    label: str
    bound: Any = None
    other: Any = None
    formset: Any = None
    limit: int | str = ""
    about: int | str = ""
    unit: str = ""
    clause: str = ""
    help: str = ""
    error: str = ""
    max: int | str = ""
    when: schema.When | None = None
    depends_on: str = ""
    locked: bool = False
    text: str = ""
    optional: bool = False
    certified: bool = False
    carried: bool = False
    personal: bool = False
    depends_on_id: str = ""
    depends_on_value: str = ""
    order: str = ""

    @property
    def words(self) -> str:
        """The help under the field, with where its answer is from, who certifies it and on which answer it depends."""
        notes = [
            "自查时的回答，请核对" if self.carried else "",
            self.help,
            "由所在单位证明" if self.certified and "证明" not in self.help else "",
        ]
        if self.when is not None:
            notes.append(f"仅在“{self.depends_on}”为“{self.when.equals}”时填写")
        return "。".join(note for note in notes if note)


class SectionPage:
    """A section ready for its template."""

    def __init__(
        self,
        section: schema.Section,
        rules: schema.RuleSet,
        answers: Answers,
        *,
        problems: Mapping[str, str] | None = None,
        only: frozenset[str] | None = None,
        blank_row: str = "",
        carried: frozenset[str] = frozenset(),
    ) -> None:
        self.section = section
        self.rules = rules
        self.answers = answers
        self.problems = problems or {}
        self.only = only
        self.blank_row = blank_row
        self.carried = carried
        self.form = self._form()

    def _asked(self) -> Iterator[schema.FormField]:
        return (field for field in self.section.fields if not isinstance(field, schema.PhotoField))

    def _form(self) -> TypedForm:
        built: dict[str, forms.Field] = {}
        initial: dict[str, Any] = {}
        for field in self._asked():
            if isinstance(field, schema.RowsField):
                continue
            built[field.id] = _form_field(field, self.rules)
            shown, other = _initial(field, self.answers.get(field.id, ""))
            initial[field.id] = shown
            if getattr(field, "other", False):
                built[field.id + OTHER_SUFFIX] = forms.CharField(label="选“其他”的请写明", required=False)
                initial[field.id + OTHER_SUFFIX] = other
        kind = type("Section", (TypedForm,), built)
        return kind(initial=initial, problems=self.problems, label_suffix="")  # type: ignore[no-any-return]

    @property
    def photo(self) -> schema.PhotoField | None:
        return next((field for field in self.section.fields if isinstance(field, schema.PhotoField)), None)

    @property
    def items(self) -> list[Item]:
        return [self._item(field) for field in self._asked() if self._is_shown(field)]

    @property
    def field_ids(self) -> str:
        """For the page's hidden list of what it carries."""
        return " ".join(item.id for item in self.items if not item.locked)

    def _is_shown(self, field: schema.FormField) -> bool:
        """What depends on an answer of this very page is shown or hidden there; what an earlier page ruled out is not asked."""
        if field.when is None or values.is_empty(self.answers.get(field.when.field)):
            return True
        here = {item.id for item in self.section.fields}
        return field.when.field in here or values.applies(field, self.answers)

    def _item(self, field: schema.FormField) -> Item:
        value = self.answers.get(field.id, "")
        common: dict[str, Any] = {
            "id": field.id,
            "label": field.label,
            "help": field.help or "",
            "clause": field.clause or "",
            "error": self.problems.get(field.id, ""),
            "when": field.when,
            "depends_on": values.field_labels(self.rules).get(field.when.field, "") if field.when else "",
            "optional": not field.required,
            "certified": field.certified_by == "unit",
            "carried": field.id in self.carried,
            "personal": values.is_personal(field),
            **self._dependence(field),
        }
        if self.only is not None and field.id not in self.only:
            return Item(kind="locked", locked=True, text=values.display(field, value, self.rules), **common)
        if isinstance(field, schema.RowsField):
            rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
            if self.blank_row == field.id or (not rows and field.at_least):
                rows = [*rows, {}]
            return Item(
                kind="rows", formset=rows_formset(field, rows), max=field.at_most, order=field.order or "", **common
            )
        other = self.form[field.id + OTHER_SUFFIX] if field.id + OTHER_SUFFIX in self.form.fields else None
        return Item(
            kind="field",
            bound=self.form[field.id],
            other=other,
            limit=getattr(field, "at_most", None) or "" if isinstance(field, schema.TextField) else "",
            about=getattr(field, "about", None) or "",
            unit="年" if isinstance(field, schema.YearsField) else getattr(field, "unit", None) or "",
            **common,
        )

    def _dependence(self, field: schema.FormField) -> dict[str, str]:
        """On which answer of this page it depends, as the control posts it."""
        other = next((item for item in self.section.fields if field.when and item.id == field.when.field), None)
        if field.when is None or other is None:
            return {}
        equals = field.when.equals
        return {
            "depends_on_id": other.id,
            "depends_on_value": {"是": YES, "否": NO}.get(equals, equals)
            if isinstance(other, schema.YesNoField)
            else equals,
        }


def _initial(field: schema.FormField, value: Value) -> tuple[Any, str]:
    """What the control shows, and the words that belong to “其他”."""
    options = (
        {option.value for option in field.options}
        if isinstance(field, schema.ChoiceField | schema.MultiField)
        else set()
    )
    if (
        isinstance(field, schema.ChoiceField)
        and field.other
        and isinstance(value, str)
        and value
        and value not in options
    ):
        return OTHER, "" if value == OTHER else value
    if isinstance(field, schema.MultiField) and field.other and isinstance(value, list):
        own = [item for item in value if isinstance(item, str) and item not in options]
        known = [item for item in value if item in options]
        return known + ([OTHER] if own else []), "".join(item for item in own if item != OTHER)
    return value, ""


def _form_field(field: schema.FormField, rules: schema.RuleSet) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help or ""}
    match field:
        case schema.TextField() if values.is_long(field):
            return forms.CharField(
                widget=forms.Textarea(attrs={"rows": max(field.lines, 4), "data-clean": "text"}), **common
            )
        case schema.ChoiceField():
            return _choice(_options(field), few=len(field.options) <= FEW, required=field.required, common=common)
        case schema.MultiField():
            return forms.MultipleChoiceField(choices=_options(field), widget=forms.CheckboxSelectMultiple, **common)
        case schema.ConditionsField():
            choices = [(item.id, _condition(item)) for item in values.conditions_of(field, rules)]
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
        case schema.YesNoField():
            return _choice([(YES, "是"), (NO, "否")], few=True, required=True, common=common)
        case _:
            return forms.CharField(widget=forms.TextInput(attrs=_attributes(field)), **common)


def _options(field: schema.ChoiceField | schema.MultiField) -> list[tuple[str, str]]:
    options = [(option.value, option.label or option.value) for option in field.options]
    return [*options, (OTHER, OTHER)] if field.other else options


def _condition(item: schema.Declared) -> str:
    return f"{item.label}：{item.text}" + (f"（{item.clause}）" if item.clause else "")


def _choice(options: list[tuple[str, str]], *, few: bool, required: bool, common: dict[str, Any]) -> forms.Field:
    if few:
        shown = options if required else [*options, ("", "不填")]
        return forms.ChoiceField(choices=shown, widget=forms.RadioSelect, **common)
    return forms.ChoiceField(choices=[("", "请选择"), *options], widget=forms.Select, **common)


def _attributes(field: schema.FormField) -> dict[str, str]:
    """The keypad that fits, what a browser may fill in by itself, and how what is typed is brought to one form."""
    return {"enterkeyhint": "next", "data-clean": "line", **_own_attributes(field)}


def _own_attributes(field: schema.FormField) -> dict[str, str]:
    match field:
        case schema.PersonNameField():
            return {"autocomplete": "name", "spellcheck": "false"}
        case schema.NationalIdField():
            return {"inputmode": "text", "data-clean": "id_number", "autocapitalize": "characters", **_NO_HELP}
        case schema.PhoneField():
            return {"type": "tel", "autocomplete": "tel", "inputmode": "tel", "data-clean": "phone"}
        case schema.EmailField():
            return {"type": "email", "autocomplete": "email", "inputmode": "email"}
        case schema.AddressField():
            return {"autocomplete": "street-address"}
        case schema.DateField():
            birthday = {"autocomplete": "bday"} if field.fact == "birth_date" else {"autocomplete": "off"}
            return {**_date_attributes(field.precision), **birthday}
        case schema.YearsField() | schema.NumberField():
            return {"inputmode": "numeric", "data-clean": "number", "autocomplete": "off"}
        case _ if field.id in values.EMPLOYER_FIELDS:
            return {"autocomplete": "organization"}
        case _:
            return {"autocomplete": "off"}


_NO_HELP: Final = {"autocomplete": "off", "spellcheck": "false", "autocorrect": "off"}


def _date_attributes(precision: str) -> dict[str, str]:
    """A year is four digits on the number pad; a spinner would be turned by a thumb that scrolls."""
    match precision:
        case "year":
            return {"inputmode": "numeric", "data-clean": "number", "placeholder": "如 2018"}
        case "month":
            return {"type": "month", "placeholder": "如 2018-03"}
        case _:
            return {"type": "date"}


def rows_formset(field: schema.RowsField, rows: list[dict[str, str]]) -> BaseFormSet[forms.Form]:
    built = {column.id: _column_field(column) for column in field.columns}
    row_form = type("Row", (RowForm,), built)
    formset: Any = formset_factory(row_form, extra=0, max_num=field.at_most, absolute_max=field.at_most + 10)
    return formset(prefix=field.id, initial=rows, form_kwargs={"label_suffix": ""})  # type: ignore[no-any-return]


class RowForm(forms.Form):
    use_required_attribute = False


def _column_field(column: schema.Column) -> forms.Field:
    common: dict[str, Any] = {"label": column.label, "required": column.required}
    if column.type == "choice":
        options = [(option.value, option.label or option.value) for option in column.options]
        return forms.ChoiceField(choices=[("", "请选择"), *options], **common)
    attributes = {"autocomplete": "off", "enterkeyhint": "next", "data-clean": "line"}
    if column.type == "date":
        attributes |= _date_attributes(column.precision)
    if column.type == "number":
        attributes |= {"inputmode": "numeric", "data-clean": "number"}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), **common)


# --- the smaller forms -----------------------------------------------------------------------------------------------


class EndorsementForm(forms.Form):
    decision = forms.ChoiceField(label="推荐意见", choices=Endorsement.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(label="推荐单位意见", widget=forms.Textarea(attrs={"rows": 4}), max_length=500)
    authority = forms.CharField(label="行业主管部门", max_length=80, required=False)
    authority_agreed_on = forms.DateField(
        label="主管部门同意日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    quota_reason = forms.CharField(
        label="超出推荐名额的理由", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TogetherForm(EndorsementForm):
    """The same for several people at once; declining is said one by one."""

    decision = None  # type: ignore[assignment]


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class InternalNoticeForm(forms.Form):
    starts_on = _day("公示开始")
    ends_on = _day("公示结束")
    place = forms.CharField(label="公示地点和方式", max_length=120)
    result = forms.ChoiceField(label="公示结果", choices=NoticeResult.choices, widget=forms.RadioSelect)
    settlement = forms.CharField(
        label="异议及处理情况", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReturnForm(ReturnItemsForm):
    deadline = forms.DateTimeField(
        label="补正期限", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class NominationForm(forms.Form):
    channel = forms.ChoiceField(label="推荐渠道", widget=forms.RadioSelect)
    name = forms.CharField(label="被推荐人姓名", max_length=60)
    attested = forms.BooleanField(label="已向被推荐人说明个人信息的用途，并取得其同意")

    def __init__(self, *args: Any, channels: Iterable[schema.Channel], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(channel.id, channel.label) for channel in channels]


class RecommendForm(forms.Form):
    name = forms.CharField(label="您推荐的人的姓名", max_length=60)
    reason = forms.CharField(label="推荐理由", widget=forms.Textarea(attrs={"rows": 5}), max_length=1000)
    contact = ContactField(label="对方的手机号码或电子邮箱", max_length=120, help_text="邀请对方本人确认的链接发到这里")

    def __init__(self, *args: Any, invites: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        if not invites:
            del self.fields["contact"]


class ResendForm(forms.Form):
    contact = ContactField(label="对方的手机号码或电子邮箱", max_length=120, help_text="原来的号码有误的，可以改正")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class SourceForm(forms.Form):
    """Through which of several sources an application counts."""

    source = forms.ChoiceField(label="按哪个来源计", widget=forms.RadioSelect)
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=500)

    def __init__(self, *args: Any, sources: Iterable[Source], rules: schema.RuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._sources = {str(source.pk): source for source in sources}
        channels = {channel.id: channel.label for channel in rules.channels}
        self._labels = {
            key: channels.get(one.channel, one.channel) + (f"（{one.unit.name}）" if one.unit else "")
            for key, one in self._sources.items()
        }
        first = {label: key for key, label in reversed(self._labels.items())}
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, label) for key, label in self._labels.items() if first[label] == key]

    @property
    def chosen_source(self) -> Source:
        return self._sources[self.cleaned_data["source"]]

    @property
    def source_label(self) -> str:
        return self._labels[self.cleaned_data["source"]]


class MergeForm(SourceForm):
    """Which of one person's applications goes on, and through which source it counts."""

    kept = forms.ChoiceField(label="保留哪一份", widget=forms.RadioSelect)
    field_order = ("kept", "source", "reason")

    def __init__(self, *args: Any, applications: Iterable[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._applications = {str(row.pk): row for row in applications}
        field = self.fields["kept"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (key, f"第 {n} 份：{row.number or row.get_state_display()}")
            for n, (key, row) in enumerate(self._applications.items(), 1)
        ]

    @property
    def chosen(self) -> Application:
        return self._applications[self.cleaned_data["kept"]]


class PeopleSheetForm(forms.Form):
    sheet = forms.FileField(label="填好的汇总表", allow_empty_file=True, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["sheet"].widget.attrs["accept"] = ".xlsx,.csv"


class ScanForm(forms.Form):
    scan = forms.FileField(label="扫描件", allow_empty_file=True, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["scan"].widget.attrs["accept"] = "application/pdf,image/jpeg,image/png"


class PhrasesForm(forms.Form):
    texts = forms.CharField(label="常用语", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 10}))

"""A sheet of people on its way in: the columns a rule set asks for, the empty template, and what is wrong with each row.

Excel does things to what people type: an identity number becomes 3.30112E+17, 2018.10 becomes 2018.1, a date becomes 43525.
What can be told from what is left is read; what cannot is said, with what to do. Nothing here writes.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final

import tablib
from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from import_export.instance_loaders import BaseInstanceLoader
from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from applications import answers as form
from applications.answers import NO, OTHER, YES, Answers, Value
from applications.identity import masked
from campaigns.rules import schema
from unions.permits import Refused

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED: Final = 150 * 1024 * 1024
MAX_ROWS: Final = 5000
MAX_COLUMNS: Final = 80
HEADER_WITHIN: Final = 12
"""Rows from the top among which the headings are looked for: a printed list has a title above them."""
BLANKS_TO_THE_END: Final = 500

LINE: Final = "__line__"
CHANNEL: Final = "__channel__"
NUMBER: Final = "__number__"

_NOT_A_CELL: Final = (schema.PhotoField, schema.RowsField)
_APOSTROPHE: Final = re.compile(r"^'(?=[=+\-@\t\r])")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_SPLIT: Final = re.compile(r"[;；、,，\n]+")
_MARK: Final = re.compile(r"[\s*＊:：]+|[（(]必填[)）]")

DAY_SERIALS: Final = range(7_000, 80_000)
"""What Excel keeps for a day between 1919 and 2119."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: its heading, the field of the form it fills in, and other headings it is known by."""

    key: str
    label: str
    field: schema.FormField | None = None
    also: tuple[str, ...] = ()
    needed: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(_heading(name) for name in (self.label, *self.also))


def _heading(text: object) -> str:
    return _MARK.sub("", unicodedata.normalize("NFKC", str(text or "")))


def columns(rules: schema.RuleSet, channels: Sequence[schema.Channel]) -> tuple[Column, ...]:
    """The list's own columns first, as the notice heads them, then the rest of the form that one cell can hold.

    Where several channels are open to the unit, a column says which; the number of an application that was filed is read,
    so that an exported list may come back.
    """
    by_id = {item.id: item for item in rules.fields() if not isinstance(item, _NOT_A_CELL)}
    listed = [
        (column.label, column.field)
        for paper in rules.papers
        if isinstance(paper, schema.ListPaper)
        for column in paper.columns
    ]
    conditions = next((item.id for item in by_id.values() if isinstance(item, schema.ConditionsField)), "")
    heads: dict[str, str] = {}
    channel_head = "申报渠道"
    for label, id_ in listed:
        if id_ == "channel":
            channel_head = label
        known = conditions if id_ == "conditions" and id_ not in by_id else id_
        if known in by_id:
            heads.setdefault(known, label)
    order = list(dict.fromkeys([*("name", "national_id"), *heads, *by_id]))
    found = [
        Column(
            id_,
            heads.get(id_, by_id[id_].label),
            by_id[id_],
            (by_id[id_].label,),
            needed=isinstance(by_id[id_], schema.NationalIdField) or id_ == "name",
        )
        for id_ in order
        if id_ in by_id
    ]
    if len(channels) > 1:
        found.append(Column(CHANNEL, channel_head, also=("申报渠道", "推荐渠道")))
    return (*found, Column(NUMBER, "受理编号"))


# --- reading the file ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """The people of a file: rows with their number there, and the headings nobody knows."""

    data: tablib.Dataset
    unknown: tuple[str, ...]


def read_table(content: bytes, known: Sequence[Column]) -> Table:
    """Find the headings and take the rows below them. Refuses in words what is no such sheet."""
    lines = _workbook(content, known) if content[:2] == b"PK" else _csv(content, known)
    return _table(lines, known)


Lines = Iterator[tuple[int, Sequence[Any]]]


def _table(lines: Lines, known: Sequence[Column]) -> Table:
    found = _find_heading(lines, known)
    if found is None:
        wanted = "、".join(column.label for column in known if column.needed)
        raise Refused(f"前 {HEADER_WITHIN} 行里没有找到表头：应有“{wanted}”等列。请使用下载的模板")
    placed, unknown = found
    missing = [column.label for column in known if column.needed and column not in placed.values()]
    if missing:
        raise Refused(f"表头缺少“{'”“'.join(missing)}”列。请使用下载的模板，或在表头补上这一列")
    places = sorted(placed)
    data = tablib.Dataset(headers=[LINE, *(placed[place].key for place in places)])
    for number, cells in lines:
        row = [cells[place] if place < len(cells) else None for place in places]
        if not any(_told(cell) for cell in row) or _is_footer(cells):
            continue
        if len(data) == MAX_ROWS:
            raise Refused(f"一次最多导入 {MAX_ROWS} 行，请拆成几个文件导入")
        data.append([number, *row])
    if not len(data):
        raise Refused("表中没有数据：请从表头下一行起，每行填写一个人")
    return Table(data, unknown)


def _find_heading(lines: Lines, known: Sequence[Column]) -> tuple[dict[int, Column], tuple[str, ...]] | None:
    for number, cells in lines:
        placed: dict[int, Column] = {}
        unknown: list[str] = []
        for place, cell in enumerate(cells[:MAX_COLUMNS]):
            name = _heading(cell)
            match = next((one for one in known if name in one.names and one not in placed.values()), None)
            if match is not None:
                placed[place] = match
            elif name and name != "序号":
                unknown.append(str(cell).strip())
        if sum(1 for column in placed.values() if column.key != NUMBER) >= 2:
            return placed, tuple(unknown)
        if number >= HEADER_WITHIN:
            break
    return None


def _told(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_footer(cells: Sequence[Any]) -> bool:
    """A line under the list that spans it: who seals it, say."""
    told = [place for place, cell in enumerate(cells) if _told(cell)]
    return told == [0] and not str(cells[0]).strip().isdigit() and len(str(cells[0]).strip()) > 6


def _workbook(content: bytes, known: Sequence[Column]) -> Lines:
    """Cells line by line, formulas as the text they are: what a formula would compute is not what somebody typed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise Refused("文件解压后过大，不像是汇总表。请使用下载的模板")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            head = _numbered(sheet.iter_rows(values_only=True, max_row=HEADER_WITHIN, max_col=MAX_COLUMNS))
            if _find_heading(head, known) is not None:
                yield from _numbered(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS))
                return
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError) as error:
        raise Refused("文件打不开：请在 Excel 中另存为 .xlsx 或 .csv 后再上传") from error


def _numbered(rows: Iterable[Sequence[Any]]) -> Lines:
    blank = 0
    for number, cells in enumerate(rows, start=1):
        blank = 0 if any(cell is not None for cell in cells) else blank + 1
        if blank > BLANKS_TO_THE_END:
            return
        yield number, cells


def _csv(content: bytes, _known: Sequence[Column]) -> Lines:
    text = _decoded(content)
    first = text[: text.find("\n") + 1 or None]
    mark = max((",", "\t", ";", "，"), key=first.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=mark), start=1):
            yield number, [_APOSTROPHE.sub("", cell) or None for cell in cells]
    except csv.Error as error:
        raise Refused("文件打不开：请在 Excel 中另存为 .xlsx 或 .csv 后再上传") from error


def _decoded(content: bytes) -> str:
    """UTF-8 as everybody else writes it, or GB 18030 as Excel does in China."""
    if b"\0" in content[:4096] or content[:4] == b"\xd0\xcf\x11\xe0":
        raise Refused("只能导入 .xlsx 或 .csv 文件；旧版 .xls 请在 Excel 中另存为 .xlsx")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("文件的文字编码无法识别：请在 Excel 中另存为 .xlsx 后再上传")


# --- one cell --------------------------------------------------------------------------------------------------------


class AnswerWidget(widgets.Widget):  # type: ignore[misc]
    """A cell and the answer it stands for. `ValueError` says what is wrong and what to do."""

    def __init__(self, item: schema.FormField, rules: schema.RuleSet, today: date) -> None:
        super().__init__()
        self.item, self.rules, self.today = item, rules, today
        self.labels = _labels(item, rules)

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> Value:  # noqa: ARG002 - the library's signature
        answer = form.normalise(self.item, self._typed(value))
        if answer and (wrong := form.problem(self.item, answer, today=self.today)):
            raise ValueError(self._advice(wrong))
        return answer

    def _typed(self, value: Any) -> object:
        match self.item:
            case schema.NationalIdField():
                return _number_as_text(value, "身份证号码", longest=15)
            case schema.PhoneField():
                return _number_as_text(value, "电话号码", longest=15)
            case schema.DateField():
                return _day(value, self.item.precision)
            case schema.NumberField():
                return _text(value).removesuffix(self.item.unit or "").strip()
            case schema.ConditionsField():
                return [self._condition(part) for part in _parts(value)]
            case schema.MultiField():
                return [self.labels.get(_heading(part), part) for part in _parts(value)]
            case schema.ChoiceField():
                text = _text(value)
                return self.labels.get(_heading(text), text)
            case schema.YesNoField():
                text = _text(value)
                return {"√": YES, "✓": YES, "对": YES, "有": YES, "×": NO, "无": NO, "Y": YES, "N": NO}.get(text, text)
            case _:
                return _text(value)

    def _condition(self, part: str) -> str:
        found = self.labels.get(_heading(part))
        if found is None:
            raise ValueError(f"“{part}”不是规则所列的条件。可填：{'、'.join(choices(self.item, self.rules))}")
        return found

    def _advice(self, wrong: str) -> str:
        """The form shows its options beside the field; a sheet does not."""
        if isinstance(self.item, schema.ChoiceField | schema.MultiField) and "选项" in wrong:
            names = [option.label or option.value for option in self.item.options]
            return f"{wrong}：{'、'.join(names[:12])}{'等' if len(names) > 12 else ''}"
        return wrong


def _labels(item: schema.FormField, rules: schema.RuleSet) -> dict[str, str]:
    """What may stand in the cell, by the answer it means."""
    if isinstance(item, schema.ConditionsField):
        return {_heading(one.label): one.id for one in form.conditions_of(item, rules)}
    options = item.options if isinstance(item, schema.ChoiceField | schema.MultiField) else ()
    return {_heading(option.label or option.value): option.value for option in options}


def _parts(value: Any) -> list[str]:
    return [part.strip() for part in _SPLIT.split(_text(value)) if part.strip()]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case _:
            return str(value).replace("_x000D_", "").strip()


def _number_as_text(value: Any, what: str, *, longest: int) -> str:
    """A number is right as long as Excel keeps all of its digits: fifteen."""
    lost = f"{what}被 Excel 当成数字，末几位已经丢失。请把这一列设为“文本”格式后重新输入（模板已经设好）"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != int(value) or len(str(int(value))) > longest:
            raise ValueError(lost)
        return str(int(value))
    text = unicodedata.normalize("NFKC", _text(value)).removeprefix("'")
    if _SCIENTIFIC.fullmatch("".join(text.split())):
        raise ValueError(lost)
    if "*" in text:
        raise ValueError(f"{what}中有遮盖的“*”，这是导出时遮盖的。请填写完整号码")
    return text


def _day(value: Any, precision: str) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and not value.is_integer():
        return _year_and_month(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        whole = int(value)
        if precision != "year" and whole in DAY_SERIALS:
            found = from_excel(whole)
            assert isinstance(found, datetime)
            return found.date().isoformat()
        return str(whole)
    text = _text(value).rstrip("。.")
    return {"至今": ""}.get(text, text)


def _year_and_month(value: float) -> str:
    """2018.3 is March; 2018.1 may have been 2018.10."""
    year, _, month = str(value).partition(".")
    if month == "1":
        raise ValueError(
            f"分不清是 {year} 年 1 月还是 10 月（Excel 会把 {year}.10 变成 {year}.1）。请写成 {year}-01 或 {year}-10"
        )
    return f"{year}-{month}"


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """What the union knows of the bearer of a number: whether their record is readable, and what the unit put in for them.

    `elsewhere`: they stand in the campaign by another way too, which the office settles and the unit is not told.
    """

    person: int | None = None
    readable: bool = True
    application: int | None = None
    editable: bool = False
    elsewhere: bool = False
    state: str = ""
    answers: Answers = field(default_factory=dict)


@dataclass(slots=True)
class Line:
    """One row as it was understood."""

    line: int = 0
    answers: dict[str, Value] = field(default_factory=dict)
    channel: str = ""
    number: str = ""
    index: str = ""
    known: Known = field(default_factory=Known)
    pk: None = None

    def __str__(self) -> str:
        name = self.answers.get("name", "")
        return name if isinstance(name, str) else ""

    @property
    def changed(self) -> dict[str, Value]:
        return {key: value for key, value in self.answers.items() if value != self.known.answers.get(key)}


class _Cell(fields.Field):  # type: ignore[misc]
    """Puts the answer of one column into its line; an empty cell says nothing, and so erases nothing."""

    def save(self, instance: Line, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        if _told(row[self.column_name]) and (answer := self.clean(row, **kwargs)):
            instance.answers[self.column_name] = answer


ERASED: Final = "此人的个人信息已按规定删除，不能由单位导入。请与认定办公室联系"

LookUp = Callable[[Sequence[str]], Mapping[str, Known]]


class Judged:
    """How django-import-export reads a sheet of which every row is judged by us and none is looked up or written by it."""

    skip_diff = True
    report_skipped = True
    store_instance = True
    use_transactions = False
    using_db = "default"
    force_init_instance = True
    instance_loader_class = BaseInstanceLoader
    import_id_fields = ()


class PeopleResource(resources.Resource):  # type: ignore[misc]
    """The sheet as django-import-export reads it: every row judged by the form's own rules, none of them written here.

    `index` gives the blind index of an identity number, `look_up` what is known of the bearers of many at once. With
    `dry_run` off, `writer` is given every line that would change something.
    """

    class Meta(Judged):
        pass

    def __init__(
        self,
        rules: schema.RuleSet,
        known: Sequence[Column],
        channels: Sequence[schema.Channel],
        *,
        today: date,
        index: Callable[[str], str],
        look_up: LookUp,
        writer: Callable[[Line], None] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self.rules, self.today, self.index, self.look_up = rules, today, index, look_up
        self.writer, self.progress = writer, progress
        self.by_key = {column.key: column for column in known}
        self.channels = {_heading(name): one.id for one in channels for name in (one.label, one.id)}
        self.channel_labels = "、".join(one.label for one in channels)
        self.only_channel = channels[0].id if len(channels) == 1 else ""
        self.id_field = next((one.key for one in known if isinstance(one.field, schema.NationalIdField)), "")
        self.fields = {
            column.key: _Cell(
                attribute=column.key, column_name=column.key, widget=AnswerWidget(column.field, rules, today)
            )
            for column in known
            if column.field is not None
        }
        self._cells = list(self.fields.values())
        self.seen: dict[str, int] = {}
        self.known: Mapping[str, Known] = {}

    def get_import_fields(self) -> list[fields.Field]:
        return self._cells

    def before_import(self, dataset: tablib.Dataset, **_kwargs: Any) -> None:
        """Everybody in the sheet is looked up at once."""
        if self.id_field not in dataset.headers:
            return
        widget = self.fields[self.id_field].widget
        found = []
        for value in dataset[self.id_field]:
            try:
                found.append(self.index(str(widget.clean(value))))
            except ValueError:
                continue
        self.known = self.look_up(found)

    def init_instance(self, row: Mapping[str, Any] | None = None) -> Line:
        assert row is not None
        return Line(line=row[LINE], number=_text(row.get(NUMBER)))

    def import_instance(self, instance: Line, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Everything that is wrong with a row is found here and told together."""
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        self._place(instance, row)
        for key, words in self._wrong(instance, _text(row.get(CHANNEL))).items():
            errors.setdefault(key, ValidationError(words))
        if errors:
            raise ValidationError(errors)

    def _place(self, line: Line, row: Mapping[str, Any]) -> None:
        number = line.answers.get(self.id_field)
        if isinstance(number, str):
            line.index = self.index(number)
            line.known = self.known.get(line.index, Known())
        wanted = _text(row.get(CHANNEL))
        line.channel = self.channels.get(_heading(wanted), "") if wanted else self.only_channel

    def _wrong(self, line: Line, channel: str) -> dict[str, str]:
        """By column, what the cells by themselves do not show."""
        wrong: dict[str, str] = {}
        if not str(line):
            wrong["name"] = "未填写。请填写姓名，与身份证一致"
        if not line.index:
            wrong[self.id_field] = "未填写。同一个人靠证件号码识别，请填写"
        elif words := self._identity(line):
            wrong[self.id_field] = words
        if not line.channel and line.known.application is None:
            wrong[CHANNEL] = f"{'没有这个渠道' if channel else '未填写'}。本单位可用的渠道：{self.channel_labels}"
        apart = form.contradictions(self.rules, line.answers)
        return {**{key: f"{words}。请对照证件，改正其中一处" for key, words in apart.items()}, **wrong}

    def _identity(self, line: Line) -> str:
        first = self.seen.setdefault(line.index, line.line)
        if first != line.line:
            return f"与第 {first} 行的证件号码相同。同一人只填一行，请删去一行"
        known = line.known
        if not known.readable:
            return ERASED
        if known.application is not None and not known.editable and line.changed:
            labels = "、".join(self.by_key[key].label for key in line.changed)
            return f"此人的申报{known.state}，{labels}与已填的不同，不能用导入改动。请先退回补正，再在申报表里改"
        return ""

    def skip_row(
        self,
        instance: Line,
        original: Any,  # noqa: ARG002 - the library's signature
        row: Any,  # noqa: ARG002 - the library's signature
        import_validation_errors: Mapping[str, Any] | None = None,
    ) -> bool:
        """Nothing new in it: imported a second time, say."""
        return not import_validation_errors and instance.known.application is not None and not instance.changed

    def save_instance(self, instance: Line, is_create: bool, row: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        if not kwargs["dry_run"] and self.writer is not None:
            self.writer(instance)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        if row_result.import_type == row_result.IMPORT_TYPE_NEW and row_result.instance.known.application is not None:
            row_result.import_type = row_result.IMPORT_TYPE_UPDATE
        if self.progress is not None and kwargs["row_number"] % 250 == 0:
            self.progress(kwargs["row_number"])


# --- what is shown before anybody confirms ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the preview. `kind`: new | update | same | wrong; `faults` are (heading, what is wrong and what to do)."""

    line: int
    kind: str
    name: str
    number: str
    detail: str = ""
    faults: tuple[tuple[str, str], ...] = ()


def judge(resource: PeopleResource, data: tablib.Dataset, *, dry_run: bool = True) -> list[Verdict]:
    """Every row with what would become of it (or, with `dry_run` off, what became of it)."""
    result = resource.import_data(data, dry_run=dry_run, raise_errors=False, collect_failed_rows=False)
    for error in result.base_errors:
        raise error.error
    wrong = {row.number: row.error for row in result.invalid_rows}
    numbers = data[resource.id_field] if resource.id_field in data.headers else [None] * len(data)
    names = data["name"] if "name" in data.headers else [None] * len(data)
    found = []
    for at, (row, line, name, number) in enumerate(zip(result.rows, data[LINE], names, numbers, strict=True), start=1):
        if row.errors:
            raise row.errors[0].error
        shown = Verdict(
            line, _KINDS.get(row.import_type, "wrong"), _text(name)[:60], masked(_text(number)) if number else ""
        )
        if at in wrong:
            found.append(replace(shown, kind="wrong", faults=_faults(wrong[at], resource)))
        else:
            found.append(replace(shown, detail=_detail(row.instance, resource)))
    return found


_KINDS: Final = {"new": "new", "update": "update", "skip": "same"}


def _detail(line: Line, resource: PeopleResource) -> str:
    if line.known.application is None:
        return ""
    if not line.changed:
        return "" if line.known.editable else f"申报{line.known.state}"
    return "、".join(resource.by_key[key].label for key in line.changed)


def _faults(error: ValidationError, resource: PeopleResource) -> tuple[tuple[str, str], ...]:
    labels = {key: column.label for key, column in resource.by_key.items()} | {
        item.id: item.label for item in resource.rules.fields() if item.id not in resource.by_key
    }
    return tuple(
        (labels.get(key, "申报渠道" if key == CHANNEL else key), "；".join(texts))
        for key, texts in error.message_dict.items()
    )


def example(item: schema.FormField) -> str:
    """What a cell of this column may look like, for the notes of the template."""
    match item:
        case schema.NationalIdField():
            return "18 位，一位也不能少；末位 X 用大写"
        case schema.PhoneField():
            return "手机 11 位；座机写区号，如 0571-12345678"
        case schema.DateField():
            return {"day": "如 2018-03-05 或 2018年3月5日", "month": "如 2018-03 或 2018年3月", "year": "如 2018"}[
                item.precision
            ]
        case schema.YearsField():
            return "整数，不写“年”也可以"
        case schema.NumberField():
            return "整数"
        case schema.YesNoField():
            return "是 或 否"
        case schema.ChoiceField() | schema.MultiField() | schema.ConditionsField():
            several = "可填几项，用“；”隔开。" if not isinstance(item, schema.ChoiceField) else "从下拉列表中选。"
            other = "表中没有的，直接写出" if getattr(item, "other", False) else ""
            return f"{several}{other}"
        case schema.TextField() if item.at_most:
            return f"至多 {item.at_most} 字"
        case _:
            return ""


def choices(item: schema.FormField, rules: schema.RuleSet) -> list[str]:
    match item:
        case schema.YesNoField():
            return ["是", "否"]
        case schema.ConditionsField():
            return [one.label for one in form.conditions_of(item, rules)]
        case schema.ChoiceField() | schema.MultiField():
            return [option.label or option.value for option in item.options] + ([OTHER] if item.other else [])
        case _:
            return []

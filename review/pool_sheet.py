"""A sheet of experts on its way in: its columns, the empty template, and what would become of every row. Writes nothing.

People are known by their mobile number: it is how they sign in. Whoever was not invited as an expert yet cannot be imported.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import tablib
from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from applications.people_sheet import LINE, Column, Judged, Verdict
from documents.paper.sheets import Column as PrintedColumn
from documents.paper.sheets import Sheet, sheet_bytes
from unions import phones

COLUMNS: Final = (
    Column("name", "姓名", needed=True),
    Column("phone", "手机号码", also=("手机", "联系电话", "电话"), needed=True),
    Column("field", "专业领域", also=("专业", "领域"), needed=True),
    Column("kind", "专家类别", also=("类别",)),
    Column("employer", "工作单位", also=("单位",)),
    Column("title", "职称职务", also=("职称", "职务")),
    Column("unit", "所属推荐单位", also=("推荐单位",)),
    Column("credit_code", "统一社会信用代码", also=("信用代码",)),
    Column("address", "联系地址", also=("地址", "通信地址")),
    Column("in_draws", "参加抽取"),
)
LABELS: Final = {column.key: column.label for column in COLUMNS}
LONGEST: Final = {"name": 60, "field": 200, "kind": 40, "employer": 120, "title": 80, "address": 120}
YES, NO = "是", "否"
MAX_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What the union knows of the bearer of a number: the member, and the entry in the pool as text, column → value."""

    member: int
    name: str
    barred: str = ""
    """Why this member cannot be in the pool."""
    values: Mapping[str, str] | None = None


@dataclass(slots=True)
class Line:
    """One row as it was understood; an empty cell says nothing, and so erases nothing."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    known: Known | None = None
    pk: None = None

    def __str__(self) -> str:
        return self.values.get("name", "")

    @property
    def changed(self) -> dict[str, str]:
        before = (self.known.values if self.known else None) or {}
        return {
            key: value
            for key, value in self.values.items()
            if key not in {"name", "phone"} and before.get(key, "") != value
        }


class _Text(widgets.Widget):  # type: ignore[misc]
    """A cell as text. `ValueError` says what is wrong and what to do."""

    def __init__(self, key: str, units: Mapping[str, int]) -> None:
        super().__init__()
        self.key, self.units = key, units

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> str:  # noqa: ARG002 - the library's signature
        text = _plain(value)
        if len(text) > LONGEST.get(self.key, 200):
            raise ValueError(f"太长，至多 {LONGEST[self.key]} 字")
        match self.key:
            case "phone":
                return _mobile(text)
            case "credit_code":
                code = text.upper()
                if not (len(code) == 18 and code.isalnum()):
                    raise ValueError("应为 18 位数字或大写字母；没有的请留空")
                return code
            case "unit" if text not in self.units:
                raise ValueError(f"没有名为“{text}”的推荐单位。请填写全称，或留空")
            case "in_draws":
                if text not in {YES, NO}:
                    raise ValueError("请填写“是”或“否”")
                return text
            case "field":
                return "、".join(dict.fromkeys(part.strip() for part in _split(text) if part.strip()))
            case _:
                return text


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).replace("_x000D_", "").strip()


def _split(text: str) -> list[str]:
    for mark in "，,;；\n":
        text = text.replace(mark, "、")
    return text.split("、")


def _mobile(text: str) -> str:
    number = phones.normalise(unicodedata.normalize("NFKC", text).removeprefix("'"))
    if "*" in text or not phones.is_phone(number):
        raise ValueError("不像手机号码：应为 11 位。被 Excel 变成 1.38E+10 的，请把这一列设为“文本”后重填")
    return number


class _Cell(fields.Field):  # type: ignore[misc]
    def save(self, instance: Line, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        if _plain(row[self.column_name]) and (value := self.clean(row, **kwargs)):
            instance.values[self.column_name] = value


class PoolResource(resources.Resource):  # type: ignore[misc]
    """The sheet as django-import-export reads it. With `dry_run` off, `writer` is given every line that changes something."""

    class Meta(Judged):
        pass

    def __init__(
        self,
        known: Mapping[str, Known],
        units: Mapping[str, int],
        *,
        headers: Sequence[str],
        writer: Callable[[Line], None] | None = None,
    ) -> None:
        super().__init__()
        self.known, self.writer = known, writer
        self.fields = {
            column.key: _Cell(attribute=column.key, column_name=column.key, widget=_Text(column.key, units))
            for column in COLUMNS
            if column.key in headers
        }
        self._cells = list(self.fields.values())
        self.seen: dict[str, int] = {}

    def get_import_fields(self) -> list[fields.Field]:
        return self._cells

    def init_instance(self, row: Mapping[str, Any] | None = None) -> Line:
        assert row is not None
        return Line(line=row[LINE])

    def import_instance(self, instance: Line, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Everything that is wrong with a row is found here and told together."""
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for key, words in self._wrong(instance).items():
            errors.setdefault(key, ValidationError(words))
        if errors:
            raise ValidationError(errors)

    def _wrong(self, line: Line) -> dict[str, str]:
        """By column, what the cells by themselves do not show."""
        wrong = {key: "未填写" for key in ("name", "field") if not line.values.get(key)}
        phone = line.values.get("phone", "")
        if not phone:
            return {**wrong, "phone": "未填写。同一个人靠手机号码识别，请填写"}
        first = self.seen.setdefault(phone, line.line)
        if first != line.line:
            return {**wrong, "phone": f"与第 {first} 行的号码相同。同一人只填一行，请删去一行"}
        line.known = self.known.get(phone)
        if line.known is None:
            wrong["phone"] = "本工会没有用这个号码登录的评审专家。请先请工会管理员邀请，本人接受后再导入"
        elif line.known.barred:
            wrong["phone"] = line.known.barred
        elif line.known.name and line.values.get("name") not in {None, line.known.name}:
            wrong["name"] = f"与这个号码的成员“{line.known.name}”不是同一个名字。请核对号码和姓名"
        return wrong

    def skip_row(
        self,
        instance: Line,
        original: Any,  # noqa: ARG002 - the library's signature
        row: Any,  # noqa: ARG002 - the library's signature
        import_validation_errors: Mapping[str, Any] | None = None,
    ) -> bool:
        """Nothing new in it: imported a second time, say."""
        known = instance.known
        return not import_validation_errors and known is not None and known.values is not None and not instance.changed

    def save_instance(self, instance: Line, is_create: bool, row: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        if not kwargs["dry_run"] and self.writer is not None:
            self.writer(instance)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the library's signature
        known = row_result.instance.known if row_result.instance else None
        if row_result.import_type == row_result.IMPORT_TYPE_NEW and known is not None and known.values is not None:
            row_result.import_type = row_result.IMPORT_TYPE_UPDATE


_KINDS: Final = {"new": "new", "update": "update", "skip": "same"}


def judge(resource: PoolResource, data: tablib.Dataset, *, dry_run: bool = True) -> list[Verdict]:
    """Every row with what would become of it (or, with `dry_run` off, what became of it)."""
    result = resource.import_data(data, dry_run=dry_run, raise_errors=False, collect_failed_rows=False)
    for error in result.base_errors:
        raise error.error
    wrong = {row.number: row.error for row in result.invalid_rows}
    found = []
    for at, (row, line, name, phone) in enumerate(
        zip(result.rows, data[LINE], data["name"], data["phone"], strict=True), start=1
    ):
        if row.errors:
            raise row.errors[0].error
        number = phones.normalise(_plain(phone))
        shown = Verdict(
            line,
            _KINDS.get(row.import_type, "wrong"),
            _plain(name)[:60],
            phones.masked(number) if phones.is_phone(number) else "",
        )
        if at in wrong:
            faults = tuple((LABELS.get(key, key), "；".join(texts)) for key, texts in wrong[at].message_dict.items())
            found.append(replace(shown, kind="wrong", faults=faults))
        else:
            changed = row.instance.changed if row.import_type == "update" else {}
            found.append(replace(shown, detail="、".join(LABELS[key] for key in changed)))
    return found


def template() -> bytes:
    """The empty sheet with what to write in it."""
    notes = (
        "一人一行。姓名、手机号码、专业领域必填；空着的格不改动已有的内容。",
        "手机号码是专家登录用的号码；还没有被邀请为评审专家的，请先请工会管理员邀请。",
        "专业领域可以写几个，用“、”隔开。工作单位用于核对回避，不填的无法评审。",
        "参加抽取填“是”或“否”；因职务参加评审、不参加抽取的填“否”。",
    )
    columns = [PrintedColumn(column.label, 22) for column in COLUMNS]
    return sheet_bytes(Sheet("评审专家表", columns, [], subtitle="；".join(notes), name="评审专家"))

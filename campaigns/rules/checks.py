"""What the tables of a rule set must mean together, in words an office clerk follows.

The schema looks at one table at a time; this looks across: references that name nothing, a condition nobody could prove, a
stage nobody reaches, weights that are not 100, a personal field on a public list.
"""

import difflib
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from campaigns.rules.facts import OPS, REGISTRY, TITLE_COLUMNS, Fact, FactKind, Op
from campaigns.rules.schema import (
    Award,
    Cell,
    ChoiceField,
    CommitteeStage,
    Comparison,
    Composition,
    Computed,
    Condition,
    ConditionsField,
    Declared,
    ExpertReviewStage,
    FieldBase,
    FinalApprovalStage,
    FormField,
    FormPaper,
    Group,
    ListPaper,
    Meeting,
    MultiField,
    NominationStage,
    Page,
    Panel,
    PanelShare,
    PointTable,
    PublicNoticeStage,
    PublicVoteStage,
    ReasonBand,
    RowsField,
    RuleSet,
    SiteVisitStage,
    Stage,
    TextField,
    VoteFold,
    Window,
    walk,
)

Path = tuple[str | int, ...]
Found = tuple[Path, str]

ALWAYS_KNOWN: Final = frozenset({"number", "unit", "channel", "age", "conditions", "category", "tier", "rank"})
"""Columns a list may print that no form field holds: the product knows them itself."""
KNOWN_TO_LISTS: Final = ALWAYS_KNOWN | {"preference"}
"""A list of people may print the order in which their unit would have them chosen; nothing public does."""
MUST_BE_PERSONAL: Final = frozenset({"national_id", "phone", "email", "address"})
NEVER_PUBLIC: Final = MUST_BE_PERSONAL | {"photo"}

CHANNEL_ID: Final = 20
"""Characters that a ballot has for the channel it came by."""

FIELD_TYPES: Final = {
    FactKind.BOOL: {"yes_no"},
    FactKind.YEARS: {"years"},
    FactKind.NUMBER: {"number", "years"},
    FactKind.DATE: {"date", "national_id"},
    FactKind.LEVEL: {"choice"},
    FactKind.CHOICE: {"choice", "text"},
    FactKind.SET: {"multi"},
    FactKind.RESULTS: {"rows"},
    FactKind.TITLES: {"rows"},
}
"""Which form fields can state a fact of a kind."""

TIE_WORDS: Final = frozenset({"median", "highest", "lowest", "untrimmed", "people"})


def problems(rules: RuleSet) -> list[Found]:
    """Everything wrong across tables, as (path into the data, message)."""
    parts = (_ids, _rules, _quotas, _dates, _channels, _materials, _form, _papers, _stages, _awards)
    return [found for part in parts for found in part(rules)]


def _repeated(ids: Iterable[tuple[Path, str]], what: str) -> Iterator[Found]:
    seen: dict[str, Path] = {}
    for path, id_ in ids:
        if id_ in seen:
            yield path, f"{what}的编号“{id_}”重复，每个编号只能用一次"
        seen[id_] = path


def _listed(items: Sequence[Any], key: str) -> Iterator[tuple[Path, str]]:
    for at, item in enumerate(items):
        yield (key, at, "id"), item.id


def placed(rules: RuleSet) -> Iterator[tuple[Path, Condition]]:
    """Every rule and condition with its path."""

    def down(path: Path, rule: Condition) -> Iterator[tuple[Path, Condition]]:
        yield path, rule
        if isinstance(rule, Group):
            for at, condition in enumerate(rule.conditions):
                yield from down((*path, "conditions", at), condition)

    for at, rule in enumerate(rules.criteria):
        yield from down(("criteria", at), rule)
    for at, group in enumerate(rules.groups):
        yield from down(("groups", at), group)


def _placed_fields(rules: RuleSet) -> Iterator[tuple[Path, FormField]]:
    for at, section in enumerate(rules.form.sections):
        for place, field in enumerate(section.fields):
            yield ("form", "sections", at, "fields", place), field


def _ids(rules: RuleSet) -> Iterator[Found]:
    rule_ids: list[tuple[Path, str]] = []
    for path, rule in placed(rules):
        rule_ids.append(((*path, "id"), rule.id))
        rule_ids += [((*path, "waived_by", at, "id"), waiver.id) for at, waiver in enumerate(rule.waived_by)]
    yield from _repeated(rule_ids, "条件、豁免")
    yield from _repeated((((*path, "id"), field.id) for path, field in _placed_fields(rules)), "栏目")
    scopes = [*_listed(rules.categories, "categories"), *_listed(rules.tiers, "tiers")]
    yield from _repeated(scopes, "类别、等次")
    named: dict[str, tuple[Sequence[Any], str]] = {
        "composition": (rules.composition, "结构要求"),
        "channels": (rules.channels, "渠道"),
        "unit_kinds": (rules.unit_kinds, "单位类别"),
        "unit_quotas": (rules.unit_quotas, "推荐名额"),
        "materials": (rules.materials, "材料"),
        "papers": (rules.papers, "纸质表"),
        "stages": (rules.stages, "环节"),
        "awards": (rules.awards, "称号奖励"),
        "honours": (rules.honours, "其他荣誉"),
        "benefits": (rules.benefits, "待遇"),
        "follow_up": (rules.follow_up, "后续工作"),
    }
    for key, (items, what) in named.items():
        yield from _repeated(_listed(items, key), what)
    sections = [(("form", "sections", at, "id"), section.id) for at, section in enumerate(rules.form.sections)]
    yield from _repeated(sections, "表格部分")


# --- who qualifies ---------------------------------------------------------------------------------------------------


def _rules(rules: RuleSet) -> Iterator[Found]:
    offered = {field.group for field in rules.fields() if isinstance(field, ConditionsField)}
    by_id = {rule.id: rule for rule in walk(rules.rules)}
    picked = {item.id for id_ in offered if id_ in by_id for item in walk((by_id[id_],))}
    proved = {id_ for material in rules.materials for id_ in material.proves}
    materials = {material.id for material in rules.materials}
    for path, rule in placed(rules):
        outermost = len(path) == 2
        if outermost and rule.strength is None:
            yield path, f'“{rule.label}”缺少 strength：必须写 "must"，一般应、原则上写 "should"'
        if rule.only_for and not outermost:
            yield (*path, "only_for"), "only_for 只能写在最外层的条件上"
        yield from _unknown((*path, "only_for"), rule.only_for, rules.scopes, "类别或等次")
        yield from _unknown((*path, "evidence"), rule.evidence, materials, "材料")
        yield from _waivers(path, rule, by_id, proved, materials)
        if isinstance(rule, Group):
            yield from _group(path, rule)
        if isinstance(rule, Computed):
            yield from _comparison(path, rule)
            yield from _asked(path, rule.label, rule, rules)
        if isinstance(rule, Declared):
            if not rule.evidence and rule.id not in proved and rule.id not in rules.barred:
                yield (
                    path,
                    f"条件“{rule.label}”没有任何材料可以证明：请写 evidence，或在某项材料的 proves 中写“{rule.id}”",
                )
            if rule.id not in picked:
                yield path, f'条件“{rule.label}”无处可选：请在表格中设一个 type = "conditions" 的栏目'


def _unknown(path: Path, ids: Iterable[str], known: Iterable[str], what: str) -> Iterator[Found]:
    known = set(known)
    for id_ in ids:
        if id_ not in known:
            yield path, f"没有编号为“{id_}”的{what}"


def _asked(path: Path, label: str, test: Comparison, rules: RuleSet) -> Iterator[Found]:
    asked = {field.fact for field in rules.fields() if field.fact}
    fact = REGISTRY.get(test.fact)
    if fact and fact.key not in asked and fact.since not in asked:
        yield path, f'“{label}”要用的“{fact.label}”没有任何栏目填写：请在某个栏目写 fact = "{fact.key}"'
    for field in rules.fields():
        if isinstance(field, RowsField) and field.fact == test.fact:
            yield from _columns_asked(path, label, test, field)


def _columns_asked(path: Path, label: str, test: Comparison, field: RowsField) -> Iterator[Found]:
    """What a rule looks at in rows must have a column: else it would hold or fail for a question nobody was asked."""
    if test.within and all(column.type != "date" for column in field.columns):
        yield (*path, "within"), f'“{label}”要看取得时间，而栏目“{field.label}”没有 type = "date" 的列'
    if any(bar.best for bar in test.ranks) and all(column.id != "rank" for column in field.columns):
        yield (*path, "ranks"), f'“{label}”要看名次，而栏目“{field.label}”没有 id = "rank" 的列'


def _group(path: Path, group: Group) -> Iterator[Found]:
    if group.needs == "at_least":
        if group.count is None or group.count > len(group.conditions):
            yield path, f"“{group.label}”须写 count（1 至 {len(group.conditions)}）"
    elif group.count is not None:
        yield (*path, "count"), 'count 只在 needs = "at_least" 时使用'


def _waivers(
    path: Path, rule: Condition, by_id: dict[str, Condition], proved: set[str], materials: set[str]
) -> Iterator[Found]:
    for at, waiver in enumerate(rule.waived_by):
        here = (*path, "waived_by", at)
        yield from _unknown((*here, "evidence"), waiver.evidence, materials, "材料")
        if waiver.condition is None:
            if not waiver.evidence and waiver.id not in proved:
                yield here, f"豁免“{waiver.text}”没有任何材料可以证明：请写 evidence"
            continue
        ground = by_id.get(waiver.condition)
        if ground is None:
            yield (*here, "condition"), f"豁免所依据的条件“{waiver.condition}”不存在"
        elif any(item.waived_by for item in walk((ground,))):
            yield (*here, "condition"), f"豁免所依据的条件“{waiver.condition}”本身又可豁免，不能循环依据"


_VALUE_KEYS: Final = ("value", "values", "on", "ranks")


def wanted(op: Op) -> str:
    match op:
        case Op.NOT_BEFORE | Op.NOT_AFTER:
            return "on"
        case Op.REACHES:
            return "ranks"
        case Op.ONE_OF | Op.NONE_OF | Op.INCLUDES_ANY | Op.INCLUDES_ALL | Op.INCLUDES_NONE | Op.HELD | Op.NOT_HELD:
            return "values"
        case _:
            return "value"


def _comparison(path: Path, test: Comparison) -> Iterator[Found]:
    fact = REGISTRY.get(test.fact)
    if fact is None:
        yield (*path, "fact"), f"没有名为“{test.fact}”的事实{_nearest_fact(test.fact)}"
        return
    if test.op not in OPS[fact.kind]:
        allowed = "、".join(sorted(OPS[fact.kind]))
        yield (*path, "op"), f"“{fact.label}”不能用 {test.op.value} 比较，可用：{allowed}"
        return
    key = wanted(test.op)
    given = {one for one in _VALUE_KEYS if getattr(test, one) not in {None, ()}}
    optional = {key} if fact.kind is FactKind.TITLES else set()
    if given - {key} or not (given | optional):
        yield path, f"{test.op.value} 要写 {key}，不写 {'、'.join(one for one in _VALUE_KEYS if one != key)}"
        return
    yield from _bar_type(path, fact, test)
    if test.within and fact.kind not in {FactKind.RESULTS, FactKind.TITLES}:
        yield (*path, "within"), f"“{fact.label}”没有取得时间，不能写 within"
    if test.count != 1 and fact.kind is not FactKind.RESULTS:
        yield (*path, "count"), "count 只用于大赛成绩和荣誉"


def _bar_type(path: Path, fact: Fact, test: Comparison) -> Iterator[Found]:
    """The threshold itself: of the fact's type, on its scale."""
    value = test.value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    scale = "、".join(fact.scale)
    match fact.kind:
        case FactKind.BOOL if not isinstance(value, bool):
            yield (*path, "value"), f"“{fact.label}”的 value 要写 true 或 false"
        case FactKind.YEARS | FactKind.NUMBER if not is_number:
            yield (*path, "value"), f"“{fact.label}”的 value 要写整数（{fact.unit}）"
        case FactKind.DATE if test.on is None and not is_number:
            yield (*path, "value"), f"{test.op.value} 的 value 要写整年数"
        case FactKind.LEVEL if value not in fact.scale:
            yield (*path, "value"), f"“{fact.label}”只能是：{scale}"
        case FactKind.RESULTS:
            for at, bar in enumerate(test.ranks):
                if bar.level not in fact.scale:
                    yield (*path, "ranks", at, "level"), f"级别只能是：{scale}"
        case _:
            return


def _nearest_fact(word: str) -> str:
    return nearest(word, REGISTRY) or "；可用的事实见规则集编写指南"


def nearest(word: str, known: Iterable[str]) -> str:
    """“，是不是想写…？” with the known word nearest to a mistaken one, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"，是不是想写“{near[0]}”？" if near else ""


# --- numbers and days ------------------------------------------------------------------------------------------------


def _quotas(rules: RuleSet) -> Iterator[Found]:
    places = rules.quota.places
    if rules.quota.ratio and rules.quota.ratio.candidates < rules.quota.ratio.places:
        yield ("quota", "ratio"), "候选人数不能少于名额数"
    if rules.programme and rules.programme.places < places:
        yield ("programme", "places"), f"总计划 {rules.programme.places} 名少于本次 {places} 名"
    floors = sum(category.at_least or 0 for category in rules.categories)
    if floors > places:
        yield ("categories",), f"各类别最低名额合计 {floors}，超过总名额 {places}"
    tiers = sum(tier.places or 0 for tier in rules.tiers)
    if tiers > places:
        yield ("tiers",), f"各等次名额合计 {tiers}，超过总名额 {places}"
    for order, times in Counter(tier.order for tier in rules.tiers).items():
        if times > 1:
            yield ("tiers",), f"有 {times} 个等次的 order 都是 {order}"
    for at, rule in enumerate(rules.composition):
        yield from _composition(("composition", at), rule, rules)


def _composition(path: Path, rule: Composition, rules: RuleSet) -> Iterator[Found]:
    yield from _comparison((*path, "where"), rule.where)
    yield from _asked((*path, "where"), rule.label, rule.where, rules)
    yield from _unknown((*path, "among"), [rule.among] if rule.among else [], {s.id for s in rules.stages}, "环节")
    bounds = (rule.at_least, rule.at_most, rule.at_least_percent, rule.at_most_percent)
    if all(bound is None for bound in bounds):
        yield path, f"“{rule.label}”没有写下限或上限"


def _backwards(path: Path, window: Window | None) -> Iterator[Found]:
    if window and window.from_ and window.to and window.from_ > window.to:
        yield (*path, "from"), "开始日期晚于截止日期"


def _dates(rules: RuleSet) -> Iterator[Found]:
    dates = rules.dates
    for key in ("applications", "award", "launch"):
        yield from _backwards(("dates", key), getattr(dates, key))
    try:
        _ = rules.reference
    except ValueError:
        yield ("dates", "reference"), f"没有写明计算日期 {dates.reference}"
    finish = dates.finish_by.on if dates.finish_by else None
    for at, stage in enumerate(rules.stages):
        yield from _backwards(("stages", at, "window"), stage.window)
        last = stage.window.to if stage.window else None
        if finish and last and last > finish:
            yield ("stages", at, "window", "to"), f"“{stage.label}”晚于规定的完成日期 {finish.isoformat()}"
    if dates.applications.to is None:
        yield ("dates", "applications"), "缺少申报截止日期 to"


def _channels(rules: RuleSet) -> Iterator[Found]:
    kinds = {kind.id for kind in rules.unit_kinds}
    named = {unit for kind in rules.unit_kinds for unit in kind.units}
    materials = {material.id for material in rules.materials}
    for at, channel in enumerate(rules.channels):
        here: Path = ("channels", at)
        yield from _unknown((*here, "files_through"), channel.files_through, kinds, "单位类别")
        if channel.consent:
            yield from _unknown((*here, "consent", "evidence"), channel.consent.evidence, materials, "材料")
        if channel.first:
            yield from _unknown((*here, "first", "evidence"), channel.first.evidence, materials, "材料")
    for at, quota in enumerate(rules.unit_quotas):
        here = ("unit_quotas", at)
        yield from _unknown((*here, "units", "kinds"), quota.units.kinds, kinds, "单位类别")
        for unit in quota.units.named:
            if unit not in named:
                yield (*here, "units", "named"), f"单位“{unit}”没有列在任何单位类别中"
        if not (quota.units.kinds or quota.units.named):
            yield (*here, "units"), "没有写明适用的单位"
        yield from _bounds(here, quota.at_least, quota.at_most)


def _bounds(path: Path, low: int | None, high: int | None) -> Iterator[Found]:
    if low is None and high is None:
        yield path, "下限和上限至少写一个"
    elif low is not None and high is not None and low > high:
        yield path, f"下限 {low} 大于上限 {high}"


def _materials(rules: RuleSet) -> Iterator[Found]:
    provable = {rule.id for rule in walk(rules.rules)}
    provable |= {waiver.id for rule in walk(rules.rules) for waiver in rule.waived_by}
    provable |= {field.id for field in rules.fields()}
    papers = {paper.id for paper in rules.papers}
    for at, material in enumerate(rules.materials):
        yield from _unknown(("materials", at, "proves"), material.proves, provable, "条件、豁免或栏目")
        yield from _unknown(("materials", at, "paper"), [material.paper] if material.paper else [], papers, "纸质表")


# --- what is asked, and how it prints --------------------------------------------------------------------------------


def _form(rules: RuleSet) -> Iterator[Found]:
    known = {field.id: field for field in rules.fields()}
    conditions = {rule.id: rule for rule in walk(rules.rules)}
    materials = {material.id for material in rules.materials}
    stated: dict[str, str] = {}
    for path, field in _placed_fields(rules):
        if field.type in MUST_BE_PERSONAL and not field.personal:
            yield path, f"“{field.label}”是个人信息，必须写 personal = true"
        if field.fact:
            yield from _field_fact(path, field)
            if field.fact in stated:
                yield (*path, "fact"), f"同一事实“{field.fact}”已由栏目“{stated[field.fact]}”填写"
            stated[field.fact] = field.label
        if field.when:
            yield from _when(path, field, known)
        if isinstance(field, TextField) and field.about and field.at_most:
            yield path, "about（左右）与 at_most（以内）只能写一个"
        if isinstance(field, ConditionsField):
            yield from _picking(path, field, conditions.get(field.group), rules)
        if isinstance(field, RowsField):
            yield from _rows(path, field, materials)
        if isinstance(field, ChoiceField | MultiField):
            yield from _repeated(
                (((*path, "options", at), option.value) for at, option in enumerate(field.options)), "选项"
            )


def _picking(path: Path, field: ConditionsField, group: Condition | None, rules: RuleSet) -> Iterator[Found]:
    declared = {item.id for item in walk((group,)) if isinstance(item, Declared)} if group else set()
    if not declared:
        yield (*path, "group"), f"“{field.group}”不是含有申报条件的条件组"
    elif field.required and declared <= rules.barred:
        yield (
            (*path, "required"),
            f"“{field.label}”所列都是不得有的情形，不能写 required = true：没有这些情形的人无可选择",
        )


def _field_fact(path: Path, field: FormField) -> Iterator[Found]:
    key = field.fact or ""
    fact = REGISTRY.get(key)
    if fact is None:
        yield (*path, "fact"), f"没有名为“{key}”的事实{_nearest_fact(key)}"
        return
    if field.type not in FIELD_TYPES[fact.kind]:
        wanted = "、".join(sorted(FIELD_TYPES[fact.kind]))
        yield (*path, "type"), f"“{fact.label}”要用 {wanted} 类型的栏目填写"
    if isinstance(field, ChoiceField) and fact.scale:
        if field.other:
            yield (*path, "other"), f"“{fact.label}”要比高低，不能写 other = true：另填的文字排不进等级"
        for at, option in enumerate(field.options):
            if option.value not in fact.scale:
                yield (*path, "options", at, "value"), f"“{fact.label}”只能是：{'、'.join(fact.scale)}"
    if isinstance(field, RowsField):
        yield from _row_fact(path, field, fact)


def _row_fact(path: Path, field: RowsField, fact: Fact) -> Iterator[Found]:
    """Rows state a fact by columns that are known by their ids."""
    known = {column.id: at for at, column in enumerate(field.columns)}
    if fact.kind is FactKind.TITLES and known.keys().isdisjoint(TITLE_COLUMNS):
        yield (*path, "columns"), f"“{fact.label}”要有一列写称号，id 用 {'、'.join(TITLE_COLUMNS)} 之一"
    if fact.kind is not FactKind.RESULTS:
        return
    at = known.get("level")
    if at is None or field.columns[at].type != "choice":
        yield (
            (*path, "columns"),
            f'“{fact.label}”要有一列 id = "level"、type = "choice" 选级别：{"、".join(fact.scale)}',
        )
        return
    for place, option in enumerate(field.columns[at].options):
        if option.value not in fact.scale:
            yield (*path, "columns", at, "options", place, "value"), f"级别只能是：{'、'.join(fact.scale)}"


def _when(path: Path, field: FieldBase, known: dict[str, FormField]) -> Iterator[Found]:
    when = field.when
    other = known.get(when.field) if when else None
    if when is None or other is None or other is field:
        yield (*path, "when"), f"“{field.label}”所依赖的栏目不存在"
    elif isinstance(other, ChoiceField | MultiField) and when.equals not in {o.value for o in other.options}:
        yield (*path, "when", "equals"), f"栏目“{other.label}”没有选项“{when.equals}”"


def _rows(path: Path, field: RowsField, materials: set[str]) -> Iterator[Found]:
    columns = [column.id for column in field.columns]
    yield from _repeated((((*path, "columns", at, "id"), id_) for at, id_ in enumerate(columns)), "列")
    yield from _unknown((*path, "order"), [field.order] if field.order else [], columns, "列")
    yield from _unknown((*path, "proof"), [field.proof] if field.proof else [], materials, "材料")
    for at, column in enumerate(field.columns):
        if (column.type == "choice") != bool(column.options):
            yield (*path, "columns", at), "choice 列须写 options，其他列不写"


def _papers(rules: RuleSet) -> Iterator[Found]:
    fields = {field.id for field in rules.fields()}
    stages = {stage.id for stage in rules.stages}
    printed: set[str] = set()
    for at, paper in enumerate(rules.papers):
        here: Path = ("papers", at)
        if isinstance(paper, ListPaper):
            for place, column in enumerate(paper.columns):
                yield from _unknown((*here, "columns", place, "field"), [column.field], fields | KNOWN_TO_LISTS, "栏目")
            printed |= {column.field for column in paper.columns}
            continue
        for number, page in enumerate(paper.pages):
            yield from _page((*here, "pages", number), page, fields, stages)
        printed |= {cell.field for cell in cells(paper) if cell.field}
    if any(isinstance(paper, FormPaper) for paper in rules.papers):
        for path, field in _placed_fields(rules):
            if field.id not in printed:
                yield path, f"栏目“{field.label}”没有任何纸质表打印"


def cells(paper: FormPaper) -> Iterator[Cell]:
    """Every cell of a printed form, in reading order."""
    for page in paper.pages:
        for row in page.rows:
            yield from row


def _page(path: Path, page: Page, fields: set[str], stages: set[str]) -> Iterator[Found]:
    hanging = [0] * page.columns
    for at, row in enumerate(page.rows):
        here = (*path, "rows", at)
        free = sum(depth == 0 for depth in hanging)
        width = sum(cell.span for cell in row)
        if width != free:
            yield here, f"这一行应占 {free} 列，实际占 {width} 列"
            return
        hanging = _next_row(hanging, row)
        for place, cell in enumerate(row):
            if cell.field:
                yield from _unknown((*here, place, "field"), [cell.field], fields | ALWAYS_KNOWN, "栏目")
            if cell.after:
                yield from _unknown((*here, place, "after"), [cell.after], stages, "环节")
    if any(hanging):
        yield path, "有单元格向下合并的行数超出了表格"


def _next_row(hanging: list[int], row: tuple[Cell, ...]) -> list[int]:
    """How many rows each column is still taken by cells that reach down from this row or above."""
    free = [at for at, depth in enumerate(hanging) if depth == 0]
    below = [max(depth - 1, 0) for depth in hanging]
    for cell in row:
        for at in free[: cell.span]:
            below[at] = cell.rows - 1
        free = free[cell.span :]
    return below


# --- the way ---------------------------------------------------------------------------------------------------------


def reached(rules: RuleSet) -> set[str]:
    """The stages somebody can come to: the first, and whatever follows a reached one that stands above it."""
    come: set[str] = set()
    for at, stage in enumerate(rules.stages):
        before = stage.after or (rules.stages[at - 1].id if at else None)
        if before is None or before in come:
            come.add(stage.id)
    return come


def _stages(rules: RuleSet) -> Iterator[Found]:
    come = reached(rules)
    known = {stage.id for stage in rules.stages}
    for at, stage in enumerate(rules.stages):
        here: Path = ("stages", at)
        yield from _unknown((*here, "after"), [stage.after] if stage.after else [], known, "环节")
        if stage.id not in come:
            yield here, f"环节“{stage.label}”没有人能进入：after 要写排在它前面的环节"
        yield from _unknown((*here, "only_for"), stage.only_for, rules.scopes, "类别或等次")
        yield from _told_apart((*here, "only_for"), stage, rules.stages[:at], rules)
        yield from _bodies(here, stage, rules)
        if stage.passes:
            yield from _bounds((*here, "passes"), stage.passes.min, stage.passes.max)
        if stage.ratio and stage.ratio.candidates < stage.ratio.places:
            yield (*here, "ratio"), "候选人数不能少于名额数"
        yield from _kind(here, stage, rules)


def _told_apart(path: Path, stage: Stage, before: Sequence[Stage], rules: RuleSet) -> Iterator[Found]:
    """Whom a stage is for is asked in a field nobody may leave empty, or was decided by an approval before it.

    Else somebody would pass by a stage for a blank in the form.
    """
    if any(isinstance(one, FinalApprovalStage) for one in before):
        return
    asked = {
        option.value
        for field in rules.fields()
        if isinstance(field, ChoiceField | MultiField) and field.required and field.when is None
        for option in field.options
    }
    for part in rules.parts:
        if part.id in stage.only_for and asked.isdisjoint({part.id, part.label}):
            yield path, f"分不出哪些人属于“{part.label}”：请在一个必填的单选或多选栏目中列出选项“{part.label}”"


def _bodies(path: Path, stage: Stage, rules: RuleSet) -> Iterator[Found]:
    bodies = {"by": stage.by, "confirmed_by": stage.confirmed_by}
    if isinstance(stage, ExpertReviewStage):
        bodies["panel"] = stage.panel.approved_by
    for key, body in bodies.items():
        if body in {"leading_group", "government", "organisers"} and not getattr(rules.basis, body):
            yield (*path, key), f"basis 中没有写 {body} 的名称"


def _kind(path: Path, stage: Stage, rules: RuleSet) -> Iterator[Found]:
    match stage:
        case NominationStage():
            materials = {material.id for material in rules.materials}
            yield from _unknown((*path, "evidence"), stage.evidence, materials, "材料")
            first = stage.first.evidence if stage.first else ()
            yield from _unknown((*path, "first", "evidence"), first, materials, "材料")
        case SiteVisitStage() if stage.team_max and stage.team_max < stage.team_min:
            yield (*path, "team_max"), f"上限 {stage.team_max} 小于下限 {stage.team_min}"
        case ExpertReviewStage():
            yield from _expert_review(path, stage)
            yield from _asked_for_points((*path, "quantitative", "tables"), stage, rules)
        case PublicVoteStage():
            yield from _public_vote(path, stage, rules)
        case PublicNoticeStage():
            yield from _public_columns(path, stage, rules)
        case CommitteeStage() | FinalApprovalStage():
            yield from _meeting(path, stage.meeting)
        case _:
            return


def _public_vote(path: Path, stage: PublicVoteStage, rules: RuleSet) -> Iterator[Found]:
    if stage.choices_min > stage.choices_max:
        yield (*path, "choices_min"), f"下限 {stage.choices_min} 大于上限 {stage.choices_max}"
    counted = stage.counts == "weight"
    if counted != (stage.weight is not None):
        yield (*path, "weight"), 'counts = "weight" 时须写 weight，否则不写'
    if (counted or stage.ballot_channels) and stage.fold is None:
        yield path, '计入总分（counts = "weight"）或有几个计票渠道（ballot_channels）的，须写 fold（怎样计分）'
    if counted and stage.weight != 100 and not _scored_before(stage, rules):
        yield (*path, "weight"), "得票与评分合成总分，前面须有评分（score）的专家评审，并且两者之间没有别的排名"
    if not counted and stage.passes is not None:
        yield (*path, "passes"), "得票只供参考的，人人通过，不写 passes"
    if stage.fold is not None:
        yield from _fold((*path, "fold"), stage.fold)
    yield from _ballot_channels((*path, "ballot_channels"), stage)


def _scored_before(stage: PublicVoteStage, rules: RuleSet) -> bool:
    """Whether the nearest stage on the way that ranks does it by scores."""
    before = rules.previous(stage)
    while before is not None and not isinstance(before, ExpertReviewStage):
        before = rules.previous(before)
    return before is not None and before.method == "score"


def _fold(path: Path, fold: VoteFold) -> Iterator[Found]:
    wanted = {"per_vote": {"points"}, "share": set[str](), "rank": {"points", "step"}}[fold.how]
    given = {key for key in ("points", "votes", "step") if getattr(fold, key) is not None}
    for key in sorted(wanted - given):
        yield path, f'how = "{fold.how}" 时须写 {key}'
    for key in sorted(given - wanted - ({"votes"} if fold.how == "per_vote" else set())):
        yield (*path, key), f'how = "{fold.how}" 时不写 {key}'
    if fold.how == "rank" and fold.points is not None and fold.points > fold.cap:
        yield (*path, "points"), f"第一位 {fold.points} 分，超过上限 {fold.cap} 分（cap）"


def _ballot_channels(path: Path, stage: PublicVoteStage) -> Iterator[Found]:
    channels = stage.ballot_channels
    if not channels:
        return
    yield from _repeated([((*path, at, "id"), one.id) for at, one in enumerate(channels)], "计票渠道")
    if sum(one.weight for one in channels) != 100:
        yield path, f"各计票渠道的权重合计应为 100，现为 {sum(one.weight for one in channels)}"
    if [one.how for one in channels].count("online") != 1:
        yield path, '网上投票（how = "online"）的渠道须有且只有一个，其余写 how = "counted"'
    for at, one in enumerate(channels):
        if len(one.id) > CHANNEL_ID:
            yield (*path, at, "id"), f"编号至多 {CHANNEL_ID} 个字符"


def _meeting(path: Path, meeting: Meeting | None) -> Iterator[Found]:
    if meeting and meeting.tie == "chair_decides" and meeting.majority != "more_than_half":
        yield (
            (*path, "meeting", "tie"),
            'tie = "chair_decides" 只在 majority = "more_than_half" 时使用：一票不能补足更高的比例',
        )


def _public_columns(path: Path, stage: PublicNoticeStage, rules: RuleSet) -> Iterator[Found]:
    """Public pages never show ID numbers, phones or addresses."""
    fields = {field.id: field for field in rules.fields()}
    for column in stage.columns:
        field = fields.get(column)
        if field is not None and field.type in NEVER_PUBLIC:
            yield (*path, "columns"), f"“{field.label}”不得公示"
        yield from _unknown((*path, "columns"), [column], set(fields) | ALWAYS_KNOWN, "栏目")


def _expert_review(path: Path, stage: ExpertReviewStage) -> Iterator[Found]:
    ids = [(((*path, "criteria", at, "id")), item.id) for at, item in enumerate(stage.criteria)]
    yield from _repeated(ids, "评分指标")
    wanted = {"score": bool(stage.criteria), "ballot": stage.ballot is not None, "assessment": len(stage.grades) > 1}
    keys = {"score": "criteria", "ballot": "ballot", "assessment": "grades"}
    for method, given in wanted.items():
        if method == stage.method and not given:
            yield path, f'method = "{method}" 时须写 {keys[method]}'
        if method != stage.method and given:
            yield (*path, keys[method]), f'{keys[method]} 只在 method = "{method}" 时使用'
    if stage.ballot and stage.ballot.min and stage.ballot.max and stage.ballot.min > stage.ballot.max:
        yield (*path, "ballot"), f"下限 {stage.ballot.min} 大于上限 {stage.ballot.max}"
    yield from _drawn(path, stage.panel)
    yield from _parted(path, stage)
    yield from _scoring(path, stage)
    yield from _tie_break(path, stage)


def _scoring(path: Path, stage: ExpertReviewStage) -> Iterator[Found]:
    """How scores are given and summed."""
    if stage.trimming == "trim_one" and stage.panel.size is not None and stage.panel.size < stage.trim_from:
        yield (*path, "trimming"), f"去掉一个最高分和一个最低分，评委至少 {stage.trim_from} 人"
    if stage.trimming != "none" and stage.aggregate != "mean":
        yield (*path, "trimming"), "取中位数或按专家折算的，不再去掉最高分和最低分"
    if stage.blind and stage.site_visit:
        yield (*path, "blind"), "专家到现场考察的，不能匿名评审"
    for key in ("quantitative", "reasons"):
        if getattr(stage, key) is not None and stage.method != "score":
            yield (*path, key), f'{key} 只在 method = "score" 时使用'
    if stage.method == "score":
        yield from _weights(path, stage)
    if stage.quantitative is not None:
        yield from _point_tables((*path, "quantitative", "tables"), stage.quantitative.tables)
    if stage.reasons is not None:
        yield from _band(path, stage.reasons)


def _drawn(path: Path, panel: Panel) -> Iterator[Found]:
    """What only a draw has, and demands on its panel that cannot all be met."""
    here = (*path, "panel")
    if not panel.draw:
        for key in ("besides", "shares", "per_employer", "public_part"):
            if getattr(panel, key):
                yield (*here, key), f"{key} 只在 draw = true 时使用"
        return
    for at, share in enumerate(panel.shares):
        yield from _share((*here, "shares", at), share, panel.size)
    seen: set[tuple[str | None, str | None]] = set()
    for at, share in enumerate(panel.shares):
        if (share.field, share.kind) in seen:
            yield (*here, "shares", at), f"“{share.field or share.kind}”的构成要求写了两次，请合成一项"
        seen.add((share.field, share.kind))
    kinds = sum(share.at_least or 0 for share in panel.shares if share.kind)
    if panel.size is not None and kinds > panel.size:
        yield (*here, "shares"), f"各类专家至少合计 {kinds} 人，超过评审组的 {panel.size} 人（size）"
    if panel.size is not None and panel.per_employer is not None and panel.per_employer >= panel.size:
        yield (
            (*here, "per_employer"),
            f"同一单位至多 {panel.per_employer} 人，而评审组只有 {panel.size} 人（size），没有作用",
        )


def _share(here: Path, share: PanelShare, size: int | None) -> Iterator[Found]:
    if (share.field is None) == (share.kind is None):
        yield here, "field（专业领域）和 kind（专家类别）须写且只写一个"
    if share.at_least is None and share.at_most is None:
        yield here, "须写 at_least（至少几人）或 at_most（至多几人）"
    if share.at_least is not None and share.at_most is not None and share.at_least > share.at_most:
        yield here, f"下限 {share.at_least} 大于上限 {share.at_most}"
    if size is not None and share.at_least is not None and share.at_least > size:
        yield (
            (*here, "at_least"),
            f"“{share.field or share.kind}”至少 {share.at_least} 人，超过评审组的 {size} 人（size）",
        )


def _parted(path: Path, stage: ExpertReviewStage) -> Iterator[Found]:
    """Cases that only some of the panel judge."""
    per_case, here = stage.scores_per_case, (*path, "scores_per_case")
    if per_case is None:
        if stage.match_fields:
            yield (*path, "match_fields"), "match_fields 只与 scores_per_case 一起使用"
        return
    if stage.method == "ballot":
        yield here, "投票由全体评委进行，不写 scores_per_case"
    if stage.panel.size is not None and per_case > stage.panel.size:
        yield here, f"每份申报由 {per_case} 位专家评，超过评审组的 {stage.panel.size} 人（size）"
    if stage.trimming == "trim_one" and per_case < stage.trim_from:
        yield here, f"去掉一个最高分和一个最低分，每份申报至少由 {stage.trim_from} 位专家评"


def _weights(path: Path, stage: ExpertReviewStage) -> Iterator[Found]:
    part = stage.quantitative.weight if stage.quantitative else 0
    total = sum(item.weight for item in stage.criteria) + part
    if stage.criteria and total != 100:
        among = f"（含量化部分 {part}）" if part else ""
        yield (*path, "criteria"), f"评分指标的权重合计应为 100，现为 {total}{among}"
    for at, item in enumerate(stage.criteria):
        if any(anchor.points > item.max for anchor in item.anchors):
            yield (*path, "criteria", at, "anchors"), f"“{item.label}”的分档超过满分 {item.max}"


def _band(path: Path, band: ReasonBand) -> Iterator[Found]:
    if band.below is not None and band.above is not None and band.below >= band.above:
        yield (*path, "reasons"), f"下限 {band.below} 应小于上限 {band.above}"


def _asked_for_points(path: Path, stage: ExpertReviewStage, rules: RuleSet) -> Iterator[Found]:
    """Points come from what the form asks: where nobody states a fact, nobody could verify it."""
    asked = {field.fact for field in rules.fields()}
    for at, table in enumerate(stage.quantitative.tables if stage.quantitative else ()):
        if table.fact in REGISTRY and table.fact not in asked:
            label = REGISTRY[table.fact].label
            yield (*path, at, "fact"), f'“{label}”没有任何栏目填写：请在某个栏目写 fact = "{table.fact}"'


COUNTABLE: Final = frozenset({FactKind.RESULTS, FactKind.LEVEL, FactKind.YEARS, FactKind.NUMBER})
"""Kinds of facts that points can be looked up for."""


def _point_tables(path: Path, tables: tuple[PointTable, ...]) -> Iterator[Found]:
    yield from _repeated([((*path, at, "id"), table.id) for at, table in enumerate(tables)], "计分表")
    for at, table in enumerate(tables):
        fact = REGISTRY.get(table.fact)
        if fact is None or fact.kind not in COUNTABLE:
            yield (*path, at, "fact"), f"“{table.fact}”不能查表计分"
            continue
        if table.within is not None and fact.kind is not FactKind.RESULTS:
            yield (*path, at, "within"), f"“{fact.label}”没有获得时间，不能写 within"
        by_level = fact.kind in {FactKind.RESULTS, FactKind.LEVEL}
        for nth, row in enumerate(table.rows):
            if by_level and (row.level not in fact.scale or row.at_least is not None):
                yield (*path, at, "rows", nth), f"“{fact.label}”按 level 计分，可用：{'、'.join(fact.scale)}"
            if not by_level and (row.at_least is None or row.level is not None or row.best is not None):
                yield (*path, at, "rows", nth), f"“{fact.label}”是数字，按 at_least（达到多少）计分"


def _tie_break(path: Path, stage: ExpertReviewStage) -> Iterator[Found]:
    """A tie is broken by the written chain or handed to people, never by the order of rows."""
    here = (*path, "tie_break")
    if stage.method == "score" and not stage.tie_break:
        yield path, "须写 tie_break（同分时的办法），最后一项为 people（交由人定）"
    if stage.tie_break and (stage.tie_break[-1] != "people" or "people" in stage.tie_break[:-1]):
        yield here, "tie_break 的最后一项（且只有最后一项）必须是 people（交由人定）"
    criteria = {item.id for item in stage.criteria}
    for word in stage.tie_break:
        head, _, rest = word.partition(":")
        ordered = {
            key for key, fact in REGISTRY.items() if fact.kind in {FactKind.YEARS, FactKind.NUMBER, FactKind.LEVEL}
        }
        known = {"criterion": criteria, "fact": ordered}.get(head)
        if (known is None and word not in TIE_WORDS) or (known is not None and rest not in known):
            yield here, f"不认识的同分办法“{word}”"


# --- what follows ----------------------------------------------------------------------------------------------------


def _awards(rules: RuleSet) -> Iterator[Found]:
    stages = {stage.id for stage in rules.stages}
    awards = {award.id for award in rules.awards}
    if not any(award.kind == "title" for award in rules.awards):
        yield ("awards",), '没有一项奖励是称号（kind = "title"）'
    for at, award in enumerate(rules.awards):
        here: Path = ("awards", at)
        to = award.to
        yield from _unknown((*here, "to", "stage"), [to.stage], stages, "环节")
        yield from _unknown((*here, "to", "tier"), [to.tier] if to.tier else [], {t.id for t in rules.tiers}, "等次")
        categories = {category.id for category in rules.categories}
        yield from _unknown((*here, "to", "category"), [to.category] if to.category else [], categories, "类别")
        yield from _unknown(
            (*here, "to", "except"), [to.except_] if to.except_ else [], awards - {award.id}, "称号奖励"
        )
        yield from _certificate(here, award)
    for at, honour in enumerate(rules.honours):
        yield from _unknown(("honours", at, "award"), [honour.award] if honour.award else [], awards, "称号奖励")
    if rules.numbering:
        yield from _pattern(
            ("numbering", "application"), rules.numbering.application, {"code", "year", "n"}, needs_n=True
        )


def _certificate(path: Path, award: Award) -> Iterator[Found]:
    if award.certificate:
        here = (*path, "certificate")
        yield from _pattern((*here, "number"), award.certificate.number, {"code", "year", "n"}, needs_n=True)
        words = {"name", "title", "edition", "hosts", "year"}
        yield from _pattern((*here, "wording"), award.certificate.wording, words, needs_n=False)


def _pattern(path: Path, pattern: str, allowed: set[str], *, needs_n: bool) -> Iterator[Found]:
    """Number and wording patterns hold named places only: nothing a rule set says is ever run."""
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        yield path, "花括号不成对"
        return
    names = [name for _, name, _, _ in parts if name is not None]
    for name in names:
        if name not in allowed:
            yield path, f"不认识的“{{{name}}}”，可用：{'、'.join(sorted(allowed))}"
    for _, place, spec, conversion in parts:
        if conversion or (spec and not (place == "n" and spec.isascii() and spec.isdigit() and len(spec) <= 2)):
            yield path, "花括号中只能写名称，序号可写 {n:03}"
    if needs_n and "n" not in names:
        yield path, "编号须含序号 {n}，否则会重号"

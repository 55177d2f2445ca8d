"""Invented people for a rule set: each can be put into its form, and whether they qualify is decided beforehand.

Nobody here is real: names are drawn from common syllables, phone numbers from a range given to nobody, identity numbers have
valid check digits over drawn dates. The same seed gives the same people.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from campaigns.rules.facts import REGISTRY, FactKind, Op, completed_years
from campaigns.rules.schema import (
    AddressField,
    ChoiceField,
    Column,
    Computed,
    ConditionsField,
    DateField,
    Declared,
    EmailField,
    FormField,
    Group,
    MultiField,
    NationalIdField,
    NumberField,
    PersonNameField,
    PhoneField,
    RowsField,
    RuleSet,
    TextField,
    YearsField,
    YesNoField,
    walk,
)

Value = str | list[str] | list[dict[str, str]]

SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余"
COMPOUND: Final = ("欧阳", "司马", "上官", "诸葛")
GIVEN: Final = "建国志强海波晓明文斌秀英丽华玉兰春梅永康德胜家良立新云龙天成思远雨桐子涵锦程光耀传根水生"
FAR_NAMES: Final = ("阿卜杜热合曼·买买提", "古丽巴哈尔·艾合买提", "旦增曲扎")
TRADES: Final = ("钳工", "焊工", "数控铣工", "电气装配工", "竹编", "制茶", "模具制造", "木雕", "锁具装配", "制鞋")
FIRMS: Final = (
    "远山机械有限公司",
    "青禾精密制造有限公司",
    "长溪电气股份有限公司",
    "竹里工艺厂",
    "云岫茶业有限公司",
    "合木家具有限公司",
)
POSTS: Final = ("车间班组长", "高级技师", "工艺主管", "质检员", "首席技工")
DEEDS: Final = (
    "从学徒做起，坚持在一线岗位，练就了过硬的手艺。",
    "主持完成多项工艺改进，使不良率逐年下降，为单位节约了成本。",
    "把多年积累的操作要领整理成册，供班组学习使用。",
    "先后带出多名徒弟，其中多人成为技术骨干。",
    "遇到急难任务总是走在前面，得到同事和客户的认可。",
)
HONOURS: Final = ("技术能手", "先进生产者", "技能大赛一等奖", "创新成果奖", "优秀带徒师傅")
RESULTS: Final = ("装配工装改进", "热处理工艺优化", "自动送料装置", "模具快换方法", "节能改造")

AREAS: Final = ("110101", "310104", "330106", "410102", "440103")
"""Counties for identity numbers; which one means nothing here."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Invented:
    """One person: answers to the form by field id, and which rule they are made to fail ("" for none)."""

    name: str
    sex: str
    employer: str
    phone: str
    answers: Mapping[str, Value] = field(default_factory=dict)
    fails: str = ""
    strength: str = ""


def id_number(born: date, sex: str, draw: random.Random) -> str:
    """An identity number with a valid check digit (GB 11643—1999)."""
    order = draw.randrange(100, 999)
    order += (order % 2 == 0) if sex == "男" else (order % 2 == 1)
    body = f"{draw.choice(AREAS)}{born:%Y%m%d}{order:03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def phone_number(n: int) -> str:
    """A number of a range that is given to nobody."""
    return f"1990000{n:04}"


def invent(rules: RuleSet, *, count: int, seed: int) -> list[Invented]:
    """`count` people: most qualify; the first ones fail a computed *must*, the next a computed *should*, in turn."""
    draw = random.Random(seed)  # noqa: S311 - the same seed must give the same people
    musts = [rule for rule in rules.criteria if isinstance(rule, Computed) and _can_fail(rules, rule, "must")]
    shoulds = [rule for rule in rules.criteria if isinstance(rule, Computed) and _can_fail(rules, rule, "should")]
    bad = max(2, count // 12)
    fails: list[Computed | None] = [None] * count
    for n in range(min(bad, count) if musts else 0):
        fails[n] = musts[n % len(musts)]
    for n in range(bad, min(2 * bad, count) if shoulds else 0):
        fails[n] = shoulds[(n - bad) % len(shoulds)]
    names: set[str] = set()
    return [_person(rules, n, draw, failing, names) for n, failing in enumerate(fails)]


def _can_fail(rules: RuleSet, rule: Computed, strength: str) -> bool:
    """A rule that a form answer can be made to fail, with a *must* that no waiver lifts."""
    bound = {item.fact for item in rules.fields()} | {"age"}
    known = rule.fact in bound or REGISTRY[rule.fact].since in bound
    return rule.strength == strength and known and rule.op in {Op.AT_LEAST, Op.AT_MOST, Op.IS}


def _name(draw: random.Random, taken: set[str], n: int) -> str:
    if n % 20 == 13:
        name = FAR_NAMES[n // 20 % len(FAR_NAMES)]
    else:
        surname = draw.choice(COMPOUND) if n % 17 == 5 else draw.choice(SURNAMES)
        name = surname + "".join(draw.sample(GIVEN, draw.choice((1, 2, 2))))
    while name in taken:
        name = draw.choice(SURNAMES) + "".join(draw.sample(GIVEN, 2))
    taken.add(name)
    return name


def _person(rules: RuleSet, n: int, draw: random.Random, failing: Computed | None, names: set[str]) -> Invented:
    name, sex = _name(draw, names, n), draw.choice("男女")
    employer = f"{rules.region}{FIRMS[n % len(FIRMS)]}"
    wanted = {rule.fact: rule for rule in rules.criteria if isinstance(rule, Computed)}
    scene = _Scene(rules, draw, n, name, sex, employer, wanted, failing)
    answers = {item.id: value for item in rules.fields() if (value := scene.answer(item)) is not None}
    return Invented(
        name,
        sex,
        employer,
        phone_number(n),
        answers,
        failing.id if failing else "",
        (failing.strength or "") if failing else "",
    )


@dataclass(slots=True)
class _Scene:
    """What is drawn for one person before the form is filled in."""

    rules: RuleSet
    draw: random.Random
    n: int
    name: str
    sex: str
    employer: str
    wanted: Mapping[str, Computed]
    failing: Computed | None

    def answer(self, item: FormField) -> Value | None:  # noqa: C901, PLR0912 - one answer a type of field
        match item:
            case PersonNameField():
                return self.name
            case NationalIdField():
                return id_number(self._born(), self.sex, self.draw)
            case PhoneField():
                return phone_number(self.n)
            case EmailField():
                return f"person{self.n}@example.invalid"
            case AddressField():
                return f"{self.rules.region}和平路{self.n + 1}号"
            case YesNoField():
                return "no" if item.fact and not self._wish(item.fact) else "yes"
            case ChoiceField():
                return self._choice(item)
            case MultiField():
                return [item.options[self.n % len(item.options)].value]
            case DateField():
                return self._date(item)
            case YearsField() | NumberField():
                return str(self._figure(item.fact or ""))
            case ConditionsField():
                return self._conditions(item)
            case RowsField():
                return self._rows(item)
            case TextField():
                return self._text(item)
            case _:
                return None

    def _fails(self, fact: str) -> bool:
        return self.failing is not None and self.failing.fact == fact

    def _wish(self, fact: str) -> bool:
        rule = self.wanted.get(fact)
        asked = bool(rule.value) if rule is not None and rule.op is Op.IS else fact not in {"manager", "disciplined"}
        return asked is not self._fails(fact)

    def _figure(self, fact: str) -> int:
        """A number that just holds or is a little better, or that just fails."""
        rule = self.wanted.get(fact)
        if rule is None or not isinstance(rule.value, int):
            return self.draw.randrange(12, 25)
        if rule.op is Op.AT_LEAST:
            return rule.value - 1 if self._fails(fact) else rule.value + self.n % 9
        return rule.value + 1 if self._fails(fact) else max(0, rule.value - self.n % 9)

    def _born(self) -> date:
        """Of working age for as long a trade as the rules ask; one year too old where age is what fails."""
        reference = self.rules.reference
        rule = self.wanted.get("age")
        most = rule.value if rule is not None and isinstance(rule.value, int) else 60
        age = most + 1 if self._fails("age") else self.draw.randrange(38, min(most, 58) + 1)
        born = date(reference.year - age, 1, 1) + timedelta(days=self.draw.randrange(300))
        while completed_years(born, reference) < age:
            born -= timedelta(days=31)
        return born

    def _date(self, item: DateField) -> str:
        reference = self.rules.reference
        fact = REGISTRY.get(item.fact or "")
        if fact is not None and fact.key == "birth_date":
            day = self._born()
        else:
            counted = next((key for key, one in REGISTRY.items() if one.since == (item.fact or "")), "")
            day = date(reference.year - self._figure(counted) - (not self._fails(counted)), 3, 1)
        return day.isoformat()[: {"year": 4, "month": 7, "day": 10}[item.precision]]

    def _choice(self, item: ChoiceField) -> str:
        values = [option.value for option in item.options]
        fact = REGISTRY.get(item.fact or "")
        rule = self.wanted.get(item.fact or "")
        if fact is not None and fact.key == "gender":
            return self.sex
        if fact is not None and fact.kind is FactKind.LEVEL and rule is not None and isinstance(rule.value, str):
            bar = fact.scale.index(rule.value)
            good = [value for value in values if value in fact.scale and fact.scale.index(value) >= bar]
            poor = [value for value in values if value in fact.scale and fact.scale.index(value) < bar]
            values = (poor if self._fails(fact.key) else good) or values
        elif rule is not None and rule.op is Op.NONE_OF:
            values = [value for value in values if value not in rule.values] or values
        elif rule is not None and rule.op is Op.ONE_OF:
            values = [value for value in values if value in rule.values] or values
        return values[self.n % len(values)]

    def _conditions(self, item: ConditionsField) -> list[str]:
        group = next(rule for rule in walk(self.rules.rules) if rule.id == item.group)
        assert isinstance(group, Group)
        offered = [one.id for one in walk((group,)) if isinstance(one, Declared)]
        if group.needs == "all":
            return offered
        first = self.n % len(offered)
        return [offered[first]] if self.n % 3 else sorted({offered[first], offered[(first + 1) % len(offered)]})

    def _rows(self, item: RowsField) -> list[dict[str, str]]:
        count = min(item.at_most, max(item.at_least, 1 + self.n % 4))
        return [{column.id: self._cell(column, item, row) for column in item.columns} for row in range(count)]

    def _cell(self, column: Column, item: RowsField, row: int) -> str:
        year = self.rules.reference.year - 1 - row
        if column.type == "date":
            return f"{year}-0{1 + row % 9}-15"[: {"year": 4, "month": 7, "day": 10}[column.precision]]
        if column.type == "number":
            return str(row + 1)
        if column.type == "choice":
            return column.options[(self.n + row) % len(column.options)].value
        words = HONOURS if "honour" in item.id else RESULTS
        text = words[(self.n + row) % len(words)] if column.required else "本单位推广应用"
        return text[: column.at_most or 60]

    def _text(self, item: TextField) -> str:
        limit = item.at_most or item.about or 200
        if item.fact == "ethnicity" or "民族" in item.label:
            return "汉族"
        if item.lines > 1 or limit > 100:
            return "".join(self.draw.sample(DEEDS, len(DEEDS)))[:limit]
        if "单位" in item.label:
            post = f"，{POSTS[self.n % len(POSTS)]}" if "职务" in item.label else ""
            return (self.employer + post)[:limit]
        if "专业" in item.label or "工种" in item.label:
            return TRADES[self.n % len(TRADES)][:limit]
        return POSTS[self.n % len(POSTS)][:limit]

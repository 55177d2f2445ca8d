"""Invented people for a rule set: each can be put into its form, and whether they qualify is decided beforehand.

Nobody here is real: names are drawn from common syllables, phone numbers from a range given to nobody, identity numbers have
valid check digits over drawn dates. The same seed gives the same people.

What a person is to meet or to miss is a list of comparisons of the rules themselves, and the rule engine says whether an
answer does: no rule set needs code of its own here.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product
from typing import Final, TypeVar

from applications import answers as form
from applications.answers import Answers, Value
from campaigns.rules.engine import Findings, Verdict, compile_rules, met
from campaigns.rules.facts import REGISTRY, Facts, Op, WaiverState, completed_years, years_before
from campaigns.rules.schema import (
    AddressField,
    ChoiceField,
    Column,
    Computed,
    Condition,
    ConditionsField,
    DateField,
    Declared,
    EmailField,
    FormField,
    Group,
    Judged,
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

V = TypeVar("V", str, list[str], list[dict[str, str]])

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
CONTESTS: Final = ("职业技能大赛钳工赛项", "焊接技能竞赛", "数控技能大赛", "传统工艺大赛")
TITLES: Final = ("高级技师", "技师", "高级工程师", "高级工艺美术师")
RESULTS: Final = ("装配工装改进", "热处理工艺优化", "自动送料装置", "模具快换方法", "节能改造")
APPLIED: Final = ("本单位推广应用",)
CELLS: Final = (("奖", HONOURS), ("单位", FIRMS), ("岗位", POSTS))
"""What stands in a column whose heading has the word."""

AREAS: Final = ("110101", "110105", "310104", "120101")
"""Counties for identity numbers; which one means nothing here."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PRECISION: Final = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True, slots=True)
class Invented:
    """One person: answers to the form by field id, and which rule they are made to fail ("" for none).

    `waiver` is the waiver they ask for of the rule they fail, where it has one.
    """

    name: str
    sex: str
    employer: str
    phone: str
    answers: Mapping[str, Value] = field(default_factory=dict)
    fails: str = ""
    strength: str = ""
    waiver: str = ""


def id_number(born: date, sex: str, draw: random.Random) -> str:
    """An identity number with a valid check digit (GB 11643—1999)."""
    order = draw.randrange(100, 999)
    order += (order % 2 == 0) if sex == "男" else (order % 2 == 1)
    body = f"{draw.choice(AREAS)}{born:%Y%m%d}{order:03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def phone_number(n: int) -> str:
    """A number of a range that is given to nobody."""
    return f"1990000{n:04}"


def invent(
    rules: RuleSet, *, count: int, seed: int, first: int = 0, failing: int | None = None, employers: Sequence[str] = ()
) -> list[Invented]:
    """`count` people: most qualify; the first ones fail a computed *must*, the next a computed *should*, in turn.

    `failing` is how many fail of either strength, `first` the number the people are counted from (no two of a union share a
    phone), `employers` where some of them work, "" for wherever.
    """
    draw = random.Random(f"{seed}/{first}")  # noqa: S311 - the same seed must give the same people
    bad = max(2, count // 12) if failing is None else failing
    musts, shoulds = _failable(rules, "must"), _failable(rules, "should")
    fails: list[Computed | None] = [None] * count
    for n in range(min(bad, count) if musts else 0):
        fails[n] = musts[n % len(musts)]
    for n in range(bad, min(2 * bad, count) if shoulds else bad):
        fails[n] = shoulds[(n - bad) % len(shoulds)]
    names: set[str] = set()
    return [
        _person(rules, first + n, draw, rule, names, employers[n] if n < len(employers) else "")
        for n, rule in enumerate(fails)
    ]


# --- what is to come of a person --------------------------------------------------------------------------------------


def findings(rules: RuleSet, answers: Answers) -> Findings:
    """What is found once every paper is attached and an officer judged in the person's favour all that they claim."""
    papers = frozenset(material.id for material in rules.materials)
    claims = form.claims(rules, answers, slots=papers)
    asked = [rule.id for rule in walk(rules.rules) if isinstance(rule, Judged) or rule.id in claims]
    facts = Facts(
        values=form.facts(rules, answers, today=date.max),
        claims=claims,
        waivers=dict.fromkeys(form.claimed_waivers(rules, answers), WaiverState.ACCEPTED),
        judgements={id_: id_ not in rules.barred for id_ in asked},
        scope=form.scope_of(rules, answers),
    )
    return compile_rules(rules)(facts, reference=rules.reference)


def _failable(rules: RuleSet, strength: str) -> list[Computed]:
    """The computed rules that the form can be filled in against: a person made to fail one is found to fail it."""
    unmet = {Verdict.FAILS, Verdict.NEEDS_REASON}
    found = []
    for rule in rules.criteria:
        if isinstance(rule, Computed) and rule.strength == strength:
            trial = _person(rules, 0, random.Random(rule.id), rule, set(), "", claiming=False)  # noqa: S311
            if any(one.rule_id == rule.id and one.verdict in unmet for one in findings(rules, trial.answers).walk()):
                found.append(rule)
    return found


@dataclass(frozen=True, slots=True)
class _Wish:
    """A comparison, and whether the person is to meet it."""

    test: Computed
    met: bool


@dataclass(slots=True)
class _Wishes:
    """Everything a person is to meet and to miss, and the declared conditions they pick."""

    rules: RuleSet
    n: int
    failing: Computed | None
    tests: list[_Wish] = field(default_factory=list)
    picks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for rule in self.rules.rules:
            self._want(rule, met=rule is not self.failing)

    def on(self, fact: str) -> list[_Wish]:
        return [wish for wish in self.tests if wish.test.fact == fact]

    def _want(self, rule: Condition, *, met: bool) -> None:
        match rule:
            case Computed():
                self.tests.append(_Wish(rule, met))
            case Declared():
                self.picks |= {rule.id} if met else set()
            case Group():
                self._want_members(rule, met=met)
            case _:
                pass  # judged by people, whatever the form says

    def _want_members(self, group: Group, *, met: bool) -> None:
        """Miss every member where none may hold, or where a group that none may meet asks for them."""
        if met == (group.needs == "none"):
            for rule in group.conditions:
                self._want(rule, met=False)
            return
        able = [rule for rule in group.conditions if self._is_able(rule) and not self._excuses(rule)]
        wanted = {"all": len(able), "any": 1 + (self.n % 3 == 0)}.get(group.needs, group.count or 1)
        for step in range(min(wanted, len(able))):
            self._want(able[(self.n + step) % len(able)], met=True)

    def _excuses(self, rule: Condition) -> bool:
        """Whether the condition would waive the very rule that the person is to fail."""
        waivers = self.failing.waived_by if self.failing else ()
        return not {item.id for item in walk((rule,))}.isdisjoint({waiver.condition for waiver in waivers})

    def _is_able(self, rule: Condition) -> bool:
        """Whether the form has a place in which the condition can be met."""
        if isinstance(rule, Group):
            return all(map(self._is_able, rule.conditions))
        if not isinstance(rule, Computed):
            return True
        asked = {rule.fact, REGISTRY[rule.fact].since}
        fields = [item for item in self.rules.fields() if item.fact in asked]
        tabled = rule.op is Op.REACHES
        return any(not tabled or _has_columns(item, "level") for item in fields)


def _has_columns(item: FormField, *ids: str) -> bool:
    return isinstance(item, RowsField) and set(ids) <= {column.id for column in item.columns}


# --- one person -------------------------------------------------------------------------------------------------------


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


def _person(
    rules: RuleSet,
    n: int,
    draw: random.Random,
    failing: Computed | None,
    names: set[str],
    employer: str,
    *,
    claiming: bool = True,
) -> Invented:
    person = Invented(
        name=_name(draw, names, n),
        sex=draw.choice("男女"),
        employer=employer or f"{rules.region}{FIRMS[n % len(FIRMS)]}",
        phone=phone_number(n),
        fails=failing.id if failing else "",
        strength=(failing.strength or "") if failing else "",
    )
    scene = _Scene(rules, draw, n, person, _Wishes(rules, n, failing))
    answers: dict[str, Value] = {}
    for item in rules.fields():
        value = scene.answer(item) if form.applies(item, answers) else None
        if value is not None:
            answers[item.id] = value
    asked = [waiver.id for waiver in failing.waived_by if not waiver.condition] if failing and claiming else []
    if asked and person.strength == "should":
        return replace(person, answers={**answers, form.WAIVERS: asked[:1]}, waiver=asked[0])
    return replace(person, answers=answers)


@dataclass(slots=True)
class _Scene:
    """What is drawn for one person while the form is filled in."""

    rules: RuleSet
    draw: random.Random
    n: int
    person: Invented
    wishes: _Wishes
    figures: dict[str, int] = field(default_factory=dict)
    born: date = date.min

    def __post_init__(self) -> None:
        """Of working age for as long a trade as the rules ask; one year too old where age is what fails."""
        reference, low, high = self.rules.reference, *self._bounds("age", 38, 58)
        age = self.draw.randrange(low, high + 1)
        self.figures["age"] = age
        self.born = date(reference.year - age, 1, 1) + timedelta(days=self.draw.randrange(300))
        while completed_years(self.born, reference) < age:
            self.born -= timedelta(days=31)

    def answer(self, item: FormField) -> Value | None:  # noqa: C901, PLR0912 - one answer a type of field
        match item:
            case PersonNameField():
                return self.person.name
            case NationalIdField():
                return id_number(self.born, self.person.sex, self.draw)
            case PhoneField():
                return self.person.phone
            case EmailField():
                return f"person{self.n}@example.invalid"
            case AddressField():
                return f"{self.rules.region}和平路{self.n + 1}号"
            case YesNoField():
                good = "no" if item.fact in {"manager", "disciplined"} else "yes"
                return self._first_suitable(item, (good, "yes", "no"))
            case ChoiceField():
                return self._choice(item)
            case MultiField():
                return self._multi(item)
            case DateField():
                return self._date(item)
            case YearsField():
                return str(min(self._figure(item.fact or item.id), item.at_most))
            case NumberField():
                most = item.at_most if item.at_most is not None else 10**6
                return str(max(item.at_least, min(self._figure(item.fact or item.id), most)))
            case ConditionsField():
                return self._conditions(item)
            case RowsField():
                return self._rows(item)
            case TextField():
                return self._text(item)
            case _:
                return None  # a photo is a file

    # --- what the rules ask ---

    def _suits(self, item: FormField, value: Value) -> bool:
        """Whether the answer meets and misses what it should."""
        facts = Facts(values=form.facts(self.rules, {item.id: value}, today=date.max))
        wishes = self.wishes.on(item.fact or "")
        return all(met(wish.test, facts, reference=self.rules.reference) is wish.met for wish in wishes)

    def _first_suitable(self, item: FormField, values: Sequence[V]) -> V:
        return next((value for value in values if self._suits(item, value)), values[0])

    def _bounds(self, fact: str, low: int, high: int) -> tuple[int, int]:
        """Between which whole numbers the figure lies; what is asked goes before what is usual, what fails just fails."""
        for wish in self.wishes.on(fact):
            bar = wish.test.value
            if not isinstance(bar, int) or wish.test.op not in {Op.AT_LEAST, Op.AT_MOST}:
                continue
            if (wish.test.op is Op.AT_LEAST) is wish.met:
                low = bar if wish.met else bar + 1
                high = max(high, low) if wish.met else low
            else:
                high = bar if wish.met else bar - 1
                low = min(low, high) if wish.met else high
        return low, max(low, high)

    def _figure(self, fact: str) -> int:
        """A number that holds by a little, or that just fails; the same whenever the form asks for it again."""
        if fact not in self.figures:
            low, high = self._bounds(fact, 12, 24)
            self.figures[fact] = self.draw.randrange(low, min(high, low + 8) + 1)
        return self.figures[fact]

    # --- fields ---

    def _date(self, item: DateField) -> str:
        reference = self.rules.reference
        if item.fact == "birth_date":
            day = self.born
        else:
            counted = next((key for key, fact in REGISTRY.items() if fact.since == item.fact), item.fact or item.id)
            years = self._figure(counted)
            if item.precision == "year":
                return str(reference.year - years)
            day = years_before(reference, years) - timedelta(days=7 * self.n % 300)
        days = [day, *self._turning_days(item)]
        return self._first_suitable(item, [one.isoformat()[: _PRECISION[item.precision]] for one in days])

    def _turning_days(self, item: DateField) -> Iterator[date]:
        """Days on both sides of every bound that the rules set to this date."""
        for wish in self.wishes.on(item.fact or ""):
            bound = wish.test.on
            if bound is None and isinstance(wish.test.value, int):
                bound = years_before(self.rules.reference, wish.test.value)
            if bound is not None:
                yield from (bound, bound - timedelta(days=40), bound + timedelta(days=40))

    def _choice(self, item: ChoiceField) -> str:
        values = [option.value for option in item.options]
        if item.fact == "gender" and self.person.sex in values:
            return self.person.sex
        first = self.n % len(values)
        return self._first_suitable(item, values[first:] + values[:first])

    def _multi(self, item: MultiField) -> list[str]:
        values = [option.value for option in item.options]
        named = {value for wish in self.wishes.on(item.fact or "") for value in wish.test.values}
        first, few = self.n % len(values), max(item.at_least, 1)
        turned = values[first:] + values[:first]
        sets = [turned[k : k + few] for k in range(len(values) - few + 1)]
        sets += [[value for value in values if value not in named], [value for value in values if value in named]]
        return self._first_suitable(item, [chosen for chosen in sets if chosen])

    def _conditions(self, item: ConditionsField) -> list[str]:
        group = next(rule for rule in walk(self.rules.rules) if rule.id == item.group)
        return [one.id for one in walk((group,)) if one.id in self.wishes.picks]

    def _rows(self, item: RowsField) -> list[dict[str, str]]:
        count = min(item.at_most, max(item.at_least, 1 + self.n % 4))
        rows = [{column.id: self._cell(column, item, row) for column in item.columns} for row in range(count)]
        return self._first_suitable(item, [rows, *self._varied(item, rows[0])])

    def _varied(self, item: RowsField, row: dict[str, str]) -> Iterator[list[dict[str, str]]]:
        """One row in every wording that could decide a rule: level, place and title."""
        scale = REGISTRY[item.fact].scale if item.fact else ()
        words = [
            [(column.id, option.value) for option in column.options]
            or [(column.id, text) for text in {"level": scale, "rank": ("1", "9")}.get(column.id, ())]
            for column in item.columns
        ]
        for chosen in product(*(some for some in words if some)):
            yield [row | dict(chosen)]

    def _cell(self, column: Column, item: RowsField, row: int) -> str:
        year = self.rules.reference.year - 1 - row
        if column.type == "date":
            return f"{year}-0{1 + row % 9}-15"[: _PRECISION[column.precision]]
        if column.type == "number":
            return str(row + 1)
        if column.type == "choice":
            return column.options[(self.n + row) % len(column.options)].value
        if "授" in column.label:
            return f"{self.rules.region}总工会"[: column.at_most or 60]
        usual = HONOURS if "honour" in item.id else CONTESTS if item.fact == "competition_results" else RESULTS
        words = next((words for part, words in CELLS if part in column.label), usual if column.required else APPLIED)
        return words[(self.n + row) % len(words)][: column.at_most or 60]

    def _text(self, item: TextField) -> str:
        limit = item.at_most or item.about or 200
        if item.fact == "ethnicity" or "民族" in item.label:
            return "汉族"
        if item.lines > 1 or limit > 100:
            return "".join(self.draw.sample(DEEDS, len(DEEDS)))[:limit]
        if "单位" in item.label:
            post = f"，{POSTS[self.n % len(POSTS)]}" if "职务" in item.label else ""
            return (self.person.employer + post)[:limit]
        if "职称" in item.label:
            return TITLES[self.n % len(TITLES)][:limit]
        if "专业" in item.label or "工种" in item.label:
            return TRADES[self.n % len(TRADES)][:limit]
        return POSTS[self.n % len(POSTS)][:limit]

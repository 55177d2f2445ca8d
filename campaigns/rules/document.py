"""A rule set as a document that people read: each rule in words, and beside it the notice's own sentence with its clause.

For ``rulesets show``, the rule set's page and the public page of a campaign's rules. What has no words of its own here is
told by the names of its keys, so that nothing a rule set says is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from campaigns.rules import labels, shape, wording
from campaigns.rules.facts import REGISTRY
from campaigns.rules.loader import to_frozen
from campaigns.rules.schema import (
    Award,
    Category,
    Composition,
    Computed,
    Condition,
    Declared,
    Group,
    Judged,
    Quota,
    Ratio,
    RuleSet,
    Sourced,
    Stage,
    Strength,
    Tier,
    Window,
)
from campaigns.rules.spoken import Speaker

QUOTA_RULES: Final = {"at_most": "不超过{}名", "exactly": "{}名", "top": "前{}名"}
NEEDS: Final = {"all": "全部符合", "any": "符合其一", "none": "均不得有", "at_least": "至少符合{}项"}
REQUIRED: Final = {"always": "必交", "if_declared": "申报相应内容的须交", "optional": "可交", "printed": "打印盖章后交"}
HOW: Final = {"conferred": "同时授予", "put_forward": "按程序申报", "preferred": "优先推荐"}
OWN: Final = "本办公室自定"

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the rule set says; ``depth`` is how far it stands under the one before."""

    label: str
    text: str
    source: str
    """The clause, or that it is the office's own."""
    depth: int = 0
    quote: str = ""
    """The notice's sentence."""
    strength: str = ""
    at: Place = ()
    """Where in the data it stands, items by their ids."""

    @property
    def own(self) -> bool:
        return self.source == OWN

    def __str__(self) -> str:
        strength = f"（{self.strength}）" if self.strength else ""
        said = "；".join(part for part in (self.quote, self.text) if part)
        return f"{self.label}{strength}：{said}〔{self.source}〕"


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    keys: tuple[str, ...]
    """The keys of a rule set that it tells."""
    lines: tuple[Line, ...]


def source_of(item: Sourced) -> str:
    """The clause, or that it is the office's own: never a clause that the notice does not have."""
    return item.clause or OWN


def document(rules: RuleSet) -> tuple[Part, ...]:
    """The whole rule set, in the order of a notice; parts without a line are left out."""
    teller = _Teller(rules)
    return tuple(part for part in teller.parts() if part.lines)


def describe(rules: RuleSet) -> str:
    """The document as plain text."""
    out = [rules.name]
    for part in document(rules):
        out += ["", part.title]
        out += [f"{'  ' * (line.depth + 1)}{line}" for line in part.lines]
    return "\n".join(out)


def asks(rules: RuleSet, rule: Condition, *, barred: bool = False) -> str:
    """What a rule asks and who judges it, in a line."""
    if isinstance(rule, Computed):
        return f"{REGISTRY[rule.fact].label}：{wording.bound(rule, barred=barred)}"
    if isinstance(rule, Declared) and barred:
        return "有此情形的应当申报，由审核人员认定"
    if isinstance(rule, Declared):
        return f"申报并附{proofs(rules, rule.evidence)}" if rule.evidence else "申报并附证明材料"
    if isinstance(rule, Judged):
        body = "推荐单位" if rule.judged_by == "units" else rules.basis.name_of(rule.judged_by)
        return f"由{body}评议认定"
    return NEEDS[rule.needs].format(rule.count)


def proofs(rules: RuleSet, ids: tuple[str, ...]) -> str:
    return "、".join(rules.material(one).label for one in ids)


def places(rules: RuleSet) -> Iterator[Line]:
    """How many titles there are, and how they are divided: the total first, what divides it under it."""
    yield from _Teller(rules).places()


def _loosely(strength: Strength) -> str:
    """A number that must be kept to is stated; one that should be says so."""
    return "" if strength == "must" else wording.STRENGTHS[strength]


def _number(rule: Quota | Category | Tier, number: int) -> str:
    """“不超过20名”, and that places may not stay empty where the notice says so."""
    said = QUOTA_RULES[rule.rule].format(number)
    filled = rule.rule != "at_most" and not isinstance(rule, Tier) and not rule.may_stay_unfilled
    return f"{said}，须用足" if filled else said


def _part(item: Category | Tier, at_least: int | None = None) -> str:
    said = [_number(item, item.places) if item.places else "", f"至少{at_least}名" if at_least else ""]
    numbers = "，".join(word for word in said if word)
    return f"{_loosely(item.strength)}{numbers}" if numbers else "名额不单列"


def _ratio(rule: Ratio, at: Place) -> Line:
    said = f"候选人与名额之比不低于{rule.candidates}∶{rule.places}"
    return Line("差额", said, source_of(rule), 1, strength=wording.STRENGTHS[rule.strength], at=at)


def _setting(item: Sourced, key: str) -> str:
    return OWN if item.is_setting(key) else source_of(item)


def _window(window: Window) -> str:
    first = wording.chinese_date(window.from_) if window.from_ else ""
    last = wording.chinese_date(window.to) if window.to else ""
    return f"{first}至{last}"


def _window_source(window: Window) -> str:
    """A date that the office chose never stands under the clause of the other."""
    own = [word for key, word in (("from", "开始"), ("to", "截止")) if window.is_setting(key)]
    if len(own) == 1 and window.clause:
        return f"{window.clause}；{own[0]}日期由本办公室自定"
    return OWN if own else source_of(window)


TOLD: Final = frozenset({*Sourced.model_fields, "id", "label", "title", "text", "strength", "reading"})
"""What each line shows by itself."""


class _Teller:
    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.speaker = Speaker(to_frozen(rules))

    def parts(self) -> Iterator[Part]:
        rules = self.rules
        basics = ("schema", "code", "title", "edition", "region", "summary", "basis", "scope")
        yield Part("依据", basics, tuple(self.basis()))
        quotas = ("quota", "programme", "categories", "tiers", "composition")
        yield Part("名额", quotas, tuple(self.places()))
        yield Part("时间", ("dates",), tuple(self.dates()))
        conditions = tuple(
            line
            for key, items in (("criteria", rules.criteria), ("groups", rules.groups))
            for rule in items
            for line in self.rule(rule, 0, (key, rule.id))
        )
        yield Part("条件", ("criteria", "groups"), conditions)
        yield Part("推荐渠道", ("channels", "unit_kinds", "unit_quotas"), tuple(self.channels()))
        yield Part("申报材料", ("materials",), tuple(self.materials()))
        yield Part("申报表", ("form", "papers"), tuple(self.form()))
        stages = tuple(line for stage in rules.stages for line in self.stage(stage))
        yield Part("认定程序", ("stages",), stages)
        yield Part("奖励和待遇", ("awards", "honours", "benefits", "follow_up"), tuple(self.awards()))
        yield Part("其他", ("fraud", "retention", "numbering", "opinion_phrases"), tuple(self.others()))
        readings = (
            Line(item.says, item.read_as, item.clause, at=("readings", str(at)))
            for at, item in enumerate(rules.readings)
        )
        yield Part("对通知的理解", ("readings",), tuple(readings))

    def rest(self, table: BaseModel, at: Place, depth: int, source: str, *told: str) -> Iterator[Line]:
        """What a table says besides, by the names of its keys; what equals its default says nothing."""
        model = type(table)
        for name, info in model.model_fields.items():
            key, value = info.alias or name, getattr(table, name)
            if key in TOLD or key in told or (key in shape.TAG_KEYS and len(shape.codes(info.annotation)) == 1):
                continue
            if value == info.default or value is None:
                continue
            here, label = (*at, key), labels.label(model.__name__, key)
            whose = _setting(table, key) if isinstance(table, Sourced) else source
            if isinstance(value, BaseModel):
                yield from self.inner(label, value, here, depth, whose)
            elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
                for place, item in enumerate(value):
                    named = str(getattr(item, "label", label))
                    where = (*here, getattr(item, "id", str(place)))
                    yield from self.inner(named, item, where, depth, whose, otherwise=label)
            else:
                yield Line(label, self.speaker.said(_plain(value), key, model), whose, depth, at=here)

    def inner(
        self, label: str, table: BaseModel, at: Place, depth: int, source: str, *, otherwise: str = ""
    ) -> Iterator[Line]:
        """A table inside another: in one line what it holds, then what stands inside it."""
        if isinstance(table, Sourced):
            source = source_of(table)
        if isinstance(table, Window):
            yield Line(label, _window(table), _window_source(table), depth, at=at)
            return
        model = type(table)
        said: list[str] = []
        below: list[str] = []
        for name, info in model.model_fields.items():
            key, value = info.alias or name, getattr(table, name)
            if key in TOLD or value is None or value == info.default:
                continue
            holds_tables = isinstance(value, tuple) and value and isinstance(value[0], BaseModel)
            if holds_tables or (isinstance(value, Sourced)):
                below.append(key)
            else:
                words = self.speaker.said(_plain(value), key, model)
                whose = "（本办公室自定）" if isinstance(table, Sourced) and key in table.settings else ""
                said.append(f"{labels.label(model.__name__, key)} {words}{whose}")
        if {"days", "unit"} == set(model.model_fields):
            said = [self.speaker.table(_plain(table), model)]
        quote = str(getattr(table, "text", None) or "")
        if isinstance(table, Sourced) and not (said or below or quote):
            # written although it only repeats what goes without saying: then it is said
            said = [f"{labels.label(model.__name__, key)} {words}" for key, words in self.defaults(table)]
        text = "，".join(said) or otherwise
        yield Line(label, text, source, depth, quote=quote, at=at)
        others = [key for key, _ in shape.keys(model) if key not in below]
        yield from self.rest(table, at, depth + 1, source, *others)

    def defaults(self, table: BaseModel) -> Iterator[tuple[str, str]]:
        model = type(table)
        for name, info in model.model_fields.items():
            value = getattr(table, name)
            if name not in TOLD and value not in (None, ()):
                key = info.alias or name
                yield key, self.speaker.said(_plain(value), key, model)

    def basis(self) -> Iterator[Line]:
        basis = self.rules.basis
        document = basis.document
        at = ("basis",)
        issued = wording.chinese_date(basis.issued) if basis.issued else "未写明发文日期"
        yield Line("名称", self.rules.name, document, at=("title",))
        if self.rules.summary:
            yield Line("简介", self.rules.summary, document, at=("summary",))
        yield Line("地区", self.rules.region, document, at=("region",))
        yield Line("通知", f"{document}《{basis.title}》", issued, at=at)
        yield Line("主办", "、".join(basis.hosts), document, at=(*at, "hosts"))
        if basis.organisers:
            yield Line("承办", "、".join(basis.organisers), document, at=(*at, "organisers"))
        yield Line("办公室", basis.office, document, at=(*at, "office"))
        if basis.leading_group:
            yield Line("领导小组", basis.leading_group, document, at=(*at, "leading_group"))
        for duty in basis.duties:
            yield Line("分工", duty, document, 1, at=(*at, "duties"))
        yield from self.rest(
            basis, at, 0, document, "duties", "document", "issued", "hosts", "organisers", "office", "leading_group"
        )
        scope = self.rules.scope
        if scope:
            at = ("scope",)
            yield Line("范围", "", source_of(scope), quote=scope.text, at=at)
            yield from self.rest(scope, at, 1, source_of(scope))

    def places(self) -> Iterator[Line]:
        rules, quota = self.rules, self.rules.quota
        said = f"{_loosely(quota.strength)}{_number(quota, quota.places)}"
        yield Line("名额", said, source_of(quota), quote=quota.text or "", at=("quota",))
        if quota.ratio:
            yield _ratio(quota.ratio, ("quota", "ratio"))
        if rules.programme:
            programme = rules.programme
            years = "、".join(str(year) for year in programme.years)
            said = f"{programme.title}：{years}年共{programme.places}名"
            yield Line("总计划", said, source_of(programme), at=("programme",))
        for category in rules.categories:
            at: Place = ("categories", category.id)
            said = _part(category, category.at_least)
            yield Line(category.label, said, source_of(category), 1, quote=category.text or "", at=at)
        for tier in sorted(rules.tiers, key=lambda tier: tier.order):
            at = ("tiers", tier.id)
            yield Line(tier.label, _part(tier), source_of(tier), 1, quote=tier.text or "", at=at)
        for rule in rules.composition:
            yield self.composition(rule)

    def composition(self, rule: Composition) -> Line:
        bounds = (
            (rule.at_least, "不少于{}人"),
            (rule.at_least_percent, "不少于{}%"),
            (rule.at_most, "不超过{}人"),
            (rule.at_most_percent, "不超过{}%"),
        )
        asked = "、".join(words.format(bound) for bound, words in bounds if bound is not None)
        whom = f"{REGISTRY[rule.where.fact].label}{wording.bound(rule.where)}"
        among = f"“{self.speaker.name('among', rule.among)}”通过的人选" if rule.among else "授予称号的人选"
        said = f"{whom}的{asked}，在{among}中计算"
        strength, at = wording.STRENGTHS[rule.strength], ("composition", rule.id)
        return Line(rule.label, said, source_of(rule), 1, quote=rule.text, strength=strength, at=at)

    def dates(self) -> Iterator[Line]:
        rules, dates = self.rules, self.rules.dates
        at = ("dates",)
        yield Line("申报", _window(dates.applications), _window_source(dates.applications), at=(*at, "applications"))
        end = dates.reference.removeprefix("applications.")
        own = dates.reference.startswith("applications.") and dates.applications.is_setting(end)
        yield Line(
            "年龄和年限计算到",
            wording.chinese_date(rules.reference),
            OWN if own else source_of(dates.reference_day or dates.applications),
            at=(*at, "reference"),
        )
        if dates.finish_by:
            day = wording.chinese_date(dates.finish_by.on)
            yield Line("完成期限", day, _setting(dates.finish_by, "on"), at=(*at, "finish_by"))
        yield from self.rest(dates, at, 0, "", "applications", "reference", "reference_day", "finish_by")

    def rule(self, rule: Condition, depth: int, at: Place, *, barred: bool = False) -> Iterator[Line]:
        said = asks(self.rules, rule, barred=barred)
        if rule.reading:
            said = f"{said}（{rule.reading}）"
        strength = wording.STRENGTHS[rule.strength] if rule.strength else ""
        yield Line(rule.label, said, source_of(rule), depth, quote=rule.text, strength=strength, at=at)
        for waiver in rule.waived_by:
            here = (*at, "waived_by", waiver.id)
            ground = self.speaker.name("condition", waiver.condition) if waiver.condition else ""
            said = f"符合“{ground}”即豁免" if ground else f"申请豁免并附{proofs(self.rules, waiver.evidence) or '证明'}"
            yield Line("豁免", said, source_of(waiver), depth + 1, quote=waiver.text, at=here)
        told: tuple[str, ...] = ("waived_by", "conditions", "needs", "count", "judged_by", *shape.TAG_KEYS)
        if isinstance(rule, Computed):
            told = (*told, "fact", "op", "value", "values", "on", "ranks", "within")
        if isinstance(rule, Declared):
            told = (*told, "evidence")
        yield from self.rest(rule, at, depth + 1, "", *told)
        if isinstance(rule, Group):
            for condition in rule.conditions:
                here = (*at, "conditions", condition.id)
                yield from self.rule(condition, depth + 1, here, barred=rule.bars(barred=barred))

    def channels(self) -> Iterator[Line]:
        rules = self.rules
        for channel in rules.channels:
            at = ("channels", channel.id)
            yield Line(channel.label, labels.word("kind", channel.kind), source_of(channel), quote=channel.text, at=at)
            if channel.consent:
                consent = channel.consent
                here = (*at, "consent")
                yield Line("事先同意", f"由{consent.by}同意", source_of(consent), 1, quote=consent.text, at=here)
            if channel.first:
                length = wording.duration(channel.first.length) if channel.first.length else "时间由单位定"
                yield Line("推荐前本单位公示", length, source_of(channel.first), 1, at=(*at, "first"))
            yield from self.rest(channel, at, 1, "", "consent", "first", "kind")
        document = rules.basis.document
        for kind in rules.unit_kinds:
            yield Line(kind.label, "、".join(kind.units) or "由办公室列出", document, 0, at=("unit_kinds", kind.id))
        for quota in rules.unit_quotas:
            at = ("unit_quotas", quota.id)
            low = f"至少{quota.at_least}名" if quota.at_least is not None else ""
            high = f"至多{quota.at_most}名" if quota.at_most is not None else ""
            whom = "、".join([*(self.speaker.name("kinds", kind) for kind in quota.units.kinds), *quota.units.named])
            strength = wording.STRENGTHS[quota.strength]
            said = f"{whom}：{low}{high}"
            yield Line("推荐名额", said, source_of(quota), quote=quota.text, strength=strength, at=at)
            yield from self.rest(quota, at, 1, "", "units", "at_least", "at_most")

    def materials(self) -> Iterator[Line]:
        for material in self.rules.materials:
            said = [REQUIRED[material.required], f"{material.copies}份" if material.copies else ""]
            said += ["原件" if material.original else "", "电子版" if material.electronic else ""]
            at = ("materials", material.id)
            yield Line(material.label, "，".join(word for word in said if word), source_of(material), at=at)
            yield from self.rest(material, at, 1, "", "required", "copies", "original", "electronic")

    def form(self) -> Iterator[Line]:
        rules = self.rules
        document = rules.basis.document
        for at, note in enumerate(rules.form.notes, start=1):
            yield Line(f"填表说明{at}", note, document, at=("form", "notes"))
        for section in rules.form.sections:
            said = "、".join(field.label for field in section.fields)
            source = OWN if section.setting else document
            yield Line(section.title, said, source, at=("form", "sections", section.id))
        for paper in rules.papers:
            own = paper.setting if paper.kind == "list" else paper.layout_from == "own"
            said = f"{labels.word('size', paper.size)}，{paper.copies}份"
            yield Line(paper.title, said, OWN if own else document, at=("papers", paper.id))

    def stage(self, stage: Stage) -> Iterator[Line]:
        basis = self.rules.basis
        at = ("stages", stage.id)
        said = f"{labels.word('kind', stage.kind)}，由{basis.name_of(stage.by)}进行"
        yield Line(stage.label, said, source_of(stage), quote=stage.text or "", at=at)
        if stage.window:
            yield Line("时间", _window(stage.window), _window_source(stage.window), 1, at=(*at, "window"))
        if stage.passes:
            low = f"至少{stage.passes.min}名" if stage.passes.min is not None else ""
            high = f"至多{stage.passes.max}名" if stage.passes.max is not None else ""
            strength = wording.STRENGTHS[stage.passes.strength]
            here = (*at, "passes")
            yield Line("通过人数", f"{low}{high}", source_of(stage.passes), 1, strength=strength, at=here)
        if stage.confirmed_by:
            body = basis.name_of(stage.confirmed_by)
            yield Line("名单确认", body, _setting(stage, "confirmed_by"), 1, at=(*at, "confirmed_by"))
        if stage.ratio:
            yield _ratio(stage.ratio, (*at, "ratio"))
        if stage.only_for:
            scopes = "、".join(self.speaker.name("only_for", scope) for scope in stage.only_for)
            said = f"只适用于{scopes}，其他人选直接进入下一环节"
            yield Line("适用", said, _setting(stage, "only_for"), 1, at=(*at, "only_for"))
        told = ["by", "window", "passes", "confirmed_by", "ratio", "only_for"]
        if stage.kind == "public_notice":
            length = wording.duration(stage.length)
            yield Line("公示期", length, _setting(stage, "length"), 1, at=(*at, "length"))
            told.append("length")
        if stage.kind == "public_vote":
            said = f"每票{stage.choices_min}至{stage.choices_max}人"
            yield Line("投票", said, _setting(stage, "choices_max"), 1, at=(*at, "choices_max"))
            told += ["choices_min", "choices_max"]
        yield from self.rest(stage, at, 1, "", *told)

    def awards(self) -> Iterator[Line]:
        rules = self.rules
        for award in rules.awards:
            at = ("awards", award.id)
            yield Line(award.label, self.recipients(award), source_of(award), quote=award.text or "", at=at)
            yield from self.rest(award, at, 1, "", "kind", "to")
        for honour in rules.honours:
            at = ("honours", honour.id)
            yield Line(honour.label, HOW[honour.how], source_of(honour), quote=honour.text, at=at)
            yield from self.rest(honour, at, 1, "", "how")
        for key, items in (("benefits", rules.benefits), ("follow_up", rules.follow_up)):
            for benefit in items:
                at = (key, benefit.id)
                yield Line(benefit.label, "", source_of(benefit), quote=benefit.text, at=at)
                yield from self.rest(benefit, at, 1, "")

    def recipients(self, award: Award) -> str:
        to = award.to
        scopes = "、".join(
            self.speaker.name(key, id_) for key, id_ in (("tier", to.tier), ("category", to.category)) if id_
        )
        but = f"（不含获“{self.speaker.name('except', to.except_)}”的）" if to.except_ else ""
        return f"授予经过“{self.speaker.name('stage', to.stage)}”的{scopes}人选{but}"

    def others(self) -> Iterator[Line]:
        rules = self.rules
        if rules.fraud:
            at = ("fraud",)
            yield Line("弄虚作假", "取消资格", source_of(rules.fraud), quote=rules.fraud.text, at=at)
            yield from self.rest(rules.fraud, at, 1, "")
        kept = rules.retention
        said = (
            f"获评者{kept.awarded_years}年，其他申报人{kept.others_years}年，未递交的{kept.drafts_months}个月；"
            "期满删除个人密钥和材料，统计数字保留，称号和证书长期公开"
        )
        yield Line("个人信息保存", said, source_of(kept), at=("retention",))
        if rules.numbering:
            numbering = rules.numbering
            yield Line("申报编号", numbering.application, source_of(numbering), at=("numbering",))
        if rules.opinion_phrases:
            yield Line("推荐意见常用语", "；".join(rules.opinion_phrases), OWN, at=("opinion_phrases",))


def _plain(value: Any) -> Any:
    """A value of a model as plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value

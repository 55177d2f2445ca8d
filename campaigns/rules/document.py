"""A rule set as a document that people read, each line with its clause, for ``rulesets show`` and the set-up page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from campaigns.rules import wording
from campaigns.rules.schema import (
    Category,
    Composition,
    Computed,
    Condition,
    ExpertReviewStage,
    Group,
    PublicNoticeStage,
    PublicVoteStage,
    Quota,
    Ratio,
    RuleSet,
    Sourced,
    Stage,
    Strength,
    Tier,
    Window,
)

QUOTA_RULES: Final = {"at_most": "不超过{}名", "exactly": "{}名", "top": "前{}名"}
METHODS: Final = {"score": "按指标评分", "ballot": "投票", "assessment": "综合评定"}
MAJORITIES: Final = {"more_than_half": "过半数入选", "two_thirds": "三分之二以上入选", "most_votes": "得票多者入选"}
NEEDS: Final = {"all": "全部符合", "any": "符合其一", "none": "均不得有", "at_least": "至少符合{}项"}
REQUIRED: Final = {"always": "必交", "if_declared": "申报相应内容的须交", "optional": "可交", "printed": "打印盖章后交"}
HOW: Final = {"conferred": "同时授予", "put_forward": "按程序申报", "preferred": "优先推荐"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the rule set says; ``depth`` is how far it stands under the one before."""

    label: str
    text: str
    source: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: tuple[Line, ...]


def source_of(item: Sourced) -> str:
    """The clause, or that it is the office's own: never a clause that the notice does not have."""
    return item.clause or "本办公室自定"


def document(rules: RuleSet) -> tuple[Part, ...]:
    """The whole rule set, in the order of a notice; parts without a line are left out."""
    parts = (
        Part("依据", tuple(_basis(rules))),
        Part("名额", tuple(_quota(rules))),
        Part("时间", tuple(_dates(rules))),
        Part("条件", tuple(line for rule in rules.rules for line in _rule(rule, 0))),
        Part("推荐渠道", tuple(_channels(rules))),
        Part("申报材料", tuple(_materials(rules))),
        Part("申报表", tuple(_form(rules))),
        Part("认定程序", tuple(line for stage in rules.stages for line in _stage(rules, stage))),
        Part("奖励和待遇", tuple(_awards(rules))),
        Part("其他", tuple(_others(rules))),
        Part("对通知的理解", tuple(Line(item.says, item.read_as, item.clause) for item in rules.readings)),
    )
    return tuple(part for part in parts if part.lines)


def describe(rules: RuleSet) -> str:
    """The document as plain text."""
    out = [rules.name]
    for part in document(rules):
        out += ["", part.title]
        out += [f"{'  ' * (line.depth + 1)}{line.label}：{line.text}〔{line.source}〕" for line in part.lines]
    return "\n".join(out)


def _basis(rules: RuleSet) -> Iterator[Line]:
    basis = rules.basis
    document = basis.document
    issued = wording.chinese_date(basis.issued) if basis.issued else "未写明发文日期"
    yield Line("通知", f"{document}《{basis.title}》", issued)
    yield Line("主办", "、".join(basis.hosts), document)
    if basis.organisers:
        yield Line("承办", "、".join(basis.organisers), document)
    yield Line("办公室", basis.office, document)
    if basis.leading_group:
        yield Line("领导小组", basis.leading_group, document)
    for duty in basis.duties:
        yield Line("分工", duty, document, 1)
    if rules.scope:
        yield Line("范围", rules.scope.text, source_of(rules.scope))


def _quota(rules: RuleSet) -> Iterator[Line]:
    yield from places(rules)
    for unit_quota in rules.unit_quotas:
        yield Line("推荐名额", f"{wording.STRENGTHS[unit_quota.strength]}：{unit_quota.text}", source_of(unit_quota), 1)


def places(rules: RuleSet) -> Iterator[Line]:
    """How many titles there are, and how they are divided: the total first, what divides it under it."""
    quota = rules.quota
    yield Line("名额", f"{_loosely(quota.strength)}{_number(quota, quota.places)}", source_of(quota))
    if quota.ratio:
        yield Line("差额", _ratio(quota.ratio), source_of(quota.ratio), 1)
    if rules.programme:
        years = "、".join(str(year) for year in rules.programme.years)
        yield Line(
            "总计划", f"{rules.programme.title}：{years}年共{rules.programme.places}名", source_of(rules.programme)
        )
    for category in rules.categories:
        yield Line(category.label, _part(category, category.at_least), source_of(category), 1)
    for tier in sorted(rules.tiers, key=lambda tier: tier.order):
        yield Line(tier.label, _part(tier), source_of(tier), 1)
    for rule in rules.composition:
        yield Line(rule.label, _composition(rules, rule), source_of(rule), 1)


def _number(rule: Quota | Category | Tier, number: int) -> str:
    """“不超过20名”, and that places may not stay empty where the notice says so."""
    said = QUOTA_RULES[rule.rule].format(number)
    filled = rule.rule != "at_most" and not isinstance(rule, Tier) and not rule.may_stay_unfilled
    return f"{said}，须用足" if filled else said


def _part(item: Category | Tier, at_least: int | None = None) -> str:
    said = [_number(item, item.places) if item.places else "", f"至少{at_least}名" if at_least else ""]
    numbers = "，".join(word for word in said if word)
    return f"{_loosely(item.strength)}{numbers}" if numbers else "名额不单列"


def _loosely(strength: Strength) -> str:
    """A number that must be kept to is stated; one that should be says so."""
    return "" if strength == "must" else wording.STRENGTHS[strength]


def _ratio(rule: Ratio) -> str:
    return f"{wording.STRENGTHS[rule.strength]}：候选人与名额之比不低于{rule.candidates}∶{rule.places}"


def _composition(rules: RuleSet, rule: Composition) -> str:
    bounds = (
        (rule.at_least, "不少于{}人"),
        (rule.at_least_percent, "不少于{}%"),
        (rule.at_most, "不超过{}人"),
        (rule.at_most_percent, "不超过{}%"),
    )
    asked = "、".join(words.format(bound) for bound, words in bounds if bound is not None)
    among = f"在“{rules.stage(rule.among).label}”通过的人选中计算" if rule.among else "在授予称号的人选中计算"
    return f"{wording.STRENGTHS[rule.strength]}：{rule.text}（{asked}，{among}）"


def _only_for(rules: RuleSet, stage: Stage) -> str:
    labels = {part.id: part.label for part in rules.parts}
    return f"只适用于{'、'.join(labels[id_] for id_ in stage.only_for)}，其他人选直接进入下一环节"


def _window(window: Window) -> str:
    first = wording.chinese_date(window.from_) if window.from_ else ""
    last = wording.chinese_date(window.to) if window.to else ""
    return f"{first}至{last}"


def _window_source(window: Window) -> str:
    """A date that the office chose never stands under the clause of the other."""
    own = [word for key, word in (("from", "开始"), ("to", "截止")) if window.is_setting(key)]
    if len(own) == 1 and window.clause:
        return f"{window.clause}；{own[0]}日期由本办公室自定"
    return "本办公室自定" if own else source_of(window)


def _dates(rules: RuleSet) -> Iterator[Line]:
    dates = rules.dates
    yield Line("申报", _window(dates.applications), _window_source(dates.applications))
    end = dates.reference.removeprefix("applications.")
    own = dates.reference.startswith("applications.") and dates.applications.is_setting(end)
    yield Line(
        "年龄和年限计算到",
        wording.chinese_date(rules.reference),
        "本办公室自定" if own else source_of(dates.reference_day or dates.applications),
    )
    if dates.finish_by:
        yield Line("完成期限", wording.chinese_date(dates.finish_by.on), _setting(dates.finish_by, "on"))


def _rule(rule: Condition, depth: int, *, barred: bool = False) -> Iterator[Line]:
    strength = f"（{wording.STRENGTHS[rule.strength]}）" if rule.strength else ""
    said = rule.text
    if isinstance(rule, Computed):
        said = f"{said}；{wording.bound(rule, barred=barred)}"
    if isinstance(rule, Group):
        said = f"{said}；{NEEDS[rule.needs].format(rule.count)}"
    if rule.reading:
        said = f"{said}（{rule.reading}）"
    yield Line(f"{rule.label}{strength}", said, source_of(rule), depth)
    for waiver in rule.waived_by:
        yield Line("豁免", waiver.text, source_of(waiver), depth + 1)
    if isinstance(rule, Group):
        for condition in rule.conditions:
            yield from _rule(condition, depth + 1, barred=rule.needs == "none")


def _channels(rules: RuleSet) -> Iterator[Line]:
    for channel in rules.channels:
        yield Line(channel.label, channel.text, source_of(channel))
        if channel.consent:
            yield Line("事先同意", channel.consent.text, source_of(channel.consent), 1)
        if channel.first:
            length = wording.duration(channel.first.length) if channel.first.length else "时间由单位定"
            yield Line("推荐前本单位公示", length, source_of(channel.first), 1)


def _materials(rules: RuleSet) -> Iterator[Line]:
    for material in rules.materials:
        said = [REQUIRED[material.required], f"{material.copies}份" if material.copies else ""]
        said += ["原件" if material.original else "", "电子版" if material.electronic else ""]
        yield Line(material.label, "，".join(word for word in said if word), source_of(material))


def _form(rules: RuleSet) -> Iterator[Line]:
    for section in rules.form.sections:
        source = "本办公室自定" if section.setting else rules.basis.document
        yield Line(section.title, "、".join(field.label for field in section.fields), source)


def _stage(rules: RuleSet, stage: Stage) -> Iterator[Line]:
    yield Line(stage.label, f"由{rules.basis.name_of(stage.by)}进行", source_of(stage))
    if stage.window:
        yield Line("时间", _window(stage.window), _window_source(stage.window), 1)
    if stage.passes:
        low = f"至少{stage.passes.min}名" if stage.passes.min is not None else ""
        high = f"至多{stage.passes.max}名" if stage.passes.max is not None else ""
        yield Line("通过人数", f"{_loosely(stage.passes.strength)}{low}{high}", source_of(stage.passes), 1)
    if stage.ratio:
        yield Line("差额", _ratio(stage.ratio), source_of(stage.ratio), 1)
    if stage.only_for:
        yield Line("适用", _only_for(rules, stage), source_of(stage), 1)
    if stage.confirmed_by:
        yield Line("名单确认", rules.basis.name_of(stage.confirmed_by), source_of(stage), 1)
    if isinstance(stage, ExpertReviewStage):
        yield Line("方法", METHODS[stage.method], _setting(stage, "method"), 1)
        yield from _panel(stage)
        for criterion in stage.criteria:
            yield Line(criterion.label, f"权重{criterion.weight}%", source_of(criterion), 2)
    if isinstance(stage, PublicVoteStage):
        yield Line("投票", f"每票{stage.choices_min}至{stage.choices_max}人", _setting(stage, "choices_max"), 1)
    if isinstance(stage, PublicNoticeStage):
        yield Line("公示期", wording.duration(stage.length), _setting(stage, "length"), 1)


def _panel(stage: ExpertReviewStage) -> Iterator[Line]:
    panel, ballot = stage.panel, stage.ballot
    if panel.size or panel.draw:
        said = f"{'从专家库抽取' if panel.draw else ''}{f'{panel.size}人' if panel.size else ''}"
        besides = f"，另有{'、'.join(panel.besides)}" if panel.besides else ""
        yield Line("评审组", f"{said}{besides}", source_of(panel), 1)
    if ballot:
        low = f"至少{ballot.min}人" if ballot.min else ""
        high = f"至多{ballot.max}人" if ballot.max else ""
        said = [f"每票{low}{high}" if low or high else "", "无记名" if ballot.secret else "记名"]
        said += [MAJORITIES[ballot.majority], f"最多{ballot.rounds}轮"]
        yield Line("投票", "，".join(word for word in said if word), source_of(ballot), 1)
    if stage.grades:
        grades = "、".join(f"{grade.label}{'（推荐）' if grade.recommends else ''}" for grade in stage.grades)
        yield Line("评定等次", grades, source_of(stage), 1)


def _setting(item: Sourced, key: str) -> str:
    return "本办公室自定" if item.is_setting(key) else source_of(item)


def _awards(rules: RuleSet) -> Iterator[Line]:
    labels = {part.id: part.label for part in rules.parts}
    for award in rules.awards:
        yield Line(award.label, award.text or "、".join(award.objects) or "授予称号", source_of(award))
        meant = [labels[part] for part in (award.to.category, award.to.tier) if part]
        if meant:
            yield Line("授予", f"按{'、'.join(meant)}通过的人选", source_of(award), 1)
        for money in (award.money, award.monthly):
            if money:
                yield Line("奖金", money.text, source_of(money), 1)
        if award.certificate:
            yield Line("证书编号", award.certificate.number, source_of(award.certificate), 1)
    for honour in rules.honours:
        yield Line(honour.label, f"{HOW[honour.how]}：{honour.text}", source_of(honour))
    for benefit in (*rules.benefits, *rules.follow_up):
        yield Line(benefit.label, benefit.text, source_of(benefit))


def _others(rules: RuleSet) -> Iterator[Line]:
    if rules.fraud:
        yield Line("弄虚作假", rules.fraud.text, source_of(rules.fraud))
    kept = rules.retention
    yield Line("个人信息保存", f"获评者{kept.awarded_years}年，其他申报人{kept.others_years}年", source_of(kept))

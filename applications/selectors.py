"""Reads that need several models. Never writes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from applications import answers as form
from applications import policies
from applications.answers import Answers, Value
from applications.days import deadline_words, local_today
from applications.models import (
    PHOTO,
    SEALED_FORM,
    SIGNED_CONSENT,
    Application,
    InternalNotice,
    Material,
    Person,
    Recommendation,
    Return,
    Submission,
)
from applications.sealing import open_answers
from applications.states import LIVE, Endorsement, State
from campaigns.models import Campaign, UnitQuota
from campaigns.policies import takes_individuals
from campaigns.rules import schema, wording
from campaigns.rules.engine import Finding, Findings, Verdict
from campaigns.rules.facts import Facts, WaiverState, completed_years
from campaigns.selectors import calendar_of
from campaigns.workingdays import Calendar, UnknownYear, period_end
from unions import vault
from unions.models import Consent, Member, Union, Unit
from unions.states import Role

DEFAULT_CONSENT: Final = (
    "一、为办理本次认定，{union}需要处理您在申报表中填写和上传的姓名、身份证号码、联系方式、照片、工作经历、业绩及证明材料。\n"
    "二、这些信息只用于资格审核、评审、公示、审定、颁发证书和有关待遇的落实；身份证号码和联系方式加密保存，不对外公开。\n"
    "三、进入公示的，将依照通知公开姓名、工作单位、主要事迹等规则所列事项。\n"
    "四、信息按活动规则载明的期限保存，期满删除；您可以查阅、更正，也可以在结果公布前撤回申报。\n"
    "五、您可以拒绝；拒绝的，无法在网上申报，可与认定办公室联系以书面方式办理。"
)


# --- consent ---------------------------------------------------------------------------------------------------------


def consent_text(union: Union) -> str:
    """What an applicant agrees to before anything personal is asked (个人信息保护法 第十七条)."""
    return union.privacy_text.strip() or DEFAULT_CONSENT.format(union=union.name)


def has_consented(member: Member) -> bool:
    """To the text in force: a changed text is asked for again."""
    digest = hashlib.sha256(consent_text(member.union).encode()).hexdigest()
    return Consent.objects.filter(member=member, text_sha256=digest).exists()


# --- answers ---------------------------------------------------------------------------------------------------------


def answers_of(application: Application) -> dict[str, Value]:
    """The draft's values as typed, opened."""
    return open_answers(application.person.key, application.answers)


@dataclass(frozen=True, slots=True)
class FrozenFile:
    slot: str
    file_id: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """What one submission holds: everything as it was handed in, and the digest of the rules it was handed in under."""

    answers: dict[str, Value]
    materials: tuple[FrozenFile, ...] = ()
    channel: str = ""
    unit: str = ""
    rules_sha256: str = ""


def frozen(submission: Submission) -> Frozen:
    """Open a submission; empty once the person's key was deleted, or the time for keeping this application is over."""
    try:
        raw = json.loads(vault.unseal(submission.application.open_key, submission.sealed))
    except vault.Unreadable:
        return Frozen(answers={})
    return Frozen(
        answers=raw["answers"],
        materials=tuple(FrozenFile(**item) for item in raw["materials"]),
        channel=raw["channel"],
        unit=raw["unit"],
        rules_sha256=raw["rules_sha256"],
    )


def submitted_answers(submission: Submission) -> dict[str, Value]:
    return frozen(submission).answers


def latest_submission(application: Application) -> Submission | None:
    found = Submission.objects.filter(application=application).order_by("-version").first()
    if found is not None:
        found.application = application  # with the person and the key that opens it, where they are read already
    return found


def current_answers(application: Application) -> dict[str, Value]:
    """What the office reads: the last submission, or the draft where nothing was handed in yet."""
    last = latest_submission(application)
    return answers_of(application) if last is None else submitted_answers(last)


def display_answers(application: Application, answers: Answers | None = None, *, masked: bool = True) -> dict[str, str]:
    """Field id → text as people read it, from the last submission, with what lists know beside the form.

    For notices, lists and certificates: numbers that identify a person are cut unless `masked` is off.
    """
    rules = application.campaign.rules
    answers = current_answers(application) if answers is None else answers
    say = form.display_masked if masked else form.display
    shown = {item.id: say(item, answers.get(item.id), rules) for item in rules.fields()}
    born = form.facts(rules, answers, today=date.max).get("birth_date")
    age = completed_years(born, application.campaign.reference_date) if isinstance(born, date) else ""
    own = {
        "number": application.number,
        "unit": application.unit.name if application.unit else "",
        "channel": policies.channel_of(application).label,
        "age": str(age),
        "conditions": "；".join(form.claimed_labels(rules, answers)),
        "category": "、".join(item.label for item in rules.categories if item.id in form.scope_of(rules, answers)),
        "tier": "、".join(item.label for item in rules.tiers if item.id in form.scope_of(rules, answers)),
    }
    return {**own, **{key: text for key, text in shown.items() if text or key not in own}}


@dataclass(frozen=True, slots=True)
class SheetSection:
    title: str
    fields: tuple[form.Shown, ...]


def sheet(application: Application, answers: Answers, *, masked: bool = True) -> tuple[SheetSection, ...]:
    """The whole form for reading, numbers that identify a person cut unless `masked` is off."""
    rules = application.campaign.rules
    return tuple(
        SheetSection(section.title, form.shown(rules, section, answers, masked=masked))
        for section in rules.form.sections
    )


# --- facts and findings ----------------------------------------------------------------------------------------------


def attached_slots(application: Application) -> frozenset[str]:
    return frozenset(Material.objects.current().filter(application=application).values_list("slot", flat=True))


def facts_of(
    application: Application,
    answers: Answers,
    *,
    judgements: Mapping[str, bool] | None = None,
    waivers: Mapping[str, WaiverState] | None = None,
    slots: frozenset[str] | None = None,
) -> Facts:
    """What the engine computes with: answers, claims with their proof, and what officers judged so far."""
    rules = application.campaign.rules
    slots = attached_slots(application) if slots is None else slots
    asked = dict.fromkeys(form.claimed_waivers(rules, answers), WaiverState.CLAIMED)
    return Facts(
        values=form.facts(rules, answers, today=date.max),
        claims=form.claims(rules, answers, slots=slots),
        waivers={**asked, **(waivers or {})},
        judgements=dict(judgements or {}),
        scope=form.scope_of(rules, answers),
    )


def findings_of(
    application: Application,
    *,
    judgements: Mapping[str, bool] | None = None,
    waivers: Mapping[str, WaiverState] | None = None,
    answers: Answers | None = None,
    slots: frozenset[str] | None = None,
) -> Findings:
    """Findings on the last submission (or the draft), by the rules frozen into the campaign, on its reference date."""
    answers = current_answers(application) if answers is None else answers
    facts = facts_of(application, answers, judgements=judgements, waivers=waivers, slots=slots)
    campaign = application.campaign
    return campaign.evaluator(facts, reference=campaign.reference_date)


@dataclass(frozen=True, slots=True)
class OpenWaiver:
    """A waiver the applicant may ask for: of which rule, on which clause, and whether it was asked."""

    id: str
    rule: str
    text: str
    clause: str | None
    asked: bool


def open_waivers(application: Application, answers: Answers, findings: Findings) -> tuple[OpenWaiver, ...]:
    """Waivers that stand open to this person: the rule does not hold, and no other condition brings them by itself."""
    asked = set(form.claimed_waivers(application.campaign.rules, answers))
    by_id = {waiver.id: waiver for rule in schema.walk(application.campaign.rules.rules) for waiver in rule.waived_by}
    return tuple(
        OpenWaiver(waiver.id, finding.label, waiver.text, waiver.clause, waiver.id in asked)
        for finding in findings.walk()
        for waiver in finding.waivers
        if by_id[waiver.id].condition is None
        and (waiver.id in asked or finding.verdict in {Verdict.FAILS, Verdict.NEEDS_REASON})
    )


# --- materials -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for papers: what the notice asks, and what lies there."""

    id: str
    label: str
    clause: str | None = None
    help: str = ""
    required: bool = False
    needed: bool = False
    by_unit: bool = False
    copies: int = 0
    original: bool = False
    accept: tuple[str, ...] = ("pdf", "jpeg", "png")
    max_files: int = 1
    max_mb: int = 20
    files: tuple[Material, ...] = ()

    @property
    def full(self) -> bool:
        return len(self.files) >= self.max_files > 1

    @property
    def wanted(self) -> bool:
        """Still to be handed in."""
        return (self.required or self.needed) and not self.files

    @property
    def accept_types(self) -> str:
        """HEIC is named besides JPEG, or a telephone could not choose its own photographs."""
        return ",".join(_TYPES[kind] for kind in self.accept)

    @property
    def kinds(self) -> str:
        pictures = "手机照片" if {"jpeg", "png"} & set(self.accept) else ""
        return " 或".join(filter(None, ["PDF" if "pdf" in self.accept else "", pictures]))

    @property
    def takes_pages(self) -> bool:
        """Whether several photographs can be put together into one paper."""
        return self.id != PHOTO and "pdf" in self.accept and bool({"jpeg", "png"} & set(self.accept))

    @property
    def how_many(self) -> str:
        """What the notice wants on paper besides, in words; empty where it says nothing."""
        return "，".join(
            words
            for words, said in (
                (f"纸质一式 {self.copies} 份", self.copies > 1),
                ("另须交验原件", self.original),
                (f"至多 {self.max_files} 个文件", 1 < self.max_files < FEW_FILES),
            )
            if said
        )

    @property
    def input_id(self) -> str:
        return f"file-{self.id}"

    @property
    def holds_one(self) -> bool:
        return self.max_files == 1

    @property
    def many(self) -> bool:
        return self.takes_pages or not self.holds_one

    @property
    def asks_together(self) -> bool:
        """Whether several photographs may be pages of one paper or papers of their own: with room for one they are its pages."""
        return self.takes_pages and not self.holds_one

    @property
    def verb(self) -> str:
        """A slot for one file replaces what lies there, another takes one more."""
        if not self.files:
            return "拍照或选择文件"
        return "重新拍照或选择文件（替换原来的）" if self.holds_one else "再加一份"


_TYPES: Final = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg,image/heic,image/heif,.heic,.heif",
    "png": "image/png",
}
FEW_FILES: Final = 10
"""From here on nobody needs to be told how many files there may be until there are too many."""
PHOTO_MB: Final = 20
"""What a telephone takes at its finest; it is shrunk on the way in."""
SCAN_MB: Final = 30


def slot_of(application: Application, slot_id: str, files: Iterable[Material] = ()) -> Slot:
    """A slot by its id, without what the answers make of it."""
    rules = application.campaign.rules
    own = tuple(file for file in files if file.slot == slot_id)
    if slot_id == PHOTO:
        asked = next((item for item in rules.fields() if isinstance(item, schema.PhotoField)), None)
        label = asked.label if asked else "照片"
        words = f"近期免冠正面彩色照片（{asked.inches} 寸），手机拍摄即可" if asked else ""
        required = bool(asked and asked.required)
        return Slot(
            PHOTO,
            label,
            asked.clause if asked else None,
            words,
            required,
            accept=("jpeg", "png"),
            max_mb=PHOTO_MB,
            files=own,
        )
    if slot_id == SEALED_FORM:
        words = "打印申报表、盖章后扫描或拍照上传"
        return Slot(SEALED_FORM, "盖章的申报表", None, words, max_mb=SCAN_MB, files=own)
    if slot_id == SIGNED_CONSENT:
        words = "请本人看过填写的内容，在打印的草稿或确认书上写“内容属实，同意申报”并签字，扫描或拍照上传"
        return Slot(SIGNED_CONSENT, "本人签字的确认书", None, words, max_mb=SCAN_MB, files=own)
    material = rules.material(slot_id)
    return Slot(
        id=material.id,
        label=material.label,
        clause=material.clause,
        help=material.help or "",
        required=material.required == "always" and material.paper is None,
        by_unit=slot_id in policies.unit_slots(application),
        copies=material.copies,
        original=material.original,
        accept=material.accept,
        max_files=material.max_files,
        max_mb=material.max_mb,
        files=own,
    )


def current_materials(application: Application) -> list[Material]:
    return list(Material.objects.current().filter(application=application).select_related("file"))


def slots_of(application: Application, answers: Answers, files: list[Material] | None = None) -> tuple[Slot, ...]:
    """Every paper of the form, in the notice's order; `needed` says whether this person has to hand it in."""
    rules = application.campaign.rules
    files = current_materials(application) if files is None else files
    slots = [slot_of(application, material.id, files) for material in rules.materials if material.paper is None]
    wanted = _declared_slots(application, answers)
    return tuple(replace(slot, needed=slot.required or slot.id in wanted) for slot in slots)


def _declared_slots(application: Application, answers: Answers) -> set[str]:
    """Papers that an answer calls for: a level stated wants its certificate, a row of honours its proof."""
    rules = application.campaign.rules
    given = {item.id for item in rules.fields() if form.applies(item, answers) and answers.get(item.id)}
    wanted = {
        material.id
        for material in rules.materials
        if material.required == "if_declared" and not given.isdisjoint(material.proves)
    }
    wanted |= {
        item.proof for item in rules.fields() if isinstance(item, schema.RowsField) and item.proof and item.id in given
    }
    return wanted | set(policies.unit_slots(application))


# --- the check list --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line before handing in. `blocks`: it cannot be handed in like this; otherwise the office will judge it.

    `section`, `slot` name where it can be mended.
    """

    ok: bool
    text: str
    clause: str | None = None
    strength: str = "must"
    blocks: bool = False
    section: str = ""
    slot: str = ""
    verdict: str = ""
    detail: str = ""


def submit_checklist(application: Application, at: datetime) -> list[CheckItem]:
    """Everything the notice asks of this person, each with its clause: the form, the papers, the conditions."""
    answers = answers_of(application)
    files = current_materials(application)
    slots = slots_of(application, answers, files)
    attached = frozenset(file.slot for file in files)
    found = [
        *_check_form(application, answers, at),
        *_check_photo(application, files),
        *_check_slots(slots),
        *_check_claims(application, answers, attached),
    ]
    findings = findings_of(application, answers=answers, slots=attached)
    return found + [_check_finding(finding) for finding in findings]


def blockers(items: Iterable[CheckItem]) -> list[CheckItem]:
    return [item for item in items if item.blocks and not item.ok]


def _check_form(application: Application, answers: Answers, at: datetime) -> list[CheckItem]:
    rules = application.campaign.rules
    today = local_today(at)
    items: list[CheckItem] = []
    for section in rules.form.sections:
        wrong = form.problems(rules, answers, today=today, section=section)
        by_id = {item.id: item for item in section.fields}
        items += [
            CheckItem(
                ok=False,
                text=f"{by_id[id_].label}：{words}",
                clause=by_id[id_].clause,
                blocks=True,
                section=section.id,
            )
            for id_, words in wrong.items()
        ]
        if not wrong:
            items.append(CheckItem(ok=True, text=f"“{section.title}”已填写完整", section=section.id))
    return items


def _check_photo(application: Application, files: list[Material]) -> list[CheckItem]:
    slot = slot_of(application, PHOTO, files)
    if not slot.required:
        return []
    ok = bool(slot.files)
    text = f"{slot.label}已上传" if ok else f"{slot.label}尚未上传"
    return [CheckItem(ok=ok, text=text, clause=slot.clause, blocks=True, slot=PHOTO)]


def _check_slots(slots: tuple[Slot, ...]) -> list[CheckItem]:
    """Papers of the recommending unit are asked of the unit, when it endorses."""
    return [
        CheckItem(
            ok=bool(slot.files),
            text=f"{slot.label}已上传" if slot.files else f"{slot.label}尚未上传",
            clause=slot.clause,
            blocks=True,
            slot=slot.id,
            detail=f"已有 {len(slot.files)} 个文件" if slot.files else slot.how_many,
        )
        for slot in slots
        if slot.needed and not slot.by_unit
    ]


def _check_claims(application: Application, answers: Answers, attached: frozenset[str]) -> list[CheckItem]:
    """A condition picked or a waiver asked for needs at least one of the papers that can prove it."""
    rules = application.campaign.rules
    labels = {item.id: (item.label, item.clause) for item in schema.walk(rules.rules)}
    labels |= {w.id: (f"豁免“{w.text}”", w.clause) for item in schema.walk(rules.rules) for w in item.waived_by}
    found = []
    for id_ in (*form.claimed(rules, answers), *form.claimed_waivers(rules, answers)):
        able = form.proofs(rules, id_)
        if able and able.isdisjoint(attached):
            names = "、".join(material.label for material in rules.materials if material.id in able)
            label, clause = labels[id_]
            text = f"{label}：请上传证明材料（{names}）"
            slot = next(material.id for material in rules.materials if material.id in able)
            found.append(CheckItem(ok=False, text=text, clause=clause, blocks=True, slot=slot))
    return found


def _check_finding(finding: Finding) -> CheckItem:
    """A condition that does not hold is said, never hidden; it does not stop anybody from asking."""
    good = {Verdict.HOLDS, Verdict.WAIVED, Verdict.WAIVER_CLAIMED, Verdict.NEEDS_JUDGEMENT}
    return CheckItem(
        ok=finding.verdict in good,
        text=finding.text,
        clause=finding.clause,
        strength=finding.strength,
        verdict=finding.verdict.value,
        detail=finding.detail,
    )


# --- channels, units, quotas -----------------------------------------------------------------------------------------


def units_for(campaign: Campaign, channel: schema.Channel) -> QuerySet[Unit]:
    """Units that may screen in this channel: of the kinds it names; where it names none, any."""
    units = Unit.objects.for_union(campaign.union).filter(active=True)
    if not policies.needs_unit(channel):
        return units.none()
    return units.filter(kind__in=channel.files_through) if channel.files_through else units


def channels_open_to(campaign: Campaign) -> list[schema.Channel]:
    """Ways in that a person may choose for their own application; nomination by anyone is not among them."""
    if not takes_individuals(campaign.rules):
        return []
    return [channel for channel in campaign.rules.channels if channel.kind != "anyone"]


def nomination_channels(member: Member, campaign: Campaign) -> list[schema.Channel]:
    """Ways in which this member may put somebody else forward."""
    if member.role != Role.UNIT_OFFICER:
        return [channel for channel in campaign.rules.channels if channel.kind == "anyone"]
    return [
        channel
        for channel in campaign.rules.channels
        if channel.kind not in {"self", "anyone"} and policies.can_choose_unit(campaign, channel, member.unit)
    ]


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What a unit has put forward of what it may and should. `left` None: no upper bound."""

    used: int
    at_most: int | None = None
    at_least: int | None = None
    strength: str = "must"
    clause: str = ""

    @property
    def left(self) -> int | None:
        return None if self.at_most is None else max(self.at_most - self.used, 0)

    @property
    def missing(self) -> int:
        return max((self.at_least or 0) - self.used, 0)

    @property
    def limit(self) -> int | str:
        """For the meter, which shows no bound where this is empty."""
        return "" if self.at_most is None else self.at_most

    @property
    def remaining(self) -> int | str:
        return "" if self.left is None else self.left

    def with_more(self, more: int) -> "QuotaUse":
        """What if the unit put forward so many more."""
        return replace(self, used=self.used + more)

    @property
    def surplus(self) -> int:
        return max(self.used - self.at_most, 0) if self.at_most is not None else 0

    @property
    def exceeded_by_one_more(self) -> bool:
        return self.at_most is not None and self.used >= self.at_most

    @property
    def state(self) -> str:
        if self.at_most is None or self.used < self.at_most:
            return "ok"
        return "full" if self.used == self.at_most else "over"

    @property
    def rule(self) -> str:
        bounds = []
        if self.at_least is not None:
            bounds.append(f"至少推荐 {self.at_least} 名")
        if self.at_most is not None:
            bounds.append(f"至多推荐 {self.at_most} 名")
        if self.at_least == self.at_most and self.at_most is not None:
            bounds = [f"推荐 {self.at_most} 名"]
        return ("原则上" if self.strength == "should" else "") + "，".join(bounds) if bounds else "通知没有限定推荐名额"


def _put_forward(campaign: Campaign) -> QuerySet[Application]:
    """What units endorsed and what still stands: a withdrawal gives its place back."""
    endorsed = Recommendation.objects.filter(
        application=OuterRef("pk"), unit=OuterRef("unit"), decision=Endorsement.ENDORSED
    )
    return Application.objects.filter(campaign=campaign).filed().filter(Exists(endorsed))


def _use(used: int, quota: UnitQuota | None) -> QuotaUse:
    if quota is None:
        return QuotaUse(used)
    return QuotaUse(used, quota.at_most, quota.at_least, quota.strength, quota.clause)


def quota_use(campaign: Campaign, unit: Unit) -> QuotaUse:
    used = _put_forward(campaign).filter(unit=unit).count()
    return _use(used, UnitQuota.objects.filter(campaign=campaign, unit=unit).first())


def quota_uses(campaign: Campaign) -> list[tuple[Unit, QuotaUse]]:
    """Every unit that has a quota, also one that has put nobody forward; two queries, whatever their number."""
    used = dict(_put_forward(campaign).order_by().values_list("unit").annotate(n=Count("pk")))
    quotas = UnitQuota.objects.filter(campaign=campaign).select_related("unit").order_by("unit__kind", "unit__name")
    return [(quota.unit, _use(used.get(quota.unit_id, 0), quota)) for quota in quotas]


def endorsement_gaps(application: Application) -> list[str]:
    """Papers the unit itself has to hand in before it endorses."""
    attached = attached_slots(application)
    rules = application.campaign.rules
    wanted = policies.unit_slots(application)
    return [
        material.label
        for material in rules.materials
        if material.id in wanted and material.id not in attached and material.required != "optional"
    ]


def internal_notice(application: Application) -> InternalNotice | None:
    """The record that counts: the last one of the unit the application goes through."""
    return InternalNotice.objects.filter(application=application, unit=application.unit_id).last()


def internal_notice_rules(application: Application) -> list[str]:
    """What the notice asks before a nomination, in words: 推荐前须先在本单位公示5个工作日（依据四（一））."""
    return [_first_words(first) for first in policies.notices_first(application)]


def _first_words(first: schema.InternalNotice) -> str:
    length = wording.duration(first.length) if first.length else ""
    return f"推荐前须先在本单位公示{length}（{f'依据{first.clause}' if first.clause else '本办公室自定'}）"


def internal_notice_gap(application: Application, at: datetime) -> str:
    """Why the unit may not endorse yet, in the words of the rule; empty when its notice was long enough and is over."""
    return notice_gap(application, internal_notice(application), at, calendar_of(application.union))


def notice_gap(application: Application, row: InternalNotice | None, at: datetime, calendar: Calendar) -> str:
    """The same of a record and a calendar at hand."""
    for first in policies.notices_first(application):
        words = _first_words(first)
        if row is None:
            return f"{words}：请先记录公示的起止日期、方式和结果"
        if first.length is not None:
            days, unit = first.length.days, first.length.unit
            try:
                end = period_end(row.starts_on, days=days, unit=unit, calendar=calendar, day_one=first.day_one)
            except UnknownYear as unknown:
                return f"{words}：{unknown}"
            if row.ends_on < end:
                recorded, wanted = wording.chinese_date(row.ends_on), wording.chinese_date(end)
                return f"{words}：所记公示到{recorded}结束，应到{wanted}届满；请公示到届满之后重新记录"
        if local_today(at) <= row.ends_on:
            return f"{words}：公示到{wording.chinese_date(row.ends_on)}结束，次日起才能推荐"
    return ""


def unit_people(campaign: Campaign, member: Member) -> QuerySet[Application]:
    """The unit's people in one campaign, as far as its officer may read them."""
    return (
        Application.objects.visible_to(member)
        .filter(campaign=campaign, unit=member.unit)
        .select_related("person__key", "campaign", "unit", "union", "filled_by")
        .order_by("state", "name", "pk")
    )


def missing_of(application: Application, answers: Answers, files: list[Material], at: datetime) -> list[CheckItem]:
    """What the form and its papers still lack, without asking the database."""
    return [
        *_check_form(application, answers, at),
        *_check_photo(application, files),
        *_check_slots(slots_of(application, answers, files)),
        *_check_claims(application, answers, frozenset(file.slot for file in files)),
    ]


def own_drafts_count(campaign: Campaign, unit: Unit) -> int:
    """How many are still writing by themselves with this unit chosen: a number, no names."""
    return Application.objects.filter(
        campaign=campaign, unit=unit, state=State.DRAFT, applicant__isnull=False, handed_at__isnull=True
    ).count()


# --- the applicant ---------------------------------------------------------------------------------------------------


def own_applications(member: Member) -> QuerySet[Application]:
    return (
        Application.objects.for_union(member.union)
        .filter(Q(applicant=member) | Q(nominated_by=member, applicant__isnull=True))
        .select_related("campaign", "unit")
        .order_by("-created_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody this member named, and what became of it: how far it is, nothing of what the person fills in."""

    application: Application
    words: str
    tone: str
    own: bool
    """Whether the member still has something to do with it."""
    waits: bool = False
    may_resend: bool = False


def named_by(member: Member) -> list[Named]:
    """Everybody this member named in public (他人推荐), the newest first."""
    rows = (
        Application.objects.for_union(member.union)
        .filter(nominated_by=member, unit__isnull=True)
        .select_related("campaign")
        .annotate(asked=Count("invitations"))
        .order_by("-created_at", "-pk")
    )
    return [
        Named(
            row,
            *_became(row),
            own=row.applicant_id is None and row.state in LIVE,
            waits=bool(row.claim_digest) and row.state == State.DRAFT,
            may_resend=row.asked < policies.ASKED_AT_MOST,  # type: ignore[attr-defined]  # annotated above
        )
        for row in rows
    ]


def _became(row: Application) -> tuple[str, str]:
    taken = row.applicant_id is not None
    match row.state:
        case State.DRAFT if row.claim_digest:
            return "等待对方答复", "waiting"
        case State.DRAFT:
            return ("对方已同意，正在填写" if taken else "由您填写中"), "active"
        case State.WITHDRAWN if row.declined_at:
            return "对方没有同意", "fails"
        case State.WITHDRAWN:
            return ("对方同意后又撤回" if taken else "您已撤回"), "waiting"
        case State.LAPSED if row.answer_by and not taken:
            return "对方没有按期答复", "fails"
        case State.LAPSED:
            return ("对方同意后没有按期递交" if taken else "截止前没有答复或递交"), "fails"
        case State.MERGED:
            return "已有申报，您的推荐一并记录", "holds"
        case _:
            return "已递交，正在办理", "holds"


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line of the timeline, in words a layman understands; `state` as the component names it."""

    label: str
    at: datetime | None
    text: str = ""
    state: str = "holds"
    who: str = ""


def intake_timeline(application: Application) -> list[TimelineItem]:
    """What happened from the first line typed to the filing with the office, oldest first."""
    items = [TimelineItem("开始填写", application.created_at, text=_channel_words(application))]
    items += _submission_items(application)
    items += [
        TimelineItem(
            "推荐单位同意推荐" if row.decision == Endorsement.ENDORSED else "推荐单位未予推荐",
            row.at,
            text=row.opinion,
            state="holds" if row.decision == Endorsement.ENDORSED else "fails",
            who=row.unit.name,
        )
        for row in Recommendation.objects.filter(application=application).select_related("unit")
    ]
    items += [
        TimelineItem(
            "本单位公示",
            row.at,
            text=f"{wording.chinese_date(row.starts_on)}至{wording.chinese_date(row.ends_on)}，{row.place}："
            f"{row.get_result_display()}{f'。{row.settlement}' if row.settlement else ''}",
            who=row.unit.name,
        )
        for row in InternalNotice.objects.filter(application=application).select_related("unit")
    ]
    items += _received_items(application)
    items += [_return_item(row, application) for row in Return.objects.filter(application=application)]
    items.sort(key=lambda item: (item.at is None, item.at or application.created_at))
    return [*items, *_where_now(application)]


def _channel_words(application: Application) -> str:
    channel = policies.channel_of(application)
    return f"申报渠道：{channel.label}" + (f"（{application.unit.name}）" if application.unit else "")


def _submission_items(application: Application) -> list[TimelineItem]:
    found = []
    for row in Submission.objects.filter(application=application).only("version", "at", "check_code"):
        label = "递交申报" if row.version == 1 else f"第 {row.version} 次递交（补正后）"
        found.append(TimelineItem(label, row.at, text=f"校验码 {row.check_code}"))
    return found


def _received_items(application: Application) -> list[TimelineItem]:
    """Comes after the unit's word of the same moment, which brought it there."""
    if application.submitted_at is None:
        return []
    return [TimelineItem("认定办公室收到申报", application.submitted_at, text=f"受理编号 {application.number}")]


def _return_item(row: Return, application: Application) -> TimelineItem:
    common = f"{row.reason.rstrip('。')}。" if row.reason else ""
    text = f"{common}需补正：{return_items_words(row, application)}。"
    if row.answered_at is None and application.state == State.RETURNED:
        text += f"请在 {deadline_words(row.deadline)}前补正。"
    who = row.unit.name if row.unit else "认定办公室"
    return TimelineItem("退回补正", row.at, text=text, state="reason", who=who)


def return_items_words(row: Return, application: Application) -> str:
    """The items of a return by their names on the form, each with its own reason where it has one."""
    labels = item_labels(application)
    said = (f"{labels.get(item, item)}（{row.reasons[item]}）" if item in row.reasons else "" for item in row.items)
    return "、".join(words or labels.get(item, item) for words, item in zip(said, row.items, strict=True))


def item_labels(application: Application) -> dict[str, str]:
    """Everything that can be asked to be mended: fields and papers, by id."""
    rules = application.campaign.rules
    labels = {material.id: material.label for material in rules.materials if material.paper is None}
    for item in rules.fields():
        labels[PHOTO if isinstance(item, schema.PhotoField) else item.id] = item.label
    return labels


def _where_now(application: Application) -> list[TimelineItem]:
    match application.state:
        case State.DRAFT:
            until = deadline_words(application.campaign.closes_at)
            return [TimelineItem("填写并提交", None, text=f"请在 {until}前提交", state="active")]
        case State.AWAITING_UNIT:
            unit = application.unit.name if application.unit else ""
            return [TimelineItem(f"等待{unit}审核推荐", None, text="推荐单位同意后送认定办公室", state="active")]
        case State.RETURNED:
            return [TimelineItem("等您补正后重新提交", None, state="active")]
        case State.WITHDRAWN:
            return [TimelineItem("申报已撤回", None, state="waiting")]
        case State.LAPSED:
            return [TimelineItem("逾期未提交，本次申报结束", None, state="fails")]
        case State.MERGED:
            return [TimelineItem("已并入同一人的另一份申报", None, text="由那一份继续办理", state="waiting")]
        case _:
            return []


# --- for the apps above ----------------------------------------------------------------------------------------------


def with_case(rows: QuerySet[Application]) -> QuerySet[Application]:
    """What a case page and the papers read, in a constant number of queries."""
    return rows.select_related("campaign", "person__key", "unit", "applicant__user", "union").prefetch_related(
        Prefetch("submissions", Submission.objects.order_by("version")),
        Prefetch("internal_notices", InternalNotice.objects.select_related("unit", "by__user")),
        Prefetch("recommendations", Recommendation.objects.select_related("unit", "by__user")),
        Prefetch("returns", Return.objects.select_related("unit")),
    )


def state_counts(campaign: Campaign) -> dict[str, int]:
    """How many applications stand in each intake state, for reports; never on the inbox list itself."""
    rows = Application.objects.filter(campaign=campaign).values_list("state").annotate(n=Count("pk")).order_by("state")
    return dict(rows)


def person_of(member: Member) -> Person | None:
    return Person.objects.filter(union_id=member.union_id, user_id=member.user_id).first() if member.user_id else None

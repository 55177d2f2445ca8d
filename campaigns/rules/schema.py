"""What a rule set can say: strict, frozen pydantic models that refuse every key they do not know.

One place for everything a notice says. Whatever binds people carries the clause it comes from (``clause``) or is openly the
office's own (``setting = true``; single keys of a table through ``settings = ["key"]``), because a notice must never be
made to say what it does not say. Nothing here computes: ``engine`` evaluates, ``checks`` looks across the tables.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from campaigns.rules.facts import Op

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""An id inside a rule set: lower-case letters, digits and underscores."""
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""Chinese text that people read."""
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]

Strength = Literal["must", "should"]
Body = Literal["office", "leading_group", "host", "organisers", "government", "units", "panel", "public"]
"""Who acts; the names people read come from ``basis``."""


class Table(BaseModel):
    """A TOML table: unknown keys refused, values never coerced, never changed after loading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Sourced(Table):
    """A table that must say where it comes from: a clause of the notice, or the office's own setting."""

    clause: Words | None = None
    setting: bool = False
    settings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.clause is None and not self.setting:
            raise PydanticCustomError(
                "clause_missing", "缺少条款 clause；通知没有规定而由本办公室自定的，请写 setting = true"
            )
        if self.clause is not None and self.setting:
            raise PydanticCustomError(
                "clause_and_setting", "clause 与 setting = true 不能同时写：通知的条款不是本办公室的自定事项"
            )
        for key in self.settings:
            if key not in keys_of(type(self)):
                raise PydanticCustomError("setting_unknown", "settings 中的“{key}”不是本表的键", {"key": key})
        return self

    def is_setting(self, key: str) -> bool:
        """Whether ``key`` of this table is the office's own choice rather than the notice's word."""
        return self.setting or key in self.settings


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys as they are written in TOML (``from``, ``except``: words Python keeps for itself are aliased)."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


class Duration(Table):
    days: Positive
    unit: Literal["working", "calendar"]


class Window(Sourced):
    """A stretch of days, both ends included; either end may be unstated."""

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None


class Day(Sourced):
    on: date


# --- where it comes from ---------------------------------------------------------------------------------------------


class Basis(Table):
    """The notice, and the names of the bodies that act."""

    document: Words
    title: Words
    issued: date | None = None
    """Left out where the notice shows no date of its own."""
    hosts: tuple[Words, ...] = Field(min_length=1)
    organisers: tuple[Words, ...] = ()
    office: Words
    leading_group: Words | None = None
    government: Words | None = None
    grounds: tuple[Words, ...] = ()
    duties: tuple[Words, ...] = ()
    """Who does what, in the notice's words."""
    principles: tuple[Words, ...] = ()
    copied_to: tuple[Words, ...] = ()
    contact: Words | None = None

    def name_of(self, body: Body) -> str:
        """What the notice calls a body, for labels and papers."""
        names: dict[str, str | None] = {
            "office": self.office,
            "leading_group": self.leading_group,
            "host": self.hosts[0],
            "organisers": "、".join(self.organisers) or None,
            "government": self.government,
        }
        ordinary = {"units": "推荐单位", "panel": "评审专家", "public": "社会公众"}
        return names.get(body) or ordinary.get(body) or body


class Reading(Table):
    """A slip or an open wording of the notice, and how this rule set reads it: shown wherever it matters."""

    clause: Words
    says: Words
    read_as: Words


class Scope(Sourced):
    text: Words
    industries: tuple[Words, ...] = ()
    other_industries: bool = True


class Programme(Sourced):
    """Titles counted across campaigns; campaigns with the same ``code`` share the places."""

    code: Key
    title: Words
    places: Positive
    years: tuple[int, ...] = Field(min_length=1)


class Ratio(Sourced):
    """How many candidates for how many places, e.g. 6 for 5 (差额)."""

    candidates: Positive
    places: Positive
    strength: Strength = "must"


class Quota(Sourced):
    places: Positive
    rule: Literal["at_most", "exactly", "top"]
    strength: Strength = "must"
    may_stay_unfilled: bool = True
    ratio: Ratio | None = None
    text: Words | None = None


class Category(Sourced):
    """A field or group of people with places of its own."""

    id: Key
    label: Words
    places: Positive | None = None
    rule: Literal["at_most", "exactly", "top"] = "at_most"
    at_least: Positive | None = None
    strength: Strength = "must"
    may_stay_unfilled: bool = True
    text: Words | None = None


class Tier(Sourced):
    """One of several titles given from the same pool, the highest with ``order = 1``."""

    id: Key
    label: Words
    order: Positive
    places: Positive | None = None
    rule: Literal["at_most", "exactly", "top"] = "at_most"
    strength: Strength = "must"
    text: Words | None = None


# --- who qualifies ---------------------------------------------------------------------------------------------------


class Lookback(Table):
    """“近三年”: only what is dated inside the window ending on the reference date counts."""

    years: Positive


class RankBar(Table):
    """A place in a competition of at least this level; without ``best`` any prize counts."""

    level: Words
    best: Positive | None = None
    exact_level: bool = False


class Comparison(Table):
    """A comparison with one fact of the registry; which of the value keys applies depends on ``op``."""

    fact: Key
    op: Op
    value: bool | int | Words | None = None
    values: tuple[Words, ...] = ()
    on: date | None = None
    ranks: tuple[RankBar, ...] = ()
    count: Positive = 1
    within: Lookback | None = None


class Waiver(Sourced):
    """“…可不受…限制”: claimed by the applicant with evidence, or through another condition that holds."""

    id: Key
    text: Words
    condition: Key | None = None
    evidence: tuple[Key, ...] = ()


class Rule(Sourced):
    """What every rule has; ``strength`` may be left out inside a group, where the group's own decides."""

    id: Key
    label: Words
    text: Words
    strength: Strength | None = None
    reading: Words | None = None
    only_for: tuple[Key, ...] = ()
    evidence: tuple[Key, ...] = ()
    waived_by: tuple[Waiver, ...] = ()


class Computed(Rule, Comparison):
    """Computed from a typed fact."""

    how: Literal["computed"]


class Declared(Rule):
    """Declared by the applicant with evidence, then judged by an officer."""

    how: Literal["declared"]


class Judged(Rule):
    """Judged by people, never computed: character above all."""

    how: Literal["judged"]
    judged_by: Literal["office", "units", "panel", "leading_group"] = "office"


class Group(Rule):
    """all of · any of · none of · at least ``count`` of the conditions; groups may nest."""

    needs: Literal["all", "any", "none", "at_least"]
    count: Positive | None = None
    conditions: tuple["Condition", ...] = Field(min_length=1)

    def bars(self, *, barred: bool) -> bool:
        """Whether nobody may meet its members, itself ``barred`` or not: a none-of turns what it stands in."""
        return barred != (self.needs == "none")


def _kind_of_condition(raw: Any) -> str | None:
    if isinstance(raw, dict):
        return "group" if "needs" in raw else raw.get("how")
    return "group" if isinstance(raw, Group) else getattr(raw, "how", None)


Condition = Annotated[
    Annotated[Computed, Tag("computed")]
    | Annotated[Declared, Tag("declared")]
    | Annotated[Judged, Tag("judged")]
    | Annotated[Group, Tag("group")],
    Discriminator(_kind_of_condition),
]


Group.model_rebuild()


class Composition(Sourced):
    """A floor or a cap on who the chosen people are, in heads or per cent (women ≥ 20 %, managers ≤ 15 % …)."""

    id: Key
    label: Words
    text: Words
    strength: Strength
    among: Key | None = None
    """A stage; left out, the people who receive the title."""
    where: Comparison
    at_least: Positive | None = None
    at_most: NotNegative | None = None
    at_least_percent: Percent | None = None
    at_most_percent: Percent | None = None


# --- how to come in --------------------------------------------------------------------------------------------------


class UnitKind(Table):
    id: Key
    label: Words
    units: tuple[Words, ...] = ()
    """The units the notice names; where it names none, the office lists them."""


class InternalNotice(Sourced):
    """The notice inside the own unit that precedes a nomination."""

    length: Duration | None = None
    day_one: Literal["next_day", "same_day"] = "next_day"
    evidence: tuple[Key, ...] = ()


class Consent(Sourced):
    """Somebody who must agree first, e.g. the 行业主管部门 of a society."""

    by: Words
    text: Words
    evidence: tuple[Key, ...] = ()


class Channel(Sourced):
    id: Key
    kind: Literal["unit", "society", "enterprise", "anyone", "self"]
    label: Words
    text: Words
    files_through: tuple[Key, ...] = ()
    """Kinds of unit that screen and file; empty: straight to the office."""
    consent: Consent | None = None
    first: InternalNotice | None = None
    nominee_completes: bool = False
    """The person named agrees and completes the application."""
    answer_within: Duration | None = None
    """How long the person named may take to answer; never past the deadline."""
    preferred: bool = False


class Units(Table):
    kinds: tuple[Key, ...] = ()
    named: tuple[Words, ...] = ()


class UnitQuota(Sourced):
    """How many one unit may or should put forward; a quota that names a unit goes before one for its kind."""

    id: Key
    units: Units
    at_most: NotNegative | None = None
    at_least: NotNegative | None = None
    strength: Strength
    text: Words


class Material(Sourced):
    """A paper handed in besides the form; ``proves`` names the rules, conditions, waivers or form fields it is for."""

    id: Key
    label: Words
    copies: NotNegative = 1
    original: bool = False
    electronic: bool = False
    required: Literal["always", "if_declared", "optional", "printed"]
    """printed: the product prints it, people sign and seal it, and it is handed in on paper."""
    proves: tuple[Key, ...] = ()
    accept: tuple[Literal["pdf", "jpeg", "png"], ...] = ("pdf", "jpeg", "png")
    max_files: Positive = 20
    max_mb: Positive = 20
    about: Positive | None = None
    """Length in 字 of a text that is handed in."""
    paper: Key | None = None
    """The printed paper this is, where the product prints it."""
    when_blind: Literal["hide", "show"] = "hide"
    """Whether a blind review shows it: only papers that cannot tell whose they are."""
    help: Words | None = None


# --- what is asked ---------------------------------------------------------------------------------------------------


class Option(Table):
    value: Words
    label: Words | None = None
    """What people read, where it is longer than the value."""


class When(Table):
    field: Key
    equals: Words


class FieldBase(Table):
    id: Key
    label: Words
    required: bool = False
    help: Words | None = None
    personal: bool = False
    """Encrypted under the person's key."""
    fact: Key | None = None
    certified_by: Literal["unit"] | None = None
    when_blind: Literal["hide", "show"] | None = None
    """Whether a blind review shows it; left out, whatever tells who somebody is by its type or fact stays hidden."""
    when: When | None = None
    clause: Words | None = None


class PersonNameField(FieldBase):
    type: Literal["person_name"]


class NationalIdField(FieldBase):
    type: Literal["national_id"]


class TextField(FieldBase):
    type: Literal["text"]
    about: Positive | None = None
    at_most: Positive | None = None
    lines: Positive = 1


class ChoiceField(FieldBase):
    type: Literal["choice"]
    options: tuple[Option, ...] = Field(min_length=2)
    other: bool = False
    """“其他” with a text of one's own."""


class MultiField(FieldBase):
    type: Literal["multi"]
    options: tuple[Option, ...] = Field(min_length=2)
    other: bool = False
    at_least: NotNegative = 0
    at_most: Positive | None = None


class YesNoField(FieldBase):
    type: Literal["yes_no"]


class DateField(FieldBase):
    type: Literal["date"]
    precision: Literal["day", "month", "year"] = "day"


class YearsField(FieldBase):
    type: Literal["years"]
    at_most: Positive = 80


class NumberField(FieldBase):
    type: Literal["number"]
    at_least: int = 0
    at_most: int | None = None
    unit: Words | None = None


class PhoneField(FieldBase):
    type: Literal["phone"]


class EmailField(FieldBase):
    type: Literal["email"]


class AddressField(FieldBase):
    type: Literal["address"]


class PhotoField(FieldBase):
    type: Literal["photo"]
    inches: Literal[1, 2] = 2


class ConditionsField(FieldBase):
    """Where the applicant picks which conditions of a group they meet."""

    type: Literal["conditions"]
    group: Key


class Column(Table):
    id: Key
    label: Words
    type: Literal["text", "date", "number", "choice"] = "text"
    required: bool = False
    at_most: Positive | None = None
    options: tuple[Option, ...] = ()
    precision: Literal["day", "month", "year"] = "month"
    width: Positive | None = None


class RowsField(FieldBase):
    type: Literal["rows"]
    columns: tuple[Column, ...] = Field(min_length=1)
    order: Key | None = None
    at_least: NotNegative = 0
    at_most: Positive = 40
    proof: Key | None = None
    """The material that proves each row."""


FormField = Annotated[
    PersonNameField
    | NationalIdField
    | TextField
    | ChoiceField
    | MultiField
    | YesNoField
    | DateField
    | YearsField
    | NumberField
    | PhoneField
    | EmailField
    | AddressField
    | PhotoField
    | ConditionsField
    | RowsField,
    Discriminator("type"),
]


class Section(Table):
    id: Key
    title: Words
    help: Words | None = None
    setting: bool = False
    """The notice's own form does not ask this: the office needs it to check the conditions."""
    fields: tuple[FormField, ...] = Field(min_length=1)


class Form(Table):
    notes: tuple[Words, ...] = ()
    """填表说明."""
    sections: tuple[Section, ...] = Field(min_length=1)


# --- how it prints ---------------------------------------------------------------------------------------------------


class Cell(Table):
    """One cell of the printed grid: exactly one of label, field, opinion, text or blank."""

    label: Words | None = None
    field: Key | None = None
    opinion: Key | None = None
    text: Words | None = None
    blank: bool = False
    span: Positive = 1
    rows: Positive = 1
    height: Annotated[str, StringConstraints(pattern=r"^\d+mm$")] | None = None
    vertical: bool = False
    align: Literal["left", "center", "right"] | None = None
    hint: Words | None = None
    """Small words printed in an empty cell, such as （600字以内）."""
    by: Words | None = None
    """Whose opinion it is, printed over the place for the seal where it is not in the label."""
    seal: bool = False
    sign: bool = False
    date: bool = False
    after: Key | None = None
    """A stage: the opinion exists only once it is closed, so the paper prints again then."""

    @model_validator(mode="after")
    def _holds_one_thing(self) -> Self:
        held = [self.label, self.field, self.opinion, self.text, self.blank or None]
        if sum(item is not None for item in held) != 1:
            raise PydanticCustomError(
                "cell_content", "一个单元格只能写 label、field、opinion、text、blank 中的一个，而且必须写一个"
            )
        return self


class Page(Table):
    heading: Words | None = None
    lines: tuple[Words, ...] = ()
    columns: Positive = 8
    rows: tuple[tuple[Cell, ...], ...] = ()


class FormPaper(Table):
    """A form as the notice prints it, laid out as rows of cells."""

    id: Key
    kind: Literal["form"]
    title: Words
    size: Literal["A4", "A3-folded", "A4-landscape"] = "A4"
    copies: Positive = 1
    electronic: bool = False
    note: Words | None = None
    layout_from: Literal["notice", "own"] = "notice"
    """own: the notice gives no table, so the layout is designed from its words."""
    pages: tuple[Page, ...] = Field(min_length=1)


class ListColumn(Table):
    label: Words
    field: Key
    width: Positive | None = None


class ListPaper(Table):
    """A list of people by unit or campaign, such as the 汇总表."""

    id: Key
    kind: Literal["list"]
    title: Words
    size: Literal["A4", "A4-landscape"] = "A4-landscape"
    copies: Positive = 1
    electronic: bool = False
    per: Literal["unit", "campaign"] = "unit"
    columns: tuple[ListColumn, ...] = Field(min_length=1)
    seals: tuple[Words, ...] = ()
    setting: bool = False


Paper = Annotated[FormPaper | ListPaper, Discriminator("kind")]


# --- the way ---------------------------------------------------------------------------------------------------------


class Passes(Sourced):
    """How many a stage may let through; ``clause`` or ``setting`` says who fixed the number."""

    min: NotNegative | None = None
    max: Positive | None = None
    strength: Strength = "must"


class StageBase(Sourced):
    id: Key
    label: Words
    text: Words | None = None
    public_label: Words | None = None
    """What the applicant's timeline calls it, where the label is the office's word."""
    by: Body
    after: Key | None = None
    """The stage whose people come here; left out, the one written above."""
    window: Window | None = None
    passes: Passes | None = None
    ratio: Ratio | None = None
    outcome: Words | None = None
    confirmed_by: Body | None = None
    """Who confirms the list the stage makes, before it counts."""
    only_for: tuple[Key, ...] = ()


class NominationStage(StageBase):
    kind: Literal["nomination"]
    first: InternalNotice | None = None
    evidence: tuple[Key, ...] = ()
    quotas: bool = True
    """Whether unit quotas are checked when the stage closes."""


class Corrections(Sourced):
    within: Duration
    times: Positive = 1


class QualificationStage(StageBase):
    kind: Literal["qualification"]
    corrections: Corrections | None = None


class Item(Table):
    id: Key
    label: Words


class VisitScore(Sourced):
    """One number that the team gives after a visit. Whoever ranks and resolves later reads it beside the name; it moves no rank."""

    label: Words
    max: Positive = 100
    text: Words | None = None


class SiteVisitStage(StageBase):
    kind: Literal["site_visit"]
    batches: Positive | None = None
    team_min: Positive = 2
    team_max: Positive | None = None
    checklist: tuple[Item, ...] = ()
    photos: NotNegative = 0
    score: VisitScore | None = None


class Anchor(Table):
    """What a number of points means in words, so that experts use one scale."""

    points: NotNegative
    text: Words


class ScoreCriterion(Sourced):
    id: Key
    label: Words
    weight: Percent
    max: Positive = 100
    text: Words | None = None
    anchors: tuple[Anchor, ...] = ()


class PanelShare(Table):
    """How many of one field or one kind a drawn panel has."""

    field: Words | None = None
    kind: Words | None = None
    at_least: Positive | None = None
    at_most: NotNegative | None = None


class Panel(Sourced):
    size: Positive | None = None
    draw: bool = False
    from_: Words | None = Field(default=None, alias="from")
    members: tuple[Words, ...] = ()
    """Kinds of people the notice wants on it."""
    besides: tuple[Words, ...] = ()
    """Kinds of people who sit on a drawn panel without being drawn; `size` does not count them."""
    approved_by: Body | None = None
    reserves: NotNegative = 0
    shares: tuple[PanelShare, ...] = Field(default=(), max_length=12)
    per_employer: Positive | None = None
    public_part: Words | None = None
    """Whose value, known only later and chosen by nobody, enters the seed; left out, the office names it with the list."""


class Ballot(Sourced):
    """A vote of the panel: how many names a ballot may carry, and what share of the votes a name needs."""

    min: NotNegative | None = None
    max: Positive | None = None
    secret: bool = True
    majority: Literal["more_than_half", "two_thirds", "most_votes"] = "most_votes"
    quorum: Literal["more_than_half", "two_thirds", "all"] = "all"
    """What share of those who may vote must have voted before a round can be closed."""
    rounds: Positive = 1


class Grade(Table):
    id: Key
    label: Words
    recommends: bool


class PointRow(Table):
    """So many points for this level, at this place or better; or, for a number, from ``at_least`` on."""

    points: NotNegative
    level: Words | None = None
    best: Positive | None = None
    at_least: NotNegative | None = None


class PointTable(Table):
    """What one fact is worth: the best of it, or all of it up to ``cap``."""

    id: Key
    label: Words
    fact: Key
    how: Literal["best", "sum"] = "best"
    cap: Positive | None = None
    within: Lookback | None = None
    rows: tuple[PointRow, ...] = Field(min_length=1)


class Quantitative(Sourced):
    """The part of the score that is looked up from verified honours and facts; ``weight`` in per cent of the whole."""

    label: Words
    weight: Annotated[int, Field(ge=1, le=99)]
    max: Positive = 100
    text: Words | None = None
    tables: tuple[PointTable, ...] = Field(min_length=1)


class ReasonBand(Sourced):
    """Points outside it want a reason in words; in per cent of the full mark."""

    below: Percent | None = None
    above: Percent | None = None
    of: Literal["total", "criterion"] = "total"
    extremes: bool = False
    """Whether points at or beyond the lowest or highest anchor want one too."""


class ExpertReviewStage(StageBase):
    kind: Literal["expert_review"]
    method: Literal["score", "ballot", "assessment"]
    criteria: tuple[ScoreCriterion, ...] = ()
    panel: Panel
    ballot: Ballot | None = None
    grades: tuple[Grade, ...] = ()
    site_visit: bool = False
    blind: bool = False
    aggregate: Literal["mean", "median", "normalised"] = "mean"
    trimming: Literal["none", "trim_one"] = "none"
    trim_from: Annotated[int, Field(ge=3)] = 3
    """Sheets that every case needs where the highest and the lowest go."""
    quantitative: Quantitative | None = None
    reasons: ReasonBand | None = None
    tie_break: tuple[Words, ...] = ()
    """``criterion:<id>``, ``fact:<key>``, ``median``, ``highest``, ``lowest``, ``untrimmed``; the last is ``people``."""
    scores_per_case: Positive | None = None
    match_fields: bool = False
    """With ``scores_per_case``: experts of the case's own field first, as far as everybody gets about as many."""


class BallotChannel(Table):
    """One way in which ballots come in: online, or counted on paper and entered by the office; ``weight`` in per cent."""

    id: Key
    label: Words
    weight: Percent
    how: Literal["online", "counted"] = "online"


class VoteFold(Sourced):
    """How votes become points out of 100."""

    how: Literal["per_vote", "share", "rank"]
    points: Positive | None = None
    """For every ``votes`` votes, or for the first place."""
    votes: Positive | None = None
    step: NotNegative | None = None
    """How many points fewer each place gets."""
    cap: Annotated[int, Field(ge=1, le=100)] = 100


class PublicVoteStage(StageBase):
    kind: Literal["public_vote"]
    length: Duration | None = None
    choices_min: Positive = 1
    choices_max: Positive
    ballots_per_day: Positive = 1
    ballots_in_all: Positive | None = None
    tally: Literal["hidden", "shown"] = "hidden"
    counts: Literal["reference", "weight"] = "reference"
    weight: Percent | None = None
    fold: VoteFold | None = None
    """How votes become points, where they count into the total or several channels are put together."""
    ballot_channels: tuple[BallotChannel, ...] = ()
    channels: tuple[Words, ...] = ()
    photo: bool = False
    """Whether the public sees the photo of the application."""
    aside_confirmed: bool = False
    """Whether a second officer must confirm that doubtful votes are set aside."""


class Meeting(Sourced):
    """How a body of people resolves."""

    quorum: Literal["more_than_half", "two_thirds", "all"] = "two_thirds"
    majority: Literal["more_than_half", "two_thirds", "all"] = "more_than_half"
    vote: Literal["show_of_hands", "secret_ballot"] = "show_of_hands"
    tie: Literal["not_passed", "another_round", "chair_decides"] = "not_passed"
    """What becomes of as many votes for as against: not passed, one more round, or the chair's word."""


class CommitteeStage(StageBase):
    kind: Literal["committee"]
    meeting: Meeting | None = None
    may: tuple[Literal["confirm", "order", "strike"], ...] = ("confirm", "order", "strike")


class Objections(Sourced):
    text: Words
    named: bool = False
    """Whether only objections under one's own name are taken."""
    answer_within: Duration | None = None
    appeal_within: Duration = Duration(days=3, unit="working")
    """How long after an answer whoever objected may ask, once, for a second look by somebody else."""


class PublicNoticeStage(StageBase):
    kind: Literal["public_notice"]
    length: Duration
    day_one: Literal["next_day", "same_day"] = "next_day"
    channels: tuple[Words, ...] = ()
    columns: tuple[Key, ...] = Field(min_length=1)
    objections: Objections | None = None
    restart_on_amendment: bool = True


class FinalApprovalStage(StageBase):
    kind: Literal["final_approval"]
    meeting: Meeting | None = None


Stage = Annotated[
    NominationStage
    | QualificationStage
    | SiteVisitStage
    | ExpertReviewStage
    | PublicVoteStage
    | CommitteeStage
    | PublicNoticeStage
    | FinalApprovalStage,
    Discriminator("kind"),
]


# --- what follows ----------------------------------------------------------------------------------------------------


class Recipients(Table):
    """Everybody past ``stage``, of a tier or category if named, without those who receive the award ``except``."""

    stage: Key
    tier: Key | None = None
    category: Key | None = None
    except_: Key | None = Field(default=None, alias="except")


class Money(Sourced):
    """A one-off reward in yuan; ``amount`` left out where the notice does not state it."""

    amount: Positive | None = None
    text: Words


FromMonth = Literal["same_month", "next_month"]


class EndCondition(Table):
    id: Key
    text: Words
    stops: FromMonth = "next_month"
    """The first month not paid: that in which it happens, or the one after."""


class Monthly(Sourced):
    label: Words = "按月补贴"
    amount: Positive
    months: Positive
    starts: FromMonth = "next_month"
    """The first month paid: that in which the title is conferred, or the one after."""
    ends_when: tuple[EndCondition, ...] = ()
    text: Words


class Certificate(Sourced):
    design: Literal["red-gold", "ink-blue", "official"]
    number: Words
    """{year}, {n} or {n:03}, {code}."""
    wording: Words
    """{name}, {title}, {edition}, {hosts}, {year}."""
    signed_by: tuple[Words, ...] = ()


class Award(Sourced):
    id: Key
    kind: Literal["title", "second"] = "title"
    label: Words
    text: Words | None = None
    to: Recipients
    objects: tuple[Words, ...] = ()
    """证书, 奖牌, 奖杯 …"""
    commended_by: Words | None = None
    money: Money | None = None
    monthly: Monthly | None = None
    certificate: Certificate | None = None


class Honour(Sourced):
    """Another honour that comes with the title: conferred with it, put forward for it, or preferred for it."""

    id: Key
    label: Words
    how: Literal["conferred", "put_forward", "preferred"]
    text: Words
    condition: Words | None = None
    award: Key | None = None
    places: Positive | None = None
    """How many may be put forward for it."""


class Benefit(Sourced):
    id: Key
    label: Words
    text: Words
    money: Money | None = None
    places: Positive | None = None
    """How many may be granted it."""


class Fraud(Sourced):
    """Whoever is found to have given false material is disqualified, at any stage."""

    text: Words
    pursues_others: bool = False


class Retention(Sourced):
    """For how long personal data is kept, then the person's key is deleted and the files go; what was counted stays.

    Years from the end of the campaign for who handed in; months from the closing date for what never reached the office.
    """

    awarded_years: Positive
    others_years: Positive
    drafts_months: Positive = 6


class Numbering(Sourced):
    application: Words
    """{code}, {year}, {n} or {n:04}."""


class Dates(Table):
    applications: Window
    reference: Literal["applications.to", "applications.from", "issued", "own"] = "applications.to"
    reference_day: Day | None = None
    finish_by: Day | None = None
    award: Window | None = None
    launch: Window | None = None


class RuleSet(Table):
    """A whole campaign as data."""

    schema_version: Literal[1] = Field(alias="schema")
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Words
    edition: Words | None = None
    region: Words
    summary: Words | None = None
    basis: Basis
    readings: tuple[Reading, ...] = ()
    scope: Scope | None = None
    programme: Programme | None = None
    quota: Quota
    categories: tuple[Category, ...] = ()
    tiers: tuple[Tier, ...] = ()
    composition: tuple[Composition, ...] = ()
    dates: Dates
    criteria: tuple[Condition, ...] = ()
    groups: tuple[Group, ...] = ()
    channels: tuple[Channel, ...] = Field(min_length=1)
    unit_kinds: tuple[UnitKind, ...] = ()
    unit_quotas: tuple[UnitQuota, ...] = ()
    materials: tuple[Material, ...] = ()
    form: Form
    papers: tuple[Paper, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)
    awards: tuple[Award, ...] = Field(min_length=1)
    honours: tuple[Honour, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    follow_up: tuple[Benefit, ...] = ()
    fraud: Fraud | None = None
    retention: Retention
    numbering: Numbering | None = None
    opinion_phrases: tuple[Words, ...] = ()
    """What recommending bodies may start their opinion from; ``{name}`` and ``{title}`` are filled in."""

    @property
    def name(self) -> str:
        """The campaign as people say it: edition and title."""
        return f"{self.edition or ''}“{self.title}”"

    @property
    def rules(self) -> tuple[Condition, ...]:
        """Every rule a person must answer to, in the notice's order."""
        return (*self.criteria, *self.groups)

    @property
    def barred(self) -> frozenset[str]:
        """The ids of what nobody may meet, because none-of groups say so."""
        return frozenset(_barred(self.rules))

    @property
    def parts(self) -> tuple[Category | Tier, ...]:
        """What the titles are divided into."""
        return (*self.categories, *self.tiers)

    @property
    def scopes(self) -> frozenset[str]:
        """What a rule's ``only_for`` may name."""
        return frozenset(part.id for part in self.parts)

    @property
    def reference(self) -> date:
        """The day ages and years are counted on."""
        days = {
            "applications.to": self.dates.applications.to,
            "applications.from": self.dates.applications.from_,
            "issued": self.basis.issued,
            "own": self.dates.reference_day.on if self.dates.reference_day else None,
        }
        day = days[self.dates.reference]
        if day is None:
            raise ValueError(f"规则集没有写明计算日期：{self.dates.reference}")
        return day

    def fields(self) -> Iterator[FormField]:
        """Every field of the form, in order."""
        for section in self.form.sections:
            yield from section.fields

    def field(self, id_: str) -> FormField:
        return next(field for field in self.fields() if field.id == id_)

    def stage(self, id_: str) -> Stage:
        return next(stage for stage in self.stages if stage.id == id_)

    def material(self, id_: str) -> Material:
        return next(material for material in self.materials if material.id == id_)

    def channel(self, id_: str) -> Channel:
        return next(channel for channel in self.channels if channel.id == id_)

    def award(self, id_: str) -> Award:
        return next(award for award in self.awards if award.id == id_)

    def paper(self, id_: str) -> Paper:
        return next(paper for paper in self.papers if paper.id == id_)

    def previous(self, stage: Stage) -> Stage | None:
        """The stage whose people come into ``stage``; None for the first."""
        if stage.after is not None:
            return self.stage(stage.after)
        at = self.stages.index(stage)
        return self.stages[at - 1] if at else None


def walk(rules: tuple[Condition, ...]) -> Iterator[Condition]:
    """Every rule and condition, groups before their members."""
    for rule in rules:
        yield rule
        if isinstance(rule, Group):
            yield from walk(rule.conditions)


def _barred(rules: tuple[Condition, ...], *, inside: bool = False) -> Iterator[str]:
    for rule in rules:
        if inside:
            yield rule.id
        if isinstance(rule, Group):
            yield from _barred(rule.conditions, inside=rule.bars(barred=inside))

"""Invented rule sets with any stages, and the hands that play them through the services."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from applications.models import Application
from applications.states import State
from campaigns.models import Campaign, Stage
from review import selectors
from review.models import Expert, Panel, PanelSeat
from review.services import (
    assessments,
    ballots,
    draws,
    judgements,
    outcomes,
    panels,
    rankings,
    resolutions,
    stages,
    visits,
)
from review.services.resolutions import Choice, Minutes
from review.states import Resolved, Verdict
from tests.factories import IN_TIME, NOON, ApplicationFactory, CampaignFactory, MemberFactory
from unions.models import Member, Union
from unions.states import Role

CLOSED = datetime(2026, 3, 23, 9, 0, tzinfo=NOON.tzinfo)
"""After the last day for applications."""
MINUTE = timedelta(minutes=1)

_HEAD = """
schema = 1
code = "invented"
title = "示例工匠"
region = "示例区"

[basis]
document = "示工发〔2026〕1号"
title = "关于开展示例工匠认定工作的通知"
issued = 2026-02-01
hosts = ["示例区总工会"]
organisers = ["示例区人社局"]
office = "示例工匠认定办公室"
leading_group = "示例工匠认定领导小组"
government = "示例区人民政府"

[dates]
applications = { from = 2026-03-01, to = 2026-03-20, setting = true }

[retention]
awarded_years = 30
others_years = 3
setting = true

[[criteria]]
id = "character"
label = "品行"
how = "judged"
strength = "must"
text = "德技双馨"
clause = "三（一）"

[[criteria]]
id = "reputation"
label = "行业声誉"
how = "judged"
judged_by = "panel"
strength = "must"
text = "同行公认"
clause = "三（一）"

[[criteria]]
id = "front_line"
label = "一线岗位"
how = "computed"
fact = "front_line"
op = "is"
value = true
strength = "must"
text = "应在一线岗位"
clause = "三（二）"

[[criteria]]
id = "union_member"
label = "工会会员"
how = "computed"
fact = "union_member"
op = "is"
value = true
strength = "should"
text = "一般应是工会会员"
clause = "三（三）"

[[criteria]]
id = "age"
label = "年龄"
how = "computed"
fact = "age"
op = "at_most"
value = 60
strength = "must"
text = "60周岁以下"
clause = "三（四）"
waived_by = [{ id = "contribution", text = "有突出贡献的可不受年龄限制", evidence = ["proof"], clause = "三（四）" }]

[[groups]]
id = "merits"
label = "业绩"
needs = "all"
strength = "should"
text = "业绩突出"
clause = "三（五）"

  [[groups.conditions]]
  id = "teaching"
  label = "传艺带徒"
  how = "judged"
  text = "传艺带徒"
  clause = "三（五）"

[[unit_kinds]]
id = "town"
label = "镇街总工会"

[[channels]]
id = "self"
kind = "self"
label = "个人自荐"
text = "本人可以自荐"
setting = true

[[channels]]
id = "town"
kind = "unit"
label = "镇街推荐"
text = "由镇街总工会推荐"
files_through = ["town"]
setting = true

[[materials]]
id = "proof"
label = "证明材料"
required = "optional"
proves = ["contribution"]
setting = true

[[form.sections]]
id = "basics"
title = "基本情况"
fields = [
  { id = "name", type = "person_name", label = "姓名", required = true },
  { id = "employer", type = "text", label = "工作单位" },
  { id = "deeds", type = "text", label = "主要事迹" },
  { id = "union_member", type = "yes_no", label = "是否工会会员", fact = "union_member" },
  { id = "front_line", type = "yes_no", label = "是否在一线", fact = "front_line" },
  { id = "age", type = "years", label = "年龄", fact = "age" },
  { id = "years", type = "years", label = "从业年限", fact = "years_in_trade" },
  { id = "level", type = "choice", label = "技能等级", fact = "skill_level", options = [{ value = "高级工" }, { value = "技师" }] },
]

[[papers]]
id = "form"
kind = "form"
title = "申报表"
pages = [{ columns = 8, rows = [[
  { field = "name" }, { field = "employer" }, { field = "deeds" }, { field = "union_member" },
  { field = "front_line" }, { field = "age" }, { field = "years" }, { field = "level" },
]] }]
"""


def toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def _table(head: str, values: dict[str, Any]) -> str:
    return "\n".join([head, *(f"{key} = {toml(value)}" for key, value in values.items())])


def nomination(key: str = "nomination", **more: Any) -> dict[str, Any]:
    return {"id": key, "kind": "nomination", "label": "推荐", "by": "units", "setting": True, **more}


def qualification(key: str = "qualification", **more: Any) -> dict[str, Any]:
    return {"id": key, "kind": "qualification", "label": "资格审核", "by": "office", "setting": True, **more}


def site_visit(key: str = "visit", **more: Any) -> dict[str, Any]:
    return {"id": key, "kind": "site_visit", "label": "人选考察", "by": "organisers", "setting": True, **more}


CRITERIA = (
    {"id": "craft", "label": "技艺", "weight": 60, "max": 100, "setting": True},
    {"id": "spirit", "label": "精神", "weight": 40, "max": 100, "setting": True},
)


def expert_review(key: str = "review", *, panel: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "kind": "expert_review",
        "label": "专家评审",
        "by": "panel",
        "setting": True,
        "method": "score",
        "criteria": CRITERIA,
        "tie_break": ["criterion:craft", "people"],
        "panel": {"setting": True, **(panel or {})},
        **more,
    }


def ballot_review(key: str = "review", *, ballot: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An expert review in which the panel votes."""
    votes = {"ballot": {"setting": True, **(ballot or {})}}
    rule = expert_review(key, **{"method": "ballot", **votes, **more})
    return {name: value for name, value in rule.items() if name not in {"criteria", "tie_break"} or name in more}


GRADES = (
    {"id": "excellent", "label": "优秀", "recommends": True},
    {"id": "good", "label": "良好", "recommends": True},
    {"id": "fair", "label": "一般", "recommends": False},
)


def assessment_review(key: str = "review", **more: Any) -> dict[str, Any]:
    """An expert review in which the panel gives grades."""
    rule = expert_review(key, **{"method": "assessment", "grades": GRADES, **more})
    return {name: value for name, value in rule.items() if name not in {"criteria", "tie_break"} or name in more}


def committee(key: str = "committee", **more: Any) -> dict[str, Any]:
    return {"id": key, "kind": "committee", "label": "领导小组审核", "by": "leading_group", "setting": True, **more}


def final(key: str = "final", **more: Any) -> dict[str, Any]:
    return {"id": key, "kind": "final_approval", "label": "审定", "by": "leading_group", "setting": True, **more}


def rules_text(*stages_given: dict[str, Any], quota: dict[str, Any] | None = None, more: str = "") -> str:
    """A whole rule set in TOML with these stages; `more` goes to its end."""
    places = {"places": 2, "rule": "at_most", "clause": "二", **(quota or {})}
    award = {"id": "title", "label": "示例工匠", "to": {"stage": stages_given[-1]["id"]}, "setting": True}
    return "\n\n".join(
        [
            _HEAD,
            _table("[quota]", places),
            *(_table("[[stages]]", stage) for stage in stages_given),
            _table("[[awards]]", award),
            more,
        ]
    )


class Play:
    """One campaign on the given stages with an office, a leading group of three and as many experts as asked for."""

    def __init__(
        self, union: Union, *stages_given: dict[str, Any], quota: dict[str, Any] | None = None, more: str = ""
    ) -> None:
        self.union = union
        self.office: Member = MemberFactory(union=union, role=Role.OFFICE, name="沈办公")
        self.leaders = [
            MemberFactory(union=union, role=Role.LEADER, name=name) for name in ("韩组长", "朱组员", "许组员")
        ]
        self.campaign: Campaign = CampaignFactory(union=union, text=rules_text(*stages_given, quota=quota, more=more))
        self.clock = CLOSED

    @property
    def leader(self) -> Member:
        return self.leaders[0]

    def now(self) -> datetime:
        """A minute later at every question, so that nothing happens at the same time."""
        self.clock += MINUTE
        return self.clock

    def stage(self, key: str) -> Stage:
        return Stage.objects.select_related("campaign__union", "union").get(campaign=self.campaign, key=key)

    # --- people

    def apply(self, name: str = "", **given: Any) -> Application:
        names = {"name": name} if name else {}
        answers = {"employer": "示例机床厂", "union_member": True, "front_line": True, "age": 40, **names, **given}
        application = ApplicationFactory(campaign=self.campaign, at=IN_TIME, **answers)
        return Application.objects.select_related("campaign", "person").get(pk=application.pk)

    def expert(self, employer: str = "示例职业技术学院", **details: Any) -> Expert:
        member = MemberFactory(union=self.union, role=Role.EXPERT, name=details.pop("name", ""))
        return panels.enrol_expert(member, field="焊接", employer=employer, actor=self.office, at=self.now(), **details)

    @cached_property
    def experts(self) -> list[Expert]:
        kinds = ("材料", "焊接", "数控")  # names of their own: who bears an applicant's name is recused
        return [self.expert(f"示例{kind}研究所", name=f"{kind}专家") for kind in kinds]

    # --- verbs, as the right person at the right time

    def minutes(self, present: int = 3, in_favour: int | None = None) -> Minutes:
        return Minutes(
            met_on=self.clock.date(),
            present=present,
            in_favour=present if in_favour is None else in_favour,
            text="经会议讨论决定",
        )

    def open(self, key: str) -> Stage:
        stages.open_stage(self.stage(key), actor=self.office, at=self.now())
        return self.stage(key)

    def close(self, key: str, reason: str = "") -> Stage:
        stages.close_stage(self.stage(key), actor=self.office, at=self.now(), reason=reason)
        return self.stage(key)

    def judge(self, application: Application, **holds: bool) -> None:
        for rule, value in {"character": True, "teaching": True, **holds}.items():
            judgements.judge_rule(
                application, rule, holds=value, reason="" if value else "材料不实", actor=self.office, at=self.now()
            )

    def decide(self, key: str, application: Application, verdict: Verdict = Verdict.PASSED, reason: str = "") -> Any:
        return outcomes.decide(
            self.stage(key), application, verdict=verdict, reason=reason, actor=self.office, at=self.now()
        )

    def qualify(self, key: str, *passing: Application, rejecting: Sequence[Application] = ()) -> None:
        """Open, judge, decide and close a qualification review."""
        self.open(key)
        for application in passing:
            self.judge(application)
            self.decide(key, application)
        for application in rejecting:
            self.decide(key, application, Verdict.REJECTED, "材料不足")
        self.close(key)

    def form_panel(self, key: str, experts: Sequence[Expert] | None = None, *, approve: bool = False) -> Panel:
        panel = panels.form_panel(
            self.stage(key), experts=self.experts if experts is None else experts, actor=self.office, at=self.now()
        )
        if approve:
            panels.approve_panel(panel, minutes=self.minutes(), actor=self.leader, at=self.now())
        return panel

    def seat(self, panel: Panel, expert: Expert) -> PanelSeat:
        return panel.seats.select_related("panel__stage__campaign", "expert__member__user").get(expert=expert)

    def accept(self, panel: Panel) -> None:
        for seat in panel.seats.order_by("pk"):
            panels.accept_seat(seat, actor=fresh(seat.expert.member), at=self.now())

    def declare(self, panel: Panel) -> None:
        for seat in selectors.sitting(panel):
            panels.declare_conflicts(seat, applications=[], reasons=[], actor=fresh(seat.expert.member), at=self.now())

    def score(self, seat: PanelSeat, application: Application, craft: Any = 80, spirit: Any = 80) -> Any:
        return panels.score_case(
            seat,
            application,
            points={"craft": craft, "spirit": spirit},
            actor=fresh(seat.expert.member),
            at=self.now(),
        )

    def score_all(self, panel: Panel, marks: dict[int, int]) -> None:
        """Every sitting expert gives each case the same marks, application id → points."""
        for seat in selectors.sitting(panel):
            recused = set(seat.recusals.values_list("application_id", flat=True))
            for application in selectors.entrants(panel.stage):
                if application.pk not in recused:
                    self.score(seat, application, marks[application.pk], marks[application.pk])

    def review(self, key: str, marks: dict[int, int]) -> Panel:
        """Form, seat, open, score and close the scoring; the stage stays open."""
        panel = self.form_panel(key)
        self.accept(panel)
        self.open(key)
        self.declare(panel)
        panel = Panel.objects.select_related("stage__campaign").get(pk=panel.pk)
        self.score_all(panel, marks)
        return panels.close_panel(panel, actor=self.office, at=self.now())

    def seated(self, key: str, experts: Sequence[Expert] | None = None) -> Panel:
        """A panel that has come and declared, in an open stage."""
        panel = self.form_panel(key, experts)
        self.accept(panel)
        self.open(key)
        self.declare(panel)
        return self.panel_of(key)

    def panel_of(self, key: str) -> Panel:
        rows = Panel.objects.select_related("stage__campaign__union", "stage__union", "union")
        return rows.get(stage__campaign=self.campaign, stage__key=key)

    def vote(self, seat: PanelSeat, *choices: Application) -> Any:
        return ballots.cast_ballot(seat, choices=choices, actor=fresh(seat.expert.member), at=self.now())

    def round(self, key: str, *votes: Sequence[Application]) -> Any:
        """A whole round: the experts vote in the order of their seats, then it is closed."""
        ballots.open_round(self.panel_of(key), actor=self.office, at=self.now())
        for seat, choices in zip(self.seats(key), votes, strict=True):
            self.vote(seat, *choices)
        return ballots.close_round(self.panel_of(key), actor=self.office, at=self.now())

    def seats(self, key: str) -> list[PanelSeat]:
        rows = selectors.sitting(self.panel_of(key)).select_related("panel__stage__campaign", "expert__member__user")
        return list(rows.order_by("pk"))

    def assess(self, seat: PanelSeat, application: Application, grade: str = "good", comment: str = "扎实") -> Any:
        return assessments.assess_case(
            seat, application, grade=grade, comment=comment, actor=fresh(seat.expert.member), at=self.now()
        )

    def end(self, key: str) -> Panel:
        return panels.close_panel(self.panel_of(key), actor=self.office, at=self.now())

    def draw(self, key: str, **more: Any) -> Any:
        self.pledge(key, **more)
        return self.draw_pledged(key)

    def pledge(self, key: str, **more: Any) -> Any:
        """The first step of a draw; what is announced is known half a minute later."""
        at = self.now()
        more.setdefault("announced", draws.Announced("示例彩票第 1 期开奖号码", at + MINUTE / 2))
        return draws.pledge_draw(self.stage(key), **{"actor": self.office, "at": at, **more})

    def draw_pledged(self, key: str, **more: Any) -> Any:
        known = {"public": "03 08 12", "source": "https://example.org/1"}
        return draws.draw_panel(self.stage(key), **{**known, "actor": self.office, "at": self.now(), **more})

    def visit(self, key: str, application: Application, **more: Any) -> Any:
        details = {"place": "示例机床厂一车间", "team": ["沈办公", "吕同志"], "finding": "操作熟练", **more}
        return visits.record_visit(
            self.stage(key),
            application,
            **{"visited_on": self.clock.date(), "actor": self.office, "at": self.now(), **details},
        )

    def cut(self, key: str, passing: int) -> None:
        rankings.set_cut(self.stage(key), passing=passing, reason="按名额差额", actor=self.office, at=self.now())

    def resolve(
        self,
        key: str,
        confirm: Sequence[Application] = (),
        strike: Sequence[Application] = (),
        *,
        why: str = "",
        reason: str = "",
        correcting: bool = False,
    ) -> Any:
        choices = [Choice(application, Resolved.CONFIRM, why) for application in confirm]
        choices += [Choice(application, Resolved.STRIKE, why or "综合考虑") for application in strike]
        return resolutions.pass_resolution(
            self.stage(key),
            choices=choices,
            minutes=self.minutes(),
            actor=self.leader,
            at=self.now(),
            reason=reason,
            correcting=correcting,
        )


def fresh(member: Member) -> Member:
    """The member as a new request meets them: object permissions are remembered on the instance."""
    return Member.objects.select_related("user", "union").get(pk=member.pk)


def state_of(application: Application) -> State:
    return State(Application.objects.get(pk=application.pk).state)

"""The widest rule set goes the officer's whole way in pages: all stage kinds, programme, tiers, categories, composition."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import office_settings, questions, timetable
from campaigns.forms import SettingsForm
from campaigns.models import Campaign, Stage
from campaigns.rules import loader
from campaigns.states import CampaignState
from tests.campaigns.rules.sample import WIDE, wide
from tests.factories import NOON, RuleSetFactory, UnitFactory, office_of, sign_in
from unions.models import Union


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def url(union: Union, name: str, **kwargs: Any) -> str:
    return reverse(f"campaigns:{name}", kwargs={"union_slug": union.slug, **kwargs})


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def sent(form: Any) -> dict[str, Any]:
    return {name: value for name in form.fields if (value := form[name].value()) is not None}


def test_the_whole_way_in_pages(client: Client, union: Union) -> None:
    ruleset = RuleSetFactory(union=union, text=WIDE)
    for kind in wide().unit_kinds:
        for name in kind.units or (f"示例{kind.label}",):
            UnitFactory(union=union, kind=kind.id, name=name)
    desk = sign_in(client, office_of(union))
    assert "名额不单列" in text(desk.get(url(union, "ruleset", ruleset_id=ruleset.pk)))

    desk.post(url(union, "draft", ruleset_id=ruleset.pk), {"title": "云泽工匠", "slug": "yz", "closes": "2026-04-20"})
    draft = Campaign.objects.get(slug="yz")
    assert [stage.kind for stage in Stage.objects.filter(campaign=draft)] == [stage.kind for stage in wide().stages]

    # every date of every stage has its box, and each follows the one before
    slots = {slot.key: slot for slot in timetable.slots(draft.rules)}
    page = text(desk.get(url(union, "dates", campaign_slug="yz")))
    for stage in wide().stages:
        for end in ("from", "to"):
            assert slots[f"stages.{stage.id}.{end}"].on is not None
            assert f'name="stages.{stage.id}.{end}"' in page
        assert stage.label in page
    assert slots["applications.to"].on == date(2026, 4, 20)
    assert page.count("公示5个工作日") == 1
    assert page.count("公示7日") == 1
    values = {key: slot.on.isoformat() if slot.on else "" for key, slot in slots.items()}
    assert desk.post(url(union, "dates", campaign_slug="yz"), values).status_code == 302

    draft.refresh_from_db()
    page = text(desk.get(url(union, "settings", campaign_slug="yz")))
    form = SettingsForm(office_settings.settings_of(draft.rules))
    for name in form.fields:
        assert f'name="{name}"' in page, name
    typed = sent(form) | {"stages.scores.panel.size": "7", "stages.panel.ballot.max": "28"}
    assert desk.post(url(union, "settings", campaign_slug="yz"), typed).status_code == 302
    draft.refresh_from_db()
    assert draft.rules.stage("scores").panel.size == 7
    assert draft.rules.stage("panel").ballot.max == 28

    assert "没有必须处理的问题" in text(desk.get(url(union, "check", campaign_slug="yz")))
    differences = text(desk.get(url(union, "changes", campaign_slug="yz")))
    assert "<ins>28</ins>" in differences
    text(desk.get(url(union, "publish", campaign_slug="yz")))
    desk.post(url(union, "publish", campaign_slug="yz"))
    draft.refresh_from_db()
    assert draft.state == CampaignState.PUBLISHED

    for name in ("setup", "amend", "page", "rules"):
        page = text(desk.get(url(union, name, campaign_slug="yz")))
        assert "云泽工匠" in page, name
    assert "百名工匠三年计划" in page
    assert "女性一般不少于20%" in page
    assert "首席工匠" in page


def _all_own() -> dict[str, Any]:
    """The widest rules, every stage the office's own."""
    data = loader.to_frozen(wide())
    for stage in data["stages"]:
        for table in _tables(stage):
            if table.pop("clause", None):
                table["setting"] = True
    return data


def _tables(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield table
    for value in table.values():
        if isinstance(value, dict):
            yield from _tables(value)


def test_what_the_office_decides_of_a_stage_can_be_set_whatever_its_kind() -> None:
    asked = {setting.name for setting in office_settings.settings_of(loader.from_frozen(_all_own()))}

    assert {
        "stages.nomination.quotas",
        "stages.shortlist.corrections.times",
        "stages.shortlist.confirmed_by",
        "stages.visit.team_max",
        "stages.visit.checklist.bench.label",
        "stages.vote.choices_max",
        "stages.vote.weight",
        "stages.panel.method",
        "stages.panel.ballot.majority",
        "stages.panel.panel.draw",
        "stages.panel.ratio.candidates",
        "stages.scores.trimming",
        "stages.scores.tie_break",
        "stages.scores.criteria.skill.anchors.0.points",
        "stages.assessed.grades.yes.recommends",
        "stages.committee.may",
        "stages.committee.passes.min",
        "stages.notice.length.days",
        "stages.notice.columns",
        "stages.approval.by",
        "stages.second_notice.only_for",
    } <= asked
    # and nothing that a form could ask is left out, but dates and what ties tables together
    for block in questions.every_block(_all_own()):
        if block.path[0] == "stages" and block.table is not None and not office_settings.SKIPPED & set(block.path):
            for question in block.questions:
                assert question.key in office_settings.SKIPPED or question.name in asked, question.name

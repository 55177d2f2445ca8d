"""Every built-in rule set played to its certificates: each city's own stages in its own order, within its own numbers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from campaigns.rules import loader
from tests.conftest import empty_database
from tests.publicity.rehearsal.test_rehearsal import VOTERS, rehearse


@dataclass(frozen=True)
class City:
    """What a notice says in figures. `people`: how few are enough to play it."""

    people: int
    quota: int
    stages: tuple[tuple[str, str], ...]
    most: dict[str, int]
    second: str = ""


CITIES = {
    "linan-2018": City(
        10,
        10,
        (
            ("qualification", "资格审核"),
            ("expert_review", "专家评审"),
            ("public_notice", "社会公示"),
            ("final_approval", "领导小组审定"),
        ),
        {},
    ),
    "hangzhou-2016": City(
        10,
        30,
        (
            ("qualification", "资格审核"),
            ("expert_review", "专家评审"),
            ("public_notice", "社会公示"),
            ("final_approval", "领导小组审定"),
        ),
        {},
    ),
    "taizhou-2018": City(
        11,
        20,
        (
            ("qualification", "资格初审"),
            ("expert_review", "专家评审"),
            ("public_vote", "网络投票"),
            ("public_notice", "社会公示"),
            ("final_approval", "审定命名"),
        ),
        {},
    ),
    "ouhai-2017": City(
        11,
        30,
        (
            ("qualification", "资格审核"),
            ("site_visit", "人选考察"),
            ("expert_review", "专家评审"),
            ("public_vote", "网络投票"),
            ("committee", "领导小组审核"),
            ("public_notice", "社会公示"),
            ("final_approval", "区政府审定"),
        ),
        {},
    ),
    "jiaozuo-2018": City(
        26,
        20,
        (
            ("nomination", "推荐人选"),
            ("qualification", "资格审核"),
            ("expert_review", "综合评审"),
            ("committee", "确定候选"),
            ("public_notice", "公示"),
            ("final_approval", "决定人选"),
        ),
        {"expert_review": 30},
        second="焦作工匠入围奖",
    ),
}


def played(code: str, people: int, folder: Path, django_db_blocker: DjangoDbBlocker) -> dict[str, Any]:
    with django_db_blocker.unblock():
        try:
            done = rehearse(folder, f"--ruleset={code}", f"--people={people}")
            assert done.returncode == 0, done.stderr[-2000:]
        finally:
            empty_database()
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def agrees(summary: dict[str, Any], code: str, folder: Path) -> None:
    city = CITIES[code]
    assert summary["audit"]["verified"]
    assert summary["archive"]["verified"], summary["archive"]
    assert summary["quota"] == city.quota
    assert [(stage["kind"], stage["label"]) for stage in summary["stages"]] == list(city.stages)
    for stage in summary["stages"]:
        assert stage["passed"] <= city.most.get(stage["kind"], stage["entered"])
        if stage["kind"] == "public_vote":
            votes_are_told_apart(stage)
    titles, seconds = summary["awards"], summary["honours"]
    assert 0 < len(titles) <= city.quota
    assert len(titles) == summary["stages"][-1]["passed"]
    numbers = [award["certificate"] for award in titles]
    assert len(set(numbers)) == len(titles)
    assert {path.stem for path in (folder / "papers" / "certificates").glob("*.pdf")} >= set(numbers)
    assert {award["award"] for award in seconds} == ({city.second} if city.second else set())
    assert not {award["application"] for award in titles} & {award["application"] for award in seconds}


def votes_are_told_apart(stage: dict[str, Any]) -> None:
    """What was bought was found and set aside, nothing else much, and every ballot counted anew gives what was said."""
    assert stage["ballots"] == VOTERS
    found = stage["votes"]
    assert found["bought"] == (60 if stage["entered"] > 1 else 0)
    assert found["precision"] >= 0.95
    assert found["recall"] >= 0.95
    assert found["recounted"]


def test_every_built_in_rule_set_is_played() -> None:
    assert set(CITIES) == set(loader.builtin_codes())


@pytest.mark.parametrize("code", [pytest.param("jiaozuo-2018", marks=pytest.mark.soak), "ouhai-2017"])
def test_a_few_people_go_the_whole_way_of_their_city(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path, code: str
) -> None:
    """Between them these two have every kind of stage and every way of reviewing but scores, which 临安's rehearsal has.

    The one with draws and ballots needs three times as many people; `test_play` plays its stages with fewer.
    """
    agrees(played(code, CITIES[code].people, tmp_path, django_db_blocker), code, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("code", sorted(CITIES))
def test_sixty_people_go_the_whole_way_of_their_city(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path, code: str
) -> None:
    agrees(played(code, 60, tmp_path, django_db_blocker), code, tmp_path)

"""What a panel and the leading group came to is computed again from an archive, and what was changed says itself why not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from applications.services import retention
from tests.kept import kept
from tests.publicity.forging import Rows, archived, computed, rewritten, wrong
from tests.review.stagecraft import Play, assessment_review, ballot_review, expert_review, final, qualification
from unions.archive import checks
from unions.archive.layout import Archive
from unions.models import Union

Change = Callable[[Rows], object]


def each(**values: Any) -> Change:
    return lambda rows: [row.update(values) for row in rows]


def first(**values: Any) -> Change:
    return lambda rows: rows[0].update(values)


def without_first(rows: Rows) -> None:
    del rows[0]


def without_any(rows: Rows) -> None:
    rows.clear()


def twice(rows: Rows) -> None:
    rows.append({**rows[0], "id": rows[-1]["id"] + 1})


@kept
def scored(union: Union) -> Archive:
    """Three apply, two are scored (one expert keeps out of the second), one gets the title by resolution."""
    play = Play(union, qualification(), expert_review(passes={"max": 2, "setting": True}), final())
    a, b, c = (play.apply(name) for name in ("孙秀兰", "周建军", "吴小梅"))
    play.qualify("qualification", a, b, rejecting=[c])
    play.review("review", {a.pk: 90, b.pk: 80})
    play.cut("review", 2)
    play.close("review")
    play.open("final")
    play.resolve("final", [a], [b])
    play.close("final")
    return archived(play)


@kept
def by_name(union: Union) -> Archive:
    play = Play(
        union, ballot_review(ballot={"secret": False, "min": 1, "max": 1}, passes={"max": 1, "setting": True}), final()
    )
    a, b = play.apply("孙秀兰"), play.apply("周建军")
    play.seated("review")
    play.round("review", [a], [a], [b])
    play.end("review")
    return archived(play)


@pytest.mark.parametrize(
    ("title", "table", "change", "said"),
    [
        ("按规则重算的对照结果", "findings", first(found=[]), "按规则重算的结果与记录不同"),
        ("按规则重算的对照结果", "findings", first(overall="fails"), "按规则重算的结论与记录不同"),
        ("按规则重算的对照结果", "findings", first(submission=0), "不是本人的提交版本"),
        ("席位与回避", "review.panelseat", first(panel=0), "没有这个评审团队"),
        ("评分的承诺", "review.score", first(comment="改"), "内容与承诺不符"),
        ("评分的承诺", "review.score", first(commitment="0" * 64), "与审计记录中的承诺不符"),
        ("评分的承诺", "review.score", first(nonce="0" * 32), "与评审结束时公开的随机数不符"),
        ("评分的承诺", "review.score", without_first, "审计记录中有，档案中没有"),
        ("由评分、选票重算的排名", "review.ranking", without_any, "评审已经结束，档案中没有排名"),
        ("由评分、选票重算的排名", "review.ranking", first(sha256="0" * 64), "与审计记录中的摘要不符"),
        ("环节结束时的结论", "review.outcome", without_first, "结束环节时的结论与审计记录不同"),
        ("名次与评审结论", "review.outcome", each(rank=9), "排名为第 1"),
        ("名次与评审结论", "review.cut", each(passing=1), "前 1 名进入，与结论不符"),
        ("决议与结论", "review.outcome", without_any, "的结论"),
        ("决议与结论", "review.outcome", each(verdict="rejected"), "与决议不符"),
        ("决议与结论", "review.outcome", each(category="别的"), "与决议不符"),
        ("决议与结论", "review.outcome", each(reason="别的"), "与决议不符"),
        ("决议与结论", "review.resolution", lambda rows: rows[-1]["decisions"][0].update(rank=7), "与决议不符"),
        ("决议与结论", "review.resolution", lambda rows: rows[-1]["decisions"].pop(), "所引的决议没有涉及此人"),
        ("决议的法定人数", "review.resolution", each(present=0, in_favour=0), "出席人数未达到应到人数的"),
        ("决议的法定人数", "review.resolution", each(in_favour=0), "同意人数未达到出席人数的"),
    ],
)
def test_what_was_changed_of_a_review_no_longer_follows(
    scored: Archive, title: str, table: str, change: Change, said: str
) -> None:
    assert any(said in words for words in computed(rewritten(scored, table, change), title))


def test_a_campaign_with_panel_and_resolution_proves_itself(scored: Archive) -> None:
    assert wrong(scored) == []


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("review.rollentry", without_first, "选票 3 张，名册 2 人"),
        ("review.ballot", without_first, "计票时有选票 3 张，档案中有 2 张"),
        ("review.signedballot", first(commitment="0" * 64), "与投票时审计记录中的承诺不符"),
        ("review.signedballot", twice, "同一专家多出的选票"),
        ("review.signedballot", without_first, "的记名选票不在档案中"),
    ],
)
def test_what_was_changed_of_a_vote_by_name_is_found(by_name: Archive, table: str, change: Change, said: str) -> None:
    forged = rewritten(by_name, table, change)
    assert any(said in words for words in computed(forged, "投票的票数与名册"))


def test_a_ranking_by_grades_is_computed_again(union: Union) -> None:
    play = Play(union, assessment_review(passes={"max": 2, "setting": True}), final())
    a, b = play.apply("孙秀兰"), play.apply("周建军")
    play.seated("review")
    for seat, grade in zip(play.seats("review"), ("good", "fair", "fair"), strict=True):
        play.assess(seat, a, "excellent")
        play.assess(seat, b, grade)
    play.end("review")

    archive = archived(play)

    assert wrong(archive) == []
    turned = rewritten(archive, "review.score", lambda rows: [row.update(grade="fair") for row in rows])
    assert "重算的名次与存档不同" in computed(turned, "由评分、选票重算的排名")[0]


def test_facts_of_somebody_whose_time_is_over_are_gone_and_the_rest_still_agrees(union: Union) -> None:
    """Equal cases were parted by a fact that only their own answers tell; the log still has the digest of the ranking."""
    chain = ["fact:years_in_trade", "people"]
    play = Play(union, expert_review(tie_break=chain, passes={"max": 2, "setting": True}), final())
    a, b = play.apply("孙秀兰"), play.apply("周建军")
    play.review("review", {a.pk: 90, b.pk: 90})
    with transaction.atomic():
        retention.anonymise(b, actor=play.office, at=play.now(), why="保存期已满")

    archive = archived(play)

    assert [row["id"] for row in archive.tables["findings"]] == [a.pk]
    assert wrong(archive) == []


def test_a_row_that_is_not_what_its_last_entry_says_is_found(scored: Archive) -> None:
    forged = rewritten(scored, "review.panelseat", each(state="declined"))

    assert any("与审计记录（seat." in str(problem) for problem in checks._entries(forged))


def test_a_sheet_of_somebody_who_kept_out_counts_no_more(scored: Archive) -> None:
    sheet = scored.tables["review.score"][0]
    more = {"id": 1, "seat": sheet["seat"], "application": sheet["application"], "at": "2000-01-01"}

    forged = rewritten(scored, "review.recusal", lambda rows: rows.append(more))

    assert "重算所据的评分或选票与存档时不同" in computed(forged, "由评分、选票重算的排名")[0]


def test_more_titles_than_places_are_found(scored: Archive) -> None:
    def everybody(rows: Rows) -> None:
        confirmed = next(row for row in rows if row["resolution"] and row["verdict"] == "passed")
        for n in range(2):
            rows.append({**confirmed, "id": 900 + n, "application": 900 + n})

    assert computed(rewritten(scored, "review.outcome", everybody), "名额")

"""When a public notice may close, and what it decides about everybody on it."""

import pytest

from applications.models import Application
from publicity.models import Objection
from publicity.stage_kinds import PublicNotice
from review.models import Outcome
from review.services.outcomes import write_outcome
from review.services.stages import obstacles_to_closing
from review.stages import StageKind, stage_kinds
from review.states import Verdict
from tests.publicity.scene import Scene
from unions.permits import Refused

REASON = "公示期间"


def _verdicts(scene: Scene) -> dict[str, tuple[str, str]]:
    rows = Outcome.objects.filter(stage=scene.stage("notice")).select_related("application")
    return {row.application.name: (row.verdict, row.reason) for row in rows}


def test_the_kind_is_known_to_the_stage_engine() -> None:
    kind: StageKind = stage_kinds["public_notice"]

    assert isinstance(kind, PublicNotice)


def test_a_notice_that_was_never_published_does_not_close(scene: Scene, in_notice: list[Application]) -> None:
    with pytest.raises(Refused, match="公示尚未发布"):
        scene.close("notice")


def test_a_stage_that_nobody_reached_closes_without_a_notice(scene: Scene) -> None:
    someone = scene.apply()
    scene.qualify("qualification", rejecting=[someone])
    scene.open("notice")

    scene.close("notice")

    assert _verdicts(scene) == {}


def test_a_notice_closes_the_day_after_its_last(scene: Scene, in_notice: list[Application]) -> None:
    version = scene.publish()

    with pytest.raises(Refused, match=f"公示到{version.ends_on:%Y年%-m月%-d日}结束"):
        scene.close("notice")

    scene.run_out()
    scene.close("notice")
    assert _verdicts(scene) == {"赵建国": (Verdict.PASSED, "公示期满，无异议")}


def test_it_does_not_close_over_open_objections(scene: Scene, three_in_notice: list[Application]) -> None:
    people = three_in_notice
    scene.publish()
    scene.object(people[0])
    answered, _ = scene.object()
    scene.answer(answered)
    scene.run_out()

    with pytest.raises(Refused, match="还有 1 件异议没有答复"):
        scene.close("notice")


def test_it_says_all_that_is_missing_at_once(scene: Scene, three_in_notice: list[Application]) -> None:
    people = three_in_notice
    scene.publish()
    scene.object(people[0])

    assert len(obstacles_to_closing(scene.stage("notice"), at=scene.now()).must) == 2


def test_who_came_in_after_the_notice_must_be_shown_before_it_closes(scene: Scene) -> None:
    late = scene.apply("周桂英")
    one = scene.apply("赵建国")
    scene.open("qualification")
    scene.judge(one)
    scene.decide("qualification", one)
    rejected = scene.decide("qualification", late, Verdict.REJECTED, "材料不足")
    scene.close("qualification")
    scene.open("notice")
    scene.publish()
    write_outcome(
        rejected.stage,
        late,
        verdict=Verdict.PASSED,
        reason="递补",
        supersedes=rejected,
        actor=scene.office,
        at=scene.now(),
    )
    scene.run_out()

    with pytest.raises(Refused, match="公示名单中没有周桂英，请先更正公示"):
        scene.close("notice")

    scene.correct(reason="增加递补人选")
    scene.run_out()
    scene.close("notice")
    assert set(_verdicts(scene)) == {"周桂英", "赵建国"}


def test_each_outcome_says_what_became_of_the_objections(scene: Scene) -> None:
    people = scene.to_notice("赵建国", "钱秀兰", "孙志强", "李不涉")
    scene.publish()
    for person, upheld, excludes in ((people[0], True, True), (people[1], True, False), (people[2], False, False)):
        objection, _ = scene.object(person)
        scene.answer(
            objection,
            upheld=upheld,
            excludes=excludes,
            ground="成果与申报不符" if excludes else "",
            answer="何永福反映的情况已核实",
        )
    scene.run_out()

    scene.close("notice")

    found = _verdicts(scene)
    assert {name: verdict for name, (verdict, _) in found.items()} == {
        "赵建国": Verdict.REJECTED,
        "钱秀兰": Verdict.PASSED,
        "孙志强": Verdict.PASSED,
        "李不涉": Verdict.PASSED,
    }
    receipts = {row.application_id: row.receipt for row in Objection.objects.all()}
    assert found["赵建国"][1] == f"{REASON}异议成立（{receipts[people[0].pk]}）：成果与申报不符"
    assert found["钱秀兰"][1] == f"{REASON}的异议已核实处理（{receipts[people[1].pk]}），不影响通过"
    assert found["孙志强"][1] == f"{REASON}的异议经核查不成立（{receipts[people[2].pk]}）"
    # the answer is the objector's: what the applicant reads must not tell who objected
    assert "何永福" not in str(found)


@pytest.mark.parametrize("excluding_first", [True, False])
def test_one_upheld_objection_among_several_keeps_the_person_out(
    scene: Scene, in_notice: list[Application], excluding_first: bool
) -> None:
    person = in_notice[0]
    scene.publish()
    pair = [scene.object(person)[0], scene.object(person)[0]]
    excluding, other = pair if excluding_first else pair[::-1]
    scene.answer(excluding, upheld=True, excludes=True, ground="成果与申报不符")
    scene.answer(other)
    scene.run_out()

    scene.close("notice")

    assert _verdicts(scene)["赵建国"][0] == Verdict.REJECTED

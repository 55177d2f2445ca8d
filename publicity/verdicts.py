"""What a notice says of somebody at its end, by what came of the objections. Pure."""

from publicity.models import Objection
from publicity.states import ObjectionState
from review.states import Verdict

HELD_BACK = "公示期间有情况需要核实，暂缓，核实后另行决定"
"""What the applicant reads: not that, or by whom, somebody objected."""


def verdict_of(objection: Objection | None) -> tuple[Verdict, str]:
    """By the objection that weighs most: the one that excludes, else the last one upheld or dismissed.

    The reason is read by the applicant: it carries the ground of an exclusion, never the answer, which is the objector's.
    """
    if objection is None:
        return Verdict.PASSED, "公示期满，无异议"
    if objection.excludes:
        return Verdict.REJECTED, f"公示期间异议成立（{objection.receipt}）：{objection.ground}"
    if objection.state == ObjectionState.UPHELD:
        return Verdict.PASSED, f"公示期间的异议已核实处理（{objection.receipt}），不影响通过"
    return Verdict.PASSED, f"公示期间的异议经核查不成立（{objection.receipt}）"

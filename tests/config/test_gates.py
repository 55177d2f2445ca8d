"""The coverage gate and the benchmark runner: a gate that lets everything through looks just like one that works."""

import json
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import main as run_benchmarks
from scripts import coverage_gate


def report(tmp_path: Path, percent: float = 99.5, **changes: object) -> Path:
    path = tmp_path / "coverage.json"
    files = {"unions/services.py": {"missing_lines": [], "missing_branches": []} | changes}
    path.write_text(json.dumps({"files": files, "summary": {"percent_covered": percent}}))
    return path


def test_a_module_that_is_covered_completely_passes(tmp_path: Path) -> None:
    assert coverage_gate.shortfalls(report(tmp_path), ["*/services.py"]) == []


@pytest.mark.parametrize("gap", [{"missing_lines": [3]}, {"missing_branches": [[3, 5]]}])
def test_a_missing_line_or_branch_is_named(tmp_path: Path, gap: dict[str, object]) -> None:
    (line,) = coverage_gate.shortfalls(report(tmp_path, **gap), ["*/services.py"])

    assert line.startswith("unions/services.py: ")
    assert "3" in line


def test_a_pattern_that_names_no_module_fails(tmp_path: Path) -> None:
    assert coverage_gate.shortfalls(report(tmp_path), ["renamed.py"]) == ["renamed.py: no such module in the report"]


@pytest.mark.parametrize(("percent", "passed"), [(94.99, False), (95.0, True)])
def test_the_whole_project_is_held_to_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, percent: float, passed: bool
) -> None:
    monkeypatch.setattr(coverage_gate, "gates", lambda: (95.0, ["unions/*.py"]))

    assert coverage_gate.main([], report(tmp_path, percent)) == (0 if passed else 1)
    assert ("94.99 % of 95 %" in capsys.readouterr().out) is not passed


@pytest.mark.parametrize(
    ("better", "ratio", "met"),
    [("higher", 10, True), ("higher", 9.9, False), ("lower", 10, True), ("lower", 11, False)],
)
def test_a_figure_knows_which_way_is_better(better: benchmarks.Better, ratio: float, *, met: bool) -> None:
    figure = benchmarks.Figure("x", better, 10, lambda: benchmarks.Measured(ratio))

    assert figure.met(ratio) is met


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks, "FIGURES", {})
    monkeypatch.setattr("benchmarks.__main__.FIGURES", benchmarks.FIGURES)
    monkeypatch.setattr("benchmarks.__main__.prepare_database", lambda: None)
    monkeypatch.setattr("benchmarks.__main__.discover", lambda: None)
    benchmarks.figure("a.good", better="higher", target=2)(lambda: benchmarks.Measured(3.14159, {"memory_mb": 5}))
    benchmarks.figure("b.bad", better="lower", target=2)(lambda: benchmarks.Measured(3))


@pytest.mark.usefixtures("figures")
def test_a_figure_that_cannot_be_measured_here_says_so_and_misses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    @benchmarks.figure("a.absent", better="higher", target=1)
    def absent() -> benchmarks.Measured:
        raise benchmarks.NotMeasured("nginx is not installed here")

    assert run_benchmarks(["a.absent"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "figure": "a.absent",
        "ratio": None,
        "target": 1,
        "not_measured": "nginx is not installed here",
    }


@pytest.mark.usefixtures("figures")
def test_each_figure_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_benchmarks(["a."]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "figure": "a.good",
        "ratio": 3.142,
        "better": "higher",
        "target": 2,
        "detail": {"memory_mb": 5},
    }


@pytest.mark.usefixtures("figures")
def test_a_missed_target_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_benchmarks([]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("figures")
def test_an_unknown_prefix_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_benchmarks(["z"]) == 2
    assert "a.good" in capsys.readouterr().err


@pytest.mark.usefixtures("figures")
def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        benchmarks.figure("a.good", better="higher", target=1)(lambda: benchmarks.Measured(1))

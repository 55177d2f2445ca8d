"""A whole campaign on sixteen invented people, played once for this module in a process and a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from openpyxl import load_workbook
from pytest_django.plugin import DjangoDbBlocker

from campaigns.rules import loader
from config.launcher import roles
from publicity.rehearsal import scratch
from tests import factories
from tests.conftest import empty_database

RULESET = "linan-2018"
PEOPLE = 16
VOTERS = 400
"""Where the public votes: enough for a burst that somebody paid for."""


@dataclass(frozen=True)
class Rehearsed:
    summary: dict[str, Any]
    folder: Path
    output: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    left: list[str]
    """Scratch databases that nobody plays in any more."""

    def papers(self, pattern: str) -> list[Path]:
        return sorted((self.folder / "papers").glob(pattern))


def _live() -> dict[str, Any]:
    """Everything the live installation keeps: rows by table, files by name and size."""
    name = connections["default"].settings_dict["NAME"]
    with roles.cursor(os.environ["DATABASE_ADMIN_URL"], database=name) as run:
        run.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in run.fetchall()]
        run.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
        rows = dict(run.fetchall())
    kept = [settings.PRIVATE_DIR, settings.OUTBOX_DIR]
    files = {str(path): path.stat().st_size for folder in kept for path in folder.rglob("*") if path.is_file()}
    return {"rows": rows, "files": files}


def rehearse(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it, on the test database as the live one."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = connections["default"].settings_dict["NAME"]
    return subprocess.run(
        [sys.executable, "manage.py", "rehearse", f"--out={folder}", f"--voters={VOTERS}", *options],
        env={**os.environ, "DATABASE_URL": parts._replace(path=f"/{name}").geturl()},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def rehearsed(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsed]:
    folder = tmp_path_factory.mktemp("rehearsal")
    with django_db_blocker.unblock():
        try:
            factories.UnionFactory(slug="zaixian", name="在线区总工会", short_name="在线")
            before = _live()
            done = rehearse(folder, f"--ruleset={RULESET}", f"--people={PEOPLE}")
            assert done.returncode == 0, done.stderr
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
                left = scratch.sweep(run)
            yield Rehearsed(summary, folder, done.stdout + done.stderr, before, _live(), left)
        finally:
            empty_database()


def _text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(text.split())


# --- the summary -----------------------------------------------------------------------------------------------------


def test_the_summary_says_which_rules_were_played(rehearsed: Rehearsed) -> None:
    rules = loader.load_builtin(RULESET)

    assert len(rehearsed.summary["ruleset_sha256"]) == 64
    assert rehearsed.summary["quota"] == rules.quota.places


def test_stages_stand_in_the_order_of_the_rules(rehearsed: Rehearsed) -> None:
    rules = loader.load_builtin(RULESET)
    stages = rehearsed.summary["stages"]

    assert [(stage["kind"], stage["label"]) for stage in stages] == [(s.kind, s.label) for s in rules.stages]


def test_the_figures_of_the_stages_add_up(rehearsed: Rehearsed) -> None:
    stages = rehearsed.summary["stages"]

    assert all(stage["entered"] == stage["passed"] + stage["rejected"] for stage in stages)
    came = [len(rehearsed.papers("forms/*.pdf")), *(stage["passed"] for stage in stages)]
    assert [stage["entered"] + stage["left"] for stage in stages] == came[:-1]


def test_nobody_is_lost_and_the_quota_is_kept(rehearsed: Rehearsed) -> None:
    summary = rehearsed.summary

    assert summary["applications"] == PEOPLE
    assert 0 < len(summary["awards"]) == summary["stages"][-1]["passed"] <= summary["quota"]
    assert summary["honours"] == []


def test_the_audit_chain_is_verified(rehearsed: Rehearsed) -> None:
    chain = rehearsed.summary["audit"]

    assert chain["verified"] is True
    assert chain["entries"] > 10 * PEOPLE
    assert len(chain["head"]) == 64


def test_the_archive_proves_itself(rehearsed: Rehearsed) -> None:
    assert rehearsed.summary["archive"]["verified"], rehearsed.summary["archive"]


@pytest.mark.parametrize(
    "failure",
    [
        "ineligible",
        "late",
        "withdrawn",
        "returned",
        "never_answered",
        "conflicts_declared",
        "conflicts_found",
        "objections_upheld",
        "objections_dismissed",
    ],
)
def test_everything_that_goes_wrong_in_life_went_wrong(rehearsed: Rehearsed, failure: str) -> None:
    assert rehearsed.summary["failures"][failure] > 0


def test_whom_an_objection_excluded_holds_no_title(rehearsed: Rehearsed) -> None:
    notice = next(stage for stage in rehearsed.summary["stages"] if stage["kind"] == "public_notice")

    assert notice["rejected"] == rehearsed.summary["failures"]["objections_upheld"] == 1


# --- the papers ------------------------------------------------------------------------------------------------------


def test_every_title_has_its_certificate(rehearsed: Rehearsed) -> None:
    numbers = [award["certificate"] for award in rehearsed.summary["awards"]]

    assert sorted(path.stem for path in rehearsed.papers("certificates/*.pdf")) == sorted(numbers)
    for award in rehearsed.summary["awards"]:
        assert award["name"] in _text(rehearsed.folder / "papers" / "certificates" / f"{award['certificate']}.pdf")


def test_everybody_who_filed_has_a_form(rehearsed: Rehearsed) -> None:
    forms = [path.stem for path in rehearsed.papers("forms/*.pdf")]
    failures = rehearsed.summary["failures"]

    assert len(forms) == PEOPLE - failures["late"]
    assert all(award["application"] in " ".join(forms) for award in rehearsed.summary["awards"])


def test_the_dates_are_those_of_the_notice(rehearsed: Rehearsed) -> None:
    (notice,) = rehearsed.papers("notice-*.pdf")
    window = loader.load_builtin(RULESET).stage("notice").window
    assert window is not None
    assert window.from_ is not None

    assert f"{window.from_.year}年{window.from_.month}月" in _text(notice)


def test_the_summary_sheet_lists_who_filed(rehearsed: Rehearsed) -> None:
    sheet = load_workbook(rehearsed.folder / "papers" / "汇总表.xlsx").active
    assert sheet is not None
    words = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}

    assert all(path.stem.split("-", 2)[2] in words for path in rehearsed.papers("forms/*.pdf"))


# --- the live installation -------------------------------------------------------------------------------------------


def test_live_rows_and_files_are_untouched(rehearsed: Rehearsed) -> None:
    assert rehearsed.before["rows"]["unions_union"] == 1
    assert rehearsed.after["rows"] == rehearsed.before["rows"]
    assert rehearsed.after["files"] == rehearsed.before["files"]


def test_the_scratch_database_is_gone(rehearsed: Rehearsed) -> None:
    assert rehearsed.left == []


def test_nothing_is_warned_of(rehearsed: Rehearsed) -> None:
    assert '"level": "warning"' not in rehearsed.output
    assert '"level": "error"' not in rehearsed.output


# --- refusals --------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def test_an_unknown_rule_set_is_named() -> None:
    with pytest.raises(CommandError, match="没有名为“nowhere-1999”的规则集"):
        call_command("rehearse", "--ruleset=nowhere-1999")


def test_rules_that_cannot_be_read_are_explained(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("schema = 1\n", encoding="utf-8")

    with pytest.raises(CommandError, match=r"bad\.toml 第1行"):
        call_command("rehearse", f"--ruleset={tmp_path / 'bad.toml'}", f"--out={tmp_path / 'out'}")


def test_a_campaign_that_nobody_applies_for_says_where_it_ends(tmp_path: Path) -> None:
    done = rehearse(tmp_path, f"--ruleset={RULESET}", "--people=0")

    assert done.returncode == 1
    assert "CommandError: 没有进入公示的人选，不能发布公示" in done.stderr

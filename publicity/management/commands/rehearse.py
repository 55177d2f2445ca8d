"""`manage.py rehearse --ruleset CODE`: a whole campaign on invented people, in a database of its own."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campaigns.rules import loader
from campaigns.rules.schema import RuleSet
from campaigns.timetable import ZONE
from publicity.rehearsal import cast, play, report, scratch
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.draft import Draft
from publicity.rehearsal.intake import Unexpected
from unions import tenancy
from unions.permits import Refused

PEOPLE = 60
VOTERS = 20_000
SEED = 20260101
LEAD = timedelta(days=14)


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Rehearse a rule set on invented people; writes summary.json and papers/ below --out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ruleset", required=True, help="code of a rule set in campaigns/rulesets, or a TOML file")
        parser.add_argument("--people", type=int, default=PEOPLE)
        parser.add_argument("--voters", type=int, default=VOTERS, help="how many vote where the public votes")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--out", type=Path, default=None)
        parser.add_argument(
            "--draft-file", type=Path, help="JSON: the frozen rules of a draft, and its union's own calendar"
        )
        parser.add_argument("--inside", action="store_true", help="play in the database this process is connected to")

    def handle(self, **options: Any) -> None:
        path = _source_file(options["ruleset"])
        out: Path = options["out"] or settings.VAR_DIR / "rehearsal" / path.stem
        if options["inside"]:
            self._play(path, out.resolve(), options)
        else:
            self._start(path, out.resolve(), options)

    def _start(self, path: Path, out: Path, options: dict[str, Any]) -> None:
        """Make the scratch database and play in a process of its own that knows no live address.

        Rules that cannot be read are refused before that. Asked to stop, it stops the play and drops the database first; only a kill leaves that to the next rehearsal.
        """
        _rules_of(path)
        signal.signal(signal.SIGTERM, _stop)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, scratch.database(Path(folder)) as env:
            command = [
                sys.executable,
                str(settings.BASE_DIR / "manage.py"),
                "rehearse",
                "--inside",
                f"--ruleset={path}",
                f"--people={options['people']}",
                f"--voters={options['voters']}",
                f"--seed={options['seed']}",
                f"--out={out}",
            ]
            if options["draft_file"]:
                command.append(f"--draft-file={options['draft_file'].resolve()}")
            done = subprocess.run(command, env=env, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise CommandError("演练没有完成，原因见上")

    def _play(self, path: Path, out: Path, options: dict[str, Any]) -> None:
        source = path.read_text(encoding="utf-8")
        try:
            draft = Draft.read(options["draft_file"]) if options["draft_file"] else Draft()
            rules = draft.rules or _rules_of(path)
            clock = Clock(_beginning(rules))
            founded = cast.found(rules, clock, slug="rehearsal")
            with tenancy.scope(founded.union.pk):
                played = play.run(
                    cast.assemble(founded, rules, clock, count=options["people"]),
                    source,
                    clock,
                    draft=draft,
                    count=options["people"],
                    voters=options["voters"],
                    seed=options["seed"],
                    progress=self._say,
                )
                self._say("打印文书")
                found = report.write(played.campaign, out, at=clock(), planted=played.planted)
        except (Refused, Unexpected) as refusal:
            raise CommandError(str(refusal)) from refusal
        for fund in found["ledger"]:
            self._say(
                f"{fund['label']}：{fund['people']} 人，应发 {fund['owed']}，已发 {fund['paid']}，未发 {fund['left']}"
            )
        for polled in (stage["votes"] for stage in found["stages"] if "votes" in stage):
            self._say(polled["words"])
        ended = {"out": str(out), "awards": len(found["awards"]), **found["audit"], "archive": found["archive"]}
        self.stdout.write(json.dumps(ended, ensure_ascii=False))

    def _say(self, what: str) -> None:
        self.stdout.write(what)
        self.stdout.flush()


def _rules_of(path: Path) -> RuleSet:
    try:
        return loader.load_file(path)
    except loader.RuleSetError as error:
        raise CommandError(str(error)) from error


def _beginning(rules: RuleSet) -> datetime:
    """The day of the notice; in a campaign moved to another year, a while before its applications."""
    issued = rules.basis.issued
    opens = rules.dates.applications.from_ or issued or rules.reference
    return datetime.combine(max(issued or date.min, opens - LEAD), time(9), ZONE)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Leave through every finally clause."""
    raise SystemExit(128 + number)


def _source_file(name: str) -> Path:
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return path.resolve()
    found: Path = settings.BASE_DIR / "campaigns" / "rulesets" / f"{name}.toml"
    if not found.is_file():
        raise CommandError(f"没有名为“{name}”的规则集")
    return found

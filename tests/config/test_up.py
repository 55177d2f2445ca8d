"""``make run`` as a person meets it: it prints an address, survives a dead worker and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.launcher.processes import started_at

ROOT = Path(__file__).resolve().parents[2]
FROM_OUTSIDE = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "REHEARSAL_DATABASE_URL", "REDIS_URL")
PARTS = {"postgresql", "redis", "worker", "beat", "web"}


def _as_a_background_job() -> None:
    """A script's shell starts `make run &` like this; an interrupt must stop it all the same."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Site:
    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        kept = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE}
        self.output = var_dir / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launcher", "up"],
                env={**kept, "VAR_DIR": str(var_dir), "DEMO": "0"},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_as_a_background_job,
            )
        self.wait_for(lambda: "Ready after" in self.output.read_text())

    def wait_for(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None or condition(), self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def pids(self) -> dict[str, int]:
        recorded = json.loads((self.var_dir / "run" / "children.json").read_text())
        return {name: pid for name, (pid, _since, _signal) in recorded.items()}

    def family(self) -> set[int]:
        """Return every process that descends from the launcher."""
        found: set[int] = set()
        waiting = [self.process.pid]
        while waiting:
            pid = waiting.pop()
            for thread in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in thread.read_text().split()]
            found.add(pid)
        return found - {self.process.pid}


@pytest.fixture
def var_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="jx-up-"))
    folder.chmod(0o755)  # the servers run under an account of their own when the suite runs as root
    yield folder
    shutil.rmtree(folder)


def gone(pids: set[int]) -> bool:
    return all(started_at(pid) is None for pid in pids)


def kill_without_warning(site: Site) -> None:
    family = site.family()
    assert len(family) > len(PARTS)

    site.process.kill()
    site.process.wait()

    deadline = time.monotonic() + 60
    while not gone(family):
        assert time.monotonic() < deadline, [pid for pid in family if not gone({pid})]
        time.sleep(0.1)


def test_it_survives_kill_9_replaces_a_dead_worker_and_stops_cleanly(var_dir: Path) -> None:
    """One scenario, because each first start migrates a database."""
    kill_without_warning(Site(var_dir))
    for half_written in (var_dir / "run").glob("beat*"):
        half_written.write_bytes(b"")
    site = Site(var_dir)
    try:
        before = site.pids()
        assert set(before) == PARTS
        address = re.findall(r"http://\S+", site.output.read_text())[-1]
        with urllib.request.urlopen(address + "health/ready/?format=json", timeout=30) as response:
            assert response.status == 200

        os.killpg(before["worker"], signal.SIGKILL)
        site.wait_for(lambda: site.pids().get("worker", before["worker"]) != before["worker"])
        family = site.family()
        assert "beat ended" not in site.output.read_text()
        site.process.send_signal(signal.SIGINT)

        assert site.process.wait(60) == 0
        assert gone(family)
        assert "worker ended with code -9; starting it again." in site.output.read_text()
    finally:
        site.process.kill()
        site.process.wait()

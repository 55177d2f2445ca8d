"""The database of a rehearsal: made by a role that cannot reach the live one, and always dropped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest
from django.conf import settings
from pytest_django import Settings

from publicity.rehearsal import scratch


def _databases() -> set[str]:
    with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
        run.execute("SELECT datname FROM pg_database")
        return {name for (name,) in run.fetchall()}


def _runs() -> set[str]:
    return {name for name in _databases() if name.startswith(scratch.RUN)}


def test_the_environment_of_a_play_names_nothing_live(tmp_path: Path) -> None:
    env = scratch.environment("jiangxuan_scratch_run_x", tmp_path)
    live = urlsplit(os.environ["DATABASE_OWNER_URL"])

    assert "DATABASE_ADMIN_URL" not in env
    assert "REHEARSAL_DATABASE_URL" not in env
    assert {urlsplit(env[name]).path for name in ("DATABASE_URL", "DATABASE_OWNER_URL")} == {"/jiangxuan_scratch_run_x"}
    assert not any(unquote(live.password or "") in value for value in env.values())
    assert settings.REDIS_URL not in env.values()
    assert env["VAR_DIR"] == str(tmp_path)


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY"])
def test_a_play_has_keys_of_its_own(tmp_path: Path, name: str) -> None:
    one, other = scratch.environment("x", tmp_path), scratch.environment("x", tmp_path)

    assert one[name] not in {os.environ.get(name), other[name]}


def test_the_maker_cannot_connect_to_the_live_database() -> None:
    live = urlsplit(settings.DATABASE_URL).path.lstrip("/")

    with (
        pytest.raises(psycopg2.OperationalError, match="permission denied"),
        scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="jiangxuan" if live.startswith("test") else live),
    ):
        pass


def test_a_database_lives_as_long_as_its_block(tmp_path: Path) -> None:
    with scratch.database(tmp_path) as env:
        name = urlsplit(env["DATABASE_URL"]).path.lstrip("/")
        assert name in _runs()

    assert name not in _runs()


def test_a_database_goes_when_the_play_fails(tmp_path: Path) -> None:
    names = []

    with pytest.raises(KeyboardInterrupt), scratch.database(tmp_path) as env:
        names.append(urlsplit(env["DATABASE_URL"]).path.lstrip("/"))
        raise KeyboardInterrupt

    assert names
    assert not _runs() & set(names)


def test_two_plays_at_once_do_not_take_each_others_database(tmp_path: Path) -> None:
    with scratch.database(tmp_path) as one, scratch.database(tmp_path) as other:
        names = {urlsplit(env["DATABASE_URL"]).path.lstrip("/") for env in (one, other)}

        assert len(names) == 2
        assert names <= _runs()


def test_the_template_is_made_once(tmp_path: Path) -> None:
    with scratch.database(tmp_path):
        before = _databases() - _runs()
    started = time.monotonic()
    with scratch.database(tmp_path):
        after = _databases() - _runs()

    assert before == after
    assert time.monotonic() - started < 30


def test_an_old_template_is_dropped_for_a_new_set_of_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = f"{scratch.TEMPLATE}_000000000000"
    with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
        run.execute(f'CREATE DATABASE "{old}"')
    monkeypatch.setattr(scratch, "_manage", lambda *_: None)  # the migrations themselves are not what this is about
    monkeypatch.setattr(scratch, "_template_name", lambda: f"{scratch.TEMPLATE}_111111111111")

    name = scratch._prepare_template(settings.REHEARSAL_DATABASE_URL, tmp_path)

    assert name in _databases()
    assert old not in _databases()
    with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
        run.execute(f'DROP DATABASE "{name}"')


KILLED = """
import django, pathlib, sys, time
django.setup()
from publicity.rehearsal import scratch
with scratch.database(pathlib.Path(sys.argv[1])) as env:
    print(env["DATABASE_URL"], flush=True)
    time.sleep(120)
"""


def test_what_a_killed_rehearsal_left_is_dropped_by_the_next(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(settings.BASE_DIR)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    name = urlsplit(process.stdout.readline().strip()).path.lstrip("/")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert name in _runs()

    deadline = time.monotonic() + 20  # the server notices a killed client when it next reads from it
    while name in _runs() and time.monotonic() < deadline:
        with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
            scratch.sweep(run)
        time.sleep(0.05)

    assert name not in _runs()


def test_a_rehearsal_that_plays_is_left_alone(tmp_path: Path) -> None:
    with scratch.database(tmp_path) as env:
        name = urlsplit(env["DATABASE_URL"]).path.lstrip("/")

        with scratch.cursor(settings.REHEARSAL_DATABASE_URL, database="postgres") as run:
            assert name not in scratch.sweep(run)

        assert name in _runs()


def test_without_a_role_to_make_it_with_there_is_no_scratch(settings: Settings, tmp_path: Path) -> None:
    settings.REHEARSAL_DATABASE_URL = ""

    with pytest.raises(scratch.NoScratch), scratch.database(tmp_path):
        pass

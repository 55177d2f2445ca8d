"""What every test stands on: the database under the product's own role, a clean-up that append-only tables allow, and
real workers on request."""

import asyncio
import contextlib
import gc
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import psycopg2
import pytest
import redis
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test import TransactionTestCase
from hypothesis import settings as settings_of_hypothesis
from psycopg2 import sql
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key
from xdist.scheduler import LoadScopeScheduling

from config.launcher import roles
from config.launcher.processes import die_with_parent
from scripts.screenshot import CHROMIUM
from tests import factories
from tests.kept import KEEPER, chain_of, kept, looks_itself
from unions import tenancy
from unions.models import Member, Union
from unions.states import Role

# What migrations and Django itself put there stays; everything else goes.
_KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission", "django_site"})


def _log_in_as(url: str) -> None:
    """Point the default connection at the same database under another role."""
    parts = urlsplit(url)
    connection = connections["default"]
    connection.close()
    connection.settings_dict["USER"] = parts.username
    connection.settings_dict["PASSWORD"] = unquote(parts.password or "")


def _required(name: str) -> str:
    if not os.environ.get(name):
        pytest.exit(
            f"{name} is not set. Run: .venv/bin/python -m config.launcher run -- .venv/bin/python -m pytest …", 4
        )
    return os.environ[name]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_use_migrations: bool,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Give this process a copy of the migrated database, then connect as the product's role.

    A superuser or an owner would pass row-level security by, and every test of it would prove nothing.
    """
    connection = connections["default"]
    with django_db_blocker.unblock():
        _log_in_as(_required("DATABASE_OWNER_URL"))
        name = connection.creation._get_test_db_name()
        _copy_of_template(name, anew=django_db_createdb)
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
        _log_in_as(_required("DATABASE_URL"))
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            connection.close()
        with roles.cursor(_required("DATABASE_ADMIN_URL"), database="postgres") as run:
            run.execute(sql.SQL(_DROP).format(sql.Identifier(name)))


_DROP: Final = "DROP DATABASE IF EXISTS {} WITH (FORCE)"  # a thread or worker may end a moment after its test
_TEMPLATE: Final = "suite_template"


def _copy_of_template(name: str, *, anew: bool) -> None:
    """Migrating takes a quarter of a minute, copying a moment: one worker migrates for all, and for later runs."""
    connection = connections["default"]
    template = f"{_TEMPLATE}_{_made_from()}"
    with roles.cursor(_required("DATABASE_ADMIN_URL"), database="postgres") as run:
        run.execute("SELECT pg_advisory_lock(hashtext(%s))", [_TEMPLATE])
        run.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_TEMPLATE}%"])
        known = {row[0] for row in run.fetchall()}
        if anew or template not in known:
            for old in known:
                run.execute(sql.SQL(_DROP).format(sql.Identifier(old)))
            connection.settings_dict["TEST"]["NAME"] = f"{_TEMPLATE}_making"
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connection.close()
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            run.execute(rename.format(sql.Identifier(f"{_TEMPLATE}_making"), sql.Identifier(template)))
        run.execute(sql.SQL(_DROP).format(sql.Identifier(name)))
        owner = urlsplit(_required("DATABASE_OWNER_URL")).username
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        run.execute(copy.format(*map(sql.Identifier, (name, template, owner or ""))))


def _made_from() -> str:
    """A digest of everything that says what a migrated database holds."""
    written = [
        *sorted(settings.BASE_DIR.glob("*/migrations/0*.py")),
        *(
            settings.BASE_DIR / name
            for name in ("requirements-test.lock", "config/launcher/roles.py", "unions/tenancy.py")
        ),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in written)).hexdigest()[:12]


@pytest.fixture
def _kept(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        if not looks_itself(request.node):
            KEEPER.prepare(chain_of(request.node))


@pytest.fixture
def _django_db_helper(_kept: None, _django_db_helper: None) -> None:
    """pytest-django's own, whose transaction lies within that of the kept fixtures."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if looks_itself(item):
        with item.config.stash[blocking_manager_key].unblock():
            KEEPER.drop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Once started, Playwright keeps an event loop in its thread; whoever runs one of their own shall not meet it.

    With a loop Django finds other connections than without; the test must go on with that of its fixtures.
    """
    loop = None if item.nodeid.startswith(WATCHING) else asyncio._get_running_loop()
    if loop is None:
        return (yield)
    connection = connections["default"]
    asyncio._set_running_loop(None)
    connections["default"] = connection
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


def _admin_address() -> str:
    parts = urlsplit(_required("DATABASE_ADMIN_URL"))
    name = connections["default"].settings_dict["NAME"]
    return parts._replace(path=f"/{quote(name)}").geturl()


PATIENCE: str = "20s"
"""How long the clean-up waits for a process that still writes, before it says so."""


def empty_database() -> None:
    """Empty every table as the superuser, past the triggers and the keys that would stand against it.

    Only what holds rows is emptied, and row by row: truncating one table of a union would make the files of all hundred anew,
    half a second each time.
    """
    KEEPER.drop()
    with roles.cursor(_admin_address()) as run:
        run.execute("SET session_replication_role = replica")  # ordinary triggers do not fire
        run.execute("SET lock_timeout = %s", [PATIENCE])
        run.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [name for (name,) in run.fetchall() if name not in _KEPT]
        if not tables:
            return
        filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for name in tables
        )
        run.execute("BEGIN")
        run.execute(sql.SQL("LOCK TABLE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        run.execute(filled)
        for (name,) in run.fetchall():
            run.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        run.execute(_COUNT_FROM_ONE, [[f"{name}_id_seq" for name in _KEPT]])
        run.execute("COMMIT")


_COUNT_FROM_ONE: Final = """
SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL (%s)
"""


def _empty_after_test(self: TransactionTestCase) -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()  # an open transaction of a failed test would block the clean-up
    try:
        empty_database()
    except psycopg2.errors.LockNotAvailable:
        pytest.fail("Some process still holds a table lock after the test; stop workers before the test ends.")


# Django empties tables after a transactional test with the application's own role, which rightly may not do that.
TransactionTestCase._fixture_teardown = _empty_after_test  # type: ignore[attr-defined]


@pytest.fixture
def service_environ() -> dict[str, str]:
    """Return the environment for a process that shall work on the test's own database, Redis and files."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = connections["default"].settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": parts._replace(path=f"/{quote(name)}").geturl(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


class Worker:
    """A real Celery worker (with beat, if asked) in a process of its own."""

    def __init__(self, environ: dict[str, str], folder: Path, options: tuple[str, ...]) -> None:
        ready = folder / f"worker-{time.monotonic_ns()}.ready"
        self.log = ready.with_suffix(".log")
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "config", "--quiet", "worker", "--loglevel=INFO", *options],
                env={**environ, "WORKER_READY_FILE": str(ready)},
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL, os.getpid()),
            )
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """Kill -9 the worker with all its children, as a machine that loses power does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Let it finish what it does, then end."""
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.kill()


@pytest.fixture
def start_worker(service_environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Return a function that starts a real worker on the test's database; needs a transactional test.

    The queue is emptied first: other tests leave tasks behind whose rows were rolled back.
    """
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    workers: list[Worker] = []

    def start(*options: str) -> Worker:
        worker = Worker(service_environ, tmp_path, options or ("--concurrency=1",))
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()


# A busy machine is no slow test.
settings_of_hypothesis.register_profile("suite", deadline=None)
settings_of_hypothesis.load_profile("suite")

# --- Several workers ---------------------------------------------------------------------------------------------------


CORES: Final = sorted(os.sched_getaffinity(0))


@receiver(connection_created)
def stay_on_one_core(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Keep a worker and its sessions with the database on the same core.

    They take turns, so they lose nothing by that. To wake the other core with every query took about a tenth of the time of all
    processes over the tests of pages and reviews. The first worker and its browsers go where there is room.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if worker == 0:
        return
    mine = {CORES[worker % len(CORES)]}
    os.sched_setaffinity(0, mine)
    with contextlib.suppress(PermissionError):  # a database that was not started by us
        os.sched_setaffinity(connection.connection.get_backend_pid(), mine)


TOGETHER: Final = "tests/publicity/rehearsal/"
"""A folder whose modules look at the whole server: one worker takes it."""
WATCHING: Final = ("tests/browser/", "tests/static/")
"""What waits for a browser most of the time: one worker takes it while the others keep the processors busy."""
APART: Final = (*WATCHING, "tests/review/test_state_machine.py", "tests/review/test_hidden_cases.py")
"""Every test of these takes long by itself."""
FIRST: Final = (
    "tests/browser/test_main_job.py",
    "tests/browser/test_every_page.py",
    "tests/browser/test_unit_desk.py",
    "tests/config/test_demo.py",
    TOGETHER,
    "tests/publicity/test_archive.py",
    "tests/config/test_launcher.py",
    "tests/config/test_up.py",
    "tests/review/",
    "tests/unions/test_every_url.py",
)
"""What takes longest is begun first, so that no worker sits over it when the others have ended."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within a module, tests that begin with the same kept fixtures stand side by side: each is made once."""
    modules: dict[Path, int] = {}

    def place(item: pytest.Item) -> tuple[int, int, list[str]]:
        first = next((n for n, part in enumerate(FIRST) if item.nodeid.startswith(part)), len(FIRST))
        return first, modules.setdefault(item.path, len(modules)), [one.name for one in chain_of(item)]

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What was imported stays; looking through all of it for garbage again and again took a fourteenth of the time."""
    gc.freeze()


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Module by module, since tests of a module begin with the same; in the order of collection, browsers on the first worker."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _assign_work_unit(self, node: Any) -> None:
        watches = node is self.nodes[0]
        mine = (scope for scope in self.workqueue if scope.startswith(WATCHING) == watches)
        self.workqueue.move_to_end(next(mine, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(TOGETHER):
            return TOGETHER
        return nodeid if nodeid.startswith(APART) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


# --- A browser ---------------------------------------------------------------------------------------------------------

# Once started, Playwright keeps an event loop running in this thread, and Django would refuse every query of later tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, in which the pages of one person share a process: a new one for every page costs a fifth more.

    Scripts are not compiled for speed, since a page of a test is gone before that pays: of what its process took over fifty pages
    with axe a fifth went to it.
    """
    options = ["--no-sandbox", "--process-per-site", "--js-flags=--no-opt,--no-maglev"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": options}


@pytest.fixture(scope="session")
def base_url() -> str:
    """None for all: each folder names its own in `browser_context_args`. (The plugin's own fixture warns under newer pytest.)"""
    return ""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


# --- Unions and their people (unions) ----------------------------------------------------------------------------------


@kept(during=lambda union: tenancy.scope(union.pk))
def union() -> Union:
    """A union, with its tenancy scope open for the whole test: rows of any other are invisible, as in a request."""
    return factories.UnionFactory(slug="shili", name="示例区总工会", short_name="示例")


@pytest.fixture
def other_union(db: None) -> Union:
    """Another tenant. Open `tenancy.scope(other_union.pk)` to make or read its rows."""
    return factories.UnionFactory(slug="linshi", name="邻市总工会", short_name="邻市")


@pytest.fixture
def member(union: Union) -> Callable[..., Member]:
    """Return a function that makes a member of `union`: `member(Role.OFFICE)`; more keywords go to `MemberFactory`."""

    def make(role: Role = Role.APPLICANT, **details: Any) -> Member:
        return factories.MemberFactory(union=union, role=role, **details)

    return make

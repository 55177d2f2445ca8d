"""The product's settings for tests: every xdist worker has its own Redis database and its own files."""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_number = int(_worker.removeprefix("gw")) + 2 if _worker else 1
if (_url := os.environ.get("REDIS_URL")) and os.environ.get("JX_TEST_PROCESS") != _worker + str(_number):
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(_url)._replace(path=f"/{_number}"))
    _var = Path(os.environ["VAR_DIR"]) / "tests" / (_worker or "main")
    _var.mkdir(parents=True, exist_ok=True)
    os.environ["VAR_DIR"] = str(_var)
    # processes that a test starts inherit these names and must not change them again
    os.environ["JX_TEST_PROCESS"] = _worker + str(_number)

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_MFA_REQUIRED = True
# Every client of a test makes the middleware anew, which would look through all static files each time.
WHITENOISE_AUTOREFRESH = True
# What looks over the pages of browser tests comes from where they come from, since they let nothing else in.
STATICFILES_DIRS = [*STATICFILES_DIRS, Path(__file__).with_name("vendor")]  # noqa: F405

# The suite asks some two million small queries, and a socket of the machine's own takes a quarter less for each.
_database = DATABASES["default"]  # noqa: F405
if (_folder := os.environ.get("DATABASE_SOCKETS")) and (Path(_folder) / f".s.PGSQL.{_database['PORT']}").exists():
    _database["HOST"] = _folder
# Two sessions that wait for each other within one test would wait for ever; so the test fails and says where.
_database["OPTIONS"] = {**_database.get("OPTIONS", {}), "options": "-c lock_timeout=60s"}

"""What the settings refuse, tried in processes of their own, because settings load once a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "x" * 60,
    "FIELD_KEYS": "new,old",
    "BLIND_INDEX_KEY": "index",
    "DATABASE_URL": "postgres://jiangxuan_app:p@db/jiangxuan",
    "DATABASE_OWNER_URL": "postgres://jiangxuan_owner:p@db/jiangxuan",
    "REDIS_URL": "redis://redis/0",
    "SITE_URL": "https://jiangxuan.example",
    "ALLOWED_HOSTS": "jiangxuan.example",
    "EMAIL_URL": "smtp+tls://u:p@mail.example:587",
    "SMS_BACKEND": "gateway.Backend",
}
SHOW = (
    "import json; from config import settings as s;"
    "print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=repr))"
)


def load(tmp_path: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    base = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", SHOW], env=base | environ, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_production_starts_with_everything_named(tmp_path: Path) -> None:
    done = load(tmp_path, PRODUCTION)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["FIELD_KEYS"] == ["new", "old"]
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["STAFF_MFA_REQUIRED"] is True
    assert found["EMAIL_HOST"] == "mail.example"
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "FIELD_KEYS",
        "BLIND_INDEX_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "SITE_URL",
        "EMAIL_URL",
        "SMS_BACKEND",
    ],
)
def test_production_refuses_to_start_without(tmp_path: Path, name: str) -> None:
    done = load(tmp_path, {key: value for key, value in PRODUCTION.items() if key != name})

    assert done.returncode != 0
    assert f"{name} must be set" in done.stderr


@pytest.mark.parametrize("name", ["DEBUG", "DEMO"])
def test_production_refuses_what_shows_other_peoples_data(tmp_path: Path, name: str) -> None:
    done = load(tmp_path, {**PRODUCTION, name: "1"})

    assert "refused with ENVIRONMENT=production" in done.stderr


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    assert "must be development or production" in load(tmp_path, {"ENVIRONMENT": "prod"}).stderr


def test_the_owner_is_used_only_when_asked_for(tmp_path: Path) -> None:
    as_app = json.loads(load(tmp_path, PRODUCTION).stdout)
    as_owner = json.loads(load(tmp_path, {**PRODUCTION, "JX_DATABASE_ROLE": "owner"}).stdout)

    assert as_app["DATABASES"]["default"]["USER"] == "jiangxuan_app"
    assert as_owner["DATABASES"]["default"]["USER"] == "jiangxuan_owner"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"JX_DATABASE_ROLE": "root"}, "must be app or owner"),
        ({"JX_DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": ""}, "DATABASE_OWNER_URL must be set"),
        ({"S3_BUCKET": "files"}, "S3_ACCESS_KEY must be set"),
    ],
)
def test_half_a_configuration_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert message in load(tmp_path, PRODUCTION | changes).stderr


def test_files_go_to_s3_when_a_bucket_is_named(tmp_path: Path) -> None:
    s3 = {"S3_BUCKET": "files", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"}

    storages = json.loads(load(tmp_path, PRODUCTION | s3).stdout)["STORAGES"]

    assert storages["private"]["OPTIONS"]["bucket_name"] == "files"
    assert storages["private"]["OPTIONS"]["default_acl"] == "private"
    assert storages["default"] == storages["private"]


def test_development_starts_with_nothing_named_and_keeps_its_keys(tmp_path: Path) -> None:
    first = json.loads(load(tmp_path, {}).stdout)
    second = json.loads(load(tmp_path, {}).stdout)

    assert first["FIELD_KEYS"] == second["FIELD_KEYS"]
    assert first["EMAIL_FILE_PATH"] == str(tmp_path / "outbox" / "mail")


def test_private_files_have_no_address() -> None:
    from django.core.files.storage import storages

    with pytest.raises(ValueError, match="not accessible via a URL"):
        storages["private"].url("anything")


def test_jobs_are_acknowledged_late_and_carry_json_only() -> None:
    from config.celery import app

    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit

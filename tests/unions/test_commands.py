"""What an installation's keeper runs: proof, keys, operators, backup and its drill."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from config.launcher import roles
from tests import factories
from unions import audit, backup, services, vault
from unions.models import AuditEntry, Member, PersonalKey, Union, User
from unions.states import Role

NOON = factories.NOON


def run(name: str, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


# --- verify_audit ---------------------------------------------------------------------------------------------------


def test_every_union_is_verified(union: Union, other_union: Union) -> None:
    said = run("verify_audit")

    assert f"shili: verified, 1 entries, head {audit.verify(union).head}" in said
    assert "linshi: verified, 1 entries" in said


def test_one_union_is_verified_against_an_entry_noted_earlier(union: Union) -> None:
    noted = AuditEntry.objects.get(union=union)

    assert "verified" in run("verify_audit", "--union", "shili", "--expect", f"1:{noted.digest}")
    with pytest.raises(CommandError, match="broken: shili"):
        run("verify_audit", "--union", "shili", "--expect", f"2:{noted.digest}")


def test_a_broken_chain_fails_and_names_the_row(union: Union) -> None:
    actor = services.system_member(union)
    AuditEntry.objects.create(
        union=union, seq=2, at=NOON, actor=actor, action="x.y", object_type="x", object_id="1", previous="x", digest="x"
    )
    out = io.StringIO()

    with pytest.raises(CommandError, match="broken: shili"):
        call_command("verify_audit", stdout=out, stderr=out)
    assert "entry 2" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--union", "nowhere"], "no union"),
        (["--expect", "1:a"], "needs --union"),
        (["--union", "shili", "--expect", "x"], "NUMBER:DIGEST"),
    ],
)
def test_a_wrong_call_is_refused(union: Union, arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        run("verify_audit", *arguments)


# --- rotate_keys ----------------------------------------------------------------------------------------------------


def test_keys_of_people_and_second_factors_are_rotated(union: Union, settings: Settings) -> None:
    key = vault.new_key(union, at=NOON)
    sealed = vault.seal(key, "330000199001011234")
    user = factories.UserFactory()
    for kind, name in (("totp", "secret"), ("recovery_codes", "seed")):
        Authenticator.objects.create(user=user, type=kind, data={name: vault.wrap(name)})
    Authenticator.objects.create(user=user, type="webauthn", data={"credential": {}})
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]

    said = run("rotate_keys")

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert "shili: 1 personal keys" in said
    assert "2 second factors" in said
    assert vault.unseal(PersonalKey.objects.get(pk=key.pk), sealed) == "330000199001011234"
    assert vault.unwrap(Authenticator.objects.get(type="totp").data["secret"]) == "secret"


# --- createoperator -------------------------------------------------------------------------------------------------


def test_an_operator_is_made_and_is_no_superuser(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATOR_PASSWORD", "tie-chui-2026")

    run("createoperator", "--email", "Op@Example.com", "--name", "平台甲")

    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("op@example.com", True, False)
    assert user.check_password("tie-chui-2026")


def test_a_user_is_made_an_operator_and_keeps_the_password(db: None) -> None:
    user = factories.UserFactory(email="op@example.com")

    run("createoperator", "--email", "OP@example.com", "--name", "x")

    user.refresh_from_db()
    assert user.is_staff
    assert user.check_password(factories.PASSWORD)


@pytest.mark.parametrize(("email", "password"), [("op@example.com", "kurz"), ("kein", "tie-chui-2026")])
def test_a_weak_password_or_a_wrong_address_makes_nobody(
    db: None, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: password)
    monkeypatch.delenv("OPERATOR_PASSWORD", raising=False)

    with pytest.raises(CommandError):
        run("createoperator", "--email", email, "--name", "x")
    assert not User.objects.exists()


# --- backup and restore ---------------------------------------------------------------------------------------------


def _address(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@pytest.fixture
def private(settings: Settings, tmp_path: Path) -> Path:
    """Private files of the test's own."""
    folder = tmp_path / "private"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None},
        },
    }
    return folder


@pytest.fixture
def owner_url() -> str:
    return _address(os.environ["DATABASE_OWNER_URL"], connection.settings_dict["NAME"])


@pytest.fixture
def scratch() -> Iterator[str]:
    """The address of an empty database that the owner may fill."""
    name = f"drill_{os.getpid()}"
    admin = os.environ["DATABASE_ADMIN_URL"]
    with roles.cursor(admin, database="postgres") as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" OWNER {roles.OWNER}')
    yield _address(os.environ["DATABASE_OWNER_URL"], name)
    with roles.cursor(admin, database="postgres") as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.django_db(transaction=True)
def test_the_drill_what_was_backed_up_is_there_again_and_verifies(
    union: Union, member: Callable[..., Member], private: Path, owner_url: str, scratch: str, tmp_path: Path
) -> None:
    """Back up, lose everything, restore beside it, and prove it: counts, the audit chain, a sealed value, a file."""
    member(Role.OFFICE)
    key = vault.new_key(union, at=NOON)
    sealed = vault.seal(key, "330000199001011234")
    storages["private"].save("1/ab/paper", ContentFile(b"%PDF paper"))
    archive = tmp_path / "backup.tar"

    said = run("backup", str(archive), "--database-url", owner_url)
    (private / "1/ab/paper").unlink()
    restored = run("restore", str(archive), "--database-url", scratch)

    assert "not in this archive" in said
    assert "FIELD_KEYS" in restored
    assert "is whole" in run("restore", str(archive), "--check")
    assert backup.count_rows(scratch) == backup.count_rows(owner_url)
    assert (private / "1/ab/paper").read_bytes() == b"%PDF paper"
    verified = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": _address(os.environ["DATABASE_URL"], urlsplit(scratch).path[1:]),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert verified.stdout.strip() == (
        f"shili: verified, {audit.verify(union).entries} entries, head {audit.verify(union).head}"
    )
    [(wrapped,)] = backup._query(scratch, f"SELECT wrapped FROM unions_personalkey WHERE id = {key.pk}")
    assert vault.unseal(PersonalKey(wrapped=bytes(wrapped)), sealed) == "330000199001011234"
    [(protected,)] = backup._query(scratch, "SELECT relrowsecurity FROM pg_class WHERE relname = 'unions_member'")
    assert protected


@pytest.mark.django_db(transaction=True)
def test_neither_keys_nor_clear_values_are_in_a_backup(
    union: Union, private: Path, owner_url: str, tmp_path: Path
) -> None:
    key = vault.new_key(union, at=NOON)
    vault.seal(key, "330000199001011234")
    archive = tmp_path / "backup.tar"
    run("backup", str(archive), "--database-url", owner_url)

    content = archive.read_bytes()
    for secret in (*django_settings.FIELD_KEYS, django_settings.BLIND_INDEX_KEY, django_settings.SECRET_KEY):
        assert secret.encode() not in content
    assert archive.stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_holds_something_is_not_restored_over(
    union: Union, private: Path, owner_url: str, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.tar"
    run("backup", str(archive), "--database-url", owner_url)

    with pytest.raises(CommandError, match="empty one"):
        run("restore", str(archive), "--database-url", owner_url)
    with pytest.raises(CommandError, match="exists already"):
        run("backup", str(archive), "--database-url", owner_url)


@pytest.mark.django_db(transaction=True)
def test_a_file_with_other_content_is_not_overwritten(
    union: Union, private: Path, owner_url: str, scratch: str, tmp_path: Path
) -> None:
    storages["private"].save("a", ContentFile(b"old"))
    storages["private"].save("b", ContentFile(b"same"))
    archive = tmp_path / "backup.tar"
    run("backup", str(archive), "--database-url", owner_url)
    (private / "a").write_bytes(b"new")

    with pytest.raises(CommandError, match="other content"):
        run("restore", str(archive), "--database-url", scratch)

    assert (private / "a").read_bytes() == b"new"
    assert backup.count_rows(scratch) == {}
    (private / "a").unlink()
    assert "2 files" in run("restore", str(archive), "--database-url", scratch)


def _archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _manifest(**details: Any) -> bytes:
    return json.dumps({"format": 1, "made_at": "x", "rows": {}, "sha256": {}, **details}).encode()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"database.dump": b"x"}, "no manifest"),
        ({"manifest.json": _manifest(format=99)}, "format 99"),
        ({"manifest.json": _manifest(), "extra": b"x"}, "does not hold"),
        ({"manifest.json": _manifest(sha256={"a": "0" * 64}), "a": b"x"}, "differs from its manifest"),
        ({"manifest.json": b"{"}, "cannot be read"),
    ],
)
def test_an_archive_that_is_not_whole_is_refused(tmp_path: Path, files: dict[str, bytes], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        run("restore", str(_archive(tmp_path / "x.tar", files)), "--check")


def test_what_is_no_archive_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nothing of the kind")

    with pytest.raises(CommandError, match="cannot be read"):
        run("restore", str(tmp_path / "x.tar"), "--check")
    with pytest.raises(CommandError, match="No such file"):
        run("restore", str(tmp_path / "y.tar"), "--check")


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        info = tarfile.TarInfo("manifest.json")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)

    with pytest.raises(CommandError, match="no regular file"):
        run("restore", str(tmp_path / "x.tar"), "--check")


@pytest.mark.django_db(transaction=True)
def test_counts_that_differ_after_a_restore_are_an_error(
    union: Union, private: Path, owner_url: str, scratch: str, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.tar"
    backup.write_backup(archive, url=owner_url, at=NOON)
    with tarfile.open(archive) as packed:
        files = {name: packed.extractfile(name).read() for name in packed.getnames()}
    manifest = json.loads(files["manifest.json"])
    manifest["rows"]["unions_union"] += 1
    files["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(CommandError, match="unions_union"):
        run("restore", str(_archive(tmp_path / "forged.tar", files)), "--database-url", scratch)


@pytest.mark.django_db(transaction=True)
def test_a_failing_program_is_told_in_its_own_words(owner_url: str, tmp_path: Path) -> None:
    with pytest.raises(backup.BackupError, match="pg_dump failed"):
        backup._run([backup.program("pg_dump"), "--format=nonsense"], owner_url)


def test_without_the_owners_address_nothing_is_attempted(settings: Settings, tmp_path: Path) -> None:
    for command in ("backup", "restore"):
        with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
            run(command, str(_archive(tmp_path / f"{command}.tar", {"manifest.json": _manifest()})), database_url="")


def test_programs_are_found_where_they_are_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pg_dump").touch()
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))

    assert backup.program("pg_dump") == tmp_path / "pg_dump"
    with pytest.raises(backup.BackupError, match="pg_nothing not found"):
        backup.program("pg_nothing")


def test_the_default_place_is_under_var(
    settings: Settings, tmp_path: Path, private: Path, owner_url: str, db: None
) -> None:
    settings.VAR_DIR = tmp_path

    run("backup", "--database-url", owner_url)

    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".tar"]

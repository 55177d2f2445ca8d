"""The container files, read as text: the checks need no container engine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ("prepare", "web", "votes", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def dockerfile() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_every_part_of_the_house_is_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"db", "redis", "nginx", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_of_one_image_and_hold_no_rights(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["image"] == "jiangxuan:latest"
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_product_starts_on_a_migrated_database(compose: dict[str, Any], name: str) -> None:
    waits = compose["services"][name]["depends_on"]

    assert waits["prepare"] == {"condition": "service_completed_successfully"}
    assert waits["redis"] == {"condition": "service_healthy"}


def test_only_the_first_step_knows_the_owner_and_the_administrator(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "prepare":
            assert not {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"} & set(service.get("environment", {}))
    example = (ROOT / "docker" / "example.env").read_text()
    assert "DATABASE_OWNER_URL" not in example
    assert "DATABASE_ADMIN_URL" not in example


def test_only_nginx_is_open_to_the_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("db", "redis"):
        assert compose["services"][name]["networks"] == ["inside"]


def test_every_image_names_its_version(compose: dict[str, Any]) -> None:
    for name in ("db", "redis", "nginx"):
        _, _, tag = compose["services"][name]["image"].partition(":")
        assert tag
        assert tag != "latest"
    assert dict(dockerfile())["FROM"] == "debian:12-slim"


def test_every_named_volume_and_network_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"]
        assert set(service["networks"]) <= set(compose["networks"])


def test_mounted_and_copied_files_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).is_file()
    for word, rest in dockerfile():
        if word == "COPY":
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists(), source


def test_what_compose_asks_for_stands_in_the_example(compose: dict[str, Any]) -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^(\w+)=", (ROOT / "docker" / "example.env").read_text(), re.MULTILINE))

    assert wanted <= offered


def test_what_production_settings_require_stands_in_the_example() -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    required = set(re.findall(r'_required\("(\w+)"\)', settings)) - {"S3_ACCESS_KEY", "S3_SECRET_KEY"}
    offered = set(re.findall(r"^(\w+)=", (ROOT / "docker" / "example.env").read_text(), re.MULTILINE))

    assert required <= offered


def test_the_image_uses_the_set_up_of_make_run_and_drops_root() -> None:
    steps = dockerfile()
    words = [word for word, _ in steps]

    assert set(words) <= {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
    assert any("scripts/setup.sh --image" in rest for word, rest in steps if word == "RUN")
    assert dict(steps)["USER"] == "jiangxuan"
    assert words.index("USER") > max(position for position, word in enumerate(words) if word == "RUN")
    assert not any(word == "COPY" and ".env" in rest for word, rest in steps)


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert {".env", "var", ".git", ".venv"} <= set(ignored)


def test_nginx_braces_close_and_every_directive_ends() -> None:
    depth = 0
    for line in (ROOT / "docker" / "nginx.conf").read_text().splitlines():
        statement = line.split("#")[0].strip()
        if not statement:
            continue
        assert statement.endswith((";", "{", "}")), line
        depth += statement.count("{") - statement.count("}")
        assert depth >= 0
    assert depth == 0


def test_nginx_replaces_what_a_visitor_claims_about_himself() -> None:
    text = (ROOT / "docker" / "nginx.conf").read_text()

    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert re.search(r"location /metrics \{\s*return 404;", text)


@pytest.mark.parametrize("script", [*sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("scripts/*.sh")), ".ci/run", "docker/entrypoint.sh"])  # fmt: skip
def test_scripts_parse_and_may_be_run(script: str) -> None:
    path = ROOT / script

    assert path.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0


@pytest.mark.parametrize(("part", "server"), [("web", "gunicorn"), ("votes", "granian")])
def test_a_server_knows_every_option_that_it_is_given(part: str, server: str) -> None:
    (command,) = re.findall(
        rf"^    {part}\)\n(.*?);;", (ROOT / "docker" / "entrypoint.sh").read_text(), re.MULTILINE | re.DOTALL
    )
    told = subprocess.run([sys.executable, "-m", server, "--help"], check=True, capture_output=True, text=True)

    given = re.findall(r"--[a-z][a-z0-9-]+", command)

    assert f"/{server} config." in command
    assert given
    assert set(given) <= set(re.findall(r"--[a-z][a-z0-9-]+", told.stdout))


def test_no_lock_file_names_a_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_both_lock_files_agree_on_every_version() -> None:
    def pins(name: str) -> dict[str, str]:
        found = re.findall(r"^([\w.-]+)==([^\s;]+)((?: ;[^\\]*)?)", (ROOT / name).read_text(), re.MULTILINE)
        return {package + marker.strip(): version for package, version, marker in found}

    runtime, with_tests = pins("requirements.lock"), pins("requirements-test.lock")

    assert runtime
    assert {name: with_tests.get(name) for name in runtime} == runtime

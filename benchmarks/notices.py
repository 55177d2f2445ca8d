"""A published notice through the production configuration of nginx, beside the bare file from the same nginx.

The notice of two hundred people is made by the product's own code and put up as the worker puts it up; the configuration is
`docker/nginx.conf` with nothing changed but where it listens and where the files are. Both are asked for in turn by one process
that sends requests ahead of the answers, so that nginx is what takes the time. Its processor time is compared, not the clock's:
other work on the machine is no merit of either. The production configuration finds out who asks, walks a link into the union's
folder, and sends eight headers more; it keeps an opened file for a second, which the bare one does not.

nginx is no part of the project: where it is not installed nothing is measured, and the line says so.
"""

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.test import override_settings
from django.urls import reverse

from applications.models import Application, Person
from applications.states import State
from benchmarks import Measured, NotMeasured, figure
from campaigns import services as campaigns
from campaigns.models import Campaign, Stage
from campaigns.rules.loader import RULESETS, builtin_codes
from campaigns.states import CampaignState, StageState
from config.launcher import ports
from publicity import selectors
from publicity.models import Notice, NoticeLine, NoticeVersion
from publicity.services import pages
from unions import audit, services, tenancy, vault
from unions.models import Member, PersonalKey, Union, User
from unions.states import Role

PEOPLE: Final = 200
ROUNDS: Final = 12
REQUESTS: Final = 3_000
AHEAD: Final = 30
ALONE: Final = 2_000
AT: Final = datetime(2026, 3, 23, 4, 0, tzinfo=UTC)
SITE: Final = "https://jiangxuan.example"
COLUMNS: Final = [
    {"id": "name", "label": "姓名"},
    {"id": "employer", "label": "工作单位"},
    {"id": "trade", "label": "工种"},
]
WHOLE: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    sendfile on;
    keepalive_requests 1000000;
    access_log {folder}/access.log;
    default_type text/html;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/production.conf;
    server {{ listen 127.0.0.1:{bare}; root {folder}/bare; }}
}}
"""


@figure("notice.vs_static_file", better="higher", target=0.9)
def notice_vs_static_file() -> Measured:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise NotMeasured("nginx is not installed here; install it (on Debian: apt-get install nginx) to measure")
    with (
        TemporaryDirectory(prefix="bench-nginx-") as name,
        override_settings(PUBLIC_DIR=f"{name}/public", SITE_URL=SITE),
    ):
        folder = Path(name)
        path, page = _published()
        (folder / "bare").mkdir()
        shutil.copy(page, folder / "bare" / "index.html")
        with _served(nginx, folder) as (process, production, bare):
            return _compare(
                process,
                _Asker(production, path, "X-Forwarded-Proto: https\r\n"),
                _Asker(bare, "/index.html", ""),
                page.read_bytes(),
            )


@dataclass(frozen=True)
class _Asker:
    """Asks one server for one address."""

    port: int
    path: str
    more: str

    @property
    def request(self) -> bytes:
        host = urlsplit(SITE).hostname
        return f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\n{self.more}\r\n".encode()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def once(self) -> bytes:
        """A whole answer, asked for on a connection of its own."""
        with self.connect() as line:
            line.sendall(self.request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return b"".join(iter(lambda: line.recv(1 << 20), b""))

    def size(self) -> int:
        """Bytes of one answer on a connection that stays open."""
        with self.connect() as line:
            line.sendall(self.request)
            got = b""
            while b"\r\n\r\n" not in got:
                got += line.recv(1 << 20)
            head, _, body = got.partition(b"\r\n\r\n")
            length = next(int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.startswith(b"Content-Length"))
            while len(body) < length:
                body += line.recv(1 << 20)
            return len(head) + 4 + length

    def many(self, size: int) -> float:
        """Seconds for REQUESTS answers, asked for AHEAD at a time."""
        with self.connect() as line:
            buffer = bytearray(1 << 20)
            started = time.perf_counter()
            for _ in range(REQUESTS // AHEAD):
                line.sendall(self.request * AHEAD)
                left = size * AHEAD
                while left > 0:
                    left -= line.recv_into(buffer)
            return time.perf_counter() - started

    def alone(self, size: int) -> list[float]:
        """Seconds of each of many answers, one after another."""
        with self.connect() as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            buffer, times = bytearray(1 << 20), []
            for _ in range(ALONE):
                started, left = time.perf_counter(), size
                line.sendall(self.request)
                while left > 0:
                    left -= line.recv_into(buffer)
                times.append(time.perf_counter() - started)
        return times


def _compare(process: subprocess.Popen[bytes], production: _Asker, bare: _Asker, page: bytes) -> Measured:
    head, _, body = production.once().partition(b"\r\n\r\n")
    if body != page or b"Content-Security-Policy" not in head or not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the production configuration does not hand out the page: {head[:400]!r}")
    known = _Asker(production.port, production.path, f"{production.more}Cookie: sessionid=x\r\n").once()
    if not known.startswith(b"HTTP/1.1 502"):  # there is no application behind it here
        raise RuntimeError("somebody who is signed in was given the finished page")
    askers = {"production": production, "bare": bare}
    sizes = {name: asker.size() for name, asker in askers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in askers}
    busy: dict[str, list[float]] = {name: [] for name in askers}
    for _ in range(ROUNDS):
        for name, asker in askers.items():
            before = _processor(process.pid)
            seconds[name].append(asker.many(sizes[name]))
            busy[name].append(_processor(process.pid) - before)
    waits = {name: asker.alone(sizes[name]) for name, asker in askers.items()}
    each = {name: median(times) / REQUESTS for name, times in seconds.items()}
    cost = {name: median(times) / REQUESTS for name, times in busy.items()}
    return Measured(
        cost["bare"] / cost["production"],
        {
            "requests_per_second": {name: round(1 / one) for name, one in each.items()},
            "nginx_microseconds": {name: round(one * 1e6, 1) for name, one in cost.items()},
            "by_the_clock": round(each["bare"] / each["production"], 3),
            "p99_milliseconds": {name: round(quantiles(times, n=100)[98] * 1000, 3) for name, times in waits.items()},
            "page_bytes": len(page),
            "people": PEOPLE,
        },
    )


def _processor(pid: int) -> float:
    """Seconds that a process has run so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


@contextmanager
def _served(nginx: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    production, bare = ports.free_port(8300), ports.free_port(8400)
    text = (settings.BASE_DIR / "docker" / "nginx.conf").read_text(encoding="utf-8")
    for here, there in (
        ("listen 80;", f"listen 127.0.0.1:{production};"),
        ("server web:8000;", "server 127.0.0.1:9;"),
        ("server web:8000 backup;", "server 127.0.0.1:9 backup;"),
        ("server votes:8000;", "server 127.0.0.1:9;"),
        ("/srv/public", str(settings.PUBLIC_DIR)),
        ("/var/cache/nginx/static", f"{folder}/cache"),
    ):
        if here not in text:
            raise RuntimeError(f"docker/nginx.conf does not say {here!r} any more")
        text = text.replace(here, there)
    (folder / "production.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder, bare=bare), encoding="utf-8")
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            time.sleep(0.05)
            if process.poll() is not None:
                raise RuntimeError((folder / "error.log").read_text(encoding="utf-8")[-500:])
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", bare)) == 0:
                    break
        yield process, production, bare
    finally:
        process.terminate()
        process.wait(timeout=10)


# --- the notice --------------------------------------------------------------------------------------------------------


def _published() -> tuple[str, Path]:
    """Its address, and the file that the worker wrote."""
    slug = f"bench-{secrets.token_hex(4)}"
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        union = services.found_union(slug=slug, name=f"测量{slug}总工会", short_name="测量", at=AT).union
    with tenancy.scope(union.pk):
        notice = _notice(union)
        pages.put_up_pages("notices", notice.pk, at=AT)
        pages.put_up_union(union, mark="0" * 64)
        path = reverse("publicity:notice", kwargs={"union_slug": union.slug, "pk": notice.pk})
        return path, pages.folder_of(notice) / "index.html"


def _notice(union: Union) -> Notice:
    office, campaign = _campaign(union)
    rule = next(rule for rule in campaign.rules.stages if rule.kind == "public_notice")
    stage, _ = Stage.objects.update_or_create(
        campaign=campaign,
        key=rule.id,
        defaults={"state": StageState.OPEN},
        create_defaults={
            "union": union,
            "kind": rule.kind,
            "label": rule.label,
            "position": 9,
            "state": StageState.OPEN,
        },
    )
    notice = Notice.objects.create(union=union, stage=stage, created_at=AT)
    version = NoticeVersion(
        union=union,
        notice=notice,
        version=1,
        title="关于工匠人选的公示",
        foreword="经资格审核和专家评审，现将人选名单予以公示，接受社会评议和监督。" * 4,
        contact="受理部门：认定办公室",
        columns=COLUMNS,
        starts_on=date(2026, 3, 24),
        ends_on=date(2026, 3, 30),
        at=AT,
        by=office,
    )
    lines = [
        NoticeLine(
            union=union,
            version=version,
            application=row,
            position=n,
            sealed=vault.seal(key, shown),
            digest=vault.digest(key, shown),
        )
        for n, (row, key, shown) in enumerate(_people(union, campaign, office), start=1)
    ]
    version.sha256 = selectors.version_digest(version, lines)
    version.save(force_insert=True)
    for line in lines:
        line.version = version
    NoticeLine.objects.bulk_create(lines)
    return notice


def _people(union: Union, campaign: Campaign, office: Member) -> Iterator[tuple[Application, PersonalKey, str]]:
    keys = vault.new_keys(union, PEOPLE, at=AT)
    people = Person.objects.bulk_create(
        Person(union=union, key=key, name=f"测量人{n}", created_at=AT) for n, key in enumerate(keys)
    )
    rows = Application.objects.bulk_create(
        Application(
            union=union,
            campaign=campaign,
            person=person,
            filled_by=office,
            channel=campaign.rules.channels[0].id,
            state=State.SUBMITTED,
            number=f"N{n:05d}",
            name=person.name,
            employer=f"示例精密机械制造股份有限公司第{n % 30}分厂",
            trade="焊工",
            created_at=AT,
            saved_at=AT,
            submitted_at=AT,
        )
        for n, person in enumerate(people)
    )
    for row, key in zip(rows, keys, strict=True):
        yield row, key, audit.canonical([row.name, row.employer, row.trade]).decode()


def _campaign(union: Union) -> tuple[Member, Campaign]:
    code = builtin_codes()[0]
    system = services.system_member(union)
    admin = services.appoint_first_administrator(
        union, User.objects.create_user(email=f"a{secrets.token_hex(4)}@example.com", name="管"), actor=system, at=AT
    )
    clerk = User.objects.create_user(email=f"o{secrets.token_hex(4)}@example.com", name="办")
    office = services.appoint_member(union, clerk, Role.OFFICE, actor=admin, at=AT)
    text = (RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    ruleset = campaigns.load_ruleset(union, text, name=code, actor=office, at=AT)
    campaign = campaigns.draft_campaign(union, ruleset, slug="notice", title="测量", actor=office, at=AT)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, rules_sha256="0" * 64)
    campaign.refresh_from_db()
    return office, campaign

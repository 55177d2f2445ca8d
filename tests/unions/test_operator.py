"""The platform's own pages: unions, health, the demo's outbox."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests import factories
from unions import context, health, services, sms, tasks, tenancy
from unions.models import AuditEntry, Invitation, Member, Union, User
from unions.states import Role


@pytest.fixture
def operator(db: None) -> User:
    return factories.UserFactory(name="平台甲", operator=True, second_factor=True)


@pytest.fixture
def desk(client: Client, operator: User) -> Client:
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(name: str, **kwargs: Any) -> str:
    return reverse(f"unions_global:{name}", kwargs=kwargs)


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


NEW = {
    "name": "新区总工会",
    "short_name": "新区",
    "slug": "xinqu",
    "admin_name": "首位管理员",
    "admin_contact": "first@example.com",
}


def test_a_union_is_opened_and_its_first_administrator_gets_going(desk: Client, client: Client) -> None:
    response = desk.post(at("found"), NEW, follow=True)

    assert "已开通新区总工会" in text(response)
    assert "/invitations/" in text(response)
    factories.carry_messages(Union.objects.get(slug="xinqu"), at=timezone.now())
    path = str(mail.outbox[0].body)
    link = path[path.index("/invitations/") :].partition("\n")[0]
    newcomer = Client()
    newcomer.force_login(factories.UserFactory(second_factor=True), backend="django.contrib.auth.backends.ModelBackend")
    assert newcomer.post(link)["Location"] == "/xinqu/desk/"
    assert newcomer.get("/xinqu/manage/members/").status_code == 200
    assert "等待首位管理员" not in text(desk.get(at("operator")))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"slug": "shili"}, "已被使用"),
        ({"slug": "admin"}, "系统保留"),
        ({"slug": "大写"}, "小写字母"),
        ({"admin_contact": "x"}, "手机号码或电子邮箱"),
    ],
)
def test_a_union_that_cannot_be_opened_says_why(
    desk: Client, union: Union, change: dict[str, str], problem: str
) -> None:
    response = desk.post(at("found"), {**NEW, **change})

    assert response.status_code == 400
    assert problem in text(response)
    assert Union.objects.count() == 1


def test_an_empty_platform_says_what_to_do_first(desk: Client) -> None:
    assert "还没有工会" in text(desk.get(at("operator")))


def test_an_invitation_that_cannot_be_sent_is_shown(desk: Client, union: Union, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    response = desk.post(
        at("invite_administrator", pk=union.pk), {"name": "甲", "contact": "a@example.com"}, follow=True
    )

    assert "亲自转给对方" in text(response)
    assert "/invitations/" in text(response)


def test_a_second_first_administrator_is_refused(desk: Client, union: Union, member: Callable[..., Member]) -> None:
    member(Role.ADMIN)

    response = desk.post(
        at("invite_administrator", pk=union.pk), {"name": "甲", "contact": "a@example.com"}, follow=True
    )

    assert "已有管理员" in text(response)
    assert not Invitation.objects.exists()


def test_a_contact_that_is_none_is_said_so(desk: Client, union: Union) -> None:
    response = desk.post(at("invite_administrator", pk=union.pk), {"name": "甲", "contact": "x"}, follow=True)

    assert "手机号码或电子邮箱" in text(response)


def test_a_union_is_closed_with_a_reason(desk: Client, union: Union, client: Client) -> None:
    assert desk.post(at("configure", pk=union.pk), {"reason": ""}).status_code == 400
    assert desk.post(at("configure", pk=union.pk), {"domain": "http://x/", "reason": "x"}).status_code == 400
    response = desk.post(at("configure", pk=union.pk), {"domain": "", "reason": "停办"}, follow=True)

    assert "已保存" in text(response)
    assert AuditEntry.objects.filter(union=union).latest("seq").reason == "停办"
    assert Client().get("/shili/privacy/").status_code == 404
    assert desk.post(at("operator_reading", pk=union.pk), {"reason": "x"}).status_code == 404


def test_a_domain_that_is_taken_is_refused(desk: Client, union: Union, other_union: Union) -> None:
    Union.objects.filter(pk=other_union.pk).update(domain="gj.example.cn")

    response = desk.post(
        at("configure", pk=union.pk), {"domain": "gj.example.cn", "active": "on", "reason": "x"}, follow=True
    )

    assert "已被其他工会使用" in text(response)


def test_an_operator_reads_the_log_only_after_saying_why(desk: Client, union: Union, operator: User) -> None:
    assert desk.get("/shili/audit/").status_code == 403
    assert "理由" in text(desk.post(at("operator_reading", pk=union.pk), {"reason": " "}, follow=True))
    assert desk.get("/shili/audit/").status_code == 403

    desk.post(at("operator_reading", pk=union.pk), {"reason": "核对公示"})

    assert "核对公示" in text(desk.get("/shili/audit/"))
    assert "进入工作台" in text(desk.get(at("union", pk=union.pk)))


@pytest.mark.parametrize("name", ["operator", "found", "health"])
def test_nobody_else_opens_the_platforms_pages(
    client: Client, union: Union, member: Callable[..., Member], name: str
) -> None:
    assert client.get(at(name)).status_code == 302
    factories.sign_in(client, member(Role.ADMIN))
    assert client.get(at(name)).status_code == 403


# --- health ---------------------------------------------------------------------------------------------------------


def test_the_health_page_says_what_is_wrong_and_what_to_do(desk: Client) -> None:
    cache.delete(health.HEARTBEAT_KEY)

    page = text(desk.get(at("health")))

    for words in ("数据库", "行级安全有效", "缓存与队列", "启动 celery worker", "启动 celery beat", "磁盘"):
        assert words in page


def test_a_beating_heart_is_seen_and_a_late_one_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.heartbeat()
    assert health.beat().well

    cache.set(health.HEARTBEAT_KEY, 0)
    assert not health.beat().well


def test_the_heartbeat_is_scheduled(settings: Settings) -> None:
    task = settings.CELERY_BEAT_SCHEDULE["heartbeat"]

    assert task["task"] == tasks.heartbeat.name
    assert task["schedule"] == health.HEARTBEAT_EVERY


def test_services_that_are_gone_are_findings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "无法连接" in health.cache_and_queue().finding

    monkeypatch.setattr(health, "LOW_DISK", 1 << 62)
    assert "扩容" in health.disk().advice


def test_a_queue_that_is_gone_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import Celery

    gone = Celery(broker="redis://127.0.0.1:1/0", broker_connection_retry=False, set_as_current=False)
    gone.conf.broker_transport_options = {"socket_connect_timeout": 0.2, "max_retries": 0}
    monkeypatch.setattr(health, "current_app", gone)

    assert "先恢复缓存与队列" in health.worker().advice


@pytest.mark.django_db(transaction=True)
def test_a_worker_at_work_is_seen(start_worker: Callable[..., Any]) -> None:
    start_worker()

    assert health.worker().well
    assert current_app.control.ping(timeout=1.0)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    assert "无法连接" in health.database().finding


def test_a_database_that_row_security_does_not_bind_is_a_finding(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenancy, "unprotected_because", lambda: "应用以所有者身份连接")

    assert not health.database().well


@pytest.mark.parametrize(
    ("count", "words"), [(5, "5 字节"), (2048, "2 KB"), (3 << 20, "3.0 MB"), (5 << 40, "5120.0 GB")]
)
def test_sizes_are_read_in_words(count: int, words: str) -> None:
    assert health._size(count) == words


def test_redis_answers(db: None) -> None:
    assert health.cache_and_queue().well
    assert redis.VERSION


# --- the demo's outbox and sign-ins ---------------------------------------------------------------------------------


@pytest.fixture
def outbox(settings: Settings, tmp_path: Path) -> Path:
    settings.DEMO = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.SMS_FILE_PATH = tmp_path / "sms"
    return tmp_path


def test_the_outbox_shows_mail_and_short_messages_newest_first(client: Client, outbox: Path, db: None) -> None:
    assert "还没有邮件和短信" in text(client.get("/outbox/"))
    sms.send(to="+8619900001234", text="验证码 123456", message_id="a")
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(outbox / "mail"))
    letter = EmailMultiAlternatives("重设密码", "请打开 https://example.com/reset/", to=["a@example.com"])
    letter.attach_alternative("<p>请打开</p>", "text/html")
    html = EmailMessage("只有网页", "<p>x</p>", to=["b@example.com"])
    html.content_subtype = "html"
    backend.send_messages([letter, html])

    response = client.get("/outbox/")

    page = text(response)
    assert {message.kind for message in response.context["page"]} == {"邮件", "短信"}
    assert "验证码 123456" in page
    assert 'href="https://example.com/reset/"' in page
    assert "请打开" in page
    assert "19900001234" in page


def test_outside_the_demo_there_is_no_outbox(client: Client, outbox: Path, settings: Settings, db: None) -> None:
    settings.DEMO = False

    assert client.get("/outbox/").status_code == 404


def test_the_demos_sign_ins_are_shown_in_the_demo_only(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    request = RequestFactory().get("/")
    signins = [{"role": "申报人", "login": "19900001234", "password": "demo"}]

    settings.DEMO = True
    assert not context.demo_signins(request)["demo_sign_ins"]
    context.registry_path().write_text(json.dumps(signins), encoding="utf-8")
    assert list(context.demo_signins(request)["demo_sign_ins"]) == signins
    settings.DEMO = False
    assert context.demo_signins(request) == {"demo_sign_ins": [], "demo_outbox_url": ""}


def test_the_sign_in_page_lists_them(client: Client, settings: Settings, tmp_path: Path, db: None) -> None:
    settings.VAR_DIR, settings.DEMO = tmp_path, True
    signins = [{"role": "申报人", "login": "19900001234", "password": "demo-mi-ma"}]
    context.registry_path().write_text(json.dumps(signins), encoding="utf-8")

    assert "demo-mi-ma" in text(client.get("/accounts/login/"))


def test_a_registered_operator_is_the_actor_of_platform_work(union: Union, operator: User) -> None:
    actor = services.register_operator(union, operator, at=datetime(2026, 3, 2, tzinfo=UTC))

    assert str(actor) == "平台甲"
    assert actor.display_name == "平台甲"
    assert actor.contact == "" or actor.contact

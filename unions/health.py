"""How the installation is, in words an operator can act on. Apps above add their own checks with `register`."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError

from unions import tenancy

HEARTBEAT_KEY = "unions.heartbeat"
HEARTBEAT_EVERY = 60  # seconds
LOW_DISK = 2 * 1024**3  # bytes


@dataclass(frozen=True, slots=True)
class Result:
    """`advice` says what to do when it is not well."""

    label: str
    well: bool
    finding: str
    advice: str = ""


Check = Callable[[], Result]
_CHECKS: list[Check] = []


def register(check: Check) -> Check:
    _CHECKS.append(check)
    return check


def run() -> list[Result]:
    """Run every check; one that breaks is a finding, not an error page."""
    return [check() for check in _CHECKS]


@register
def database() -> Result:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
        unprotected = tenancy.unprotected_because()
    except DatabaseError as error:
        return Result("数据库", False, f"无法连接：{error}", "检查 PostgreSQL 是否运行、DATABASE_URL 是否正确")
    if unprotected:
        return Result("数据库", False, unprotected, "应用须以 jiangxuan_app 角色连接，并由所有者执行迁移")
    return Result("数据库", True, f"PostgreSQL {version}，占用 {_size(size)}，行级安全有效")


@register
def cache_and_queue() -> Result:
    try:
        info = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3).info()
    except redis.RedisError as error:
        return Result("缓存与队列", False, f"无法连接：{error}", "检查 Redis 或 Valkey 是否运行、REDIS_URL 是否正确")
    assert isinstance(info, dict)
    version = info.get("valkey_version") or info.get("redis_version")
    return Result("缓存与队列", True, f"版本 {version}，占用内存 {_size(int(info['used_memory']))}")


@register
def worker() -> Result:
    try:
        answers = current_app.control.ping(timeout=1.0)
    except OperationalError as error:
        return Result("后台任务", False, f"队列不可用：{error}", "先恢复缓存与队列")
    if not answers:
        return Result("后台任务", False, "没有后台进程应答", "启动 celery worker；证书、表格和通知在它恢复后继续处理")
    return Result("后台任务", True, f"{len(answers)} 个后台进程在工作")


@register
def beat() -> Result:
    beaten_at = cache.get(HEARTBEAT_KEY)
    if beaten_at is None:
        return Result("定时任务", False, "还没有收到定时任务", "启动 celery beat；到期的环节和卡住的任务靠它处理")
    ago = int(time.time() - beaten_at)
    if ago > 3 * HEARTBEAT_EVERY:
        return Result("定时任务", False, f"上次运行在 {ago // 60} 分钟前", "检查 celery beat 和后台进程是否运行")
    return Result("定时任务", True, f"{ago} 秒前运行过")


@register
def disk() -> Result:
    path = Path(settings.VAR_DIR)
    usage = shutil.disk_usage(path)
    finding = f"可用 {_size(usage.free)}，共 {_size(usage.total)}"
    if usage.free < LOW_DISK:
        return Result("磁盘", False, finding, "清理或扩容；不足时上传和证书生成会失败")
    return Result("磁盘", True, finding)


def _size(count: int) -> str:
    exponent = min(max(count.bit_length() - 1, 0) // 10, 3)
    return f"{count / 1024**exponent:.{1 if exponent > 1 else 0}f} {('字节', 'KB', 'MB', 'GB')[exponent]}"

"""Moments as the union's people read them."""

from datetime import date, datetime
from typing import Final

from django.utils import timezone

_WEEKDAYS: Final = "一二三四五六日"


def local_today(at: datetime) -> date:
    """The calendar day of a moment where the union is."""
    return timezone.localtime(at).date()


def deadline_words(at: datetime) -> str:
    """2019年1月15日（星期二）17:30."""
    local = timezone.localtime(at)
    return f"{local.year}年{local.month}月{local.day}日（星期{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"

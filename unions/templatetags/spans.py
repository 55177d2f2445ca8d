"""How long something takes, as people say it: 24 天, not Django's 3 周，3 日."""

from datetime import datetime, timedelta

from django import template

register = template.Library()


@register.filter
def span_to(start: datetime, end: datetime) -> str:
    """The time from one moment to a later one, in the one or two units that matter; hours only while days are few."""
    left = max(end - start, timedelta())
    hours, minutes = left.seconds // 3600, left.seconds // 60 % 60
    if left.days > 2:
        return f"{left.days} 天"
    if left.days:
        return f"{left.days} 天 {hours} 小时" if hours else f"{left.days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分钟" if minutes else f"{hours} 小时"
    return f"{minutes} 分钟" if minutes else "不到 1 分钟"

"""Roles of a member in a union. A leaf: imports nothing of ours."""

from django.db import models


class Role(models.TextChoices):
    APPLICANT = "applicant", "申报人"
    UNIT_OFFICER = "unit_officer", "推荐单位经办人"
    OFFICE = "office", "认定办公室"
    EXPERT = "expert", "评审专家"
    LEADER = "leader", "领导小组成员"
    SUPERVISOR = "supervisor", "监督员"
    ADMIN = "admin", "工会管理员"
    OPERATOR = "operator", "平台管理员"
    SYSTEM = "system", "系统"
    PUBLIC = "public", "公众"


STAFF: frozenset[Role] = frozenset(
    {Role.UNIT_OFFICER, Role.OFFICE, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.OPERATOR}
)
"""Roles that see other people's data: they need a second factor."""

INVITABLE: frozenset[Role] = STAFF - {Role.OPERATOR}

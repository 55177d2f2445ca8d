"""The few places each role has: the rail of the desks. Here because it names views of every app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from unions.models import Member
from unions.states import Role


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    view: str
    icon: str


_CAMPAIGNS = Place("活动", "campaigns:desk", "flag")
_INBOX = Place("申报受理", "applications:inboxes", "inbox")
_DATA = Place("个人信息请求", "applications:erasures", "key")
_REVIEW = Place("环节与评审", "review:campaigns", "steps")
_NOTICES = Place("公示与异议", "publicity:desk", "megaphone")
_AWARDS = Place("授予与证书", "publicity:awards", "medal")
_GALLERY = Place("风采展示", "publicity:gallery_desk", "users")
_RULES = Place("规则集", "campaigns:rulesets", "book")
_CALENDAR = Place("工作日历", "campaigns:calendar", "calendar")
_AUDIT = Place("审计记录", "unions:audit", "shield")
_MESSAGES = Place("消息发送", "unions:deliveries", "mail")

PLACES: Final[Mapping[Role, tuple[Place, ...]]] = {
    Role.APPLICANT: (Place("我的申报", "applications:mine", "user"), Place("我的称号", "publicity:my_titles", "medal")),
    Role.UNIT_OFFICER: (Place("本单位推荐", "applications:unit", "users"),),
    Role.OFFICE: (_INBOX, _REVIEW, _NOTICES, _AWARDS, _GALLERY, _CAMPAIGNS, _MESSAGES, _RULES, _CALENDAR, _DATA),
    Role.EXPERT: (Place("我的评审", "review:my_panels", "pen"),),
    Role.LEADER: (Place("领导小组", "review:group", "gavel"), _REVIEW, _NOTICES, _AWARDS, _CAMPAIGNS),
    Role.SUPERVISOR: (Place("监督", "review:campaigns", "eye"), _NOTICES, _AWARDS, _AUDIT),
    Role.ADMIN: (
        Place("成员", "unions:members", "users"),
        Place("推荐单位", "unions:units", "tree"),
        Place("门户", "unions:branding", "palette"),
        Place("证书签名", "publicity:signing_keys", "key"),
        _CAMPAIGNS,
        _RULES,
        _CALENDAR,
        _MESSAGES,
        _AUDIT,
    ),
    Role.OPERATOR: (Place("平台", "unions_global:operator", "server"),),
    Role.SYSTEM: (),
    Role.PUBLIC: (),
}


def _address(place: Place, member: Member) -> str:
    kwargs = {} if place.view.startswith("unions_global:") else {"union_slug": member.union.slug}
    return reverse(place.view, kwargs=kwargs)


def home_of(member: Member) -> str:
    return _address(PLACES[Role(member.role)][0], member)


def context(request: HttpRequest) -> dict[str, Any]:
    """`union`, `member` and the `rail` of the member's role, for every template."""
    union, member = getattr(request, "union", None), getattr(request, "member", None)
    if member is None:
        return {"union": union, "member": None, "rail": []}
    rail = []
    for place in PLACES[Role(member.role)]:
        url = _address(place, member)
        rail.append({"label": place.label, "url": url, "icon": place.icon, "current": request.path.startswith(url)})
    return {"union": union, "member": member, "rail": rail, "unread": getattr(member, "unread", 0)}

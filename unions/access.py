"""Who may enter a view: decorators that read `request.member`. Every URL pattern below a union carries one of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from unions import policies
from unions.middleware import UnionRequest
from unions.models import User
from unions.states import STAFF, Role

AnyView = Callable[..., HttpResponseBase]


def public(view: AnyView) -> AnyView:
    """Anybody may read; nothing behind it shows more than the public may know."""

    @wraps(view)
    def entry(request: UnionRequest, *args: Any, union_slug: str, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG001
        return view(request, *args, **kwargs)

    entry.access = "public"  # type: ignore[attr-defined]
    return entry


def signed_in(view: AnyView) -> AnyView:
    """A signed-in user, member or not yet: the door through which applicants join."""

    @wraps(view)
    def entry(request: UnionRequest, *args: Any, union_slug: str, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG001
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    entry.access = "signed_in"  # type: ignore[attr-defined]
    return entry


def member_required(view: AnyView) -> AnyView:
    """Any active member of this union."""
    return _for_roles(view, None, "member")


def role_required(
    *roles: Role,
) -> Callable[[AnyView], AnyView]:
    """Members with one of the roles; staff roles need their second factor where the union demands it."""

    def decorate(view: AnyView) -> AnyView:
        return _for_roles(view, frozenset(roles), ",".join(sorted(roles)))

    return decorate


def _for_roles(view: AnyView, roles: frozenset[Role] | None, name: str) -> AnyView:
    @wraps(view)
    def entry(request: HttpRequest, *args: Any, union_slug: str, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG001
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        member = request.member  # type: ignore[attr-defined]
        if member is None or (roles is not None and Role(member.role) not in roles):
            raise PermissionDenied("您的账号没有此页面的权限")
        if Role(member.role) in STAFF and lacks_second_factor(request):
            return _to_second_factor(request)
        return view(request, *args, **kwargs)

    entry.access = name  # type: ignore[attr-defined]
    return entry


def operator_required(view: AnyView) -> AnyView:
    """The platform operator's pages, which belong to no union."""

    @wraps(view)
    def entry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path())
        if not policies.can_operate(user):
            raise PermissionDenied("只有平台管理员可以打开此页面")
        if lacks_second_factor(request):
            return _to_second_factor(request)
        return view(request, *args, **kwargs)

    entry.access = "operator"  # type: ignore[attr-defined]
    return entry


def anyone(view: AnyView) -> AnyView:
    """A global address that anybody may open; it names what it looks at across unions in `tenancy.GlobalRoute`."""
    view.access = "global"  # type: ignore[attr-defined]
    return view


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether a person whose role needs a second factor (TOTP or passkey) has set none up.

    One rule for every staff role and the operator: required unless `STAFF_MFA_REQUIRED` is off, as in the demo.
    """
    return settings.STAFF_MFA_REQUIRED and not is_mfa_enabled(request.user)


def _to_second_factor(request: HttpRequest) -> HttpResponseBase:
    messages.info(
        request, "您的角色可以看到他人的资料，须先启用两步验证：用手机验证器或通行密钥均可。启用后再回到工作台。"
    )
    return redirect("mfa_index")

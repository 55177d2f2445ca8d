"""Django's admin, for the platform operator only: unions and users to look at, the few fields that are theirs to change.

What belongs to a union is not here: its pages judge and log, the admin would not.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin

from unions.access import lacks_second_factor, operator_required
from unions.models import Union, User


def _may_enter(request: HttpRequest) -> bool:
    """The operator with their second factor; Django's own admin knows passwords only."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and not lacks_second_factor(request)


@operator_required
def _enter(request: HttpRequest, extra_context: object = None) -> HttpResponse:  # noqa: ARG001 - the site's signature
    """Instead of Django's own sign-in form, which would let a password in without the second factor."""
    return redirect("admin:index")


admin.site.has_permission = _may_enter  # type: ignore[method-assign]
admin.site.login = _enter  # type: ignore[method-assign, assignment]
admin.site.site_header = admin.site.site_title = "匠选 · 数据维护"


class OperatorAdmin(ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Look and change; nothing is added or deleted here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may_enter(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return _may_enter(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return _may_enter(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Union)
class UnionAdmin(OperatorAdmin):
    list_display = ("name", "slug", "domain", "active", "created_at")
    search_fields = ("name", "slug", "domain")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Changes of a union are logged in its own chain, by the operator's pages."""
        return False


@admin.register(User)
class UserAdmin(OperatorAdmin):
    list_display = ("name", "email", "phone", "is_active", "is_staff", "created_at")
    search_fields = ("name", "email", "phone")
    fields = ("name", "email", "phone", "phone_verified", "is_active", "is_staff", "last_login", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(field for field in self.fields if field != "is_active")

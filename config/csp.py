"""The content security policy by path: strict everywhere, looser only under the operator's admin."""

from csp.constants import NONCE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

STRICT: dict[str, object] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF, NONCE],  # the union's colour stands in the page, with the nonce
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "object-src": ["'none'"],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": ["'none'"],
    "form-action": [SELF],
}

# django-unfold evaluates Alpine expressions and writes inline styles; nobody but the platform operator gets there.
ADMIN: dict[str, object] = STRICT | {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}


class PathPolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith("/admin/") and not report_only:
            parts.config = dict(ADMIN)
        return parts

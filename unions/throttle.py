"""How often one address may ask: counted in the shared cache, so that every web process counts together."""

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 60


def allowed(request: HttpRequest, action: str, *, per_minute: int) -> bool:
    """Whether this address stays within `per_minute` requests for `action`. A factory shares one: keep it generous."""
    address = get_adapter(request).get_client_ip(request)
    key = f"throttle:{action}:{address}:{int(time.time()) // WINDOW}"
    cache.add(key, 0, timeout=WINDOW * 2)
    return cache.incr(key) <= per_minute

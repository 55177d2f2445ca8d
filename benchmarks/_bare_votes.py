"""What the intake is measured against: a bare Django view with one INSERT of the ORM into the same table.

No middleware, no session, no look at who votes or how often; the union is told to the database with the connection, and the
connection is kept and believed in. Served as the intake is.
"""

import os
import uuid
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings are there only now
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from publicity.models import Vote  # noqa: E402

UNION, POLL = (int(text) for text in os.environ["BENCH_POLL"].split(":"))


def cast(request: HttpRequest) -> HttpResponse:
    at = datetime.now(UTC)
    Vote.objects.create(
        union_id=UNION,
        poll_id=POLL,
        voter=request.POST["voter"],
        ballot=uuid.uuid4(),
        day=at.date(),
        day_seq=1,
        seq=1,
        choices=[int(text) for text in request.POST.getlist("choice")],
        at=at,
    )
    return HttpResponse(status=204)


urlpatterns = [path("cast/", cast)]

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
connection_created.disconnect(dispatch_uid="tenancy.on_connect")
connections["default"].settings_dict |= {
    "OPTIONS": {"options": f"-c app.union={UNION}"},
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": False,
}
application = WSGIHandler()

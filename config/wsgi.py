"""What a web server of one process runs: Django, and before it the intake of votes, which needs nothing of Django's pages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from config import votes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_pages = get_wsgi_application()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    serve = votes.application if votes.takes(environ) else _pages
    return serve(environ, start_response)

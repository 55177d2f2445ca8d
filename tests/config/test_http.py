"""What every answer carries, whichever view made it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from config.csp import PathPolicyMiddleware


def policy(path: str) -> str:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    middleware = PathPolicyMiddleware(answer)
    request = RequestFactory().get(path)
    middleware.process_request(request)
    return middleware.process_response(request, answer(request))["Content-Security-Policy"]


def test_pages_may_run_and_load_only_what_is_ours() -> None:
    text = policy("/linan/")

    assert {"default-src 'self'", "script-src 'self'", "object-src 'none'"} <= set(text.split("; "))
    assert "unsafe" not in text


def test_only_the_operators_admin_may_evaluate_scripts() -> None:
    assert "'unsafe-eval'" in policy("/admin/")
    assert "'unsafe-eval'" not in policy("/administration/")
    assert "'unsafe-eval'" not in policy("/linan/admin/")


def test_the_process_says_that_it_lives_without_touching_a_service(client: Client) -> None:
    assert client.get("/health/live/").content == b"ok"


@pytest.mark.django_db
def test_the_process_says_that_its_services_answer(client: Client) -> None:
    response = client.get("/health/ready/?format=json")

    assert response.status_code == 200, response.content

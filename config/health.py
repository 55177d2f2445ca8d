"""Two addresses for load balancers and the launcher: is the process alive, and can it do its work?"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from health_check.views import HealthCheckView


def live(request: HttpRequest) -> HttpResponse:
    """Answer without touching any service, so that a slow database never gets healthy web processes killed."""
    return HttpResponse("ok", content_type="text/plain")


ready = HealthCheckView.as_view(
    checks=["health_check.checks.Database", "health_check.checks.Cache", "health_check.checks.Storage"]
)

urlpatterns = [path("live/", live, name="health-live"), path("ready/", ready, name="health-ready")]

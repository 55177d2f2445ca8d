"""Addresses: the few that know no union first, then everything below a union's slug."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import views

urlpatterns: list[URLPattern | URLResolver] = [
    # health: /health/live/ says the process answers, /health/ready/ that database, broker and storage do too
    path("health/", include("config.health")),
    # measurements for Prometheus; the web server in front keeps them inside
    path("", include("django_prometheus.urls")),
    # people: sign-up, sign-in, sessions, second factor
    path("accounts/", include("allauth.urls")),
    # how large the type is, remembered in a cookie
    path("large-type/", views.large_type, name="large_type"),
    # platform operator only
    path("admin/", admin.site.urls),
    # across unions: each is named in unions.tenancy.GlobalRoute
    path("", include("unions.global_urls")),
    path("", include("publicity.global_urls")),
    # one union
    path("<slug:union_slug>/desk/", views.desk, name="desk"),
    path("<slug:union_slug>/", include("unions.urls")),
    path("<slug:union_slug>/", include("documents.urls")),
    path("<slug:union_slug>/", include("campaigns.urls")),
    path("<slug:union_slug>/", include("applications.urls")),
    path("<slug:union_slug>/", include("review.urls")),
    path("<slug:union_slug>/", include("publicity.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("styleguide/", views.styleguide, name="styleguide"))

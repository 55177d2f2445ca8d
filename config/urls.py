from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # health: /health/live/ says the process answers, /health/ready/ that database, broker and storage do too
    path("health/", include("config.health")),
    # people: sign-up, sign-in, sessions, second factor
    path("accounts/", include("allauth.urls")),
    # platform operator only
    path("admin/", admin.site.urls),
]

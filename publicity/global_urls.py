from django.urls import URLPattern, path

from publicity import views

app_name = "publicity_global"
urlpatterns: list[URLPattern] = [
    path("", views.directory, name="directory"),
    path("verify/", views.verify_search, name="verify_search"),
    path("verify/<path:number>/", views.verify, name="verify"),
]

from django.urls import URLPattern

app_name = "publicity_global"
urlpatterns: list[URLPattern] = []

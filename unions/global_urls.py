from django.urls import URLPattern

app_name = "unions_global"
urlpatterns: list[URLPattern] = []

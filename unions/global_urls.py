from django.urls import URLPattern, path

from unions.views import acceptance, operator, outbox

app_name = "unions_global"
urlpatterns: list[URLPattern] = [
    # an invitation, whose union is known only once its token is read
    path("invitations/<str:token>/", acceptance.accept, name="accept"),
    # mail and short messages of the demo
    path("outbox/", outbox.outbox, name="outbox"),
    # the platform operator
    path("operator/", operator.unions, name="operator"),
    path("operator/unions/new/", operator.found, name="found"),
    path("operator/unions/<int:pk>/", operator.union, name="union"),
    path("operator/unions/<int:pk>/configure/", operator.configure, name="configure"),
    path("operator/unions/<int:pk>/administrator/", operator.invite_administrator, name="invite_administrator"),
    path("operator/unions/<int:pk>/reading/", operator.read, name="operator_reading"),
    path("operator/health/", operator.health, name="health"),
]

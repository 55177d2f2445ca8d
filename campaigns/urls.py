from django.urls import path

from campaigns import views

app_name = "campaigns"

_SETUP = "setup/campaigns/<slug:campaign_slug>"

urlpatterns = [
    # public: what a campaign asks, and its frozen rules
    path("c/<slug:campaign_slug>/", views.page, name="page"),
    path("c/<slug:campaign_slug>/rules/", views.rules, name="rules"),
    path("c/<slug:campaign_slug>/rules/<int:number>.json", views.rules_text, name="rules_text"),
    # rule sets
    path("setup/rulesets/", views.rulesets, name="rulesets"),
    path("setup/rulesets/load/", views.load_ruleset, name="load_ruleset"),
    path("setup/rulesets/<int:ruleset_id>/", views.ruleset, name="ruleset"),
    path("setup/rulesets/<int:ruleset_id>/copy/", views.copy_ruleset, name="copy_ruleset"),
    path("setup/rulesets/<int:ruleset_id>/draft/", views.draft, name="draft"),
    # the officer's way: draft, dates, settings, check, rehearse, publish
    path("setup/campaigns/", views.desk, name="desk"),
    path(f"{_SETUP}/", views.setup, name="setup"),
    path(f"{_SETUP}/dates/", views.dates, name="dates"),
    path(f"{_SETUP}/settings/", views.settings, name="settings"),
    path(f"{_SETUP}/check/", views.check, name="check"),
    path(f"{_SETUP}/publish/", views.publish, name="publish"),
    # afterwards
    path(f"{_SETUP}/amend/", views.amend, name="amend"),
    path(f"{_SETUP}/finish/", views.finish, name="finish"),
    path(f"{_SETUP}/cancel/", views.cancel, name="cancel"),
    # working days
    path("setup/calendar/", views.calendar, name="calendar"),
    path("setup/calendar/days/", views.set_days, name="set_days"),
    path("setup/calendar/days/<int:day_id>/remove/", views.remove_day, name="remove_day"),
    path("setup/calendar/<int:year>/confirm/", views.confirm_year, name="confirm_year"),
]

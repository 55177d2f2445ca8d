from django.urls import path

from campaigns.views import calendar, public, rulesets, setup

app_name = "campaigns"

_SETUP = "setup/campaigns/<slug:campaign_slug>"

urlpatterns = [
    # public: what a campaign asks, and its frozen rules
    path("c/<slug:campaign_slug>/", public.page, name="page"),
    path("c/<slug:campaign_slug>/rules/", public.rules, name="rules"),
    path("c/<slug:campaign_slug>/rules/<int:number>.json", public.rules_text, name="rules_text"),
    # rule sets
    path("setup/rulesets/", rulesets.rulesets, name="rulesets"),
    path("setup/rulesets/load/", rulesets.load_ruleset, name="load_ruleset"),
    path("setup/rulesets/<int:ruleset_id>/", rulesets.ruleset, name="ruleset"),
    path("setup/rulesets/<int:ruleset_id>/copy/", rulesets.copy_ruleset, name="copy_ruleset"),
    path("setup/rulesets/<int:ruleset_id>/draft/", setup.draft, name="draft"),
    # the officer's way: draft, dates, settings, check, rehearse, publish
    path("setup/campaigns/", setup.desk, name="desk"),
    path(f"{_SETUP}/", setup.setup, name="setup"),
    path(f"{_SETUP}/dates/", setup.dates, name="dates"),
    path(f"{_SETUP}/settings/", setup.settings, name="settings"),
    path(f"{_SETUP}/check/", setup.check, name="check"),
    path(f"{_SETUP}/publish/", setup.publish, name="publish"),
    # afterwards
    path(f"{_SETUP}/amend/", setup.amend, name="amend"),
    path(f"{_SETUP}/finish/", setup.finish, name="finish"),
    path(f"{_SETUP}/cancel/", setup.cancel, name="cancel"),
    # working days
    path("setup/calendar/", calendar.calendar, name="calendar"),
    path("setup/calendar/days/", calendar.set_days, name="set_days"),
    path("setup/calendar/days/<int:day_id>/remove/", calendar.remove_day, name="remove_day"),
    path("setup/calendar/<int:year>/confirm/", calendar.confirm_year, name="confirm_year"),
]

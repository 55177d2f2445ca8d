from django.urls import path

from campaigns.views import calendar, copies, public, rulesets, setup

app_name = "campaigns"

_COPY = "setup/copies/<int:copy_id>"
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
    path("setup/rulesets/<int:ruleset_id>/copy/", copies.copy_ruleset, name="copy_ruleset"),
    path("setup/rulesets/<int:ruleset_id>/draft/", setup.draft, name="draft"),
    path("setup/rulesets/<int:ruleset_id>/changes/", rulesets.ruleset_changes, name="ruleset_changes"),
    # a working copy of a rule set
    path(f"{_COPY}/", copies.working_copy, name="working_copy"),
    path(f"{_COPY}/edit/<path:where>/", copies.edit_copy, name="edit_copy"),
    path(f"{_COPY}/add/<path:where>/", copies.add_to_copy, name="add_to_copy"),
    path(f"{_COPY}/arrange/<path:where>/", copies.arrange_copy, name="arrange_copy"),
    path(f"{_COPY}/text/", copies.copy_text, name="copy_text"),
    path(f"{_COPY}/settle/", copies.settle_copy, name="settle_copy"),
    path(f"{_COPY}/discard/", copies.discard_copy, name="discard_copy"),
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
    path(f"{_SETUP}/changes/", setup.changes, name="changes"),
    path(f"{_SETUP}/cancel/", setup.cancel, name="cancel"),
    # working days
    path("setup/calendar/", calendar.calendar, name="calendar"),
    path("setup/calendar/days/", calendar.set_days, name="set_days"),
    path("setup/calendar/days/<int:day_id>/remove/", calendar.remove_day, name="remove_day"),
    path("setup/calendar/<int:year>/confirm/", calendar.confirm_year, name="confirm_year"),
]

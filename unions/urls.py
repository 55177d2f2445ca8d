from django.urls import URLPattern, path

from unions.views import audit, branding, deliveries, invitations, mass, members, messages, privacy, units, wordings

app_name = "unions"
urlpatterns: list[URLPattern] = [
    # what happens with personal data, and the consent to it
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/consent/", privacy.consent, name="consent"),
    # members
    path("manage/members/", members.members, name="members"),
    path("manage/members/<int:member_pk>/deactivate/", members.deactivate, name="deactivate"),
    # invitations
    path("manage/invitations/", invitations.invitations, name="invitations"),
    path("manage/invitations/new/", invitations.invite, name="invite"),
    path("manage/invitations/<int:invitation_pk>/revoke/", invitations.revoke, name="revoke"),
    # recommending units and their kinds
    path("manage/units/", units.units, name="units"),
    path("manage/units/<int:unit_pk>/active/", units.set_active, name="unit_active"),
    path("manage/units/kinds/", units.add_kind, name="unit_kinds"),
    path("manage/units/import/", units.upload, name="unit_import"),
    path("manage/units/import/confirm/", units.confirm, name="unit_import_confirm"),
    path("manage/units/import/template/", units.template, name="unit_template"),
    # how the union shows itself
    path("manage/branding/", branding.branding, name="branding"),
    path("manage/branding/contrast/", branding.contrast, name="contrast"),
    # messages: everybody's own
    path("messages/", messages.inbox, name="inbox"),
    path("messages/read/", messages.read_all, name="read_all"),
    path("messages/channels/", messages.channels, name="channels"),
    path("messages/<int:message_pk>/", messages.message, name="message"),
    # messages: what could not be delivered, mass messages, the union's own words
    path("messages/desk/", deliveries.deliveries, name="deliveries"),
    path("messages/desk/again/", deliveries.send_all_again, name="send_all_again"),
    path("messages/desk/<uuid:delivery_pk>/", deliveries.settle, name="settle"),
    path("messages/desk/mass/", mass.mass_messages, name="mass_messages"),
    path("messages/desk/mass/new/", mass.write, name="write_mass_message"),
    path("messages/desk/mass/<int:mass_pk>/", mass.mass_message, name="mass_message"),
    path("messages/desk/mass/<int:mass_pk>/release/", mass.release, name="release_mass_message"),
    path("messages/desk/mass/<int:mass_pk>/discard/", mass.discard, name="discard_mass_message"),
    path("messages/desk/wording/", wordings.wordings, name="wordings"),
    path("messages/desk/wording/<str:kind_id>/", wordings.wording, name="wording"),
    path("messages/desk/wording/<str:kind_id>/reset/", wordings.reset, name="reset_wording"),
    # the log
    path("audit/", audit.audit, name="audit"),
    path("audit/verify/", audit.verify, name="verify_audit"),
]

from django.urls import URLPattern, path

from unions.views import audit, branding, invitations, members, privacy, units

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
    # the log
    path("audit/", audit.audit, name="audit"),
    path("audit/verify/", audit.verify, name="verify_audit"),
]

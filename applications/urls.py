"""Everything below a union's address that belongs to applying."""

from django.urls import URLPattern, path

from applications.views import applicant, files, filling, office, selfcheck, units

app_name = "applications"
urlpatterns: list[URLPattern] = [
    # anybody: would I qualify?
    path("<slug:campaign_slug>/check/", selfcheck.selfcheck, name="selfcheck"),
    # the way in
    path("c/<slug:campaign_slug>/apply/", applicant.apply, name="apply"),
    path("c/<slug:campaign_slug>/recommend/", applicant.recommend, name="recommend"),
    path("my/nominations/", applicant.nominations, name="nominations"),
    path("my/nominations/<str:token>/", applicant.nomination, name="nomination"),
    # the applicant
    path("my/", applicant.mine, name="mine"),
    path("my/<int:pk>/", applicant.status, name="status"),
    path("my/<int:pk>/fill/<str:section>/", filling.fill, name="fill"),
    path("my/<int:pk>/save/<str:section>/", filling.save, name="save"),
    path("my/<int:pk>/findings/", filling.findings, name="findings"),
    path("my/<int:pk>/conditions/", filling.conditions, name="conditions"),
    path("my/<int:pk>/materials/", applicant.materials, name="materials"),
    path("my/<int:pk>/materials/<str:slot>/attach/", applicant.attach, name="attach"),
    path("my/<int:pk>/materials/<int:material>/remove/", applicant.remove, name="remove"),
    path("my/<int:pk>/check/", applicant.check, name="check"),
    path("my/<int:pk>/submit/", applicant.submit, name="submit"),
    path("my/<int:pk>/withdraw/", applicant.withdraw, name="withdraw"),
    path("my/<int:pk>/channel/", applicant.channel, name="channel"),
    path("my/<int:pk>/print/", files.print_forms, name="print_forms"),
    path("my/<int:pk>/form.pdf", files.form_pdf, name="form_pdf"),
    path("my/<int:pk>/form-<int:version>.pdf", files.form_pdf, name="form_pdf_version"),
    # the unit officer
    path("unit/", units.unit, name="unit"),
    path("unit/cases/<int:pk>/", units.unit_case, name="unit_case"),
    path("unit/cases/<int:pk>/endorse/", units.endorse, name="endorse"),
    path("unit/cases/<int:pk>/notice/", units.record_internal_notice, name="record_internal_notice"),
    path("unit/cases/<int:pk>/return/", units.unit_return, name="unit_return"),
    path("unit/<slug:campaign_slug>/", units.unit_desk, name="unit_desk"),
    path("unit/<slug:campaign_slug>/nominate/", units.nominate, name="nominate"),
    path("unit/<slug:campaign_slug>/endorse/", units.endorse_together, name="endorse_together"),
    path("unit/<slug:campaign_slug>/summary.xlsx", units.unit_sheet, name="unit_sheet"),
    # the office
    path("inbox/", office.inboxes, name="inboxes"),
    path("inbox/cases/<int:pk>/id-number/", units.reveal, name="reveal"),
    path("inbox/<slug:campaign_slug>/", office.inbox, name="inbox"),
    path("inbox/<slug:campaign_slug>/summary.xlsx", office.inbox_sheet, name="inbox_sheet"),
    # files
    path("files/<uuid:file_id>/", files.file, name="file"),
    path("files/<uuid:file_id>/preview/", files.preview, name="preview"),
    path("prints/<str:code>/", files.print_check, name="print_check"),
]

"""Everything below a union's address that belongs to applying."""

from django.urls import URLPattern, path

from applications.views import (
    applicant,
    confirmations,
    files,
    filling,
    materials,
    nominations,
    office,
    rights,
    selfcheck,
    twins,
    unit_order,
    unit_people,
    unit_scans,
    units,
)

app_name = "applications"
urlpatterns: list[URLPattern] = [
    # anybody: would I qualify?
    path("<slug:campaign_slug>/check/", selfcheck.selfcheck, name="selfcheck"),
    # the way in
    path("c/<slug:campaign_slug>/apply/", applicant.apply, name="apply"),
    path("c/<slug:campaign_slug>/recommend/", nominations.recommend, name="recommend"),
    path("my/nominations/", nominations.nominations, name="nominations"),
    path("my/nominations/<str:token>/", nominations.nomination, name="nomination"),
    path("my/<int:pk>/invitation/", nominations.resend_invitation, name="resend_invitation"),
    # filled in for somebody else
    path("my/<int:pk>/confirmation/", confirmations.confirmation, name="confirmation"),
    path("my/<int:pk>/confirmation/ask/", confirmations.ask_confirmation, name="ask_confirmation"),
    path("my/<int:pk>/confirmation/paper/", confirmations.sign_consent, name="sign_consent"),
    path("confirm/<str:token>/", confirmations.confirm_entry, name="confirm_entry"),
    # the applicant
    path("my/", applicant.mine, name="mine"),
    path("my/data/", rights.my_data, name="my_data"),
    path("my/data/name/", rights.correct_name, name="correct_name"),
    path("my/data/copy/", rights.export_data, name="export_data"),
    path("my/data/deletion/", rights.request_erasure, name="request_erasure"),
    path("my/data/deletion/take-back/", rights.take_back_erasure, name="take_back_erasure"),
    path("my/<int:pk>/", applicant.status, name="status"),
    path("my/<int:pk>/fill/<str:section>/", filling.fill, name="fill"),
    path("my/<int:pk>/save/<str:section>/", filling.save, name="save"),
    path("my/<int:pk>/findings/", filling.findings, name="findings"),
    path("my/<int:pk>/conditions/", filling.conditions, name="conditions"),
    path("my/<int:pk>/materials/", materials.materials, name="materials"),
    path("my/<int:pk>/materials/<str:slot>/attach/", materials.attach, name="attach"),
    path("my/<int:pk>/materials/<int:material>/remove/", materials.remove, name="remove"),
    path("my/<int:pk>/materials/<int:material>/pages/", materials.pages, name="pages"),
    path("my/<int:pk>/materials/<int:material>/pages/add/", materials.add_pages, name="add_pages"),
    path("my/<int:pk>/materials/<int:material>/pages/arrange/", materials.arrange_pages, name="arrange_pages"),
    path("my/<int:pk>/check/", applicant.check, name="check"),
    path("my/<int:pk>/submit/", applicant.submit, name="submit"),
    path("my/<int:pk>/withdraw/", applicant.withdraw, name="withdraw"),
    path("my/<int:pk>/channel/", applicant.channel, name="channel"),
    path("my/<int:pk>/erase/", rights.erase, name="erase"),
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
    path("unit/<slug:campaign_slug>/summary.xlsx", unit_people.unit_sheet, name="unit_sheet"),
    path("unit/<slug:campaign_slug>/summary.csv", unit_people.unit_sheet_csv, name="unit_sheet_csv"),
    path("unit/<slug:campaign_slug>/order/", unit_order.order_people, name="order_people"),
    path("unit/<slug:campaign_slug>/order/hand-over/", unit_order.hand_over_order, name="hand_over_order"),
    path("unit/<slug:campaign_slug>/phrases/", unit_order.phrases, name="phrases"),
    path("unit/<slug:campaign_slug>/print/", unit_order.print_unit_forms, name="print_unit_forms"),
    # a unit's people from a sheet
    path("unit/<slug:campaign_slug>/import/", unit_people.import_people, name="import_people"),
    path("unit/<slug:campaign_slug>/import/template.xlsx", unit_people.people_template, name="people_template"),
    path("unit/<slug:campaign_slug>/import/<int:import_pk>/", unit_people.unit_import, name="unit_import"),
    path(
        "unit/<slug:campaign_slug>/import/<int:import_pk>/confirm/", unit_people.confirm_people, name="confirm_people"
    ),
    path("unit/<slug:campaign_slug>/import/<int:import_pk>/drop/", unit_people.drop_people, name="drop_people"),
    path("unit/<slug:campaign_slug>/import/<int:import_pk>/wrong.xlsx", unit_people.wrong_rows, name="wrong_rows"),
    # a unit's sealed forms from one scan
    path("unit/<slug:campaign_slug>/scans/", unit_scans.unit_scans, name="unit_scans"),
    path("unit/<slug:campaign_slug>/scans/<int:batch_pk>/", unit_scans.unit_scan, name="unit_scan"),
    path("unit/<slug:campaign_slug>/scans/<int:batch_pk>/confirm/", unit_scans.attach_scans, name="attach_scans"),
    path("unit/<slug:campaign_slug>/scans/<int:batch_pk>/drop/", unit_scans.drop_scan, name="drop_scan"),
    path(
        "unit/<slug:campaign_slug>/scans/<int:batch_pk>/<int:page>/picture/",
        unit_scans.page_picture,
        name="page_picture",
    ),
    path(
        "unit/<slug:campaign_slug>/scans/<int:batch_pk>/<int:page>/assign/", unit_scans.assign_page, name="assign_page"
    ),
    # the office
    path("inbox/", office.inboxes, name="inboxes"),
    path("inbox/cases/<int:pk>/id-number/", units.reveal, name="reveal"),
    path("requests/", rights.erasures, name="erasures"),
    path("requests/<int:erasure_pk>/", rights.erasure, name="erasure"),
    path("inbox/cases/<int:pk>/merge/", twins.merge, name="merge"),
    path("inbox/cases/<int:pk>/sources/", twins.choose_source, name="choose_source"),
    path("inbox/<slug:campaign_slug>/twins/", twins.twins, name="twins"),
    path("inbox/<slug:campaign_slug>/", office.inbox, name="inbox"),
    path("inbox/<slug:campaign_slug>/summary.xlsx", office.inbox_sheet, name="inbox_sheet"),
    path("inbox/<slug:campaign_slug>/statistics/", office.inbox_statistics, name="inbox_statistics"),
    path("inbox/<slug:campaign_slug>/statistics.xlsx", office.inbox_statistics_sheet, name="inbox_statistics_sheet"),
    path("inbox/<slug:campaign_slug>/filters/save/", office.save_filter, name="save_filter"),
    path("inbox/<slug:campaign_slug>/filters/<int:filter_pk>/remove/", office.remove_filter, name="remove_filter"),
    # files
    path("files/<uuid:file_id>/", files.file, name="file"),
    path("files/<uuid:file_id>/preview/", files.preview, name="preview"),
    path("files/<uuid:file_id>/pages/<int:page>/", files.preview, name="page"),
    path("prints/<str:code>/", files.print_check, name="print_check"),
]

from django.urls import URLPattern, path

from review import views_expert, views_group, views_inbox, views_office, views_panels, views_progress, views_supervision

app_name = "review"
urlpatterns: list[URLPattern] = [
    # campaigns and their stages
    path("review/", views_office.campaigns, name="campaigns"),
    path("review/<slug:campaign_slug>/", views_office.campaign, name="campaign"),
    path("review/<slug:campaign_slug>/supervision/", views_supervision.supervision, name="supervision"),
    path("review/<slug:campaign_slug>/supervision/log/", views_supervision.supervision_log, name="supervision_log"),
    path("review/<slug:campaign_slug>/supervision.xlsx", views_supervision.supervision_sheet, name="supervision_sheet"),
    path("review/stages/<int:stage_pk>/open/", views_office.open_stage, name="open_stage"),
    path("review/stages/<int:stage_pk>/close/", views_office.close_stage, name="close_stage"),
    path("review/stages/<int:stage_pk>/visits/", views_office.visits, name="visits"),
    path("review/stages/<int:stage_pk>/visits/<int:application_pk>/", views_office.record_visit, name="record_visit"),
    path("review/stages/<int:stage_pk>/batches/", views_office.arrange_batches, name="arrange_batches"),
    path("review/photos/<int:photo_pk>/", views_office.visit_photo, name="visit_photo"),
    # one case
    path("review/cases/<int:pk>/", views_office.case, name="case"),
    path("review/cases/<int:pk>/print/", views_office.print_case, name="print_case"),
    path("review/cases/<int:pk>/form.pdf", views_office.case_form, name="case_form"),
    path("review/cases/<int:pk>/decide/", views_office.decide, name="decide"),
    path("review/cases/<int:pk>/judge/", views_office.judge, name="judge"),
    path("review/cases/<int:pk>/return/", views_office.return_case, name="return_case"),
    path("review/outcomes/<int:outcome_pk>/correct/", views_office.correct, name="correct"),
    path("review/cases/<int:pk>/assign/", views_inbox.assign_case, name="assign_case"),
    path("review/cases/<int:pk>/notes/", views_inbox.note, name="note"),
    # several cases, from the office's list
    path("inbox/<slug:campaign_slug>/pass/", views_inbox.pass_together, name="pass_together"),
    path("inbox/<slug:campaign_slug>/assign/", views_inbox.assign, name="assign"),
    # false material
    path("review/cases/<int:pk>/investigate/", views_office.investigate, name="investigate"),
    path("review/investigations/<int:investigation_pk>/", views_office.investigation, name="investigation"),
    # the pool of experts
    path("review/pool/experts/", views_panels.experts, name="experts"),
    path("review/pool/experts/new/", views_panels.enrol, name="enrol"),
    path("review/pool/experts/<int:expert_pk>/", views_panels.expert, name="expert"),
    path("review/pool/experts/<int:expert_pk>/retire/", views_panels.retire, name="retire"),
    # the panel of a stage
    path("review/stages/<int:stage_pk>/panel/", views_panels.panel, name="panel"),
    path("review/stages/<int:stage_pk>/panel/form/", views_panels.form_panel, name="form_panel"),
    path("review/stages/<int:stage_pk>/panel/add/", views_panels.add_seat, name="add_seat"),
    path("review/stages/<int:stage_pk>/panel/close/", views_panels.close_panel, name="close_panel"),
    path("review/stages/<int:stage_pk>/panel/pledge/", views_panels.pledge_draw, name="pledge_draw"),
    path("review/stages/<int:stage_pk>/panel/draw/", views_panels.draw_panel, name="draw_panel"),
    path("review/stages/<int:stage_pk>/panel/next/", views_panels.call_next, name="call_next"),
    path("review/stages/<int:stage_pk>/round/open/", views_panels.open_round, name="open_round"),
    path("review/stages/<int:stage_pk>/round/close/", views_panels.close_round, name="close_round"),
    path("review/stages/<int:stage_pk>/round/void/", views_panels.void_round, name="void_round"),
    path("review/seats/<int:seat_pk>/remove/", views_panels.remove_seat, name="remove_seat"),
    path("review/seats/<int:seat_pk>/recuse/", views_panels.recuse, name="recuse"),
    # the ranking
    path("review/stages/<int:stage_pk>/ranking/", views_panels.ranking, name="ranking"),
    path("review/stages/<int:stage_pk>/ranking/cut/", views_panels.set_cut, name="set_cut"),
    path("review/stages/<int:stage_pk>/ranking/ties/<str:tie>/", views_panels.decide_tie, name="decide_tie"),
    # the expert
    path("panel/", views_expert.my_panels, name="my_panels"),
    path("panel/<int:seat_pk>/", views_expert.seat, name="seat"),
    path("panel/<int:seat_pk>/answer/", views_expert.answer_seat, name="answer_seat"),
    path("panel/<int:seat_pk>/conflicts/", views_expert.conflicts, name="conflicts"),
    path("panel/<int:seat_pk>/ballot/", views_expert.cast_ballot, name="cast_ballot"),
    path("panel/<int:seat_pk>/cases/<int:application_pk>/", views_expert.seat_case, name="seat_case"),
    path("panel/<int:seat_pk>/cases/<int:application_pk>/visit/", views_expert.seat_visit, name="seat_visit"),
    path(
        "panel/<int:seat_pk>/cases/<int:application_pk>/visit/photos/<int:photo_pk>/",
        views_expert.seat_visit_photo,
        name="seat_visit_photo",
    ),
    path(
        "panel/<int:seat_pk>/cases/<int:application_pk>/materials/<int:material_pk>/",
        views_expert.seat_material,
        name="seat_material",
    ),
    path(
        "panel/<int:seat_pk>/cases/<int:application_pk>/materials/<int:material_pk>/preview/",
        views_expert.seat_preview,
        name="seat_preview",
    ),
    # the leading group
    path("group/", views_group.group, name="group"),
    path("group/stages/<int:stage_pk>/panel/", views_group.approve_panel, name="approve_panel"),
    path("group/stages/<int:stage_pk>/list/", views_group.confirm_list, name="confirm_list"),
    path("group/stages/<int:stage_pk>/resolution/", views_group.resolve, name="resolve"),
    path("group/stages/<int:stage_pk>/resolution/quota/", views_group.quota, name="quota"),
    path("group/investigations/<int:investigation_pk>/place/", views_group.fill_place, name="fill_place"),
    # the applicant's own status page
    path("progress/<int:pk>/", views_progress.my_progress, name="my_progress"),
]

from django.urls import URLPattern, path

from publicity import (
    urls_ledger,
    views,
    views_archive,
    views_desk,
    views_doubts,
    views_gallery,
    views_notices,
    views_objections,
    views_polls,
)

app_name = "publicity"
urlpatterns: list[URLPattern] = [
    # what the public reads
    path("", views.home, name="home"),
    path("years/<int:year>/", views_notices.year, name="year"),
    path("notices/feed.xml", views_notices.feed, name="feed"),
    path("notices/brand.css", views_notices.brand, name="brand"),
    path("notices/<int:pk>/", views.notice, name="notice"),
    path("notices/<int:pk>/v<int:version>/", views.notice, name="notice_version"),
    path("notices/<int:pk>/v<int:version>/paper/", views.notice_paper, name="notice_paper"),
    path("results/<slug:campaign_slug>/", views.results, name="results"),
    # an objection and its way
    path("notices/<int:pk>/object/", views_objections.object_to, name="object"),
    path("notices/<int:pk>/object/taken/", views_objections.objection_taken, name="objection_taken"),
    path("objections/", views_objections.follow, name="follow"),
    path("objections/appeal/", views_objections.appeal, name="appeal"),
    # a public vote
    path("polls/<int:pk>/", views_polls.poll, name="poll"),
    path("polls/<int:pk>/candidates/<int:candidate>/", views_polls.candidate, name="candidate"),
    path("polls/<int:pk>/confirm/", views_polls.confirm_vote, name="confirm_vote"),
    path("polls/<int:pk>/cast/", views_polls.cast, name="cast"),
    path("polls/<int:pk>/receipt/", views_polls.receipt, name="receipt"),
    path("polls/<int:pk>/done/", views_polls.voted, name="voted"),
    path("polls/<int:pk>/result/", views_polls.poll_result, name="poll_result"),
    path("polls/<int:pk>/result/paper/", views_polls.poll_paper, name="poll_paper"),
    path("polls/<int:pk>/candidates/<int:candidate>/photo/", views_polls.candidate_photo, name="candidate_photo"),
    # the holder's own certificate
    path("certificates/<int:pk>/", views.certificate, name="certificate"),
    # the titled as the public gets to know them
    path("gallery/", views_gallery.gallery_list, name="gallery"),
    path("gallery/mine/", views_gallery.my_gallery, name="my_gallery"),
    path("gallery/mine/<int:pk>/", views_gallery.say_consent, name="say_consent"),
    path("gallery/<int:pk>/", views_gallery.gallery_person, name="gallery_person"),
    path("gallery/photos/<int:pk>/", views_gallery.gallery_photo, name="gallery_photo"),
    # the office: notices and objections
    path("publicity/", views_desk.desk, name="desk"),
    path("publicity/stages/<int:pk>/", views_notices.publish, name="publish"),
    path("publicity/stages/<int:pk>/save/", views_notices.notice_save, name="notice_save"),
    path("publicity/stages/<int:pk>/preview/", views_notices.notice_preview, name="notice_preview"),
    path("publicity/stages/<int:pk>/preview/paper/", views_notices.notice_preview_paper, name="notice_preview_paper"),
    path("publicity/template/", views_notices.notice_template, name="notice_template"),
    path("publicity/notices/<int:pk>/correct/", views_notices.correct, name="correct"),
    path("publicity/notices/<int:pk>/report/", views_objections.notice_report, name="notice_report"),
    path("publicity/objections/<int:pk>/", views_objections.objection, name="objection"),
    path("publicity/objections/<int:pk>/assign/", views_objections.assign_objection, name="assign_objection"),
    path("publicity/objections/<int:pk>/finding/", views_objections.record_finding, name="record_finding"),
    path("publicity/objections/<int:pk>/answer/", views_objections.answer_objection, name="answer_objection"),
    path("publicity/objections/<int:pk>/suspend/", views_objections.suspend_candidate, name="suspend_candidate"),
    path("publicity/objections/<int:pk>/release/", views_objections.release_candidate, name="release_candidate"),
    path("publicity/evidence/<int:pk>/", views_objections.evidence, name="evidence"),
    # the office: public votes
    path("publicity/stages/<int:pk>/poll/", views_polls.open_poll, name="open_poll"),
    path("publicity/polls/<int:pk>/", views_polls.poll_figures, name="poll_figures"),
    path("publicity/polls/<int:pk>/doubts/", views_doubts.poll_doubts, name="poll_doubts"),
    path("publicity/polls/<int:pk>/doubts/<slug:key>/", views_doubts.settle_doubt, name="settle_doubt"),
    path("publicity/polls/<int:pk>/asides/<int:number>/", views_doubts.aside, name="aside"),
    path("publicity/polls/<int:pk>/channels/<slug:channel>/", views_doubts.enter_count, name="enter_count"),
    path("publicity/polls/<int:pk>/count/", views_doubts.count_poll, name="count_poll"),
    path("publicity/polls/<int:pk>/ties/<slug:tie>/", views_doubts.decide_poll_tie, name="decide_poll_tie"),
    # the office: awards and certificates
    path("awards/", views_desk.awards, name="awards"),
    path("awards/<slug:campaign_slug>/", views_desk.campaign_awards, name="campaign_awards"),
    path("awards/<slug:campaign_slug>/confer/", views_desk.confer, name="confer"),
    path("awards/<slug:campaign_slug>/decision/", views_desk.decision, name="decision"),
    path("awards/<slug:campaign_slug>/certificates/", views_desk.make_certificates, name="make_certificates"),
    path("awards/certificates/<int:pk>/revoke/", views_desk.revoke, name="revoke"),
    *urls_ledger.urlpatterns,
    # the office: the gallery
    path("gallery/desk/", views_gallery.gallery_desk, name="gallery_desk"),
    path("gallery/desk/<int:pk>/", views_gallery.edit_gallery, name="edit_gallery"),
    path("gallery/desk/<int:pk>/photos/", views_gallery.add_photo, name="add_photo"),
    path("gallery/desk/<int:pk>/photos/<int:photo>/remove/", views_gallery.remove_photo, name="remove_photo"),
    path("gallery/desk/<int:pk>/ask/", views_gallery.ask_consent, name="ask_consent"),
    path("gallery/desk/<int:pk>/publish/", views_gallery.publish_gallery, name="publish_gallery"),
    path("gallery/desk/<int:pk>/withdraw/", views_gallery.withdraw_gallery, name="withdraw_gallery"),
    # the archive of a campaign, and people's files
    path("archive/<slug:campaign_slug>/", views_archive.campaign_archive, name="campaign_archive"),
    path("archive/<slug:campaign_slug>/make/", views_archive.make_archive, name="make_archive"),
    path("archive/<slug:campaign_slug>/dossiers/", views_archive.make_dossiers, name="make_dossiers"),
    path("archive/cases/<int:pk>/dossier/", views_archive.print_dossier, name="print_dossier"),
    # the office: a rehearsal before publishing
    path("setup/<slug:campaign_slug>/rehearsal/", views_desk.rehearsal, name="rehearsal"),
]

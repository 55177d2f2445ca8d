"""The addresses of what follows from an award."""

from django.urls import URLPattern, path

from publicity import views_ledger as views

urlpatterns: list[URLPattern] = [
    # the person's own page
    path("my-titles/", views.my_titles, name="my_titles"),
    path("my-titles/withdrawals/<int:withdrawal_pk>/", views.answer_withdrawal, name="answer_withdrawal"),
    # the union's signing key
    path("signing/", views.signing_keys, name="signing_keys"),
    path("signing/make/", views.make_signing_key, name="make_signing_key"),
    path("signing/<int:pk>/", views.signing_certificate, name="signing_certificate"),
    # the conferring decision
    path("awards/<slug:campaign_slug>/decision/write/", views.write_decision, name="write_decision"),
    path("awards/<slug:campaign_slug>/decision/preview/", views.preview_decision, name="preview_decision"),
    path("awards/<slug:campaign_slug>/decision/draft/", views.draft_paper, name="draft_paper"),
    path("awards/<slug:campaign_slug>/decision/issue/", views.issue_decision, name="issue_decision"),
    path("awards/decisions/<int:pk>/", views.issued_decision, name="issued_decision"),
    # a certificate printed again
    path("awards/certificates/<int:pk>/reprint/", views.reprint, name="reprint"),
    # money
    path("awards/<slug:campaign_slug>/ledger/", views.ledger_of, name="ledger"),
    path("awards/<slug:campaign_slug>/ledger/open/", views.open_ledger, name="open_ledger"),
    path("awards/<slug:campaign_slug>/ledger/funds/<str:source>/", views.fund, name="fund"),
    path("awards/<slug:campaign_slug>/ledger/funds/<str:source>/sheet/", views.fund_sheet, name="fund_sheet"),
    path("awards/lists/<int:list_pk>/", views.payment_list, name="payment_list"),
    path("awards/lists/<int:list_pk>/sheet/", views.payment_sheet, name="payment_sheet"),
    path("awards/accounts/<int:account_pk>/", views.account, name="account"),
    # benefits and further honours
    path("awards/<slug:campaign_slug>/benefits/", views.benefits, name="benefits"),
    path("awards/<slug:campaign_slug>/benefits/<slug:benefit>/", views.benefit, name="benefit"),
    path("awards/<slug:campaign_slug>/benefits/<slug:benefit>/sheet/", views.benefit_sheet, name="benefit_sheet"),
    path("awards/<slug:campaign_slug>/benefits/<slug:benefit>/paper/", views.put_forward, name="put_forward"),
    # a title taken away
    path("awards/titles/<int:award_pk>/withdraw/", views.withdraw, name="withdraw"),
    path("awards/withdrawals/<int:withdrawal_pk>/", views.withdrawal, name="withdrawal"),
    path("awards/withdrawals/<int:withdrawal_pk>/paper/", views.withdrawal_paper, name="withdrawal_paper"),
]

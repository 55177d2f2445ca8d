"""Large type: a link that works without script, kept in a cookie, there with the first byte of a page."""

import pytest


def test_large_type_is_kept_and_leads_back(client):
    answer = client.get("/large-type/", {"on": "1", "next": "/accounts/login/?next=/x/"})

    assert answer["Location"] == "/accounts/login/?next=/x/"
    assert answer.cookies["jx_large"].value == "1"
    assert answer.cookies["jx_large"]["samesite"] == "Lax"


def test_the_standard_size_comes_back(client):
    assert client.get("/large-type/", {"on": "0"}).cookies["jx_large"].value == "0"


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", ""])
def test_it_never_leads_to_another_site(client, elsewhere):
    assert client.get("/large-type/", {"on": "1", "next": elsewhere})["Location"] == "/"


@pytest.mark.django_db
def test_the_page_is_large_from_the_start_and_offers_the_way_back(client):
    client.cookies["jx_large"] = "1"

    page = client.get("/accounts/login/").content.decode()

    assert "data-large" in page.partition(">")[2].partition("<head>")[0]
    assert "标准字号" in page
    assert "on=0" in page

"""The public pages as bytes, as anybody sees them who is not signed in: for files that the web server hands out."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from publicity import selectors_notices
from publicity.feeds import NoticeFeed
from publicity.models import Notice, NoticeVersion
from unions.models import Union


def notice_html(notice: Notice, version: NoticeVersion, *, at: datetime, own: bool = False) -> bytes:
    """The page of a version; `own`: under its own address, not as the one in force."""
    where = {"union_slug": notice.union.slug, "pk": notice.pk}
    if own:
        path = reverse("publicity:notice_version", kwargs={**where, "version": version.version})
    else:
        path = reverse("publicity:notice", kwargs=where)
    context = selectors_notices.page_of(notice, version, at=at)
    context["address"] = selectors_notices.address(notice.union, path)
    return render(_nobodys(notice.union, path), "publicity/notice.html", {**context, "static_page": True}).content


def feed_xml(union: Union) -> bytes:
    path = reverse("publicity:feed", kwargs={"union_slug": union.slug})
    return NoticeFeed()(_nobodys(union, path)).content


def brand_css(union: Union) -> bytes:
    """The union's colour for pages that carry no inline style."""
    return f":root{{--brand:{union.brand}}}\n".encode()


def _nobodys(union: Union, path: str) -> HttpRequest:
    """A request that nobody sent: no cookie, no user."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
    request.method, request.path, request.path_info = "GET", path, path
    request.user = AnonymousUser()
    request.union, request.member, request.csp_nonce = union, None, ""  # type: ignore[attr-defined]
    return request

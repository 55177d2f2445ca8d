"""The public pages as bytes, as anybody sees them who is not signed in: for files that the web server hands out."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from publicity import selectors_notices, selectors_polls
from publicity.feeds import NoticeFeed
from publicity.models import Notice, NoticeVersion, Poll
from publicity.selectors_polls import Candidate
from unions.models import Union


def notice_html(notice: Notice, version: NoticeVersion, *, at: datetime, own: bool = False) -> bytes:
    """The page of a version; `own`: under its own address, not as the one in force."""
    where = {"union_slug": notice.union.slug, "pk": notice.pk}
    if own:
        path = reverse("publicity:notice_version", kwargs={**where, "version": version.version})
    else:
        path = reverse("publicity:notice", kwargs=where)
    context = selectors_notices.page_of(notice, version, at=at)
    return _finished(notice.union, path, "publicity/notice.html", context)


def candidate_html(poll: Poll, one: Candidate, *, photo: bool, at: datetime) -> bytes:
    where = {"union_slug": poll.union.slug, "pk": poll.pk, "candidate": one.pk}
    context = selectors_polls.page_of(poll, one, photo=photo, at=at)
    return _finished(poll.union, reverse("publicity:candidate", kwargs=where), "publicity/poll_candidate.html", context)


def _finished(union: Union, path: str, template: str, context: dict[str, Any]) -> bytes:
    address = selectors_notices.address(union, path)
    return render(_nobodys(union, path), template, {**context, "address": address, "static_page": True}).content


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

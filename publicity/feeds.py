"""The union's notices as an Atom feed: every version is an entry, so that a reader learns of a correction."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from publicity.models import NoticeVersion
from publicity.selectors_notices import address
from unions.middleware import UnionRequest
from unions.models import Union

ENTRIES = 30


class NoticeFeed(Feed[NoticeVersion, Union]):
    feed_type = Atom1Feed

    def get_object(self, request: UnionRequest, *args: object, **kwargs: object) -> Union:  # type: ignore[override] # noqa: ARG002
        return request.union

    def title(self, union: Union) -> str:
        return f"{union.name}公示"

    def subtitle(self, union: Union) -> str:
        return f"{union.name}工匠选树活动的公示和更正"

    def link(self, union: Union) -> str:
        return address(union, reverse("publicity:home", kwargs={"union_slug": union.slug}))

    def feed_url(self, union: Union) -> str:
        return address(union, reverse("publicity:feed", kwargs={"union_slug": union.slug}))

    def feed_guid(self, union: Union) -> str:
        return self.feed_url(union)

    def author_name(self, union: Union) -> str:
        return union.office_name or union.name

    def items(self, union: Union) -> Iterable[NoticeVersion]:
        rows = NoticeVersion.objects.filter(union=union).select_related("notice", "union")
        return rows.order_by("-at", "-pk")[:ENTRIES]

    def item_title(self, item: NoticeVersion) -> str:
        return f"{item.title}（第 {item.version} 版，更正）" if item.version > 1 else item.title

    def item_description(self, item: NoticeVersion) -> str:
        days = f"公示时间：{item.starts_on:%Y年%-m月%-d日}至{item.ends_on:%Y年%-m月%-d日}。"
        return f"{days}更正说明：{item.change_reason}" if item.change_reason else days

    def item_link(self, item: NoticeVersion) -> str:
        where = {"union_slug": item.union.slug, "pk": item.notice_id, "version": item.version}
        return address(item.union, reverse("publicity:notice_version", kwargs=where))

    def item_pubdate(self, item: NoticeVersion) -> datetime:
        return item.at

    def item_updateddate(self, item: NoticeVersion) -> datetime:
        return item.at

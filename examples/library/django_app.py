"""Feeds within Django: of a folder of articles, and of a program's own entries."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import conditional_page

import feeds
from feeds import formats
from feeds.config import FormatName

site = feeds.open("config.toml")
NEWS = "https://example.org/news/"


def show_feed(_request: HttpRequest, channel: str, name: FormatName) -> HttpResponse:
    """Answer with a feed of the folder; a reader that has it already gets a 304."""
    try:
        document = site.feed(channel, name)
    except feeds.MissingFeedError as error:
        raise Http404(str(error)) from None
    tag = {"ETag": f'"{document.etag}"'}
    return HttpResponse(document.body, content_type=document.media_type, headers=tag)


def show_news(request: HttpRequest) -> HttpResponse:
    """Answer with a feed of what would be rows of a model."""
    feed = formats.make_feed("Example news", NEWS)
    day = datetime(2026, 11, 28, tzinfo=UTC)
    articles = [formats.make_article("Hello", day, url=f"{NEWS}hello/")]
    body = formats.render(feed, articles, "atom", request.build_absolute_uri())
    return HttpResponse(body, content_type=formats.MEDIA_TYPES["atom"])


urlpatterns = [
    path("news.atom", conditional_page(show_news)),
    path("feeds/<path:channel>.<str:name>", conditional_page(show_feed)),
]

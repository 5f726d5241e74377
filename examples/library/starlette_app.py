"""Feeds within Starlette or FastAPI: a whole site below /feeds, and one of one's own."""

from datetime import UTC, datetime

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

import feeds
from feeds import formats

NEWS = "https://example.org/news/"


def show_news(_request: Request) -> Response:
    """Answer with a feed of a program's own entries."""
    feed = formats.make_feed("Example news", NEWS)
    day = datetime(2026, 11, 28, tzinfo=UTC)
    articles = [formats.make_article("Hello", day, url=f"{NEWS}hello")]
    body = formats.render(feed, articles, "rss", f"{NEWS}feed.rss")
    return Response(body, media_type=formats.MEDIA_TYPES["rss"])


routes = [
    Route("/news/feed.rss", show_news),
    Mount("/feeds", WSGIMiddleware(feeds.create_app("config.toml"))),
]
app = Starlette(routes=routes)  # or FastAPI(routes=routes)

"""Make the entry of a digest: the best articles of a period, as HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from feeds.channels.metadata import feed_id
from feeds.config.schema import Config
from feeds.formats.entries import img_element
from feeds.index.migrations import DIGEST_PATH
from feeds.lib.text.identifiers import OF_URLS, make_uuid
from feeds.lib.text.languages import format_long_date, format_month
from feeds.lib.text.plain import shorten
from feeds.model import Article, Channel
from feeds.sync.digests.ledger import Period, Rhythm

DEFAULT_LIMIT = 20
_SUMMARY_LENGTH = 300


def make_digest(config: Config, name: str, period: Period, articles: Sequence[Article]) -> Article:
    """Make the digest of a period, as an article whose date is the period's end.

    The best articles come first: by quality, then heat, then date.
    """
    selection = config.selections[name]
    best = sorted(articles, key=lambda a: (-(a.quality or 0), -(a.heat or 0), -a.published.timestamp(), a.id))
    best = best[: selection.limit or DEFAULT_LIMIT]
    channel = Channel("feeds", name, f"feeds/{name}", selection.title)
    return Article(
        path=f"{DIGEST_PATH}{name}/{period.name}",
        id=make_uuid(OF_URLS, f"{feed_id(config, channel)}#{period.name}"),
        title=f"{selection.title}: {_label(period, selection.digest or 'daily', config.site.language)}",
        published=period.end,
        updated=period.end,
        url=f"{config.site.base_url}feeds/{name}/#{period.name}",
        summary=shorten(" · ".join(article.title for article in best), _SUMMARY_LENGTH),
        body=f"<ol>{''.join(_item(article, config.site.language) for article in best)}</ol>",
        type="digest",
    )


def _label(period: Period, rhythm: Rhythm, language: str) -> str:
    if rhythm == "monthly":
        return format_month(period.start, language)
    first = format_long_date(period.start, language)
    return (
        first
        if rhythm == "daily"
        else f"{first} – {format_long_date(period.end - timedelta(days=1), language)}"
    )


def _item(article: Article, language: str) -> str:
    title = escape(article.title)
    linked = f'<a href="{escape(article.url)}">{title}</a>' if article.url else title
    source = " · ".join(filter(None, (article.provider.name, format_long_date(article.published, language))))
    lines = [
        f"<strong>{linked}</strong>",
        img_element(article.images[0], "") if article.images else "",
        f"<small>{escape(source)}</small>",
        escape(article.summary),
    ]
    return f"<li>{'<br>'.join(filter(None, lines))}</li>"

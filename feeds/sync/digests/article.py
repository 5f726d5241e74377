"""Make the entry of a digest: the best articles of a period, as HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from feeds.channels.metadata import make_feed_id
from feeds.config.schema import Config
from feeds.formats.entries import write_img
from feeds.lib.text.identifiers import OF_URLS, make_uuid
from feeds.lib.text.languages import format_long_date, format_month
from feeds.lib.text.plain import shorten
from feeds.model import Article, Channel
from feeds.sync.digests.ledger import ClosedDigest, Period, Rhythm
from feeds.words import N_, choose_words

DEFAULT_LIMIT = 20
_SUMMARY_LENGTH = 300
_NOTHING_LEFT = N_("None of the articles of this digest is public any more.")


def close_digest(config: Config, name: str, period: Period, articles: Sequence[Article]) -> ClosedDigest:
    """Close a period's digest: choose its articles, and give it id, title and date.

    The best articles come first: by quality, then heat, then date. The date is the period's end.
    """
    selection = config.selections[name]
    best = sorted(articles, key=lambda a: (-(a.quality or 0), -(a.heat or 0), -a.published.timestamp(), a.id))
    channel = Channel("feeds", name, f"feeds/{name}", selection.title)
    return ClosedDigest(
        id=make_uuid(OF_URLS, f"{make_feed_id(config, channel)}#{period.name}"),
        title=f"{selection.title}: {_write_label(period, selection.digest or 'daily', config.site.language)}",
        published=period.end,
        updated=period.end,
        articles=tuple(article.id for article in best[: selection.limit or DEFAULT_LIMIT]),
    )


def make_digest(config: Config, path: str, digest: ClosedDigest, articles: Sequence[Article]) -> Article:
    """Make the entry of a closed digest from those of its articles that are public.

    If none is left, the entry says so and stays: readers put it in place of what they have.
    """
    language = config.site.language
    _, _, address = path.partition(":")
    name, _, period = address.rpartition("/")
    nothing = choose_words(language, config.pages.words).gettext(_NOTHING_LEFT)
    items = "".join(_write_item(article, language) for article in articles)
    return Article(
        path=path,
        id=digest.id,
        title=digest.title,
        published=digest.published,
        updated=digest.updated,
        url=f"{config.site.base_url}feeds/{name}/#{period}",
        summary=shorten(" · ".join(article.title for article in articles), _SUMMARY_LENGTH) or nothing,
        body=f"<ol>{items}</ol>" if items else f"<p>{escape(nothing)}</p>",
        type="digest",
    )


def _write_label(period: Period, rhythm: Rhythm, language: str) -> str:
    if rhythm == "monthly":
        return format_month(period.start, language)
    first = format_long_date(period.start, language)
    return (
        first
        if rhythm == "daily"
        else f"{first} – {format_long_date(period.end - timedelta(days=1), language)}"
    )


def _write_item(article: Article, language: str) -> str:
    title = escape(article.title)
    linked = f'<a href="{escape(article.url)}">{title}</a>' if article.url else title
    source = " · ".join(filter(None, (article.provider.name, format_long_date(article.published, language))))
    lines = [
        f"<strong>{linked}</strong>",
        write_img(article.images[0], "") if article.images else "",
        f"<small>{escape(source)}</small>",
        escape(article.summary),
    ]
    return f"<li>{'<br>'.join(filter(None, lines))}</li>"

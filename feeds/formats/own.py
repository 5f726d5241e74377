"""Entries and feeds of a program's own, without a folder of articles.

A program's values are cleaned as those of a file are, so that validators and readers take what comes of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urljoin

from msgspec.structs import replace

from feeds.config.schema import FormatName
from feeds.formats import EMPTY_UPDATED, MEDIA_TYPES, EntryContext, load
from feeds.formats.entries import make_content
from feeds.lib.text.html import sanitise
from feeds.lib.text.identifiers import OF_URLS, make_entry_ids, make_uuid
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import to_plain_text
from feeds.lib.text.urls import canonicalise
from feeds.model import Article, Feed, Image, Link, Provider
from feeds.version import __version__

# In minutes: how often readers are asked to look.
_TTL = 60


def make_article(  # noqa: PLR0913 - what an entry shows
    title: str,
    published: datetime,
    *,
    url: str = "",
    html: str = "",
    id: str = "",  # noqa: A002 - the name of the field
    updated: datetime | None = None,
    summary: str = "",
    authors: Iterable[str] = (),
    topics: Iterable[str] = (),
    tags: Iterable[str] = (),
    image: str = "",
    language: str = "",
) -> Article:
    """Make an article of a program's own values, cleaned as those of a file.

    Texts are plain, ``html`` is sanitised. ``url`` is the address of the article: what is relative in ``html``
    counts from it. Its ``id`` follows from ``url`` if it has none of its own, as with an article of a folder.
    Times need a zone. ``language`` is needed only if it is not the feed's.

    Raises :class:`ValueError` if a time has no zone or the second is before the first, an address cannot be used, the
    language is no tag, or what an entry must have is missing: a title, and an address or an id with a text.
    """
    address = _check_url("url", url) if url else ""
    name = to_plain_text(title)
    if not name:
        raise ValueError("title is empty.")
    if not (address or (id and html)):
        raise ValueError("An article needs a url, or else an id and html.")
    came, changed = _check_time("published", published), _check_time("updated", updated or published)
    if changed < came:
        raise ValueError(f"updated is before published: {changed} is before {came}.")
    entry_id, guid = make_entry_ids(to_plain_text(id), address)
    return Article(
        path=entry_id,
        id=entry_id,
        guid=guid,
        title=name,
        published=came,
        updated=changed,
        url=address,
        summary=to_plain_text(summary),
        body=sanitise(html, address).html,
        language=_check_language(language),
        provider=Provider(authors=_clean(authors)),
        topics=_clean(topics),
        tags=_clean(tags),
        images=(Image(_check_url("image", image)),) if image else (),
    )


def make_feed(  # noqa: PLR0913 - what a feed says of itself
    title: str,
    home: str,
    *,
    id: str = "",  # noqa: A002 - the name of the field
    subtitle: str = "",
    language: str = "en",
    author: str = "",
    rights: str = "",
    icon: str = "",
    hubs: Iterable[str] = (),
) -> Feed:
    """Describe a feed of a program's own, for :func:`render` in any format.

    ``home`` is the address of the page that the feed is about. The ``id``, which must never change, follows
    from it if there is none; it is the one of ``all`` on a site with this base URL. The ``author`` is the
    title if there is none. Raises :class:`ValueError` for an address or a language that cannot be used.
    """
    page, name = _check_url("home", home), to_plain_text(title)
    if not name:
        raise ValueError("title is empty.")
    return Feed(
        id=make_entry_ids(to_plain_text(id), "")[0] if id else make_uuid(OF_URLS, f"{page}#all/"),
        title=name,
        subtitle=to_plain_text(subtitle),
        home=page,
        self_url="",
        links=tuple(Link("hub", _check_url("hubs", hub)) for hub in hubs),
        updated=EMPTY_UPDATED,
        language=_check_language(language or "en"),
        author=to_plain_text(author) or name,
        generator=__version__,
        ttl=_TTL,
        rights=to_plain_text(rights),
        icon=_check_url("icon", icon) if icon else "",
    )


def render(feed: Feed, articles: Iterable[Article], format: FormatName, url: str) -> bytes:  # noqa: A002 - the word of the glossary
    """Render a feed with its articles, in their order, as the document at an address.

    It was updated when the last of its articles was. Raises :class:`ValueError` for an address or a format that
    cannot be used, and if two articles have one id.
    """
    if format not in MEDIA_TYPES:
        raise ValueError(f'There is no format "{format}", only: {", ".join(MEDIA_TYPES)}.')
    shown = list(articles)
    _refuse_repeated(shown)
    address = _check_url("url", url)
    links = (Link("alternate", feed.home, "text/html"), Link("self", address, MEDIA_TYPES[format]))
    described = replace(
        feed,
        self_url=address,
        links=(*links, *feed.links),
        updated=max((article.updated for article in shown), default=feed.updated),
    )
    context = EntryContext(base_url=urljoin(feed.home, "./"), language=feed.language, pages=False)
    module = load(format)
    entries = [module.render_entry(make_content(article, context), context) for article in shown]
    return module.render_feed(described, entries)


def _refuse_repeated(articles: Iterable[Article]) -> None:
    seen: dict[str, Article] = {}
    for article in articles:
        if (other := seen.setdefault(article.id, article)) is not article:
            raise ValueError(f'"{other.title}" and "{article.title}" have one id, {article.id}.')


def _check_url(name: str, url: str) -> str:
    """Return an address in its canonical form."""
    if (found := canonicalise(url)) is None:
        raise ValueError(f'{name} is not an address that can be used: "{url}". Write it whole, as https://….')
    return found


def _check_time(name: str, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{name} needs a time zone: {moment!r} has none.")
    return moment.astimezone(UTC)


def _check_language(tag: str) -> str:
    if tag and not is_language(tag):
        raise ValueError(f'language is not a language tag: "{tag}". Write it like "en" or "pt-BR".')
    return tag


def _clean(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, dict.fromkeys(map(to_plain_text, texts))))

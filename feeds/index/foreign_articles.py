"""Read the articles of an index from elsewhere as if they were anybody's input."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from feeds.lib.text.html import TooDeepError, sanitise
from feeds.lib.text.media_types import read_media_type
from feeds.lib.text.plain import keep_plain_text
from feeds.lib.text.urls import canonicalise
from feeds.model import Article, Image

_decode = msgspec.json.Decoder(Article).decode


def read_foreign_article(body: bytes) -> Article | None:
    """Return an article as reading it from a file would, None if it is not one."""
    with suppress(msgspec.DecodeError, TooDeepError):
        return clean_article(_decode(body))
    return None


def clean_article(article: Article) -> Article:
    """Return a foreign article with nothing in it that reading a file would remove."""
    provider, media = article.provider, article.media
    return replace(
        _clean_texts(article),
        url=_clean_url(article.url),
        via=_clean_url(article.via),
        body=sanitise(article.body, article.url or "https://localhost/").html if article.body else "",
        topics=tuple(map(keep_plain_text, article.topics)),
        categories=tuple(map(keep_plain_text, article.categories)),
        tags=tuple(map(keep_plain_text, article.tags)),
        images=_clean_images(article.images),
        related=tuple(
            replace(_clean_texts(one), url=url) for one in article.related if (url := _clean_url(one.url))
        ),
        provider=replace(
            _clean_texts(provider),
            authors=tuple(map(keep_plain_text, provider.authors)),
            images=_clean_images(provider.images),
        ),
        media=media
        and replace(
            media,
            type=read_media_type(media.type) or "",
            **{name: _clean_url(getattr(media, name)) for name in ("page", "player", "file")},
        ),
        files=tuple(map(keep_plain_text, article.files)),
    )


S = TypeVar("S", bound=msgspec.Struct)


def _clean_texts(item: S) -> S:
    texts = {
        name: keep_plain_text(value)
        for name in item.__struct_fields__
        if isinstance(value := getattr(item, name), str)
    }
    return replace(item, **texts)


def _clean_images(images: Iterable[Image]) -> tuple[Image, ...]:
    return tuple(replace(_clean_texts(one), url=url) for one in images if (url := _clean_url(one.url)))


def _clean_url(url: str) -> str:
    return (canonicalise(url) or "") if url else ""

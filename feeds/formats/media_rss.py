"""Media RSS: pictures and films. The namespace ends with a slash."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.formats.xml import escape_attribute, escape_text
from feeds.model import Article, Image, Video

NAMESPACE = "http://search.yahoo.com/mrss/"


def media_elements(article: Article) -> Iterator[str]:
    """Return the pictures and the film of an article as elements of its entry or item."""
    for image in article.images:
        # Written as a title: feedparser takes a description in here for that of the entry.
        title = _title_element(image.title) if image.title else ""
        credit = f"<media:credit>{escape_text(image.attribution)}</media:credit>" if image.attribution else ""
        kind = _type_attribute(image.url)
        yield _content_element(f'{_picture_attributes(image)} medium="image"{kind}', title + credit)
    if article.video is not None:
        yield _film_element(article.video, article)
    if article.images:
        yield f"<media:thumbnail{_picture_attributes(article.images[0])}/>"


def _film_element(film: Video, article: Article) -> str:
    file = f' url="{escape_attribute(film.file)}"{_type_attribute(film.file)}' if film.file else ""
    duration = f' duration="{article.duration}"' if article.duration else ""
    player = f'<media:player url="{escape_attribute(film.player)}"/>' if film.player else ""
    return _content_element(f' medium="video"{file}{duration}', _title_element(article.title) + player)


def _title_element(title: str) -> str:
    return f'<media:title type="plain">{escape_text(title)}</media:title>'


def _content_element(attributes: str, inner: str) -> str:
    start = f"<media:content{attributes}"
    return f"{start}>{inner}</media:content>" if inner else f"{start}/>"


def _picture_attributes(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f' url="{escape_attribute(image.url)}"{width}{height}'


def _type_attribute(url: str) -> str:
    kind = media_type(url)
    return "" if kind is None else f' type="{kind}"'


_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "mov": "video/quicktime",
}  # fmt: skip


def media_type(url: str) -> str | None:
    """Return the media type for the ending of an absolute URL, None if unknown."""
    # By hand: urlsplit takes ten times as long, and this runs for every picture.
    path = url.partition("#")[0].partition("?")[0].split("/", 3)[3:]
    return _TYPES.get(path[0].rpartition(".")[2].lower()) if path else None

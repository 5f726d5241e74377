"""Media RSS for pictures and films (namespace with its trailing slash)."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.formats.xml import quoted, text
from feeds.model import Article, Image, Video

NAMESPACE = "http://search.yahoo.com/mrss/"


def media(article: Article) -> Iterator[str]:
    """The pictures and the film of an article, as elements of its entry or item."""
    for image in article.images:
        # As a title: feedparser takes a description in here for the entry's own.
        title = _title(image.title) if image.title else ""
        credit = f"<media:credit>{text(image.attribution)}</media:credit>" if image.attribution else ""
        kind = _type(image.url)
        yield _content(f'{_picture(image)} medium="image"{kind}', title + credit)
    if article.video is not None:
        yield _film(article.video, article)
    if article.images:
        yield f"<media:thumbnail{_picture(article.images[0])}/>"


def _film(film: Video, article: Article) -> str:
    file = f' url="{quoted(film.file)}"{_type(film.file)}' if film.file else ""
    duration = f' duration="{article.duration}"' if article.duration else ""
    player = f'<media:player url="{quoted(film.player)}"/>' if film.player else ""
    return _content(f' medium="video"{file}{duration}', _title(article.title) + player)


def _title(title: str) -> str:
    return f'<media:title type="plain">{text(title)}</media:title>'


def _content(attributes: str, inner: str) -> str:
    start = f"<media:content{attributes}"
    return f"{start}>{inner}</media:content>" if inner else f"{start}/>"


def _picture(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f' url="{quoted(image.url)}"{width}{height}'


def _type(url: str) -> str:
    kind = media_type(url)
    return "" if kind is None else f' type="{kind}"'


_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "mov": "video/quicktime",
}  # fmt: skip


def media_type(url: str) -> str | None:
    """The media type that the ending of an absolute URL's path promises, None where it promises none."""
    # By hand, since urlsplit takes ten times as long, and each picture asks.
    path = url.partition("#")[0].partition("?")[0].split("/", 3)[3:]
    return _TYPES.get(path[0].rpartition(".")[2].lower()) if path else None

"""Media RSS for pictures and films (namespace with its trailing slash)."""

from __future__ import annotations

from typing import Any

from feeds.formats.elements import add
from feeds.formats.kinds import media_type
from feeds.model import Article, Image

NAMESPACE = "http://search.yahoo.com/mrss/"
_CONTENT, _CREDIT, _PLAYER, _THUMBNAIL, _TITLE = (
    f"{{{NAMESPACE}}}{name}" for name in ("content", "credit", "player", "thumbnail", "title")
)
_PLAIN = {"type": "plain"}


def add_media(entry: Any, article: Article) -> None:
    """Append the pictures and the film of an article to its entry or item."""
    for image in article.images:
        _add_image(entry, image)
    if article.video is not None:
        _add_video(entry, article)
    if article.images:
        add(entry, _THUMBNAIL, None, _image_attributes(article.images[0]))


def _add_image(entry: Any, image: Image) -> None:
    attributes = _image_attributes(image) | {"medium": "image"}
    if (kind := media_type(image.url)) is not None:
        attributes["type"] = kind
    content = add(entry, _CONTENT, None, attributes)
    if image.title:
        # As a title: feedparser takes a description in here for the entry's own.
        add(content, _TITLE, image.title, _PLAIN)
    if image.attribution:
        add(content, _CREDIT, image.attribution)


def _add_video(entry: Any, article: Article) -> None:
    film = article.video
    assert film is not None  # noqa: S101 - the caller has looked
    attributes = {"medium": "video"}
    if film.file:
        attributes["url"] = film.file
        if (kind := media_type(film.file)) is not None:
            attributes["type"] = kind
    if article.duration:
        attributes["duration"] = str(article.duration)
    content = add(entry, _CONTENT, None, attributes)
    add(content, _TITLE, article.title, _PLAIN)
    if film.player:
        add(content, _PLAYER, None, {"url": film.player})


def _image_attributes(image: Image) -> dict[str, str]:
    attributes = {"url": image.url}
    if image.width:
        attributes["width"] = str(image.width)
    if image.height:
        attributes["height"] = str(image.height)
    return attributes

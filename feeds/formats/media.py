"""Media RSS for pictures and films (namespace with its trailing slash)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from feeds.formats.kinds import media_type
from feeds.model import Article, Image

NAMESPACE = "http://search.yahoo.com/mrss/"


def add_media(entry: Any, article: Article) -> None:
    """Append the pictures and the film of an article to its entry or item."""
    for image in article.images:
        _add_image(entry, image)
    if article.video is not None:
        _add_video(entry, article)
    if article.images:
        _element(entry, "thumbnail", **_image_attributes(article.images[0]))


def _add_image(entry: Any, image: Image) -> None:
    attributes = _image_attributes(image) | {"medium": "image"}
    if (kind := media_type(image.url)) is not None:
        attributes["type"] = kind
    content = _element(entry, "content", **attributes)
    if image.title:
        # As a title: feedparser takes a description in here for the entry's own.
        _element(content, "title", image.title, type="plain")
    if image.attribution:
        _element(content, "credit", image.attribution)


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
    content = _element(entry, "content", **attributes)
    _element(content, "title", article.title, type="plain")
    if film.player:
        _element(content, "player", url=film.player)


def _image_attributes(image: Image) -> dict[str, str]:
    sizes = {"width": image.width, "height": image.height}
    return {"url": image.url, **{name: str(size) for name, size in sizes.items() if size}}


def _element(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element

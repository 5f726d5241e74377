"""Show the small copies of other sites' pictures, and find where new ones are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from html import escape, unescape
from typing import NamedTuple

from msgspec.structs import replace

from feeds.channels.membership import Selector
from feeds.images.store import Pictures
from feeds.index.read import channels
from feeds.index.sql import Connection
from feeds.lib.text.tags import Tag, decode_value, replace_tags
from feeds.model import Article
from feeds.publisher.routes import Router

# By the keys of channels, the ages of articles.
Touched = Mapping[int, AbstractSet[int]]


class SmallPicture(NamedTuple):
    """A picture as a page shows it: sources in both forms, the size of the largest."""

    webp: str
    jpg: str
    src: str
    width: int
    height: int


def find_small(pictures: Pictures, url: str, root: str) -> SmallPicture | None:
    """Return a page's copies of a picture, None without any; ``root`` is the site's."""
    found = pictures.find(url)
    if found is None:
        return None
    webp, jpg = (
        ", ".join(f"{root}{found.make_path(copy, ending)} {copy.width}w" for copy in found.copies)
        for ending in ("webp", "jpg")
    )
    largest = found.copies[-1]
    return SmallPicture(webp, jpg, root + found.make_path(largest, "jpg"), largest.width, largest.height)


def show_small(article: Article, pictures: Pictures, base_url: str) -> Article:
    """Return an article with the largest copies of its pictures, as JPEG for all."""

    def write(tag: Tag) -> str:
        url = decode_value(tag.list_attributes().get("src", ""))
        small = find_small(pictures, url, base_url)
        written = tag.written.replace(escape(url), escape(small.src), 1) if small else tag.written
        return f"<img{written}>"

    images = [(one, find_small(pictures, one.url, base_url)) for one in article.images]
    return replace(
        article,
        body=replace_tags(article.body, ("img",), write) if "<img" in article.body else article.body,
        images=tuple(
            replace(one, url=small.src, width=small.width, height=small.height) if small else one
            for one, small in images
        ),
    )


def find_touched_places(router: Router, connection: Connection, before: str) -> Touched | None:
    """Find the articles that show a picture whose copies changed since a state.

    Returns None if that state is not known.
    """
    changed = router.pictures.find_changed(before)
    if not changed:
        return None if changed is None else {}
    touched: defaultdict[int, set[int]] = defaultdict(set)
    selector, known = Selector(router.config), router.channels
    for article in channels.read_shown_articles(connection):
        if changed.isdisjoint(_list_urls(article)):
            continue
        for one in selector.find_memberships(article):
            path = "all" if one.kind == "all" else known.paths.get((one.kind, one.name), "")
            if (channel := known.by_path.get(path)) is not None:
                touched[channel.key].add(-int(article.published.timestamp()))
    return touched


def _list_urls(article: Article) -> Iterator[str]:
    yield from (picture.url for picture in article.images)
    for piece in article.body.split('<img src="')[1:]:
        yield unescape(piece.partition('"')[0])

"""The text of an article as its page shows it: pictures on demand, wide things that scroll, a contents list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from feeds.lib.text.plain import strip_html
from feeds.lib.text.tags import Tag, decode_value, list_tags, replace_tags

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WIDE = ("table", "pre")
# A shorter text, or one with fewer parts, needs no list of them.
_LEAST_LENGTH, _LEAST_PARTS = 3000, 3


class Part(NamedTuple):
    """A part of a text: the id of its heading, what the heading says, and whether it is in another part."""

    id: str
    title: str
    inner: bool


def load_lazily(html: str) -> Markup:
    """Load the pictures of sanitised HTML when they are visible, without referrer."""
    return Markup(replace_tags(html, ("img",), _write_lazy_image) if "<img" in html else html)  # noqa: S704 - sanitised when it was read


def shorten_own_links(html: str, url: str) -> str:
    """Make links to parts of the page at a URL lead to its parts wherever it is shown: in a preview too."""
    own = f'href="{url}#'

    def write(tag: Tag) -> str:
        written = tag.written.replace(own, 'href="#', 1)
        return "</a>" if tag.is_end else f"<a{written}>"

    return replace_tags(html, ("a",), write) if own in html else html


def scroll_wide(html: str) -> str:
    """Let tables and code scroll on their own, by keys too, so that the page is never wider than its window."""
    if not any(f"<{name}" in html for name in _WIDE):
        return html
    depth = 0

    def write(tag: Tag) -> str:
        nonlocal depth
        if tag.name == "pre":
            return "</pre>" if tag.is_end else f'<pre tabindex="0"{tag.written}>'
        if tag.is_end:
            depth -= 1
            return "</table>" + ("</div>" if depth == 0 else "")
        depth += 1
        return ('<div class="wide" tabindex="0">' if depth == 1 else "") + f"<table{tag.written}>"

    return replace_tags(html, _WIDE, write)


def list_parts(html: str) -> list[Part]:
    """Return the parts of a long text, for a list of contents: those of the first two levels of headings."""
    if len(html) < _LEAST_LENGTH:
        return []
    found = list(_find_headings(html))
    levels = sorted({level for level, _, _ in found})[:2]
    parts = [Part(id_, title, level != levels[0]) for level, id_, title in found if level in levels]
    return parts if len(parts) >= _LEAST_PARTS else []


def _find_headings(html: str) -> Iterator[tuple[int, str, str]]:
    """Find the level, the id and the text of each heading that a link can lead to."""
    begin: Tag | None = None
    for tag in list_tags(html, _HEADINGS):
        if not tag.is_end:
            begin = tag
        elif begin is not None:
            id_, title = begin.list_attributes().get("id", ""), strip_html(html[begin.end : tag.start])
            if id_ and title:
                yield int(begin.name[1]), decode_value(id_), title
            begin = None


def _write_lazy_image(tag: Tag) -> str:
    return f'<img loading="lazy" decoding="async" referrerpolicy="no-referrer"{tag.written}>'

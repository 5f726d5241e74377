"""An article's text on its page: lazy pictures, scrolling tables, a contents list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from types import MappingProxyType
from typing import NamedTuple

from markupsafe import Markup

from feeds.lib.text.plain import strip_html
from feeds.lib.text.tags import Tag, decode_value, list_tags, replace_tags
from feeds.publisher.small_pictures import SmallPicture

_CHANGED = ("img", "table", "pre")
# Width and height of pictures, by their addresses.
Sizes = Mapping[str, tuple[int, int]]
FindSmall = Callable[[str], SmallPicture | None]
# How wide the text of an article is.
_COLUMN = "(max-width: 42rem) 100vw, 40rem"
NONE_KNOWN: Sizes = MappingProxyType({})
# In sanitised HTML, each "<" begins a tag, and values are quoted.
_HEADING = re.compile(r"<(h[1-6])((?: [^<>]*+)?)>((?:[^<]++|<(?!/?h[1-6][ >]))*+)</h[1-6]>")
_ID = re.compile(r' id="([^"]*)"')
# A shorter text, or one with fewer parts, needs no list of them.
_LEAST_LENGTH, _LEAST_PARTS = 3000, 3


def _find_none(_url: str) -> None:
    return None


class Part(NamedTuple):
    """A part of a text: the id and text of its heading, and whether it is nested."""

    id: str
    title: str
    inner: bool


class Prose(NamedTuple):
    """The text of an article for its page, and its parts if it is long."""

    html: Markup
    parts: list[Part]


def load_lazily(html: str) -> Markup:
    """Load the pictures of sanitised HTML when they are visible, without referrer."""
    return Markup(replace_tags(html, ("img",), _write_lazy_image) if "<img" in html else html)  # noqa: S704 - sanitised when it was read


def shorten_own_links(html: str, url: str) -> str:
    """Make links to parts of the page at a URL work wherever it is shown.

    A preview is elsewhere, for example.
    """
    own = f'href="{url}#'

    def write(tag: Tag) -> str:
        written = tag.written.replace(own, 'href="#', 1)
        return "</a>" if tag.is_end else f"<a{written}>"

    return replace_tags(html, ("a",), write) if own in html else html


def make_prose(
    html: str, url: str, sizes: Sizes = NONE_KNOWN, *, small: FindSmall = _find_none, is_here: bool = False
) -> Prose:
    """Make what a page shows of sanitised HTML; links to its parts begin with a URL.

    ``sizes`` are those of pictures, by their addresses: the page leaves room for them. ``small`` finds the copies of
    a picture that are shown in its place. With ``is_here``, the URL is
    that of the page, and what begins with it leads there wherever the site is shown: in a preview too.

    Pictures load when they are visible, and tables and code scroll on their own, by keys too, so that the page is
    never wider than its window. Only what a text has is looked for, because a page is made for each article.
    """
    page = _Page(f'href="{url}#', f'="{escape(url)}' if is_here else None, sizes, small)
    pieces: list[str] = []
    place = depth = 0
    # Most tags of a long text are links, and most texts have none to their own page.
    has_own = page.own in html or (page.files is not None and page.files in html)
    names = [name for name in _CHANGED if f"<{name}" in html] + ["a"] * has_own
    for tag in list_tags(html, names) if names else ():
        written = _write(tag, page, depth)
        if tag.name == "table":
            depth = max(0, depth - 1) if tag.is_end else depth + 1
        if written is not None:
            pieces += html[place : tag.start], written
            place = tag.end
    pieces.append(html[place:])
    return Prose(Markup("".join(pieces)), _list_parts(html))  # noqa: S704 - sanitised when it was read


class _Page(NamedTuple):
    """The beginnings of a page's own addresses, of parts and files, and picture sizes."""

    own: str
    files: str | None
    sizes: Sizes
    small: FindSmall


def _write(tag: Tag, page: _Page, depth: int) -> str | None:
    """Return what replaces a tag, None for the tag itself; ``depth`` counts tables."""
    match tag.name, tag.is_end:
        case "img", _:
            return _write_image(tag, page)
        case "pre", False:
            return f'<pre tabindex="0"{tag.written}>'
        case "table", False if depth == 0:
            return f'<div class="wide" tabindex="0"><table{tag.written}>'
        case "table", True if depth == 1:
            return "</table></div>"
        case "a", False:
            return _write_link(tag, page)
    return None


def _write_image(tag: Tag, page: _Page) -> str:
    if page.small is not _find_none:
        small = page.small(decode_value(tag.list_attributes().get("src", "")))
        if small is not None:
            return _write_small_picture(tag, small)
    written = _write_lazy_image(tag, page.sizes)
    return written.replace(f" src{page.files}", ' src="./', 1) if page.files else written


def _write_small_picture(tag: Tag, small: SmallPicture) -> str:
    """Show the copies of a picture, whichever fits; drop the original's size."""
    rest = "".join(
        f' {name}="{value}"' for name, value in tag.list_attributes().items() if name in ("alt", "title")
    )
    return (
        f'<picture><source type="image/webp" srcset="{small.webp}" sizes="{_COLUMN}"><img loading="lazy" decoding="async"'
        f' src="{small.src}" srcset="{small.jpg}" sizes="{_COLUMN}" width="{small.width}" height="{small.height}"{rest}></picture>'
    )


def _write_link(tag: Tag, page: _Page) -> str | None:
    for own, here in ((page.own, 'href="#'), (f"href{page.files}", 'href="./')):
        if own in tag.written:
            return f"<a{tag.written.replace(own, here, 1)}>"
    return None


def _list_parts(html: str) -> list[Part]:
    """Return the parts of a long text: headings of two levels that have an id."""
    if len(html) < _LEAST_LENGTH:
        return []
    found = [
        (heading[1], decode_value(known[1]), title)
        for heading in _HEADING.finditer(html)
        if (known := _ID.search(heading[2])) is not None and known[1] and (title := _read_text(heading[3]))
    ]
    levels = sorted({level for level, _, _ in found})[:2]
    parts = [Part(id_, title, level != levels[0]) for level, id_, title in found if level in levels]
    return parts if len(parts) >= _LEAST_PARTS else []


def _read_text(html: str) -> str:
    return strip_html(html) if "<" in html else " ".join(unescape(html).split())


def _write_lazy_image(tag: Tag, sizes: Sizes = NONE_KNOWN) -> str:
    room = ""
    if sizes:
        known = tag.list_attributes()
        size = sizes.get(decode_value(known.get("src", "")))
        if size and not known.keys() & {"width", "height"}:
            room = f' width="{size[0]}" height="{size[1]}"'
    return f'<img loading="lazy" decoding="async" referrerpolicy="no-referrer"{room}{tag.written}>'

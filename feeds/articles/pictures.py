"""Finds the source of a picture that a script would load, and an article's files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape, unescape
from posixpath import relpath
from typing import NamedTuple

from feeds.lib.text.media_types import find_safe_file_type
from feeds.lib.text.tags import decode_value, replace_tags
from feeds.lib.text.urls import EDGES, canonicalise, place_below
from feeds.model import Image, Media

# Where scripts that load pictures and frames late keep the address, the most usual first.
LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-orig-src", "data-lazy", "data-lazyload", "data-lazy-load",
    "data-cfsrc", "data-litespeed-src", "data-wpfc-original-src", "data-srcurl", "data-hi-res-src", "data-full-src",
    "data-cookieblock-src", "data-cmp-src", "data-consent-src", "data-src-cmplz",
)  # fmt: skip
_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "srcset")
_WITH_ADDRESS = frozenset((*LAZY, *_SETS, "data", "href", "poster", "src"))
_KEPT = ("alt", "title", "width", "height", "lang", "dir", "id", "class", "align")
# A source and how wide or how dense it is (HTML, section 2.3.9, "Srcset attributes").
_CANDIDATE = re.compile(r"[ \t\n\f\r,]*([^ \t\n\f\r]*[^ \t\n\f\r,])(?:[ \t\n\f\r]+([0-9.]+)[wx])?")

# What follows the name of an attribute whose value is a path from the root.
_FROM_ROOT = re.compile(rf"""=[{re.escape(EDGES)}]*+["']?[{re.escape(EDGES)}]*+/(?![/\\])""")
# The sanitiser writes each attribute so.
_ADDRESS = r' (src|href|poster)="{}([^"]*)"'
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")
# Links to pages and to other texts.
_NO_FILES = (".html", ".htm", ".php", ".md", ".mdx", ".markdown", ".mdown", ".rst", ".org", ".txt", ".qmd")
# No real article names more, and each one costs a look at a disk or a store.
_MOST = 500


class Base(NamedTuple):
    """What relative addresses in the HTML of an article count from: its own address.

    If it belongs to a site, those that begin with ``/`` count from that.
    """

    address: str
    site: str = ""


def place_all_below(html: str, base: Base) -> str:
    """Write addresses that begin with ``/`` as those below an article's own site."""
    site = base.site
    if not site or (base.address.startswith(site) and not site.split("/", 3)[3]) or not _has_path(html):
        return html

    def place(name: str, value: str) -> str:
        if name not in _SETS:
            return place_below(value, site)
        return _CANDIDATE.sub(lambda one: one[0].replace(one[1], place_below(one[1], site), 1), value)

    return replace_tags(html, None, lambda tag: tag.write_with(_WITH_ADDRESS, place))


def _has_path(html: str) -> bool:
    """Return whether an attribute may be a path from the root: few texts have one."""
    if _FROM_ROOT.search(html) is not None:
        return True
    # A set may have one that is not the first.
    lowered = html.lower()
    return any(name in lowered for name in _SETS)


def find_address(attributes: Mapping[str, str]) -> str:
    """Return where a thing really is, as it is written; "" if no attribute says so."""
    for name in LAZY:
        # Others use the same names for switches: data-lazy="true".
        if (written := attributes.get(name, "")) and ("/" in written or "." in written):
            return written
    return attributes.get("src", "")


def find_widest(attributes: Mapping[str, str]) -> str:
    """Return a picture's widest or densest source as written, "" without several."""
    found = next(filter(None, (attributes.get(name) for name in _SETS)), "")
    sources = _CANDIDATE.findall(found)
    return max(sources, key=lambda source: _read_number(source[1]))[0] if sources else ""


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1


def find_picture(attributes: Mapping[str, str], others: Iterable[str], base: str) -> tuple[str, bool]:
    """Return a picture's absolute address, and whether it needs a script to be shown.

    The address is "" if there is none. ``others`` are the sources of the picture element around it.
    """
    src = attributes.get("src", "")
    written = find_address(attributes)
    for address in (written, src, find_widest(attributes), *others):
        if address.strip() and (url := canonicalise(decode_value(address), base)):
            return url, address is not src
    return "", True


def write_picture(url: str, attributes: Mapping[str, str]) -> str:
    """Write a picture, with what else its element said about it."""
    kept = (
        f' {name}="{value.replace(chr(34), "&quot;")}"' for name in _KEPT if (value := attributes.get(name))
    )
    return f'<img src="{escape(url)}"{"".join(kept)}>'


def list_local_files(
    html: str, images: tuple[Image, ...], media: Media | None, page: str, pages: str
) -> tuple[str, ...]:
    """Return the files that an article names, relative to its page, each once.

    ``page`` is the address of its page, and ``pages`` what the pages of all articles are below. A file that is not
    below its page begins with ``../``. Those of kinds that nobody publishes are listed too, so that somebody is told.
    Whether a file is there is found out when it is published: it can change without the article.
    """
    found: dict[str, None] = {}
    if (begin := escape(pages)) in html:
        for name, rest in re.findall(_ADDRESS.format(re.escape(begin)), html):
            found |= dict.fromkeys(_read_name(pages + unescape(rest), page, is_link=name == "href"))
    for url in (*(image.url for image in images), media.file if media else ""):
        if url.startswith(pages):
            found |= dict.fromkeys(_read_name(url, page, is_link=False))
    return tuple(found)[:_MOST]


def _read_name(url: str, page: str, *, is_link: bool) -> Iterator[str]:
    path = url.partition("#")[0].partition("?")[0]
    if _ENDING.search(path) is None or path.lower().endswith(_NO_FILES):
        return
    if path.startswith(page):
        yield path.removeprefix(page)
    elif not is_link or find_safe_file_type(path):
        # Links to what is elsewhere on the site are ordinary.
        yield relpath(path, page)

"""Replaces what readers remove, such as players and films, by links and pictures.

A link says what the author called the thing and which host it is on. What is written inside it for programs
that cannot show it stays after the link. What has no address that could be linked stays as it is, for the
sanitiser to remove and to tell.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import NamedTuple

from feeds.articles.embed_elements import (
    FILES,
    FRAMES,
    PASSIVE,
    PICTURES,
    WITH_CONTENT,
    is_invisible,
    keep_apart_after,
    keep_apart_before,
    list_elements,
    name_host,
    read_file_name,
    read_title,
    unwrap_text,
)
from feeds.articles.pictures import (
    Base,
    find_address,
    find_picture,
    find_widest,
    place_all_below,
    write_picture,
)
from feeds.articles.players import ELEMENTS, Player, find_filled, find_player
from feeds.lib.text.media_types import find_media_type, find_media_type_in, find_medium, read_media_type
from feeds.lib.text.plain import strip_html
from feeds.lib.text.tags import Tag, decode_value
from feeds.lib.text.urls import canonicalise
from feeds.model import Media

# A text with none of these needs no further look: beginnings of names, and attributes. Elements with a hyphen
# are those of AMP and other kits. A class of two letters is three times as fast as a flag for case. The most
# frequent elements are excluded first.
_MAYBE = re.compile(
    "<(?!/|(?:p|a|li|h[1-6]|t[dhr]|em|strong|code|ul|ol|pre)[ >])(?:[iI]?[fF][rR]|[oO][bBeE]|[aA](?:[pPuU]|[rR][eE])|[eE][mM][bB]|[vV][iI]|[pP][iI]|[bB][gG]|[sS][cC]|[nN][oO]|[a-zA-Z]+-)"
)
_MAYBE_ATTRIBUTES = ("data-", "srcset", "cite=")
_ATTRIBUTE = re.compile(r"""[\s"'/](?:data-[^\s"'<>=]++|srcset|cite)\s*+=""")
# Scripts that write something visible at their place.
_SCRIPTS = (
    "https://gist.github.com/", "https://asciinema.org/a/", "https://jsfiddle.net/", "https://emgithub.com/",
    "https://fast.wistia.com/embed/medias/", "https://www.buzzsprout.com/",
)  # fmt: skip
_MOVIES = ("movie", "src", "url", "filename")
_MOST_FILES = 4
_MOST_LINKS = 100
# This many characters before and after an element tell whether it touches text.
_NEAR = 12
# Types that most programs can play, the first before the others.
_WELL_KNOWN = ("audio/mpeg", "video/mp4", "audio/mp4")


class Embed(NamedTuple):
    """What was replaced faithfully: the name of its element, and the host it is on."""

    element: str
    host: str


class Replaced(NamedTuple):
    """HTML whose embeds are links and pictures, what these were, and its media."""

    html: str
    embeds: tuple[Embed, ...] = ()
    media: Media | None = None


def replace_embeds(html: str, base: Base) -> Replaced:
    """Replace what a text embeds; ``media`` is the first sound or film file in it.

    All addresses in the text that begin with ``/`` become those below the site of the article, if it has one.
    """
    html = place_all_below(html, base)
    if not (_MAYBE.search(html) or _has_attribute(html)):
        return Replaced(html)
    rewriter = EmbedRewriter(html, base.address)
    media = next(
        (one.media for one in rewriter.shown if one.media and one.media.file and one.media.type), None
    )
    return Replaced("".join(rewriter.parts), tuple(rewriter.embeds), media)


def _has_attribute(html: str) -> bool:
    lowered = html.lower()
    return any(name in lowered for name in _MAYBE_ATTRIBUTES) and _ATTRIBUTE.search(lowered) is not None


class _Shown(NamedTuple):
    """A link or picture that was written; ``others`` are links to its other files."""

    slot: int
    element: str
    address: str
    media: Media | None = None
    embed: Embed = Embed("", "")
    others: tuple[str, ...] = ()
    is_lazy: bool = False
    in_noscript: bool = False


class _Element:
    """An element that may be replaced, and where new text and links in it begin."""

    def __init__(self, tag: Tag, written: str, rewriter: EmbedRewriter) -> None:
        self.name = tag.name
        self.attributes = tag.list_attributes()
        self.written = written
        self.before = rewriter.before
        self.slot = len(rewriter.parts)
        self.links, self.pictures, self.shown = len(rewriter.links), rewriter.pictures, len(rewriter.shown)
        # Addresses, each with its type as it is written; and of a picture only addresses.
        self.files: list[tuple[str, str]] = []
        self.sources: list[str] = []


class EmbedRewriter:
    """Reads HTML once; ``parts`` are the new text, ``shown`` what was replaced."""

    def __init__(self, html: str, base: str) -> None:
        self.parts: list[str] = []
        self.embeds: list[Embed] = []
        self.shown: list[_Shown] = []
        self.links: list[str] = []
        self.pictures = 0
        self._base = base
        self._open: list[_Element] = []
        self._names: Counter[str] = Counter()
        self._anchor: tuple[int, str] = (0, "")
        self._noscripts = 0
        self._last: _Shown | None = None
        self._is_near = False
        # What is written beside the tag that is read.
        self.before = self._after = ""
        # The last part that is not blank.
        self._last_text = -1
        place = 0
        for tag, inner, end in list_elements(html):
            self._add_text(html[place : tag.start])
            self.before, self._after = (
                html[max(0, place, tag.start - _NEAR) : tag.start],
                html[end : end + _NEAR],
            )
            place = end
            written = html[tag.start : end]
            if tag.is_end:
                self._end(tag.name, written)
            else:
                self._begin(tag, inner, written)
        self._add_text(html[place:])
        while self._open:
            self._finish(self._open.pop(), "")

    def _add(self, html: str) -> None:
        self.parts.append("")
        self._set(len(self.parts) - 1, html)

    def _set(self, slot: int, html: str) -> None:
        self.parts[slot] = html
        if html and not html.isspace():
            self._last_text = max(self._last_text, slot)

    def _add_text(self, text: str) -> None:
        if text:
            self._add(text)
            self._is_near = self._is_near and text.isspace()

    def _begin(self, tag: Tag, inner: str, written: str) -> None:
        name = tag.name
        one = _Element(tag, written, self)
        if name in PICTURES:
            self._add_picture(one)
        elif name in ("source", "param", "track"):
            self._add_source(one)
        elif name == "area":
            self._add_area(one)
        elif name == "noscript":
            self._noscripts += 1
        elif name in PASSIVE:
            return
        elif name in FRAMES or name == "script":
            self._add_frame(one, inner)
        elif self._has_content(one):
            self._open.append(one)
            self._names[name] += 1
            self.parts.append("")
        else:
            if name == "a":
                self._anchor = one.slot, self._resolve(one.attributes.get("href", ""))
            self._add(written)

    def _has_content(self, one: _Element) -> bool:
        """Return whether what an element becomes depends on what is inside of it."""
        if one.name == "div":
            # Inside a post's div, count all of them to find its end.
            return self._names["div"] > 0 or bool(find_filled(one.attributes))
        return one.name in WITH_CONTENT or ("-" in one.name and self._find_address(one) != "")

    def _end(self, name: str, written: str) -> None:
        if self._names[name]:
            while (one := self._open.pop()).name != name:
                self._finish(one, "")
            self._finish(one, written)
        elif name == "noscript":
            self._noscripts = max(0, self._noscripts - 1)
        elif name in PASSIVE:
            return
        else:
            self._end_anchor(name)
            self._add(written)

    def _end_anchor(self, name: str) -> None:
        slot, url = self._anchor
        if name != "a" or not url:
            return
        self._anchor = (0, "")
        shown = "".join(self.parts[slot:])
        if "<img" in shown or strip_html(shown):
            self.links.append(url)
            if (player := find_player(url)) is not None:
                self.links.append(player.page)

    def _add_source(self, one: _Element) -> None:
        if not self._open:
            return
        outer, attributes = self._open[-1], one.attributes
        if one.name == "param" and decode_value(attributes.get("name", "")).lower() in _MOVIES:
            outer.files.append((attributes.get("value", ""), ""))
        elif one.name == "source":
            outer.sources.append(find_widest(attributes))
            outer.files.append((find_address(attributes), attributes.get("type", "")))

    def _add_picture(self, one: _Element) -> None:
        outer = self._open[-1].sources if self._open and self._open[-1].name == "picture" else ()
        url, is_lazy = find_picture(one.attributes, outer, self._base)
        is_changed = url and (is_lazy or one.name != "img")
        self._add(write_picture(url, one.attributes) if is_changed else one.written)
        self.pictures += 1
        self._remember(_Shown(one.slot, "img", url, is_lazy=is_lazy))

    def _add_area(self, one: _Element) -> None:
        """Write a part of a picture that is a link as a link below it."""
        href = one.attributes.get("href", "")
        url = self._resolve(href)
        if href and not url:
            self._add(one.written)
        if url:
            self.embeds.append(Embed(one.name, name_host(url)))
            title = read_title(one.attributes, "alt", "title") or name_host(url)
            link = f'<a href="{escape(url)}">{escape(title)}</a> '
            self._add(keep_apart_before(one.before) + link)

    def _remember(self, new: _Shown) -> None:
        """Show once what is there twice: lazily, and in a noscript."""
        new = new._replace(in_noscript=self._noscripts > 0)
        last, is_near = self._last, self._is_near
        self._last, self._is_near = new, True
        if last is None or last.in_noscript == new.in_noscript or last.element != new.element:
            return
        if last.address == new.address:
            self.parts[new.slot] = ""
        elif is_near and last.is_lazy != new.is_lazy:
            self.parts[last.slot if last.is_lazy else new.slot] = ""

    def _add_frame(self, one: _Element, inner: str) -> None:
        """Replace an element that has no HTML inside of it."""
        outer = self._open[-1] if self._open else None
        if one.name == "embed" and outer is not None and outer.name in ("object", "applet"):
            outer.files.append((find_address(one.attributes), one.attributes.get("type", "")))
            return
        address = "" if is_invisible(one.attributes) else self._find_address(one)
        if one.name == "script":
            address = address if address.startswith(_SCRIPTS) else self._resolve(find_filled(one.attributes))
            inner = ""
        elif "srcdoc" in one.attributes and find_player(address) is None:
            # What the frame itself shows comes before what it shows otherwise.
            inner, address = decode_value(one.attributes["srcdoc"]), ""
        if not address and not inner.strip():
            self._add(one.written)
            return
        self.parts.append("")
        if inner := unwrap_text(inner):
            rewriter = EmbedRewriter(inner, self._base)
            self._add("".join(rewriter.parts) + keep_apart_after(self._after))
            self.links += rewriter.links
        self._show(one, [(address, one.attributes.get("type", ""))] if address else [])

    def _finish(self, one: _Element, end: str) -> None:
        """Write what an element is replaced by, now that all inside of it is known."""
        self._names[one.name] -= 1
        if one.name == "picture":
            widest = next(filter(None, map(self._resolve, one.sources)), "")
            if widest and self.pictures == one.pictures:
                self._set(one.slot, write_picture(widest, one.attributes))
        elif one.name in ("blockquote", "div"):
            self._set(one.slot, one.written)
            url = self._resolve(find_filled(one.attributes))
            if url and len(self.links) == one.links and len(self.shown) == one.shown:
                space = " " if self._last_text > one.slot else ""
                self._add(space + _write_link(one, url, find_player(url)))
                self.embeds.append(Embed(one.name, name_host(url)))
            self._add(end)
        else:
            written = [(self._find_address(one), one.attributes.get("type", "")), *one.files]
            files = [(url, kind) for address, kind in written if (url := self._resolve(address))]
            if files or self._last_text > one.slot:
                self._show(one, files)
            else:
                self._set(one.slot, one.written)
                self._add(end)

    def _show(self, one: _Element, files: list[tuple[str, str]]) -> None:
        """Write the links to what an element shows: its page, or a file of each type."""
        first = files[0][0] if files else ""
        embed = Embed(one.name, name_host(first) if first else "")
        self.embeds.append(embed)
        if not first:
            self.parts[one.slot] = keep_apart_before(one.before)
            return
        by_type: dict[str, str] = {}
        for url, kind in files[:_MOST_FILES]:
            by_type.setdefault(read_media_type(decode_value(kind)) or find_media_type_in(one.name, url), url)
        medium = find_medium(next(iter(by_type)))
        known = {*self.links[one.links : one.links + _MOST_LINKS]}
        player, media, others = find_player(first), None, []
        if player is None and medium == "image":
            links = [write_picture(first, one.attributes)] if self.pictures == one.pictures else []
        elif player is not None or (medium is None and one.name not in FILES):
            page = player.page if player else first
            links = [] if known & {first, page} else [_write_link(one, first, player)]
            if player is None or player.kind != "page":
                # An unknown player most likely plays films.
                media = Media(
                    player.kind if player and player.kind != "page" else "video", page=page, player=first
                )
        else:
            media = _choose_file(one.name, by_type)
            poster = self._resolve(one.attributes.get("poster", ""))
            written = {
                url: _write_link(one, url, None, poster if url == first else "")
                for url in by_type.values()
                if url not in known
            }
            links = [*written.values()]
            others = [link for url, link in written.items() if url != media.file]
        if links:
            space = " " if self._last_text > one.slot else keep_apart_after(self._after)
            self._set(one.slot, keep_apart_before(one.before) + " ".join(links) + space)
        shown = _Shown(one.slot, one.name, first, media, embed, tuple(others))
        self.shown.append(shown)
        self._remember(shown._replace(element="frame"))

    def _find_address(self, one: _Element) -> str:
        """Return the absolute address of what an element shows, "" if it has none."""
        name, form = ELEMENTS.get(one.name, ("", ""))
        if written := one.attributes.get(name, ""):
            return self._resolve(form.format(written))
        attribute = "data" if one.name == "object" else "src"
        return self._resolve(find_address(one.attributes)) or self._resolve(one.attributes.get(attribute, ""))

    def _resolve(self, written: str) -> str:
        return (canonicalise(decode_value(written), self._base) or "") if written.strip() else ""


def _choose_file(element: str, by_type: dict[str, str]) -> Media:
    """Return the file that most programs can play, the first of several."""
    best = next((kind for kind in _WELL_KNOWN if kind in by_type), next(iter(by_type)))
    is_audio = best.startswith("audio/") or (not best and "audio" in element)
    return Media("audio" if is_audio else "video", page=by_type[best], file=by_type[best], type=best)


def _write_link(one: _Element, address: str, player: Player | None, poster: str = "") -> str:
    """Write a link to a page or a file, with its picture if there is one."""
    page = player.page if player else address
    title = read_title(one.attributes, "title", "aria-label", "playlabel", "data-title")
    if not title and player is None:
        title = read_file_name(address)
    is_played = (
        player.kind != "page" if player else one.name in FILES or find_medium(find_media_type(address))
    )
    text = ("▶ " if is_played else "") + (f"{title} ({name_host(page)})" if title else name_host(page))
    shown = escape(text)
    if player and player.poster:
        shown = f'<img src="{player.poster}" alt="{shown}" width="480" height="360">'
    elif poster:
        shown = f'<img src="{escape(poster)}" alt="{shown}">'
    return f'<a href="{escape(page)}">{shown}</a>'

"""Makes HTML safe for feeds: sanitised, with absolute URLs; tells what it took."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from feeds.lib.text.depth import is_too_deep
from feeds.lib.text.elements import KEPT, LINE_BREAKING
from feeds.lib.text.plain import remove_unwanted
from feeds.lib.text.sound_html import write_sound
from feeds.lib.text.tags import list_tags
from feeds.lib.text.unsupported import SCHEMES, Loss, Supported, replace_unsupported
from feeds.lib.text.urls import CANONICAL, canonicalise

if TYPE_CHECKING:
    import nh3

# Elements whose text is not part of the article. Whatever else a feed cannot show has been replaced before.
_CLEAN_CONTENT = {"script", "style", "noscript", "template", "title", "svg", "math", "iframe", "object"}
_ATTRIBUTES = {
    "*": {"dir", "id", "lang", "title"},
    "a": {"href", "name"},
    "code": {"class"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "li": {"type", "value"},
    "ol": {"reversed", "start", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "ul": {"type"},
}
_URLS = {"href", "src"}
# What the values of attributes must look like; others may hold any text.
_VALUES = {
    "align": re.compile(r"left|right|center|justify", re.IGNORECASE),
    "height": re.compile(r"\d{1,5}"),
    "id": re.compile(r"\S{1,200}"),
    "name": re.compile(r"\S{1,200}"),
    "start": re.compile(r"-?\d{1,9}"),
    "type": re.compile(r"[1aAiI]|disc|circle|square", re.IGNORECASE),
    "value": re.compile(r"-?\d{1,9}"),
    "width": re.compile(r"\d{1,5}"),
}
# A tag as the sanitiser writes it, unless its only value is surely as it must be; and a picture without any.
_TAG_WITH_VALUES = re.compile(
    r'<(?!/)([a-z0-9]++)( (?!(?<!img )(?:id="[^\s&"<>]{1,200}"|align="(?:left|right|center)"|class="language-[\w+#.-]++"'
    rf'|href="(?=[^"&]{{1,240}}"){CANONICAL}")>)[a-z]+="[^"]*"(?: [a-z]+="[^"]*")*+|(?<=img))>'
)
_EACH_VALUE = re.compile(r' ([a-z]+)="([^"]*)"')
_LANGUAGE_CLASS = re.compile(r"(?<!\S)lang(?:uage)?-[\w+#.-]+(?!\S)")
_OTHER_SCHEME = re.compile(r"\s*(mailto|tel|xmpp):(?://)?(?=[^\s/])", re.IGNORECASE)
_NO_URL = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_FIRST_BREAK = re.compile(r"<pre(?: [^<>]*)?>\n")
_NEEDLESS_IF_EMPTY = frozenset(("p", "div", "span"))
# Every text with an empty element has this; what has this may have it in an attribute.
_MAYBE_EMPTY = re.compile(r"<(p|div|span)></\1>")


class Cleaned(NamedTuple):
    """Sanitised HTML, and what is not in it any more or was replaced."""

    html: str
    losses: tuple[Loss, ...]


class TooDeepError(ValueError):
    """HTML is nested too deeply for a parser."""


def sanitise(html: str, base: str, *, is_sound: bool = False) -> Cleaned:
    """Keep what the allow-list allows; resolve links and pictures against ``base``.

    Scripts, styles, frames, forms and event handlers go; a link or picture whose address nobody can
    open loses it. What can be replaced by its text or a sign is. ``is_sound`` as :mod:`.sound_html` tells.
    Raises :class:`TooDeepError` before a parser has to read what takes it too long.
    """
    html = remove_unwanted(html)
    sound = write_sound(html) if is_sound else None
    supported = replace_unsupported(html) if sound is None else Supported(sound, "", ())
    if is_too_deep(supported.html, is_in_order=sound is not None):
        raise TooDeepError
    own_base = canonicalise(supported.base, base) if supported.base else None
    finisher = _Finisher(own_base or base)
    clean = _parse_and_write(supported.html) if sound is None else sound
    clean = _TAG_WITH_VALUES.sub(finisher.write_tag, clean)
    if _MAYBE_EMPTY.search(clean):
        clean = _drop_empty(clean)
    return Cleaned(clean.strip(), (*supported.losses, *finisher.refused))


def _parse_and_write(html: str) -> str:
    # The sanitiser decodes character references, some of them to forbidden characters.
    clean = remove_unwanted(_get_cleaner().clean(html))
    if "<pre" in clean:
        # A parser drops the first line break, so a second one must follow where one is meant.
        clean = _FIRST_BREAK.sub("\\g<0>\n", clean)
    return clean


@cache
def _get_cleaner() -> nh3.Cleaner:
    """Return the allow-list in its library's form, which takes long to read."""
    # Loaded for the first article with HTML.
    from nh3 import Cleaner

    return Cleaner(
        tags=set(KEPT),
        clean_content_tags=_CLEAN_CONTENT,
        attributes=_ATTRIBUTES,
        link_rel=None,
        url_schemes=set(SCHEMES),
    )


class _Finisher:
    """Betters the values of attributes that the allow-list allows.

    The library would ask for each attribute apart, which takes longer than all else that it does.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self.refused: list[Loss] = []

    def write_tag(self, tag: re.Match[str]) -> str:
        """Write a sanitised tag with usable values; a picture without address as text."""
        name = tag[1]
        values: dict[str, str] = {}
        # The sanitiser has escaped the values, but not every version of it these two characters. Feed readers
        # that look for tags by patterns must not find one.
        safe = tag[2].replace("<", "&lt;").replace(">", "&gt;")
        for key, written in _EACH_VALUE.findall(safe):
            if (value := self._check(key, written)) is not None:
                values[key] = value
        if name == "img":
            return _write_image(values)
        if name == "a" and (own := values.pop("name", None)) is not None:
            # What it stands for.
            values.setdefault("id", own)
        return f"<{name}{_write_values(values)}>"

    def _check(self, name: str, written: str) -> str | None:
        """Return an attribute's value, mended if needed, or None; all as written."""
        value = unescape(written) if "&" in written else written
        if name in _URLS:
            url = canonicalise(value, self._base)
            if url is None and name == "href":
                url = _clean_other_link(value)
            # That one is empty has been told.
            if url is None and value.strip():
                self.refused.append(Loss(*_TOLD[name], 1, value))
            return url and url.replace("&", "&amp;")
        if (form := _VALUES.get(name)) is not None:
            return written if form.fullmatch(value) else None
        if name == "class":
            return " ".join(_LANGUAGE_CLASS.findall(value)) or None
        return written


_TOLD = {
    "href": ("link without a usable address", "links without a usable address"),
    "src": ("picture without a usable address", "pictures without a usable address"),
}


def _clean_other_link(url: str) -> str | None:
    """Return the address of a person or a telephone; None if it is not one."""
    match = _OTHER_SCHEME.match(url)
    if match is None:
        return None
    rest = _NO_URL.sub(lambda sign: f"%{ord(sign[0]):02X}", url[match.end() :].strip())
    return f"{match[1].lower()}:{rest}"


def _drop_empty(html: str) -> str:
    """Leave out elements that hold nothing but each other.

    Where one of them kept words apart, white space does.
    """
    parts: list[str] = []
    # The elements that are empty so far, each in the one before: its name, where in the parts it begins, and
    # whether words are apart there, and whether a line begins.
    empty: list[tuple[str, int, bool, bool]] = []
    place, is_apart, is_fresh = 0, True, True
    for tag in list_tags(html):
        if text := html[place : tag.start]:
            empty.clear()
            if (
                text[0] == "\n"
                and parts
                and parts[-1].startswith("<pre")
                and not html.endswith(parts[-1], 0, place)
            ):
                # A parser drops the first line break of a `pre`.
                text = f"\n{text}"
            parts += ("" if is_apart or text[0].isspace() else "\n", text)
            is_apart, is_fresh = True, text[-1].isspace()
        place = tag.end
        breaks_line = tag.name in LINE_BREAKING
        if tag.is_end and empty and empty[-1][0] == tag.name:
            _, start, is_apart, is_fresh = empty.pop()
            del parts[start:]
            is_apart = is_apart and (is_fresh or not breaks_line)
            continue
        if tag.is_end or tag.written or tag.name not in _NEEDLESS_IF_EMPTY:
            empty.clear()
        else:
            empty.append((tag.name, len(parts), is_apart, is_fresh))
        parts += ("" if is_apart or breaks_line else "\n", html[tag.start : tag.end])
        is_apart, is_fresh = True, breaks_line or (is_fresh and tag.name != "img")
    rest = html[place:]
    return "".join([*parts, "" if is_apart or rest[:1].isspace() else "\n", rest])


def _write_image(values: dict[str, str]) -> str:
    """Write a picture in its plainest form; return the text of one without an address."""
    if not (source := values.pop("src", "")):
        return values.get("alt", "").replace("&quot;", '"')
    return f'<img src="{source}" alt="{values.pop("alt", "")}"{_write_values(values)}>'


def _write_values(values: Mapping[str, str]) -> str:
    return "".join([f' {name}="{value}"' for name, value in values.items()])

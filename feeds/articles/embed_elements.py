"""Finds the elements of HTML that embed something, and what authors wrote in and about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import unquote

from feeds.lib.text.plain import shorten, to_plain_text
from feeds.lib.text.tags import Tag, decode_value, list_tags

PICTURES = frozenset(["img", "amp-img", "amp-anim"])
FILES = frozenset(["audio", "video", "amp-audio", "amp-video"])
WITH_CONTENT = FILES | {"object", "applet", "picture", "blockquote", "oembed"}
FRAMES = frozenset(["iframe", "frame", "embed", "bgsound"])
PASSIVE = frozenset(["noembed", "noframes"])
_OTHERS = frozenset(["a", "area", "div", "noscript", "param", "script", "source", "track"])
_NAMES = PICTURES | WITH_CONTENT | FRAMES | PASSIVE | _OTHERS
_RAW = PASSIVE | {"iframe", "script"}
# An author forgets the end of a frame a few times; who does so a thousand times wants to keep us busy.
_MOST_UNENDED = 100
_WITHOUT_END = frozenset(["br", "dd", "dt", "hr", "img", "input", "li", "p", "source", "td", "tr", "wbr"])
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_LONGEST_TITLE = 200
_FILE_NAME = re.compile(r"[^/]{1,80}\.[A-Za-z][A-Za-z0-9]{1,4}")

_INLINE = "a|abbr|b|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|var"
_TOUCHES_BEFORE = re.compile(rf"(?:[^ \t\n\f\r>]|</(?:{_INLINE})>)\Z", re.IGNORECASE)
_TOUCHES_AFTER = re.compile(rf"[^ \t\n\f\r<]|<(?:{_INLINE})[ >]", re.IGNORECASE)


class _Names:
    """The names of all elements that this module looks at."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in _NAMES or "-" in name)


def list_elements(html: str) -> Iterator[tuple[Tag, str, int]]:
    """Yield each tag, what is inside it if that is no HTML, and where it ends.

    A frame that does not end, or only after another one began, is only its tag: otherwise the rest
    of the text would be inside of it.
    """
    place: int | None = 0
    for _ in range(_MOST_UNENDED):
        if place is None:
            return
        tags, place = list_tags(html, _Names(), place), None
        for tag in tags:
            if tag.is_end or tag.name not in _RAW:
                yield tag, "", tag.end
                continue
            end = next(tags, None)
            inner = html[tag.end : end.start] if end else ""
            if end and not (tag.name == "iframe" and "<iframe" in inner.lower()):
                yield tag, inner, end.end
            elif tag.name != "script":
                yield tag, "", tag.end
                place = tag.end
                break


def unwrap_text(inner: str) -> str:
    """Return HTML that was text inside an element: as it is if it ends what it begins, else its text.

    Otherwise a comment or an element in it that does not end could take the rest of the article along.
    """
    if "<" not in inner:
        return inner
    begun: Counter[str] = Counter()
    # A last tag is found only if nothing before it hides it.
    last = -1
    for tag in list_tags(f"{inner}<hr>"):
        last = tag.start
        if tag.name not in _WITHOUT_END:
            begun[tag.name] += -1 if tag.is_end else 1
    is_whole = last == len(inner) and not any(begun.values())
    return inner if is_whole else escape(to_plain_text(inner))


def keep_apart_before(text: str) -> str:
    """Return a space if text that ends here would touch the text of a link after it."""
    return " " if _TOUCHES_BEFORE.search(text) else ""


def keep_apart_after(text: str) -> str:
    """Return a space if text that begins here would touch the text of a link before it."""
    return " " if _TOUCHES_AFTER.match(text) else ""


def is_invisible(attributes: Mapping[str, str]) -> bool:
    """Return whether a frame is not meant to be seen: it counts readers."""
    sizes = {attributes.get("width"), attributes.get("height")}
    return bool(sizes & {"0", "1", "0px", "1px"}) or bool(
        _INVISIBLE.search(attributes.get("style", "").lower())
    )


def read_title(attributes: Mapping[str, str], *names: str) -> str:
    """Return what the first of some attributes calls a thing, in one line that is not long."""
    written = next(filter(None, (attributes.get(name, "").strip() for name in names)), "")
    return shorten(" ".join(decode_value(written).split()), _LONGEST_TITLE)


def read_file_name(url: str) -> str:
    """Return the name of the file at a URL, "" if its path does not end in one."""
    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    return name if _FILE_NAME.fullmatch(name) else ""


def name_host(url: str) -> str:
    """Return the host of an absolute URL as people call it."""
    return url.split("/", 3)[2].removeprefix("www.")

"""Finds HTML elements that embed something, and what authors wrote in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import unquote

from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.tags import Tag, decode_value, list_lenient_tags, list_tags

PICTURES = frozenset(["img", "amp-img", "amp-anim"])
FILES = frozenset(["audio", "video", "amp-audio", "amp-video"])
WITH_CONTENT = FILES | {"object", "applet", "picture", "blockquote", "oembed"}
FRAMES = frozenset(["iframe", "frame", "embed", "bgsound"])
PASSIVE = frozenset(["noembed", "noframes"])
_OTHERS = frozenset(["a", "area", "div", "noscript", "param", "script", "source", "track"])
_NAMES = PICTURES | WITH_CONTENT | FRAMES | PASSIVE | _OTHERS
_RAW = frozenset(["iframe", "script"])
_WITHOUT_END = frozenset(["br", "dd", "dt", "hr", "img", "input", "li", "p", "source", "td", "tr", "wbr"])
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_LONGEST_TITLE = 200
_FILE_NAME = re.compile(r"[^/]{1,80}\.[A-Za-z][A-Za-z0-9]{1,4}")

# Text and tags that embed nothing and are written plainly, as most are.
_PASSED = re.compile(
    r"[^<]*+(?:</?(?:p|li|[ou]l|code|pre|strong|em|h[1-6]|[bh]r|t(?:able|head|body|[rdh])|span|[bi]|d[ltd]|del|su[bp])"
    r'(?: [a-z]++="[^"<>]*+")*+ ?/?>[^<]*+)*+'
)
# The name of an element of a kit.
_CUSTOM = re.compile(r"[a-z][a-z0-9]*-")
_INLINE = "a|abbr|b|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|var"
_TOUCHES_BEFORE = re.compile(rf"(?:[^ \t\n\f\r>]|</(?:{_INLINE})>)\Z", re.IGNORECASE)
_TOUCHES_AFTER = re.compile(rf"[^ \t\n\f\r<]|<(?:{_INLINE})[ >]", re.IGNORECASE)


def list_elements(html: str) -> Iterator[tuple[Tag, str, int]]:
    """Yield each tag of interest, its content if that is no HTML, and where it ends.

    A frame that does not end, or only after another one began, is only its tag: otherwise the rest
    of the text would be inside of it.
    """
    tags = list_lenient_tags(html, _PASSED)
    for tag in tags:
        begun: Tag | None = tag
        while begun is not None and begun.name in _RAW and not begun.is_end:
            end = next(tags, None)
            if end is None or not (end.is_end and end.name == begun.name):
                yield begun, "", begun.end
                begun = end
                continue
            inner = html[begun.end : end.start]
            if begun.name == "iframe" and "<iframe" in inner.lower():
                yield begun, "", begun.end
                yield from _list_inside(inner, begun.end)
                begun = end
            else:
                yield begun, inner, end.end
                begun = None
        if begun is not None and (begun.name in _NAMES or _CUSTOM.match(begun.name)):
            yield begun, "", begun.end


def _list_inside(inner: str, place: int) -> Iterator[tuple[Tag, str, int]]:
    for tag, text, end in list_elements(inner):
        yield tag._replace(start=tag.start + place, end=tag.end + place), text, end + place


def unwrap_text(inner: str) -> str:
    """Return HTML that was text in an element, as text unless it ends all it begins.

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
    return inner if is_whole else escape(strip_html(inner))


def keep_apart_before(text: str) -> str:
    """Return a space if text that ends here would touch the text of a link after it."""
    return " " if _TOUCHES_BEFORE.search(text) else ""


def keep_apart_after(text: str) -> str:
    """Return a space if text that begins here would touch the link before it."""
    return " " if _TOUCHES_AFTER.match(text) else ""


def is_invisible(attributes: Mapping[str, str]) -> bool:
    """Return whether a frame is not meant to be seen: it counts readers."""
    sizes = {attributes.get("width"), attributes.get("height")}
    return bool(sizes & {"0", "1", "0px", "1px"}) or bool(
        _INVISIBLE.search(attributes.get("style", "").lower())
    )


def read_title(attributes: Mapping[str, str], *names: str) -> str:
    """Return a thing's title from the first of some attributes, in one short line."""
    written = next(filter(None, (attributes.get(name, "").strip() for name in names)), "")
    return shorten(" ".join(decode_value(written).split()), _LONGEST_TITLE)


def read_file_name(url: str) -> str:
    """Return the name of the file at a URL, "" if its path does not end in one."""
    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    return name if _FILE_NAME.fullmatch(name) else ""


def name_host(url: str) -> str:
    """Return the host of an absolute URL as people call it."""
    return url.split("/", 3)[2].removeprefix("www.")

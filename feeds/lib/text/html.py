"""Makes HTML safe for feeds: sanitised by an allow-list, with absolute URLs, and nested no deeper than wise.

The time of a parser grows with the square of the depth. And bold or italic text that is not closed is
opened again in every later paragraph (HTML, "the list of active formatting elements"). If it is unclear
which end tags the parser will see, none counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from feeds.lib.text.plain import remove_unwanted
from feeds.lib.text.tags import Tag, list_tags, replace_tags
from feeds.lib.text.urls import canonicalise

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_INLINE = "a abbr b bdi br cite code del dfn em i img ins kbd mark q s samp small span strong sub sup time u var wbr"
_BLOCK = "blockquote dd details div dl dt figcaption figure h2 h3 h4 h5 h6 hr li ol p pre summary ul"
_TABLE = "caption table tbody td tfoot th thead tr"
_TAGS = set(f"{_INLINE} {_BLOCK} {_TABLE} h1".split())
_CLEAN_CONTENT = {"script", "style", "noscript", "template", "title", "svg", "math", "iframe", "object"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "data-src", "data-lazy-src", "data-original"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
}
_LAZY = ("data-src", "data-lazy-src", "data-original")
_URLS = {"href", "src", *_LAZY}
_NEEDLESS_IF_EMPTY = frozenset(
    ["p", "div", "span", "a", "li", "ul", "ol", "figure", "h1", "h2", "h3", "h4", "h5", "h6"]
)
# Every text with an empty element has this; what has this may have it in an attribute.
_MAYBE_EMPTY = re.compile(r"<(p|div|span|a|li|ul|ol|figure|h[1-6])>\s*</\1>")
_SIZE = re.compile(r"\d{1,5}")
_MOST_REFERRED = 1_000_000
# HTML that is nested no deeper costs little, however it is written.
_MOST = 1000
# Elements that are opened again take a few hundred bytes each.
_MOST_REOPENED = 300_000
_NAME = r"[a-zA-Z][a-zA-Z0-9:-]*"
_REST = r"(?:[\s/]+|[^\s<>\"'=/]+(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"'=`]+))?)*+"
_RAW = "script|style|title|textarea|iframe|noscript|noembed|noframes|xmp"
_TAG = re.compile(rf"<(/?)({_NAME})(?=[\s/>]){_REST}>")
_ANY_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_OPENING = re.compile(rf"<()({_NAME})")
# Comments and elements that surely contain no tag.
_ASIDE = re.compile(rf"<!--[^<>-]*(?:-[^<>-]+)*-->|<({_RAW})(?=[\s/>]){_REST}>[^<]*</\1\s*>", re.IGNORECASE)
# Inside these, it depends on the place whether a tag is text.
_UNCLEAR = re.compile(rf"<(?:{_RAW}|plaintext|svg|math)\b", re.IGNORECASE)
_BOLD_AND_SUCH = "a b big code em font i nobr s small strike strong tt u"
_OTHER_INLINE = "abbr bdi cite del dfn ins kbd mark q samp span sub sup time var"
# Elements without an end tag, and those that the next one of their kind ends.
_VOID = "area base br col embed hr img input link meta param source track wbr"
_END_OPTIONAL = "p li dt dd tr td th"
_FORMATTING = frozenset(_BOLD_AND_SUCH.split())
# The end of an element around them ends these too.
_INLINE_TAGS = frozenset(f"{_BOLD_AND_SUCH} {_OTHER_INLINE}".split())
_SELF_CLOSING = frozenset(f"{_VOID} {_END_OPTIONAL}".split())
Tags = Iterable[tuple[str, str]]


def sanitise(html: str, base: str) -> str:
    """Keep what the allow-list allows; resolve links and pictures against ``base``.

    Scripts, styles, frames, forms and event handlers go; a link or picture whose
    address is not http(s) loses it. Lazy-loaded pictures get their real source.
    """

    def attribute(_tag: str, name: str, value: str) -> str | None:
        if name in _URLS:
            return canonicalise(value, base)
        if name in ("width", "height"):
            return value if _SIZE.fullmatch(value) else None
        return value

    # Loaded for the first article with HTML.
    import nh3

    clean = nh3.clean(
        remove_unwanted(html),
        tags=_TAGS,
        clean_content_tags=_CLEAN_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        link_rel=None,
        url_schemes={"http", "https"},
    )
    # The sanitiser decodes character references, some of them to forbidden characters.
    clean = remove_unwanted(clean)
    if "<img" in clean:
        clean = replace_tags(clean, ("img",), _rewrite_image)
    return (_drop_empty(clean) if _MAYBE_EMPTY.search(clean) else clean).strip()


def _drop_empty(html: str) -> str:
    """Leave out elements that hold nothing but white space and each other."""
    parts: list[str] = []
    # The names of elements that are empty so far, each in the one before, and where in the parts they begin.
    empty: list[tuple[str, int]] = []
    place = 0
    for tag in list_tags(html):
        text = html[place : tag.start]
        if text and not text.isspace():
            empty.clear()
        parts.append(text)
        place = tag.end
        if tag.is_end and empty and empty[-1][0] == tag.name:
            del parts[empty.pop()[1] :]
            continue
        if tag.is_end or tag.written or tag.name not in _NEEDLESS_IF_EMPTY:
            empty.clear()
        else:
            empty.append((tag.name, len(parts)))
        parts.append(html[tag.start : tag.end])
    return "".join([*parts, html[place:]])


def render_markdown(text: str) -> str:
    """Return HTML of Markdown (CommonMark with tables), not yet sanitised.

    Raises :class:`ValueError` if link references make it far longer than the text.
    """
    return str(_make_renderer().render(text, {"references": _References()}))


class _References(dict[str, Any]):
    """The link references of a text, with a limit on the bytes that their uses add up to.

    CommonMark's own program has such a limit too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._left = _MOST_REFERRED

    def get(self, label: str, default: Any = None) -> Any:
        """Return the address of a label; markdown-it asks once for each use."""
        found = super().get(label, default)
        if found is not None:
            self._left -= len(found["href"]) + len(found["title"])
        if self._left < 0:
            raise ValueError("uses long addresses too often")
        return found


@cache
def _make_renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _rewrite_image(tag: Tag) -> str:
    """Give a lazy-loaded picture its real source; return "" for a picture without one."""
    attributes = tag.list_attributes()
    real = next((attributes[name] for name in _LAZY if name in attributes), attributes.get("src"))
    if not real:
        return ""
    # The sanitiser has escaped the values, but not every version of it these two characters. Feed readers
    # that look for tags by patterns must not find one.
    alt = attributes.get("alt", "").replace("<", "&lt;").replace(">", "&gt;")
    rest = "".join(f' {name}="{attributes[name]}"' for name in ("width", "height") if name in attributes)
    return f'<img src="{real}" alt="{alt}"{rest}>'


def is_too_deep(html: str) -> bool:
    """Return whether HTML is too deep for a parser, in time proportional to its length."""
    if html.count("<") <= _MOST:
        return False
    text = _ASIDE.sub("", html)
    tags: list[tuple[str, str]] = _TAG.findall(text)
    if len(tags) != len(_ANY_TAG.findall(text)) or _UNCLEAR.search(text):
        tags = _OPENING.findall(html)
    return _is_nested_too_deep((closing, name.lower()) for closing, name in tags)


def _is_nested_too_deep(tags: Tags) -> bool:
    around: list[str] = []
    formatting: list[str] = []
    reopened = 0
    for closing, name in tags:
        if closing:
            _close(name, around, formatting)
        elif name not in _SELF_CLOSING:
            around.append(name)
            formatting.extend([name] if name in _FORMATTING else [])
        reopened += len(formatting)
        if max(len(around), len(formatting)) > _MOST or reopened > _MOST_REOPENED:
            return True
    return False


def _close(name: str, around: list[str], formatting: list[str]) -> None:
    """Remove the elements that an end tag surely ends."""
    if name in _FORMATTING:
        for names in (around, formatting):
            if name in names:
                del names[len(names) - 1 - names[::-1].index(name)]
        return
    place = len(around) - 1
    while place >= 0 and around[place] != name and around[place] in _INLINE_TAGS:
        place -= 1
    if place >= 0 and around[place] == name:
        del around[place:]

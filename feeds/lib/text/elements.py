"""Knows which HTML elements lose nothing in a feed, and what only looks like one.

An author who writes "Vec<u8>" or "a<b and c>d" means no element, but that is what a parser makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from feeds.lib.text.tags import Tag


def join_by_letter(names: Iterable[str]) -> str:
    """Return a pattern of names, by their first letter: the quickest way to find one."""
    groups = groupby(sorted(names), key=lambda name: name[0])
    return "|".join(f"{letter}(?:{'|'.join(name[1:] for name in group)})" for letter, group in groups)


# Elements that are kept. Those that begin a new line, or a cell, keep words apart.
_INLINE = frozenset(
    [
        "a", "abbr", "b", "bdi", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark", "q", "rp",
        "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
    ]
)  # fmt: skip
_BLOCK = frozenset(
    [
        "address", "article", "aside", "blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption",
        "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]
)  # fmt: skip
KEPT = _INLINE | _BLOCK
LINE_BREAKING = _BLOCK | {"br"}
# Other elements that HTML has or had, that editors write, and those of MathML and SVG that authors write.
_OTHER = frozenset(
    [
        "acronym", "animate", "annotation", "annotation-xml", "applet", "area", "audio", "base", "basefont", "bdo",
        "bgsound", "big", "blink", "body", "button", "canvas", "center", "circle", "clippath", "col", "colgroup", "command",
        "content", "data", "datalist", "defs", "desc", "dialog", "dir", "ellipse", "embed", "fencedframe", "fieldset",
        "filter", "font", "font-face", "foreignobject", "form", "frame", "frameset", "g", "glyph", "head", "html", "iframe",
        "image", "input", "isindex", "keygen", "label", "legend", "line", "lineargradient", "link", "listing",
        "m", "main", "map", "marker", "marquee", "mask", "math", "menu", "menuitem", "merror", "meta", "metadata",
        "meter", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms",
        "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "multicol", "munder",
        "munderover", "nextid", "nobr", "noembed", "noframes", "noindex", "noscript", "object", "oembed", "optgroup", "option",
        "output", "param", "path", "pattern", "picture", "plaintext", "polygon", "polyline", "portal", "progress",
        "radialgradient", "rb", "rbc", "rect", "rtc", "script", "search", "select", "semantics", "shadow", "slot",
        "source", "spacer", "stop", "strike", "style", "svg", "switch", "symbol", "template", "text", "textarea",
        "textpath", "title", "track", "tspan", "tt", "use", "video", "view", "xml", "xmp",
    ]
)  # fmt: skip
_KNOWN = KEPT | _OTHER
# The end of an element that HTML does not have, and its name.
UNKNOWN_END = re.compile(rf"</(?!(?:{join_by_letter(_KNOWN)})[\s>])(\w++)\s*+>", re.IGNORECASE)
# Attributes that have no value.
_SWITCHES = r"(?:allowfullscreen|async|autoplay|checked|compact|controls|default|defer|disabled|download|hidden|inert|ismap|itemscope|loop|muted|nohref|noshade|nowrap|open|playsinline|readonly|required|reversed|selected)(?![a-z-])"
_VALUED = r"""=(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'=<>`]++)"""
_ATTRIBUTE = rf"(?:[a-z][a-z-]*+{_VALUED}|{_SWITCHES})"
_HOST = r"(?:[a-z0-9-]++\.)++[a-z][a-z0-9-]*+"
# A relative address that looks like a host, or like a mistyped scheme.
_DOUBTFUL = r"""(?:www\.|http|%|[^\x00-\x7f]|[^"<>/?\#]*\.[a-zA-Z]{2,}(?:[/?\#]|(?<=\.com|\.net|\.org)"))"""
CLEAR_ADDRESS = (
    rf"""="(?:https?://{_HOST}(?=[/?\#"])|mailto:(?=[^"])"""
    rf"""|(?!//)(?![^"<>/?\#]*[:&])(?!{_DOUBTFUL})[^"\s])[^"<>]*+\""""
)
# The sanitiser takes the tags of the last two and leaves their text.
_NAMES = join_by_letter(KEPT - {"a", "img", "td", "th"} | {"big", "font"})
# HTML of which nothing can be lost: ordinary elements, and links and pictures whose addresses are clear.
PLAIN = re.compile(
    rf"""[^<]*+(?:<(?:
        /(?:{_NAMES}|a|t[dh])
      | (?:{_NAMES})(?:\s++{_ATTRIBUTE})*+
      | t[dh](?:\s++(?!style=["']?[^"'>]*text-align){_ATTRIBUTE})*+
      | a(?:\s++(?:href{CLEAR_ADDRESS}|(?!href){_ATTRIBUTE}))*+
      | img(?=[^<>]*?\ssrc=)(?:\s++(?:src{CLEAR_ADDRESS}|(?!src=){_ATTRIBUTE}))*+
      )\s*+/?>[^<]*+)*+""",
    re.VERBOSE,
)
# A comment about whose end all parsers agree.
COMMENT = re.compile(r"<!--(?!-?>)(?:[^-]++|-(?!-))*+-->")
_CLEAR = re.compile(CLEAR_ADDRESS)
# Elements whose names may be operands: "<b and c>" is rather two comparisons.
_COMPARED = _INLINE - {"br", "img", "wbr"}
_WORDS = re.compile(r"(?:\s+[^\s=<>\"'/]+)+\s*")
_SWITCH = re.compile(rf"\s{_SWITCHES}|\s(?:aria|data|v|x|ng)-", re.IGNORECASE)
_NAME = re.compile(r"[\w:.-]+")
_END = re.compile(r"</([a-zA-Z][^\s/>]*)")


def keep_plain(html: str) -> str | None:
    """Return HTML that can lose nothing, without comments; None if it needs a look."""
    parts: list[str] = []
    place = 0
    while (match := PLAIN.match(html, place)) is not None:
        parts.append(match[0])
        if match.end() == len(html):
            return "".join(parts)
        comment = COMMENT.match(html, match.end())
        if comment is None:
            break
        place = comment.end()
    return None


def list_ended(html: str) -> frozenset[str]:
    """Return the names of all elements that something in HTML ends."""
    return frozenset(map(str.lower, _END.findall(html)))


def is_no_tag(tag: Tag, ended: frozenset[str]) -> bool:
    """Return whether what a parser takes for a tag is text to its author.

    ``ended`` are the names of elements that have an end somewhere: those are elements.
    """
    if tag.name in ended:
        return False
    if tag.name in _KNOWN:
        return (
            tag.name in _COMPARED and bool(_WORDS.fullmatch(tag.written)) and not _SWITCH.search(tag.written)
        )
    if not _NAME.fullmatch(tag.name) or tag.name in {"http:", "https:"}:
        return True
    return not tag.written.strip(" \t\n\f\r/") and "-" not in tag.name and ":" not in tag.name


def is_clear_address(address: str) -> bool:
    """Return whether an HTML address is surely one: nobody need ask what it means."""
    return _CLEAR.fullmatch(f'="{address}"') is not None


def is_unknown(name: str) -> bool:
    """Return whether HTML has no such element; custom elements (with "-") are known."""
    return name not in _KNOWN and "-" not in name and ":" not in name

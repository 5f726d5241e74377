"""Tells HTML in which each element surely ends in its place, and cleans it.

It comes from the engine for Markdown, and no parser need read it: what one would write can be written by a few
replacements, in a tenth of the time. That is so if the engine wrote all tags, and if those of the author are simple:
inline elements without attributes, each with all that is in it in one paragraph, line breaks, and comments that a
line ends with.
"""

from __future__ import annotations

import re

from feeds.lib.text.elements import CLEAR_ADDRESS, COMMENT, join_by_letter

# Inline elements that the engine never writes, and in which addresses become links as elsewhere.
_SIMPLE_NAMES = frozenset(
    ["b", "bdi", "cite", "dfn", "i", "ins", "mark", "q", "s", "small", "sub", "u", "var"]
)
_SIMPLE = join_by_letter(_SIMPLE_NAMES)
# Of elements that the engine writes, those that may have no attributes.
_WRITTEN = [
    "blockquote", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre",
    "section", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
]  # fmt: skip
_PLAIN = join_by_letter([*_WRITTEN, *_SIMPLE_NAMES])
_BEGUN = re.compile(r"<(?!https?:)(?:!--|[a-zA-Z/!?][^\s<>(\x80-\xff]*+>?)")
# Of those, the ones that need no look at what they begin, or get one by what is below.
_MAYBE_SIMPLE = re.compile(rf"</?(?:{_SIMPLE})>|<br/?>?\Z|<!--")
# A line without anything else begins a block of HTML.
_ENDS_LINE = re.compile(rf"<(?:/?(?:{_SIMPLE})|br(?:[ \t/][^<>\n]*+)?)>[ \t]*+(?:\n|\Z)")
_BEFORE_BLOCKS = " \t>*+-.)0123456789"
_CLEAR_COMMENT = re.compile(rf"{COMMENT.pattern}[ \t]*+(?:\n|\Z)")
_NEXT_TAG = re.compile(r"[^<]*+<(/?)([a-z][a-z0-9]*+)(?:\s[^<>]*+)?/?>")
# A tag in the words that stand for a picture is one of its author, but none in the HTML.
_TAG_IN_ALT = re.compile(r'alt="[^"<>]*&lt;[/a-zA-Z]')
_VOID = frozenset(("br", "hr", "img", "input"))
# All that may be in such HTML, but for addresses that need a look.
_QUOTED = r'"[^"<>]*+"'
_SOUND = re.compile(
    rf"""[^<]*+(?:<(?:
        /(?:a|{_PLAIN})
      | {_PLAIN}
      | code[ ]class="language-[^"<>]*+"
      | h[1-6][ ]id={_QUOTED}
      | a[ ]href{CLEAR_ADDRESS}(?:[ ](?:title|id)={_QUOTED})?
      | li[ ]id={_QUOTED}
      | ol[ ]start="\d++"
      | t[dh][ ]align="[a-z]++"
      | img[ ]src{CLEAR_ADDRESS}[ ]alt={_QUOTED}(?:[ ]title={_QUOTED})?[ ]/
      | [bh]r[ ]/
      | br/?
      | !--(?!-?>)(?:[^-]++|-(?!-))*+--(?=>[ \t]*+(?:\n|\Z))
      )>[^<]*+)*+""",
    re.VERBOSE,
)


def is_sound(text: str, html: str) -> bool:
    """Return whether a text's HTML has tags of the engine, and simple ones in order.

    Code of the text has none. An address in pointed brackets is a tag of its author if no link was made of it.
    """
    begun: list[str] = []
    for begin in {*_BEGUN.findall(text)} if "<" in text else ():
        if begin in html:
            if not _MAYBE_SIMPLE.match(begin):
                return False
            begun.append(begin)
    return not begun or (
        not any(_is_alone(text, tag) for tag in _ENDS_LINE.finditer(text))
        and _TAG_IN_ALT.search(html) is None
        and _has_clear_comments(html)
        and all(_are_in_order(html, name) for name in {begin.strip("</>") for begin in begun} & _SIMPLE_NAMES)
    )


def _is_alone(text: str, tag: re.Match[str]) -> bool:
    """Return whether only signs of lists and quotes are before a tag in its line."""
    return not text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()].strip(_BEFORE_BLOCKS)


def _has_clear_comments(html: str) -> bool:
    place = 0
    while (place := html.find("<!--", place)) >= 0:
        comment = _CLEAR_COMMENT.match(html, place)
        if comment is None:
            return False
        place = comment.end()
    return True


def _are_in_order(html: str, name: str) -> bool:
    """Return whether all that begins in simple elements of a name ends in them."""
    begin, end = f"<{name}>", f"</{name}>"
    if html.count(begin) != html.count(end):
        return False
    place = 0
    while (place := html.find(begin, place)) >= 0:
        place += len(begin)
        begun = [name]
        while begun:
            tag = _NEXT_TAG.match(html, place)
            if tag is None or (tag[1] and begun.pop() != tag[2]):
                return False
            if not tag[1] and tag[2] not in _VOID:
                begun.append(tag[2])
            place = tag.end()
    return True


def write_sound(html: str) -> str | None:
    """Return what the sanitiser makes of sound HTML; None if that needs a look."""
    if _SOUND.fullmatch(html) is None:
        return None
    if "<!--" in html:
        html = COMMENT.sub("", html)
    html = html.replace(" />", ">").replace("<br/>", "<br>")
    if "&#" in html:
        html = html.replace("&#39;", "'").replace("&#x27;", "'")
    if "\r" in html:
        html = html.replace("\r\n", "\n").replace("\r", "\n")
    return html.replace("\xa0", "&nbsp;")

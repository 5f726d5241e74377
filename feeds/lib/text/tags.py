"""Finds the tags in HTML as a parser does (HTML, section 13.2.5, "Tokenization").

A pattern for a tag alone is not enough: attributes, comments and scripts may hold what looks like a tag.
So a text is read from its beginning, token by token. Only the end of a script is found in a simpler way:
one that has a comment with another script in it ends at the first end tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterator
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import NamedTuple

_SPACE = r"[ \t\n\f\r]"
_NAME = r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
# A quoted value that does not end makes all that follows a part of the tag. So no other way to read it is tried.
_VALUE = r"\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+|(?=>|\Z)"
_ATTRIBUTE = rf"{_NAME}(?:{_SPACE}*+=(?:{_SPACE}*+)(?:{_VALUE})|(?!{_SPACE}*+=))"
_TOKEN = re.compile(
    rf"<(?:(/?)([a-zA-Z][^ \t\n\f\r/>]*+)((?:[ \t\n\f\r/]++|{_ATTRIBUTE})*+)>"
    # An unfinished tag; a comment; and what is read as a comment.
    r"|/?[a-zA-Z].*|!--(?:-?>|.*?--!?>|.*)|[!?/][^>]*+>?)",
    re.DOTALL,
)
_EACH_ATTRIBUTE = re.compile(rf"({_NAME})(?:{_SPACE}*+={_SPACE}*+({_VALUE}))?+")
_REFERENCE = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|[a-zA-Z][a-zA-Z0-9]*+(?:;|(?!=)))")
# In these, all up to their end tag is text.
_RAW = frozenset(
    ("iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp")
)


# Of these, authors forget the end, or mean the name: "the <title> element".
_LENIENTLY_RAW = frozenset(("iframe", "script", "style", "textarea", "title", "xmp"))
# What list_lenient_tags calls a comment, a declaration, and the "<" of a tag that does not end.
COMMENT, DECLARATION, UNFINISHED = "!--", "!", "<"
# How many times the length of a text may be read again after unended tags.
_MOST_REREAD = 10
# A tag that has a "<" elsewhere begins with a slip: "a <b or <i>c</i>".
_QUOTED = re.compile(r"=[ \t\n\f\r]*+(?:\"[^\"]*+\"|'[^']*+')")
# A parser takes "</3 " for the beginning of a comment, which nobody means.
_NO_COMMENT = re.compile(r"<(?:[a-zA-Z]|/)")


class Tag(NamedTuple):
    """A tag: its name in lower case, its attributes as written, and its place."""

    name: str
    is_end: bool
    written: str
    start: int
    end: int

    def list_attributes(self) -> dict[str, str]:
        """Return the values as written, by lower-case names; of equal names the first."""
        found: dict[str, str] = {}
        for name, value in _EACH_ATTRIBUTE.findall(self.written):
            found.setdefault(name.lower(), value[1:-1] if value[:1] in {'"', "'"} else value)
        return found

    def write_with(self, names: Container[str], change: Callable[[str, str], str]) -> str:
        """Write the tag with other values of some attributes, and the rest as it was.

        ``change`` gets a name in lower case and a value, and returns a value: as they are written, without quotes.
        """
        parts: list[str] = []
        place = 0
        for match in _EACH_ATTRIBUTE.finditer(self.written):
            if match[2] and (name := match[1].lower()) in names:
                quoted = match[2][:1] in {'"', "'"}
                begin, end = (match.start(2) + quoted, match.end(2) - quoted)
                parts += self.written[place:begin], change(name, self.written[begin:end])
                place = end
        return f"<{'/' * self.is_end}{self.name}{''.join(parts)}{self.written[place:]}>"


def list_tags(html: str, names: Collection[str] | None = None) -> Iterator[Tag]:
    """Find the tags in any HTML, all or those of some names, in linear time."""
    search, place = _TOKEN.search, 0
    # A text has hundreds of tags that nobody asks for, and to look at each takes longer than all else.
    skip = None if names is None else _compile_others(frozenset(names)).match
    while True:
        if skip is not None and (others := skip(html, place)) is not None:
            place = others.end()
        token = search(html, place)
        if token is None:
            return
        place = token.end()
        name = token[2]
        if name is None:
            continue
        name = name.lower()
        is_end = token[1] != ""
        if names is None or name in names:
            yield Tag(name, is_end, token[3], token.start(), place)
        if name in _RAW and not is_end:
            end = _compile_end(name).search(html, place)
            if end is None:
                return
            place = end.start()


@lru_cache(maxsize=64)
def _compile_others(names: frozenset[str]) -> re.Pattern[str]:
    """Compile what matches text and the plain tags of all other names."""
    wanted = "|".join(map(re.escape, names | _RAW))
    return re.compile(rf'[^<]*+(?:</?(?!(?:{wanted})[ >])[a-z][a-z0-9]*+(?: [a-z]++="[^"<>]*+")*+>[^<]*+)*+')


def list_lenient_tags(html: str, skipped: re.Pattern[str] | None = None) -> Iterator[Tag]:
    """Find tags as their author meant them: an unended one hides nothing after it.

    A raw element without an end tag ends at once. A tag without an end yields its "<", named
    :data:`UNFINISHED`, and the text after it is read on. A comment without an end hides the rest, for that
    is what its author wanted. Between tags, what ``skipped`` matches is not looked at.
    """
    place = reread = 0
    unclosed: set[str] = set()
    while (token := _find_token(html, place, skipped)) is not None:
        start, place = token.span()
        if token[2] is None or "<" in token[2] or ("<" in token[3] and "<" in _QUOTED.sub("", token[3])):
            tag = _read_nameless(html, start, place)
            reread += place - tag.end
            if reread > _MOST_REREAD * len(html):
                yield from _list_angles(html, start)
                return
            yield tag
            place = tag.end
            continue
        name = token[2].lower()
        is_end = token[1] != ""
        yield Tag(name, is_end, token[3], start, place)
        if name in _LENIENTLY_RAW and not is_end and name not in unclosed:
            end = _compile_end(name).search(html, place)
            if end is None:
                unclosed.add(name)
            else:
                place = end.start()


def _find_token(html: str, place: int, skipped: re.Pattern[str] | None) -> re.Match[str] | None:
    if skipped is not None and (match := skipped.match(html, place)) is not None:
        place = match.end()
    return _TOKEN.search(html, place)


def _read_nameless(html: str, start: int, end: int) -> Tag:
    """Return a comment, what a parser takes for one, or the "<" of an unended tag."""
    if html.startswith("<!--", start):
        return Tag(COMMENT, is_end=False, written="", start=start, end=end)
    if _NO_COMMENT.match(html, start) or html[end - 1] != ">":
        return Tag(UNFINISHED, is_end=False, written="", start=start, end=start + 1)
    return Tag(DECLARATION, is_end=False, written="", start=start, end=end)


def _list_angles(html: str, place: int) -> Iterator[Tag]:
    """Yield each "<" as that of an unfinished tag."""
    while (place := html.find("<", place)) >= 0:
        place += 1
        yield Tag(UNFINISHED, is_end=False, written="", start=place - 1, end=place)


def replace_tags(html: str, names: Collection[str] | None, write: Callable[[Tag], str]) -> str:
    """Replace each tag, or each with such a name, by what ``write`` returns."""
    parts: list[str] = []
    place = 0
    for tag in list_tags(html, names):
        parts += html[place : tag.start], write(tag)
        place = tag.end
    return "".join([*parts, html[place:]])


def decode_value(value: str) -> str:
    """Decode the character references in the value of an attribute.

    There, "&reg" in "&region=1" is none, though in a text it is.
    """
    return _REFERENCE.sub(_decode_reference, value) if "&" in value else value


def _decode_reference(match: re.Match[str]) -> str:
    written = match[0]
    return unescape(written) if written[1] == "#" else html5.get(written[1:], written)


def _compile_end(name: str) -> re.Pattern[str]:
    # Nothing ends plain text. Python keeps compiled patterns.
    ending = r"(?!)" if name == "plaintext" else rf"</{name}(?=[ \t\n\f\r/>])"
    return re.compile(ending, re.IGNORECASE | re.ASCII)

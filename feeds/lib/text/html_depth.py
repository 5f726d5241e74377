"""Finds HTML that is nested so deeply that parsing it takes too long or too much memory.

The time of a parser grows with the square of the depth. And bold or italic text that is not closed is
opened again in every later paragraph (HTML, "the list of active formatting elements"). If it is unclear
which end tags the parser will see, none counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_INLINE = frozenset(f"{_BOLD_AND_SUCH} {_OTHER_INLINE}".split())
_SELF_CLOSING = frozenset(f"{_VOID} {_END_OPTIONAL}".split())

Tags = Iterable[tuple[str, str]]


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
    while place >= 0 and around[place] != name and around[place] in _INLINE:
        place -= 1
    if place >= 0 and around[place] == name:
        del around[place:]

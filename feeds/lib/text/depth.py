"""Finds HTML that is nested too deeply for a parser, in linear time.

The time of a parser grows with the square of the depth. And bold or italic text that is not closed is
opened again in every later paragraph (HTML, "the list of active formatting elements"). The depth is that of
the elements which a parser makes: a paragraph, an item, a row or a cell ends where the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import accumulate

from feeds.lib.text.tags import Tag, list_tags


def _split(names: str) -> list[str]:
    return names.split()


# HTML that is nested no deeper costs little, however it is written.
_MOST = 1000
# Elements that are opened again take a few hundred bytes each.
_MOST_REOPENED = 300_000
# Of formatting elements with the same name and attributes, no more are opened again.
_MOST_ALIKE = 3
# This many elements may be open at once, whatever they are.
_MOST_FLAT = 30
# So few tags, no deeper than that, open few elements again.
_MOST_IN_ORDER = _MOST_REOPENED // _MOST_FLAT
_BEGIN_OR_END, _STEPS = re.compile(r"<(?!(?:[bh]r|img)[ >])(/?)"), {"": 1, "/": -1}
# An ordinary tag, or else the beginning of anything that is not one.
_PLAIN_TAG = re.compile(
    r"<(?:(/?)([a-z][a-z0-9]*+)(?:\s[^<>\"']*+(?:(?:\"[^\"<>]*+\"|'[^'<>]*+')[^<>\"']*+)*+)?/?>|())"
)
_VOID = frozenset(_split("area base br col embed hr image img input link meta param source track wbr"))
_FORMATTING = frozenset(_split("a b big code em font i nobr s small strike strong tt u"))
# The end of an element around them ends these too.
_INLINE = _FORMATTING | frozenset(
    _split("abbr bdi cite del dfn ins kbd label mark q rp rt ruby samp span sub sup time var")
)
# These end an open paragraph.
_ENDS_PARAGRAPH = frozenset(
    _split(
        "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 "
        "h4 h5 h6 header hgroup hr li dd dt main menu nav ol p pre search section summary table ul"
    )
)
_TABLE = frozenset(("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"))
# These end an open one of these, through the elements that such a search may cross.
_ENDS_LIKE = {
    "li": ("li",), "dd": ("dd", "dt"), "dt": ("dd", "dt"), "option": ("option",), "tr": ("tr",), "td": ("td", "th"),
    "th": ("td", "th"), "tbody": ("tbody", "thead", "tfoot"), "thead": ("tbody", "thead", "tfoot"),
    "tfoot": ("tbody", "thead", "tfoot"),
}  # fmt: skip
_CROSSED = {
    **dict.fromkeys(("li", "dd", "dt", "option"), _INLINE | {"p", "div", "address"}),
    **dict.fromkeys(("td", "th"), _INLINE | {"p", "div", "address", "center"}),
    **dict.fromkeys(("tr", "tbody", "thead", "tfoot"), _INLINE | {"p", "div", "td", "th", "tr"}),
}


def is_too_deep(html: str, *, is_in_order: bool = False) -> bool:
    """Return whether HTML without foreign and raw elements is nested too deeply.

    ``is_in_order`` says that each element surely ends in its place.
    """
    count = html.count("<")
    if count <= _MOST or (is_in_order and count <= _MOST_IN_ORDER and _find_depth(html) <= _MOST_FLAT):
        return False
    return not _is_flat(html) and _Stack().is_too_deep(list_tags(html))


def _find_depth(html: str) -> int:
    """Return how many elements are open at most, if each ends in its place."""
    return max(accumulate(map(_STEPS.__getitem__, _BEGIN_OR_END.findall(html))), default=0)


def _is_flat(html: str) -> bool:
    """Return whether tags end in order and few are open, which is quick to tell."""
    begun: list[str] = []
    formatting = reopened = 0
    for token in _PLAIN_TAG.finditer(html):
        is_end, name, is_odd = token.groups()
        if is_odd is not None:
            return False
        if name in _VOID:
            # Nor does its end tag end anything.
            continue
        if is_end:
            if not begun or begun.pop() != name:
                return False
            formatting -= name in _FORMATTING
        else:
            begun.append(name)
            formatting += name in _FORMATTING
            reopened += formatting
            if len(begun) > _MOST_FLAT:
                return False
    return reopened <= _MOST_REOPENED


class _Stack:
    """The elements that are open, as a parser has them."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._formatting: list[tuple[str, str]] = []

    def is_too_deep(self, tags: Iterable[Tag]) -> bool:
        """Return whether more elements are ever open at once than is wise."""
        reopened = 0
        for tag in tags:
            if tag.is_end:
                self._end(tag.name)
            elif tag.name not in _VOID:
                self._begin(tag)
            reopened += len(self._formatting)
            if max(len(self._open), len(self._formatting)) > _MOST or reopened > _MOST_REOPENED:
                return True
        return False

    def _begin(self, tag: Tag) -> None:
        name = tag.name
        if name in _ENDS_LIKE:
            self._pop_to(_ENDS_LIKE[name], _CROSSED[name].__contains__)
        if name in _ENDS_PARAGRAPH:
            self._pop_to(("p",), _INLINE.__contains__)
        self._open.append(name)
        if name in _FORMATTING:
            alike = (name, tag.written)
            if self._formatting.count(alike) >= _MOST_ALIKE:
                self._formatting.remove(alike)
            self._formatting.append(alike)

    def _end(self, name: str) -> None:
        """Remove the elements that an end tag ends."""
        if name in _FORMATTING:
            self._end_formatting(name)
        elif name in _TABLE:
            self._pop_to((name,), lambda other: other != "table")
        elif name in _ENDS_PARAGRAPH:
            self._pop_to((name,), _is_crossed_by_ends)
        else:
            self._pop_to((name,), _INLINE.__contains__)

    def _end_formatting(self, name: str) -> None:
        for place in range(len(self._formatting) - 1, -1, -1):
            if self._formatting[place][0] == name:
                del self._formatting[place]
                break
        if name in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(name)]

    def _pop_to(self, names: tuple[str, ...], is_crossed: Callable[[str], bool]) -> None:
        """Remove the last open element of some names with its content, if it may be."""
        place = len(self._open) - 1
        while place >= 0 and self._open[place] not in names and is_crossed(self._open[place]):
            place -= 1
        if place >= 0 and self._open[place] in names:
            del self._open[place:]


def _is_crossed_by_ends(name: str) -> bool:
    return name not in _TABLE

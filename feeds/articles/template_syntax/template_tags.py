"""Finds template tags and reads their arguments, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from feeds.articles.template_syntax.media import Arguments

# A name and a value; a value in one of three kinds of quotes; or a word.
_ARGUMENT = re.compile(
    r"""(?:((?:[\w.@-]|:(?!\s))++)\s*+(?:=|:(?=\s))\s*+)?+
    (?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`|\u201c([^\u201d]*+)\u201d|([^\s"'`,]++)),?""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([\"'\\`])")
# No author writes longer arguments.
_MOST_ARGUMENTS = 4000


class TemplateTag(NamedTuple):
    """A tag of a template: its opening sign, what is in it, and its place."""

    sign: str
    content: str
    start: int
    end: int


def find_template_tags(text: str, ends: Mapping[str, str]) -> Iterator[TemplateTag]:
    """Yield tags that begin with one of some signs and end with the matching sign.

    A tag with another one of its kind in it is not closed; the inner one counts.
    """
    pattern = re.compile("|".join(re.escape(sign) for sign in ends))
    endless: set[str] = set()
    place = 0
    while (match := pattern.search(text, place)) is not None:
        sign, start = match[0], match.start()
        place = match.end()
        if sign in endless:
            continue
        closing = ends[sign]
        end = text.find(closing, place)
        # The end may be in a text in quotes.
        if end >= 0 and text.count('"', place, end) % 2:
            later = text.find(closing, end + len(closing), end + _MOST_ARGUMENTS)
            if later >= 0 and text.count('"', place, later) % 2 == 0 and text.find(sign, end, later) < 0:
                end = later
        if end < 0:
            endless.add(sign)
            continue
        inner = text.rfind(sign, place, end)
        if inner >= 0 and '"' not in text[place:inner]:
            start, place = inner, inner + len(sign)
        yield TemplateTag(sign, text[place:end], start, end + len(closing))
        place = end + len(closing)


def read_arguments(written: str) -> Arguments:
    """Read ``src="a.png" width=50 "text"``, with or without commas between."""
    if len(written) > _MOST_ARGUMENTS:
        return Arguments()
    values: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(written):
        quoted = next((part for part in match.groups()[1:5] if part is not None), None)
        value = match[6] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if match[1]:
            named.setdefault(match[1].lower(), value)
        else:
            values.append(value)
    return Arguments(tuple(values), named)

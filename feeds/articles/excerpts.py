"""Makes the excerpt of an article without one: up to a mark, or a first paragraph.

The author's mark, such as ``<!--more-->``, is a comment, which neither Markdown nor the sanitiser keeps. So it
becomes a word before them, and is taken out of the HTML after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.tags import Tag, list_tags

# Two characters for private use, which no text has side by side.
_WORD = "\ue0f7\uf8a3"
# What the generators take for the end of an excerpt.
_MARKS = re.compile(
    # Each begins with a sign that Python looks for fast.
    r"<!-{2,3}\s*+(?i:more|truncate|excerpt|excerpt-end|end[ _-]?excerpt|endexcerpt|end-of-excerpt|preview|read[ -]?more"
    r"|summary|teaser_end|pelican_end_summary)\b[^<>\n]*?-{2,3}>|\{/\*\s*+(?i:truncate|more|excerpt)\s*+\*/\}"
    r"|-(?<![^\n]-)--\s?(?i:more)\s?---[ \t]*+$|\.(?<![^\n]\.)\.[ \t]++(?i:TEASER_END)[ \t]*+$"
    r"|\{%-?\s*+(?i:more)\s*+-?%\}",
    re.MULTILINE,
)
_FENCE = re.compile(r"(`{3,}+(?=[^`\n]*+$)|~{3,}+)([^\n]*+)$", re.MULTILINE)
_BEFORE_FENCE = re.compile(r"[ \t>]*+(?:[-*+] |[0-9]{1,9}[.)] )?[ \t>]*+")
_MOST_MARKS = 20
_SOON, _LONG_WORD = 2000, 10
_AROUND = ("blockquote", "figure", "table", "ul", "ol", "dl", "details")
_SEEN = ("img", "video", "audio", "iframe", "table", "pre", "hr")
# Between the tags of sanitised HTML, whose values have no ">".
_SHOWN = re.compile(r"(?:\A|>)[^<>&]*?\w")
_ENDS = " ,;:.\u2013-"


class Excerpt(NamedTuple):
    """An article's excerpt, "" if its text says the same, and its HTML without marks."""

    text: str
    html: str


def mark_excerpt_end(body: str, marks: Iterable[str] = ()) -> str:
    """Return a body with our word in place of its first mark that is not in code.

    ``marks`` are more texts than those that every generator's authors write.
    """
    place = _find_mark(body, tuple(marks))
    if place is None:
        return body
    start, end = place
    before, after = body[:start], body[end:]
    line = before[before.rfind("\n") + 1 :]
    if line.strip(" \t>") or after.partition("\n")[0].strip():
        return f"{before}{_WORD}{after}"
    # A comment on a line of its own ends a paragraph; a word must have empty lines around it.
    blank = f"\n{line.rstrip()}\n"
    above, below = before.removesuffix(line), after.removeprefix("\n")
    return f"{above}{blank[1:]}{line}{_WORD}{blank}{below}"


def _find_mark(body: str, marks: tuple[str, ...]) -> tuple[int, int] | None:
    if not (
        "<!--" in body
        or ("more" in body and ("---" in body or "{%" in body))
        or "{/*" in body
        or "TEASER" in body
    ):
        found = next((mark for mark in marks if mark in body), None)
        return None if found is None else (body.find(found), body.find(found) + len(found))
    # Most marks are near the beginning, so the rest is not read.
    places: Iterable[tuple[int, int]] = (match.span() for match in islice(_MARKS.finditer(body), _MOST_MARKS))
    others = [(body.find(mark), body.find(mark) + len(mark)) for mark in marks if mark in body]
    if others:
        places = sorted((*places, *others))
    return next((place for place in places if not _is_in_code(body, *place)), None)


def _is_in_code(body: str, start: int, end: int) -> bool:
    line = body[body.rfind("\n", 0, start) + 1 : start]
    if line.count("`") % 2 or (line.startswith(("    ", "\t")) and not line.strip()):
        return True
    return any(first <= start < last for first, last in _list_fenced(body, end))


def _list_fenced(body: str, last: int) -> list[tuple[int, int]]:
    """Return where fenced code begins and ends, up to the line of the last place."""
    line_end = body.find("\n", last)
    found: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for match in _FENCE.finditer(body, 0, len(body) if line_end < 0 else line_end):
        begin, signs = body.rfind("\n", 0, match.start()) + 1, match[1]
        if not _BEFORE_FENCE.fullmatch(body, begin, match.start()):
            continue
        if opened is None:
            opened = (begin, signs)
        elif signs.startswith(opened[1]) and not match[2].strip():
            found.append((opened[0], match.end()))
            opened = None
    return [*found, (opened[0], len(body))] if opened else found


def make_excerpt(html: str, words: int) -> Excerpt:
    """Make an excerpt of HTML: all before our word, or a first paragraph's words.

    An excerpt that equals the whole text is left out, because readers would show it twice.
    """
    before, word, after = html.partition(_WORD)
    if word:
        html = _join_without_word(before, after)
        text = strip_html(before)
        if text and _shows_something(after):
            return Excerpt(text, html)
    start, end = _find_first_paragraph(html)
    text = strip_html(html[start:end])
    shortened = _take_words(text, words)
    is_all = shortened == text and not _shows_something(html[:start]) and not _shows_something(html[end:])
    return Excerpt("" if is_all else shortened, html)


def _join_without_word(before: str, after: str) -> str:
    """Return all HTML but for our word, and for the paragraph that has nothing else."""
    above, below = before.rstrip(), after.lstrip()
    if above.endswith("<p>") and below.startswith("</p>"):
        return above.removesuffix("<p>") + below.removeprefix("</p>").removeprefix("\n")
    return before + after


def _find_first_paragraph(html: str) -> tuple[int, int]:
    """Return where the first paragraph with text is, one in quotes or lists last."""
    first = (0, 0)
    depth = 0
    opened: Tag | None = None
    for tag in list_tags(html, ("p", *_AROUND)):
        if tag.name != "p":
            depth += -1 if tag.is_end else 1
        elif not tag.is_end:
            opened = tag
        elif opened is not None:
            place = (opened.end, tag.start)
            opened = None
            if not (first[1] and depth) and strip_html(html[place[0] : place[1]]):
                if not depth:
                    return place
                first = place
    return first if first[1] else _find_bare_text(html)


def _find_bare_text(html: str) -> tuple[int, int]:
    """Return where the first text outside of all paragraphs begins and ends."""
    place = 0
    for tag in list_tags(html):
        if html[place : tag.start].strip():
            break
        place = tag.end
    else:
        return place, len(html)
    ends = ("div", "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "pre", "table", "br", "hr", "blockquote")
    return place, next((tag.start for tag in list_tags(html, ends) if tag.start > place), len(html))


def _take_words(text: str, most: int) -> str:
    """Cut a text after N words, with an ellipsis."""
    words = text.split(" ", most)
    if len(words) <= most:
        # Not all scripts have spaces.
        return shorten(text, most * _LONG_WORD)
    return f"{' '.join(words[:most]).rstrip(_ENDS)}…"


def _shows_something(html: str) -> bool:
    # Most texts show it soon.
    return (
        _SHOWN.search(html[:_SOON]) is not None
        or bool(strip_html(html[:_SOON]))
        or next(list_tags(html, _SEEN), None) is not None
        or bool(strip_html(html))
    )

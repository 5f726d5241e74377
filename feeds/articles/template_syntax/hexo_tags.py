"""Writes what the tags of Hexo and of its themes show.

Their arguments are words without quotation marks: first options such as a colour, then, often after a comma, a text.
"""

from __future__ import annotations

import re
from html import escape

from feeds.articles.template_syntax.meanings import (
    END_OF_ADMONITION,
    END_OF_DETAILS,
    find_meaning,
    open_admonition,
    open_details,
)
from feeds.articles.template_syntax.media import Arguments, Shown
from feeds.articles.template_syntax.template_tags import read_arguments
from feeds.articles.template_syntax.work import Work

# color:red, open:true
_OPTION = re.compile(r"[a-z]+:(?!//)\S+")
# The text of these comes after options, or is all that there is. With an end tag, their text is between the tags.
_WORDED = frozenset(
    ["checkbox", "del", "emp", "kbd", "mark", "note", "p", "psw", "quot", "radio", "span", "sub", "sup", "u", "wavy"]
)  # fmt: skip
_ELEMENTS = frozenset(["kbd", "mark", "sub", "sup"])
_FOLDS = frozenset(["fold", "folding", "hideblock", "hidetoggle", "spoiler"])
_FORMULAS = frozenset(["katex", "latex", "math", "mathjax"])
# Options of these come last.
_TEXT_FIRST = frozenset(["hideblock", "hideinline", "hidetoggle"])


def find_hexo_meaning(name: str, rest: str, *, is_paired: bool) -> Shown | None:
    """Return what a tag with these arguments shows, None if it is none of Hexo's."""
    lower = name.lower()
    if not is_paired:
        if lower == "label":
            return _show_label(rest)
        return _show_words(lower, rest) if lower in _WORDED or lower in _TEXT_FIRST else None
    if lower == "note":
        return _open_note(rest)
    if lower in ("blockquote", "quote"):
        return _open_quote(rest)
    if lower in _FOLDS:
        return Shown(open_details(_find_words(lower, rest)), is_block=True, end=END_OF_DETAILS)
    return Shown("$$\n", is_block=True, end="\n$$") if lower in _FORMULAS else None


def show_image(arguments: Arguments, work: Work) -> Shown | None:
    """Return a picture; the arguments are classes, the address, sizes, and a title."""
    values = arguments.values
    at = next((n for n, value in enumerate(values) if "/" in value or "." in value), None)
    if at is None:
        return None
    words = [word for word in values[at + 1 :] if not word.isdecimal()]
    return find_meaning("figure", Arguments((values[at], " ".join(words))), work, is_paired=False)


def _find_words(name: str, rest: str) -> str:
    """Return the text among a tag's arguments, "" if there is none."""
    if rest[:1] in ('"', "'"):
        # The tags of other programs have quotation marks, and no order.
        return max(read_arguments(rest).values, key=len, default="")
    first, comma, text = rest.partition(",")
    if name in _TEXT_FIRST:
        return first.strip()
    words = (text if comma and name not in _ELEMENTS else rest).split()
    return " ".join(word for word in words if not _OPTION.fullmatch(word))


def _show_words(name: str, rest: str) -> Shown | None:
    text = _find_words(name, rest)
    if name == "note" and " " not in text and "," not in rest:
        # The kind of a note that nothing ends.
        return None
    if name == "note":
        return Shown(f"{open_admonition('', None)}\n{text}\n{END_OF_ADMONITION}", is_block=True)
    if name in _ELEMENTS and text:
        return Shown(f"<{name}>{escape(text, quote=False)}</{name}>")
    return Shown(text) if text else None


def _show_label(rest: str) -> Shown | None:
    """Return the text of a label: after a class and "@", or before a colour."""
    before, at, text = rest.partition("@")
    if at and " " not in before.strip():
        return Shown(text.strip())
    words = rest.split()
    return Shown(" ".join(words[:-1] or words)) if words else None


def _open_note(rest: str) -> Shown:
    kind, _, title = rest.strip().partition(" ")
    title = title.replace("no-icon", "").strip().strip("\"'")
    return Shown(
        open_admonition(kind or "note", title or (None if kind not in ("default", "") else "")),
        is_block=True,
        end=END_OF_ADMONITION,
    )


def _open_quote(rest: str) -> Shown:
    """Begin a quote; the arguments are an author, a comma, a source, and an address."""
    words = rest.replace('"', "").split()
    address = next((word for word in words if "://" in word), "")
    shown = escape(" ".join(word for word in words if word != address))
    if address:
        shown = f'<a href="{escape(address)}">{shown or escape(address)}</a>'
    end = f"\n<p>— {shown}</p>" if shown else ""
    return Shown("<blockquote>\n", is_block=True, end=f"{end}\n</blockquote>")

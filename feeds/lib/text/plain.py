"""Makes plain text for titles and summaries, and compares texts."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from heapq import nlargest
from html import unescape
from html.entities import html5
from itertools import islice
from operator import add
from typing import NamedTuple

# Forbidden by XML 1.0 (section 2.2), C1 controls, U+FFFD, and the bidirectional
# overrides, which reverse the text around them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
    "\u202d\u202e]|[\U0001fffe\U0001ffff]"
)
_WANTED_ASCII = bytes(code for code in range(128) if not _UNWANTED.match(chr(code)))
# What is a tag in plain text. Most of what begins like one is none, so this is stricter than HTML.
_ATTRIBUTE = r"\s++[a-zA-Z_:@][\w:.@-]*+"
_VALUE = r"\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>=`]++)"
_TAG = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:{_ATTRIBUTE}(?:{_VALUE})?+)*+)\s*+(/?)>")
_ALL_WITH_VALUES = re.compile(rf"(?:{_ATTRIBUTE}{_VALUE})*+")
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rp rt ruby s samp small"
    " span strike strong sub sup time tt u var"
)
_BLOCK_NAMES = (
    "address article aside blockquote caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
# What these hold is no text, or is shown only if they do not work.
_OPAQUE = frozenset(("audio", "iframe", "noscript", "object", "script", "style", "svg", "template", "video"))
_PAIRED = _BLOCKS.union(_INLINE_NAMES.split(), _OPAQUE)
_MAY_BE_LOST = re.compile(rf"<(?:!--|br|img|{'|'.join(sorted(_OPAQUE))})", re.IGNORECASE)
_DIRECTIVE = re.compile(r"<!--\s*(?:more|/?wp:.*)?\s*-->", re.DOTALL)
_BEGIN_OR_END = re.compile(r"<(?=[/!?a-zA-Z])|>")
# Attributes that run or load something.
_ARMED = re.compile(
    r"(?:on[a-z]+|src(?:doc|set)?|href|style|(?:form)?action|data|poster|background|ping)\s*=", re.IGNORECASE
)
# What may be beside a word without being a part of it.
_BEFORE_WORDS = frozenset(("", " ", *"([\"'\u00ab\u2018\u201c\u201e"))
_AFTER_WORDS = frozenset(("", " ", *")]\"'\u00bb\u2019\u201d.,;:!?\u2026"))
_NEAR = 9
_CODE = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)\s*>|$)", re.DOTALL | re.IGNORECASE)
_ANY_TAG = re.compile(r"<(?:/?[a-zA-Z]|![a-zA-Z])[^<>]*+>")
_ANY_BREAK = re.compile(rf"</?(?:br|{'|'.join(sorted(_BLOCKS))})\b[^<>]*+>", re.IGNORECASE)
_SHORT = 1000
_MOST_MARKS = 30
# All marks of Unicode are among these signs; most texts have no such run of them. Compiled for the first long text.
_MAYBE_MARKS = rf"[\u0300-\u33ff\ua000-\uabff\ud7a4-\U0010ffff]{{{_MOST_MARKS + 1}}}"
_MOST_COMPARED, _MOST_WEIGHED, _SLIP = 300, 5, 8
# Without its semicolon, "&copy" is a part of an address or a word.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,10}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def remove_unwanted(text: str) -> str:
    """Remove the characters that XML forbids or that no reader can show."""
    return _UNWANTED.sub("", text) if has_unwanted(text) else text


def has_unwanted(text: str) -> bool:
    """Return whether :func:`remove_unwanted` would remove anything."""
    if len(text) > _SHORT:
        # To leave out the letters of ASCII takes less time than to look at them.
        text = (
            text.encode("utf-8", "surrogatepass")
            .translate(None, _WANTED_ASCII)
            .decode("utf-8", "surrogatepass")
        )
    # Most text needs no search: Python calls all of these but U+FFFD unprintable too.
    clean = text.replace("\n", "").isprintable() and "\ufffd" not in text
    return not clean and _UNWANTED.search(text) is not None


def find_unwanted(text: str) -> int:
    """Return where the first character for :func:`remove_unwanted` is, -1 if nowhere."""
    found = _UNWANTED.search(text)
    return found.start() if found else -1


def is_plain_text(text: str) -> bool:
    """Return whether a text surely is a line of plain text, as most ASCII titles are."""
    return (
        text.isascii()
        and text.isprintable()
        and not ("<" in text or "&" in text or "  " in text or text[:1] == " " or text[-1:] == " ")
    )


def to_plain_text(text: str) -> str:
    """Return one line of plain text (NFC) from text with inline markup and entities.

    Only what surely is markup goes: known tags in pairs, line breaks, comments, scripts. Entities with
    their semicolon are decoded once. What still looks like a whole tag was meant to be seen, but many
    readers would swallow it. So it gets angle quotation marks.
    """
    return clean_to_plain_text(remove_unwanted(text))


def clean_to_plain_text(text: str) -> str:
    """Do what :func:`to_plain_text` does, for a text without unwanted characters."""
    if "<" in text or "&" in text:
        text = _leave_out_markup(text)
    # To Python, the only printable white space is the space.
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", _limit_marks(text))


def keep_plain_text(text: str) -> str:
    """Return a text without what no plain text holds; plain text stays as it is."""
    return _quote_tags(remove_unwanted(text))


def list_lost(text: str) -> tuple[str, ...]:
    """Name what :func:`to_plain_text` takes from a text and somebody may miss."""
    lost = [part.lost for part in _find_markup(text) if part.lost] if _MAY_BE_LOST.search(text) else []
    if "&#" in text and any(has_unwanted(_decode_reference(one)) for one in _REFERENCE.finditer(text)):
        lost.append("a character that no feed may hold")
    return tuple(dict.fromkeys(lost))


def strip_html(html: str) -> str:
    """Return what HTML shows as one line of plain text; any tag goes."""
    text = remove_unwanted(html)
    if "<" in text:
        text = _ANY_TAG.sub(
            "", _ANY_BREAK.sub(" ", _CODE.sub(" ", _leave_out(text, [*_find_comments(text)])))
        )
    if "&" in text:
        text = remove_unwanted(unescape(text))
    return unicodedata.normalize("NFC", _limit_marks(" ".join(_quote_tags(text).split())))


def _leave_out_markup(text: str) -> str:
    if "<" in text:
        text = _leave_out(text, _find_markup(text))
    # Removed before the next step, because without these characters the rest may look like a tag.
    return _quote_tags(remove_unwanted(_REFERENCE.sub(_decode_reference, text)))


def _decode_reference(match: re.Match[str]) -> str:
    written = match[0]
    return unescape(written) if written[1] == "#" else html5.get(written[1:], written)


def _quote_tags(text: str) -> str:
    """Return a text with angle quotation marks around what looks like a tag.

    A sign without a partner is no tag, unless a reader's own ">" would make one of it that does something.
    """
    if "<" not in text:
        return text
    signs: dict[int, str] = {}
    begun: list[int] = []
    for match in _BEGIN_OR_END.finditer(text):
        if match[0] == "<":
            begun.append(match.start())
        elif begun:
            signs[begun.pop()], signs[match.start()] = "\u2039", "\u203a"
    if begun and (armed := _ARMED.findall(text, begun[0])):
        last = text.rfind(armed[-1])
        signs |= dict.fromkeys((place for place in begun if place < last), "\u2039")
    letters = list(text)
    for place, sign in signs.items():
        letters[place] = sign
    return "".join(letters)


class _Markup(NamedTuple):
    """A part of a text that surely is markup, its replacement, and what is lost."""

    start: int
    end: int
    instead: str
    lost: str = ""


def _leave_out(text: str, found: list[_Markup]) -> str:
    parts: list[str] = []
    place = 0
    for part in found:
        parts += text[place : part.start], part.instead
        place = part.end
    return "".join([*parts, text[place:]])


def _find_markup(text: str) -> list[_Markup]:
    """Find what surely is markup, in time proportional to the length of the text."""
    found = sorted((*_find_comments(text), *_find_tags(text)), key=lambda part: (part.start, -part.end))
    kept: list[_Markup] = []
    for part in found:
        # What is inside a comment or a script goes with it.
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
    return kept


def _find_comments(text: str) -> Iterator[_Markup]:
    place = 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        place = end + 3
        known = _DIRECTIVE.fullmatch(text, start, place)
        yield _Markup(start, place, " ", "" if known else f"a comment of {place - start} characters")


def _find_tags(text: str) -> Iterator[_Markup]:
    begun: dict[str, list[re.Match[str]]] = {}
    before: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name == "br":
            yield _Markup(*tag.span(), " ", "a <br>" if _is_mentioned(text, tag, tag) else "")
        elif name == "img" and "=" in tag[3]:
            yield _Markup(*tag.span(), " ", "a picture")
        elif name in _PAIRED and (name in _OPAQUE or _ALL_WITH_VALUES.fullmatch(tag[3])):
            if tag[1] and begun.get(name):
                yield from _find_pair(text, name, begun[name].pop(), tag)
            elif not tag[1] and not tag[4]:
                begun.setdefault(name, []).append(tag)
            if (
                name == "p"
                and not tag[1]
                and before is not None
                and not text[before.end() : tag.start()].strip()
            ):
                # One paragraph ends and the next begins, though one of them may be cut off.
                yield _Markup(before.start(), tag.end(), " ")
        before = tag if name == "p" and tag[1] else None


def _find_pair(text: str, name: str, start: re.Match[str], end: re.Match[str]) -> Iterator[_Markup]:
    """Find the tags of an element, or all of an element whose content is no text."""
    if _is_mentioned(text, start, end):
        return
    if name in _OPAQUE:
        size = end.end() - start.start()
        yield _Markup(start.start(), end.end(), " ", f"<{name}> of {size} characters")
        return
    instead = " " if name in _BLOCKS else ""
    yield _Markup(*start.span(), instead)
    yield _Markup(*end.span(), instead)


def _is_mentioned(text: str, start: re.Match[str], end: re.Match[str]) -> bool:
    """Return whether tags are words of a sentence: bare, between spaces and words."""
    inside = text[start.end() : start.end() + 1] + text[end.start() - 1 : end.start()]
    alone = start is end or start.end() == end.start()
    if start[3] or start[4] or not (alone or inside == "  "):
        return False
    left = text[max(0, start.start() - _NEAR) : start.start()]
    right = text[end.end() : end.end() + _NEAR]
    if left[-1:] not in _BEFORE_WORDS or right[:1] not in _AFTER_WORDS:
        return False
    return left.rstrip()[-1:] not in {"", ">"} or right.lstrip()[:1] not in {"", "<"}


def _limit_marks(text: str) -> str:
    """Drop marks on one letter beyond the number that any script has.

    The time to sort them grows with the square of their number (UAX 15, "Stream-Safe Text Format").
    """
    if len(text) <= _SHORT or not re.search(_MAYBE_MARKS, text):
        return text
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def shorten(text: str, length: int) -> str:
    """Cut a text after a word to at most ``length`` characters, with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;:.\u2013-") + "…" if " " in cut else cut + "…"


def find_nearest(word: str, words: Iterable[str], begin: str, most: int = 1) -> list[str]:
    """Return at most ``most`` words that are most similar to another one.

    At most three hundred are compared: those that begin with ``begin``, in any case, and have about
    the same length, and only those letter by letter that have most pairs of letters in common. Comparing
    thousands would let anybody keep a server busy.
    """
    begin = begin.lower()
    alike = (
        known for known in words if abs(len(known) - len(word)) <= _SLIP and known.lower().startswith(begin)
    )
    pairs = _list_pairs(word)
    weighed = nlargest(
        most + _MOST_WEIGHED,
        islice(alike, _MOST_COMPARED),
        key=lambda known: len(pairs & _list_pairs(known)) / max(1, len(known)),
    )
    return difflib.get_close_matches(word, weighed, n=most, cutoff=0.6)


def _list_pairs(word: str) -> set[str]:
    """Return the pairs of neighbouring letters of a word."""
    return set(map(add, word, word[1:]))

"""Makes plain text for titles and summaries, and compares texts."""

from __future__ import annotations

import difflib
import html
import re
import unicodedata
from collections.abc import Iterable
from heapq import nlargest
from itertools import islice
from operator import add

# Forbidden by XML 1.0 (section 2.2), C1 controls, U+FFFD, and the bidirectional
# overrides, which reverse the text around them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
    "\u202d\u202e]|[\U0001fffe\U0001ffff]"
)
_BREAKS = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[a-zA-Z]|![a-zA-Z])[^<>]*>")
_CODE = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)\s*>|$)", re.DOTALL | re.IGNORECASE)
_LOOKS_LIKE_TAG = re.compile(r"<(?=[/!a-zA-Z])([^<>]*)>?")
_SHORT = 1000
_MOST_MARKS = 30
_MOST_COMPARED, _MOST_WEIGHED, _SLIP = 300, 5, 8
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")


def remove_unwanted(text: str) -> str:
    """Remove the characters that XML forbids or that no reader can show."""
    return _UNWANTED.sub("", text) if has_unwanted(text) else text


def has_unwanted(text: str) -> bool:
    """Return whether :func:`remove_unwanted` would remove anything."""
    # Most text needs no search: Python calls all of these but U+FFFD unprintable too.
    clean = text.replace("\n", "").isprintable() and "\ufffd" not in text
    return not clean and _UNWANTED.search(text) is not None


def find_unwanted(text: str) -> int:
    """Return the place of the first character that :func:`remove_unwanted` would remove, -1 if there is none."""
    found = _UNWANTED.search(text)
    return found.start() if found else -1


def to_plain_text(text: str) -> str:
    """Return one line of plain text (NFC) from text that may hold tags and entities.

    Entities are decoded once. What still looks like a tag or an entity was meant to be
    seen, but many readers would swallow it. So such a tag gets angle quotation marks, and
    such an entity is decoded once more.
    """
    return clean_to_plain_text(remove_unwanted(text))


def clean_to_plain_text(text: str) -> str:
    """Do what :func:`to_plain_text` does, for a text without unwanted characters."""
    if "<" in text:
        text = _TAG.sub("", _BREAKS.sub(" ", _CODE.sub(" ", _remove_comments(text))))
    if "&" in text:
        text = html.unescape(text)
        if _ENTITY.search(text):
            text = html.unescape(text)
        # Removed before the next step, because without these characters the rest may look like a tag.
        text = remove_unwanted(text)
    if "<" in text:
        text = _LOOKS_LIKE_TAG.sub("\u2039\\1\u203a", text)
    # To Python, the only printable white space is the space.
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", _limit_marks(text))


def _limit_marks(text: str) -> str:
    """Drop marks on one letter beyond the number that any script has.

    The time to sort them grows with the square of their number (UAX 15, "Stream-Safe Text Format").
    """
    if len(text) <= _SHORT:
        return text
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def _remove_comments(text: str) -> str:
    kept, place = [], 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[place:start])
        place = end + 3
    return "".join([*kept, text[place:]])


def fold_for_search(text: str) -> str:
    """Return a text without case and accents, for search."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.category(sign).startswith("M")).casefold()


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

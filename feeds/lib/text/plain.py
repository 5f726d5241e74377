"""Plain text for titles and summaries: no tags, no entities, nothing that XML forbids."""

from __future__ import annotations

import difflib
import html
import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

# Forbidden by XML 1.0 (section 2.2), C1 controls, U+FFFD, and the bidirectional
# overrides, which turn the text around them.
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
_MOST_COMPARED, _SLIP = 300, 8
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")


def remove_unwanted(text: str) -> str:
    """Remove the characters that no XML document may hold, or no reader can show."""
    return _UNWANTED.sub("", text) if has_unwanted(text) else text


def has_unwanted(text: str) -> bool:
    """Whether :func:`remove_unwanted` would remove anything."""
    # Most text needs no search: all of these but U+FFFD are unprintable to Python too.
    clean = text.replace("\n", "").isprintable() and "\ufffd" not in text
    return not clean and _UNWANTED.search(text) is not None


def to_plain_text(text: str) -> str:
    """One line of plain text from what may hold entities and tags (NFC).

    Entities are decoded once. What still looks like a tag or an entity after that
    was meant to be seen; it is written with angle quotation marks or decoded once
    more, since many readers would swallow it.
    """
    return clean_to_plain_text(remove_unwanted(text))


def clean_to_plain_text(text: str) -> str:
    """What :func:`to_plain_text` makes of a text in which all characters may stand."""
    if "<" in text:
        text = _TAG.sub("", _BREAKS.sub(" ", _CODE.sub(" ", _remove_comments(text))))
    if "&" in text:
        text = html.unescape(text)
        if _ENTITY.search(text):
            text = html.unescape(text)
        # What is removed may have stood between signs that look like a tag without it.
        text = remove_unwanted(text)
    if "<" in text:
        text = _LOOKS_LIKE_TAG.sub("\u2039\\1\u203a", text)
    # Of white space, only the space itself is printable to Python.
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", _limit_marks(text))


def _limit_marks(text: str) -> str:
    """Text with no more marks on one letter than any script has: to sort them takes a time that grows
    with the square of their number (UAX 15, "Stream-Safe Text Format")."""  # noqa: D205, D209 - one sentence
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
    """A text in which case and accents make no difference."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.category(sign).startswith("M")).casefold()


def shorten(text: str, length: int) -> str:
    """Cut a text at a word, with an ellipsis, to at most ``length`` characters."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;:.\u2013-") + "…" if " " in cut else cut + "…"


def find_nearest(word: str, words: Iterable[str], begin: str, most: int = 1) -> list[str]:
    """The words that are most like another one, so many at most.

    Only those with the same beginning and about the same length are compared, in any case of letters
    and three hundred at most: a thorough look at thousands would let anybody keep a server busy.
    """
    begin = begin.lower()
    alike = (
        known for known in words if abs(len(known) - len(word)) <= _SLIP and known.lower().startswith(begin)
    )
    return difflib.get_close_matches(word, islice(alike, _MOST_COMPARED), n=most, cutoff=0.6)

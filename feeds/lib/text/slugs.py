"""Slugs: the part of an address that a name becomes, as a function of the name alone."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from posixpath import splitext

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX = 80
# Signs that tell names apart ("C", "C++", "C#") are spelt out.
_SPOKEN = {"+": "-plus", "#": "-sharp", "&": "-and-", "@": "-at-", "%": "-percent"}
_LEADING_DOT = re.compile(r"(?<![^\s])\.(?=\w)")


def slug(name: str) -> str:
    """Make the slug of a name: lower-case ASCII letters, digits and single hyphens.

    Other scripts are transliterated; a name that leaves nothing, or too much,
    is told apart by a hash.
    """
    text = _LEADING_DOT.sub("dot-", name)
    for sign, word in _SPOKEN.items():
        text = text.replace(sign, word)
    plain = re.sub(r"[^a-z0-9]+", "-", _in_ascii(text).lower()).strip("-")
    if not plain:
        return f"x-{name_hash(name)}"
    if len(plain) > _MAX:
        return f"{plain[:_MAX].rstrip('-')}-{name_hash(name)}"
    return plain


def _in_ascii(text: str) -> str:
    if text.isascii():
        return text
    # Loaded for the first name in another script.
    from anyascii import anyascii

    return anyascii(text)


def path_slug(path: str) -> str:
    """The slug of a file: its path without ``.md`` where that is one already, segment by segment.

    Any other path is made one, and told apart from all others by a hash.
    """
    stem = path.removesuffix(".md")
    segments = stem.split("/")
    if stem != path and all(map(is_slug, segments)):
        return stem
    plain = "/".join(map(slug, splitext(path)[0].split("/")))
    return f"{plain}-{name_hash(path)}"


def name_hash(name: str) -> str:
    """Eight hexadecimal digits that tell names apart where their slugs do not."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def is_slug(text: str) -> bool:
    """Whether a text can stand in an address as it is."""
    return len(text) <= _MAX + len("-12345678") and _SLUG.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """The identity of a name: case, width and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())

"""Identifiers that follow from a name alone: slugs for addresses, hashes, and UUIDs for the ids of entries and feeds."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from functools import lru_cache
from posixpath import splitext

OF_URLS, OF_NAMES = uuid.NAMESPACE_URL.bytes, uuid.NAMESPACE_OID.bytes
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX = 80
# Signs that tell names apart ("C", "C++", "C#") are spelt out.
_SPOKEN = {"+": "-plus", "#": "-sharp", "&": "-and-", "@": "-at-", "%": "-percent"}
_LEADING_DOT = re.compile(r"(?<![^\s])\.(?=\w)")


def make_slug(name: str) -> str:
    """Make the slug of a name: lower-case ASCII letters, digits and single hyphens.

    Other scripts are transliterated; a name that leaves nothing, or too much,
    is told apart by a hash.
    """
    text = _LEADING_DOT.sub("dot-", name)
    for sign, word in _SPOKEN.items():
        text = text.replace(sign, word)
    plain = re.sub(r"[^a-z0-9]+", "-", _transliterate(text).lower()).strip("-")
    if not plain:
        return f"x-{hash_name(name)}"
    if len(plain) > _MAX:
        return f"{plain[:_MAX].rstrip('-')}-{hash_name(name)}"
    return plain


def _transliterate(text: str) -> str:
    if text.isascii():
        return text
    # Loaded for the first name in another script.
    from anyascii import anyascii

    return anyascii(text)


def make_path_slug(path: str) -> str:
    """The slug of a file: its path without ``.md`` where that is one already, segment by segment.

    Any other path is made one, and told apart from all others by a hash.
    """
    stem = path.removesuffix(".md")
    segments = stem.split("/")
    if stem != path and all(map(is_slug, segments)):
        return stem
    plain = "/".join(map(make_slug, splitext(path)[0].split("/")))
    return f"{plain}-{hash_name(path)}"


def hash_name(name: str) -> str:
    """Eight hexadecimal digits that tell names apart where their slugs do not."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def is_slug(text: str) -> bool:
    """Whether a text can stand in an address as it is."""
    return len(text) <= _MAX + len("-12345678") and _SLUG.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """The identity of a name: case, width and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def make_uuid(namespace: bytes, name: str) -> str:
    """The name-based UUID of version 5 (RFC 9562, 5.5), written as a URN. The :mod:`uuid` module takes three times as long."""
    digest = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    figures = digest.hex()
    parts = (figures[:8], figures[8:12], figures[12:16], figures[16:20], figures[20:])
    return f"urn:uuid:{'-'.join(parts)}"

"""Makes identifiers that depend on a name alone: slugs, hashes and UUIDs."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from functools import lru_cache
from posixpath import splitext

from feeds.lib.text.urls import canonicalise, make_page_key

OF_URLS, OF_NAMES = uuid.NAMESPACE_URL.bytes, uuid.NAMESPACE_OID.bytes
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX = 80
# Signs that tell names apart ("C", "C++", "C#") are spelled out.
_SPOKEN = {"+": "-plus", "#": "-sharp", "&": "-and-", "@": "-at-", "%": "-percent"}
# RFC 3986. Validators demand that Atom's ids are such; RSS and JSON Feed take any text.
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_LONGEST_ID = 1000
_LEADING_DOT = re.compile(r"(?<![^\s])\.(?=\w)")


def make_slug(name: str) -> str:
    """Make the slug of a name: lower-case ASCII letters, digits and single hyphens.

    Other scripts are transliterated. A name that leaves nothing or too much gets a hash.
    """
    # Most names are words of ASCII: there may be a hundred thousand.
    words = name.replace(" ", "-")
    if len(words) <= _MAX and _SLUG.fullmatch(words):
        return words
    text = _LEADING_DOT.sub("dot-", name)
    for sign, word in _SPOKEN.items():
        text = text.replace(sign, word)
    plain = re.sub(r"[^a-z0-9]+", "-", transliterate(text).lower()).strip("-")
    if not plain:
        return f"x-{hash_name(name)}"
    if len(plain) > _MAX:
        return f"{plain[:_MAX].rstrip('-')}-{hash_name(name)}"
    return plain


def transliterate(text: str) -> str:
    """Return a text in ASCII letters, whatever its script."""
    if text.isascii():
        return text
    # Loaded for the first name in another script.
    from anyascii import anyascii

    return anyascii(text)


def make_path_slug(path: str) -> str:
    """Return a file's slug: its path without ``.md`` if all its parts are slugs.

    Any other path is made into slugs and gets a hash, which no other path has.
    """
    stem = path.removesuffix(".md")
    segments = stem.split("/")
    if stem != path and all(map(is_slug, segments)):
        return stem
    plain = "/".join(map(make_slug, splitext(path)[0].split("/")))
    return f"{plain}-{hash_name(path)}"


def hash_name(name: str) -> str:
    """Return eight hexadecimal digits that tell names with the same slug apart."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def is_slug(text: str) -> bool:
    """Return whether a text can be part of an address unchanged."""
    return len(text) <= _MAX + len("-12345678") and _SLUG.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Return a name's identity, ignoring case, width and white space."""
    if name.isascii():
        return " ".join(name.lower().split())
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def make_uuid(namespace: bytes, name: str) -> str:
    """Return the UUID of version 5 of a name (RFC 9562, 5.5) as a URN.

    The :mod:`uuid` module takes three times as long.
    """
    octets = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    figures = octets.hex()
    parts = (figures[:8], figures[8:12], figures[12:16], figures[16:20], figures[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def make_entry_ids(own: str, url: str, path: str = "") -> tuple[str, str]:
    """Return an entry's id, independent of host, title and date, and its guid.

    See RFC 4287, 4.2.6. The author's ``own`` id stays as it is. Atom demands a URI: if it is not one, Atom has
    one that is made of it, and the guid is the author's. One that may hold a secret, or that is very long,
    is in no format. Without an own one, the id is made of the address, else of the ``path`` of the
    article's file.
    """
    if not own:
        return make_uuid(OF_URLS, make_page_key(url) if url else f"file:{path}"), ""
    is_address = own[:4].lower() == "http"
    if len(own) > _LONGEST_ID or (is_address and "@" in own and canonicalise(own) is None):
        return make_uuid(OF_NAMES, own), ""
    if _URI.fullmatch(own) and not (is_address and canonicalise(own) is None):
        return own, ""
    return make_uuid(OF_NAMES, own), own

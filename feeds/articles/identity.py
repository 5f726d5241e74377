"""The id of an entry: decided once, by the article alone."""

from __future__ import annotations

import hashlib
import re
import uuid

from feeds.articles.fields import Fields
from feeds.text import urls

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+")
_LONGEST = 1000


def identity(fields: Fields, url: str, path: str) -> str:
    """The entry's id, decided by the article alone (RFC 4287, 4.2.6): never by host, title or date."""
    own = fields.text("id")
    if own:
        return own if _is_uri(own) else _urn(uuid.NAMESPACE_OID.bytes, own)
    name = urls.identity(url) if url else f"file:{path}"
    return _urn(uuid.NAMESPACE_URL.bytes, name)


def _urn(namespace: bytes, name: str) -> str:
    """The name-based UUID of version 5 (RFC 9562, 5.5), written as a URN."""
    digest = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    figures = digest.hex()
    parts = (figures[:8], figures[8:12], figures[12:16], figures[16:20], figures[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def _is_uri(text: str) -> bool:
    """Whether a text is a URI that can be an id as it stands."""
    if len(text) > _LONGEST or not _URI.fullmatch(text):
        return False
    return not text.lower().startswith("http") or urls.canonical(text) == text

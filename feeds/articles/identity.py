"""The id of an entry: decided once, by the article alone."""

from __future__ import annotations

import re
import uuid

from feeds.articles.fields import Fields
from feeds.text import urls

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+")


def identity(fields: Fields, url: str, path: str) -> str:
    """The entry's id, decided by the article alone (RFC 4287, 4.2.6): never by host, title or date."""
    own = fields.text("id")
    if own:
        return own if _is_uri(own) else f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, own)}"
    name = urls.identity(url) if url else f"file:{path}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _is_uri(text: str) -> bool:
    """Whether a text is a URI that can be an id as it stands."""
    if not _URI.fullmatch(text):
        return False
    return not text.lower().startswith("http") or urls.canonical(text) == text

"""The id of an entry: decided once, by the article alone."""

from __future__ import annotations

import re

from feeds.articles.fields import Fields
from feeds.lib.text import urls
from feeds.lib.text.uuids import OF_NAMES, OF_URLS, named

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+")
_LONGEST = 1000


def identity(fields: Fields, url: str, path: str) -> str:
    """The entry's id, decided by the article alone (RFC 4287, 4.2.6): never by host, title or date."""
    own = fields.text("id")
    if own:
        return own if _is_uri(own) else named(OF_NAMES, own)
    name = urls.identity(url) if url else f"file:{path}"
    return named(OF_URLS, name)


def _is_uri(text: str) -> bool:
    """Whether a text is a URI that can be an id as it stands."""
    if len(text) > _LONGEST or not _URI.fullmatch(text):
        return False
    return not text.lower().startswith("http") or urls.canonical(text) == text

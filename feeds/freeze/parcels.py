"""A document as it is kept in an object store: its bytes, and the headers that it is sent with."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from feeds.compression import compress
from feeds.config import Config
from feeds.headers import content_type, document_cache
from feeds.model import Document
from feeds.publisher import etag


class Parcel(Struct, frozen=True):
    """What is to stand in the place of a file; ``tag`` tells it from others, by headers too."""

    file: str
    body: bytes
    headers: dict[str, str]
    codings: tuple[str, ...]
    tag: str

    def packed(self) -> tuple[bytes, dict[str, str]]:
        """The bytes and headers to send: compressed, where that is wanted and makes them fewer."""
        for coding in self.codings:
            smaller = compress(self.body, coding)
            if len(smaller) < len(self.body):
                return smaller, {**self.headers, "Content-Encoding": coding}
        return self.body, self.headers


def parcel(file: str, document: Document, config: Config) -> Parcel:
    """A document with the headers that the application would send it with."""
    headers = {
        "Content-Type": content_type(document.media_type),
        "Cache-Control": document_cache(config, final=document.final),
    }
    codings = config.output.compress
    tag = etag(msgspec.json.encode((document.etag, headers, codings)))
    return Parcel(file, document.body, headers, codings, tag)

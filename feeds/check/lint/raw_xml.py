"""The bytes that XML elements were written with, which a parsed document no longer shows."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat


def raw_elements(body: bytes, names: Mapping[str, object]) -> list[bytes]:
    """The bytes of every element, in the order of the document; empty where the name is not wanted.

    Empty for a document that declares its own entities, or that is no UTF-8 or UTF-16.
    """
    if b"<!DOCTYPE" in body:
        return []
    found: list[bytes] = []
    starts: list[tuple[int, int]] = []
    parser = expat.ParserCreate()

    def start(name: str, _attributes: object) -> None:
        if name in names:
            starts.append((len(found), parser.CurrentByteIndex))
        found.append(b"")

    def end(name: str) -> None:
        if name in names:
            number, begin = starts.pop()
            found[number] = body[begin : parser.CurrentByteIndex]

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's own interface
    except (expat.ExpatError, ValueError):
        return []
    return found

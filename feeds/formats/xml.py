"""XML as text: entries are put together from it, which takes a quarter of the time of a tree."""

from __future__ import annotations

# XML 1.0 (section 2.2) allows no other below the space than tab, line feed and carriage return.
_FORBIDDEN = bytes(sorted({*range(0x20)} - {0x09, 0x0A, 0x0D}))
_FFFE, _FFFF = "\ufffe", "\uffff"


def text(value: str) -> str:
    """Text as it stands in an element (XML 1.0, 2.4)."""
    # Most text has none of these signs, and asking is quicker than replacing.
    if "&" in value or "<" in value or ">" in value:
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\r", "&#13;") if "\r" in value else value


def quoted(value: str) -> str:
    """Text as it stands in double quotes in a tag; white space stays as it is (XML 1.0, 3.3.3)."""
    return text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def styled(document: bytes, style: str) -> bytes:
    """A document, or its beginning, that names its style sheet (xml-stylesheet, 1.0) after its declaration."""
    if not style:
        return document
    declaration, end, rest = document.partition(b"?>\n")
    instruction = f'<?xml-stylesheet type="text/css" href="{quoted(style)}"?>\n'
    return declaration + end + instruction.encode() + rest


def encoded(xml: str) -> bytes:
    """XML in UTF-8. Raises :class:`ValueError` where it has a character that no document may hold."""
    written = xml.encode()
    if len(written.translate(None, _FORBIDDEN)) < len(written) or _FFFE in xml or _FFFF in xml:
        raise ValueError("a character that XML forbids")
    return written

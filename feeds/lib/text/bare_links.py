"""Finds addresses that stand bare in Markdown (GFM, 6.9, "Autolinks (extension)"), and writes them as links.

The text has one character for each byte of UTF-8, as the engine counts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# What ends an address in practice: quotation marks and full stops of all scripts, in UTF-8.
_WIDE = (
    r"\xe2\x80[\x98-\x9f\xa6\xb9\xba]|\xe3\x80[\x81\x82\x88-\x91\x94-\x9b]|"
    r"\xef\xbc[\x81\x88\x89\x8c\x9a\x9b\x9f]|\xc2[\xa0\xab\xbb]"
)
# Each pattern begins with what Python looks for fast; what may be before it is asked afterwards.
_ADDRESS = re.compile(
    rf"(?:https?://|www\.)[A-Za-z0-9\x80-\xff](?:(?!{_WIDE})[^\s<>\[\]`\"\x00-\x1f\x7f])*+", re.ASCII
)
_HOST = re.compile(r"@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++", re.ASCII)
_LOCAL = re.compile(r"(?:(?<![A-Za-z0-9<])(?:mailto|xmpp):|(?<![A-Za-z0-9._+/@:<=-]))[A-Za-z0-9._+-]++\Z")
_LONGEST_LOCAL = 80
_BEFORE_WWW = ("", " ", "\t", "\n", "\r", "*", "_", "~", "(", "|")
_IN_LINK = ("](", '="', "='")
_SHORTEST = len("www.a")
_ENTITY = re.compile(r"&#?[A-Za-z0-9]+;")
_LAST_ENTITY = re.compile(r"&#?[A-Za-z0-9]+;\Z")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS, _ESCAPE = re.compile(r"([\\`*_~$|&])"), r"\\\1"


class Bare(NamedTuple):
    """What may be a bare address: some are in code or in links."""

    start: int
    written: str


def find_bare_links(text: str) -> list[Bare]:
    """Return what may be bare addresses, in their order."""
    found: list[Bare] = []
    if "://" in text or "www." in text:
        found += (Bare(m.start(), m[0]) for m in _ADDRESS.finditer(text) if _may_begin(text, m))
    if "@" in text:
        for host in _HOST.finditer(text):
            before = text[max(0, host.start() - _LONGEST_LOCAL) : host.start()]
            if local := _LOCAL.search(before):
                found.append(Bare(host.start() - len(local[0]), local[0] + host[0]))
        found.sort()
    return found


def _may_begin(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 2) : found.start()]
    last = before[-1:]
    if found[0].startswith("www."):
        return last in _BEFORE_WWW
    # Not the address in "](https://", '="https://' or "<https://".
    return not (last.isalnum() and last.isascii()) and last not in ("<", "=") and before not in _IN_LINK


def write_link(found: Bare, limit: int) -> tuple[int, int, str] | None:
    """Return the edit that makes a link of an address that ends at ``limit`` at last; None if it is none."""
    start, written = found.start, found.written[: limit - found.start]
    is_web = written.startswith("www.")
    if not is_web and not written.startswith("http"):
        return None if written.endswith("-") else (start, start + len(written), f"<{written}>")
    written = _trim(written)
    address = _ESCAPED.sub(r"\1", written).replace("&amp;", "&")
    if "\\" in address or _ENTITY.search(address) or len(written) < _SHORTEST:
        return None
    end = start + len(written)
    if is_web:
        return start, end, f"[{_MARKS.sub(_ESCAPE, address)}](<http://{address}>)"
    return start, end, f"<{address}>"


def _trim(address: str) -> str:
    """Leave off what ends the sentence, not the address."""
    surplus = address.count(")") - address.count("(")
    while address:
        last = address[-1]
        if last == ")" and surplus > 0:
            surplus -= 1
        elif last == ";" and (entity := _LAST_ENTITY.search(address[-40:])):
            address = address[: len(address) - len(entity[0]) + 1]
        elif last not in "?!.,:*_~';\\":
            break
        address = address[:-1]
    return address

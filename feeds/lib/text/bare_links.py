"""Finds bare addresses in Markdown (GFM, 6.9), and writes them as links.

The text has one character for each byte of UTF-8, as the engine counts. Most addresses are in code or in links, or
so simple that the engine copies them into its HTML. A sign before them tells there where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

# What ends an address in practice: quotation marks and full stops of all scripts, in UTF-8.
_WIDE = (
    r"\xe2\x80[\x98-\x9f\xa6\xb9\xba]|\xe3\x80[\x81\x82\x88-\x91\x94-\x9b]|"
    r"\xef\xbc[\x81\x88\x89\x8c\x9a\x9b\x9f]|\xc2[\xa0\xab\xbb]"
)
# Each pattern begins with what Python looks for fast; what may be before it is asked afterwards.
_REST = rf"[A-Za-z0-9\x80-\xff](?:[!#-;=?-Z\\^_a-~]++|(?!{_WIDE})[\x80-\xff])*+"
_WITH_SCHEME, _WITHOUT_SCHEME = re.compile(rf"https?://{_REST}"), re.compile(rf"www\.{_REST}")
# The beginnings of those that ``_may_begin`` may like. In a text of links there is none, which this tells at once.
_MAYBE_BARE = (
    re.compile(r"""http(?<![A-Za-z0-9<=]http)(?<!\]\(http)(?<!="http)(?<!='http)s?://"""),
    re.compile(r"www(?<![^ \t\n\r*_~(|]www)\."),
)
# "[name]: https://example.org" defines a link if a line before it is empty or such a definition.
_LABEL = re.compile(r" {0,3}\[[^\[\]\\\n^ \t!][^\[\]\\\n]*+\]:[ \t]*+")
_AFTER_DEFINED = re.compile(r"(?:[ \t]++(?:\"[^\"\\\n]*+\"|'[^'\\\n]*+'))?[ \t]*+(?:\n(?![ \t]*[:\"'(])|\Z)")
_LONGEST_LABEL = 900
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
# Before an address that is simple, and before others: characters for private use, which no text has side by side. To
# the engine, they are letters.
_SIGN, _SIMPLE_NEXT, _OTHER_NEXT = "\ue0f8", "\uf8a4", "\uf8a5"
_SIGN_BYTES, _SIMPLE_BYTES, _OTHER_BYTES = (
    sign.encode().decode("latin-1") for sign in (_SIGN, _SIGN + _SIMPLE_NEXT, _SIGN + _OTHER_NEXT)
)
_ANY_SIGN = re.compile("|".join(map(quote, (_SIGN + _SIMPLE_NEXT, _SIGN + _OTHER_NEXT))))
# The engine has such an address in its HTML as it is, and no character in it or beside it can be one of Markdown.
_PERSON = r"[A-Za-z0-9]++(?:[.+-][A-Za-z0-9]++)*+@(?:[A-Za-z0-9][A-Za-z0-9-]{0,58}\.)+[A-Za-z]+"
_PAGE = r"(?:https?://|www\.)(?:[A-Za-z0-9:/.?#=%+,@!()-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])"
_SIMPLE_WRITTEN = re.compile(rf"{_PAGE}|&)++|{_PERSON}")
_SIMPLE_IN_HTML = re.compile(rf"{_PAGE}|&amp;)++|{_PERSON}")
_MARKDOWN = frozenset("*_~$\\")
# In these, no address becomes a link. None of them is in another one of its kind.
_CLOSED = (("<a ", "</a>"), ("<code", "</code>"), ("<span ", "</span>"), ("<!--", "-->"))


class Bare(NamedTuple):
    """What may be a bare address: some are in code or in links."""

    start: int
    written: str


def find_bare_links(text: str) -> list[Bare]:
    """Return what may be bare addresses, in their order."""
    found: list[Bare] = []
    place = defined = 0
    for match in _list_addresses(text):
        if match.start() < place:
            continue
        place = match.end()
        if not _may_begin(text, match):
            continue
        if end := _find_definition_end(text, match, defined):
            defined = end
        else:
            found.append(Bare(match.start(), match[0]))
    if "@" in text:
        for host in _HOST.finditer(text):
            before = text[max(0, host.start() - _LONGEST_LOCAL) : host.start()]
            if local := _LOCAL.search(before):
                found.append(Bare(host.start() - len(local[0]), local[0] + host[0]))
        found.sort()
    return found


def _list_addresses(text: str) -> Iterator[re.Match[str]]:
    """List addresses of the web, some of them in others, in their order.

    Lines without an address that may be a bare one are left out.
    """
    for start, end in sorted({line for form in _MAYBE_BARE for line in _find_lines(text, form)}):
        with_scheme = _WITH_SCHEME.finditer(text, start, end)
        # Two patterns, because one for both takes four times as long.
        yield from sorted((*with_scheme, *_WITHOUT_SCHEME.finditer(text, start, end)), key=re.Match.start)


def _find_lines(text: str, form: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where each line with a form begins and ends."""
    end = 0
    while (found := form.search(text, end)) is not None:
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        yield start, end


def _may_begin(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 2) : found.start()]
    last = before[-1:]
    if found[0].startswith("www."):
        return last in _BEFORE_WWW
    # Not the address in "](https://", '="https://' or "<https://".
    return not (last.isalnum() and last.isascii()) and last not in ("<", "=") and before not in _IN_LINK


def _find_definition_end(text: str, found: re.Match[str], defined: int) -> int:
    """Return the end of the link definition that an address surely is in, 0 for none.

    ``defined`` is where the one before it ends.
    """
    start = found.start()
    if text[start - 1 : start] not in (" ", "\t", ":"):
        return 0
    line = text.rfind("\n", max(0, start - _LONGEST_LABEL), start) + 1
    if not line or not _LABEL.fullmatch(text, line, start):
        return 0
    if line != defined and text[text.rfind("\n", 0, line - 1) + 1 : line].strip():
        return 0
    after = _AFTER_DEFINED.match(text, found.end())
    return after.end() if after else 0


def write_link(found: Bare, limit: int) -> tuple[int, int, str] | None:
    """Return the edit that links an address, which ends by ``limit``; None if none."""
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


def mark_links(text: str, links: Iterable[Bare]) -> str | None:
    """Return a text with our sign before addresses, None if that changes its meaning."""
    if _SIGN_BYTES in text:
        return None
    parts: list[str] = []
    place = end = 0
    for start, written in links:
        if start < end or not written[0].isalnum():
            return None
        end = start + len(written)
        is_simple = (
            text[start - 1 : start] not in _MARKDOWN
            and text[end : end + 1] not in _MARKDOWN
            and _SIMPLE_WRITTEN.fullmatch(written)
        )
        parts += text[place:start], _SIMPLE_BYTES if is_simple else _OTHER_BYTES
        place = start
    return "".join([*parts, text[place:]])


def link_marked(html: str) -> str | None:
    """Return the engine's HTML of a marked text, with links; None if it is unclear.

    All tags in it are of the engine, which has escaped the values of attributes, or simple ones without any.
    """
    before, *rest = html.split(_SIGN)
    parts = [before]
    is_in_tag, closed = False, [False] * len(_CLOSED)
    for signed in rest:
        end = before.rfind(">")
        is_in_tag = before.find("<", end + 1) >= 0 or (is_in_tag and end < 0)
        closed = [
            _is_open(before, *names, was_open=was_open)
            for names, was_open in zip(_CLOSED, closed, strict=True)
        ]
        before = signed[1:]
        if is_in_tag or any(closed):
            parts.append(before)
            continue
        found = _SIMPLE_IN_HTML.match(before)
        if found is None or signed[0] != _SIMPLE_NEXT:
            return None
        shown = _trim_simple(found[0])
        if shown:
            parts.append(f'<a href="{_find_scheme(shown)}{shown}">{shown}</a>')
        parts.append(before[len(shown) :])
    return _ANY_SIGN.sub("", "".join(parts))


def _trim_simple(written: str) -> str:
    """Leave off what ends the sentence; return "" if there is no address."""
    if not written.startswith(("http", "www.")):
        return written
    address = _trim(written.replace("&amp;", "&"))
    return address.replace("&", "&amp;") if len(address) >= _SHORTEST else ""


def _find_scheme(address: str) -> str:
    if address.startswith("http"):
        return ""
    return "http://" if address.startswith("www.") else "mailto:"


def _is_open(html: str, begin: str, end: str, *, was_open: bool) -> bool:
    """Return whether an element is open at the end of a part of HTML."""
    place = html.rfind(end)
    return html.find(begin, place + 1) >= 0 or (was_open and place < 0)


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

"""Finds addresses that are surely written wrong, and what they were meant to be.

Any text is a relative reference (RFC 3986, section 4.2), so that "www.example.org/post" would lead to a page of
the own site. Here is what nobody means by a relative address.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from urllib.parse import unquote

from feeds.lib.text.plain import shorten
from feeds.lib.text.urls import EDGES, canonicalise

# Country codes (ISO 3166-1 and those of IANA), and the other top-level domains that people use most.
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf"
    " cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf"
    " gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki"
    " km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx"
    " my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc"
    " sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us"
    " uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw рф укр бел 中国 香港 台湾"
)
_OTHERS = (
    "academy aero africa agency app art asia berlin bio biz blog bzh care cat center church city cloud club college com"
    " community company coop design dev digital earth eco edu education email energy eus example expert film foundation"
    " fun gal gallery games gov green group guide hamburg health house inc info institute int international jobs koeln"
    " law life link live llc london ltd love media mil mobi museum name net network news nyc one online org page paris"
    " photography photos press pro quebec radio review run school science scot services shop site social software"
    " solutions space store studio style support swiss systems team tech test today tokyo top town travel university"
    " vip wales website wien wiki work works world xxx xyz zone"
)
_DOMAINS = frozenset(f"{_COUNTRIES} {_OTHERS}".split())
# These end names of files too. So what ends in one is a host only if a path follows:
# "post.md#part" is a part of a file.
_ENDINGS = frozenset(
    ("ai", "cc", "in", "la", "md", "mk", "ml", "mm", "pl", "pm", "ps", "py", "rs", "sh", "so", "st", "tf")
)
_HOST = re.compile(r"((?:[\w-]+\.)+)([^\W\d_]{2,}|xn--[\w-]+)\.?(:\d{1,5})?")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|localhost(?::\d{1,5})?")
_WWW = re.compile(r"www\d?\.[\w-]+\.", re.IGNORECASE)
_FIRST_PART = re.compile(r"[^/?#]*")
_MAIL = re.compile(r"[^\s@/:]+@(?:[\w-]+\.)+\w{2,}")
# "http" with letters too many, too few or in another order, and what people write in place of "://".
_SCHEME = re.compile(
    r"\s*(?:([htps]{2,9})\s*(?:[:;.]*\s*/{2,}|:+(?!\d)\s*/*|/(?=www\d?\.))|(:/+|//(?=[htps]{3,9}:)))\s*",
    re.IGNORECASE,
)
# Signs of East Asian keyboards.
_WIDE_SCHEME = re.compile("^(https?)[:\uff1a][/\uff0f]{2}", re.IGNORECASE)
_SOUND = re.compile(r"https?://(?![/\s])", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+-]*:(?!\s)")
_HTTP_INSIDE = re.compile(r"(?<![A-Za-z])https?(?::/|//)", re.IGNORECASE)
_MARKDOWN = re.compile(r"!?\[[^\]]*\]\(\s*<?(\S+?)>?(?:\s+[^)]*)?\)")
_ELEMENT = re.compile(r"<(?:a|img)\s[^>]*?(?:href|src)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
# Quotation marks that end, each with those that begin.
_QUOTES = {
    "\u2018": "\u201a", "\u2019": "\u2018\u201a", "\u201c": "\u201e", "\u201d": "\u201c\u201e", "\u00bb": "\u00ab",
    "\u203a": "\u2039", "\u300d": "\u300c",
}  # fmt: skip
_OPENING = "\"'`*<([{\u00ab\u2018\u201a\u201c\u201d\u201e\u2039\u300c"
_CLOSING = "\"'`*>\u00bb\u2018\u2019\u201c\u201d\u203a\u300d,;"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_FULL_STOP = re.compile(r"\.(?:html?|php|aspx?|pdf|jpe?g|png|gif|webp|svg|mp[34])\.", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Two addresses in one. In an archive's and in a query, another one stands by itself.
_ANOTHER = re.compile(r"\s\S*://|[\w.-]https?://", re.IGNORECASE)
_ANY_BASE = "https://base.invalid/"
_NAMED_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_IGNORED_IN_URLS = re.compile(r"[\x00-\x20\x7f\u00a0\u200b\ufeff]+")
_LONGEST_QUOTED = 80
_CUT_OFF = ("\u2026", "...")


def find_meant(written: str) -> str | None:
    """Return what a mistyped address meant, "" if unclear, None if it is no mistake."""
    text = written.strip(EDGES)
    if _TEMPLATE.search(text) or text.endswith(_CUT_OFF) or _MAIL.fullmatch(text):
        return ""
    meant = _mend(text)
    if _SOUND.match(meant) and _ANOTHER.search(meant):
        return ""
    if meant == text:
        return None
    return (canonicalise(meant) or "") if "://" in meant or _ANY_SCHEME.match(meant) else meant


def find_fault(address: str, schemes: AbstractSet[str]) -> str:
    """Return why nobody can open a link's or picture's address, "" if they can.

    ``schemes`` are those that a feed may have.
    """
    match = _NAMED_SCHEME.match(_IGNORED_IN_URLS.sub("", address))
    scheme = match[1].lower() if match else ""
    is_web = scheme in ("", "http", "https")
    meant = find_meant(address) if is_web or scheme not in schemes else None
    if scheme and scheme not in schemes:
        fault = f"with {scheme}:"
    elif meant or (is_web and canonicalise(address, _ANY_BASE) is None):
        fault = "without a usable address"
    else:
        return ""
    return f"{fault} ({shorten(meant, _LONGEST_QUOTED)} is meant)" if meant else fault


def unescape_address(address: str) -> str:
    """Return an address as its author wrote it, without the escapes of Markdown."""
    plain = unquote(address)
    return address if plain.isascii() else plain


def _mend(text: str) -> str:
    text = _unwrap(_INVISIBLE.sub("", text))
    text = _WIDE_SCHEME.sub(r"\1://", text)
    if "\\" in text:
        text = text.replace("\\", "/")
    if _SOUND.match(text) and not _SCHEME.match(text, text.index("//") + 2):
        return _close_host(text)
    if prefix := _SCHEME.match(text):
        return _mend_scheme(text, prefix)
    if _is_host(text):
        return f"https://{text}"
    if (
        not _ANY_SCHEME.match(text)
        and (inside := _HTTP_INSIDE.search(text))
        and not {"?", "#"} & {*text[: inside.start()]}
    ):
        return _mend(text[inside.start() :])
    return text


def _unwrap(text: str) -> str:
    """Return an address without the markup, quotation marks and punctuation around it."""
    if match := _MARKDOWN.fullmatch(text) or _ELEMENT.match(text):
        text = match[1]
    text = text.lstrip(_OPENING)
    while text and ((text[-1] in _CLOSING and not _is_quotation(text)) or _is_unbalanced(text)):
        text = text[:-1].rstrip()
    return text[:-1] if text.endswith(".") and _FULL_STOP.search(text, max(0, len(text) - 6)) else text


def _is_quotation(text: str) -> bool:
    """Return whether a text ends with words in quotation marks, such as “Heroes”."""
    return any(sign in text for sign in _QUOTES.get(text[-1], ""))


def _is_unbalanced(text: str) -> bool:
    opening = _BRACKETS.get(text[-1])
    return opening is not None and text.count(text[-1]) > text.count(opening)


def _close_host(text: str) -> str:
    """Return an address without white space in its host."""
    scheme, _, rest = text.partition("://")
    host = _FIRST_PART.match(rest)
    return text if host is None else f"{scheme}://{''.join(host[0].split())}{rest[host.end() :]}"


def _mend_scheme(text: str, prefix: re.Match[str]) -> str:
    """Return an address with one scheme in place of all that it begins with."""
    name, place = "", 0
    found: re.Match[str] | None = prefix
    while found is not None and found.end() > place:
        name, place = found[1] or name, found.end()
        found = _SCHEME.match(text, place)
    scheme = "http" if name and "s" not in name.lower() else "https"
    rest = text[place:]
    return _close_host(f"{scheme}://{rest}") if _is_host(rest) or "." in _get_first_part(rest) else ""


def _is_host(text: str) -> bool:
    """Return whether a text begins with a host, not a file's or folder's name."""
    first = _get_first_part(text)
    if _WWW.match(first) or _ADDRESS.fullmatch(first.lower()):
        return True
    match = _HOST.fullmatch(first)
    if match is None:
        return False
    domain = match[2].lower()
    followed = text.startswith("/", len(first)) or match[3] is not None
    return (domain in _DOMAINS or domain.startswith("xn--")) and (followed or domain not in _ENDINGS)


def _get_first_part(text: str) -> str:
    match = _FIRST_PART.match(text)
    return match[0] if match else ""

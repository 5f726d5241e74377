"""Makes absolute, canonical http(s) URLs in ASCII (RFC 3986, sections 5 and 6)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

_HOSTLESS = re.compile(r"https?:/*", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"#<>[\\\]^`{|}]|[^\x00-\x7f]")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
# Most URLs match this and are canonical already: no capital in the host, no port, no dot segment, no escape.
_LABEL = r"(?!-)[a-z0-9-]{1,63}+(?<!-)"
_QUERY = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|%[0-9A-Fa-f]{2})++"
_PATH = rf"/(?:[A-Za-z0-9_~!$&()*+,;=:@/-]++|%[0-9A-Fa-f]{{2}}|(?<!/)\.)*+(?:\?{_QUERY})?"
_FRAGMENT = rf"\#{_QUERY}"
_DOMAIN = rf"(?:{_LABEL}\.)++[a-z]{{2,63}}"
CANONICAL = rf"https?://{_DOMAIN}{_PATH}(?:{_FRAGMENT})?"
_CANONICAL = re.compile(CANONICAL)
_CANONICAL_DOMAIN = re.compile(rf"(?!www\.){_DOMAIN}")
# Of relative URLs, those that begin at the root and those within an article are as simple.
_FROM_ROOT = re.compile(rf"(?!//){_PATH}(?:{_FRAGMENT})?")
_WITHIN = re.compile(_FRAGMENT)
EDGES = "".join(map(chr, range(33))) + "\u00a0\u200b\ufeff"
# RFC 1035, section 2.3.4, less a few: a host becomes the name of a file, with an ending.
_MAX_HOST, _MAX_LABEL = 240, 63
# Servers refuse longer request lines. A host may be followed by a port.
_MAX_URL, _MAX_AUTHORITY = 8000, _MAX_HOST + len(":65535")
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")
_DEFAULT_PORT = {"http": 80, "https": 443}


def canonicalise(url: str, base: str = "") -> str | None:
    """Return the absolute, canonical form of ``url``, None if it is no http(s) URL.

    A relative URL is resolved against ``base``. Characters that a URI may not hold are
    percent-encoded, and an internationalised host is written in ASCII. A URL with a user
    name is refused, because it might publish a secret.
    """
    if len(url) > _MAX_HOST:
        return resolve(url, base)
    if _CANONICAL.fullmatch(url):
        return url
    if url[:1] in {"/", "#"} and _CANONICAL.fullmatch(base):
        if _FROM_ROOT.fullmatch(url):
            return base[: base.index("/", len("https://"))] + url
        if _WITHIN.fullmatch(url):
            return base.partition("#")[0] + url
    return resolve(url, base)


def place_below(url: str, site: str) -> str:
    """Return the address below a site of a path from the root; other URLs unchanged.

    A site may be below a path of its host, such as ``https://example.org/site/``. Jekyll puts that path
    before such a URL; one that begins with it already is meant as it is.
    """
    path = url.lstrip(EDGES)
    if path[:1] != "/" or path[1:2] in ("/", "\\"):
        return url
    scheme, _, host, below = site.split("/", 3)
    is_whole = f"{path}/".startswith(f"/{below}")
    return f"{scheme}//{host}{path}" if is_whole else site + path[1:]


def resolve(url: str, base: str) -> str | None:
    """Return what :func:`canonicalise` returns, step by step."""
    text = url.strip(EDGES)
    if not text or len(text) > _MAX_URL or _HOSTLESS.fullmatch(text) or _has_long_host(text):
        return None
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    host = _encode_host(parts.hostname or "")
    if scheme not in _DEFAULT_PORT or host is None or "@" in parts.netloc:
        return None
    netloc = host if port in (None, _DEFAULT_PORT[scheme]) else f"{host}:{port}"
    path = _escape(remove_dot_segments(parts.path)) or "/"
    return urlunsplit((scheme, netloc, path, _escape(parts.query), _escape(parts.fragment)))


def _has_long_host(text: str) -> bool:
    """Return whether a URL names a host so long that it cannot be one in ASCII either.

    Looked for before anything reads it, because the time to normalise text grows with the square of the
    number of marks in a row.
    """
    if len(text) <= _MAX_HOST or text.isascii():
        return False
    # All readers of URLs drop these characters wherever they are.
    match = _AUTHORITY.match(text.translate({9: None, 10: None, 13: None}))
    return match is not None and len(match[1]) > _MAX_AUTHORITY


def make_page_key(url: str) -> str:
    """Return a key that is equal for URLs of one page: http and https do not differ."""
    return "https:" + url.partition(":")[2]


@lru_cache(maxsize=4096)
def canonicalise_domain(name: str) -> str | None:
    """Return the canonical form of a domain, without ``www.``; None if it is not one."""
    if len(name) <= _MAX_HOST and _CANONICAL_DOMAIN.fullmatch(name):
        return name
    return resolve_domain(name)


def resolve_domain(name: str) -> str | None:
    """Return what :func:`canonicalise_domain` returns, step by step."""
    text = name.strip().lower().rstrip("./")
    text = text.partition("://")[2] if "://" in text else text
    host = _encode_host(text.removeprefix("www."))
    return host if host and "." in host and "[" not in host else None


def _encode_host(host: str) -> str | None:
    if len(host) > _MAX_HOST:
        return None
    if "%" in host and not (plain := unquote(host)).isascii():
        # Renderers of Markdown escape an internationalised host as if it were a path; browsers undo it.
        host = plain
    host = host.lower()
    if not host.isascii():
        # Loaded for the first host in another script.
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    if ":" in host:
        host = f"[{host}]"
    if not _HOST.fullmatch(host) or ".." in host:
        return None
    sound = len(host) <= _MAX_HOST and all(len(label) <= _MAX_LABEL for label in host.split("."))
    return host if sound else None


def _escape(text: str) -> str:
    text = _PERCENT.sub("%25", text)
    return _UNSAFE.sub(lambda match: quote(match[0].encode("utf-8", "replace"), safe=""), text)


def remove_dot_segments(path: str) -> str:
    """Return a path with ``.`` and ``..`` segments resolved (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if path.endswith(("/.", "/..")):
        segments.append("")
    return "/" + "/".join(segments)

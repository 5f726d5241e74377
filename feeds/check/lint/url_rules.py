"""Check URLs and ids: legal, absolute, canonical (RFC 3986, sections 2, 4 and 6)."""

from __future__ import annotations

import re

from feeds.check.lint.findings import Report
from feeds.check.lint.vocabulary import SCHEMES
from feeds.lib.text.urls import remove_dot_segments
from feeds.model import ProblemCode, Severity

UNSAFE = frozenset({"javascript", "vbscript", "data"})
_PORTS = {"http": "80", "https": "443", "ftp": "21"}
# RFC 3986, appendix B
_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LEGAL = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]")
_LITERAL_HOST = re.compile(r"(?<=//)\[[0-9A-Fa-f:.]+\]")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URN = re.compile(
    r"urn:[a-z0-9][a-z0-9-]{1,31}:(?:[a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+", re.IGNORECASE
)  # RFC 2141
_TAG = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:[A-Za-z0-9;/?:@&=+$._!~*'()%,-]*"
    r"(?:#[A-Za-z0-9;/?:@&=+$._!~*'()%,-]*)?"
)  # RFC 4151
_HTTP = re.compile(r"https?://([A-Za-z0-9-]+\.)+[A-Za-z0-9][A-Za-z0-9-]*(:\d+)?(/|$)", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def check_url(
    report: Report, field: str, value: str, *, relative: Severity = "error", iri: bool = False
) -> bool:
    """Return whether ``value`` is an absolute URL, URN or tag URI; report others.

    ``relative`` is the severity of a relative reference. ``iri`` allows letters outside ASCII
    (RFC 3987), as Atom does in links.
    """
    bare = "".join(sign for sign in value if sign.isascii()) if iri else value
    found = _find_url_error(_LITERAL_HOST.sub("host", bare, count=1))
    if found is not None or (not value and relative == "error"):
        code, reason = found or ("bad-url", "is empty")
        report.error(code, field, f'"{value}" {reason}.')
        return False
    scheme = value.partition(":")[0].lower() if _SCHEME.match(value) else ""
    if not scheme:
        report.add(
            relative, "relative-url", field, f'"{value}" is relative, which many readers cannot follow.'
        )
    elif scheme in UNSAFE:
        report.warning("unsafe-url", field, f'"{value[:80]}" is not an address that a reader will open.')
    elif scheme.isalpha() and scheme not in SCHEMES:
        report.warning("unknown-scheme", field, f'"{scheme}:" is not a registered URL scheme.')
    return bool(scheme)


def check_id(report: Report, field: str, value: str) -> None:
    """Check an Atom id: it must be absolute and canonical (RFC 4287, 4.2.6)."""
    if check_url(report, field, value):
        _check_canonical(report, field, value)


def check_link(report: Report, field: str, value: str, *, iri: bool = False) -> None:
    """Check the address of a page or a file: absolute, with a canonical host and path."""
    relative: Severity = "warning" if iri else "error"
    if check_url(report, field, value, relative=relative, iri=iri) and value[:4].lower() == "http":
        _check_canonical(report, field, value, escapes=False)


def _check_canonical(report: Report, field: str, value: str, *, escapes: bool = True) -> None:
    """Report a URL that is not canonical; programs compare characters (RFC 3986, 6.2)."""
    canonical = _canonicalise(value, escapes=escapes)
    if canonical != value:
        report.warning("non-canonical-url", field, f'"{value}" should be written "{canonical}".')


def check_http(report: Report, field: str, value: str) -> None:
    """Check an HTTP address with a full host name, as an enclosure needs it."""
    if check_url(report, field, value) and not _HTTP.match(value):
        report.error("bad-url", field, f'"{value}" is not an HTTP address with a full host name.')


def _find_url_error(value: str) -> tuple[ProblemCode, str] | None:
    """Return the code and the description of what makes a text no URL, or None."""
    if not value.isascii():
        return "non-ascii-url", "holds characters that must be percent-encoded"
    if illegal := next((sign for sign in value if not _LEGAL.fullmatch(sign)), ""):
        return "bad-url", f"holds {illegal!r}, which no URL may hold"
    scheme, _, rest = value.partition(":")
    checks = {"tag": (_TAG, "tag URI (RFC 4151)"), "urn": (_URN, "URN (RFC 2141)")}
    pattern, kind = checks.get(scheme.lower(), (None, ""))
    if value.lower().startswith("urn:uuid:"):
        pattern, kind = _UUID, "UUID"
    if pattern and not pattern.fullmatch(value):
        return "bad-url", f"is not a {kind}"
    if scheme.lower() in _PORTS and ":" in value and not re.match(r"//(?!/)", rest):
        return "bad-url", "has no host"
    return None


def _canonicalise(url: str, *, escapes: bool) -> str:
    match = _PARTS.fullmatch(url)
    assert match is not None  # noqa: S101 - the pattern matches every text
    scheme, authority, path, query, fragment = match.groups(default="")
    scheme = scheme.lower()
    if match[2] is not None:
        user, at, host = authority.rpartition("@")
        host = host.lower()
        if scheme in _PORTS:
            host = host.removesuffix(f":{_PORTS[scheme]}").removesuffix(":")
        authority = f"//{user}{at}{host}" if user not in ("", ":") else f"//{host}"
        path = remove_dot_segments(path) or "/"
    rest = path + query + fragment
    return f"{scheme}:{authority}" + (_ESCAPE.sub(_normalise_escape, rest) if escapes else rest)


def _normalise_escape(match: re.Match[str]) -> str:
    """Write an escape in capitals, or as its character if possible (RFC 3986, 6.2.2)."""
    if match[1] is None:
        return "%25"
    sign = chr(int(match[1], 16))
    return sign if _UNRESERVED.fullmatch(sign) else f"%{match[1].upper()}"

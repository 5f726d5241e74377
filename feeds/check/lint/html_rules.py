"""Check HTML in feeds: what strict parsers reject, and what readers remove."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

from feeds.check.lint.findings import Report
from feeds.check.lint.url_rules import UNSAFE
from feeds.check.lint.vocabulary import BOX_STYLES, ELEMENTS, RISKY_ELEMENTS, SAFE_ELEMENTS, STYLES
from feeds.model import ProblemCode

_URLS = frozenset({"href", "src", "poster"})
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_RISKY_VALUE = re.compile(r"\((?<!rgb\()|\d(?:rem|vw|vh)\b|[\\@<>]")


def check_html(report: Report, field: str, html: str) -> None:
    """Check HTML in an entry."""
    for code, message in _find_bad_html(html):
        report.warning(code, field, message)


def find_bad_attributes(name: str, attributes: dict[str, str]) -> Iterator[tuple[ProblemCode, str]]:
    """Yield codes and messages about scripts, styles and URLs in attributes."""
    for key, value in attributes.items():
        if key.startswith("on"):
            yield "dangerous-attribute", f'<{name}> has a script in "{key}".'
        elif key == "style" and (evil := _find_risky_style(value)):
            yield "dangerous-style", f'The style "{evil}" is removed by readers.'
        elif key in _URLS:
            yield from _find_bad_url(name, value)
        elif key == "srcset":
            for source in re.split(r",\s+", value.strip()):
                yield from _find_bad_url(name, source.partition(" ")[0])


def find_bad_element(name: str) -> Iterator[tuple[ProblemCode, str]]:
    """Yield the code and message of an element that is unknown or that readers remove."""
    if name not in ELEMENTS:
        yield "invalid-html", f"<{name}> is not an element of HTML."
    elif name in RISKY_ELEMENTS:
        yield "dangerous-html", f"<{name}> is removed by readers."


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[ProblemCode, str], None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= dict.fromkeys(find_bad_element(tag))
        if tag in SAFE_ELEMENTS:
            values = {key: value or "" for key, value in attrs}
            self.found |= dict.fromkeys(find_bad_attributes(tag, values))


@lru_cache(maxsize=1024)
def _find_bad_html(html: str) -> tuple[tuple[ProblemCode, str], ...]:
    """Return codes and messages about HTML.

    Cached, since an article is in many documents.
    """
    walker = _Walker()
    try:
        walker.feed(html)
        walker.close()
    except AssertionError:  # what html.parser raises for a marked section that it does not know
        walker.found["invalid-html", "It holds a marked section, which HTML does not have."] = None
    found = list(walker.found)
    if (error := _find_parse_error(html)) and not any(code == "invalid-html" for code, _ in found):
        found.append(("invalid-html", f"A strict parser says: {error.rstrip('.')}."))
    return tuple(found)


def _find_parse_error(html: str) -> str:
    """Return the first error of an HTML5 parser (WHATWG HTML, 13.2), or ""."""
    from html5lib.html5parser import HTMLParser as StrictParser
    from html5lib.html5parser import ParseError

    try:
        StrictParser(strict=True).parseFragment(html)
    except ParseError as error:
        return str(error)
    except KeyError as error:  # html5lib has a code for this error, but no message
        return str(error.args[0]).replace("-", " ")
    return ""


def _find_bad_url(name: str, value: str) -> Iterator[tuple[ProblemCode, str]]:
    match = _SCHEME.match(value)
    if match is None:
        yield "relative-url", f'<{name}> has the relative URL "{value[:80]}".'
    elif match[1].lower() in UNSAFE:
        yield "unsafe-url", f'<{name}> has the URL "{value[:80]}", which readers remove.'


def _find_risky_style(style: str) -> str:
    """Return the first declaration of a style that is not known to be harmless, or ""."""
    for declaration in filter(str.strip, style.lower().split(";")):
        name, colon, value = (part.strip() for part in declaration.partition(":"))
        known = name in STYLES or name.partition("-")[0] in BOX_STYLES
        if not colon or not known or _RISKY_VALUE.search(value):
            return declaration.strip()
    return ""

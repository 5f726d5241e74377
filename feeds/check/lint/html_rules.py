"""HTML in feeds: what a strict parser faults, and what readers remove for safety."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html.parser import HTMLParser
from importlib.util import find_spec

from feeds.check.lint.findings import Report
from feeds.check.lint.url_rules import UNSAFE
from feeds.check.lint.vocabulary import BOX_STYLES, ELEMENTS, RISKY_ELEMENTS, SAFE_ELEMENTS, STYLES

_URLS = frozenset({"href", "src", "poster"})
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_RISKY_VALUE = re.compile(r"\((?<!rgb\()|\d(?:rem|vw|vh)\b|[\\@<>]")


def check_html(report: Report, field: str, html: str, *, relative: bool = True) -> None:
    """HTML as it stands in an entry; ``relative`` is whether to look for relative URLs."""
    for code, message in _faults(html):
        if relative or code != "relative-url":
            report.warning(code, field, message)


@cache
def strict_html_available() -> bool:
    """Whether html5lib is there; without it, the strict parse is left out."""
    return find_spec("html5lib") is not None


def attribute_faults(name: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Codes and messages for the attributes of an element: scripts, styles, URLs."""
    for key, value in attributes.items():
        if key.startswith("on"):
            yield "dangerous-attribute", f'<{name}> has a script in "{key}".'
        elif key == "style" and (evil := _evil_style(value)):
            yield "dangerous-style", f'The style "{evil}" is removed by readers.'
        elif key in _URLS:
            yield from _url_faults(name, value)
        elif key == "srcset":
            for source in re.split(r",\s+", value.strip()):
                yield from _url_faults(name, source.partition(" ")[0])


def element_faults(name: str) -> Iterator[tuple[str, str]]:
    """Codes and messages for an element: unknown, or removed by readers."""
    if name not in ELEMENTS:
        yield "invalid-html", f"<{name}> is no element of HTML."
    elif name in RISKY_ELEMENTS:
        yield "dangerous-html", f"<{name}> is removed by readers."


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[str, str], None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= dict.fromkeys(element_faults(tag))
        if tag in SAFE_ELEMENTS:
            values = {key: value or "" for key, value in attrs}
            self.found |= dict.fromkeys(attribute_faults(tag, values))


@lru_cache(maxsize=1024)
def _faults(html: str) -> tuple[tuple[str, str], ...]:
    """An article stands in many documents; its HTML is looked at once."""
    walker = _Walker()
    try:
        walker.feed(html)
        walker.close()
    except AssertionError:  # the standard parser's word for a marked section that it does not know
        walker.found["invalid-html", "It holds a marked section, which HTML has not."] = None
    found = list(walker.found)
    if (fault := _strict_fault(html)) and not any(code == "invalid-html" for code, _ in found):
        found.append(("invalid-html", f"A strict parser says: {fault.rstrip('.')}."))
    return tuple(found)


def _strict_fault(html: str) -> str:
    """The first fault of an HTML5 parser (WHATWG HTML, 13.2), empty where it finds none."""
    if not strict_html_available():
        return ""
    from html5lib.html5parser import HTMLParser as StrictParser
    from html5lib.html5parser import ParseError

    try:
        StrictParser(strict=True).parseFragment(html)
    except ParseError as error:
        return str(error)
    except KeyError as error:  # a fault that html5lib names, but has no words for
        return str(error.args[0]).replace("-", " ")
    return ""


def _url_faults(name: str, value: str) -> Iterator[tuple[str, str]]:
    match = _SCHEME.match(value)
    if match is None:
        yield "relative-url", f'<{name}> has the relative URL "{value[:80]}".'
    elif match[1].lower() in UNSAFE:
        yield "unsafe-url", f'<{name}> has the URL "{value[:80]}", which readers remove.'


def _evil_style(style: str) -> str:
    """The first part of a style that is not known to be harmless, empty where all is."""
    for declaration in filter(str.strip, style.lower().split(";")):
        name, colon, value = (part.strip() for part in declaration.partition(":"))
        known = name in STYLES or name.partition("-")[0] in BOX_STYLES
        if not colon or not known or _RISKY_VALUE.search(value):
            return declaration.strip()
    return ""

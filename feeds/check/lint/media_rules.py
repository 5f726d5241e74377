"""Check Media RSS in entries and items: images and videos."""

from __future__ import annotations

import re

from feeds.check.lint.findings import Report
from feeds.check.lint.text_rules import check_count, check_language, check_media_type, check_plain
from feeds.check.lint.url_rules import check_url
from feeds.check.lint.xml_tree import NAMESPACES, Element, list_children, read_name, read_text

_MEDIUMS = frozenset({"image", "audio", "video", "document", "executable"})
_SIZES = ("width", "height", "fileSize")
_MEASURES = ("bitrate", "duration", "framerate", "samplingrate")
_ALTERNATIVES = 2


def check_media(report: Report, entry: Element) -> None:
    """Check the addresses, sizes and types of an entry's media (Media RSS 1.5.1)."""
    for element in entry.iter(f"{{{NAMESPACES['media']}}}*"):
        tag = read_name(element)
        url = element.get("url")
        if url:
            check_url(report, tag, url)
        elif tag in ("media:thumbnail", "media:player"):
            report.error("missing-attribute", tag, f"<{tag}> lacks its url.")
        if tag in ("media:content", "media:thumbnail", "media:player"):
            for size in _SIZES:
                if value := element.get(size):
                    check_count(report, tag, value, least=1)
        if tag == "media:content":
            _check_content(report, element)
        if tag == "media:group" and len(list_children(element, "media:content")) < _ALTERNATIVES:
            report.error("lonely-group", tag, "A group has at least two contents to choose from.")
        if tag in ("media:title", "media:description"):
            _check_title(report, tag, element)


def _check_content(report: Report, element: Element) -> None:
    if (medium := element.get("medium")) and medium not in _MEDIUMS:
        report.error("bad-medium", "media:content", f'"{medium}" is not a medium of Media RSS.')
    if kind := element.get("type"):
        check_media_type(report, "media:content", kind)
    if language := element.get("lang"):
        check_language(report, "media:content", language)
    if element.get("isDefault", "true").lower() not in ("true", "false"):
        report.error("bad-boolean", "media:content", "isDefault is neither true nor false.")
    for measure in _MEASURES:
        if not re.match(r"\d", element.get(measure, "0")):
            report.error(
                "bad-number", "media:content", f'Its {measure} "{element.get(measure)}" is not a number.'
            )


def _check_title(report: Report, tag: str, element: Element) -> None:
    kind = element.get("type", "plain")
    if kind not in ("plain", "html"):
        report.error("bad-text-type", tag, f'"{kind}" is neither "plain" nor "html".')
    elif kind == "plain":
        check_plain(report, tag, read_text(element))

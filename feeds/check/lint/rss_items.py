"""RSS 2.0 with the Advisory Board's profile: the items."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import unquote

from feeds.check.lint import links
from feeds.check.lint.dates import check_rfc822
from feeds.check.lint.findings import Report
from feeds.check.lint.html import check_html
from feeds.check.lint.media import check_media
from feeds.check.lint.text import (
    check_character_data,
    check_count,
    check_filled,
    check_media_type,
    is_email,
)
from feeds.check.lint.urls import check_http, check_link, check_url
from feeds.check.lint.xml import Element, check_shape, children, first, name, shape, text

_ATOM = "atom:id atom:title atom:summary atom:published atom:updated"
_ITEM = shape(
    f"title link description author comments guid pubDate source content:encoded {_ATOM}",
    "category enclosure atom:link atom:author atom:contributor atom:content",
    category="domain", guid="isPermaLink", source="url", enclosure="url length type",
)  # fmt: skip
# An element of RSS and the one of an extension that says the same.
_TWINS = {
    "author": "dc:creator", "category": "dc:subject", "pubDate": "dc:date", "source": "dc:source",
    "guid": "atom:id",
}  # fmt: skip
_SHORT = re.compile(r"\d{1,8}")


def check_item(report: Report, item: Element, written: Mapping[Element, bytes]) -> datetime | None:
    """Everything about an item; gives its date. ``written`` are the bytes of its elements."""
    check_shape(report, item, _ITEM)
    names = [name(child) for child in children(item)]
    if "title" not in names and "description" not in names:
        report.error("missing-element", "title", "The item has neither a title nor a description.")
    if "guid" not in names:
        report.warning("missing-guid", "guid", "Without a <guid>, readers guess which items are new.")
    if "content:encoded" in names and "description" not in names[: names.index("content:encoded")]:
        report.warning("content-before-description", "content:encoded", "The description stands before it.")
    if names.count("enclosure") > 1:
        report.warning("duplicate-enclosure", "enclosure", "Many readers take one enclosure of an item only.")
    check_twins(report, item, _TWINS)
    published = None
    for child in children(item):
        if name(child) == "pubDate":
            published = check_rfc822(report, "pubDate", text(child))
        else:
            _check_child(report, child, written.get(child, b""))
    links.check_links(report, children(item, "atom:link"), feed=False)
    check_media(report, item)
    return published


def check_twins(report: Report, parent: Element, twins: Mapping[str, str]) -> None:
    """An element of RSS and one of an extension that say the same: readers show both."""
    for core, extension in twins.items():
        if first(parent, core) is not None and first(parent, extension) is not None:
            report.warning("said-twice", extension, f"<{core}> and <{extension}> say the same.")


def check_contact(report: Report, field: str, value: str) -> None:
    """An e-mail address with a name in parentheses (profile, author)."""
    address = unquote(value.removeprefix("mailto:")) if value.startswith("mailto:") else value
    bare, space, rest = address.partition(" ")
    if "@" in address[1:] and not address.endswith(")"):
        report.warning("email-form", field, f'"{value}" is not of the form "ann@example.org (Ann)".')
    elif not is_email(bare) or (space and not (rest.startswith("(") and rest.endswith(")"))):
        report.error("bad-email", field, f'"{value}" is no e-mail address; a name goes into <dc:creator>.')


def _check_child(report: Report, child: Element, raw: bytes) -> None:
    tag, value = name(child), text(child)
    if rule := _VALUES.get(tag):
        rule(report, tag, value)
    elif tag in ("title", "category"):
        if check_filled(report, tag, value):
            check_character_data(report, tag, value, raw)
    elif tag == "guid":
        _check_guid(report, child.get("isPermaLink", "true"), value)
    elif tag == "enclosure":
        _check_enclosure(report, child)
    elif tag == "source":
        check_character_data(report, tag, value, raw)
        _check_source(report, child.get("url"))


def _check_source(report: Report, url: str | None) -> None:
    if url is None:
        report.error("missing-attribute", "source", "A source lacks its url.")
    else:
        check_url(report, "source", url)


def _check_guid(report: Report, permalink: str, value: str) -> None:
    if not check_filled(report, "guid", value):
        return
    if permalink not in ("true", "false"):
        report.error("bad-boolean", "guid", f'isPermaLink is "{permalink}", neither "true" nor "false".')
    elif permalink == "false":
        if _SHORT.fullmatch(value):
            report.warning("weak-guid", "guid", f'"{value}" is a number that other feeds have as well.')
    elif value.lower().startswith(("tag:", "urn:")):
        report.error("bad-permalink", "guid", f'"{value}" is no page; say isPermaLink="false".')
    else:
        check_url(report, "guid", value)


def _check_enclosure(report: Report, enclosure: Element) -> None:
    """An enclosure has all its three attributes (RSS 2.0, enclosure)."""
    for attribute in ("url", "length", "type"):
        if attribute not in enclosure.attrib:
            report.error("missing-attribute", "enclosure", f"An enclosure lacks its {attribute}.")
    if (length := enclosure.get("length")) is not None:
        check_count(report, "enclosure", length)
    if (kind := enclosure.get("type")) is not None:
        check_media_type(report, "enclosure", kind)
    if (url := enclosure.get("url")) is not None:
        check_http(report, "enclosure", url)


# The elements of which the text alone matters.
_VALUES: dict[str, Callable[[Report, str, str], object]] = {
    "description": check_html,
    "content:encoded": check_html,
    "link": check_link,
    "comments": check_url,
    "author": check_contact,
}

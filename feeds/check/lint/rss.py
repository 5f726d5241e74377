"""RSS 2.0 with the Advisory Board's profile: the channel."""

from __future__ import annotations

import re

from feeds.check.lint import links, rss_items
from feeds.check.lint.dates import Times, check_order, check_rfc822
from feeds.check.lint.findings import Report
from feeds.check.lint.raw_xml import raw_elements
from feeds.check.lint.text import check_character_data, check_count, check_filled, check_language
from feeds.check.lint.urls import check_link, check_url
from feeds.check.lint.xml import (
    Element,
    check_attributes,
    check_everywhere,
    check_required,
    check_shape,
    children,
    first,
    name,
    parse,
    shape,
    text,
)

_ONCE = (
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud "
    "ttl image rating textInput skipHours skipDays atom:id atom:icon atom:logo atom:title atom:subtitle atom:rights "
    "atom:updated atom:generator"
)
_RSS = shape("channel", version="")
_CHANNEL = shape(
    _ONCE, "item category atom:link atom:author atom:contributor atom:category",
    category="domain", cloud="domain path registerProcedure protocol port",
)  # fmt: skip
_IMAGE = shape("url title link width height description")
_PLAIN = dict.fromkeys(("title", "description", "copyright", "category", "source"))
_IMAGE_TYPES = frozenset({"jpg", "jpeg", "gif", "png"})
_LARGEST = {"width": 144, "height": 400}
_PERIODS = frozenset({"hourly", "daily", "weekly", "monthly", "yearly"})
# An element of RSS and the one of Dublin Core that says the same.
_TWINS = {
    "managingEditor": "dc:creator", "webMaster": "dc:publisher", "pubDate": "dc:date", "language": "dc:language",
    "category": "dc:subject", "copyright": "dc:rights", "lastBuildDate": "dcterms:modified", "generator": "admin:generatorAgent",
}  # fmt: skip


def check(report: Report, path: str, body: bytes) -> None:
    """Everything about an RSS document."""
    root = parse(report, body)
    if root is None:
        return
    if root.tag != "rss":
        report.error("not-a-feed", "rss", f"The root of {path} is no <rss> without a namespace.")
        return
    if (version := root.get("version")) != "2.0":
        report.error("bad-version", "rss", f'The version is "{version or ""}" in place of "2.0".')
    check_attributes(report, root, ("version",))
    check_shape(report, root, _RSS)
    check_required(report, root, "channel")
    channel = first(root, "channel")
    if channel is None:
        return
    entries = {item: report.about(_name_of(item, n)) for n, item in enumerate(children(channel, "item"), 1)}
    check_everywhere(report, root, entries)
    written = dict(zip(root.iter("*"), raw_elements(body, _PLAIN), strict=False))
    check_shape(report, channel, _CHANNEL)
    check_required(report, channel, "title link description")
    _check_placing(report, channel)
    updated = None
    for child in children(channel):
        if name(child) in _PLAIN:
            check_character_data(report, name(child), text(child), written.get(child, b""))
        elif name(child) == "lastBuildDate":
            updated = check_rfc822(report, "lastBuildDate", text(child))
        else:
            _check_child(report, channel, child)
    _check_title_and_link(report, channel)
    found = children(channel, "atom:link")
    links.check_self(report, found)
    links.check_links(report, found, feed=True)
    links.check_history(report, channel, found)
    rss_items.check_twins(report, channel, _TWINS)
    times = []
    seen = set[str]()
    for item, about in entries.items():
        published = rss_items.check_item(about, item, written)
        if (guid := text(first(item, "guid"))) in seen and guid:
            about.error("duplicate-id", "guid", "Another item of the channel has this guid.")
        seen.add(guid)
        times.append(Times(about, published, published))
    check_order(report, "lastBuildDate", updated, times)


def _name_of(item: Element, number: int) -> str:
    return text(first(item, "guid")) or text(first(item, "link")) or f"item {number}"


def _check_placing(report: Report, channel: Element) -> None:
    """The metadata of a channel stand before its items (profile, channel)."""
    started = False
    for child in children(channel):
        tag = name(child)
        started = started or tag == "item"
        if started and tag != "item" and (":" not in tag or tag == "atom:link"):
            report.warning("misplaced-metadata", tag, f"<{tag}> stands after an item.")


def _check_title_and_link(report: Report, channel: Element) -> None:
    for title in children(channel, "title"):
        check_filled(report, "title", text(title))
    for link in children(channel, "link"):
        check_link(report, "link", text(link))


def _check_child(report: Report, channel: Element, child: Element) -> None:
    tag, value = name(child), text(child)
    match tag:
        case "pubDate":
            check_rfc822(report, tag, value)
        case "language":
            check_language(report, tag, value)
        case "ttl" | "sy:updateFrequency":
            check_count(report, tag, value, least=1)
        case "docs":
            check_url(report, tag, value)
        case "managingEditor" | "webMaster":
            rss_items.check_contact(report, tag, value)
        case "textInput":
            report.warning("avoid-element", tag, "No reader shows a <textInput>.")
        case "image":
            _check_image(report, channel, child)
        case "sy:updatePeriod":
            if value not in _PERIODS:
                report.error("bad-period", tag, f'"{value}" is none of {", ".join(sorted(_PERIODS))}.')


def _check_image(report: Report, channel: Element, image: Element) -> None:
    """The channel's picture (RSS 2.0, image)."""
    check_shape(report, image, _IMAGE)
    check_required(report, image, "url title link")
    for child in children(image):
        tag, value = name(child), text(child)
        if tag == "url":
            check_url(report, "image", value)
            ending = value.rpartition(".")[2].lower()
            if re.fullmatch(r"\w+", ending) and ending not in _IMAGE_TYPES:
                report.warning("image-format", "image", f'"{value}" is no JPEG, GIF or PNG.')
        elif tag == "title":
            wanted = text(first(channel, "title"))
            if check_filled(report, "image", value) and wanted not in ("", value):
                report.warning("image-title", "image", "Its title is not that of the channel.")
        elif tag == "link":
            check_url(report, "image", value)
            if text(first(channel, "link")) not in ("", value):
                report.warning("image-link", "image", "Its link is not that of the channel.")
        elif tag in _LARGEST:
            check_count(report, "image", value, 1, _LARGEST[tag])

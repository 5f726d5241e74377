"""Check RSS 2.0 by its specification and the Advisory Board's profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote
from xml.parsers import expat

from feeds.check.lint import link_rules
from feeds.check.lint.date_rules import EntryTimes, check_order, check_rfc822
from feeds.check.lint.findings import Report
from feeds.check.lint.html_rules import check_html
from feeds.check.lint.media_rules import check_media
from feeds.check.lint.text_rules import (
    check_character_data,
    check_count,
    check_filled,
    check_language,
    check_media_type,
    is_email,
)
from feeds.check.lint.url_rules import check_http, check_link, check_url
from feeds.check.lint.xml_tree import (
    Element,
    check_attributes,
    check_everywhere,
    check_required,
    check_shape,
    find_child,
    list_children,
    make_shape,
    parse_xml,
    read_name,
    read_text,
)

_ONCE = (
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud "
    "ttl image rating textInput skipHours skipDays atom:id atom:icon atom:logo atom:title atom:subtitle atom:rights "
    "atom:updated atom:generator"
)
_RSS = make_shape("channel", version="")
_CHANNEL = make_shape(
    _ONCE, "item category atom:link atom:author atom:contributor atom:category",
    category="domain", cloud="domain path registerProcedure protocol port",
)  # fmt: skip
_IMAGE = make_shape("url title link width height description")
_PLAIN = dict.fromkeys(("title", "description", "copyright", "category", "source"))
_IMAGE_TYPES = frozenset({"jpg", "jpeg", "gif", "png"})
_LARGEST = {"width": 144, "height": 400}
_PERIODS = frozenset({"hourly", "daily", "weekly", "monthly", "yearly"})
_ATOM = "atom:id atom:title atom:summary atom:published atom:updated"
_ITEM = make_shape(
    f"title link description author comments guid pubDate source content:encoded {_ATOM}",
    "category enclosure atom:link atom:author atom:contributor atom:content",
    category="domain", guid="isPermaLink", source="url", enclosure="url length type",
)  # fmt: skip
# An element of RSS and the one of an extension that means the same.
_CHANNEL_TWINS = {
    "managingEditor": "dc:creator", "webMaster": "dc:publisher", "pubDate": "dc:date", "language": "dc:language",
    "category": "dc:subject", "copyright": "dc:rights", "lastBuildDate": "dcterms:modified", "generator": "admin:generatorAgent",
}  # fmt: skip
_ITEM_TWINS = {
    "author": "dc:creator", "category": "dc:subject", "pubDate": "dc:date", "source": "dc:source",
    "guid": "atom:id",
}  # fmt: skip
_SHORT_NUMBER = re.compile(r"\d{1,8}")


def check(report: Report, path: str, body: bytes) -> None:
    """Check a whole RSS document."""
    root = parse_xml(report, body)
    if root is None:
        return
    if root.tag != "rss":
        report.error("not-a-feed", "rss", f"The root of {path} is not an <rss> without a namespace.")
        return
    if (version := root.get("version")) != "2.0":
        report.error("bad-version", "rss", f'The version is "{version or ""}" instead of "2.0".')
    check_attributes(report, root, ("version",))
    check_shape(report, root, _RSS)
    check_required(report, root, "channel")
    channel = find_child(root, "channel")
    if channel is None:
        return
    entries = {
        item: report.narrow_to(_identify_item(item, n))
        for n, item in enumerate(list_children(channel, "item"), 1)
    }
    check_everywhere(report, root, entries)
    raw_elements = dict(zip(root.iter("*"), _find_raw_elements(body, _PLAIN), strict=False))
    updated = _check_channel(report, channel, raw_elements)
    times = list(_check_items(entries, raw_elements))
    check_order(report, "lastBuildDate", updated, times)


def _identify_item(item: Element, number: int) -> str:
    return read_text(find_child(item, "guid")) or read_text(find_child(item, "link")) or f"item {number}"


def _check_channel(
    report: Report, channel: Element, raw_elements: Mapping[Element, bytes]
) -> datetime | None:
    """Check all of a channel but its items; return when it says that it changed."""
    check_shape(report, channel, _CHANNEL)
    check_required(report, channel, "title link description")
    _check_metadata_first(report, channel)
    updated = None
    for child in list_children(channel):
        if read_name(child) in _PLAIN:
            check_character_data(report, read_name(child), read_text(child), raw_elements.get(child, b""))
        elif read_name(child) == "lastBuildDate":
            updated = check_rfc822(report, "lastBuildDate", read_text(child))
        else:
            _check_child(report, channel, child)
    _check_title_and_link(report, channel)
    found = list_children(channel, "atom:link")
    link_rules.check_self(report, found)
    link_rules.check_links(report, found, feed=True)
    link_rules.check_history(report, channel, found)
    _check_twins(report, channel, _CHANNEL_TWINS)
    return updated


def _check_items(
    entries: Mapping[Element, Report], raw_elements: Mapping[Element, bytes]
) -> Iterator[EntryTimes]:
    """Check each item, and that no two have the same guid; yield their times."""
    seen = set[str]()
    for item, entry_report in entries.items():
        published = _check_item(entry_report, item, raw_elements)
        if (guid := read_text(find_child(item, "guid"))) in seen and guid:
            entry_report.error("duplicate-id", "guid", "Another item of the channel has this guid.")
        seen.add(guid)
        yield EntryTimes(entry_report, published, published)


def _check_metadata_first(report: Report, channel: Element) -> None:
    """Check that the metadata of a channel comes before its items (profile, channel)."""
    started = False
    for child in list_children(channel):
        tag = read_name(child)
        started = started or tag == "item"
        if started and tag != "item" and (":" not in tag or tag == "atom:link"):
            report.warning("misplaced-metadata", tag, f"<{tag}> comes after an item.")


def _check_title_and_link(report: Report, channel: Element) -> None:
    for title in list_children(channel, "title"):
        check_filled(report, "title", read_text(title))
    for link in list_children(channel, "link"):
        check_link(report, "link", read_text(link))


def _check_child(report: Report, channel: Element, child: Element) -> None:
    tag, value = read_name(child), read_text(child)
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
            _check_contact(report, tag, value)
        case "textInput":
            report.warning("avoid-element", tag, "No reader shows a <textInput>.")
        case "image":
            _check_image(report, channel, child)
        case "sy:updatePeriod":
            if value not in _PERIODS:
                report.error("bad-period", tag, f'"{value}" is none of {", ".join(sorted(_PERIODS))}.')


def _check_image(report: Report, channel: Element, image: Element) -> None:
    """Check the image of the channel (RSS 2.0, image)."""
    check_shape(report, image, _IMAGE)
    check_required(report, image, "url title link")
    for child in list_children(image):
        tag, value = read_name(child), read_text(child)
        if tag == "url":
            check_url(report, "image", value)
            ending = value.rpartition(".")[2].lower()
            if re.fullmatch(r"\w+", ending) and ending not in _IMAGE_TYPES:
                report.warning("image-format", "image", f'"{value}" is not a JPEG, GIF or PNG.')
        elif tag == "title":
            wanted = read_text(find_child(channel, "title"))
            if check_filled(report, "image", value) and wanted not in ("", value):
                report.warning("image-title", "image", "Its title is not that of the channel.")
        elif tag == "link":
            check_url(report, "image", value)
            if read_text(find_child(channel, "link")) not in ("", value):
                report.warning("image-link", "image", "Its link is not that of the channel.")
        elif tag in _LARGEST:
            check_count(report, "image", value, 1, _LARGEST[tag])


def _find_raw_elements(body: bytes, names: Mapping[str, object]) -> list[bytes]:
    """Return the bytes of each element in document order, b"" for unwanted names.

    The list is empty if the document has a DOCTYPE (it may declare entities) or if expat cannot
    decode it.
    """
    if b"<!DOCTYPE" in body:
        return []
    found: list[bytes] = []
    starts: list[tuple[int, int]] = []
    parser = expat.ParserCreate()

    def start(name: str, _attributes: object) -> None:
        if name in names:
            starts.append((len(found), parser.CurrentByteIndex))
        found.append(b"")

    def end(name: str) -> None:
        if name in names:
            number, begin = starts.pop()
            found[number] = body[begin : parser.CurrentByteIndex]

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's own interface
    except (expat.ExpatError, ValueError):
        return []
    return found


def _check_item(report: Report, item: Element, raw_elements: Mapping[Element, bytes]) -> datetime | None:
    """Check an item, and return its date; ``raw_elements`` are its elements' bytes."""
    check_shape(report, item, _ITEM)
    names = [read_name(child) for child in list_children(item)]
    if "title" not in names and "description" not in names:
        report.error("missing-element", "title", "The item has neither a title nor a description.")
    if "guid" not in names:
        report.warning("missing-guid", "guid", "Without a <guid>, readers guess which items are new.")
    if "content:encoded" in names and "description" not in names[: names.index("content:encoded")]:
        report.warning(
            "content-before-description", "content:encoded", "The description must come before it."
        )
    if names.count("enclosure") > 1:
        report.warning("duplicate-enclosure", "enclosure", "Many readers use only one enclosure of an item.")
    _check_twins(report, item, _ITEM_TWINS)
    published = None
    for child in list_children(item):
        if read_name(child) == "pubDate":
            published = check_rfc822(report, "pubDate", read_text(child))
        else:
            _check_item_child(report, child, raw_elements.get(child, b""))
    link_rules.check_links(report, list_children(item, "atom:link"), feed=False)
    check_media(report, item)
    return published


def _check_twins(report: Report, parent: Element, twins: Mapping[str, str]) -> None:
    """Report an RSS element beside an extension of the same meaning: both are shown."""
    for core, extension in twins.items():
        if find_child(parent, core) is not None and find_child(parent, extension) is not None:
            report.warning("said-twice", extension, f"<{core}> and <{extension}> say the same.")


def _check_contact(report: Report, field: str, value: str) -> None:
    """Check an e-mail address with a name in parentheses (profile, author)."""
    address = unquote(value.removeprefix("mailto:")) if value.startswith("mailto:") else value
    bare, space, rest = address.partition(" ")
    if "@" in address[1:] and not address.endswith(")"):
        report.warning("email-form", field, f'"{value}" is not of the form "ann@example.org (Ann)".')
    elif not is_email(bare) or (space and not (rest.startswith("(") and rest.endswith(")"))):
        report.error(
            "bad-email", field, f'"{value}" is not an e-mail address; a name belongs in <dc:creator>.'
        )


def _check_item_child(report: Report, child: Element, raw: bytes) -> None:
    tag, value = read_name(child), read_text(child)
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
        if _SHORT_NUMBER.fullmatch(value):
            report.warning("weak-guid", "guid", f'"{value}" is a number that other feeds also use.')
    elif value.lower().startswith(("tag:", "urn:")):
        report.error("bad-permalink", "guid", f'"{value}" is not a page; write isPermaLink="false".')
    else:
        check_url(report, "guid", value)


def _check_enclosure(report: Report, enclosure: Element) -> None:
    """Check that an enclosure has all three attributes, and their values (RSS 2.0)."""
    for attribute in ("url", "length", "type"):
        if attribute not in enclosure.attrib:
            report.error("missing-attribute", "enclosure", f"An enclosure lacks its {attribute}.")
    if (length := enclosure.get("length")) is not None:
        check_count(report, "enclosure", length)
    if (kind := enclosure.get("type")) is not None:
        check_media_type(report, "enclosure", kind)
    if (url := enclosure.get("url")) is not None:
        check_http(report, "enclosure", url)


# The checks of elements for which only the text matters.
_VALUES: dict[str, Callable[[Report, str, str], object]] = {
    "description": check_html,
    "content:encoded": check_html,
    "link": check_link,
    "comments": check_url,
    "author": _check_contact,
}

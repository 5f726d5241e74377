"""Check Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from datetime import datetime

from feeds.check.lint import link_rules
from feeds.check.lint.date_rules import EntryTimes, check_order, check_rfc3339
from feeds.check.lint.findings import Report
from feeds.check.lint.html_rules import check_html, find_bad_attributes, find_bad_element
from feeds.check.lint.media_rules import check_media
from feeds.check.lint.text_rules import (
    check_email,
    check_filled,
    check_media_type,
    check_person,
    check_plain,
)
from feeds.check.lint.url_rules import check_id, check_url
from feeds.check.lint.xml_tree import (
    ATOM,
    XHTML,
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

_ATTRIBUTES = {
    "link": link_rules.ATTRIBUTES, "category": "term scheme label", "generator": "uri version", "content": "type src",
    **dict.fromkeys(("title", "subtitle", "summary", "rights"), "type"),
}  # fmt: skip
_METADATA = "id title updated subtitle rights generator icon logo"
_FEED = make_shape(_METADATA, "author contributor category link entry", **_ATTRIBUTES)
_SOURCE = make_shape(_METADATA, "author contributor category link", **_ATTRIBUTES)
_ENTRY = make_shape(
    "id title updated published summary content rights source",
    "author contributor category link",
    **_ATTRIBUTES,
)
_PERSON = make_shape("name email uri")
_UNSPACED = ("id", "icon", "logo", "updated", "published", "uri")
_TEXTUAL = ("+xml", "/xml")


def check(report: Report, path: str, body: bytes) -> None:
    """Check a whole Atom feed document."""
    root = parse_xml(report, body)
    if root is None:
        return
    if root.tag != f"{{{ATOM}}}feed":
        report.error("not-a-feed", "feed", f"The root of {path} is not a <feed> in the namespace of Atom.")
        return
    entries = {
        entry: report.narrow_to(_identify_entry(entry, n))
        for n, entry in enumerate(list_children(root, "entry"), 1)
    }
    check_everywhere(report, root, entries)
    check_attributes(report, root, ())
    check_shape(report, root, _FEED)
    check_required(report, root, "id title updated")
    found = list_children(root, "link")
    link_rules.check_self(report, found)
    link_rules.check_history(report, root, found)
    _check_metadata_first(report, root)
    updated = _check_children(report, root).get("updated")
    times, seen = [], set[str]()
    for entry, entry_report in entries.items():
        if (identity := read_text(find_child(entry, "id"))) in seen and identity:
            entry_report.warning("duplicate-id", "id", "Another entry of the feed has this id.")
        seen.add(identity)
        times.append(_check_entry(entry_report, entry, has_author=find_child(root, "author") is not None))
    check_order(report, "updated", updated, times)


def _identify_entry(entry: Element, number: int) -> str:
    link = find_child(entry, "link")
    return (
        read_text(find_child(entry, "id"))
        or ("" if link is None else link.get("href", ""))
        or f"entry {number}"
    )


def _check_metadata_first(report: Report, feed: Element) -> None:
    """Check that the metadata of a feed comes before its entries."""
    started = False
    for child in list_children(feed):
        tag = read_name(child)
        started = started or tag == "entry"
        if started and tag != "entry" and ":" not in tag:
            report.error("misplaced-metadata", tag, f"<{tag}> comes after an entry.")


def _check_entry(report: Report, entry: Element, *, has_author: bool) -> EntryTimes:
    check_shape(report, entry, _ENTRY)
    check_required(report, entry, "id title updated")
    source, content = find_child(entry, "source"), find_child(entry, "content")
    signed = [part for part in (entry, source) if part is not None and find_child(part, "author") is not None]
    if not has_author and not signed:
        report.error("missing-element", "author", "Neither the entry nor the feed has an <author>.")
    dates = _check_children(report, entry)
    if source is not None:
        for tag in ("id", "title", "updated"):
            if find_child(source, tag) is None:
                report.warning("incomplete-source", "source", f"<source> lacks <{tag}>.")
        check_shape(report, source, _SOURCE)
        _check_children(report, source)
    _check_textual(report, entry, content)
    check_media(report, entry)
    return EntryTimes(report, dates.get("published"), dates.get("updated"))


def _check_textual(report: Report, entry: Element, content: Element | None) -> None:
    """Check that an entry has text, or a link to a page with it (RFC 4287, 4.1.1.1)."""
    summary = find_child(entry, "summary")
    if content is None:
        if summary is None:
            report.warning("missing-text", "content", "The entry has neither a summary nor content.")
        if not any(link_rules.read_relation(link) == "alternate" for link in list_children(entry, "link")):
            report.error("missing-element", "content", "The entry has neither content nor an alternate link.")
    elif summary is None:
        kind = content.get("type", "")
        binary = "/" in kind and not kind.startswith("text/") and not kind.endswith(_TEXTUAL)
        if binary or "src" in content.attrib:
            report.error(
                "missing-element", "summary", "Content that is binary or stored elsewhere needs a summary."
            )


def _check_children(report: Report, parent: Element) -> dict[str, datetime | None]:
    """Check elements that feeds, entries and sources share; return readable dates."""
    dates: dict[str, datetime | None] = {}
    for child in list_children(parent):
        tag = read_name(child)
        _check_no_space(report, child)
        if tag in ("title", "subtitle", "summary", "rights", "content"):
            _check_text(report, child)
        elif tag in ("updated", "published"):
            dates[tag] = check_rfc3339(report, tag, read_text(child))
        elif tag == "id" and check_filled(report, tag, read_text(child)):
            check_id(report, tag, read_text(child))
        elif tag in ("icon", "logo") and check_filled(report, tag, read_text(child)):
            check_url(report, tag, read_text(child), relative="warning")
        elif tag in ("author", "contributor"):
            _check_person(report, child)
        elif tag == "category":
            _check_category(report, child)
        elif tag == "generator" and check_filled(report, tag, read_text(child)):
            check_plain(report, tag, read_text(child))
            if (uri := child.get("uri")) is not None:
                check_url(report, tag, uri, relative="warning")
    link_rules.check_links(report, list_children(parent, "link"), feed=read_name(parent) != "entry")
    return dates


def _check_no_space(report: Report, element: Element) -> None:
    value = element.text or ""
    if read_name(element) in _UNSPACED and value != value.strip():
        report.error("unexpected-space", read_name(element), "It has white space around its text.")


def _check_person(report: Report, person: Element) -> None:
    tag = read_name(person)
    check_shape(report, person, _PERSON)
    check_required(report, person, "name")
    for child in list_children(person):
        _check_no_space(report, child)
        if read_name(child) == "name":
            check_person(report, tag, read_text(child))
        elif read_name(child) == "email":
            check_email(report, tag, read_text(child))
        elif read_name(child) == "uri" and check_filled(report, tag, read_text(child)):
            check_url(report, tag, read_text(child), relative="warning", iri=True)


def _check_category(report: Report, category: Element) -> None:
    term, scheme, label = (category.get(key) for key in ("term", "scheme", "label"))
    if term is None:
        report.error("missing-attribute", "category", "A category lacks its term.")
    else:
        check_filled(report, "category", term)
    if scheme is not None:
        check_url(report, "category", scheme)
    if label is not None:
        check_plain(report, "category", label)


def _check_text(report: Report, element: Element) -> None:
    """Check a text construct (RFC 4287, 3.1) or content (4.1.3)."""
    tag, kind, value = read_name(element), element.get("type", "text"), read_text(element)
    if "src" in element.attrib and tag == "content":
        check_url(report, tag, element.get("src"), relative="warning")
        return
    if kind == "xhtml":
        _check_xhtml(report, element)
    elif len(element) and not kind.endswith(_TEXTUAL):
        report.error("unknown-element", tag, f'type="{kind}" holds text, not elements.')
    else:
        check_filled(report, tag, value)
        _check_value(report, tag, kind, value)


def _check_value(report: Report, tag: str, kind: str, value: str) -> None:
    if kind == "html":
        check_html(report, tag, value)
    elif kind == "text":
        check_plain(report, tag, value)
    elif tag != "content" or "/" not in kind:
        report.error("bad-text-type", tag, f'type="{kind}" is none of "text", "html" and "xhtml".')
    elif check_media_type(report, tag, kind):
        if kind.endswith("/html"):
            check_html(report, tag, value)
            if "<html" not in value:
                report.warning(
                    "html-fragment", tag, f'Content of the type "{kind}" is a whole page; say "html".'
                )
        elif kind.startswith("text/"):
            check_plain(report, tag, value)


def _check_xhtml(report: Report, element: Element) -> None:
    tag = read_name(element)
    if [child.tag for child in element] != [f"{{{XHTML}}}div"] or (element.text or "").strip():
        report.error("xhtml-without-div", tag, 'type="xhtml" holds one <div> of XHTML.')
    for child in element.iterdescendants(f"{{{XHTML}}}*"):
        local = child.tag.rpartition("}")[2]
        for code, message in (*find_bad_element(local), *find_bad_attributes(local, dict(child.attrib))):
            report.warning(code, tag, message)

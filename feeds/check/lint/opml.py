"""Check OPML 2.0: a list of feeds to subscribe to."""

from __future__ import annotations

from feeds.check.lint.date_rules import check_rfc822
from feeds.check.lint.findings import Report
from feeds.check.lint.html_rules import check_html
from feeds.check.lint.text_rules import check_count, check_email, check_filled, check_language
from feeds.check.lint.url_rules import check_http, check_url
from feeds.check.lint.vocabulary import split_names
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

_VERSIONS = ("1.0", "1.1", "2.0")
_WINDOW = "vertScrollState windowTop windowLeft windowBottom windowRight"
_OPML = make_shape("head body")
_HEAD = make_shape(
    f"title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState {_WINDOW}"
)
_ATTRIBUTES = (
    "category created description htmlUrl isBreakpoint isComment language text title type url version xmlUrl"
)
_BODY = make_shape("", "outline", outline=_ATTRIBUTES)
_FEED_VERSIONS = ("RSS", "RSS1", "RSS2", "scriptingNews")
_OF_FEEDS = split_names("description htmlUrl language title version xmlUrl")


def check(report: Report, path: str, body: bytes) -> None:
    """Check a whole OPML document."""
    root = parse_xml(report, body)
    if root is None:
        return
    if root.tag != "opml":
        report.error("not-a-feed", "opml", f"The root of {path} is not <opml>.")
        return
    if (version := root.get("version", "")) not in _VERSIONS:
        report.error("bad-version", "opml", f'The version is "{version}" instead of "2.0".')
    outlines = list(root.iter("outline"))
    entries = {outline: report.narrow_to(_identify_outline(outline)) for outline in outlines}
    check_everywhere(report, root, entries)
    check_attributes(report, root, ("version",))
    check_shape(report, root, _OPML)
    check_required(report, root, "head body")
    for head in list_children(root, "head"):
        _check_head(report, head)
    for content in list_children(root, "body"):
        check_shape(report, content, _BODY)
        check_required(report, content, "outline")
    for outline in outlines:
        check_shape(entries[outline], outline, _BODY)
        _check_outline(entries[outline], outline)


def _identify_outline(outline: Element) -> str:
    return str(outline.get("xmlUrl") or outline.get("text", ""))


def _check_head(report: Report, head: Element) -> None:
    check_shape(report, head, _HEAD)
    if find_child(head, "title") is None:
        report.warning("missing-title", "title", "Readers name the list by its title.")
    for child in list_children(head):
        tag, value = read_name(child), read_text(child)
        if tag in ("title", "ownerName"):
            if check_filled(report, tag, value):
                check_html(report, tag, value)
        elif tag in ("dateCreated", "dateModified"):
            check_rfc822(report, tag, value)
        elif tag == "ownerEmail":
            check_email(report, tag, value)
        elif tag == "ownerId":
            check_http(report, tag, value)
        elif tag in _WINDOW.split():
            check_count(report, tag, value, least=1)


def _check_outline(report: Report, outline: Element) -> None:
    """Check a feed (``type="rss"``), a page (``link``) or a folder (OPML 2.0)."""
    attributes: dict[str, str] = dict(outline.attrib)
    kind = attributes.get("type", "").lower()
    if "text" not in attributes:
        report.error("missing-attribute", "text", "An outline lacks its text.")
    if kind == "rss":
        for attribute in ("xmlUrl", "title"):
            if attribute not in attributes:
                report.warning("missing-attribute", attribute, f"A feed lacks its {attribute}.")
    elif kind == "link" and "url" not in attributes:
        report.warning("missing-attribute", "url", "A link lacks its url.")
    elif "type" not in attributes and attributes.keys() & _OF_FEEDS:
        report.warning("missing-attribute", "type", "An outline that is a feed says so by its type.")
    for attribute, value in attributes.items():
        _check_value(report, attribute, value)


def _check_value(report: Report, attribute: str, value: str) -> None:
    match attribute:
        case "xmlUrl" | "htmlUrl" | "url":
            check_url(report, attribute, value)
        case "text" | "title" | "description":
            check_html(report, attribute, value)
        case "isComment" | "isBreakpoint":
            if value.lower() not in ("true", "false"):
                report.error("bad-boolean", attribute, f'"{value}" is neither "true" nor "false".')
        case "created":
            check_rfc822(report, attribute, value)
        case "language":
            check_language(report, attribute, value)
        case "version":
            if value not in _FEED_VERSIONS:
                report.warning("bad-version", attribute, f'"{value}" is not a version of RSS.')

"""Check Atom links (RFC 4287, 4.2.7) in Atom and RSS, and archives (RFC 5005)."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.check.lint.findings import Report
from feeds.check.lint.text_rules import (
    check_count,
    check_filled,
    check_language,
    check_media_type,
    check_plain,
)
from feeds.check.lint.url_rules import check_link, check_url
from feeds.check.lint.vocabulary import HISTORY, RELATIONS
from feeds.check.lint.xml_tree import Element, list_children, read_name

ATTRIBUTES = "href rel type hreflang title length"
_IANA = "http://www.iana.org/assignments/relation/"
_FEED_TYPES = frozenset({"application/atom+xml", "application/rss+xml", "application/rdf+xml"})


def check_links(report: Report, links: Sequence[Element], *, feed: bool) -> None:
    """Check each link, and that no type and language has two alternate links."""
    seen = set()
    for link in links:
        _check_link(report, link, feed=feed)
        if read_relation(link) == "alternate":
            kind = (link.get("type", ""), link.get("hreflang", ""))
            if kind in seen:
                report.error("duplicate-link", "link", "It has two alternate links of one type and language.")
            seen.add(kind)


def read_relation(link: Element) -> str:
    """Return the relation of a link, ``alternate`` by default."""
    return str(link.get("rel", "alternate")).removeprefix(_IANA)


def check_self(report: Report, links: Sequence[Element]) -> None:
    """Report a feed without a link to itself, which readers need to subscribe."""
    if not any(read_relation(link) == "self" for link in links):
        report.warning("missing-self", "link", 'The feed lacks a link with rel="self".')


def check_history(report: Report, feed: Element, links: Sequence[Element]) -> None:
    """Check the links between the documents of a feed (RFC 5005).

    A complete feed has no other pages. An archive document links to a neighbour and to the
    current document.
    """
    targets = {read_relation(link): link.get("href", "") for link in links}
    marks = {read_name(child) for child in list_children(feed)}
    if "fh:complete" in marks:
        if targets.get("current", targets.get("self")) != targets.get("self"):
            report.error("complete-not-current", "link", "A complete feed is its own current document.")
        for rel in sorted(targets.keys() & HISTORY - {"current"}):
            report.error("complete-with-pages", "link", f'A complete feed has no link with rel="{rel}".')
    elif "fh:archive" in marks:
        if not targets.keys() & {"prev-archive", "next-archive"}:
            report.warning("archive-without-chain", "link", "An archive document leads to no other.")
        if "current" not in targets:
            report.warning("archive-without-current", "link", "An archive document lacks its current feed.")
    for end, beyond in (("first", "previous"), ("last", "next")):
        if beyond in targets and end in targets and targets[end] == targets.get("self"):
            report.error("link-past-end", "link", f'The {end} page has a link with rel="{beyond}".')


def _check_link(report: Report, link: Element, *, feed: bool) -> None:
    rel = read_relation(link)
    if "rel" in link.attrib and not rel.strip():
        report.warning("blank", "link", "Its rel is empty; leave it out.")
    elif rel not in RELATIONS and ":" not in rel:
        report.warning("unknown-relation", "link", f'"{rel}" is not a registered relation.')
    if rel in HISTORY and not feed:
        report.warning("history-in-entry", "link", f'rel="{rel}" is about feeds, not entries.')
    if (href := link.get("href")) is None:
        report.error("missing-attribute", "link", "A link lacks its href.")
    elif rel == "self" and feed:
        check_url(report, "link", href, relative="warning", iri=True)
    else:
        check_link(report, "link", href, iri=True)
    _check_hints(report, link, rel)
    if "".join(link.itertext()).strip():
        report.warning("link-not-empty", "link", "A link of Atom holds no text.")


def _check_hints(report: Report, link: Element, rel: str) -> None:
    """Check what a link says about its target: type, title, language, length."""
    kind, title, language, length = (link.get(key) for key in ("type", "title", "hreflang", "length"))
    if kind is not None:
        fits = check_media_type(report, "link", kind)
        if fits and rel == "self" and kind.partition(";")[0] not in _FEED_TYPES:
            report.warning("self-not-feed", "link", f'The feed calls itself "{kind}".')
    if title is not None and check_filled(report, "link", title):
        check_plain(report, "link", title)
    if language is not None:
        check_language(report, "link", language)
    if length is not None:
        check_count(report, "link", length)

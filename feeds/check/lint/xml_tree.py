"""Parse XML without entities or network, name elements, and check general rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from lxml import etree
from msgspec import Struct

from feeds.check.lint.findings import Report
from feeds.check.lint.text_rules import check_characters, check_language

Element: TypeAlias = Any  # lxml's own class is private

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"
MEDIA = "http://search.yahoo.com/mrss/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAMESPACES = {
    "admin": "http://webns.net/mvcb/",
    "app": "http://www.w3.org/2007/app",
    "atom": ATOM,
    "cc": "http://web.resource.org/cc/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "mathml": "http://www.w3.org/1998/Math/MathML",
    "media": MEDIA,
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
    "opml": "http://www.opml.org/spec2",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "svg": "http://www.w3.org/2000/svg",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": XHTML,
    "xlink": "http://www.w3.org/1999/xlink",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}


class Shape(Struct, frozen=True):
    """Which children an element may have, how often, and their attributes."""

    once: frozenset[str]
    often: frozenset[str]
    attributes: Mapping[str, frozenset[str]] = {}


def make_shape(once: str, often: str = "", **attributes: str) -> Shape:
    """Build a shape from names that are separated by spaces."""
    return Shape(
        frozenset(once.split()),
        frozenset(often.split()),
        {name: frozenset(values.split()) for name, values in attributes.items()},
    )


def parse_xml(report: Report, body: bytes) -> Element | None:
    """Return the root element, or report malformed XML and return None."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        report.error("malformed", "", f"It is not well-formed XML: {error}.")
        return None


def read_name(element: Element) -> str:
    """Return an element's name, with the usual prefix outside of the root's space."""
    uri, _, local = element.tag.rpartition("}")
    if uri == element.getroottree().getroot().tag.rpartition("}")[0]:
        return str(local)
    return f"{_PREFIXES.get(uri[1:], '?')}:{local}"


def list_children(element: Element, wanted: str = "") -> list[Element]:
    """Return all child elements, or only those with the given name."""
    return [child for child in element.iterchildren("*") if not wanted or read_name(child) == wanted]


def read_text(element: Element | None) -> str:
    """Return the stripped text of an element, or "" if there is no element."""
    return "" if element is None else "".join(element.itertext("*")).strip()


def find_child(element: Element, wanted: str) -> Element | None:
    """Return the first child with the given name, or None."""
    return next(iter(list_children(element, wanted)), None)


def check_shape(report: Report, element: Element, allowed: Shape) -> None:
    """Report unknown or repeated children, text between them, and unknown attributes."""
    parent, seen = read_name(element), set()
    for child in list_children(element):
        tag = read_name(child)
        if tag in allowed.once and tag in seen:
            report.error("duplicate-element", tag, f"<{parent}> has more than one <{tag}>.")
        seen.add(tag)
        own = ":" not in tag
        if tag not in allowed.once | allowed.often and (own or tag.startswith("atom:")):
            report.error("unknown-element", tag, f"<{parent}> has no element <{tag}>.")
        elif own:
            check_attributes(report, child, allowed.attributes.get(tag, ()))
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        report.error("unexpected-text", parent, f"<{parent}> holds text between its elements.")


def check_attributes(report: Report, element: Element, known: Iterable[str]) -> None:
    """Report attributes without a namespace that the element does not define."""
    for attribute in element.attrib:
        if not str(attribute).startswith("{") and attribute not in known:
            tag = read_name(element)
            report.error("unknown-attribute", tag, f'<{tag}> has no attribute "{attribute}".')


def check_required(report: Report, element: Element, wanted: str) -> None:
    """Report missing children; ``wanted`` are names that are separated by spaces."""
    found = {read_name(child) for child in list_children(element)}
    for tag in wanted.split():
        if tag not in found:
            report.error("missing-element", tag, f"<{read_name(element)}> lacks <{tag}>.")


def check_everywhere(report: Report, root: Element, entries: Mapping[Element, Report]) -> None:
    """Check the characters, languages and namespaces of every element."""
    atom = etree.QName(root).namespace == ATOM
    waiting: list[tuple[Element, Report, Mapping[str | None, str]]] = [(root, report, {})]
    while waiting:
        element, owner, outer = waiting.pop()
        owner = entries.get(element, owner)
        tag, bound = read_name(element), element.nsmap
        for value in (element.text, *element.attrib.values(), *(child.tail for child in element)):
            check_characters(owner, tag, value or "")
        if atom and etree.QName(element).namespace is None:
            owner.warning("no-namespace", tag, f"<{element.tag}> has no namespace.")
        if language := element.get(LANG):
            check_language(owner, "xml:lang", language)
        for prefix, uri in bound.items():
            if uri and outer.get(prefix) != uri:
                _check_namespace(owner, prefix or "", uri, atom=atom, on_root=element is root)
        waiting.extend((child, owner, bound) for child in reversed(list_children(element)))


def _check_namespace(report: Report, prefix: str, uri: str, *, atom: bool, on_root: bool) -> None:
    usual = _PREFIXES.get(uri)
    if uri == MEDIA.rstrip("/"):
        report.error("media-namespace", "xmlns", f'The namespace of Media RSS is "{MEDIA}", with its slash.')
    elif prefix in NAMESPACES and usual != prefix:
        report.warning(
            "reserved-prefix", "xmlns", f'The prefix "{prefix}" stands for "{NAMESPACES[prefix]}".'
        )
    elif usual is None:
        report.warning("unknown-namespace", "xmlns", f'No validator knows the namespace "{uri}".')
    if prefix and {prefix, usual} & {"atom", "xhtml"} and (atom or (on_root and usual and usual != prefix)):
        report.warning("avoid-prefix", "xmlns", f'Some readers of Atom stumble over the prefix "{prefix}".')

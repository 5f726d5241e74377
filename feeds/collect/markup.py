"""Read what a page says to machines: JSON-LD, microdata, microformats, meta."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree, html

from feeds.lib.text.plain import strip_html
from feeds.lib.text.urls import canonicalise

Node = Mapping[str, Any]
# What libraries raise for badly broken pages.
_FAULTS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
_ENOUGH_TO_GUESS = 50_000
# Limits of a page: one that was made to keep us busy is read in a second or two.
_MOST_LETTERS, _LONGEST_VALUE = 2_000_000, 5000
_MOST_ITEMS, _MOST_ENTRIES, _MOST_NODES, _DEEPEST = 1000, 100, 20_000, 30
_OWN, _OTHER = range(2)
_OF_SITES = {"WebSite", "Organization", "NewsMediaOrganization", "Person"}
_ENTRY = re.compile(r"\bh-?entry\b")
_JSON_LD = "application/ld+json"
# What a page may be about, the likeliest first. Sites, people and crumbs are in every page.
_MAIN = (
    re.compile(r"Article|Posting$|BlogPost$|Report$|Review$|Episode$|VideoObject|AudioObject|Thesis"),
    re.compile(
        r"Recipe|HowTo|SoftwareSourceCode|SoftwareApplication|Book$|Event$|Product$|Course$|Movie$|MusicRecording"
        r"|Dataset|Question$|CreativeWork$|Podcast"
    ),
    re.compile(r"Page$"),
)


class Markup(NamedTuple):
    """What a page says about itself.

    ``metas`` has the contents of meta elements by name or property in small letters, ``links`` the targets by
    relation. ``main`` has what schema.org says that the page is about, the likeliest first, ``site`` what it
    says about the site and who is behind it. ``entry`` is the page's h-entry, empty if it has none.
    """

    url: str
    tree: html.HtmlElement
    metas: Mapping[str, Sequence[str]]
    links: Mapping[str, Sequence[str]]
    main: Sequence[Node]
    site: Sequence[Node]
    entry: Node
    by_id: Mapping[str, Node]

    def follow(self, node: Node, *names: str) -> Iterator[Any]:
        """Yield a node's values under any of these names; references are followed."""
        for name in names:
            yield from self._flatten(node.get(name))

    def follow_all(self, nodes: Sequence[Node], *names: str) -> Iterator[Any]:
        """Yield what :meth:`follow` yields for the first of these nodes that has any."""
        for node in nodes:
            found = list(self.follow(node, *names))
            if found:
                yield from found
                return

    def _flatten(self, value: Any) -> Iterator[Any]:
        if isinstance(value, list):
            for one in value:
                yield from self._flatten(one)
        elif isinstance(value, Mapping):
            is_reference = value.keys() <= {"@id", "@type"}
            yield value.get("@value", self.by_id.get(str(value.get("@id")), value) if is_reference else value)
        elif value not in (None, ""):
            yield value

    def list_texts(self, nodes: Iterable[Node], *names: str) -> Iterator[str]:
        """Yield the texts and numbers that nodes have by any of these names."""
        for node in nodes:
            for value in self.follow(node, *names):
                if isinstance(value, str | int | float) and not isinstance(value, bool):
                    yield str(value)

    def list_names(self, values: Iterable[Any]) -> Iterator[str]:
        """Yield the names of people and organisations, which are texts or nodes."""
        for value in values:
            found = self.follow(value, "name") if isinstance(value, Mapping) else (value,)
            yield from (name for name in found if isinstance(name, str))

    def list_properties(self, name: str) -> Iterator[str]:
        """Yield the texts of an h-entry's property: texts, valued objects, named cards."""
        for value in self.entry.get(name) or ():
            inner = value
            if isinstance(value, Mapping):
                inner = next(iter(value.get("properties", {}).get("name") or [value.get("value")]))
            if isinstance(inner, str):
                yield inner

    def list_meta(self, *names: str) -> Iterator[str]:
        """Yield the contents of meta elements, in the order of these names."""
        for name in names:
            yield from self.metas.get(name, ())


def decode(body: bytes, content_type: str) -> str:
    """Return a page as text: UTF-8 if possible, else its own charset, else a guess."""
    from charset_normalizer import from_bytes
    from w3lib.encoding import html_to_unicode

    if not body.isascii():
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass

    def guess(_body: bytes) -> str | None:
        found = from_bytes(body[:_ENOUGH_TO_GUESS]).best()
        return found.encoding if found else None

    text: str = html_to_unicode(content_type or None, body, auto_detect_fun=guess)[1]
    return text


def read_markup(url: str, text: str) -> Markup | None:
    """Return what a page says about itself; None if there is nothing in it."""
    text = text[:_MOST_LETTERS]
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None
    metas, links = _read_head(tree)
    nodes = list(_list_json_ld(tree))
    if text.count("itemscope") <= _MOST_ITEMS:
        nodes += _list_microdata(tree, url)
    by_id: dict[str, Node] = {}
    for node in islice(_walk(nodes), _MOST_NODES):
        if isinstance(key := node.get("@id"), str) and len(node) > 1:
            by_id.setdefault(key, node)
    own = {
        _simplify_address(one, url) for one in (url, *links.get("canonical", ()), *metas.get("og:url", ()))
    }
    ranked = [
        (rank, node)
        for node in islice(_unfold(nodes), _MOST_ITEMS)
        if (rank := _rank(node, own, url)) is not None
    ]
    main = [node for _, node in sorted(ranked, key=lambda one: one[0])]
    site = [node for node in islice(_unfold(nodes), _MOST_ITEMS) if list_types(node) & _OF_SITES]
    return Markup(url, tree, metas, links, main, site, _read_entry(text, url), by_id)


def _read_head(tree: html.HtmlElement) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the contents of meta elements by name, and link targets by relation."""
    metas: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    for element in tree.iter("meta", "link", "a"):
        if element.tag == "link" and element.get("content") and not element.get("href"):
            # So YouTube names its channels.
            element.tag = "meta"
        if element.tag == "meta":
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            if content := (element.get("content") or "").strip()[:_LONGEST_VALUE]:
                metas.setdefault(name.strip().lower(), []).append(content)
        elif target := (element.get("href") or "").strip():
            for relation in (element.get("rel") or "").lower().split():
                links.setdefault(relation, []).append(target)
    return metas, links


def read_text(element: html.HtmlElement) -> str:
    """Return the text in an element, with single spaces."""
    return " ".join("".join(element.itertext())[:_LONGEST_VALUE].split())


def clean(written: str) -> str:
    """Return a text without markup, with single spaces."""
    return " ".join(strip_html(written[:_LONGEST_VALUE]).split())


def list_types(node: Node) -> set[str]:
    """Return the types of a node, without their vocabulary."""
    written = node.get("@type") or ()
    named = written if isinstance(written, list) else [written]
    return {re.split("[/#:]", str(one).rstrip("/"))[-1] for one in named}


def _simplify_address(url: str, base: str = "") -> str:
    """Return what addresses of one page have in common: host and path."""
    parts = urlsplit(canonicalise(url, base) or "")
    return (parts.hostname or "").removeprefix("www.") + parts.path.rstrip("/")


def _list_json_ld(tree: html.HtmlElement) -> Iterator[Node]:
    from extruct.jsonld import JsonLdExtractor

    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == _JSON_LD:
            script.set("type", _JSON_LD)
            # Each by itself, so that a broken one costs nothing else.
            with suppress(ValueError, RecursionError):
                yield from (
                    node for node in JsonLdExtractor().extract_items(script) if isinstance(node, dict)
                )


def _list_microdata(tree: html.HtmlElement, url: str) -> Iterator[Node]:
    from extruct.w3cmicrodata import MicrodataExtractor

    try:
        items = MicrodataExtractor().extract_items(tree, url)
    except _FAULTS:
        # A page can be so broken that the library fails.
        return
    yield from (_convert_microdata(item) for item in items)


def _convert_microdata(item: Any) -> Any:
    """Return an item of microdata in the form of JSON-LD."""
    if isinstance(item, list):
        return [_convert_microdata(one) for one in item]
    if not isinstance(item, dict):
        return item
    if "properties" not in item:
        return item.get("value", "")
    properties = {name: _convert_microdata(value) for name, value in item["properties"].items()}
    return {"@type": item.get("type", ""), **properties}


def _read_entry(text: str, url: str) -> Node:
    """Return the properties of the page's h-entry: the only one, or the one about it."""
    number = len(_ENTRY.findall(text))
    if not 0 < number <= _MOST_ENTRIES:
        return {}
    import mf2py

    try:
        found = mf2py.parse(doc=text, url=url)["items"]
    except _FAULTS:
        return {}
    entries = [one["properties"] for one in _walk(found) if "h-entry" in (one.get("type") or ())]
    own = [
        one
        for one in entries
        if _simplify_address(url) in map(_simplify_address, filter(_is_text, one.get("url") or ()))
    ]
    return own[0] if own else entries[0] if len(entries) == 1 else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _walk(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield all mappings within a value."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, depth + 1)


def _unfold(nodes: Sequence[Any], depth: int = 0) -> Iterator[Node]:
    """Yield nodes, with those of their graphs and what they are mainly about."""
    for node in nodes if depth < _DEEPEST else ():
        if isinstance(node, Mapping):
            yield node
            for name in ("@graph", "mainEntity", "mainEntityOfPage"):
                inner = node.get(name)
                yield from _unfold(inner if isinstance(inner, list) else [inner], depth + 1)


def _rank(node: Node, own: set[str], base: str) -> tuple[int, int] | None:
    """Return how likely a page is about a node, lowest first; None if it cannot be."""
    types = list_types(node)
    kind = next((n for n, kinds in enumerate(_MAIN) if any(map(kinds.search, types))), None)
    if kind is None:
        return None
    page = node.get("mainEntityOfPage")
    named = [node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, Mapping) else page]
    addresses = {_simplify_address(one, base) for one in named if isinstance(one, str) and one}
    return (_OTHER if addresses and not addresses & own else _OWN), kind

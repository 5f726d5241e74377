"""Choose who is behind a page, by what it says about itself: site and authors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from feeds.collect.markup import Markup, Node, clean, list_types, read_text
from feeds.lib.text.folding import fold_for_search

_LONGEST_SITE, _LONGEST_NAME, _MOST_WORDS, _MOST_AUTHORS, _SHORTEST = 60, 100, 6, 20, 4
_SEPARATOR = re.compile(r"\s+[-–—|│·•»«›‹:∙⋆~/]+\s+|\s*[|│»›]\s*|:\s+")
_BYLINE = re.compile(
    r"^\s*(?:(?:written|posted|published|text|words|story|reported|review|interview)\s+)?"
    r"(?:by|von|vom|par|por|di|da|door|av|af|przez|автор|text|autor(?:in)?|author|auteur|autore)\b\s*:?\s+",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(r"\s*[;,、，]\s*|\s+(?:and|und|et|y|e|en|och|og|&)\s+|\s*\|\s*")
_BEFORE_SUFFIX = re.compile(r",\s*((?:Jr|Sr|PhD|Ph\.D|MD|M\.D|II|III)\b)", re.IGNORECASE)
_ENDS_SHORT = re.compile(r"\b(?:\w|Jr|Sr|D)\.$")
_NO_NAME = re.compile(
    r"^(?:admin(?:istrator)?|author|autor|user|editor|staff|redaktion|name|anonymous|guest|webmaster|unknown|n/?a"
    r"|\S+\.\S+/\S*|root|test|wordpress|wpadmin|redacci[oó]n|r[ée]daction|redazione|https?:.*|www\..*|@.*|.*(?:@|\[at\]).*\..*|\d+)$",
    re.IGNORECASE,
)
_MARKED = (
    '//*[@itemprop="author" and not(*)]|//a[contains(concat(" ", @rel, " "), " author ")]'
    '|//*[contains(concat(" ", @class, " "), " author ") and contains(concat(" ", @class, " "), " vcard ")]'
)
_META_AUTHORS = (
    "article:author", "og:article:author", "author", "article:author_name", "parsely-author",
    "sailthru.author", "byl",
)  # fmt: skip
_WRITER = re.compile(
    r"written by|verfasst von|author|autor|[ée]crit par|escrito por|geschreven door|scritto da|skriv"
)


def fold_name(name: str) -> str:
    """Return what is equal for two spellings of a name: its letters and digits."""
    return re.sub(r"\W+", "", fold_for_search(name))


def list_site_names(page: Markup, site: str) -> set[str]:
    """Return what the site of a page may be called, folded."""
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    names = {site, "home", host, host.rpartition(".")[0], *host.split(".")[:-1]}
    return {fold_name(name) for name in names if name}


def split_title(title: str) -> Iterator[tuple[str, str]]:
    """Yield the parts around each sign that may be between a title and a site's name."""
    for found in _SEPARATOR.finditer(title):
        yield title[: found.start()], title[found.end() :]


def choose_site_name(page: Markup) -> str:
    """Return what a page calls its site, "" if it does not say."""
    publishers = page.list_names(page.follow_all(page.main, "publisher"))
    sites = [node for node in page.site if "WebSite" in list_types(node)]
    named = [
        *page.list_meta("og:site_name"),
        *publishers,
        *page.list_texts(sites, "name"),
        *page.list_meta(
            "application-name", "apple-mobile-web-app-title", "dc.publisher", "citation_journal_title"
        ),
    ]
    names = [
        name for one in named if (name := clean(one)) and len(name) <= _LONGEST_SITE and "://" not in name
    ]
    host = list_site_names(page, "") - {"home"}
    if names:
        # Some sites have a section's or their company's name in one of these places.
        return next((name for name in names if _is_like(fold_name(name), host)), names[0])
    # A part of the title is a name only if the host says so too.
    parts = _SEPARATOR.split(clean(page.tree.xpath("string(//title)")))
    likely = (part for part in map(_trim, parts) if len(part.split()) <= _MOST_WORDS and "://" not in part)
    return next((part for part in likely if _is_like(fold_name(part), host)), "")


def _trim(name: str) -> str:
    return name.strip(" -–—|")


def _is_like(name: str, host: set[str]) -> bool:
    """Return whether a site's name contains that of its host, or the other way round."""
    return len(name) >= _SHORTEST and any(
        name in one or (len(one) >= _SHORTEST and one in name) for one in host
    )


def choose_authors(page: Markup, site: str) -> list[str]:
    """Return the people who wrote a page, or the organisation if it is not the site."""
    nodes = list(page.follow_all(page.main, "author", "creator"))
    organisations = [one for one in nodes if isinstance(one, Mapping) and _is_organisation(one)]
    sources: tuple[Iterable[str], ...] = (
        page.list_names([one for one in nodes if one not in organisations]),
        page.list_properties("author"),
        map(_turn_name, page.list_meta("citation_author", "dc.creator", "dcterms.creator")),
        page.list_meta(*_META_AUTHORS),
        _list_labelled(page),
        _list_marked(page),
        page.list_names(organisations),
    )
    found = [list(dict.fromkeys(name for one in source for name in _split_names(one))) for source in sources]
    unwanted = list_site_names(page, site)
    lists = [[name for name in names if fold_name(name) not in unwanted] for names in found]
    chosen = next(filter(None, [*lists, *found[:-1]]), [])
    # Another place may name more of them, or spell them out.
    known = set(map(fold_name, chosen))
    more = (
        names
        for names in lists[:-1]
        if known < set(map(fold_name, names)) and all(" " in one for one in names)
    )
    chosen = next(more, chosen)
    spelt = {fold_name(name): name for names in lists for name in names if " " in name}
    return [spelt.get(fold_name(name), name) for name in chosen][:_MOST_AUTHORS]


def _is_organisation(node: Node) -> bool:
    types = list_types(node)
    return "Person" not in types and bool(types - {"Thing", ""})


def _split_names(written: str) -> Iterator[str]:
    text = _BEFORE_SUFFIX.sub(r" \1", _BYLINE.sub("", clean(written)))
    for part in _BETWEEN_NAMES.split(text):
        name = part.strip(" ,:-–|~")
        # The full stop of an initial belongs to it.
        name = name if _ENDS_SHORT.search(name) else name.rstrip(".")
        if (
            name
            and len(name) <= _LONGEST_NAME
            and len(name.split()) <= _MOST_WORDS
            and not _NO_NAME.match(name)
        ):
            yield name


def _turn_name(written: str) -> str:
    """Return a name as it is spoken, if it is written as in a catalogue: "Doe, Jane"."""
    last, comma, first = (part.strip() for part in written.partition(","))
    return f"{first} {last}" if comma and first and "," not in first else written


def _list_labelled(page: Markup) -> Iterator[str]:
    """Yield the author as WordPress plugins label it for messengers: label and name."""
    for number in ("1", "2"):
        label = next(page.list_meta(f"twitter:label{number}"), "").casefold()
        if _WRITER.search(label):
            yield from page.list_meta(f"twitter:data{number}")


def _list_marked(page: Markup) -> Iterator[str]:
    """Yield the texts of elements that are marked as the author's name."""
    found = page.tree.xpath(_MARKED)
    yield from (read_text(element) for element in found[:1])

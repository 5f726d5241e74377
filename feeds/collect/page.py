"""Choose an article's fields from what a page says; leave out what it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.collect.bylines import choose_authors, choose_site_name, fold_name, list_site_names, split_title
from feeds.collect.markup import Markup, clean, list_types, read_text
from feeds.collect.new import escape_markup
from feeds.lib.text.dates import DateError, parse, parse_length
from feeds.lib.text.folding import fold_for_search
from feeds.lib.text.languages import is_language
from feeds.lib.text.mistyped import find_meant
from feeds.lib.text.plain import shorten
from feeds.lib.text.urls import canonicalise, canonicalise_domain

_LONGEST_EXCERPT, _LONGEST_TITLE = 400, 300
_OLDEST_YEAR, _MOST_HEADINGS = 1990, 20
_PARTS = re.compile(r"\s+[-–—|│·•»«›‹∙⋆~/]+\s+|\s*[|│»›]\s*")
# The share of words that a heading has in common with a title if both are about the same.
_ENOUGH_WORDS = 0.55
# From this length on, a site's name is hardly a word of a title.
_CLEAR_NAME = 7
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET = re.compile(r":\d{2}(?:[.,]\d+)?\s*([+-])(\d{2}):?(\d{2})$")
_SIZE = re.compile(r"(\d{1,5})(?:px|\.0)?")
# Parameters by which a site may tell its pages apart, of those that the library takes for a tracker's.
_MAY_NAME_A_PAGE = re.compile(r"cl?id|[eu]id|session.*|g[al](?!_).+|ref(?!$|errer$|erer$).*|keyword.*|kwd.*")


def choose_fields(page: Markup, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of an article about a page, by our names and in our order.

    Values are texts, numbers, times with a zone, lists and mappings. A time that names no zone is in ``zone``; a day
    without a time is a text.
    """
    address = _choose_address(page)
    name = choose_site_name(page)
    title = _choose_title(page, name)
    provider = {
        "name": escape_markup(name),
        "domain": canonicalise_domain(urlsplit(address).hostname or "") or "",
        "authors": [{"name": escape_markup(author)} for author in choose_authors(page, name)],
    }
    fields: dict[str, Any] = {
        "title": escape_markup(title),
        "excerpt": escape_markup(_choose_excerpt(page, title)),
        "publishedDateTime": choose_date(page, zone),
        "originalUrl": address,
        "type": _choose_type(page),
        "length": _choose_length(page),
        "locale": _choose_language(page),
        "provider": {key: value for key, value in provider.items() if value},
        "images": _choose_images(page),
    }
    return {key: value for key, value in fields.items() if value}


def _choose_address(page: Markup) -> str:
    """Return the permanent address of a page, without parameters for trackers.

    Its own word counts, unless it names the front page of the site, as some themes do for all pages.
    """
    own = remove_trackers(page.url)
    named = [*page.links.get("canonical", ()), *page.metas.get("og:url", ())]
    for one in named:
        url = canonicalise(one, page.url)
        parts = urlsplit(url or "")
        if url is None or canonicalise_domain(parts.hostname or "") is None:
            continue
        if parts.path in ("", "/") and not parts.query and urlsplit(own).path not in ("", "/"):
            continue
        return remove_trackers(url.partition("#")[0])
    return own


def remove_trackers(url: str) -> str:
    """Return an address without parameters that tell trackers where people came from."""
    from courlan import normalize_url
    from w3lib.url import url_query_cleaner

    names = {part.partition("=")[0] for part in urlsplit(url).query.split("&")}
    tracking = [
        name
        for name in names
        if name
        and not _MAY_NAME_A_PAGE.fullmatch(name)
        and f"{name}=" not in normalize_url(f"https://h/?{name}=1")
    ]
    if not tracking:
        return url
    cleaned: str = url_query_cleaner(url, tracking, remove=True, unique=False, keep_fragments=True)
    return cleaned


def _choose_title(page: Markup, site: str) -> str:
    """Return the title of a page without the name of its site.

    Its heading counts if other titles confirm it, because those are often made for search engines.
    """
    unwanted = list_site_names(page, site)
    written = [read_text(element) for element in page.tree.iter("title")][:1]
    named = [
        *page.list_texts(page.main, "headline"),
        *page.list_properties("name"),
        *page.list_meta("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title"),
        *page.list_texts(page.main, "name"),
        *written,
    ]
    titles = [
        _remove_site_name(title, unwanted)
        for one in named
        if (title := clean(one)) and fold_name(title) not in unwanted
    ]
    texts = (read_text(heading) for heading in islice(page.tree.iter("h1"), _MOST_HEADINGS))
    headings = [text for text in texts if text and fold_name(text) not in unwanted]
    confirmed = [(max((_confirm(one, title) for title in titles), default=0), one) for one in headings]
    best, heading = max(confirmed, key=lambda one: one[0], default=(0, ""))
    if best >= _ENOUGH_WORDS:
        # A heading may begin with a kicker that the title has not, or has with a colon.
        same = (one for one in titles if heading.endswith(one) or fold_name(one) == fold_name(heading))
        return shorten(next(same, heading), _LONGEST_TITLE)
    return shorten(next(iter([*titles, *headings]), ""), _LONGEST_TITLE)


def _confirm(heading: str, title: str) -> float:
    """Return how much a title confirms a heading: 1 if it has it, else shared words."""
    own = fold_name(heading)
    parts = [fold_name(part) for part in _PARTS.split(title)]
    # A blog may have its name first, with a guillemet after it, and others the name of a section.
    is_first = own == parts[0] and " " in heading and "»" not in title
    if is_first or own == max(parts, key=len):
        return 1
    words, others = set(_list_words(heading)), set(_list_words(title))
    shared = len(words & others)
    return min(shared / len(words), shared / len(others)) if shared else 0


def _list_words(text: str) -> list[str]:
    return re.findall(r"\w+", fold_for_search(text))


def _remove_site_name(title: str, names: set[str]) -> str:
    """Return a title without its site's name, or its host's name at the end."""
    hosts = [name for name in names if len(name) >= _CLEAR_NAME]
    for before, after in split_title(title):
        folded = fold_name(after)
        if before and (
            folded in names or (any(host in folded for host in hosts) and len(after) < len(before))
        ):
            return before
        if fold_name(before) in names and after:
            return after
    title = next(filter(None, re.split(r"\s*[|│]\s*", title)), title)
    return title.rpartition(" » ")[2].strip(" -–—")


def _choose_excerpt(page: Markup, title: str) -> str:
    """Return what a page says that it is about, beside its title."""
    named = chain(
        page.list_meta("og:description"),
        page.list_texts(page.main, "description"),
        page.list_meta(
            "description", "twitter:description", "dc.description", "dcterms.abstract", "citation_abstract"
        ),
        page.list_properties("summary"),
    )
    texts = (clean(one) for one in named)
    return next((shorten(text, _LONGEST_EXCERPT) for text in texts if text and text != title), "")


def choose_date(page: Markup, zone: ZoneInfo) -> datetime | str | None:
    """Return when a page was published, a day alone as text, None if it does not say."""
    named = [
        *page.list_texts(page.main, "datePublished", "uploadDate"),
        *page.list_meta(
            "article:published_time", "og:article:published_time", "og:published_time", "article:published", "video:release_date",
            "citation_publication_date", "citation_date", "citation_online_date", "dcterms.issued", "dc.date.issued",
            "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "parsely-pub-date", "sailthru.date", "pubdate",
            "publishdate", "publish-date", "publication_date", "datepublished", "date.created", "article.published",
        ),
        *page.list_properties("published"),
        *page.list_texts(page.main, "dateCreated"),
    ]  # fmt: skip
    dates = [found for one in named if (found := read_date(one, zone))]
    if not dates:
        return None
    chosen = dates[0]
    firsts = [found for one in page.list_meta("article:published_time") if (found := read_date(one, zone))]
    if firsts and str(firsts[0])[:10] < str(chosen)[:10]:
        # Some give the time of the last change for both.
        chosen = firsts[0]
    for one in dates:
        # Another value may have the time of the day, or the same moment as the site's own clock shows it.
        if isinstance(one, datetime) and (
            one.isoformat().startswith(chosen)
            if isinstance(chosen, str)
            else one == chosen and one.utcoffset()
        ):
            return one
    return chosen


def read_date(written: str, zone: ZoneInfo) -> datetime | str | None:
    """Return a date with its written offset, a day alone as text.

    None if it can be read in more than one way.
    """
    text = written.strip()
    try:
        moment = parse(text, zone)
    except DateError:
        return None
    if moment.year < _OLDEST_YEAR:
        return None
    if _DAY.fullmatch(text):
        return text
    if moment.astimezone(zone).time() == datetime.min.time() and ":" not in text:
        return moment.astimezone(zone).date().isoformat()
    if offset := _OFFSET.search(text):
        sign = -1 if offset[1] == "-" else 1
        east = sign * timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return moment.astimezone(timezone(east)) if abs(east) < timedelta(days=1) else moment
    return moment


def find_day(page: Markup) -> str:
    """Return the day that the text of a page seems to tell, "" if there is none.

    A number that may be a year alone, such as that of a copyright, does not count.
    """
    from htmldate import find_date

    try:
        # It takes elements away.
        found = find_date(deepcopy(page.tree), url=page.url, original_date=True, extensive_search=False)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return ""
    return "" if found is None or found.endswith("-01-01") else found


def list_subjects(page: Markup, fields: Mapping[str, Any]) -> list[str]:
    """Return what a page says it is about: keywords and sections, and its title."""
    named = [
        *page.list_texts(page.main, "keywords", "articleSection"),
        *page.list_meta(
            "article:tag", "article:section", "og:article:tag", "og:article:section", "video:tag", "og:video:tag", "keywords",
            "news_keywords", "parsely-tags", "parsely-section", "citation_keywords", "dc.subject", "sailthru.tags",
        ),
        *page.list_properties("category"),
    ]  # fmt: skip
    parts = (part.strip() for one in named for part in re.split("[,;，、]", clean(one)))
    return list(dict.fromkeys(filter(None, (*parts, fields.get("title", "")))))


def _choose_type(page: Markup) -> str:
    """Return a page's kind, if it says so: article, video, podcast or audio."""
    types = next(
        (list_types(node) for node in page.main if not any(t.endswith("Page") for t in list_types(node))),
        set(),
    )
    graph = next(page.list_meta("og:type"), "").lower()
    if "PodcastEpisode" in types:
        return "podcast"
    if graph.startswith("video") or "VideoObject" in types:
        return "video"
    if graph.startswith("music") or types & {"AudioObject", "RadioEpisode"}:
        return "audio"
    return "article" if graph == "article" or any(re.search("Article|Posting", one) for one in types) else ""


def _choose_length(page: Markup) -> int | None:
    """Return how many seconds something to hear or watch takes."""
    for one in chain(
        page.list_texts(page.main, "duration", "timeRequired"),
        page.list_meta("og:video:duration", "video:duration", "music:duration", "duration"),
    ):
        if seconds := parse_length(one):
            return seconds
    return None


def _choose_language(page: Markup) -> str:
    """Return the language of a page as a tag, "" if it does not say."""
    root = page.tree.getroottree().getroot()
    named = [
        root.get("lang") or "",
        *page.list_texts(page.main, "inLanguage"),
        *page.list_meta("og:locale", "content-language", "dc.language"),
    ]
    tags = (one.replace("_", "-").split(",")[0].strip() for one in named)
    return next((tag for tag in tags if tag and is_language(tag)), "")


def _choose_images(page: Markup) -> list[dict[str, Any]]:
    """Return the picture of a page with its size, if it says so."""
    metas = list(page.list_meta("og:image:secure_url", "og:image", "og:image:url"))
    sized = zip(
        metas[:1],
        [*page.list_meta("og:image:width"), ""][:1],
        [*page.list_meta("og:image:height"), ""][:1],
        strict=False,
    )
    nodes = list(page.follow_all(page.main, "image", "thumbnailUrl", "thumbnail"))
    named: list[tuple[Any, Any, Any]] = [
        *sized,
        *(
            (one, "", "")
            if isinstance(one, str)
            else (one.get("url") or one.get("contentUrl"), one.get("width"), one.get("height"))
            for one in nodes
            if isinstance(one, str | dict)
        ),
        *((one, "", "") for one in page.list_meta("twitter:image", "twitter:image:src")),
    ]
    for address, width, height in named:
        one = address[0] if isinstance(address, list) and address else address
        if isinstance(one, str) and (url := canonicalise(one, page.url)) and find_meant(url) is None:
            sizes = {"width": _read_pixels(width), "height": _read_pixels(height)}
            return [{"url": url, **(sizes if all(sizes.values()) else {})}]
    return []


def _read_pixels(written: Any) -> int | None:
    value = written.get("value") or written.get("@value") if isinstance(written, dict) else written
    found = _SIZE.fullmatch(str(value).strip())
    return int(found[1]) if found else None

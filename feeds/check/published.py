"""Compares the articles with what was published before: ids and dates that readers have seen
must stay, or every reader shows the articles again."""  # noqa: D205, D209 - one sentence

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from feeds.errors import StorageError
from feeds.lib.text.dates import rfc3339
from feeds.model import Article, Problem

_ATOM = "{http://www.w3.org/2005/Atom}"


class Seen(NamedTuple):
    """An entry as readers have seen it."""

    id: str
    url: str
    title: str
    published: datetime


def published_before(build: Path) -> list[Seen]:
    """The entries of a frozen tree, from its feed of all articles and that feed's archive.

    Raises :class:`StorageError` where there is no such feed, or none that can be read.
    """
    for ending, read in (("json", _json), ("atom", _atom)):
        files = [build / f"all.{ending}", *sorted((build / "all" / "archive").glob(f"*.{ending}"))]
        if files[0].is_file():
            try:
                return [seen for file in files for seen in read(file.read_bytes())]
            except (OSError, ValueError, KeyError, TypeError, etree.XMLSyntaxError) as error:
                raise StorageError(f"{build}: what was published cannot be read: {error}.") from None
    raise StorageError(
        f"{build}: holds neither all.json nor all.atom. Name a folder that `feeds freeze` has written."
    )


def compare(before: Iterable[Seen], now: Iterable[Article]) -> Iterator[Problem]:
    """What would bring articles back as unread: another id, another date, an id used again."""
    articles = list(now)
    by_id = {article.id: article for article in articles}
    by_url = {article.url: article for article in articles if article.url}
    by_text = {(article.title, article.published): article for article in articles}
    for seen in before:
        if (same := by_id.get(seen.id)) is not None:
            yield from _same_id(seen, same)
            continue
        article = by_url.get(seen.url) or by_text.get((seen.title, seen.published))
        if article is not None:
            yield _problem(
                "changed-id", article, "id", f"had the id {seen.id} and would now have {article.id}.",
                f'Write "id: {seen.id}", or restore the URL that it was made from.',
            )  # fmt: skip


def _same_id(seen: Seen, article: Article) -> Iterator[Problem]:
    if article.url != seen.url and article.title != seen.title and article.published != seen.published:
        yield _problem(
            "reused-id", article, "id", f'has the id of "{seen.title}", which was published before.',
            "Give it an id of its own.",
        )  # fmt: skip
    elif article.published != seen.published:
        yield _problem(
            "moved-date", article, "publishedDateTime",
            f"was {rfc3339(seen.published)} and would now be {rfc3339(article.published)}.",
            "Restore it, and say what changed with updatedDateTime.",
        )  # fmt: skip


def _problem(code: str, article: Article, field: str, message: str, hint: str) -> Problem:
    return Problem(code, "error", article.path, message, hint, field=field)


def _json(body: bytes) -> Iterator[Seen]:
    feed: Any = msgspec.json.decode(body)
    for item in feed["items"]:
        yield Seen(
            item["id"], item.get("url", ""), item["title"], datetime.fromisoformat(item["date_published"])
        )


def _atom(body: bytes) -> Iterator[Seen]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for entry in etree.fromstring(body, parser).iter(f"{_ATOM}entry"):
        links = [
            link.get("href", "") for link in entry.iter(f"{_ATOM}link") if link.get("rel") == "alternate"
        ]
        yield Seen(
            id=entry.findtext(f"{_ATOM}id", ""),
            url=links[0] if links else "",
            title=entry.findtext(f"{_ATOM}title", ""),
            published=datetime.fromisoformat(entry.findtext(f"{_ATOM}published", "")),
        )

"""Compare the articles and addresses with what an earlier freeze published.

If an id or a date changes that readers have seen, every reader shows the article again. If an address
becomes that of another feed, its readers get what they did not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from feeds.errors import StorageError
from feeds.index.read import overview
from feeds.lib.text.dates import format_rfc3339
from feeds.model import Article, Problem, ProblemCode
from feeds.publisher.snapshot import Snapshot

# The head of a feed is shorter; its id and title come before those of entries.
_HEAD_BYTES = 16_000
_ID, _TITLE = re.compile("<id>([^<]*)</id>"), re.compile("<title[^>]*>([^<]*)</title>")
_ATOM = "{http://www.w3.org/2005/Atom}"


class PublishedEntry(NamedTuple):
    """An entry as it was published, and as readers have stored it."""

    id: str
    url: str
    title: str
    published: datetime


class FormerFeed(NamedTuple):
    """A feed as it was published: its id and title."""

    id: str
    title: str


def read_published(build: Path) -> list[PublishedEntry]:
    """Return the entries of a frozen tree, from the feed and archive of all articles.

    Raises :class:`StorageError` if there is no such feed, or if it cannot be read.
    """
    for ending, read in (("json", _parse_json_feed), ("atom", _parse_atom)):
        files = [build / f"all.{ending}", *sorted((build / "all" / "archive").glob(f"*.{ending}"))]
        if files[0].is_file():
            try:
                return [entry for file in files for entry in read(file.read_bytes())]
            except (OSError, ValueError, KeyError, TypeError, etree.XMLSyntaxError) as error:
                raise StorageError(f"{build}: what was published cannot be read: {error}.") from None
    raise StorageError(
        f"{build}: holds neither all.json nor all.atom. Name a folder that `feeds freeze` has written."
    )


def compare_entries(before: Iterable[PublishedEntry], now: Iterable[Article]) -> Iterator[Problem]:
    """Yield what would show articles as unread again: a new id or date, an id reused."""
    articles = list(now)
    by_id = {one: article for article in articles for one in (article.id, article.guid) if one}
    by_url = {article.url: article for article in articles if article.url}
    by_text = {(article.title, article.published): article for article in articles}
    for old in before:
        if (same := by_id.get(old.id)) is not None:
            yield from _compare_same_id(old, same)
            continue
        article = by_url.get(old.url) or by_text.get((old.title, old.published))
        if article is not None:
            yield _make_error(
                "changed-id", article, "id", f"had the id {old.id} and would now have {article.id}.",
                f'Write "id: {old.id}", or restore the URL that it was made from.',
            )  # fmt: skip


def _compare_same_id(old: PublishedEntry, article: Article) -> Iterator[Problem]:
    if article.url != old.url and article.title != old.title and article.published != old.published:
        yield _make_error(
            "reused-id", article, "id", f'has the id of "{old.title}", which was published before.',
            "Give it an id of its own.",
        )  # fmt: skip
    elif article.published != old.published:
        yield _make_error(
            "moved-date", article, "publishedDateTime",
            f"was {format_rfc3339(old.published)} and would now be {format_rfc3339(article.published)}.",
            "Restore it, and say what changed with updatedDateTime.",
        )  # fmt: skip


def _make_error(code: ProblemCode, article: Article, field: str, message: str, hint: str) -> Problem:
    return Problem(code, "error", article.path, message, hint, field=field)


def read_owners(build: Path) -> dict[str, FormerFeed]:
    """Return a frozen tree's feeds by path without ending; none without Atom feeds.

    Raises :class:`StorageError` if one cannot be read.
    """
    found = {}
    for file in [build / "all.atom", *sorted(build.glob("*/*.atom"))]:
        if file.is_file():
            try:
                with file.open("rb") as opened:
                    head = opened.read(_HEAD_BYTES).decode(errors="replace")
            except OSError as error:
                raise StorageError(f"{file}: cannot be read: {error.strerror}.") from None
            entry_id, title = _ID.search(head), _TITLE.search(head)
            if entry_id and title:
                path = file.relative_to(build).as_posix().removesuffix(".atom")
                found[path] = FormerFeed(unescape(entry_id[1]), unescape(title[1]))
    return found


def compare_owners(before: Mapping[str, FormerFeed], site: Snapshot) -> Iterator[Problem]:
    """Yield the addresses that would become those of other channels."""
    owners = dict(site.list_owners())
    if "all" in before and before["all"].id not in owners:
        # All ids are new: those of another site, or one whose site.id changed.
        return
    for path, former in before.items():
        now = site.channels.by_path.get(site.channels.moved.get(path, path))
        if now is not None and owners.get(former.id) != now:
            article = overview.find_member_path(site.connection, now.key) if now.count else site.config.file
            yield Problem(
                "changed-owner", "error", article,
                f'would give the address /{path}, which is that of the feed "{former.title}", to "{now.title}".',
                f'To keep it, say slug = "{path.partition("/")[2]}" in the table of the topic that has it.'
                if now.kind == "topics" else "Rename one of them.",
                field=now.kind,
            )  # fmt: skip


def _parse_json_feed(body: bytes) -> Iterator[PublishedEntry]:
    feed: Any = msgspec.json.decode(body)
    for item in feed["items"]:
        yield PublishedEntry(
            item["id"], item.get("url", ""), item["title"], datetime.fromisoformat(item["date_published"])
        )


def _parse_atom(body: bytes) -> Iterator[PublishedEntry]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for entry in etree.fromstring(body, parser).iter(f"{_ATOM}entry"):
        links = [
            link.get("href", "") for link in entry.iter(f"{_ATOM}link") if link.get("rel") == "alternate"
        ]
        yield PublishedEntry(
            id=entry.findtext(f"{_ATOM}id", ""),
            url=links[0] if links else "",
            title=entry.findtext(f"{_ATOM}title", ""),
            published=datetime.fromisoformat(entry.findtext(f"{_ATOM}published", "")),
        )

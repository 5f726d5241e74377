"""Close digests: one entry for each past day, week or month with its best.

A closed digest keeps its articles and their order, and an article that comes late goes into the next
one. The articles do not tell which digests were closed with which of them, so a file records their ids.
The text of an entry is made of the articles that are public, so what is withdrawn leaves it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from feeds.config.schema import Config
from feeds.index.index import Index
from feeds.index.read import channels
from feeds.index.rows import Result
from feeds.index.sql import Connection
from feeds.index.write.digests import are_stored, has_digests, store_digests
from feeds.model import DIGEST_PATH, Article, Membership
from feeds.sync.digests.article import close_digest, make_digest
from feeds.sync.digests.ledger import (
    ClosedDigest,
    ClosedDigests,
    Ledger,
    Rhythm,
    find_due_periods,
    find_period,
)
from feeds.sync.process import FileProcessor, PartialResult, hash_work

__all__ = ["update"]


def update(config: Config, index: Index, now: datetime, *, record: bool = True) -> None:
    """Close and record the digests that are due, and make the index agree.

    With ``record`` false, nothing is closed or recorded, but the index gets what the articles changed.
    Raises :class:`feeds.errors.StorageError` if the record cannot be read or written.
    """
    wanted = [name for name, s in config.selections.items() if s.digest and not s.retired]
    if not wanted and not has_digests(index):
        return
    ledger = Ledger.load(config.digests_path) if wanted else Ledger()
    before = ledger.encode()
    if record:
        _close_all_due(config, index, ledger, wanted, now)
    if ledger.encode() == before and are_stored(index, _hash_inputs(config, wanted, ledger)):
        return
    shown = _note_gone(index, ledger, wanted, now if record else None)
    if record and ledger.encode() != before:
        ledger.save(config.digests_path)
    digests = {
        f"{DIGEST_PATH}{name}/{period}": digest
        for name in wanted
        if name in ledger.feeds
        for period, digest in ledger.feeds[name].entries.items()
    }
    processor = FileProcessor(config, now)

    def render(connection: Connection, paths: Sequence[str]) -> list[Result]:
        chosen = {path: digests[path].articles for path in paths}
        articles = channels.read_articles_by_id(connection, [one for ids in chosen.values() for one in ids])
        made = [
            make_digest(config, path, digests[path], [articles[one] for one in ids if one in articles])
            for path, ids in chosen.items()
        ]
        return processor.render([_make_partial_result(article) for article in made])

    work = hash_work(config)
    versions = {path: _hash_version(work, digest, shown) for path, digest in digests.items()}
    store_digests(index, versions, render, _hash_inputs(config, wanted, ledger), now)


def _close_due(
    config: Config, name: str, before: ClosedDigests | None, candidates: Sequence[Article], now: datetime
) -> ClosedDigests:
    """Close the digests of a feed that are due; return all its closed ones.

    ``candidates`` are the articles of the feed, oldest first. An article that no digest has considered
    yet goes into the first digest that closes after the article's time, however long ago that was.
    """
    after = before or ClosedDigests(until=candidates[0].published)
    entries, considered = dict(after.entries), list(after.considered)
    known = set(considered)
    waiting = [article for article in candidates if article.id not in known]
    until = after.until
    for period in find_due_periods(until, now, _find_rhythm(config, name)):
        found = [article for article in waiting if article.published < period.end]
        waiting = waiting[len(found) :]
        until = period.end
        if found:
            entries[period.name] = close_digest(config, name, period, found)
            considered.extend(article.id for article in found)
    return ClosedDigests(until, entries, considered)


def _close_all_due(
    config: Config, index: Index, ledger: Ledger, wanted: Sequence[str], now: datetime
) -> None:
    for name in wanted:
        before = ledger.feeds.get(name)
        if before is not None and find_period(before.until, _find_rhythm(config, name)).end > now:
            continue
        with index.reading() as connection:
            candidates = channels.read_digest_candidates(connection, name)
        if before is not None or candidates:
            ledger.feeds[name] = _close_due(config, name, before, candidates, now)


def _note_gone(index: Index, ledger: Ledger, wanted: Sequence[str], now: datetime | None) -> dict[str, int]:
    """Note which articles are not public now; return the others' keys by id.

    Without a time, the digests keep theirs.
    """
    feeds = [ledger.feeds[name] for name in wanted if name in ledger.feeds]
    with index.reading() as connection:
        ids = {one for feed in feeds for digest in feed.entries.values() for one in digest.articles}
        shown = channels.find_shown_keys(connection, sorted(ids))
    for feed in feeds:
        feed.entries = {
            period: digest.note_gone(shown, now or digest.updated) for period, digest in feed.entries.items()
        }
    return shown


def _hash_inputs(config: Config, wanted: Sequence[str], ledger: Ledger) -> str:
    """Return a hash of all that digests depend on beside the articles."""
    parts = hash_work(config), wanted, ledger
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _hash_version(work: str, digest: ClosedDigest, shown: Mapping[str, int]) -> str:
    """Return a hash of a digest and its articles' keys; edited articles have new ones."""
    keys = [shown.get(one) for one in digest.articles]
    return hashlib.sha256(msgspec.json.encode((work, digest, keys))).hexdigest()[:16]


def _find_rhythm(config: Config, name: str) -> Rhythm:
    return config.selections[name].digest or "daily"


def _make_partial_result(article: Article) -> PartialResult:
    name = article.path.removeprefix(DIGEST_PATH).rpartition("/")[0]
    return PartialResult(Result(article.path, b"", "public"), article, (Membership("feeds", name, ""),))

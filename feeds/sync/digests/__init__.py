"""Close digests: one entry for each day, week or month that is over, listing its best articles.

A closed digest never changes, and an article that comes late goes into the next one. The
articles do not tell which digests were closed with which of them, so a file records it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from feeds.config.schema import Config
from feeds.index.index import Index
from feeds.index.read import channels
from feeds.index.rows import Result
from feeds.index.write.digests import store_digests
from feeds.model import Article, Membership
from feeds.sync.digests.article import make_digest
from feeds.sync.digests.ledger import ClosedDigests, Ledger, Rhythm, find_due_periods, period_of
from feeds.sync.process import FileProcessor, PartialResult, work_fingerprint

__all__ = ["update"]


def update(config: Config, index: Index, now: datetime) -> None:
    """Close the digests that are due, record them, and store all recorded ones in the index.

    Raises :class:`feeds.errors.StorageError` if the record cannot be read or written.
    """
    wanted = [name for name, s in config.selections.items() if s.digest and not s.retired]
    ledger = Ledger.load(config.digests_path) if wanted else Ledger()
    closed_now = False
    for name in wanted:
        before = ledger.feeds.get(name)
        if before is not None and period_of(before.until, _rhythm(config, name)).end > now:
            continue
        with index.reading() as connection:
            candidates = channels.read_digest_candidates(connection, name)
        if before is not None or candidates:
            ledger.feeds[name] = close_due(config, name, before, candidates, now)
            closed_now = True
    if closed_now:
        ledger.save(config.digests_path)
    recorded = {name: record for name, record in ledger.feeds.items() if name in wanted}
    articles = {
        article.path: (article, name)
        for name, record in recorded.items()
        for article in record.entries.values()
    }
    processor = FileProcessor(config, now)

    def render(paths: list[str]) -> list[Result]:
        return processor.render([_make_partial_result(*articles[path]) for path in paths])

    bodies = {path: msgspec.json.encode(articles[path][0]) for path in sorted(articles)}
    store_digests(index, bodies, render, work_fingerprint(config), now)


def close_due(
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
    for period in find_due_periods(until, now, _rhythm(config, name)):
        found = [article for article in waiting if article.published < period.end]
        waiting = waiting[len(found) :]
        until = period.end
        if found:
            entries[period.name] = make_digest(config, name, period, found)
            considered.extend(article.id for article in found)
    return ClosedDigests(until, entries, considered)


def _rhythm(config: Config, name: str) -> Rhythm:
    return config.selections[name].digest or "daily"


def _make_partial_result(article: Article, name: str) -> PartialResult:
    return PartialResult(Result(article.path, b"", "public"), article, (Membership("feeds", name, ""),))

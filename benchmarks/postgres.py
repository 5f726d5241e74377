"""The index in a file of SQLite against the one in PostgreSQL, on the same articles and in turns.

PYTHONPATH=tests python benchmarks/postgres.py [ARTICLES [ROUNDS]]

PostgreSQL is started for it in a folder of its own, with its own settings; the client uses a socket. Both are on a
memory file system. Prints the medians as a table.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import corpus
from databases import Postgres, start_server

from feeds.config import load
from feeds.config.schema import Config
from feeds.index import open_index
from feeds.index.write.search_words import update_search_words
from feeds.publisher import queries
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Publisher
from feeds.publisher.targets import FeedTarget
from feeds.sync.syncer import Syncer

_SYNCS, _QUESTIONS = 15, 60
_WORDS = ("ocean", "glacier packet", '"harbour helmet"', "robot -rocket", "zebra", "energy OR engine")
Times = dict[str, list[float]]


class Store:
    """One of the two, with what was measured of it."""

    def __init__(self, configure: Callable[[int], Config]) -> None:
        self._configure = configure
        self.times: Times = {}

    def timed(self, what: str, work: Callable[[], object]) -> None:
        """Do something, and note the seconds."""
        began = time.perf_counter()
        work()
        self.times.setdefault(what, []).append(time.perf_counter() - began)

    def first_sync(self, number: int) -> None:
        """Fill an empty index."""
        self.config = self._configure(number)
        self.syncer = Syncer(self.config, open_index(self.config), fingerprint(self.config))
        self.timed("first sync", lambda: self.syncer.sync_all(datetime.now(UTC)))

    def take_in_words(self) -> None:
        """Have the search know all words, and what reads the index begin."""
        self.timed("words for the search", lambda: update_search_words(self.syncer.index))
        self.syncer.index.update_statistics()
        self.publisher = Publisher(self.config, self.syncer.index)
        self.publisher.refresh()

    def sync_one(self, file: Path) -> None:
        """Find one edited article, if it is known which."""
        path = file.relative_to(self.config.articles_path).as_posix()
        self.timed("one article changed", lambda: self.syncer.sync_below([path], datetime.now(UTC)))

    def sync_none(self) -> None:
        """Look at everything, and find nothing."""
        self.timed("nothing changed, whole look", lambda: self.syncer.sync_all(datetime.now(UTC)))

    def feed(self, path: str) -> None:
        """A feed that is not in memory."""
        self.timed("a feed of 50 entries", lambda: self._document(path))

    def search(self, words: str) -> None:
        """A feed of the articles that have some words."""
        self.timed("a query with words", lambda: self._selection(f"q={words}"))

    def select(self, number: int) -> None:
        """A feed of the articles that are in a topic and meet a condition."""
        self.timed("a query without words", lambda: self._selection(f"topic=topic-{number}&min_quality=50"))

    def _document(self, path: str) -> None:
        with self.publisher.snapshot() as site:
            assert site.document(path) is not None, path  # noqa: S101 - what is measured

    def _selection(self, query: str) -> None:
        with self.publisher.snapshot() as site:
            asked = queries.read(site.router, query)
            place = FeedTarget(site.add_count(asked.channel), "atom", 0)
            site.make_feed(place)


def main() -> None:
    """Measure, and print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        folder.chmod(0o755)
        config = corpus.configure(folder, number)
        (folder / "server").mkdir()
        server = start_server(folder / "server")
        try:
            stores = {"SQLite": Store(in_file(config)), "PostgreSQL": Store(in_database(config, server))}
            measure(list(stores.values()), config.parent / "articles", rounds)
            report(stores, number)
            for what, size in sizes(config, server):
                print(f"{what}: {size / 1e6:,.0f} MB")
        finally:
            server.stop()


def measure(stores: list[Store], articles: Path, rounds: int) -> None:
    """All that is measured, in turns."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    for n in range(rounds):
        for store in stores:
            store.first_sync(n)
    for store in stores:
        store.take_in_words()
    files = sorted(articles.rglob("*.md"))[:: max(1, len(list(articles.rglob("*.md"))) // _SYNCS)][:_SYNCS]
    for file in files:
        file.write_text(file.read_text().replace('title: "', 'title: "Edited ', 1))
        for store in stores:
            store.sync_one(file)
    for _ in range(rounds):
        for store in stores:
            store.sync_none()
    for n in range(_QUESTIONS):
        for store in stores:
            store.feed(f"topics/topic-{n}.atom")
            store.search(_WORDS[n % len(_WORDS)])
            store.select(n)


def in_file(config: Path) -> Callable[[int], Config]:
    """A configuration with an index of its own, by number."""

    def made(number: int) -> Config:
        return _with(config, f'path = "sqlite/{number}.sqlite"')

    return made


def in_database(config: Path, server: Postgres) -> Callable[[int], Config]:
    """Likewise, in PostgreSQL."""

    def made(number: int) -> Config:
        return _with(config, f'url = "{server.url}"\nschema = "bench{number}"')

    return made


def _with(config: Path, index: str) -> Config:
    file = config.with_name("measured.toml")
    file.write_text(f"{config.read_text()}\n[index]\n{index}\n")
    return load(file)


def report(stores: dict[str, Store], number: int) -> None:
    """The medians of both as a table."""
    print(f"| {number:,} articles | {' | '.join(stores)} |\n| --- | --- | --- |")
    for what in next(iter(stores.values())).times:
        found = [statistics.median(store.times[what]) for store in stores.values()]
        print(f"| {what} | {' | '.join(map(_shown, found))} |")


def sizes(config: Path, server: Postgres) -> Iterator[tuple[str, int]]:
    """The bytes that each takes, with the words for the search."""
    yield "SQLite", max(file.stat().st_size for file in (config.parent / "sqlite").glob("*.sqlite"))
    ((size,),) = server.execute(
        "SELECT max(size)::bigint FROM (SELECT schemaname, sum(pg_total_relation_size(relid)) AS size"
        " FROM pg_statio_user_tables GROUP BY schemaname) AS sizes"
    )
    yield "PostgreSQL", int(str(size))


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()

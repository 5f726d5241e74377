"""Lives a year of a site: freezes with changes, edits and polls, upgrades, a rollback, a move to another host.

    python benchmarks/year.py [FREEZES [ARTICLES]]

It prints what the site takes on the disk, when the year begins and when it ends: nothing may grow without bound. The
number of articles stays the same, since each new one takes the place of one that is withdrawn.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from feeds.config import load
from feeds.index import migrations
from feeds.index.sql import begin_index
from feeds.site import Plan, Site, open_site
from feeds.web.app import create, stop

_CONFIG = """
[site]
title = "A year"
base_url = "https://year.example/"
[articles]
path = "articles"
[output]
path = "build"
compress = ["gzip"]
[feeds]
limit = 20
page_size = 20
[websub]
hubs = ["http://127.0.0.1:9/"]
[selections.week]
title = "Top of the week"
sort = "quality"
window = "7d"
[selections.days]
title = "Days"
digest = "daily"
"""
_BEGIN = datetime(2025, 1, 1, 6, tzinfo=UTC)
_TOPICS, _PROVIDERS = 30, 12
_POLLS = (
    "/",
    "/all.atom",
    "/all.rss",
    "/topics/t1/",
    "/topics/t2.json",
    "/search/?q=text",
    "/feed.atom?topic=t3&type=x",
)


class Sizes(NamedTuple):
    """What a site takes, in bytes, and how many files there are."""

    database: int
    log: int
    manifest: int
    outbox: int
    digests: int
    output: int
    output_files: int
    others: int
    temporary: int


class Year:
    """A site that lives. ``now`` is the time of its world."""

    def __init__(self, folder: Path, articles: int, seed: int = 1) -> None:
        self.folder = folder
        self.now = _BEGIN
        self._random = random.Random(seed)
        self._number = 0
        self._alive: list[Path] = []
        (folder / "articles").mkdir(parents=True)
        (folder / "config.toml").write_text(_CONFIG)
        for _ in range(articles):
            self.add()

    def add(self) -> None:
        """Write a new article of today."""
        self._number += 1
        path = self.folder / "articles" / f"a{self._number}.md"
        path.write_text(self._write(self._number, self.now - timedelta(minutes=self._number % 1000)))
        self._alive.append(path)

    def change(self) -> None:
        """Do what curators do between two freezes."""
        for _ in range(3):
            path = self._random.choice(self._alive)
            path.write_text(self._write(self._random.randrange(10**6), self.now - timedelta(days=2)))
        gone = self._alive.pop(self._random.randrange(len(self._alive)))
        gone.unlink()
        self.add()
        broken = self._random.choice(self._alive)
        text = broken.read_text()
        if "title: '" in text:
            broken.write_text(text.replace("title: '", "title: ", 1))
        elif self._random.randrange(3) == 0:
            broken.write_text(text.replace("title: ", "title: '", 1))

    def mend(self) -> None:
        """Mend what is broken: only an index that has seen it whole knows its last good version."""
        for path in self._alive:
            path.write_text(path.read_text().replace("title: '", "title: ", 1))

    def freeze(self) -> Plan:
        """Freeze the site as of now, and note for hubs what changed; nobody tells them."""
        site = self.open()
        done = site.freeze(ping=False)
        site.close()
        return done

    def open(self) -> Site:
        """Bring the index up to date."""
        return open_site(load(self.folder / "config.toml"), self.now, search=True)

    def measure(self, temporary: Path) -> Sizes:
        """Measure what there is now; ``temporary`` is the folder for temporary files."""
        index = self.folder / ".feeds"
        known = {"index.sqlite", "index.sqlite-wal", "index.sqlite-shm"}
        output = [path for path in (self.folder / "build").rglob("*") if path.is_file()]
        beside = [path for path in self.folder.rglob("*") if path.is_file() and path not in output]
        outbox = [load(self.folder / "config.toml").outbox_path]
        articles = self.folder / "articles"
        others = [
            path for path in beside
            if path.name not in known and path not in outbox and articles not in path.parents
            and path.name not in ("digests.json", "config.toml")
        ]  # fmt: skip
        return Sizes(
            database=_size(index / "index.sqlite"),
            log=_size(index / "index.sqlite-wal"),
            manifest=_size(self.folder / "build" / ".feeds-manifest.json"),
            outbox=sum(map(_size, outbox)),
            digests=_size(self.folder / "digests.json"),
            output=sum(map(_size, output)),
            output_files=len(output),
            others=sum(map(_size, others)),
            temporary=sum(1 for _ in temporary.rglob("*")),
        )

    def use_older_index(self, version: int) -> None:
        """Put an index in place of ours as an older version of feeds would have left it, without articles."""
        self.drop_index()
        path = self.folder / ".feeds" / "index.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            for migration in migrations.MIGRATIONS[:version]:
                for statement in (*migration.both, *migration.sqlite):
                    connection.execute(statement)
            begin_index(connection, version)  # type: ignore[arg-type] # it needs only what both have
            connection.commit()

    def use_newer_index(self) -> None:
        """Have the index be that of a newer version, as after a rollback."""
        with closing(sqlite3.connect(self.folder / ".feeds" / "index.sqlite")) as connection:
            connection.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
            connection.commit()

    def drop_index(self) -> None:
        """Delete the index, which is a cache."""
        for path in (self.folder / ".feeds").glob("index.sqlite*"):
            path.unlink()

    def move(self, folder: Path) -> None:
        """Move the site to another host, which gets its files, its record and its output, but no cache."""
        shutil.copytree(self.folder, folder)
        shutil.rmtree(self.folder)
        self._alive = [folder / path.relative_to(self.folder) for path in self._alive]
        self.folder = folder
        self.drop_index()

    def _write(self, number: int, published: datetime) -> str:
        topic, provider = number % _TOPICS, number % _PROVIDERS
        return (
            f"---\ntitle: Article {number}\nexcerpt: A text of {number}\npublishedDateTime: {published:%Y-%m-%dT%H:%M:%SZ}\n"
            f"webUrl: https://p{provider}.example/{number}\ntype: x\nquality: {number % 100}\n"
            f"topics: [T{topic}, T{(topic * 7) % _TOPICS}]\nprovider: {{name: P{provider}, domain: p{provider}.example}}\n"
            f"---\nSome *text* of {number}. " + "Words that make it longer. " * (number % 40) + "\n"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def poll(year: Year, tags: dict[str, str]) -> None:
    """Ask a server of the site for what readers ask for, with the tags that they have."""
    site = year.open()
    app = create(site.publisher)
    try:
        for path in _POLLS:
            headers = {"A-IM": "feed"} | ({"If-None-Match": tags[path]} if path in tags else {})
            answer = app.test_client().get(path, headers=headers)
            tags[path] = answer.headers.get("ETag", "")
    finally:
        stop(app)
        site.close()


@contextmanager
def own_temporary_folder(folder: Path) -> Iterator[Path]:
    """Have all temporary files of this process below a folder."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    folder.mkdir()
    try:
        yield folder
    finally:
        tempfile.tempdir = before


def live(
    folder: Path, freezes: int, articles: int, versions: Sequence[int] = range(1, migrations.VERSION)
) -> Iterator[tuple[str, Sizes]]:
    """Live the year, and yield what there is after each of its parts.

    ``versions`` are those of the indexes that are upgraded. Raises AssertionError if a tree is wrong.
    """
    year, tags = Year(folder / "first", articles), dict[str, str]()
    with own_temporary_folder(folder / "temporary") as temporary:
        year.freeze()
        yield "the first freeze", year.measure(temporary)
        for quarter in range(1, 5):
            for _ in range(freezes // 4):
                year.now += timedelta(days=365) / freezes
                year.change()
                year.freeze()
                poll(year, tags)
            yield f"quarter {quarter}", year.measure(temporary)
        year.mend()
        year.freeze()
        for version in versions:
            year.use_older_index(version)
            expect_nothing(year)
        yield f"upgrades from {len(versions)} schemas", year.measure(temporary)
        year.use_newer_index()
        expect_nothing(year)
        yield "a rollback", year.measure(temporary)
        year.move(folder / "second")
        expect_nothing(year)
        yield "a move", year.measure(temporary)


def expect_nothing(year: Year) -> None:
    """Freeze, and raise if any document is another one."""
    done = year.freeze()
    if wrong := [*done.written, *done.deleted]:
        raise AssertionError(f"{len(wrong)} files are others, such as {wrong[0]}")


def main() -> None:
    """Live a year, and print its table."""
    freezes, articles = (int(word) for word in (*sys.argv[1:3], "500", "400")[:2])
    began = time.process_time()
    with tempfile.TemporaryDirectory() as name:
        print(f"{freezes} freezes of {articles} articles; kilobytes, and numbers of files")
        print("| after | " + " | ".join(Sizes._fields) + " |")
        print("| --- |" + " ---: |" * len(Sizes._fields))
        for what, sizes in live(Path(name), freezes, articles):
            values = [
                f"{value:,}" if field in ("output_files", "temporary") else f"{value / 1000:,.0f}"
                for field, value in zip(Sizes._fields, sizes, strict=True)
            ]
            print(f"| {what} | " + " | ".join(values) + " |", flush=True)
    print(f"{time.process_time() - began:.0f} s of a processor")


if __name__ == "__main__":
    main()

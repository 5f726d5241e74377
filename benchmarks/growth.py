"""What a change costs as articles and topics grow: freezes in processes of their own, documents and queries in this one.

    python benchmarks/growth.py FOLDER [ARTICLESxTOPICS ...]

Each article has two topics, in turn, and one of 2,000 providers. User and system seconds of each command come from
the system, and so does its memory; the least of two rounds counts, since other programs only add to it. Sites that are
in the folder are used again: the first freeze of 20,000 topics writes 71,000 files, all others write a few. A memory file
system makes them quicker and changes nothing of what is counted. Prints a table in Markdown.

Of the queries, every parameter is asked for alone and with every other: the slowest stands in the table.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import corpus

from feeds.config import load
from feeds.index import open_index
from feeds.index.write.search_words import update_search_words
from feeds.publisher import queries
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.publisher.targets import FeedTarget
from feeds.site import open_site

_ROUNDS = 2
_SIZES = ("10000x200", "10000x2000", "10000x20000")
# What is asked for as the first in a process, as the first after an edit, and again.
_PAGES = ("", "topics/", "build/", "search/", "feeds.json", "feeds.opml", "sitemap.xml")
_PARAMETERS = {
    "topic": "topic={topics[0]}",
    "topics": "topic={topics[0]}&topic={topics[1]}",
    "exclude_topic": "exclude_topic={topics[0]}",
    "provider": "provider={providers[0]}",
    "type": "type=video",
    "language": "language=de",
    "q": "q=ocean",
    "min_quality": "min_quality=101",
    "min_heat": "min_heat=95",
    "since": "since=2023-01-01",
}


class Cost(NamedTuple):
    """Seconds of a processor in a program and in the system, and megabytes at most."""

    user: float
    system: float
    memory: int

    def __str__(self) -> str:
        return f"{self.user:.2f} + {self.system:.2f} s, {self.memory} MB"


class Site:
    """A site of so many articles and topics."""

    def __init__(self, folder: Path, articles: int, topics: int) -> None:
        self.config = folder / "config.toml"
        self.rows: dict[str, str] = {}
        self._edits = itertools.count(time.time_ns())
        self._is_new = not self.config.exists()
        if self._is_new:
            corpus.configure(folder, articles, topics_in_turn=topics)
        self._articles = folder / "articles"
        self._files = sorted(self._articles.rglob("article-*.md"))

    def measure(self) -> None:
        """Measure all that the table has."""
        # One of a site that is there: what another version of the program wrote is made again.
        first = self._freeze()
        if self._is_new:
            self.rows["first freeze"] = str(first)
        build = self._articles.parent / "build"
        self.rows["files of the tree"] = f"{sum(len(files) for _, _, files in os.walk(build)):,}"
        self.rows["nothing changed"] = self._repeat(lambda: None)
        self.rows["one article edited"] = self._repeat(lambda: self._edit("title"))
        self.rows["one article more or less"] = self._repeat(lambda: self._edit("published"))
        for name, seconds in self._time_pages():
            self.rows[f"`/{name}`, first, after an edit, again"] = seconds
        for name, seconds in self._time_queries():
            self.rows[name] = seconds

    def _repeat(self, change: Callable[[], None]) -> str:
        costs = []
        for _ in range(_ROUNDS):
            change()
            costs.append(self._freeze())
        return str(min(costs, key=lambda cost: cost.user + cost.system))

    def _freeze(self) -> Cost:
        command = [sys.executable, "-m", "feeds", "--config", str(self.config), "freeze"]
        # Compiled modules are kept, as everywhere but in some test environments.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0  # noqa: S101 - what is measured
        return Cost(used.ru_utime, used.ru_stime, used.ru_maxrss // 1000)

    def _edit(self, field: str) -> None:
        """Change the title of an article, or whether it is published: another article each time."""
        number = next(self._edits)
        while True:
            path = self._files[number % len(self._files)]
            text = path.read_text()
            # An edit of one that is not published changes nothing.
            if field != "title" or "\npublished: true" in text:
                break
            number += 1
        if field == "title":
            text = re.sub(r'^title: "([^"]*?)( \d+)?"', rf'title: "\1 {number}"', text, flags=re.MULTILINE)
        else:
            text = re.sub(
                r"^published: (true|false)",
                lambda found: f"published: {'false' if found[1] == 'true' else 'true'}",
                text,
                flags=re.MULTILINE,
            )
        path.write_text(text)

    def _time_pages(self) -> Iterator[tuple[str, str]]:
        config = load(self.config)
        site = open_site(config, datetime.now(UTC))
        for path in _PAGES:
            publisher = Publisher(config, open_index(config))
            first = _ask_for(publisher, path)
            self._edit("title")
            site.sync()
            times = first, _ask_for(publisher, path), _ask_for(publisher, path)
            yield path, ", ".join(f"{1000 * seconds:.0f} ms" for seconds in times)

    def _time_queries(self) -> Iterator[tuple[str, str]]:
        config = load(self.config)
        publisher = Publisher(config, open_index(config))
        update_search_words(publisher.index)
        with publisher.snapshot() as site:
            largest = {
                kind: [channel.name for channel in site.channels.find_largest(kind, 2)]
                for kind in ("topics", "providers")
            }
            asked = {name: query.format(**largest) for name, query in _PARAMETERS.items()}
            alone = {
                name: min(_time(lambda query=query: _ask(site, query)) for _ in range(_ROUNDS))  # type: ignore[misc]
                for name, query in asked.items()
            }
            pairs = {
                f"{one} and {two}": min(
                    _time(lambda one=one, two=two: _ask(site, f"{asked[one]}&{asked[two]}"))  # type: ignore[misc]
                    for _ in range(_ROUNDS)
                )
                for one, two in itertools.combinations(_PARAMETERS, 2)
            }
        for what, times in (("one parameter", alone), ("two parameters", pairs)):
            slowest = max(times, key=times.__getitem__)
            yield f"slowest query of {what}", f"{1000 * times[slowest]:.0f} ms ({slowest})"


def _ask_for(publisher: Publisher, path: str) -> float:
    """Return the seconds that a document of the newest state takes."""
    publisher.refresh()
    with publisher.snapshot() as warm:
        # Templates are compiled for the first page of a process.
        warm.make_not_found()
    with publisher.snapshot() as site:
        return _time(lambda: site.document(path))


def _ask(site: Snapshot, query: str) -> None:
    found = queries.read(site.router, query)
    site.make(FeedTarget(site.add_count(found.channel), "atom"))


def _time(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def main() -> None:
    """Measure each size, and print the table."""
    folder, *sizes = sys.argv[1:]
    sites = {}
    for size in sizes or _SIZES:
        articles, topics = map(int, size.split("x"))
        sites[size] = Site(Path(folder) / size, articles, topics)
        sites[size].measure()
        print(f"{size}: {sites[size].rows}", file=sys.stderr, flush=True)
    names = dict.fromkeys(name for site in sites.values() for name in site.rows)
    print(f"| articles x topics | {' | '.join(sites)} |")
    print(f"| --- |{' ---: |' * len(sites)}")
    for name in names:
        print(f"| {name} | {' | '.join(site.rows.get(name, '') for site in sites.values())} |")


if __name__ == "__main__":
    main()

"""What grows with the articles and with the feeds: index, memory, manifest, and the time for what is not in memory.

    python benchmarks/sizes.py [ARTICLES:NAMES ...]

Each pair is a number of articles, and of the names that their topics and providers have. It gives one row: feeds
that there are; the first sync; bytes of the index for each article; reading all channels again, as each worker does
after a sync, and the memory of a process that has; making a feed; making the list of all feeds, and its bytes for
each; freezing all feeds as Atom, and the bytes of the manifest for each. Times are those of one core, of
all processes together, so that other work on the machine counts little.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import corpus

from feeds.config import load
from feeds.freeze.freeze import freeze
from feeds.index import open_index
from feeds.publisher.snapshot import Publisher
from feeds.site import open_site

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ASKED = 300
_TABLE = '\n[feeds]\nformats = ["atom"]\narchive = false\n[output]\npages = false\n'


def main() -> None:
    """Measure each pair and print its row."""
    for pair in sys.argv[1:] or ["10000:2200", "100000:2200", "100000:30000", "100000:100000"]:
        articles, names = map(int, pair.split(":"))
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            _measure(corpus.configure(Path(folder), articles, _TABLE, names), articles)


def _measure(file: Path, articles: int) -> None:
    config = load(file)
    site, synced = _timed(lambda: open_site(config, _NOW))
    size = config.index_path.stat().st_size
    reading = [_timed(lambda: Publisher(config, open_index(config)).refresh())[1] for _ in range(3)]
    memory = _memory(file)
    with site.publisher.snapshot() as snapshot:
        feeds = len(snapshot.channels.by_path)
        made = statistics.median(_each(snapshot.document, list(snapshot.channels.by_path)))
        listed, listing = _timed(lambda: snapshot.document("feeds.opml"))
    plan, frozen = _timed(lambda: freeze(site.publisher, config.output_path))
    manifest = (config.output_path / ".feeds-manifest.json").stat().st_size
    documents = len(plan.written)
    print(
        f"{articles:>9,} articles {feeds:>8,} feeds | sync {synced:6.1f} s | index {size / articles:6.0f} B/article"
        f" | channels {min(reading):6.3f} s {memory:5.0f} MB | a feed {made * 1e3:5.2f} ms"
        f" | list {listing:4.1f} s {len(listed.body) / feeds:4.0f} B/feed | freeze {frozen:6.1f} s of {documents:,} | manifest {manifest / documents:4.0f} B/document",
        flush=True,
    )


def _each(document: Callable[[str], object], stems: list[str]) -> Iterator[float]:
    """The times for some feeds of all."""
    for stem in random.Random(1).sample(stems, min(_ASKED, len(stems))):
        yield _timed(partial(document, f"{stem}.atom"))[1]


def _memory(file: Path) -> float:
    """Megabytes of a process that has read all channels, as a worker does."""
    program = (
        "import pathlib, sys; from feeds.config import load; from feeds.index import open_index;"
        "from feeds.publisher.snapshot import Publisher; from feeds.web.app import create; config = load(sys.argv[1]);"
        "publisher = Publisher(config, open_index(config)); publisher.refresh(); create(publisher);"
        "print(pathlib.Path('/proc/self/status').read_text().split('VmRSS:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], check=True, capture_output=True, text=True
    )
    return float(done.stdout) / 1024


def _timed(doing: Callable[[], Any]) -> tuple[Any, float]:
    """What something gives, and its seconds of a core, those of ended children included."""
    began = _spent()
    return doing(), _spent() - began


def _spent() -> float:
    of_children = os.times()
    return time.process_time() + of_children.children_user + of_children.children_system


if __name__ == "__main__":
    main()

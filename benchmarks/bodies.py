"""What a text costs: milliseconds of a core for each megabyte of Markdown, from its bytes to cleaned HTML and entries.

    python benchmarks/bodies.py [CONFIG ...]

First the made-up posts of ``corpus.py``, each with a text of 5 kB: what it takes to read them and to render their
entries, less what the same articles without texts take; and how that is divided. Then, for each configuration, all
that the files of its site take, front matter included. Each ten files are taken seven times, and the least time
counts, so that other work on the machine counts little.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import corpus

from feeds.articles.embeds import replace_embeds
from feeds.articles.pictures import Base
from feeds.articles.reader import Reader
from feeds.config import load
from feeds.config.names import Names
from feeds.formats.context import make_entry_context
from feeds.formats.entries import render_in_formats
from feeds.lib.text.html import sanitise
from feeds.lib.text.markdown import render_markdown
from feeds.sync.process import make_reading_rules

_NUMBER, _TOGETHER, _ROUNDS = 300, 10, 7
_ENDINGS = (".md", ".markdown", ".mdx", ".html", ".rst", ".org")
_BASE = Base("https://example.org/posts/1/")
_MB = 1_000_000
T = TypeVar("T")
File = tuple[str, bytes]


def main() -> None:
    """Measure posts with and without texts, and the sites of configurations."""
    # As the commands do.
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    with TemporaryDirectory() as name:
        config = corpus.configure(Path(name), _NUMBER, bodies=True)
        with_texts = read_files(config)
        corpus.configure(Path(name), _NUMBER)
        without = read_files(config)
        whole, rest = (measure(make_work(config), files) for files in (with_texts, without))
    texts = [corpus.make_body(number) for number in range(_NUMBER)]
    size = sum(map(len, texts)) / _MB
    # Only published articles are rendered.
    published = sum(b"published: true" in data for _, data in without) / _NUMBER
    print(f"{rest / _NUMBER * _MB:6.0f} µs for an article without a text")
    print(
        f"{(whole - rest) / size / published * 1000:6.0f} ms for a megabyte of Markdown, from bytes to entries"
    )
    pages = [render_markdown(text).html for text in texts]
    for step, seconds in (
        ("Markdown to HTML", measure(lambda some: [render_markdown(one).html for one in some], texts)),
        ("embeds", measure(lambda some: [replace_embeds(one, _BASE) for one in some], pages)),
        (
            "cleaning",
            measure(lambda some: [sanitise(one, _BASE.address, is_sound=True) for one in some], pages),
        ),
    ):
        print(f"{seconds / size * 1000:6.0f} ms of that: {step}")
    for given in map(Path, sys.argv[1:]):
        files = read_files(given)
        size = sum(len(data) for _, data in files) / _MB
        seconds = measure(make_work(given), files)
        print(
            f"{seconds / size * 1000:6.0f} ms for a megabyte of {given}, {len(files)} files of {size:.2f} MB"
        )


def read_files(config: Path) -> list[File]:
    """Return the files of a site's articles."""
    folder = load(config).articles_path
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def make_work(path: Path) -> Callable[[Sequence[File]], object]:
    """Return what makes entries in all formats of files, in this process however long they take."""
    config = load(path)
    reader = Reader(make_reading_rules(config), bounded=False)
    context = make_entry_context(config, Names(config))

    def work(files: Sequence[File]) -> object:
        readings = [reader.interpret(name, reader.parse_matter(name, data)) for name, data in files]
        articles = [reading.article for reading in readings if reading.article is not None]
        return render_in_formats(articles, config.feeds.formats, context)

    return work


def measure(work: Callable[[Sequence[T]], object], items: Sequence[T]) -> float:
    """Return the seconds of a core that work on all items takes, a few of them at a time."""
    total = 0.0
    for start in range(0, len(items), _TOGETHER):
        some = items[start : start + _TOGETHER]
        total += min(_time(work, some) for _ in range(_ROUNDS))
    return total


def _time(work: Callable[[Sequence[T]], object], items: Sequence[T]) -> float:
    began = time.process_time()
    work(items)
    return time.process_time() - began


if __name__ == "__main__":
    main()

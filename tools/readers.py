"""Subscribes real feed readers to the sample and shows whether they agree on it.

    python tools/readers.py [--feed topics/rss] [--only feedparser,reader] [--node DIR]

The sample is served by ``feeds run``; each reader that is installed fetches one feed over HTTP in
each format that it knows, and imports ``feeds.opml`` if it can. The table counts the entries on
which a reader agrees with the articles; a dash means that it keeps no such thing. Readers:
feedparser, reader and listparser (from PyPI), newsboat, sfeed and rss2email (from Debian), and with
``--node`` those in a folder where ``npm install rss-parser feedsmith @rowanmanning/feed-parser`` ran.

Exit codes: 0 all agree, 1 some do not, 2 nothing could be run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from subscribers import libraries, node, programs
from subscribers.comparing import OUTLINE_FIELDS, Verdict, compare, compare_outlines
from subscribers.records import FIELDS, Reader
from subscribers.serving import Served, served

ROOT = Path(__file__).resolve().parents[1]
_COLUMNS = ("feed", *FIELDS)
_T = TypeVar("_T")
Rows = list[tuple[str, str, Verdict]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the readers, print what they make of the sample, and say it in the exit code."""
    options = _options(arguments)
    chosen = [*libraries.readers(), *programs.readers(), *node.readers(options.node)]
    if options.only:
        chosen = [reader for reader in chosen if reader.name in options.only.split(",")]
    versions = {reader.name: reader.version() for reader in chosen}
    installed = [reader for reader in chosen if versions[reader.name]]
    print("readers:", ", ".join(f"{name} {version or '(absent)'}" for name, version in versions.items()))
    if not installed:
        return 2
    with _folder() as folder, served(options.config, folder) as site:
        try:
            rows = list(_feeds(site, installed, options.feed))
        except LookupError:
            print(f"there is no feed {options.feed}")
            return 2
        outlines = list(_imports(site, installed))
    _print_table(("reader", "format", *_COLUMNS), rows)
    _print_table(("reader", "file", *OUTLINE_FIELDS), outlines)
    differences = [(f"{row[0]} {row[1]}", text) for row in rows + outlines for text in row[2].differences]
    print(f"\n{len(differences)} disagreements")
    for where, text in differences:
        print(f"  {where}: {text}")
    return 1 if differences else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=ROOT / "config.toml", help="the site to serve")
    parser.add_argument("--feed", default="topics/feed-readers", help="its address without the ending")
    parser.add_argument("--only", metavar="NAMES", help="readers to run, with commas between them")
    parser.add_argument("--node", type=Path, metavar="DIR", help="the folder that npm installed into")
    return parser.parse_args(arguments)


def _feeds(site: Served, readers: Sequence[Reader], path: str) -> Iterator[tuple[str, str, Verdict]]:
    """A verdict for each reader and format."""
    expected = site.expected(path)
    for reader in readers:
        for name in (name for name in reader.formats if name in site.config.feeds.formats):
            address = site.address(f"{path}.{name}")
            verdict = _tried(reader.read, address, lambda view: compare(view, expected))
            yield reader.name, name, verdict


def _imports(site: Served, readers: Sequence[Reader]) -> Iterator[tuple[str, str, Verdict]]:
    """A verdict for each reader that imports subscriptions."""
    expected = site.subscriptions()
    for reader in (reader for reader in readers if reader.outlines):
        verdict = _tried(
            reader.outlines, site.address("feeds.opml"), lambda found: compare_outlines(found, expected)
        )
        yield reader.name, "opml", verdict


def _tried(read: Callable[[str, Path], _T] | None, address: str, judge: Callable[[_T], Verdict]) -> Verdict:
    """The verdict on what a reader reads in a folder of its own; that it fails is a disagreement."""
    if read is None:
        return Verdict(0)
    with _folder() as folder:
        try:
            return judge(read(address, folder))
        except Exception as error:  # noqa: BLE001 - whatever a reader fails with is its verdict
            return Verdict(0, differences=[f"{type(error).__name__}: {error}"])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="readers-") as folder:
        yield Path(folder)


def _print_table(head: Sequence[str], rows: Rows) -> None:
    """Print verdicts in columns: how many agree, of how many."""
    if not rows:
        return
    lines = [list(head)]
    for reader, name, verdict in rows:
        lines.append([reader, name, *(_cell(verdict, column) for column in head[2:])])
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    print()
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell(verdict: Verdict, column: str) -> str:
    if column not in verdict.agreeing:
        return "failed"
    count = verdict.agreeing[column]
    return "—" if count is None else f"{count}/{1 if column == 'feed' else verdict.of}"


if __name__ == "__main__":
    sys.exit(main())

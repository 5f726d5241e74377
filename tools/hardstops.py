"""Stops a freeze, and the sync in it, at every call that writes, and looks at what is left.

    python tools/hardstops.py            every point of every scenario: some hours
    python tools/hardstops.py --every 20 each twentieth

strace lets the kernel do it, so nothing of the program knows: at the n-th call of a kind, the process is
killed, or the call fails as it does on a full or broken disk. After each stop, every file must be whole, of the
tree before or of the one after; what is in both must be there; and the next freeze must give the tree of one
that nobody stopped. Its documents are those of a freeze from scratch.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from feeds.cli import main

WRITING = [
    "write",
    "pwrite64",
    "rename",
    "unlink",
    "fsync",
    "fdatasync",
    "syncfs",
    "ftruncate",
    "mkdir",
    "rmdir",
]
FAULTS = {
    "kill": ("signal=SIGKILL", WRITING),
    "disk full": ("error=ENOSPC", ["write", "pwrite64", "mkdir", "ftruncate", "rename"]),
    "disk broken": ("error=EIO", ["write", "pwrite64", "fsync", "fdatasync", "syncfs", "rename", "unlink"]),
}
# All articles are of 2024.
TODAY = re.compile(
    rb"20(?:2[5-9]|[3-9]\d)-\d\d-\d\dT[\d:]+(?:Z|\+00:00)|\w+, \d\d \w+ 20(?:2[5-9]|[3-9]\d) [\d:]+ (?:\+0000|GMT)"
)
CONFIG = """\
[site]
title = "Example News"
base_url = "https://feeds.example.org/"
[articles]
path = "articles"
[feeds]
limit = 4
page_size = 3
[output]
compress = ["gzip"]
hosts = ["nginx", "netlify"]
[selections.weekly]
title = "Weekly"
digest = "weekly"
"""
ARTICLE = """\
---
title: "Number {n}, {word}"
publishedDateTime: 2024-01-{day:02}T00:00:00Z
originalUrl: https://example.org/{n}
topics: ["{topic}"]
provider: {{domain: p{pair}.example}}
---
{word} text
"""


class Point(NamedTuple):
    """Where a freeze is stopped, and how: at the so-manieth call of a name."""

    fault: str
    call: str
    number: int


class Scenario(NamedTuple):
    """A site before and after an edit; ``first`` if nothing is frozen before.

    With ``processes``, several read and write, however little there is to do.
    """

    name: str
    articles: int
    first: bool = False
    processes: bool = False


SCENARIOS = [
    Scenario("an edit", 8),
    Scenario("the first freeze", 5, first=True),
    Scenario("processes", 8, first=True, processes=True),
]
_IN_PROCESSES = (
    "from feeds.lib import processes; from feeds.sync import mappers; from feeds.cli import main;"
    "processes.WORTH_FORKING = mappers.WORTH_A_POOL = 1; main()"
)


class Lab:
    """One scenario, ready to be stopped again and again in ``folder``."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._program = ("-c", _IN_PROCESSES) if scenario.processes else ("-m", "feeds")
        self._start = folder / "start"
        self._site = folder / "site"
        (self._start / "articles").mkdir(parents=True)
        (self._start / "config.toml").write_text(CONFIG)
        for n in range(scenario.articles):
            write(self._start, n, "before")
        self._before: dict[str, bytes] = {}
        if not scenario.first:
            completed(freeze(self._start))
            self._before = tree(self._start)
        edit(self._start, scenario.articles)
        scratch = folder / "scratch"
        shutil.copytree(self._start / "articles", scratch / "articles")
        shutil.copy(self._start / "config.toml", scratch)
        for kept in self._start.glob("digests.json"):
            shutil.copy(kept, scratch)
        completed(freeze(scratch))
        self._anew()
        completed(freeze(self._site))
        self._after = tree(self._site)
        if documents(self._after) != documents(tree(scratch)):
            raise RuntimeError("a freeze that nobody stops gives another tree than one from scratch")

    def points(self) -> list[Point]:
        """Every call that writes, once for each way to stop there."""
        self._anew()
        log = self._site / "strace.log"
        command = [
            "strace",
            "-f",
            "-qq",
            "-o",
            str(log),
            "-e",
            f"trace={','.join(WRITING)}",
            *self._command_line(),
        ]
        completed(subprocess.run(command, capture_output=True, text=True, check=False))
        made = Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
        # strace counts the calls of each process and thread by itself.
        calls = {call: max(made[key] for key in made if key[1] == call) for _, call in made}
        return [
            Point(fault, call, number)
            for fault, (_, names) in FAULTS.items()
            for call in names
            for number in range(1, calls.get(call, 0) + 1)
        ]

    def stop(self, point: Point) -> list[str]:
        """Stop a freeze at a point; gives what is wrong after it."""
        self._anew()
        inject = f"inject={point.call}:{FAULTS[point.fault][0]}:when={point.number}"
        command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={point.call}", "-e", inject]
        done = subprocess.run([*command, *self._command_line()], capture_output=True, text=True, check=False)
        return [f"{point}: {fault}" for fault in [*self._left(done), *self._next()]]

    def _command_line(self) -> list[str]:
        return [sys.executable, *self._program, *freeze_words(self._site)]

    def _anew(self) -> None:
        shutil.rmtree(self._site, ignore_errors=True)
        shutil.copytree(self._start, self._site)

    def _left(self, done: subprocess.CompletedProcess[str]) -> Iterator[str]:
        if "Traceback" in done.stderr:
            yield f"it shows a traceback: {done.stderr[-600:]}"
        if done.returncode not in (0, 2, -9, 137):
            yield f"it ends with {done.returncode}"
        if done.returncode == 2 and not done.stderr.strip():  # noqa: PLR2004 - wrong use or configuration
            yield "it says nothing"
        found = tree(self._site)
        for path, body in found.items():
            if body not in (self._before.get(path), self._after.get(path)):
                yield f"{path} is neither as before nor as after"
        for path in self._before.keys() & self._after.keys() - found.keys():
            if not path.endswith(".gz"):
                yield f"{path} is not there"
        index = self._site / ".feeds" / "index.sqlite"
        if index.exists():
            with closing(sqlite3.connect(index)) as connection:
                (state,) = connection.execute("PRAGMA integrity_check").fetchone()
                if state != "ok":
                    yield f"the index is broken: {state}"

    def _next(self) -> Iterator[str]:
        done = freeze(self._site)
        if done.returncode:
            yield f"the next freeze ends with {done.returncode}: {done.stderr[-600:]}"
        elif tree(self._site) != self._after:
            yield "the next freeze gives another tree than one that nobody stopped"
        left = [str(path) for path in self._site.rglob(".feeds-new-*")]
        if left:
            yield f"the next freeze leaves {left}"


def write(site: Path, number: int, word: str) -> None:
    """Write an article, with an old time, so that its stamp is trusted."""
    path = site / "articles" / f"{number}.md"
    # Two articles in each topic and of each provider: a feed that loses all of them stays, which a freeze from
    # scratch cannot know.
    pair = number // 2
    path.write_text(ARTICLE.format(n=number, word=word, day=number % 28 + 1, topic=f"T{pair}", pair=pair))
    os.utime(path, (1_700_000_000, 1_700_000_000 + len(word)))


def edit(site: Path, number: int) -> None:
    """Change, withdraw and add articles."""
    write(site, 1, "after")
    (site / "articles" / "2.md").unlink()
    for n in (3, number, number + 1):
        write(site, n, "after it")


def freeze_words(site: Path) -> list[str]:
    """The options and the command that freeze a site."""
    return ["--config", str(site / "config.toml"), "freeze"]


def freeze(site: Path) -> subprocess.CompletedProcess[str]:
    """Freeze a site in this process, which nobody stops."""
    words = freeze_words(site)
    done = CliRunner().invoke(main, words)
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def completed(done: subprocess.CompletedProcess[str]) -> None:
    """Raise :class:`RuntimeError` if a command failed that nobody stopped."""
    if done.returncode:
        raise RuntimeError(done.stderr)


def tree(site: Path) -> dict[str, bytes]:
    """What is published, and the files for web hosts beside it."""
    files = [*(site / "build").rglob("*"), *(path for path in site.iterdir() if path.suffix == ".conf")]
    return {
        path.relative_to(site).as_posix(): read_timeless(path)
        for path in files
        if path.is_file() and not path.name.startswith(".feeds-")
    }


def read_timeless(path: Path) -> bytes:
    """The bytes of a file, unpacked and without times of today: a digest tells when an article left it."""
    body = path.read_bytes()
    if path.suffix == ".gz":
        with suppress(OSError, EOFError, zlib.error):
            body = gzip.decompress(body)
    return TODAY.sub(b"NOW", body)


def documents(found: dict[str, bytes]) -> dict[str, bytes]:
    """What readers get: files for web hosts say which feeds there once were, too."""
    return {path: body for path, body in found.items() if not path.endswith((".conf", "_redirects"))}


def try_all() -> int:
    """Stop at all points, or at each n-th of them, and print what is wrong and how much was tried."""
    parser = argparse.ArgumentParser(description="Stops freezes at every call that writes.")
    parser.add_argument("--every", type=int, default=1, help="only each n-th point")
    every = parser.parse_args().every
    wrong = 0
    with tempfile.TemporaryDirectory(dir=shared_memory()) as folder:
        for scenario in SCENARIOS:
            lab = Lab(scenario, Path(folder) / scenario.name.replace(" ", "-"))
            tried: Counter[str] = Counter()
            for point in lab.points()[::every]:
                tried[point.fault] += 1
                for fault in lab.stop(point):
                    wrong += 1
                    print(f"{scenario.name}: {fault}", flush=True)
            print(
                f"{scenario.name}: {', '.join(f'{count} × {fault}' for fault, count in tried.items())}",
                flush=True,
            )
    print(f"{wrong} wrong.")
    return 1 if wrong else 0


def shared_memory() -> str | None:
    """A file system in memory if there is one: syncing it costs nothing."""
    place = "/dev/shm"  # noqa: S108 - a file system, not a file to be guessed
    return place if os.access(place, os.W_OK) else None


if __name__ == "__main__":
    sys.exit(try_all())

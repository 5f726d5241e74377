"""Freezing: ours in six situations, the script that most would write, Hugo and Pelican.

    python benchmarks/freezing.py [--bodies] [ARTICLES [ROUNDS [FOLDER]]]

All write Atom and RSS for all articles, each topic and each provider, 50 entries each, and nothing
else; at the end ours with everything on. Each run is a whole process; rounds go through all of them in
turn. With --bodies, each article has a text of 5 kB, which the others than Pelican show too (what a text costs:
``bodies.py``). Memory is that of one more round: to look at it takes processor, which a program that uses all cores
would lack. Works in FOLDER, by default on a memory file system. Prints a table of medians, and puts it into
benchmarks/results.md in place of the one of the same size and folder.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import corpus
import others

_HERE = Path(__file__).parent
_EVERYTHING = """
[feeds]
formats = ["atom", "rss", "json"]
"""
_MB = 1024 * 1024
_RESULTS = _HERE / "results.md"


class Run(NamedTuple):
    """One process: seconds on the clock, seconds of all cores, peak memory of all processes together in bytes."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: int = 0


class Site(NamedTuple):
    """Where everything stands."""

    folder: Path
    config: Path

    @property
    def articles(self) -> Path:
        """The folder of articles."""
        return self.folder / "articles"

    @property
    def build(self) -> Path:
        """What our freeze writes."""
        return self.folder / "build"


def main() -> None:
    """Measure all, and write the table."""
    if bodies := "--bodies" in sys.argv:
        sys.argv.remove("--bodies")
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3  # noqa: PLR2004 - the second argument
    given = sys.argv[3] if len(sys.argv) > 3 else None  # noqa: PLR2004 - the third
    where = "on disk" if given else "on a memory file system" if _memory_file_system() else "on disk"
    found: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory(dir=given or _memory_file_system()) as name:
        site = Site(Path(name), corpus.configure(Path(name), number, corpus.FEEDS_ALONE, bodies=bodies))
        for _ in range(rounds):
            for title, run in _all_runs(site, _timed):
                found.setdefault(title, []).append(run)
                print(f"{title:60}{run.wall:8.2f} s", flush=True)
        for title, run in _all_runs(site, _weighed):
            found[title] = [timed._replace(memory=run.memory) for timed in found[title]]
            print(f"{title:60}{run.memory / _MB:8.0f} MB", flush=True)
        size = sum(path.stat().st_size for path in site.build.rglob("*") if path.is_file())
    title = f"{number:,} articles, {'with texts of 5 kB, ' if bodies else ''}{where}"
    table = _table(title, found, size)
    print(table)
    _keep(title, table)


def _keep(title: str, table: str) -> None:
    """Put a table in its place among the results."""
    text = _RESULTS.read_text() if _RESULTS.exists() else "# Freezing\n"
    head, *sections = text.split("\n## ")
    kept = [section for section in sections if not section.startswith(f"{title}\n")]
    _RESULTS.write_text("\n## ".join([head, *sorted([*kept, table], key=_order)]))


def _order(section: str) -> tuple[str, int]:
    number, _, where = section.partition("\n")[0].partition(" articles, ")
    return where, int(number.replace(",", ""))


def _all_runs(site: Site, run: Callable[[list[str], Path], Run]) -> Iterator[tuple[str, Run]]:
    """One round."""
    freeze = [sys.executable, "-m", "feeds", "--config", str(site.config), "freeze"]
    for title, prepare in _situations(site):
        prepare()
        yield f"feeds: {title}", run(freeze, site.folder)
    output = site.folder / "naive"
    for title in ("first", "again"):
        yield (
            f"the naive script: {title}",
            run([sys.executable, str(_HERE / "naive.py"), str(site.articles), str(output)], site.folder),
        )
    _check(site, output)
    shutil.rmtree(output)
    for name, write in (("hugo", others.hugo), ("pelican", others.pelican)):
        if shutil.which(name) is None:
            continue
        folder = site.folder / name
        command = write(site.articles, folder)
        for title in ("first", "again"):
            yield f"{name}: {title}", run(command, folder)
        _check(site, folder / {"hugo": "public", "pelican": "output"}[name])
        shutil.rmtree(folder)
    everything = site.folder / "everything.toml"
    everything.write_text(site.config.read_text().replace(corpus.FEEDS_ALONE, _EVERYTHING))
    _forget(site)
    freeze[freeze.index(str(site.config))] = str(everything)
    for title in ("first", "nothing changed"):
        yield f"feeds with archives, pages and JSON: {title}", run(freeze, site.folder)


def _check(site: Site, output: Path) -> None:
    """That another program wrote as many feeds and entries as we do: one that wrote none would be quick."""
    ours, theirs = _count(site.build), _count(output)
    if ours != theirs:
        raise SystemExit(f"{output} has {theirs} feeds and entries, not {ours}.")


def _count(folder: Path) -> tuple[int, int]:
    """How many feeds there are below a folder, and how many entries and items in them."""
    feeds = [path for path in folder.rglob("*") if path.suffix in (".atom", ".rss", ".xml")]
    bodies = (path.read_bytes() for path in feeds)
    return len(feeds), sum(body.count(b"</entry>") + body.count(b"</item>") for body in bodies)


def _situations(site: Site) -> Iterator[tuple[str, Callable[[], None]]]:
    """What happens before each of our freezes."""
    path = site.articles / "0000" / "article-0000001.md"
    added = site.articles / "0000" / "added.md"
    yield "first, into an empty folder", lambda: _forget(site)
    yield "nothing changed", lambda: None
    yield "one article changed", lambda: _change(path)
    yield "one article added", lambda: _add(path, added)
    yield "one article removed", added.unlink
    yield "a fresh checkout: same bytes, new times", lambda: _touch(site.articles)


def _forget(site: Site) -> None:
    for folder in (site.build, site.folder / ".feeds"):
        shutil.rmtree(folder, ignore_errors=True)


def _change(path: Path) -> None:
    title, rest = path.read_text().split("excerpt", 1)
    path.write_text(f'{title.rstrip()[:-1]} again"\nexcerpt{rest}')


def _add(path: Path, added: Path) -> None:
    text = path.read_text().replace("/articles/", "/added/").replace("published: false", "published: true")
    added.write_text(text)


def _touch(articles: Path) -> None:
    for path in articles.rglob("*.md"):
        os.utime(path)


def _timed(command: list[str], folder: Path) -> Run:
    """How long a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _weighed(command: list[str], folder: Path) -> Run:
    """The most memory that a command and the processes that it started had together, looked at fifty times a second."""
    most = 0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(_memory(pid) for pid in _family(process.pid)))
            time.sleep(0.02)
    return Run(memory=most)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _memory(pid: int) -> int:
    """The memory of a process; what several share is divided between them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return 0


def _table(title: str, found: dict[str, list[Run]], size: int) -> str:
    lines = [
        title,
        "",
        (
            f"Medians of {len(next(iter(found.values())))} rounds; {os.cpu_count()} cores, Python {platform.python_version()},"
            f" {', '.join(_versions())}. With everything on, {size / _MB:,.0f} MB are written."
        ),
        "",
        "| | wall | of all cores | memory |",
        "| --- | --- | --- | --- |",
    ]
    medians = {
        title: Run(*(statistics.median(values) for values in zip(*runs, strict=True)))
        for title, runs in found.items()
    }
    lines += [
        f"| {title} | {run.wall:.2f} s | {run.cpu:.2f} s | {run.memory / _MB:.0f} MB |"
        for title, run in medians.items()
    ]
    rivals = {title: run.wall for title, run in medians.items() if not title.startswith("feeds")}
    first = min(wall for title, wall in rivals.items() if title.endswith("first"))
    again = min(wall for title, wall in rivals.items() if title.endswith("again"))
    lines += ["", "Against the fastest of the others:", "", "| | times faster |", "| --- | --- |"]
    for name, run in medians.items():
        if name.startswith("feeds: "):
            rival = first if "first" in name else again
            lines.append(f"| {name.removeprefix('feeds: ')} | {rival / run.wall:.1f} |")
    return "\n".join([*lines, ""])


def _versions() -> Iterator[str]:
    for package in ("feedgen", "python-frontmatter", "hugo", "pelican"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} not installed"


def _memory_file_system() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    main()

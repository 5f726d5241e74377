"""The time from an edit to the answer that shows it, in every worker of a running server.

python benchmarks/freshness.py [ARTICLES [EDITS]]
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import corpus

_PORT = 5530
# So many answers in a row must show it: each comes from either worker.
_IN_A_ROW = 12


def main() -> None:
    """Add, edit and remove articles, and print how long each took to show."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    edits = int(sys.argv[2]) if len(sys.argv) > 2 else 10  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        config = corpus.configure(Path(name), number, "\n[server]\nworkers = 2\n")
        options = ["run", "--port", str(_PORT), "--no-access-log"]
        command = [sys.executable, "-m", "feeds", "--config", str(config), *options]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            server.stdout.readline()
            print(f"{number:,} articles: read and serving after {time.perf_counter() - began:.1f} s")
            try:
                time.sleep(3)
                measure(Path(name) / "articles", edits)
            finally:
                server.terminate()


def measure(folder: Path, edits: int) -> None:
    """Each edit is begun when the one before is to be seen."""
    times: dict[str, list[float]] = {"added": [], "edited": [], "removed": []}
    for n in range(edits):
        path = folder / f"fresh-{n}.md"
        for word in ("Added", "Edited"):
            shown = partial(_has, f'"{word} {path.stem}"')
            times[word.lower()].append(_until(partial(_write, path, word), shown))
        times["removed"].append(_until(path.unlink, partial(_lacks, f'{path.stem}"')))
    for what, found in times.items():
        print(f"{what:8} median {statistics.median(found):.3f} s, longest {max(found):.3f} s")


def _until(edit: Callable[[], None], shows: Callable[[str], bool]) -> float:
    began = time.perf_counter()
    edit()
    seen, first = 0, 0.0
    while seen < _IN_A_ROW:
        if shows(_feed()):
            first = first or time.perf_counter()
            seen += 1
        else:
            seen, first = 0, 0.0
            time.sleep(0.002)
    return first - began


def _has(title: str, text: str) -> bool:
    return title in text


def _lacks(title: str, text: str) -> bool:
    return title not in text


def _write(path: Path, word: str) -> None:
    moment = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    path.write_text(
        f"---\ntitle: {word} {path.stem}\npublishedDateTime: {moment}\n"
        f"originalUrl: https://example.org/{path.stem}\ntopics: [topic-1]\n---\n"
    )


def _feed() -> str:
    connection = http.client.HTTPConnection("127.0.0.1", _PORT)
    connection.request("GET", "/topics/topic-1.json")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


if __name__ == "__main__":
    main()

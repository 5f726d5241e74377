"""What the pages weigh and how soon they show, in Chromium on loopback.

    PYTHONPATH=tools python benchmarks/pages.py [ARTICLES [TIMES]]

Each page is opened TIMES times with an empty cache; the first paint is the median.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import corpus
from browsing import Browser

PAGES = {
    "index": "",
    "list of topics": "topics/",
    "list of providers": "providers/",
    "topic": "topics/topic-0/",
    "provider": "providers/provider-0.example.com/",
    "archive page": "topics/topic-0/archive/1/",
    "builder": "build/",
    "builder with a choice": "build/?topic=topic-0&topic=topic-1&type=video&q=robot",
}


def main() -> None:
    """Print a row for each kind of page."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 9  # noqa: PLR2004 - the second argument
    with _served(number) as site, _without_cache() as browser:
        print("| page | HTML | with style and script | on the way (br) | first paint | layout shift |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for name, path in PAGES.items():
            print(_row(browser, site, name, path, times))


def _row(browser: Browser, site: str, name: str, path: str, times: int) -> str:
    paints, shifts = [], []
    for _ in range(times):
        browser.go(site + path)
        paints.append(browser.wait('performance.getEntriesByName("first-contentful-paint")[0]?.startTime'))
        shifts.append(browser.layout_shift())
    own = {asked.url for asked in browser.requests() if asked.url.startswith(site)}
    html = _size(site + path)
    whole = sum(map(_size, own))
    sent = sum(_size(url, "br") for url in own)
    return (
        f"| {name} | {html / 1000:.1f} kB | {whole / 1000:.1f} kB | {sent / 1000:.1f} kB"
        f" | {statistics.median(paints):.0f} ms | {max(shifts):.3f} |"
    )


def _size(url: str, coding: str = "identity") -> int:
    request = urllib.request.Request(url, headers={"Accept-Encoding": coding})  # noqa: S310 - of this machine
    with urllib.request.urlopen(request) as response:  # noqa: S310 - likewise
        return len(response.read())


@contextmanager
def _without_cache() -> Iterator[Browser]:
    browser = Browser()
    try:
        browser.tool("Network.enable")
        browser.tool("Network.setCacheDisabled", cacheDisabled=True)
        yield browser
    finally:
        browser.stop()


@contextmanager
def _served(number: int) -> Iterator[str]:
    """Made-up articles, served: the address."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        config = corpus.configure(Path(name), number)
        command = [
            sys.executable,
            "-m",
            "feeds",
            "--config",
            str(config),
            "run",
            "--port",
            "0",
            "--no-access-log",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            line = server.stdout.readline() if server.stdout else ""
            try:
                yield re.findall(r"http://127\.0\.0\.1:\d+/", line)[0]
            finally:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    main()

"""Show that several nodes are as one: python examples/nodes/run.py (README.md says what it needs).

It starts PostgreSQL, three nodes and nginx in a temporary folder, compares what the nodes answer, publishes an
article, and ends each node in turn while readers poll. It exits with 1 if a reader noticed.
"""

from __future__ import annotations

import hashlib
import http.client
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple, Self

from cluster import Cluster, MissingError

_FEED = "/topics/nodes.atom"
_PATHS = (
    "/all.atom", "/all.rss", "/all.json", _FEED, "/topics/nodes.json", "/topics/nodes/archive/1.atom",
    "/providers/example.org.rss", "/feeds.opml", "/feeds.json", "/sitemap.xml", "/feed.atom?topic=nodes&q=third",
    "/", "/topics/nodes/", "/topics/", "/search/?q=nodes", "/build/",
)  # fmt: skip
_CODINGS = ("identity", "gzip", "br", "zstd")
_ARTICLES = 120
_READERS = 4
# More than anything takes, on a busy machine too.
_SECONDS = 60.0
# Of each reader between two polls, in seconds.
_PAUSE = 0.02
_ARTICLE = """\
---
title: The {title} article
publishedDateTime: 2024-01-01T00:{minute:02}:{second:02}Z
originalUrl: https://example.org/{title}
provider: {{name: Example, domain: example.org}}
topics: [Nodes]
---
"""


class Answer(NamedTuple):
    """What must not depend on the node."""

    status: int
    etag: str | None
    modified: str | None
    body: str


def ask(port: int, path: str, coding: str = "gzip") -> tuple[Answer, bytes]:
    """An answer, and its bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": coding})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    digest = hashlib.sha256(body).hexdigest()
    return Answer(
        response.status, response.getheader("ETag"), response.getheader("Last-Modified"), digest
    ), body


def write(cluster: Cluster, title: str, number: int) -> None:
    """Put an article into the folder that all nodes read."""
    text = _ARTICLE.format(title=title, minute=number // 60, second=number % 60)
    (cluster.articles / f"{title}.md").write_text(text)


def differences(cluster: Cluster) -> list[str]:
    """The documents in which two nodes differ."""
    found = []
    for path in _PATHS:
        for coding in _CODINGS:
            answers = ask_each(cluster, path, coding)
            if len(answers) > 1 or next(iter(answers)).status != http.client.OK:
                found.append(f"{path} ({coding}): {answers}")
    return found


def ask_each(cluster: Cluster, path: str, coding: str) -> set[Answer]:
    """The answers of all nodes and of nginx: if they differ, those within one second.

    Until the date of a document has come, each answer has a date of its own.
    """
    while True:
        second = int(time.time())
        answers = {ask(port, path, coding)[0] for port in (*cluster.ports, cluster.port)}
        if len(answers) == 1 or int(time.time()) == second:
            return answers


def publish(cluster: Cluster, title: str) -> list[float]:
    """After how many seconds each node that is there shows a new article; infinite after a minute."""
    began = time.monotonic()
    write(cluster, title, len(list(cluster.articles.iterdir())))
    wanted = f"The {title} article".encode()
    shown = dict.fromkeys(cluster.living, float("inf"))
    while time.monotonic() < began + _SECONDS and max(shown.values()) > _SECONDS:
        for port in [port for port, after in shown.items() if after > _SECONDS]:
            if wanted in ask(port, _FEED, "identity")[1]:
                shown[port] = time.monotonic() - began
        time.sleep(0.01)
    return list(shown.values())


class Readers:
    """Poll through nginx until the block ends; ``noticed`` is what was no whole and right answer."""

    def __init__(self, cluster: Cluster) -> None:
        self.polls = 0
        self.noticed: list[str] = []
        self._port = cluster.port
        self._counted = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._poll) for _ in range(_READERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _poll(self) -> None:
        while not self._stop.is_set():
            try:
                answer, body = ask(self._port, _FEED, "identity")
                whole = answer.status == http.client.OK and body.rstrip().endswith(b"</feed>")
                problem = "" if whole else f"{answer.status}, {len(body)} bytes"
            except (OSError, http.client.HTTPException) as error:
                problem = repr(error)
            with self._counted:
                self.polls += 1
                self.noticed += [problem] if problem else []
            self._stop.wait(_PAUSE)


def main() -> int:
    """Show it, and say what was seen."""
    with tempfile.TemporaryDirectory(prefix="feeds-nodes-") as folder:
        (Path(folder) / "articles").mkdir()
        with Cluster(Path(folder)) as cluster:
            fill(cluster)
            return show(cluster)


def fill(cluster: Cluster) -> None:
    """Publish what there is to compare, and wait until all nodes have it."""
    for number in range(_ARTICLES):
        write(cluster, f"number-{number}", number)
    publish(cluster, "third")


def show(cluster: Cluster) -> int:
    """Each promise in turn."""
    print(f"nginx: http://127.0.0.1:{cluster.port}/, nodes: {', '.join(map(str, cluster.ports))}")
    differing = differences(cluster)
    print(
        f"{len(_PATHS)} documents in {len(_CODINGS)} codings from 3 nodes and nginx: {len(differing)} differ"
    )
    slowest = [max(publish(cluster, "fourth"))]
    print(f"an article is served by all nodes after {slowest[0]:.2f} s")
    with Readers(cluster) as readers:
        for number in range(len(cluster.ports)):
            cluster.kill(number)
            slowest.append(max(publish(cluster, f"after-{number}")))
            cluster.restart(number)
    print(
        f"while each node was ended and started again: {readers.polls:,} polls, {len(readers.noticed)} noticed"
    )
    print(f"an article that came right after was served by the others after {max(slowest[1:]):.2f} s at most")
    differing += differences(cluster)
    for line in differing + readers.noticed[:10]:
        print(line, file=sys.stderr)
    return 1 if differing or readers.noticed or max(slowest) > _SECONDS else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingError as error:
        sys.exit(str(error))

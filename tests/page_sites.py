"""A site with every kind of page and much that pages find hard, and those who serve it."""

from __future__ import annotations

import base64
import http.server
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from servers import Server, free_port
from sites import NOW, Workspace

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ATTACK = '<script>window.ran = 1</script><img src="/static/icon.svg" onload="window.ran = 1">'
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CONFIG = """\
[site]
title = "Example News"
base_url = "{base}"
description = "What we read, by topic and by provider"
language = "{language}"

[articles]
path = "articles"

[feeds]
limit = 20
page_size = 10

[topics.Robotics]
parent = "AI"

[topics."{long}"]
description = "{long}, {long}"

[selections.films]
title = "Films"
types = ["video"]
"""


class Files:
    """A folder on a web server that knows files alone; ``asked`` are the requests that it got.

    ``feeds`` is the media type that it gives feeds.
    """

    def __init__(self, folder: Path, address: str = "127.0.0.1", feeds: str = "application/xml") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        asked = self.asked

        class Handler(http.server.SimpleHTTPRequestHandler):
            extensions_map = {  # noqa: RUF012 - as the library has it
                **http.server.SimpleHTTPRequestHandler.extensions_map,
                ".atom": feeds,
                ".rss": feeds,
            }

            def do_GET(self) -> None:
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                super().do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((address, 0), partial(Handler, directory=folder))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.host = f"{address}:{self._server.server_port}"
        self.url = f"http://{self.host}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def write(workspace: Workspace, pictures: str, base: str, language: str = "en") -> None:
    """A site with pictures of another host, an archive, articles in two directions, and attacks."""
    workspace.configure(base=CONFIG.format(base=base, language=language, long=LONG))
    for number in range(80):
        workspace.article(
            f"about-{number:02}",
            title=f"What robots learnt in week {number}",
            excerpt="Short words about long walks of machines that learn to see. " * (1 + number % 4),
            publishedDateTime=NOW - timedelta(days=number, hours=1),
            topics=["AI", "Robotics" if number % 2 else "Gardens", f"Subject {number % 12}"],
            type="video" if number % 5 == 0 else "article",
            quality=number * 2,
            images=[{"url": f"{pictures}{number}.png", "width": 1200, "height": 675}],
            provider={"name": f"Provider {number % 3}", "domain": f"provider-{number % 3}.example"},
        )
    hour = timedelta(hours=1)
    workspace.article("long", title=f"{LONG} {LONG}", excerpt=LONG * 4, topics=[LONG, "AI"],
                      publishedDateTime=NOW - hour)  # fmt: skip
    workspace.article("arabic", title="خبر عن الروبوتات", excerpt="نص قصير عن الآلات التي تتعلم المشي.", locale="ar",
                      topics=["AI", "روبوتات"], publishedDateTime=NOW - 2 * hour)  # fmt: skip
    workspace.article("planted", title=f"Planted {ATTACK}", excerpt=ATTACK, body=ATTACK, topics=["AI", ATTACK],
                      publishedDateTime=NOW - 3 * hour)  # fmt: skip
    workspace.article("note", f"A text of our own, *without a link*.\n\n{ATTACK}", title="A note", originalUrl=None,
                      topics=["AI"], publishedDateTime=NOW - 4 * hour)  # fmt: skip


def picture_host(folder: Path) -> Files:
    """A web server under another name, with small pictures."""
    folder.mkdir()
    for number in range(80):
        (folder / f"{number}.png").write_bytes(_PIXEL)
    return Files(folder, "127.0.0.2")


class Served:
    """The application over a site, under the address that the site believes it has."""

    def __init__(self, workspace: Workspace) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        options = ("--no-access-log", "--port", str(port), "--base-url", self.url)
        self._server = Server(workspace.folder / "config.toml", *options)

    def stop(self) -> None:
        self._server.stop()

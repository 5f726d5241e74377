"""The sample, served by ``feeds run`` from a folder of its own, and what its articles say."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from feeds.config import load, override
from feeds.config.schema import Config
from feeds.index.read import channels
from feeds.model import Article
from feeds.paths import make_article_path
from feeds.site import open_site

from .records import Outline, View, moment, pictures_in
from .records import Record as Entry


@dataclass(frozen=True)
class Expected:
    """What every reader should find in a feed.

    ``entries`` have all pictures of their articles; ``inside`` are the pictures in their texts, by id.
    """

    view: View
    entries: Sequence[Entry]
    inside: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Served:
    """A site that is being served under its base address."""

    config: Config

    def address(self, path: str) -> str:
        """The address of a path of the site."""
        return self.config.site.base_url + path

    def expected(self, channel_path: str) -> Expected:
        """What the index says about a channel. Raises LookupError if there is no such channel."""
        site = open_site(self.config, datetime.now(UTC))
        with site.publisher.snapshot() as snapshot:
            channel = snapshot.channels.by_path[channel_path]
            articles = channels.read_channel_articles(snapshot.connection, channel.key, channel.limit)
        title = self.config.site.title
        title = title if channel.kind == "all" else f"{channel.title} · {title}"
        entries = [_entry(article, self.address(make_article_path(article))) for article in articles]
        inside = {article.id: pictures_in(article.body) for article in articles}
        return Expected(View(entries, title, self.address(f"{channel.path}/")), entries, inside)

    def subscriptions(self) -> list[Outline]:
        """The feeds that ``feeds.opml`` should name, by ``feeds.json``."""
        site = open_site(self.config, datetime.now(UTC))
        with site.publisher.snapshot() as snapshot:
            document = snapshot.document("feeds.json")
        catalogue: dict[str, Any] = msgspec.json.decode(document.body if document else b"{}")
        name = next(name for name in ("atom", "rss", "json") if name in self.config.feeds.formats)
        return [Outline(feed["urls"][name], feed["title"], feed["group"]) for feed in catalogue["feeds"]]


@contextmanager
def served(config_path: Path, folder: Path) -> Iterator[Served]:
    """Copy a site into a folder and serve it there, under the address that its feeds name."""
    path = _copied(config_path, folder)
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}/"
    options = ["run", "--port", str(port), "--base-url", base_url]
    command = [sys.executable, "-m", "feeds", "--config", str(path), *options]
    with (
        (folder / "server.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            if process.stdout is None or "Serving on" not in process.stdout.readline():
                raise RuntimeError((folder / "server.log").read_text(encoding="utf-8"))
            yield Served(override(load(path), base_url=base_url))
        finally:
            process.terminate()


def _copied(config_path: Path, folder: Path) -> Path:
    """A copy of a configuration and its articles, so that no index of the original is touched."""
    articles = load(config_path).articles.path
    if not Path(articles).is_absolute():
        shutil.copytree(config_path.parent / articles, folder / articles)
    return Path(shutil.copy(config_path, folder / "config.toml"))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _entry(article: Article, page: str) -> Entry:
    pictures = tuple(image.url for image in article.images)
    return Entry(article.id, article.title, article.url or page, moment(article.published), pictures)

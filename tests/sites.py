"""A site in a temporary folder, synced and published by the real parts."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import yaml
from click.testing import CliRunner

from feeds.check.problems import gather_problems
from feeds.cli import main
from feeds.config import load
from feeds.config.schema import Config
from feeds.freeze.freeze import freeze
from feeds.freeze.plan import Outcome
from feeds.model import Problem
from feeds.site import open_site

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "power-apps"

CONFIG = """\
[site]
title = "Example News"
base_url = "https://feeds.example.org/"

[articles]
path = "articles"
"""


class Workspace:
    """A folder with a configuration, articles, and what a freeze writes."""

    def __init__(self, folder: Path, index: str = "") -> None:
        """Make the folder. ``index`` is the `[index]` table of the configuration."""
        self.folder = folder
        self.index = index
        self.articles = folder / "articles"
        self.output = folder / "build"
        self.articles.mkdir(parents=True)
        self._write_config("", CONFIG)

    def configure(self, extra: str = "", base: str = CONFIG) -> Config:
        self._write_config(extra, base)
        return self.config

    def _write_config(self, extra: str, base: str) -> None:
        save(self.folder / "config.toml", f"{base}\n{extra}\n{self.index}")

    @property
    def config(self) -> Config:
        return load(self.folder / "config.toml")

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.articles / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def article(self, name: str, body: str = "", **fields: Any) -> Path:
        """Write an article. Fields that are not given get a default; ``None`` leaves one out."""
        defaults = {
            "title": f"About {name}",
            "publishedDateTime": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
            "originalUrl": f"https://example.org/{name}",
            "topics": ["AI"],
            "provider": {"name": "Example", "domain": "example.org"},
        }
        matter = {key: value for key, value in (defaults | fields).items() if value is not None}
        text = yaml.dump(matter, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        return self.write(f"{name}.md", f"---\n{text}---\n{body}")

    def freeze(self, now: datetime = NOW, output: Path | None = None, **options: Any) -> Outcome:
        site = open_site(self.config, now)
        remember = partial(site.syncer.add_former_channels, now=now)
        return freeze(site.publisher, output or self.output, remember=remember, **options)

    def problems(self, now: datetime = NOW) -> list[Problem]:
        site = open_site(self.config, now)
        with site.publisher.snapshot() as snapshot:
            found = gather_problems(snapshot, site.problems)
        # A problem names its file from the working directory; tests name it from the articles' folder.
        return [msgspec.structs.replace(p, path=os.path.relpath(p.path, self.articles)) for p in found]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of feeds from this folder, in this process: a process of its own takes half a second."""
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(main, words, env=environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def read(self, path: str) -> bytes:
        return (self.output / path).read_bytes()


def save(path: Path, text: str) -> None:
    """Save a text in one step, as editors do: a server that looks just now finds no half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def make_socket(path: Path) -> socket.socket:
    """Make a socket at a path, which may be longer than the name of a socket can be."""
    made = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_RDONLY)
    made.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    return made


def tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a frozen tree but its manifest, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".feeds-")
    }


def as_file(body: bytes) -> bytes:
    """Return what the application answers as a tree has it: without the offer of what needs an application.

    And its search knows that it has files.
    """
    offer = rb'<li><a href="[^"]*build/">[^<]*</a></li>\n|<url><loc>[^<]*/build/</loc>(?:<lastmod>[^<]*</lastmod>)?</url>'
    search = rb'(<form class="search" role="search" [^>]*)>'
    return re.sub(search, rb"\1 data-files data-index>", re.sub(offer, b"", body))

"""Readers that are Node packages, installed by npm into a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .records import Outline, Reader, Record, View, moment, pictures_in, unique

_SCRIPT = Path(__file__).with_name("node.mjs")
_FORMATS = {
    "rss-parser": ("atom", "rss"),
    "feedsmith": ("atom", "rss", "json"),
    "@rowanmanning/feed-parser": ("atom", "rss"),
}


def readers(folder: Path | None) -> list[Reader]:
    """The readers in a folder that has a ``node_modules``."""
    return [
        Reader(
            name=package,
            version=_version(folder, package),
            formats=formats,
            read=_read(folder, package),
            outlines=_outlines(folder) if package == "feedsmith" else None,
        )
        for package, formats in _FORMATS.items()
    ]


def _read(installed: Path | None, package: str) -> Callable[[str, Path], View]:
    def read(url: str, folder: Path) -> View:
        found = _printed(installed, folder, package, url)
        return View([_record(item) for item in found["items"]], found["title"], found["home"])

    return read


def _record(item: dict[str, Any]) -> Record:
    return Record(
        id=item.get("id") or "",
        title=item.get("title") or "",
        link=item.get("link") or "",
        published=moment(item.get("published")),
        pictures=unique(item["pictures"]) if "pictures" in item else pictures_in(item.get("html") or ""),
    )


def _outlines(installed: Path | None) -> Callable[[str, Path], list[Outline]]:
    def outlines(url: str, folder: Path) -> list[Outline]:
        return [Outline(**outline) for outline in _printed(installed, folder, "opml", url)]

    return outlines


def _printed(installed: Path | None, folder: Path, what: str, url: str) -> Any:
    """What the script prints, run in the folder from which it finds the packages."""
    if installed is not None:
        (folder / "node_modules").symlink_to(installed.resolve() / "node_modules")
    script = shutil.copy(_SCRIPT, folder)
    command = ["node", script, what, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise ValueError(f"{what}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def _version(installed: Path | None, package: str) -> Callable[[], str | None]:
    def version() -> str | None:
        if installed is None or shutil.which("node") is None:
            return None
        described = installed / "node_modules" / package / "package.json"
        return str(json.loads(described.read_bytes())["version"]) if described.is_file() else None

    return version

"""Takes the screenshots that README shows.

    python tools/screenshots.py [FOLDER]

The sample is served with pictures of this script's own in place of those of its articles,
which stand on other hosts and belong to others.
"""

from __future__ import annotations

import http.server
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from browsing import Browser, serve
from PIL import Image

ROOT = Path(__file__).parents[1]
_LAPTOP, _PHONE = (1280, 860), (390, 844)
_CHOICE = "build/?topic=open-web&topic=standards&min_quality=70"
# Name of the file, page, what the system prefers, size.
_SHOTS = (
    ("index", "", "light", _LAPTOP),
    ("topic", "topics/open-web/", "light", _LAPTOP),
    ("builder", _CHOICE, "light", _LAPTOP),
    ("index-dark", "", "dark", _LAPTOP),
    ("topic-dark", "topics/open-web/", "dark", _LAPTOP),
    ("builder-dark", _CHOICE, "dark", _LAPTOP),
    ("index-phone", "", "light", _PHONE),
    ("topic-phone", "topics/open-web/", "dark", _PHONE),
    ("builder-phone", _CHOICE, "light", _PHONE),
)
# Of text on plain grounds nobody sees that there are no more.
_COLOURS = 128
_IN_VIEW_IS_LOADED = (
    "[...document.images].every((i) => i.complete || i.getBoundingClientRect().top > innerHeight)"
)
_SKIES = ("e8d9c5 b5651d", "d7e0e2 3a6073", "e6dfe9 6b4a7a", "dfe6d6 55713f", "eddcd6 8c3b2e")
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" width="1200" height="675">
<rect width="320" height="180" fill="#{ground}"/><g fill="#{ink}">
<circle cx="{sun}" cy="{high}" r="34" opacity=".9"/>
<path d="M0 180V{a}L{b} 90 {c} 140 {d} 70 320 {e}V180z" opacity=".55"/>
<path d="M0 180V150Q{b} 110 {c} 150T320 140V180z" opacity=".8"/></g></svg>"""


def main() -> None:
    """Write each screenshot into a folder, ``docs/pictures`` unless another is given."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
    with _pictures() as pictures, _sample(pictures) as site:
        browser = Browser()
        browser.tool("Emulation.setScrollbarsHidden", hidden=True)
        try:
            for shot in _SHOTS:
                _take(browser, site, folder, shot)
        finally:
            browser.stop()


def _take(browser: Browser, site: str, folder: Path, shot: tuple[str, str, str, tuple[int, int]]) -> None:
    name, page, scheme, (width, height) = shot
    browser.size(width, height)
    browser.scheme(scheme)
    browser.go(site + page)
    browser.wait(_IN_VIEW_IS_LOADED)
    path = folder / f"{name}.png"
    with Image.open(io.BytesIO(browser.png())) as picture:
        picture.convert("RGB").quantize(_COLOURS).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


@contextmanager
def _sample(pictures: str) -> Iterator[str]:
    """The sample, served: its address."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        for path in (folder / "seeds").rglob("*.md"):
            path.write_text(_with_own_pictures(path.read_text(), pictures))
        (folder / "config.toml").write_text((ROOT / "config.toml").read_text())
        base = ["--base-url", "https://feeds.example.org/"]
        command = [
            sys.executable,
            "-m",
            "feeds",
            "--config",
            str(folder / "config.toml"),
            "run",
            "--port",
            "0",
        ]
        with subprocess.Popen(
            [*command, "--no-access-log", *base], stdout=subprocess.PIPE, text=True
        ) as server:
            address = re.search(
                r"http://127\.0\.0\.1:\d+/", server.stdout.readline() if server.stdout else ""
            )
            try:
                yield address[0] if address else ""
            finally:
                server.terminate()
                server.wait()


def _with_own_pictures(text: str, pictures: str) -> str:
    """An article whose pictures are ours."""
    head, mark, tail = text.partition("\nimages:\n")
    own = re.sub(r'(?m)^(  - url: )"?(.*?)"?$', lambda m: f"{m[1]}{pictures}{crc32(m[2].encode())}.svg", tail)
    return head + mark + (own if mark else "")


@contextmanager
def _pictures() -> Iterator[str]:
    """A host of pictures: of each name its own landscape."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seed = crc32(self.path.encode())
            ground, ink = _SKIES[seed % len(_SKIES)].split()
            places = {letter: 40 + (seed >> shift) % 60 for shift, letter in enumerate("abcde", 3)}
            places |= {"b": 60 + seed % 40, "c": 140 + seed % 50, "d": 220 + seed % 50}
            body = _PICTURE.format(ground=ground, ink=ink, sun=40 + seed % 240, high=40 + seed % 30, **places)
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serve(Handler) as address:
        yield address


if __name__ == "__main__":
    main()

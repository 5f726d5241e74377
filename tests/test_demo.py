"""`make demo` writes a year of invented news, which is a site without a problem."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from sites import NOW, ROOT

from feeds.config import load
from feeds.site import open_site

ARTICLES = 120


def write(folder: Path, articles: int = ARTICLES) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(ROOT / "tools" / "demo.py"), str(folder), "--articles", str(articles)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def read(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.*") if file.is_file()}


def test_the_demo_is_the_same_each_time_names_nobody_real_and_has_no_problem(tmp_path: Path) -> None:
    assert write(tmp_path / "a", ARTICLES + 9).returncode == 0
    for name in ("a", "b"):
        assert write(tmp_path / name).returncode == 0
    files = read(tmp_path / "a")
    assert files == read(tmp_path / "b")
    articles = [text for path, text in files.items() if path.endswith(".md")]
    assert len(articles) == ARTICLES
    addresses = {found for text in articles for found in re.findall(r"https?://([^/\s]+)", text)}
    assert addresses
    assert all(host.endswith(".example") for host in addresses)
    site = open_site(load(tmp_path / "a" / "config.toml"), NOW.replace(year=2027))
    assert site.check() == ()
    assert site.freeze(dry_run=True).published == ARTICLES


def test_the_demo_replaces_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[site]\n")
    done = write(tmp_path)
    assert done.returncode == 1
    assert "this program has not written it" in done.stderr
    assert read(tmp_path) == {"config.toml": "[site]\n"}

"""Ids, addresses and bytes do not depend on the locale of the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from effort import stressed
from locales import LOCALES, make_environment
from sites import CONFIG, Workspace, tree

pytestmark = pytest.mark.slow

NAMES = ("grüße", "İstanbul", "ıssız/ILIK", "文章", "тест/Ёж")


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where locales are made: a second of a processor each."""
    return tmp_path_factory.mktemp("locales")


def make_site(folder: Path) -> Workspace:
    site = Workspace(folder)
    for n, name in enumerate(NAMES):
        named = ["İSTANBUL", "ılık", "Äpfel", "IT"]
        site.article(name, title=name, body="Text", originalUrl=None, topics=named[n % 2 :])
    site.article("plain", topics=["it"])
    # A link is an article of its own.
    (site.articles / "straße.md").symlink_to(f"{NAMES[0]}.md")
    topics = folder / "thémen"
    topics.mkdir()
    (topics / "äpfel.md").write_text("---\nname: Äpfel\ndescription: Obst\n---\n", encoding="utf-8")
    site.articles.rename(folder / "artikél")
    site.configure(
        '[topics]\npath = "thémen"\n[output]\npath = "gebäude"\nhosts = ["nginx"]\n',
        base=CONFIG.replace('path = "articles"', 'path = "artikél"'),
    )
    return site


def run(site: Workspace, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "feeds", *arguments]
    done = subprocess.run(
        command, cwd=site.folder, env=environment, capture_output=True, check=False, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout.decode("utf-8", "surrogateescape")


def test_a_tree_has_the_same_names_and_bytes_in_every_locale(tmp_path: Path, locales: Path) -> None:
    trees = {}
    # Under `make stress` in two more, of which one has letters of its own for upper and lower case.
    for name in LOCALES if stressed() else ("C.UTF-8", "ascii", "de_DE"):
        site = make_site(tmp_path / name / "hülle")
        run(site, make_environment(name, locales), "freeze")
        names = {path.name for path in site.folder.iterdir()}
        assert names == {"artikél", "thémen", "gebäude", "gebäude.nginx.conf", "config.toml", ".feeds"}
        trees[name] = tree(site.folder / "gebäude")
    first = trees.pop("C.UTF-8")
    assert sum(path.startswith("articles/") for path in first) == len(NAMES) + 1
    assert {name: found.keys() ^ first.keys() for name, found in trees.items()} == {
        name: set() for name in trees
    }
    assert trees == dict.fromkeys(trees, first)


def test_a_tree_and_its_index_stay_as_they_are_in_another_locale(tmp_path: Path, locales: Path) -> None:
    site = make_site(tmp_path / "site")
    run(site, make_environment("C.UTF-8", locales), "freeze")
    for name in ("de_DE", "ascii"):
        environment = make_environment(name, locales)
        assert " 0 written" in run(site, environment, "freeze")
        assert run(site, environment, "check") == "0 problems.\n"


@pytest.mark.parametrize("name", ["de_DE", "ascii"])
def test_events_name_the_same_files(tmp_path: Path, locales: Path, name: str) -> None:
    site = make_site(tmp_path / "hülle")
    program = (
        "import sys, threading\n"
        "from feeds.config import load\n"
        "from feeds.sync.watch import watch_folder\n"
        "stop = threading.Event()\n"
        "folder = load('config.toml').articles_path\n"
        "for change in watch_folder(folder, 'events', stop, print):\n"
        "    if change is None:\n"
        "        print('ready', flush=True)\n"
        "    elif change:\n"
        "        print(ascii(sorted(change)), flush=True)\n"
        "        stop.set()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=site.folder,
        env=make_environment(name, locales),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            os.utime(site.folder / "artikél" / "grüße.md")
            assert process.stdout.readline() == ascii(["grüße.md"]) + "\n"
        finally:
            process.kill()

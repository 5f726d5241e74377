"""What README shows is true: its commands run, its configuration loads, its tables name every key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from conftest import ROOT

from feeds.articles.reader import _KNOWN
from feeds.config import Tables, load

README = (ROOT / "README.md").read_text()
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A folder with the first configuration and the article that README shows."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(blocks("toml")[0])
    (tmp_path / "articles" / "atom.md").write_text(blocks("markdown")[0])
    return tmp_path


def test_every_configuration_that_it_shows_loads(newcomer: Path) -> None:
    assert len(blocks("toml")) >= 2
    for text in blocks("toml"):
        (newcomer / "config.toml").write_text(text)
        assert load(newcomer / "config.toml").site.title == "Example News"


def test_the_feeds_commands_that_it_shows_run(newcomer: Path) -> None:
    commands = [line.split("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    ours = [words for words in commands if words[0] == "feeds"]
    assert [words[1] for words in ours] == ["check", "freeze", "run"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for words in ours[:2]:
        result = subprocess.run(
            words, cwd=newcomer, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
    feed = (newcomer / "build" / "topics" / "standards.atom").read_text()
    assert "The Atom Syndication Format is RFC 4287" in feed


def test_the_make_targets_that_it_shows_exist() -> None:
    targets = re.findall(r"^make (\w+)$", README, re.MULTILINE)
    assert targets == ["run", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_its_table_names_every_key_of_the_configuration() -> None:
    shown = set()
    for cell in re.findall(r"^\| (`.*?) \|", README.split("## config.toml")[1], re.MULTILINE):
        names = re.findall(r"`([^`]+)`", cell)
        prefix = names[0].rpartition(".")[0]
        shown |= {prefix + name if name.startswith(".") else name for name in names}
    tables = {"topics": 'topics."NAME"', "providers": 'providers."DOMAIN"', "custom": "custom.NAME"}
    for table in msgspec.structs.fields(Tables):
        section = (
            table.type if isinstance(table.type, type) and issubclass(table.type, msgspec.Struct) else None
        )
        section = section or table.type.__args__[1]
        for field in msgspec.structs.fields(section):
            assert f"{tables.get(table.name, table.name)}.{field.name}" in shown


def test_its_table_names_every_field_of_an_article_that_feeds_use() -> None:
    table = README.split("## Which articles are public")[1].split("## config.toml")[0]
    shown = set(re.findall(r"`(\w+)`", table))
    unused = {"actions", "price", "ampWebUrl", "cdnAmpWebUrl"}
    assert shown >= _KNOWN - unused


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert all((path.parent / link).exists() for link in links)

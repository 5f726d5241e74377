"""Sphinx and MkDocs build sites with feeds: the real programs, called in this process."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from documentation import blocks
from sites import ROOT

from feeds import formats
from feeds.check.lint import lint

GUIDE = (ROOT / "docs" / "guides" / "library.md").read_text()
BASE = "https://example.org/docs/"


def assert_valid(folder: Path, name: str) -> None:
    for ending in formats.MEDIA_TYPES:
        file = folder / f"{name}.{ending}"
        assert lint(file.name, formats.MEDIA_TYPES[ending], file.read_bytes()) == []


class Manual:
    """A documentation by Sphinx, and what its last build warned of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "html"
        self.warnings = ""
        (folder / "docs").mkdir()
        self.write("conf.py", f'project = "Example"\nauthor = "Ada"\n{blocks("", part("## Sphinx"))[0]}')
        self.write("index.rst", "Example\n=======\n\n.. toctree::\n\n   changes\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / "docs" / name).write_text(text)

    def build(self, builder: str = "html", **options: Any) -> None:
        from sphinx.application import Sphinx
        from sphinx.util.docutils import docutils_namespace, patch_docutils

        source = str(self.folder / "docs")
        warnings = io.StringIO()
        with patch_docutils(source), docutils_namespace():
            Sphinx(
                source,
                source,
                str(self.output),
                str(self.folder / "trees"),
                builder,
                options,
                status=None,
                warning=warnings,
            ).build()
        self.warnings = warnings.getvalue()

    def entries(self, name: str = "news") -> list[Any]:
        found: list[Any] = feedparser.parse((self.output / f"{name}.atom").read_bytes()).entries
        return found


def part(heading: str) -> str:
    """Return the part of the guide below a heading."""
    return GUIDE.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def manual(tmp_path: Path) -> Manual:
    pytest.importorskip("sphinx")
    made = Manual(tmp_path)
    made.write("changes.rst", f"Changes\n=======\n\n{blocks('rst', part('## Sphinx'))[0]}")
    return made


@pytest.mark.slow
def test_the_news_of_a_documentation_by_sphinx_become_feeds(manual: Manual) -> None:
    picture = ROOT / "docs" / "pictures" / "index.png"
    (manual.folder / "docs" / "a.png").write_bytes(picture.read_bytes())
    manual.write(
        "more.rst",
        ":orphan:\n\nMore\n====\n\n.. news:: We moved\n   :date: 2026-11-28T09:30+02:00\n   :id: tag:example.org,2026:1\n   :summary: Far & wide.\n\n   .. image:: a.png\n",
    )
    manual.build()
    assert manual.warnings == ""
    assert_valid(manual.output, "news")
    first, second = manual.entries()
    assert (first.title, first.id, first.link) == (
        "We moved",
        "tag:example.org,2026:1",
        f"{BASE}more.html#we-moved",
    )
    assert (first.summary, first.published) == ("Far & wide.", "2026-11-28T07:30:00Z")
    assert f'src="{BASE}_images/a.png"' in first.content[0].value
    assert (second.link, second.tags[0].term) == (f"{BASE}changes.html#version-1-2-is-out", "Releases")
    assert f'href="{BASE}changes.html"' in second.content[0].value
    page = (manual.output / "changes.html").read_text()
    assert 'id="version-1-2-is-out"' in page
    assert f'<link rel="alternate" type="application/atom+xml" href="{BASE}news.atom">' in page
    # Another build reads only what changed, and the feeds are still of all.
    manual.write("more.rst", ":orphan:\n\nMore\n====\n\nNothing.\n")
    manual.build()
    assert [one.title for one in manual.entries()] == [second.title]


@pytest.mark.stress
def test_addresses_of_folders_another_name_and_a_limit_are_heeded(manual: Manual) -> None:
    manual.write(
        "index.rst",
        "Example\n=======\n\n.. toctree::\n\n   changes\n\n.. news:: Older\n   :date: 2020-01-01\n\n   x\n",
    )
    manual.build("dirhtml", feeds_path="feeds/all", feeds_limit=1)
    (entry,) = manual.entries("feeds/all")
    assert entry.link == f"{BASE}changes/#version-1-2-is-out"
    assert (manual.output / "feeds" / "all.rss").is_file()


@pytest.mark.slow
def test_news_without_a_day_and_a_documentation_without_an_address_are_told(manual: Manual) -> None:
    manual.write(
        "changes.rst",
        "Changes\n=======\n\n.. news:: One\n   :date: 2026-1\n\n.. news:: Two\n   :date: 2026-11-01\n\n   x\n",
    )
    manual.build(html_baseurl="")
    assert 'changes.rst:4: ERROR: "One" needs a date: ":date: 2026-11-28"' in manual.warnings
    assert "html_baseurl does not say where the pages will be" in manual.warnings
    assert not (manual.output / "news.atom").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a documentation by MkDocs, as the guide has it."""
    plugins = pytest.importorskip("mkdocs.plugins")
    if "feeds" not in plugins.get_plugins():
        pytest.skip("feeds was installed before it had a plugin: install it again")
    yaml, toml = blocks("yaml", part("## MkDocs"))[0], blocks("toml", part("## MkDocs"))[0]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: Example\n{yaml}")
    (tmp_path / "feeds.toml").write_text(toml)
    news = tmp_path / "docs" / "news"
    news.mkdir(parents=True)
    (tmp_path / "docs" / "index.md").write_text("# Example\n")
    (news / "first.md").write_text(
        "---\ndate: 2026-11-28\ntags: [Releases]\n---\n# Version 1.2\n\nIt is out.\n"
    )
    return tmp_path


def build_docs(folder: Path) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    config = load_config(str(folder / "mkdocs.yml"))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)


def test_mkdocs_builds_the_feeds_of_a_folder_into_its_site(project: Path) -> None:
    build_docs(project)
    built = project / "site"
    assert_valid(built / "feeds", "all")
    (item,) = msgspec.json.decode((built / "feeds" / "topics" / "releases.json").read_bytes())["items"]
    assert (item["title"], item["url"]) == ("Version 1.2", f"{BASE}news/first/")
    # The entry leads to the page that MkDocs made, and each page to the feeds.
    page = (built / "news" / "first" / "index.html").read_text()
    assert (
        f'<link rel="alternate" type="application/rss+xml" title="Example Project" href="{BASE}feeds/all.rss">'
        in page
    )
    assert (built / "feeds" / "index.html").is_file()


@pytest.mark.stress
def test_mkdocs_warns_of_articles_and_refuses_addresses_elsewhere(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from mkdocs.exceptions import Abort

    (project / "docs" / "news" / "bad.md").write_text("---\ndate: soon\n---\n# Bad\n")
    build_docs(project)
    assert re.search(r"WARNING\s+mkdocs.plugins.feeds:.*bad\.md:2", caplog.text)
    file = project / "feeds.toml"
    text = file.read_text()
    file.write_text(text.replace("docs/feeds/", "elsewhere/"))
    with pytest.raises(Abort):
        build_docs(project)
    assert "https://example.org/elsewhere/, is not below the site_url of mkdocs.yml" in caplog.text
    file.unlink()
    with pytest.raises(Abort):
        build_docs(project)
    assert "feeds.toml: error: there is no such file." in caplog.text

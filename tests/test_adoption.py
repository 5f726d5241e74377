"""A frozen tree whose manifest is lost is adopted whole, or the freeze refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from sites import CONFIG, Workspace, tree

from feeds.errors import StorageError
from feeds.freeze.manifest import Manifest

pytestmark = pytest.mark.slow

EXTRA = '[output]\ncompress = ["gzip"]\nhosts = ["netlify"]\n[pages]\naccent = "#a33f08"\n'
LOST = {
    "gone": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "half": lambda file: file.write_bytes(file.read_bytes()[:500]),
    "of an earlier form": lambda file: file.write_bytes(
        file.read_bytes().replace(b'"written":', b'"files":')
    ),
}


@pytest.fixture
def site(workspace: Workspace) -> Workspace:
    workspace.configure(EXTRA)
    for n in range(60):
        workspace.article(
            f"n{n}", topics=["AI", "Old" if n == 0 else "New"], provider={"domain": f"p{n % 3}.example"}
        )
    workspace.article("page", body="Text", originalUrl=None)
    workspace.freeze()
    return workspace


def change(site: Workspace) -> None:
    """Another host, a topic less and another more."""
    site.configure(EXTRA, base=CONFIG.replace("feeds.example.org", "other.example.org"))
    site.article("n0", topics=["AI", "Brandnew"], provider={"domain": "p9.example"})
    (site.articles / "page.md").unlink()


@pytest.mark.parametrize("how", LOST)
def test_every_file_of_ours_is_adopted_and_stale_ones_go(site: Workspace, tmp_path: Path, how: str) -> None:
    LOST[how](site.output / Manifest.NAME)
    change(site)
    outcome = site.freeze()
    assert not outcome.first
    assert "articles/page/index.html" in outcome.deleted
    assert site.read("topics/old.atom").count(b"<entry>") == 0
    fresh = tmp_path / "fresh"
    site.freeze(output=fresh)
    assert tree(site.output) == tree(fresh)
    assert site.freeze().written == []


def test_a_tree_that_did_not_change_is_adopted_without_a_write(site: Workspace) -> None:
    (site.output / Manifest.NAME).unlink()
    assert site.freeze().written == []


def test_files_of_others_stay_where_they_are(site: Workspace) -> None:
    others = {
        "about.html": b"<title>About</title>",
        "topics/mine.html": b"<title>Mine</title>",
        "static/own.css": b"a { color: red }",
        "feeds/other/all.atom": (site.output / "all.atom").read_bytes(),
        f"feeds/other/{Manifest.NAME}": (site.output / Manifest.NAME).read_bytes(),
        "copies/all.atom": (site.output / "all.atom").read_bytes(),
        "robots.txt": b"User-agent: *\nDisallow: /private/\n",
    }
    (site.output / Manifest.NAME).unlink()
    for name, body in others.items():
        (site.output / name).parent.mkdir(parents=True, exist_ok=True)
        (site.output / name).write_bytes(body)
    change(site)
    site.freeze()
    assert {name: site.read(name) for name in others} == others


def test_a_page_of_somebody_else_in_the_way_is_refused_and_nothing_is_written(site: Workspace) -> None:
    (site.output / Manifest.NAME).unlink()
    (site.output / "topics/ai/index.html").write_bytes(b"<title>Mine</title>")
    change(site)
    before = tree(site.output)
    with pytest.raises(StorageError, match=r"topics/ai/index\.html: is in the way"):
        site.freeze()
    assert tree(site.output) == before


def test_articles_that_are_gone_are_counted_though_the_manifest_is_lost(site: Workspace) -> None:
    (site.output / Manifest.NAME).unlink()
    (site.folder / ".feeds/index.sqlite").unlink()
    for path in site.articles.iterdir():
        path.unlink()
    with pytest.raises(Exception, match="gone"):
        site.freeze()
    assert (site.output / "topics/ai.atom").exists()

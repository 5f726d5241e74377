"""An address stays with the channel that has it: of two that want one, the one with the older article."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import NOW, Workspace, tree

from feeds.lib.text.identifiers import fold, hash_name
from feeds.site import open_site
from feeds.web.app import create

pytestmark = pytest.mark.slow

# Names that make one slug, so that the second of each would come first by code points.
PAIRS = [
    ("A-B", "A B", "a-b"),
    ("café", "cafe", "cafe"),
    ("🚀", "rocket", "rocket"),
    ("R and D", "R&D", "r-and-d"),
]


def titles(body: bytes) -> list[str]:
    return [entry.title for entry in feedparser.parse(body).entries]


def feed_id(body: bytes) -> str:
    return str(feedparser.parse(body).feed.id)


def get(site: Workspace, path: str) -> Any:
    return create(open_site(site.config, NOW).publisher).test_client().get(path)


def aside(slug: str, name: str) -> str:
    return f"{slug}-{hash_name(fold(name))}"


def write(site: Workspace, name: str, year: int, topic: str, field: str = "topics") -> Path:
    fields: dict[str, Any] = {"topics": [], field: [topic], "publishedDateTime": f"{year}-03-01T12:00:00Z"}
    return site.article(name, **fields)


@pytest.mark.parametrize(("first", "second", "slug"), PAIRS)
def test_who_has_an_address_keeps_it_served_and_frozen(
    either: Workspace, first: str, second: str, slug: str
) -> None:
    write(either, "one", 2023, first)
    either.freeze()
    before = feed_id(either.read(f"topics/{slug}.atom"))
    shutil.copytree(either.output, either.folder / "before")
    write(either, "two", 2024, second)
    either.freeze()
    assert feed_id(either.read(f"topics/{slug}.atom")) == before
    assert titles(either.read(f"topics/{slug}.atom")) == ["About one"]
    assert titles(either.read(f"topics/{aside(slug, second)}.atom")) == ["About two"]
    for path in (f"topics/{slug}.atom", f"topics/{aside(slug, second)}.atom"):
        assert get(either, f"/{path}").data == either.read(path)
    found = either.run("check", "--against", "before")
    assert (found.returncode, "same-slug" in found.stdout) == (0, True)


def test_a_new_index_gives_the_same_addresses(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A-B")
    workspace.freeze()
    write(workspace, "two", 2024, "A B")
    workspace.freeze()
    kept = tree(workspace.output)
    shutil.rmtree(workspace.folder / ".feeds")
    workspace.freeze()
    written = {path: body for path, body in tree(workspace.output).items() if not path.startswith(".")}
    assert written == {path: body for path, body in kept.items() if not path.startswith(".")}


@pytest.mark.parametrize("field", ["topics", "categories"])
def test_an_older_article_takes_the_address_and_check_says_so(workspace: Workspace, field: str) -> None:
    write(workspace, "one", 2023, "A-B", field)
    workspace.freeze()
    write(workspace, "two", 2020, "A B", field)
    found = workspace.run("check", "--against", "build")
    assert found.returncode == 1
    assert f"articles/two.md: error: {field}: would give the address /{field}/a-b, " in found.stdout
    assert 'the feed "A-B · Example News", to "A B".' in found.stdout
    workspace.freeze()
    assert titles(workspace.read(f"{field}/a-b.atom")) == ["About two"]
    assert workspace.run("check", "--against", "build").returncode == 0


def test_the_hint_of_check_keeps_the_address(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A-B")
    workspace.freeze()
    write(workspace, "two", 2020, "A B")
    assert 'say slug = "a-b"' in workspace.run("check", "--against", "build").stdout
    workspace.configure('[topics."A-B"]\nslug = "a-b"\n')
    assert workspace.run("check", "--against", "build").returncode == 0


def test_other_ids_of_all_feeds_are_no_change_of_owners(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A-B")
    workspace.freeze()
    workspace.configure(
        base='[site]\ntitle = "T"\nbase_url = "https://other.example/"\n[articles]\npath = "articles"\n'
    )
    assert "changed-owner" not in workspace.run("check", "--against", "build").stdout


@pytest.mark.parametrize("is_new", [False, True])
def test_an_emptied_channel_keeps_its_address_also_in_a_new_index(either: Workspace, is_new: bool) -> None:  # noqa: FBT001
    gone = write(either, "one", 2023, "A-B")
    write(either, "other", 2023, "Else")
    either.freeze()
    gone.unlink()
    either.freeze()
    if is_new and not either.index:
        shutil.rmtree(either.folder / ".feeds")
    write(either, "two", 2024, "A B")
    either.freeze()
    assert titles(either.read("topics/a-b.atom")) == []
    assert titles(either.read(f"topics/{aside('a-b', 'A B')}.atom")) == ["About two"]


def test_a_topic_of_the_configuration_without_articles_takes_no_address(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A-B")
    workspace.configure('[topics."A B"]\ndescription = "New"\n')
    workspace.freeze()
    assert titles(workspace.read("topics/a-b.atom")) == ["About one"]


def test_a_renamed_topic_keeps_its_old_address_from_a_newer_name(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A B")
    workspace.freeze()
    workspace.configure('[topics."Letters"]\naliases = ["A B"]\n')
    write(workspace, "two", 2024, "A-B")
    assert workspace.run("check", "--against", "build").returncode == 0
    workspace.freeze()
    assert get(workspace, "/topics/a-b.atom").location.endswith("/topics/letters.atom")
    assert titles(workspace.read("topics/a-b.atom")) == ["About one"]
    assert titles(workspace.read(f"topics/{aside('a-b', 'A-B')}.atom")) == ["About two"]


def test_a_slug_for_either_of_two_leaves_the_readers_of_both_where_they_are(workspace: Workspace) -> None:
    write(workspace, "one", 2023, "A-B")
    write(workspace, "two", 2024, "A B")
    workspace.freeze()
    old = f"topics/{aside('a-b', 'A B')}"
    workspace.configure('[topics."A-B"]\nslug = "dash"\n')
    assert workspace.run("check", "--against", "build").returncode == 0
    assert get(workspace, "/topics/a-b.atom").location.endswith("/topics/dash.atom")
    assert titles(get(workspace, f"/{old}.atom").data) == ["About two"]
    workspace.configure('[topics."A B"]\nslug = "blank"\n')
    assert workspace.run("check", "--against", "build").returncode == 0
    assert get(workspace, f"/{old}.atom").location.endswith("/topics/blank.atom")
    assert titles(get(workspace, "/topics/a-b.atom").data) == ["About one"]


def test_an_alias_takes_no_address_from_an_older_topic(workspace: Workspace) -> None:
    write(workspace, "one", 2020, "A-B")
    write(workspace, "two", 2024, "Letters")
    workspace.configure('[topics."Letters"]\naliases = ["A B"]\n')
    workspace.freeze()
    assert titles(workspace.read("topics/a-b.atom")) == ["About one"]


def test_a_parent_that_includes_its_children_is_as_old_as_their_articles(workspace: Workspace) -> None:
    write(workspace, "one", 2020, "Child")
    write(workspace, "two", 2022, "A-B")
    workspace.configure('[topics.Child]\nparent = "A B"\n[topics."A B"]\ninclude_children = true\n')
    workspace.freeze()
    assert titles(workspace.read("topics/a-b.atom")) == ["About one"]


NAMES = ["A-B", "A B", "a_b", "A+B", "café", "cafe"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(2018, 2023), st.sampled_from([*NAMES, ""])), max_size=7)
)
def test_a_sync_after_each_edit_gives_the_addresses_of_a_new_index(edits: list[tuple[int, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Workspace(Path(folder) / "site")
        for number, year, topic in edits:
            if topic:
                write(site, f"a{number}", year, topic)
            else:
                (site.articles / f"a{number}.md").unlink(missing_ok=True)
            found = open_site(site.config, NOW).publisher.newest.channels
        if not edits:
            return
        shutil.rmtree(site.folder / ".feeds")
        new = open_site(site.config, NOW).publisher.newest.channels
        # An emptied channel has its address still, and only the old index knows it.
        emptied = {one.path for one in found.by_path.values() if one.emptied}
        if not emptied:
            assert found.paths == new.paths

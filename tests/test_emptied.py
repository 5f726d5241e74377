"""A channel without articles stays as an empty feed; only what config.toml retires by name is 410."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import Any

import feedparser
import msgspec
import pytest
from sites import NOW, Workspace, as_file, tree

from feeds.check.lint import lint
from feeds.errors import ConfigError
from feeds.formats import MEDIA_TYPES
from feeds.site import open_site
from feeds.web.app import create

DAY = timedelta(days=1)
LATER = NOW + 10 * DAY
LISTS = ("feeds.opml", "feeds.json", "sitemap.xml", "search/feeds.json", "topics/index.html")


def client(workspace: Workspace, now: datetime = NOW) -> Any:
    return create(open_site(workspace.config, now).publisher).test_client()


def listing(workspace: Workspace, name: bytes) -> list[str]:
    """The lists of a frozen tree that name a feed."""
    return [path for path in LISTS if name in workspace.read(path)]


@pytest.fixture
def emptied(either: Workspace) -> Workspace:
    """A site of which topic Web GPU, a provider and a category were published, and lost their only article."""
    either.article("keep")
    gone = either.article(
        "gone",
        topics=["Web GPU", "AI"],
        category="Deep Tech",
        provider={"name": "Gone", "domain": "gone.example"},
    )
    either.freeze(NOW)
    gone.unlink()
    either.freeze(LATER)
    return either


EMPTIED = {"topics/web-gpu": "Web GPU", "providers/gone.example": "Gone", "categories/deep-tech": "Deep Tech"}


@pytest.mark.parametrize("stem", EMPTIED)
def test_an_emptied_channel_is_a_valid_empty_feed_served_and_frozen(emptied: Workspace, stem: str) -> None:
    served = client(emptied, LATER)
    for name, media_type in MEDIA_TYPES.items():
        body = emptied.read(f"{stem}.{name}")
        answer = served.get(f"/{stem}.{name}")
        assert (answer.status_code, answer.data) == (200, body)
        assert lint(f"{stem}.{name}", media_type, body) == []
    assert as_file(served.get(f"/{stem}/").data) == emptied.read(f"{stem}/index.html")
    assert EMPTIED[stem] in emptied.read(f"{stem}/index.html").decode()
    atom, items = (
        feedparser.parse(emptied.read(f"{stem}.atom")),
        msgspec.json.decode(emptied.read(f"{stem}.json")),
    )
    assert (atom.entries, atom.feed.updated) == ([], "2024-06-11T12:00:00Z")
    assert atom.feed.title == f"{EMPTIED[stem]} · Example News"
    assert (items["items"], items["title"]) == ([], f"{EMPTIED[stem]} · Example News")
    assert b"<item>" not in emptied.read(f"{stem}.rss")
    assert b"Tue, 11 Jun 2024 12:00:00" in emptied.read(f"{stem}.rss")


def test_an_emptied_channel_leaves_the_lists_after_90_days_and_keeps_its_address(emptied: Workspace) -> None:
    assert listing(emptied, b"topics/web-gpu") == list(LISTS)
    emptied.freeze(LATER + 89 * DAY)
    assert listing(emptied, b"topics/web-gpu") == list(LISTS)
    before = emptied.read("topics/web-gpu.atom")
    emptied.freeze(LATER + 90 * DAY)
    assert listing(emptied, b"topics/web-gpu") == []
    assert b"topics/ai" in emptied.read("feeds.opml")
    assert emptied.read("topics/web-gpu.atom") == before
    assert (emptied.output / "topics" / "web-gpu" / "index.html").exists()
    served = client(emptied, LATER + 400 * DAY)
    assert served.get("/topics/web-gpu.atom").data == before
    assert b"topics/web-gpu" not in served.get("/build/").data + served.get("/search/?q=gpu").data
    # From then on, nothing is to be done for it.
    assert emptied.freeze(LATER + 401 * DAY).written == []


def test_a_channel_that_is_filled_again_is_the_same_feed(emptied: Workspace) -> None:
    empty = feedparser.parse(emptied.read("topics/web-gpu.atom")).feed.id
    emptied.article("new", topics=["web gpu"])
    emptied.freeze(LATER + 200 * DAY)
    filled = feedparser.parse(emptied.read("topics/web-gpu.atom"))
    assert (filled.feed.id, [entry.title for entry in filled.entries]) == (empty, ["About new"])
    assert listing(emptied, b"topics/web-gpu") == list(LISTS)


def test_the_archive_of_an_emptied_channel_goes_and_nothing_links_to_it(workspace: Workspace) -> None:
    workspace.configure('[feeds]\nlimit = 2\npage_size = 2\n[freeze]\nmax_removed = "100%"\n')
    workspace.article("keep")
    dates = [f"2024-01-0{day}T00:00:00Z" for day in range(1, 8)]
    paths = [workspace.article(date[:10], topics=["Gone"], publishedDateTime=date) for date in dates]
    workspace.freeze()
    assert (workspace.output / "topics/gone/archive/1.atom").exists()
    for path in paths:
        path.unlink()
    workspace.freeze(LATER)
    assert not (workspace.output / "topics/gone/archive").exists()
    assert b"prev-archive" not in workspace.read("topics/gone.atom")
    served = client(workspace, LATER)
    assert served.get("/topics/gone/archive/1.atom").status_code == 404
    assert served.get("/topics/gone.atom").status_code == 200


WAYS: dict[str, dict[str, Any]] = {
    "re-tagged": {"topics": ["New"]},
    "unpublished": {"published": False},
    "removed": {"removed": True},
}


@pytest.mark.parametrize("way", WAYS)
def test_however_a_topic_loses_its_last_article_its_readers_are_not_sent_away(
    workspace: Workspace, way: str
) -> None:
    workspace.article("a", topics=["Old"])
    workspace.article("b")
    workspace.freeze()
    workspace.article("a", **({"topics": ["Old"]} | WAYS[way]))
    workspace.freeze(LATER)
    assert feedparser.parse(workspace.read("topics/old.atom")).entries == []
    assert client(workspace, LATER).get("/topics/old.rss").status_code == 200


def test_a_name_that_becomes_an_alias_still_redirects(workspace: Workspace) -> None:
    workspace.article("a", topics=["AI"])
    workspace.freeze()
    workspace.configure('[topics."Machine Thought"]\naliases = ["AI"]\n')
    answer = client(workspace, LATER).get("/topics/ai.atom")
    assert (answer.status_code, answer.location) == (
        301,
        "https://feeds.example.org/topics/machine-thought.atom",
    )


def test_a_channel_keeps_its_address_from_others_while_it_is_empty(workspace: Workspace) -> None:
    first = workspace.article("a", topics=["A B"])
    workspace.article("b", topics=["A-B"])
    workspace.freeze()
    (other,) = [path for path in tree(workspace.output) if path.startswith("topics/a-b-") and ".atom" in path]
    assert [entry.title for entry in feedparser.parse(workspace.read("topics/a-b.atom")).entries] == [
        "About a"
    ]
    first.unlink()
    workspace.freeze(LATER)
    assert feedparser.parse(workspace.read("topics/a-b.atom")).entries == []
    assert [entry.title for entry in feedparser.parse(workspace.read(other)).entries] == ["About b"]
    # No file is to be mended for that.
    assert "same-slug" not in {problem.code for problem in workspace.problems(LATER)}


def test_names_that_no_reader_ever_saw_are_unknown(workspace: Workspace) -> None:
    workspace.article("a", topics=["Draft"], published=False)
    workspace.article("b")
    workspace.freeze()
    assert client(workspace).get("/topics/draft.atom").status_code == 404


RETIRED = {
    "topics/ai": '[topics.AI]\nretired = true\naliases = ["Thinking Machines"]\n',
    "providers/example.org": '[providers."example.org"]\nretired = true\naliases = ["example.net"]\n',
    "feeds/best": "[selections.best]\nretired = true\n",
    "categories/long-reads": '[categories."Long Reads"]\nretired = true\n',
}


@pytest.mark.parametrize("stem", RETIRED)
def test_what_config_toml_retires_is_410_and_leaves_the_tree_and_the_lists(
    workspace: Workspace, stem: str
) -> None:
    workspace.configure('[selections.best]\ntitle = "Best"\n')
    workspace.article("a", topics=["AI", "Robots"], category="long reads")
    workspace.freeze()
    assert {f"{stem}.{name}" for name in MEDIA_TYPES} | {f"{stem}/index.html"} <= tree(
        workspace.output
    ).keys()
    workspace.configure(f'[output]\nhosts = ["nginx"]\n{RETIRED[stem]}')
    workspace.freeze(LATER)
    assert f"/{stem}.atom" in (workspace.folder / "build.nginx.conf").read_text()
    assert [path for path in tree(workspace.output) if path.startswith((f"{stem}.", f"{stem}/"))] == []
    assert listing(workspace, f"{stem}.".encode()) + listing(workspace, f"{stem}/".encode()) == []
    served = client(workspace, LATER)
    for path in (
        *(f"/{stem}.{name}" for name in MEDIA_TYPES),
        f"/{stem}/",
        f"/{stem}",
        f"/{stem}/archive/1.rss",
    ):
        answer = served.get(path)
        assert (answer.status_code, b"This site has retired this feed." in answer.data) == (410, True), path
    assert served.get(f"/{stem}/", headers={"Accept": "text/html"}).status_code == 410
    for other in ("all", "topics/robots"):
        assert [entry.title for entry in feedparser.parse(workspace.read(f"{other}.atom")).entries] == [
            "About a"
        ]


def test_an_alias_and_another_spelling_of_a_retired_channel_are_410_too(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure(RETIRED["topics/ai"] + RETIRED["providers/example.org"])
    served = client(workspace)
    for path in (
        "/topics/thinking-machines.atom",
        "/topics/AI.atom",
        "/providers/example.net.rss",
        "/providers/example.net/",
    ):
        assert served.get(path).status_code == 410, path
    # Readers' own queries that name it go on without its articles.
    assert served.get("/feed.atom?topic=ai").status_code == 200


def test_the_table_of_a_category_makes_no_feed(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure("[categories.News]\n[categories.Old]\nretired = true\n")
    served = client(workspace)
    assert served.get("/categories/news.atom").status_code == 404
    assert served.get("/categories/old.atom").status_code == 410
    assert served.get("/feed.atom?category=old").status_code == 200
    assert workspace.problems() == []


def test_a_retired_topic_may_be_above_and_below_others(workspace: Workspace) -> None:
    workspace.article("a", topics=["Sub"])
    workspace.configure(
        '[topics.Above]\n[topics.Mid]\nparent = "Above"\nretired = true\n[topics.Sub]\nparent = "Mid"\n'
    )
    workspace.freeze()
    assert b"topics/mid" not in workspace.read("topics/above/index.html") + workspace.read(
        "topics/sub/index.html"
    )


def test_what_is_retired_by_mistake_comes_back_as_the_same_feed(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    before = workspace.read("topics/ai.atom")
    workspace.configure(RETIRED["topics/ai"])
    workspace.freeze(LATER)
    workspace.configure()
    workspace.freeze(LATER + DAY)
    assert workspace.read("topics/ai.atom") == before


def test_only_a_retired_selection_needs_no_title(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"selections\.best\.title: is missing"):
        workspace.configure("[selections.best]\n")


def test_a_selection_that_config_toml_no_longer_has_is_unknown(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure('[selections.best]\ntitle = "Best of"\n')
    workspace.freeze()
    workspace.configure()
    workspace.freeze(LATER)
    assert not (workspace.output / "feeds" / "best.atom").exists()
    assert client(workspace, LATER).get("/feeds/best.atom").status_code == 404


def forget_index(workspace: Workspace) -> None:
    shutil.rmtree(workspace.folder / ".feeds")


def test_without_an_index_a_frozen_tree_still_keeps_its_empty_feeds(workspace: Workspace) -> None:
    gone = workspace.article("gone", topics=["Web GPU"], category="Deep Tech")
    workspace.article("keep")
    workspace.freeze()
    title = feedparser.parse(workspace.read("topics/web-gpu.atom")).feed
    gone.unlink()
    forget_index(workspace)
    workspace.freeze(LATER)
    empty = feedparser.parse(workspace.read("topics/web-gpu.atom"))
    assert (empty.feed.id, empty.feed.title, empty.entries) == (title.id, title.title, [])
    assert empty.feed.updated == "2024-06-11T12:00:00Z"
    assert feedparser.parse(workspace.read("categories/deep-tech.atom")).feed.title.startswith("Deep Tech")
    # Again and again, as in CI: the same bytes, and the time is not counted from the beginning.
    before = tree(workspace.output)
    forget_index(workspace)
    workspace.freeze(LATER + 89 * DAY)
    assert tree(workspace.output) == before
    forget_index(workspace)
    workspace.freeze(LATER + 91 * DAY)
    assert listing(workspace, b"topics/web-gpu") == []
    assert workspace.read("topics/web-gpu.atom") == before["topics/web-gpu.atom"]


def test_without_a_manifest_nothing_is_invented(workspace: Workspace) -> None:
    gone = workspace.article("gone", topics=["Gone"])
    workspace.article("keep")
    workspace.freeze()
    gone.unlink()
    forget_index(workspace)
    shutil.rmtree(workspace.output)
    workspace.freeze(LATER)
    assert not [path for path in tree(workspace.output) if "topics/gone" in path]
    assert client(workspace, LATER).get("/topics/gone.atom").status_code == 404


def test_what_the_manifest_names_is_served_too_and_freezes_nothing_twice(workspace: Workspace) -> None:
    gone = workspace.article("gone", topics=["Gone"])
    workspace.article("keep")
    workspace.freeze()
    gone.unlink()
    forget_index(workspace)
    workspace.freeze(LATER)
    assert client(workspace, LATER).get("/topics/gone.json").data == workspace.read("topics/gone.json")
    assert workspace.freeze(LATER + DAY).written == []

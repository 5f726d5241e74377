"""Archives (RFC 5005): a feed has its limit, a walk meets everything, full documents never change."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from effort import stressed
from hypothesis import given
from hypothesis import strategies as st
from servers import Server
from sites import NOW, Workspace, tree

from feeds.channels.pagination import Pagination
from feeds.site import open_site
from feeds.web.app import create

SIZES = st.tuples(st.integers(0, 500), st.integers(1, 60), st.integers(1, 60))
BASE = "https://feeds.example.org"
# Files written now are old then, so that none is read twice for being fresh.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@given(SIZES)
def test_a_walk_meets_every_article_and_only_the_first_archive_document_repeats_some(
    sizes: tuple[int, int, int],
) -> None:
    archive = Pagination(*sizes)
    assert archive.subscription_window == (0, min(archive.limit, archive.articles))
    walked = [archive.find_archive_window(number) for number in range(archive.linked, 0, -1)]
    met = [place for window in walked for place in range(window.skip, window.skip + window.take)]
    newest = range(archive.subscription_window.take)
    assert {*newest, *met} == set(range(archive.articles))
    assert len(met) == len(set(met)), "archive documents repeat nothing of each other"
    if walked:
        assert met.index(archive.limit) < walked[0].take, "the first one continues the subscription document"
        assert archive.linked <= archive.last


@given(SIZES)
def test_a_document_that_still_grows_is_linked_only_if_a_page_is_longer_than_the_limit(
    sizes: tuple[int, int, int],
) -> None:
    archive = Pagination(*sizes)
    grows = archive.linked == archive.last > 0
    assert grows == (archive.limit < archive.articles % archive.page_size)


@given(SIZES)
def test_pages_show_nothing_twice(sizes: tuple[int, int, int]) -> None:
    count, least, page_size = sizes
    pages = Pagination.without_overlap(count, least, page_size)
    met = list(range(pages.subscription_window.take))
    for number in range(pages.linked, 0, -1):
        window = pages.find_archive_window(number)
        met.extend(range(window.skip, window.skip + window.take))
    assert met == list(range(count))
    assert min(least, count) <= pages.subscription_window.take < least + page_size


@given(SIZES)
def test_a_full_document_holds_the_same_articles_when_one_is_added(sizes: tuple[int, int, int]) -> None:
    before, after = Pagination(*sizes), Pagination(sizes[0] + 1, *sizes[1:])
    for number in range(1, before.last):
        assert number * before.page_size <= before.articles
        assert after.find_archive_window(number) == (
            before.find_archive_window(number).skip + 1,
            before.find_archive_window(number).take,
        )
        assert number < before.last <= after.last


def articles(workspace: Workspace, count: int) -> None:
    for n in range(count):
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n)
        workspace.article(f"a{n:04}", publishedDateTime=moment, topics=["AI"] if n % 3 else ["AI", "Robots"])


def walk(server: Server, path: str) -> list[list[str]]:
    """Return the ids of each document that a reader meets, by prev-archive or next_url."""
    documents: list[list[str]] = []
    seen: set[str] = set()
    while path:
        assert path not in seen
        seen.add(path)
        response, body = server.get(path)
        assert response.status == 200, path
        if path.partition("?")[0].endswith(".json"):
            feed = msgspec.json.decode(body)
            documents.append([item["id"] for item in feed["items"]])
            path = feed.get("next_url", "")
        else:
            parsed = feedparser.parse(body)
            assert not parsed.bozo
            documents.append([entry.id for entry in parsed.entries])
            links: list[Any] = parsed.feed.links
            path = next((link.href for link in links if link.rel == "prev-archive"), "")
        path = path.removeprefix(BASE)
    return documents


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "page_size"), [(10, 7), pytest.param(7, 10, marks=pytest.mark.stress)])
def test_a_reader_that_walks_over_http_gets_the_limit_first_and_every_article(
    workspace: Workspace, limit: int, page_size: int
) -> None:
    articles(workspace, 53)
    workspace.configure(
        f"[feeds]\nlimit = {limit}\npage_size = {page_size}\n"
        '[selections.few]\ntitle = "Few"\ntopics = ["Robots"]\nlimit = 4\n'
    )
    server = Server(workspace.folder / "config.toml")
    try:
        for channel, count, most in (
            ("all.{}", 53, limit),
            ("topics/ai.{}", 53, limit),
            ("topics/robots.{}", 18, limit),
            ("providers/example.org.{}", 53, limit),
            ("feeds/few.{}", 18, 4),
            ("feed.{}?topic=robots&limit=5", 18, 5),
            ("feed.{}?topic=ai&topic=robots&limit=40", 53, 40),
        ):
            walks = {name: walk(server, "/" + channel.format(name)) for name in ("atom", "rss", "json")}
            newest, *older = walks["atom"]
            assert len(newest) == most
            assert len({*newest, *(id_ for ids in older for id_ in ids)}) == count
            rest = [id_ for ids in older[1:] for id_ in ids]
            assert len({*newest, *rest}) == most + len(rest), "only the first archive document repeats"
            assert walks["atom"] == walks["rss"] == walks["json"]
        response, _ = server.get("/all/archive/999.atom")
        assert response.status == 404
    finally:
        server.stop()


def test_an_entry_is_the_same_bytes_in_the_feed_and_in_the_archive(workspace: Workspace) -> None:
    articles(workspace, 20)
    workspace.configure("[feeds]\nlimit = 8\npage_size = 5\n")
    workspace.freeze()
    for name, pattern in (("atom", rb"<entry>.*?</entry>"), ("rss", rb"<item>.*?</item>")):
        feed = re.findall(pattern, workspace.read(f"all.{name}"), re.DOTALL)
        archive = re.findall(pattern, workspace.read(f"all/archive/3.{name}"), re.DOTALL)
        assert (len(feed), len(archive)) == (8, 5)
        assert feed[5:] == archive[:3]


@pytest.mark.parametrize(("count", "linked", "final"), [(30, 3, True), (39, 4, False), (40, 4, True)])
def test_caches_keep_the_linked_document_for_a_year_only_if_it_is_full(
    workspace: Workspace, count: int, linked: int, *, final: bool
) -> None:
    articles(workspace, count)
    workspace.configure("[feeds]\nlimit = 5\npage_size = 10\n")
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    path = msgspec.json.decode(client.get("/all.json").data)["next_url"].removeprefix(BASE)
    assert path == f"/all/archive/{linked}.json"
    assert ("max-age=31536000" in client.get(path).headers["Cache-Control"]) is final


def test_links_of_archive_documents_lead_both_ways_and_to_the_current_one(workspace: Workspace) -> None:
    articles(workspace, 30)
    workspace.configure("[feeds]\nlimit = 5\npage_size = 5\n")
    workspace.freeze()
    numbers = sorted(int(path.stem) for path in (workspace.output / "all" / "archive").glob("*.atom"))
    assert numbers == [1, 2, 3, 4, 5, 6, 7]
    feed = feedparser.parse(workspace.read("all.atom")).feed
    assert [link.href for link in feed.links if link.rel == "prev-archive"] == [f"{BASE}/all/archive/5.atom"]
    for n in numbers:
        feed = feedparser.parse(workspace.read(f"all/archive/{n}.atom")).feed
        links = {link.rel: link.href for link in feed.links if link.rel != "alternate"}
        assert links["current"] == f"{BASE}/all.atom"
        assert links.get("prev-archive") == (f"{BASE}/all/archive/{n - 1}.atom" if n > 1 else None)
        assert links.get("next-archive") == (f"{BASE}/all/archive/{n + 1}.atom" if n < 7 else None)
        assert "fh_archive" in feed
    assert "fh_archive" not in feedparser.parse(workspace.read("all.atom")).feed


def test_a_feed_that_has_it_all_says_so(workspace: Workspace) -> None:
    articles(workspace, 3)
    workspace.freeze()
    for name in ("atom", "rss"):
        assert "fh_complete" in feedparser.parse(workspace.read(f"all.{name}")).feed
    assert not (workspace.output / "all" / "archive").exists()


def test_without_archives_a_feed_holds_the_newest(workspace: Workspace) -> None:
    articles(workspace, 30)
    workspace.configure("[feeds]\nlimit = 5\narchive = false\n")
    workspace.freeze()
    feed = feedparser.parse(workspace.read("all.atom"))
    assert len(feed.entries) == 5
    assert "fh_complete" not in feed.feed
    assert not (workspace.output / "all" / "archive").exists()


@pytest.mark.slow
def test_another_prevailing_spelling_of_a_topic_is_that_of_all_its_documents(workspace: Workspace) -> None:
    workspace.configure("[feeds]\nlimit = 5\npage_size = 5\n")
    first = datetime(2024, 1, 1, tzinfo=UTC)
    for n in range(60):
        workspace.article(f"a{n}", topics=["Ai"], publishedDateTime=first + timedelta(hours=n))
    workspace.freeze()
    for n in range(61):
        workspace.article(f"b{n}", topics=["AI"], publishedDateTime=first + timedelta(days=9, hours=n))
    workspace.freeze()
    shutil.rmtree(workspace.folder / ".feeds")
    workspace.freeze(output=workspace.folder / "fresh")
    assert tree(workspace.output) == tree(workspace.folder / "fresh")
    assert "AI · January 2024" in workspace.read("topics/ai/archive/1/index.html").decode()


@pytest.mark.slow
def test_each_full_archive_document_is_written_once_while_articles_come_one_by_one(
    in_memory: Path,
) -> None:
    workspace = Workspace(in_memory / "site")
    workspace.configure('[feeds]\nlimit = 20\npage_size = 25\nformats = ["atom"]\n')
    full: dict[str, bytes] = {}
    written: dict[str, int] = {}
    number = 1000 if stressed() else 75
    for n in range(number):
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
        workspace.article(f"a{n:04}", publishedDateTime=moment, topics=None, provider=None)
        plan = workspace.freeze(LATER)
        for path in plan.written:
            if (
                "/archive/" in path
                and path.endswith(".atom")
                and int(path.split("/")[-1].split(".")[0]) * 25 <= n + 1
            ):
                written[path] = written.get(path, 0) + 1
                full.setdefault(path, workspace.read(path))
    assert len(full) == number // 25
    assert set(written.values()) == {1}
    assert all(workspace.read(path) == body for path, body in full.items())


@pytest.mark.slow
@pytest.mark.parametrize("edit", ["change", "remove", "insert"])
def test_after_an_edit_among_old_articles_the_tree_equals_one_made_from_scratch(
    workspace: Workspace, tmp_path: Path, edit: str
) -> None:
    articles(workspace, 60)
    workspace.configure("[feeds]\nlimit = 5\npage_size = 6\n")
    workspace.freeze()
    moment = datetime(2024, 1, 1, 20, tzinfo=UTC)
    if edit == "change":
        workspace.article("a0020", title="Changed", publishedDateTime=moment)
    elif edit == "remove":
        (workspace.articles / "a0020.md").unlink()
    else:
        workspace.article("late", publishedDateTime=moment + timedelta(minutes=5))
    plan = workspace.freeze()
    scratch = Workspace(tmp_path / "scratch")
    scratch.configure("[feeds]\nlimit = 5\npage_size = 6\n")
    for path in workspace.articles.iterdir():
        (scratch.articles / path.name).write_bytes(path.read_bytes())
    scratch.freeze()
    assert tree(workspace.output) == tree(scratch.output)
    archives = [path for path in plan.written if path.startswith("all/archive/") and path.endswith(".atom")]
    assert ("all/archive/4.atom" in archives, "all/archive/3.atom" in archives) == (True, False)
    assert len(archives) == 1 or edit != "change"

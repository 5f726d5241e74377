"""Nothing that is served is ever staler than the index, whatever was edited, withdrawn, moved or deleted."""

from __future__ import annotations

import gc
import os
import random
import select
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from effort import some, stressed
from flask.testing import FlaskClient
from servers import Server
from sites import NOW, Workspace
from waiting import PATIENCE, until
from werkzeug.test import TestResponse

from feeds.index.sqlite import SqliteIndex, is_filled
from feeds.publisher.routes import Router
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.site import open_site
from feeds.sync import watch
from feeds.sync.keeper import Keeper
from feeds.web.access_log import AccessLog
from feeds.web.app import create, stop

pytestmark = pytest.mark.slow

BASE = "https://feeds.example.org"
SEEDS = range(1, 31) if stressed() else [1]


class Live:
    """An application that remembers what it answered, and fresh ones over the same index."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.site = open_site(workspace.config, NOW, search=True)
        self.now = NOW
        self.client = create(self.site.publisher).test_client()

    def sync(self) -> None:
        self.now += timedelta(minutes=30)
        self.site.syncer.sync_all(self.now)
        self.site.publisher.refresh()

    def fresh(self) -> FlaskClient:
        publisher = self.site.publisher
        return create(Publisher(publisher.config, publisher.index)).test_client()


def ask_both(one: FlaskClient, other: FlaskClient, path: str) -> tuple[TestResponse, TestResponse]:
    """Ask, if the answers differ within one second: until its date has come, a document has that of its answer."""
    while True:
        second = int(time.time())
        had, now = one.get(path), other.get(path)
        if dict(had.headers) == dict(now.headers) or int(time.time()) == second:
            return had, now


SELECTIONS = [
    "topic=a&topic=b", "topic=b&topic=c&topic=d", "exclude_topic=b", "topic=a&exclude_topic=b", "q=foo", "topic=a&q=foo",
    "q=-bar%20foo", "min_quality=5", "topic=a&provider=p.example", "language=en", "type=video", "category=x&category=y",
    "topic=a&limit=3&archive=1", "limit=3&archive=2", "topic=c&q=bar&q=foo", "since=2024-01-10", "type=video&limit=3",
]  # fmt: skip
LAYOUTS = [
    "[feeds]\nlimit = 4\npage_size = 3\ntombstones = true\n",
    "[feeds]\nlimit = 4\narchive = false\n",
]


def edit(workspace: Workspace, chance: random.Random, name: str) -> None:
    workspace.article(
        name,
        publishedDateTime=f"2024-01-{chance.randint(1, 28):02}T00:00:00Z",
        title=f"{chance.choice(['foo', 'bar', 'foo bar'])} {chance.random()}",
        topics=chance.sample(["A", "B", "C", "D"], chance.randint(0, 2)),
        quality=chance.randint(0, 9),
        type=chance.choice(["video", "article"]),
        categories=chance.sample(["X", "Y"], chance.randint(0, 1)),
        provider={"name": "P", "domain": chance.choice(["p.example", "q.example"])},
        updatedDateTime=f"2024-02-{chance.randint(1, 28):02}T00:00:00Z",
    )


@pytest.mark.parametrize("layout", some(LAYOUTS, 1))
@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_edits_every_remembered_answer_is_a_fresh_one(
    workspace: Workspace, seed: int, layout: str
) -> None:
    chance = random.Random(seed)  # noqa: S311 - edits that can be repeated
    workspace.configure(
        f'{layout}[selections.best]\ntitle = "Best"\nsort = "quality"\nlimit = 3\nwindow = "400d"\n'
        '[selections.video]\ntitle = "Video"\ntypes = ["video"]\n'
    )
    for n in range(15):
        edit(workspace, chance, f"a{n:02}")
    live = Live(workspace)
    for _ in range(12 if stressed() else 4):
        with live.site.publisher.snapshot() as snapshot:
            paths = ["/" + place.path for place in snapshot.list_places()]
        fresh = live.fresh()
        for path in [*paths, *(f"/feed.json?{query}" for query in SELECTIONS)]:
            if chance.random() < 0.6:
                had, now = ask_both(live.client, fresh, path)
                assert (had.status, had.data, had.headers) == (now.status, now.data, now.headers), path
        for _ in range(chance.choice([1, 1, 2, 6])):
            file = workspace.articles / f"a{chance.randrange(18):02}.md"
            if file.exists() and chance.random() < 0.5:
                file.unlink()
            else:
                edit(workspace, chance, file.stem)
        live.sync()


@pytest.mark.parametrize("layout", some(LAYOUTS, 1))
@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_edits_a_reader_of_deltas_knows_all_that_the_feed_holds(
    workspace: Workspace, seed: int, layout: str
) -> None:
    chance = random.Random(seed)  # noqa: S311 - edits that can be repeated
    workspace.configure(layout)
    for n in range(12):
        edit(workspace, chance, f"a{n:02}")
    live = Live(workspace)
    paths = [
        "/all.atom",
        "/topics/a.atom",
        *(f"/feed.atom?{query}" for query in SELECTIONS if "archive" not in query),
    ]
    readers: dict[str, tuple[str, dict[str, str]]] = {}
    statuses = set()
    for _ in range(25 if stressed() else 10):
        for path in paths:
            if chance.random() < 0.5:
                tag, known = readers.get(path, ("", {}))
                answer = live.client.get(
                    path, headers={"A-IM": "feed", **({"If-None-Match": tag} if tag else {})}
                )
                if answer.status_code in (400, 404, 410):
                    continue
                statuses.add(answer.status_code)
                if answer.status_code != 304:
                    known.update({entry.id: entry.title for entry in feedparser.parse(answer.data).entries})
                readers[path] = (answer.headers["ETag"], known)
                whole = feedparser.parse(live.client.get(path).data).entries
                assert {entry.id: entry.title for entry in whole}.items() <= known.items(), (
                    path,
                    answer.status,
                )
        for _ in range(chance.choice([1, 1, 2, 6])):
            file = workspace.articles / f"a{chance.randrange(18):02}.md"
            if file.exists() and chance.random() < 0.3:
                file.unlink()
            else:
                edit(workspace, chance, file.stem)
        live.sync()
    assert statuses == {200, 226, 304}


def test_an_article_withdrawn_with_its_topic_leaves_a_selection_of_several(workspace: Workspace) -> None:
    workspace.article("a", topics=["A"])
    last = workspace.article("z", topics=["B"])
    live = Live(workspace)
    workspace.article("newer", topics=["A"])
    live.sync()
    assert "About z" in live.client.get("/feed.atom?topic=a&topic=b").text
    last.unlink()
    live.sync()
    assert "About z" not in live.client.get("/feed.atom?topic=a&topic=b").text


def test_an_address_that_passes_to_another_topic_shows_that_and_pages_link_to_the_right_one(
    workspace: Workspace,
) -> None:
    workspace.article("x0", topics=["node js"])
    workspace.article("x1", topics=["node.js"], provider={"name": "P", "domain": "p.example"})
    live = Live(workspace)
    paths = ("/topics/node-js.json", "/providers/p.example/", "/topics/node-js/")
    for path in paths:
        assert live.client.get(path).status_code == 200
    (workspace.articles / "x0.md").unlink()
    live.sync()
    for path in paths:
        assert live.client.get(path).data == live.fresh().get(path).data, path


@pytest.mark.parametrize("parameter", ["topic", "category"])
def test_names_that_make_one_slug_can_all_be_chosen(workspace: Workspace, parameter: str) -> None:
    names = ["node js", "node-js", "node.js"]
    for n, name in enumerate(names):
        fields: dict[str, Any] = {"topics": [name]} if parameter == "topic" else {"categories": [name]}
        workspace.article(f"x{n}", title=f"About [{name}]", **fields)
    live = Live(workspace)
    found = set()
    for name in names:
        response = live.client.get("/feed.json", query_string={parameter: name})
        if response.status_code == 308:
            response = live.client.get(response.headers["Location"].removeprefix(BASE))
        assert response.status_code == 200, name
        found |= {item["title"] for item in response.get_json()["items"]}
    assert len(found) >= 2


def test_slugs_that_are_names_of_others_make_no_circle(workspace: Workspace) -> None:
    workspace.configure('[topics.A]\nslug = "b"\n[topics.B]\nslug = "a"\n')
    workspace.article("a", topics=["A"])
    workspace.article("b", topics=["B"])
    live = Live(workspace)
    for name in ("a", "b", "A", "B"):
        response = live.client.get(f"/feed.json?topic={name}")
        if response.status_code == 308:
            response = live.client.get(response.headers["Location"].removeprefix(BASE))
        assert response.status_code == 200


def test_a_search_on_a_site_without_articles_finds_nothing(workspace: Workspace) -> None:
    live = Live(workspace)
    assert live.client.get("/feed.json?q=x").get_json()["items"] == []


def test_only_what_depends_on_nothing_but_its_address_is_left_to_caches(workspace: Workspace) -> None:
    workspace.article("a")
    refused = Live(workspace).client.get("/all.atom", headers={"Accept-Encoding": "identity;q=0, *;q=0"})
    assert (refused.status_code, refused.headers["Cache-Control"]) == (406, "no-store")


def test_paths_that_are_made_up_are_no_labels_of_metrics(workspace: Workspace) -> None:
    workspace.article("a")
    client = Live(workspace).client
    for n in range(5):
        client.options(f"/zzz{n}")
        client.get(f"/zzz{n}")
        client.post(f"/zzz{n}")
    assert "zzz" not in client.get("/metrics").text


def test_head_names_the_length_of_the_body_that_it_leaves_out(workspace: Workspace) -> None:
    workspace.article("a")
    client = Live(workspace).client
    for path in ("/all.atom", "/nothing", "/TOPICS/AI.atom"):
        assert (
            client.head(path).headers["Content-Length"] == client.get(path).headers["Content-Length"] != "0"
        )


def test_deltas_are_for_get(workspace: Workspace) -> None:
    for n in range(5):
        workspace.article(f"a{n}", publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z")
    live = Live(workspace)
    tag = live.client.get("/all.atom", headers={"A-IM": "feed"}).headers["ETag"]
    workspace.article("new", publishedDateTime="2024-02-01T00:00:00Z")
    live.sync()
    headers = {"A-IM": "feed", "If-None-Match": tag}
    assert (
        live.client.head("/all.atom", headers=headers).status_code,
        live.client.get("/all.atom", headers=headers).status_code,
    ) == (200, 226)


def test_a_log_that_nobody_reads_costs_no_answer(workspace: Workspace) -> None:
    workspace.article("a")
    reading, writing = os.pipe()
    os.close(reading)
    log = AccessLog(writing)
    app = create(Live(workspace).site.publisher, log)
    client = app.test_client()
    assert all(client.get("/all.atom").status_code == 200 for _ in range(1500 if stressed() else 800))
    log.write()
    stop(app)
    os.close(writing)


def test_states_of_the_site_are_not_kept_with_what_is_remembered(workspace: Workspace) -> None:
    live = Live(workspace)
    for n in range(20):
        workspace.article("x", title=f"Version {n}")
        live.sync()
        assert live.client.get(f"/feed.atom?min_heat={n}").status_code == 200
    # Its threads may be about to look at the next state.
    stop(live.client.application)
    gc.collect()
    ours = [
        found
        for found in gc.get_objects()
        if isinstance(found, Router) and found.config is live.site.publisher.config
    ]
    assert len(ours) <= 2


def test_variants_of_the_addresses_of_selections_lead_there(workspace: Workspace) -> None:
    workspace.article("a")
    client = Live(workspace).client
    for variant in ("/FEED.ATOM?topic=ai", "/feed.atom/?topic=ai"):
        response = client.get(variant)
        assert (response.status_code, response.headers["Location"]) == (308, f"{BASE}/feed.atom?topic=ai")


def test_a_query_in_plain_utf8_is_understood(workspace: Workspace) -> None:
    workspace.article("a", title="Un café")
    app = create(Live(workspace).site.publisher)
    raw = "q=café".encode().decode("latin-1")
    response = app.test_client().get("/feed.json", environ_overrides={"QUERY_STRING": raw})
    assert response.headers["Location"] == f"{BASE}/feed.json?q={quote('café')}"


def test_a_keeper_outlives_whatever_goes_wrong(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.article("a")
    live = Live(workspace)
    said: list[str] = []
    fails = iter([True])
    whole = live.site.syncer.sync_all

    def flaky(now: datetime, *, settle: bool) -> object:
        if next(fails, False):
            raise RuntimeError("a pool broke")
        return whole(now, settle=settle)

    monkeypatch.setattr(live.site.syncer, "sync_all", flaky)
    keeper = Keeper(live.site.syncer, say=said.append)
    keeper.start()
    workspace.article("b", title="After the fault")
    until(lambda: "After the fault" in live.fresh().get("/all.json").text)
    keeper.stop()
    assert "a pool broke" in said[0]


def test_a_keeper_builds_an_index_again_that_was_damaged_in_place(workspace: Workspace) -> None:
    workspace.article("a")
    live = Live(workspace)
    live.site.publisher.index.close()
    workspace.config.index_path.write_bytes(b"no database" * 5000)
    keeper = Keeper(live.site.syncer)
    keeper.start()
    until(lambda: is_filled(workspace.config.index_path))
    keeper.stop()
    assert "About a" in Live(workspace).fresh().get("/all.json").text


def test_an_index_that_is_deleted_under_a_server_is_built_again_and_readers_notice_nothing(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    server = Server(workspace.folder / "config.toml")
    try:
        for file in workspace.config.index_path.parent.glob("index.sqlite*"):
            file.unlink()
        workspace.article("b", title="After the loss")
        seen: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not all(
            "After the loss" in text for text in seen[-10:] or [""]
        ):
            for path in ("/all.json", f"/feed.json?min_heat={len(seen)}", "/healthz"):
                response, body = server.get(path)
                assert response.status in (200, 503), path
                if path == "/all.json" and response.status == 200:
                    assert b"About a" in body, "what is published stays"
                    seen.append(body.decode())
            time.sleep(0.05)
        assert "After the loss" in seen[-1]
    finally:
        server.stop()


def test_an_index_without_its_file_is_not_replaced_by_who_only_reads(workspace: Workspace) -> None:
    workspace.article("a")
    open_site(workspace.config, NOW)
    index = SqliteIndex(workspace.config.index_path)
    index.path.unlink()
    assert not index.is_there()
    assert not index.has_changed() or not index.path.exists()
    assert not index.path.exists()


def test_a_folder_that_is_swapped_for_another_is_watched_from_then_on(workspace: Workspace) -> None:
    releases = workspace.folder / "releases"
    for name in ("one", "two"):
        (releases / name).mkdir(parents=True)
    workspace.article("a")
    workspace.articles.rename(releases / "first")
    workspace.articles.symlink_to(releases / "first")
    live = Live(workspace)
    keeper = Keeper(live.site.syncer)
    keeper.start()
    try:
        (releases / "two" / "b.md").write_text(
            "---\ntitle: Second release\npublishedDateTime: 2024-01-01\noriginalUrl: https://example.org/b\n---\n"
        )
        link = workspace.folder / "next"
        link.symlink_to(releases / "two")
        link.replace(workspace.articles)
        until(lambda: "Second release" in live.fresh().get("/all.json").text)
        (releases / "two" / "c.md").write_text(
            "---\ntitle: In the new folder\npublishedDateTime: 2024-01-02\noriginalUrl: https://example.org/c\n---\n"
        )
        until(lambda: "In the new folder" in live.fresh().get("/all.json").text)
    finally:
        keeper.stop()


def test_a_folder_that_is_swapped_just_as_the_watch_begins_is_watched_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (workspace.folder / name).mkdir()
    workspace.articles.rmdir()
    workspace.articles.symlink_to(workspace.folder / "one")
    link = workspace.folder / "next"
    link.symlink_to(workspace.folder / "two")

    def swap(path: str) -> str:
        if link.is_symlink():
            link.replace(workspace.articles)
        return path

    monkeypatch.setattr(watch, "from_system", swap)
    stop, seen = threading.Event(), 0
    for number, change in enumerate(watch.watch_folder(workspace.articles, "events", stop, print)):
        # Each watch begins with a look at everything.
        seen += change is None
        if seen == 2:
            (workspace.folder / "two" / "new.md").touch()
        if change and "new.md" in change:
            break
        assert number < PATIENCE, "seconds"
    assert seen == 2


def test_a_log_whose_reader_has_stopped_keeps_nothing_from_showing(workspace: Workspace) -> None:
    workspace.article("a")
    site = open_site(workspace.config, NOW, search=True)
    reading, writing = os.pipe()
    app = create(site.publisher, AccessLog(writing))
    client = app.test_client()
    # Words, since one long word might be a token, and would be hidden.
    agent = {"User-Agent": "many words " * 50}
    for _ in range(400):
        client.get("/all.atom", headers=agent)
    writable = select.poll()
    writable.register(writing, select.POLLOUT)
    until(lambda: writable.poll(0) == [], "the pipe is full")
    workspace.article("b", title="While the log stands still")
    site.syncer.sync_below(["b.md"], NOW)
    until(lambda: "While the log stands still" in client.get("/all.json", headers=agent).text)
    os.close(reading)
    stop(app)
    os.close(writing)


def test_a_slow_reader_of_an_older_state_does_not_bring_it_back(workspace: Workspace) -> None:
    workspace.article("a")
    live = Live(workspace)
    publisher = live.site.publisher
    publisher.refresh()
    with publisher.index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        workspace.article("b")
        live.sync()
        newest = publisher.newest
        assert newest.channels.by_path["all"].count == 2
        older = Snapshot(publisher, connection, None)
        assert older.channels.by_path["all"].count == 1
    assert publisher.newest is newest


def test_any_state_of_an_index_may_follow_any_other(workspace: Workspace) -> None:
    """A standby that had not heard of the last changes takes over, or somebody restores a copy."""
    chance = random.Random(5)  # noqa: S311 - edits that can be repeated
    workspace.configure("[feeds]\nlimit = 4\npage_size = 3\n")
    for n in range(8):
        edit(workspace, chance, f"a{n}")
    live = Live(workspace)
    index = workspace.folder / ".feeds" / "index.sqlite"
    copies = [copy_index(index)]
    for _ in range(2):
        # The states of both branches have the same numbers and times.
        restore(copies[0], index)
        live.now = NOW
        for _ in range(2):
            (workspace.articles / f"a{chance.randrange(8)}.md").unlink(missing_ok=True)
            edit(workspace, chance, f"a{chance.randrange(8)}")
            live.sync()
            copies.append(copy_index(index))
    for _ in range(8 if stressed() else 5):
        restore(chance.choice(copies), index)
        live.site.publisher.refresh()
        with live.site.publisher.snapshot() as snapshot:
            paths = ["/" + place.path for place in snapshot.list_places()]
        fresh = live.fresh()
        for path in [*paths, "/feed.json?topic=a&topic=b", "/feed.atom?q=foo"]:
            had, now = ask_both(live.client, fresh, path)
            assert (had.status, had.data, had.headers) == (now.status, now.data, now.headers), path


def copy_index(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(path)) as index:
        index.backup(copy)
    return copy


def restore(copy: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as index:
        copy.backup(index)

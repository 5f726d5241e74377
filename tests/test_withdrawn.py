"""A withdrawn article leaves every copy: a sentence is planted, published and searched in every byte of ours."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import feedparser
import pytest
import zstandard
from databases import Postgres
from flask.testing import FlaskClient
from hubs import FakeHub
from sites import Workspace

from feeds.push.outbox import Outbox
from feeds.push.receivers import Hub
from feeds.site import Site, open_site
from feeds.sync.digests.ledger import Ledger
from feeds.web.app import create

WEEK = datetime(2024, 5, 20, tzinfo=UTC)
CLOSED = WEEK + timedelta(days=8)
WAYS = ("removed", "unpublished", "draft", "emptied", "unlinked")
EXTRA = """
[feeds]
limit = 4
page_size = 2
tombstones = true
[output]
compress = ["gzip", "br", "zstd"]
hosts = ["nginx", "netlify"]
[selections.weekly]
title = "Weekly"
digest = "weekly"
[selections.best]
title = "Best"
sort = "quality"
[websub]
hubs = ["HUB"]
"""
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "br": brotli.decompress,
    "zst": lambda body: zstandard.ZstdDecompressor().decompress(body),
}
CODINGS = {"gzip": "gz", "br": "br", "zstd": "zst"}


def word(way: str) -> str:
    return f"kanarienvogel{way}"


def plant(site: Workspace, way: str, **fields: Any) -> Path:
    """Write an article with a word in everything that it says. Its topic is its own."""
    said = word(way)
    return site.article(
        way,
        body=f"The {said} sings its text. ![x](https://example.org/{said}-in-text.png)",
        **{
            "title": f"The {said} sings",
            "publishedDateTime": WEEK + timedelta(hours=WAYS.index(way)),
            "originalUrl": f"https://example.org/{said}" if way != "removed" else None,
            "excerpt": f"The {said} sings an excerpt",
            "topics": ["AI", f"Topic of {way}"],
            "tags": [f"tag {said}"],
            "type": f"kind {said}",
            "quality": 9,
            "provider": {
                "name": f"Provider {said}",
                "domain": "example.org",
                "authors": [f"Author {said}"],
                "images": [f"https://example.org/{said}-logo.png"],
            },
            "images": [{"url": f"https://example.org/{said}.png", "title": f"picture {said}"}],
            "related": [{"title": f"Related {said}", "webUrl": f"https://example.org/{said}/related"}],
            "featuredContent": f"<p>Featured {said}</p>",
            **fields,
        },
    )


def withdraw(site: Workspace, way: str) -> None:
    if way == "unlinked":
        (site.articles / f"{way}.md").unlink()
    elif way == "emptied":
        # The sentence is edited away and the article held back in one.
        site.article(way, published=False)
    else:
        plant(
            site,
            way,
            **{"removed": {"removed": True}, "draft": {"draft": True}}.get(way, {"published": False}),
        )


class Served:
    """The site as one process serves it, with everything in its memory, and its index in use by another."""

    def __init__(self, site: Workspace, now: datetime) -> None:
        self.site: Site = open_site(site.config, now, search=True)
        self.client: FlaskClient = create(self.site.publisher).test_client()
        self.tags: dict[str, str] = {}

    def sync(self, now: datetime) -> None:
        self.site.syncer.sync_all(now)
        self.site.publisher.refresh()

    def paths(self) -> list[str]:
        with self.site.publisher.snapshot() as snapshot:
            return [f"/{place.path}" for place in snapshot.list_places()]

    def answers(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        """Ask for everything in every coding, and for what is new since the last answers."""
        for path in paths:
            for coding in ("identity", *CODINGS):
                response = self.client.get(path, headers={"Accept-Encoding": coding})
                used = response.headers.get("Content-Encoding")
                body = UNPACK[CODINGS[used]](response.data) if used else response.data
                yield f"{path} in {coding}", str(response.headers).encode() + body
            if path in self.tags:
                headers = {"A-IM": "feed", "If-None-Match": self.tags[path]}
                yield f"delta of {path}", self.client.get(path, headers=headers).data
            self.tags[path] = self.client.get(path, headers={"A-IM": "feed"}).headers.get("ETag", "")


def read_tables(postgres: Postgres, schema: str) -> Iterator[tuple[str, bytes]]:
    tables = postgres.execute(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
    assert len(tables) > 8
    for (table,) in tables:
        for row in postgres.execute(f'SELECT * FROM "{schema}"."{table}"'):
            body = b" ".join(bytes(one) if isinstance(one, bytes) else str(one).encode() for one in row)
            yield f"table {table}", body


def find(site: Workspace, served: Served, paths: list[str], postgres: Postgres | None) -> dict[str, set[str]]:
    """Return where the words are, of every byte that the software owns."""
    everything = list(served.answers(paths))
    for folder in (site.folder / ".feeds", site.output):
        for path in sorted(folder.rglob("*")):
            everything.append((str(path), path.name.encode()))
            if path.is_file():
                data = path.read_bytes()
                unpack = UNPACK.get(path.suffix.removeprefix("."))
                everything.append((str(path), unpack(data) if unpack else data))
    beside = ("digests.json", "build.nginx.conf")
    everything += [(name, (site.folder / name).read_bytes()) for name in beside]
    if postgres is not None:
        everything += read_tables(postgres, site.config.index.schema)
    everything = [(name, data.lower()) for name, data in everything]
    return {way: {name for name, data in everything if word(way).encode() in data} for way in WAYS}


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    hub = FakeHub()
    yield hub
    hub.stop()


@pytest.mark.slow
def test_a_sentence_that_was_published_and_withdrawn_is_in_no_byte_that_we_own(
    either: Workspace, hub: FakeHub, request: pytest.FixtureRequest
) -> None:
    """In all of: feeds, archives, digests, pages, lists, copies, index and its log, record, outbox, memory."""
    postgres = request.getfixturevalue("postgres") if "url" in either.index else None
    either.configure(EXTRA.replace("HUB", hub.url))
    for n in range(4):
        either.article(f"stays{n}", publishedDateTime=WEEK + timedelta(days=1, hours=n))
    for way in WAYS:
        plant(either, way)
    served = Served(either, CLOSED)
    either.freeze(CLOSED)
    Outbox.of(either.config).add(
        [f"https://feeds.example.org/{path}" for path in ("all.atom", "topics/ai.rss")], 0
    )
    paths = [*served.paths(), "/metrics", "/feed.json?topic=AI", "/feed.atom?min_quality=5"]
    for way, found in find(either, served, paths, postgres).items():
        assert {"/feeds/weekly.atom in br", str(either.output / "feeds" / "weekly.rss.zst")} <= found
        assert any("/all/archive/" in name for name in found)
        assert json.loads(served.client.get(f"/feed.json?q={word(way)}").data)["items"]
    # As other workers have it: their connections keep the log from going with the last one.
    with closing(sqlite3.connect(either.config.index_path if not postgres else ":memory:")) as other:
        other.execute("SELECT count(*) FROM sqlite_master").fetchall()
        for way in WAYS:
            withdraw(either, way)
        served.sync(CLOSED + timedelta(minutes=1))
        either.freeze(CLOSED + timedelta(minutes=1))
        assert find(either, served, paths, postgres) == {way: set() for way in WAYS}
        for way in WAYS:
            assert not json.loads(served.client.get(f"/feed.json?q={word(way)}").data)["items"]
            # Of what was only there, the feed stays and is empty.
            topic = json.loads(either.read(f"topics/topic-of-{way}.json"))
            assert (topic["title"].startswith(f"Topic of {way}"), topic["items"]) == (True, [])


def test_what_a_reader_keeps_in_the_log_is_erased_by_the_next_sync(workspace: Workspace) -> None:
    plant(workspace, "removed")
    workspace.article("stays", publishedDateTime=WEEK + timedelta(days=1))
    served = Served(workspace, CLOSED)
    log = Path(f"{workspace.config.index_path}-wal")
    with closing(sqlite3.connect(workspace.config.index_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM articles").fetchone()
        withdraw(workspace, "removed")
        served.sync(CLOSED + timedelta(minutes=1))
        assert word("removed").encode() in workspace.config.index_path.read_bytes() + log.read_bytes()
        reader.execute("COMMIT")
        served.sync(CLOSED + timedelta(minutes=2))
        assert log.stat().st_size == 0
        assert word("removed").encode() not in workspace.config.index_path.read_bytes()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_the_folder_of_the_index(workspace: Workspace, umask: int) -> None:
    workspace.article("a")
    old = os.umask(umask)
    try:
        site = open_site(workspace.config, CLOSED, search=True)
        site.syncer.index.leader_lock().close()
        Outbox(workspace.config.outbox_path, [Hub("https://hub.example/")]).add(
            ["https://example.org/all.atom"], 0
        )
        with site.publisher.snapshot():
            modes = read_modes(workspace.folder / ".feeds")
    finally:
        os.umask(old)
    assert modes.pop(".feeds") == 0o700
    assert {"index.sqlite", "index.sqlite-wal", "index.lock", "push.json", "push.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_an_index_that_others_may_read_is_closed_to_them(workspace: Workspace) -> None:
    workspace.article("a")
    open_site(workspace.config, CLOSED)
    folder = workspace.folder / ".feeds"
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    open_site(workspace.config, CLOSED)
    modes = read_modes(folder)
    assert (modes[".feeds"], modes["index.sqlite"]) == (0o700, 0o600)


def test_a_folder_that_is_not_ours_keeps_its_permissions(workspace: Workspace) -> None:
    """If the index is in a folder of others, as /var/lib/feeds is, its files alone are private."""
    workspace.article("a")
    state = workspace.folder / "state"
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    workspace.configure('[index]\npath = "state/index.sqlite"\n')
    open_site(workspace.config, CLOSED)
    modes = read_modes(state)
    assert (modes["state"], modes["index.sqlite"]) == (0o755, 0o600)


def read_modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


WEEKLY = '[selections.weekly]\ntitle = "Weekly"\ndigest = "weekly"\n'


def weekly(site: Workspace, minutes: int = 0) -> Any:
    """Freeze, and return the newest entry of the feed of digests."""
    site.freeze(CLOSED + timedelta(minutes=minutes))
    return feedparser.parse(site.read("feeds/weekly.atom")).entries[0]


def fill(site: Workspace, *names: str) -> None:
    site.configure(WEEKLY)
    for n, name in enumerate(names):
        site.article(name, publishedDateTime=WEEK + timedelta(hours=n), quality=9 - n)


def order(entry: Any, *names: str) -> list[str]:
    text = entry.content[0].value
    return sorted(
        (name for name in names if f">About {name}<" in text), key=lambda name: text.index(f">About {name}<")
    )


def test_what_is_withdrawn_leaves_its_digest_and_the_others_keep_their_order(workspace: Workspace) -> None:
    fill(workspace, "a", "b", "c")
    before = weekly(workspace)
    assert order(before, "a", "b", "c") == ["a", "b", "c"]
    workspace.article("b", publishedDateTime=WEEK + timedelta(hours=1), removed=True)
    after = weekly(workspace, 1)
    assert order(after, "a", "b", "c") == ["a", "c"]
    assert (after.id, after.title, after.published) == (before.id, before.title, before.published)
    assert before.updated == before.published
    assert after.updated == "2024-05-28T00:01:00Z", "when it was found to be gone"
    assert "About b" not in after.summary


def test_an_article_that_is_published_again_is_in_its_old_place(workspace: Workspace) -> None:
    fill(workspace, "a", "b", "c")
    weekly(workspace)
    workspace.article("b", publishedDateTime=WEEK + timedelta(hours=1), quality=8, published=False)
    gone = weekly(workspace, 1)
    workspace.article("b", publishedDateTime=WEEK + timedelta(hours=1), quality=8)
    back = weekly(workspace, 2)
    assert order(back, "a", "b", "c") == ["a", "b", "c"]
    assert back.updated == gone.updated, "a date never goes back"


def test_a_digest_of_which_nothing_is_left_says_so_and_stays(workspace: Workspace) -> None:
    """Readers replace what they have by what comes with the same id; of what is gone, they keep a copy."""
    fill(workspace, "a", "b")
    before = weekly(workspace)
    for name in ("a", "b"):
        (workspace.articles / f"{name}.md").unlink()
    after = weekly(workspace, 1)
    assert after.id == before.id
    assert "None of the articles of this digest is public any more." in after.content[0].value
    assert "About" not in str(after)


def test_an_article_whose_file_is_faulty_stays_in_its_digest(workspace: Workspace) -> None:
    fill(workspace, "a", "b")
    before = weekly(workspace)
    path = workspace.articles / "a.md"
    path.write_text(path.read_text().replace("title: About a", "title: 'About a"))
    assert weekly(workspace, 1) == before


def test_an_edited_article_is_shown_as_it_is_now_and_in_its_place(workspace: Workspace) -> None:
    fill(workspace, "a", "b")
    before = weekly(workspace)
    workspace.article("b", publishedDateTime=WEEK + timedelta(hours=1), title="About c", quality=99)
    after = weekly(workspace, 1)
    assert order(after, "a", "b", "c") == ["a", "c"]
    assert after.updated == before.updated


def test_a_digest_is_the_same_with_a_new_index(workspace: Workspace) -> None:
    """As in CI: the record and the articles are all that is needed."""
    fill(workspace, "a", "b", "c")
    weekly(workspace)
    workspace.article("b", publishedDateTime=WEEK + timedelta(hours=1), removed=True)
    before = weekly(workspace, 1)
    for path in (workspace.folder / ".feeds").iterdir():
        path.unlink()
    assert weekly(workspace, 2) == before


def test_the_record_of_digests_has_ids_and_no_text(workspace: Workspace) -> None:
    fill(workspace, "a", "b")
    weekly(workspace)
    record = (workspace.folder / "digests.json").read_text()
    assert "About" not in record
    assert "example.org/a" not in record
    assert (
        len(Ledger.load(workspace.folder / "digests.json").feeds["weekly"].entries["2024-W21"].articles) == 2
    )


def test_nothing_is_done_for_digests_while_nothing_changes(workspace: Workspace) -> None:
    fill(workspace, "a")
    site = open_site(workspace.config, CLOSED)
    record = workspace.folder / "digests.json"
    before = (site.syncer.read_generation(), record.stat().st_mtime_ns)
    for minute in range(3):
        site.syncer.sync_all(CLOSED + timedelta(minutes=minute))
    assert (site.syncer.read_generation(), record.stat().st_mtime_ns) == before
    workspace.article("new", publishedDateTime=WEEK + timedelta(days=7, hours=1))
    site.syncer.sync_all(CLOSED + timedelta(minutes=4))
    assert record.stat().st_mtime_ns == before[1]
    assert site.syncer.read_generation() == before[0] + 1, "the digests are as they were"

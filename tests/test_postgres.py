"""The index in PostgreSQL: several writers, servers that follow, a database that goes away, and sentences."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from databases import PASSWORD, Postgres
from servers import Server
from sites import CONFIG, NOW, ROOT, Workspace, tree
from waiting import PATIENCE, until

from feeds.errors import (
    ConfigError,
    IndexBusyError,
    IndexUnavailableError,
    StorageError,
    TimeLimitError,
    make_page_address,
)
from feeds.index import migrations, open_index
from feeds.index.index import Index, SlowPermit, TimeLimit
from feeds.index.postgres import errors, migrate
from feeds.index.postgres.session import open_session, parse_url
from feeds.index.read import overview
from feeds.model import TextSearch
from feeds.publisher.fingerprint import fingerprint
from feeds.site import open_site
from feeds.sync.syncer import Syncer

if TYPE_CHECKING:
    from psycopg import Connection

pytestmark = pytest.mark.slow


def feeds(site: Workspace, *command: str, **environment: str) -> subprocess.Popen[str]:
    """A command of ours in its own process."""
    return subprocess.Popen(
        [sys.executable, "-m", "feeds", "--config", str(site.folder / "config.toml"), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.fixture
def site(tmp_path: Path, postgres: Postgres) -> Workspace:
    return Workspace(tmp_path / "site", postgres.table())


@pytest.fixture
def own(postgres: Postgres) -> Iterator[Postgres]:
    """A server that a test may stop; it runs again for the next one."""
    yield postgres
    if not postgres.is_running:
        postgres.start()


# Several writers.


def test_processes_that_sync_an_empty_index_at_once_all_end_well(site: Workspace) -> None:
    for n in range(30):
        site.article(f"n{n}")
    processes = [feeds(site, "freeze", "--output", str(site.folder / f"out{n}")) for n in range(3)]
    for process in processes:
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")
    trees = [tree(site.folder / f"out{n}") for n in range(3)]
    assert trees[0]["all.atom"].count(b"<entry>") == 30
    assert all(other == trees[0] for other in trees)
    with open_index(site.config).reading() as connection:
        assert overview.read_state(connection).generation == 1, "two of three found nothing to do"


def hold(postgres: Postgres, name: str) -> Connection[tuple[object, ...]]:
    """Another writer of a schema, in the middle of its work."""
    other = postgres.connect()
    other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"feeds sync {name}",))
    return other


def test_a_writer_waits_for_another_one(site: Workspace, postgres: Postgres) -> None:
    site.freeze()
    site.article("a")
    other = hold(postgres, site.config.index.schema)
    process = feeds(site, "freeze")
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    until(lambda: postgres.execute(waiting) == [(1,)], "it waits")
    assert process.poll() is None
    other.close()
    assert process.wait(PATIENCE) == 0
    process.communicate()
    assert b"About a" in site.read("all.atom")


def test_a_writer_that_waited_too_long_says_so(
    site: Workspace, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_site(site.config, NOW).publisher.index
    other = hold(postgres, site.config.index.schema)
    with monkeypatch.context() as patch:
        patch.setattr("feeds.index.postgres._WAIT_SECONDS", 1)
        with (
            pytest.raises(IndexBusyError, match="another process is writing the index; try again"),
            index.writing(),
        ):
            pytest.fail("two at once")
    other.close()
    with index.writing() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_writer_that_is_killed_in_the_middle_leaves_the_old_state_and_no_lock(
    site: Workspace, postgres: Postgres
) -> None:
    site.article("a")
    site.freeze()
    site.article("b")
    # Reading is allowed; adding an entry has to wait.
    other = postgres.connect()
    other.execute(f"LOCK TABLE {site.config.index.schema}.entries IN SHARE MODE".encode())
    process = feeds(site, "freeze")
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted"
    until(lambda: postgres.execute(waiting) == [(1,)], "it has begun to write")
    process.kill()
    process.communicate()
    other.close()
    with open_index(site.config).reading() as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (1,)
    site.freeze()
    assert b"About b" in site.read("all.atom")


def test_readers_see_only_whole_syncs(site: Workspace) -> None:
    for n in range(50):
        site.article(f"n{n}", topics=["AI", "Bees"])
    opened = open_site(site.config, NOW)
    reader, stop = open_index(site.config), threading.Event()
    seen: list[tuple[int, ...]] = []

    def look() -> None:
        while not stop.is_set():
            with reader.reading() as connection:
                ai, bees = (c for c in overview.read_channels(connection) if c.name in ("ai", "bees"))
                (members,) = connection.execute(
                    "SELECT count(*) FROM members WHERE channel = ?", (ai.key,)
                ).fetchone()
                (shown,) = connection.execute("SELECT count(*) FROM articles WHERE shown = 1").fetchone()
                (entries,) = connection.execute("SELECT count(*) FROM entries").fetchone()
                seen.append((ai.articles, bees.articles, members, shown, entries))

    def has_seen(number: int) -> bool:
        return seen[-1:] == [(number,) * 5]

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number in (30, 50) * 4:
            for n in range(30, 50):
                site.article(f"n{n}", topics=["AI", "Bees"], published=n < number)
            opened.syncer.sync_all(NOW)
            until(partial(has_seen, number), "it is read")
    finally:
        stop.set()
        thread.join()
    assert set(seen) == {(30,) * 5, (50,) * 5}


# Servers that follow.


def test_servers_that_share_an_index_all_show_what_one_of_them_noticed_and_another_takes_over(
    site: Workspace,
) -> None:
    site.article("first")
    site.configure("[server]\nworkers = 1\n")
    servers = [Server(site.folder / "config.toml") for _ in range(2)]
    try:
        for n, name in enumerate(["second", "third"]):
            site.article(name)
            for server in servers[n:]:
                until(partial(shows, server, name), name)
            documents = [server.get("/all.atom") for server in servers[n:]]
            for header in ("ETag", "Last-Modified"):
                assert len({response.headers[header] for response, _ in documents}) == 1
            assert len({body for _, body in documents}) == 1
            servers[n].process.kill()
    finally:
        for server in servers:
            server.stop()


def shows(server: Server, name: str) -> bool:
    return f"About {name}".encode() in server.get("/all.json")[1]


def test_a_database_that_goes_away_is_said_once_and_all_goes_on_when_it_is_back(
    own: Postgres, tmp_path: Path
) -> None:
    site = Workspace(tmp_path / "site", own.table())
    site.article("first")
    site.configure("[server]\nworkers = 1\n")
    server = Server(site.folder / "config.toml", errors=tmp_path / "errors")
    try:
        assert server.get("/all.atom")[0].status == 200
        own.stop()
        until(lambda: server.get("/healthz")[0].status == 503, "it says that it cannot read")
        assert server.get("/all.atom")[0].status == 200, "what is in memory is still given"
        response, body = server.get("/topics/ai.rss")
        assert (response.status, response.headers["Retry-After"]) == (503, "5")
        assert body == b"The feeds cannot be read just now. Please try again in a moment.\n"
        site.article("second")
        own.start()
        until(lambda: b"About second" in server.get("/all.json")[1], "it goes on")
        assert server.get("/topics/ai.rss")[0].status == 200
    finally:
        server.stop()
    said = (tmp_path / "errors").read_text()
    assert "the index cannot be used" in said
    assert "Traceback" not in said
    keeper = [line for line in said.splitlines() if line.startswith("postgresql://feeds@/postgres: ")]
    assert 1 <= len(set(keeper)) <= 6


def test_a_schema_that_is_dropped_under_a_server_is_built_again_and_nothing_is_shown_half(
    site: Workspace, postgres: Postgres
) -> None:
    site.article("first")
    site.configure("[server]\nworkers = 1\n")
    server = Server(site.folder / "config.toml")
    try:
        assert server.get("/all.atom")[0].status == 200
        postgres.execute(f"DROP SCHEMA {site.config.index.schema} CASCADE")
        site.article("second")

        def is_back() -> bool:
            response, body = server.get("/all.json")
            assert response.status == 503 or b"About first" in body
            response, body = server.get("/topics/ai.json")
            assert response.status == 503 or b"About first" in body
            return b"About second" in body

        until(is_back, "made anew")
    finally:
        server.stop()


def test_everybody_who_looks_for_a_change_sees_it_once(site: Workspace, postgres: Postgres) -> None:
    opened = open_site(site.config, NOW)
    index = open_index(site.config)
    assert index.has_changed()
    assert not index.has_changed()
    os.utime(site.article("a"), (10**9, 10**9))
    opened.syncer.sync_all(NOW)
    until(index.has_changed, "told")
    # A sync has several transactions, and each of them tells.
    until(lambda: not index.has_changed(), "told of the last one")
    channel = f"feeds:{site.config.index.schema}"
    with postgres.connect(autocommit=True) as listener:
        listener.execute(f'LISTEN "{channel}"'.encode())
        opened.syncer.sync_all(NOW)
        # What is told arrives in the order of the transactions, so nothing of the sync comes after this.
        postgres.execute(f"NOTIFY \"{channel}\", 'end'")
        told = [notice.payload for notice in listener.notifies(timeout=PATIENCE, stop_after=1)]
    assert told == ["end"], "a sync that finds nothing tells nothing"


def test_large_trees_are_frozen_in_processes(tmp_path: Path, postgres: Postgres) -> None:
    trees = []
    for site in (Workspace(tmp_path / "a"), Workspace(tmp_path / "b", postgres.table())):
        for n in range(120):
            site.article(f"n{n}", topics=[f"Topic {n}"])
        assert site.run("freeze").returncode == 0
        trees.append(tree(site.output))
    assert len(trees[0]) > 400
    assert trees[0] == trees[1]


def test_processes_that_share_a_state_see_it_whatever_is_written_meanwhile(site: Workspace) -> None:
    site.article("a")
    opened = open_site(site.config, NOW)
    index = opened.publisher.index
    with index.reading() as connection:
        before = overview.read_state(connection)
    with index.sharing():
        site.article("b")
        Syncer(site.config, open_index(site.config), fingerprint(site.config)).sync_all(NOW)
        with index.reading() as connection:
            assert overview.read_state(connection) == before
    with index.reading() as connection:
        assert overview.read_state(connection).generation == before.generation + 1


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_a_limited_number_of_slow_statements_run_at_a_time_and_quick_ones_beside_them(
    site: Workspace, postgres: Postgres
) -> None:
    index = open_site(site.config, NOW).publisher.index
    time_limit = TimeLimit(1, 600, 1)
    # It waits for a lock, for as long as that is held.
    slow, ended = "SELECT pg_advisory_xact_lock(1)", threading.Event()

    permits: list[SlowPermit] = []

    def be_slow() -> None:
        with time_limit.permit() as permit, index.reading(permit) as connection:
            permits.append(permit)
            connection.execute(slow)
        ended.set()

    with postgres.connect() as other:
        other.execute(slow.encode())
        first = threading.Thread(target=be_slow)
        first.start()
        until(lambda: permits and permits[0].is_held, "the first one may be slow")
        with pytest.raises(TimeLimitError), index.reading(time_limit) as connection:
            connection.execute(slow)
        with index.reading(time_limit) as connection:
            for _ in range(10):
                assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not ended.is_set()
        other.rollback()
        first.join()
    assert ended.is_set(), "the first one was let go on"


def test_a_statement_without_an_end_is_ended_and_the_next_one_is_not(
    site: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server ends it, and a busy machine may take its time to let it do so.
    monkeypatch.setattr("feeds.index.index._GRACE_SECONDS", PATIENCE)
    index = open_site(site.config, NOW).publisher.index
    for _ in range(3):
        with pytest.raises(TimeLimitError), index.reading(TimeLimit(0.05, 0.2, 1)) as connection:
            connection.execute(ENDLESS).fetchone()
        with index.reading(TimeLimit(600, 600, 1)) as connection:
            connection.execute("SELECT pg_sleep(0.3)")
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_statement_that_gets_more_time_sees_the_same_state(site: Workspace) -> None:
    index = open_site(site.config, NOW).publisher.index
    with index.reading(TimeLimit(0.1, 60, 1)) as connection:
        before = overview.read_state(connection)
        site.article("b")
        Syncer(site.config, open_index(site.config), fingerprint(site.config)).sync_all(NOW)
        connection.execute("SELECT pg_sleep(0.5)")
        assert overview.read_state(connection) == before
    with index.reading() as connection:
        assert overview.read_state(connection).generation == before.generation + 1


# What the planner knows.

ANALYSED = "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = '{}' AND relkind = 'r' AND reltuples >= 0"


@pytest.fixture
def analysed(
    site: Workspace, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], set[object]]:
    """The tables of the site whose statistics were gathered; few rows are worth it."""
    monkeypatch.setattr("feeds.index.postgres._WORTH_ANALYSING", 2)
    return lambda: {name for (name,) in postgres.execute(ANALYSED.format(site.config.index.schema))}


def test_a_first_sync_gathers_statistics_of_what_it_filled_and_of_the_words(
    site: Workspace, analysed: Callable[[], set[object]]
) -> None:
    for n in range(3):
        site.article(f"n{n}")
    open_site(site.config, NOW, search=True)
    assert analysed() >= {"articles", "members", "entries", "files", "words"}


@pytest.mark.usefixtures("analysed")
def test_a_sync_that_changes_a_small_share_gathers_no_statistics(site: Workspace, postgres: Postgres) -> None:
    for n in range(40):
        site.article(f"n{n}")
    syncer = Syncer(site.config, open_index(site.config), fingerprint(site.config))
    syncer.sync_all(NOW)
    known = f"SELECT reltuples FROM pg_class WHERE oid = '{site.config.index.schema}.articles'::regclass"
    assert postgres.execute(known) == [(40,)]
    for n in range(40, 43):
        site.article(f"n{n}")
    syncer.sync_all(NOW)
    assert postgres.execute(known) == [(40,)]
    for n in range(50, 60):
        site.article(f"n{n}")
    syncer.sync_all(NOW)
    assert postgres.execute(known) == [(53,)]


def test_nodes_sync_while_another_one_gathers_statistics_and_leave_its_tables_to_it(
    site: Workspace, postgres: Postgres, analysed: Callable[[], set[object]]
) -> None:
    open_index(site.config)
    for n in range(3):
        site.article(f"n{n}")
    other = postgres.connect()
    # The lock that ANALYZE holds, and VACUUM.
    schema = site.config.index.schema
    other.execute(f"LOCK TABLE {schema}.members, {schema}.words IN SHARE UPDATE EXCLUSIVE MODE".encode())
    with open_site(site.config, NOW, search=True).publisher.snapshot() as snapshot:
        assert overview.count_articles(snapshot.connection)["public"] == 3
    other.close()
    assert {"articles", "entries"} <= analysed()
    assert not {"members", "words"} & analysed()


def test_a_user_who_owns_no_tables_gathers_no_statistics_and_the_server_warns_nobody(
    site: Workspace, postgres: Postgres, analysed: Callable[[], set[object]]
) -> None:
    open_index(site.config)
    schema = site.config.index.schema
    postgres.execute("CREATE USER guest")
    postgres.execute(f"GRANT USAGE ON SCHEMA {schema} TO guest")
    postgres.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO guest")
    site.index = postgres.table(schema).replace("feeds@", "guest@")
    for n in range(3):
        site.article(f"n{n}")
    config = site.configure()
    index = open_index(config)
    Syncer(config, index, fingerprint(config), search=True).sync_all(NOW)
    assert not {"articles", "members", "words"} & analysed()
    warnings: list[object] = []
    with closing(open_session(parse_url(config.index.url or ""), schema)) as session:
        session._connection.add_notice_handler(warnings.append)  # noqa: SLF001 - nobody else hears them
        migrate.look_at_grown_tables(session, {"members": 1000, "words": 1000})
    assert not warnings


# Sites and versions.


def test_texts_are_never_searched_word_by_word_even_if_every_article_has_the_words(site: Workspace) -> None:
    for n in range(3):
        site.article(f"n{n}")
    opened = open_site(site.config, NOW, search=True)
    searches = (TextSearch(("about",)), TextSearch(("about n1",)), TextSearch(("about",), ("n2",)))
    with opened.publisher.index.reading() as connection:
        (every, found), (some, first) = (
            connection.full_text.build_condition("key", searches, all_are_read=True),
            connection.full_text.build_first(searches, 2),
        )
        for statement, values in ((f"SELECT key FROM articles WHERE {every}", found), (some, first)):
            plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {statement}", values))
            assert "on words_text" in plan
            assert "Seq Scan on words" not in plan
            assert "Workers" not in plan
            # Of many articles with the wanted words, the first few show soon that they lack the others.
            assert "NOT (string_to_array" not in plan or "LIMIT" in statement


def test_a_question_is_planned_for_its_values_however_often_it_is_asked(site: Workspace) -> None:
    site.freeze()
    with open_index(site.config).reading() as connection:
        for n in range(12):
            connection.execute("SELECT article FROM members WHERE channel = ? AND age < ?", (n, 0))
        plans = connection.execute("SELECT sum(custom_plans), sum(generic_plans) FROM pg_prepared_statements")
        custom, generic = map(int, plans.fetchone())
        assert custom > 0
        assert generic == 0


def test_sites_in_one_database_have_a_schema_each(tmp_path: Path, postgres: Postgres) -> None:
    sites = [Workspace(tmp_path / name, postgres.table()) for name in ("one", "two")]
    for n, site in enumerate(sites):
        site.article(f"site{n}")
        site.freeze()
    for n, site in enumerate(sites):
        site.freeze()
        assert f"About site{n}".encode() in site.read("all.json")
        assert f"About site{1 - n}".encode() not in site.read("all.json")


def test_two_sites_in_one_schema_are_refused_before_one_publishes_the_other(
    tmp_path: Path, postgres: Postgres
) -> None:
    one, two = (Workspace(tmp_path / name) for name in ("one", "two"))
    one.index = two.index = postgres.table()
    one.article("a")
    one.configure()
    one.freeze()
    other = CONFIG.replace("feeds.example.org", "other.example.org")
    two.configure(base=other)
    with pytest.raises(StorageError, match=r"holds the index of https://feeds\.example\.org/"):
        two.freeze()
    two.configure(base=other.replace("[site]", '[site]\nid = "https://feeds.example.org/"'))
    shutil.copytree(one.articles, two.articles, dirs_exist_ok=True)
    two.freeze()
    assert b"About a" in two.read("all.atom")


def test_the_tables_of_another_program_are_left_alone(site: Workspace, postgres: Postgres) -> None:
    name = site.config.index.schema
    postgres.execute(f"CREATE SCHEMA {name}")
    postgres.execute(f"CREATE TABLE {name}.meta (key TEXT, value TEXT)")
    with pytest.raises(StorageError, match=r"has tables of another program. Choose another index\.schema"):
        site.freeze()
    assert postgres.execute(f"SELECT tablename FROM pg_tables WHERE schemaname = '{name}'") == [("meta",)]


def test_an_index_of_a_newer_version_is_refused_and_kept(site: Workspace, postgres: Postgres) -> None:
    site.article("a")
    site.freeze()
    name = site.config.index.schema
    postgres.execute(f"UPDATE {name}.meta SET value = '99' WHERE key = 'version'")
    with pytest.raises(
        StorageError, match=f"of version 99, and this feeds knows {migrations.VERSION} at most"
    ):
        site.freeze()
    assert postgres.execute(f"SELECT count(*) FROM {name}.articles") == [(1,)]


def test_an_older_index_gets_the_migrations_that_it_lacks_and_keeps_what_it_knows(
    site: Workspace, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.article("a")
    site.freeze()
    more = migrations.Migration(both=("CREATE TABLE extra (key INTEGER PRIMARY KEY, said TEXT)",))
    for module in (migrations, migrate):
        monkeypatch.setattr(
            module,
            "MIGRATIONS",
            (*migrations.MIGRATIONS, more) if module is migrate else migrations.MIGRATIONS,
        )
    monkeypatch.setattr(migrate, "VERSION", migrations.VERSION + 1)
    monkeypatch.setattr("feeds.index.postgres.VERSION", migrations.VERSION + 1)
    index: Index = open_index(site.config)
    with index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM extra").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    (version,) = postgres.execute(f"SELECT value FROM {site.config.index.schema}.meta WHERE key = 'version'")
    assert version == (str(migrations.VERSION + 1),)


def test_an_older_index_learns_the_oldest_article_of_each_channel_and_what_queries_choose_by(
    site: Workspace, postgres: Postgres
) -> None:
    site.article(
        "a", publishedDateTime="2020-01-02T00:00:00Z", quality=7, heat=3, type="video", language="de"
    )
    site.article("b", topics=["B"])
    site.freeze()
    name = site.config.index.schema
    known = postgres.execute(f"SELECT name, oldest FROM {name}.channels ORDER BY 1")
    fields = f"SELECT channel, id, quality, heat, type, language FROM {name}.members ORDER BY 1, 2"
    before = postgres.execute(fields)
    postgres.execute(f"ALTER TABLE {name}.channels DROP COLUMN oldest")
    postgres.execute(f"DROP INDEX {name}.articles_paged")
    postgres.execute(f"ALTER TABLE {name}.articles DROP COLUMN has_files CASCADE")
    postgres.execute(f"DROP TABLE {name}.word_parts, {name}.word_part_keys, {name}.word_cells")
    for column in ("quality", "heat", "type", "language"):
        postgres.execute(f"ALTER TABLE {name}.members DROP COLUMN {column}")
    postgres.execute(f"UPDATE {name}.meta SET value = '14' WHERE key = 'version'")
    open_index(site.config)
    assert postgres.execute(f"SELECT name, oldest FROM {name}.channels ORDER BY 1") == known
    assert postgres.execute(fields) == before


# Of each migration that was ever released, in their order. Add one for a new one; change none.
RELEASED = (
    "f1f03d37690f360f",
    "4df96d6751ea6036",
    "9c5ee3a8b2fcf378",
    "c5b56f8d33a05e3d",
    "311603d4fb69af17",
    "f0224b935dd18560",
    "18cf6fc70a3d3c6e",
    "dc7a01282a29a4c0",
    "b3d0765b92281774",
)


def test_migrations_are_only_ever_added() -> None:
    hashes = [
        hashlib.sha256(repr(tuple(migration)).encode()).hexdigest()[:16]
        for migration in migrations.MIGRATIONS
    ]
    assert tuple(hashes) == RELEASED


def test_a_file_of_sqlite_is_not_built_again_for_what_postgresql_alone_gets(workspace: Workspace) -> None:
    own = [one for one in migrations.MIGRATIONS if not (one.both or one.sqlite)]
    assert any("members_counted" in statement for one in own for statement in one.postgres)
    with open_index(workspace.config).reading() as connection:
        version = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    assert version == (str(migrations.VERSION - len(own)),)


# What the documentation shows.

SHOWN = (ROOT / "docs" / "guides" / "postgres.md").read_text()


def test_the_rights_that_it_names_are_enough(tmp_path: Path, postgres: Postgres) -> None:
    # Any site that names no schema of its own may have been in the database before.
    postgres.execute("DROP SCHEMA IF EXISTS feeds CASCADE")
    blocks = re.findall(r"^```sql\n(.*?)^```$", SHOWN, re.DOTALL | re.MULTILINE)
    for statement in "\n".join(blocks).replace("\n", ";").split(";"):
        if statement:
            postgres.execute(re.sub(r"(ROLE|OWNER|AUTHORIZATION) feeds", r"\1 curator", statement))
    for n, database in enumerate(("news", "postgres")):
        url = postgres.url.replace("feeds@/postgres", f"curator@/{database}")
        site = Workspace(tmp_path / str(n), f'[index]\nurl = "{url}"\n')
        site.article("a")
        site.freeze()
        assert b"About a" in site.read("all.atom")


def test_the_configuration_that_it_shows_loads(workspace: Workspace) -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```$", SHOWN, re.DOTALL | re.MULTILINE)
    assert workspace.configure(block).index.url.endswith("@db.example.org/news")


# What goes wrong, in sentences.


def refused(site: Workspace, url: str) -> str:
    """What a command says of an index at this address, with exit code 2."""
    site.index = f'[index]\nurl = "{url}"\nschema = "wrong"\n'
    site.configure()
    done = site.run("check")
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    return done.stderr


def test_each_fault_is_a_sentence_with_what_to_do_and_no_password(
    workspace: Workspace, postgres: Postgres
) -> None:
    secret, port = quote(PASSWORD), postgres.port
    host = f"127.0.0.1:{port}"
    said = refused(workspace, f"postgresql://feeds:{secret}@127.0.0.1:1/postgres")
    assert "Is the server running, and is index.url right?" in said
    said = refused(workspace, f"postgresql://feeds:not{secret}@{host}/postgres")
    assert "Is the password right?" in said
    assert secret not in said
    said = refused(workspace, f"postgresql://feeds@{host}/postgres?password=not{secret}")
    assert "Is the password right?" in said
    assert secret not in said
    assert "Is the password right?" in refused(workspace, f"postgresql://feeds@{host}/postgres")
    said = refused(workspace, f"postgresql://feeds:{secret}@{host}/nowhere")
    assert 'database "nowhere" does not exist. Make it (createdb)' in said
    said = refused(workspace, f"postgresql://feeds:{secret}@no-such-host.invalid/nowhere")
    assert "Is the name of the host in index.url right?" in said


def test_the_message_to_a_user_without_rights_names_them(workspace: Workspace, postgres: Postgres) -> None:
    postgres.execute("CREATE USER reader")
    said = refused(workspace, postgres.url.replace("feeds@", "reader@"))
    assert "permission denied for database postgres" in said
    assert f"{make_page_address('guides/postgres')} tells which rights are needed." in said


def test_an_index_in_a_file_loads_nothing_of_postgresql(workspace: Workspace) -> None:
    workspace.article("a")
    program = (
        "import sys; from feeds.cli import main; main(standalone_mode=False);"
        "print([m for m in sys.modules if 'psycopg' in m or 'postgres' in m])"
    )
    command = [sys.executable, "-c", program, "--config", str(workspace.folder / "config.toml"), "freeze"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "1 article published" in output
    assert output.endswith("[]\n")


def test_without_psycopg_the_extra_is_named(workspace: Workspace, postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('there is none')")
    workspace.configure(f'[index]\nurl = "{postgres.url}"\n')
    process = feeds(workspace, "check", PYTHONPATH=str(tmp_path))
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 2
    assert "Traceback" not in said
    assert 'pip install "feeds[postgres]"' in said


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hidden@h/d", "postgresql:/h/d", "postgresql://u:hid/den@h/d", "postgresql://u:hid@den@h/d",
        "postgresql://h:1/d/x", "postgresql://h /d", "postgresql://u:hidden@h/d?x=a@b", "host=h password=hidden",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_a_fault_that_does_not_show_it(
    workspace: Workspace, url: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        workspace.configure(f'[index]\nurl = "{url}"\n')
    assert "index.url: is not the address of a PostgreSQL database." in str(raised.value)
    assert "hid" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["postgresql://h:port/d", "postgresql://h/d?nothing=1", "postgresql://h:99999/d"]
)
def test_an_address_that_libpq_does_not_take_is_no_traceback(workspace: Workspace, url: str) -> None:
    said = refused(workspace, url)
    assert re.search(r"index", said)


def test_a_schema_that_cannot_be_one_is_a_fault(workspace: Workspace) -> None:
    for name in ("", "Feeds", "pg_feeds", "a-b", 'a"b', "1a", "a" * 41):
        with pytest.raises(ConfigError, match=r"index\.schema"):
            workspace.configure(f"[index]\nurl = \"postgresql://h/d\"\nschema = '{name}'\n")


def test_a_path_and_an_address_at_once_are_a_fault(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="the index is in one place"):
        workspace.configure('[index]\nurl = "postgresql://h/d"\npath = "x.sqlite"\n')


def test_an_address_is_shown_without_password_and_parameters() -> None:
    for url in ("postgresql+psycopg://u:p@h:1/d?password=p", "postgresql://u:p%40@h:1/d"):
        assert errors.redact_url(url) == "postgresql://u@h:1/d"
    assert errors.redact_url("postgresql:///d") == "postgresql:///d"


def test_the_password_is_neither_in_an_answer_nor_in_a_log(own: Postgres, tmp_path: Path) -> None:
    secret = quote(PASSWORD)
    site = Workspace(tmp_path / "site")
    site.index = f'[index]\nurl = "postgresql://feeds:{secret}@127.0.0.1:{own.port}/postgres"\n'
    site.article("first")
    site.configure("[server]\nworkers = 1\n")
    server = Server(site.folder / "config.toml", errors=tmp_path / "errors")
    try:
        paths = ("/", "/all.atom", "/metrics", "/healthz", "/build/", "/missing", "/feed.atom?q=first")
        bodies = [server.get(path)[1] for path in paths]
        own.stop()
        until(lambda: server.get("/healthz")[0].status == 503, "it is away")
        bodies += [server.get(path)[1] for path in paths]
        own.start()
    finally:
        server.stop()
    bodies.append((tmp_path / "errors").read_bytes())
    for body in bodies:
        assert PASSWORD.encode() not in body
        assert secret.encode() not in body


def test_a_session_that_is_ended_by_the_server_is_replaced_unnoticed(
    site: Workspace, postgres: Postgres
) -> None:
    index = open_site(site.config, NOW).publisher.index
    ours = "FROM pg_stat_activity WHERE application_name = 'feeds'"
    for _ in range(2):
        with index.reading() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        postgres.execute(f"SELECT pg_terminate_backend(pid) {ours}")
        # They are told to end, and do so by themselves.
        until(lambda: postgres.execute(f"SELECT count(*) {ours}") == [(0,)], "they have ended")


def test_an_error_within_a_transaction_leaves_nothing_of_it(site: Workspace) -> None:
    index = open_site(site.config, NOW).publisher.index

    def fail() -> None:
        with index.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = ?", ("site",))
            connection.execute("nonsense")

    with pytest.raises(IndexUnavailableError, match="nonsense"):
        fail()
    with index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM meta WHERE key = 'site'").fetchone() == (1,)

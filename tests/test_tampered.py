"""An index is input too: what somebody else put into it is neither written outside the tree nor published."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from databases import Postgres
from effort import for_each, some
from sites import NOW, Workspace, tree

from feeds.cli import main
from feeds.errors import FeedsError, IndexDamagedError, StorageError
from feeds.freeze.file_table import FileStamp, Written
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest
from feeds.index.foreign_articles import clean_article
from feeds.index.seals import Seals, load_key
from feeds.index.sqlite import SqliteIndex
from feeds.lib.storage.files import read_within
from feeds.model import Article, Image, Media, Provider, Related
from feeds.paths import is_article_page, is_channel_name, is_document_path
from feeds.site import Site, open_site
from feeds.web.app import create

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script>"
Run = Callable[[str], None]


@pytest.fixture
def tampered(either: Workspace, request: pytest.FixtureRequest) -> tuple[Workspace, Run]:
    """A site that was synced, and what runs statements on its index as somebody else."""
    either.article("linked", topics=["AI"], provider={"name": "P", "domain": "p.example"})
    either.article("own", originalUrl=None, provider=None, body="My text.")
    either.freeze()
    if "url" not in either.index:
        path = either.config.index_path

        def run(statement: str) -> None:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(statement)

        return either, run
    postgres: Postgres = request.getfixturevalue("postgres")
    schema = either.config.index.schema
    return either, lambda statement: void(postgres.execute(f'SET search_path TO "{schema}"; {statement}'))


def void(_value: object) -> None:
    """Return nothing."""


def command(site: Workspace, *arguments: str) -> Any:
    result = CliRunner().invoke(main, ["--config", str(site.folder / "config.toml"), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.output
    return result


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_engines(values: Sequence[Any]) -> list[Any]:
    """Each value with SQLite; with PostgreSQL the first, since what is read is judged alike; `make stress`: all."""
    first, *others = values
    return [
        *(pytest.param("sqlite", value) for value in values),
        pytest.param("postgres", first),
        *(pytest.param("postgres", value, marks=pytest.mark.stress) for value in others),
    ]


PLACES = [
    "../evil/", "../../evil/", "articles/../../evil/", "/evil/", "articles//evil/", "articles/./evil/",
    "articles/a\\..\\evil/", "C:/evil/", "articles/.git/", ".feeds-manifest.json", "all.atom", "articles/evil",
    "articles/" + "a" * 300 + "/", "articles/" + "a/" * 3000, "articles/a b/", "articles/ä/", "articles/x\n/",
]  # fmt: skip


@pytest.mark.parametrize(("either", "place"), in_engines(some(PLACES, 6)), indirect=["either"])
def test_a_page_whose_path_was_changed_is_written_nowhere(
    tampered: tuple[Workspace, Run], place: str
) -> None:
    site, run = tampered
    before = tree(site.output)
    outside = {path for path in site.folder.parent.rglob("*") if ".feeds" not in path.parts}
    run(f"UPDATE articles SET page = '{place}' WHERE page <> ''")
    (site.output / ".feeds-manifest.json").unlink()
    assert command(site, "freeze").exit_code == 0, "the index is built again"
    assert tree(site.output) == before
    assert {path for path in site.folder.parent.rglob("*") if ".feeds" not in path.parts} <= outside | {
        site.output / ".feeds-manifest.json"
    }


CHANNELS = [
    ("name", "'../../evil'"), ("name", "'a/../../../evil'"), ("label", "'a' || chr(1) || 'b'"), ("name", "'/evil'"),
    ("kind", "'evil'"), ("name", "''"), ("newest", "900000000000000"), ("changed", "-900000000000000"), ("name", "'..'"),
    ("emptied", "900000000000000"), ("count", "-1"), ("count", "900000000000"),
]  # fmt: skip


@pytest.mark.parametrize(("either", "channel"), in_engines(some(CHANNELS, 6)), indirect=["either"])
def test_a_channel_that_no_sync_writes_is_not_published(
    tampered: tuple[Workspace, Run], channel: tuple[str, str]
) -> None:
    site, run = tampered
    column, value = channel
    before = tree(site.output)
    run(f"UPDATE channels SET {column} = {_in_sqlite(site, value)} WHERE kind = 'providers'")
    assert command(site, "freeze").exit_code == 0
    assert tree(site.output) == before
    assert not (site.folder.parent / "evil").exists()


def _in_sqlite(site: Workspace, value: str) -> str:
    return value if "url" in site.index else value.replace("chr(", "char(")


COLUMNS = [
    ("channels", "count"), ("channels", "generation"), ("channels", "changed"), ("articles", "article"),
    ("articles", "memberships"), ("articles", "page"), ("entries", "atom"), ("seals", "atom"), ("articles", "seal"),
    ("files", "problems"),
]  # fmt: skip
VALUES = ["NULL", "17", "x'ff00'", "'text'", "1.5"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    # Each column with one or two values, and each value with several columns.
    some([(*column, value) for column in COLUMNS for value in VALUES], 12),
)
def test_a_value_of_another_type_is_no_traceback(
    workspace: Workspace, table: str, column: str, value: str
) -> None:
    """SQLite takes any type in any column. The index is built again, or there is a message."""
    workspace.article("a")
    workspace.article("own", originalUrl=None, body="Text.")
    workspace.freeze()
    before = tree(workspace.output)
    with (
        closing(sqlite3.connect(workspace.config.index_path)) as connection,
        connection,
        suppress(sqlite3.IntegrityError),
    ):
        connection.execute(f"UPDATE {table} SET {column} = {value}")
    for path in workspace.output.rglob("*.atom"):
        path.unlink()
    workspace.article("a", title="About a", quality=2)
    assert command(workspace, "freeze").exit_code == 0
    assert tree(workspace.output).keys() == before.keys()
    assert b"About a" in workspace.read("all.atom")


def tamper(site: Workspace, run: Run) -> None:
    """Put a script into every article and entry, as somebody who can write the database."""
    if "url" in site.index:
        evil = f"convert_to(replace(convert_from({{0}}, 'UTF8'), '{{1}}', '{{2}}{SCRIPT}'), 'UTF8')"
    else:
        evil = f"CAST(replace(CAST({{0}} AS TEXT), '{{1}}', '{{2}}{SCRIPT}') AS BLOB)"
    body = '"body":"'
    run(f"UPDATE articles SET article = {evil.format('article', body, body)}")
    run(f"UPDATE articles SET article = {evil.format('article', 'About', 'About')}")
    for name, sign in (("atom", "</title>"), ("rss", "</title>"), ("json", '"title":"')):
        run(f"UPDATE entries SET {name} = {evil.format(name, sign, sign)}")


def test_what_somebody_put_into_the_index_is_not_published(tampered: tuple[Workspace, Run]) -> None:
    site, run = tampered
    before = tree(site.output)
    tamper(site, run)
    for file in tree(site.output):
        (site.output / file).unlink()
    assert command(site, "freeze").exit_code == 0
    assert tree(site.output) == before


def test_what_somebody_put_into_the_index_is_not_served(tampered: tuple[Workspace, Run]) -> None:
    """A server that finds it answers 503 until the next sync, which builds the index again."""
    site, run = tampered
    opened = open_site(site.config, NOW, search=True)
    client = create(opened.publisher).test_client()
    paths = ["/all.atom", "/all.rss", "/all.json", "/all/", "/articles/own/", "/feed.json?q=text", "/"]
    before = [client.get(path).data for path in paths]
    tamper(site, run)
    fresh = create(opened.publisher).test_client()
    for path in paths:
        answer = fresh.get(path)
        assert SCRIPT.encode() not in answer.data
        assert answer.status_code in (200, 503)
    opened.syncer.sync_below([], NOW)
    opened.publisher.refresh()
    again = create(opened.publisher).test_client()
    assert [again.get(path).data for path in paths] == before


def bodies(site: Site) -> dict[str, bytes]:
    """Return the bytes of each document that a site serves."""
    with site.publisher.snapshot() as snapshot:
        made = {place.path: snapshot.make(place.target) for place in snapshot.list_places()}
    return {path: document.body for path, document in made.items() if document is not None}


@pytest.mark.parametrize("known", [True, False])
def test_an_index_that_was_sealed_elsewhere_is_read_with_care_and_sealed_by_the_next_sync(
    tampered: tuple[Workspace, Run], *, known: bool
) -> None:
    """As a copy of the file is, or the index of a node that has another key."""
    site, run = tampered
    before = tree(site.output)
    opened = open_site(site.config, NOW)
    index, served = opened.syncer.index, bodies(opened)
    if not known:
        tamper(site, run)
    site.config.index_path.with_suffix(".key").unlink()
    other = open_site(site.config, NOW, record=False)
    old = index.seals
    other.syncer.index.seals = Seals(b"another key")
    other.syncer.index.close()
    assert bodies(other) == served
    assert old.name != other.syncer.index.seals.name
    for file in tree(site.output):
        (site.output / file).unlink()
    site.freeze()
    assert tree(site.output) == before


def test_an_article_from_elsewhere_has_nothing_that_reading_would_not_leave() -> None:
    evil = "javascript:alert(1)"
    image = Image(evil, title="a\0b")
    good = Image("https://example.org/i.png")
    article = Article(
        path="a.md", id="urn:a", title="A\x01B", published=NOW, updated=NOW, url=evil, via=evil,
        body=f'<p onclick="x">Text{SCRIPT}<a href="{evil}">link</a></p>', topics=("a\x02",),
        images=(image, good), provider=Provider("p.example", "P\x03", ("\x04A",), (image, good)),
        related=(Related(evil, "R"), Related("https://example.org/r", "R\x05")), media=Media("video", evil, evil, evil, 'audio/mpeg" x="'),
    )  # fmt: skip
    clean = clean_article(article)
    text = msgspec.json.encode(clean).decode()
    assert not any(sign in text for sign in ("javascript", "script", "onclick", "\\u00"))
    assert (clean.title, clean.images, clean.provider.images) == ("AB", (good,), (good,))
    assert clean_article(clean) == clean


def test_a_seal_is_of_one_key_and_one_kind() -> None:
    seals = Seals(b"k" * 32)
    made = {seals.make(kind, b"text") for kind in ("article", "atom", "rss", "json")}
    assert len(made) == 4
    assert Seals(b"j" * 32).make("atom", b"text") not in made
    assert Seals(b"k" * 32).make("atom", b"text") in made
    assert seals.make("atom", b"texts") not in made


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "index.key"
    key = load_key(path)
    assert (len(key), load_key(path), path.stat().st_mode & 0o777) == (32, key, 0o600)
    path.write_bytes(b"short")
    assert load_key(path) not in (key, b"short")
    (tmp_path / "file").write_bytes(b"")
    assert load_key(tmp_path / "file" / "index.key") != load_key(tmp_path / "file" / "index.key")


@pytest.mark.parametrize(
    "path", [*PLACES[:9], *PLACES[12:], "a//b", "\0", "a\0b", "a/..", "..", ".", "-a", "a/-b"]
)
def test_nothing_is_written_to_a_path_that_no_document_has(tmp_path: Path, path: str) -> None:
    folder = OutputFolder(tmp_path / "build")
    file = f"{path}index.html" if path.endswith("/") else path
    with pytest.raises(StorageError, match="not the path of a document"):
        folder.write(file, b"x")
    assert everything(tmp_path) == {}


@for_each(
    "path",
    ["", "all.atom", "a.b.example.rss", "static/site.css", "topics/ai/archive/12.atom", "feeds/x_y/", "_a"],
)
def test_ordinary_paths_are_those_of_documents(path: str) -> None:
    assert is_document_path(path)


@for_each("value", [None, 1, b"articles/a/", 1.5, ["articles/a/"]])
def test_a_path_or_a_name_is_a_text(value: object) -> None:
    assert not is_document_path(value)
    assert not is_article_page(value)
    assert not is_channel_name("providers", value)
    assert not is_channel_name("topics", value)


def test_a_channel_of_a_manifest_that_leads_out_of_the_tree_is_forgotten(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    manifest = Manifest.load(workspace.output)
    assert manifest is not None
    channels = manifest.list_channels()
    evil = channels[0]._replace(kind="providers", name="../../evil", label="Evil", emptied=1)
    control = evil._replace(name="e.example", label="E\0vil")
    path = workspace.output / Manifest.NAME
    changed = msgspec.Raw(msgspec.json.encode([*channels, evil, control]))
    path.write_bytes(msgspec.structs.replace(manifest, token="", channels=changed).encode())
    before = tree(workspace.output)
    workspace.freeze()
    assert tree(workspace.output) == before
    assert not (workspace.folder.parent / "evil.atom").exists()


@for_each("damaged", [b"7", b'[["topics"]]', b'[["topics","ai","AI",null,"soon"]]', b'{"topics":"ai"}'])
def test_channels_of_a_manifest_that_are_none_are_forgotten(damaged: bytes, workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    manifest = Manifest.load(workspace.output)
    assert manifest is not None
    before = tree(workspace.output)
    path = workspace.output / Manifest.NAME
    path.write_bytes(msgspec.structs.replace(manifest, token="", channels=msgspec.Raw(damaged)).encode())
    workspace.freeze()
    assert tree(workspace.output) == before


def test_a_file_of_a_manifest_that_is_outside_the_tree_is_not_deleted(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    mine = workspace.folder / "mine.txt"
    mine.write_bytes(b"mine")
    (workspace.output / ".git").mkdir()
    (workspace.output / ".git/config").write_bytes(b"mine")
    manifest = Manifest.load(workspace.output)
    assert manifest is not None
    for name in ("../mine.txt", "topics/../../mine.txt", str(mine), ".git/config"):
        status = (workspace.output / name).stat()
        manifest.files.update({name: Written("", FileStamp(status.st_size, status.st_mtime_ns))})
    (workspace.output / Manifest.NAME).write_bytes(manifest.encode())
    workspace.article("a", title="Another")
    assert workspace.freeze().deleted == []
    assert mine.read_bytes() == (workspace.output / ".git/config").read_bytes() == b"mine"
    found = Manifest.load(workspace.output)
    assert found is not None
    assert not [name for name in found.files if "mine" in name or ".git" in name]


@pytest.mark.parametrize("path", ["../secret.md", "a/../../secret.md", "a\0.md"])
def test_a_file_that_the_index_names_outside_the_articles_is_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "articles" / "a").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("secret")
    with pytest.raises(OSError, match="not in the folder"):
        read_within(tmp_path / "articles", path, 100)


def test_a_file_that_grows_while_it_is_read_is_read_to_the_end_or_to_what_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_bytes(bytes(range(100)))
    status = list((tmp_path / "a.md").stat())
    for earlier in (0, 50, 99, 100, 101):
        status[stat.ST_SIZE] = earlier
        told = os.stat_result(status)
        monkeypatch.setattr(os, "fstat", lambda _descriptor, told=told: told)
        for most in (0, 1, 50, 51, 99, 100, 101, 1000):
            assert read_within(tmp_path, "a.md", most) == bytes(range(min(most, 100)))


def test_an_index_can_be_put_in_place_of_another_while_a_thread_looks_for_changes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.article("a")
    index = open_site(workspace.config, NOW).syncer.index
    assert isinstance(index, SqliteIndex)
    make_file = SqliteIndex._make_file  # noqa: SLF001 - the step between the old file and the new one

    def look_and_make_file(one: SqliteIndex) -> None:
        assert not one.has_changed()
        make_file(one)
        assert not one.has_changed()

    monkeypatch.setattr(SqliteIndex, "_make_file", look_and_make_file)
    replace = SqliteIndex._replace

    def look_and_replace(one: SqliteIndex, judged: object) -> None:
        assert not one.has_changed()
        replace(one, judged)

    monkeypatch.setattr(SqliteIndex, "_replace", look_and_replace)
    index.recreate()
    with index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (0,)


def test_a_damage_that_a_reader_finds_is_mended_by_the_next_sync(workspace: Workspace) -> None:
    workspace.article("a")
    site = open_site(workspace.config, NOW)
    index = site.syncer.index
    assert isinstance(index, SqliteIndex)
    with closing(sqlite3.connect(index.path)) as connection, connection:
        connection.execute("UPDATE articles SET article = x'00'")
    client = create(site.publisher).test_client()
    answer = client.get("/all/")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    with pytest.raises(IndexDamagedError), site.publisher.snapshot() as snapshot:
        snapshot.document("all/")
    site.syncer.sync_below([], NOW)
    site.publisher.refresh()
    assert b"About a" in client.get("/all/").data
    assert issubclass(IndexDamagedError, FeedsError)

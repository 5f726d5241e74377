"""Entries are kept with their articles if these are in many documents, else written for each document."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from click.testing import CliRunner, Result
from configurations import EVERYTHING
from hypothesis import given
from hypothesis import strategies as st
from sites import CONFIG, NOW, Workspace, tree

from feeds import formats
from feeds.cli import main
from feeds.formats.context import keeps_entries
from feeds.formats.entries import make_content
from feeds.index import open_index
from feeds.model import Article, Image, Media, Provider, Related
from feeds.publisher import entry_source
from feeds.site import open_site
from feeds.sync import process
from feeds.web.app import create
from feeds.web.private.feed import PrivateFeeds

ALONE = "[feeds]\narchive = false\n"
MANY_KINDS = EVERYTHING.removeprefix("[feeds]\n")
TEXTS = st.text(max_size=20)
URLS = st.builds("https://example.org/{}".format, st.integers(0, 99))
NUMBERS = st.none() | st.integers(0, 10**9)
MOMENTS = st.datetimes(datetime(1990, 1, 1)).map(lambda one: one.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001 - the zone is set beside it
PICTURES = st.lists(st.builds(Image, URLS, NUMBERS, NUMBERS, TEXTS, TEXTS), max_size=2).map(tuple)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
ARTICLES = st.builds(
    Article, path=TEXTS, id=TEXTS, title=TEXTS, published=MOMENTS, updated=MOMENTS, url=URLS, via=TEXTS, summary=TEXTS,
    body=TEXTS, type=TEXTS, language=st.sampled_from(["", "de", "en-GB"]), quality=NUMBERS, heat=NUMBERS,
    duration=NUMBERS, provider=st.builds(Provider, TEXTS, TEXTS, LISTS, PICTURES), topics=LISTS, categories=LISTS,
    tags=LISTS, images=PICTURES, related=st.lists(st.builds(Related, URLS, TEXTS, TEXTS, st.none() | MOMENTS)).map(tuple),
    media=st.none() | st.builds(Media, st.sampled_from(["audio", "video"]), TEXTS, TEXTS, TEXTS, TEXTS),
)  # fmt: skip


def fill(workspace: Workspace) -> None:
    for n in range(12):
        workspace.article(
            f"n{n:02}",
            f"Text <b>{n}</b> & more",
            title=f"Ünïcode {n} <&>",
            publishedDateTime=NOW - timedelta(days=n, hours=1),
            topics=[["AI", "Robots", "Machines"][n % 3]],
            provider={"name": f"P{n % 2}", "domain": f"p{n % 2}.example"},
            quality=n % 5,
        )


def keep_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have entries kept whatever the configuration says."""
    monkeypatch.setattr(process, "keeps_entries", lambda _config: True)


def number_of_kept(workspace: Workspace) -> int:
    with open_index(workspace.config).reading() as connection:
        (number,) = connection.execute("SELECT count(*) FROM entries").fetchone()
    return int(number)


@given(ARTICLES)
def test_an_article_comes_out_of_the_index_as_it_went_in(article: Article) -> None:
    assert msgspec.json.decode(msgspec.json.encode(article), type=Article) == article


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("", True),
        (ALONE, False),
        (ALONE + "limit = 100", False),
        (ALONE + "limit = 101", True),
        (ALONE + '[selections.long]\ntitle = "Long"\nlimit = 500', True),
    ],
)
def test_entries_are_kept_if_there_are_archives_or_long_feeds(
    workspace: Workspace, extra: str, *, kept: bool
) -> None:
    assert keeps_entries(workspace.configure(extra)) == kept
    fill(workspace)
    workspace.freeze()
    assert number_of_kept(workspace) == (12 if kept else 0)


def test_documents_have_the_same_bytes_whether_entries_are_kept_or_written_for_them(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after an edit and a withdrawal, and after a window has passed."""
    other = Workspace(tmp_path / "other")
    for site in (workspace, other):
        site.configure(ALONE + MANY_KINDS)
        fill(site)
    for days in (0, 0, 8):
        now = NOW + timedelta(days=days)
        workspace.freeze(now)
        with monkeypatch.context() as patched:
            keep_all(patched)
            other.freeze(now)
        assert (number_of_kept(workspace), number_of_kept(other) > 0) == (0, True)
        assert tree(workspace.output) == tree(other.output)
        for site in (workspace, other):
            site.article("n03", "Another text", title="Edited", topics=["AI"])
            (site.articles / "n00.md").unlink(missing_ok=True)


def test_documents_have_the_same_bytes_however_many_entries_are_kept_in_memory(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.configure(ALONE + MANY_KINDS)
    fill(workspace)
    documents = []
    for room in (entry_source._MOST_KEPT, 3000, 0):  # noqa: SLF001 - all, a few, none
        monkeypatch.setattr(entry_source, "_MOST_KEPT", room)
        shutil.rmtree(workspace.output, ignore_errors=True)
        workspace.freeze()
        documents.append(tree(workspace.output))
    assert documents[0] == documents[1] == documents[2]


def test_real_articles_also_have_the_same_documents(
    corpus: Path, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Workspace(tmp_path / "other")
    base = CONFIG.replace('path = "articles"', f'path = "{corpus.as_posix()}"')
    for site in (workspace, other):
        site.configure(ALONE, base)
    workspace.freeze()
    keep_all(monkeypatch)
    other.freeze()
    assert len(tree(other.output)) > 90
    assert tree(workspace.output) == tree(other.output)


def test_what_readers_select_is_also_the_same(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.configure(ALONE + MANY_KINDS)
    fill(workspace)
    asked = [
        "/feed.atom?topic=ai",
        "/feed.rss?topic=ai&topic=machines&min_quality=2",
        "/feed.json?provider=p1.example&limit=3",
        "/feeds/top.atom",
        "/all.rss",
    ]

    def answers() -> list[bytes]:
        client = create(open_site(workspace.config, NOW).publisher).test_client()
        return [client.get(path).data for path in asked]

    written = answers()
    keep_all(monkeypatch)
    (workspace.folder / ".feeds/index.sqlite").unlink()
    assert answers() == written
    assert [len(feedparser.parse(body).entries) for body in written[:2]] == [4, 4]


@pytest.mark.parametrize("kept_first", [True, False])
def test_who_has_the_old_configuration_gives_whole_feeds_while_the_index_comes_to_a_new_one(
    workspace: Workspace, *, kept_first: bool
) -> None:
    """As the workers of a server do until they are replaced, and other nodes."""
    settings = ["[feeds]\narchive = true\n", ALONE]
    old, new = settings if kept_first else settings[::-1]
    workspace.configure(old)
    fill(workspace)
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    workspace.configure(new)
    open_site(workspace.config, NOW)
    assert (number_of_kept(workspace) > 0) != kept_first
    for path in ("/all.atom", "/topics/ai.rss", "/feed.json?topic=ai"):
        body = client.get(path).data
        assert body.count(b"<entry>") + body.count(b"<item>") + body.count(b'"date_published"') == (
            12 if path == "/all.atom" else 4
        )


def test_an_edit_changes_the_documents_that_show_it_and_no_others(workspace: Workspace) -> None:
    workspace.configure(ALONE)
    fill(workspace)
    workspace.freeze()
    assert workspace.freeze().written == []
    workspace.article("n01", title="Edited", topics=["Robots"], provider={"domain": "p1.example"})
    changed = {"all.atom", "all.rss", "topics/robots.atom", "topics/robots.rss", "providers/p1.example.atom"}
    written = {path for path in workspace.freeze().written if path.endswith((".atom", ".rss"))}
    assert written == {*changed, "providers/p1.example.rss"}


@pytest.fixture
def faulty(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A site of twelve articles, at two of which feeds itself fails: once for all formats, once for RSS."""
    workspace.configure(ALONE)
    fill(workspace)
    rss = formats.load("rss")
    entry = rss.render_entry

    def failing_entry(one: Any, context: formats.EntryContext) -> bytes:
        if one.article.path == "n05.md":
            raise KeyError("a fault")
        return entry(one, context)

    def failing_material(article: Article, context: formats.EntryContext) -> Any:
        if article.path == "n02.md":
            raise ZeroDivisionError
        return make_content(article, context)

    monkeypatch.setattr(rss, "render_entry", failing_entry)
    monkeypatch.setattr("feeds.formats.entries.make_content", failing_material)
    return workspace


def run(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(workspace.folder / "config.toml"), *words])


def test_an_article_at_which_feeds_itself_fails_costs_itself_alone_and_each_freeze_tells_it_once(
    faulty: Workspace,
) -> None:
    for _ in range(2):
        result = run(faulty, "freeze", "--json")
        told = [(Path(p["path"]).name, p["code"]) for p in json.loads(result.stdout)["problems"]]
        assert (result.exit_code, told) == (0, [("n02.md", "internal"), ("n05.md", "internal")])
        assert len(feedparser.parse(faulty.read("all.atom")).entries) == 11
        assert len(feedparser.parse(faulty.read("all.rss")).entries) == 10
    assert run(faulty, "freeze", "--strict").exit_code == 1


def test_the_next_freeze_mends_it_when_feeds_itself_is_mended(
    faulty: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(faulty, "freeze").exit_code == 0
    monkeypatch.undo()
    assert "all.rss" in faulty.freeze().written
    assert len(feedparser.parse(faulty.read("all.rss")).entries) == 12
    assert faulty.freeze().written == []


def test_a_check_of_the_documents_finds_it_once_for_each_article(faulty: Workspace) -> None:
    result = run(faulty, "check", "--feeds")
    assert result.exit_code == 1
    assert result.output.count("by a fault of feeds itself") == 2
    assert "n05.md: error: cannot be read or written, by a fault of feeds itself (KeyError)." in result.output


def test_a_server_tells_its_log_of_it_once(faulty: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    client = create(open_site(faulty.config, NOW).publisher).test_client()
    assert len(feedparser.parse(client.get("/all.rss").data).entries) == 10
    for limit in range(1, 9):
        client.get(f"/feed.rss?limit={limit}")
    assert caplog.text.count("n02.md: error: cannot be read or written") == 1


def test_a_private_feed_has_the_others(faulty: Workspace) -> None:
    config = faulty.configure(f'{ALONE}[private.mine]\ntopics = ["AI", "Machines"]\ntoken_env = "T"\n')
    with open_site(config, NOW).publisher.snapshot() as site:
        document = PrivateFeeds(config).make_document(site, "mine", "atom")
    assert len(feedparser.parse(document.body).entries) == 7
    assert [problem.path for problem in document.problems] == ["n02.md"]

"""What an index promises, it promises in SQLite and in PostgreSQL: the same answers, the same bytes."""

from __future__ import annotations

import sqlite3
import tempfile
import unicodedata
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from configurations import EVERYTHING
from edits import EDIT, edit, known
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from query_site import write_articles
from sites import NOW, ROOT, Workspace, tree

from feeds.errors import RemovalsError
from feeds.freeze.plan import Outcome
from feeds.index import open_index
from feeds.index.index import Index
from feeds.index.postgres.full_text import split_words
from feeds.index.read import article_pages, matches, overview, weeks
from feeds.index.read import channels as contents
from feeds.index.read.article_pages import ArticleReader, read_article_pages
from feeds.index.read.channels import NEWEST, Offsets
from feeds.index.read.matches import Matches
from feeds.index.sqlite import SqliteIndex
from feeds.index.write.search_words import update_search_words
from feeds.index.write.withdrawn import RETENTION
from feeds.model import Query, TextSearch
from feeds.publisher import queries
from feeds.publisher.fingerprint import fingerprint
from feeds.site import open_site
from feeds.sync.diff import Changes
from feeds.sync.syncer import Syncer

if TYPE_CHECKING:
    from databases import Postgres

pytestmark = pytest.mark.slow

# People sort these otherwise than computers do.
TOPICS = (
    "Zebra",
    "apple",
    "Äpfel",
    "_x",
    "B-a",
    "b a",
    "Robots",
    "engines",
    "AI",
    "Ai",
    "中文",
    "عربي",
    "🤖 bots",
    "ﬁne",
)


def fill(site: Workspace) -> None:
    """Articles of every kind that the index treats differently."""
    for n in range(40):
        site.article(
            f"{'abc'[n % 3]}/n{n}",
            f"Body {n} <b>of ‘words’</b> in Straße, İstanbul & 東京",
            title=f"Ünïcode {n} ‹𝄞› 'quoted' \\ \t{'x' * n}",
            topics=[TOPICS[n % len(TOPICS)], TOPICS[(n * 5 + 1) % len(TOPICS)]],
            publishedDateTime=NOW - timedelta(days=n // 2, minutes=n % 2),
            quality=n % 9,
            heat=n % 4,
            type=["article", "video", ""][n % 3],
            locale=["en-GB", "de", None][n % 3],
            provider={"name": f"P{n % 5}", "domain": f"p{n % 5}.example"},
        )
    for name in ("twin", "other-twin"):
        site.article(name, originalUrl="https://example.org/same", title=name)
    site.article("page", "An article without a link", originalUrl=None)
    site.article("later", publishedDateTime=NOW + timedelta(days=3))
    site.article("draft", published=False)
    site.write("broken.md", "---\ntitle: [\n---\n")


def change(site: Workspace) -> None:
    """Edits, withdrawals, moves and what comes by time."""
    site.article("a/n0", "Another body", title="Edited")
    site.article("b/n1", published=False)
    (site.articles / "c/n2.md").unlink()
    (site.articles / "a/n3.md").rename(site.articles / "moved.md")
    (site.articles / "twin.md").unlink()
    site.article("new", topics=["New one"], publishedDateTime=NOW - timedelta(days=400))


def pair(tmp_path: Path, postgres: Postgres) -> tuple[Workspace, Workspace]:
    """Two sites that differ in where their index is."""
    return Workspace(tmp_path / "file"), Workspace(tmp_path / "database", postgres.table())


def told(plan: Outcome) -> list[list[str]]:
    return [sorted(plan.written), sorted(plan.kept), sorted(plan.deleted)]


def test_the_sample_is_frozen_to_the_same_bytes(tmp_path: Path, postgres: Postgres) -> None:
    text = (ROOT / "config.toml").read_text().replace('path = "seeds"', f'path = "{ROOT / "seeds"}"')
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    trees = []
    for site in pair(tmp_path, postgres):
        site.configure(base=text)
        site.freeze(moment)
        trees.append(tree(site.output))
    assert len(trees[0]) > 100
    assert trees[0] == trees[1]


def test_a_site_of_everything_is_frozen_to_the_same_bytes_after_each_of_its_changes(
    tmp_path: Path, postgres: Postgres
) -> None:
    sites = pair(tmp_path, postgres)
    for site in sites:
        site.configure(EVERYTHING)
        fill(site)
    steps = [(NOW, change), (NOW + timedelta(hours=1), None), (NOW + timedelta(days=8), None)]
    for moment, after in [(NOW, None), *steps]:
        plans = [told(site.freeze(moment)) for site in sites]
        assert plans[0] == plans[1]
        assert tree(sites[0].output) == tree(sites[1].output)
        for site in sites:
            if after:
                after(site)
    assert told(sites[1].freeze(NOW + timedelta(days=8)))[0] == [], "nothing changed, so nothing is written"


def test_after_any_edits_both_know_the_same(postgres: Postgres) -> None:
    @examples(6, 200)
    @given(st.lists(EDIT, min_size=1, max_size=6))
    @example([("write", "a", 1), ("write", "a/b", 0), ("delete", "a", 1)])
    def both(edits: list[tuple[str, str, int]]) -> None:
        with tempfile.TemporaryDirectory() as place:
            site, schema = Workspace(Path(place) / "site"), postgres.schema()
            site.index = postgres.table(schema)
            kept, now, each = (
                Syncer(site.configure(), open_index(site.config), fingerprint(site.configure())),
                NOW,
                count(1),
            )
            kept.sync_all(now)
            for what, folder, n in edits:
                edit(site, what, folder, f"n{n}", next(each))
                now += timedelta(days=1) if what == "later" else timedelta(0)
                kept.sync_below([folder or f"n{n}.md"], now) if what == "partly" else kept.sync_all(now)
            kept.sync_all(now)
            anew = Syncer(site.config, SqliteIndex(Path(place) / "anew.sqlite"), fingerprint(site.config))
            anew.sync_all(now)
            assert known(kept.index) == known(anew.index)
            kept.index.close()
        postgres.execute(f"DROP SCHEMA {schema} CASCADE")

    both()


class Kept:
    """A site that is synced again and again."""

    def __init__(self, site: Workspace, extra: str = "") -> None:
        site.configure(extra)
        self.syncer = open_site(site.config, NOW).syncer
        self.index: Index = self.syncer.index

    def sync(self, now: datetime = NOW) -> Changes:
        return self.syncer.sync_all(now).changes

    def channel(self, name: str, kind: str = "topics") -> overview.ChannelRow:
        with self.index.reading() as connection:
            return next(c for c in overview.read_channels(connection) if (c.kind, c.name) == (kind, name))

    def titles(self, name: str, kind: str = "topics") -> list[str]:
        key = self.channel(name, kind).key
        with self.index.reading() as connection:
            return [article.title for article in contents.read_channel_articles(connection, key, 1000)]


def test_a_sync_that_finds_nothing_makes_no_new_state(either: Workspace) -> None:
    either.article("a")
    kept = Kept(either)
    first = kept.syncer.read_generation()
    assert kept.sync() == Changes(0, 0, first)
    either.article("b")
    assert kept.sync() == Changes(1, 0, first + 1)
    (either.articles / "b.md").unlink()
    assert kept.sync() == Changes(0, 1, first + 2)


def test_edits_and_withdrawals_show_and_only_their_channels_change(either: Workspace) -> None:
    either.article("a", topics=["AI"])
    either.article("b", topics=["Bees"])
    kept = Kept(either)
    bees = kept.channel("bees")
    either.article("a", topics=["AI"], title="Edited")
    kept.sync()
    assert kept.titles("ai") == ["Edited"]
    assert kept.channel("bees") == bees
    either.article("a", topics=["AI"], published=False)
    kept.sync()
    assert kept.titles("ai") == []
    assert kept.channel("ai").articles == 0


def test_of_two_files_with_one_id_the_later_one_shows_and_the_other_when_it_goes(either: Workspace) -> None:
    for name, day in (("old", 1), ("new", 2)):
        either.article(
            name, originalUrl="https://example.org/same", updatedDateTime=f"2024-05-0{day}T00:00:00Z"
        )
    kept = Kept(either)
    assert kept.titles("ai") == ["About new"]
    with kept.index.reading() as connection:
        assert overview.find_shadowed_files(connection) == [("old.md", "new.md", "https://example.org/same")]
        assert overview.count_file_states(connection) == {"public": 1, "shadowed": 1}
    (either.articles / "new.md").unlink()
    kept.sync()
    assert kept.titles("ai") == ["About old"]


def test_of_two_files_with_one_id_the_published_one_keeps_its_place_while_it_is_there(
    either: Workspace,
) -> None:
    def article(name: str, **fields: Any) -> None:
        either.article(name, originalUrl="https://example.org/same", **fields)

    for n in range(120):
        either.article(f"n{n:03}", topics=["Other"])
    article("b")
    kept = Kept(either)
    article("a", updatedDateTime="2024-05-01T00:00:00Z")
    article("z", updatedDateTime="2024-05-02T00:00:00Z")
    kept.sync()
    assert kept.titles("ai") == ["About b"], "a later copy takes no place"
    article("b", title="Edited")
    kept.sync()
    assert kept.titles("ai") == ["Edited"], "an edit keeps it"
    article("a", title="Edited too", updatedDateTime="2024-05-03T00:00:00Z")
    kept.sync()
    assert kept.titles("ai") == ["Edited"]
    with kept.index.reading() as connection:
        assert [row[:2] for row in overview.find_shadowed_files(connection)] == [
            ("a.md", "b.md"),
            ("z.md", "b.md"),
        ]
    article("b", published=False)
    kept.sync()
    assert kept.titles("ai") == ["Edited too"], "another one takes the place of one that is withdrawn"
    article("b")
    kept.sync()
    assert kept.titles("ai") == ["Edited too"], "and keeps it"


def test_what_was_withdrawn_is_remembered_for_its_time_and_forgotten_if_it_comes_back(
    either: Workspace,
) -> None:
    paths = [either.article(name) for name in ("a", "b")]
    kept = Kept(either)
    texts = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    kept.sync()
    key = kept.channel("ai").key

    def graves() -> int:
        with kept.index.reading() as connection:
            return len(contents.read_deleted_entries(connection, key))

    assert graves() == 2
    paths[0].write_bytes(texts[0])
    kept.sync()
    assert graves() == 1
    kept.sync(NOW + RETENTION + timedelta(seconds=1))
    assert graves() == 0


def test_digests_are_closed_and_stay_as_they_are(either: Workspace) -> None:
    either.article("a", publishedDateTime=NOW - timedelta(days=20))
    kept = Kept(either, '[selections.weekly]\ntitle = "Weekly"\ndigest = "weekly"\n')
    first = kept.titles("weekly", "feeds")
    assert any(title.startswith("Weekly: ") for title in first)
    either.article("late", publishedDateTime=NOW - timedelta(days=20))
    kept.sync(NOW + timedelta(days=8))
    assert set(first) < set(kept.titles("weekly", "feeds"))
    with kept.index.reading() as connection:
        shown = [article.title for article in contents.read_shown_articles(connection)]
    assert shown == ["About a", "About late"], "a digest is no article"


def test_a_window_changes_when_an_article_has_left_it(either: Workspace) -> None:
    either.article("a", publishedDateTime=NOW - timedelta(days=6), quality=1)
    either.article("b", publishedDateTime=NOW - timedelta(days=1), quality=9)
    kept = Kept(either, '[selections.top]\ntitle = "Top"\nsort = "quality"\nwindow = "7d"\n')
    before = kept.channel("top", "feeds")
    kept.sync(NOW + timedelta(hours=1))
    assert kept.channel("top", "feeds") == before
    kept.sync(NOW + timedelta(days=2))
    assert kept.channel("top", "feeds").generation > before.generation
    with kept.index.reading() as connection:
        best = contents.read_best_articles(connection, before.key, NOW - timedelta(days=5), 9)
    assert [article.title for article in best] == ["About b"]


def test_archives_are_found_by_their_places_whichever_was_asked_for_before(either: Workspace) -> None:
    for n in range(30):
        either.article(f"n{n:02}", publishedDateTime=NOW - timedelta(days=n // 3))
    kept = Kept(either)
    key = kept.channel("ai").key
    with kept.index.reading() as connection:
        every = contents.read_channel_entries(connection, key, "atom", NEWEST, 100)
        assert len(every) == 30
        places = Offsets(connection)
        for skip in (0, 20, 10, 29, 3, 30, 12):
            place = places.find(key, skip)
            rows = contents.read_channel_entries(connection, key, "atom", place, 4) if place else []
            assert rows == every[skip : skip + 4]


@pytest.mark.parametrize("room", [0, 100, 1_000_000])
def test_articles_are_those_of_the_channel_however_many_texts_are_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(article_pages, "_MOST_KEPT", room)
    for n in range(12):
        workspace.article(
            f"n{n:02}", body="Words. " * n, topics=["AI"] if n % 3 else ["AI", "Robots"], publishedDateTime=NOW - timedelta(days=n // 3)
        )  # fmt: skip
    kept = Kept(workspace)
    with kept.index.reading() as connection:
        reader = ArticleReader(connection)
        places = Offsets(connection)
        for name, skip, take in (
            ("ai", 0, 5),
            ("robots", 0, 9),
            ("ai", 3, 4),
            ("ai", 0, 50),
            ("robots", 2, 1),
        ):
            key = kept.channel(name).key
            start = places.find(key, skip)
            assert start is not None
            assert reader.read(key, take, start) == contents.read_channel_articles(
                connection, key, take, start
            )


def test_removals_are_refused_before_anything_is_written(either: Workspace) -> None:
    for n in range(30):
        either.article(f"n{n}")
    kept = Kept(either)
    aside = either.folder / "aside"
    either.articles.rename(aside)
    either.articles.mkdir()
    with pytest.raises(RemovalsError):
        kept.sync()
    assert len(kept.titles("ai")) == 30


def test_everything_that_can_be_asked_has_the_same_answer(tmp_path: Path, postgres: Postgres) -> None:
    """Of the site of everything, after its changes."""

    def asked(site: Workspace) -> list[object]:
        site.configure(EVERYTHING)
        fill(site)
        kept = Kept(site, EVERYTHING)
        first = kept.syncer.read_generation()
        change(site)
        kept.sync(NOW + timedelta(hours=1))
        with kept.index.reading() as connection:
            channels, pages = overview.read_channels(connection), ArticleReader(connection)
            answers: list[object] = [
                [channel._replace(key=0) for channel in channels],
                list(overview.read_problems(connection)),
                overview.count_file_states(connection),
                overview.find_files(connection, ("unpublished", "future", "faulty"), 100)[0].state,
                sorted(row.path for row in overview.find_files(connection, ("unpublished", "future"), 100)),
                overview.find_shadowed_files(connection),
                overview.find_shared_links(connection),
                read_article_pages(connection),
                [pages.find_page(page) for page, _ in read_article_pages(connection)],
                pages.find_page("a\0b"),
                list(contents.read_shown_articles(connection)),
            ]
            for channel in channels:
                answers += [
                    contents.read_channel_articles(connection, channel.key, 5),
                    contents.read_best_articles(connection, channel.key, NOW - timedelta(days=9), 5),
                    contents.read_best_entries(connection, channel.key, "rss", None, 3),
                    contents.read_deleted_entries(connection, channel.key),
                    sorted(contents.find_changed_ranks(connection, channel.key, first)),
                    contents.find_news(connection, channel.key, first),
                    contents.find_touched(connection, channel.key, first),
                    contents.read_vocabulary(connection, channel.key, 50),
                    weeks.count_years(connection, [channel.key], NOW)[channel.key],
                    overview.find_member_path(connection, channel.key),
                    list(islice(contents.stream_channel_articles(connection, channel.key, 100), 2)),
                ]
        kept.index.close()
        return answers

    first, second = map(asked, pair(tmp_path, postgres))
    assert len(first) > 200
    assert first == second


WORDS = (
    "deep learning", "learning deep", "cafe", "CAFÉ roses", "naïve", "Straße", "STRASSE", "istanbul", "Ünïcode", "don't",
    "e-mail", "C++", "東京", "привет", "Привет", "йод", "ﬁne", "🤖", "x²", "a.b", "3.14", "http://example.org/a?b=c", "ǘ", "ς σ",
    "in", "AND", "NOT roses", "*", "AND OR NEAR", 'deep" OR "x', "' ; DROP TABLE words", "\\", "%", "_",
)  # fmt: skip
TEXTS = (
    "Deep learning, for cafés & roses", "Learning deep water", "A naive Strasse in İstanbul", "naïve Straße in Istanbul",
    "Ünïcode: don’t send e-mail to c++ 東京", "Привет, йод; ПРИВЕТ", "ﬁne 🤖 robots x² a.b 3.14 and not or near",
    "see http://example.org/a?b=c%20_ \\ or \"quoted\" 'words'", "Ǘ ΟΔΟΣ οδός ςσ", "deep", "deep " * 300 + "learning",
)  # fmt: skip


def test_a_site_without_articles_can_be_searched(either: Workspace) -> None:
    kept = Kept(either)
    update_search_words(kept.index)
    with kept.index.reading() as connection:
        assert Matches(connection).count(Query(((1,),), match=(TextSearch(("word",)),))) == 0


def test_whether_few_or_many_articles_have_the_words_the_answer_is_the_same(
    either: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(write_articles(either).config, NOW, search=True)
    asked = [
        "&".join(parts)
        for words in ("", "q=deep+learning", "q=about", "q=roses&q=lilies", "q=learning+-roses", "q=nowhere")
        for more in ("", "topic=AI&topic=Gardens", "exclude_topic=AI", "exclude_topic=AI&exclude_topic=Gardens",
                     "provider=gruen.example&exclude_topic=AI", "type=video", "topic=Gardens&exclude_topic=Gardens")
        if (parts := [one for one in (words, more) if one])
    ]  # fmt: skip
    with site.publisher.snapshot() as snapshot:
        for text in asked:
            query = queries.read(snapshot.router, text).channel.query
            assert query is not None
            found = []
            for few in (500, -1):
                monkeypatch.setattr(matches, "_FEW", few)
                found_by = Matches(snapshot.connection)
                articles = found_by.read_articles(query, 50)
                assert found_by.count(query) == len(articles), (text, few)
                found.append([article.id for article in articles])
            assert found[0] == found[1], text
            # Archive documents, of which the older ones are counted from the oldest article.
            count = len(found[0])
            every = found_by.read_entries(query, "atom", (0, count), count)
            assert len(every) == count, text
            for skip in range(0, count + 2, 2):
                rows = found_by.read_entries(query, "atom", (skip, 3), count)
                assert rows == every[skip : skip + 3], (text, skip)


def test_a_search_finds_the_same(tmp_path: Path, postgres: Postgres) -> None:
    def found(site: Workspace) -> list[int]:
        for n, text in enumerate(TEXTS):
            parts = dict(zip(("title", "excerpt", "body"), (f"T{n}", "", ""), strict=True)) | {
                ("title", "excerpt", "body")[n % 3]: text
            }
            site.article(f"n{n}", parts["body"], title=parts["title"], excerpt=parts["excerpt"])
        kept = Kept(site)
        update_search_words(kept.index)
        key = kept.channel("ai").key
        searches: list[tuple[TextSearch, ...]] = [
            (TextSearch((word,)),) for word in WORDS if any(map(str.isalnum, word))
        ]
        searches += [
            (TextSearch(("deep", "learning"), ("water",)),),
            (TextSearch(("deep",), ("deep learning", "learning deep")),),
            (TextSearch(("roses",)), TextSearch(("йод",), ("roses",))),
        ]
        with kept.index.reading() as connection:
            found_by = Matches(connection)
            numbers = [found_by.count(Query(((key,),), match=match)) for match in searches]
        kept.index.close()
        return numbers

    first, second = map(found, pair(tmp_path, postgres))
    assert sum(map(bool, first)) > 20
    assert first == second


def test_the_words_of_a_text_are_those_that_sqlite_finds_in_it() -> None:
    """Each letter, digit and sign that Unicode has since 2002 (3.2), but for four that it has grouped differently since."""
    signs = [
        sign
        for sign in map(chr, (*range(1, 0xD800), *range(0xE000, 0x30000)))
        if unicodedata.ucd_3_2_0.category(sign) != "Cn"
    ]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize = 'unicode61 remove_diacritics 2')")
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", ((ord(s), f"x{s}y") for s in signs))
        theirs: dict[int, list[str]] = {}
        for point, term in connection.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
            theirs.setdefault(point, []).append(term)
    assert len(signs) > 90_000
    assert {s for s in signs if split_words(f"x{s}y") != theirs[ord(s)]} == set("Ǡǡᢅᢆ")

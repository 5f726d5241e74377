"""One search for articles and feeds: what the application answers, and the index that a site of files is searched by."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from query_site import write_articles
from sites import NOW, Workspace, tree

from feeds.errors import IndexDamagedError
from feeds.index.word_index import read_cells
from feeds.index.write import word_parts
from feeds.lib import processes
from feeds.lib.text.folding import divide_for_search, fold_for_search
from feeds.publisher import search_files
from feeds.publisher.targets import SearchFile
from feeds.site import open_site
from feeds.web.app import create

HOSTILE = '<script>alert(1)</script> "quoted" & more'
LATIN = [
    "robot",
    "robots",
    "Zürich",
    "straße",
    "naïve",
    "café",
    "Ærø",
    "smørrebrød",
    "C++",
    "2024",
    "don't",
    "e.g.",
    "ﬁne",
    "İstanbul",
    "IJsselmeer",
    "x",
]
OTHERS = [
    "Привет",
    "приветы",
    "Ελλάς",
    "ΟΔΟΣ",
    "東京都",
    "京都大学",
    "カタカナ",
    "人工知能",
    "ภาษาไทย",
    "العربية",
    "مقالات",
    "שלום",
    "हिन्दी",
    "한국어",
    "𠮷野家",
    "AI時代",
]
TOPICS = ("Machine learning", "Straßenbahn", "機械学習")
VOCABULARY = [
    *LATIN,
    *OTHERS,
    *(f"{a}{b}{c}" for a in "bdk" for b in "aeo" for c in ("nd", "st", "lle", "pta")),
]

# As little as possible beside the search.
ALONE = '[feeds]\nformats = ["json"]\narchive = false\n'


class Found(NamedTuple):
    """What is searched of an article, in the order of the numbers."""

    title: str
    texts: str


class Files:
    """The index as its script reads it: this is the script in Python, without what it shows."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.texts = {
            path.removeprefix("search/index/"): body.decode().partition("\n")[2]
            for path, body in files.items()
            if path.startswith("search/index/")
        }
        self.start = json.loads(self.texts["start.txt"])

    def search(self, text: str) -> list[int]:
        words = list(dict.fromkeys(divide_for_search(text)))
        if not words:
            return []
        sets = []
        for word in words:
            is_short = len(word) == 1 and is_unspaced(word)
            is_last = is_open(text) and word == words[-1] and len(word) >= 3
            sets.append(self._look(word, is_prefix=is_short or is_last))
        everything = set.intersection(*(titles | others for titles, others in sets))
        in_title = set.intersection(*(titles for titles, _ in sets))
        return sorted(everything & in_title, reverse=True) + sorted(everything - in_title, reverse=True)

    def show(self, number: int) -> list[str]:
        size = self.start["size"]
        shown: list[str] = json.loads(self.texts[f"a-{number // size + 1}.txt"])[number % size]
        return shown

    def _look(self, word: str, *, is_prefix: bool) -> tuple[set[int], set[int]]:
        titles: set[int] = set()
        others: set[int] = set()
        name = self._file_of(word)
        assert (name in self.start["files"].split()) == (f"{name}.txt" in self.texts)
        for line in self.texts.get(f"{name}.txt", "").splitlines():
            own, first, second = line.split(" ")
            if own == word or (is_prefix and own.startswith(word)):
                titles |= set(decode(first))
                others |= set(decode(second))
        return titles, others

    def _file_of(self, word: str) -> str:
        depth = self.start["depth"]
        letters = word[: 2 - is_unspaced(word)]
        deep = 3 if depth == 2 and letters in self.start["divided"] else depth
        if not deep:
            return "w0-all"
        if deep == 1 and is_unspaced(word):
            return f"w1-_{ord(word[0]) // 64:x}_"
        signs = word[: deep - is_unspaced(word)]
        return f"w{deep}-" + "".join(
            s if s in "abcdefghijklmnopqrstuvwxyz0123456789" else f"_{ord(s):x}_" for s in signs
        )


def is_open(text: str) -> bool:
    """Return whether somebody may be typing the last word."""
    return unicodedata.category(text[-1])[0] in "LNM"


def is_unspaced(word: str) -> bool:
    return (
        re.match(
            "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\u9fff\U00020000-\U0003ffff]", word
        )
        is not None
    )


def decode(text: str) -> Iterator[int]:
    last = value = shift = 0
    for sign in text:
        bits = search_files._DIGITS.index(sign)  # noqa: SLF001 - the digits of the format
        value += (bits & 31) << shift
        shift += 5
        if bits < 32:
            last += value
            yield last
            value = shift = 0


def make_files(workspace: Workspace) -> Files:
    """Make the index of a site, without a tree."""
    publisher = open_site(workspace.config, NOW).publisher.for_files()
    found = {}
    with publisher.snapshot() as snapshot:
        for place in snapshot.list_places():
            if isinstance(place.target, SearchFile):
                document = snapshot.make(place.target)
                assert document is not None
                found[place.path] = document.body
    return Files(found)


def write_many(workspace: Workspace, number: int) -> list[Found]:
    chance = random.Random(number)  # noqa: S311 - the same articles each time

    def text(words: int) -> str:
        return " ".join(chance.choices(VOCABULARY, k=words))

    found = []
    for place in range(number):
        title, summary, topics = text(3), text(8), [chance.choice(TOPICS)]
        name = chance.choice(("Grün", "朝日新聞", "Ведомости"))
        provider = {"name": name, "domain": f"{chance.choice('abc')}.example.org"}
        workspace.article(
            f"a{place}", title=title, excerpt=summary, topics=topics, provider=provider,
            publishedDateTime=NOW - timedelta(hours=number - place),
        )  # fmt: skip
        found.append(Found(title, " ".join((summary, *topics, *provider.values()))))
    return found


@pytest.fixture(scope="module", params=["one file", "by one letter", "by two letters", "by three letters"])
def searched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Found], Files]:
    """A site with what it is searched for, and its index as sites of several sizes have it."""
    workspace = Workspace(tmp_path_factory.mktemp("searched") / "site")
    found = write_many(workspace, 120)
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "one file":
            patch.setattr(search_files, "_FEW", 10)
        if request.param in ("by two letters", "by three letters"):
            patch.setattr(search_files, "_MANY", 100)
        if request.param == "by three letters":
            patch.setattr(word_parts, "_LARGEST", 30)
        files = make_files(workspace)
    assert files.start["depth"] == {"one file": 0, "by one letter": 1}.get(request.param, 2)
    assert bool(files.start["divided"]) == (request.param == "by three letters")
    return found, files


def scan(found: list[Found], text: str) -> list[int]:
    """Find what a search should: article by article, without an index."""
    words = list(dict.fromkeys(divide_for_search(text)))

    def has(texts: str, word: str) -> bool:
        there = divide_for_search(texts)
        if (len(word) == 1 and is_unspaced(word)) or (is_open(text) and word == words[-1] and len(word) > 2):
            return any(one.startswith(word) for one in there)
        return word in there

    hits = [
        n for n, one in enumerate(found) if words and all(has(f"{one.title}\n{one.texts}", w) for w in words)
    ]
    return sorted(hits, key=lambda n: (not all(has(found[n].title, word) for word in words), -n))


WORDS = st.sampled_from(VOCABULARY).flatmap(lambda word: st.integers(1, len(word)).map(lambda n: word[:n]))


@given(st.lists(st.one_of(WORDS, st.text("aeknž東京 -", max_size=4)), max_size=3).map(" ".join))
def test_the_index_finds_exactly_what_a_plain_scan_finds(
    searched: tuple[list[Found], Files], text: str
) -> None:
    found, files = searched
    hits = files.search(text)
    assert hits == scan(found, text)
    for number in hits[:3]:
        assert files.show(number)[0] == found[number].title


def test_folding_ignores_case_accents_and_forms() -> None:
    alike = [
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδός"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "Fine"),
        ("É", "e"),
        ("ｆｕｌｌ", "full"),
    ]
    assert all(fold_for_search(one) == fold_for_search(other) for one, other in alike)
    assert divide_for_search("C++, e.g. “don't” 東京都 AI時代") == [
        "c",
        "e",
        "g",
        "don",
        "t",
        "東京",
        "京都",
        "都",
        "ai",
        "時代",
        "代",
    ]


@given(st.text())
def test_words_of_a_text_are_the_same_however_it_is_divided(text: str) -> None:
    """The way for ASCII is the way for all, and folding twice changes nothing."""
    assert divide_for_search(f"{text}\né")[:-1] == divide_for_search(text)
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)


def changed_files(workspace: Workspace, prefix: str = "") -> list[str]:
    outcome = workspace.freeze()
    return [path for path in outcome.written if path.startswith(f"search/index/{prefix}")]


def test_an_edit_rewrites_the_files_of_its_words_and_one_of_articles(
    either: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_files, "_FEW", 10)
    monkeypatch.setattr(search_files, "_MANY", 20)
    monkeypatch.setattr(word_parts, "_LARGEST", 40)
    either.configure(ALONE)
    write_many(either, 70)
    every = changed_files(either)
    assert len(every) > 40
    assert changed_files(either) == []
    either.article(
        "a60", title="Qualm", excerpt=None, topics=["Xylem"], publishedDateTime=NOW - timedelta(hours=10)
    )
    edited = changed_files(either, "w")
    assert {"search/index/w2-qu.txt", "search/index/w2-xy.txt"} <= set(edited)
    assert len(edited) < 40
    # A new one only has its own words, the last file of articles, and the number of all.
    either.article(
        "new", title="Qualm Zebra", topics=[], provider=None, publishedDateTime=NOW - timedelta(minutes=1)
    )
    assert sorted(changed_files(either)) == [
        "search/index/a-3.txt", "search/index/start.txt", "search/index/w2-qu.txt", "search/index/w2-ze.txt",
    ]  # fmt: skip
    # One that goes is forgotten.
    (either.articles / "a60.md").unlink()
    either.freeze()
    files = tree(either.output / "search" / "index")
    assert b"xylem" not in b"".join(files.values())
    assert "w2-xy.txt" not in files


@pytest.mark.slow
def test_after_any_edits_the_index_is_the_one_of_a_fresh_freeze(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(search_files, "_FEW", 10)
    monkeypatch.setattr(search_files, "_MANY", 45)
    monkeypatch.setattr(search_files, "_MOST_NEWER", 10)
    monkeypatch.setattr(word_parts, "_LARGEST", 40)
    monkeypatch.setattr(word_parts, "PART", 16)
    monkeypatch.setattr("feeds.index.word_index.PART", 16)
    workspace.configure(ALONE)
    chance = random.Random(5)  # noqa: S311 - the same edits each time
    write_many(workspace, 50)
    workspace.freeze()
    for turn in range(4):
        for _ in range(3):
            name, kind = f"a{chance.randrange(60)}", chance.choice(("edit", "edit", "move", "remove"))
            if kind == "remove":
                (workspace.articles / f"{name}.md").unlink(missing_ok=True)
                continue
            hours = chance.randrange(1, 60) if kind == "move" else turn + 1
            workspace.article(
                name,
                title=" ".join(chance.choices(VOCABULARY, k=3)),
                publishedDateTime=NOW - timedelta(hours=hours),
            )
        workspace.freeze()
        fresh = tmp_path / f"fresh{turn}"
        (workspace.folder / ".feeds").rename(tmp_path / f"index{turn}")
        workspace.freeze(output=fresh)
        assert tree(workspace.output / "search" / "index") == tree(fresh / "search" / "index")
        # The tree goes on with the index that knows it.
        (workspace.folder / ".feeds").rename(tmp_path / f"other{turn}")
        (tmp_path / f"index{turn}").rename(workspace.folder / ".feeds")


def test_words_found_in_several_processes_are_those_found_in_one(
    either: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_parts, "PART", 16)
    monkeypatch.setattr("feeds.index.word_index.PART", 16)
    write_many(either, 50)
    index = open_site(either.config, NOW).syncer.index
    asked: list[Sequence[int]] = []

    def map_noted(work: Any, parts: Sequence[int]) -> Any:
        asked.append(parts)
        return processes.map_in_processes(work, parts)

    def find_words(*, forked: bool) -> list[Any]:
        monkeypatch.setattr(processes, "can_fork", lambda: forked)
        with index.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = 'indexed'")
        with monkeypatch.context() as patch:
            patch.setattr(word_parts, "map_in_processes", map_noted)
            word_parts.update_word_parts(index)
        with index.reading() as connection:
            tables = ("word_parts", "word_part_keys", "word_cells")
            return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]

    assert find_words(forked=True) == find_words(forked=False)
    assert [list(parts) for parts in asked] == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cell", "../x"),
        ("cell", "a/"),
        ("cell", ""),
        ("cell", "abc"),
        ("divided", b'{"../x":1}'),
        ("divided", b"[1]"),
        ("generation", "x"),
    ],
)
def test_cells_that_no_sync_writes_are_a_damaged_index(
    workspace: Workspace, column: str, value: object
) -> None:
    workspace.article("a", title="Zebra", excerpt=None, topics=[], provider=None)
    index = open_site(workspace.config, NOW).syncer.index
    with index.writing() as connection:
        connection.execute(f"UPDATE word_cells SET {column} = ? WHERE cell = 'ze'", (value,))
    with pytest.raises(IndexDamagedError), index.reading() as connection:
        read_cells(connection)


def test_without_its_key_a_frozen_site_has_no_index_and_says_so_to_its_script(workspace: Workspace) -> None:
    workspace.configure("[pages]\nsearch = false\n")
    workspace.article("a")
    workspace.freeze()
    assert not (workspace.output / "search" / "index").exists()
    page = workspace.read("search/index.html")
    assert b"data-files>" in page
    workspace.configure()
    workspace.freeze()
    assert b"data-files data-index>" in workspace.read("search/index.html")
    assert (workspace.output / "search" / "index" / "start.txt").exists()


def test_a_site_of_files_says_where_its_feeds_are_if_there_is_no_script(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    page = html.fromstring(workspace.read("search/index.html"))
    assert "without JavaScript" in str(page.xpath("string(//noscript/p)"))
    assert page.xpath("string(//div[@id='browse']//a/@href)") == "../topics/"


# What the application answers.


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    workspace = write_articles(Workspace(tmp_path_factory.mktemp("served") / "site"))
    workspace.article("bad", title=HOSTILE, excerpt="About robots", topics=["AI"])
    return create(open_site(workspace.config, NOW, search=True).publisher).test_client()


def ask(client: FlaskClient, words: str) -> Any:
    return html.fromstring(client.get("/search/", query_string={"q": words}).data)


def titles(page: Any) -> list[str]:
    return [h3.text_content() for h3 in page.xpath("//div[@id='found']//h3")]


def test_the_application_finds_articles_by_title_summary_and_text_and_feeds(client: FlaskClient) -> None:
    assert titles(ask(client, "learning")) == ["Learning deep water", "About roses"]
    assert titles(ask(client, "lilies")) == ["About garten"]
    page = ask(client, "gardens")
    assert page.xpath("//div[@id='found']//ul[@class='feeds']/li/a/text()") == ["Gardens"]
    assert page.xpath("string(//p[@role='status'])") == "0 articles · 1 feed with “gardens”"
    assert (
        ask(client, "cafe roses").xpath("string(//p[@role='status'])")
        == "1 article · 0 feeds with “cafe roses”"
    )


def test_the_feed_of_a_search_is_one_click_away_and_has_the_same_articles(client: FlaskClient) -> None:
    page = ask(client, 'about -"robot arms"')
    shown = titles(page)
    for address in (
        *page.xpath("//link[@rel='alternate']/@href"),
        *page.xpath("//div[@class='address']/a/@href"),
    ):
        assert parse_qs(urlsplit(address).query) == {"q": ['about -"robot arms"']}
    (feed,) = page.xpath("//link[@type='application/feed+json']/@href")
    items = json.loads(client.get(f"/{feed.removeprefix('../')}").data)["items"]
    assert [item["title"] for item in items] == shown
    assert page.xpath("//a[starts-with(@href, '../build/?q=')]")
    assert page.xpath("//div[@class='actions']/details/summary/text()") == ["Subscribe"]


def test_only_a_search_page_without_words_is_for_search_engines(client: FlaskClient) -> None:
    empty = html.fromstring(client.get("/search/").data)
    assert not empty.xpath("//meta[@name='robots']")
    assert (
        empty.xpath("string(//meta[@name='description']/@content)")
        == "Find articles and feeds · Example News"
    )
    assert empty.xpath("string(//link[@rel='canonical']/@href)") == "https://feeds.example.org/search/"
    assert b"https://feeds.example.org/search/<" in client.get("/sitemap.xml").data
    for words in ("robots", "nothing like it", "-"):
        assert ask(client, words).xpath("string(//meta[@name='robots']/@content)") == "noindex"
    for words in ("", "  "):
        assert titles(ask(client, words)) == []
        assert not ask(client, words).xpath("//meta[@name='robots']")


def test_words_that_mean_nothing_are_explained(client: FlaskClient) -> None:
    page = ask(client, "-robots")
    assert "one at least must be there" in page.xpath("string(//p[@class='fault'])")
    assert titles(page) == []


def test_hostile_words_and_titles_are_text(client: FlaskClient) -> None:
    page = client.get("/search/", query_string={"q": f"robots {HOSTILE}"})
    assert b"<script>alert" not in page.data
    found = ask(client, "robots")
    assert [one for one in titles(found) if "alert(1)" in one or "quoted" in one]


def test_a_search_learns_of_an_edit(workspace: Workspace) -> None:
    workspace.article("a", title="Sundials")
    site = open_site(workspace.config, NOW, search=True)
    client = create(site.publisher).test_client()
    assert titles(ask(client, "sundials")) == ["Sundials"]
    assert titles(ask(client, "hourglasses")) == []
    workspace.article("a", title="Hourglasses")
    site.syncer.sync_all(NOW)
    site.publisher.refresh()
    assert titles(ask(client, "sundials")) == []
    assert titles(ask(client, "hourglasses")) == ["Hourglasses"]

"""A freeze of a change writes what a fresh freeze of the same state would, by the channels that it touches."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace
from sites import CONFIG, NOW, Workspace, tree

from feeds.channels.build import build
from feeds.channels.channel_set import Channels
from feeds.channels.leaders import MOST
from feeds.config.names import Names
from feeds.errors import StorageError
from feeds.freeze.manifest import Manifest
from feeds.index import open_index
from feeds.index.read import overview
from feeds.model import Channel, Document, Kind
from feeds.publisher.pages.crawlers import write_sitemap, write_sitemap_index
from feeds.publisher.pages.lists import find_candidates
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.publisher.targets import Target

FEW = 4


@pytest.fixture(autouse=True)
def _short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide lists after few channels, so that a small site has lists in parts."""
    for name in (
        "feeds.publisher.listings.FEEDS_IN_A_PART",
        "feeds.publisher.routes.FEEDS_IN_A_PART",
        "feeds.publisher.listings.LISTED_ON_A_PAGE",
        "feeds.publisher.routes.LISTED_ON_A_PAGE",
        "feeds.publisher.pages.lists.LISTED_ON_A_PAGE",
    ):
        monkeypatch.setattr(name, FEW)


class Changing:
    """A site, and changes of it that are chosen by chance: always the same ones for a number."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace = workspace
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.articles: dict[str, dict[str, Any]] = {}
        self.settings: dict[str, str] = {"compress": "[]", "topic": "", "language": "en", "limit": "5"}
        self.numbers = itertools.count()
        for _ in range(14):
            self.add()
        self.write()

    def add(self) -> None:
        number = next(self.numbers)
        chance = self.chance
        self.articles[f"a{number}"] = {
            "title": f"Title {number}",
            "publishedDateTime": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(2000)),
            "topics": [f"Topic {chance.randrange(9)}" for _ in range(2)],
            "provider": {"name": f"P{number % 6}", "domain": f"p{number % 6}.example"},
            "originalUrl": f"https://example.org/{number}" if chance.random() < 0.7 else None,
        }

    def remove(self) -> None:
        if len(self.articles) > 4:
            name = self.chance.choice(sorted(self.articles))
            del self.articles[name]
            (self.workspace.articles / f"{name}.md").unlink()

    def edit(self) -> None:
        self.articles[self.chance.choice(sorted(self.articles))]["title"] += " edited"

    def new_topic(self) -> None:
        self.articles[self.chance.choice(sorted(self.articles))]["topics"] = [f"New {next(self.numbers)}"]

    def move(self) -> None:
        fields = self.articles[self.chance.choice(sorted(self.articles))]
        fields["publishedDateTime"] += timedelta(hours=self.chance.randrange(-500, 500))

    def same_title(self) -> None:
        """Have a provider called as a topic is: lists of all feeds tell them apart."""
        self.articles[self.chance.choice(sorted(self.articles))]["provider"] = {
            "name": f"Topic {self.chance.randrange(9)}",
            "domain": f"p{self.chance.randrange(6)}.example",
        }

    def spell(self) -> None:
        self.articles[self.chance.choice(sorted(self.articles))]["topics"] = [
            "TOPIC 1",
            "topic  2",
            "Topic-3",
        ]

    def describe(self) -> None:
        number = self.chance.randrange(9)
        more = self.chance.choice(
            ("", 'parent = "Topic 1"\n', f'slug = "chosen-{number}"\n', "retired = true\n")
        )
        self.settings["topic"] = (
            f'[topics."Topic {number}"]\ndescription = "Text {next(self.numbers)}"\n{more}'
        )

    def speak(self) -> None:
        self.settings["language"] = self.chance.choice(("en", "de", "pl"))

    def limit(self) -> None:
        self.settings["limit"] = self.chance.choice(("3", "5", "50"))

    def compress(self) -> None:
        self.settings["compress"] = self.chance.choice(("[]", '["gzip"]', '["gzip", "br"]'))

    def hand(self) -> None:
        """Have somebody delete or change files of the tree."""
        files = sorted(path for path in self.workspace.output.rglob("*.*") if path.name != Manifest.NAME)
        path = self.chance.choice(files)
        if self.chance.random() < 0.5:
            path.unlink()
        else:
            path.write_bytes(b"changed by hand")

    def hand_folder(self) -> None:
        folders = sorted(path for path in self.workspace.output.rglob("*") if path.is_dir())
        shutil.rmtree(self.chance.choice(folders))

    def nothing(self) -> None:
        """Change nothing."""

    def write(self) -> None:
        settings = self.settings
        base = CONFIG.replace("[site]", f'[site]\nlanguage = "{settings["language"]}"')
        self.workspace.configure(
            f"[feeds]\nlimit = {settings['limit']}\npage_size = 3\n"
            f"[output]\ncompress = {settings['compress']}\n{settings['topic']}",
            base,
        )
        for name, fields in self.articles.items():
            self.workspace.article(name, body=f"Text of {name}.", **fields)


def compare_with_whole_build(workspace: Workspace) -> None:
    """Assert that the channels which follow from kept ones are those that are built of all rows."""
    config = workspace.config
    publisher = Publisher(config, open_index(config), served=False)
    with publisher.snapshot() as site:
        whole = build(config, Names(config), overview.read_channels(site.connection))
        assert site.channels == whole
        assert list(site.channels.by_path) == list(whole.by_path)
        every = [place.path for place in site.list_places()]
        for since in range(site.state.generation + 1):
            changes = site.list_changes(since, site.pictures.name, {})
            unchanged = list(changes.unchanged)
            assert len(changes.unchanged) == len(unchanged)
            assert sorted([*(place.path for place in changes.places), *unchanged]) == sorted(every)


OF_ARTICLES = ("add", "remove", "edit", "new_topic", "move", "same_title", "spell")
OF_THE_SITE = ("describe", "speak", "limit", "compress", "hand", "hand_folder", "nothing")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_after_any_changes_a_tree_is_what_a_fresh_freeze_makes(workspace: Workspace, seed: int) -> None:
    site = Changing(workspace, seed)
    workspace.freeze()
    for step in range(6):
        wanted = OF_ARTICLES if step % 3 else OF_THE_SITE
        made = [site.chance.choice(wanted) for _ in range(site.chance.randrange(1, 3))]
        for name in made:
            getattr(site, name)()
        site.write()
        now = NOW + timedelta(days=20 * step)
        workspace.freeze(now)
        compare_with_whole_build(workspace)
        fresh = workspace.folder / f"fresh-{step}"
        workspace.freeze(now, output=fresh)
        assert tree(workspace.output) == tree(fresh), (step, made)
        assert workspace.freeze(now).written == [], (step, made)


def test_after_a_wrong_clock_channels_have_the_dates_of_the_index(workspace: Workspace) -> None:
    workspace.article("a", topics=["One"])
    workspace.article("b", topics=["Two"])
    ahead = NOW + timedelta(days=300)
    workspace.freeze(ahead)
    compare_with_whole_build(workspace)
    workspace.article("b", topics=["Two"], title="Edited")
    workspace.freeze(NOW + timedelta(days=1))
    compare_with_whole_build(workspace)


def test_an_edit_renders_no_list_that_would_say_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        workspace.article(f"a{number}", topics=[f"Topic {number}"], body="Text.")
    workspace.freeze()
    made: list[str] = []
    make = Snapshot.make

    def note(site: Snapshot, target: Target) -> Document | None:
        made.append(target.path)
        return make(site, target)

    monkeypatch.setattr(Snapshot, "make", note)
    workspace.article("a3", topics=["Topic 3"], body="Another text.")
    workspace.freeze()
    lists = {"topics/", "feeds.json", "feeds.opml", "search/feeds.json", "sitemap.xml"}
    assert "topics/topic-3.atom" in made
    assert not [path for path in made if path in lists or "/page/" in path or path.startswith("feeds-")]
    made.clear()
    workspace.article("new", topics=["Topic 3"])
    workspace.freeze()
    # The counts of one topic, of the provider and of all articles.
    assert lists - {"topics/"} <= set(made)
    assert len([path for path in made if path.startswith("topics/page/") or path == "topics/"]) == 1


def test_a_freeze_to_which_nothing_is_new_looks_at_no_channel(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.article("a")
    workspace.freeze()
    kept = {path: path.stat().st_mtime_ns for path in workspace.output.rglob("*")}
    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "make_router", None)
        outcome = workspace.freeze()
    files = {path.relative_to(workspace.output).as_posix() for path in kept if path.is_file()}
    assert (sorted(outcome.kept), outcome.written) == (sorted(files - {Manifest.NAME}), [])
    assert {path: path.stat().st_mtime_ns for path in workspace.output.rglob("*")} == kept


@pytest.mark.parametrize("file", ["_headers", "feed.xml", "topics/ai.rss", "all.atom.gz"])
def test_what_somebody_changed_in_a_folder_is_seen_though_nothing_is_new(
    workspace: Workspace, file: str
) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]\n')
    workspace.article("a")
    workspace.freeze()
    before = tree(workspace.output)
    (workspace.output / file).write_bytes(b"# Written by `feeds freeze`: changes to this file are lost.\n")
    workspace.freeze()
    after = tree(workspace.output)
    # A file of a host that is no longer named goes; one that nobody knows stays.
    after.pop("feed.xml", None)
    assert after == before


def test_the_list_for_programs_is_in_parts_and_each_names_the_next(workspace: Workspace) -> None:
    for number in range(7):
        workspace.article(f"a{number}", topics=[f"Topic {number}"])
    workspace.freeze()
    base = "https://feeds.example.org/"
    path, seen = "feeds.json", []
    while path:
        part = json.loads(workspace.read(path))
        assert 0 < len(part["feeds"]) <= FEW
        seen += [feed["page_url"].removeprefix(base) for feed in part["feeds"]]
        path = part.get("next", "").removeprefix(base)
    assert sorted(seen) == sorted(
        ["all/", "providers/example.org/", *(f"topics/topic-{number}/" for number in range(7))]
    )
    assert not (workspace.output / f"feeds-{len(seen) // FEW + 2}.json").exists()


def test_the_list_for_readers_is_what_an_xml_library_writes(workspace: Workspace) -> None:
    titles = ("R&D", "<b>Bold</b>", 'Say "hello"', "C++", "Łódź 😀", "AT&amp;T", "x" * 300)
    workspace.configure('[topics."C++"]\ndescription = "A & B, the \\"C++\\" of\\tall"\n')
    workspace.article("a", topics=list(titles))
    workspace.freeze()
    written = workspace.read("feeds.opml")
    parsed = etree.fromstring(written, etree.XMLParser(remove_blank_text=True)).getroottree()
    again = etree.tostring(parsed, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    assert again == written


def test_a_sitemap_is_what_an_xml_library_writes() -> None:
    address = "https://feeds.example.org/a?b=c&d=\u00e9'\"<>"
    for written in (write_sitemap([(address, NOW), ("x", None)]), write_sitemap_index([(address, NOW)])):
        parsed = etree.fromstring(written)
        assert parsed.findtext("*/{*}loc") == address
        assert etree.tostring(parsed.getroottree(), encoding="UTF-8", xml_declaration=True) == written


def test_a_file_is_noticed_that_is_in_the_place_of_a_new_one(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    foreign = workspace.output / "topics/new.atom"
    foreign.write_bytes(b"mine")
    workspace.article("b", topics=["New"])
    with pytest.raises(StorageError, match=r"topics/new\.atom: is in the way"):
        workspace.freeze()
    foreign.unlink()
    (workspace.folder / "elsewhere").mkdir()
    (workspace.output / "topics/new").symlink_to(workspace.folder / "elsewhere")
    with pytest.raises(StorageError, match="topics/new: is a link"):
        workspace.freeze()


def test_what_a_killed_freeze_left_goes_with_the_next_that_writes_there(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    left = workspace.output / "topics/.feeds-new-999999999-ai.atom"
    left.write_bytes(b"half")
    workspace.article("a", title="Another")
    workspace.freeze()
    assert not left.exists()


def test_channels_that_somebody_else_wrote_beside_the_index_are_not_used(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    kept = workspace.config.index_path.with_suffix(".channels")
    assert kept.stat().st_mode & 0o077 == 0
    body = kept.read_bytes()
    for changed in (b"", body[:-1], body.replace(b"topics/ai", b"../../ai"), body.replace(b"AI", b"XX")):
        assert changed != body
        kept.write_bytes(changed)
        compare_with_whole_build(workspace)
    kept.unlink()
    kept.mkdir()
    assert workspace.freeze().written == []


LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _make_channels(count: int, rng: random.Random) -> Channels:
    """Channels of which many have as many articles and as new ones as others."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    kinds: Sequence[Kind] = ("feeds", "topics", "providers", "tags")
    by_path = {}
    for number in rng.sample(range(10 * count), count):
        kind, newest = rng.choice(kinds), rng.choice([None, *(start + timedelta(days=n) for n in range(9))])
        path = f"{kind}/{number}"
        by_path[path] = Channel(kind, str(number), path, "", count=rng.randrange(4), newest=newest)
    return Channels(by_path, {}, (), frozenset(), {}, "en")


@pytest.mark.parametrize("count", [0, 1, 50, 400, 2000])
def test_the_front_page_chooses_among_the_largest_and_newest_of_each_kind(count: int) -> None:
    channels = _make_channels(count, random.Random(count))  # noqa: S311 - no secret
    chosen = {channel.path for channel in find_candidates(channels)}
    expected = set()
    for kind in ("feeds", "topics", "providers"):
        shown = [one for one in channels.list_kind(kind) if kind != "providers" or one.count > 1]
        by_size = sorted(shown, key=lambda one: (-one.count, one.path))
        by_time = sorted(shown, key=lambda one: (one.newest or LONG_AGO, one.path), reverse=True)
        expected |= {one.path for one in (*by_size[:40], *by_time[:40])}
    assert chosen == expected


@pytest.mark.parametrize("number", range(3))
def test_the_first_channels_and_orders_of_a_state_that_follows_are_those_of_all(number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - no secret
    channels = _make_channels(500, chance)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for _ in range(60):
        by_path = dict(channels.by_path)
        # Rather those that are first change, and they gain or lose.
        first = [one.path for one in find_candidates(channels)]
        changed = {*chance.sample(first, 3), *chance.sample(sorted(by_path), 5)}
        for path in changed:
            newest = chance.choice([None, *(start + timedelta(days=n) for n in range(12))])
            count, last = chance.randrange(1, 5), start + timedelta(days=chance.randrange(9))
            by_path[path] = replace(by_path[path], count=count, newest=newest, changed=last)
        if chance.random() < 0.3:
            # Several have one title, and orders differ.
            path = min(changed)
            by_path[path] = replace(by_path[path], title=chance.choice("abcdé"))
        channels = channels.follow(by_path, changed)
        fresh = Channels(by_path, {}, (), frozenset(), {}, "en")
        # A state of which nobody asked for a page.
        if chance.random() < 0.3:
            continue
        assert find_candidates(channels) == find_candidates(fresh)
        assert channels.latest_change == fresh.latest_change
        assert channels.shared_titles == fresh.shared_titles
        for kind in ("feeds", "topics", "providers", "tags"):
            assert channels.list_sorted(kind) == fresh.list_sorted(kind)


def test_after_an_edit_only_channels_that_were_first_or_changed_are_looked_at(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(45):
        workspace.article(f"a{number}", topics=[f"Topic {number}"])
    workspace.freeze()
    publisher = Publisher(workspace.config, open_index(workspace.config))
    with publisher.snapshot() as site:
        assert len(find_candidates(site.channels)) > MOST
    workspace.article("a3", topics=["Topic 3", "Topic 4"])
    later = NOW + timedelta(days=1)
    workspace.freeze(later)
    with publisher.snapshot() as site:
        fresh = Channels(site.channels.by_path, {}, (), frozenset(), {}, "en")
        expected = fresh.find_newest("topics"), fresh.find_largest("topics")
        monkeypatch.setattr("feeds.channels.leaders._FIND", {})
        assert (site.channels.find_newest("topics"), site.channels.find_largest("topics")) == expected
        assert site.router.newest_change == fresh.latest_change == later

"""`feeds pull`, `feeds keep`, `feeds drop`: a planet of ten feeds on this machine, and whatever sources do."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sites import CONFIG, Workspace
from waiting import PATIENCE
from web_pages import Answer, Pages, serve_pages

from feeds.articles.frontmatter import load_fast
from feeds.collect.fetch import Fetcher
from feeds.collect.known import read_dropped
from feeds.collect.pull import Pulled, pull_sources
from feeds.collect.source_state import compute_delay
from feeds.errors import FeedsError

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def web() -> Iterator[Pages]:
    with serve_pages() as pages:
        yield pages


@pytest.fixture
def pages(web: Pages, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """The server without answers, that may be asked without pauses, and be as slow as a busy machine."""
    web.answers.clear()
    web.requests.clear()
    assert Fetcher.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Fetcher.__init__.__kwdefaults__, "pause", 0)
    monkeypatch.setitem(Fetcher.__init__.__kwdefaults__, "seconds", PATIENCE)
    return web


def rss(*entries: str, head: str = "<title>Salt</title><link>{root}/</link>") -> str:
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def entry(name: str, day: int = 1, more: str = "") -> str:
    date = f"<pubDate>{day:02} May 2024 10:00:00 +0200</pubDate>" if day else ""
    return f"<title>About {name}</title><link>{{root}}/{name}</link><guid>{{root}}/{name}</guid>{date}{more}"


def configure(workspace: Workspace, pages: Pages, **sources: str) -> None:
    """Name sources with their further lines; the feed of each is below its name."""
    workspace.configure(
        "\n".join(
            f'[sources.{name}]\nurl = "{pages.root}/{name}.xml"\n{more}' for name, more in sources.items()
        )
    )


def pull(workspace: Workspace, *names: str, now: datetime = NOW, dry_run: bool = False) -> dict[str, Pulled]:
    fetcher = Fetcher("https://feeds.example.org/", allow_private=True)
    return {one.name: one for one in pull_sources(workspace.config, names, now, fetcher, dry_run=dry_run)}


def titles(found: Mapping[str, Pulled]) -> list[str]:
    return [draft.title for one in found.values() for draft in one.written]


PLANET = {
    "rss": rss(entry("one"), entry("two", 2)),
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title><id>urn:a</id><entry><title type="html">Cats &amp;amp;'
    ' &lt;b&gt;dogs&lt;/b&gt;</title><id>urn:a:1</id><link href="{root}/cats"/><updated>2024-05-03T10:00:00Z</updated></entry></feed>',
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1", "title": "Json",
            "items": [{"id": "1", "url": "https://json.example/1", "title": "Json one", "date_published": "2024-05-04T00:00:00Z"}],
        }
    ),
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Rdf</title><link>{root}/</link></channel>'
    "<item><title>Rdf one</title><link>{root}/rdf-one</link><dc:date>2024-05-05</dc:date></item></rdf:RDF>",
    "base": '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{root}/deep/"><title>Base</title><id>urn:b</id><entry>'
    '<title>Relative</title><id>urn:b:1</id><link href="a/b"/><updated>2024-05-06T10:00:00Z</updated></entry></feed>',
    "undated": rss(entry("undated", 0)),
    "future": rss(entry("future").replace("2024", "2099")),
    "pod": rss(entry("pod", 7, '<enclosure url="{root}/a.mp3" type="audio/mpeg" length="9"/>')),
    "untitled": rss("<description>Just a note.</description><link>{root}/note</link><pubDate>08 May 2024 10:00:00 GMT</pubDate>"),
    "big": rss(*(entry(f"big-{n}", n % 28 + 1) for n in range(1000))),
}  # fmt: skip


@pytest.mark.slow
def test_a_planet_of_ten_feeds_is_pulled_kept_dropped_and_published(
    workspace: Workspace, pages: Pages
) -> None:
    for name, text in PLANET.items():
        pages.put(f"/{name}.xml", text, "application/xml", headers={"ETag": f'"{name}"'})
    configure(workspace, pages, **dict.fromkeys(PLANET, 'topics = ["Planet"]\nmax = 2'))
    done = workspace.run("pull", "--allow-private")
    assert (done.returncode, done.stderr) == (0, "")
    drafts = sorted((workspace.articles / "drafts").rglob("*.md"))
    assert len(drafts) == 12
    assert "rss: 2 new\n" in done.stdout
    assert "  articles/drafts/atom/2024-05-03-cats-and-dogs.md  Cats & dogs\n" in done.stdout
    workspace.freeze(NOW)
    assert b"<entry>" not in workspace.read("all.atom")
    assert workspace.problems() == []

    assert "big: 2 new (left out: 998 beyond max)\n" in done.stdout
    again = workspace.run("pull", "--allow-private")
    assert again.stdout == "".join(f"{name}: nothing new\n" for name in PLANET)
    sent = [headers.get("if-none-match") for _, headers in pages.requests]
    assert sent[:10] == [None] * 10
    assert set(sent[10:]) == {f'"{name}"' for name in PLANET}

    names = [draft.relative_to(workspace.folder).as_posix() for draft in drafts]
    kept = workspace.run("keep", *[name for name in names if "/rss/" in name or "/pod/" in name])
    dropped = workspace.run("drop", *[name for name in names if "/rdf/" in name or "/base/" in name])
    assert (kept.returncode, dropped.returncode) == (0, 0)
    assert "Kept: articles/2024-05-01-about-one.md\n" in kept.stdout
    assert len(read_dropped(workspace.config)) == 2
    assert sorted(path.name for path in workspace.articles.glob("*.md")) == [
        "2024-05-01-about-one.md", "2024-05-02-about-two.md", "2024-05-07-about-pod.md",
    ]  # fmt: skip
    workspace.freeze(NOW)
    assert b"About two" in workspace.read("topics/planet.atom")

    # Nothing comes again, though nothing is remembered.
    workspace.config.pulled_path.unlink()
    others = [name for name in PLANET if name != "big"]
    third = workspace.run("pull", "--allow-private", *others)
    assert third.stdout == "".join(f"{name}: nothing new\n" for name in others)


def test_a_draft_says_all_that_the_entry_says_and_is_read_without_a_problem(
    workspace: Workspace, pages: Pages
) -> None:
    pages.put(
        "/a.xml",
        rss(entry("one", 1, "<description>&lt;p&gt;Short&lt;/p&gt;</description><category>x</category>")),
    )
    configure(workspace, pages, a='topics = ["AI", "no"]')
    ((draft,),) = (one.written for one in pull(workspace).values())
    assert (
        draft.file.read_text()
        == f"""\
---
title: "About one"
excerpt: "Short"
publishedDateTime: 2024-05-01T08:00:00Z
draft: true
topics:
  - "AI"
  - "no"
originalUrl: "{pages.root}/one"
provider:
  name: "Salt"
  domain: "127.0.0.1"
tags:
  - "x"
---
"""
    )
    matter = draft.file.read_text().strip("-\n") + "\n"
    assert load_fast(matter) == yaml.safe_load(matter)


def test_words_and_exclude_choose_whole_words_whatever_their_case_and_accents(
    workspace: Workspace, pages: Pages
) -> None:
    names = ["AI wins", "Maintain", "Cafe open", "Sponsored AI", "使用人工智能", "AI用", "open\n source"]
    pages.put("/a.xml", rss(*(entry(str(n)).replace(f"About {n}", name) for n, name in enumerate(names))))
    configure(
        workspace, pages, a='words = ["ai", "Café", "人工智能", "open source"]\nexclude = ["SPONSORED"]'
    )
    assert sorted(titles(pull(workspace))) == ["AI wins", "AI用", "Cafe open", "open source", "使用人工智能"]


def test_max_is_the_newest_of_the_feed_so_that_nothing_older_trickles_in(
    workspace: Workspace, pages: Pages
) -> None:
    old = [entry(f"old-{n}", n) for n in range(1, 9)]
    pages.put("/a.xml", rss(*old))
    configure(workspace, pages, a="max = 2")
    first = pull(workspace)
    assert (titles(first), first["a"].cut) == (["About old-8", "About old-7"], 6)
    pages.put("/a.xml", rss(*old, entry("new", 20)))
    second = pull(workspace)
    assert (titles(second), second["a"].cut) == (["About new"], 0)


def test_a_source_with_more_new_entries_than_max_says_how_many_are_left_out(
    workspace: Workspace, pages: Pages
) -> None:
    old = [entry(f"old-{n}", n) for n in range(1, 4)]
    configure(workspace, pages, a="max = 2")
    pages.put("/a.xml", rss(*old[:2]))
    assert workspace.run("pull", "--allow-private").stdout.startswith("a: 2 new\n")
    pages.put(
        "/a.xml", rss("<title>Nothing else</title>", *old, *(entry(f"new-{n}", 20 + n) for n in range(5)))
    )
    assert workspace.run("pull", "--allow-private").stdout.startswith(
        "a: 2 new (left out: 1 without a title or an address, 4 beyond max)\n"
    )


def test_a_date_in_the_future_does_not_keep_newer_entries_out(workspace: Workspace, pages: Pages) -> None:
    future = [entry(f"future-{n}").replace("2024", "2099") for n in range(2)]
    pages.put("/a.xml", rss(entry("now", 0), *future))
    configure(workspace, pages, a="max = 1")
    assert titles(pull(workspace)) == ["About now"]


def test_an_entry_without_a_date_is_a_draft_in_any_case_with_the_time_of_the_pull(
    workspace: Workspace, pages: Pages
) -> None:
    pages.put("/a.xml", rss(entry("undated", 0), entry("dated")))
    configure(workspace, pages, a="draft = false")
    undated, dated = sorted(
        (one.file for one in pull(workspace)["a"].written), key=lambda file: "drafts" not in str(file)
    )
    assert dated.parent == workspace.articles
    assert "draft: true" not in dated.read_text()
    text = undated.read_text()
    assert "publishedDateTime: 2024-06-01T12:00:00Z   # the feed has no date that can be read" in text
    assert "draft: true" in text


def test_entries_that_cannot_be_articles_are_counted_and_left_out(workspace: Workspace, pages: Pages) -> None:
    pages.put("/a.xml", rss("<title>Only a title</title>", "<link>{root}/only</link>", entry("whole")))
    configure(workspace, pages, a="")
    found = pull(workspace)["a"]
    assert ([one.title for one in found.written], found.skipped) == (["About whole"], 2)


def test_an_entry_whose_id_or_address_changes_does_not_come_again(workspace: Workspace, pages: Pages) -> None:
    pages.put("/a.xml", rss("<title>A</title><link>{root}/a</link><guid isPermaLink='false'>x:1</guid>"))
    configure(workspace, pages, a="")
    assert titles(pull(workspace)) == ["A"]
    pages.put("/a.xml", rss("<title>A</title><link>{root}/a</link><guid isPermaLink='false'>x:2</guid>"))
    assert titles(pull(workspace)) == []
    pages.put(
        "/a.xml", rss("<title>A!</title><link>{root}/a-renamed</link><guid isPermaLink='false'>x:2</guid>")
    )
    assert titles(pull(workspace)) == []


def test_a_feed_whose_entries_have_all_the_same_id_loses_none(workspace: Workspace, pages: Pages) -> None:
    def same(*names: str) -> str:
        return rss(
            *(f"<title>{n}</title><link>{{root}}/{n}</link><guid isPermaLink='false'>1</guid>" for n in names)
        )

    pages.put("/a.xml", same("A", "B", "Old"))
    configure(workspace, pages, a="max = 2")
    first = pull(workspace)
    assert (titles(first), first["a"].cut) == (["A", "B"], 1)
    pages.put("/a.xml", same("C", "A", "B", "Old"))
    second = pull(workspace)
    assert (titles(second), second["a"].cut) == (["C"], 0)


def test_what_two_sources_have_comes_once(workspace: Workspace, pages: Pages) -> None:
    pages.put("/a.xml", rss(entry("one")))
    pages.put("/b.xml", rss(entry("one"), entry("two")))
    configure(workspace, pages, a="", b="")
    assert titles(pull(workspace)) == ["About one", "About two"]


def test_a_changed_table_in_the_configuration_asks_for_the_whole_feed(
    workspace: Workspace, pages: Pages
) -> None:
    pages.put(
        "/a.xml",
        rss(entry("one"), entry("two")),
        headers={"ETag": '"1"', "Last-Modified": "Wed, 01 May 2024 10:00:00 GMT"},
    )
    configure(workspace, pages, a='words = ["one"]')
    assert titles(pull(workspace)) == ["About one"]
    assert titles(pull(workspace)) == []
    assert pages.requests[-1][1]["if-modified-since"] == "Wed, 01 May 2024 10:00:00 GMT"
    configure(workspace, pages, a="")
    assert titles(pull(workspace)) == ["About two"]
    assert "if-none-match" not in pages.requests[-1][1]


def test_a_source_that_fails_is_one_line_and_the_others_go_on(workspace: Workspace, pages: Pages) -> None:
    pages.put(
        "/page.xml",
        '<html><head><link rel="alternate" type="application/atom+xml" href="/feed"></head></html>',
    )
    pages.put("/garbage.xml", b"\x00\x01\x02")
    pages.put(
        "/half.xml", gzip.compress(rss(entry("one")).encode())[:-20], headers={"Content-Encoding": "gzip"}
    )
    pages.put("/good.xml", gzip.compress(rss(entry("two")).encode()), headers={"Content-Encoding": "gzip"})
    pages.answers["/broken.xml"] = Answer(status=500)
    configure(workspace, pages, page="", garbage="", half="", missing="", broken="", good="")
    done = workspace.run("pull", "--allow-private")
    assert done.returncode == 1
    assert done.stdout.startswith("good: 1 new\n")
    page, garbage, half, missing, broken = done.stderr.splitlines()
    assert page == f"page: {pages.root}/page.xml is a page, not a feed. It names: {pages.root}/feed"
    assert garbage == f"garbage: {pages.root}/garbage.xml is not a feed that can be read."
    assert half.startswith(f"half: {pages.root}/half.xml: the connection ended in the middle.")
    assert (
        missing
        == f"missing: {pages.root}/missing.xml: the server answered 404 Not Found. Has the feed another address now?"
    )
    assert broken == f"broken: {pages.root}/broken.xml: the server answered 500 Internal Server Error."


def test_a_server_that_hangs_or_does_not_listen_is_one_line(workspace: Workspace, pages: Pages) -> None:
    pages.put("/good.xml", rss(entry("one")))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        workspace.configure(
            f'[sources.silent]\nurl = "http://127.0.0.1:{port}/"\n[sources.nobody]\nurl = "http://127.0.0.1:1/"\n'
            f'[sources.good]\nurl = "{pages.root}/good.xml"'
        )
        # A busy machine may need more than the least time for the good one; on the next day, each is asked again.
        for day, seconds in enumerate((0.3, 3, 30)):
            fetcher = Fetcher("https://feeds.example.org/", allow_private=True, seconds=seconds)
            found = {one.name: one for one in pull_sources(workspace.config, (), NOW + day * DAY, fetcher)}
            if not found["good"].failure:
                break
    assert "did not answer in time" in found["silent"].failure
    assert "cannot be reached" in found["nobody"].failure
    assert titles(found) == ["About one"]


def test_private_networks_are_asked_only_if_that_is_meant(workspace: Workspace, pages: Pages) -> None:
    configure(workspace, pages, a="")
    done = workspace.run("pull")
    assert (done.returncode, pages.requests) == (1, [])
    assert "--allow-private" in done.stderr


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_unless_the_source_is_named(
    workspace: Workspace, pages: Pages, status: int
) -> None:
    pages.answers["/a.xml"] = Answer(status=status, headers={"Retry-After": "7200"})
    configure(workspace, pages, a="")
    assert "It is asked again after 2024-06-01 14:00 UTC." in pull(workspace)["a"].failure
    pages.put("/a.xml", rss(entry("one")))
    waiting = pull(workspace, now=NOW + timedelta(minutes=119))["a"]
    assert waiting.failure.endswith("It is asked again after 2024-06-01 14:00 UTC, or by `feeds pull a`.")
    assert len(pages.requests) == 1
    assert titles(pull(workspace, now=NOW + timedelta(minutes=121))) == ["About one"]
    pages.answers["/a.xml"] = Answer(status=status, headers={"Retry-After": "7200"})
    pull(workspace, now=NOW + DAY)
    pull(workspace, "a", now=NOW + DAY)
    assert len(pages.requests) == 4


def test_a_source_that_fails_for_days_is_asked_ever_less_often(workspace: Workspace, pages: Pages) -> None:
    configure(workspace, pages, a="")
    for hour in range(0, 24 * 10, 8):
        pull(workspace, now=NOW + timedelta(hours=hour))
    assert len(pages.requests) < 12
    assert [compute_delay(n) / 3600 for n in (1, 2, 3, 4, 10, 10_000)] == [0, 1, 2, 4, 48, 48]
    pages.put("/a.xml", rss(entry("one")))
    assert titles(pull(workspace, "a", now=NOW + 10 * DAY)) == ["About one"]
    assert pull(workspace, now=NOW + 10 * DAY)["a"].failure == ""


def test_a_machine_that_is_offline_holds_it_against_no_source(workspace: Workspace, pages: Pages) -> None:
    workspace.configure(
        '[sources.a]\nurl = "http://127.0.0.1:1/a"\n[sources.b]\nurl = "http://127.0.0.1:1/b"'
    )
    for hour in range(10):
        found = pull(workspace, now=NOW + timedelta(hours=hour))
        assert all("cannot be reached" in one.failure for one in found.values())
        assert not any("asked again" in one.failure for one in found.values())
    pages.put("/good.xml", rss(entry("one")))
    workspace.configure(
        f'[sources.a]\nurl = "http://127.0.0.1:1/a"\n[sources.good]\nurl = "{pages.root}/good.xml"'
    )
    pull(workspace)
    assert "It is asked again after" in pull(workspace)["a"].failure


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_has_moved_for_good_is_asked_there_and_told(
    workspace: Workspace, pages: Pages, status: int
) -> None:
    target = pages.put("/new.xml", rss(entry("one")), headers={"ETag": '"1"'})
    pages.redirect("/a.xml", target, status)
    configure(workspace, pages, a="")
    told = f"a: has moved to {target} for good. Change url in [sources.a]."
    assert pull(workspace)["a"].moved == told
    assert pull(workspace)["a"].moved == told
    assert [path for path, _ in pages.requests] == ["/a.xml", "/new.xml", "/new.xml"]
    del pages.answers["/new.xml"]
    pages.put("/a.xml", rss(entry("two")))
    assert pull(workspace)["a"].failure
    assert titles(pull(workspace)) == ["About two"]


def test_a_feed_that_is_elsewhere_for_now_keeps_its_address(workspace: Workspace, pages: Pages) -> None:
    pages.redirect("/a.xml", pages.put("/now.xml", rss(entry("one"))), 302)
    configure(workspace, pages, a="")
    assert pull(workspace)["a"].moved == ""
    pull(workspace)
    assert [path for path, _ in pages.requests] == ["/a.xml", "/now.xml"] * 2


def test_a_feed_that_is_gone_is_told_and_not_asked_until_its_url_changes(
    workspace: Workspace, pages: Pages
) -> None:
    pages.answers["/a.xml"] = Answer(status=410)
    configure(workspace, pages, a="")
    for days in (0, 1, 100):
        found = pull(workspace, now=NOW + days * DAY)["a"]
        assert (
            found.failure
            == f"a: {pages.root}/a.xml is gone for good (410). Take it out of config.toml, or change its url."
        )
    assert len(pages.requests) == 1
    workspace.configure(f'[sources.a]\nurl = "{pages.put("/b.xml", rss(entry("one")))}"')
    assert titles(pull(workspace)) == ["About one"]


def test_a_feed_that_leads_to_a_page_says_so_and_is_not_taken_for_moved(
    workspace: Workspace, pages: Pages
) -> None:
    pages.redirect("/a.xml", pages.put("/", "<html><body>For sale</body></html>"), 301)
    configure(workspace, pages, a="")
    found = pull(workspace)["a"]
    assert (
        found.failure == f"a: {pages.root}/a.xml leads to {pages.root}/, which is a page, and names no feed."
    )
    pull(workspace)
    assert [path for path, _ in pages.requests] == ["/a.xml", "/"] * 2


@pytest.mark.parametrize(
    ("preset", "mark"), [("jekyll", "published: false"), ("hugo", "draft: true"), ("", "draft: true")]
)
def test_the_mark_of_a_draft_is_one_that_the_sites_generator_knows(
    workspace: Workspace, pages: Pages, preset: str, mark: str
) -> None:
    pages.put("/a.xml", rss(entry("one")))
    source = f'[sources.a]\nurl = "{pages.root}/a.xml"'
    workspace.configure(
        source, base=CONFIG.replace('"articles"', f'"articles"\npreset = "{preset}"') if preset else CONFIG
    )
    ((draft,),) = (one.written for one in pull(workspace).values())
    assert f"\n{mark}\n" in draft.file.read_text()
    assert workspace.run("keep", str(draft.file)).returncode == 0
    assert mark not in (workspace.articles / draft.file.name).read_text()


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace, pages: Pages) -> None:
    pages.put("/a.xml", rss(entry("one")), headers={"ETag": '"1"'})
    configure(workspace, pages, a="")
    dry = pull(workspace, dry_run=True)
    assert [path for path in workspace.folder.rglob("*") if path.name != "config.toml"] == [
        workspace.articles
    ]
    assert pull(workspace) == dry


def test_two_pulls_at_once_are_told_and_a_killed_one_is_made_up_for(
    workspace: Workspace, pages: Pages
) -> None:
    pages.put("/a.xml", rss(entry("one")), headers={"ETag": '"1"'})
    pages.put("/b.xml", rss(entry("two")))
    configure(workspace, pages, a="", b="")
    fetcher = Fetcher("https://feeds.example.org/", allow_private=True)
    first = pull_sources(workspace.config, (), NOW, fetcher)
    assert next(first).name == "a"
    with pytest.raises(FeedsError, match="Another `feeds pull` is at work"):
        pull(workspace)
    first.close()
    # A process that is killed while it writes leaves this, and a feed of which it has remembered nothing.
    leftover = workspace.articles / "drafts" / "b" / ".feeds-new-999999999-1"
    leftover.parent.mkdir()
    leftover.write_text("---\ntitle: hal")
    assert titles(pull(workspace)) == ["About two"]
    assert not leftover.exists()


@pytest.mark.parametrize("state", ["", "{", "[]", '{"a": 1}', '{"a": {"url": 1}}', "\x00"])
def test_a_state_that_is_broken_or_lost_costs_one_whole_answer(
    workspace: Workspace, pages: Pages, state: str
) -> None:
    pages.put("/a.xml", rss(entry("one")), headers={"ETag": '"1"'})
    configure(workspace, pages, a="")
    pull(workspace)
    workspace.config.pulled_path.write_text(state)
    assert pull(workspace)["a"] == Pulled("a")
    assert "if-none-match" not in pages.requests[-1][1]


def test_wrong_names_and_no_source_are_told(workspace: Workspace, pages: Pages) -> None:
    assert workspace.run("pull").stderr.startswith(
        "There is no source. Name one in config.toml: [sources.NAME]"
    )
    configure(workspace, pages, a="", b="")
    done = workspace.run("pull", "c")
    assert (done.returncode, done.stderr) == (2, "There is no source c. There are: a, b.\n")
    workspace.configure(base=CONFIG.replace('"articles"', '"s3://bucket/articles"'))
    assert "in a bucket" in workspace.run("pull").stderr


MARKED = b'---\r\ntitle: "A"   # my note\r\ndraft: true  # not yet\r\noriginalUrl: https://example.org/a\r\n---\r\n\r\nDraft: true\r\ndraft: true\r\n'


@pytest.mark.parametrize(
    "data",
    [
        MARKED,
        MARKED.replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + MARKED,
        MARKED.replace(b"draft: true  # not yet", b'"published": "no"'),
        MARKED.replace(b"---", b"+++", 1).replace(b"\r\n---\r\n", b"\r\n+++\r\n", 1).replace(b": ", b" = ").replace(b"= https://example.org/a", b"= 'x:y'"),
    ],
    ids=["crlf", "lf", "mark", "published", "toml"],
)  # fmt: skip
def test_keep_takes_the_line_of_the_mark_and_leaves_every_other_byte(
    workspace: Workspace, data: bytes
) -> None:
    draft = workspace.write("drafts/x/a.md", data)
    done = workspace.run("keep", "drafts/x/a.md")
    assert (done.returncode, done.stdout) == (0, "Kept: articles/a.md\n"), done.stderr
    lines = data.splitlines(keepends=True)
    assert (workspace.articles / "a.md").read_bytes() == b"".join([*lines[:2], *lines[3:]])
    assert not draft.exists()


def test_keep_never_overwrites_and_a_killed_one_can_be_repeated(workspace: Workspace) -> None:
    mine = workspace.write("a.md", "mine")
    for folder in ("x", "y"):
        workspace.write(f"drafts/{folder}/a.md", MARKED.replace(b"example.org", folder.encode()))
    assert workspace.run("keep", "drafts/x/a.md").stdout == "Kept: articles/a-2.md\n"
    workspace.write("drafts/x/a.md", MARKED.replace(b"example.org", b"x"))
    assert (
        workspace.run("keep", "drafts/x/a.md", "drafts/y/a.md").stdout
        == "Kept: articles/a-2.md\nKept: articles/a-3.md\n"
    )
    assert mine.read_text() == "mine"
    assert not list((workspace.articles / "drafts").rglob("*.md"))


def test_a_draft_outside_of_the_folder_of_drafts_is_kept_where_it_is(workspace: Workspace) -> None:
    workspace.article("posts/a", draft=True)
    assert workspace.run("keep", "articles/posts/a.md").stdout == "Kept: articles/posts/a.md\n"
    workspace.freeze()
    assert workspace.read("all.atom").count(b"<entry>") == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.md", "---\ntitle: A\noriginalUrl: https://a.example/\n---\n", "is not a draft"),
        ("a.md", '{"title": "A", "draft": true, "originalUrl": "https://a.example/"}\n', "its mark is not in a line of its own"),
        ("a.md", "---\n{draft: true, originalUrl: 'https://a.example/'}\n---\n", "its mark is not in a line of its own"),
        ("a.md", "---\ndraft: maybe\noriginalUrl: https://a.example/\n---\n", "its mark is not in a line of its own"),
        ("a.md", "---\ntitle: 'A\ndraft: true\n---\n", "Mend it first"),
        ("a.md", b"\xff\xfe", "is not UTF-8"),
        ("../outside.md", "---\ndraft: true\n---\n", "is not in the folder of articles"),
        ("folder/a.md", "", "there is no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_told_and_stays_as_it_is(
    workspace: Workspace, name: str, text: str | bytes, message: str
) -> None:
    file = workspace.write(name, text)
    done = workspace.run("keep", "no.md" if "folder" in name else f"articles/{name}")
    assert done.returncode == 1
    assert message in done.stderr
    assert file.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_drop_refuses_what_is_published_and_what_cannot_be_known_again(workspace: Workspace) -> None:
    published = workspace.article("a")
    unknown = workspace.write("b.md", "---\ntitle: B\ndraft: true\n---\nText\n")
    faulty = workspace.write("drafts/x/c.md", "---\ntitle: 'C\noriginalUrl: https://c.example/\n---\n")
    done = workspace.run("drop", "a.md", "b.md", "drafts/x/c.md")
    assert done.returncode == 1
    assert "a.md: is not a draft, so it stays." in done.stderr
    assert "b.md: has no address to know it by." in done.stderr
    assert (published.exists(), unknown.exists(), faulty.exists()) == (True, True, False)
    assert read_dropped(workspace.config) == {"https://c.example/"}


def test_the_drafts_of_sources_are_in_a_private_feed(workspace: Workspace, pages: Pages) -> None:
    from feeds.site import open_site
    from feeds.web.private.feed import PrivateFeeds

    pages.put("/a.xml", rss(entry("one")))
    (workspace.folder / "tokens").write_text("x" * 40)
    workspace.configure(
        f'[sources.a]\nurl = "{pages.root}/a.xml"\n[private.desk]\ninclude_unpublished = true\ntoken_file = "tokens"\n'
    )
    pull(workspace)
    site = open_site(workspace.config, NOW)
    with site.publisher.snapshot() as snapshot:
        body = PrivateFeeds(workspace.config).make_document(snapshot, "desk", "atom").body
    assert b"Draft: About one" in body

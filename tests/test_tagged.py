"""What an author writes in ``tags`` is in each format and found by the search; with tags.feeds, it has feeds."""

from __future__ import annotations

import html
from typing import Any

import feedparser
import msgspec
import pytest
from lxml import etree
from sites import CONFIG, NOW, Workspace, as_file, tree

from feeds.check.lint import lint
from feeds.formats import MEDIA_TYPES
from feeds.site import open_site
from feeds.web.app import create

FEEDS = "[tags]\nfeeds = true\n"


def client(site: Workspace) -> Any:
    return create(open_site(site.config, NOW).publisher).test_client()


def test_tags_are_categories_and_tags_each_once_after_the_topics(workspace: Workspace) -> None:
    workspace.configure('[topics."Machine Thought"]\naliases = ["AI"]\n')
    workspace.article("a", topics=["AI"], tags=["birds", "ai", "machine thought", "R&D", "Birds", "bees"])
    workspace.freeze()
    atom, rss = (feedparser.parse(workspace.read(f"all.{name}")).entries[0].tags for name in ("atom", "rss"))
    assert (
        [tag.term for tag in atom] == [tag.term for tag in rss] == ["Machine Thought", "birds", "R&D", "bees"]
    )
    assert [tag.scheme for tag in atom] == ["https://feeds.example.org/topics/", None, None, None]
    assert b'<category term="birds"/>' in workspace.read("all.atom")
    assert b"<category>birds</category>" in workspace.read("all.rss")
    (item,) = msgspec.json.decode(workspace.read("all.json"))["items"]
    assert item["tags"] == ["Machine Thought", "birds", "R&D", "bees"]
    for name, media_type in MEDIA_TYPES.items():
        assert lint(f"all.{name}", media_type, workspace.read(f"all.{name}")) == []


def test_without_the_setting_tags_have_no_feeds_but_stand_on_the_page_of_an_article(
    workspace: Workspace,
) -> None:
    workspace.article("a", "Some text.", originalUrl=None, tags=["birds", "R&D"])
    workspace.freeze()
    assert not [path for path in tree(workspace.output) if path.startswith("tags")]
    assert b"Tags: birds and R&amp;D" in workspace.read("articles/a/index.html")
    assert client(workspace).get("/tags/birds.atom").status_code == 404


def test_with_the_setting_each_tag_has_feeds_a_page_and_a_place_in_the_lists(either: Workspace) -> None:
    either.configure(FEEDS)
    either.article("a", "Some text.", originalUrl=None, tags=["Birds", "bees"])
    either.article("b", tags=["birds"], publishedDateTime="2023-01-01T00:00:00Z")
    either.freeze()
    feed = feedparser.parse(either.read("tags/birds.atom"))
    assert (feed.feed.title, [one.title for one in feed.entries]) == (
        "Birds · Example News",
        ["About a", "About b"],
    )
    assert b"tags/birds" in either.read("feeds.opml")
    assert b"tags/birds" in either.read("tags/index.html")
    assert b"tags/birds/" in either.read("articles/a/index.html")
    assert b'href="tags/"' in either.read("search/index.html").replace(b"../", b"")
    served = client(either)
    for path in ("tags/birds.rss", "tags/birds.json", "tags/", "tags/bees/"):
        file = path + "index.html" if path.endswith("/") else path
        assert as_file(served.get(f"/{path}").data) == either.read(file)


def test_tag_feeds_that_are_turned_off_are_gone(workspace: Workspace) -> None:
    workspace.configure(FEEDS)
    workspace.article("a", tags=["birds"])
    workspace.freeze()
    assert (workspace.output / "tags" / "birds.atom").exists()
    workspace.configure()
    workspace.freeze()
    assert not [path for path in tree(workspace.output) if path.startswith("tags/")]
    workspace.configure(FEEDS)
    workspace.freeze()
    assert b"About a" in workspace.read("tags/birds.atom")


@pytest.mark.parametrize("words", ["birds", "bees%20honey", "%22honey%20bees%22"])
def test_the_search_finds_articles_by_their_tags(either: Workspace, words: str) -> None:
    either.article("a", tags=["Birds", "honey bees"])
    either.article("b")
    site = open_site(either.config, NOW, search=True)
    answer = create(site.publisher).test_client().get(f"/feed.json?q={words}", follow_redirects=True)
    assert [item["title"] for item in msgspec.json.decode(answer.data)["items"]] == ["About a"]


NAMES = ["S&B Works", "R&D", "R & D", "A&amp;B", "List<T>", "a&b", "Q&A?", "&c", "x&#x41;", "M&&M"]


def test_no_name_costs_a_finding_in_any_document(workspace: Workspace) -> None:
    workspace.configure(
        f"{FEEDS}[selections.rd]\ntitle = 'Best of R&D'\ntopics = ['R&D']\n",
        base=CONFIG.replace('"Example News"', '"R&D News"'),
    )
    workspace.article(
        "a", topics=NAMES, tags=NAMES, category="R&D", provider={"name": "S&B", "domain": "s.example"}
    )
    found = workspace.run("check", "--feeds").stdout
    codes = {line.rpartition("[")[2] for line in found.splitlines() if line.endswith("]")}
    assert codes <= {"same-slug]"}


def test_the_list_of_feeds_reads_the_same_as_text_and_as_html_and_each_title_is_one(
    workspace: Workspace,
) -> None:
    workspace.article("a", topics=["R&D", "R & D", "S&B Works"])
    workspace.freeze()
    body = workspace.read("feeds.opml")
    titles = [title for one in etree.fromstring(body).iter("outline") if (title := one.get("title"))]
    assert "S & B Works" in titles
    assert all(html.unescape(title) == title for title in titles)
    assert len(set(titles)) == len(titles)
    assert "S&B Works" in [one["title"] for one in msgspec.json.decode(workspace.read("feeds.json"))["feeds"]]


def test_a_finding_in_the_list_of_feeds_names_the_topic_and_an_article_that_has_it(
    workspace: Workspace,
) -> None:
    workspace.article("a", topics=["CafÃ© Society"])
    found = workspace.run("check", "--feeds").stdout
    (line,) = (line for line in found.splitlines() if "feeds.opml" in line and "text" in line)
    assert line.startswith("articles/a.md:")
    assert '(of the feed "CafÃ© Society" in /feeds.opml)' in line

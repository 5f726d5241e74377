"""Films, sounds and pictures in published documents: in every format, on pages, once, with absolute addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import feedparser
import msgspec
import pytest
from bs4 import BeautifulSoup
from sites import CONFIG, Workspace

from feeds.check.lint import lint
from feeds.errors import ConfigError
from feeds.formats.entries import has_picture

SITE = CONFIG.replace("https://feeds.example.org/", "https://pages.example.org/site/")
SOUND = "https://cdn.example.org/ep.mp3"


def read_entries(workspace: Workspace, name: str = "all") -> list[dict[str, Any]]:
    """Return the items of JSON Feed, after a look that no format has a fault."""
    workspace.freeze()
    for kind, media_type in (
        ("atom", "application/atom+xml"),
        ("rss", "application/rss+xml"),
        ("json", "application/feed+json"),
    ):
        assert lint(f"{name}.{kind}", media_type, workspace.read(f"{name}.{kind}")) == []
    items: list[dict[str, Any]] = msgspec.json.decode(workspace.read(f"{name}.json"))["items"]
    return items


@pytest.mark.parametrize(
    "fields",
    [
        {"featuredContent": f'<audio controls><source src="{SOUND}" type="audio/mpeg"></audio>'},
        {"featuredContent": f'<p><audio controls src="{SOUND}"></audio></p>'},
        {"featuredContent": SOUND},
        {"featuredContent": {"url": SOUND, "type": "audio/mp3"}},
        {"body": f'Listen: <audio src="{SOUND}"></audio>'},
        {"body": f'<audio><source src="/ep.flac"><source src="{SOUND}"></audio>'},
    ],
    ids=["source", "src", "address", "file", "text", "several"],
)
def test_a_sound_is_what_podcast_players_look_for(workspace: Workspace, fields: dict[str, Any]) -> None:
    """Not a film: with its address, type and length in RSS, Atom and JSON Feed."""
    workspace.article("a", fields.pop("body", ""), length="PT10M", **fields)
    (item,) = read_entries(workspace)
    assert item["attachments"] == [{"url": SOUND, "mime_type": "audio/mpeg", "duration_in_seconds": 600}]
    for kind in ("atom", "rss"):
        document = workspace.read(f"all.{kind}")
        (entry,) = feedparser.parse(document).entries
        assert [(one.href, one.type) for one in entry.enclosures] == [(SOUND, "audio/mpeg")]
        (media,) = entry.media_content
        assert {name: media[name] for name in ("medium", "url", "type", "duration")} == {
            "medium": "audio", "url": SOUND, "type": "audio/mpeg", "duration": "600",
        }  # fmt: skip
    assert b'<enclosure url="https://cdn.example.org/ep.mp3" length="0" type="audio/mpeg"/>' in document
    assert item["content_html"].count(f'href="{SOUND}"') == 1


def test_a_player_of_sounds_is_no_film_and_no_file(workspace: Workspace) -> None:
    workspace.article(
        "a", featuredContent='<iframe src="https://open.spotify.com/embed/episode/x1"></iframe>'
    )
    (item,) = read_entries(workspace)
    (entry,) = feedparser.parse(workspace.read("all.rss")).entries
    assert "attachments" not in item
    assert entry.enclosures == []
    assert entry.media_content[0]["medium"] == "audio"
    assert entry.media_player["url"] == "https://open.spotify.com/embed/episode/x1"


def test_a_file_whose_type_nobody_knows_is_linked_and_no_enclosure(workspace: Workspace) -> None:
    """An enclosure and an attachment must say their type."""
    workspace.article("a", featuredContent='<video src="https://cdn.example.org/stream/123"></video>')
    (item,) = read_entries(workspace)
    assert "attachments" not in item
    assert 'href="https://cdn.example.org/stream/123"' in item["content_html"]
    assert b'medium="video" url="https://cdn.example.org/stream/123">' in workspace.read("all.rss")


def test_what_an_article_embeds_is_on_its_page(workspace: Workspace) -> None:
    """An article without a link has a page; relative addresses count from there."""
    workspace.article(
        "a", '<audio src="a.ogg"></audio>\n\n<img data-src="p.png" alt="P">\n', originalUrl=None,
        featuredContent=f'<audio src="{SOUND}"></audio>',
    )  # fmt: skip
    workspace.freeze()
    page = BeautifulSoup(workspace.read("articles/a/index.html"), "html5lib").select_one("article")
    assert page is not None
    links = [str(one["href"]) for one in page.select("a[href^=http], a[href^='./']")]
    assert links == [SOUND, "./a.ogg"]
    assert [one["src"] for one in page.select("img")] == ["./p.png"]


# What authors write, and the links and pictures that every reader gets.
EMBEDS = {
    '<iframe src="https://w.soundcloud.com/player/?url=x" title="Song"></iframe>': ["https://w.soundcloud.com/player/?url=x"],
    'See <iframe src="https://codepen.io/x/embed/y">See <a href="https://codepen.io/x/pen/y">the pen</a></iframe> there': ["https://codepen.io/x/pen/y"],
    '<iframe width="560" src="https://www.youtube.com/embed/videoseries?list=PL1" allowfullscreen></iframe>': ["https://www.youtube.com/playlist?list=PL1"],
    '<iframe src="https://www.youtube.com/embed/live_stream?channel=UC1" />\n\nText': ["https://www.youtube.com/channel/UC1/live"],
    '<video controls><source src="v.webm"><source src="https://cdn.example.org/v.mp4"></video>': ["v.webm", "https://cdn.example.org/v.mp4"],
    '- <video src="media/clip.mp4"></video>\n- other': ["media/clip.mp4"],
    '<object data="doc.pdf"><a href="doc.pdf">PDF</a></object>': ["doc.pdf"],
    '<audio controls src="https://cdn.example.org/ep1.mp3">Your browser cannot play audio.</audio>': ["https://cdn.example.org/ep1.mp3"],
    '<embed type="video/quicktime" src="movie.mov">': ["movie.mov"],
    '<amp-iframe src="https://e.example/x"></amp-iframe>': ["https://e.example/x"],
    '<lite-youtube videoid="abcdefghijk"></lite-youtube>': ["https://www.youtube.com/watch?v=abcdefghijk", "https://i.ytimg.com/vi/abcdefghijk/hqdefault.jpg"],
    '<figure class="media"><oembed url="https://vimeo.com/1"></oembed></figure>': ["https://vimeo.com/1"],
    '<p><script src="https://gist.github.com/u/ab12.js"></script></p>': ["https://gist.github.com/u/ab12"],
    '| a |\n|---|\n| <iframe data-src="https://e.example/cell"></iframe> |': ["https://e.example/cell"],
    '> <amp-img src="quoted.png"></amp-img>': ["quoted.png"],
    'A <img src="data:image/gif;base64,R0" data-src="r.jpg"><noscript><img src="r.jpg"></noscript> b': ["r.jpg"],
    '<picture><source srcset="a.avif" type="image/avif"><img src="b.jpg" alt=""></picture>': ["b.jpg"],
    '<img usemap="#m" src="map.png"><map name="m"><area href="one.html" alt="One"></map>': ["map.png", "one.html"],
}  # fmt: skip


def test_what_a_text_embeds_is_in_every_format_and_on_the_page(workspace: Workspace) -> None:
    """Written in Markdown, in blocks, sentences, lists, quotes and tables; nothing is told as lost."""
    for n, written in enumerate(EMBEDS):
        workspace.article(f"n{n}", written, title=f"N{n}", originalUrl=None, provider=None)
    shown = {item["title"]: [item["content_html"]] for item in read_entries(workspace)}
    for kind in ("atom", "rss"):
        for entry in BeautifulSoup(workspace.read(f"all.{kind}"), "xml").select("entry, item"):
            assert entry.title is not None
            texts = entry.find_all(["content", "description"], recursive=False)
            shown[entry.title.text] += [texts[0].text]
    for n, expected in enumerate(EMBEDS.values()):
        page = f"https://feeds.example.org/articles/n{n}/"
        prose = BeautifulSoup(workspace.read(f"articles/n{n}/index.html"), "html5lib").select_one(".prose")
        assert len(shown[f"N{n}"]) == 3
        for html in (*shown[f"N{n}"], str(prose)):
            found = BeautifulSoup(html, "html5lib").select("a[href], img")
            addresses = [urljoin(page, str(one.get("href") or one.get("src"))) for one in found]
            assert sorted(addresses) == sorted(urljoin(page, one) for one in expected), html
    assert {problem.code for problem in workspace.problems()} == {"missing-file", "replaced-content"}


@pytest.mark.parametrize(
    ("fields", "extra", "found"),
    [
        ({"images": [{"url": "/assets/a.png"}]}, "", "https://pages.example.org/site/assets/a.png"),
        ({"images": "/assets/a.png"}, "", "https://pages.example.org/site/assets/a.png"),
        ({"images": "assets/a.png"}, "", "https://pages.example.org/site/assets/a.png"),
        ({"images": "/site/assets/a.png"}, "", "https://pages.example.org/site/assets/a.png"),
        ({"images": "//e.example/a.png"}, "", "https://e.example/a.png"),
        ({"images": "../a.png"}, "", "https://pages.example.org/a.png"),
        ({"images": "/assets/a.png"}, 'base_url = "https://pages.example.org"', "https://pages.example.org/assets/a.png"),
        ({"images": "/a.png"}, 'base_url = "https://blog.example/en"', "https://blog.example/en/a.png"),
        ({"images": "a.png"}, 'base_url = "https://blog.example/en"', "https://blog.example/en/a.png"),
    ],
)  # fmt: skip
def test_addresses_in_fields_count_from_the_site_of_the_articles(
    workspace: Workspace, fields: dict[str, Any], extra: str, found: str
) -> None:
    """As Jekyll means them, whatever host the article itself is on; Hugo means the root of the host."""
    workspace.configure(extra, SITE)
    workspace.article("a", **fields, webUrl="https://news.example.net/a")
    (item,) = read_entries(workspace)
    assert item["image"] == found


def test_all_fields_with_addresses_count_from_there(workspace: Workspace) -> None:
    workspace.configure("", SITE)
    workspace.article(
        "a", '<img src="/assets/b.png">', webUrl="/2024/post/", featuredContent="/assets/ep.mp3",
        provider={"name": "News", "domain": "news.example.net", "images": "/assets/logo.png"},
        related=[{"webUrl": "/other/", "title": "Other"}],
    )  # fmt: skip
    (item,) = read_entries(workspace)
    assert item["url"] == "https://pages.example.org/site/2024/post/"
    assert item["attachments"][0]["url"] == "https://pages.example.org/site/assets/ep.mp3"
    # The text of an article on the site itself, too.
    assert 'src="https://pages.example.org/site/assets/b.png"' in item["content_html"]
    assert 'href="https://pages.example.org/site/other/"' in item["content_html"]
    feed = msgspec.json.decode(workspace.read("providers/news.example.net.json"))
    assert feed["icon"] == "https://pages.example.org/site/assets/logo.png"


@pytest.mark.parametrize(
    ("web", "found"),
    [
        ("https://news.example.net/a/", "https://news.example.net/assets/b.png"),
        ("https://pages.example.org/site/a/", "https://pages.example.org/site/assets/b.png"),
        ("https://pages.example.org/other/", "https://pages.example.org/assets/b.png"),
        (None, "https://pages.example.org/site/assets/b.png"),
    ],
)
def test_the_text_of_an_article_elsewhere_counts_from_there(
    workspace: Workspace, web: str | None, found: str
) -> None:
    workspace.configure("", SITE)
    workspace.article(
        "a", '![](/assets/b.png)\n\n<img srcset="/assets/b.png 2x">', webUrl=web, originalUrl=None
    )
    (item,) = read_entries(workspace)
    assert re.findall(r'src="([^"]+)"', item["content_html"]) == [found, found]


@pytest.mark.parametrize("url", ["example.org", "https://example.org/?a", "https://example.org/a//b/"])
def test_a_base_of_articles_that_cannot_be_one_is_named(workspace: Workspace, url: str) -> None:
    with pytest.raises(ConfigError, match=r"articles.base_url"):
        workspace.configure(f'base_url = "{url}"')


def test_another_base_of_articles_reads_them_again(workspace: Workspace) -> None:
    workspace.article("a", images="/a.png")
    assert read_entries(workspace)[0]["image"] == "https://feeds.example.org/a.png"
    workspace.configure('base_url = "https://blog.example/"')
    assert read_entries(workspace)[0]["image"] == "https://blog.example/a.png"


@pytest.mark.parametrize(
    ("lead", "shown", "once"),
    [
        ("https://example.org/a.png", "https://example.org/a.png", True),
        ("http://www.example.org/a.png", "https://example.org/a.png", True),
        ("https://example.org/a.png?w=800&h=600", "https://example.org/a.png?w=300&amp;h=200", True),
        ("https://example.org/a.png?w=800", "https://example.org/a.png", True),
        ("https://example.org/i?id=1&x=2", "https://example.org/i?x=2&amp;id=1", True),
        ("https://example.org/b%C3%A4.png", "https://example.org/bä.png", True),
        ("https://EXAMPLE.org:443/x/../a.png#b", "https://example.org/a.png", True),
        ("https://example.org/i?id=1", "https://example.org/i?id=2", False),
        ("https://example.org/i?w=1", "https://example.org/i?w=2", False),
        ("https://example.org/a.png", "https://example.org/a.png.jpg", False),
        ("https://example.org/a.png", "https://example.org/x?https://example.org/a.png", False),
        ("https://example.org/a.png?v=1", "https://example.org/a.png?v=2", False),
    ],
)
def test_the_lead_picture_is_shown_once_however_its_address_is_written(
    workspace: Workspace, lead: str, shown: str, *, once: bool
) -> None:
    """In entries and on the page; other pictures, and links to it, are something else."""
    workspace.article(
        "a", f'Text <img src="{shown}" alt="x"> <a href="{lead}">it</a>', images=lead, originalUrl=None
    )
    (item,) = read_entries(workspace)
    page = BeautifulSoup(workspace.read("articles/a/index.html"), "html5lib").select_one("article")
    assert page is not None
    assert item["content_html"].count("<img") == len(page.select("img")) == (1 if once else 2)


def test_a_film_is_linked_even_if_the_text_has_its_picture(workspace: Workspace) -> None:
    workspace.article(
        "a", "![](https://example.org/a.png)", images="https://example.org/a.png", featuredContent=SOUND
    )
    (item,) = read_entries(workspace)
    assert item["content_html"].startswith(f'<p><a href="{SOUND}">▶ About a</a></p>')
    assert item["content_html"].count("<img") == 1


def test_a_text_without_the_name_of_the_picture_is_not_gone_over() -> None:
    assert not has_picture('<img src="https://example.org/b.png" alt="">' * 1000, "https://example.org/a.png")
    assert has_picture(
        '<img src="https://example.org/b.png" alt=""><img src="https://e.example/a&amp;b.png" alt="">',
        "https://e.example/a&b.png",
    )


def test_a_film_in_the_text_is_not_shown_above_it_as_well(workspace: Workspace) -> None:
    """And the lead picture leads to the article, not to a film somewhere in its text."""
    workspace.article("a", 'Text <video src="/v.mp4"></video>', images="https://example.org/a.png")
    (item,) = read_entries(workspace)
    assert item["content_html"].count("v.mp4") == 2  # the address and the name of one link
    assert item["content_html"].startswith('<p><a href="https://example.org/a">')
    assert item["attachments"][0]["url"] == "https://example.org/v.mp4"

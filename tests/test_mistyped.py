"""Addresses that are surely mistyped are problems that say what was meant, and what is right stays as it is."""

from __future__ import annotations

import json
from typing import Any

from effort import examples, for_each
from hypothesis import example, given
from hypothesis import strategies as st
from sites import Workspace

from feeds.articles.reader import Reading, ReadingRules, read
from feeds.lib.text.identifiers import OF_URLS, make_uuid
from feeds.lib.text.mistyped import find_meant
from feeds.lib.text.urls import canonicalise

BASE = "https://feeds.example.org/"
RULES = ReadingRules(timezone="UTC", base_url=BASE, max_bytes=1_000_000)
POST = "https://www.example.com/post/1"
MISTYPED = [
    # No scheme.
    ("www.example.com/post/1", POST), ("WWW.Example.com/post/1", POST), ("example.com/x", "https://example.com/x"), ("example.com", "https://example.com/"),
    ("bbc.co.uk/news", "https://bbc.co.uk/news"), ("example.com:8080/x", "https://example.com:8080/x"), ("example.com?x=1", "https://example.com/?x=1"),
    ("docs.rs/serde", "https://docs.rs/serde"), ("bücher.de/x", "https://xn--bcher-kva.de/x"), ("127.0.0.1/x", "https://127.0.0.1/x"),
    ("://www.example.com/post/1", POST), ("localhost:8000/x", "https://localhost:8000/x"), ("news.example.test/a", "https://news.example.test/a"),
    # Something around it.
    ("“https://www.example.com/post/1”", POST), ("„https://www.example.com/post/1“", POST), ("'https://www.example.com/post/1'", POST),
    ('"https://www.example.com/post/1"', POST), ("«https://www.example.com/post/1»", POST), ("<https://www.example.com/post/1>", POST),
    ("(https://www.example.com/post/1)", POST), ("`https://www.example.com/post/1`", POST), ("“www.example.com/post/1”", POST),
    ("[text](https://www.example.com/post/1)", POST), ("![](<https://www.example.com/post/1> 'title')", POST), ("[t](www.example.com/post/1)", POST),
    ("[x](https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"), ('<a href="https://www.example.com/post/1">x</a>', POST),
    ("See https://www.example.com/post/1", POST), ("URL: https://www.example.com/post/1", POST), ("/posts/https://www.example.com/post/1", POST),
    # Something behind it.
    ("https://www.example.com/post/1,", POST), ("https://www.example.com/post/1;", POST), ("https://www.example.com/post/1)", POST),
    ("https://www.example.com/a.html.", "https://www.example.com/a.html"), ("https://www.example.com/post/1”", POST),
    # Schemes.
    ("https：//www.example.com/post/1", POST), ("https:／／www.example.com/post/1", POST), ("https：／／www.example.com/post/1", POST),
    ("https//www.example.com/post/1", POST), ("https:/www.example.com/post/1", POST), ("https:www.example.com/post/1", POST), ("https;//www.example.com/post/1", POST),
    ("https:\\\\www.example.com\\post\\1", POST), ("http:\\\\www.example.com\\post/1", "http://www.example.com/post/1"), ("htp://www.example.com/post/1", "http://www.example.com/post/1"),
    ("htps://www.example.com/post/1", POST), ("hhttps://www.example.com/post/1", POST), ("ttps://www.example.com/post/1", POST), ("httsp://www.example.com/post/1", POST),
    ("https:///www.example.com/post/1", POST), ("https://https://www.example.com/post/1", POST), ("http://https//www.example.com/post/1", POST),
    ("https://http://www.example.com/post/1", "http://www.example.com/post/1"), ("https/www.example.com/post/1", POST), ("HTTPS//www.example.com/post/1", POST),
    # White space and what nobody sees.
    ("https: //www.example.com/post/1", POST), ("https:// www.example.com/post/1", POST), ("https://www. example.com/post/1", POST), ("https://www.example\u200b.com/post/1", POST),
    # Unclear.
    ("desk@example.org", ""), ("{{ site.baseurl }}/a.png", ""), ("https://www.example.com/a-long-ti…", ""), ("https://www.example.com/a...", ""),
    ("https://a.example/ https://b.example/", ""), ("https://a.example/xhttps://a.example/x", ""), ("https:/x", ""), ("C:\\Users\\a.jpg", ""),
    # A file of the own site.
    ("“photo.jpg”", "photo.jpg"), ("images\\photo.jpg", "images/photo.jpg"),
]  # fmt: skip
RIGHT = [
    POST, "HTTP://Example.com/a", "//cdn.example/x", "/assets/photo.jpg", "photo.jpg", "my photo.jpg", "images/photo.jpg", "README.md", "docs.rs", "main.py",
    "node.js/intro.html", "v1.2/photo.jpg", "assets.old/x.png", "../x", "./x", "#part", "?p=1", "posts/1", "/go?u=https://example.com/", "http/index.html",
    "https://web.archive.org/web/2020/https://example.com/", "https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/Apple_Inc.",
    "https://example.com/what?", "https://example.com/Yahoo!", "https://example.com/a b", "https://bücher.example/ü", "https://example.com:8443/",
    "mailto:a@example.org", "javascript:alert(1)", "ftp://example.com/a", "data:text/plain,x", "https://[::1]/x", "https://tt:8080/x", "index.html", "a.tar.gz",
]  # fmt: skip


@for_each("ending", ["md", "py", "rs", "sh", "pl"])
def test_a_part_of_a_file_whose_ending_is_a_domain_too_is_no_host(ending: str) -> None:
    """But a path behind it is one of a host."""
    for written in (f"post.{ending}#part", f"post.{ending}?plain=1", f"post.{ending}"):
        assert find_meant(written) is None
    assert find_meant(f"example.{ending}/post") == f"https://example.{ending}/post"


def reading(body: str = "text", **fields: Any) -> Reading:
    matter = {
        "title": "T",
        "publishedDateTime": "2024-01-02T03:04:05Z",
        "originalUrl": "https://example.org/a",
    } | fields
    return read("a.md", f"---\n{json.dumps(matter, ensure_ascii=False)}\n---\n{body}".encode(), RULES)


def told(found: Reading) -> list[tuple[str, str, str, str]]:
    return [(one.code, one.severity, one.field, one.hint) for one in found.problems]


@for_each(("written", "meant"), MISTYPED)
def test_a_mistyped_address_is_left_out_and_the_problem_says_what_was_meant(written: str, meant: str) -> None:
    hint = f"Write {meant}." if meant else "It is left out."
    found = reading(originalUrl=written, images=[{"url": "https://example.org/a.png"}])
    assert told(found) == [("bad-url", "warning", "originalUrl", hint)]
    assert found.article is not None
    assert found.article.url == ""
    assert found.article.id != make_uuid(OF_URLS, meant)
    assert found.article.id == make_uuid(OF_URLS, "file:a.md")


@for_each("written", RIGHT)
def test_an_address_that_may_be_meant_is_no_mistake(written: str) -> None:
    assert find_meant(written) is None


@for_each(
    ("fields", "name"),
    [
        ({"webUrl": "www.example.com/x"}, "webUrl"), ({"sourceUrl": "www.example.com/x"}, "sourceUrl"), ({"images": ["www.example.com/x"]}, "images[0].url"),
        ({"images": [{"url": "www.example.com/x"}]}, "images[0].url"), ({"related": [{"title": "R", "webUrl": "www.example.com/x"}]}, "related[0].webUrl"),
        ({"provider": {"domain": "a.example", "images": ["www.example.com/x"]}}, "provider.images[0].url"),
    ],
)  # fmt: skip
def test_every_field_with_an_address_is_looked_at(fields: dict[str, Any], name: str) -> None:
    found = reading(**fields)
    assert ("bad-url", "warning", name, "Write https://www.example.com/x.") in told(found)
    assert found.article is not None


def test_white_space_in_an_address_is_encoded_and_noted() -> None:
    found = reading(originalUrl="https://example.org/a b")
    assert found.article is not None
    assert found.article.url == "https://example.org/a%20b"
    assert [(one.code, one.severity) for one in found.problems] == [("bad-url", "note")]


def test_a_mistyped_only_link_of_an_article_without_text_holds_it_back() -> None:
    assert reading(body="", originalUrl="www.example.com/x").hidden == "faulty"


@examples(100, 3000)
@given(st.lists(st.sampled_from(["https", "http", ":", "/", "//", "www.", "a", ".com", ".jpg", " ", "“", "[", "](", ")", "@", "\\", "?", "#", ",", ".", "<", ">", "é"]), max_size=9).map("".join))  # fmt: skip
@example("\\://")
def test_what_was_meant_is_right_itself(written: str) -> None:
    meant = find_meant(written)
    if meant and "://" in meant:
        assert canonicalise(meant) == meant
        assert find_meant(meant) in (None, "")


def test_an_address_without_scheme_leads_nowhere_in_the_own_site(workspace: Workspace) -> None:
    """The case that was reported: three addresses, each with its hint, and no link below the feeds' own address."""
    for name, written in (
        ("a", "www.example.com/post/1"),
        ("b", "“https://www.example.com/post/2”"),
        ("c", "https//www.example.com/post/3"),
    ):
        workspace.article(name, body="text", originalUrl=written, provider=None)
    assert [(one.code, one.hint) for one in workspace.problems()] == [
        ("bad-url", f"Write https://www.example.com/post/{n}.") for n in (1, 2, 3)
    ]
    workspace.freeze()
    assert b"feeds.example.org/www" not in workspace.read("all.atom")
    assert b"/https" not in workspace.read("all.atom")

"""Posts of other generators become articles with the fields, addresses and ids of their own feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from effort import for_each
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.foreign_values import NO_HIDES, WORD_HIDES, YES_HIDES
from feeds.articles.presets import TranslationRules, UnknownPartError
from feeds.articles.presets.field_names import COMMON_FIELDS, OTHER_NAMES
from feeds.articles.presets.permalinks import Post, compile_pattern, make_id, make_path
from feeds.articles.presets.post_names import read_path, slugify
from feeds.articles.presets.tables import PRESETS
from feeds.articles.reader import Reading, ReadingRules, read
from feeds.model import Article, DateOrder

BASE = "https://blog.example.org/"


def read_post(preset: str, path: str, text: str, *, timezone: str = "UTC", **rules: Any) -> Reading:
    """Read a post as a site of a generator would have it."""
    translation = TranslationRules(**{"preset": preset, "base_url": BASE, **rules})
    return read(
        path,
        text.encode(),
        ReadingRules(timezone, "https://feeds.example.org/", 1_000_000, translation=translation),
    )


def read_article(preset: str, path: str, text: str, **rules: Any) -> Article:
    """Read a post that must have no problem."""
    found = read_post(preset, path, text, **rules)
    assert found.article is not None, found.problems
    assert not found.problems
    assert not found.hidden
    return found.article


HUGO = """\
+++
title = "Röyksopp & more"
date = 2024-01-31T23:30:00-05:00
lastmod = 2024-02-02T00:00:00Z
summary = "Short."
description = "Longer."
tags = ["music"]
categories = ["reviews"]
author = "Ann"
[cover]
image = "cover.jpg"
alt = "A cover"
+++
Text.
"""
JEKYLL = """\
---
layout: post
date: 2020-02-29 23:30:00 -0500
last_modified_at: 2020-03-05
tags: web feeds
category: Notes
author: Ann
image: {path: /assets/a.png, alt: A}
external-url: https://other.example.com/page
---
Text.
"""
ZOLA = """\
+++
title = "Hello"
authors = ["ann@example.org (Ann)"]
[taxonomies]
tags = ["a"]
categories = ["b"]
[extra]
image = "big.png"
+++
Text.
"""
DOCUSAURUS = """\
---
authors:
  - name: Ann
    url: https://ann.example.org
  - key: bob
tags: [plain, {label: Labelled, permalink: /x}]
unlisted: false
---

# The **title** {#id}

Text.
"""
QUARTO = """\
---
title: Plots
date: 5/3/2021
date-modified: 2021-06-01
author:
  - name: {given: Ann, family: Lee}
  - name: Bob
categories: [R, Maps]
image: map.png
---
Text.
"""
MKDOCS = """\
---
date:
  created: 2022-01-30
  updated: 2022-02-01
authors: [ann]
categories: [General]
---

# What's new, and why?

Text.
"""
NIKOLA_YAML = """\
---
title: Hello
slug: hello
date: 2012-03-30 23:00:00 UTC+02:00
tags: python, mathjax
author: Ann
---
Text.
"""

# For each generator: a path, a text, rules, and what must come of them.
POSTS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "hugo": (
        "music/röyksopp/index.md",
        HUGO,
        {"prefix": "posts"},
        {
            "title": "Röyksopp & more",
            "url": f"{BASE}posts/music/r%C3%B6yksopp/",
            "id": f"{BASE}posts/music/r%C3%B6yksopp/",
            "published": datetime(2024, 2, 1, 4, 30, tzinfo=UTC),
            "updated": datetime(2024, 2, 2, tzinfo=UTC),
            "summary": "Short.",
            "topics": ("music",),
            "categories": ("reviews",),
            "authors": ("Ann",),
            "images": [f"{BASE}posts/music/r%C3%B6yksopp/cover.jpg"],
        },
    ),
    "jekyll": (
        "Work/_posts/2020-03-01-hello_World.md",
        JEKYLL,
        {"timezone": "America/New_York"},
        {
            "title": "Hello_world",
            "url": f"{BASE}work/notes/2020/02/29/hello_World.html",
            "id": f"{BASE}work/notes/2020/02/29/hello_World",
            "published": datetime(2020, 3, 1, 4, 30, tzinfo=UTC),
            "updated": datetime(2020, 3, 5, 5, tzinfo=UTC),
            "topics": ("web", "feeds"),
            "categories": ("Work", "Notes"),
            "authors": ("Ann",),
            "images": [f"{BASE}assets/a.png"],
            "via": "https://other.example.com/page",
        },
    ),
    "pelican": (
        "travel/lisbon.md",
        (
            "---\nTitle: São João\nDate: 2023-06-24 10:00\nModified: 2023-06-25\nTags: food; fado\nAuthors: Ann; Bob\n"
            "Summary: Sardines.\n---\nText.\n"
        ),
        {"timezone": "Europe/Lisbon"},
        {
            "title": "São João",
            "url": f"{BASE}sao-joao.html",
            "id": "tag:blog.example.org,2023-06-24:/sao-joao.html",
            "published": datetime(2023, 6, 24, 9, tzinfo=UTC),
            "topics": ("food", "fado"),
            "categories": ("travel",),
            "authors": ("Ann", "Bob"),
            "summary": "Sardines.",
        },
    ),
    "eleventy": (
        "blog/2018-05-01-first.md",
        "---\ntitle: First\ntags: [posts, web]\npermalink: /notes/{{ page.fileSlug }}/\n---\nText.\n",
        {},
        {
            "title": "First",
            "url": f"{BASE}notes/first/",
            "id": f"{BASE}notes/first/",
            "published": datetime(2018, 5, 1, tzinfo=UTC),
            "topics": ("posts", "web"),
        },
    ),
    "zola": (
        "blog/2019-12-31_Ünder_score/index.md",
        ZOLA,
        {},
        {
            "title": "Hello",
            "url": f"{BASE}blog/under-score/",
            "id": f"{BASE}blog/under-score/",
            "published": datetime(2019, 12, 31, tzinfo=UTC),
            "topics": ("a",),
            "categories": ("b",),
            "authors": ("Ann",),
            "images": [f"{BASE}blog/under-score/big.png"],
        },
    ),
    "hexo": (
        "2013-07-14-hello-hexo.md",
        (
            "---\ntitle: Hello\ndate: 2013/7/13 20:46:25\nupdated: 2013-07-20\ntags: [a, b]\ncategories:\n- [Web, CSS]\n"
            "- Life\n---\nText.\n"
        ),
        {"timezone": "Asia/Taipei"},
        {
            "url": f"{BASE}2013/07/13/hello-hexo/",
            "id": f"{BASE}2013/07/13/hello-hexo/",
            "published": datetime(2013, 7, 13, 12, 46, 25, tzinfo=UTC),
            "categories": ("Web", "CSS", "Life"),
        },
    ),
    "docusaurus": (
        "2019/08-28/hello/index.mdx",
        DOCUSAURUS,
        {"authors": "bob: {name: Bob Lee}\n"},
        {
            "title": "The title",
            "url": f"{BASE}blog/2019/08/28/hello",
            "id": f"{BASE}blog/2019/08/28/hello",
            "published": datetime(2019, 8, 28, tzinfo=UTC),
            "topics": ("plain", "Labelled"),
            "authors": ("Ann", "Bob Lee"),
            "body": "<p>Text.</p>",
        },
    ),
    "quarto": (
        "maps/index.qmd",
        QUARTO,
        {"prefix": "posts"},
        {
            "url": f"{BASE}posts/maps/index.html",
            "id": f"{BASE}posts/maps/index.html",
            "published": datetime(2021, 5, 3, tzinfo=UTC),
            "updated": datetime(2021, 6, 1, tzinfo=UTC),
            "topics": ("R", "Maps"),
            "categories": (),
            "authors": ("Ann Lee", "Bob"),
            "images": [f"{BASE}posts/maps/map.png"],
        },
    ),
    "mkdocs": (
        "news.md",
        MKDOCS,
        {"authors": "authors:\n  ann:\n    name: Ann Lee\n"},
        {
            "title": "What's new, and why?",
            "url": f"{BASE}blog/2022/01/30/whats-new-and-why/",
            "id": f"{BASE}blog/2022/01/30/whats-new-and-why/",
            "published": datetime(2022, 1, 30, tzinfo=UTC),
            "updated": datetime(2022, 2, 1, tzinfo=UTC),
            "authors": ("Ann Lee",),
            "categories": ("General",),
            "body": "<p>Text.</p>",
        },
    ),
    "astro": (
        "First Post.mdx",
        "---\ntitle: First\npubDate: 'Jul 08 2022'\nupdatedDate: 2022-07-09\nheroImage: ../../assets/a.png\n---\nText.\n",
        {"prefix": "blog"},
        {
            "url": f"{BASE}blog/first-post/",
            "id": f"{BASE}blog/first-post/",
            "published": datetime(2022, 7, 8, tzinfo=UTC),
            "updated": datetime(2022, 7, 9, tzinfo=UTC),
            "images": [],
        },
    ),
    "nikola": (
        "x.md",
        NIKOLA_YAML,
        {"prefix": "posts"},
        {
            "url": f"{BASE}posts/hello/",
            "id": f"{BASE}posts/hello/",
            "published": datetime(2012, 3, 30, 21, tzinfo=UTC),
            "topics": ("python",),
        },
    ),
    "middleman": (
        "blog/2024-01-02-hello-salt.html.markdown",
        "---\ntitle: Hello\ndate: 2024-01-02 13:00 UTC\ntags: Salt, Sea food\nauthor: Jane\n---\nText.\n",
        {"permalink": "/blog/{year}/{month}/{day}/{title}.html"},
        {
            "url": f"{BASE}blog/2024/01/02/hello-salt.html",
            "id": f"{BASE}blog/2024/01/02/hello-salt.html",
            "published": datetime(2024, 1, 2, 13, tzinfo=UTC),
            "topics": ("Salt", "Sea food"),
            "authors": ("Jane",),
        },
    ),
    "obsidian": (
        "Notes/My note.md",
        "---\ncreated: 2024-03-01T10:00\naliases: [x]\ntags:\n---\n# My note\n\nText.\n",
        {},
        {
            "title": "My note",
            "url": f"{BASE}Notes/My-note",
            "id": f"{BASE}Notes/My-note",
            "published": datetime(2024, 3, 1, 10, tzinfo=UTC),
            "body": "<p>Text.</p>",
        },
    ),
}


def test_each_generator_is_tested() -> None:
    """No preset is without a post here."""
    assert set(POSTS) == set(PRESETS)


@for_each("preset", sorted(POSTS))
def test_a_post_has_the_fields_and_the_id_of_its_generators_own_feed(preset: str) -> None:
    """Title, dates, names, pictures, address and id."""
    path, text, rules, expected = POSTS[preset]
    article = read_article(preset, path, text, **rules)
    found = {name: getattr(article, name, None) for name in expected}
    found |= {"authors": article.provider.authors} if "authors" in expected else {}
    found |= {"images": [image.url for image in article.images]} if "images" in expected else {}
    found |= {"body": article.body.strip()} if "body" in expected else {}
    assert found == expected


OTHER = [
    (
        "pelican",
        "a.md",
        "---\ntitle: A\ndate: 2020-01-02\nsummary: Salt: it is [salty\n---\n\nSome *text*.\n",
        "a.html",
    ),
    ("pelican", "news/a.md", "Title: A\nDate: 2020-01-02\nStatus: published\n\nSome *text*.\n", "a.html"),
    ("pelican", "news/a.rst", "A\n###\n\n:date: 2020-01-02\n:category: x\n\nSome *text*.\n", "a.html"),
    ("pelican", "a.rst", "-----\nA\n-----\n\n:date: 2020-01-02\n\nSome *text*.\n", "a.html"),
    ("nikola", "a.rst", ".. title: A\n.. slug: a\n.. date: 2020/01/02 00:00\n\nSome *text*.\n", "a/"),
    ("nikola", "a.txt", ".. title: A\n.. date: 2020-01-02\n.. tags: b\n\nSome *text*.\n", "a/"),
    ("nikola", "a.markdown", "<!--\n.. title: A\n.. date: 2020-01-02\n-->\n\nSome *text*.\n", "a/"),
    # The rest of a byte order mark, which Nikola skips.
    (
        "nikola",
        "a.html",
        "\u00ba<!--\n.. title: A\n.. date: 2020-01-02\n-->\n\n<p>Some <em>text</em>.</p>\n",
        "a/",
    ),
    ("hugo", "a.org", "#+TITLE: A\n#+DATE: <2020-01-02 Thu>\n\nSome /text/.\n", "a/"),
]


@for_each(("preset", "path", "text", "address"), OTHER)
def test_matter_and_texts_without_fences_are_read(preset: str, path: str, text: str, address: str) -> None:
    """Headers, fields of reStructuredText, comments of Nikola, keywords of org-mode."""
    article = read_article(preset, path, text)
    assert (article.title, article.url) == ("A", f"{BASE}{address}")
    assert article.published == datetime(2020, 1, 2, tzinfo=UTC)
    assert article.body.strip() == "<p>Some <em>text</em>.</p>"


def test_problems_of_headers_name_their_lines() -> None:
    """As those of front matter do."""
    found = read_post("pelican", "a.md", "Title: A\nTags: b\nDate: soon\n\nText.\n")
    assert [(one.code, one.field, one.line) for one in found.problems] == [("bad-date", "date", 3)]


HIDDEN = [
    ("hugo", "a.md", "draft: true"),
    ("hugo", "a.md", "Draft: true"),
    ("hugo", "a.md", "headless: true"),
    ("jekyll", "_drafts/2020-01-01-a.md", ""),
    ("jekyll", "2020-01-01-a.md", "published: false"),
    ("pelican", "a.md", "Status: draft"),
    ("pelican", "a.md", "status: hidden"),
    ("eleventy", "a.md", "eleventyExcludeFromCollections: true"),
    ("eleventy", "a.md", "permalink: false"),
    ("hexo", "a.md", "password: secret"),
    ("docusaurus", "2020-01-01-a.md", "unlisted: true"),
    ("nikola", "a.md", "status: private"),
    ("nikola", "a.md", "tags: a, draft"),
    ("obsidian", "a.md", "publish: false"),
    ("zola", "drafts/a.md", ""),
    ("pelican", "2020-01-01-a.rst", "status: draft"),
]


@for_each(
    ("preset", "lines"),
    [
        ("quarto", "listing: posts"),
        ("quarto", "about:\n  template: a"),
        ("eleventy", "pagination:\n  data: a"),
    ],
)
def test_a_page_without_a_date_that_lists_posts_is_none(preset: str, lines: str) -> None:
    """With a date it is one, and without both it is a post without a date."""
    found = read_post(preset, "a.md", f"---\ntitle: A\n{lines}\n---\nText.\n")
    assert (found.article, found.hidden, found.problems) == (None, "unpublished", ())
    assert read_article(preset, "a.md", f"---\ntitle: A\ndate: 2024-01-02\n{lines}\n---\nText.\n")
    assert read_post(preset, "a.md", "---\ntitle: A\n---\nText.\n").hidden == "faulty"


@for_each(
    ("preset", "date", "expected"),
    [
        ("jekyll", "11-9-2017", (2017, 9, 11)),
        ("jekyll", "11/09/2017 10:00", (2017, 9, 11)),
        ("jekyll", "11.9.2017", (2017, 9, 11)),
        ("jekyll", "9/25/2017", (2017, 9, 25)),
        ("jekyll", "11/9/17", None),
        ("nikola", "06/12/14 12:45:13 UTC-03:00", (2014, 6, 12)),
        ("pelican", "06-12-2014", (2014, 6, 12)),
        ("hexo", "6/12/2014 8:00:00", (2014, 6, 12)),
        ("docusaurus", "06/12/2014", (2014, 6, 12)),
        ("astro", "06/12/99", (1999, 6, 12)),
        ("quarto", "06-12-2014", (2014, 6, 12)),
        ("pelican", "25/12/2014", (2014, 12, 25)),
        ("hugo", "06/12/2014", None),
        ("obsidian", "06-12-2014", None),
    ],
)
def test_day_and_month_are_in_the_order_in_which_the_generator_reads_them(
    preset: str, date: str, expected: tuple[int, int, int] | None
) -> None:
    """Ruby has the day first; Python's dateutil and JavaScript the month, and others refuse such a date."""
    found = read_post(preset, "2017-09-11-a.md", f"---\ntitle: A\ndate: '{date}'\n---\nText.\n")
    when = found.article.published if found.article else None
    assert (when and (when.year, when.month, when.day)) == expected


@for_each(
    ("preset", "order", "date", "expected"),
    [
        ("obsidian", "day-first", "03-04-2024", "2024-04-03T00:00"),
        ("obsidian", "month-first", "03-04-2024", "2024-03-04T00:00"),
        ("obsidian", "day-first", "3.4.2024 10:11", "2024-04-03T10:11"),
        ("hugo", "day-first", "03/04/2024, 5:30 pm", "2024-04-03T17:30"),
        # These have one reading, whatever comes first.
        ("obsidian", "month-first", "14-03-2024", "2024-03-14T00:00"),
        ("obsidian", "day-first", "03/14/2024", "2024-03-14T00:00"),
        ("obsidian", "month-first", "2024-03-04", "2024-03-04T00:00"),
        # The site's configuration comes before the generator.
        ("quarto", "day-first", "03/04/2024", "2024-04-03T00:00"),
        ("jekyll", "month-first", "03/04/2024", "2024-03-04T00:00"),
    ],
)
def test_the_configured_order_decides_between_day_and_month(
    preset: str, order: DateOrder, date: str, expected: str
) -> None:
    matter = f"---\ntitle: A\ndate: {date}\nupdated: '{date}'\n---\nText.\n"
    article = read_article(preset, "2017-09-11-a.md", matter, date_order=order)
    assert article.published.isoformat().startswith(expected)


@for_each(
    ("preset", "text", "title"),
    [
        ("hexo", "title: A\ndate: 2024-01-02\ntags:\n- b\n---\nText.\n\n---\nMore.\n", "A"),
        (
            "hexo",
            "\ufeff\n\ntitle: 5\r\ndate: 2024-01-02 10:11:12\r\n\r\ntags: [b]\r\n-----\r\nText.\r\n\r\n---\r\nMore.",
            "5",
        ),
        # Nothing ends it, it is YAML of no fields, or another generator cannot read it.
        ("hexo", "title: A\ndate: 2024-01-02\ntags: b\n\nText.\n", ""),
        ("hexo", "title: A: [B\ndate: 2024-01-02\n---\nText.\n", ""),
        ("hexo", "A text.\n\n---\ntitle: A\n---\n", ""),
        ("jekyll", "title: A\ndate: 2024-01-02\ntags: b\n---\nText.\n", ""),
    ],
)
def test_hexo_reads_fields_with_no_line_before_them(preset: str, text: str, title: str) -> None:
    found = read_post(preset, "2024-01-02-a.md", text)
    if title:
        assert found.article is not None, found.problems
        assert (found.article.title, found.article.topics, found.article.published.day) == (title, ("b",), 2)
        assert "Text." in found.article.body
        assert "title" not in found.article.body
        assert "More." in found.article.body
    else:
        assert [one.code for one in found.problems] == ["no-front-matter"]


def test_a_problem_of_fields_with_no_line_before_them_is_at_its_line_and_a_draft_is_none() -> None:
    text = "title: A\ndate: {}\n---\nText.\n"
    found = read_post("hexo", "a.md", text.format("soon"))
    assert [(one.code, one.line) for one in found.problems] == [("bad-date", 2)]
    assert read_post("hexo", "a.md", text.format("2024-01-02\npublished: false")).hidden == "unpublished"


@for_each(
    ("preset", "written", "expected"),
    [
        (
            "pelican",
            "One [link](https://x.example/a_(b)?c), and [two](/b 'c').",
            "One link, and [two](/b 'c').",
        ),
        ("quarto", 'See [the *paper*](https://x.example/ "A title").', "See the *paper*."),
        ("hugo", "![A](./a.png) f[0](x) [a] (b)", "A f[0](x) [a] (b)"),
    ],
)
def test_a_link_in_an_excerpt_is_its_text(preset: str, written: str, expected: str) -> None:
    """Excerpts are plain text, but authors and some generators take them for Markdown."""
    text = f"title: A\ndate: 2024-01-02\nsummary: {written}\n"
    if preset != "pelican":
        text = f"---\ntitle: A\ndate: 2024-01-02\ndescription: '{written}'\n---\n"
    assert read_article(preset, "a.md", f"{text}\nText.\n").summary == expected


def test_a_title_that_is_a_list_is_a_problem_of_the_author() -> None:
    found = read_post("astro", "a.md", "---\ntitle: []\ndate: 2024-01-02\n---\n# T\n\nText.\n")
    assert [one.field for one in found.problems] == ["title", "title"]


def test_the_configured_order_counts_for_our_own_fields_too() -> None:
    matter = "---\ntitle: A\npublishedDateTime: 03/04/2024\n---\nText.\n"
    assert read_article("", "a.md", matter, date_order="day-first").published.month == 4


@for_each(
    ("written", "names_setting"),
    [
        ("03-04-2024", True),
        ("'3.4.2024 10:11'", True),
        ("03/04/24", False),
        ("soon", False),
        ("2024-14-03", False),
    ],
)
def test_a_date_of_two_readings_is_refused_and_the_setting_that_decides_is_named(
    written: str, *, names_setting: bool
) -> None:
    found = read_post("obsidian", "a.md", f"---\ntitle: A\ncreated: {written}\n---\nText.\n")
    assert [(one.code, one.field, one.line) for one in found.problems] == [("bad-date", "created", 3)]
    assert ("articles.date_order" in found.problems[0].hint) == names_setting


@for_each(
    ("written", "day"),
    [
        ('"[[2024-03-14]]"', 14),
        ("[[2024-03-14]]", 14),
        ('"[[journal/2024-03-14|that day]]"', 14),
        ('"[[14-03-2024]]"', 14),
        ("[2024-03-14]", 14),
        ('"[[2024 03 14]]"', 14),
        # Several days are none.
        ("[2024-03-14, 2024-03-15]", None),
        ('"[[tomorrow]]"', None),
        ("[true]", None),
        ("[[5]]", None),
        ("[]", None),
    ],
)
def test_a_link_to_the_note_of_a_day_is_that_day(written: str, day: int | None) -> None:
    """So vaults name a day whose note lists what was written on it; without quotes, YAML reads lists."""
    found = read_post("obsidian", "a.md", f"---\ntitle: A\ncreated: {written}\n---\nText.\n")
    assert (found.article and found.article.published.day) == day
    assert [one.field for one in found.problems] == ([] if day else ["created"])


def test_fields_that_another_generator_means_otherwise_are_no_fault() -> None:
    matter = "---\ntitle: A\ndate: 2024-01-02\nrelated: [{title: B, url: /b}]\nlanguage: {toc-title-document: C}\n---\nText.\n"
    assert read_post("quarto", "a.md", matter).problems == ()
    ours = "related: [{title: B, webUrl: 'https://b.example/'}]"
    assert read_article("quarto", "a.md", f"---\ntitle: A\ndate: 2024-01-02\n{ours}\n---\nText.\n").related


@for_each(("preset", "path", "line"), HIDDEN)
def test_what_a_generator_hides_is_never_published(preset: str, path: str, line: str) -> None:
    """Drafts, hidden and unlisted posts, and those behind a password."""
    found = read_post(preset, path, f"---\ntitle: A\ndate: 2020-01-01\n{line}\n---\nText.\n")
    assert (found.article, found.hidden) == (None, "unpublished")


@for_each(
    ("preset", "field", "permalink", "expected"),
    [
        ("hugo", "", "/:filename", "a/"),
        ("hugo", "", "/:slug.html", "a.html"),
        ("hugo", "url: /b", "", "b/"),
        ("hugo", "url: /b.html", "", "b.html"),
        ("hugo", "slug: v1.2", "/:slug", "v1.2/"),
        ("zola", "path: b/v1.2", "", "b/v1.2/"),
        ("jekyll", "permalink: /b", "", "b"),
        ("pelican", "url: b", "", "b"),
    ],
)
def test_addresses_of_folders_end_with_a_slash_where_the_generator_adds_one(
    preset: str, field: str, permalink: str, expected: str
) -> None:
    article = read_article(
        preset, "a.md", f"---\ndate: 2024-01-02\n{field}\n---\nText.\n", permalink=permalink
    )
    assert article.url == f"{BASE}{expected}"


# What the programs themselves wrote: Hugo 0.168, Pelican 4.12, Nikola 8.3, Hexo 8, Eleventy 3.1, and the sources of Docusaurus 3.10, Zola and Quartz.
ADDRESSES = [
    ("hugo", "posts/c++.md", "title: A", "", "posts/c++/"),
    ("hugo", "posts/c++.md", "title: A", "/:year/:contentbasename/", "2024/c/"),
    ("hugo", "posts/a.md", "title: A+B & C/D", "/Blog/:slug/", "blog/a-b-c-d/"),
    ("hugo", "posts/a.md", "title: Many   spaces -- and - hyphens-", "/:slug/", "many-spaces--and-hyphens-/"),
    ("hugo", "posts/x@y½.md", "title: A", "", "posts/x@y/"),
    ("hugo", "posts/a.md", "title: 'A #1 ½ e\u0301'", "/:slug/", "a-%231-e%CC%81/"),
    ("hugo", "posts/a.md", "title: A", "/:monthname/:weekdayname/:filename/", "january/tuesday/a/"),
    ("hugo", "posts/a.md", "publishDate: 2024-04-10", "/:year/:month/:day/:filename/", "2024/01/02/a/"),
    ("hugo", "posts/a.md", "url: /Own/C++/", "/:year/", "Own/C++/"),
    ("hugo", "posts/C++.md", "title: A", "/:sections/:slugorfilename.html", "posts/c++.html"),
    ("hugo", "posts/a.fr.md", "title: A", "", "fr/posts/a/"),
    ("hugo", "posts/a/index.zh-TW.md", "title: A", "/:year/:slug/", "zh-tw/2024/a/"),
    ("hugo", "posts/node.js.md", "title: A", "", "posts/node.js/"),
    ("hugo", "posts/a.fr.md", "url: /own/", "", "own/"),
    ("pelican", "a.md", "title: Привет, мир! Ёлка и юный Яша", "", "privet-mir-iolka-i-iunyi-iasha.html"),
    ("pelican", "a.md", "title: 日本語のテスト", "", "ri-ben-yu-notesuto.html"),
    ("pelican", "a.md", "title: Ελληνικά ύψος", "", "ellenika-upsos.html"),
    ("pelican", "a.md", "title: ½ cup №5 £3 ×", "", "12-cup-no5-ps3-x.html"),
    (
        "hexo",
        "a.md",
        "title: Ümläut Łódź Œuvre 日本 한국어",
        ":post_title/",
        "umlaut-lodz-oeuvre-%E6%97%A5%E6%9C%AC-%ED%95%9C%EA%B5%AD%EC%96%B4/",
    ),
    ("hexo", "a.md", "categories: [Ünï Code, B]", ":category/:title/", "Uni-Code/B/a/"),
    ("pelican", "a.md", "slug: v4.7-Big_Release", "", "v4.7-Big_Release.html"),
    ("pelican", "2024-01-02-a-file.md", "title: Other", "{name}/", "a-file/"),
    ("pelican", "2024-01-02-a-file.md", "title: Other", "{basename}/", "2024-01-02-a-file/"),
    ("pelican", "2024-01-02-a-file.md", "slug: own", "{name}/", "own/"),
    ("pelican", "b.md", "slug: 日本", "{date:%Y}/{slug}/", "2024/%E6%97%A5%E6%9C%AC/"),
    ("mkdocs", "posts/Try v1.0-macOS.md", "", "/{date}/{file}/", "2024/01/02/Try%20v1.0-macOS/"),
    ("mkdocs", "posts/a/index.md", "", "/{date}/{file}/", "2024/01/02/index/"),
    ("mkdocs", "posts/a.md", "slug: v2.0-Now", "/blog/{date}/{slug}/", "blog/2024/01/02/v2.0-Now/"),
    ("astro", "blog/a.md", "slug: v2.0-Now", "/posts/:slug/", "posts/v2.0-Now/"),
    ("astro", "blog/a.md", "slug: v2.0-Now", "", "blog/v2.0-Now/"),
    ("astro", "blog/sub/a.md", "slug: x/v2", "", "blog/x/v2/"),
    ("astro", "a.md", "slug: b", "", "b/"),
    ("eleventy", "posts/a/2024-01-02-index.md", "", "", "posts/a/2024-01-02-index/"),
    ("eleventy", "posts/a/2024-01-02-index.md", "", "/{{ page.fileSlug }}/", "a/"),
    ("eleventy", "posts/2023-01-02-a/2024-01-02-index.md", "", "/{{ page.fileSlug }}/", "a/"),
    ("eleventy", "2024-01-02-index.md", "", "/b/{{ page.fileSlug }}/", "b/"),
    ("hugo", "posts/a/2024-01-02-index.md", "title: A", "", "posts/a/2024-01-02-index/"),
    ("nikola", "a.md", "slug: Mixed Case", "", "Mixed%20Case/"),
    ("eleventy", "Some.Name 1.md", "slug: Other", "/a/{{ page.fileSlug }}/", "a/Some.Name%201/"),
    ("eleventy", "2024-01-01-Some_Name/index.md", "", "/{{ page.fileSlug | slugify }}/", "some-name/"),
    ("eleventy", "a.md", "slug: My Own 2.0", "/{{ slug }}/", "My%20Own%202.0/"),
    ("eleventy", "a.md", "slug: My Own 2.0", "/{{ slug | slugify }}/", "my-own-2-0/"),
    (
        "eleventy",
        "a.md",
        "permalink: /{{ title | slugify }}/\ntitle: \"It's C++ 2.0: a dog's day\"",
        "",
        "its-c-2-0-a-dogs-day/",
    ),
    ("eleventy", "Öl & 日本 été.md", "", "/{{ page.fileSlug | slugify }}/", "oel-and-ete/"),
    ("nikola", "j/index.md", "slug: index", "", "j/"),
    ("docusaurus", "sub/2024-1-02-hello.md", "title: A", "", "blog/2024/1/02/sub/hello"),
    ("docusaurus", "sub/2024-01-02-hello/index.md", "title: A", "", "blog/2024/01/02/sub/hello"),
    ("docusaurus", "release-2024-01-02-notes.md", "title: A", "", "blog/2024/01/02/release-notes"),
    ("zola", "My Folder/a.md", "slug: a/b c", "", "My%20Folder/a-b-c/"),
    ("zola", "blog/a.fr.md", "title: A", "", "fr/blog/a/"),
    ("zola", "blog/a.pt-BR.md", "title: A", "", "pt-BR/blog/a/"),
    ("zola", "blog/2024-01-02_日本.md", "title: A", "", "blog/ri-ben/"),
    ("obsidian", "My Notes/index.md", "title: A", "", "My-Notes/"),
    ("obsidian", "R&D 100%.md", "title: A", "", "R-and-D-100-percent"),
]


@for_each(("preset", "path", "field", "permalink", "expected"), ADDRESSES)
def test_addresses_are_those_that_the_program_makes(
    preset: str, path: str, field: str, permalink: str, expected: str
) -> None:
    article = read_article(preset, path, f"---\ndate: 2024-01-02\n{field}\n---\nText.\n", permalink=permalink)
    assert article.url == f"{BASE}{expected}"


def test_a_language_by_its_name_is_that_language() -> None:
    for name, tag in [("Chinese", "zh"), ("german", "de"), ("pt_BR", "pt-BR")]:
        matter = f"---\ntitle: A\ndate: 2024-01-02\nlanguage: {name}\n---\nText.\n"
        assert read_article("astro", "x.md", matter).language == tag, name


@pytest.mark.parametrize(
    ("path", "site", "address", "language"),
    [
        ("a.en.md", "en", "a/", "en"),
        ("a.en.md", "en-US", "a/", "en"),
        ("a.md", "en", "a/", ""),
        ("a.en.md", "de", "en/a/", "en"),
        ("a.zh-tw.md", "zh-CN", "zh-tw/a/", "zh-tw"),
    ],
)
def test_a_post_in_another_language_than_the_site_is_below_a_folder_of_its_language(
    path: str, site: str, address: str, language: str
) -> None:
    """So a post and its translation are two articles."""
    article = read_article("hugo", path, "---\ndate: 2024-01-02\n---\nText.\n", language=site)
    assert (article.url, article.language) == (f"{BASE}{address}", language)


def test_a_translation_of_nikola_with_the_slug_of_its_original_is_an_article_of_its_own() -> None:
    matter = "---\ntitle: A\nslug: a\ndate: 2024-01-02\n---\nText.\n"
    original, translated = (
        read_article("nikola", path, matter, language="nl") for path in ("x.md", "x.en.md")
    )
    assert (original.url, translated.url, translated.language) == (f"{BASE}a/", f"{BASE}en/a/", "en")


def test_authors_with_links_are_their_names() -> None:
    matter = "---\ndate: 2024-01-02\nauthors: '[Ann Lee](https://example.org/ann) (Salt), [Bob](/bob)'\n---\nText.\n"
    assert read_article("hugo", "a.md", matter).provider.authors == ("Ann Lee (Salt), Bob",)


@pytest.mark.parametrize("preset", ["hugo", "jekyll", "zola", "astro"])
def test_a_post_without_date_and_text_lacks_only_its_date(preset: str) -> None:
    """Its address would follow from the date."""
    found = read_post(preset, "a.md", "---\ntitle: A\n---\n")
    assert [problem.code for problem in found.problems] == ["missing-date"]


def test_a_fence_is_no_title() -> None:
    """Not even in reStructuredText, where a line of hyphens may stand above one."""
    found = read_post("pelican", "2020-01-01-a.rst", "---\ndraft: true\n---\nText.\n")
    assert (found.article, found.hidden) == (None, "unpublished")


@pytest.mark.parametrize("line", ["draft: maybe", "unlisted: perhaps", "published: soon"])
def test_an_unclear_switch_hides_a_post(line: str) -> None:
    """And the problem names the author's own field and line."""
    found = read_post("docusaurus", "a.md", f"---\ntitle: A\ndate: 2020-01-01\n{line}\n---\nText.\n")
    assert found.article is None
    problem = found.problems[0]
    assert (problem.code, problem.field, problem.line) == ("unclear-switch", line.partition(":")[0], 4)


def test_an_unknown_status_hides_a_post_where_it_is_a_switch() -> None:
    """In Pelican and Nikola; in Obsidian it may say anything."""
    text = "---\ntitle: A\ndate: 2020-01-01\nstatus: drfat\n---\nText.\n"
    for preset in ("pelican", "nikola"):
        found = read_post(preset, "a.md", text)
        assert [(one.code, one.field) for one in found.problems] == [("unclear-switch", "status")]
    assert read_article("obsidian", "a.md", text).title == "A"


def test_a_clear_no_of_one_switch_does_not_show_what_another_hides() -> None:
    """In whichever order they are written."""
    for lines in ("draft: false\nunlisted: true", "unlisted: true\ndraft: false"):
        found = read_post("docusaurus", "a.md", f"---\ntitle: A\ndate: 2020-01-01\n{lines}\n---\nText.\n")
        assert found.hidden == "unpublished"


@for_each(
    ("written", "expected"),
    [
        ("2023-01-01 18:30:22 2023 -0800", "2023-01-02T02:30:22+00:00"),
        ("Sun Jan 01 18:30:22 2023 -0800", "2023-01-02T02:30:22+00:00"),
        ("2023-01-01 18:30:22.000000000 -08:00", "2023-01-02T02:30:22+00:00"),
        ("2023-01-01 18:30:22 -0800", "2023-01-02T02:30:22+00:00"),
        ("January 1st, 2023 6:30 PM", "2023-01-01T18:30:00+00:00"),
    ],
)
def test_dates_are_read_as_sites_of_jekyll_write_them(written: str, expected: str) -> None:
    article = read_article("jekyll", "2023-01-01-a.md", f"---\ntitle: A\ndate: {written}\n---\nText.\n")
    assert article.published.isoformat() == expected


@for_each("name", OTHER_NAMES["publishedDateTime"])
def test_a_date_is_read_by_what_authors_of_other_programs_call_it(name: str) -> None:
    """After all names that the generator knows."""
    dates = (f"{name}: 2024-01-02", f"{name}: 2023-12-31\ndate: 2024-01-02")
    for date in dates:
        article = read_article("hugo", "a.md", f"---\ntitle: A\n{date}\n---\nText.\n")
        assert article.published.date().isoformat() == "2024-01-02"


def test_published_is_a_date_in_hugo() -> None:
    """And a switch where it is one."""
    article = read_article("hugo", "a.md", "---\ntitle: A\npublished: 2020-01-02\n---\nText.\n")
    assert article.published == datetime(2020, 1, 2, tzinfo=UTC)
    found = read_post("hugo", "a.md", "---\ntitle: A\ndate: 2020-01-02\npublished: false\n---\nText.\n")
    assert found.hidden == "unpublished"


def test_an_expiry_date_travels_with_the_reading() -> None:
    """The clock decides later."""
    found = read_post("hugo", "a.md", "---\ntitle: A\ndate: 2020-01-02\nexpiryDate: 2021-01-02\n---\nText.\n")
    assert found.expires == datetime(2021, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "line", "field", "number"),
    [
        ("hugo", "date: yesterday", "date", 3),
        ("astro", "pubDate: yesterday", "pubDate", 3),
        ("mkdocs", "date: {created: yesterday}", "date.created", 3),
        ("zola", "tags: []", "date", 1),
    ],
)
def test_problems_name_what_the_author_wrote(preset: str, line: str, field: str, number: int) -> None:
    """The author's own field, where it is; a missing one by its usual name."""
    found = read_post(preset, "a.md", f"---\ntitle: A\n{line}\n---\nText.\n")
    problem = next(one for one in found.problems if one.code in ("bad-date", "missing-date"))
    assert (problem.field, problem.line) == (field, number)


def test_fields_of_config_go_over_the_preset() -> None:
    """Dotted paths, and several in order."""
    article = read_article(
        "hugo",
        "a.md",
        "---\ntitle: A\ndate: 2020-01-01\nsummary: S\nintro: I\nwriter: {name: Ann}\n---\nText.\n",
        fields={"excerpt": ("teaser", "intro"), "provider.authors": ("writer.name",)},
    )
    assert (article.summary, article.provider.authors) == ("I", ("Ann",))


def test_defaults_stand_where_an_article_names_nothing() -> None:
    """And a table is filled up, so that a post's authors keep the site's name."""
    defaults = {
        "provider": {"name": "Blog", "domain": "blog.example.org"},
        "topics": ["misc"],
        "locale": "de",
    }
    article = read_article(
        "jekyll", "2020-01-01-a.md", "---\nauthor: Ann\nlang: fr\n---\nText.\n", defaults=defaults
    )
    assert (article.provider.name, article.provider.authors) == ("Blog", ("Ann",))
    assert (article.topics, article.language) == (("misc",), "fr")


def test_own_ids_depend_on_the_address_alone() -> None:
    """``id = "own"`` gives the ids that a site without a preset has."""
    text = "---\ntitle: A\ndate: 2020-01-01\n---\nText.\n"
    article = read_article("hugo", "a.md", text, id="own")
    assert article.url == f"{BASE}a/"
    assert article.id.startswith("urn:uuid:")


@for_each("preset", sorted(PRESETS))
def test_ids_can_be_the_addresses(preset: str) -> None:
    """As the template of a site's own feed may have them, whatever the generator writes."""
    text = "---\ntitle: A\ndate: 2020-01-01\n---\nText.\n"
    article = read_article(preset, "2020-01-01-a.md", text, id="permalink")
    assert article.id == article.url
    assert article.url.startswith(BASE)


# What Jekyll 4.3 wrote.
ADDRESSES_OF_JEKYLL = [
    ("_posts/2024-01-02-Hello World.md", "", "weekdate", "2024/W01/Tue/Hello-World.html"),
    ("_posts/2024-01-02-Hello World.md", "", "/:short_month/:name.html", "Jan/2024-01-02-hello-world.html"),
    ("_posts/2024-01-02-c++-&-more!.md", "", "none", "c++-&-more!.html"),
    ("_posts/2024-01-02-a.md", "slug: über/alles", "none", "%C3%BCber-alles.html"),
    ("_posts/2024-01-02-a.md", "slug: My.Slug 2", "/:title/", "My.Slug-2/"),
    ("_posts/2024-01-02-a.md", "category: Foo Bar", "none", "foo%20bar/a.html"),
    ("_posts/2024-01-02-a.md", "category: Foo Bar", "/:slugified_categories/:slug/", "foo-bar/a/"),
    ("_posts/2024-01-02-a.md", "categories: Foo Bar", "none", "foo/bar/a.html"),
    ("_posts/2024-01-02-a.md", "categories: [Foo Bar, 'C#']", "none", "foo%20bar/c%23/a.html"),
    ("News/_posts/2024-01-02-a.md", "categories: [tech]", "none", "news/tech/a.html"),
    ("a/b c/_posts/2024-01-02-a.md", "", "none", "a/b%20c/a.html"),
    ("_posts/sub/2024-01-02-a.md", "", "none", "a.html"),
    ("sub/2024-01-02-a.md", "", "none", "a.html"),
]


@for_each(("path", "field", "permalink", "expected"), ADDRESSES_OF_JEKYLL)
def test_addresses_have_the_categories_that_jekyll_finds(
    path: str, field: str, permalink: str, expected: str
) -> None:
    """Folders above ``_posts`` come first, and ``category`` names one."""
    article = read_article("jekyll", path, f"---\n{field}\n---\nText.\n", permalink=permalink)
    assert article.url == f"{BASE}{expected}"


def test_folders_below_posts_are_categories_of_jekyll_if_the_configuration_says_so() -> None:
    article = read_article("jekyll", "sub/2024-01-02-a.md", "---\n---\nText.\n", folders="category")
    assert article.categories == ("sub",)


TITLES_OF_NAMES = [
    ("jekyll", "2024-01-02-my-new_iPhone.md", "My New_iphone"),
    ("mkdocs", "my-new_phone.md", "My new phone"),
    ("mkdocs", "my-new_iPhone.md", "my new iPhone"),
    ("mkdocs", "2024-01-02-salt.md", "2024 01 02 salt"),
    ("docusaurus", "2024-01-02-my-iPhone.md", "my-iPhone"),
    ("nikola", "my-new_iPhone.rst", "my-new_iPhone"),
    ("obsidian", "my new_iPhone.md", "my new_iPhone"),
    ("obsidian", "2024-01-02 Walk.md", "2024-01-02 Walk"),
    ("hugo", "my-new_iPhone.md", "My New IPhone"),
]


@for_each(("preset", "path", "title"), TITLES_OF_NAMES)
def test_a_post_without_a_title_has_that_which_its_generator_makes_of_the_name(
    preset: str, path: str, title: str
) -> None:
    """Hugo's feed has none there; ours must have one."""
    matter = ".. date: 2024-01-02" if preset == "nikola" else "---\ndate: 2024-01-02\n---"
    assert read_article(preset, path, f"{matter}\n\nText.\n").title == title


# What Jekyll 4.3 wrote with the time zone America/New_York: published, and the hour in the address.
MOMENTS_OF_JEKYLL = [
    ("2026-08-20 13:45:00", "2026-08-20 13:45", "2026/08/20/09"),
    ("2026-08-20T13:45:00", "2026-08-20 13:45", "2026/08/20/09"),
    ("2026-08-20 02:45:00", "2026-08-20 02:45", "2026/08/19/22"),
    ("2026-8-2 1:45:00", "2026-08-02 01:45", "2026/08/01/21"),
    ("2026-08-20 13:45:00Z", "2026-08-20 13:45", "2026/08/20/09"),
    ("2026-08-20 13:45:00 +0200", "2026-08-20 11:45", "2026/08/20/07"),
    ("2026-08-20 13:45:00 -04", "2026-08-20 17:45", "2026/08/20/13"),
    ("2026-08-20 13:45", "2026-08-20 17:45", "2026/08/20/13"),
    ("2026/08/20 13:45:00", "2026-08-20 17:45", "2026/08/20/13"),
    ("'2026-08-20 13:45:00'", "2026-08-20 17:45", "2026/08/20/13"),
    ("2026-08-20", "2026-08-20 04:00", "2026/08/20/00"),
]


@for_each(("written", "moment", "address"), MOMENTS_OF_JEKYLL)
def test_a_bare_time_with_seconds_is_one_of_utc_in_jekyll(written: str, moment: str, address: str) -> None:
    """YAML takes it for a time; what is a text, or has no seconds, is in the zone of the site."""
    article = read_article(
        "jekyll",
        "2026-08-20-a.md",
        f"---\ndate: {written}\nlast_modified_at: {written}\n---\nText.\n",
        timezone="America/New_York",
        permalink="/:year/:month/:day/:hour/:title",
    )
    assert (f"{article.published:%Y-%m-%d %H:%M}", article.url) == (moment, f"{BASE}{address}/a")
    assert article.updated == article.published


@pytest.mark.parametrize(("folders", "field"), [("category", "categories"), ("topic", "topics")])
def test_folders_can_be_categories_or_topics(folders: str, field: str) -> None:
    """With those that the post names itself."""
    article = read_article(
        "hugo", "music/live/a.md", "---\ntitle: A\ndate: 2020-01-01\ntags: [x]\n---\nText.\n", folders=folders
    )
    expected = ("music", "live") if field == "categories" else ("x", "music", "live")
    assert getattr(article, field) == expected


def test_a_heading_that_says_the_title_is_not_shown_twice() -> None:
    """Another heading stays."""
    matter = "---\ntitle: A title\ndate: 2020-01-01\n---\n"
    assert "<h" not in read_article("mkdocs", "a.md", f"{matter}# A Title\n\nText.\n").body
    assert "<h" not in read_article("obsidian", "a.md", f"{matter}## A title\n\nText.\n").body
    assert "Another" in read_article("mkdocs", "a.md", f"{matter}# Another\n\nText.\n").body
    assert "Another" in read_article("mkdocs", "a.md", f"{matter}## Another\n\nText.\n").body
    untitled = read_article("mkdocs", "b-c.md", "---\ndate: 2020-01-01\n---\n## Part\n\nText.\n")
    assert (untitled.title, "Part" in untitled.body) == ("B c", True)


def test_a_note_of_obsidian_is_called_as_its_file_whatever_its_first_heading_is() -> None:
    found = read_article("obsidian", "A note - of 2.md", "---\ndate: 2020-01-01\n---\n# TL;DR\n\nText.\n")
    assert (found.title, "TL;DR" in found.body) == ("A note - of 2", True)
    found = read_article("obsidian", "A note.md", "---\ndate: 2020-01-01\n---\n# A Note\n\nText.\n")
    assert (found.title, "<h" in found.body) == ("A note", False)


def test_links_to_files_lead_to_their_pages() -> None:
    """In MkDocs and Obsidian; one whose page is not known becomes its text."""
    text = "---\ndate: 2022-01-30\n---\n# T\n\n[a](../../setup/x.md#y) [b](other.md) ![c](c.png) [d](../../index.md) [e](#f)\n"
    body = read_article("mkdocs", "t.md", text, prefix="blog/posts").body
    assert f'<a href="{BASE}setup/x/#y">a</a> b <img src="{BASE}blog/c.png"' in body
    assert f'<a href="{BASE}">d</a> <a href="{BASE}blog/2022/01/30/t/#f">e</a>' in body
    part = read_post("mkdocs", "t.md", f"{text}\n[f] here\n\n[f]: other.md#part\n", prefix="blog/posts")
    assert part.problems == ()
    note = "---\ndate: 2022-01-30\n---\n[a](../Other%20note.md)\n"
    assert f'<a href="{BASE}Other-note">a</a>' in read_article("obsidian", "x/t.md", note).body


def test_a_path_of_the_site_is_no_other_page() -> None:
    """``link: /about/`` does not become the page that an article is about."""
    article = read_article(
        "jekyll", "2020-01-01-a.md", "---\nlink: /about/\nimage: '{{ site.img }}'\n---\nText.\n"
    )
    assert (article.via, article.images) == ("", ())


def test_without_a_base_url_posts_have_pages_of_their_own() -> None:
    """No address is invented."""
    article = read_article("hugo", "a.md", "---\ntitle: A\ndate: 2020-01-01\n---\nText.\n", base_url="")
    assert (article.url, article.id[:9]) == ("", "urn:uuid:")


WHEN = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
PATTERNS = [
    ("hugo", "/:year/:month/:day/:slug/", "/2021/03/04/the-title/"),
    ("hugo", "/:sections[1:]/:filename", "/b/some-name/"),
    ("hugo", "/:section/:monthname/:weekday/:yearday/", "/a/march/4/63/"),
    ("jekyll", "pretty", "/c/d/2021/03/04/Some-Name/"),
    ("jekyll", "ordinal", "/c/d/2021/063/Some-Name.html"),
    ("jekyll", "weekdate", "/c/d/2021/W09/Thu/Some-Name.html"),
    ("jekyll", "/:short_year/:i_month/:i_day/:slug", "/21/3/4/some-name"),
    ("pelican", "{date:%Y}/{date:%b}/{date:%-d}/{slug}/", "/2021/Mar/4/the-title/"),
    ("pelican", "{category}/{slug}.html", "/c/the-title.html"),
    ("eleventy", "/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/", "/2021/03/Some Name/"),
    ("hexo", ":category/:i_month/:name.html", "/c/D/3/Some Name.html"),
    ("mkdocs", "/{categories}/{slug}/", "/c/d/the-title/"),
]


@for_each(("preset", "pattern", "expected"), PATTERNS)
def test_permalinks_are_written_as_the_generator_writes_them(
    preset: str, pattern: str, expected: str
) -> None:
    """In its own syntax."""
    post = Post(read_path("a/b/Some Name.md"), PRESETS[preset], WHEN, "The Title", "", ("c", "D"))  # type: ignore[index]
    assert make_path(pattern, post) == expected


@for_each("preset", sorted(PRESETS))
def test_the_generators_own_pattern_can_be_read(preset: str) -> None:
    """The default and each style; an unknown part is named."""
    one = PRESETS[preset]  # type: ignore[index]
    for pattern in (one.permalink, *one.styles):
        assert compile_pattern(pattern, one)
    with pytest.raises(UnknownPartError, match=":nonsense"):
        compile_pattern("/:nonsense/", one)


NAMES = st.text("aäß日 -_.'&1", min_size=1, max_size=12).filter(lambda text: text.strip(". "))


@given(
    st.sampled_from(sorted(PRESETS)), st.lists(NAMES, max_size=2), NAMES, st.text(max_size=20), st.booleans()
)
def test_addresses_are_absolute_and_depend_on_the_post_alone(
    preset: str,
    folders: list[str],
    name: str,
    title: str,
    bundle: bool,  # noqa: FBT001 - a value of hypothesis
) -> None:
    """Whatever the names are: one slash after another never, and the same twice."""
    path = "/".join([*folders, *([name, "index.md"] if bundle else [f"{name}.md"])])
    text = f"---\ndate: 2021-03-04\ntitle: {title!r}\n---\nText.\n".encode("utf-8", "ignore").decode()
    found = read_post(preset, path, text)
    if found.article is not None:
        url = found.article.url
        assert url.startswith(BASE)
        assert "//" not in url.removeprefix("https://")
        assert url.isascii()
        again = read_post(preset, path, text).article
        assert again is not None
        assert (again.url, again.id) == (url, found.article.id)


@given(
    st.sampled_from(["jekyll", "hugo", "pelican", "zola", "nikola", "hexo", "eleventy", "words"]), st.text()
)
def test_a_slug_of_a_slug_is_the_slug(style: Any, text: str) -> None:
    """Nothing changes a second time, and no space or slash is left."""
    slug = slugify(text, style)
    assert not any(sign.isspace() for sign in slug)
    assert style == "hugo" or "/" not in slug


def test_a_tag_uri_has_host_day_and_path() -> None:
    """As feedgenerator writes it for Pelican."""
    post = Post(read_path("a.md"), PRESETS["pelican"], WHEN)
    assert make_id("https://e.org/a.html#x", post) == "tag:e.org,2021-03-04:/a.html/x"
    assert make_id("https://e.org/pok%C3%A9/", post) == "tag:e.org,2021-03-04:/poké/"


KEYS = sorted(
    {key for preset in PRESETS.values() for keys in preset.fields.values() for key in keys}
    | {key for names in (COMMON_FIELDS, OTHER_NAMES) for keys in names.values() for key in keys}
    | YES_HIDES
    | NO_HIDES
    | WORD_HIDES
    | {"permalink", "url", "path", "password", "removed"}
)
VALUES = st.sampled_from([
    "null", "true", "no", "5", "-1.5", "2020-01-01", "2020-13-45", "2020-01-01 25:99:00 +9999", "'2020/1/1'", "07:32", "[]",
    "{}", "[[[a]]]", "[{name: {given: 5}}, null, 7]", "{name: [x]}", "{path: 5, alt: []}", "'{{ page.x }}'", "'%:x{y'",
    "'//evil.example.org/x'", "'http://[x'", "'../../..'", "'javascript:x'", "/:year/:nonsense/", "':::'", "''", "é",
    "{date: {created: 1}}", "'0000-00-00'", "!!binary aGk=", "{1: 2}", "'a, b; c'", "'https://user:pw@example.org/'",
])  # fmt: skip


@given(st.sampled_from(sorted(PRESETS)), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_no_value_of_any_field_is_a_fault_of_ours(preset: str, values: dict[str, str]) -> None:
    """Whatever an author writes, an article or a problem comes of it, and no address with a password."""
    lines = "".join(f"{key}: {value}\n" for key, value in values.items() if "." not in key)
    found = read_post(preset, "2020/01-02-x/index.md", f"---\n{lines}---\n# T\n\nText.\n")
    assert "internal" not in {problem.code for problem in found.problems}
    if found.article is not None:
        article = found.article
        assert "user:pw" not in repr((article.url, article.via, article.id, article.images))
        assert article.url.startswith("http") or not article.url

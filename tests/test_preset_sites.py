"""Whole sites with a preset: what their config.toml says, and what a freeze publishes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from documentation import blocks
from effort import for_each
from preset_pages import PAGES, fill
from sites import NOW, Workspace

from feeds.articles.presets import TranslationRules
from feeds.articles.presets.field_names import COMMON_FIELDS
from feeds.articles.presets.tables import PRESETS
from feeds.articles.reader import ReadingRules, read
from feeds.articles.template_syntax.shortcodes import expand_includes
from feeds.articles.unknown_fields import KNOWN
from feeds.config import load, parse
from feeds.config.schema import Config
from feeds.config.translation import is_plain, make_translation_rules
from feeds.errors import ConfigError
from feeds.sync.process import make_reading_rules
from feeds.sync.scan import ScanRules, scan_below

BASE = """\
[site]
title = "Example News"
base_url = "https://feeds.example.org/"

[articles]
path = "articles"
"""


def configure(site: Workspace, *lines: str) -> Config:
    return site.configure(base=BASE + "\n".join(lines) + "\n")


def list_items(site: Workspace, now: datetime = NOW) -> list[dict[str, Any]]:
    """Freeze a site and return the entries of its feed of all articles."""
    site.freeze(now)
    items: list[dict[str, Any]] = json.loads((site.output / "all.json").read_bytes())["items"]
    return items


@pytest.fixture
def site(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_folder_of_hugo_publishes_with_two_lines(site: Workspace) -> None:
    """With the ids, links and order of Hugo's own feed; sections and pages in languages are none."""
    configure(site, 'preset = "hugo"', 'base_url = "https://blog.example.org"', 'permalink = "/:year/:slug/"')
    site.write("_index.md", "---\ntitle: All posts\n---\n")
    site.write("b/index.md", "+++\ntitle = 'B'\ndate = 2024-01-02\n+++\nFirst.\n\n<!--more-->\n\nSecond.\n")
    site.write("a.md", '{"title": "A", "date": "2024-01-03"}\n\nText {{< ref "b" >}}.\n')
    site.write("c.md", "---\ntitle: C\ndate: 2024-01-04\ndraft: true\n---\nText.\n")
    items = list_items(site)
    assert [item["id"] for item in items] == [
        "https://blog.example.org/2024/a/",
        "https://blog.example.org/2024/b/",
    ]
    assert [item["url"] for item in items] == [item["id"] for item in items]
    assert items[1]["summary"] == "First."
    assert "{{" not in items[0]["content_html"]


def test_what_is_beside_the_index_of_a_page_of_hugo_is_no_post(site: Workspace) -> None:
    """It is a resource of that page: seen by a whole sync, and by one that knows which file changed."""
    configure(site, 'preset = "hugo"', 'base_url = "https://blog.example.org"')
    post = "---\ntitle: A\ndate: 2024-01-02\n---\nText.\n"
    for name in (
        "a/index.md",
        "a/index.fr.md",
        "a/note.md",
        "a/plot.html",
        "b/one.md",
        "b/two.md",
        "index.md",
        "c.md",
    ):
        site.write(name, post.replace("A", name))
    found = {"a/index.md", "a/index.fr.md", "b/one.md", "b/two.md", "index.md", "c.md"}
    assert {item["title"] for item in list_items(site)} == found
    assert site.problems() == []
    site.write("a/note.md", post)
    site.write("b/one.md", post)
    rules = ScanRules.of(site.config)
    assert set(scan_below(site.articles, rules, ["a/note.md", "b/one.md"]).files) & {
        "a/note.md",
        "b/one.md",
    } == {"b/one.md"}


def test_an_expired_post_leaves_when_its_time_is_over(site: Workspace) -> None:
    """Without an edit, and as a withdrawal."""
    configure(site, 'preset = "hugo"', "[freeze]", 'max_removed = "100%"')
    site.write("a.md", "---\ntitle: A\ndate: 2024-01-01\nexpiryDate: 2024-07-01\n---\nText.\n")
    site.write("b.md", "---\ntitle: B\ndate: 2024-01-01\n---\nText.\n")
    assert len(list_items(site)) == 2
    assert [item["title"] for item in list_items(site, datetime(2024, 7, 2, tzinfo=UTC))] == ["B"]


def test_a_post_whose_file_is_faulty_goes_if_its_own_switch_changed(site: Workspace) -> None:
    """``status: draft`` counts as ``draft: true`` does; any other change keeps the last good version."""
    configure(site, 'preset = "jekyll"', "[freeze]", 'max_removed = "100%"')
    text = "---\ntitle: A\nstatus: published\n---\nText.\n"
    site.write("2024-01-01-a.md", text)
    site.write("2024-01-02-b.md", text)
    assert len(list_items(site)) == 2
    site.write("2024-01-01-a.md", text.replace("title: A", "title: [A").replace("published", "draft"))
    site.write("2024-01-02-b.md", text.replace("title: A", "title: [A"))
    assert [item["date_published"][:10] for item in list_items(site)] == ["2024-01-02"]


def test_the_same_page_shared_twice_can_be_two_articles(site: Workspace) -> None:
    """With ``same_url = "both"``; the newest one is the only one otherwise."""
    for name in ("2004", "2024"):
        site.article(
            name,
            originalUrl="https://example.org/page",
            publishedDateTime=datetime(int(name), 1, 1, tzinfo=UTC),
        )
    assert len(list_items(site)) == 1
    configure(site, 'same_url = "both"')
    items = list_items(site)
    assert len({item["id"] for item in items}) == 2


def test_days_are_those_of_the_sites_time_zone(site: Workspace) -> None:
    """In dates and in addresses."""
    configure(
        site, 'preset = "jekyll"', 'base_url = "https://b.example.org/"', 'timezone = "America/Los_Angeles"'
    )
    site.write("2024-03-09-a.md", "---\ndate: 2024-03-10 06:00:00 +0000\n---\nText.\n")
    site.write("2024-03-01-b.md", "---\n---\nText.\n")
    items = list_items(site)
    assert [item["url"] for item in items] == [
        "https://b.example.org/2024/03/09/a.html",
        "https://b.example.org/2024/03/01/b.html",
    ]
    assert items[1]["date_published"] == "2024-03-01T08:00:00Z"


def test_a_preset_names_the_files_that_are_posts_unless_config_does(site: Workspace) -> None:
    """``include`` and ``exclude`` are the preset's."""
    config = configure(site, 'preset = "quarto"')
    assert "**/*.qmd" in config.articles.include
    assert "**/README.md" in config.articles.exclude
    config = configure(site, 'preset = "quarto"', 'include = ["*.md"]', "exclude = []")
    assert (config.articles.include, config.articles.exclude) == (("*.md",), ())


def test_addresses_start_below_the_generators_own_folder(site: Workspace) -> None:
    """Whatever the folder of articles is called."""
    folder = site.folder / "blog" / "content" / "posts"
    folder.mkdir(parents=True)
    base = BASE.replace('"articles"', '"blog/content/posts"')
    config = site.configure(base=f'{base}preset = "zola"\nbase_url = "https://b.example.org/"\n')
    rules = make_translation_rules(config)
    assert rules is not None
    assert rules.prefix == "posts"


@pytest.mark.parametrize(
    ("path", "generator", "parents"),
    [
        (".", "", ()),
        ("_posts", "", ()),
        ("blog", "", ("blog",)),
        ("blog/_posts", "", ("blog",)),
        ("blog/_posts/2024", "", ("blog",)),
        ("blog/news/_posts", "title: S\n", ("blog", "news")),
        # These are no part of an address.
        ("_site_of/_posts", "", ()),
        ("blog/_posts", "source: blog", ()),
        ("blog/news/_posts", "title: S\r\ncollections_dir: './blog/'  # ours\r\n", ("news",)),
        ("blog/_posts", "# source: blog\nplugins:\n  source: blog\n", ("blog",)),
        # No site of Jekyll is known.
        ("blog/_posts", None, ()),
    ],
)
def test_folders_around_the_articles_are_categories_of_jekyll_from_its_configuration_on(
    site: Workspace, path: str, generator: str | None, parents: tuple[str, ...]
) -> None:
    (site.folder / path).mkdir(parents=True, exist_ok=True)
    if generator is not None:
        (site.folder / "_config.yml").write_text(generator, "utf-8")
    rules = make_translation_rules(
        site.configure(base=BASE.replace('"articles"', f'"{path}"') + 'preset = "jekyll"\n')
    )
    assert rules is not None
    assert rules.parents == parents


@for_each(
    ("rules", "path", "url", "categories"),
    [
        ({}, "2024-01-02-a.md", "blog/own/2024/01/02/a.html", ("blog", "own")),
        ({}, "news/_posts/2024-01-02-a.md", "blog/news/own/2024/01/02/a.html", ("blog", "news", "own")),
        ({"folders": "none"}, "2024-01-02-a.md", "own/2024/01/02/a.html", ("own",)),
        ({"folders": "category"}, "x/2024-01-02-a.md", "own/blog/x/2024/01/02/a.html", ("own", "blog", "x")),
        ({"permalink": "/:categories/:title/"}, "2024-01-02-a.md", "blog/own/a/", ("blog", "own")),
    ],
)
def test_a_post_of_jekyll_has_the_categories_of_the_folders_around(
    rules: dict[str, Any], path: str, url: str, categories: tuple[str, ...]
) -> None:
    base = "https://b.example/"
    translation = TranslationRules(**{"preset": "jekyll", "base_url": base, "parents": ("blog",), **rules})
    found = read(
        path,
        b"---\ntitle: A\ncategory: own\n---\nText.\n",
        ReadingRules("UTC", base, 1_000_000, translation=translation),
    )
    assert found.article is not None, found.problems
    assert (found.article.url, found.article.categories) == (f"{base}{url}", categories)


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("jekyll", "2024-01-02-a.mkd"),
        ("pelican", "a.mdown"),
        ("nikola", "a.markdown"),
        ("hugo", "a.markdown"),
    ],
)
def test_markdown_has_every_ending_that_its_generator_knows(site: Workspace, preset: str, name: str) -> None:
    configure(site, f'preset = "{preset}"')
    site.write(name, "---\ntitle: A\ndate: 2024-01-02\n---\nSome *text*.\n")
    (item,) = list_items(site)
    assert item["content_html"].strip() == "<p>Some <em>text</em>.</p>"


def test_a_post_of_quarto_shows_what_it_includes_from_the_folder_of_articles(site: Workspace) -> None:
    """Beside it, from the root of the site, and from another included file; what is elsewhere is named in a note."""
    (site.folder / "_quarto.yml").write_text("project: website\n")
    (site.folder / "_outside.qmd").write_text("Secret.")
    configure(site, 'preset = "quarto"')
    matter = "---\ntitle: A\ndate: 2024-01-02\n---\n"
    site.write("a/_b.qmd", f"{matter}B *b*.\n\n{{{{< include ../_c.md >}}}}\n")
    site.write("_c.md", "C.\n\n{{< include _c.md >}}\n")
    site.write("_d.md", "D {{< nothing >}}.")
    site.write("_link.qmd", "")
    (site.articles / "_link.qmd").unlink()
    (site.articles / "_link.qmd").symlink_to(site.folder / "_outside.qmd")
    names = ("_b.qmd", '"/articles/_d.md"', "../../_outside.qmd", "../_link.qmd", "/_outside.qmd")
    includes = "\n\n".join(f"{{{{< include {name} >}}}}" for name in names)
    site.write("a/post.qmd", f"{matter}First.\n\n{includes}\n\nLast {{{{< nothing >}}}}.\n")
    found = read("a/post.qmd", (site.articles / "a/post.qmd").read_bytes(), make_reading_rules(site.config))
    assert found.article is not None
    html = found.article.body
    assert [word for word in ("First.", "<em>b</em>", "C.", "D .", "Last .") if word not in html] == []
    assert html.index("<em>b</em>") < html.index("D .") < html.index("Last .")
    assert not re.search("Secret|include|title", html)
    (problem,) = found.problems
    assert ('4 shortcodes "include"' in problem.message, problem.line) == (True, 7)


def test_a_post_of_jekyll_shows_the_texts_that_it_includes_and_has_the_addresses_of_their_links(
    site: Workspace,
) -> None:
    """Of a text with loops only the addresses, and a note names it."""
    (site.folder / "_includes" / "parts").mkdir(parents=True)
    (site.folder / "_includes" / "parts" / "end.md").write_text("---\na: b\n---\nThe *end*.\n")
    links = "[salt]: /salt/\n[unused]: /unused/\n{% for one in site.all %}\n[loop]: /loop/\n{% endfor %}\n"
    (site.folder / "_includes" / "links.md").write_text(links)
    configure(site, 'preset = "jekyll"', 'base_url = "https://blog.example.org"')
    text = "[Salt][], [sea][SALT], [more][loop].\n\n{% include parts/end.md %}\n\n{% include links.md %}\n"
    site.write("2024-01-02-a.md", f"---\ntitle: A\n---\n{text}{{% include none.md %}}\n")
    name = "2024-01-02-a.md"
    found = read(name, (site.articles / name).read_bytes(), make_reading_rules(site.config))
    assert found.article is not None
    salt = '<a href="https://blog.example.org/salt/">'
    assert f"<p>{salt}Salt</a>, {salt}sea</a>, more.</p>\n<p>The <em>end</em>.</p>" in found.article.body
    (problem,) = found.problems
    assert '1 include "links.md", 1 include "none.md"' in problem.message


def test_includes_are_bounded() -> None:
    """Whatever includes itself, or more than there is room for."""
    files = {"_a.md": "a\n{{< include _a.md >}}\n", "_b.md": "b" * 90_000}
    shown = expand_includes("{{< include _a.md >}}", "x.qmd", files)
    assert shown.split() == ["a"] * 3 + ["{{<", "include", "_a.md", ">}}"]
    many = expand_includes("{{< include _b.md >}}\n" * 1000, "x.qmd", files)
    assert (many.count("b" * 90_000), many.count("include")) == (2, 998)
    assert (
        expand_includes("`{{< include _b.md >}}` {{{< include _b.md >}}}", "x.qmd", files).count("b" * 9) == 0
    )


@pytest.mark.parametrize(
    ("path", "prefix"), [("posts", "posts"), ("src/posts", "posts"), ("content/blog", "blog"), ("src", "")]
)
def test_the_folders_of_eleventy_count_from_its_input(site: Workspace, path: str, prefix: str) -> None:
    """By default, that is the folder of config.toml."""
    (site.folder / path).mkdir(parents=True)
    rules = make_translation_rules(
        site.configure(
            base=BASE.replace('"articles"', f'"{path}"')
            + 'preset = "eleventy"\nbase_url = "https://b.example.org/"\n'
        )
    )
    assert rules is not None
    assert rules.prefix == prefix


def test_the_folder_of_a_language_is_in_no_address(site: Workspace) -> None:
    """In Hugo, that of the main language; a section with a short name stays."""
    for path, prefix in (("content/en/blog", "blog"), ("content/js/blog", "js/blog"), ("content/en", "en")):
        (site.folder / path).mkdir(parents=True, exist_ok=True)
        rules = make_translation_rules(
            site.configure(base=BASE.replace('"articles"', f'"{path}"') + 'preset = "hugo"\n')
        )
        assert rules is not None
        assert rules.prefix == prefix


def test_a_marker_says_where_a_quarto_project_begins(site: Workspace) -> None:
    """The folder of ``_quarto.yml``."""
    folder = site.folder / "web" / "docs" / "posts"
    folder.mkdir(parents=True)
    (site.folder / "web" / "_quarto.yml").write_text("project: {}\n")
    config = site.configure(base=BASE.replace('"articles"', '"web/docs/posts"') + 'preset = "quarto"\n')
    rules = make_translation_rules(config)
    assert rules is not None
    assert rules.prefix == "docs/posts"


def test_authors_have_the_names_that_the_generators_file_lists(site: Workspace) -> None:
    """``authors.yml`` of Docusaurus, ``.authors.yml`` of MkDocs; a broken one is no error."""
    configure(site, 'preset = "docusaurus"', 'base_url = "https://b.example.org/"')
    file = site.articles / "authors.yml"
    file.write_text("ann:\n  name: Ann Lee\n  url: https://ann.example.org\n")
    site.write("2024-01-01-a.md", "---\nauthors: [ann, bob]\n---\n# A\n\nText.\n")
    assert [author["name"] for author in list_items(site)[0]["authors"]] == ["Ann Lee", "bob"]
    file.write_text("ann: [")
    assert [author["name"] for author in list_items(site)[0]["authors"]] == ["ann", "bob"]


WRONG = [
    ('preset = "hogo"', "articles.preset", "Allowed are: hugo"),
    ('preset = "hugo"\nbase_url = "https://b.example.org/"\npermalink = "/:yaer/"', "articles.permalink", ":yaer"),
    ('permalink = "/:year/"', "articles.permalink", "needs articles.base_url"),
    ('fields = { exerpt = "summary" }', "articles.fields.exerpt", "is not a field of an article"),
    ("defaults = { published = true }", "articles.defaults.published", "cannot have a default"),
    ('defaults = { quality = "good" }', "articles.defaults", "is not a number"),
    ("fields = { excerpt = 5 }", "articles.fields.excerpt", "must be text"),
    ("excerpt_words = 0", "articles.excerpt_words", "must be from 1"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "key", "message"), WRONG)
def test_what_cannot_work_is_said_by_key(site: Workspace, lines: str, key: str, message: str) -> None:
    """Every problem of config.toml, before anything is read."""
    with pytest.raises(ConfigError) as caught:
        parse(f"{BASE}{lines}\n", site.folder / "config.toml")
    assert [problem.field for problem in caught.value.problems] == [key]
    assert message in caught.value.problems[0].text()


def test_without_a_preset_nothing_is_translated(site: Workspace) -> None:
    """Ids and bytes are those of a site that knows no presets."""
    assert make_translation_rules(site.config) is None
    assert site.config.articles.most_excerpt_words == 0


def test_long_posts_with_headers_are_read(site: Workspace) -> None:
    """Those of the size from which front matter is measured first."""
    configure(site, 'preset = "pelican"', 'base_url = "https://b.example.org/"')
    site.write("a.md", "Title: A\nDate: 2024-01-01\n\n" + "Word. " * 3000)
    assert [item["url"] for item in list_items(site)] == ["https://b.example.org/a.html"]


def test_large_posts_are_read_by_the_same_rules(site: Workspace) -> None:
    """Though another process reads them."""
    configure(
        site, 'preset = "jekyll"', 'base_url = "https://b.example.org/"', 'defaults = { locale = "de" }'
    )
    site.write("2024-01-01-a.md", "---\ntitle: A\n---\n" + "Word. " * 10_000)
    assert list_items(site)[0]["url"] == "https://b.example.org/2024/01/01/a.html"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_each_generator_has_a_page_that_says_what_its_preset_does(preset: str, tmp_path: Path) -> None:
    """Its table is printed from the preset (tests/preset_pages.py writes it), and its configuration loads."""
    page = (PAGES / f"{preset}.md").read_text()
    assert fill(page, preset) == page
    assert f"({preset}.md)" in (PAGES / "index.md").read_text()
    file = tmp_path / "config.toml"
    for text in blocks("toml", page):
        file.write_text(text)
        (tmp_path / text.partition('path = "')[2].partition('"')[0]).mkdir(parents=True)
        assert load(file).articles.preset == preset


PLAIN = {
    "topics": ["Salt", "C++ and more"],
    "categories": "News",
    "tags": ["a"],
    "locale": "pt-BR",
    "provider": {"name": "Example Blog", "domain": "blog.example.org", "authors": ["Ann Lee", "Bob"]},
}
UNSURE: list[dict[str, Any]] = [
    {"topics": [1]},
    {"topics": ["<b>"]},
    {"locale": []},
    {"locale": ["en"]},
    {"locale": "english"},
    {"provider": "Example"},
    {"provider": {"domain": "localhost"}},
    {"provider": {"images": []}},
    {"images": "/a.png"},
    {"nonsense": "x"},
]


def test_defaults_that_are_plain_are_right_and_no_reader_is_loaded_to_tell() -> None:
    """Each start would take a third longer. What is not plain for sure is read, and reported as before."""
    names = dict.fromkeys(COMMON_FIELDS, "x")
    assert is_plain(names, PLAIN)
    assert not any(is_plain({}, values) for values in UNSURE)
    assert not is_plain({"nonsense": "x"}, {})
    values = {"title": "x", "publishedDateTime": "2000-01-01", "webUrl": "https://example.org/"} | PLAIN
    found = read("a.md", json.dumps(values).encode(), ReadingRules("UTC", "https://example.org/", 1_000_000))
    assert found.article is not None
    assert found.problems == ()
    known = KNOWN | {"provider.authors", "slug", "expires"}
    assert COMMON_FIELDS.keys() <= known

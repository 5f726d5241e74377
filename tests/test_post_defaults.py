"""`feeds init` writes what a generator gives to every post of a folder, and where it has the posts and their addresses."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from sites import NOW

from feeds.articles.reader import read
from feeds.collect.generators import recognise
from feeds.collect.init import Beginning, SiteAnswers, write_config
from feeds.collect.post_defaults import find_defaults
from feeds.config import load
from feeds.sync.process import make_reading_rules

POST = "---\ntitle: A\ndate: 2024-01-02\n---\nText.\n"
OWN = "---\ntitle: A\ndate: 2024-01-02\nauthor: Bob\ntags: [own]\n---\nText.\n"


def begin(folder: Path, **files: str) -> dict[str, Any]:
    """Return the table of articles that `feeds init` would write for a site, and write it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = recognise(folder)
    assert found is not None
    answers = SiteAnswers("News", "https://feeds.example.org/", "en")
    text = write_config(Beginning(answers, found, None, defaults=find_defaults(folder, found)))
    (folder / "feeds.toml").write_text(text)
    table: dict[str, Any] = tomllib.loads(text)["articles"]
    return table


ANN = {"provider": {"authors": ["Ann"]}}
DEFAULTS = [
    (
        {
            "_config.yml": "url: https://x.org\ndefaults:\n- scope: {path: '', type: posts}\n  values: {author: Ann, layout: post}\n"
            "- scope: {path: _docs}\n  values: {author: Eve}\n- scope: {type: pages}\n  values: {tags: [x]}\n",
            "_posts/2024-01-02-a.md": POST,
        },
        ANN,
    ),
    (
        {
            "web/_config.yml": "url: https://x.org\ndefaults:\n- scope: {path: _posts}\n  values: {category: news, lang: de}\n",
            "web/_posts/2024-01-02-a.md": POST,
        },
        {"categories": ["news"], "locale": "de"},
    ),
    (
        {
            "hugo.toml": 'baseURL = "https://x.org"',
            "content/_index.md": "---\ncascade:\n  author: Eve\n  tags: [site]\n---\n",
            "content/posts/_index.md": "+++\n[cascade]\nauthor = 'Ann'\n[cascade.params]\ncategories = ['n']\n+++\n",
            "content/posts/a.md": POST,
        },
        {"topics": ["site"], "categories": ["n"], **ANN},
    ),
    (
        {
            "hugo.toml": 'baseURL = "https://x.org"',
            "content/posts/_index.md": "---\ncascade:\n- author: Eve\n  _target: {path: /posts/old/**}\n- author: Ann\n---\n",
            "content/posts/a.md": POST,
        },
        ANN,
    ),
    (
        {
            "eleventy.config.js": "",
            "content/blog/blog.json": '{"tags": ["posts", "Salt"], "author": {"name": "Ann"}}',
            "content/blog/a.md": POST,
        },
        {"topics": ["Salt"], **ANN},
    ),
    (
        {
            "_quarto.yml": "website: {title: T}",
            "posts/_metadata.yml": "author: [Ann]\nfreeze: true\n",
            "posts/a/index.qmd": POST,
        },
        ANN,
    ),
    ({"mkdocs.yml": "plugins: [blog, meta]", "docs/blog/posts/.meta.yml": "authors: [Ann]", "docs/blog/posts/a post.md": POST}, ANN),
    ({"pelicanconf.py": "SITENAME = 'T'\nAUTHOR = 'Ann'\n", "content/a.md": "Title: A\nDate: 2024-01-02\n\nText.\n"}, ANN),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), DEFAULTS)
def test_what_a_generator_gives_to_every_post_is_written_in_our_words(
    tmp_path: Path, files: dict[str, str], expected: dict[str, Any]
) -> None:
    """The file of the nearest folder counts; what is for other pages, and tags that only collect posts, do not."""
    assert begin(tmp_path, **files)["defaults"] == expected
    rules = make_reading_rules(load(tmp_path / "feeds.toml"))
    name, text = list(files.items())[-1]
    article = read(name.rpartition("/")[2], text.encode(), rules).article
    assert article is not None
    assert article.provider.authors == (("Ann",) if "provider" in expected else ())
    assert article.topics == tuple(expected.get("topics", ()))


def test_a_post_that_says_something_else_keeps_it(tmp_path: Path) -> None:
    config = "url: https://x.org\ndefaults:\n- values: {author: Ann, tags: [all, salt]}\n"
    begin(tmp_path, **{"_config.yml": config, "_posts/2024-01-02-a.md": OWN})
    article = read("2024-01-02-a.md", OWN.encode(), make_reading_rules(load(tmp_path / "feeds.toml"))).article
    assert article is not None
    assert (article.provider.authors, article.topics) == (("Bob",), ("own",))


@pytest.mark.parametrize(
    "files",
    [
        {"_config.yml": "defaults: nonsense", "_posts/2024-01-02-a.md": POST},
        {"_config.yml": "defaults: [1, {scope: 2, values: 3}]", "_posts/2024-01-02-a.md": POST},
        {"hugo.toml": 'baseURL = "https://x.org"', "content/posts/_index.md": "---\ncascade: [\n---\n", "content/posts/a.md": POST},
        {"eleventy.config.js": "", "content/blog/blog.json": "[", "content/blog/a.md": POST},
        {"eleventy.config.js": "", "content/blog/blog.json": '{"author": "{{ site.author }}", "tags": "posts"}', "content/blog/a.md": POST},
    ],
)  # fmt: skip
def test_what_cannot_be_read_gives_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    assert "defaults" not in begin(tmp_path, **files)


@pytest.mark.parametrize(
    ("posts", "name", "template", "expected"),
    [
        (
            "_posts",
            "feed.xml",
            '<guid isPermaLink="true">{{ post.url | prepend: site.url }}</guid>',
            "permalink",
        ),
        ("docs/_posts", "docs/atom.xml", "<id>{{ site.url }}{{ item.url }}</id>", "permalink"),
        ("collections/_posts", "rss.xml", "<guid>{{ post.url | absolute_url }}</guid>", "permalink"),
        ("_posts", "feed.xml", "<id>{{ site.url }}{{ post.id }}</id>", None),
        ("_posts", "feed.xml", "<id>{{ site.url }}/</id><entry><id>{{ page.url }}{{ post.id }}</id>", None),
        ("_posts", "feed.xml", "<link>{{ post.url }}</link>", None),
        ("_posts", "sitemap.xml", "<id>{{ post.url }}</id>", None),
    ],
)
def test_ids_are_those_of_a_template_of_the_sites_own(
    tmp_path: Path, posts: str, name: str, template: str, expected: str | None
) -> None:
    """In Jekyll, whose usual feed is a plug-in's: ``feeds init`` sees what an own one has."""
    files = {"_config.yml": "url: https://x.org\n", f"{posts}/2024-01-02-a.md": POST, name: template}
    assert begin(tmp_path, **files).get("id") == expected


ADDRESSES = [
    ({"_config.yml": "permalink: pretty\ndefaults:\n- values: {permalink: /n/:title/}", "_posts/2024-01-02-a.md": POST}, "/n/:title/"),
    ({"eleventy.config.js": "", "content/blog/blog.11tydata.js": 'export default {\n  permalink: "/b/{{ page.fileSlug }}/",\n}', "content/blog/a.md": POST}, "/b/{{ page.fileSlug }}/"),
    ({"eleventy.config.js": "", "content/blog/blog.json": '{"permalink": "/b/{{ page.date | mine }}/{{ page.fileSlug }}/"}', "content/blog/a.md": POST}, None),
    ({"eleventy.config.js": "", "content/blog/blog.json": '{"permalink": "/{{ page.date.getFullYear() }}/{{ page.fileSlug }}/"}', "content/blog/a.md": POST}, None),
    ({"eleventy.config.js": "", "content/blog/blog.json": '{"permalink": "/{{ page.date | date: \'%Y\' }}/{{ title | slugify | url }}/"}', "content/blog/a.md": POST}, "/{{ page.date | date: '%Y' }}/{{ title | slugify | url }}/"),
    ({"eleventy.config.js": "", "content/blog/blog.json": '{"permalink": "/b/{{ title | mine }}/{{ nobody }}/"}', "content/blog/a.md": POST}, None),
    ({"docusaurus.config.js": "presets: [['classic', {docs: {routeBasePath: '/'}, blog: {showReadingTime: true, feed: {type: 'all'}, routeBasePath: 'news'}}]]", "blog/a.md": POST}, "/news/:slug"),
    ({"docusaurus.config.ts": "const config = {\n  trailingSlash: true,\n  presets: [['classic', {\n    blog: {\n      routeBasePath: '/',\n      path: './posts',\n    },\n  }]],\n}", "posts/a.md": POST}, "/:slug/"),
    ({"docusaurus.config.js": "plugins: [['@docusaurus/plugin-content-blog', {id: 'x', routeBasePath: '/updates/'}]]", "blog/a.md": POST}, "/updates/:slug"),
    ({"docusaurus.config.js": "docs: {routeBasePath: 'x'}, blog: {blogTitle: 'T'}", "blog/a.md": POST}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["permalink: (data) => data.slug,", "permalink(data) { return data.slug; },", "permalink: makeIt,"],
)
def test_an_address_that_a_function_computes_is_named_with_what_is_taken(
    tmp_path: Path, written: str
) -> None:
    program = f"export default {{\n  {written}\n}}"
    begin(tmp_path, **{"eleventy.config.js": "", "blog/blog.11tydata.js": program, "blog/a.md": POST})
    lines = (tmp_path / "feeds.toml").read_text().splitlines()
    (line,) = [line for line in lines if "permalink" in line]
    assert line.startswith('# permalink = "{{ function | blog.11tydata.js }}"   # feeds cannot compute this')


@pytest.mark.parametrize(("files", "permalink"), ADDRESSES)
def test_addresses_are_those_of_the_configuration(
    tmp_path: Path, files: dict[str, str], permalink: str | None
) -> None:
    """A pattern that nobody could fill in is left out."""
    folder = next(name for name in files if name.endswith("a.md")).rpartition("/")[0]
    # Where nobody knows the address of the articles, a pattern is of no use.
    table = begin(tmp_path, CNAME="blog.example.org", **files)
    assert (table["path"], table.get("permalink")) == (folder, permalink)


@pytest.mark.parametrize(
    "config",
    [
        'baseURL = "https://x.org/"\ndefaultContentLanguage = "en"\n[languages.en]\ncontentDir = "content/english"\n',
        'baseURL = "https://x.org/"\n',
    ],
)
def test_a_folder_of_a_language_may_have_its_name_and_is_no_part_of_an_address(
    tmp_path: Path, config: str
) -> None:
    files = {f"content/{one}/blog/a.md": POST for one in ("english", "french")}
    assert begin(tmp_path, **{"hugo.toml": config, **files})["path"] == "content/english/blog"
    article = read("a.md", POST.encode(), make_reading_rules(load(tmp_path / "feeds.toml"))).article
    assert article is not None
    assert article.url == "https://x.org/blog/a/"
    assert article.published < NOW

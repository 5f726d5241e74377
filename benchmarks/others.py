"""The same articles and the same feeds for Hugo and Pelican: their form of a corpus, their configuration.

Atom and RSS for all articles, each topic and each provider, 50 entries each, and nothing else. Their
corpora are written before anything is measured, and hold every article: what we do not publish is a
draft there. Hugo gets our front matter as it is, but for the names of three fields; Pelican knows flat
fields only, and gets fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_HUGO = """\
baseURL = "https://feeds.example.org/"
title = "Benchmark"
disableKinds = ["sitemap", "robotstxt", "404"]
[frontmatter]
date = ["publishedDateTime"]
publishDate = ["publishedDateTime"]
[taxonomies]
topic = "topics"
provider = "providers"
[mediaTypes."application/atom+xml"]
suffixes = ["atom"]
[outputFormats.atom]
mediaType = "application/atom+xml"
baseName = "index"
[outputs]
home = ["rss", "atom"]
term = ["rss", "atom"]
taxonomy = []
section = []
page = []
"""
_HUGO_ATOM = """\
{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<feed xmlns="http://www.w3.org/2005/Atom"><id>{{ .Permalink }}</id><title>{{ .Title }}</title>
<link rel="self" href="{{ .Permalink }}"/>{{ $all := cond .IsHome site.RegularPages .RegularPages }}{{ $pages := first 50 $all.ByDate.Reverse }}
{{ with index $pages 0 }}<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>{{ end }}
{{ range $pages }}<entry><id>{{ .Params.originalUrl }}</id><title>{{ .Title }}</title><link href="{{ .Params.originalUrl }}"/>
<summary>{{ .Params.excerpt }}</summary>{{ with .Content }}<content type="html">{{ . | html }}</content>{{ end }}<published>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</published>
<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated><author><name>{{ .Params.provider.name }}</name></author>
{{ range .Params.topics }}<category term="{{ . }}"/>{{ end }}</entry>
{{ end }}</feed>
"""
_HUGO_RSS = """\
{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<rss version="2.0"><channel><title>{{ .Title }}</title><link>{{ .Permalink }}</link><description>{{ .Title }}</description>
{{ $all := cond .IsHome site.RegularPages .RegularPages }}{{ range first 50 $all.ByDate.Reverse }}<item><guid isPermaLink="false">{{ .Params.originalUrl }}</guid>
<title>{{ .Title }}</title><link>{{ .Params.originalUrl }}</link><description>{{ with .Content }}{{ . | html }}{{ else }}{{ .Params.excerpt }}{{ end }}</description>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{ range .Params.topics }}<category>{{ . }}</category>{{ end }}</item>
{{ end }}</channel></rss>
"""
_PELICAN = """\
SITEURL = "https://feeds.example.org"
SITENAME = "Benchmark"
AUTHOR = "Benchmark"
TIMEZONE = "UTC"
PATH = "content"
OUTPUT_PATH = "output"
FEED_DOMAIN = SITEURL
FEED_MAX_ITEMS = 50
FEED_ALL_ATOM, FEED_ALL_RSS = "all.atom", "all.rss"
FEED_ATOM = FEED_RSS = None
CATEGORY_FEED_ATOM, CATEGORY_FEED_RSS = "providers/{slug}.atom", "providers/{slug}.rss"
TAG_FEED_ATOM, TAG_FEED_RSS = "topics/{slug}.atom", "topics/{slug}.rss"
AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = TRANSLATION_FEED_RSS = None
ARTICLE_SAVE_AS = DRAFT_SAVE_AS = TAG_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = ""
DIRECT_TEMPLATES = []
STATIC_PATHS = []
THEME_STATIC_PATHS = []
READERS = {"html": None}
"""


def hugo(articles: Path, folder: Path) -> list[str]:
    """A Hugo site of the articles; the command that builds it, to be run in its folder."""
    for path, text, fields in _articles(articles):
        draft = f"draft: {str(not fields['published']).lower()}"
        matter = text.replace(f"published: {str(fields['published']).lower()}", draft)
        taxonomy = f"providers: [{fields['provider']['domain']}]"
        _put(folder / "content" / path, matter.replace(draft, f"{draft}\n{taxonomy}"))
    _put(folder / "hugo.toml", _HUGO)
    for kind in ("home", "term"):
        _put(folder / "layouts" / "_default" / f"{kind}.atom", _HUGO_ATOM)
        _put(folder / "layouts" / "_default" / f"{kind}.rss.xml", _HUGO_RSS)
    return ["hugo", "--quiet"]


def pelican(articles: Path, folder: Path) -> list[str]:
    """A Pelican site of the articles; the command that builds it, to be run in its folder."""
    for path, _, fields in _articles(articles):
        lines = [
            f"Title: {fields['title']}",
            f"Date: {fields['publishedDateTime']:%Y-%m-%d %H:%M:%S}",
            f"Category: {fields['provider']['domain']}",
            f"Tags: {', '.join(fields['topics'])}",
            f"Slug: {path.stem}",
            f"Summary: {fields['excerpt']}",
            f"Status: {'published' if fields['published'] else 'draft'}",
        ]
        _put(folder / "content" / path, "\n".join([*lines, "", fields["excerpt"], ""]))
    _put(folder / "pelicanconf.py", _PELICAN)
    return ["pelican", "--quiet", "-s", "pelicanconf.py"]


def _articles(articles: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """The articles, by path relative to their folder: their text and their fields."""
    for path in sorted(articles.rglob("*.md")):
        text = path.read_text()
        yield path.relative_to(articles), text, yaml.load(text.split("---\n")[1], yaml.CSafeLoader)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

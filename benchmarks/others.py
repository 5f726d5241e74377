"""The same articles and the same feeds for Hugo and Pelican: their form of a corpus, their configuration.

Atom and RSS for all articles, each topic and each provider, 50 entries each, and nothing else. Their
corpora are written before anything is measured, published articles only.
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
<link rel="self" href="{{ .Permalink }}"/>{{ $pages := first 50 .RegularPages.ByDate.Reverse }}
{{ with index $pages 0 }}<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>{{ end }}
{{ range $pages }}<entry><id>{{ .Params.originalUrl }}</id><title>{{ .Title }}</title><link href="{{ .Params.originalUrl }}"/>
<summary>{{ .Params.excerpt }}</summary><published>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</published>
<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated><author><name>{{ .Params.source }}</name></author>
{{ range .Params.topics }}<category term="{{ . }}"/>{{ end }}</entry>
{{ end }}</feed>
"""
_HUGO_RSS = """\
{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<rss version="2.0"><channel><title>{{ .Title }}</title><link>{{ .Permalink }}</link><description>{{ .Title }}</description>
{{ range first 50 .RegularPages.ByDate.Reverse }}<item><guid isPermaLink="false">{{ .Params.originalUrl }}</guid>
<title>{{ .Title }}</title><link>{{ .Params.originalUrl }}</link><description>{{ .Params.excerpt }}</description>
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
    for path, fields in _published(articles):
        matter = {
            "title": fields["title"],
            "date": fields["publishedDateTime"],
            "excerpt": fields["excerpt"],
            "originalUrl": fields["originalUrl"],
            "source": fields["provider"]["name"],
            "topics": fields["topics"],
            "providers": [fields["provider"]["domain"]],
            "secured": fields["secured"],
        }
        _put(folder / "content" / path, f"---\n{yaml.safe_dump(matter)}---\n")
    _put(folder / "hugo.toml", _HUGO)
    for kind in ("home", "term"):
        _put(folder / "layouts" / "_default" / f"{kind}.atom", _HUGO_ATOM)
        _put(folder / "layouts" / "_default" / f"{kind}.rss.xml", _HUGO_RSS)
    return ["hugo", "--quiet"]


def pelican(articles: Path, folder: Path) -> list[str]:
    """A Pelican site of the articles; the command that builds it, to be run in its folder."""
    for path, fields in _published(articles):
        lines = [
            f"Title: {fields['title']}",
            f"Date: {fields['publishedDateTime']:%Y-%m-%d %H:%M:%S}",
            f"Category: {fields['provider']['domain']}",
            f"Tags: {', '.join(fields['topics'])}",
            f"Slug: {path.stem}",
            f"Summary: {fields['excerpt']}",
        ]
        _put(folder / "content" / path, "\n".join([*lines, "", fields["excerpt"], ""]))
    _put(folder / "pelicanconf.py", _PELICAN)
    return ["pelican", "--quiet", "-s", "pelicanconf.py"]


def _published(articles: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The public articles, by path relative to their folder."""
    for path in sorted(articles.rglob("*.md")):
        fields = yaml.load(path.read_text().split("---\n")[1], yaml.CSafeLoader)
        if fields["published"]:
            yield path.relative_to(articles), fields


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

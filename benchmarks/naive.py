"""The script that most would write: load every file, group, sort, and let feedgen write each feed.

python benchmarks/naive.py ARTICLES OUTPUT
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import frontmatter
from feedgen.feed import FeedGenerator

_BASE = "https://feeds.example.org"
_LIMIT = 50


def main() -> None:
    """Read, group, write."""
    articles, output = Path(sys.argv[1]), Path(sys.argv[2])
    channels: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(articles.rglob("*.md")):
        post: dict[str, Any] = frontmatter.load(str(path)).metadata
        if post["published"] and post["publishedDateTime"].replace(tzinfo=UTC) <= datetime.now(UTC):
            channels["all"].append(post)
            channels[f"providers/{post['provider']['domain']}"].append(post)
            for topic in post["topics"]:
                channels[f"topics/{_slug(topic)}"].append(post)
    for folder in ("topics", "providers"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    for name, posts in channels.items():
        posts.sort(key=lambda post: post["publishedDateTime"], reverse=True)
        _write(name, posts[:_LIMIT], output)


def _write(name: str, posts: list[dict[str, Any]], output: Path) -> None:
    feed = FeedGenerator()
    feed.id(f"{_BASE}/{name}")
    feed.title(name)
    feed.description(f"Articles of {name}")
    feed.link(href=f"{_BASE}/{name}.atom", rel="self")
    feed.link(href=_BASE, rel="alternate")
    for post in posts:
        date = post["publishedDateTime"].replace(tzinfo=UTC)
        entry = feed.add_entry(order="append")
        entry.id(post["originalUrl"])
        entry.title(post["title"])
        entry.link(href=post["originalUrl"])
        entry.summary(post["excerpt"])
        entry.published(date)
        entry.updated(date)
        entry.category([{"term": topic} for topic in post["topics"]])
        entry.author({"name": post["provider"]["name"]})
    feed.updated(posts[0]["publishedDateTime"].replace(tzinfo=UTC))
    feed.atom_file(str(output / f"{name}.atom"))
    feed.rss_file(str(output / f"{name}.rss"))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


if __name__ == "__main__":
    main()

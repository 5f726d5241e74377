"""On real articles by other people: each feed holds what an independent reading says it must."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml
from lxml import etree
from sites import CONFIG, Workspace

pytestmark = pytest.mark.slow

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDERS = ("_news", "_learning/videos", "_samples")


def frozen(folder: Path, tmp_path: Path, limit: int = 1000) -> Workspace:
    workspace = Workspace(tmp_path / "site")
    base = CONFIG.replace('path = "articles"', f'path = "{folder.as_posix()}"')
    workspace.configure(f"[feeds]\nlimit = {limit}\n", base)
    workspace.freeze(NOW)
    return workspace


def independent(folder: Path) -> list[dict[str, Any]]:
    """The public articles, read with nothing of ours: newest first is left to the caller."""
    found = []
    for path in sorted(folder.glob("*.md")):
        matter = path.read_text(encoding="utf-8-sig").split("---\n")[1]
        fields = yaml.safe_load(matter)
        if fields.get("published", True) and not fields.get("removed"):
            found.append(fields | {"path": path.name, "url": fields.get("webUrl") or fields["originalUrl"]})
    return found


def entries(feed: bytes) -> list[tuple[str, datetime, str]]:
    """Link, publication and id of each Atom entry, in document order."""
    return [
        (
            str(entry.xpath("string(*[local-name()='link' and @rel='alternate']/@href)")),
            datetime.fromisoformat(entry.findtext(f"{ATOM}published", "")),
            entry.findtext(f"{ATOM}id", ""),
        )
        for entry in etree.fromstring(feed).iter(f"{ATOM}entry")
    ]


def test_news_has_132_public_articles_of_which_two_share_a_url_and_60_unpublished(
    corpus: Path, tmp_path: Path
) -> None:
    public = independent(corpus / "_news")
    assert len(public) == 132
    assert len({article["url"] for article in public}) == 131
    assert len(list((corpus / "_news").glob("*.md"))) - len(public) == 60
    workspace = frozen(corpus / "_news", tmp_path)
    assert len(entries(workspace.read("all.atom"))) == 131


@pytest.mark.parametrize("name", FOLDERS)
def test_every_feed_holds_exactly_its_articles_in_the_order_of_an_independent_sort(
    name: str, corpus: Path, tmp_path: Path
) -> None:
    articles = independent(corpus / name)
    workspace = frozen(corpus / name, tmp_path)
    latest: dict[str, dict[str, Any]] = {}
    for article in sorted(articles, key=lambda a: (a["publishedDateTime"], a["path"])):
        latest[article["originalUrl"]] = article
    wanted: dict[str, set[tuple[str, datetime]]] = {"all": set()}
    for article in latest.values():
        channels = {"all", f"providers/{article['provider']['domain'].removeprefix('www.')}"}
        channels |= {f"topics/{topic.lower().replace(' ', '-')}" for topic in article["topics"]}
        channels |= {f"categories/{article['category']}"} if "category" in article else set()
        for channel in channels:
            wanted.setdefault(channel, set()).add((article["url"], article["publishedDateTime"]))
    for channel, members in wanted.items():
        found = entries(workspace.read(f"{channel}.atom"))
        assert {(url, date) for url, date, _ in found} == members, channel
        assert len(found) == len(members)
        assert found == sorted(found, key=lambda e: (-e[1].timestamp(), e[2])), channel
        items = etree.fromstring(workspace.read(f"{channel}.rss")).findall("channel/item")
        assert [
            (i.findtext("link"), parsedate_to_datetime(i.findtext("pubDate", "")), i.findtext("guid"))
            for i in items
        ] == found, channel
    written = {path.relative_to(workspace.output).as_posix() for path in workspace.output.rglob("*.atom")}
    assert written == {f"{channel}.atom" for channel in wanted}


@pytest.mark.parametrize("name", FOLDERS)
def test_feedparser_reads_atom_and_rss_alike(name: str, corpus: Path, tmp_path: Path) -> None:
    workspace = frozen(corpus / name, tmp_path)
    for path in workspace.output.rglob("*.atom"):
        atom = feedparser.parse(path.read_bytes())
        rss = feedparser.parse(path.with_suffix(".rss").read_bytes())
        assert not atom.bozo, path
        assert not rss.bozo, path
        assert seen(atom) == seen(rss), path
        assert atom.entries


def seen(feed: Any) -> list[tuple[Any, ...]]:
    # The description of RSS is HTML, the summary of Atom is text.
    return [
        (
            e.id,
            e.title,
            e.get("link"),
            e.published_parsed,
            unescape(e.summary),
            sorted(t.term for t in e.get("tags", [])),
        )
        for e in feed.entries
    ]


@pytest.mark.parametrize("name", FOLDERS)
def test_secured_is_in_no_file_and_not_in_the_index(name: str, corpus: Path, tmp_path: Path) -> None:
    secrets = [
        yaml.safe_load(path.read_text(encoding="utf-8-sig").split("---\n")[1])["secured"].encode()
        for path in sorted((corpus / name).glob("*.md"))
    ]
    workspace = frozen(corpus / name, tmp_path)
    for path in [p for p in workspace.folder.rglob("*") if p.is_file()]:
        body = path.read_bytes()
        assert not any(secret[:40] in body for secret in secrets), path

"""Check every finished document of a site, and name the article of each finding."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.articles import frontmatter
from feeds.articles.positions import FrontMatterError, locate
from feeds.check.lint import lint
from feeds.check.lint.findings import Finding
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.index.read import channels, overview
from feeds.model import Channel, Kind, Problem
from feeds.publisher.snapshot import Snapshot
from feeds.publisher.targets import FileTarget, PictureTarget
from feeds.sync.object_articles import read_original

# For an element of an entry, the field of the article that it comes from.
_SOURCES = {
    "title": "title",
    "summary": "excerpt",
    "description": "excerpt",
    "content": "featuredContent",
    "content_html": "featuredContent",
    "content:encoded": "featuredContent",
    "link": "originalUrl",
    "url": "originalUrl",
    "id": "id",
    "guid": "id",
    "published": "publishedDateTime",
    "pubDate": "publishedDateTime",
    "date_published": "publishedDateTime",
    "updated": "updatedDateTime",
    "category": "topics",
    "tags": "topics",
    "image": "images",
}
# What is in its place if an article does not have a field.
_STAND_INS = {
    "updatedDateTime": ("publishedDateTime",),
    "featuredContent": ("text", "excerpt", "title"),
    "excerpt": ("featuredContent", "text", "title"),
}
# The field of an article that gives a channel its name.
_NAMED_BY: dict[Kind, str] = {"topics": "topics", "categories": "categories", "tags": "tags"}


def lint_documents(site: Snapshot) -> Iterator[Problem]:
    """Yield what a feed validator would say about the site's documents, once each.

    A finding about an entry is reported at its article, any other at the configuration.
    """
    articles = {article.id: article.path for article in channels.read_shown_articles(site.connection)}
    # An entry of OPML is a feed, known by its address.
    feeds = {
        f"{site.config.site.base_url}{channel.path}.{name}": channel
        for channel in site.channels.by_path.values()
        for name in site.config.feeds.formats
    }
    by_quality = tuple(channel.path for channel in site.channels.by_path.values() if channel.by_quality)
    seen: set[tuple[str, str, str]] = set()
    for place in site.list_places():
        # The old path of a renamed channel has the same document as the new one.
        is_text = place.path == place.target.path and not isinstance(place.target, FileTarget | PictureTarget)
        document = site.make(place.target) if is_text else None
        if document is None:
            continue
        for problem in document.problems:
            if (key := (problem.code, problem.path, "")) not in seen:
                seen.add(key)
                yield problem
        for finding in lint(document.path, document.media_type, document.body):
            key = (finding.code, finding.entry or document.path, finding.field)
            if finding.code == "out-of-order" and document.path.startswith(by_quality):
                continue
            if key not in seen:
                seen.add(key)
                if (channel := feeds.get(finding.entry)) is not None:
                    yield _make_channel_problem(site, finding, document.path, channel)
                else:
                    yield _make_problem(site.config, finding, document.path, articles.get(finding.entry))


def _make_channel_problem(site: Snapshot, finding: Finding, document: str, channel: Channel) -> Problem:
    """Make a problem of a feed in a list, at an article that gives its name if any."""
    message = f'{finding.message} (of the feed "{channel.title}" in /{document})'
    article = overview.find_member_path(site.connection, channel.key) if channel.kind in _NAMED_BY else ""
    if not article:
        return Problem(finding.code, finding.severity, site.config.file, message, field=finding.field)
    field, line, column = _locate_field(site.config, article, _NAMED_BY[channel.kind])
    return Problem(finding.code, finding.severity, article, message, line=line, column=column, field=field)


def _make_problem(config: Config, finding: Finding, document: str, article: str | None) -> Problem:
    message = f"{finding.message} (in /{document})"
    if article is None:
        return Problem(finding.code, finding.severity, config.file, message, field=finding.field)
    field, line, column = _locate_field(config, article, _SOURCES.get(finding.field, ""))
    return Problem(finding.code, finding.severity, article, message, line=line, column=column, field=field)


def _locate_field(config: Config, article: str, field: str) -> tuple[str, int, int]:
    """Return the article's field with line and column, 1 and 1 if it is unreadable."""
    try:
        matter = frontmatter.parse(read_original(config, article).decode("utf-8-sig"))
    except (OSError, StorageError, UnicodeDecodeError, FrontMatterError):
        return field, 1, 1
    filled = {name for name, value in matter.fields.items() if value} | ({"text"} if matter.body else set())
    field = next((name for name in (field, *_STAND_INS.get(field, ())) if name in filled), field)
    if field == "text":
        return field, matter.split.first_line + matter.split.matter.count("\n") + 1, 1
    return field, *locate(matter.split, (field,))

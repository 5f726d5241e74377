"""An extension of Sphinx: what its documents mark as news becomes feeds.

``extensions = ["feeds.integrations.sphinx"]`` adds the directive ``news``. When HTML is built, its entries are
written beside the pages, each page names the feeds, and an entry leads to where the news is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging, osutil
from sphinx.util.docutils import SphinxDirective

from feeds import formats
from feeds.config.schema import FormatName
from feeds.lib.storage.files import replace_file
from feeds.model import Article
from feeds.version import __version__

_log = logging.getLogger(__name__)
# The builders whose pages are files with addresses of their own.
_BUILDERS = ("html", "dirhtml")
# Where a node keeps what its entry needs, and the environment which documents have news.
_NEWS = "feeds_news"


class NewsDirective(SphinxDirective):  # type: ignore[misc] # Sphinx is not installed everywhere
    """A piece of news: its title, its date, and a text in the document's syntax."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "date": directives.unchanged_required,
        "id": directives.unchanged_required,
        "summary": directives.unchanged,
        "topics": directives.unchanged,
    }

    def run(self) -> list[Any]:
        """Show title, day and text, and mark them for the feeds."""
        (title,) = self.arguments
        try:
            published = _read_time(self.options.get("date", ""))
        except ValueError:
            raise self.error(
                f'"{title}" needs a date: ":date: 2026-11-28", with a time "2026-11-28T09:30Z".'
            ) from None
        text = nodes.container("", *self.parse_content_to_nodes(), classes=["news-text"])
        node = nodes.container(
            "",
            nodes.rubric("", title),
            nodes.paragraph("", f"{published:%Y-%m-%d}", classes=["news-date"]),
            text,
            classes=["news"],
        )
        node[_NEWS] = {**self.options, "title": title, "published": published}
        node["names"].append(nodes.fully_normalize_name(title))
        self.set_source_info(node)
        self.state.document.note_implicit_target(node, node)
        _find_documents(self.env).add(self.env.docname)
        return [node]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the configuration and what writes the feeds."""
    app.add_directive("news", NewsDirective)
    app.add_config_value("feeds_path", "news", "html")
    app.add_config_value("feeds_limit", 50, "html")
    app.connect("env-purge-doc", lambda _app, env, name: _find_documents(env).discard(name))
    app.connect(
        "env-merge-info", lambda _app, env, _names, other: _find_documents(env).update(_find_documents(other))
    )
    app.connect("html-page-context", _name_feeds)
    app.connect("build-finished", _write_feeds)
    return {"version": __version__, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def _find_documents(env: BuildEnvironment) -> set[str]:
    """Return the names of the documents with news, as the environment keeps them."""
    if not hasattr(env, _NEWS):
        setattr(env, _NEWS, set())
    found: set[str] = getattr(env, _NEWS)
    return found


def _read_time(text: str) -> datetime:
    """Read a day or a time; without a zone it is in UTC. Raises :class:`ValueError`."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _find_base(app: Sphinx) -> str:
    return f"{app.config.html_baseurl.rstrip('/')}/"


def _list_addresses(app: Sphinx) -> dict[FormatName, str]:
    """List the feed's address in each format; none if the pages have no known address."""
    if not app.config.html_baseurl or app.builder.name not in _BUILDERS:
        return {}
    return {name: urljoin(_find_base(app), f"{app.config.feeds_path}.{name}") for name in formats.MEDIA_TYPES}


def _name_feeds(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Name the feeds in the head of a page, where readers look for them."""
    if _find_documents(app.env):
        context["metatags"] = context.get("metatags", "") + "".join(
            f'\n<link rel="alternate" type="{formats.MEDIA_TYPES[name]}" href="{url}">'
            for name, url in _list_addresses(app).items()
        )


def _write_feeds(app: Sphinx, error: Exception | None) -> None:
    """Write the feeds of a build that succeeded, newest first."""
    if error is not None or app.builder.name not in _BUILDERS or not _find_documents(app.env):
        return
    addresses = _list_addresses(app)
    if not addresses:
        _log.warning("No feeds of the news are written: html_baseurl does not say where the pages will be.")
        return
    config, base = app.config, _find_base(app)
    try:
        articles = sorted(_make_articles(app, base), key=lambda article: article.published, reverse=True)
        feed = formats.make_feed(config.project, base, author=config.author, language=config.language or "en")
        for name, url in addresses.items():
            body = formats.render(feed, articles[: config.feeds_limit], name, url)
            file = Path(app.outdir, f"{config.feeds_path}.{name}")
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, body)
    except ValueError as fault:
        raise ExtensionError(f"The feeds of the news cannot be made: {fault}") from fault


def _make_articles(app: Sphinx, base: str) -> Iterator[Article]:
    """Yield an article for each piece of news, with its text as the page shows it."""
    for name in sorted(_find_documents(app.env)):
        page = app.builder.get_target_uri(name)
        # Pictures are named from where the page is.
        app.builder.imgpath = osutil.relative_uri(page, "_images")
        tree = app.env.get_doctree(name)
        app.env.apply_post_transforms(tree, name)
        app.builder.post_process_images(tree)
        for node in list(tree.findall(nodes.container)):
            if (news := node.get(_NEWS)) is not None:
                yield formats.make_article(
                    news["title"],
                    news["published"],
                    url=f"{urljoin(base, page)}#{node['ids'][0]}",
                    html=app.builder.render_partial(node[-1])["fragment"],
                    id=news.get("id", ""),
                    summary=news.get("summary", ""),
                    topics=news.get("topics", "").split(","),
                )

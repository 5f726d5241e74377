"""Checks what config.toml says of running: the index, and who hears of changes."""

from __future__ import annotations

import re

from feeds.config.from_toml import ConfigProblems
from feeds.config.running_tables import IndexConfig
from feeds.config.schema import Config
from feeds.lib.text.urls import canonicalise

# User and password, hosts with ports, database, parameters. In a password, "@" and "/" must be encoded,
# because they would end it.
_DATABASE = re.compile(
    r"postgresql(\+psycopg)?://([^@/?#\s]*@)?[\w.,:%\[\]-]*(/[^@/?#\s]*)?(\?[^@#\s]*)?", re.ASCII
)
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INDEXNOW_KEY = re.compile(r"[A-Za-z0-9-]{8,128}")


def check_running(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each value that cannot work."""
    _check_index(config, problems)
    _check_push(config, problems)


def _check_index(config: Config, problems: ConfigProblems) -> None:
    if config.index.url:
        _check_database(config.index, problems)
    if config.index.path and not config.index.path.endswith(".sqlite"):
        problems.add(
            ("index", "path"),
            f'"{config.index.path}" does not end in ".sqlite".',
            "So no other file is replaced.",
        )


def _check_database(index: IndexConfig, problems: ConfigProblems) -> None:
    """Check the address of a database.

    No message shows it, because it may hold a password.
    """
    if index.path:
        problems.add(
            ("index", "path"), "goes with no index.url: the index is in one place.", "Name one of them."
        )
    if not _DATABASE.fullmatch(index.url):
        problems.add(
            ("index", "url"),
            "is not the address of a PostgreSQL database.",
            "Write it like postgresql+psycopg://user@host:5432/database; in a password, percent-encode all but"
            " letters and digits.",
        )
    if not _SCHEMA.fullmatch(index.schema) or index.schema.startswith("pg_"):
        problems.add(
            ("index", "schema"),
            f'"{index.schema}" cannot be the name of a schema.',
            "Use a-z, 0-9 and _, at most 40 of them, a letter first.",
        )


def _check_push(config: Config, problems: ConfigProblems) -> None:
    server = (config.rsscloud.server,) if config.rsscloud.server else ()
    for key, urls, noun, short in (
        (("websub", "hubs"), config.websub.hubs, "a WebSub hub", "a hub"),
        (("indexnow", "engines"), config.indexnow.engines, "a search engine", "an engine"),
        (("rsscloud", "server"), server, "a server of rssCloud", ""),
    ):
        found = [canonicalise(url) for url in urls]
        for url, usable in zip(urls, found, strict=True):
            if usable is None or "#" in usable:
                problems.add(key, f'"{url}" is not an absolute http(s) URL.', f"Name the address of {noun}.")
        if len(set(found)) < len(found):
            problems.add(key, f"names {short} twice.")
    if "?" in config.rsscloud.server:
        problems.add(("rsscloud", "server"), "has parameters.", "Name the address that /ping follows.")
    chosen = config.indexnow.key
    if chosen and not _INDEXNOW_KEY.fullmatch(chosen):
        problems.add(("indexnow", "key"), "cannot be a key.", "Use 8 to 128 of a-z, A-Z, 0-9 and hyphens.")
    if chosen and not config.output.pages:
        problems.add(
            ("indexnow", "key"),
            "goes with output.pages: without pages there is nothing to tell.",
            "Set output.pages = true, or take the key out.",
        )
    if config.rsscloud.server and "rss" not in config.feeds.formats:
        problems.add(
            ("rsscloud", "server"),
            'goes with "rss" in feeds.formats, which alone names it.',
            "Add the format, or take the server out.",
        )

"""The database of articles and channels: a cache that can be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.index.index import INDEX_ERRORS, Index, is_damage

__all__ = ["INDEX_ERRORS", "Index", "is_damage", "is_filled", "open_index"]


def open_index(config: Config) -> Index:
    """Open the index of a configuration.

    Raises :class:`feeds.errors.StorageError` if that fails.
    """
    if config.index.url:
        with _explain_missing_driver():
            from feeds.index.postgres import PostgresIndex
        owner = config.site.id or config.site.base_url
        return PostgresIndex(
            config.index.url, config.index.schema, owner, config.index_path.with_suffix(".key")
        )
    from feeds.index.sqlite import SqliteIndex

    return SqliteIndex(config.index_path)


def is_filled(config: Config) -> bool:
    """Return whether the configuration's index exists and has been synced."""
    if config.index.url:
        with _explain_missing_driver():
            from feeds.index import postgres
        return postgres.is_filled(config.index.url, config.index.schema)
    from feeds.index import sqlite

    return sqlite.is_filled(config.index_path)


@contextmanager
def _explain_missing_driver() -> Iterator[None]:
    """Raise an error that says what to install if psycopg cannot be imported."""
    try:
        yield
    except ImportError:
        raise StorageError(
            'index.url needs psycopg, which is not installed: pip install "feeds[postgres]".'
        ) from None

"""What a worker does: bytes of files in, bytes of results out. It opens no file and keeps nothing."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from threading import Lock

import msgspec
from msgspec import Struct

from feeds.config.schema import Config
from feeds.lib.processes import packed
from feeds.sync.cluster.versions import require_same, versions
from feeds.sync.process import File, FileProcessor

# A worker with several threads would do nothing sooner, and reading is made for one.
_one_at_a_time = Lock()


def made(terms: bytes, files: bytes) -> bytes:
    """The results of some files by some terms, all encoded.

    Raises :class:`feeds.errors.ClusterError` where this machine has other versions than the one that asks.
    """
    with _one_at_a_time:
        return packed(_intake(terms).made(decode_files(files)))


@lru_cache(maxsize=1)
def _intake(encoded: bytes) -> FileProcessor:
    """The intake by these terms: made once for all files of a sync."""
    terms = decode_terms(encoded)
    # It may have joined the cluster since all were asked.
    require_same(terms.versions, versions(terms.config.articles.timezone), f"worker {platform.node()}")
    return FileProcessor(terms.config, terms.now)


decode_files = msgspec.msgpack.Decoder(list[File]).decode


class Terms(Struct, frozen=True):
    """What the results of a sync depend on beside the files, and the versions that must make them."""

    config: Config
    now: datetime
    versions: dict[str, str]


decode_terms = msgspec.msgpack.Decoder(Terms).decode


def encoded_terms(intake: FileProcessor, versions: Mapping[str, str]) -> bytes:
    """The terms of an intake, with those tables of its configuration alone on which results depend.

    The others name places, hubs, a database and tokens, which are nobody's business elsewhere.
    """
    config = intake.config
    shown = Config(
        site=config.site,
        articles=config.articles,
        feeds=config.feeds,
        output=config.output,
        topics=config.topics,
        providers=config.providers,
        custom=config.custom,
        curated=config.curated,
        file="",
    )
    return packed(Terms(shown, intake.now, dict(versions)))

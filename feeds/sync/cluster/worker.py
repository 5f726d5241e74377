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
from feeds.lib.processes import pack
from feeds.sync.cluster.versions import collect_versions, require_same
from feeds.sync.process import File, FileProcessor

# A worker with several threads would do nothing sooner, and reading is made for one.
_one_at_a_time = Lock()


def process_files(terms: bytes, files: bytes) -> bytes:
    """The results of some files by some terms, all encoded.

    Raises :class:`feeds.errors.ClusterError` where this machine has other versions than the one that asks.
    """
    with _one_at_a_time:
        return pack(_make_processor(terms).process(decode_files(files)))


@lru_cache(maxsize=1)
def _make_processor(encoded: bytes) -> FileProcessor:
    """The intake by these terms: made once for all files of a sync."""
    terms = decode_terms(encoded)
    # It may have joined the cluster since all were asked.
    require_same(
        terms.versions, collect_versions(terms.config.articles.timezone), f"worker {platform.node()}"
    )
    return FileProcessor(terms.config, terms.now)


decode_files = msgspec.msgpack.Decoder(list[File]).decode


class Terms(Struct, frozen=True):
    """What the results of a sync depend on beside the files, and the versions that must make them."""

    config: Config
    now: datetime
    versions: dict[str, str]


decode_terms = msgspec.msgpack.Decoder(Terms).decode


def encode_terms(processor: FileProcessor, versions: Mapping[str, str]) -> bytes:
    """The terms of an intake, with those tables of its configuration alone on which results depend.

    The others name places, hubs, a database and tokens, which are nobody's business elsewhere.
    """
    config = processor.config
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
    return pack(Terms(shown, processor.now, dict(versions)))

"""Do the work of a worker: bytes of files in, bytes of results out.

It opens no file and keeps nothing.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from threading import Lock

import msgspec
from msgspec import Struct

from feeds.articles.reader import ReadingRules
from feeds.config.schema import Config
from feeds.lib.processes import pack
from feeds.sync.cluster.versions import collect_versions, require_same
from feeds.sync.process import File, FileProcessor, make_reading_rules

# Several threads of a worker would not be quicker, and reading is made for one thread.
_one_at_a_time = Lock()


def process_files(terms: bytes, files: bytes) -> bytes:
    """Return the results of some files by some terms, all encoded.

    Raises :class:`feeds.errors.ClusterError` if this machine has other versions than the one that asks.
    """
    with _one_at_a_time:
        return pack(_make_processor(terms).process(decode_files(files)))


@lru_cache(maxsize=1)
def _make_processor(encoded: bytes) -> FileProcessor:
    """Make the processor of a sync, once for all its files."""
    terms = decode_terms(encoded)
    # This worker may have joined the cluster after all others were asked.
    require_same(
        terms.versions, collect_versions(terms.config.articles.timezone), f"worker {platform.node()}"
    )
    return FileProcessor(terms.config, terms.now, terms.rules)


decode_files = msgspec.msgpack.Decoder(list[File]).decode


class Terms(Struct, frozen=True):
    """What a sync's results depend on beside the files, and the versions required.

    ``rules`` hold what is in other files of the site, which are not on this machine.
    """

    config: Config
    now: datetime
    rules: ReadingRules
    versions: dict[str, str]


decode_terms = msgspec.msgpack.Decoder(Terms).decode


def encode_terms(processor: FileProcessor, versions: Mapping[str, str]) -> bytes:
    """Encode a sync's terms, with only the configuration that results depend on.

    The other tables name paths, hubs, a database and tokens, which other machines need not know.
    """
    config = processor.config
    shown = Config(
        site=config.site,
        articles=config.articles,
        feeds=config.feeds,
        output=config.output,
        topics=config.topics,
        providers=config.providers,
        selections=config.selections,
        curated=config.curated,
        file="",
    )
    return pack(Terms(shown, processor.now, make_reading_rules(config), dict(versions)))

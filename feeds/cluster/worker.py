"""What a worker does: bytes of files in, bytes of results out. It opens no file and keeps nothing."""

from __future__ import annotations

import platform
from functools import lru_cache
from threading import Lock

from feeds.cluster import wire
from feeds.cluster.versions import require_same, versions
from feeds.index.work import packed
from feeds.intake import Intake

# A worker with several threads would do nothing sooner, and reading is made for one.
_one_at_a_time = Lock()


def made(terms: bytes, files: bytes) -> bytes:
    """The results of some files by some terms, all encoded.

    Raises :class:`feeds.errors.ClusterError` where this machine has other versions than the one that asks.
    """
    with _one_at_a_time:
        return packed(_intake(terms).made(wire.files(files)))


@lru_cache(maxsize=1)
def _intake(encoded: bytes) -> Intake:
    """The intake by these terms: made once for all files of a sync."""
    terms = wire.terms(encoded)
    # It may have joined the cluster since all were asked.
    require_same(terms.versions, versions(terms.config.articles.timezone), f"worker {platform.node()}")
    return Intake(terms.config, terms.now)

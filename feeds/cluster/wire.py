"""What passes between this machine and the workers: bytes, with a type on either side.

Dask would pickle our values. Bytes it passes on as they are, and what comes back is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from feeds.config import Config
from feeds.index.work import packed
from feeds.intake import File, Intake

files = msgspec.msgpack.Decoder(list[File]).decode


class Terms(Struct, frozen=True):
    """What the results of a sync depend on beside the files, and the versions that must make them."""

    config: Config
    now: datetime
    versions: dict[str, str]


terms = msgspec.msgpack.Decoder(Terms).decode


def encoded_terms(intake: Intake, versions: Mapping[str, str]) -> bytes:
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

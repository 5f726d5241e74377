"""The texts of config.toml: plain, of one line, and of characters that a feed may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from feeds.config.from_toml import Faults, Key
from feeds.config.schema import Config
from feeds.lib.text.plain import has_unwanted, plain

# Texts that feeds and pages show.
_SHOWN = {"title", "description", "author", "rights", "name"}


def check_texts(config: Config, faults: Faults) -> None:
    """Add a fault for each text that no feed may hold, or that would be shown otherwise than written."""
    for key, text in _texts(config, ()):
        if has_unwanted(text) or "\x00" in text:
            faults.add(key, "holds characters that no feed may hold.", "Retype it.")
        elif key[-1] in _SHOWN and plain(text) != " ".join(text.split()):
            faults.add(key, "holds tags or entities.", "Write plain text; it is shown as it is written.")
    for name, custom in config.custom.items():
        if not custom.title.strip():
            faults.add(("custom", name, "title"), "is empty.")


def _texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from _texts(getattr(value, field.name), (*key, field.name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield (*key, name), name
            yield from _texts(item, (*key, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item, key)

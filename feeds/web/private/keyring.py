"""Check the tokens that open private feeds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

from feeds.config.channel_tables import PrivateConfig
from feeds.config.schema import Config
from feeds.config.tokens import TokenError, read_tokens

Stamp = tuple[int, int, int]


class Keyring:
    """The tokens of all private feeds of a configuration.

    Safe to share between threads. A token file is read again as soon as it changes. While it cannot be
    used, its feed opens to nobody, and ``say`` gets one sentence about it.
    """

    def __init__(self, config: Config, say: Callable[[str], None] = lambda _text: None) -> None:
        self._config = config
        self._say = say
        self._known: dict[str, tuple[Stamp | None, tuple[bytes, ...]]] = {}

    def opens(self, name: str, token: str) -> bool:
        """Return whether a token opens the feed of a name, in a time that reveals neither.

        The token is compared with every token of every feed, whatever the name.
        """
        given = _hash(token)
        opened = [
            feed for feed in self._config.private for known in self._load_hashes(feed)
            if hmac.compare_digest(known, given)
        ]  # fmt: skip
        return name in opened

    def _load_hashes(self, name: str) -> tuple[bytes, ...]:
        private = self._config.private[name]
        stamp = _read_stamp(self._config.locate(private.token_file)) if private.token_file else None
        known = self._known.get(name)
        if known is None or known[0] != stamp:
            known = stamp, self._read(name, private)
            self._known[name] = known
        return known[1]

    def _read(self, name: str, private: PrivateConfig) -> tuple[bytes, ...]:
        try:
            return tuple(map(_hash, read_tokens(private, self._config.folder)))
        except TokenError as error:
            self._say(f"private.{name}.{error}")
            return ()


def _hash(token: str) -> bytes:
    # Hashes have one length, so that the comparison does not reveal how long the token is.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _read_stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns

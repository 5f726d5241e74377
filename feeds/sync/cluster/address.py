"""Say which cluster is meant, and how long to wait for it. Loads nothing of Dask."""

from __future__ import annotations

import re
from importlib.util import find_spec

from msgspec import Struct

from feeds.errors import ClusterError

_SCHEDULER = re.compile(r"(tcp|tls)://[^\s/@]+:\d{1,5}/?")
_LOCAL = re.compile(r"local:([1-9]\d{0,2})")


class Address(Struct, frozen=True):
    """A scheduler's address, or a number of processes on this machine."""

    text: str
    processes: int = 0

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``tcp://HOST:PORT``, ``tls://HOST:PORT`` or ``local:N``.

        Raises :class:`ClusterError` if it is none of them, or if Dask is not installed.
        """
        local = _LOCAL.fullmatch(text)
        if local is None and not _SCHEDULER.fullmatch(text):
            raise ClusterError(
                f'--cluster: "{text}" is not the address of a cluster. Write the scheduler\'s, such as'
                " tcp://scheduler:8786 or tls://scheduler:8786, or local:4 for four processes of this machine."
            )
        if find_spec("distributed") is None:
            raise ClusterError("--cluster needs Dask, which is not installed: pip install 'feeds[dask]'.")
        return cls(text, int(local[1]) if local else 0)


class Waits(Struct, frozen=True):
    """Seconds that a scheduler may be silent, and a cluster may lack workers."""

    scheduler: int = 20
    workers: int = 60

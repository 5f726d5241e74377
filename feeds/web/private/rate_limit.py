"""Counts wrong tokens by the address that they come from, in a bounded memory."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# In a network of this size, anybody has as many addresses as there are (RFC 6177).
_IPV6_PREFIX = 64


class FailedTokens:
    """Wrong tokens of the last minute. Safe to share between threads.

    ``most`` are allowed in so many ``seconds``; of ``remembered`` addresses at most, those that
    were wrong last.
    """

    def __init__(
        self,
        most: int = 10,
        seconds: int = 60,
        remembered: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._remembered = remembered
        self._clock = clock
        self._lock = threading.Lock()
        # By network: when it was wrong first, and how often since.
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._wrong)

    def register(self, address: str) -> int:
        """Note a wrong token; for how many seconds no more are taken from there, 0 for none."""
        network, now = _network(address), self._clock()
        with self._lock:
            first, number = self._wrong.pop(network, (now, 0))
            if now - first >= self._seconds:
                first, number = now, 0
            self._wrong[network] = first, number + 1
            while len(self._wrong) > self._remembered:
                self._wrong.popitem(last=False)
        return 0 if number < self._most else max(1, round(first + self._seconds - now))


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(known), _IPV6_PREFIX), strict=False))
    return address

"""Count wrong tokens by the address that they come from, in bounded memory."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# Whoever has an IPv6 network has all the addresses in it, and the usual size is this (RFC 6177).
_IPV6_PREFIX = 64


class FailedTokens:
    """The wrong tokens of the last minute, by address. Safe to share between threads.

    ``most`` wrong tokens are allowed in ``seconds``. Up to ``remembered`` addresses are kept,
    those that sent a wrong token last.
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
        # By network: when the first wrong token came, and how many since.
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._wrong)

    def register(self, address: str) -> int:
        """Note a wrong token; return for how many seconds its address is blocked, or 0."""
        network, now = _find_network(address), self._clock()
        with self._lock:
            first, number = self._wrong.pop(network, (now, 0))
            if now - first >= self._seconds:
                first, number = now, 0
            self._wrong[network] = first, number + 1
            while len(self._wrong) > self._remembered:
                self._wrong.popitem(last=False)
        return 0 if number < self._most else max(1, round(first + self._seconds - now))


def _find_network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(known), _IPV6_PREFIX), strict=False))
    return address

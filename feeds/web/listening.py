"""Where a server listens: an address and port, or a unix socket, checked early."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from feeds.errors import FeedsError

# Whoever may enter the folder of a socket may connect, as with a port of this machine.
SOCKET_MODE = 0o666


class Listening(NamedTuple):
    """Where a server listens: at ``path`` if it is set, else at ``host`` and ``port``.

    The host is an IP address.
    """

    name: str
    host: str
    port: int
    path: Path | None = None
    # Keeps the address from other programs until workers listen there.
    reserved: socket.socket | None = None

    @property
    def url(self) -> str:
        """The address as people write it."""
        return f"unix:{self.path}" if self.path else f"http://{_bracket(self.name)}:{self.port}/"

    def make_site_url(self, base_url: str) -> str:
        """Return the site's address here; for a unix socket, the public address."""
        return base_url if self.path else urljoin(self.url, urlsplit(base_url).path)

    def connect(self) -> None:
        """Connect once; raise :class:`OSError` if nobody listens yet."""
        if self.path is None:
            socket.create_connection((self.host, self.port), timeout=1).close()
        else:
            _connect(self.path)

    def close(self) -> None:
        """Give the address back."""
        if self.reserved is not None:
            self.reserved.close()


def listen(name: str, port: int, option: str = "--port") -> Listening:
    """Reserve the address of a host before any work is done; port 0 takes a free one.

    ``option`` is what chooses the port, for messages.

    Raises :class:`FeedsError` if it is in use, not allowed, or not an address of this machine.
    """
    hint = f"Choose --host and {option}."
    host, family = _resolve(name, hint)
    try:
        reserved = _reserve(host, port, family)
    except PermissionError:
        raise FeedsError(
            f"Cannot listen on {_bracket(name)}:{port}: ports below 1024 are for root."
            f" Choose another {option}, and let a proxy listen there."
        ) from None
    except (OSError, OverflowError) as error:
        raise FeedsError(f"Cannot listen on {_bracket(name)}:{port}: {_explain(error)}. {hint}") from None
    return Listening(name.strip("[]"), host, reserved.getsockname()[1], reserved=reserved)


def _reserve(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    """Bind a socket to an address that nobody has, and that workers can share."""
    if port:
        # Whether it is free can be told only without sharing. What the system chooses for port 0 is free: to look
        # first would leave it to others for a moment.
        socket.create_server((host, port), family=family).close()
    reserved = socket.socket(family)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, port))
    except OSError:
        reserved.close()
        raise
    return reserved


def listen_at_socket(path: Path) -> Listening:
    """Check that a unix socket can be made at a path; remove a server's stale one.

    Raises :class:`FeedsError` if another server listens there, or something else has the path.
    """
    path = path.absolute()
    try:
        _remove_stale(path)
        with socket.socket(socket.AF_UNIX) as alone:
            alone.bind(os.fspath(path))
        path.unlink()
    except (OSError, ValueError) as error:
        raise FeedsError(f"Cannot listen on {path}: {_explain(error)}. Choose another --socket.") from None
    return Listening("", "", 0, path)


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FeedsError(
            f"Cannot listen on {path}: there is something else, no socket. Choose another --socket."
        )
    try:
        _connect(path)
    except ConnectionRefusedError:
        with suppress(FileNotFoundError):
            path.unlink()
    else:
        raise FeedsError(f"Cannot listen on {path}: another server listens there. Choose another --socket.")


def _connect(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(os.fspath(path))


def _resolve(name: str, hint: str) -> tuple[str, socket.AddressFamily]:
    """Return the IP address of a host name, IPv4 if it has both."""
    plain = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if not plain.strip():
        raise FeedsError("--host is empty. Name an address of this machine, such as 127.0.0.1.")
    try:
        found = socket.getaddrinfo(plain, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError):
        raise FeedsError(f'Cannot listen on "{name}": no host has this name. {hint}') from None
    if "%" in plain:
        raise FeedsError(f'Cannot listen on "{name}": an address with a zone cannot be used. {hint}')
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return str(address[0]), family


def _explain(error: Exception) -> str:
    """Return the system's words alone; Python adds the address to some of them."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else str(error)


def _bracket(host: str) -> str:
    """Return a host as it is written in a URL (RFC 3986, section 3.2.2)."""
    plain = host.strip("[]")
    return f"[{plain}]" if ":" in plain else plain

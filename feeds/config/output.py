"""What config.toml says of what is made: where it is written, for which hosts, how it looks."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

_SHARE = re.compile(r"(100|[1-9]?\d)%")
# To take away so few articles is an ordinary day's work on a site of any size.
_FEW = 5

Coding = Literal["gzip", "br", "zstd"]
HostName = Literal["netlify", "cloudflare", "nginx", "caddy"]


class OutputConfig(Struct, frozen=True):
    """Where freeze writes, and what: pages or feeds alone, which compressed files beside the
    documents, and for which web hosts."""  # noqa: D205, D209 - one sentence

    path: str = "build"
    pages: bool = True
    compress: tuple[Coding, ...] = ()
    hosts: tuple[HostName, ...] = ()


class PagesConfig(Struct, frozen=True):
    """The site's own look: a colour such as "#a33f08", and a folder of templates that come before ours."""

    accent: str = ""
    templates: str = ""


class FreezeConfig(Struct, frozen=True):
    """How many articles may be gone at once without a question: a number, or a share such as "25%"."""

    max_removed: int | str = "25%"

    def most_removed(self, of: int) -> int:
        """How many of so many articles; a share is never less than a few."""
        if isinstance(self.max_removed, int):
            return self.max_removed
        share = _SHARE.fullmatch(self.max_removed)
        return max(_FEW, of * int(share[1]) // 100) if share else 0

    @property
    def is_usable(self) -> bool:
        """Whether the limit can be understood."""
        if isinstance(self.max_removed, int):
            return self.max_removed >= 0
        return _SHARE.fullmatch(self.max_removed) is not None

"""The inside of a Caddy site block: ``templates/Caddyfile``, and the quoting of Caddy."""

from __future__ import annotations

import re
from urllib.parse import unquote

from feeds.freeze.hosts.render import render
from feeds.freeze.hosts.rules import HostRules
from feeds.publisher import headers


def write_site(rules: HostRules) -> str:
    """Write what goes into the site block, beside ``root``."""
    config = rules.config
    names = config.feeds.formats
    return render(
        "Caddyfile",
        rules,
        {"quoted": quote, "decoded": unquote, "pattern": escape_pattern},
        links={name: headers.link_header(config, f"{{re.feeds_{name}.1}}", name) for name in names},
        precompressed=[coding for coding in ("br", "zstd", "gzip") if coding in config.output.compress],
    )


def quote(text: str) -> str:
    """Put a text in quotes, in which a backslash before anything but a quote stands for itself."""
    return '"' + text.replace('"', '\\"') + '"'


def escape_pattern(path: str) -> str:
    """Write a path, decoded, as part of a regular expression."""
    return re.escape(unquote(path))

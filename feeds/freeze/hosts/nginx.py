"""The inside of an nginx ``server`` block: ``templates/nginx.conf``, and the quoting of nginx."""

from __future__ import annotations

import re
from urllib.parse import unquote

from feeds.freeze.hosts.render import render
from feeds.freeze.hosts.rules import HostRules
from feeds.publisher import headers

_STEM = "${feeds_stem}"


def write_server(rules: HostRules) -> str:
    """Write what goes into the ``server`` block, beside ``listen``, ``server_name`` and ``root``."""
    config = rules.config
    return render(
        "nginx.conf",
        rules,
        {"value": quote_value, "path": quote_path, "pattern": quote_pattern},
        stem=_STEM,
        links={name: headers.link_header(config, _STEM, name) for name in config.feeds.formats},
        all_types=sorted({*rules.types.values(), *rules.catalogues.values()}),
    )


def quote_value(text: str, end: str = "", keep: str = "\0") -> str:
    """Put a text in quotes; ``end`` and ``keep`` hold variables, and nothing else may be taken for one."""
    plain = text.replace(keep, "\0").replace("$", "%24").replace("\0", keep) + end
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def quote_path(path: str) -> str:
    """Put a path in quotes, decoded: nginx compares it so."""
    return '"' + unquote(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_pattern(path: str) -> str:
    """Write a path, decoded, as part of a regular expression in quotes."""
    return re.escape(unquote(path)).replace('"', '\\"')

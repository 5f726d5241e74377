"""The inside of a Caddy site block and an nginx ``server`` block, from templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from feeds.formats import MEDIA_TYPES, STYLED
from feeds.freeze.hosts.rules import HostRules
from feeds.paths import HTML, NOT_FOUND
from feeds.publisher import headers
from feeds.publisher.headers import GONE

_STEM = "${feeds_stem}"


def write_caddy_site(rules: HostRules) -> str:
    """Write what goes into the site block, beside ``root``."""
    config = rules.config
    names = config.feeds.formats
    return _render(
        "Caddyfile",
        rules,
        {"quoted": _quote_for_caddy, "decoded": unquote, "pattern": _escape_for_caddy},
        links={name: headers.make_link_header(config, f"{{re.feeds_{name}.1}}", name) for name in names},
        precompressed=[coding for coding in ("br", "zstd", "gzip") if coding in config.output.compress],
    )


def _quote_for_caddy(text: str) -> str:
    """Put a text in quotes, in which a backslash escapes nothing but a quote."""
    return '"' + text.replace('"', '\\"') + '"'


def _escape_for_caddy(path: str) -> str:
    """Write a path, decoded, as part of a regular expression."""
    return re.escape(unquote(path))


def write_nginx_server(rules: HostRules) -> str:
    """Write the rest of a ``server`` block: beside ``listen`` and ``root``."""
    config = rules.config
    return _render(
        "nginx.conf",
        rules,
        {"value": _quote_for_nginx, "path": _quote_nginx_path, "pattern": _quote_nginx_pattern},
        stem=_STEM,
        links={name: headers.make_link_header(config, _STEM, name) for name in config.feeds.formats},
        all_types=sorted({*rules.types.values(), *rules.catalogues.values()}),
    )


def _render(name: str, rules: HostRules, filters: Mapping[str, Callable[..., str]], **more: object) -> str:
    """Render a template with the rules of a site, its headers, and ``more`` values.

    ``filters`` write texts as the host quotes them.
    """
    # Loaded here, because most sites are for hosts that need no template.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,  # noqa: S701 - these are no HTML; each value goes through a filter of its host
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters)
    config = rules.config
    return environment.get_template(name).render(
        rules=rules,
        pages=config.output.pages,
        codings=config.output.compress,
        shared=headers.SHARED,
        preflight=headers.PREFLIGHT,
        allow=(("Allow", headers.METHODS),),
        cache=headers.make_cache_control(config),
        error_cache=headers.ERROR_CACHE,
        page_policy=headers.PAGE_POLICY,
        html_type=headers.make_content_type(HTML),
        text_type=headers.make_content_type("text/plain"),
        feed_endings=tuple(MEDIA_TYPES),
        missing_page=NOT_FOUND,
        gone=GONE,
        styled=sorted(STYLED.intersection(config.feeds.formats)) if config.feeds.stylesheet else (),
        opened=dict(headers.OPENED),
        **more,
    )


def _quote_for_nginx(text: str, end: str = "", keep: str = "\0") -> str:
    """Put a text in quotes; only ``end`` and ``keep`` can hold variables."""
    plain = text.replace(keep, "\0").replace("$", "%24").replace("\0", keep) + end
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _quote_nginx_path(path: str) -> str:
    """Put a path in quotes, decoded: nginx compares it so."""
    return '"' + unquote(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quote_nginx_pattern(path: str) -> str:
    """Write a path, decoded, as part of a regular expression in quotes."""
    return re.escape(unquote(path)).replace('"', '\\"')

"""Renders the files for web hosts from the templates beside this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from feeds.formats import MEDIA_TYPES
from feeds.freeze.hosts.rules import HostRules
from feeds.paths import HTML, NOT_FOUND
from feeds.publisher import headers
from feeds.publisher.headers import GONE


def render(name: str, rules: HostRules, filters: Mapping[str, Callable[..., str]], **more: object) -> str:
    """Render a template with the rules of a site, the headers of its answers, and what a host needs ``more``.

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
        cache=headers.cache_control(config),
        error_cache=headers.ERROR_CACHE,
        page_policy=headers.PAGE_POLICY,
        html_type=headers.content_type(HTML),
        text_type=headers.content_type("text/plain"),
        feed_endings=tuple(MEDIA_TYPES),
        missing_page=NOT_FOUND,
        gone=GONE,
        **more,
    )

"""The templates: ours, and in front of them those of the site, by name."""

from __future__ import annotations

import traceback
from functools import cache
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from feeds.config.schema import Config
from feeds.errors import TemplateFaultError
from feeds.formats import MEDIA_TYPES
from feeds.publisher.headers import PAGE_POLICY_IN_HTML
from feeds.publisher.pages import charts, filters

FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


class Templates:
    """Renders templates by name. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._folder = config.templates_path
        self._environment = _environment(self._folder)

    def render(self, name: str, **values: object) -> str:
        """The page that a template makes of some values.

        Raises :class:`TemplateFaultError` where a template of the site cannot be used.
        """
        if self._folder is None:
            return self._environment.get_template(name).render(values)
        try:
            return self._environment.get_template(name).render(values)
        except Exception as error:  # noqa: BLE001 - whatever a template of the site raises is its own fault
            raise _explained(error, self._folder) from None

    def check(self) -> None:
        """Compile the site's own templates. Raises :class:`TemplateFaultError` likewise."""
        for file in sorted(self._folder.glob("*.html")) if self._folder else ():
            try:
                self._environment.get_template(file.name)
            except (TemplateError, OSError, UnicodeDecodeError) as error:
                raise _explained(error, file.parent, file) from None


def _explained(error: Exception, folder: Path, file: Path | None = None) -> TemplateFaultError:
    """A fault of a template as a sentence, with the file and the line as far as they are known."""
    place = _place(error, folder) or str(file or folder)
    text = str(error).strip().rstrip(".") or type(error).__name__
    if isinstance(error, TemplateNotFound):
        text = f'there is no template "{error}"'
    return TemplateFaultError(f"{place}: this template cannot be used: {text}.")


def _place(error: Exception, folder: Path) -> str:
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    # Jinja gives the frames of templates their own files and lines.
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_below(frame.filename, folder)
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _is_below(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)


def _environment(folder: Path | None) -> Environment:
    return _ours() if folder is None else _made(_with_ours_behind(folder))


@cache
def _ours() -> Environment:
    return _made(PackageLoader("feeds.publisher.pages"))


def _with_ours_behind(folder: Path) -> BaseLoader:
    """A template of the site may extend the one of ours that it replaces: "feeds/base.html"."""
    ours = PackageLoader("feeds.publisher.pages")
    return ChoiceLoader([FileSystemLoader(folder), ours, PrefixLoader({"feeds": ours})])


def _made(loader: BaseLoader) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "brief": filters.brief,
        "chart": charts.chart,
        "counted": filters.counted,
        "day": filters.day,
        "direction": filters.direction,
        "json_ld": filters.json_ld,
        "lazily": filters.lazily,
        "quoted": filters.quoted,
    }
    environment.globals |= {
        "format_names": FORMAT_NAMES,
        "media_types": MEDIA_TYPES,
        "policy": PAGE_POLICY_IN_HTML,
        "large": charts.LARGE,
    }
    return environment

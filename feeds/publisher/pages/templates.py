"""The templates: those of the site, then ours, by name."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket

from feeds.config.schema import Config
from feeds.errors import SiteTemplateError
from feeds.formats import MEDIA_TYPES
from feeds.formats.entries import has_picture
from feeds.lib.text.languages import find_direction
from feeds.paths import make_feed_path
from feeds.publisher.headers import PAGE_POLICY_IN_HTML
from feeds.publisher.pages import charts, filters, prose
from feeds.words import Words, choose_words

FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


class Templates:
    """Renders templates by name. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._folder = config.templates_path
        self.words = choose_words(config.site.language, config.pages.words)
        self._environment = _find_environment(self._folder, self.words)

    def render(self, name: str, **values: object) -> str:
        """Render a template with some values.

        Raises :class:`SiteTemplateError` if a template of the site cannot be used.
        """
        if self._folder is None:
            return self._environment.get_template(name).render(values)
        try:
            return self._environment.get_template(name).render(values)
        except Exception as error:  # noqa: BLE001 - a template of the site can raise anything
            raise _explain(error, self._folder) from None

    def check(self) -> None:
        """Compile the site's own templates. Raises :class:`SiteTemplateError`."""
        for file in sorted(self._folder.glob("*.html")) if self._folder else ():
            try:
                self._environment.get_template(file.name)
            except (TemplateError, OSError, UnicodeDecodeError) as error:
                raise _explain(error, file.parent, file) from None


def _explain(error: Exception, folder: Path, file: Path | None = None) -> SiteTemplateError:
    """Say what is wrong with a template, with file and line if they are known."""
    place = _find_place(error, folder) or str(file or folder)
    text = str(error).strip().rstrip(".") or type(error).__name__
    if isinstance(error, TemplateNotFound):
        text = f'there is no template "{error}"'
    return SiteTemplateError(f"{place}: this template cannot be used: {text}.")


def _find_place(error: Exception, folder: Path) -> str:
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    # Jinja names the file and line of the template in tracebacks.
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_below(frame.filename, folder)
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _is_below(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)


def _find_environment(folder: Path | None, words: Words) -> Environment:
    return (
        _make_our_environment(words) if folder is None else _make_environment(_load_ours_after(folder), words)
    )


@lru_cache(maxsize=32)
def _make_our_environment(words: Words) -> Environment:
    environment = _make_environment(PackageLoader("feeds.publisher.pages"), words)
    environment.bytecode_cache = _CompiledTemplates(str(Path(__file__).with_name("__pycache__")))
    return environment


class _CompiledTemplates(FileSystemBytecodeCache):
    """Keeps our templates as compiled modules: compiling takes longer than rendering.

    What stands in them does not depend on the language, since no filter is applied to a constant.
    """

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template, if this process may write there."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


def _load_ours_after(folder: Path) -> BaseLoader:
    """Let a template extend the one that it replaces, as "feeds/base.html"."""
    ours = PackageLoader("feeds.publisher.pages")
    return ChoiceLoader([FileSystemLoader(folder), ours, PrefixLoader({"feeds": ours})])


def _make_environment(loader: BaseLoader, words: Words) -> Environment:
    written = filters.PageWords(words)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "brief": filters.shorten_text,
        "chart": partial(charts.draw_chart, words),
        "charted": charts.is_worth_a_chart,
        "code": filters.write_code,
        "dated": written.date,
        "day": filters.format_day,
        "direction": find_direction,
        "json_ld": filters.encode_json_ld,
        "lazily": prose.load_lazily,
        "listed": words.join,
        "moment": filters.write_moment,
        "quoted": filters.quote_value,
        "within": prose.shorten_own_links,
    }
    environment.globals |= {
        "_": written.gettext,
        "ngettext": written.ngettext,
        "feed_path": make_feed_path,
        "format_names": FORMAT_NAMES,
        "has_picture": has_picture,
        "repeats": filters.repeats,
        "media_types": MEDIA_TYPES,
        "policy": PAGE_POLICY_IN_HTML,
        "large": charts.LARGE,
    }
    return environment

"""Reads config.toml and reports every problem at once, by dotted key."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from feeds.config.checks import check
from feeds.config.from_toml import ConfigProblems, build_struct
from feeds.config.running_tables import FreezeConfig, RsscloudConfig, WebsubConfig
from feeds.config.safeguards import find_output_error
from feeds.config.schema import Config, FormatName, Tables
from feeds.config.translation import apply_preset
from feeds.errors import ConfigError
from feeds.lib.storage.file_names import from_system, is_address
from feeds.lib.text.urls import canonicalise
from feeds.model import Problem

__all__ = [
    "DEFAULT_CONFIG", "OTHER_CONFIG", "Config", "FormatName", "find_config_path", "load", "load_servable", "override", "parse",
]  # fmt: skip
_TOML_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")


def load(path: str | Path) -> Config:
    """Read and check a configuration file.

    Raises :class:`ConfigError` with every problem found.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = "Name it with --config or FEEDS_CONFIG, or write one with `feeds init`."
        raise _make_error(file, "there is no such file.", hint) from None
    except UnicodeDecodeError as error:
        raise _make_error(file, f"is not UTF-8 (byte {error.start}).", "Save it as UTF-8.") from None
    except OSError as error:
        raise _make_error(file, f"cannot be read: {error.strerror}.") from None
    return parse(text, file)


def parse(text: str, file: Path) -> Config:
    """Check the text of a configuration ``file``.

    Raises :class:`ConfigError` as :func:`load`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _make_syntax_error(file, str(error)) from None
    problems = ConfigProblems(from_system(file), text)
    topics_path, providers_path = (_take_path(table, name, problems) for name in ("topics", "providers"))
    _name_retired_selections(table)
    apply_preset(table)
    tables = build_struct(Tables, table, (), problems)
    config = None
    if tables is not None:
        config = Config(
            **msgspec.structs.asdict(tables),
            file=from_system(file.absolute()),
            topics_path=topics_path,
            providers_path=providers_path,
        )
        check(config, problems)
    if config is None or problems.found:
        raise ConfigError(sorted(problems.found, key=lambda problem: problem.line))
    return _canonicalise_urls(config)


def _name_retired_selections(table: dict[str, Any]) -> None:
    """Give retired selections without a title their names, which nothing shows."""
    selections = table.get("selections")
    for name, selection in selections.items() if isinstance(selections, dict) else ():
        if isinstance(selection, dict) and selection.get("retired") is True:
            selection.setdefault("title", name)


def _take_path(table: dict[str, Any], name: str, problems: ConfigProblems) -> str:
    """Take ``path`` out of a table of tables, in which all other keys are names."""
    section = table.get(name)
    if not isinstance(section, dict) or isinstance(section.get("path", {}), dict):
        return ""
    path = section.pop("path")
    if not isinstance(path, str):
        problems.add((name, "path"), "is not a text.", "Name a folder, relative to this file.")
        return ""
    return path


def override(
    config: Config,
    *,
    base_url: str | None = None,
    output: str | None = None,
    allow_removals: bool = False,
) -> Config:
    """Replace values of the configuration by those of the command line.

    Feed ids do not change with ``base_url``. ``output`` is relative to the
    working directory, or an address. Raises :class:`ConfigError` for a value that cannot be used.
    """
    if allow_removals:
        config = msgspec.structs.replace(config, freeze=FreezeConfig("100%"))
    if base_url is not None:
        site_id = config.site.id or config.site.base_url
        site = msgspec.structs.replace(config.site, base_url=base_url, id=site_id)
        config = msgspec.structs.replace(config, site=site)
        _check_option("--base-url", config)
        config = _canonicalise_urls(config)
    if output is not None:
        index = msgspec.structs.replace(config.index, path=from_system(config.index_path))
        place = output if is_address(output) else from_system(Path(output).absolute())
        path = msgspec.structs.replace(config.output, path=place)
        config = msgspec.structs.replace(config, output=path)
        if is_address(output):
            _check_option("--output", config)
        config = msgspec.structs.replace(config, index=index)
        if not is_address(output) and (found := find_output_error(config)):
            raise _make_option_error("--output", *found)
    return config


def load_servable(path: str | Path, base_url: str | None = None) -> Config:
    """Load a configuration, and check the tokens that serving needs.

    Raises :class:`ConfigError` for a token that is missing or can be guessed, too.
    """
    config = override(load(path), base_url=base_url)
    if config.private:
        from feeds.config import tokens

        tokens.require_tokens(config)
    return config


def _make_option_error(option: str, message: str, hint: str) -> ConfigError:
    return ConfigError([Problem("config-value", "error", option, message, hint)])


def _check_option(option: str, config: Config) -> None:
    problems = ConfigProblems(option, "")
    check(config, problems)
    if problems.found:
        raise ConfigError(problems.found)


def _canonicalise_urls(config: Config) -> Config:
    replace = msgspec.structs.replace
    site = replace(config.site, base_url=_canonicalise_base(config.site.base_url))
    articles = config.articles
    if articles.base_url:
        articles = replace(articles, base_url=_canonicalise_base(articles.base_url))
    hubs = tuple(canonicalise(hub) or hub for hub in config.websub.hubs)
    rsscloud, indexnow = config.rsscloud, config.indexnow
    if rsscloud.server:
        rsscloud = RsscloudConfig(_canonicalise_base(rsscloud.server))
    engines = tuple(canonicalise(engine) or engine for engine in indexnow.engines)
    return replace(
        config, site=site, articles=articles, websub=WebsubConfig(hubs), rsscloud=rsscloud,
        indexnow=replace(indexnow, engines=engines),
    )  # fmt: skip


def _canonicalise_base(url: str) -> str:
    url = canonicalise(url) or url
    return url if url.endswith("/") else url + "/"


def _make_error(file: Path, message: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem("config-file", "error", from_system(file), message, hint)])


def _make_syntax_error(file: Path, message: str) -> ConfigError:
    place = _TOML_PLACE.search(message)
    line, column = (int(place[1]), int(place[2])) if place else (0, 0)
    plain = _TOML_PLACE.sub("", message)
    hint = "See toml.io for how values are written."
    problem = Problem(
        "config-syntax", "error", from_system(file), f"is not valid TOML: {plain}.", hint, line, column
    )
    return ConfigError([problem])


# The other one is for folders where a generator has a config.toml of its own, as Hugo and Zola do.
DEFAULT_CONFIG, OTHER_CONFIG = "config.toml", "feeds.toml"


def find_config_path(given: str | Path | None) -> Path:
    """Return the configuration's path: given, in ``FEEDS_CONFIG``, or in this folder."""
    named = given or os.environ.get("FEEDS_CONFIG")
    return Path(named or (OTHER_CONFIG if Path(OTHER_CONFIG).exists() else DEFAULT_CONFIG))

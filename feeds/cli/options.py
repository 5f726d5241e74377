"""The options that commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds.version import __version__

# Generic since Click 8.4.
if TYPE_CHECKING:
    from feeds.config.schema import Config

    _TextType = click.ParamType[str]
else:
    _TextType = click.ParamType


_REQUIREMENT = re.compile(r"""([A-Za-z0-9._-]+)[^;]*;\s*extra\s*==\s*["']([a-z0-9-]+)["']""")
# What only this project's own development needs.
_OF_DEVELOPMENT = {"deploy", "dev", "fuzz", "test", "uwsgi"}


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


class FilledText(_TextType):
    """An option or argument that must not be empty, as an unset variable would be."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text. Fail as wrong usage if it is blank."""
        if not str(value).strip():
            leave_out = (
                " Leave the option out, or" if isinstance(param, click.Option) else " Leave it out, or"
            )
            self.fail(f"it is empty.{leave_out} give it a value.", param, ctx)
        return str(value)


def _remember_config(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.obj = value


# It can be before the command and after it.
config_option = click.option(
    "--config",
    metavar="FILE",
    type=FilledText(),
    expose_value=False,
    callback=_remember_config,
    help="The configuration.  [default: config.toml]",
)


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - Click's signature
    if value and not context.resilient_parsing:
        found = _find_extras()
        click.echo(f"feeds {__version__}" + (f" ({', '.join(found)})" if found else ""))
        context.exit()


def _find_extras() -> list[str]:
    """Return the names of the extras that are installed completely, sorted."""
    # Looking for packages takes longer to load than most commands take to begin.
    from importlib import metadata

    packages: dict[str, set[str]] = {}
    for requirement in metadata.requires("feeds") or []:
        if (match := _REQUIREMENT.match(requirement)) is not None and match[2] not in _OF_DEVELOPMENT:
            packages.setdefault(match[2], set()).add(match[1])
    installed = {_canonicalise_name(found.name) for found in metadata.distributions()}
    return sorted(
        extra for extra, names in packages.items() if set(map(_canonicalise_name, names)) <= installed
    )


def _canonicalise_name(package: str) -> str:
    """Return the name of a package as all tools spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower()


def load_config(context: click.Context) -> Config:
    """Load the configuration of a command. Raises :class:`feeds.errors.ConfigError`."""
    from feeds.config import load

    return load(find_config(context))


def find_config(context: click.Context) -> Path:
    """Return the configuration file of a command: the named one, or the usual one."""
    from feeds.config import find_config_path

    return find_config_path(_find_named_config(context))


def _find_named_config(context: click.Context) -> str | None:
    """Return the configuration file that was named.

    None if none was named, or if Flask runs the command.
    """
    return context.obj if isinstance(context.obj, str) else None


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and the extras that are installed.",
)

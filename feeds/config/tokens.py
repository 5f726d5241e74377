"""Reads and checks the tokens that open private feeds.

No message and no error contains a token or anything that might be one.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from feeds.config.channel_tables import PrivateConfig
from feeds.config.from_toml import ConfigProblems
from feeds.config.schema import Config
from feeds.errors import ConfigError, FeedsError
from feeds.lib.storage.file_names import from_system, to_system
from feeds.lib.storage.files import read_file
from feeds.model import Problem

# The code of a problem of this machine alone: the token is not here, but may be on the server.
ABSENT: Literal["no-token"] = "no-token"
# 32 hexadecimal digits are 128 bits, which nobody can guess.
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{32,200}")
_LEAST_DIFFERENT = 8
_MOST_BYTES = 65_536
# The permissions of all but the owner.
_OTHERS = 0o077
_MAKE = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"'


class TokenError(FeedsError):
    """A token is missing or unusable: its key, what is wrong, what to do."""

    def __init__(self, key: str, message: str, hint: str = "", *, absent: bool = False) -> None:
        super().__init__(f"{key} {message}")
        self.key = key
        self.message = message
        self.hint = hint
        self.absent = absent


def require_tokens(config: Config) -> None:
    """Raise :class:`ConfigError` if a private feed has no token or an unusable one."""
    if found := [problem for problem in find_problems(config) if problem.severity == "error"]:
        raise ConfigError(found)


def find_problems(config: Config) -> list[Problem]:
    """Return the problems of private feeds' tokens; ``ABSENT`` codes a missing one.

    A file that others can read is a warning: who mounts secrets may not choose their mode.
    """
    text = config.locate(config.file).read_text("utf-8-sig") if config.private else ""
    problems = ConfigProblems(config.file, text)
    return [found for name in config.private for found in _check_tokens(name, config, problems)]


def _check_tokens(name: str, config: Config, problems: ConfigProblems) -> Iterator[Problem]:
    private = config.private[name]
    try:
        read_tokens(private, config.folder)
    except TokenError as error:
        yield problems.make_problem(
            ("private", name, error.key), error.message, error.hint, ABSENT if error.absent else "bad-token"
        )
        return
    if private.token_file and (mode := _read_mode(path := config.locate(private.token_file))) & _OTHERS:
        message = f"names a file that others of this machine can read or change (its mode is {mode:03o})."
        hint = f"Keep it to the user who serves: chmod 600 {shlex.quote(from_system(path))}"
        found = problems.make_problem(("private", name, "token_file"), message, hint, "open-token-file")
        yield msgspec.structs.replace(found, severity="warning")


def _read_mode(path: Path) -> int:
    """Return the permissions of a file; none if it is not there."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0


def read_tokens(private: PrivateConfig, folder: Path) -> list[str]:
    """Return a feed's tokens, one per line, without empty lines and # comments.

    Raises :class:`TokenError`.
    """
    key = "token_env" if private.token_env else "token_file"
    text = (
        _read_environment(private.token_env)
        if private.token_env
        else _read_file(folder / to_system(private.token_file))
    )
    found = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    if not found:
        raise TokenError(key, "holds no token.", _MAKE)
    for token in found:
        if not _TOKEN.fullmatch(token) or len(set(token)) < _LEAST_DIFFERENT:
            raise TokenError(
                key,
                "holds a token that could be guessed: it needs 32 letters and digits at least, by chance.",
                _MAKE,
            )
    return found


def _read_environment(name: str) -> str:
    text = os.environ.get(name)
    if text is None:
        raise TokenError("token_env", "names a variable that is not set.", _MAKE, absent=True)
    return text


def _read_file(path: Path) -> str:
    try:
        return read_file(path, _MOST_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        raise TokenError("token_file", "names a file that is not there.", _MAKE, absent=True) from None
    except OSError as error:
        raise TokenError("token_file", f"names a file that cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise TokenError("token_file", "names a file that is not UTF-8.", _MAKE) from None

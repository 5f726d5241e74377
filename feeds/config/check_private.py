"""What the private feeds of config.toml must mean. No message repeats a value: it might be a token."""

from __future__ import annotations

import re

from feeds.config.from_toml import Faults, Key
from feeds.config.schema import Config, PrivateConfig
from feeds.lib.text.languages import is_language
from feeds.lib.text.slugs import is_slug

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_private(config: Config, faults: Faults) -> None:
    """Add a fault for each private feed that cannot work. Whether its token is there is not asked."""
    for name, private in config.private.items():
        key = ("private", name)
        if not is_slug(name):
            faults.add(key, "cannot stand in an address.", "Use a-z, 0-9 and single hyphens.")
        if private.language and not is_language(private.language):
            faults.add((*key, "language"), "is not a language tag.", 'Use a form such as "en" (BCP 47).')
        _check_source(key, private, faults)
        _check_file(key, private, config, faults)


def _check_source(key: Key, private: PrivateConfig, faults: Faults) -> None:
    hint = "Name the environment variable or the file that holds the token; it never stands in this file."
    if bool(private.token_env) == bool(private.token_file):
        faults.add(key, "needs one of token_env and token_file.", hint)
    if private.token_env and not _VARIABLE.fullmatch(private.token_env):
        faults.add((*key, "token_env"), "is not the name of an environment variable.", hint)


def _check_file(key: Key, private: PrivateConfig, config: Config, faults: Faults) -> None:
    path = config.folder / private.token_file
    for folder, noun in ((config.output_path, "output"), (config.articles_path, "articles")):
        if private.token_file and path.resolve().is_relative_to(folder.resolve()):
            faults.add((*key, "token_file"), f"is in the folder of {noun}, and might be published with it.")

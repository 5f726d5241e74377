"""Where config.toml says that things are: folders that must be there, addresses that must be usable."""

from __future__ import annotations

from feeds.config.from_toml import Faults
from feeds.config.schema import Config
from feeds.lib.storage.addresses import fault, is_address


def check_places(config: Config, faults: Faults) -> None:
    """Add a fault for each folder that is not there, and for each address that cannot be used."""
    for key, path in (
        (("articles", "path"), "" if config.articles_address else config.articles.path),
        (("topics", "path"), config.topics_path),
        (("providers", "path"), config.providers_path),
        (("pages", "templates"), config.pages.templates),
    ):
        if path and not (config.folder / path).is_dir():
            faults.add(key, f'names the folder "{path}", which is not there.')
    for section, path in (("articles", config.articles.path), ("output", config.output.path)):
        found = fault(path) if is_address(path) else None
        if found:
            faults.add((section, "path"), *found)
    if config.output_address:
        _check_output(config, config.output_address, faults)


def _check_output(config: Config, address: str, faults: Faults) -> None:
    """What a store cannot do: it answers with what it has, and by no rules of ours."""
    if set(config.output.compress) - {"gzip"}:
        faults.add(
            ("output", "compress"),
            "names a coding that readers may not know: an object store sends it to all of them.",
            'Write ["gzip"] or [].',
        )
    if config.output.hosts:
        faults.add(
            ("output", "hosts"),
            "goes with an output folder only: an object store knows no such rules.",
            "Take it out; docs/object-stores.md says what to set at the store.",
        )
    if config.articles_address and f"{address}/".startswith(f"{config.articles_address}/"):
        faults.add(
            ("output", "path"), "is among the articles, and would be read as such.", "Choose another folder."
        )

"""Finds that a folder already shows the site, without a look at 100,000 channels."""

from __future__ import annotations

import os
from pathlib import Path

from feeds.config.schema import Config
from feeds.freeze import hosts
from feeds.freeze.host_files import read_host_files
from feeds.freeze.manifest import Manifest, count_withdrawn, find_latest_time, is_as_noted
from feeds.freeze.plan import Outcome, find_file
from feeds.lib.storage.files import is_of_wrong_clock
from feeds.paths import GUESSED_FILES, YIELDING
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Snapshot


def find_unchanged(site: Snapshot, output: Path, old: Manifest) -> Outcome | None:
    """Return the outcome of a freeze with nothing to do, None if it may have some.

    The same state by the same configuration makes the same documents; what changes without a state is looked at.
    """
    same = (
        _shows_state(site, old)
        and _has_same_sources(site, old)
        and not hosts.needs_rules(site.config)
        and _has_only_ours(site.config, output, old)
        and is_as_noted(output, old)
        and not is_of_wrong_clock(find_latest_time(old))
    )
    if not same:
        return None
    kept = [*old.files.list_present(), *old.packed.list_present()]
    return Outcome(kept=kept, problems=set(site.files.findings.problems))


def _shows_state(site: Snapshot, old: Manifest) -> bool:
    return (
        old.is_complete
        and bool(old.token)
        and (old.generation, old.token) == (site.state.generation, site.state.token)
        and old.site == fingerprint(site.config)
        and old.pictures == site.pictures.name
        and old.codings == sorted(site.config.output.compress)
        and old.withdrawn == count_withdrawn(site)
    )


def _has_same_sources(site: Snapshot, old: Manifest) -> bool:
    """Return whether the files of articles are those of the last freeze."""
    findings = site.files.findings
    stamps = {path: file.stamp for path, file in findings.files.items()}
    pages = findings.stamp_pages(site.config).items() if site.config.output.pages else ()
    return old.sources == stamps | {find_file(page): stamp for page, stamp in pages}


def _has_only_ours(config: Config, output: Path, old: Manifest) -> bool:
    """Return whether files that others may write, too, are those that we should write.

    If somebody's own file is in the place of one of ours, it matters what it holds.
    """
    of_hosts = read_host_files(output)
    guessed = {path: find_file(path) for path in GUESSED_FILES}
    yielding = [find_file(path) for path in YIELDING]
    noted = old.files.find_noted([*of_hosts, *guessed.values(), *yielding])
    has_copies = "github-pages" in config.output.hosts
    return (
        noted.issuperset(of_hosts)
        and all(
            (file in noted) == (has_copies and (config.output.pages or not path.endswith("/")))
            for path, file in guessed.items()
        )
        and not any(file not in noted and os.path.lexists(output / file) for file in yielding)
    )

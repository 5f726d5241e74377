"""Compare the versions on which results depend; all machines must have the same."""

from __future__ import annotations

import hashlib
import platform
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata, resources
from pathlib import Path
from zoneinfo import ZoneInfo

from feeds.errors import ClusterError
from feeds.formats import RENDERER_VERSION
from feeds.sync.process import READER_VERSION
from feeds.version import __version__

# Each package that reading and rendering load. A test checks that none is missing.
PACKAGES = (
    "anyascii",
    "idna",
    "msgspec",
    "nh3",
    "pyromark",
    "python-dateutil",
    "python-frontmatter",
    "PyYAML",
    "yaml-rs",
)
_NONE = "none"
_REMEDY = "Install the same versions on all machines of the cluster. Nothing was changed."


def collect_versions(timezone: str) -> dict[str, str]:
    """Collect this machine's versions; of all time zones, only ``timezone`` matters."""
    return {
        "Python": platform.python_version(),
        "feeds": f"{__version__} ({_hash_code()})",
        "feeds' reader": str(READER_VERSION),
        "feeds' renderer": str(RENDERER_VERSION),
        **{name: _installed_version(name) for name in PACKAGES},
        "libyaml": _find_libyaml_version(),
        "Unicode": unicodedata.unidata_version,
        f"the zone {timezone}": _hash_zone(timezone),
    }


def require_same(here: Mapping[str, str], there: Mapping[str, str] | Exception, where: str) -> None:
    """Raise :class:`ClusterError` if a machine's versions are other or unknown."""
    if isinstance(there, Exception):
        raise ClusterError(f"{where}: feeds does not run there ({there}). {_REMEDY}")
    found = ", ".join(
        f"{name} is {here.get(name, _NONE)} here and {there.get(name, _NONE)} there"
        for name in sorted({*here, *there}, key=str.lower)
        if here.get(name) != there.get(name)
    )
    if found:
        raise ClusterError(f"{where}: would not give the same bytes as this machine: {found}. {_REMEDY}")


def _installed_version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _NONE


def _hash_code() -> str:
    """Hash the code of feeds itself, which changes more often than its version."""
    root = Path(str(resources.files("feeds")))
    code = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        code.update(f"{file.relative_to(root).as_posix()}\n".encode())
        code.update(file.read_bytes())
    return code.hexdigest()[:12]


def _find_libyaml_version() -> str:
    """Return the version of the C library that PyYAML reads with."""
    try:
        from yaml import _yaml
    except ImportError:
        return _NONE
    return str(_yaml.get_version_string())


def _hash_zone(name: str) -> str:
    """Hash the rules of a time zone; the system's data differ between machines."""
    zone, week = ZoneInfo(name), timedelta(weeks=1)
    first = datetime(1970, 1, 1, tzinfo=UTC)
    offsets = [(first + number * week).astimezone(zone).utcoffset() for number in range(52 * 70)]
    return hashlib.sha256(repr(offsets).encode()).hexdigest()[:12]

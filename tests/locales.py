"""Locales in which file names are decoded in different ways."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from programs import require_program

# Locale, and whether it is made from the system's sources.
LOCALES = {"C.UTF-8": "", "C": "", "ascii": "", "de_DE": "ISO-8859-1", "tr_TR": "UTF-8"}


def make_environment(name: str, folder: Path) -> dict[str, str]:
    """Return the environment of a process in a locale, which is made in a folder if need be.

    "ascii" is what a program sees that runs Python without its ways around the locale C.
    """
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHONUTF8"))
    }
    if name == "ascii":
        return clean | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    charset = LOCALES[name]
    if not charset:
        return clean | {"LC_ALL": name}
    program = require_program("localedef")
    require_program(f"{name} of the package locales", f"/usr/share/i18n/locales/{name}")
    place = folder / "locales"
    place.mkdir(exist_ok=True)
    if not (place / name).exists():
        command = [program, "-i", name, "-f", charset, str(place / name)]
        subprocess.run(command, check=True, capture_output=True)
    return clean | {"LOCPATH": str(place), "LC_ALL": name}

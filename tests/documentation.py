"""The texts of README and docs, and the blocks of code in them."""

from __future__ import annotations

import re

from sites import ROOT

README = (ROOT / "README.md").read_text()
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "problems")
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
# How the site is served and hosted.
DEPLOY = "".join((ROOT / "docs" / "guides" / f"{name}.md").read_text() for name in ("serve", "static-hosts"))


def blocks(language: str, text: str = README) -> list[str]:
    """Return each block of code in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

"""The texts of README and docs, and the blocks of code in them."""

from __future__ import annotations

import re

from sites import ROOT

README = (ROOT / "README.md").read_text()
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
DEPLOY = (ROOT / "docs" / "guides" / "serve.md").read_text()


def blocks(language: str, text: str = README) -> list[str]:
    """Return each block of code in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

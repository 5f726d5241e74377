"""`make demo` writes a year of invented news, which is a site without a problem."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from sites import NOW, ROOT

from feeds.config import load
from feeds.site import open_site

SPEC = importlib.util.spec_from_file_location("demo", ROOT / "tools" / "demo.py")
assert SPEC
assert SPEC.loader
demo = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(demo)
ARTICLES = 60


def read(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.*") if file.is_file()}


@pytest.mark.slow
def test_the_demo_is_the_same_each_time_names_nobody_real_and_has_no_problem(tmp_path: Path) -> None:
    demo.write_site(tmp_path / "a", ARTICLES + 9)
    for name in ("a", "b"):
        demo.write_site(tmp_path / name, ARTICLES)
    files = read(tmp_path / "a")
    assert files == read(tmp_path / "b")
    articles = [text for path, text in files.items() if path.endswith(".md")]
    assert len(articles) == ARTICLES
    addresses = {found for text in articles for found in re.findall(r"https?://([^/\s]+)", text)}
    assert addresses
    assert all(host.endswith(".example") for host in addresses)
    site = open_site(load(tmp_path / "a" / "config.toml"), NOW.replace(year=2027))
    assert site.check() == ()
    assert site.freeze(dry_run=True).published == ARTICLES


def test_the_demo_replaces_nothing_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[site]\n")
    monkeypatch.setattr("sys.argv", ["demo.py", str(tmp_path)])
    with pytest.raises(SystemExit, match="this program has not written it"):
        demo.main()
    assert read(tmp_path) == {"config.toml": "[site]\n"}

"""Nothing that an article holds runs in a real browser: not in a page, and not when a reader shows an entry's HTML."""

from __future__ import annotations

from collections.abc import Iterator

import feedparser
import pytest
from attacks import MARK, PIECES, URLS
from browsing import Browser
from effort import some
from page_sites import Files
from sites import CONFIG, NOW, Workspace

pytestmark = pytest.mark.slow

# The page's own policy would stop what runs: it is put aside, so that what is seen is what the page itself keeps out.
WATCHED = "window.evil = () => { window.ran = true; }; window.alert = window.evil;"
# What a visitor's mouse and keyboard may set off; links are looked at, not followed.
TOUCHED = """
for (const e of document.querySelectorAll("*"))
  for (const kind of ["mouseover", "mouseenter", "focus", "load", "error", "pointerdown", "animationstart", "toggle"])
    e.dispatchEvent(new Event(kind));
return [window.ran === true, [...document.querySelectorAll("[href], [src], [action], [formaction]")]
  .map((e) => String(e.href?.baseVal ?? e.href ?? e.src ?? e.action))
  .filter((url) => /^(javascript|vbscript|data):/i.test(url) && !url.startsWith("data:image/"))];
"""
SHOWN = "document.body.innerHTML = arguments[0];"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Files]]:
    """A frozen site whose articles hold an attack in each field, one kind of attack for each article."""
    workspace = Workspace(tmp_path_factory.mktemp("attacked") / "site")
    workspace.output.mkdir()
    files = Files(workspace.output)
    for number, piece in enumerate(piece for piece in PIECES if piece.isprintable()):
        url = URLS[number % len(URLS)]
        workspace.article(
            f"with-link-{number}", f"{piece}\n\n[link]({url}) ![picture]({url}) {piece}",
            title=f"{number} {piece}", excerpt=piece, topics=["Attacks", f"{piece}"], type=piece, tags=[piece],
            publishedDateTime=NOW, featuredContent=piece, provider={"name": piece, "domain": "attacker.example",
            "authors": [{"name": piece}], "images": [{"url": url}]}, related=[{"title": piece, "webUrl": url}],
            images=[{"url": f"https://a.example/{number}.png", "title": piece, "attribution": piece}],
        )  # fmt: skip
        workspace.article(f"page-{number}", f"{piece}\n\n<div>{piece}</div>\n\n    {piece}", title=f"{number} {piece}",
                          originalUrl=None, topics=["Attacks"], publishedDateTime=NOW)  # fmt: skip
    workspace.configure(base=CONFIG.replace("https://feeds.example.org/", files.url))
    workspace.freeze()
    yield workspace, files
    files.stop()


@pytest.fixture
def open_minded(browser: Browser) -> Iterator[Browser]:
    """A browser that runs whatever a page says, and notes it."""
    browser.tool("Page.enable")
    browser.tool("Page.setBypassCSP", enabled=True)
    browser.tool("Network.setBlockedURLs", urls=["*://*.example/*", "*://*.example.org/*"])
    watch = browser.tool("Page.addScriptToEvaluateOnNewDocument", source=WATCHED)["identifier"]
    yield browser
    browser.tool("Page.removeScriptToEvaluateOnNewDocument", identifier=watch)
    browser.tool("Network.setBlockedURLs", urls=[])
    browser.tool("Page.setBypassCSP", enabled=False)


def test_no_page_of_hostile_articles_runs_anything(
    open_minded: Browser, attacked: tuple[Workspace, Files]
) -> None:
    workspace, files = attacked
    pages = sorted(path.relative_to(workspace.output).as_posix() for path in workspace.output.rglob("*.html"))
    assert len(pages) > len(PIECES)
    # A list of all articles shows all attacks; that of a topic shows its name besides, as other pages do.
    topics = [page for page in pages if page.startswith("topics/") and "attacks" not in page]
    for page in (page for page in pages if page not in topics or page in some(topics, 10)):
        open_minded.driver.get(files.url + page)
        assert open_minded.run(TOUCHED) == [False, []], page


def test_no_entry_of_hostile_articles_runs_anything_when_a_reader_shows_its_html(
    open_minded: Browser, attacked: tuple[Workspace, Files]
) -> None:
    """As the most trusting reader would: title, summary and content as HTML in a page without any policy."""
    workspace, _ = attacked
    open_minded.go("about:blank")
    shown: set[str] = set()
    for path in ("all.atom", "all.rss", "topics/attacks.atom"):
        for entry in feedparser.parse(workspace.read(path), sanitize_html=False).entries:
            contents = [content.value for content in entry.get("content", [])]
            for html in (entry.title, entry.get("summary", ""), *contents):
                if html in shown:
                    continue
                open_minded.run(SHOWN, html)
                assert open_minded.run(TOUCHED) == [False, []], (path, html)
                shown.add(html)
    assert len(shown) > len(PIECES)


def test_this_browser_does_run_what_is_not_kept_out(open_minded: Browser) -> None:
    """What the two tests above look at would be seen."""
    open_minded.go("about:blank")
    open_minded.run(SHOWN, f"<img src=x onerror={MARK}>")
    assert open_minded.run(TOUCHED)[0] is True
    open_minded.run(SHOWN, f'<a href="javascript:{MARK}">x</a>')
    assert open_minded.run(TOUCHED)[1] == [f"javascript:{MARK}"]

"""The pages in a real browser: what a newcomer does, what a page asks for, what it never does."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import feedparser
import pytest
from browsing import Browser
from conftest import Workspace
from pagesites import Files, Served, picture_host, write
from selenium.webdriver.common.keys import Keys

from feeds.config import load

# Every kind of page, and what stands at its address where the application answers.
PAGES = {
    "index": "",
    "topic": "topics/ai/",
    "provider": "providers/provider-1.example/",
    "builder": "build/",
    "builder with a choice": "build/?topic=ai&q=robots",
    "builder with a fault": "build/?topic=nothing-like-it",
    "missing": "topics/a/",
}
FROZEN = [name for name in PAGES if "with" not in name and name != "missing"]
WIDTHS = (320, 768, 1280, 1920)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    host = picture_host(tmp_path_factory.mktemp("pictures") / "files")
    yield host
    host.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, pictures: Files) -> Iterator[Served]:
    site = Served(Workspace(tmp_path_factory.mktemp("served") / "site"), pictures.url)
    yield site
    site.stop()


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, pictures: Files) -> Iterator[Files]:
    """The same site as files, in Arabic, on a host that knows nothing of it."""
    workspace = Workspace(tmp_path_factory.mktemp("frozen") / "site")
    workspace.output.mkdir()
    files = Files(workspace.output)
    write(workspace, pictures.url, files.url, "ar")
    workspace.freeze()
    yield files
    files.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser: Browser, served: Served, name: str, scheme: str) -> None:
    browser.scheme(scheme)
    browser.go(served.url + PAGES[name])
    assert browser.violations() == []


@pytest.mark.parametrize("name", FROZEN)
def test_axe_finds_no_violation_on_a_site_from_right_to_left(
    browser: Browser, frozen: Files, name: str
) -> None:
    browser.go(frozen.url + PAGES[name])
    assert browser.run("return document.documentElement.dir") == "rtl"
    assert browser.violations() == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window_and_nothing_moves(
    browser: Browser, served: Served, name: str
) -> None:
    for width in WIDTHS:
        browser.size(width)
        browser.go(served.url + PAGES[name])
        assert browser.overflow() == [], width
        assert browser.layout_shift() == 0, width


@pytest.mark.parametrize("name", FROZEN)
def test_no_page_from_right_to_left_is_wider_than_its_window(
    browser: Browser, frozen: Files, name: str
) -> None:
    for width in WIDTHS:
        browser.size(width)
        browser.go(frozen.url + PAGES[name])
        assert browser.overflow() == [], width


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_no_other_host_but_for_pictures_in_view_and_tells_them_nothing(
    browser: Browser, served: Served, pictures: Files, name: str
) -> None:
    browser.go(served.url + PAGES[name])
    browser.wait("document.readyState === 'complete'")
    others = [asked for asked in browser.requests() if not asked.url.startswith(served.url)]
    assert {asked.kind for asked in others} <= {"Image"}
    assert {urlsplit(asked.url).netloc for asked in others} <= {pictures.host}
    assert not [headers for _, headers in pictures.asked if "referer" in headers or "cookie" in headers]
    # The window is 900 pixels high; what is far below is not asked for.
    shown = len(browser.all("img[src^='http']"))
    assert len(others) < shown or shown <= 12
    assert all(image.get_attribute("loading") == "lazy" for image in browser.all("main article img"))


@pytest.mark.parametrize("name", [name for name in PAGES if "fault" not in name and name != "missing"])
def test_the_browser_has_nothing_to_complain_of(browser: Browser, served: Served, name: str) -> None:
    browser.go(served.url + PAGES[name])
    browser.wait("document.readyState === 'complete'")
    assert browser.complaints() == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_an_article_says_runs_nor_would_if_it_came_through(
    browser: Browser, served: Served, name: str
) -> None:
    browser.go(served.url + PAGES[name])
    assert browser.run("return window.ran") is None
    browser.run(
        """
        document.body.insertAdjacentHTML("beforeend", '<img src="/none.png" onerror="window.ran = 1">');
        const script = document.createElement("script");
        script.textContent = "window.ran = 1";
        document.body.append(script);
        """
    )
    browser.wait("document.images[document.images.length - 1].complete")
    complaints = [text for text in browser.complaints() if "Content Security Policy" in text]
    assert (browser.run("return window.ran"), len(complaints)) == (None, 2)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_weighs_less_than_60_kb_without_its_pictures(
    browser: Browser, served: Served, name: str
) -> None:
    browser.go(served.url + PAGES[name])
    own = {asked.url for asked in browser.requests() if asked.url.startswith(served.url)}
    weight = 0
    for url in own:
        try:
            with urllib.request.urlopen(url) as response:  # noqa: S310 - of this machine
                weight += len(response.read())
        except urllib.error.HTTPError as error:
            with error:
                weight += len(error.read())
    assert 1000 < weight < 60_000


def test_keys_alone_reach_every_choice_in_the_order_of_the_page(browser: Browser, served: Served) -> None:
    browser.go(served.url + PAGES["builder"])
    names = browser.tab_to("Further conditions")
    wanted = ("Words", "AI", "Another topic", "Provider 1", "Article", "Least quality")
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)


def test_keys_alone_choose(browser: Browser, served: Served) -> None:
    browser.go(served.url + PAGES["builder"])
    browser.tab_to("AI")
    browser.press(Keys.SPACE)
    browser.wait_text("#found", "44 articles")
    browser.find("input[name=q]").send_keys("Walks -week")
    browser.wait_text("#found", "0 articles")
    browser.find("input[name=q]").send_keys(Keys.BACKSPACE * 6)
    browser.wait_text("#found", "40 articles")
    assert browser.run("return location.search") == "?q=Walks&topic=ai"
    browser.tab_to("Another topic")
    browser.press("robotics", Keys.ENTER)
    assert browser.focused == ("Another topic", True)
    browser.wait_text("#result", "topic=ai&topic=robotics&q=Walks")


def test_the_feed_that_somebody_built_is_a_feed_of_that(browser: Browser, served: Served) -> None:
    browser.go(served.url + PAGES["builder"])
    browser.find("input[name=topic][value=robotics]").click()
    browser.find("input[name=type][value=video]").click()
    browser.wait_text("#found", "4 articles")
    (address, *_) = (link.get_attribute("href") for link in browser.all("#result .addresses a"))
    feed = feedparser.parse(address)
    assert (feed.bozo, len(feed.entries)) == (False, 4)
    assert all({"Robotics"} <= {tag.term for tag in entry.tags} for entry in feed.entries)


def test_without_script_the_application_answers_the_form(browser: Browser, served: Served) -> None:
    with browser.without_script():
        browser.go(served.url + PAGES["builder"])
        browser.find("input[name=topic][value=robotics]").click()
        browser.find("input[name=min_quality]").send_keys("30")
        browser.find("#build button[type=submit]").click()
        assert browser.find("#found").text == "13 articles"
        assert browser.find("input[name=topic][value=robotics]").is_selected()
        assert "/feed.atom?topic=robotics&min_quality=30" in browser.find("#result").text


def test_a_site_of_files_says_what_to_put_into_its_configuration(
    browser: Browser, frozen: Files, workspace: Workspace
) -> None:
    browser.go(frozen.url + PAGES["builder"])
    browser.find("input[name=topic][value=robotics]").click()
    browser.find("input[name=provider][value='provider-1.example']").click()
    browser.find("input[name=q]").send_keys("words")
    browser.find("input[name=min_quality]").send_keys("30")
    browser.wait_text("#found", "This site is made of files")
    assert "words" in browser.find("#left-out").text
    table = browser.find("#toml").text
    write(workspace, "https://pictures.example/", "https://feeds.example.org/")
    own = (workspace.folder / "config.toml").read_text()
    (workspace.folder / "config.toml").write_text(f"{own}\n{table}\n")
    custom = load(workspace.folder / "config.toml").custom["my-feed"]
    assert (custom.topics, custom.providers, custom.min_quality) == (
        ("Robotics",),
        ("provider-1.example",),
        30,
    )
    workspace.freeze()
    feed = feedparser.parse(workspace.read("feeds/my-feed.atom"))
    assert {int(re.findall(r"\d+", entry.title)[0]) for entry in feed.entries} == {19, 25, 31, 37}


def test_a_choice_on_a_site_of_files_is_still_there_when_one_comes_back(
    browser: Browser, frozen: Files
) -> None:
    browser.go(f"{frozen.url}build/?topic=robotics&topic=Elsewhere&min_quality=30")
    browser.wait_text("#found", "This site is made of files")
    assert 'topics = ["Robotics", "Elsewhere"]' in browser.find("#toml").text
    assert browser.find("input[name=topic][value=robotics]").is_selected()


def test_a_name_of_a_long_list_is_found_when_it_is_asked_for(browser: Browser, workspace: Workspace) -> None:
    for number in range(210):
        workspace.article(f"a{number}", provider={"domain": f"p{number}.example", "name": f"Press {number}"})
    workspace.freeze()
    files = Files(workspace.output)
    try:
        browser.go(f"{files.url}build/")
        assert not [asked.url for asked in browser.requests() if "feeds.json" in asked.url]
        field = browser.find("input[list=known-provider]")
        field.click()
        browser.wait("document.querySelectorAll('#known-provider option').length === 210")
        field.send_keys("press 77", Keys.ENTER)
        browser.wait_text("#toml", 'providers = ["p77.example"]')
    finally:
        files.stop()

"""The pages in a real browser: what a newcomer does, what a page asks for, what it never does."""

from __future__ import annotations

import re
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import feedparser
import pytest
from browsing import Asked, Browser
from effort import stressed
from page_sites import Files, Served, picture_host, write
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sites import Workspace

from feeds.check.lint import lint
from feeds.config import load
from feeds.lib.text.folding import divide_for_search, fold_for_search
from feeds.words import load_words

pytestmark = pytest.mark.slow

# Every kind of page, and its address in the application.
PAGES = {
    "index": "",
    "list": "topics/",
    "search": "search/?q=robot",
    "topic": "topics/ai/",
    "archive page": "topics/ai/archive/1/",
    "article": "articles/note/",
    "provider": "providers/provider-1.example/",
    "builder": "build/",
    "builder with a choice": "build/?topic=ai&q=robots",
    "builder with a fault": "build/?topic=nothing-like-it",
    "missing": "topics/a/",
}
# Those that a site of files has too.
FROZEN = [name for name, path in PAGES.items() if "?" not in path and name != "missing"]
# Those that are answered with 200.
FOUND = [name for name in PAGES if name not in ("missing", "builder with a fault")]
WIDTHS = (320, 768, 1280, 1920)
# The frozen site speaks Arabic.
ARABIC = load_words("ar")
MADE_OF_FILES = "This site is made of files, which cannot choose for you. Who runs it can publish your feed with these lines."
# Those in which a page is opened again, so that what moves while it loads is seen.
OPENED = WIDTHS if stressed() else (320, 1280)


class Visit(NamedTuple):
    """What was seen of a page when it was opened once, by a system that prefers light pages.

    ``violations`` are of the light page, ``dark`` of the same one when the system prefers dark pages then.
    ``overflow`` and ``shifts`` are by the width of the window. ``ran`` says whether something of the page ran, and
    whether what was put into it did then; ``refused`` is what the console said of that.
    """

    asked: list[Asked]
    complaints: list[str]
    loading: set[str | None]
    violations: list[str]
    dark: list[str]
    overflow: dict[int, list[str]]
    shifts: dict[int, list[float]]
    ran: tuple[object, object]
    refused: str


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    host = picture_host(tmp_path_factory.mktemp("pictures") / "files")
    yield host
    host.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, pictures: Files) -> Iterator[Served]:
    workspace = Workspace(tmp_path_factory.mktemp("served") / "site")
    write(workspace, pictures.url, "https://feeds.example.org/")
    site = Served(workspace)
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


@pytest.fixture(scope="module")
def visit(chromium: Browser, served: Served) -> Callable[[str], Visit]:
    """Open a page of PAGES, once for all tests that only look."""

    @cache
    def open_page(name: str) -> Visit:
        chromium.size(1280)
        chromium.scheme("light")
        chromium.go(served.url + PAGES[name])
        chromium.wait("document.readyState === 'complete'")
        asked, complaints = chromium.requests(), chromium.complaints()
        loading = {image.get_attribute("loading") for image in chromium.all("main img")}
        ran = chromium.run("return window.ran")
        overflow, shifts = measure(chromium)
        chromium.size(1280)
        # What is behind a button, too.
        chromium.run("for (const folded of document.querySelectorAll('details')) folded.open = true;")
        violations = chromium.violations()
        chromium.scheme("dark")
        dark = chromium.colour_violations()
        after, refused = put_scripts_in(chromium)
        return Visit(asked, complaints, loading, violations, dark, overflow, shifts, (ran, after), refused)

    return open_page


def measure(chromium: Browser) -> tuple[dict[int, list[str]], dict[int, list[float]]]:
    """What is wider than the window, and by how much the page moves while it loads, by the width of the window."""
    overflow: dict[int, list[str]] = {}
    shifts: dict[int, list[float]] = {}
    for width in WIDTHS:
        chromium.size(width)
        if width in OPENED:
            found = shifts[width] = []
            # A shift of the page's own comes each time; one of a busy machine's window does not.
            while len(found) < 10 and 0 not in found:
                chromium.reload()
                found.append(chromium.layout_shift())
        overflow[width] = chromium.overflow()
    return overflow, shifts


def put_scripts_in(chromium: Browser) -> tuple[object, str]:
    """Put scripts into the page, as if they came through: whether one ran, and what the console says."""
    chromium.complaints()
    chromium.run(
        """
        document.body.insertAdjacentHTML("beforeend", '<img src="/none.png" onerror="window.ran = 1">');
        const script = document.createElement("script");
        script.textContent = "window.ran = 1";
        document.body.append(script);
        """
    )
    chromium.wait("document.images[document.images.length - 1].complete")
    return chromium.run("return window.ran"), " ".join(chromium.complaints())


@pytest.fixture(scope="module")
def visit_frozen(
    chromium: Browser, frozen: Files
) -> Callable[[str], tuple[str, list[str], dict[int, list[str]]]]:
    """Open a page of FROZEN once: its direction, what axe-core finds, and what is too wide at each width."""

    @cache
    def open_page(name: str) -> tuple[str, list[str], dict[int, list[str]]]:
        chromium.size(1280)
        chromium.scheme("light")
        chromium.go(frozen.url + PAGES[name])
        direction, violations = chromium.run("return document.documentElement.dir"), chromium.violations()
        overflow = {}
        for width in WIDTHS:
            chromium.size(width)
            if stressed():
                chromium.reload()
            overflow[width] = chromium.overflow()
        return direction, violations, overflow

    return open_page


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_in_a_light_and_in_a_dark_page(
    visit: Callable[[str], Visit], name: str
) -> None:
    seen = visit(name)
    assert seen.violations == []
    assert seen.dark == []


@pytest.mark.parametrize("name", FROZEN)
def test_axe_finds_no_violation_on_a_site_from_right_to_left(
    visit_frozen: Callable[[str], tuple[str, list[str], dict[int, list[str]]]], name: str
) -> None:
    direction, violations, _ = visit_frozen(name)
    assert direction == "rtl"
    assert violations == []


def test_names_numbers_and_dates_of_a_page_from_right_to_left_are_in_order(
    frozen: Files, browser: Browser
) -> None:
    """A name in Latin letters begins at its left, what is counted stands right of the date."""
    browser.go(frozen.url + "topics/")
    assert browser.run("""
        const link = [...document.querySelectorAll("main li a")].find((a) => a.textContent === "Gardens");
        link.textContent = "C++";
        const facts = link.closest("li").querySelector("p:has(time)");
        const place = (node, at) => {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            return range.getBoundingClientRect().left;
        };
        const first = place(link.firstChild, 0) < place(link.firstChild, 1);
        return [first, place(facts.firstChild, 0) > facts.querySelector("time").getBoundingClientRect().left];
    """) == [True, True]


def test_the_search_of_a_page_speaks_the_language_of_the_site(frozen: Files, browser: Browser) -> None:
    browser.go(frozen.url + "topics/")
    browser.find("#q").send_keys("subject 1")
    assert "خلاصات فيها «subject 1»" in browser.wait_text("#found", "subject 1»")
    assert "مقال" in browser.find("#found li p").text


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window_and_nothing_moves(visit: Callable[[str], Visit], name: str) -> None:
    seen = visit(name)
    assert seen.overflow == {width: [] for width in WIDTHS}
    assert all(0 in seen.shifts[width] for width in OPENED), seen.shifts


@pytest.mark.parametrize("name", FROZEN)
def test_no_page_from_right_to_left_is_wider_than_its_window(
    visit_frozen: Callable[[str], tuple[str, list[str], dict[int, list[str]]]], name: str
) -> None:
    assert visit_frozen(name)[2] == {width: [] for width in WIDTHS}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_no_other_host_but_for_pictures_in_view_and_tells_them_nothing(
    visit: Callable[[str], Visit], served: Served, pictures: Files, name: str
) -> None:
    seen = visit(name)
    others = [asked for asked in seen.asked if not asked.url.startswith(served.url)]
    assert {asked.kind for asked in others} <= {"Image"}
    assert {urlsplit(asked.url).netloc for asked in others} <= {pictures.host}
    assert seen.loading <= {"lazy"}


def test_pictures_are_loaded_as_they_come_into_view_and_their_host_learns_nothing(
    browser: Browser, served: Served, pictures: Files
) -> None:
    # A browser asks for pictures some way below its window, too: those of the narrow page reach further.
    browser.size(320, 400)
    browser.tool("Network.clearBrowserCache")
    pictures.asked.clear()
    browser.go(served.url + PAGES["topic"])
    count = len(browser.all("main img"))
    browser.wait("document.images[0].complete")
    assert 0 < len(pictures.asked) < count
    browser.run("document.images[document.images.length - 1].scrollIntoView()")
    browser.wait("document.images[document.images.length - 1].complete")
    assert {path for path, _ in pictures.asked} <= {f"/{number}.png" for number in range(80)}
    assert not [headers for _, headers in pictures.asked if "referer" in headers or "cookie" in headers]


@pytest.mark.parametrize("name", FOUND)
def test_the_browser_has_nothing_to_complain_of(visit: Callable[[str], Visit], name: str) -> None:
    assert visit(name).complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_an_article_says_runs_nor_would_if_it_came_through(
    visit: Callable[[str], Visit], name: str
) -> None:
    seen = visit(name)
    assert seen.ran == (None, None)
    assert "Executing inline script violates" in seen.refused
    assert "Executing inline event handler violates" in seen.refused


@pytest.mark.parametrize("name", PAGES)
def test_a_page_weighs_less_than_60_kb_without_its_pictures(
    visit: Callable[[str], Visit], served: Served, name: str
) -> None:
    own = {asked.url for asked in visit(name).asked if asked.url.startswith(served.url)}
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
    browser.wait_text("#found", "84 articles")
    browser.find("input[name=q]").send_keys("Walks -week")
    # The page may have asked for what was typed so far, too.
    browser.wait("location.search === '?q=Walks+-week&topic=ai'")
    browser.wait("document.getElementById('found').textContent.trim() === '0 articles'")
    browser.find("input[name=q]").send_keys(Keys.BACKSPACE * 6)
    browser.wait("location.search === '?q=Walks&topic=ai'")
    browser.wait_text("#found", "80 articles")
    browser.tab_to("Another topic")
    browser.press("robotics", Keys.ENTER)
    assert browser.focused == ("Another topic", True)
    browser.wait("document.getElementById('atom').value.endsWith('?topic=ai&topic=robotics&q=Walks')")
    # A choice that is there already is not made twice.
    assert len(browser.all("input[name=topic][value=robotics]")) == 1
    assert browser.find("input[name=topic][value=robotics]").is_selected()


def test_what_is_not_wanted_is_left_out(browser: Browser, served: Served) -> None:
    browser.go(served.url + PAGES["builder"])
    browser.find("details.further summary").click()
    browser.find("input[name=exclude_topic]").send_keys("robotics", Keys.ENTER)
    browser.wait_text("#found", "44 articles")
    assert browser.find("#atom").get_attribute("value") == f"{served.url}feed.atom?exclude_topic=robotics"
    assert (
        browser.run("return document.getElementById('toml').textContent").count(
            'exclude_topics = ["Robotics"]'
        )
        == 1
    )


def test_the_feed_that_somebody_built_is_a_feed_of_that(browser: Browser, served: Served) -> None:
    browser.go(served.url + PAGES["builder"])
    browser.find("input[name=topic][value=robotics]").click()
    browser.find("input[name=type][value=video]").click()
    browser.wait_text("#found", "8 articles")
    (address, *_) = (link.get_attribute("href") for link in browser.all("#result .address a"))
    feed = feedparser.parse(address)
    assert (feed.bozo, len(feed.entries)) == (False, 8)
    assert all({"Robotics"} <= {tag.term for tag in entry.tags} for entry in feed.entries)


def test_without_script_the_application_answers_the_form(browser: Browser, served: Served) -> None:
    with browser.without_script():
        browser.go(served.url + PAGES["builder"])
        browser.find("input[name=topic][value=robotics]").click()
        browser.find("input[name=min_quality]").send_keys("30")
        browser.find("#build .actions button").click()
        browser.wait("location.search && document.readyState === 'complete'")
        assert browser.find("#found").text == "33 articles"
        assert browser.find("input[name=topic][value=robotics]").is_selected()
        address = browser.find("#atom").get_attribute("value")
        assert address == f"{served.url}feed.atom?topic=robotics&min_quality=30"


def test_a_site_of_files_says_what_to_put_into_its_configuration(
    browser: Browser, frozen: Files, workspace: Workspace
) -> None:
    browser.go(frozen.url + PAGES["builder"])
    browser.find("input[name=topic][value=robotics]").click()
    browser.find("input[name=provider][value='provider-1.example']").click()
    browser.find("input[name=q]").send_keys("words")
    browser.find("input[name=min_quality]").send_keys("30")
    browser.wait_text("#result", ARABIC.gettext(MADE_OF_FILES))
    assert ARABIC.gettext("words") in browser.find("#left-out").text
    table = browser.find("#toml").text
    write(workspace, "https://pictures.example/", "https://feeds.example.org/")
    own = (workspace.folder / "config.toml").read_text()
    (workspace.folder / "config.toml").write_text(f"{own}\n{table}\n")
    selection = load(workspace.folder / "config.toml").selections["my-feed"]
    assert (selection.topics, selection.providers, selection.min_quality) == (
        ("Robotics",),
        ("provider-1.example",),
        30,
    )
    workspace.freeze()
    feed = feedparser.parse(workspace.read("feeds/my-feed.atom"))
    assert {int(re.findall(r"\d+", entry.title)[0]) for entry in feed.entries} == set(range(19, 80, 6))


def test_a_choice_on_a_site_of_files_is_still_there_when_one_comes_back(
    browser: Browser, frozen: Files
) -> None:
    browser.go(f"{frozen.url}build/?topic=robotics&topic=Elsewhere&min_quality=30")
    browser.wait_text("#result", ARABIC.gettext(MADE_OF_FILES))
    assert 'topics = ["Robotics", "Elsewhere"]' in browser.find("#toml").text
    assert browser.find("input[name=topic][value=robotics]").is_selected()


def test_a_name_of_a_long_list_is_found_when_it_is_asked_for(browser: Browser, workspace: Workspace) -> None:
    for number in range(210):
        workspace.article(f"a{number}", provider={"domain": f"p{number}.example", "name": f"Press {number}"})
    site = Served(workspace)
    try:
        browser.go(f"{site.url}build/")
        assert not [asked.url for asked in browser.requests() if "feeds.json" in asked.url]
        field = browser.find("input[list=known-providers]")
        field.click()
        browser.wait("document.querySelectorAll('#known-providers option').length === 210")
        field.send_keys("press 77", Keys.ENTER)
        browser.wait_text("#toml", 'providers = ["p77.example"]')
        browser.wait_text("#found", "1 article")
    finally:
        site.stop()


def walk(browser: Browser, site: str) -> bytes:
    """What a newcomer does: looks for a feed, opens its page, copies its address, and fetches that."""
    browser.go(site)
    browser.find("#q").send_keys("robo")
    browser.wait_text("#found", "Robotics")
    browser.click_link("Robotics")
    browser.wait("document.querySelector('h1')?.textContent === 'Robotics'")
    assert "?" not in browser.run("return location.href")
    browser.find("details.get summary").click()
    browser.find("[data-copy=atom]").click()
    browser.wait(
        "document.getElementById('copied').textContent === document.getElementById('copied').dataset.said"
    )
    address = browser.clipboard()
    assert address == browser.find("#atom").get_attribute("value") == f"{site}topics/robotics.atom"
    with urllib.request.urlopen(address) as response:  # noqa: S310 - of this machine
        body: bytes = response.read()
    return body


@pytest.mark.parametrize("site", ["served", "frozen"])
def test_a_newcomer_comes_to_a_valid_feed(
    browser: Browser, site: str, request: pytest.FixtureRequest
) -> None:
    host = request.getfixturevalue(site)
    body = walk(browser, host.url)
    feed = feedparser.parse(body)
    assert (feed.bozo, len(feed.entries)) == (False, 20)
    assert all("Robotics" in {tag.term for tag in entry.tags} for entry in feed.entries)
    assert lint("topics/robotics.atom", "application/atom+xml", body) == []


def test_keys_alone_lead_from_the_index_to_a_copied_address(browser: Browser, served: Served) -> None:
    browser.go(served.url)
    names = browser.tab_to("Find articles and feeds")
    assert names[0] == "Skip to content"
    browser.press("robo")
    # What is found for the first letters alone has the feed, too, and another one would take its place.
    assert "Robotics" in browser.wait_text("#found", "“robo”")
    names = browser.tab_to("Robotics")
    assert len(names) <= 3
    browser.press(Keys.ENTER)
    browser.wait("document.querySelector('h1')?.textContent === 'Robotics'")
    browser.tab_to("Subscribe")
    browser.press(Keys.ENTER)
    browser.tab_to("Copy the Atom address")
    browser.press(Keys.SPACE)
    browser.wait_text("#copied", "Copied")
    assert browser.clipboard() == f"{served.url}topics/robotics.atom"


def test_keys_alone_reach_subscribing_articles_search_and_feeds_in_this_order(
    browser: Browser, served: Served
) -> None:
    browser.go(served.url)
    names = browser.tab_to("All topics")
    wanted = (
        "Skip to content",
        "Build your own",
        "Subscribe",
        "A note",
        "All articles",
        "Find articles and feeds",
        "Films",
    )
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)


def test_without_script_the_application_finds_feeds(browser: Browser, served: Served) -> None:
    with browser.without_script():
        browser.go(served.url)
        browser.find("#q").send_keys("robo", Keys.ENTER)
        browser.wait("location.search && document.readyState === 'complete'")
        assert "Robotics" in browser.find("#found").text
        browser.click_link("Robotics")
        browser.wait("document.querySelector('h1')?.textContent === 'Robotics'")


# What the script of the search makes of each character, and the names of the elements of an article that it found.
FOLDED = """
const [points, done] = arguments;
import(document.querySelector('script[src$="search.js"]').src).then(({fold, divide}) => {
  const signs = points.map((point) => String.fromCodePoint(point));
  done(signs.map((sign) => [fold(sign), ...divide(`a${sign}b`)].join(" ")));
});
"""
MARKUP = """
const article = [...document.querySelectorAll("#found article")].find((one) => one.textContent.includes(arguments[0]));
return [article, ...article.querySelectorAll("*")].map((e) => `${e.localName}.${e.className} ${e.lang} ${e.dir}`.trim());
"""


def test_the_script_folds_and_divides_every_character_as_the_application_does(
    browser: Browser, served: Served
) -> None:
    """Every character that Unicode names; of Chinese and Korean, whose are like each other, one in a hundred."""
    browser.go(f"{served.url}search/")
    many = [(0x3400, 0xA000), (0xAC00, 0xD7A4), (0x17000, 0x18D00), (0x20000, 0x110000)]
    points = [
        point
        for point in range(0x110000)
        if unicodedata.category(chr(point)) not in ("Cn", "Co", "Cs")
        and (point % 101 == 0 or not any(first <= point < last for first, last in many))
    ]
    found = browser.driver.execute_async_script(FOLDED, points)
    ours = [" ".join((fold_for_search(s), *divide_for_search(f"a{s}b"))) for s in map(chr, points)]
    assert [
        (hex(point), *both) for point, *both in zip(points, found, ours, strict=True) if both[0] != both[1]
    ] == []


def test_a_site_of_files_finds_articles_as_somebody_types(browser: Browser, frozen: Files) -> None:
    browser.go(f"{frozen.url}search/")
    browser.tab_to(ARABIC.gettext("Find articles and feeds"))
    browser.press("robo")
    browser.wait("document.querySelectorAll('#found article').length === 10")
    assert browser.find("#found h3").text == "What robots learnt in week 0"
    browser.press("ts week 7")
    browser.wait_text("#found h3", "week 7")
    # Articles of the topic "Subject 7" come after that; those of week 70 do not, since "7" is a whole word.
    assert browser.run("return document.querySelectorAll('#found article').length") == 7
    for words, title in (("planted", "Planted"), ("الآلات المشي", "خبر عن الروبوتات")):
        browser.find("#q").send_keys(Keys.CONTROL, "a")
        browser.press(words)
        browser.wait_text("#found h3", title)
    assert browser.run("return window.ran") is None
    browser.find("#q").send_keys(Keys.CONTROL, "a")
    browser.press(Keys.BACKSPACE, Keys.ENTER)
    browser.wait("document.getElementById('found').hidden")
    assert browser.find("#browse").is_displayed()
    assert browser.complaints() == []


def test_more_of_what_was_found_is_reached_by_keys_and_nothing_is_fetched_twice(
    browser: Browser, frozen: Files
) -> None:
    browser.go(f"{frozen.url}search/?q=robots")
    browser.wait("document.querySelectorAll('#found article').length === 10")
    assert browser.violations() == []
    browser.tab_to(ARABIC.gettext("More articles"))
    browser.press(Keys.ENTER)
    browser.wait("document.querySelectorAll('#found article').length === 20")
    assert browser.run("return document.activeElement.textContent") == "What robots learnt in week 10"
    asked = [one.url for one in browser.requests() if "/search/" in one.url]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("title", ["week 3", "خبر عن", "A note"])
def test_an_article_that_the_script_finds_looks_as_in_every_list(
    browser: Browser, served: Served, frozen: Files, title: str
) -> None:
    browser.go(f"{served.url}search/?q={quote(title)}")
    ours = browser.run(MARKUP, title)
    browser.go(f"{frozen.url}search/?q={quote(title)}")
    browser.wait("document.querySelector('#found article')")
    assert browser.run(MARKUP, title) == ours


def test_the_application_answers_while_somebody_types(browser: Browser, served: Served) -> None:
    browser.go(f"{served.url}topics/")
    browser.find("#q").send_keys("robots")
    # As many are found before the last letter.
    browser.wait("document.querySelector('#found #atom')?.value.endsWith('?q=robots')")
    browser.wait("document.querySelectorAll('#found article').length === 20")
    assert browser.find("#found h3 a").get_attribute("href") == "https://example.org/about-00"
    browser.tab_to("Subscribe")
    browser.find("#found summary").click()
    assert browser.find("#found #atom").get_attribute("value") == f"{served.url}feed.atom?q=robots"
    assert browser.find("#found [data-copy]").is_displayed()
    assert browser.complaints() == []


def test_without_script_one_button_offers_every_way_to_subscribe(browser: Browser, served: Served) -> None:
    with browser.without_script():
        browser.go(f"{served.url}topics/robotics/")
        assert not browser.find("#atom").is_displayed()
        browser.find("details.get summary").click()
        assert browser.find("#atom").is_displayed()
        assert browser.driver.find_element(By.LINK_TEXT, "Feedly").is_displayed()
        assert not browser.find("#rss").is_displayed()
        browser.find("details.others summary").click()
        assert browser.find("#rss").get_attribute("value") == f"{served.url}topics/robotics.rss"


def test_a_link_to_subscribing_opens_it_and_the_whole_card_of_a_feed_is_its_link(
    browser: Browser, served: Served
) -> None:
    browser.go(f"{served.url}topics/")
    browser.click_link("Subscribe")
    browser.wait("document.getElementById('atom')?.checkVisibility()")
    browser.go(served.url)
    facts = browser.driver.find_element(By.XPATH, "//li[a='Films']/p[contains(., 'articles')]")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", facts)
    browser.click_inside(facts)
    browser.wait("location.pathname === '/feeds/films/'")


@pytest.mark.parametrize("name", PAGES)
def test_without_script_no_control_is_dead(browser: Browser, served: Served, name: str) -> None:
    with browser.without_script():
        browser.go(served.url + PAGES[name])
        shown = [button for button in browser.all("button") if button.is_displayed()]
        assert [b.accessible_name for b in shown if not b.get_property("form")] == []


def test_a_wrong_address_leads_to_the_right_one(browser: Browser, served: Served) -> None:
    browser.go(f"{served.url}topics/robotik/")
    browser.click_link("Robotics")
    assert browser.run("return location.pathname") == "/topics/robotics/"


@pytest.mark.parametrize("site", ["served", "frozen"])
@pytest.mark.parametrize("ending", ["atom", "rss"])
def test_a_feed_that_is_opened_is_readable_and_names_its_page(
    browser: Browser, site: str, ending: str, request: pytest.FixtureRequest
) -> None:
    host = request.getfixturevalue(site)
    browser.go(f"{host.url}topics/robotics.{ending}")
    root = browser.wait("document.documentElement && document.documentElement.nodeName")
    assert root == ("feed" if ending == "atom" else "rss")
    first = "feed" if ending == "atom" else "channel"
    said = "return getComputedStyle(document.querySelector(arguments[0]), '::before').content"
    # The frozen site speaks another language.
    assert browser.run(said, first).startswith('"This is a feed.' if site == "served" else '"')
    shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
    assert browser.run(shown, "entry > title, item > title") == "block"
    assert browser.run(shown, "entry > id, item > guid") == "none"
    page = browser.run("return document.querySelector('feed > link[rel=alternate], channel > link')")
    assert page.is_displayed()
    assert f"{host.url}topics/robotics/" in (page.get_dom_attribute("href") or page.text)
    for width in WIDTHS:
        browser.size(width)
        assert browser.overflow() == []

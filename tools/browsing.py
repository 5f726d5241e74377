"""A real browser: Chromium without a window, as the system has it."""

from __future__ import annotations

import http.server
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

AXE = Path(sys.prefix, "axe", "node_modules", "axe-core", "axe.min.js")
# Everything that axe-core knows, but rules that it calls experimental or obsolete, and those of level AAA.
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
_MOST_STOPS = 150
# How long anything may take, on a busy machine too.
_SECONDS = 120
_FLAGS = [
    "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--lang=en-GB",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # Each start of a process takes a tenth of a second: none for what may never be shown, nor for each site.
    "--disable-site-isolation-trials",
    (
        "--disable-features=SpareRendererForSitePerProcess,BackForwardCache,ProactivelySwapBrowsingInstance,"
        "IsolateOrigins,site-per-process"
    ),
]  # fmt: skip
_AXE_RUN = """
const [rules, done] = arguments;
axe.run({runOnly: rules}).then(
  (result) => done(result.violations.map((v) => `${v.id}: ${v.help}: ` + v.nodes.map((n) => n.html).join(" "))),
  (error) => done([String(error)]));
"""
# A change of the window's size counts as input, and what moves after input is no shift (web.dev/cls).
_LAYOUT_SHIFT = """
const done = arguments[0];
let shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
})
  .observe({type: "layout-shift", buffered: true});
requestAnimationFrame(() => setTimeout(() => done(shift), 50));
"""
_FIRST_PAINT = """
const entry = performance.getEntriesByName("first-contentful-paint")[0];
return entry ? entry.startTime : null;
"""
_FOCUSED = """
const element = document.activeElement;
const outlined = (e) => e && getComputedStyle(e).outlineStyle !== "none" && parseFloat(getComputedStyle(e).outlineWidth) > 0;
const name = element.getAttribute("aria-label") || (element.labels && element.labels[0]?.innerText)
  || element.innerText || element.value || element.name || element.tagName;
return [name.trim().replace(/\\s+/g, " "), outlined(element) || outlined(element.closest("label"))];
"""


class Asked(NamedTuple):
    """A request that the browser made."""

    url: str
    kind: str
    headers: dict[str, str]


class Browser:
    """What a test does with a browser: go, look, type, press keys, and see what was asked of the network."""

    def __init__(self, program: str = "/usr/bin/chromium", driver: str = "/usr/bin/chromedriver") -> None:
        # Each process of the tests imports this module, and one of them starts a browser.
        from selenium.webdriver import Chrome, ChromeOptions, ChromeService

        options = ChromeOptions()
        options.binary_location = program
        for flag in (*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        # With both programs named, selenium looks for none and fetches none.
        self.driver = Chrome(options, ChromeService(driver))
        self.driver.set_page_load_timeout(_SECONDS)
        self.driver.set_script_timeout(_SECONDS)
        self.tool("Emulation.setFocusEmulationEnabled", enabled=True)

    def stop(self) -> None:
        """Close the browser and its driver."""
        self.driver.quit()

    def tool(self, command: str, **values: Any) -> dict[str, Any]:
        """A command of the Chrome DevTools Protocol."""
        result: dict[str, Any] = self.driver.execute_cdp_cmd(command, values)
        return result

    def go(self, url: str) -> None:
        """Open a page, and forget what was asked and reported before."""
        self.driver.get("about:blank")
        for log in ("performance", "browser"):
            self.driver.get_log(log)  # type: ignore[no-untyped-call] # selenium gives it no types
        self.driver.get(url)

    def reload(self) -> None:
        """Open the page again, without the cache.

        A page of another site may be shown by another process, which learns the size of the window while it
        loads; a reload keeps the process.
        """
        self.tool("Network.enable")
        self.tool("Network.setCacheDisabled", cacheDisabled=True)
        self.driver.refresh()
        self.tool("Network.setCacheDisabled", cacheDisabled=False)

    def size(self, width: int, height: int = 900) -> None:
        """The size of the page in CSS pixels: a window cannot be as narrow as a phone."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.tool("Emulation.setDeviceMetricsOverride", **metrics)

    def scheme(self, name: str) -> None:
        """What the system prefers: ``light`` or ``dark``."""
        self.tool("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    @contextmanager
    def without_script(self) -> Iterator[None]:
        """Pages run nothing; tests still can."""
        self.tool("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.tool("Emulation.setScriptExecutionDisabled", value=False)

    def run(self, script: str, *values: Any) -> Any:
        """What a script returns that gets these values as its arguments."""
        return self.driver.execute_script(script, *values)

    def wait(self, condition: str, *values: Any) -> Any:
        """Until a JavaScript expression is true; what it is then."""
        script = f"return {condition};"
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, _SECONDS, poll_frequency=0.05).until(
            lambda _: self.run(script, *values), f"still not: {condition}"
        )

    def wait_text(self, selector: str, text: str) -> str:
        """Until an element has a text in it; its whole text at that moment."""
        # A script may put another element into its place at any time.
        found = "((e) => e?.textContent.includes(arguments[1]) && [e.innerText])(document.querySelector(arguments[0]))"
        return str(self.wait(found, selector, text)[0])

    def click_link(self, text: str) -> None:
        """Click on a link by its text, though a script may be writing the page again."""
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
        from selenium.webdriver.support.wait import WebDriverWait

        ignored = (NoSuchElementException, StaleElementReferenceException)
        WebDriverWait(self.driver, _SECONDS, 0.05, ignored).until(
            lambda driver: driver.find_element(By.LINK_TEXT, text).click() or True  # type: ignore[func-returns-value] # it returns None
        )

    def clipboard(self) -> str:
        """The text that was copied last; the page is allowed to be asked for it."""
        self.tool("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        read = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done(String(e)));"
        return str(self.driver.execute_async_script(read))

    def find(self, selector: str) -> WebElement:
        """The first element that a CSS selector finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """Every element that a CSS selector finds."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click_inside(self, element: WebElement) -> None:
        """Click on whatever is shown in the middle of an element."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).move_to_element(element).click().perform()

    def press(self, *keys: str) -> None:
        """Type keys to whatever has the focus."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, name: str) -> list[str]:
        """Press the tab key until what has this name has the focus; what had it on the way.

        Raises :class:`AssertionError` if one of them does not show that it has, or none has this name.
        """
        passed: list[str] = []
        while not passed or passed[-1] != name:
            self.press(Keys.TAB)
            now, visible = self.focused
            passed.append(now)
            if not visible:
                raise AssertionError(f"One does not see what has the focus: {now}")
            if len(passed) == _MOST_STOPS:
                raise AssertionError(f"{name} does not get the focus: {passed}")
        return passed

    @property
    def focused(self) -> tuple[str, bool]:
        """The accessible name (about) of what has the focus, and whether one sees that it has."""
        name, visible = self.run(_FOCUSED)
        return name, visible

    def requests(self) -> list[Asked]:
        """What was asked of the network since :meth:`go`."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call] # likewise
        events = [json.loads(entry["message"])["message"] for entry in entries]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        found = [Asked(s["request"]["url"], s.get("type", ""), s["request"]["headers"]) for s in sent]
        return [asked for asked in found if asked.url.startswith(("http:", "https:", "ws"))]

    def complaints(self) -> list[str]:
        """What the browser's console says since :meth:`go`: faults, refusals by the page's policy."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call] # likewise
        return [entry["message"] for entry in entries]

    def violations(self) -> list[str]:
        """What axe-core finds against the page as it stands."""
        return self._judge({"type": "tag", "values": AXE_RULES})

    def colour_violations(self) -> list[str]:
        """What those rules of axe-core find that look at colours."""
        return self._judge({"type": "rule", "values": AXE_COLOUR_RULES})

    def _judge(self, rules: dict[str, Any]) -> list[str]:
        if not self.run("return Boolean(window.axe)"):
            self.run(AXE.read_text())
        found: list[str] = self.driver.execute_async_script(_AXE_RUN, rules)
        return found

    def layout_shift(self) -> float:
        """The sum of all layout shifts since the page was opened."""
        return float(self.driver.execute_async_script(_LAYOUT_SHIFT))

    def first_paint(self) -> float | None:
        """Milliseconds from the start of the navigation to the first content that was painted."""
        found: float | None = self.run(_FIRST_PAINT)
        return found

    def overflow(self) -> list[str]:
        """What makes the page wider than the window, outermost first; empty if nothing does."""
        script = """
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        return [...document.querySelectorAll("body *")]
          .filter((e) => { const r = e.getBoundingClientRect(); return r.right > width + 1 || r.left < -1; })
          .map((e) => e.outerHTML.slice(0, 120)).concat(["the page itself"]);
        """
        found: list[str] = self.run(script)
        return found

    def png(self) -> bytes:
        """What is to be seen."""
        return self.driver.get_screenshot_as_png()


@contextmanager
def serve(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of this machine for as long as the context lasts; its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

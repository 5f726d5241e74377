"""Addresses that readers guess lead to the feed that they mean, and never over anything that the site has."""

from __future__ import annotations

import pytest
from effort import for_each
from sites import CONFIG, NOW, Workspace
from werkzeug.test import Client

from feeds.freeze.hosts import make_files
from feeds.paths import GUESSED_FILES, GUESSED_NAMES
from feeds.publisher.guesses import list_guesses
from feeds.publisher.headers import ERROR_CACHE
from feeds.site import open_site
from feeds.web.app import create

BASE = "https://feeds.example.org/"
TOPICS = (
    '[topics.AI]\naliases = ["Intelligence"]\n[topics.Past]\nretired = true\n[selections.feed]\ntitle = "F"\n'
)
# What a guess is called, and the format that it means.
MEANT = {
    "feed": "atom", "feed/": "atom", "feed.xml": "atom", "index.xml": "atom", "rss": "rss", "rss/": "rss",
    "rss.xml": "rss", "index.rss": "rss", "feed.rss": "rss", "atom": "atom", "atom.xml": "atom", "index.atom": "atom",
    "feed.json": "json", "index.json": "json",
}  # fmt: skip


def make_client(workspace: Workspace, more: str = TOPICS, base: str = CONFIG) -> Client:
    workspace.article("a", topics=["AI"])
    workspace.configure(more, base)
    return Client(create(open_site(workspace.config, NOW, search=True).publisher))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return make_client(Workspace(tmp_path_factory.mktemp("guesses") / "site"))


def ask(client: Client, path: str) -> tuple[int, str]:
    response = client.get(path)
    return response.status_code, response.headers.get("Location", "").removeprefix(BASE)


@for_each("guess", MEANT)
@for_each(
    ("folder", "feed"),
    [("", "all"), ("blog/", "all"), ("topics/ai/", "topics/ai"), ("providers/example.org/", "providers/example.org"),
     ("feeds/feed/", "feeds/feed"), ("all/", "all")],
)  # fmt: skip
def test_a_guess_leads_to_the_feed_that_it_means(client: Client, folder: str, guess: str, feed: str) -> None:
    status, location = ask(client, f"/{folder}{guess}")
    # The feeds of queries have these addresses, and lead on themselves.
    own = not folder and guess in ("feed.rss", "feed.json")
    assert (status, location) == (308 if own else 301, f"{feed}.{MEANT[guess]}")


@for_each(
    ("path", "feed"),
    [("/RSS.xml", "all.rss"), ("/topics//ai/rss", "topics/ai.rss"), ("/Topics/AI/Feed", "topics/ai.atom"), ("/feed.xml/", "all.atom"),
     ("/topics/intelligence/feed", "topics/ai.atom")],
)  # fmt: skip
def test_case_slashes_and_old_names_make_no_difference(client: Client, path: str, feed: str) -> None:
    assert ask(client, path) == (301, feed)


@for_each(
    "path",
    ["/fed", "/feeed.xml", "/topics/nope/feed", "/topics/feed", "/topics/rss.xml", "/feed/feed", "/x/feed", "/rss.xm",
     "/articles/a/feed", "/blog", "/blog/topics/ai/feed", "/static/feed", "/feed.html", "/topics/ai/feed.atom.gz"],
)  # fmt: skip
def test_a_typo_stays_404(client: Client, path: str) -> None:
    assert ask(client, path)[0] == 404


def test_what_the_site_has_comes_before_a_guess(client: Client) -> None:
    assert ask(client, "/feeds/feed/")[0] == 200
    assert ask(client, "/feeds/feed") == (308, "feeds/feed/")


@for_each("guess", MEANT)
def test_a_guess_at_a_retired_feed_is_410(client: Client, guess: str) -> None:
    assert ask(client, f"/topics/past/{guess}")[0] == 410


def test_a_guess_with_parameters_leads_to_the_feed_of_the_query(client: Client) -> None:
    assert ask(client, "/feed?topic=AI&utm_source=x") == (301, "feed.atom?topic=ai")
    assert ask(client, "/rss.xml?utm_source=x") == (301, "all.rss")
    assert ask(client, "/topics/ai/feed?topic=x") == (301, "topics/ai.atom")
    assert ask(client, "/feed?topic=nope") == (301, "feed.atom?topic=nope")


def test_caches_soon_forget_where_a_guess_leads_and_any_page_may_read_it(client: Client) -> None:
    for method in ("GET", "HEAD"):
        response = client.open("/feed", method=method)
        assert response.headers["Cache-Control"] == ERROR_CACHE
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert (response.data == b"") == (method == "HEAD")


@pytest.mark.parametrize(
    ("formats", "expected"),
    [('["rss", "atom"]', {"feed": "atom", "feed.xml": "rss", "feed.json": "atom", "rss": "rss"}),
     ('["json", "rss"]', {"feed": "rss", "feed.xml": "rss", "atom.xml": "rss", "feed.json": "json"}),
     ('["json"]', {"feed": "json", "feed.xml": "json", "rss": "json", "index.json": "json"})],
)  # fmt: skip
def test_a_site_without_the_format_that_is_meant_gives_the_one_that_it_recommends(
    workspace: Workspace, formats: str, expected: dict[str, str]
) -> None:
    client = make_client(workspace, f"[feeds]\nformats = {formats}\n")
    found = {guess: ask(client, f"/topics/ai/{guess}") for guess in expected}
    assert found == {guess: (301, f"topics/ai.{name}") for guess, name in expected.items()}


@pytest.mark.parametrize(
    ("prefix", "mount"), [("/news", ""), ("", ""), ("", "/news"), ("/NEWS", "")],
    ids=["kept", "stripped", "mounted", "spelled"],
)  # fmt: skip
def test_a_site_below_a_path_leads_to_its_own_feeds(workspace: Workspace, prefix: str, mount: str) -> None:
    client = make_client(workspace, base=CONFIG.replace(BASE, f"{BASE}news/"))
    for path, feed in (
        ("/feed", "all.atom"),
        ("/rss/", "all.rss"),
        ("/topics/ai/feed.xml", "topics/ai.atom"),
    ):
        environ = {"SCRIPT_NAME": mount, "PATH_INFO": prefix + path}
        response = client.get(path, environ_overrides=environ)
        assert (response.status_code, response.headers["Location"]) == (301, f"{BASE}news/{feed}")


def test_a_host_without_rules_has_copies_of_the_feed_and_of_the_page_that_names_it(
    workspace: Workspace,
) -> None:
    workspace.article("a", topics=["AI"])
    workspace.configure('[output]\nhosts = ["github-pages"]\n')
    workspace.freeze()
    for guess, name in MEANT.items():
        if guess in GUESSED_FILES:
            is_page = guess.endswith("/")
            copy, original = (f"{guess}index.html", "all/index.html") if is_page else (guess, f"all.{name}")
            assert workspace.read(copy) == workspace.read(original), guess
    page = workspace.read("feed/index.html").decode()
    assert f'rel="canonical" href="{BASE}all/"' in page
    assert 'rel="alternate" type="application/atom+xml" href="../all.atom"' in page
    assert f'rel="self" href="{BASE}all.rss"' in workspace.read("rss.xml").decode()
    workspace.article("b")
    assert {"feed.xml", "rss.xml", "feed/index.html"} <= set(workspace.freeze().written)
    assert workspace.freeze().written == []
    workspace.configure()
    assert {"feed.xml", "feed/index.html"} <= set(workspace.freeze().deleted)


def test_a_copy_gives_way_to_a_file_of_the_site(workspace: Workspace) -> None:
    workspace.article("a")
    for name in ("index.xml", "feed/index.html"):
        (workspace.output / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.output / name).write_text("mine")
    workspace.configure('[output]\nhosts = ["github-pages"]\n')
    workspace.freeze()
    workspace.freeze()
    assert {workspace.read("index.xml"), workspace.read("feed/index.html")} == {b"mine"}
    assert workspace.read("rss.xml") == workspace.read("all.rss")


@pytest.mark.parametrize("host", ["netlify", "cloudflare"])
def test_a_list_of_redirects_has_every_guess_at_which_the_site_has_nothing(
    workspace: Workspace, host: str
) -> None:
    workspace.article("a", topics=["AI"])
    workspace.configure(f'[output]\nhosts = ["{host}"]\n{TOPICS}')
    for name in ("index.xml", "topics/ai/rss/index.html", "atom.html"):
        (workspace.output / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.output / name).write_text("mine")
    workspace.freeze()
    lines = [line.split() for line in workspace.read("_redirects").decode().splitlines()[1:]]
    rules = {old: (new, status) for old, new, status in lines}
    assert rules["/feed"] == rules["/blog/feed"] == ("/all.atom", "301")
    assert rules["/topics/:channel/rss.xml"] == ("/topics/:channel.rss", "301")
    assert rules["/providers/:channel/rss"] == ("/providers/:channel.rss", "301")
    assert rules["/feed.json"] == ("/all.json", "301")
    assert ("/feed/" in rules) == (host == "cloudflare")
    assert not {"/index.xml", "/topics/:channel/rss", "/topics/ai/rss", "/atom"} & rules.keys()
    assert len(rules) == len(lines)


def test_a_list_of_redirects_agrees_with_the_application(workspace: Workspace, client: Client) -> None:
    workspace.article("a", topics=["AI"])
    workspace.configure(f'[output]\nhosts = ["cloudflare"]\n{TOPICS}')
    with open_site(workspace.config, NOW).publisher.snapshot() as site:
        guesses = dict(list_guesses(site.channels, site.config.feeds))
        rules = make_files(site, "build", ())["_redirects"].decode()
    for guess, feed in guesses.items():
        assert f"/{guess} /{feed} 301\n" in rules
    for path in site.channels.by_path:
        folder, _, name = path.rpartition("/")
        for guess in GUESSED_NAMES:
            feed = guesses[f"{folder}/:channel/{guess}" if folder else f"{path}/{guess}"]
            assert ask(client, f"/{path}/{guess}") == (301, feed.replace(":channel", name))
    for guess in GUESSED_NAMES:
        own = guess in ("feed.atom", "feed.rss", "feed.json")
        assert ask(client, f"/{guess}") == (308 if own else 301, guesses[guess])
        assert ask(client, f"/blog/{guess}") == (301, guesses[f"blog/{guess}"])


def test_the_guesses_of_many_topics_are_as_many_rules_as_those_of_one(workspace: Workspace) -> None:
    workspace.configure('[output]\nhosts = ["netlify"]\n')
    counts = set()
    for topics in (1, 30):
        workspace.article("a", topics=[f"Topic {number}" for number in range(topics)])
        workspace.freeze()
        counts.add(len(workspace.read("_redirects").splitlines()))
    assert len(counts) == 1

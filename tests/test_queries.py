"""Any selection as a feed: parameters, search, one address each."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import feedparser
import pytest
from effort import examples, for_each
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from query_site import BASE, write_articles
from servers import Server
from sites import NOW, Workspace
from werkzeug.test import TestResponse

from feeds.site import open_site
from feeds.web.app import create


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    index = request.getfixturevalue("postgres").table() if request.param == "postgres" else ""
    workspace = write_articles(Workspace(tmp_path_factory.mktemp("choosing") / "site", index))
    return create(open_site(workspace.config, NOW, search=True).publisher).test_client()


def get(client: FlaskClient, query: str, ending: str = "atom") -> TestResponse:
    """The document of a selection, after the redirect to its one address."""
    response = client.get(f"/feed.{ending}?{query}")
    if response.status_code == 308:
        response = client.get(response.headers["Location"].removeprefix(BASE))
    return response


def titles(client: FlaskClient, query: str) -> set[str]:
    response = get(client, query)
    assert response.status_code == 200, response.text
    return {entry.title.removeprefix("About ") for entry in feedparser.parse(response.data).entries}


@for_each(
    ("query", "expected"),
    [
        ("topic=AI", "robot-arms chess"),
        ("topic=ai", "robot-arms chess"),
        ("topic=Artificial+Intelligence", "robot-arms chess"),
        ("topic=AI&topic=Gardens", "robot-arms chess garten roses"),
        ("topic=Machines", "robot-arms"),
        ("topic=C%2B%2B", "Learning-deep-water"),
        ("topic=AI&exclude_topic=Robotics", "chess"),
        ("exclude_topic=AI", "garten roses Learning-deep-water"),
        ("provider=gruen.example", "garten roses"),
        ("provider=www.gruen.example&type=video", "roses"),
        ("provider=example.org&provider=gruen.example&type=VIDEO", "robot-arms roses"),
        ("category=games", "chess"),
        ("type=video&type=article", "robot-arms chess garten roses"),
        ("language=en", "robot-arms chess Learning-deep-water"),
        ("language=en-gb", "robot-arms"),
        ("language=de&language=fr", "garten roses"),
        ("min_quality=50", "robot-arms garten"),
        ("min_heat=10", "chess"),
        ("min_quality=40&min_heat=1", "robot-arms chess"),
        ("since=2024-01-03", "garten roses Learning-deep-water"),
        ("q=roses", "roses"),
        ("q=cafe", "roses"),
        ("q=ROSES+caf%C3%A9", "roses"),
        ("q=%22deep+learning%22", "roses"),
        ("q=deep+learning", "roses Learning-deep-water"),
        ("q=learning+-roses", "Learning-deep-water"),
        ("q=learning+-%22deep+learning%22", "Learning-deep-water"),
        ("q=lilies", "garten"),
        ("q=roses&q=lilies", "garten roses"),
        ("q=about+AND+OR", ""),
        ("q=roses&type=article", ""),
        ("q=%22unclosed", ""),
        ("topic=Gardens&q=learning", "roses"),
        ("min_quality=0&type=&q=", "robot-arms chess garten"),
    ],
)
def test_a_selection_has_the_articles_that_meet_every_condition(
    client: FlaskClient, query: str, expected: str
) -> None:
    assert titles(client, query) == {
        name.replace("Learning-deep-water", "Learning deep water") for name in expected.split()
    }


@for_each(
    ("query", "says"),
    [
        ("topic=Robotix", 'topic: there is no topic "Robotix". Did you mean "Robotics"?'),
        (
            "exclude_topic=zzz",
            'exclude_topic: there is no topic "zzz". All are listed at https://feeds.example.org/',
        ),
        ("provider=nowhere", "provider: there is no provider"),
        ("min_quality=high", 'min_quality: "high" must be a whole number from 0 to 1,000,000.'),
        ("min_quality=-1", "min_quality:"),
        ("min_heat=1.5", "min_heat:"),
        ("limit=0", 'limit: "0" must be a whole number from 1 to 500.'),
        ("limit=501", "limit:"),
        ("limit=5&limit=6", "limit: is given 2 times; give it once."),
        ("since=yesterday", 'since: "yesterday" is not a day; write it like "2024-01-31".'),
        ("since=2024-02-30", "since:"),
        ("since=2024-W01-1", "since:"),
        ("language=english-", "language:"),
        ("type=" + quote("<script>"), "type:"),
        ("q=-roses", "q: write 1 to 20 words"),
        ("q=" + "+".join(f"w{n}" for n in range(21)), "q: write 1 to 20 words"),
        ("q=%22%22", "q: write"),
        ("&".join(f"topic=t{n}" for n in range(51)), "topic: is given 51 times; at most 50 are allowed."),
        ("x=" + "y" * 5000, "longer than 4,000"),
    ],
)
def test_a_bad_parameter_is_400_with_a_sentence_that_names_it(
    client: FlaskClient, query: str, says: str
) -> None:
    response = client.get(f"/feed.atom?{query}")
    assert (response.status_code, response.mimetype) == (400, "text/plain")
    assert says in response.text
    assert response.headers["Cache-Control"] == "public, max-age=60"


@for_each(
    ("query", "canonical"),
    [
        ("type=video&topic=Robotics&topic=AI", "topic=ai&topic=robotics&type=video"),
        ("topic=AI&topic=ai&topic=Artificial%20Intelligence&utm_source=x&_=123", "topic=ai"),
        ("provider=WWW.Gruen.Example", "provider=gruen.example"),
        ("limit=50&topic=ai", "topic=ai"),
        ("q=++roses+++caf%C3%A9++", "q=roses%20caf%C3%A9"),
        ("min_quality=007", "min_quality=7"),
        ("language=EN_gb", "language=en-gb"),
    ],
)
def test_each_selection_has_one_address(client: FlaskClient, query: str, canonical: str) -> None:
    response = client.get(f"/feed.rss?{query}")
    assert (response.status_code, response.headers["Location"]) == (308, f"{BASE}/feed.rss?{canonical}")
    assert client.get(f"/feed.rss?{canonical}").status_code == 200


def test_no_choice_at_all_is_the_feed_of_everything(client: FlaskClient) -> None:
    for query in ("", "?", "?_=1", "?q=&topic="):
        response = client.get(f"/feed.json{query}")
        assert (response.status_code, response.headers["Location"]) == (308, f"{BASE}/all.json")


def test_a_selection_is_a_document_like_any_other(client: FlaskClient) -> None:
    for ending in ("atom", "rss", "json"):
        address = f"/feed.{ending}?topic=ai&type=video"
        response = client.get(address)
        tag = response.headers["ETag"]
        again = client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert f'<{BASE}{address}>; rel="self"' in response.headers["Link"]
        assert (BASE + address) in html.unescape(response.text)
        assert "Artificial Intelligence, type video" in response.text
    assert client.get("/feed.txt?topic=ai").status_code == 404


def test_a_walk_through_the_archive_of_a_selection_meets_each_article(workspace: Workspace) -> None:
    for n in range(25):
        workspace.article(
            f"a{n:02}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z", topics=["AI", f"T{n % 2}"]
        )
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    for ending in ("atom", "json"):
        address: str | None = f"/feed.{ending}?topic=t0&topic=t1&limit=4"
        met: list[str] = []
        while address:
            response = client.get(address)
            assert response.status_code == 200, address
            if ending == "json":
                document = response.get_json()
                met += [item["title"] for item in document["items"]]
                address = document.get("next_url", "").removeprefix(BASE) or None
            else:
                parsed = feedparser.parse(response.data)
                met += [entry.title for entry in parsed.entries]
                links = [link.href for link in parsed.feed.links if link.rel == "prev-archive"]
                address = links[0].removeprefix(BASE) if links else None
        # Only the first archive document repeats articles.
        assert sorted(set(met)) == [f"About a{n:02}" for n in range(25)]
    assert client.get("/feed.atom?topic=t0&archive=99").status_code == 404


def test_a_topic_that_lost_its_articles_is_an_empty_feed_not_an_error(workspace: Workspace) -> None:
    path = workspace.article("a", topics=["Gone"])
    workspace.article("b")
    open_site(workspace.config, NOW)
    path.unlink()
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    assert titles(client, "topic=Gone") == set()
    assert titles(client, "topic=Gone&topic=AI") == {"b"}


def test_a_withdrawn_article_is_no_longer_found_and_its_words_are_not_kept(workspace: Workspace) -> None:
    workspace.article("a", title="Zebrafish secrets")
    workspace.article("b")
    site = open_site(workspace.config, NOW, search=True)
    client = create(site.publisher).test_client()
    assert titles(client, "q=zebrafish") == {"Zebrafish secrets"}
    workspace.article("a", title="Zebrafish secrets", published=False)
    site.syncer.sync_below(["a.md"], NOW)
    site.publisher.refresh()
    assert titles(client, "q=zebrafish") == set()
    with site.syncer.index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM words").fetchone() == (1,)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["topic", "q", "type", "language", "since", "limit", "min_quality", "archive", "x"]
            ),
            st.text(max_size=30),
        ),
        max_size=6,
    )
)
@examples(40, 1500)
def test_no_parameters_break_it_and_every_redirect_ends(
    client: FlaskClient, pairs: list[tuple[str, str]]
) -> None:
    query = urlencode(pairs, errors="surrogatepass") if all(_encodable(v) for _, v in pairs) else "q=%ff"
    response = client.get(f"/feed.atom?{query}")
    assert response.status_code in (200, 308, 400, 404)
    if response.status_code == 308:
        again = client.get(response.headers["Location"].removeprefix(BASE))
        assert again.status_code in (200, 404), response.headers["Location"]


def _encodable(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)


@pytest.fixture
def server(workspace: Workspace) -> Iterator[Server]:
    server = Server(write_articles(workspace).folder / "config.toml")
    yield server
    server.stop()


@pytest.mark.slow
def test_selections_are_served_over_http_with_raw_and_encoded_queries(server: Server) -> None:
    for query in ("q=roses", "q=caf%C3%A9"):
        response, body = server.get(f"/feed.atom?{query}")
        assert (response.status, len(feedparser.parse(body).entries)) == (200, 1)

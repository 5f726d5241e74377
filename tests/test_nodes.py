"""Three nodes over one PostgreSQL behind nginx are as one; the parts are those of examples/nodes."""

from __future__ import annotations

import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import require_program
from servers import fetch
from sites import ROOT

sys.path.append(str(ROOT / "examples" / "nodes"))

from cluster import Cluster
from run import ask, differences, fill, publish, show

pytestmark = pytest.mark.slow

SERVERS = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require_program("postgres", *SERVERS)
    require_program("nginx", "/usr/sbin/nginx")
    folder = tmp_path_factory.mktemp("nodes")
    # PostgreSQL, as another user, has to get to its folder.
    temporary = Path(tempfile.gettempdir())
    for place in (folder, *folder.parents):
        if place == temporary:
            break
        place.chmod(0o711)
    with Cluster(folder) as running:
        fill(running)
        yield running


def test_documents_tags_and_dates_are_the_same_from_every_node_and_through_nginx(cluster: Cluster) -> None:
    assert differences(cluster) == []


def test_an_article_is_served_by_all_nodes_soon(cluster: Cluster) -> None:
    assert max(publish(cluster, "soon")) < float("inf")


def test_a_tag_of_one_node_is_known_to_the_others(cluster: Cluster) -> None:
    tag = ask(cluster.ports[0], "/all.rss")[0].etag or ""
    for port in cluster.ports[1:]:
        assert fetch(port, "/all.rss", {"If-None-Match": tag})[0].status == 304


def test_a_delta_asked_of_one_node_follows_from_the_tag_of_another(cluster: Cluster) -> None:
    wish = {"A-IM": "feed"}
    tag = fetch(cluster.ports[0], "/all.atom", wish)[0].getheader("ETag") or ""
    publish(cluster, "later")
    answers = [fetch(port, "/all.atom", {**wish, "If-None-Match": tag}) for port in cluster.ports]
    assert {response.status for response, _ in answers} == {226}
    assert len({body for _, body in answers}) == 1
    assert answers[0][1].count(b"<entry>") == 1


def test_a_node_that_takes_requests_and_answers_none_is_passed_by(cluster: Cluster) -> None:
    cluster.send(1, signal.SIGSTOP)
    try:
        answers = {ask(cluster.port, "/all.atom")[0] for _ in range(6)}
    finally:
        cluster.send(1, signal.SIGCONT)
    assert answers == {ask(cluster.ports[0], "/all.atom")[0]}


def test_readers_do_not_notice_that_nodes_are_ended_and_articles_published_meanwhile(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(cluster) == 0
    polls = re.search(r"started again: ([\d,]+) polls, 0 noticed", capsys.readouterr().out)
    assert polls
    assert int(polls[1].replace(",", "")) > 100


def test_its_readme_names_the_command() -> None:
    readme = (ROOT / "examples" / "nodes" / "README.md").read_text()
    (command,) = re.findall(r"^python (\S+)$", readme, re.MULTILINE)
    assert (ROOT / command).is_file()

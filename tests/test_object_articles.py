"""Articles in an object store: the site of the same articles in a folder, and never an empty one by mistake."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from object_stores import BUCKET, Asked, Store
from servers import Server
from sites import CONFIG, NOW, Workspace, tree
from waiting import until

from feeds.check.problems import check_documents, gather_problems
from feeds.errors import RemovalsError, StorageError
from feeds.freeze.freeze import freeze
from feeds.lib.storage.objects import Objects
from feeds.model import Problem
from feeds.site import open_site
from feeds.sync import cluster, mappers

pytestmark = pytest.mark.slow

ADDRESS = f"s3://{BUCKET}/articles"
REMOTE = CONFIG.replace('"articles"', f'"{ADDRESS}"')


@pytest.fixture
def filled(workspace: Workspace, store: Store) -> Workspace:
    """Articles of all kinds, in a folder and in the store; and a configuration of each."""
    for n in range(8):
        workspace.article(f"in/a{n}", topics=[f"T{n % 3}"])
    workspace.article("hidden", published=False)
    workspace.article("later", publishedDateTime=NOW + timedelta(hours=1))
    workspace.article("Ünï cödé + & ?", topics=["AI"])
    workspace.article(".draft")
    workspace.write("empty.md", b"")
    workspace.write("broken.md", b"---\ntitle: [\n---\n")
    workspace.write("large.md", b"x" * 3000)
    workspace.write("picture.png", b"no article")
    workspace.write(".hidden/a.md", b"---\ntitle: x\n---\n")
    workspace.configure("max_bytes = 2000\n")
    fill(store, workspace.articles)
    return workspace


def fill(store: Store, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            store.put(f"articles/{path.relative_to(folder).as_posix()}", path.read_bytes())


@pytest.fixture
def remote(filled: Workspace, tmp_path: Path) -> Workspace:
    other = Workspace(tmp_path / "remote")
    other.configure("max_bytes = 2000\n", REMOTE)
    assert filled.articles.is_dir()
    return other


def found(workspace: Workspace) -> list[Problem]:
    site = open_site(workspace.config, NOW)
    with site.publisher.snapshot() as snapshot:
        return gather_problems(snapshot, site.problems)


def gets(store: Store) -> list[str]:
    return sorted(asked.key for asked in store.asked if asked.what == "GET")


def test_articles_in_a_store_make_the_site_that_they_make_in_a_folder(
    filled: Workspace, remote: Workspace, store: Store
) -> None:
    # Some tools make an object for each folder.
    store.put("articles/in/", b"")
    filled.freeze()
    remote.freeze()
    assert tree(remote.output) == tree(filled.output)
    assert b"cod" in b"".join(tree(remote.output).values())
    here = [(p.path, p.code, p.message, p.line) for p in filled.problems()]
    there = [(p.path, p.code, p.message, p.line) for p in found(remote)]
    assert there == [(f"{ADDRESS}/{path}", *rest) for path, *rest in here]
    assert {code for _, code, _, _ in here} >= {"too-large", "yaml"}


def test_only_what_changed_is_read(remote: Workspace, store: Store) -> None:
    remote.freeze()
    assert "articles/picture.png" not in gets(store)
    assert not any("/." in key for key in gets(store))
    store.asked.clear()
    remote.freeze()
    assert store.counts() == {"LIST": 1}
    changed = store.get("articles/in/a1.md").body.replace(b"About in/a1", b"Changed")
    store.put("articles/in/a1.md", changed)
    store.put("articles/in/a2.md", store.get("articles/in/a2.md").body)
    store.asked.clear()
    plan = remote.freeze()
    # The bytes of the second are as they were, and so is its mark.
    assert gets(store) == ["articles/in/a1.md"]
    assert "topics/t1.atom" in plan.written
    assert b"Changed" in remote.read("all.atom")


def test_posts_in_two_objects_are_read_again_if_either_changes(tmp_path: Path, store: Store) -> None:
    """As those of Nikola in two files."""
    site = Workspace(tmp_path / "remote")
    site.configure(base=f'{REMOTE}preset = "nikola"\n')
    store.put("articles/a.meta", b".. title: A\n.. date: 2024-01-02\n")
    store.put("articles/a.md", b"The text.\n")
    store.put("articles/b.md", b".. title: B\n.. date: 2024-01-02\n\nThe text.\n")
    site.freeze()
    assert b"<title>A</title>" in site.read("all.atom")
    store.asked.clear()
    site.freeze()
    assert store.counts() == {"LIST": 1}
    store.put("articles/a.meta", b".. title: Z\n.. date: 2024-01-02\n")
    store.asked.clear()
    site.freeze()
    assert gets(store) == ["articles/a.md", "articles/a.meta"]
    assert b"<title>Z</title>" in site.read("all.atom")


def test_a_cluster_reads_the_articles_of_a_store(
    filled: Workspace, remote: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two engines at once: the bytes come from the store, and workers make the entries."""
    monkeypatch.setattr(cluster, "WORTH_A_CLUSTER", 1)
    filled.freeze()
    with cluster.Cluster(cluster.Address.parse("local:1")) as mapper:
        freeze(open_site(remote.config, NOW, mapper=mapper).publisher, remote.output)
        assert mapper.used
    assert tree(remote.output) == tree(filled.output)


def test_an_article_that_is_deleted_in_the_store_goes(remote: Workspace, store: Store) -> None:
    remote.freeze()
    store.delete("articles/in/a1.md")
    remote.freeze()
    assert b"About in/a1" not in b"".join(tree(remote.output).values())


def test_a_large_object_is_not_downloaded(remote: Workspace, store: Store) -> None:
    store.put("articles/huge.md", b"x" * 5_000_000)
    remote.freeze()
    assert max(store.sent) < 100_000
    assert any(p.code == "too-large" and p.path == f"{ADDRESS}/huge.md" for p in found(remote))


@pytest.mark.parametrize("what", ["LIST", "GET"])
@pytest.mark.parametrize("fault", ["503", "403", "reset"])
def test_a_store_that_cannot_be_read_leaves_the_site_as_it_is(
    remote: Workspace, store: Store, what: str, fault: str
) -> None:
    remote.freeze()
    whole = tree(remote.output)
    store.put("articles/in/a1.md", store.get("articles/in/a1.md").body.replace(b"About in/a1", b"Changed"))
    store.delete("articles/in/a2.md")
    store.fault = lambda asked: fault if asked.what == what else None
    message = ": cannot be listed" if what == "LIST" else r"/in/a1\.md: cannot be read"
    with pytest.raises(StorageError, match=f"^s3://site/articles{message}"):
        remote.freeze()
    assert tree(remote.output) == whole
    store.fault = lambda _asked: None
    remote.freeze()
    assert b"Changed" in remote.read("all.atom")
    assert b"About in/a2" not in remote.read("all.atom")


def test_passing_faults_are_not_noticed(filled: Workspace, remote: Workspace, store: Store) -> None:
    faults = ("500", "503", "reset")

    def fail_thrice(asked: Asked) -> str | None:
        """Fail each request three times, as often as it is tried again here: others cannot change whose turn it is."""
        tries = sum(one == asked for one in store.asked)
        return faults[tries - 1] if tries <= len(faults) else None

    store.fault = fail_thrice
    remote.freeze()
    filled.freeze()
    assert tree(remote.output) == tree(filled.output)


def test_an_address_with_nothing_at_it_is_not_an_empty_site(remote: Workspace, store: Store) -> None:
    remote.freeze()
    whole = tree(remote.output)
    for key in store.names():
        store.delete(key)
    with pytest.raises(StorageError, match=r"s3://site/articles: there is nothing\. Is the address right\?"):
        remote.freeze()
    store.put("articles/README", b"all others are gone")
    with pytest.raises(RemovalsError, match="articles are gone"):
        remote.freeze()
    assert tree(remote.output) == whole


def test_an_object_that_vanishes_while_it_is_read_is_no_faulty_article(
    remote: Workspace, store: Store
) -> None:
    remote.freeze()
    store.put("articles/in/a1.md", b"changed")

    def vanish(asked: Asked) -> None:
        if asked.what == "GET":
            store.delete("articles/in/a1.md")

    store.fault = vanish
    remote.freeze()
    # It stays as it is known until the next look tells that it is gone.
    assert b"About in/a1" in remote.read("all.atom")
    store.fault = lambda _asked: None
    remote.freeze()
    assert b"About in/a1" not in remote.read("all.atom")


def test_many_objects_are_read_in_processes_with_the_same_result(
    filled: Workspace, remote: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mappers, "WORTH_A_POOL", 5)
    remote.freeze()
    filled.freeze()
    assert tree(remote.output) == tree(filled.output)


def test_articles_in_memory_are_read_by_this_process(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    monkeypatch.setattr(MemoryFileSystem, "store", {})
    monkeypatch.setattr(mappers, "WORTH_A_POOL", 5)
    objects = Objects("memory://here/articles")
    for path in filled.articles.rglob("*"):
        if path.is_file():
            objects.put(path.relative_to(filled.articles).as_posix(), path.read_bytes(), {})
    other = Workspace(tmp_path / "other")
    other.configure("max_bytes = 2000\n", CONFIG.replace('"articles"', '"memory://here/articles"'))
    filled.freeze()
    other.freeze()
    assert tree(other.output) == tree(filled.output)


def test_a_server_looks_now_and_then_and_stays_up_while_the_store_is_away(
    remote: Workspace, store: Store, tmp_path: Path
) -> None:
    remote.configure("[server]\npoll = 1\nworkers = 1\n", REMOTE)
    errors = tmp_path / "errors"
    server = Server(remote.folder / "config.toml", errors=errors)
    try:
        assert b"About in/a1" in server.get("/all.atom")[1]
        store.fault = lambda _asked: "403"
        until(lambda: "access is denied" in errors.read_text())
        assert b"About in/a1" in server.get("/all.atom")[1]
        store.fault = lambda _asked: None
        store.put(
            "articles/in/a1.md", store.get("articles/in/a1.md").body.replace(b"About in/a1", b"Changed")
        )
        until(lambda: b"Changed" in server.get("/all.atom")[1])
    finally:
        server.stop()


def test_an_article_whose_time_has_come_is_published_between_two_looks(remote: Workspace) -> None:
    site = open_site(remote.config, NOW)
    site.syncer.sync_below((), NOW + timedelta(hours=2))
    with site.publisher.snapshot() as snapshot:
        document = snapshot.document("all.atom")
    assert document is not None
    assert b"About later" in document.body


def test_drafts_in_a_store_are_in_a_private_feed(remote: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from feeds.config import load_servable
    from feeds.web.app import create

    token = secrets.token_urlsafe(32)
    monkeypatch.setenv("TOKEN", token)
    remote.configure('[private.desk]\ninclude_unpublished = true\ntoken_env = "TOKEN"\n', REMOTE)
    site = open_site(load_servable(remote.folder / "config.toml"), NOW)
    answer = create(site.publisher).test_client().get(f"/private/desk/{token}/feed.atom")
    assert b"Draft: About hidden" in answer.data


def test_the_linter_names_the_place_in_an_article_of_a_store(remote: Workspace, store: Store) -> None:
    text = store.get("articles/in/a1.md").body.replace(b"2024-01-02 ", b"1980-01-02 ")
    store.put("articles/in/a1.md", text)
    site = open_site(remote.config, NOW)
    with site.publisher.snapshot() as snapshot:
        places = {(problem.path, problem.field, problem.line) for problem in check_documents(snapshot)}
    assert places == {(f"{ADDRESS}/in/a1.md", "publishedDateTime", 3)}

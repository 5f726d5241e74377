"""Where `feeds run` listens: hosts, ports, unix sockets; what cannot be is a sentence and exit code 2."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from effort import for_each
from sites import Workspace
from waiting import PATIENCE

from feeds.cli import main
from feeds.errors import FeedsError
from feeds.web.listening import listen, listen_at_socket
from feeds.web.shared_counts import SharedCounts


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@for_each(
    ("name", "host", "url"),
    [
        ("localhost", "127.0.0.1", "http://localhost:{}/"),
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:{}/"),
        ("0.0.0.0", "0.0.0.0", "http://0.0.0.0:{}/"),  # noqa: S104 - only written
        ("::1", "::1", "http://[::1]:{}/"),
        ("[::1]", "::1", "http://[::1]:{}/"),
    ],
)
def test_a_host_may_be_a_name_and_ipv6_is_written_with_brackets(name: str, host: str, url: str) -> None:
    if host == "::1" and not has_ipv6():
        return
    at = listen(name, 0)
    assert (at.host, at.url) == (host, url.format(at.port))
    assert at.make_site_url("https://x.example/news/") == f"{at.url}news/"
    at.close()


@for_each("name", ["", " ", "[]", "no such host", "x.invalid", "127.0.0.1:80", "203.0.113.9", "a\0b",
                                  "fe80::1%lo", "x" * 300, "http://localhost/", "*"])  # fmt: skip
def test_a_host_that_cannot_be_is_a_sentence(name: str) -> None:
    with pytest.raises(FeedsError, match=r"^(Cannot listen on|--host is empty).*\.$"):
        listen(name, 0)


def test_a_port_that_is_not_allowed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(FeedsError, match="80: ports below 1024 are for root"):
        listen("127.0.0.1", 80)


@pytest.mark.parametrize(
    "options",
    [
        ["--host", ""],
        ["--port", "70000"],
        ["--port", "http"],
        ["--socket", "s", "--port", "1"],
        ["--socket", "config.toml"],
        ["--socket", "none/s"],
        ["--socket", "s" * 150],
        ["--socket", ""],
    ],
)
def test_wrong_places_are_wrong_usage(
    workspace: Workspace, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.folder)
    result = CliRunner().invoke(main, ["run", *options])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert (workspace.folder / "config.toml").is_file()


def test_a_stale_socket_is_replaced_and_one_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(FeedsError, match="another server listens there"):
            listen_at_socket(path)
    assert path.exists()
    assert listen_at_socket(path).url == f"unix:{path}"
    assert not path.exists()


@pytest.mark.slow
def test_a_server_at_a_unix_socket_answers_and_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    workspace.article("a")
    path = tmp_path / "s"
    command = [sys.executable, "-m", "feeds", "--config", str(workspace.folder / "config.toml"), "run"]
    process = subprocess.Popen([*command, "--socket", str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"Serving on unix:{path} (Ctrl+C stops)\n"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /all.atom HTTP/1.0\r\nHost: x\r\n\r\n")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 200
        assert b"About a" in response.read()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Stopped." in output
    assert not path.exists()


def test_counts_of_forked_processes_are_summed_and_survive_a_half_written_line() -> None:
    descriptor = os.memfd_create("counts")
    counts = SharedCounts(descriptor)
    forked = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            for _ in range(100):
                counts.add(Counter({("all.atom", "200", "curl"): 1}))
            os._exit(0)
        forked.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in forked] == [0, 0, 0]
    os.pwrite(descriptor, b'\n[[["all.at', os.fstat(descriptor).st_size)
    counts.add(Counter({("", "404", "none"): 2}))
    expected = {("all.atom", "200", "curl"): 300, ("", "404", "none"): 2}
    assert counts.read() == expected
    assert counts.read() == expected

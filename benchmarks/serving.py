"""Requests a second from memory: feeds, nginx and a plain cached Flask view, in turn on one core.

    python benchmarks/serving.py [SECONDS]

Needs nginx, wrk and gunicorn. The servers have two workers on the first core, wrk has the
second one. Each round measures all three, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import corpus

_HERE = Path(__file__).parent
_ROUNDS = 5
_ARTICLES = 2000
# So many entries make a feed of about 40 kB.
_FEEDS = "\n[feeds]\nlimit = 28\narchive = false\n"
_PORTS = {"nginx": 5501, "feeds": 5502, "flask": 5503}
_NGINX = """\
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log; types {{ application/atom+xml atom; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} reuseport; root {folder}/build; gzip_static on; etag on; }}
}}
"""


def main() -> None:
    """Measure and print a table of medians and ratios."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        config = corpus.configure(
            folder, _ARTICLES, f'{_FEEDS}\n[output]\ncompress = ["gzip"]\n[server]\nworkers = 2\n'
        )
        subprocess.run(
            [sys.executable, "-m", "feeds", "--config", config, "freeze"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        feed = folder / "build" / "all.atom"
        print(f"feed: {feed.stat().st_size} bytes, {Path(f'{feed}.gz').stat().st_size} as gzip")
        with serving("nginx", nginx(folder)), serving("feeds", ours(config)), serving("flask", flask(feed)):
            report(seconds)


def report(seconds: int) -> None:
    """Measure in rounds."""
    figures: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for _ in range(_ROUNDS):
        for server in _PORTS:
            for case in ("304", "gzip"):
                figures.setdefault((server, case), []).append(measure(server, case, seconds))
    print(f"{'':8}{'304 req/s':>12}{'p99':>10}{'gzip req/s':>12}{'p99':>10}")
    medians = {key: statistics.median(rate for rate, _ in found) for key, found in figures.items()}
    for server in _PORTS:
        cells = [
            f"{medians[server, case]:>12,.0f}{figures[server, case][0][1]:>10}" for case in ("304", "gzip")
        ]
        print(f"{server:8}" + "".join(cells))
    for other in ("nginx", "flask"):
        ratios = [f"{medians['feeds', case] / medians[other, case]:.2f} ({case})" for case in ("304", "gzip")]
        print(f"feeds / {other}: {', '.join(ratios)}")


def measure(server: str, case: str, seconds: int) -> tuple[float, str]:
    """Requests a second, and the 99th percentile of their times."""
    url = f"http://127.0.0.1:{_PORTS[server]}/all.atom"
    headers = {"Accept-Encoding": "gzip", "User-Agent": "FreshRSS/1.24 (Linux; https://freshrss.org)"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        assert answer.headers["Content-Encoding"] == "gzip", (server, answer.headers)  # noqa: S101
        tag = answer.headers["ETag"]
    if case == "304":
        headers["If-None-Match"] = tag
    options = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", *options, url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, slow = re.search(r"Requests/sec:\s+([\d.]+)", text), re.search(r"99%\s+(\S+)", text)
    assert rate is not None and slow is not None and ("Non-2xx" not in text), text  # noqa: S101, PT018
    return float(rate[1]), slow[1]


def nginx(folder: Path) -> list[str]:
    """Nginx over the frozen tree, with its compressed files."""
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=_PORTS["nginx"]))
    return ["nginx", "-c", str(file), "-e", str(folder / "error.log")]


def ours(config: Path) -> list[str]:
    """``feeds run`` with its access log, as it would be run."""
    return [sys.executable, "-m", "feeds", "--config", str(config), "run", "--port", str(_PORTS["feeds"])]


def flask(feed: Path) -> list[str]:
    """The plain view under gunicorn."""
    os.environ["PLAIN_FEED"] = str(feed)
    bind = f"127.0.0.1:{_PORTS['flask']}"
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-w",
        "2",
        "-b",
        bind,
        "--chdir",
        str(_HERE),
        "--log-level",
        "error",
        "plain_flask:app",
    ]


@contextmanager
def serving(name: str, command: list[str]) -> Iterator[None]:
    """A server on the first core, until the block ends."""
    with subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.DEVNULL) as process:
        try:
            wait(f"http://127.0.0.1:{_PORTS[name]}/all.atom")
            yield
        finally:
            process.terminate()


def wait(url: str) -> None:
    """Until a server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url).close()  # noqa: S310 - a URL of ours
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()

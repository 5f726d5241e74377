"""What a cluster can take over of a first freeze, and what stays here: CPU time of each part, for each article.

    python benchmarks/cluster_parts.py [MILLISECONDS]

Texts of several lengths. First the parts are measured one by one in this process; from them follows, by Amdahl's
law, how long a freeze takes with N machines. Then a cluster of one worker reads the longest texts, alone and behind
a proxy that delays all that passes by some milliseconds in each direction, for the share of the scheduler and what
distance costs.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from socket import create_server, socket
from typing import NamedTuple

import corpus
from workers import use_scheduler

from feeds.config import load
from feeds.index.rows import Result, Task, decode_results
from feeds.lib.processes import pack
from feeds.site import open_site
from feeds.sync import cluster
from feeds.sync.cluster import Address, Cluster, worker
from feeds.sync.cluster.client import make_partitions
from feeds.sync.cluster.versions import collect_versions
from feeds.sync.process import FileProcessor

# Kilobytes of Markdown of an article, and how many such articles are read.
_TEXTS = ((0, 400), (5, 300), (50, 40), (250, 10))
_OWN_KB = 5
_CORES = (1, 2, 8)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Parts(NamedTuple):
    """Milliseconds of one core for each article."""

    send: float
    work: float
    receive: float
    storing: float
    documents: float

    def find_gain(self, cores: int) -> float:
        """Return how much quicker a first freeze can be with any number of machines than with our cores alone.

        All cores make documents, and read if there is no cluster; one sends, receives and stores.
        """
        alone = (self.work + self.documents) / cores + self.storing
        return alone / (self.documents / cores + self.send + self.receive + self.storing)


def main() -> None:
    """Measure, and print the tables."""
    delay = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.02
    print(
        "| text | opening, sending | reading, rendering | receiving | index | documents |",
        *(f"of {cores} cores |" for cores in _CORES),
    )
    print("| --- |" + " ---: |" * (5 + len(_CORES)))
    with tempfile.TemporaryDirectory() as name:
        for size, number in _TEXTS:
            config = write(Path(name) / str(size), number, size)
            parts = measure(config)
            values = " | ".join(f"{value:.2f}" for value in parts)
            gains = " | ".join(f"{parts.find_gain(cores):.2f} ×" for cores in _CORES)
            print(f"| {size} kB | {values} | {gains} |", flush=True)
        print()
        # However little there is to read.
        cluster.WORTH_A_CLUSTER = 1
        for seconds in (0.0, delay):
            with use_scheduler(Path(name)) as (address, pids), delay_all(address, seconds) as at:
                before, began = measure_process(pids[0]), time.perf_counter()
                config.parent.joinpath(".feeds").rename(Path(name) / f"old{seconds}")
                with Cluster(Address.parse(at)) as mapper:
                    open_site(load(config), _NOW, mapper=mapper).close()
                took = time.perf_counter() - began
                spent = measure_process(pids[0]) - before
            print(
                f"{seconds * 1000:.0f} ms away: {took:.1f} s on the clock, the scheduler {spent:.1f} s of a core"
            )


def write(folder: Path, number: int, kilobytes: int) -> Path:
    """Write articles with texts of so many kilobytes."""
    folder.mkdir()
    config = corpus.configure(folder, number, bodies=kilobytes > 0)
    for path in folder.rglob("*.md") if kilobytes > _OWN_KB else ():
        matter, mark, body = path.read_text().partition("\n---\n")
        path.write_text(matter + mark + body * (kilobytes // _OWN_KB))
    return config


def measure(file: Path) -> Parts:
    """Measure the parts of a first freeze."""
    config = load(file)
    paths = sorted(config.articles_path.rglob("*.md"))
    tasks = [Task(path.relative_to(config.articles_path).as_posix(), None) for path in paths]
    processor = FileProcessor(config, _NOW)
    terms = worker.encode_terms(processor, collect_versions(config.articles.timezone))
    with counting() as send:
        packed = [pack(partition.files) for partition in make_partitions(processor, tasks)]
    worker.process_files(terms, packed[0])
    with counting() as work:
        answers = [worker.process_files(terms, one) for one in packed]
    with counting() as receive:
        results = [list(decode_results(answer)) for answer in answers]

    def answer(_work: object, _batches: Sequence[Sequence[Task]]) -> Iterator[Sequence[Result]]:
        return iter(results)

    with counting() as storing:
        site = open_site(config, _NOW, mapper=answer)
    with closing(site), counting() as documents:
        site.freeze()
    return Parts(*(part[0] * 1000 / len(tasks) for part in (send, work, receive, storing, documents)))


@contextmanager
def counting() -> Iterator[list[float]]:
    """Lend a list that gets the CPU seconds of what is done in the context, here and in ended processes."""
    before, spent = os.times(), list[float]()
    yield spent
    after = os.times()
    spent.append(sum(after[:4]) - sum(before[:4]))


def measure_process(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def delay_all(address: str, seconds: float) -> Iterator[str]:
    """Lend the address of a proxy that passes on what it gets some seconds later, in each direction."""
    with create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        process = get_context("fork").Process(target=_run_proxy, args=(listening, address, seconds))
        process.start()
        try:
            yield f"tcp://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.join()


def _run_proxy(listening: socket, address: str, seconds: float) -> None:
    host, _, port = address.removeprefix("tcp://").partition(":")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, waiting = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

        async def send() -> None:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    writer.close()
                    return
                writer.write(data)
                await writer.drain()

        sending = asyncio.create_task(send())
        while data := await reader.read(1 << 16):
            waiting.put_nowait((loop.time() + seconds, data))
        waiting.put_nowait((loop.time() + seconds, b""))
        await sending

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer), return_exceptions=True)

    async def serve() -> None:
        server = await asyncio.start_server(accept, sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()

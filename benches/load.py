"""Measures the daemon under load, on loopback: signed webhooks at a rate, beside clients that read its status.

  python3 benches/load.py --conductor PROGRAM [--hooks 5000] [--rate 500] [--readers 1000] [--output FILE]

Needs root and an engine as benches/run.sh has it."""

import argparse
import asyncio
import collections
import tempfile
import time
from pathlib import Path

from daemon import Daemon, Repository, headers, payload
from engine import ROOT, Engine
from section import put

SERVICES = 2


async def read_answer(reader):
    """The status and the body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = int(head.split(b" ", 2)[1]), 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":", 1)[1])
    return status, await reader.readexactly(length)


class Sender:
    """A pool of connections to the webhooks' address."""

    def __init__(self, port, connections):
        self.port = port
        self.free = asyncio.Queue()
        for _ in range(connections):
            self.free.put_nowait(None)

    async def send(self, body):
        connection = await self.free.get()
        try:
            if connection is None:
                connection = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = connection
            head = ["POST /hooks/github HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}",
                    *(f"{name}: {value}" for name, value in headers(body).items())]
            begin = time.perf_counter()
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            status, _ = await read_answer(reader)
            return status, time.perf_counter() - begin
        finally:
            self.free.put_nowait(connection)


async def hooks(daemon, revision, arguments, numbers):
    """Sends at the rate; the statuses, and the seconds that each took."""
    sender, begin, tasks = Sender(daemon.hooks, 64), time.perf_counter(), []
    for place, number in enumerate(numbers):
        pause = begin + place / arguments.rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.ensure_future(sender.send(payload(revision, number))))
    answers = await asyncio.gather(*tasks)
    return collections.Counter(status for status, _ in answers), sorted(took for _, took in answers)


async def read_status(daemon, end, took):
    """Asks for the status, again and again, over one connection."""
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket))
    while not end.is_set():
        begin = time.perf_counter()
        writer.write(b"GET /api/v1/status HTTP/1.1\r\nHost: bench\r\n\r\n")
        status, _ = await read_answer(reader)
        assert status == 200, status
        took.append(time.perf_counter() - begin)
        await asyncio.sleep(1)
    writer.close()


async def load(daemon, revision, arguments):
    end, took = asyncio.Event(), []
    readers = [asyncio.ensure_future(read_status(daemon, end, took)) for _ in range(arguments.readers)]
    statuses, hook_times = await hooks(daemon, revision, arguments, range(arguments.hooks))
    memory = daemon.memory()
    end.set()
    await asyncio.gather(*readers)
    return statuses, hook_times, sorted(took), memory


def percentile(times, part):
    return times[min(len(times) - 1, int(len(times) * part))] * 1000 if times else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conductor", required=True)
    parser.add_argument("--hooks", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--stacks", type=int, default=10)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()
    lines = [f"### Load: {arguments.hooks} signed webhooks at {arguments.rate:.0f}/s, {arguments.readers} readers of the status", "",
             "| rate limit | answers | webhook median, p99 | status median, p99 | memory before, under load |",
             "| --- | --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory(prefix="conductor-load-", dir="/tmp") as scratch, Engine() as engine:
        repository = Repository(scratch)
        for number in range(1, arguments.stacks + 1):
            repository.stack(number, SERVICES, 0)
        revision = repository.push("first")
        for word, settings in (("raised", {"rate_limit": {"requests": 1_000_000}}), ("default", {})):
            with Daemon(arguments.conductor, repository, engine.socket, settings) as daemon:
                daemon.await_(lambda: daemon.is_calm(revision), limit=900)
                repository.stack(1, SERVICES, word)
                revision = repository.push(word)
                before, _ = daemon.memory()
                statuses, hook_times, status_times, (rss, _) = asyncio.run(load(daemon, revision, arguments))
                daemon.await_(lambda: daemon.is_calm(revision), limit=120)
            answers = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
            lines.append(f"| {word} | {answers} | {percentile(hook_times, 0.5):.1f}, {percentile(hook_times, 0.99):.1f} ms | "
                         f"{percentile(status_times, 0.5):.1f}, {percentile(status_times, 0.99):.1f} ms | "
                         f"{before:.1f}, {rss:.1f} MiB |")
    lines.append("")
    print("\n".join(lines))
    put(arguments.output, "load", lines)


if __name__ == "__main__":
    main()

"""Measures the daemon under load, on loopback: signed webhooks at a rate, beside clients that read its status.

  python3 benches/load.py --conductor PROGRAM [--hooks 5000] [--rate 500] [--readers 1000] [--output FILE]

Needs root and an engine as benches/run.sh has it."""

import argparse
import asyncio
import collections
import tempfile
import time
from pathlib import Path

from compare import mebibytes
from daemon import Daemon, Repository, headers, payload
from engine import ROOT, Engine
from section import aims, put

SERVICES = 2
# Seconds after the last change before the daemon counts as at rest.
CALM = 15
# The default limit: so many webhooks from one address, and one more for each so many seconds.
LIMIT, TOKEN = 120, 0.5


async def read_answer(reader):
    """The status of one answer, and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status, length = int(head.split(b" ", 2)[1]), 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":", 1)[1])
    await reader.readexactly(length)
    return status, b"\r\nconnection: close\r\n" not in head


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
            status, stays = await read_answer(reader)
            if not stays:
                writer.close()
                connection = None
            return status, begin, time.perf_counter()
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
    begins, ends = [begin for _, begin, _ in answers], [end for *_, end in answers]
    # The daemon saw each of them between its beginning and its end.
    daemon.span = (max(begins) - min(ends), max(ends) - min(begins))
    times = sorted(end - begin for _, begin, end in answers)
    return collections.Counter(status for status, *_ in answers), times


async def read_status(daemon, end, took, first):
    """Asks for the status each second, as a client that comes anew where the daemon lets nobody stay. Readers begin one after
    the other: a thousand questions in one moment would measure how quickly this program reads the answers."""
    stays = False
    await asyncio.sleep(first)
    while not end.is_set():
        begin = time.perf_counter()
        if not stays:
            reader, writer = await asyncio.open_unix_connection(str(daemon.socket))
        writer.write(b"GET /api/v1/status HTTP/1.1\r\nHost: bench\r\n\r\n")
        status, stays = await read_answer(reader)
        assert status == 200, status
        took.append(time.perf_counter() - begin)
        if not stays:
            writer.close()
        await asyncio.sleep(1)
    if stays:
        writer.close()


async def load(daemon, revision, arguments):
    end, took = asyncio.Event(), []
    readers = [asyncio.ensure_future(read_status(daemon, end, took, place / arguments.readers))
               for place in range(arguments.readers)]
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
    table, rows = [], []
    with tempfile.TemporaryDirectory(prefix="conductor-load-", dir="/tmp") as scratch, Engine() as engine:
        repository = Repository(scratch)
        for number in range(1, arguments.stacks + 1):
            repository.stack(number, SERVICES, 0)
        revision = repository.push("first")
        for word, settings in (("raised", {"rate_limit": {"requests": 1_000_000}}), ("default", {})):
            with Daemon(arguments.conductor, repository, engine.socket, settings) as daemon:
                daemon.await_(lambda: daemon.is_calm(revision), limit=900)
                time.sleep(CALM)
                repository.stack(1, SERVICES, word)
                revision = repository.push(word)
                daemon.forget_peak()
                before, _ = daemon.memory()
                statuses, hook_times, status_times, (_, peak) = asyncio.run(load(daemon, revision, arguments))
                daemon.await_(lambda: daemon.is_calm(revision), limit=120)
            answers = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
            slow = [percentile(times, 0.99) for times in (hook_times, status_times)]
            table.append(f"| {word} | {answers} | {percentile(hook_times, 0.5):.1f}, {slow[0]:.1f} ms | "
                         f"{percentile(status_times, 0.5):.1f}, {slow[1]:.1f} ms | {before:.1f}, {peak:.1f} MiB |")
            least, most = (min(arguments.hooks, LIMIT + int(max(0, span) / TOKEN)) for span in daemon.span)
            if word == "raised":
                least = most = arguments.hooks
            off = max(0, least - statuses[202], statuses[202] - most)
            rows += [
                (f"{word} limit: webhooks that were accepted and should not be, or the other way round: none",
                 off, 0, str),
                (f"{word} limit: the slowest hundredth of webhooks and of readers: at most 100 ms", max(slow), 100, mebibytes),
                (f"{word} limit: memory grows by at most 10 MiB", peak - before, 10, mebibytes),
            ]
    lines = [f"## Load: {arguments.hooks} signed webhooks at {arguments.rate:.0f}/s, {arguments.readers} readers of the status", "",
             *aims(rows), "| rate limit | answers | webhook median, p99 | status median, p99 | memory before, at its peak |",
             "| --- | --- | --- | --- | --- |", *table, "",
             "The last revision ran in the end, each time. Clients, daemon and engine share the processors.", ""]
    print("\n".join(lines))
    put(arguments.output, "load", lines)


if __name__ == "__main__":
    main()

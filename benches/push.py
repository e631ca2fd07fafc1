"""Measures the way from a webhook to containers: stacks with four services each, one value of one service changed per push,
beside `docker compose up -d` for the same change to that stack.

  python3 benches/push.py --conductor PROGRAM [--stacks 50] [--pushes 50] [--burst 200] [--output FILE]

Needs root and an engine as benches/run.sh has it."""

import argparse
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from compare import ratio, spread
from daemon import Daemon, Repository
from engine import PROGRAMS, ROOT, Counter, Engine, is_changing
from section import aims, put

SERVICES = 4
# So many pushes are measured, then as many of Compose, and so on.
TURN = 10


class Watched(Counter):
    """A counter that notes when a changing call came."""

    def __init__(self, engine):
        super().__init__(engine)
        self.first = None

    def forward(self, source, engine):
        before = len(self.requests)
        going = super().forward(source, engine)
        if self.first is None and any(map(is_changing, self.requests[before:])):
            self.first = time.time()
        return going


def whole(value):
    return f"{value:.0f}"


def one_push(daemon, engine, repository, number, value):
    """When a push was announced, and when the new container was started."""
    project = f"stack{number:02}"
    repository.stack(number, SERVICES, value)
    revision = repository.push(f"{project}: {value}")
    with engine.next_start(project) as next_start:
        begin = time.time()
        assert daemon.hook(revision, value) == 202
        started = next_start()
    daemon.await_(lambda: daemon.is_calm(revision))
    return begin, started


def counted(daemon, engine, counter, repository, number, value):
    """Milliseconds from a push to the first changing call, and how many calls it took."""
    counter.take()
    counter.first = None
    begin, _ = one_push(daemon, engine, repository, number, value)
    calls, _ = counter.take()
    return (counter.first - begin) * 1000, calls


def timed(daemon, engine, repository, number, value):
    """Milliseconds from a push to the new container, with nothing between daemon and engine."""
    begin, started = one_push(daemon, engine, repository, number, value)
    return (started - begin) * 1000


def compose(engine, path, project):
    """Milliseconds that `docker compose up -d` takes to the new container."""
    with engine.next_start(project) as next_start:
        begin = time.time()
        subprocess.run([PROGRAMS / "docker-compose", "-p", project, "-f", path / "compose.yaml", "up", "-d"], check=True,
                       env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": "/nonexistent",
                            "DOCKER_HOST": f"unix://{engine.socket}"}, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return (next_start() - begin) * 1000


def burst(daemon, repository, pushes):
    """Pushes in five seconds: seconds until the last is deployed, and how many runs it took."""
    before, begin = ended_runs(daemon), time.monotonic()
    for number in range(pushes):
        repository.stack(1, SERVICES, 100_000 + number)
        revision = repository.push(f"burst {number}")
        assert daemon.hook(revision, 100_000 + number) in (202, 429)
        time.sleep(max(0, begin + 5 * (number + 1) / pushes - time.monotonic()))
    daemon.await_(lambda: daemon.is_calm(revision))
    return time.monotonic() - begin, ended_runs(daemon) - before


def ended_runs(daemon):
    """How many runs have ended, by the metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.metrics}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("conductor_runs_total{"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conductor", required=True)
    parser.add_argument("--stacks", type=int, default=50)
    parser.add_argument("--pushes", type=int, default=50)
    parser.add_argument("--burst", type=int, default=200)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conductor-push-", dir="/tmp") as scratch, Engine() as engine:
        repository, counter = Repository(scratch), Watched(engine)
        for number in range(1, arguments.stacks + 1):
            repository.stack(number, SERVICES, 0)
        revision = repository.push("first")
        settings = {"rate_limit": {"requests": 100_000}}
        pushes = [((push - 1) % arguments.stacks + 1, push) for push in range(1, arguments.pushes + 1)]
        with Daemon(arguments.conductor, repository, counter.socket, settings) as daemon:
            daemon.await_(lambda: daemon.is_calm(revision), limit=1800)
            first, calls = zip(*(counted(daemon, engine, counter, repository, *push) for push in pushes))
        started, peer = [], []
        # In turns: the machine is not equally quick all the time.
        for begin in range(0, len(pushes), TURN):
            turn = pushes[begin:begin + TURN]
            with Daemon(arguments.conductor, repository, engine.socket, settings) as daemon:
                revision = repository.head()
                daemon.await_(lambda: daemon.is_calm(revision), limit=1800)
                started += [timed(daemon, engine, repository, number, 1_000 + push) for number, push in turn]
            peer += [compose(engine, repository.stack(number, SERVICES, 1_000_000 + push), f"stack{number:02}")
                     for number, push in turn]
            repository.push("what Compose was given")
        with Daemon(arguments.conductor, repository, engine.socket, settings) as daemon:
            revision = repository.head()
            daemon.await_(lambda: daemon.is_calm(revision), limit=1800)
            took, runs = burst(daemon, repository, arguments.burst)
            rss, peak = daemon.memory()
    took_of_compose = statistics.median(started) / statistics.median(peer)
    lines = [
        f"## From a webhook to containers: {arguments.stacks} stacks of {SERVICES} services, {arguments.pushes} pushes", "",
        *aims([
            ("webhook to first changing call: at most 50 ms", statistics.median(first), 50, whole),
            ("webhook to new container started, beside `docker compose up -d`: at most 0.90", took_of_compose, 0.9, ratio),
            ("engine calls for a push: at most 20", statistics.median(calls), 20, whole),
            (f"runs for {arguments.burst} pushes in 5 s: at most 10", runs, 10, whole),
        ]),
        "| | median (least to most) |", "| --- | --- |",
        f"| webhook sent to first changing call | {spread(first, whole)} ms |",
        f"| webhook sent to new container started | {spread(started, whole)} ms |",
        f"| `docker compose up -d` to new container started | {spread(peer, whole)} ms |",
        f"| engine calls for a push | {spread(calls, whole)} |", "",
        f"The last of the {arguments.burst} pushes was deployed {took:.1f} s after the first. "
        f"Memory: {rss:.1f} MiB, {peak:.1f} MiB at its peak.", ""]
    print("\n".join(lines))
    put(arguments.output, "push", lines)


if __name__ == "__main__":
    main()

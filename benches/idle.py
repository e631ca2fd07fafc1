"""Measures the daemon at rest: stacks observed, and a source polled every 30 s that has nothing new; beside a loop of
`git pull && docker compose up -d` over the same stacks.

  python3 benches/idle.py --conductor PROGRAM [--stacks 50] [--minutes 10] [--output FILE]

Needs root and an engine as benches/run.sh has it."""

import argparse
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from compare import mebibytes, ratio
from daemon import Daemon, GitServer, Repository
from engine import PROGRAMS, ROOT, Counter, Engine
from section import aims, put

SERVICES = 4
POLL = 30
# Seconds after the last change before the daemon counts as at rest.
CALM = 15
# Turns of the loop; the last one counts.
TURNS = 2


def loop(engine, counter, repository, stacks, scratch):
    """One turn of the loop: seconds, processor seconds, the largest program in MiB, calls."""
    clone = Path(scratch, "clone")
    if not clone.exists():
        repository.git("clone", "-q", repository.bare, clone)
    counter.take()
    used, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    repository.git("-C", clone, "pull", "-q")
    for number in range(1, stacks + 1):
        project = f"stack{number:02}"
        subprocess.run([PROGRAMS / "docker-compose", "-p", project, "-f", clone / project / "compose.yaml", "up", "-d"],
                       env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": scratch,
                            "DOCKER_HOST": f"unix://{counter.socket}"}, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - begin, processor, now.ru_maxrss / 1024, counter.take()[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conductor", required=True)
    parser.add_argument("--stacks", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conductor-idle-", dir="/tmp") as scratch, Engine() as engine:
        repository, counter = Repository(scratch), Counter(engine)
        for number in range(1, arguments.stacks + 1):
            repository.stack(number, SERVICES, 0)
        revision = repository.push("first")
        settings = {"poll": f"{POLL}s"}
        with GitServer(repository) as server:
            settings["sources"] = [{"name": "stacks", "url": server.url, "ref": "main"}]
            with Daemon(arguments.conductor, repository, counter.socket, settings) as daemon:
                daemon.await_(lambda: daemon.is_calm(revision), limit=1800)
                _, first = daemon.memory()
                time.sleep(CALM)
                daemon.forget_peak()
                counter.take()
                begin, used = time.monotonic(), daemon.processor()
                time.sleep(arguments.minutes * 60)
                took, used = time.monotonic() - begin, daemon.processor() - used
                pings = sum(" /_ping" in request for request in counter.requests)
                calls = counter.take()[0] - pings
                rss, peak = daemon.memory()
        turns = [loop(engine, counter, repository, arguments.stacks, scratch) for _ in range(TURNS)]
    turn, processor, largest, turn_calls = turns[-1]
    lines = [
        f"## At rest: {arguments.stacks} stacks of {SERVICES} services, polled every {POLL} s, {arguments.minutes:g} minutes", "",
        *aims([
            ("peak memory at rest: at most 20 MiB", peak, 20, mebibytes),
            ("processor: at most 0.3 % of a core", used / took * 100, 0.3, ratio),
            ("engine calls in all polls: none", calls, 0, str),
        ]),
        "| | Conductor | `git pull && docker compose up -d` |", "| --- | --- | --- |",
        f"| memory | {rss:.1f} MiB, {peak:.1f} MiB at its peak | {largest:.1f} MiB while it runs |",
        f"| processor | {used / took * 100:.2f} % of a core | {processor / POLL * 100:.1f} % ({turn:.1f} s a turn) |",
        f"| engine calls a poll | {calls / (took / POLL):.1f} | {turn_calls} |", "",
        f"A silent engine was asked {pings} times whether it is there. The first deploy of all stacks, before, took {first:.1f} MiB at its peak. The loop was measured over one turn, after one that "
        "started everything; a turn each 30 s is what the share of a core means.", ""]
    print("\n".join(lines))
    put(arguments.output, "idle", lines)


if __name__ == "__main__":
    main()

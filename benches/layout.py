"""Finds the code that runs again and again, and writes its names to `.cargo/hot.ld`, by which the linker puts it side by side.

  python3 benches/layout.py --empty
  cargo rustc --release --bin conductor -- -C link-arg=-Wl,-Map=MAP
  python3 benches/layout.py --conductor PROGRAM --map MAP

PROGRAM is the release build of the second line: one in which nothing is put together yet, and MAP says where everything is.

Linux maps what a program runs in pieces of 64 KiB, so that a function whose neighbours are not used costs sixteen times the
page that it lies in. Which code runs, QEMU tells: of a `sync` that has nothing to do, of `config`, and of a daemon that
deploys, gets a push, and polls. Pieces of which each of them uses few functions are emptied, cheapest first; the rest stays
where it is, so that the list is short and holds for builds to come. Names are written without the hashes, which change with
every build.

Needs root, an engine as benches/run.sh has it, and `qemu-user`."""

import argparse
import bisect
import re
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from compare import Project, Tool, remove
from daemon import Daemon, GitServer, Repository
from engine import ROOT, Engine

# Linux maps this much around a page that is touched, if the page cache has it.
PIECE = 64 * 1024
# A piece is left alone where emptying it would take more names, or move more bytes, than this.
NAMES, BYTES = 8, PIECE // 2
# The services of the `sync`, and the stacks of the daemon.
SERVICES, STACKS = 50, 5
HEAD = """/* Code that runs again and again, side by side: written by benches/layout.py, which says why. A name that is no longer
   there does no harm. */
SECTIONS
{
  .text.hot : {
"""
TAIL = """  }
}
INSERT BEFORE .text
"""


@dataclass(frozen=True)
class Section:
    """A function, as the linker sees it."""
    start: int
    size: int
    name: str

    @property
    def pattern(self):
        """Its name without what changes from build to build; None where others have the same name."""
        if self.name == ".text":
            return None
        name = re.sub(r"17h[0-9a-f]{16}E", "17h*E", self.name)
        return re.sub(r"Cs[0-9A-Za-z]+_(?=\d)", "Cs*_", name)


def sections(path):
    """All functions of the linker's map (that of lld), in the order of their addresses."""
    line = re.compile(r"\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+ +\S+:\((\.text[^)]*)\)$")
    found = (line.match(text) for text in path.open())
    return sorted((Section(int(match[1], 16), int(match[2], 16), match[3]) for match in found if match),
                  key=lambda section: section.start)


class Traced:
    """A program that runs another one in QEMU, which writes down all code that it comes to."""

    def __init__(self, conductor, scratch):
        self.results = Path(scratch, "results")
        self.results.mkdir()
        self.program = Path(scratch, "traced")
        self.program.write_text("#!/bin/sh\n"
                                f"exec qemu-x86_64 -d in_asm -D {self.results}/$$ {conductor.resolve()} \"$@\"\n")
        self.program.chmod(0o755)

    def addresses(self):
        """Every instruction that was come to, of each run."""
        line = re.compile(r"0x([0-9a-f]+):  ")
        for result in self.results.iterdir():
            found = (line.match(text) for text in result.open())
            yield {int(match[1], 16) for match in found if match}


def run_all(traced, conductor, engine, scratch):
    """What people and machines do with it, again and again."""
    tool = Tool("conductor", conductor, scratch)
    project = Project(scratch, "conductor", SERVICES, 1)
    tool.measure(project, engine)
    tool.conductor = traced.program
    tool.measure(project, engine)
    subprocess.run([traced.program, "config", "-f", project.file], check=True, stdout=subprocess.DEVNULL)
    remove(project, engine)
    repository = Repository(scratch)
    for number in range(1, STACKS + 1):
        repository.stack(number, 4, 0)
    first = repository.push("first")
    with GitServer(repository) as server:
        settings = {"poll": "2s", "sources": [{"name": "stacks", "url": server.url, "ref": "main"}]}
        with Daemon(traced.program, repository, engine.socket, settings) as daemon:
            daemon.await_(lambda: daemon.is_calm(first))
            repository.stack(1, 4, 1)
            second = repository.push("second")
            daemon.hook(second, 1)
            daemon.await_(lambda: daemon.is_calm(second))
            seen = daemon.status()["sources"][0]["fetched"]
            daemon.await_(lambda: daemon.status()["sources"][0]["fetched"] != seen)


def choose(functions, executed):
    """The patterns of the functions to put side by side for one run."""
    starts = [function.start for function in functions]
    named = defaultdict(list)
    for function in functions:
        named[function.pattern].append(function)
    pieces = defaultdict(set)
    for address in executed:
        index = bisect.bisect_right(starts, address) - 1
        if index >= 0 and address < starts[index] + functions[index].size:
            pieces[address // PIECE].add(functions[index].pattern)
    chosen = set()

    def price(piece):
        new = pieces[piece] - chosen
        return len(new), sum(function.size for pattern in new for function in named[pattern])

    pieces = {piece: patterns for piece, patterns in pieces.items() if None not in patterns}
    while pieces:
        cheapest = min(pieces, key=price)
        names, size = price(cheapest)
        if names > NAMES:
            break
        patterns = pieces.pop(cheapest)
        if size <= BYTES:
            chosen |= patterns
    return chosen


def write(path, patterns):
    path.write_text(HEAD + "".join(f"    *({pattern})\n" for pattern in patterns) + TAIL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--empty", action="store_true", help="write a list of nothing")
    parser.add_argument("--conductor", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--output", type=Path, default=ROOT / ".cargo/hot.ld")
    arguments = parser.parse_args()
    if arguments.empty:
        return write(arguments.output, [])
    if not arguments.conductor or not arguments.map:
        parser.error("--conductor and --map are needed, or --empty")
    with tempfile.TemporaryDirectory(prefix="conductor-layout-", dir="/tmp") as scratch, Engine() as engine:
        traced = Traced(arguments.conductor, scratch)
        run_all(traced, arguments.conductor, engine, scratch)
        functions = sections(arguments.map)
        chosen = set().union(*(choose(functions, executed) for executed in traced.addresses()))
    write(arguments.output, sorted(chosen))
    moved = sum(function.size for function in functions if function.pattern in chosen)
    print(f"{len(chosen)} names, {moved // 1024} KiB")


if __name__ == "__main__":
    main()

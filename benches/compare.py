"""Measures Conductor beside Docker Compose against one private engine, in turns; see benches/run.sh."""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engine import IMAGE, PROGRAMS, ROOT, Counter, Engine
from section import put

FIRST, NOOP, CHANGED = "first deploy", "no-op", "one service changed"
TOOLS = ("compose", "conductor")
# How often a no-op is repeated within a run: it is short, and the median of a few says more.
NOOPS = 5
# Ends at once when it is told to, so that the engine's grace period is no part of any figure.
COMMAND = """["sh", "-c", "trap 'exit 0' TERM; sleep 86400 & wait"]"""


@dataclass
class Sample:
    """One call of a tool."""
    wall: float      # seconds from its start to its end
    memory: float    # peak resident memory of its process, MiB
    started: float   # seconds from its start until the youngest container was started


class Project:
    """A Compose file of a number of services without dependencies, and a directory around it."""

    def __init__(self, directory, tool, services, run):
        self.name = f"{tool}-{services}-{run}"
        self.services = services
        self.directory = Path(directory, self.name)
        self.directory.mkdir()
        self.file = self.directory / "compose.yaml"
        self.write("one")

    def write(self, value):
        """The file; `value` is a variable of the first service alone."""
        lines = ["services:"]
        for number in range(1, self.services + 1):
            lines += [f"  service{number}:", f"    image: {IMAGE}", f"    command: {COMMAND}",
                      "    labels:", f"      number: \"{number}\"",
                      "    environment:", f"      VALUE: {value if number == 1 else 'one'}"]
        self.file.write_text("\n".join(lines) + "\n")


class Tool:
    """Calls one of the tools."""

    def __init__(self, name, conductor, scratch):
        self.name = name
        self.conductor = conductor
        self.scratch = scratch

    def up(self, project, host):
        """The command that makes a project run, and its environment."""
        environment = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": self.scratch, "DOCKER_HOST": f"unix://{host}",
                       "CONDUCTOR_STATE_DIR": f"{self.scratch}/state", "CONDUCTOR_RUNTIME_DIR": f"{self.scratch}/run"}
        options = ["-f", project.file, "-p", project.name]
        if self.name == "compose":
            return [PROGRAMS / "docker-compose", *options, "up", "-d"], environment
        return [self.conductor, "sync", *options, "--no-wait"], environment

    def call(self, project, host, wrapper=()):
        """Runs the tool to its end: when it began, and how long it took."""
        command, environment = self.up(project, host)
        begin, clock = time.time(), time.perf_counter()
        ran = subprocess.run([*wrapper, *command], env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wall = time.perf_counter() - clock
        if ran.returncode != 0:
            raise SystemExit(f"{self.name} failed: {ran.stdout.decode()}")
        return begin, wall

    def measure(self, project, engine):
        result = Path(self.scratch, "time")
        # GNU time: its own memory is small, where a child of Python would begin with Python's.
        begin, wall = self.call(project, engine.socket, ["/usr/bin/time", "-o", result, "-f", "%M"])
        memory = int(result.read_text().split()[-1]) / 1024
        return Sample(wall, memory, engine.last_start(project.name) - begin)


def remove(project, engine):
    """Takes everything of a project away, and waits for it."""
    command = [PROGRAMS / "docker-compose", "-f", project.file, "-p", project.name, "down", "-t", "0"]
    subprocess.run(command, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "DOCKER_HOST": f"unix://{engine.socket}"},
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def one_run(tool, project, engine):
    """First deploy, no-op and one changed service, on a project that is new."""
    samples = {FIRST: tool.measure(project, engine)}
    before = engine.containers(project.name)
    assert len(before) == project.services, f"{tool.name} started {len(before)} of {project.services}"
    memory = tool.measure(project, engine).memory
    # Without GNU time, whose own start and end would count in something so short.
    walls = [tool.call(project, engine.socket)[1] for _ in range(NOOPS)]
    assert engine.containers(project.name) == before, f"{tool.name} touched a container"
    samples[NOOP] = Sample(statistics.median(walls), memory, 0)
    project.write("two")
    samples[CHANGED] = tool.measure(project, engine)
    after = engine.containers(project.name)
    replaced = [name for name in before if after.get(name) != before[name]]
    assert len(replaced) == 1, f"{tool.name} replaced {replaced}"
    return samples


def count(tool, project, engine, counter):
    """The same with every request counted: (all, changing) for each."""
    calls = {}
    for scenario, value in ((FIRST, "one"), (NOOP, "one"), (CHANGED, "two")):
        project.write(value)
        counter.take()
        tool.call(project, counter.socket)
        calls[scenario] = counter.take()
    return calls


def spread(values, form):
    """Median, and from the least to the most."""
    return f"{form(statistics.median(values))} ({form(min(values))}–{form(max(values))})"


def milliseconds(value):
    return f"{value * 1000:.0f}"


def mebibytes(value):
    return f"{value:.1f}"


def ratio(value):
    return f"{value:.2f}"


def services(number):
    return f"{number} service{'' if number == 1 else 's'}"


def table(samples, sizes, scenario, figure, form):
    """One figure of one scenario: a row for each number of services."""
    lines = ["| services | Compose | Conductor | Conductor / Compose |", "| ---: | ---: | ---: | ---: |"]
    for size in sizes:
        peer, own = ([getattr(run[scenario], figure) for run in samples[tool, size]] for tool in TOOLS)
        ratios = [mine / theirs for mine, theirs in zip(own, peer)]
        lines.append(f"| {size} | {spread(peer, form)} | {spread(own, form)} | {spread(ratios, ratio)} |")
    return lines


def call_table(calls, sizes):
    lines = ["| | services | Compose | Conductor |", "| --- | ---: | ---: | ---: |"]
    for scenario in (NOOP, FIRST, CHANGED):
        for size in sizes:
            cells = " | ".join("{}, {} changing".format(*calls[tool, size][scenario]) for tool in TOOLS)
            lines.append(f"| {scenario} | {size} | {cells} |")
    return lines


def aims(samples, sizes):
    """What was aimed at, and whether it was reached, by the medians of the ratios."""
    wanted = [("no-op, time: at most 0.25", NOOP, "wall", 0.25), ("no-op, memory: at most 0.25", NOOP, "memory", 0.25),
              ("first deploy, until the last container has started: at most 1", FIRST, "started", 1.0),
              ("one service changed, until it has started: at most 1", CHANGED, "started", 1.0)]
    lines = ["| aim | " + " | ".join(services(size) for size in sizes) + " |", "| --- |" + " ---: |" * len(sizes)]
    for text, scenario, figure, limit in wanted:
        cells = []
        for size in sizes:
            peer, own = ([getattr(run[scenario], figure) for run in samples[tool, size]] for tool in TOOLS)
            reached = round(statistics.median(mine / theirs for mine, theirs in zip(own, peer)), 2)
            cells.append(f"{ratio(reached)} {'reached' if reached <= limit else 'missed'}")
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return lines


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def version(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def document(arguments, engine, samples, calls, load):
    """The text about projects of some sizes, with which docs/measurements.md begins."""
    sizes = arguments.services
    about = engine.get("/version")
    size = arguments.conductor.stat().st_size / 2**20
    text = [
        "# Measurements", "",
        "Written by `benches/run.sh`, which anyone may run again: Conductor beside Docker Compose, in turns, against one private",
        "engine. Absolute times mean little beyond the machine; the ratios are what counts.", "",
        f"- {datetime.date.today()}; {os.cpu_count()} processors ({processor()}), Linux {platform.release()};"
        f" load average before and after: {load}",
        f"- Docker Engine {about['Version']} (API {about['ApiVersion']})",
        f"- {version([PROGRAMS / 'docker-compose', 'version'])}: `up -d`",
        f"- {version([arguments.conductor, '--version'])}, a binary of {size:.1f} MiB: `sync --no-wait`, both with `-f` and `-p`",
        f"- {arguments.runs} runs of each figure, Compose first in every other one; shown: median (least–most). The time of a no-op"
        f" is the median of {NOOPS} within a run. A ratio pairs the two of one run.",
        "- services: a static busybox that sleeps, one variable and one label each, one network, no dependencies, no ports.", "",
        "## Aims", "", *aims(samples, sizes), "",
        "## No-op: nothing differs", "", "Time, milliseconds:", "",
        *table(samples, sizes, NOOP, "wall", milliseconds), "", "Peak resident memory, MiB:", "",
        *table(samples, sizes, NOOP, "memory", mebibytes), "",
    ]
    for scenario, title in ((FIRST, "First deploy"), (CHANGED, "One service changed")):
        text += [f"## {title}", "", "Time until the last container has started, milliseconds:", "",
                 *table(samples, sizes, scenario, "started", milliseconds), "",
                 "Time until the tool has ended, milliseconds:", "",
                 *table(samples, sizes, scenario, "wall", milliseconds), "",
                 "Peak resident memory, MiB:", "", *table(samples, sizes, scenario, "memory", mebibytes), ""]
    text += ["## Engine calls", "", "Counted by a proxy on the socket, in runs of their own. A changing call is any request but GET"
             " and HEAD.", "", *call_table(calls, sizes)]
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conductor", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--services", type=lambda text: [int(part) for part in text.split(",")], default=[1, 10, 50])
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()
    arguments.conductor = arguments.conductor.resolve()

    samples, calls = {}, {}
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch, Engine() as engine:
        os.mkdir(f"{scratch}/run", 0o700)
        tools = [Tool(name, arguments.conductor, scratch) for name in TOOLS]
        for size in arguments.services:
            for run in range(arguments.runs):
                for tool in tools if run % 2 == 0 else reversed(tools):
                    project = Project(scratch, tool.name, size, run)
                    samples.setdefault((tool.name, size), []).append(one_run(tool, project, engine))
                    remove(project, engine)
                print(f"{services(size)}: run {run + 1} of {arguments.runs}", flush=True)
        counter = Counter(engine)
        for size in arguments.services:
            for tool in tools:
                project = Project(scratch, tool.name, size, "counted")
                calls[tool.name, size] = count(tool, project, engine, counter)
                remove(project, engine)
        text = document(arguments, engine, samples, calls, f"{before:.1f}, {os.getloadavg()[0]:.1f}")
    put(arguments.output, "projects", text)
    print("\n".join(line for line in text if "reached" in line or "missed" in line))
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()

"""Measures one pass over many stacks beside a loop of `docker compose up -d` over them, and the wait for health beside
`up -d --wait`; see benches/run.sh."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compare import COMMAND, mebibytes, milliseconds, ratio, spread
from engine import IMAGE, PROGRAMS, ROOT, Counter, Engine
from section import put

SERVICES = 4
SCENARIOS = ("first deploy", "no-op", "wait for health")
# Healthy at its second look, so that both tools have to wait.
HEALTH = ["    healthcheck:", "      test: [\"CMD-SHELL\", \"test -e /up || { : >/up; false; }\"]",
          "      interval: 300ms", "      retries: 20"]


def write(directory, prefix, stacks, health):
    """A directory of stacks; their paths."""
    paths = []
    for number in range(1, stacks + 1):
        path = Path(directory, f"{prefix}{number:02}")
        path.mkdir(parents=True)
        lines = ["services:"]
        for service in range(1, SERVICES + 1):
            lines += [f"  service{service}:", f"    image: {IMAGE}", f"    command: {COMMAND}",
                      "    labels:", f"      number: \"{number}\"", *(HEALTH if health else [])]
        (path / "compose.yaml").write_text("\n".join(lines) + "\n")
        paths.append(path)
    return paths


class Tools:
    """Calls either tool for a whole directory of stacks."""

    def __init__(self, conductor, scratch):
        self.conductor = conductor
        self.scratch = scratch

    def environment(self, host):
        return {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": self.scratch, "DOCKER_HOST": f"unix://{host}",
                "CONDUCTOR_STATE_DIR": f"{self.scratch}/state", "CONDUCTOR_RUNTIME_DIR": f"{self.scratch}/run",
                "CONDUCTOR_SETTLING": "0s"}

    def compose(self, paths, wait):
        up = ["up", "-d", *(["--wait"] if wait else [])]
        return [[PROGRAMS / "docker-compose", "-f", path / "compose.yaml", *up] for path in paths]

    def own(self, paths, wait):
        return [[self.conductor, "sync", "--source", paths[0].parent, *([] if wait else ["--no-wait"])]]

    def run(self, commands, host):
        """Runs them one after the other: seconds altogether, and the largest peak of resident memory in MiB."""
        result, peak, begin = Path(self.scratch, "time"), 0, time.perf_counter()
        for command in commands:
            ran = subprocess.run(["/usr/bin/time", "-o", result, "-f", "%M", *command], env=self.environment(host),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if ran.returncode != 0:
                raise SystemExit(f"{command} failed: {ran.stdout.decode()[-2000:]}")
            peak = max(peak, int(result.read_text().split()[-1]) / 1024)
        return time.perf_counter() - begin, peak


def clear(engine):
    """Takes away every container and every network of a project."""
    for container in engine.get("/containers/json?all=1"):
        engine.call("DELETE", f"/containers/{container['Id']}?force=1&v=1")
    for network in engine.get("/networks"):
        if "com.docker.compose.project" in network["Labels"]:
            engine.call("DELETE", f"/networks/{network['Id']}")


def measure(tools, tool, stacks, run, engine):
    """First deploy, no-op and wait for health of one tool: (seconds, MiB) for each."""
    samples = {}
    with tempfile.TemporaryDirectory() as directory:
        paths = write(f"{directory}/plain", f"{tool}{run}-", stacks, health=False)
        commands = getattr(tools, tool)(paths, wait=False)
        samples["first deploy"] = tools.run(commands, engine.socket)
        before = sorted(container["Id"] for container in engine.get("/containers/json"))
        assert len(before) == stacks * SERVICES, f"{tool} started {len(before)}"
        samples["no-op"] = tools.run(commands, engine.socket)
        assert sorted(container["Id"] for container in engine.get("/containers/json")) == before, f"{tool} touched one"
        clear(engine)
        paths = write(f"{directory}/health", f"{tool}{run}-h", min(stacks, 5), health=True)
        samples["wait for health"] = tools.run(getattr(tools, tool)(paths, wait=True), engine.socket)
        clear(engine)
    return samples


def count(tools, tool, stacks, engine, counter):
    """Requests of a first deploy, whole, and those of a no-op: (all, changing)."""
    with tempfile.TemporaryDirectory() as directory:
        paths = write(directory, f"{tool}-counted-", stacks, health=False)
        counter.take()
        tools.run(getattr(tools, tool)(paths, wait=False), counter.socket)
        first = counter.bodies
        counter.take()
        tools.run(getattr(tools, tool)(paths, wait=False), counter.socket)
        clear(engine)
    return first, counter.take()


class Replay:
    """What is left of a first deploy where nothing has to be read or decided: the requests for networks and containers, known
    beforehand, and a start for each container. What it takes is the engine's own time."""

    # Stacks at once; the containers of each are made and started at once, too.
    AT_ONCE = 4

    def __init__(self, engine, requests):
        self.engine = engine
        self.stacks = {}
        for request, body in requests:
            path = request.split(" ")[1]
            if "/networks/create" in path or "/containers/create" in path:
                project = json.loads(body)["Labels"]["com.docker.compose.project"]
                self.stacks.setdefault(project, []).append((path, body))

    def run(self):
        """Seconds for all of them."""
        begin = time.perf_counter()
        with ThreadPoolExecutor(self.AT_ONCE) as threads:
            list(threads.map(self.stack, self.stacks.values()))
        took = time.perf_counter() - begin
        assert len(self.engine.get("/containers/json")) == len(self.stacks) * SERVICES
        clear(self.engine)
        return took

    def stack(self, requests):
        for path, body in requests:
            if "/networks/" in path:
                self.make(path, body)
        containers = [request for request in requests if "/containers/" in request[0]]
        with ThreadPoolExecutor(len(containers)) as threads:
            list(threads.map(lambda request: self.start(self.make(*request)), containers))

    def make(self, path, body):
        return json.loads(self.engine.call("POST", path, body, "application/json"))["Id"]

    def start(self, container):
        self.engine.call("POST", f"/containers/{container}/start")


def section(arguments, samples, calls, engines_own):
    """The text about many stacks."""
    def both(scenario, figure):
        return [[run[scenario][figure] for run in samples[tool]] for tool in ("compose", "own")]

    def row(scenario, figure, form):
        peer, own = both(scenario, figure)
        return f"{spread(peer, form)} | {spread(own, form)} | {spread([a / b for a, b in zip(own, peer)], ratio)}"

    def aim(text, value, limit, form):
        return f"| {text} | {form(value)} {'reached' if value <= limit else 'missed'} |"

    def median(scenario):
        peer, own = both(scenario, 0)
        return round(statistics.median(a / b for a, b in zip(own, peer)), 2)

    peak = max(run[scenario][1] for run in samples["own"] for scenario in SCENARIOS)
    return [
        f"## {arguments.stacks} stacks of {SERVICES} services", "",
        f"One `conductor sync` over a directory of stacks beside a loop of `docker compose up -d` over them, in turns; runs: {arguments.runs}."
        f" The wait for health is over {min(arguments.stacks, 5)} stacks whose services are healthy at the second look:"
        " `conductor sync` beside a loop of `up -d --wait`.", "",
        "| aim | |", "| --- | ---: |",
        aim("no-op pass, time: at most 0.10", median("no-op"), 0.1, ratio),
        aim("first deploy, time: at most 0.70", median("first deploy"), 0.7, ratio),
        aim("peak memory: at most 40 MiB", peak, 40, mebibytes), "",
        "Time, milliseconds:", "", "| | Compose | Conductor | Conductor / Compose |", "| --- | ---: | ---: | ---: |",
        *(f"| {scenario} | {row(scenario, 0, milliseconds)} |" for scenario in SCENARIOS), "",
        f"A client that knows all requests of the first deploy beforehand, and only sends them, takes {spread(engines_own, milliseconds)} ms:"
        f" {ratio(statistics.median(engines_own) / statistics.median(both('first deploy', 0)[0]))} of Compose's."
        f" That is the engine's own time, with {os.cpu_count()} processors.", "",
        "Peak resident memory of one process, MiB:", "",
        "| | Compose | Conductor | Conductor / Compose |", "| --- | ---: | ---: | ---: |",
        *(f"| {scenario} | {row(scenario, 1, mebibytes)} |" for scenario in SCENARIOS), "",
        "Engine calls of a no-op: Compose {}, {} changing; Conductor {}, {} changing.".format(*calls["compose"], *calls["own"]),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conductor", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--stacks", type=int, default=50)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()

    samples, engines_own = {"compose": [], "own": []}, []
    with tempfile.TemporaryDirectory() as scratch, Engine() as engine:
        os.mkdir(f"{scratch}/run", 0o700)
        tools, counter = Tools(arguments.conductor.resolve(), scratch), Counter(engine)
        counted = {tool: count(tools, tool, arguments.stacks, engine, counter) for tool in ("compose", "own")}
        replay = Replay(engine, counted["own"][0])
        for run in range(arguments.runs):
            for tool in ("compose", "own") if run % 2 == 0 else ("own", "compose"):
                samples[tool].append(measure(tools, tool, arguments.stacks, run, engine))
                shutil.rmtree(f"{scratch}/state", ignore_errors=True)
            engines_own.append(replay.run())
            print(f"{arguments.stacks} stacks: run {run + 1} of {arguments.runs}", flush=True)
    lines = section(arguments, samples, {tool: calls for tool, (_first, calls) in counted.items()}, engines_own)
    put(arguments.output, "stacks", lines)
    print("\n".join(line for line in lines if "reached" in line or "missed" in line))


if __name__ == "__main__":
    main()

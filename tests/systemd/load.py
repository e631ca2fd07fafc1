#!/usr/bin/env python3
"""Docker, busy but well: does Conductor leave it alone, and what do its looks at it cost?

    load.py --conductor PROGRAM [--duration SECONDS] [--idle SECONDS]

In a booted machine (see machine.sh) with five stacks: first an idle time, in which Conductor's CPU time and its engine calls
are counted; then images are built and containers made and removed for --duration (an hour), while all cores compute. Ends
with 1 if a remedy was used, or an engine's process or a stack's container is not the one that it was before.
"""

import argparse
import os
import platform
import re
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benches"), str(Path(__file__).resolve().parent)]

from bed import machine as machines, service, stacks  # noqa: E402
from bed.watch import Watch  # noqa: E402
from section import put  # noqa: E402

BURN = "while :; do :; done"
CHURN = f"""
while :; do
  docker run -d --name churn-$1 -p 127.0.0.1::80 -v churn-$1:/data {stacks.IMAGE} sleep 99
  docker exec churn-$1 true
  docker rm -f churn-$1
  docker volume rm churn-$1
done"""
BUILD = f"""
mkdir -p /tmp/build-$1
while :; do
  n=$(date +%N)
  printf 'FROM {stacks.IMAGE}\\nRUN dd if=/dev/urandom of=/blob-%s bs=1048576 count=16\\nRUN sha256sum /blob-%s\\n' $n $n >/tmp/build-$1/Dockerfile
  DOCKER_BUILDKIT=0 docker build -q -t build-$1 /tmp/build-$1
  docker image rm -f build-$1
  docker image prune -f
done"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conductor", required=True, type=Path, metavar="PROGRAM")
    parser.add_argument("--duration", type=int, default=3600, metavar="SECONDS")
    parser.add_argument("--idle", type=int, default=300, metavar="SECONDS")
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md", help="`-` writes no file")
    return parser.parse_args()


class Account:
    """What Conductor has used up to now."""

    def __init__(self, machine):
        self.moment = time.monotonic()
        pid = machine.process(machine.run("systemctl", "show", "conductor.service", "-p", "MainPID", "--value").strip())
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
        self.cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        status = Path("/proc", str(pid), "status").read_text()
        self.peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        self.calls = machine.run("sh", "-c", "journalctl -q -u docker.service -o cat | grep -cE 'Calling (GET|HEAD|POST|PUT|DELETE)'"
                                 " || true").strip()

    def since(self, before):
        minutes = (self.moment - before.moment) / 60
        return (self.cpu - before.cpu) / minutes, (int(self.calls) - int(before.calls)) / minutes


def identities(machine):
    """The engines' processes, and since when the stacks' containers run."""
    units = machine.units()
    found = {name: unit["MainPID"] for name, unit in units.items()}
    for stack in stacks.names():
        state = machine.get(f"/containers/{stacks.container(stack)}/json", 60)["State"]
        found[stack] = state["StartedAt"]
    return found


def start_load(machine):
    script = ["#!/bin/bash"]
    for _ in range(os.cpu_count()):
        script.append(f"({BURN}) &")
    for number in (1, 2):
        script.append(f"(set -- {number}\n{CHURN}\n) >/dev/null 2>&1 &")
    script.append(f"(set -- 1\n{BUILD}\n) >/dev/null 2>&1 &")
    script.append("wait")
    machine.path("/usr/local/bin/load").write_text("\n".join(script) + "\n")
    machine.run("systemd-run", "-q", "--unit=load", "bash", "/usr/local/bin/load")


def measure(machine, options):
    # Requests are in its log then; read by `Account`.
    machine.path("/etc/docker").mkdir(exist_ok=True)
    machine.path("/etc/docker/daemon.json").write_text('{"debug": true, "log-level": "debug"}')
    machine.run("systemctl", "restart", "docker.service")
    sums = service.prepare(machine, options.conductor)
    watch = Watch(machine, sums)
    machines.wait("health of all stacks", 120, watch.healthy)
    service.start(machine)
    time.sleep(min(60, options.idle))
    first = Account(machine)
    before = identities(machine)
    time.sleep(options.idle)
    idle = Account(machine)
    start_load(machine)
    begin, slowest, pings = time.monotonic(), 0.0, []
    while time.monotonic() - begin < options.duration:
        time.sleep(5)
        moment = time.monotonic()
        try:
            machine.ask("GET", "/version", limit=60)
        except machines.ENGINE_GONE as error:
            print(f"load: /version: {error}", file=sys.stderr)
        pings.append(time.monotonic() - moment)
        slowest = max(slowest, pings[-1])
    busy = Account(machine)
    machine.run("systemctl", "stop", "load", check=False)
    after = identities(machine)
    incidents = service.incidents(machine) or []
    return first, idle, busy, slowest, before, after, incidents


def main():
    options = arguments()
    with machines.Machine("load", options.suite) as machine:
        first, idle, busy, slowest, before, after, incidents = measure(machine, options)
    remedies = [remedy for incident in incidents for remedy in service.remedies(incident)]
    changed = [name for name in before if before[name] != after.get(name)]
    idle_cpu, idle_calls = idle.since(first)
    busy_cpu, _calls = busy.since(idle)
    lines = [
        "## Docker under load, watched", "",
        f"Written by `tests/systemd/load.py` on {date.today()}, {os.cpu_count()} processors, Linux {platform.release()},",
        f"Debian {options.suite}: five stacks; all cores compute, an image is built and containers are made and removed without a pause.",
        "", "| | |", "| --- | ---: |",
        f"| remedies in {options.duration // 60} minutes of load | {len(remedies)} |",
        f"| incidents | {len(incidents)} |",
        f"| processes and containers that were replaced | {len(changed)} |",
        f"| slowest answer to `/version` under load | {slowest:.1f} s |",
        f"| Conductor's CPU time, idle | {idle_cpu:.2f} s a minute |",
        f"| Conductor's CPU time, under load | {busy_cpu:.2f} s a minute |",
        f"| its engine calls, idle | {idle_calls:.0f} a minute |",
        f"| its peak memory | {busy.peak:.1f} MiB |",
    ]
    if str(options.output) == "-":
        print("\n".join(lines))
    else:
        put(options.output, "docker under load", lines)
    for name in changed:
        print(f"load: `{name}` was replaced: {before[name]}, {after.get(name)}", file=sys.stderr)
    for remedy in remedies:
        print(f"load: a remedy: {remedy}", file=sys.stderr)
    return 1 if remedies or changed else 0


if __name__ == "__main__":
    sys.exit(main())

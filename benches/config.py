"""Measures `config` of Conductor beside that of Docker Compose, file by file, in turns; see benches/run.sh."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import time
from pathlib import Path

from engine import PROGRAMS, ROOT
from section import put

COMPOSE = (PROGRAMS / "docker-compose").resolve()
# How long one call may take; cases that are known to hang a tool are left out.
LIMIT = 60
# Standard input, output and error of what is measured.
NOWHERE = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
           (os.POSIX_SPAWN_DUP2, 1, 2)]


class Case:
    """A Compose project, and the options that it needs."""

    def __init__(self, file):
        self.directory = file.parent
        self.files = [file.name]
        self.environment = {}
        self.options = []
        self.skip = False
        about = self.directory / "case.json"
        if about.exists():
            about = json.loads(about.read_text())
            self.skip = "skip" in about or "skip_v5" in about
            self.files = about.get("files", self.files)
            self.environment = about.get("env", {})
            for profile in about.get("profiles", []):
                self.options += ["--profile", profile]
            for env_file in about.get("env_files", []):
                self.options += ["--env-file", env_file]
            if "project_name" in about:
                self.options += ["-p", about["project_name"]]
        for name in self.files:
            self.options += ["-f", name]

    def command(self, tool, conductor):
        if tool == "compose":
            return [str(COMPOSE), *self.options, "config"]
        return [str(conductor), "config", *self.options]

    def surroundings(self):
        return {"PATH": "/usr/bin:/bin", "HOME": "/home/corpus", "PWD": str(self.directory), **self.environment}

    def run(self, command):
        """Runs one tool to its end: how many seconds that took, and whether it ended well.

        By hand, because `subprocess.run` with a limit looks for the end at growing intervals, which are longer than what is
        measured here."""
        os.chdir(self.directory)
        begin = time.perf_counter()
        child = os.posix_spawn(command[0], command, self.surroundings(), file_actions=NOWHERE)
        signal.alarm(LIMIT)
        try:
            _, status = os.waitpid(child, 0)
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        finally:
            signal.alarm(0)
        return time.perf_counter() - begin, status == 0


def too_long(_signal, _frame):
    raise TimeoutError(f"no end after {LIMIT} s")


def cases(corpus):
    """The projects below a directory: each directory with a `compose.yaml`."""
    found = [Case(file) for file in sorted(corpus.rglob("compose.yaml"))]
    # A file that another case includes is no case of its own.
    tops = {case.directory for case in found}
    return [case for case in found if not case.skip and not any(above in tops for above in case.directory.parents)]


def memory(case, tool, conductor, scratch):
    """The peak resident memory of one call, MiB, told by GNU time: its own memory is small, where a child of Python would
    begin with Python's."""
    case.run(["/usr/bin/time", "-o", scratch, "-f", "%M", *case.command(tool, conductor)])
    return int(Path(scratch).read_text().split()[-1]) / 1024


def measure(arguments, found):
    """Totals of each run, how many were refused, and the peaks."""
    totals, refused = {"compose": [], "conductor": []}, {}
    for run in range(arguments.runs):
        sums, bad = dict.fromkeys(totals, 0.0), dict.fromkeys(totals, 0)
        for number, case in enumerate(found):
            tools = ("compose", "conductor") if (run + number) % 2 == 0 else ("conductor", "compose")
            for tool in tools:
                wall, well = case.run(case.command(tool, arguments.conductor))
                sums[tool] += wall
                bad[tool] += not well
        for tool, value in sums.items():
            totals[tool].append(value)
        refused = bad
        print(f"run {run + 1} of {arguments.runs}: {sums['compose']:.1f} s and {sums['conductor']:.1f} s", flush=True)
    scratch = f"/tmp/conductor-config-{os.getpid()}"
    peaks = {tool: [memory(case, tool, arguments.conductor, scratch) for case in found] for tool in totals}
    os.unlink(scratch)
    return totals, refused, peaks


def version(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def section(arguments, found, totals, refused, peaks, load):
    """The lines of the section."""
    ratios = [peer / own for peer, own in zip(totals["compose"], totals["conductor"])]
    ratio = statistics.median(ratios)
    share = max(peaks["conductor"]) / max(peaks["compose"])
    # Each case with itself, too: one large case could hide the others.
    shares = [own / peer for own, peer in zip(peaks["conductor"], peaks["compose"])]
    count = len(found)
    rows = []
    for tool, name in (("compose", version([COMPOSE, "version"])), ("conductor", version([arguments.conductor, "--version"]))):
        total = statistics.median(totals[tool])
        rows.append(f"| {name} | {total:.2f} ({min(totals[tool]):.2f}–{max(totals[tool]):.2f}) | {total / count * 1000:.1f} |"
                    f" {statistics.median(peaks[tool]):.1f} | {max(peaks[tool]):.1f} | {refused[tool]} |")
    said = ["reached" if ok else "missed" for ok in (ratio >= 15, share <= 0.25)]
    return [
        "## Config over many projects", "",
        f"`config` of {count} projects, one process each, in turns; {arguments.runs} runs, median (least–most); load average before"
        f" and after: {load}.", "",
        "| | all, seconds | each, milliseconds | memory, median MiB | memory, most MiB | refused |",
        "| --- | ---: | ---: | ---: | ---: | ---: |", *rows, "",
        "| aim | |", "| --- | ---: |",
        f"| at least 15 times faster in total | {ratio:.1f} times: {said[0]} |",
        f"| peak memory at most a quarter | {share:.2f} (of one project: {min(shares):.2f}–{max(shares):.2f}): {said[1]} |"]


def corpus():
    """The shared collection of projects where there is one, else those of this repository."""
    shared = ROOT.parent / "shared/corpus"
    return shared if shared.is_dir() else ROOT


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conductor", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, default=corpus())
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, help="only every N-th project, for a quick look")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    arguments = parser.parse_args()
    arguments.conductor = arguments.conductor.resolve()
    signal.signal(signal.SIGALRM, too_long)
    arguments.output = arguments.output.resolve()
    found = cases(arguments.corpus.resolve())[::arguments.every]
    before = os.getloadavg()[0]
    totals, refused, peaks = measure(arguments, found)
    lines = section(arguments, found, totals, refused, peaks, f"{before:.1f}, {os.getloadavg()[0]:.1f}")
    put(arguments.output, "config", lines)
    print("\n".join(line for line in lines if "reached" in line or "missed" in line))
    print(f"written: {arguments.output}")


main()

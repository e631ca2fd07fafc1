#!/usr/bin/env python3
"""Breaks Docker in every way, with systemd alone and with Conductor, and writes the table into docs/measurements.md.

    table.py --conductor PROGRAM [NAME...]     names as in bed/scenarios.py; default: all

Each line is a fresh machine (see machine.sh); needs root. With --check, ends with 1 unless Conductor did as expected.
"""

import argparse
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benches"), str(Path(__file__).resolve().parent)]

from bed import run, scenarios, service, sheet, stacks  # noqa: E402
from bed.machine import Trouble  # noqa: E402
from section import put  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="NAME")
    parser.add_argument("--conductor", required=True, type=Path, metavar="PROGRAM")
    parser.add_argument("--suite", default="bookworm", help="bookworm, trixie or sid")
    parser.add_argument("--columns", default="systemd,default", help="of: systemd, default, fastest, rebuild")
    parser.add_argument("--quick", action="store_true", help="the few scenarios that tests run")
    parser.add_argument("--jobs", type=int, default=1, help="machines at once")
    parser.add_argument("--alone", type=int, default=45, metavar="SECONDS", help="how long systemd alone is watched")
    parser.add_argument("--limit", type=int, default=180, metavar="SECONDS", help="how long Conductor is watched at most")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md", help="`-` writes no file")
    parser.add_argument("--name", default="t", help="how the machines' names begin")
    parser.add_argument("--keep", action="store_true", help="waits before each machine is removed")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    known = {"systemd": "", "default": "", "fastest": service.FASTEST, "rebuild": service.REBUILD}
    options.columns = {column: known[column] for column in options.columns.split(",")}
    if not service.available() and set(options.columns) != {"systemd"}:
        print("table: there is no unit of Conductor yet: systemd alone", file=sys.stderr)
        options.columns = {"systemd": ""}
    return options


def main():
    options = arguments()
    chosen = scenarios.named(options.scenarios) or [
        scenario for scenario in scenarios.ALL
        if (scenario.quick or not options.quick) and scenario.only in ("", options.suite)]
    work = [(scenario, column) for scenario in chosen for column in options.columns]
    begin = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = [result for result in pool.map(lambda each: one(*each, options), work) if result]
    facts = {
        "stacks": stacks.COUNT,
        "when, where": f"{date.today()}, {os.cpu_count()} processors, Linux {platform.release()}, Debian {options.suite}",
        "watched": f"systemd alone for {options.alone} s, Conductor for {options.limit} s;"
                   f" {len(work)} machines in {(time.monotonic() - begin) / 60:.0f} minutes",
    }
    text = sheet.lines(results, facts)
    if str(options.output) == "-":
        print("\n".join(text))
    else:
        put(options.output, f"docker broken, {options.suite}", text)
    bad = [result for result in results if result.column != "systemd" and not sheet.good(result)]
    for result in bad:
        print(f"table: not as expected: {result}", file=sys.stderr)
    return 1 if len(results) < len(work) or (bad and options.check) else 0


def one(scenario, column, options):
    """None where it could not be measured."""
    try:
        result = run.run(scenario, column, options)
    except Trouble as trouble:
        print(f"table: {scenario.name}, {column}: {trouble}", file=sys.stderr, flush=True)
        return None
    print(f"{scenario.name:20} {column:8} {sheet.cell(scenario, result)}", file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())

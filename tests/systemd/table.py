#!/usr/bin/env python3
"""Breaks Docker in every way, with systemd alone and with Conductor, and writes the table into docs/measurements.md.

    table.py --conductor PROGRAM [NAME...]     names as in bed/scenarios.py; default: all

Each line is a fresh machine (see machine.sh); needs root. With --check, ends with 1 unless Conductor did as expected.
Rows are kept in target/ as they are measured: the table is written from all of them, those of this run in the place of older
ones; with --resume only those are measured that are missing. With `--output -` nothing is kept.
"""

import argparse
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benches"), str(Path(__file__).resolve().parent)]

from bed import run, scenarios, service, sheet, stacks  # noqa: E402
from bed.kept import Kept  # noqa: E402
from bed.machine import Trouble  # noqa: E402
from section import put  # noqa: E402

KNOWN = {"systemd": "", "default": "", "fastest": service.FASTEST, "rebuild": service.REBUILD}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="NAME")
    parser.add_argument("--conductor", required=True, type=Path, metavar="PROGRAM")
    parser.add_argument("--suite", default="bookworm", help="bookworm, trixie or sid")
    parser.add_argument("--columns", default="systemd,default", help="of: systemd, default, fastest, rebuild (its own scenario alone)")
    parser.add_argument("--quick", action="store_true", help="the few scenarios that tests run")
    parser.add_argument("--jobs", type=int, default=1, help="machines at once")
    parser.add_argument("--alone", type=int, default=45, metavar="SECONDS", help="how long systemd alone is watched")
    parser.add_argument("--limit", type=int, default=180, metavar="SECONDS", help="how long Conductor is watched at most")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md", help="`-` writes no file")
    parser.add_argument("--resume", action="store_true", help="leaves out what was measured before")
    parser.add_argument("--name", default="t", help="how the machines' names begin")
    parser.add_argument("--keep", action="store_true", help="waits before each machine is removed")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.columns = {column: KNOWN[column] for column in options.columns.split(",")}
    if not service.available() and set(options.columns) != {"systemd"}:
        print("table: there is no unit of Conductor yet: systemd alone", file=sys.stderr)
        options.columns = {"systemd": ""}
    return options


def main():
    options = arguments()
    chosen = scenarios.named(options.scenarios) or [
        scenario for scenario in scenarios.ALL
        if (scenario.quick or not options.quick) and scenario.only in ("", options.suite)]
    writes = str(options.output) != "-"
    kept = Kept(ROOT / f"target/table-{options.suite}.json" if writes else None)
    work = [(scenario, column) for scenario in chosen for column in options.columns
            if not (options.resume and kept.has(scenario, column))]
    if not options.scenarios:
        work = [each for each in work if each[1] != "rebuild"]
        if "rebuild" in options.columns and not (options.resume and kept.has(scenarios.REBUILD, "rebuild")):
            work.append((scenarios.REBUILD, "rebuild"))
    with ThreadPoolExecutor(options.jobs) as pool:
        fresh = [result for result in pool.map(lambda each: one(*each, options, kept), work) if result]
    results = kept.ordered([*scenarios.ALL, scenarios.REBUILD], KNOWN)
    facts = {
        "stacks": stacks.COUNT,
        "suite": options.suite,
        "when, where": f"{date.today()}, {os.cpu_count()} processors, Linux {platform.release()}",
        "watched": f"systemd alone for {options.alone} s, Conductor for {options.limit} s;"
                   f" {len(results)} machines",
    }
    text = sheet.lines(results, facts)
    if writes:
        put(options.output, f"docker broken, {options.suite}", text)
    else:
        print("\n".join(text))
    bad = [result for result in fresh if result.column != "systemd" and not sheet.good(result)]
    for result in bad:
        print(f"table: not as expected: {result}", file=sys.stderr)
    return 1 if len(fresh) < len(work) or (bad and options.check) else 0


def one(scenario, column, options, kept):
    """None where it could not be measured."""
    try:
        result = run.run(scenario, column, options)
    except Trouble as trouble:
        print(f"table: {scenario.name}, {column}: {trouble}", file=sys.stderr, flush=True)
        return None
    kept.add(result)
    print(f"{scenario.name:20} {column:8} {sheet.cell(scenario, result)}", file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())

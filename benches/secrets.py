"""Measures how long decrypting takes beside the real `sops`, process starts included; see benches/run.sh.

    benches/secrets.py --conductor PROGRAM [--sops PROGRAM] [--runs N] [--files N] [--output FILE]

Conductor decrypts 200 files of 50 values, once with a start for each and once with one start for all; `sops` decrypts 10 of
them. Without `sops` there is nothing to compare with, and nothing is written.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine import ROOT
from section import put

VALUES = 50
FEW = 10


def timed(commands, environment):
    """Seconds that the commands take, one after the other."""
    begin = time.perf_counter()
    for command in commands:
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def prepare(conductor, scratch, files):
    """Encrypted files, and the environment that can decrypt them."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(scratch), "SOPS_AGE_KEY_FILE": str(scratch / "age.key")}
    recipient = subprocess.run([conductor, "secrets", "keygen", "--output", scratch / "age.key"], env=environment,
                               capture_output=True, check=True, text=True).stdout.strip()
    paths = []
    for number in range(files):
        path = scratch / f"file{number:03}.yaml"
        values = "".join(f"value{value:02}: secret-{number}-{value}-{'x' * 20}\n" for value in range(VALUES))
        subprocess.run([conductor, "secrets", "encrypt", "--age", recipient, "--filename", path.name, "--output", path, "-"],
                       env=environment, input=values.encode(), capture_output=True, check=True)
        paths.append(path)
    return paths, environment


def shown(seconds):
    """Median, least and most, in milliseconds."""
    least, middle, most = (round(1000 * figure) for figure in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle} ({least}–{most})"


def section(sops, runs, files, figures):
    version = subprocess.run([sops, "--disable-version-check", "--version"], capture_output=True, check=True, text=True)
    few, each, once = (figures[name] for name in ("sops", "each", "once"))
    line = lambda name, count, seconds: (
        f"| {name} | {count} | {shown(seconds)} | {1000 * statistics.median(seconds) / count:.1f} "
        f"| {statistics.median(own / theirs for own, theirs in zip(seconds, few)):.2f} |")
    reached = lambda seconds: (
        "reached" if statistics.median(own / theirs for own, theirs in zip(seconds, few)) < 1 else "missed")
    return ["## Decrypting", "",
            f"Files of {VALUES} values for one age key, beside {version.stdout.split()[0]} {version.stdout.split()[1]}, process starts "
            f"included; {runs} runs. Aim: {files} files in less time than `sops` needs for {FEW}: {reached(once)} with one start for "
            f"all, as a pass and `secrets check` read them, {reached(each)} with a start for each.", "",
            "| | files | milliseconds | each | in proportion to `sops` for its 10 |", "| --- | ---: | ---: | ---: | ---: |",
            line(f"`sops decrypt`, a start for each file", FEW, few),
            line("`conductor secrets decrypt`, a start for each file", files, each),
            line("`conductor secrets decrypt`, one start for all files", files, once)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conductor", required=True)
    parser.add_argument("--sops", default=os.environ.get("SOPS") or shutil.which("sops"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/measurements.md")
    options = parser.parse_args()
    conductor = str(Path(options.conductor).resolve())
    if not options.sops:
        print("benches: skipped decrypting: there is no `sops` to compare with (name one with --sops or in SOPS)", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as scratch:
        paths, environment = prepare(conductor, Path(scratch), options.files)
        figures = {"sops": [], "each": [], "once": []}
        for _ in range(options.runs):
            figures["sops"].append(timed([[options.sops, "--disable-version-check", "decrypt", path] for path in paths[:FEW]], environment))
            figures["each"].append(timed([[conductor, "secrets", "decrypt", path] for path in paths], environment))
            figures["once"].append(timed([[conductor, "secrets", "decrypt", *paths]], environment))
    lines = section(options.sops, options.runs, options.files, figures)
    put(options.output, "secrets", lines)
    print("\n".join(lines))


main()

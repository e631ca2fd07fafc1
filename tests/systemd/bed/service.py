"""Conductor in a machine: put there, set up, started as a unit, and asked what it saw and did."""

import json
import shutil
from datetime import datetime
from pathlib import Path

from . import stacks
from .machine import Trouble, wait

ROOT = Path(__file__).resolve().parents[3]
UNIT = ROOT / "units/conductor.service"
SETTINGS = "sources: [{name: stacks, url: /srv/stacks.git}]\n"
# Added to the settings; the second column of the table.
FASTEST = "docker: {patience: quick}\n"
REBUILD = "docker: {allow_rebuild: true}\n"


def install(machine, program, settings=""):
    """The program and its settings; nothing is started."""
    shutil.copy(program, machine.path("/usr/local/bin/conductor"))
    machine.path("/etc/conductor").mkdir(exist_ok=True)
    machine.path("/etc/conductor/config.yaml").write_text(SETTINGS + settings)


def deploy(machine):
    """One pass without a daemon."""
    machine.run("conductor", "sync", limit=180)


def available():
    """Whether there is a unit to be installed, as there is once Conductor can run as a service."""
    return UNIT.exists()


def start(machine, drop_in=""):
    """Enables and starts the unit; returns when it is READY."""
    shutil.copy(UNIT, machine.path("/etc/systemd/system/conductor.service"))
    if drop_in:
        place = machine.path("/etc/systemd/system/conductor.service.d")
        place.mkdir(exist_ok=True)
        (place / "test.conf").write_text(drop_in)
    machine.run("sh", "-ec", "getent group conductor >/dev/null || groupadd --system conductor")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "-q", "--now", "conductor.service", limit=60)
    # Docker is known to be well: what comes is new.
    wait("incidents of `conductor docker`", 30, lambda: incidents(machine) is not None)


def incidents(machine):
    """What `conductor docker incidents` tells, oldest first; None where it cannot be asked."""
    said = machine.run("conductor", "docker", "incidents", "--format", "json", check=False, limit=20)
    try:
        answer = json.loads(said)
    except ValueError:
        return None
    found = answer.get("incidents", []) if isinstance(answer, dict) else answer
    return sorted(found, key=opened)


def opened(incident):
    """When it was detected, in seconds since 1970."""
    return seconds(incident["opened"])


def verdict(incident):
    """What it was taken for."""
    return str(incident["verdict"])


def remedies(incident):
    """What was done about it, in order; looking at it is no remedy."""
    done = [str(step["remedy"]) for step in incident["remedies"]]
    return [remedy for remedy in done if "evidence" not in remedy]


def seconds(moment):
    """RFC 3339 in UTC, or seconds since 1970, as seconds since 1970."""
    if isinstance(moment, (int, float)):
        return float(moment)
    whole, _, fraction = moment.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float(f"0.{fraction or 0}")


def prepare(machine, program, settings=""):
    """All five stacks, deployed from the machine's own repository and registry; their checksums."""
    stacks.prepare(machine)
    install(machine, program, settings)
    deploy(machine)
    sums = stacks.checksums(machine)
    if None in sums or len(set(sums)) != stacks.COUNT:
        raise Trouble(f"the stacks do not serve their data: {sums}")
    return sums

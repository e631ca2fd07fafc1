"""Conductor in a machine: put there, set up, started as a unit, and asked what it saw and did."""

import json
import shutil
from pathlib import Path

from . import receiver, stacks
from .machine import Trouble, wait

ROOT = Path(__file__).resolve().parents[3]
UNIT = ROOT / "units/conductor.service"
SETTINGS = "sources: [{name: stacks, url: /srv/stacks.git}]\n" + receiver.SETTINGS
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
    wait("Conductor to see a healthy Docker", 60, lambda: state(machine) == "healthy")


def state(machine):
    """What Docker is to Conductor; None where it cannot be asked."""
    said = told(machine, "status")
    return said and said["health"] and said["health"]["state"]


def incidents(machine):
    """What `conductor docker incidents` and `show` tell, oldest first; None where they cannot be asked."""
    listed = told(machine, "incidents")
    if listed is None:
        return None
    shown = [told(machine, "show", str(one["number"])) for one in listed["incidents"]]
    return sorted((one for one in shown if one), key=opened)


def told(machine, *words):
    """The answer of `conductor docker`, parsed."""
    said = machine.run("conductor", "--format", "json", "docker", *words, check=False, limit=20)
    try:
        return json.loads(said[said.index("{"):])
    except ValueError:
        return None


def opened(incident):
    """When it was detected, in seconds since 1970."""
    return float(incident["began"])


def verdict(incident):
    """What it was taken for at its worst."""
    return str(incident["state"])


def remedies(incident):
    """What was done about it, in order; to look at it closely is no remedy."""
    done = [line["text"] for line in incident["history"] if line["kind"] == "remedy"]
    return [remedy for remedy in done if "evidence" not in remedy]


def prepare(machine, program, settings=""):
    """All five stacks, deployed from the machine's own repository and registry; their checksums."""
    stacks.prepare(machine)
    install(machine, program, settings)
    deploy(machine)
    sums = stacks.checksums(machine)
    if None in sums or len(set(sums)) != stacks.COUNT:
        raise Trouble(f"the stacks do not serve their data: {sums}")
    return sums

"""One scenario on one machine: prepared, broken, watched until all is well or the limit is over."""

import subprocess
import sys
import time
from dataclasses import dataclass, field

from . import machine as machines
from . import scenarios, service, stacks
from .receiver import Receiver
from .watch import Watch

PAUSE = 0.5


@dataclass
class Result:
    """What came of it; seconds count from the moment of the failure."""

    name: str
    column: str
    healthy: float = None
    detected: str = ""
    detect: float = None
    remedies: list = field(default_factory=list)
    told: list = field(default_factory=list)
    data: bool = False
    duplicates: int = 0
    engine: str = ""
    connects: int = None
    complaint: str = ""


def run(scenario, column, options):
    """`column` is `systemd`, for the machine alone, or the name of settings of Conductor."""
    name = f"{options.name}{column[0]}-{scenario.name}"[:20].rstrip("-")
    with machines.Machine(name, options.suite) as machine:
        data_root = small_root(machine) if scenario.first else "/var/lib/docker"
        sums = service.prepare(machine, options.conductor, options.columns[column])
        watch = Watch(machine, sums)
        machines.wait(f"health of all stacks ({name})", 90, watch.healthy)
        receiver = Receiver(machine)
        if column != "systemd":
            service.start(machine)
            machines.wait(f"health of all stacks beside Conductor ({name})", 90, watch.healthy)
        before = machine.units()
        begin = do(machine, scenario)
        counter = machines.Counter(machine.path("/run/docker.sock")) if scenario.name == "operator-stop" else None
        result = observe(watch, scenario, options, Result(scenario.name, column), begin)
        if counter:
            counter.close()
            result.connects = counter.count
        result.data = stacks.stored(machine, data_root) == sums and not watch.foreign_data
        result.duplicates = watch.duplicates
        result.engine = engine(before, machine.units())
        if column != "systemd":
            tell(machine, result, begin)
            result.told = [(round(moment - begin), event) for moment, event in receiver.of_docker()]
        receiver.close()
        if options.keep:
            input(f"{name} is kept until you press Return: {machines.SCRIPT} exec {name} bash")
    return result


def small_root(machine):
    machine.run("/break/break.sh", "small-root")
    machine.run("/break/break.sh", "--broken", "small-root")
    return "/mnt/small"


def do(machine, scenario):
    """Breaks it; the moment from which on it is broken, in seconds since 1970."""
    if scenario.name == "power-cut":
        begin = time.time()
        machine.order("cut", machine.name)
        machine.pid = 0
        # It waits for Docker, too; the watch does so itself.
        machine.booting = machine.begin("up", machine.name)
        return begin
    if scenario.name == "deadlock":
        inside = machine.units()["docker"]["MainPID"]
        holder = subprocess.Popen([sys.executable, machines.HERE / "bed/hang.py", str(machine.process(inside))],
                                  stdout=subprocess.PIPE, text=True)
        holder.stdout.readline()
        return time.time()
    hanging = scenario.name in ("hang-all", "frozen")
    begin = time.time()
    machine.run("/break/break.sh", scenario.name, stacks.container(stacks.names()[0]), check=False, limit=60)
    return begin if hanging else time.time()


def observe(watch, scenario, options, result, begin):
    """Until all is well twice in a row, or, where it should not become so, for the whole time."""
    # What is not to become well is watched for a fixed time; what is, until it does, at most for long.
    limit = scenario.limit if scenario.expected != scenarios.HEALED else max(options.limit, scenario.limit)
    if result.column == "systemd":
        limit = options.alone
    soon = scenario.expected == scenarios.HEALED
    # What breaks first has to show.
    time.sleep(1)
    well = None
    while time.time() - begin < limit:
        moment = time.time()
        if scenario.name in ("reboot", "power-cut"):
            watch.machine.pid = watch.machine.leader()
        if watch.machine.pid and watch.healthy():
            if well:
                result.healthy = round(well - begin, 1)
                if soon:
                    break
            well = well or moment
        else:
            well, result.healthy = None, None
        time.sleep(PAUSE)
    result.complaint = watch.last
    return result


def engine(before, after):
    """What became of the engine's process, for those scenarios in which nobody may touch it."""
    if not after:
        return "unknown"
    docker = after["docker"]
    same = docker["MainPID"] == before["docker"]["MainPID"]
    return f"{docker['ActiveState']}/{docker['SubState']}, {'same process' if same else 'other process'}"


def tell(machine, result, begin):
    """Conductor's own account."""
    found = [each for each in service.incidents(machine) or [] if service.opened(each) >= begin - 1]
    if found:
        result.detected = " + ".join(dict.fromkeys(service.verdict(each) for each in found))
        result.detect = round(max(service.opened(found[0]) - begin, 0), 1)
        result.remedies = [step for each in found for step in service.remedies(each)]

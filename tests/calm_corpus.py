#!/usr/bin/env python3
"""Passes over stacks that other people wrote change nothing: by hand, because it needs their files.

  tests/calm_corpus.py --conductor target/x86_64-unknown-linux-gnu/debug/conductor --corpus DIR [--stacks 50]

Takes directories of DIR that hold a `compose.yaml`, gives every image in them a stand-in that sleeps whatever it is told to run, and
creates each as a stack of a git source, on a private engine. Those that come to run are passed over twice, then twice more after
the journal and the mirrors were removed, and the changing calls are counted at the socket. Needs root, like the other tests."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))
sys.dont_write_bytecode = True
from engine import PROGRAMS, Counter, Engine  # noqa: E402

STAND_IN = "conductor-calm/stand-in:1"


class Machine:
    """One Conductor that follows a repository of one stack."""

    def __init__(self, conductor, engine, counter, name):
        self.home = Path(tempfile.mkdtemp(prefix="calm-"))
        (self.home / "run").mkdir(mode=0o700)
        self.conductor, self.engine, self.counter, self.name = conductor, engine, counter, name

    def conduct(self, *arguments, host=None):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "DOCKER_HOST": f"unix://{host or self.counter.socket}",
                       "XDG_STATE_HOME": str(self.home / "state"), "XDG_RUNTIME_DIR": str(self.home / "run"),
                       "CONDUCTOR_STATE_DIR": str(self.home / "state"), "CONDUCTOR_RUNTIME_DIR": str(self.home / "run"),
                       "CONDUCTOR_SOURCE_URL": str(self.home / "up"), "CONDUCTOR_SOURCE_REF": "main", "CONDUCTOR_SETTLING": "100ms"}
        return subprocess.run([self.conductor, *arguments], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)

    def commit(self, case):
        shutil.copytree(case, self.home / "up" / self.name, symlinks=True)
        for command in (["init", "-q", "-b", "main"], ["add", "--all", "--force"],
                        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one"]):
            subprocess.run(["git", *command], cwd=self.home / "up", check=True)

    def forget(self):
        for path in (self.home / "state").glob("journal*"):
            path.unlink()
        shutil.rmtree(self.home / "state/mirrors", ignore_errors=True)

    def changes(self):
        """The changing calls of one pass, also where a stand-in has turned out unhealthy by then."""
        self.counter.take()
        self.conduct("sync", "--no-wait")
        return self.counter.take()[1]


def docker(engine, *arguments):
    return subprocess.run([PROGRAMS / "docker", "-H", f"unix://{engine.socket}", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})


def prepare(engine):
    made = docker(engine, "create", "--entrypoint", "/bin/sh", "conductor-bench/busybox:1", "-c", "exec sleep 900").stdout.strip()
    change = ["-c", "ENTRYPOINT [\"/bin/sh\", \"-c\", \"exec sleep 900\"]", "-c", "CMD []"]
    docker(engine, "commit", *change, made, STAND_IN)
    docker(engine, "rm", made)


def clear(engine):
    for container in engine.get("/containers/json?all=1"):
        engine.call("DELETE", f"/containers/{container['Id']}?force=1&v=1")
    docker(engine, "network", "prune", "-f")
    docker(engine, "volume", "prune", "-f", "-a")


def one(arguments, engine, counter, case, number):
    """The changing calls of the passes over one stack; None where it does not come to run."""
    machine = Machine(arguments.conductor, engine, counter, f"calm{number}")
    try:
        machine.commit(case)
        images = machine.conduct("config", machine.name, "--images", host=engine.socket)
        if images.returncode != 0:
            return None
        for image in images.stdout.split():
            docker(engine, "tag", STAND_IN, image)
        if machine.conduct("sync", "--no-wait", host=engine.socket).returncode != 0 or not engine.get("/containers/json"):
            return None
        before = sorted(container["Id"] for container in engine.get("/containers/json?all=1"))
        passes = [machine.changes(), machine.changes()]
        machine.forget()
        passes += [machine.changes(), machine.changes()]
        after = sorted(container["Id"] for container in engine.get("/containers/json?all=1"))
        return passes if before == after else passes + ["other containers"]
    except (subprocess.TimeoutExpired, OSError) as error:
        return [str(error)]
    finally:
        clear(engine)
        shutil.rmtree(machine.home, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conductor", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--stacks", type=int, default=50)
    arguments = parser.parse_args()
    arguments.conductor = arguments.conductor.resolve()
    cases = sorted(path.parent for path in arguments.corpus.glob("*/*/compose.yaml") if not list(path.parent.glob("expected-error*")))
    calm, wild, passed_over = 0, [], 0
    with Engine() as engine:
        prepare(engine)
        counter = Counter(engine)
        # Every so many, so that all sets have their share.
        step = max(1, len(cases) // (arguments.stacks * 2))
        for number, case in enumerate(cases[::step] + [case for case in cases if case not in cases[::step]]):
            if calm + len(wild) == arguments.stacks:
                break
            passes = one(arguments, engine, counter, case, number)
            if passes is None:
                passed_over += 1
            elif passes == [0, 0, 0, 0]:
                calm += 1
            else:
                wild.append((case, passes))
                print(f"{case}: {passes}", flush=True)
    print(f"{calm} stacks were left alone, {len(wild)} were not; {passed_over} did not come to run with stand-ins")
    return 1 if wild or calm < arguments.stacks else 0


if __name__ == "__main__":
    sys.exit(main())

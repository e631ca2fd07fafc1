#!/usr/bin/env python3
"""Adoption of many stacks, both ways, against a private engine: by hand, as root, after `tests/engines.sh`.

    tests/adoption.py --conductor PROGRAM --corpus DIR [--stacks N] [--every N]

Each directory below DIR with a `compose.yaml` is a stack. What Docker Compose 2.40 made of it must be in sync for Conductor,
which may replace nothing; and of what Conductor made (with `config_hash: 2`) Docker Compose may replace nothing. The images are
stand-ins that only sleep; a stack that cannot run with them on this machine is left out.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benches"))
from engine import PROGRAMS, Engine

STAND_IN = "stand-in:1"
COMPOSE = (PROGRAMS / "docker-compose").resolve()
PROJECT = ["-f", "compose.yaml"]
# Directories of the host that a stack may mount.
HARMLESS = ("/var/run/docker.sock", "/etc/localtime")
# Keys of a service that need more than a stand-in, or more than a private engine.
BEYOND = ("entrypoint", "devices", "gpus", "privileged", "runtime", "cgroup_parent")


def import_stand_in(engine):
    """An image that sleeps, whatever command it is given."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        for part in ("bin", "etc", "tmp"):
            (root / part).mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), root / "bin/busybox")
        for applet in ("sh", "sleep"):
            (root / "bin" / applet).symlink_to("busybox")
        (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nnobody:x:99:99::/:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\n")
        tar = subprocess.run(["tar", "-c", "-C", root, "."], check=True, stdout=subprocess.PIPE).stdout
    changes = "".join(f"&changes={quote(line)}" for line in ('ENTRYPOINT ["/bin/sh","-c","sleep 600"]', "STOPSIGNAL SIGKILL"))
    name, tag = STAND_IN.split(":")
    engine.call("POST", f"/images/create?fromSrc=-&repo={name}&tag={tag}{changes}", tar)


class Stack:
    """A copy of a stack, and the programs that are called in it."""

    def __init__(self, source, directory, environment):
        self.name = source.name
        self.directory = directory / source.name
        self.environment = environment
        shutil.copytree(source, self.directory)
        subprocess.run(["chmod", "-R", "u+w", self.directory], check=True)

    def run(self, *command, **variables):
        """Exit code, and all that was said."""
        ran = subprocess.run([str(part) for part in command], cwd=self.directory, env={**self.environment, **variables},
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return ran.returncode, ran.stdout

    def compose(self, *arguments):
        return self.run(COMPOSE, *PROJECT, *arguments)

    def up(self):
        return self.compose("up", "-d", "--no-build", "--pull", "never")

    def model(self):
        """The model, where it can run here."""
        ran = subprocess.run([COMPOSE, *PROJECT, "config", "--format", "json"], cwd=self.directory, env=self.environment,
                             stdin=subprocess.DEVNULL, capture_output=True)
        model = json.loads(ran.stdout) if ran.returncode == 0 else {}
        services = model.get("services", {}).values()
        return model if services and all(self.fits(service) for service in services) else None

    def fits(self, service):
        mounts = [mount for mount in service.get("volumes", []) if mount["type"] == "bind"]
        waits = service.get("depends_on", {}).values()
        return ("image" in service and not any(service.get(key) for key in BEYOND)
                and "host" not in (service.get("network_mode"), service.get("pid"))
                and service.get("logging", {}).get("driver") in (None, "json-file")
                and all(mount["source"].startswith(f"{self.directory}/") or mount["source"] in HARMLESS for mount in mounts)
                and all(wait["condition"] == "service_started" for wait in waits))

    def prepare(self, model):
        """Images, and what is declared as external."""
        docker = PROGRAMS.resolve() / "docker"
        for service in model["services"].values():
            self.run(docker, "tag", STAND_IN, service["image"])
        for kind in ("network", "volume"):
            for element in model.get(f"{kind}s", {}).values():
                if element.get("external"):
                    self.run(docker, kind, "create", element["name"])


def containers(engine):
    return sorted((container["Names"][0], container["Id"]) for container in engine.get("/containers/json?all=1"))


def clear(engine):
    for container in engine.get("/containers/json?all=1"):
        engine.call("DELETE", f"/containers/{container['Id']}?force=1&v=1")
    for network in engine.get("/networks"):
        if network["Name"] not in ("bridge", "host", "none"):
            engine.call("DELETE", f"/networks/{network['Id']}")
    for volume in engine.get("/volumes")["Volumes"] or []:
        engine.call("DELETE", f"/volumes/{volume['Name']}?force=1")


def check(stack, engine, conductor):
    """What is wrong, line by line; `None` where the stack cannot run here."""
    model = stack.model()
    if model is None:
        return None
    stack.prepare(model)
    if stack.up()[0] != 0:
        return None
    wrong, before = [], containers(engine)
    for command in (["plan"], ["sync", "--no-wait"]):
        code, said = stack.run(conductor, *command, *PROJECT)
        if code != 0 or containers(engine) != before:
            wrong.append(f"`{command[0]}` after Docker Compose: {said}")
    stack.compose("down", "-v", "-t", "0")
    code, said = stack.run(conductor, "sync", "--no-wait", *PROJECT, CONDUCTOR_CONFIG_HASH="2")
    before = containers(engine)
    if code != 0:
        wrong.append(f"`sync`: {said}")
    code, said = stack.up()
    if code != 0 or containers(engine) != before:
        wrong.append(f"Docker Compose after `sync`: {said}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conductor", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--stacks", type=int, default=30)
    parser.add_argument("--every", type=int, default=1, help="only every N-th stack")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"skipped: there are no stacks at {arguments.corpus}")
        return
    conductor, count = arguments.conductor.resolve(), {"same": 0, "differ": 0, "left out": 0}
    with tempfile.TemporaryDirectory() as scratch, Engine() as engine:
        import_stand_in(engine)
        for part in ("home", "stacks"):
            Path(scratch, part).mkdir()
        environment = {"PATH": "/usr/bin:/bin", "HOME": f"{scratch}/home", "DOCKER_HOST": f"unix://{engine.socket}",
                       "CONDUCTOR_STATE_DIR": f"{scratch}/state", "CONDUCTOR_RUNTIME_DIR": f"/dev/shm/{Path(scratch).name}"}
        for file in sorted(arguments.corpus.resolve().rglob("compose.yaml"))[::arguments.every]:
            if count["same"] + count["differ"] == arguments.stacks or Path(scratch, "stacks", file.parent.name).exists():
                continue
            stack = Stack(file.parent, Path(scratch, "stacks"), environment)
            wrong = check(stack, engine, conductor)
            clear(engine)
            count["left out" if wrong is None else "differ" if wrong else "same"] += 1
            if wrong is not None:
                print("\n  ".join([f"{'differs' if wrong else 'same'}: {stack.name}", *wrong]), flush=True)
        shutil.rmtree(environment["CONDUCTOR_RUNTIME_DIR"], ignore_errors=True)
    print(", ".join(f"{number} {what}" for what, number in count.items()))
    sys.exit(1 if count["differ"] else 0)


main()

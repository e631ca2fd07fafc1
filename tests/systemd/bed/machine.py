"""A machine of `machine.sh`: kept while this process lives, entered, and looked at from outside."""

import ctypes
import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SCRIPT = HERE / "machine.sh"
ENGINE_GONE = (OSError, http.client.HTTPException, ValueError)


class Trouble(Exception):
    """A machine or what is on it does not come up: nothing was measured."""


class Machine:
    """Booted by `with`, removed at its end, however that comes."""

    def __init__(self, name, suite="bookworm"):
        self.name = name
        self.environment = dict(os.environ, CONDUCTOR_MACHINE_SUITE=suite)
        places = os.environ.get("CONDUCTOR_MACHINE_DIR", HERE / "../../target/machines")
        self.place = Path(places).resolve() / name

    def __enter__(self):
        self.keeper = subprocess.Popen(
            [SCRIPT, "keep", self.name], env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.keeper.stdout.readline() != "ready\n":
            self.keeper.wait()
            raise Trouble(f"the machine `{self.name}` does not boot: {SCRIPT} can")
        self.pid = self.leader()
        return self

    def __exit__(self, *_error):
        self.keeper.stdin.close()
        self.keeper.wait()

    def order(self, *words):
        return subprocess.run([SCRIPT, *words], env=self.environment, text=True, stdout=subprocess.PIPE).stdout

    def begin(self, *words):
        """The same without waiting for its end."""
        return subprocess.Popen([SCRIPT, *words], env=self.environment, stdin=subprocess.DEVNULL)

    def leader(self):
        """Process 1 of the machine as this one sees it; 0 while it is switched off."""
        return int(self.order("leader", self.name).strip() or 0)

    def run(self, *command, check=True, limit=120):
        """A command inside; what it says on both its outputs."""
        ran = subprocess.run(
            ["timeout", "-s", "KILL", str(limit), SCRIPT, "exec", self.name, *command], env=self.environment,
            text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and ran.returncode != 0:
            raise Trouble(f"{self.name}: {' '.join(command)}: {ran.returncode}\n{ran.stdout[-2000:]}")
        return ran.stdout

    def succeeds(self, *command, limit=120):
        return subprocess.run(
            ["timeout", "-s", "KILL", str(limit), SCRIPT, "exec", self.name, *command], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def path(self, inside):
        """Where a file of the machine is, seen from here."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def units(self):
        """State, main process and restarts of docker.service and containerd.service; empty while it boots."""
        said = self.run("systemctl", "show", "docker.service", "containerd.service",
                        "-p", "Id,ActiveState,SubState,Result,MainPID,NRestarts", check=False, limit=10)
        found = {}
        for block in said.strip().split("\n\n"):
            unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            if "Id" in unit:
                found[unit["Id"].removesuffix(".service")] = unit
        return found

    # --- its engine --------------------------------------------------------------------------------------------------

    def ask(self, method, path, body=None, limit=5):
        """One request to the engine, from outside: status and what it says, parsed where that is JSON."""
        connection = Connection(self.path("/run/docker.sock"), limit)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content.startswith((b"{", b"[")) else content

    def get(self, path, limit=5):
        status, content = self.ask("GET", path, limit=limit)
        if status != 200:
            raise ValueError(f"GET {path}: {status}")
        return content

    # --- its network and processes -----------------------------------------------------------------------------------

    def fetch(self, port, path, limit=2):
        """A page from the machine's loopback, as a person on it would see it."""
        result = {}

        def in_its_network():
            try:
                enter_network(self.pid)
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
                connection.request("GET", path)
                result["page"] = connection.getresponse().read()
                connection.close()
            except ENGINE_GONE:
                result["page"] = None

        # The network belongs to a thread: one that ends afterwards.
        thread = threading.Thread(target=in_its_network)
        thread.start()
        thread.join()
        return result["page"]

    def writers(self):
        """By volume, the containers whose processes really have it mounted, whatever the engine believes."""
        groups = re.compile(r"conductor-machine-" + re.escape(self.name) + r"[/.]")
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                group = Path("/proc", entry, "cgroup").read_text().replace("\\x2d", "-")
                container = re.search(r"[0-9a-f]{64}", group)
                if not container or not groups.search(group):
                    continue
                for volume in re.findall(r"/volumes/([^/ ]+)/_data", Path("/proc", entry, "mountinfo").read_text()):
                    found.setdefault(volume, set()).add(container[0])
            except OSError:
                continue  # ended meanwhile
        return found

    def process(self, inside):
        """A process of the machine, by its number in there, as this machine counts."""
        for entry in os.listdir("/proc"):
            try:
                status = Path("/proc", entry, "status").read_text() if entry.isdigit() else ""
                if re.search(rf"^NSpid:\s+\d+\s+{inside}$", status, re.M) and self.owns(entry):
                    return int(entry)
            except OSError:
                continue
        return None

    def owns(self, pid):
        return os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{self.pid}/ns/pid")


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, limit):
        super().__init__("docker", timeout=limit)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Counter:
    """Listens in the place of the engine's socket, and counts who connects."""

    def __init__(self, path):
        self.path, self.count = path, 0
        self.real = path.with_name(path.name + ".real")
        path.rename(self.real)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.take, daemon=True)
        self.thread.start()

    def take(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)
        self.path.unlink()
        self.real.rename(self.path)


def enter_network(pid):
    with open(f"/proc/{pid}/ns/net") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "setns")


def wait(what, limit, probe, pause=0.2):
    """Waits until the probe gives something true; its value."""
    end = time.monotonic() + limit
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise Trouble(f"no {what} after {limit} s")
        time.sleep(pause)

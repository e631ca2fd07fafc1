"""Whether all is well, judged from outside, and never by a connection that would start a Docker that someone stopped."""

import itertools
import time

from . import stacks
from .machine import ENGINE_GONE

NUMBERS = itertools.count()


class Watch:
    """Looks again and again; remembers the worst that it saw."""

    def __init__(self, machine, sums):
        self.machine, self.sums = machine, sums
        self.duplicates = 0
        self.foreign_data = False
        self.last = ""

    def healthy(self, deep=True):
        """All stacks serve their data and are healthy to the engine, and the engine takes new work."""
        self.last = self.complaint(deep)
        return not self.last

    def complaint(self, deep):
        units = self.machine.units()
        self.look_for_duplicates()
        if units.get("docker", {}).get("ActiveState") != "active":
            return f"docker.service is {units.get('docker', {}).get('ActiveState', 'unknown')}"
        served = stacks.checksums(self.machine)
        for stack, now, before in zip(stacks.names(), served, self.sums):
            if now is None:
                return f"{stack} does not answer"
            if now != before:
                self.foreign_data = True
                return f"{stack} serves other data"
        try:
            for stack in stacks.names():
                state = self.machine.get(f"/containers/{stacks.container(stack)}/json", 3)["State"]
                if not state["Running"] or state["Health"]["Status"] != "healthy":
                    return f"{stack} is {state['Status']}, {state['Health']['Status']}"
            return self.new_work() if deep else ""
        except ENGINE_GONE as error:
            return f"the engine: {error}"
        except KeyError as missing:
            return f"the engine says nothing of {missing}"

    def new_work(self):
        """A container on the default network with a published port, made, run to its end and removed."""
        name = f"canary-{next(NUMBERS)}"
        made, answer = self.machine.ask("POST", f"/containers/create?name={name}", {
            "Image": stacks.IMAGE, "Cmd": ["true"],
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}},
            "ExposedPorts": {"80/tcp": {}}})
        if made != 201:
            return f"create: {answer.get('message', made)}"
        try:
            started, answer = self.machine.ask("POST", f"/containers/{name}/start")
            if started != 204:
                return f"start: {answer.get('message', started)}"
            self.machine.ask("POST", f"/containers/{name}/wait")
            _status, version = self.machine.ask("GET", "/version")
            if not any(part["Name"] == "containerd" for part in version["Components"]):
                return "the engine has no containerd"
            return ""
        finally:
            try:
                self.machine.ask("DELETE", f"/containers/{name}?force=true")
            except ENGINE_GONE:
                pass

    def look_for_duplicates(self):
        """Two containers with processes on one volume, twice in a row: one may be ending while the next begins."""
        doubled = {volume for volume, containers in self.machine.writers().items() if len(containers) > 1}
        if doubled:
            time.sleep(0.5)
            again = self.machine.writers()
            self.duplicates = max(self.duplicates, sum(len(again.get(volume, ())) > 1 for volume in doubled))

"""A private engine, what it is asked directly, and a proxy that counts what others ask it."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(os.environ.get("CONDUCTOR_TESTS_ENGINE", ROOT / "target/engines/28")) / "bin"
IMAGE = "conductor-bench/busybox:1"


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("docker", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Engine:
    """A dockerd in namespaces of its own, which `tests/it/support/dockerd.sh` keeps and removes."""

    def __enter__(self):
        # A short path: sockets have at most 107 characters.
        self.directory = Path(tempfile.mkdtemp(prefix="conductor-bench-", dir="/tmp"))
        self.socket = self.directory / "docker.sock"
        script = ROOT / "tests/it/support/dockerd.sh"
        self.supervisor = subprocess.Popen(
            ["bash", script, self.directory, PROGRAMS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        self.supervisor.stdout.readline()
        self.supervisor.stdin.write("start\n")
        self.supervisor.stdin.flush()
        self.await_answer()
        self.import_image()
        return self

    def __exit__(self, *_error):
        self.supervisor.stdin.close()
        self.supervisor.wait()

    def await_answer(self):
        for _ in range(600):
            try:
                return self.call("GET", "/_ping")
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"no engine: {(self.directory / 'log').read_text()[-2000:]}")

    def call(self, method, path, body=None, content_type="application/x-tar"):
        """One request; the answer's bytes."""
        connection = Connection(self.socket)
        connection.request(method, path, body, {"Content-Type": content_type} if body else {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode()}")
        return content

    def get(self, path):
        return json.loads(self.call("GET", path))

    def import_image(self):
        """A static busybox with links to it: an image that needs no registry."""
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory, "root")
            (root / "bin").mkdir(parents=True)
            shutil.copy(shutil.which("busybox"), root / "bin/busybox")
            for applet in ("sh", "sleep"):
                (root / "bin" / applet).symlink_to("busybox")
            tar = subprocess.run(["tar", "-c", "-C", root, "."], check=True, stdout=subprocess.PIPE).stdout
        name, tag = IMAGE.split(":")
        self.call("POST", f"/images/create?fromSrc=-&repo={name}&tag={tag}", tar)

    def containers(self, project):
        """The names and IDs of a project's running containers."""
        filters = json.dumps({"label": [f"com.docker.compose.project={project}"]})
        listed = self.get(f"/containers/json?filters={quote(filters)}")
        return {container["Names"][0].lstrip("/"): container["Id"] for container in listed}

    @contextlib.contextmanager
    def next_start(self, project):
        """Listens from now on; the function that it gives waits for the next start of a container of the project, and answers
        when that was, in seconds since 1970. Nothing is asked meanwhile, so that nothing is slower for being measured."""
        filters = json.dumps({"type": ["container"], "event": ["start"], "label": [f"com.docker.compose.project={project}"]})
        connection = Connection(self.socket)
        connection.request("GET", f"/events?filters={quote(filters)}")
        answer = connection.getresponse()
        try:
            yield lambda: json.loads(answer.readline())["timeNano"] / 1e9
        finally:
            connection.close()

    def last_start(self, project):
        """When the youngest container of a project was started, in seconds since 1970."""
        return max(seconds(self.get(f"/containers/{id}/json")["State"]["StartedAt"])
                   for id in self.containers(project).values())


def seconds(text):
    """RFC 3339 with nanoseconds, which Python does not read, to seconds since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + float(f"0.{fraction or 0}")


class Counter:
    """A socket in front of the engine's that counts requests, and changes none. Those with a length are kept whole."""

    def __init__(self, engine):
        self.engine = engine
        self.socket = engine.directory / "counted.sock"
        self.requests = []
        self.bodies = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.socket))
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def take(self):
        """All requests and the changing ones among them, since the last call."""
        requests, self.requests, self.bodies = self.requests, [], []
        changing = [request for request in requests if is_changing(request)]
        return len(requests), len(changing)

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        engine.connect(str(self.engine.socket))
        threading.Thread(target=copy, args=(engine, client), daemon=True).start()
        source = client.makefile("rb")
        try:
            while self.forward(source, engine):
                pass
            engine.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def forward(self, source, engine):
        """One request; False at the end of the connection."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = source.readline()
            if not line:
                return False
            head += line
        request = b" ".join(head.split(b" ", 2)[:2]).decode()
        self.requests.append(request)
        engine.sendall(head)
        lines = head.decode("latin-1").lower().split("\r\n")
        fields = dict(line.split(":", 1) for line in lines if ":" in line.split(" ")[0])
        if "upgrade" in fields:
            while chunk := source.read1(65536):
                engine.sendall(chunk)
            return False
        if "chunked" in fields.get("transfer-encoding", ""):
            while True:
                size = source.readline()
                engine.sendall(size + source.read(int(size.split(b";")[0], 16) + 2))
                if int(size.split(b";")[0], 16) == 0:
                    return True
        body = source.read(int(fields.get("content-length", 0)))
        self.bodies.append((request, body))
        engine.sendall(body)
        return True


def is_changing(request):
    """Whether a request, with its method first, may change something."""
    return not request.startswith(("GET ", "HEAD "))


def copy(source, target):
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass

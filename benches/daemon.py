"""A daemon to measure: its settings, a bare repository of stacks behind it, its doors."""

import hashlib
import hmac
import http.client
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from engine import IMAGE, Connection

SECRET = "a-secret-of-the-measurement"
# Ends at once when it is asked to, so that no measurement waits for the `sleep` of a shell.
COMMAND = "[\"sh\", \"-c\", \"trap exit TERM; sleep 1000000 & wait\"]"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Repository:
    """A bare repository and a clone that pushes to it."""

    def __init__(self, directory):
        self.bare, self.work = Path(directory, "me/stacks.git"), Path(directory, "work")
        self.bare.parent.mkdir(parents=True)
        self.git("init", "-q", "--bare", "-b", "main", self.bare)
        self.git("init", "-q", "-b", "main", self.work)
        self.git("-C", self.work, "remote", "add", "origin", self.bare)

    def git(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
                       **{f"GIT_{who}_{what}": "bench@example.com" for who in ("AUTHOR", "COMMITTER")
                          for what in ("NAME", "EMAIL")}}
        done = subprocess.run(["git", *map(str, arguments)], env=environment, check=True, stdout=subprocess.PIPE,
                              text=True)
        return done.stdout.strip()

    def stack(self, number, services, value):
        """Writes a stack; one value of its first service is `value`."""
        path = self.work / f"stack{number:02}"
        path.mkdir(parents=True, exist_ok=True)
        lines = ["services:"]
        for service in range(1, services + 1):
            lines += [f"  service{service}:", f"    image: {IMAGE}", f"    command: {COMMAND}", "    init: false",
                      "    environment:", f"      VALUE: \"{value if service == 1 else 0}\""]
        (path / "compose.yaml").write_text("\n".join(lines) + "\n")
        return path

    def push(self, message):
        """Commits and pushes everything; the new revision."""
        self.git("-C", self.work, "add", "-A")
        self.git("-C", self.work, "commit", "-q", "-m", message)
        self.git("-C", self.work, "push", "-q", "origin", "main")
        return self.head()

    def head(self):
        """The revision that was committed last."""
        return self.git("-C", self.work, "rev-parse", "HEAD")


class GitServer:
    """The bare repository over HTTP, by git's own backend."""

    def __init__(self, repository):
        self.root = repository.bare.parent.parent
        backend = Path(subprocess.run(["git", "--exec-path"], check=True, stdout=subprocess.PIPE,
                                      text=True).stdout.strip(), "git-http-backend")
        root = self.root

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                path, _, query = self.path.partition("?")
                environment = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
                    "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}
                body = self.body()
                environment["CONTENT_LENGTH"] = str(len(body))
                done = subprocess.run([backend], input=body, env=environment, stdout=subprocess.PIPE, check=True)
                head, _, content = done.stdout.partition(b"\r\n\r\n")
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                self.send_response(int(fields.pop("Status", "200").split(" ")[0]))
                for name, value in {**fields, "Content-Length": len(content)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                chunks = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)

            do_GET = do_POST = answer

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/me/stacks.git"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()


class Daemon:
    """`conductor serve` over a repository and an engine's socket."""

    def __init__(self, conductor, repository, engine_socket, settings=None):
        self.directory = Path(tempfile.mkdtemp(prefix="conductor-serve-", dir="/tmp"))
        self.hooks, self.metrics = free_port(), free_port()
        secret = self.directory / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        values = {
            "host": "bench", "state_dir": str(self.directory / "state"), "runtime_dir": str(self.directory / "run"),
            "sources": [{"name": "stacks", "url": str(repository.bare), "ref": "main"}],
            "engines": [{"name": "local", "endpoint": f"unix://{engine_socket}"}],
            "listen": {"webhooks": f"127.0.0.1:{self.hooks}", "metrics": f"127.0.0.1:{self.metrics}", "api": "off"},
            "webhooks": [{"provider": "github", "secret_files": [str(secret)]}],
            "limits": {"settling": "0s"}, **(settings or {})}
        self.settings = self.directory / "config.yaml"
        self.settings.write_text(json.dumps(values, indent=1))
        self.log = (self.directory / "log").open("wb")
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.directory)}
        self.process = subprocess.Popen([conductor, "serve", "--config", self.settings], env=environment,
                                        stdout=self.log, stderr=self.log)
        self.socket = self.directory / "run/conductor.sock"
        self.await_(lambda: self.status()["phase"] == "serving")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def await_(self, condition, limit=300, pause=0.05):
        """Waits until `condition` holds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"the daemon ended: {(self.directory / 'log').read_text()[-3000:]}")
            try:
                if condition():
                    return
            except (OSError, KeyError, ValueError, http.client.HTTPException):
                pass
            time.sleep(pause)
        raise SystemExit(f"no end after {limit} s: {(self.directory / 'log').read_text()[-3000:]}")

    def status(self):
        connection = Connection(self.socket)
        connection.request("GET", "/api/v1/status")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def is_calm(self, revision):
        """Whether every stack is at this revision, or was not touched by it, and nothing waits."""
        status = self.status()
        return (not status["runs"] and not status["queue"] and not status["requests"]
                and all(source["revision"] == revision for source in status["sources"])
                and all(stack["sync"] == "in_sync" for stack in status["stacks"]))

    def hook(self, revision, number=0, wait=False):
        """A signed push; the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hooks, timeout=120)
        body = payload(revision, number)
        connection.request("POST", "/hooks/github" + ("?wait=true" if wait else ""), body, headers(body))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def forget_peak(self):
        """From here on the peak of its memory counts anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def memory(self):
        """Resident memory now and at its peak, in MiB."""
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
                      if ":" in line)
        return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))

    def processor(self):
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def payload(revision, number):
    """GitHub's push, as far as anybody reads it; `number` makes each one another."""
    return json.dumps({"ref": "refs/heads/main", "after": revision, "commits": [], "number": number,
                       "repository": {"full_name": "me/stacks"}}).encode()


def headers(body):
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}

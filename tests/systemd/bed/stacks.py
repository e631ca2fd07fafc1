"""The stacks that are to survive: a small web server each, with a volume, a network, a port and a health check."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

IMAGE = "127.0.0.1:5000/stand-in:1"
COUNT = 5
FIRST_PORT = 8081

COMPOSE = """\
services:
  web:
    image: {image}
    command: [sh, -c, "[ -e /data/blob ] || dd if=/dev/urandom of=/data/blob bs=4096 count=16; exec httpd -f -p 80 -h /data"]
    restart: {restart}
    stop_grace_period: 1s
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["data:/data"]
    healthcheck: {{test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/blob"], interval: 3s, timeout: 3s, retries: 3}}
volumes:
  data:
"""


def names():
    return [f"stack{number}" for number in range(1, COUNT + 1)]


def ports():
    return [FIRST_PORT + number for number in range(COUNT)]


def container(stack):
    return f"{stack}-web-1"


def write_repository(bare):
    """A bare repository with all stacks; most restart unless stopped, as people mostly write it."""
    with tempfile.TemporaryDirectory() as work:
        for number, (stack, port) in enumerate(zip(names(), ports())):
            place = Path(work, stack)
            place.mkdir()
            restart = "always" if number == COUNT - 1 else "unless-stopped"
            (place / "compose.yaml").write_text(COMPOSE.format(image=IMAGE, restart=restart, port=port))
        git = ["git", "-c", "user.name=table", "-c", "user.email=table@localhost", "-C", work]
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Stacks"]):
            subprocess.run([*git, *words], check=True)
        # Not cloned to there: git would follow `/proc/PID/root` to the root of this machine.
        shutil.copytree(Path(work, ".git"), bare)
        subprocess.run(["git", "config", "-f", bare / "config", "core.bare", "true"], check=True)


def prepare(machine):
    """The image in a registry of the machine's own, and the repository of the stacks on its disk."""
    machine.run("systemctl", "enable", "-q", "--now", "docker-registry.service")
    machine.run("sh", "-ec", f"""
        docker import /opt/stand-in.tar {IMAGE} >/dev/null
        for try in 1 2 3 4 5 6 7 8 9 10; do docker push -q {IMAGE} >/dev/null 2>&1 && exit; sleep 0.5; done
        docker push {IMAGE}""")
    write_repository(machine.path("/srv/stacks.git"))


def checksums(machine):
    """What each stack serves of its volume, as a hash; None where it serves nothing."""
    pages = [machine.fetch(port, "/blob") for port in ports()]
    return [hashlib.sha256(page).hexdigest() if page and len(page) == 65536 else None for page in pages]


def stored(machine, data_root):
    """The same from the disk."""
    found = []
    for stack in names():
        try:
            blob = machine.path(f"{data_root}/volumes/{stack}_data/_data/blob").read_bytes()
            found.append(hashlib.sha256(blob).hexdigest())
        except OSError:
            found.append(None)
    return found

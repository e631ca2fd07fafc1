"""What is done to Docker, and what is expected of whoever looks after it."""

from dataclasses import dataclass

# It comes back, with all stacks and their data.
HEALED = "healed"
# Nothing on the machine can heal it: it is reported, and nothing is made worse.
REPORTED = "reported"
# Somebody wanted it so.
LEFT = "left alone"


@dataclass(frozen=True)
class Scenario:
    """`name` is that of break.sh; `limit` the seconds within which all stacks are to be healthy, from the failure on;
    `first` is done to the machine before the stacks come, `only` names the Debian that can fail so."""

    name: str
    expected: str
    about: str
    limit: int = 90
    first: str = ""
    quick: bool = False
    only: str = ""


def on_disk(name, about):
    return Scenario(name, REPORTED, about, first="small-root")


ALL = [
    Scenario("crash", HEALED, "dockerd is killed", limit=15, quick=True),
    Scenario("exit-clean", HEALED, "dockerd ends by itself, with success", limit=30),
    Scenario("hang-all", HEALED, "dockerd is stopped by a signal", quick=True),
    Scenario("deadlock", HEALED, "dockerd hangs, and only SIGKILL ends it"),
    Scenario("containerd-hang", HEALED, "containerd is stopped by a signal", quick=True),
    Scenario("containerd-crash", HEALED, "containerd is killed"),
    Scenario("containerd-massacre", HEALED, "containerd and all shims are killed"),
    Scenario("containerd-stop", HEALED, "`systemctl stop containerd`, while Docker goes on"),
    Scenario("shim-hang", HEALED, "one shim is stopped by a signal, and its container's lock is taken"),
    Scenario("shim-kill", HEALED, "one shim is killed"),
    Scenario("ghost-name", HEALED, "a container's configuration is empty, its process lives"),
    Scenario("hostconfig", HEALED, "a container's host configuration is empty"),
    Scenario("start-limit", REPORTED, "daemon.json is no JSON"),
    Scenario("stale-pid", HEALED, "the pid file names another process"),
    Scenario("socket-gone", HEALED, "the socket's file is removed"),
    Scenario("netdb-empty", HEALED, "network database empty"),
    Scenario("netdb-garbage", HEALED, "network database overwritten", quick=True),
    Scenario("netdb-short", HEALED, "network database truncated"),
    Scenario("voldb-garbage", HEALED, "volume database overwritten"),
    Scenario("repositories", HEALED, "list of images empty"),
    Scenario("layerdb", HEALED, "a layer's description is missing"),
    Scenario("layer-dir", REPORTED, "a layer's files are missing, and all that is made of it goes on"),
    Scenario("metadb-garbage", HEALED, "containerd's database overwritten"),
    Scenario("uuid-empty", HEALED, "containerd's own identity empty"),
    Scenario("iptables-flush", HEALED, "all rules of the packet filter flushed"),
    Scenario("bridge-gone", HEALED, "docker0 removed"),
    Scenario("cgroup-ro", REPORTED, "a hierarchy of cgroups is read-only (version 1 has several)", only="bookworm"),
    Scenario("driver-mismatch", REPORTED, "another storage driver: the engine is empty"),
    Scenario("rm-stuck", HEALED, "a container cannot be removed"),
    on_disk("disk-full", "no space below the data root"),
    on_disk("inodes-full", "no inodes below the data root"),
    on_disk("fs-abort", "the file system is read-only since an error"),
    Scenario("frozen", REPORTED, "dockerd cannot even be killed"),
    Scenario("operator-stop", LEFT, "`systemctl stop docker`", quick=True),
    Scenario("package-upgrade", HEALED, "dpkg stops and starts Docker", limit=60),
    Scenario("package-forgets", LEFT, "dpkg stops Docker and leaves it so"),
    Scenario("paused", LEFT, "watching is paused, then dockerd ends"),
    Scenario("reboot", HEALED, "the machine is rebooted"),
    Scenario("power-cut", HEALED, "the machine loses its power"),
]
# Data root beyond a start, images from a registry, where the settings allow a rebuild.
REBUILD = Scenario("data-root", HEALED, "the data root is corrupt beyond a start; a rebuild is allowed", limit=600)


def named(names):
    known = {scenario.name: scenario for scenario in [*ALL, REBUILD]}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no scenario `{unknown[0]}`; there are: {', '.join(known)}")
    return [known[name] for name in names]

#!/usr/bin/env bash
# Keeps one private dockerd in namespaces of its own (network, mounts, processes) and takes orders on its input.
#
#   dockerd.sh DIR PATH [FLAG...]      DIR: everything the daemon writes; PATH: where its programs are
#
# Orders, each answered by one line: `start` (the daemon's process), `signal NAME`, `await` (the daemon's end).
# The end of the input, however the test process ended, ends everything in the namespaces and removes DIR.
set -u
dir=$1
parent=/conductor-test-${dir##*/}

if [ "${2:-}" != --inside ]; then
  unshare --net --mount --propagation slave --pid --fork --kill-child \
    bash "$0" "$dir" --inside "${@:2}"
  # The processes are gone, and with them mounts and network; cgroups and files remain.
  for _ in 1 2 3 4 5; do
    find /sys/fs/cgroup -depth -type d -path "/sys/fs/cgroup*$parent*" -exec rmdir {} + 2>/dev/null
    [ -n "$(find /sys/fs/cgroup -maxdepth 2 -type d -path "*$parent" 2>/dev/null)" ] || break
    sleep 0.2
  done
  rm -rf --one-file-system "$dir"
  exit
fi

# From here on: process 1 of the namespaces. Bash, because it reaps whatever becomes an orphan.
PATH=$3:$PATH
flags=("${@:4}")
read -r machine_pid _ </proc/self/stat
mkdir -p "$dir/proc" "$dir/exec"
mount --bind /proc "$dir/proc"
mount -t proc proc /proc
ip link set lo up
# The devices of this network, without mounting /sys anew: that would hide the cgroups.
mkdir -p "$dir/sys"
mount -t sysfs sysfs "$dir/sys"
for place in devices/virtual/net class/net; do mount --bind "$dir/sys/$place" "/sys/$place"; done
# What daemons would share with the machine's own: sockets of shims, plugins, keys.
for place in /run/containerd /run/docker /etc/docker; do
  mkdir -p "$place"
  mount -t tmpfs tmpfs "$place"
done
echo "{}" >"$dir/daemon.json"

start() {
  (
    read -r pid _ <"$dir/proc/self/stat"
    echo "$pid" >"$dir/machine.pid"
    exec dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
      --pidfile "$dir/pid" -H "unix://$dir/docker.sock" --group root --log-level warn --cgroup-parent "$parent" \
      --exec-opt native.cgroupdriver=cgroupfs --default-address-pool base=10.200.0.0/16,size=24 "${flags[@]}"
  ) >>"$dir/log" 2>&1 </dev/null &
  daemon=$!
}

daemon=
echo "$machine_pid"
while read -r order argument; do
  case $order in
    start) start; echo started ;;
    signal) kill -s "$argument" "$daemon" 2>/dev/null; echo signalled ;;
    await) wait "$daemon" 2>/dev/null; echo ended ;;
    *) echo "unknown order $order" ;;
  esac
done

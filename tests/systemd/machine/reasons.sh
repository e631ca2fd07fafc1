# shellcheck shell=bash disable=SC2154 # places is machine.sh's
# Sourced by machine.sh: what a machine needs of this one.

# One line for each reason why no machine can boot here.
reasons() {
  local program
  if [ "$(id -u)" != 0 ]; then echo "a machine with systemd needs root"; return; fi
  for program in systemd-nspawn debootstrap nsenter setpriv; do
    command -v "$program" >/dev/null || echo "a machine with systemd needs the program \`$program\` (tests/setup.sh installs it)"
  done
  if [ ! -e /sys/fs/cgroup/cgroup.procs ] && [ ! -e /sys/fs/cgroup/systemd/cgroup.procs ]; then
    echo "a machine with systemd needs cgroups: neither /sys/fs/cgroup nor /sys/fs/cgroup/systemd is a hierarchy"
  elif ! writable_cgroups; then
    echo "a machine with systemd needs cgroups that it may write to"
  fi
  if ! unshare --net --mount --pid --uts --ipc --cgroup --fork true 2>/dev/null; then
    echo "a machine with systemd needs the right to make namespaces"
  fi
  overlays || echo "a machine with systemd needs an overlay over $places: its file system cannot carry one"
}

writable_cgroups() {
  local place=/sys/fs/cgroup/systemd
  if [ -e /sys/fs/cgroup/cgroup.procs ]; then place=/sys/fs/cgroup; fi
  mkdir "$place/conductor-machine-try.$$" 2>/dev/null && rmdir "$place/conductor-machine-try.$$"
}

overlays() {
  local try
  try=$(mktemp -d "$places/try.XXXXXX")
  mkdir "$try/lower" "$try/upper" "$try/work" "$try/merged"
  local ended=0
  unshare --mount mount -t overlay overlay \
    -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null || ended=1
  rm -rf --one-file-system "$try"
  return $ended
}

require() {
  local found
  found=$(reasons)
  [ -z "$found" ] || { printf 'machine: %s\n' "$found" >&2; exit 3; }
}

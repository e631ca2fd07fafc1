# shellcheck shell=bash disable=SC2154 # place, name, cgroup are machine.sh's
# Sourced by machine.sh: switches a machine off, and clears away what it leaves.

# Waits until a process is gone, at most so many tenths of a second.
await_end() {
  local tries
  for ((tries = 0; tries < $2; tries++)); do
    [ -d "/proc/$1" ] || return 0
    sleep 0.1
  done
  return 1
}

power_off() {
  local pid
  pid=$(leader) || return 0
  kill -s RTMIN+4 "$pid" 2>/dev/null || true
  await_end "$pid" 900 || { say "\`$name\` does not power off; its power is cut"; cut_power; }
}

# With process 1 of the namespace the kernel ends all others in it. Were nspawn killed instead, they would all live on.
cut_power() {
  local pid nspawn
  thaw
  nspawn=$(keeper) || nspawn=''
  if pid=$(leader); then
    kill -s KILL "$pid" 2>/dev/null || true
    await_end "$pid" 300 || die "process $pid, the first of \`$name\`, does not end"
  fi
  if [ -n "$nspawn" ] && ! await_end "$nspawn" 50; then kill -s KILL "$nspawn" 2>/dev/null || true; fi
}

# A frozen process cannot even be killed.
thaw() {
  local frozen
  for frozen in /sys/fs/cgroup/freezer/"$cgroup"/{,*/,*/*/}freezer.state; do
    if [ -e "$frozen" ]; then echo THAWED >"$frozen" 2>/dev/null || true; fi
  done
}

clear_away() {
  local tries group left
  rm -f "$place/nspawn.pid"
  for ((tries = 0; tries < 50; tries++)); do
    left=''
    if mountpoint -q "$place/root" && ! umount "$place/root" 2>/dev/null; then left=yes; fi
    for group in /sys/fs/cgroup/"$cgroup" /sys/fs/cgroup/*/"$cgroup"; do
      [ -d "$group" ] || continue
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || left=yes
    done
    [ -n "$left" ] || return 0
    sleep 0.1
  done
  say "something of \`$name\` is still in use"
}

remove() {
  if mountpoint -q "$place/root"; then die "$place/root is still mounted"; fi
  if [ -d "$place" ]; then
    chattr -R -i "$place/docker" 2>/dev/null || true # some failures make files unchangeable
    rm -rf --one-file-system "$place"
  fi
}

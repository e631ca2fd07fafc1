# shellcheck shell=bash disable=SC2154 # places, base, place, name, cgroup are machine.sh's
# Sourced by machine.sh: boots a machine, and waits for it.

# Writes go to a layer of the machine's own. Docker's data are real directories: overlays cannot lie on an overlay.
lay_out() {
  mkdir -p "$place"/{upper,work,root,docker,containerd,share}
  mountpoint -q "$place/root" ||
    mount -t overlay "$cgroup" -o "lowerdir=$base/root,upperdir=$place/upper,workdir=$place/work" "$place/root"
  echo "$name" >"$place/root/etc/hostname"
}

# Groups of the machine's own in every hierarchy, so that nothing in it is among the groups of this machine's Docker.
own_cgroups() {
  local hierarchy group
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    group=$hierarchy/$cgroup
    mkdir -p "$group"
    if [ -e "$group/cpuset.cpus" ] && [ -e "$group/cgroup.clone_children" ]; then
      cat "$hierarchy/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$group/cpuset.mems"
      echo 1 >"$group/cgroup.clone_children"
    fi
    echo "$BASHPID" >"$group/cgroup.procs"
  done
}

nspawn_options() {
  local device bind
  options=(
    --directory="$place/root" --machine="$cgroup" --register=no --quiet --console=pipe --link-journal=no
    --resolv-conf=off --timezone=off --private-network --kill-signal=SIGRTMIN+4
    --capability=all "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO"
    "--system-call-filter=add_key keyctl bpf"
    --bind="$place/docker:/var/lib/docker" --bind="$place/containerd:/var/lib/containerd" --bind="$place/share:/share"
    --bind-ro="$here/break:/break"
  )
  # Where systemd runs here, it makes the groups; elsewhere they are made above.
  [ -d /run/systemd/system ] || options+=(--keep-unit)
  for device in /dev/loop-control /dev/loop[0-9]* /dev/fuse; do
    if [ -e "$device" ]; then options+=(--bind="$device"); fi
  done
  for bind in ${CONDUCTOR_MACHINE_BIND:-}; do options+=(--bind="$bind"); done
}

# Lives as long as the machine is switched on: a machine that reboots ends with 133, and is started again.
supervise() {
  local ended
  [ -d /run/systemd/system ] || own_cgroups
  export SYSTEMD_NSPAWN_API_VFS_WRITABLE=1
  # Newer ones know version 2 of cgroups alone.
  [ "$suite" = bookworm ] || export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
  while :; do
    systemd-nspawn "${options[@]}" /sbin/machine-init </dev/null &
    echo $! >"$place/nspawn.pid"
    ended=0
    wait $! || ended=$?
    echo "--- nspawn ended with $ended"
    [ "$ended" = 133 ] || break
  done
}

boot() {
  if keeper >/dev/null; then die "\`$name\` runs already"; fi
  lay_out
  local options=() tries
  nspawn_options
  rm -f "$place/nspawn.pid"
  (supervise) >>"$place/console" 2>&1 </dev/null &
  disown
  for ((tries = 0; tries < 900; tries++)); do
    case $(state) in running | degraded) return ;; esac
    # Ended before it began.
    if ((tries > 20)) && ! keeper >/dev/null; then break; fi
    sleep 0.05
  done
  tail -n 15 "$place/console" >&2
  die "\`$name\` does not boot: systemd is \`$(state)\`"
}

state() {
  local pid
  if pid=$(leader); then nsenter --target "$pid" --all systemctl is-system-running 2>/dev/null || true; fi
}

await_docker() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    if enter curl -fs -m 2 --unix-socket /run/docker.sock http://docker/_ping >/dev/null; then return; fi
    sleep 0.1
  done
  die "the Docker of \`$name\` does not answer"
}

keep() {
  trap 'cut_power; clear_away; remove' EXIT
  trap 'exit 143' TERM INT HUP
  cut_power
  clear_away
  remove
  boot
  await_docker
  echo ready
  cat >/dev/null
}

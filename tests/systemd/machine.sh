#!/usr/bin/env bash
# Machines to break: Debian with systemd as process 1 and a real docker.service, in namespaces of their own.
#
#   machine.sh base                builds the root file system that all share, once            (1 to 2 minutes)
#   machine.sh up NAME             boots a machine and waits for its Docker                    (about a second)
#   machine.sh exec NAME COMMAND   runs a command in it
#   machine.sh leader NAME         its process 1, as this machine sees it
#   machine.sh down NAME           powers it off; its disk stays, and `up` boots it again
#   machine.sh cut NAME            cuts its power
#   machine.sh purge NAME          cuts its power and removes it
#   machine.sh keep NAME           `up`, says `ready`, and `purge` at the end of its input, however the caller ended
#   machine.sh list                the machines that run
#   machine.sh can                 says why no machine can boot here; nothing where one can
#
# CONDUCTOR_MACHINE_SUITE: bookworm (Docker 20.10), trixie (26.1) or sid.  CONDUCTOR_MACHINE_DIR: where all is kept
# (target/machines).  CONDUCTOR_MACHINE_BIND: more to mount, "/here:/there ...".
# Needs root, systemd-container and debootstrap (tests/setup.sh installs both). A machine has its own network, without a
# way out, and its own cgroups; it cannot set the clock nor load modules. The Docker of this machine is not touched.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=${CONDUCTOR_MACHINE_SUITE:-bookworm}
places=${CONDUCTOR_MACHINE_DIR:-$here/../../target/machines}
mkdir -p "$places"
places=$(cd "$places" && pwd)
# shellcheck disable=SC2034 # of machine/*.sh
base=$places/base-$suite
for part in reasons base boot stop; do
  # shellcheck source=/dev/null
  source "$here/machine/$part.sh"
done

say() { echo "machine: $*" >&2; }
die() { say "$*"; exit 1; }

# Sets what belongs to one machine.
named() {
  name=${1:?which machine? see \`machine.sh help\`}
  [[ $name =~ ^[a-z][a-z0-9-]{0,20}$ ]] || die "\`$name\` is no name of a machine: lower case letters, digits and dashes"
  place=$places/$name
  cgroup=conductor-machine-$name
}

# The process of systemd-nspawn, if it is this machine's: a number alone may long be another's.
keeper() {
  local pid
  pid=$(cat "$place/nspawn.pid" 2>/dev/null) || return 1
  { tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qxF -- "--machine=$cgroup" && echo "$pid"
}

# Process 1 of the machine, as this machine sees it.
leader() {
  local pid child inside children
  pid=$(keeper) || return 1
  read -ra children <"/proc/$pid/task/$pid/children" || true
  for child in "${children[@]}"; do
    inside=$(awk '/^NSpid:/ { print $NF }' "/proc/$child/status" 2>/dev/null) || continue
    if [ "$inside" = 1 ]; then echo "$child"; return; fi
  done
  return 1
}

# The command inherits neither environment nor the rights that would reach this machine through its kernel: the clock above all.
enter() {
  local pid inside ended=0
  pid=$(leader) || die "\`$name\` does not run"
  nsenter --target "$pid" --all setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot --inh-caps=-all \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
    SYSTEMD_PAGER=cat "$@" <&0 &
  inside=$!
  # At its end systemd stops everything for a moment. nsenter then stops itself, too, but nobody lets it go on: the machine
  # would wait for it for ever.
  (while sleep 1 && kill -CONT "$inside"; do :; done) </dev/null >/dev/null 2>&1 &
  wait "$inside" || ended=$?
  kill $! 2>/dev/null || true
  return "$ended"
}

running() {
  local each
  for each in "$places"/*/nspawn.pid; do
    [ -e "$each" ] || continue
    named "$(basename "$(dirname "$each")")"
    if keeper >/dev/null; then echo "$name"; fi
  done
}

order=${1:-help}
shift || true
case $order in
  base) require; build_base ;;
  up) named "$@"; require; build_base; boot; await_docker ;;
  exec) named "$@"; shift; enter "$@" ;;
  leader) named "$@"; leader ;;
  down) named "$@"; power_off; clear_away ;;
  cut) named "$@"; cut_power; clear_away ;;
  purge) named "$@"; cut_power; clear_away; remove ;;
  keep) named "$@"; require; build_base; keep ;;
  list) running ;;
  can) reasons ;;
  help | -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" ;;
  *) die "unknown order \`$order\`; see \`machine.sh help\`" ;;
esac

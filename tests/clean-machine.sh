#!/usr/bin/env bash
# Runs commands on a machine that has nothing yet: a minimal Debian in namespaces of its own, with its own network.
#
#   tests/clean-machine.sh [OPTION...] [COMMAND...]
#
#   COMMAND...       each is run by bash in a clean checkout (HEAD of this one), as root; the first that fails ends it
#                    (default: `./install.sh --example`, then `conductor sync` again)
#   --suite SUITE    of Debian                        (default: bookworm)
#   --target DIR     where cargo builds, to be used again; it need not exist (default: thrown away)
#   --disk-run       /run is on the disk, as where there is no systemd; otherwise it is in memory
#
# For developers: it needs root, debootstrap, iptables, a mirror, and Rust in ~/.cargo and ~/.rustup, which the machine sees.
# At its end everything that ran in there is gone. No systemd runs in there.
set -euo pipefail

say() { echo "clean-machine: $*" >&2; }
cargo_home=${CARGO_HOME:-$HOME/.cargo}
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
outer=10.213.77.1
inner=10.213.77.2

# Process 1 of the namespaces: puts the machine together, and becomes the shell that runs the commands.
inside() {
  local machine=$1/machine disk_run=$2 target=$3 place
  shift 3
  read -r _ <&3 # The network is there.
  exec 3<&-
  ip link set lo up
  ip link set inside up
  ip addr add "$inner/30" dev inside
  ip route add default via "$outer"

  mount --make-rprivate /
  mount --bind "$machine" "$machine"
  mount -t proc proc "$machine/proc"
  mount --rbind /sys "$machine/sys"
  # The devices of this network, without mounting /sys anew: that would hide the cgroups.
  mkdir -p "$machine/mnt/sys" "$machine/mnt/outside"
  mount -t sysfs sysfs "$machine/mnt/sys"
  for place in devices/virtual/net class/net; do mount --bind "$machine/mnt/sys/$place" "$machine/sys/$place"; done
  mount --rbind /dev "$machine/dev"
  mount -t tmpfs tmpfs "$machine/dev/shm"
  if [ -z "$disk_run" ]; then mount -t tmpfs -o mode=755 tmpfs "$machine/run"; fi
  for place in "$cargo_home" "$rustup_home"; do
    mkdir -p "$machine$place"
    mount --bind "$place" "$machine$place"
  done
  if [ -n "$target" ]; then
    mkdir -p "$machine/src/conductor/target"
    mount --bind "$target" "$machine/src/conductor/target"
  fi
  # Not only chroot: containers need a root that is a mount.
  cd "$machine"
  pivot_root . mnt/outside
  umount -l /mnt/outside
  # shellcheck disable=SC2016 # For the shell in there.
  exec env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 CARGO_HOME="$cargo_home" RUSTUP_HOME="$rustup_home" \
    PATH="$cargo_home/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    bash -c 'cd /src/conductor || exit
      for command; do
        echo; echo "=== $command"; start=$SECONDS
        bash -c "$command"; code=$?
        echo "=== exit code $code after $((SECONDS - start)) s"
        [ $code = 0 ] || exit $code
      done' bash "$@"
}

if [ "${1:-}" = --inside ]; then
  shift
  inside "$@"
fi

suite=bookworm target='' disk_run=''
while [ $# -gt 0 ]; do
  case $1 in
    --suite) suite=${2:?--suite needs a name}; shift 2 ;;
    --target) mkdir -p "${2:?--target needs a directory}"; target=$(cd "$2" && pwd); shift 2 ;;
    --disk-run) disk_run=yes; shift ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    --*) say "unknown option \`$1\`"; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- './install.sh --example' 'conductor sync'
[ "$(id -u)" = 0 ] || { say "needs root"; exit 1; }
for program in debootstrap iptables unshare pivot_root ip git; do
  command -v "$program" >/dev/null || { say "needs $program"; exit 1; }
done
if ip link show clean0 >/dev/null 2>&1; then say "one is running already (or \`ip link del clean0\`)"; exit 1; fi

# --- the machine: a minimal Debian, unpacked anew each time -----------------------------------------------------------

cache=${XDG_CACHE_HOME:-$HOME/.cache}/conductor-clean-machine
mkdir -p "$cache"
if [ ! -e "$cache/$suite.tar" ]; then
  say "fetching Debian $suite"
  mirror=$(awk '/^URIs:/ && $2 !~ /security/ {print $2; exit} $1=="deb" && $2 !~ /security|^\[/ {print $2; exit}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null | head -n 1)
  rm -rf "$cache/new"
  debootstrap --variant=minbase --include=iproute2 "$suite" "$cache/new" "${mirror:-http://deb.debian.org/debian}" >"$cache/$suite.log" 2>&1 ||
    { tail -n 5 "$cache/$suite.log" >&2; exit 1; }
  tar -C "$cache/new" -cf "$cache/$suite.tar.part" .
  mv "$cache/$suite.tar.part" "$cache/$suite.tar"
  rm -rf "$cache/new"
fi
directory=$(mktemp -d /var/tmp/clean-machine.XXXXXX)
mkdir "$directory/machine"
tar -C "$directory/machine" -xf "$cache/$suite.tar"
cat /etc/resolv.conf >"$directory/machine/etc/resolv.conf"
echo "127.0.0.1 localhost $(hostname)" >"$directory/machine/etc/hosts"
checkout=$(cd "$(dirname "$0")/.." && pwd)
git clone -q --no-hardlinks "$checkout" "$directory/machine/src/conductor"

# --- its network: a pair of interfaces, and addresses translated on their way out -------------------------------------

forwarding=$(cat /proc/sys/net/ipv4/ip_forward)
rules=("-t nat POSTROUTING -s $inner -j MASQUERADE" "FORWARD -s $inner -j ACCEPT" "FORWARD -d $inner -j ACCEPT")
# A rule is told as "[-t TABLE] CHAIN ..."; the order goes before the chain.
rule() { local words; read -ra words <<<"$2"; if [ "${words[0]}" = -t ]; then iptables -t "${words[1]}" "$1" "${words[@]:2}"; else iptables "$1" "${words[@]}"; fi; }
# shellcheck disable=SC2317 # The trap calls it.
clean_up() {
  for each in "${rules[@]}"; do rule -D "$each" 2>/dev/null || true; done
  ip link del clean0 2>/dev/null || true
  echo "$forwarding" >/proc/sys/net/ipv4/ip_forward
  # The processes are gone; the cgroups that their engine made are empty.
  find /sys/fs/cgroup -depth -type d -path '/sys/fs/cgroup*/docker*' -exec rmdir {} + 2>/dev/null || true
  rm -rf --one-file-system "$directory"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
mkfifo "$directory/go"
unshare --net --mount --pid --ipc --uts --fork --kill-child \
  bash "$0" --inside "$directory" "$disk_run" "$target" "$@" 3<>"$directory/go" &
pid=$!
ip link add clean0 mtu 1400 type veth peer name inside mtu 1400
# The network namespace is that of unshare's own process, once it has entered it.
until [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set inside netns "$pid"
ip addr add "$outer/30" dev clean0
ip link set clean0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
for each in "${rules[@]}"; do rule -I "$each"; done
echo go >"$directory/go"
ended=0
wait "$pid" || ended=$?
exit "$ended"

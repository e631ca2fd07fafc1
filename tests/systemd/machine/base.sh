# shellcheck shell=bash disable=SC2154 # places, suite and base are machine.sh's
# Sourced by machine.sh: the root file system below all machines of a suite, made once and never written to again.

packages=(
  systemd systemd-sysv dbus                              # process 1 and its bus
  docker.io containerd runc iptables iproute2 e2fsprogs  # the engine, and what it calls
  docker-registry                                        # where images come from when the engine has lost its own
  busybox-static curl procps kmod util-linux             # the image of the stacks, and what scripts use
)
# What would only disturb measurements, or wait for a network and a terminal that are not there.
noise=(
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
  getty@tty1.service console-getty.service systemd-networkd-wait-online.service systemd-timesyncd.service
)

mirror() {
  local found
  found=$(awk '/^URIs:/ && $2 !~ /security/ { print $2; exit } $1 == "deb" && $2 !~ /security|^\[/ { print $2; exit }' \
    /etc/apt/sources.list.d/debian*.sources /etc/apt/sources.list 2>/dev/null | head -n 1) || true
  grep -qi '^ID=debian' /etc/os-release || found=''
  echo "${found:-http://deb.debian.org/debian}"
}

build_base() (
  exec 9>"$places/base-$suite.lock"
  flock 9
  if [ -e "$base/complete" ]; then return; fi
  local start=$SECONDS root=$base/root cli=()
  # From trixie on, the client is a package of its own.
  [ "$suite" = bookworm ] || cli=(docker-cli)
  say "building Debian $suite with Docker, once, in $base"
  rm -rf --one-file-system "$base"
  mkdir -p "$root"
  local include
  include=$(IFS=,; echo "${packages[*]} ${cli[*]}")
  include=${include// /,}
  debootstrap --variant=minbase --include="${include%,}" \
    "$suite" "$root" "$(mirror)" >"$base/log" 2>&1 9>&- || { tail -n 5 "$base/log" >&2; die "debootstrap failed: $base/log"; }
  chroot "$root" systemctl mask "${noise[@]}" 2>/dev/null
  chroot "$root" systemctl disable docker-registry.service 2>/dev/null
  mkdir -p "$root/var/log/journal" "$root/share"
  : >"$root/etc/machine-id"
  first_process >"$root/sbin/machine-init"
  chmod 755 "$root/sbin/machine-init"
  stand_in "$root"
  registry >"$root/etc/docker/registry/config.yml"
  # The index and the cache of packages are of no use without a network.
  rm -rf "$root/var/lib/apt/lists" "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root/usr/share/doc" "$root/usr/share/locale" "$root/usr/share/man"
  touch "$base/complete"
  say "built in $((SECONDS - start)) s"
)

# On version 1 of cgroups nspawn hands the controllers over read-only, and systemd looks once, at its start, whether it may
# write there: so they are made writable before it.
first_process() {
  cat <<'INIT'
#!/bin/sh
for controller in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$controller" 2>/dev/null; done
exec /lib/systemd/systemd
INIT
}

# An image from nothing but busybox, as a file that `docker load` and `docker import` need no registry for.
stand_in() {
  local tree=$1/opt/stand-in name
  mkdir -p "$tree"/{bin,data,www/cgi-bin,tmp}
  cp "$1/bin/busybox" "$tree/bin/busybox"
  for name in sh sleep cat echo wget httpd sha256sum dd test touch true id mkdir; do ln -sf busybox "$tree/bin/$name"; done
  tar -C "$tree" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$1/opt/stand-in.tar" .
  rm -rf "$tree"
}

# For whoever is on the machine, without a password.
registry() {
  cat <<'YAML'
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: /var/lib/docker-registry}
  delete: {enabled: true}
http: {addr: "127.0.0.1:5000"}
YAML
}

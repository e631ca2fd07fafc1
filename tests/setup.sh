#!/usr/bin/env bash
# Installs what the tests need, on Debian or Ubuntu, as root. Starts nothing, enables nothing, and leaves what runs alone.
#
# Elsewhere, or without root, it says what is missing: the tests that need it then say `skipped: …`.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  gcc libc6-dev make perl pkg-config          # OpenSSL and libgit2, built from source
  git ca-certificates openssl                 # the git server's side, and its certificates
  docker.io runc iptables iproute2 util-linux # the distribution's engine, and what private ones need
  tini                                        # docker-init
  busybox-static tar                          # images that need no registry
  lighttpd lighttpd-mod-openssl               # git over HTTPS
  openssh-server                              # git over SSH
  apache2-utils                               # the registry's password file
  systemd-container debootstrap e2fsprogs     # machines with systemd, whose Docker is broken on purpose
  jq shellcheck python3                       # scripts
  prometheus                                  # promtool: metrics, alert rules
)
# What these packages would start at the next boot, were they left to themselves.
units=(docker.service docker.socket containerd.service ssh.service ssh.socket lighttpd.service prometheus.service)

say() { echo "setup: $*" >&2; }
installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

if ! command -v dpkg-query >/dev/null; then
  say "not Debian or Ubuntu; tests need the like of: ${packages[*]}"
  exit 0
fi
missing=()
for package in "${packages[@]}"; do
  # Docker's own packages are an engine, too.
  if [ "$package" = docker.io ] && command -v dockerd >/dev/null; then continue; fi
  if [ "$package" = runc ] && command -v runc >/dev/null; then continue; fi
  installed "$package" || missing+=("$package")
done
if ! grep -qi '^ID=debian' /etc/os-release && ! installed debian-archive-keyring; then missing+=(debian-archive-keyring); fi

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    say "missing, and only root can install: ${missing[*]}"
  else
    say "installing ${missing[*]}"
    # The way to tell maintainer scripts that no service may be started; a policy that is there already stays.
    policy=/usr/sbin/policy-rc.d ours=''
    if [ ! -e $policy ]; then
      ours=yes
      trap 'rm -f $policy' EXIT
      printf '#!/bin/sh\nexit 101\n' >$policy
      chmod +x $policy
    fi
    # On a machine with systemd: what is not enabled before is not enabled afterwards.
    disable=()
    if [ -d /run/systemd/system ]; then
      for unit in "${units[@]}"; do systemctl -q is-enabled "$unit" 2>/dev/null || disable+=("$unit"); done
    fi
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=yes
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
    if [ -n "$ours" ]; then rm -f $policy; trap - EXIT; fi
    for unit in "${disable[@]}"; do systemctl -q disable "$unit" 2>/dev/null || true; done
  fi
fi
# Both wait for a mirror more than they compute.
reasons=$(tests/systemd/machine.sh can)
base=''
if [ -z "$reasons" ]; then
  tests/systemd/machine.sh base &
  base=$!
else
  say "tests in a booted machine will be skipped: ${reasons%%$'\n'*}"
fi
tests/engines.sh || say "tests against the newer engine will be skipped"
if [ -n "$base" ]; then wait "$base" || say "tests in a booted machine will be skipped"; fi

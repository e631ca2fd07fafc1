#!/usr/bin/env bash
# Installs Conductor from its checkout.
#
#   ./install.sh [OPTION...]
#
#   --example       install what is missing, the Docker Engine too, start the engine, and bring up the example
#   --docker        install the Docker Engine of the distribution where there is none, and start it
#   --service       let systemd run `conductor serve`, from the boot on; it starts once there are settings
#   --prefix DIR    install the program to DIR/bin                       (default: /usr/local)
#   --binary FILE   install this program, and build nothing
#   --uninstall     remove the program and its service; keep settings, state and containers, and say where they are
#   --dry-run       say what would be done, and change nothing
#   --help          this text
#
# Without --docker or --example it installs the program, what building it needs (a C compiler, make and perl; Rust has to
# be there), /etc/conductor for settings and /var/lib/conductor for state. It asks `sudo` where it is not run by root.
# It may be run again at any time: what is there stays.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=/usr/local
binary=
uninstall='' dry_run='' docker='' example='' service=''
unit=/etc/systemd/system/conductor.service
socket=/var/run/docker.sock
settings=/etc/conductor
state=/var/lib/conductor

say() { echo "install: $*" >&2; }
die() { echo "install: $1" >&2; shift; for line in "$@"; do echo "  $line" >&2; done; exit 1; }
have() { command -v "$1" >/dev/null; }

# Does something, or says that it would.
run() { if [ -n "$dry_run" ]; then echo "would run: $*" >&2; else "$@"; fi; }
# The same as root.
root() { if [ "$(id -u)" = 0 ]; then run "$@"; else run sudo "$@"; fi; }

main() {
  options "$@"
  if [ -n "$uninstall" ]; then remove; return; fi
  [ "$(uname -s)" = Linux ] || die "Conductor runs on Linux, and this is $(uname -s)"
  [ "$(id -u)" = 0 ] || have sudo || die "this needs root, and there is no sudo" "run it as root"

  install_packages
  if [ -z "$binary" ]; then build; fi
  install_program
  if [ -n "$docker" ]; then start_engine; fi
  if [ -n "$service" ]; then install_service; fi
  if [ -n "$example" ]; then
    run "$checkout/compose/example/run.sh" --conductor "$prefix/bin/conductor"
  elif [ -z "$dry_run" ]; then
    say "installed; next: \`conductor --help\`, and README.md for a first repository"
  fi
}

options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --example) example=yes docker=yes; shift ;;
      --docker) docker=yes; shift ;;
      --service) service=yes; shift ;;
      --prefix) prefix=${2:?--prefix needs a directory}; shift 2 ;;
      --binary) binary=${2:?--binary needs a file}; shift 2 ;;
      --uninstall) uninstall=yes; shift ;;
      --dry-run) dry_run=yes; shift ;;
      -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
      *) die "unknown option \`$1\`" "see $0 --help" ;;
    esac
  done
  case $prefix in /*) ;; *) die "--prefix has to be an absolute path, and is \`$prefix\`" ;; esac
  if [ -n "$service" ]; then
    [ -d /run/systemd/system ] || die "there is no systemd here to run a service" \
      "run Conductor as a container instead: compose/conductor/compose.yaml"
    [ -e "$checkout/units/conductor.service" ] || die "there is no units/conductor.service beside this script"
  fi
  if [ -n "$binary" ]; then
    [ -x "$binary" ] || die "\`$binary\` is not a program"
  elif [ -z "$uninstall" ] && [ ! -e "$checkout/Cargo.toml" ]; then
    die "there is no checkout around this script, and releases to download do not exist yet" \
      "clone the repository and run its install.sh, or name a program with --binary"
  fi
  # Somebody's engine elsewhere is asked, and never installed or started.
  case ${DOCKER_HOST:-} in unix://*) socket=${DOCKER_HOST#unix://} ;; esac
}

# --- packages ---------------------------------------------------------------------------------------------------------

install_packages() {
  local missing=()
  if [ -z "$binary" ]; then
    have cc || missing+=(gcc)
    [ -e "$(cc -print-file-name=libc.a 2>/dev/null || true)" ] || missing+=(libc6-dev)
    have make || missing+=(make)
    # Debian's minimal perl lacks modules that OpenSSL is configured with.
    perl -MIPC::Cmd -MFile::Compare -MTime::Piece -e 1 2>/dev/null || missing+=(perl)
  fi
  if [ -n "$docker" ]; then
    have curl || missing+=(curl)
    if [ -z "${DOCKER_HOST:-}" ] && ! have dockerd && ! answers; then
      missing+=(docker.io)
      # Where the kernel has AppArmor, the engine needs its parser.
      if grep -qs Y /sys/module/apparmor/parameters/enabled && ! have apparmor_parser; then missing+=(apparmor); fi
    fi
  fi
  if [ -n "$example" ]; then
    have git || missing+=(git)
    have tar || missing+=(tar)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0

  have apt-get || die "missing here: ${missing[*]} (by their names in Debian)" \
    "install them with this system's package manager, and run this again"
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  say "installing ${missing[*]}"
  root apt-get -qq update || say "some package lists could not be refreshed"
  root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# --- the program ------------------------------------------------------------------------------------------------------

build() {
  find_rust
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$checkout/Cargo.toml")
  found=$("${rust[@]}" rustc --version | cut -d ' ' -f 2)
  [ "$(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" = "$wanted" ] ||
    die "Rust $wanted or newer is needed, and this is $found" "rustup update stable"
  say "building the program: some minutes the first time"
  run "${rust[@]}" cargo build --release --locked --bin conductor --manifest-path "$checkout/Cargo.toml"

  local target triple
  target=$("${rust[@]}" cargo metadata --format-version 1 --no-deps --offline --manifest-path "$checkout/Cargo.toml" |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  triple=${CARGO_BUILD_TARGET:-$("${rust[@]}" rustc -vV | sed -n 's/^host: //p')}
  binary=$target/$triple/release/conductor
}

# Sets `rust`: how to run cargo and rustc, as the user whose they are.
find_rust() {
  local home
  if have cargo; then
    rust=(env)
  elif [ -x "${HOME:-/root}/.cargo/bin/cargo" ]; then
    rust=(env "PATH=${HOME:-/root}/.cargo/bin:$PATH")
  elif [ -n "${SUDO_USER:-}" ] && home=$(getent passwd "$SUDO_USER" | cut -d : -f 6) && [ -x "$home/.cargo/bin/cargo" ]; then
    rust=(sudo -u "$SUDO_USER" env "HOME=$home" "PATH=$home/.cargo/bin:$PATH")
  else
    die "building needs Rust, and there is no cargo" "install it as https://rustup.rs says, and run this again"
  fi
}

install_program() {
  say "installing $prefix/bin/conductor"
  root install -D -m 0755 "$binary" "$prefix/bin/conductor"
  [ -d $settings ] || root install -d -m 0755 $settings
  [ -d $state ] || root install -d -m 0700 $state
  case :$PATH: in *":$prefix/bin:"*) ;; *) say "$prefix/bin is not in your PATH" ;; esac
}

# The unit, with the path of the program in it, and the group whose members may use the daemon's socket.
install_service() {
  say "installing $unit"
  getent group conductor >/dev/null || root groupadd --system conductor
  # shellcheck disable=SC2016 # For the shell in there.
  root sh -c 'sed "s|^ExecStart=[^ ]*|ExecStart=$1|" "$2" >"$3"' sh "$prefix/bin/conductor" \
    "$checkout/units/conductor.service" "$unit"
  root systemctl daemon-reload
  root systemctl -q enable conductor.service
  if [ -e $settings/config.yaml ]; then
    say "starting conductor.service"
    root systemctl restart conductor.service
    if [ -z "$dry_run" ]; then systemctl --no-pager status conductor.service | sed -n 's/^ *Status: /install: /p' >&2; fi
  else
    say "it starts with the machine; before that: write $settings/config.yaml (see README.md), then \`systemctl start conductor\`"
  fi
}

remove() {
  if [ -e $unit ]; then
    if [ -d /run/systemd/system ]; then root systemctl -q disable --now conductor.service; fi
    root rm -f $unit
    if [ -d /run/systemd/system ]; then root systemctl daemon-reload; fi
    say "removed $unit"
  fi
  if [ -e "$prefix/bin/conductor" ]; then
    root rm -f "$prefix/bin/conductor"
    say "removed $prefix/bin/conductor"
  else
    say "there is no $prefix/bin/conductor"
  fi
  say "kept: settings in $settings, state in $state, and every container, volume and network"
  if [ -d "${HOME:-/root}/conductor-example" ]; then say "kept: the example in ${HOME:-/root}/conductor-example"; fi
}

# --- the engine -------------------------------------------------------------------------------------------------------

# As root: the socket may be closed to others. Quiet, and done in a dry run too: it changes nothing.
answers() {
  local sudo=()
  [ -e "$socket" ] || return 1
  if [ ! -w "$socket" ]; then sudo=(sudo); fi
  "${sudo[@]}" curl -fsS -m 5 -o /dev/null --unix-socket "$socket" http://docker/_ping 2>/dev/null
}

start_engine() {
  if answers; then return; fi
  if [ -n "${DOCKER_HOST:-}" ]; then die "no Docker Engine answers at \`$DOCKER_HOST\`" "start it, or unset DOCKER_HOST"; fi
  if [ -d /run/systemd/system ]; then
    say "starting docker.service"
    root systemctl start docker.service
  elif have rc-service; then
    say "starting the service docker"
    root rc-service docker start
  else
    say "no service manager here: starting dockerd in the background, with its log in /var/log/dockerd.log"
    root sh -c 'setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &'
  fi
  if [ -n "$dry_run" ]; then return; fi
  for _ in $(seq 120); do
    if answers; then return; fi
    sleep 0.5
  done
  tail -n 5 /var/log/dockerd.log >&2 2>/dev/null || true
  die "the Docker Engine does not answer at $socket" "see its log: journalctl -u docker, or /var/log/dockerd.log"
}

main "$@"

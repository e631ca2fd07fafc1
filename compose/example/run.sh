#!/usr/bin/env bash
# Brings the example up: imports its image, makes a git repository of it, and runs Conductor on that.
#
#   compose/example/run.sh [--dir DIR] [--conductor PROGRAM]
#
# Everything of the example's own is below DIR (default: ~/conductor-example): the repository, its age key, settings,
# Conductor's state. Where this machine has no settings for Conductor yet, the example's become them; settings that are
# there stay as they are. Run again, it keeps what is there, and starts what is missing.
# `install.sh --example` installs what this script needs, and then runs it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HOME=${HOME:-/root}
directory=$HOME/conductor-example
conductor=conductor
image="conductor-example/busybox:1"

say() { echo "example: $*" >&2; }
die() { echo "example: $1" >&2; shift; for line in "$@"; do echo "  $line" >&2; done; exit 1; }
usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --dir) directory=${2:?--dir needs a directory}; shift 2 ;;
    --conductor) conductor=${2:?--conductor needs a program}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown option \`$1\`" "see $0 --help" ;;
  esac
done
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- what must be there -----------------------------------------------------------------------------------------------

for program in "$conductor" git curl tar; do
  command -v "$program" >/dev/null || die "no \`$program\` here" "run ./install.sh --example in Conductor's checkout"
done
conductor=$(command -v "$conductor")

# The engine is asked with curl, so that no Docker command line is needed.
socket=/var/run/docker.sock
case ${DOCKER_HOST:-} in
  '') ;;
  unix://*) socket=${DOCKER_HOST#unix://} ;;
  *) die "the example needs an engine on this machine, and DOCKER_HOST is \`$DOCKER_HOST\`" "unset DOCKER_HOST, and run this again" ;;
esac
sudo=() home_settings=${XDG_CONFIG_HOME:-$HOME/.config}/conductor/config.yaml
if [ "$(id -u)" = 0 ]; then
  home_settings=/etc/conductor/config.yaml
elif [ -e "$socket" ] && [ ! -w "$socket" ]; then
  sudo=(sudo env "DOCKER_HOST=${DOCKER_HOST:-}")
  home_settings=/etc/conductor/config.yaml
  say "only root may use $socket: asking sudo"
fi
engine() { "${sudo[@]}" curl -fsS --unix-socket "$socket" "$@"; }
engine -o /dev/null http://docker/_ping ||
  die "the Docker Engine does not answer at $socket" "start it, or run ./install.sh --example, which does"

# --- the image: a static busybox and links to it ----------------------------------------------------------------------

static_busybox() {
  local found
  found=$(command -v busybox || true)
  if [ -n "$found" ] && ! ldd "$found" 2>/dev/null | grep -q '=>'; then
    echo "$found"
  elif command -v apt-get >/dev/null; then
    # Unpacked, not installed: the package would take the place of the machine's own busybox.
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download busybox-static >&2 && dpkg -x busybox-static_*.deb unpacked)
    find "$work/unpacked" -path '*bin/busybox' -type f
  else
    die "no static busybox here" "install one (package busybox-static), and run this again"
  fi
}

if ! engine -o /dev/null "http://docker/images/$image/json" 2>/dev/null; then
  say "importing the image $image"
  busybox=$(static_busybox)
  root=$work/root
  mkdir -p "$root"/{bin,dev,etc,proc,root,srv,sys,tmp,var}
  chmod 1777 "$root/tmp"
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/image.tar" -C "$root" .
  engine -o "$work/answer" -X POST -H 'Content-Type: application/x-tar' -T "$work/image.tar" \
    "http://docker/images/create?fromSrc=-&repo=${image%:*}&tag=${image##*:}"
  if grep -q '"error"' "$work/answer"; then die "the engine did not take the image" "$(cat "$work/answer")"; fi
fi

# --- the repository and its settings ----------------------------------------------------------------------------------

repository=$directory/repository
if [ -e "$repository/.git" ]; then
  say "keeping the repository $repository as it is"
else
  say "making the repository $repository"
  mkdir -p "$repository"
  cp -R "$here"/{.sops.yaml,README.md,web,app,migrate} "$repository/"
  git -C "$repository" init -q
  git -C "$repository" symbolic-ref HEAD refs/heads/main
  git -C "$repository" config user.name >/dev/null || git -C "$repository" config user.name 'Conductor example'
  git -C "$repository" config user.email >/dev/null || git -C "$repository" config user.email 'example@localhost'
  git -C "$repository" add -A
  git -C "$repository" commit -q -m 'Three stacks'
fi
cp "$here/age.key" "$directory/age.key"
chmod 600 "$directory/age.key"

settings=$directory/config.yaml
{
  echo "# Settings of Conductor's example; compose/example/run.sh wrote them."
  echo "instance: example"
  echo "state_dir: $directory/state"
  echo "sources:"
  echo "  - name: example"
  echo "    url: $repository"
  echo "secrets:"
  echo "  age_key_files: [$directory/age.key]"
} >"$settings"
options=(--config "$settings")
if [ ! -e "$home_settings" ] || cmp -s "$settings" "$home_settings"; then
  "${sudo[@]}" install -D -m 0644 "$settings" "$home_settings"
  options=()
fi

# --- one pass ---------------------------------------------------------------------------------------------------------

show() { echo "\$ ${sudo[0]:+sudo }conductor $*"; }
run() { show "$@"; "${sudo[@]}" "$conductor" "$@"; }
echo
run "${options[@]}" sync
echo
run "${options[@]}" status

cat <<END

The web page is at http://127.0.0.1:8088/. What to try next:

  $(show "${options[@]}" sync | cut -c 3-)
      again: nothing differs, and nothing is touched
  sed -i 's/LOG_LEVEL: info/LOG_LEVEL: debug/' $repository/app/compose.yaml
  git -C $repository commit -qam 'Debug the app'
  $(show "${options[@]}" plan | cut -c 3-)
      names the one service that differs, and the variable that changed
  $(show "${options[@]}" sync | cut -c 3-)
      replaces that one container
END

#!/usr/bin/env bash
# Puts a newer Docker Engine (28, API 1.51), its Compose (2.40) and a registry into a directory, installing nothing.
#
#   tests/engines.sh [DIR]          DIR: target/engines/28
#
# Takes Debian's packages of sid, through the Debian mirror that this machine already uses, or else the public one, and
# unpacks them below DIR/root; DIR/bin is a ready PATH and DIR/config a DOCKER_CONFIG. `runc` is the machine's own.
# Done once, it does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${1:-target/engines/28}
programs=(dockerd docker-proxy containerd containerd-shim-runc-v2 docker docker-init docker-registry docker-compose)

if [ -e "$dir/complete" ] && [ -d "$dir/config" ]; then
  echo "engines: $dir is complete"
  exit 0
fi
say() { echo "engines: $*" >&2; }
command -v apt-get >/dev/null || { say "the newer engine needs apt-get (Debian or Ubuntu)"; exit 1; }

rm -rf "$dir"
mkdir -p "$dir"/{lists/partial,cache/archives/partial,debs,root,bin}
dir=$(cd "$dir" && pwd)

# The mirror of a Debian machine; elsewhere the public one, if this machine has Debian's keys to check it with.
mirror='' signed='' keys=/usr/share/keyrings/debian-archive-keyring.gpg
if grep -qi '^ID=debian' /etc/os-release; then
  mirror=$(awk '/^URIs:/ && $2 !~ /security/ {print $2; exit} $1=="deb" && $2 !~ /security|^\[/ {print $2; exit}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
elif [ ! -e "$keys" ]; then
  say "the newer engine comes from Debian: apt-get install debian-archive-keyring"
  exit 1
fi
if [ -e "$keys" ]; then signed="[signed-by=$keys]"; fi
echo "deb $signed ${mirror:-http://deb.debian.org/debian} sid main" >"$dir/sources.list"
# Without recommendations, translations and indices: one list of packages is all that is fetched.
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root
  -o Acquire::Languages=none -o Acquire::Retries=3
  -o Acquire::Check-Valid-Until=false) # a mirror that lags serves tests as well; signatures are checked
"${apt[@]}" update
(cd "$dir/debs" && "${apt[@]}" download docker.io containerd docker-cli docker-compose docker-registry)
for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir/root"; done
for program in "${programs[@]}"; do
  found=$(cd "$dir/root" && find . \( -path "*/bin/$program" -o -path "*/sbin/$program" -o -path "*/cli-plugins/$program" \) | head -n 1)
  if [ -n "$found" ]; then ln -s "../root/${found#./}" "$dir/bin/$program"; else say "no $program in the packages"; fi
done
# For DOCKER_CONFIG: Compose as `docker compose`, too.
mkdir -p "$dir/config/cli-plugins"
ln -s ../../bin/docker-compose "$dir/config/cli-plugins/docker-compose"
rm -rf "$dir"/{lists,cache,debs,sources.list} "$dir"/root/usr/share
# `docker-init` is a link into a package of its own; the machine's will do.
if [ ! -e "$dir/bin/docker-init" ]; then rm -f "$dir/bin/docker-init"; fi
"$dir/bin/dockerd" --version
"$dir/bin/docker-compose" version
touch "$dir/complete"

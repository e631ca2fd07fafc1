#!/usr/bin/env bash
# Measures Conductor beside Docker Compose, against one private engine, and writes docs/measurements.md.
#
#   benches/run.sh [--runs N] [--services N,N,...] [--conductor PROGRAM] [--output FILE]
#                  [--only stacks|secrets|config|push|load|idle] [--corpus DIR] [--every N]
#
# `--only` measures one thing alone: `push`, `idle` and `load` the daemon, from a webhook to containers, at rest, and under
# load. `--only config` measures `config` over many Compose files alone, which needs no engine; `--corpus` says where they are,
# `--every` takes only every N-th.
#
# Needs root, for the private engine, and a machine that does little else. On Debian and Ubuntu it installs what is missing.
# Without --conductor it builds the release binary first.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "benches: $*" >&2; }

conductor='' only='' arguments=() config=() output=()
while [ $# -gt 0 ]; do
  case $1 in
    --conductor) conductor=${2:?--conductor needs a program}; shift 2 ;;
    --runs | --services) arguments+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --output) output=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --every | --corpus) config+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --only) only=${2:?--only needs a name}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) say "unknown option \`$1\`"; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || { say "a private engine needs root"; exit 1; }

tests/setup.sh
if ! [ -x /usr/bin/time ] || ! command -v python3 >/dev/null; then
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends time python3 >/dev/null
fi
if [ -z "$conductor" ]; then
  cargo build --release --locked --bin conductor
  triple=${CARGO_BUILD_TARGET:-$(rustc -vV | sed -n 's/^host: //p')}
  conductor=${CARGO_TARGET_DIR:-target}/$triple/release/conductor
fi
export PYTHONDONTWRITEBYTECODE=1

measure() {
  local name=$1
  shift
  [ -z "$only" ] || [ "$only" = "$name" ] || return 0
  say "$name"
  python3 "benches/$name.py" --conductor "$conductor" "$@" "${output[@]}"
}

if [ -z "$only" ]; then
  python3 benches/compare.py --conductor "$conductor" "${arguments[@]}" "${output[@]}"
fi
measure stacks
measure secrets
measure config "${config[@]}"
measure push
measure load
measure idle

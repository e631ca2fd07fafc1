#!/usr/bin/env bash
# Installs what the tests need and runs them all; as root on Debian or Ubuntu nothing is skipped.
#
#   tests/run.sh [FILTER...]        arguments go to `cargo test`
set -euo pipefail
cd "$(dirname "$0")/.."

tests/setup.sh
# Where every part can be had, a missing one is a failure.
options=()
if [ "$(id -u)" = 0 ] && [ -e target/engines/28/complete ]; then
  export CONDUCTOR_TESTS_REQUIRE=all
else
  options=(--show-output) # where a skipped test says what it lacks
  echo "run: tests that need root or the newer engine are skipped" >&2
fi

# Tests wait for engines more than they compute.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc) * 2))}"

mkdir -p target
log=$(mktemp target/tests.XXXXXX)
trap 'rm -f "$log"' EXIT
ended=0
cargo test --locked --no-fail-fast "$@" -- "${options[@]}" 2>&1 | tee "$log" || ended=$?

# Real engines on a busy machine: what failed beside other tests gets one more chance, alone, and is told either way.
failed=$(awk '/^test .* \.\.\. FAILED$/ { print $2 }' "$log" | sort -u)
if [ "$ended" != 0 ] && [ -n "$failed" ] && [ "$(wc -l <<<"$failed")" -le 3 ]; then
  again=0
  # shellcheck disable=SC2086  # names of tests are single words
  RUST_TEST_THREADS=1 cargo test --locked --no-fail-fast -- --exact "${options[@]}" $failed || again=$?
  if [ "$again" = 0 ]; then
    ended=0
    for name in $failed; do echo "unsteady: failed beside others, passed alone: $name"; done
  fi
fi

count() { awk -v what="$1" '/^test result:/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ "^" what) n += $i } END { print n + 0 }' "$log"; }
bad=0
[ "$ended" = 0 ] || bad=$(count failed)
skipped=$(grep -c '^skipped: ' "$log" || true)
echo
grep '^skipped: ' "$log" | sort | uniq -c || true
echo "tests: $(count passed) passed ($skipped of them skipped), $bad failed, $(count ignored) ignored"
exit "$ended"

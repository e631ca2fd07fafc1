#!/usr/bin/env bash
# Breaks the Docker of the machine that it runs in. Only for machines of tests/systemd/machine.sh.
#
#   break.sh NAME [CONTAINER]          breaks; CONTAINER for those that break one
#   break.sh --broken NAME [CONTAINER] succeeds if it shows (waits up to 30 s for it)
#   break.sh --undo NAME               takes away what a person would have to take away, where that is known
#   break.sh --list [FAMILY]           the names; families: daemon runtime state network disk people
#
# A failure is a function `break_NAME`, its proof `broken_NAME`, in the file of its family.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
families=(daemon runtime state network disk people)
# Never on a machine that someone uses.
if [ ! -x /sbin/machine-init ]; then echo "break: this is no machine to break" >&2; exit 2; fi
# shellcheck source=/dev/null
source "$here/words.sh"
for family in "${families[@]}"; do
  # shellcheck source=/dev/null
  source "$here/$family.sh"
done

names() { # [FAMILY]
  local family
  for family in "${@:-${families[@]}}"; do
    sed -n 's/^break_\([a-z_]*\)() .*/\1/p' "$here/$family.sh" | tr _ -
  done
}

# Calls PREFIX_NAME CONTAINER.
call() {
  local function=$1_${2//-/_}
  if ! declare -F "$function" >/dev/null; then echo "break: there is no \`$function\`" >&2; exit 2; fi
  "$function" "${3:-}"
}

case ${1:---help} in
  --list) shift; names "$@" ;;
  --undo) call undo "${2:?which?}" ;;
  --broken)
    for ((tries = 0; tries < 30; tries++)); do
      if call broken "${2:?which?}" "${3:-}" >/dev/null 2>&1; then exit 0; fi
      sleep 1
    done
    echo "break: \`$2\` does not show" >&2
    exit 1
    ;;
  -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" ;;
  *)
    date +%s >/run/broken
    call break "$@"
    ;;
esac

#!/usr/bin/env bash
# Breaks a fresh machine in each of the ways of break/, without Conductor, and says whether it shows as it should.
#
#   broken.sh [NAME...]            names as `break/break.sh --list` has them; default: all that break something
#
# With CONDUCTOR_MACHINE_SUITE another Debian, and so another Docker. One line for each; ends with 1 if one does not show.
# In bookworm all do. Newer ones have one hierarchy of cgroups, so that there is no `cgroup-ro`; their containerd heals
# `uuid-empty` by itself; and systemd starts a Docker again that has ended with success (`exit-clean`, `paused`).
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
machine=$here/machine.sh
name=broken-${CONDUCTOR_MACHINE_SUITE:-bookworm}
inside() { "$machine" exec "$name" "$@"; }
trap '"$machine" purge "$name"' EXIT

"$machine" base || exit
[ $# -gt 0 ] || mapfile -t names < <(cd "$here/break" && sed -n 's/^break_\([a-z_]*\)() .*/\1/p' daemon.sh runtime.sh state.sh network.sh disk.sh people.sh | tr _ -)
bad=0
for failure in "${@:-${names[@]}}"; do
  "$machine" purge "$name" && "$machine" up "$name" || exit
  case $failure in
    disk-full | inodes-full | fs-abort)
      inside /break/break.sh small-root
      inside /break/break.sh --broken small-root || exit
      ;;
  esac
  # shellcheck disable=SC2016 # for the shell in there
  inside bash -c '
    docker import /opt/stand-in.tar stand-in:1
    docker network create net
    docker run -d --name one --restart always --network net -v data:/data -p 8080:80 stand-in:1 sleep 9999
    docker run -d --name two --restart unless-stopped stand-in:1 sleep 9999' >/dev/null || exit
  start=$SECONDS
  timeout -s KILL 60 "$machine" exec "$name" /break/break.sh "$failure" one >/dev/null 2>&1
  shows='DOES NOT SHOW'
  # A machine that reboots takes those who look at it along.
  for _ in 1 2 3; do
    if timeout -s KILL 120 "$machine" exec "$name" /break/break.sh --broken "$failure" one 2>/dev/null; then shows=shows; break; fi
    [ "$failure" = reboot ] || break
    sleep 5
  done
  if [ "$shows" != shows ]; then bad=1; fi
  printf '%-20s %-14s %2d s  %s\n' "$failure" "$shows" $((SECONDS - start)) \
    "$(inside systemctl show docker.service -p ActiveState,SubState,Result,NRestarts 2>/dev/null | tr '\n' ' ')"
done
exit $bad

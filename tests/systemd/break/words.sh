# shellcheck shell=bash
# Sourced by break.sh: the words in which failures and their proofs are written.

property() { systemctl show "$1" -p "$2" --value; } # UNIT PROPERTY

# The main process of a unit; fails where there is none, for `kill 0` would hit the script itself.
main() {
  local pid
  pid=$(property "${1:-docker.service}" MainPID)
  [ "${pid:-0}" -gt 1 ] && echo "$pid"
}

hit() { # SIGNAL [UNIT]
  local pid
  pid=$(main "${2:-docker.service}") && kill -s "$1" "$pid"
}

data_root() {
  if [ -e /mnt/small/lost+found ]; then echo /mnt/small; else echo /var/lib/docker; fi
}

# As someone does who works on the machine: stop it in order, change something, start it again.
stop_docker() { systemctl stop docker.socket docker.service; }
start_docker() {
  systemctl reset-failed docker.service docker.socket 2>/dev/null
  systemctl start --no-block docker.service
}
settings() { # JSON
  mkdir -p /etc/docker
  echo "$1" >/etc/docker/daemon.json
}

garbage() { dd if=/dev/urandom of="$1" bs=4096 count=4 conv=notrunc status=none; } # FILE

# --- what an engine says ----------------------------------------------------------------------------------------------

# Never through the client, which cannot be interrupted while it waits. Fails where the engine does not answer in time.
ask() { curl -s -m "${2:-3}" --unix-socket /run/docker.sock "http://docker$1"; } # PATH [SECONDS]
answers() { ask "$@" >/dev/null; }
# Takes the connection, and says nothing.
silent() {
  ask "$1" 3 >/dev/null
  [ $? = 28 ]
}

container() { docker inspect -f '{{.Id}}' "$1"; }
# The first process of a container, as Docker believes.
process() { docker inspect -f '{{.State.Pid}}' "$1"; }

shim() { # ID of a container
  local each
  for each in /proc/[0-9]*; do
    if { tr '\0' ' ' <"$each/cmdline"; } 2>/dev/null | grep -q "^[^ ]*containerd-shim.*-id $1 "; then echo "${each#/proc/}"; fi
  done
}

client() { timeout -s KILL 10 docker "$@"; }
takes_work() { client run --rm --name "try-$$-$RANDOM" "$(image)" true 2>&1; }
publishes() { client run --rm --name "try-$$-$RANDOM" -p 127.0.0.1::80 "$(image)" true 2>&1; }
image() { docker image ls -q | head -n 1; }

# Since the engine was broken.
said() { journalctl -q --no-pager -o cat -u docker.service -u containerd.service --since "@$(cat /run/broken)" | grep -qE "$1"; }
gave_up() { [ "$(property docker.service ActiveState)" = failed ]; }
up() { [ "$(property docker.service ActiveState)" = active ]; }

# shellcheck shell=bash
# Failures of containerd, of shims and of single containers.

# Pings and lists stay green; whatever starts or stops a container waits for ever.
break_containerd_hang() { hit STOP containerd.service; }
broken_containerd_hang() { answers /_ping && silent /version; }
undo_containerd_hang() { hit CONT containerd.service; }

break_containerd_crash() { hit KILL containerd.service; }
broken_containerd_crash() { [ "$(property containerd.service NRestarts)" -ge 1 ]; }

break_containerd_stop() { systemctl stop containerd.service; }
broken_containerd_stop() { up && answers /version && ! ask /version | grep -q '"containerd"'; }

# With all its processes, as `systemctl kill` does unless told otherwise: containers are `Up` that no longer exist.
break_containerd_massacre() { systemctl kill -s KILL containerd.service; }
broken_containerd_massacre() {
  local id
  for id in $(docker ps -q); do
    if [ ! -e "/proc/$(process "$id")" ]; then return 0; fi
  done
  return 1
}

# Whoever signals this container holds its lock for ever; all others are fine. Nobody asked it to stop.
break_shim_hang() { # CONTAINER
  local id
  id=$(container "$1")
  kill -s STOP "$(shim "$id")"
  (setsid curl -s -X POST --unix-socket /run/docker.sock "http://docker/containers/$id/kill?signal=WINCH" >/dev/null 2>&1 &)
}
broken_shim_hang() { answers /_ping && silent "/containers/$1/json"; } # CONTAINER

break_shim_kill() { kill -s KILL "$(shim "$(container "$1")")"; } # CONTAINER
broken_shim_kill() { said 'shim disconnected|cleaning up'; }

# After a loss of power the file is empty; its process lives on, and Docker does not know it.
break_ghost_name() { # CONTAINER
  local id
  id=$(container "$1")
  truncate -s 0 "$(data_root)/containers/$id/config.v2.json"
  hit KILL
}
broken_ghost_name() { up && answers /_ping && ! ask '/containers/json?all=1' | grep -q "\"/$1\""; } # CONTAINER

break_hostconfig() { # CONTAINER
  local id
  id=$(container "$1")
  stop_docker
  truncate -s 0 "$(data_root)/containers/$id/hostconfig.json"
  start_docker
}
broken_hostconfig() { up && answers /_ping && ! ask '/containers/json' | grep -q "\"/$1\""; } # CONTAINER

# Its directory cannot be emptied: it is dead, and still has its name.
break_rm_stuck() { # CONTAINER
  local keep
  keep=$(data_root)/containers/$(container "$1")/keep
  touch "$keep"
  chattr +i "$keep"
  client rm -f "$1"
}
broken_rm_stuck() { ask "/containers/$1/json" | grep -qE '"Status":"(dead|removing)"'; } # CONTAINER
undo_rm_stuck() { chattr -R -i "$(data_root)/containers"; }

# shellcheck shell=bash
# Failures of dockerd itself.

break_crash() { hit KILL; }
# Containers that are to be restarted unless stopped count as stopped after it: the new daemon stops them itself.
broken_crash() { up && said 'status=9/KILL'; }

# A clean exit that nobody ordered: not restarted where the unit says `on-failure`.
break_exit_clean() { hit TERM; }
broken_exit_clean() { said 'docker.service: (Deactivated successfully|Succeeded)'; }

# Everything waits for ever; systemd sees a running unit.
break_hang_all() { hit STOP; }
broken_hang_all() { up && silent /_ping; }
undo_hang_all() { hit CONT; }

# Settings that no daemon accepts: three starts, and systemd gives up, the socket too.
break_start_limit() {
  settings '{ this is not JSON'
  systemctl restart --no-block docker.service
}
broken_start_limit() { gave_up && said 'unable to configure the Docker daemon'; }
undo_start_limit() {
  rm -f /etc/docker/daemon.json
  start_docker
}

# The file names a process that lives, but is no dockerd.
break_stale_pid() {
  stop_docker
  echo 1 >/run/docker.pid
  start_docker
}
broken_stale_pid() { gave_up && said 'pid file found|process with PID 1 is still running'; }

# As cleaners of temporary files do; systemd still listens on what has no name any more.
break_socket_gone() { rm -f /run/docker.sock; }
broken_socket_gone() { up && [ ! -e /run/docker.sock ]; }

# As in the state D: not even SIGKILL ends it. Version 1 of cgroups can do that; its hierarchy is mounted apart.
break_frozen() {
  mkdir -p /run/freezer
  mountpoint -q /run/freezer || mount -t cgroup -o freezer none /run/freezer
  mkdir -p /run/freezer/frozen
  main >/run/freezer/frozen/cgroup.procs
  echo FROZEN >/run/freezer/frozen/freezer.state
}
broken_frozen() { silent /_ping; }
undo_frozen() { echo THAWED >/run/freezer/frozen/freezer.state; }

# Another driver has another store: the daemon starts well, and shows neither images nor containers.
break_driver_mismatch() {
  settings '{"storage-driver": "vfs"}'
  systemctl restart --no-block docker.service
}
broken_driver_mismatch() { up && [ "$(ask '/containers/json?all=1')" = '[]' ]; }
undo_driver_mismatch() { undo_start_limit; }

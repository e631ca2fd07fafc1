# shellcheck shell=bash
# Files of the engine that a loss of power leaves empty, short or full of garbage.

network_database() { echo "$(data_root)/network/files/local-kv.db"; }

# The daemon starts; the networks are gone, and with them whoever was on them.
break_netdb_empty() {
  stop_docker
  truncate -s 0 "$(network_database)"
  start_docker
}
broken_netdb_empty() { up && answers /_ping && [ "$(docker network ls -q --filter type=custom | wc -l)" = 0 ]; }

break_netdb_garbage() {
  stop_docker
  garbage "$(network_database)"
  start_docker
}
broken_netdb_garbage() { gave_up && said 'error (obtaining|creating|initializing) .*(controller|network)|invalid database'; }

# bbolt maps the file: beyond its end there is a signal, or a page that is none.
break_netdb_short() {
  stop_docker
  truncate -s 20000 "$(network_database)"
  start_docker
}
broken_netdb_short() { gave_up && said 'unexpected fault address|panic: |SIGBUS|invalid'; }

break_voldb_garbage() {
  stop_docker
  garbage "$(data_root)/volumes/metadata.db"
  start_docker
}
broken_voldb_garbage() { gave_up && said 'volume store metadata database'; }

break_repositories() {
  stop_docker
  truncate -s 0 "$(data_root)/image/overlay2/repositories.json"
  start_docker
}
broken_repositories() { gave_up && said 'reference store repository'; }

layers() { echo "$(data_root)/image/overlay2/layerdb/sha256"; }
# One layer's description is away: its image is, too, and its containers cannot be started.
break_layerdb() {
  local layer
  stop_docker
  layer=$(find "$(layers)" -mindepth 1 -maxdepth 1 | head -n 1)
  mv "$layer" /root/
  start_docker
}
broken_layerdb() { up && answers /_ping && [ "$(docker image ls -q | wc -l)" = 0 ]; }

# The files of a layer are away, while all is running.
break_layer_dir() {
  local layer
  layer=$(find "$(layers)" -mindepth 1 -maxdepth 1 | head -n 1)
  mv "$(data_root)/overlay2/$(cat "$layer/cache-id")" /root/
}
broken_layer_dir() { up && ! takes_work >/dev/null; }

stop_all() { systemctl stop docker.socket docker.service containerd.service; }
start_all() {
  systemctl start containerd.service
  start_docker
}

# containerd runs, as far as systemd sees, and offers nothing.
break_metadb_garbage() {
  stop_all
  garbage /var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db
  start_all
}
broken_metadb_garbage() { gave_up || { [ "$(property docker.service ActiveState)" = activating ] && said 'failed to dial|unknown service'; }; }

# `ctr` complains; Docker does not ask.
break_uuid_empty() {
  ctr version >/dev/null # which makes the file
  stop_all
  truncate -s 0 /var/lib/containerd/io.containerd.grpc.v1.introspection/uuid
  start_all
}
broken_uuid_empty() { ctr version 2>&1 | grep -q 'invalid UUID'; }

# Nothing below the data root is left to start from, but the volumes.
break_data_root() {
  local root
  root=$(data_root)
  stop_docker
  find "$root/image" "$root/containers" "$root/network" -type f -exec sh -c 'for file; do head -c 64 /dev/urandom >"$file"; done' sh {} +
  mv "$root/image/overlay2" /root/
  : >"$root/image/overlay2"
  start_docker
}
broken_data_root() { gave_up; }

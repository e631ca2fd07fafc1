# shellcheck shell=bash
# Failures of the disk below the engine. They need a small one: `break.sh small-root` first, then the stacks.

# A file system of its own for the engine's data.
break_small_root() {
  stop_docker
  mkdir -p /mnt/small
  truncate -s 192M /root/small.img
  mkfs.ext4 -q -N 4000 /root/small.img
  mount -o loop /root/small.img /mnt/small
  settings '{"data-root": "/mnt/small"}'
  start_docker
}
broken_small_root() { up && ask /info | grep -q '"DockerRootDir":"/mnt/small"'; }

break_disk_full() {
  local root size
  root=$(data_root)
  dd if=/dev/zero of="$root/fill" bs=1M status=none 2>/dev/null
  sync
  # What is left in odd blocks.
  for size in 4096 512; do
    dd if=/dev/zero of="$root/fill-$size" bs=$size status=none 2>/dev/null
    sync
  done
}
broken_disk_full() { takes_work | grep -q 'no space left on device'; }
undo_disk_full() { rm -f "$(data_root)"/fill*; }

break_inodes_full() {
  local place count=0
  place=$(data_root)/many
  mkdir -p "$place"
  while : >"$place/$count"; do count=$((count + 1)); done 2>/dev/null
}
broken_inodes_full() { takes_work | grep -q 'no space left on device'; }
undo_inodes_full() { rm -rf "$(data_root)/many"; }

# The journal of the file system is aborted: it is read-only from now on, and /proc/mounts may still say `rw`.
break_fs_abort() { mount -o remount,abort "$(data_root)"; }
broken_fs_abort() { ! touch "$(data_root)/try" 2>/dev/null; }

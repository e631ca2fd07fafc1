# shellcheck shell=bash
# Failures of the network and of cgroups below a running engine.

# As a reload of a firewall does: what is published stays so through the proxy, nothing new can be.
break_iptables_flush() {
  local order
  for order in -F -X; do
    iptables "$order"
    iptables -t nat "$order"
  done
}
broken_iptables_flush() { publishes | grep -qi 'iptables'; }

break_bridge_gone() { ip link delete docker0; }
broken_bridge_gone() { publishes | grep -q 'docker0'; }

# Version 1 of cgroups only: one hierarchy, which systemd does not need. There is no like of it in version 2.
break_cgroup_ro() { mount -o remount,bind,ro /sys/fs/cgroup/memory; }
broken_cgroup_ro() { takes_work | grep -qE 'read-only file system|cgroup'; }
undo_cgroup_ro() { mount -o remount,bind,rw /sys/fs/cgroup/memory; }

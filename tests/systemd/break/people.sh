# shellcheck shell=bash
# What people and their tools do on purpose, and nobody may undo.

break_operator_stop() { systemctl stop docker.service; }
broken_operator_stop() { [ "$(property docker.service ActiveState)" = inactive ]; }

# A package whose scripts stop the engine and start it again, installed by the real dpkg with its lock.
break_package_upgrade() { package 'systemctl start containerd.service docker.socket docker.service'; }
broken_package_upgrade() { dpkg -s engine-upgrade >/dev/null 2>&1; }

# One that leaves Docker stopped, because containerd's upgrade took it along.
break_package_forgets() { package 'systemctl start containerd.service'; }
broken_package_forgets() { broken_package_upgrade && ! up; }

package() { # What its last script does
  local tree=/root/engine-upgrade
  mkdir -p $tree/DEBIAN
  printf '%s\n' 'Package: engine-upgrade' 'Version: 2' 'Architecture: all' 'Maintainer: nobody <nobody@localhost>' \
    'Description: stops and starts Docker as an upgrade does' >$tree/DEBIAN/control
  printf '#!/bin/sh\nsystemctl stop docker.socket docker.service containerd.service\n' >$tree/DEBIAN/preinst
  printf '#!/bin/sh\nsleep 5\n%s\n' "$1" >$tree/DEBIAN/postinst
  chmod 755 $tree/DEBIAN/{preinst,postinst}
  dpkg-deb --build $tree /root/engine-upgrade.deb >/dev/null
  dpkg -i /root/engine-upgrade.deb >/dev/null
}

# Someone works on Docker, has said so, and takes it down without systemd.
break_paused() {
  mkdir -p /run/conductor
  touch /run/conductor/docker-watch.pause
  hit TERM
}
broken_paused() { broken_exit_clean; }

break_reboot() { systemctl reboot; }
broken_reboot() { [ ! -e /run/broken ] && up; } # /run is new

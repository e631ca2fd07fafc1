//! The installer's part in a service.

use super::machine;

const INSTALL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh"));
const UNIT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/units/conductor.service"));

#[test]
fn the_installer_lets_systemd_run_it_once_there_are_settings_and_takes_only_that_away_again() {
    let machine = machine!();
    machine.install(&[("one/compose.yaml", "services: {}\n")]);
    machine.write("/opt/checkout/install.sh", INSTALL);
    machine.write("/opt/checkout/units/conductor.service", UNIT);
    let install = |with: &str| {
        machine.says(&format!(
            "bash /opt/checkout/install.sh --prefix /opt/it --binary /usr/local/bin/conductor {with} 2>&1"
        ))
    };

    let _moved = machine.says("mv /etc/conductor/config.yaml /root/");
    let said = install("--service");
    assert!(said.contains("write /etc/conductor/config.yaml"), "{said}");
    assert_eq!(machine.property("conductor.service", "UnitFileState"), "enabled");
    assert_eq!(machine.property("conductor.service", "ActiveState"), "inactive");

    let _moved = machine.says("mv /root/config.yaml /etc/conductor/");
    let _said = install("--service");
    assert_eq!(machine.property("conductor.service", "ActiveState"), "active");
    let program = machine.property("conductor.service", "ExecStart");
    assert!(program.contains("path=/opt/it/bin/conductor"), "{program}");
    assert_eq!(machine.says("stat -c %G /run/conductor/conductor.sock"), "conductor");

    let _said = install("--uninstall");
    assert_eq!(machine.property("conductor.service", "LoadState"), "not-found");
    let _kept = machine.says("test -e /etc/conductor/config.yaml && test -d /var/lib/conductor");
}

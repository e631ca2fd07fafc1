//! Booted machines: Debian with systemd as process 1 and a real docker.service, which `tests/systemd/machine.sh` keeps.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::missing::Missing;
use super::process::{Ran, run, wait_for};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/systemd/machine.sh");
/// For whatever a machine is awaited to do, on a host that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A machine that runs; dropped, or when the test process ends in any way, it is gone.
#[derive(Debug)]
pub(crate) struct Machine {
    name: String,
    keeper: Child,
}

impl Machine {
    /// A fresh machine, whose Docker answers.
    pub(crate) fn boot() -> Result<Self, Missing> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        possible()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("it-{}-{number}", std::process::id());
        let mut keeper = Command::new(SCRIPT)
            .args(["keep", &name])
            .process_group(0) // Ctrl-C is for the test process; its end is the keeper's order to clean up.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said == "ready\n" {
            return Ok(Self { name, keeper });
        }
        let mut why = String::new();
        drop(keeper.stdin.take());
        keeper.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        let _ended = keeper.wait();
        Err(Missing(format!("a machine that boots: {}", why.trim().replace('\n', "; "))))
    }

    /// Runs a script of its shell, as root, to its end.
    pub(crate) fn run(&self, script: &str) -> Ran {
        run(Command::new("timeout")
            .args(["--signal=KILL", "300", SCRIPT, "exec", &self.name, "bash", "-c", script])
            .stdin(Stdio::null()))
    }

    /// The same for a script that has to succeed; what it says.
    pub(crate) fn says(&self, script: &str) -> String {
        self.run(script).stdout().trim_end().to_owned()
    }

    /// A property of a unit.
    pub(crate) fn property(&self, unit: &str, name: &str) -> String {
        self.says(&format!("systemctl show {unit} --property {name} --value"))
    }

    /// Waits until a script succeeds; one that hangs is ended, and tried again.
    pub(crate) fn until(&self, what: &str, script: &str) {
        let script = format!("timeout -s KILL 20 bash -c '{}'", script.replace('\'', r"'\''"));
        wait_for(what, PATIENCE, || (self.run(&script).code == Some(0)).then_some(()));
    }

    /// Boots it again; returns when it is up, and its Docker, too.
    pub(crate) fn reboot(&self) {
        let boot = self.property("systemd-journald.service", "InvocationID");
        let _cut_short = self.run("systemctl reboot");
        let other = format!("! systemctl show systemd-journald -p InvocationID | grep -q {boot}");
        self.until("boot", &format!("{other} && systemctl is-active docker.service"));
    }

    /// Where a file of the machine is, seen from here.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        let leader = run(Command::new(SCRIPT).args(["leader", &self.name])).stdout();
        Path::new("/proc").join(leader.trim()).join("root").join(inside.trim_start_matches('/'))
    }

    /// Writes a file of the machine.
    pub(crate) fn write(&self, inside: &str, content: &str) {
        let file = self.path(inside);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    /// Puts the program there, with a directory of stacks as its source, whose image is there, too.
    pub(crate) fn install(&self, stacks: &[(&str, &str)]) {
        let program = self.path("/usr/local/bin/conductor");
        let _bytes = fs::copy(env!("CARGO_BIN_EXE_conductor"), program).unwrap();
        self.write("/etc/conductor/config.yaml", "sources: [{name: stacks, url: /srv/stacks}]\n");
        for (name, content) in stacks {
            self.write(&format!("/srv/stacks/{name}"), content);
        }
        let _image = self.says("docker import /opt/stand-in.tar stand-in:1");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ended = self.keeper.wait();
    }
}

/// Whether machines can boot here, or why not.
fn possible() -> Result<(), Missing> {
    static REASONS: OnceLock<String> = OnceLock::new();
    let reasons = REASONS.get_or_init(|| run(Command::new(SCRIPT).arg("can")).out);
    match reasons.lines().next() {
        None => Ok(()),
        Some(reason) => Err(Missing(reason.to_owned())),
    }
}

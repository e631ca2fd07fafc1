//! Laying files out in a container, whose host calls them otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::model::desired::{Contents, DesiredFile, Replace};
use crate::model::host_paths::{HostPaths, Mounted};
use crate::model::secret::Secret;

use super::error::Error;
use super::places::Places;
use super::tmpfs::is_memory;
use super::write::{remove, write};
use super::{add_old_texts, observe};

struct Disk {
    directory: tempfile::TempDir,
    places: Places,
}

fn disk(there: &str) -> Disk {
    let directory = tempfile::tempdir().unwrap();
    let mount = Mounted { here: directory.path().to_owned(), there: Some(there.into()) };
    let places = Places {
        work: directory.path().join("work"),
        secrets: directory.path().join("secrets"),
        elsewhere: None,
        host: HostPaths::Mounted(vec![mount]),
    };
    Disk { directory, places }
}

fn file(contents: Contents) -> DesiredFile {
    let shown = "f".to_owned();
    DesiredFile { contents, mode: 0o640, uid: None, gid: None, replace: Replace::Rename, shown }
}

#[test]
fn a_file_is_laid_out_where_the_host_sees_it_and_told_by_the_hosts_name() {
    let disk = disk("/mnt/user/conductor");
    let work = Path::new("/mnt/user/conductor/work/local/web");
    let secrets = Path::new("/mnt/user/conductor/secrets");
    let path = work.join("conf/a");
    write(&path, &file(Contents::Plain(b"1".to_vec())), &disk.places).unwrap();
    let here = disk.directory.path().join("work/local/web/conf/a");
    assert_eq!(fs::read_to_string(&here).unwrap(), "1");
    let mut seen = observe(&[], (work, secrets), &disk.places).unwrap();
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&path]);
    add_old_texts(&BTreeMap::from([(path.clone(), String::new())]), &mut seen, &disk.places);
    assert_eq!(seen[&path].text.as_deref(), Some("1"));
    remove(&path, &disk.places).unwrap();
    assert!(!here.parent().unwrap().exists());

    let hidden = Path::new("/elsewhere/a");
    let refused = write(hidden, &file(Contents::Plain(Vec::new())), &disk.places);
    assert!(matches!(refused, Err(Error::Outside { .. })));
}

#[test]
fn a_secret_is_never_written_to_a_disk_and_nothing_is_mounted_that_the_host_would_not_see() {
    let disk = disk("/srv/run");
    let secret = file(Contents::Secret(Secret::new(b"x".to_vec())));
    let written = write(Path::new("/srv/run/secrets/local/web/s"), &secret, &disk.places);
    if is_memory(disk.directory.path()).unwrap() {
        written.unwrap();
    } else {
        assert!(matches!(written, Err(Error::NotShared { .. })), "{written:?}");
        assert!(!disk.places.secrets.exists());
    }
}

//! Options of libgit2 that hold for the whole process. The one place in `source` that needs `unsafe`.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::error::{Error, GitSaid};

/// How long a server may take to answer a connection, in milliseconds.
const CONNECT_TIMEOUT: i32 = 20_000;
/// How long a server may be silent, in milliseconds.
const SILENCE_TIMEOUT: i32 = 60_000;

static PREPARED: Once = Once::new();
static HOME: Mutex<()> = Mutex::new(());

/// Sets libgit2 up: time-outs, no influence of anybody's git configuration, repositories of other users allowed.
///
/// Everything in `source` does this by itself when it is first used; a program that starts threads calls it before,
/// because libgit2 then also looks for certificate authorities, which writes `SSL_CERT_FILE` into the environment.
pub fn prepare() {
    PREPARED.call_once(|| {
        // Errors cannot arise: each option exists in the libgit2 that is built in.
        #[expect(
            unsafe_code,
            reason = "global options of libgit2; `Once` keeps other users out until they are set"
        )]
        unsafe {
            // A repository is named on purpose, and nothing in it is ever executed.
            git2::opts::set_verify_owner_validation(false).ok();
            for level in [
                git2::ConfigLevel::ProgramData,
                git2::ConfigLevel::System,
                git2::ConfigLevel::XDG,
                git2::ConfigLevel::Global,
            ] {
                git2::opts::set_search_path(level, "").ok();
            }
            git2::opts::set_server_connect_timeout_in_milliseconds(CONNECT_TIMEOUT).ok();
            git2::opts::set_server_timeout_in_milliseconds(SILENCE_TIMEOUT).ok();
        }
    });
}

/// Trusts the certificate authorities in a PEM file too, for all sources.
pub(super) fn trust(authorities: &Path) -> Result<(), Error> {
    prepare();
    let _turn = turn();
    #[expect(unsafe_code, reason = "global option of libgit2; OpenSSL's store has its own lock")]
    let outcome = unsafe { git2::opts::set_ssl_cert_file(authorities) };
    outcome.map_err(|error| Error::Authorities {
        path: authorities.to_owned(),
        source: GitSaid::from(error),
    })
}

/// Makes libgit2 look for `.ssh/known_hosts` in `home`, until the guard is dropped and the next caller has its turn.
pub(super) fn home(home: &Path) -> MutexGuard<'static, ()> {
    prepare();
    let turn = turn();
    if let Ok(path) = CString::new(home.as_os_str().as_bytes()) {
        let option = libgit2_sys::GIT_OPT_SET_HOMEDIR.cast_signed();
        #[expect(
            unsafe_code,
            reason = "git2 does not wrap this option; it copies the text, and `HOME` serialises its users"
        )]
        unsafe {
            libgit2_sys::git_libgit2_opts(option, path.as_ptr());
        }
    }
    turn
}

/// Waits until nobody else changes where libgit2's home is.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    HOME.lock().unwrap_or_else(PoisonError::into_inner)
}

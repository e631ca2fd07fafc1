//! The memory of a process that lives for months: what was needed once is given back.

use std::fs;

/// Keeps the allocator of glibc to one arena, and has it give back what is free at the end of it: with an arena for each
/// thread, each of them keeps what its largest piece of work needed. To be called before threads begin.
pub(super) fn be_frugal() {
    #[cfg(target_env = "gnu")]
    glibc::be_frugal();
}

/// Gives back what is free, wherever it lies. Behind a piece of work, not within one.
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    glibc::give_back();
}

/// Gives back the pages of the program itself that its start alone needed: those that are needed again come back from the
/// page cache.
pub(super) fn forget_the_start() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let Some(program) = fs::read_link("/proc/self/exe").ok() else { return };
    for (start, length) in maps.lines().filter_map(|line| code(line, program.to_str()?)) {
        #[expect(
            unsafe_code,
            reason = "a mapping of the program's code is never written to, so that each page comes back as it was"
        )]
        let forgotten = unsafe {
            let start = std::ptr::with_exposed_provenance_mut(start);
            rustix::mm::madvise(start, length, rustix::mm::Advice::LinuxDontNeed)
        };
        // Where the system refuses, the pages stay.
        forgotten.unwrap_or_default();
    }
}

/// Where a line of `/proc/self/maps` has code of the program, and how much.
fn code(line: &str, program: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    let (access, rest) = rest.split_once(' ')?;
    let path = rest.splitn(4, ' ').nth(3)?.trim_start();
    let (start, end) = range.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    (access == "r-xp" && path == program).then(|| (start, end.saturating_sub(start)))
}

#[cfg(target_env = "gnu")]
mod glibc {
    use std::ffi::c_int;

    /// glibc's names of what can be set.
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_THRESHOLD: c_int = -3;
    const ARENA_MAX: c_int = -8;

    /// Pieces of this size and more are given back as soon as they are free.
    const LARGE: c_int = 128 << 10;

    #[expect(unsafe_code, reason = "as glibc's `malloc.h` declares them")]
    unsafe extern "C" {
        safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
        safe fn malloc_trim(keep: usize) -> c_int;
    }

    pub(super) fn be_frugal() {
        // Setting one of them keeps glibc from raising them by itself.
        mallopt(ARENA_MAX, 1);
        mallopt(TRIM_THRESHOLD, LARGE);
        mallopt(MMAP_THRESHOLD, LARGE);
    }

    pub(super) fn give_back() {
        malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_of_the_program_itself_is_forgotten() {
        let check = |line: &str| code(line, "/usr/bin/my conductor");
        let at = "7f00-8f00";
        assert_eq!(
            check(&format!("{at} r-xp 004a2000 fe:00 99   /usr/bin/my conductor")),
            Some((0x7f00, 0x1000))
        );
        assert_eq!(check(&format!("{at} r--p 004a2000 fe:00 99   /usr/bin/my conductor")), None);
        assert_eq!(check(&format!("{at} r-xp 00000000 fe:00 99   /usr/lib/libc.so")), None);
        assert_eq!(check(&format!("{at} rw-p 00000000 00:00 0")), None);
        forget_the_start();
        give_back();
    }
}

//! Tar archives (ustar with PAX paths where they are long), made in memory: what is in them may be secret.

use crate::model::desired::{Contents, CopiedFile};

const BLOCK: usize = 512;

/// An archive of these files, with their paths below `/`.
pub(super) fn archive(files: &[CopiedFile]) -> Vec<u8> {
    let mut tar = Vec::new();
    for file in files {
        let path = file.target.trim_start_matches('/');
        if path.len() > 100 {
            let record = pax_path(path);
            let header = Header { path: "pax", mode: 0o644, uid: 0, gid: 0, size: record.len() };
            tar.extend(header.block(b'x', ""));
            padded(&mut tar, &record);
        }
        let (contents, kind, link): (&[u8], u8, String) = match &file.contents {
            Contents::Plain(bytes) => (bytes, b'0', String::new()),
            Contents::Secret(secret) => (secret.expose(), b'0', String::new()),
            Contents::Link(target) => (&[], b'2', target.to_string_lossy().into_owned()),
        };
        let header =
            Header { path, mode: file.mode, uid: file.uid, gid: file.gid, size: contents.len() };
        tar.extend(header.block(kind, &link));
        padded(&mut tar, contents);
    }
    tar.extend([0; 2 * BLOCK]);
    tar
}

struct Header<'a> {
    path: &'a str,
    mode: u32,
    uid: u32,
    gid: u32,
    size: usize,
}

impl Header<'_> {
    fn block(&self, kind: u8, link: &str) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        put(&mut block, 0, 100, self.path.as_bytes());
        put(&mut block, 100, 8, format!("{:07o}", self.mode & 0o7777).as_bytes());
        put(&mut block, 108, 8, format!("{:07o}", self.uid).as_bytes());
        put(&mut block, 116, 8, format!("{:07o}", self.gid).as_bytes());
        put(&mut block, 124, 12, format!("{:011o}", self.size).as_bytes());
        put(&mut block, 136, 12, b"00000000000");
        put(&mut block, 148, 8, b"        ");
        put(&mut block, 156, 1, &[kind]);
        put(&mut block, 157, 100, link.as_bytes());
        put(&mut block, 257, 8, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        put(&mut block, 148, 8, format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

fn put(block: &mut [u8; BLOCK], at: usize, room: usize, bytes: &[u8]) {
    for (place, byte) in block.iter_mut().skip(at).take(room).zip(bytes) {
        *place = *byte;
    }
}

fn padded(tar: &mut Vec<u8>, contents: &[u8]) {
    tar.extend_from_slice(contents);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

/// `LENGTH path=PATH\n`, where the length counts itself.
fn pax_path(path: &str) -> Vec<u8> {
    let rest = format!(" path={path}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(target: &str, contents: &[u8]) -> CopiedFile {
        CopiedFile {
            target: target.to_owned(),
            contents: Contents::Plain(contents.to_vec()),
            mode: 0o440,
            uid: 1000,
            gid: 33,
        }
    }

    #[test]
    fn an_archive_has_whole_blocks_and_a_checksum() {
        let tar = archive(&[file("/etc/app.conf", b"hello")]);
        assert_eq!(tar.len(), BLOCK * 4);
        assert_eq!(&tar[0..12], b"etc/app.conf");
        assert_eq!(&tar[100..107], b"0000440");
        assert_eq!(&tar[108..115], b"0001750");
        let stored = std::str::from_utf8(&tar[148..154]).unwrap();
        let mut header = tar[..BLOCK].to_vec();
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        assert_eq!(u32::from_str_radix(stored, 8).unwrap(), sum);
        assert_eq!(&tar[BLOCK..BLOCK + 5], b"hello");
    }

    #[test]
    fn a_long_path_gets_a_record_that_counts_itself() {
        let record = pax_path(&"d/".repeat(60));
        let text = String::from_utf8(record).unwrap();
        assert_eq!(text.split(' ').next().unwrap().parse::<usize>().unwrap(), text.len());
        assert_eq!(archive(&[file(&"d/".repeat(60), b"")]).len(), BLOCK * 5);
    }
}

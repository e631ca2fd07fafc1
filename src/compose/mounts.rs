//! The short form of a volume.

use super::problem::Problem;

/// A mount in the long form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(super) struct Short {
    /// Whether the source is a path of the host.
    pub(super) bind: bool,
    /// Path, volume or nothing.
    pub(super) source: String,
    /// Path in the container, as written.
    pub(super) target: String,
    /// `ro`.
    pub(super) read_only: bool,
    /// `nocopy`.
    pub(super) nocopy: bool,
    /// A propagation mode.
    pub(super) propagation: String,
    /// `z` or `Z`.
    pub(super) selinux: String,
    /// Options that mean nothing.
    pub(super) unknown: Vec<String>,
    /// Whether a one-letter name before the first colon was taken for a drive.
    pub(super) drive_letter: bool,
}

/// Reads `[SOURCE:]TARGET[:OPTIONS]`.
pub(super) fn parse(text: &str) -> Result<Short, Problem> {
    if text.is_empty() {
        return Err(Problem::EmptyVolume);
    }
    let mut short = Short::default();
    let sections = if text.chars().count() <= 2 { vec![text.to_owned()] } else { sections(text) };
    if sections.iter().any(String::is_empty) {
        return Err(Problem::EmptyVolumeSection { text: text.to_owned() });
    }
    match sections.as_slice() {
        [target] => {
            target.clone_into(&mut short.target);
            short.drive_letter = is_drive(target);
        }
        [source, target] => {
            source.clone_into(&mut short.source);
            target.clone_into(&mut short.target);
        }
        [source, target, options] => {
            source.clone_into(&mut short.source);
            target.clone_into(&mut short.target);
            options.split(',').for_each(|option| short.option(option));
        }
        _ => return Err(Problem::VolumeColons { text: text.to_owned() }),
    }
    short.bind = is_path(&short.source);
    Ok(short)
}

/// Reads the same before variables are put in: a colon between braces separates nothing.
pub(super) fn parse_template(text: &str) -> Result<Short, Problem> {
    /// Stands for a colon; no text of a file can hold it.
    const COLON: &str = "\u{fffe}";
    let (mut depth, mut hidden) = (0_usize, String::new());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => (),
        }
        match c {
            ':' if depth > 0 => hidden.push_str(COLON),
            other => hidden.push(other),
        }
        before = c;
    }
    let mut short = parse(&hidden)?;
    for part in [&mut short.source, &mut short.target] {
        *part = part.replace(COLON, ":");
    }
    Ok(short)
}

impl Short {
    fn option(&mut self, option: &str) {
        match option {
            "ro" => self.read_only = true,
            "rw" => self.read_only = false,
            "nocopy" => self.nocopy = true,
            "z" | "Z" => option.clone_into(&mut self.selinux),
            "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => {
                option.clone_into(&mut self.propagation);
            }
            other => self.unknown.push(other.to_owned()),
        }
    }
}

/// Splits at colons, except behind a single letter, which is taken for the drive of a Windows path.
fn sections(text: &str) -> Vec<String> {
    let mut sections = Vec::new();
    let mut section = String::new();
    for c in text.chars() {
        let drive = section.chars().count() == 1 && section.starts_with(char::is_alphabetic);
        if c == ':' && !drive {
            sections.push(std::mem::take(&mut section));
        } else {
            section.push(c);
        }
    }
    sections.push(section);
    sections
}

fn is_drive(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':')
}

/// Whether a source is a path of the host rather than the name of a volume.
pub(super) fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || is_drive(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match parse(text) {
            Ok(short) => {
                let kind = if short.bind { "bind" } else { "volume" };
                let mut shown = format!("{kind} {}>{}", short.source, short.target);
                let flags = [
                    (short.read_only, "ro"),
                    (short.nocopy, "nocopy"),
                    (short.drive_letter, "drive"),
                ];
                for word in flags.into_iter().filter_map(|(is, word)| is.then_some(word)) {
                    shown.push_str(&format!(" {word}"));
                }
                for word in [short.propagation, short.selinux].into_iter().chain(short.unknown) {
                    shown.push_str(&format!(" {word}"));
                }
                shown.trim_end().to_owned()
            }
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn every_short_form_is_read() {
        for (text, wanted) in [
            ("/data", "volume >/data"),
            ("data:/data", "volume data>/data"),
            ("./a:/b:ro", "bind ./a>/b ro"),
            ("~/a:/b:rw", "bind ~/a>/b"),
            ("/a:/b:ro,Z", "bind /a>/b ro  Z"),
            ("/a:/b:rshared", "bind /a>/b rshared"),
            ("data:/x:nocopy,odd", "volume data>/x nocopy   odd"),
            ("v:/data", "volume >v:/data drive"),
            ("foo/bar:/x", "volume foo/bar>/x"),
            ("C:\\a:/b", "bind C:\\a>/b"),
        ] {
            assert_eq!(check(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_bad_volume_says_what_is_wrong() {
        insta::assert_snapshot!(check(""), @"the volume is empty");
        insta::assert_snapshot!(check(":/data"), @"the volume `:/data` has nothing before or between its colons");
        insta::assert_snapshot!(check("./a:/b:ro:z"), @"the volume `./a:/b:ro:z` has too many colons");
    }
}

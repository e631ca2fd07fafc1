//! Where words go: data to standard output, everything else to standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::MultiProgress;

use super::arguments::{Colour, Format};
use super::failure::Complaint;
use crate::config::Environment;
use crate::model::outcome::Trouble;
use crate::report::{self, Line, Severity, Style};

/// How this run answers.
#[derive(Debug, Clone)]
pub(super) struct Screen {
    /// The shape of answers.
    pub(super) format: Format,
    colour_out: bool,
    colour_err: bool,
    /// Whether standard error is a terminal that can be drawn on.
    is_live: bool,
    bars: MultiProgress,
    /// Whether some of the data could not be written.
    lost: Arc<AtomicBool>,
}

impl Screen {
    /// Decides about colours and drawing, from flags, variables and terminals.
    pub(super) fn new(format: Format, colour: Colour, environment: Option<&Environment>) -> Self {
        let get = |name: &str| environment.and_then(|environment| environment.get(name));
        let dumb = get("TERM").is_none_or(|term| term == "dumb");
        let decide = |terminal: bool| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !dumb && get("NO_COLOR").is_none(),
        };
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            format,
            colour_out: decide(out),
            colour_err: decide(err),
            is_live: err && !dumb,
            bars: MultiProgress::new(),
            lost: Arc::default(),
        }
    }

    /// Whether standard error is a terminal that can be drawn on.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// What is being drawn on standard error.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether answers are for programs.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Writes lines of data.
    pub(super) fn data(&self, lines: &[Line]) {
        self.raw(&painted(lines, self.colour_out));
    }

    /// Writes text of data as it is.
    pub(super) fn raw(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes bytes of data as they are.
    pub(super) fn bytes(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Ok(()) => (),
            // A reader that has gone away wants no more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => (),
            Err(error) => {
                self.lost.store(true, Ordering::Relaxed);
                let text = format!("cannot write to standard output: {error}");
                self.tell(&[Line::of(Style::Bad, "error: ").with(Style::Plain, text)]);
            }
        }
    }

    /// Whether some of the data could not be written, as on a full disk.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Writes lines that are not data.
    pub(super) fn tell(&self, lines: &[Line]) {
        let text = painted(lines, self.colour_err);
        self.bars.suspend(|| io::stderr().lock().write_all(text.as_bytes()).ok());
    }

    /// Warns about each of these.
    pub(super) fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            let mut parts = warning.lines();
            let first = parts.next().unwrap_or_default();
            let mut lines = vec![Line::of(Style::Odd, "warning: ").with(Style::Plain, first)];
            lines.extend(parts.map(|part| Line::of(Style::Plain, format!("    {part}"))));
            self.tell(&lines);
        }
    }

    /// Tells what went wrong.
    pub(super) fn trouble(&self, trouble: &Trouble) {
        self.tell(&report::trouble_text(Severity::Error, trouble));
    }

    /// Tells what ended the command: to programs on standard output, to people on standard error.
    pub(super) fn complain(&self, complaint: &Complaint) {
        if self.is_json() {
            self.raw(&report::trouble_json(&complaint.trouble));
        } else {
            self.trouble(&complaint.trouble);
        }
    }

    /// One line as the terminal of standard error gets it, for those who draw there themselves.
    pub(super) fn painted(&self, line: &Line) -> String {
        painted(std::slice::from_ref(line), self.colour_err).trim_end_matches('\n').to_owned()
    }
}

fn painted(lines: &[Line], colour: bool) -> String {
    let mut text = String::new();
    for line in lines {
        for span in line.spans() {
            match code(span.style).filter(|_| colour && !span.text().is_empty()) {
                Some(code) => {
                    text.push_str(&format!("\x1b[{code}m{}\x1b[0m", span.text()));
                }
                None => text.push_str(span.text()),
            }
        }
        text.push('\n');
    }
    text
}

/// The terminal's word for a style.
fn code(style: Style) -> Option<&'static str> {
    match style {
        Style::Plain => None,
        Style::Strong => Some("1"),
        Style::Faint => Some("2"),
        Style::Good => Some("32"),
        Style::Odd => Some("33"),
        Style::Bad => Some("31"),
        Style::Hint => Some("36"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(colour: Colour, variables: &[(&str, &str)]) -> bool {
        let environment = Environment {
            variables: variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            working_dir: "/".into(),
            uid: 0,
            hostname: "nas".to_owned(),
            in_container: false,
            container: None,
            unreadable: Vec::new(),
        };
        Screen::new(Format::Human, colour, Some(&environment)).colour_out
    }

    #[test]
    fn a_flag_decides_about_colour_and_no_color_does_where_there_is_none() {
        assert!(check(Colour::Always, &[("NO_COLOR", "1")]));
        assert!(!check(Colour::Never, &[("TERM", "xterm")]));
        assert!(!check(Colour::Auto, &[("TERM", "xterm"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn colours_end_with_their_part() {
        let line = Line::of(Style::Bad, "failed").with(Style::Plain, " here");
        assert_eq!(painted(std::slice::from_ref(&line), true), "\x1b[31mfailed\x1b[0m here\n");
        assert_eq!(painted(&[line], false), "failed here\n");
    }
}

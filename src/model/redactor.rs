//! Free text without secrets: an engine's error, a container's output.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use zeroize::{Zeroize as _, Zeroizing};

use super::outcome::Trouble;

/// Bytes that a secret must have to be masked; shorter ones could be any word.
pub const SHORTEST: usize = 8;
/// What stands in the place of a secret.
pub const HIDDEN: &str = "***";
/// Lines of a secret file that are known one by one, at most.
const LINES: usize = 10_000;

/// Masks the secrets that it knows: as they are, in base64, URL-escaped and JSON-escaped. Cheap to clone.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Needles>);

/// What is looked for, the longest first.
#[derive(Default)]
struct Needles(Vec<String>);

impl Drop for Needles {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(***)")
    }
}

/// Collects what a [`Redactor`] is to know.
#[derive(Default)]
pub struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl Secrets {
    /// A value: a variable, a leaf of a file.
    pub fn value(&mut self, value: &[u8]) {
        let value = value.trim_ascii();
        if value.len() >= SHORTEST {
            self.0.push(Zeroizing::new(value.to_vec()));
        }
    }

    /// A whole file: itself, its lines, and what stands behind `=` or `:` in them.
    pub fn file(&mut self, contents: &[u8]) {
        self.value(contents);
        for line in contents.split(|byte| *byte == b'\n').take(LINES) {
            self.value(line);
            for at in [b'=', b':'] {
                if let Some(at) = line.iter().position(|byte| *byte == at) {
                    let value = line[at + 1..].trim_ascii();
                    let value = value.strip_suffix(b",").unwrap_or(value);
                    let quoted = value.len() > 1 && value[0] == value[value.len() - 1];
                    let quoted = quoted && matches!(value[0], b'"' | b'\'');
                    self.value(if quoted { &value[1..value.len() - 1] } else { value });
                }
            }
        }
    }

    /// Makes the redactor.
    pub fn redactor(self) -> Redactor {
        let mut needles: BTreeSet<String> = BTreeSet::new();
        for secret in &self.0 {
            needles.extend(spellings(secret));
        }
        let mut needles: Vec<String> = needles.into_iter().collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        Redactor(Arc::new(Needles(needles)))
    }
}

impl Redactor {
    /// The text with `***` for every secret in it.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for needle in &self.0.0 {
            if masked.contains(needle.as_str()) {
                let mut before = masked.into_owned();
                masked = Cow::Owned(before.replace(needle.as_str(), HIDDEN));
                before.zeroize();
            }
        }
        masked
    }

    /// The trouble with `***` for every secret in it.
    pub fn trouble(&self, trouble: Trouble) -> Trouble {
        let mask = |text: String| self.mask(&text).into_owned();
        let excerpt = trouble.excerpt.clone().map(mask);
        Trouble { excerpt, ..trouble.map(mask) }
    }
}

/// How a secret may be written.
fn spellings(secret: &[u8]) -> Vec<String> {
    let mut found = base64(secret);
    if let Ok(text) = std::str::from_utf8(secret) {
        found.push(text.to_owned());
        let json = serde_json::Value::from(text).to_string();
        let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
        let mut go = json.clone();
        for (c, escaped) in [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")] {
            go = go.replace(c, escaped);
        }
        found.extend([go, json]);
    }
    let plus = |text: String| text.replace("%20", "+");
    let upper = url(secret, |byte| format!("%{byte:02X}"));
    let lower = url(secret, |byte| format!("%{byte:02x}"));
    found.extend([plus(upper.clone()), plus(lower.clone()), upper, lower]);
    found.retain(|needle| needle.len() >= SHORTEST);
    found
}

fn url(secret: &[u8], escape: impl Fn(u8) -> String) -> String {
    let one = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(*byte).to_string()
        }
        other => escape(*other),
    };
    secret.iter().map(one).collect()
}

/// What base64 makes of a secret with nothing, one byte or two bytes before it: the letters that it alone decides.
fn base64(secret: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for before in 0..3_usize {
        let padded = Zeroizing::new([&[0_u8; 2][..before], secret].concat());
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for alphabet in [STANDARD, URL_SAFE] {
            let text = alphabet.encode(&*padded);
            found.extend(text.get(first..last).map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Disposition;

    fn redactor(secrets: &[&str]) -> Redactor {
        let mut known = Secrets::default();
        for secret in secrets {
            known.value(secret.as_bytes());
        }
        known.redactor()
    }

    #[test]
    fn a_secret_is_masked_however_it_is_written() {
        let secret = "pa ss\"w<o>rd/ä";
        let redactor = redactor(&[secret]);
        let json = serde_json::json!({"k": secret}).to_string();
        for text in [
            secret.to_owned(),
            json.clone(),
            json.replace('<', "\\u003c").replace('>', "\\u003e"),
            "pa%20ss%22w%3Co%3Erd%2F%C3%A4".to_owned(),
            "pa+ss%22w%3co%3erd%2f%c3%a4".to_owned(),
        ] {
            let masked = redactor.mask(&text).into_owned();
            assert!(masked.contains(HIDDEN) && !masked.contains("ss"), "{text}: {masked}");
        }
        assert_eq!(redactor.mask(&format!("a{secret}b{secret}")), "a***b***");
    }

    #[test]
    fn base64_is_known_wherever_the_secret_begins_in_it() {
        let secret = "correct-horse-battery";
        let redactor = redactor(&[secret]);
        for before in ["", "x", "xy", "xyz", "user:name"] {
            let text = STANDARD.encode(format!("{before}{secret}{before}!"));
            let masked = redactor.mask(&text).into_owned();
            assert!(
                masked.contains(HIDDEN) && masked.len() + 20 < text.len(),
                "{before}: {masked}"
            );
        }
    }

    #[test]
    fn short_secrets_and_other_text_stay() {
        let redactor = redactor(&["short", "long-enough"]);
        assert_eq!(redactor.mask("a short text, long enough"), "a short text, long enough");
        assert!(matches!(redactor.mask("short"), Cow::Borrowed("short")));
        assert_eq!(format!("{redactor:?}"), "Redactor(***)");
    }

    #[test]
    fn the_longer_secret_is_masked_whole() {
        assert_eq!(redactor(&["password", "password-of-db"]).mask("x password-of-db y"), "x *** y");
    }

    #[test]
    fn a_file_is_known_by_its_lines_and_their_values() {
        let mut known = Secrets::default();
        known.file(b"host: example\npassword: \"hunter2hunter2\"\nTOKEN=abcdefgh1234\n  \"key\": \"jsonjsonjson\",\n");
        let redactor = known.redactor();
        let masked = redactor.mask("hunter2hunter2 abcdefgh1234 jsonjsonjson host").into_owned();
        assert_eq!(masked, "*** *** *** host");
    }

    #[test]
    fn all_of_a_trouble_is_masked() {
        let redactor = redactor(&["s3cret-value"]);
        let trouble = Trouble {
            error: "a s3cret-value".into(),
            causes: vec!["b s3cret-value".into()],
            excerpt: Some("c s3cret-value".into()),
            hint: Some("d s3cret-value".into()),
            disposition: Disposition::WaitForChange,
        };
        let text = format!("{:?}", redactor.trouble(trouble));
        assert!(!text.contains("s3cret-value") && text.matches(HIDDEN).count() == 4, "{text}");
    }
}

//! One request as it came.

use axum::http::HeaderMap;

/// One request to `/hooks/<provider>[/<secret>]`.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// What follows the provider in the path.
    pub path_secret: Option<&'a str>,
    /// The time, in seconds since 1970.
    pub now: i64,
}

impl<'a> Delivery<'a> {
    /// A header's bytes; `None` too where it stands twice, because then nobody can tell which one counts.
    pub(super) fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        let mut all = self.headers.get_all(name).iter();
        let first = all.next()?;
        all.next().is_none().then(|| first.as_bytes())
    }

    /// A header's text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }
}

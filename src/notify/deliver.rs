//! One try to deliver one message.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use super::channels::{Outgoing, Parcel, outgoing};
use super::queue::Try;
use crate::model::channel::{Address, Channel};
use crate::model::secret::Secret;
use crate::web::{Client, Request};

/// Bytes of a file with an address, a key or a token.
const MOST_FILE: usize = 1 << 16;
/// Bytes of an answer; nobody reads it.
const MOST_ANSWER: usize = 1 << 16;

/// Makes one try; a failure comes with words for people, which hold neither the address nor the key.
pub(super) async fn deliver(
    client: Client,
    channel: std::sync::Arc<Channel>,
    parcel: Parcel,
    now: i64,
) -> (Try, Option<String>) {
    let later = |words: String| (Try::Later(None), Some(words));
    let files = match read(&channel).await {
        Ok(files) => files,
        Err(words) => return later(words),
    };
    let made = outgoing(&channel, &parcel, (files.0, files.1.as_ref()), now);
    let Outgoing { url, headers, content_type, body } = match made {
        Ok(made) => made,
        Err(words) => return later(words.to_owned()),
    };
    let Some(url) = url.expose_str() else { return later("its address is not text".to_owned()) };
    let request = Request { url, headers, body: Some((&content_type, body)), most: MOST_ANSWER };
    match client.send(request).await {
        Ok(answer) => judge(answer.status, answer.retry_after),
        // The answer's status said nothing yet, but something was there.
        Err(error) => later(words(&error)),
    }
}

/// What a status means. A message that the other side does not understand is given up; all else may be put right.
fn judge(status: u16, retry_after: Option<Duration>) -> (Try, Option<String>) {
    let words = || Some(format!("it answered with the status {status}"));
    match status {
        200..=299 => (Try::Sent, None),
        400 | 413 | 415 | 422 => (Try::Refused, words()),
        _ => (Try::Later(retry_after), words()),
    }
}

/// The address and the key as they are now.
async fn read(channel: &Channel) -> Result<(Secret, Option<Secret>), String> {
    let url = match &channel.address {
        Address::Url(url) => url.clone(),
        Address::File(path) => line("url_file", path.clone()).await?,
    };
    let secret = match &channel.secret_file {
        Some(path) => Some(line("secret_file", path.clone()).await?),
        None => None,
    };
    Ok((url, secret))
}

async fn line(setting: &'static str, path: PathBuf) -> Result<Secret, String> {
    let shown = path.display().to_string();
    let reading = tokio::task::spawn_blocking(move || {
        File::open(path).and_then(|file| Secret::read(file, MOST_FILE))
    });
    let read = reading.await.map_err(|_panic| format!("`{shown}` cannot be read"))?;
    let line =
        read.map_err(|error| format!("`{shown}`, its `{setting}`, cannot be read: {error}"))?;
    let line = line.first_line();
    if line.expose().is_empty() {
        return Err(format!("`{shown}`, its `{setting}`, is empty"));
    }
    Ok(line)
}

/// An error with its causes, on one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_will_never_be_taken_is_given_up() {
        let check = |status| judge(status, None).0;
        for status in [200, 202, 204] {
            assert_eq!(check(status), Try::Sent);
        }
        for status in [400, 413, 415, 422] {
            assert_eq!(check(status), Try::Refused);
        }
        for status in [301, 401, 403, 404, 408, 429, 500, 502, 503] {
            assert_eq!(check(status), Try::Later(None));
        }
        let wanted = Some(Duration::from_secs(7));
        assert_eq!(judge(429, wanted).0, Try::Later(wanted));
    }
}

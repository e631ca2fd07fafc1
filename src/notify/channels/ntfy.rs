//! A topic of ntfy, which shows messages on phones and desktops.

use serde_json::{Value, json};

use super::Parcel;
use crate::model::secret::Secret;

/// Bytes of a title at most.
const MOST_TITLE: usize = 240;
/// Bytes of a text at most; a longer one would arrive as a file.
const MOST_TEXT: usize = 4000;

/// The address of the server, and the message for its topic. A template makes the text; else it is the usual one.
pub(super) fn request(
    parcel: &Parcel,
    url: &Secret,
    template: bool,
) -> Result<(Secret, Vec<u8>), &'static str> {
    let bad = "its address is not that of a topic, such as `https://ntfy.sh/my-topic`";
    let url = url.expose_str().ok_or(bad)?.trim_end_matches('/');
    let (server, topic) = url.rsplit_once('/').ok_or(bad)?;
    if topic.is_empty() || server.ends_with('/') || !server.contains("://") {
        return Err(bad);
    }
    let text = |name: &str| parcel.value.get(name).and_then(Value::as_str).unwrap_or_default();
    let (priority, tag) = match text("severity") {
        "failure" => (4, "rotating_light"),
        "recovery" => (3, "white_check_mark"),
        _ => (2, "package"),
    };
    let message = if template { parcel.body.as_str() } else { text("text") };
    let body = json!({
        "topic": topic,
        "title": shortened(text("title"), MOST_TITLE),
        "message": shortened(message, MOST_TEXT),
        "priority": priority,
        "tags": [tag],
    });
    Ok((Secret::new(format!("{server}/").into_bytes()), body.to_string().into_bytes()))
}

/// What shows that we may write there.
pub(super) fn authorization(token: &Secret) -> (&'static str, Secret) {
    ("authorization", Secret::new([b"Bearer ", token.expose()].concat()))
}

fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, text: &str) -> Result<(String, Value), &'static str> {
        let value = json!({"title": "nas: shop failed", "text": text, "severity": "failure"});
        let parcel = Parcel { id: String::new(), body: "own form".to_owned(), value };
        let (url, body) = request(&parcel, &Secret::new(url.into()), text.is_empty())?;
        Ok((url.expose_str().unwrap().to_owned(), serde_json::from_slice(&body).unwrap()))
    }

    #[test]
    fn a_message_goes_to_its_topic() {
        let (url, body) = check("https://ntfy.sh/conductor-x1/", "it failed").unwrap();
        assert_eq!(url, "https://ntfy.sh/");
        insta::assert_snapshot!(body, @r#"{"topic":"conductor-x1","title":"nas: shop failed","message":"it failed","priority":4,"tags":["rotating_light"]}"#);
        assert_eq!(check("https://ntfy.sh/x", "").unwrap().1["message"], "own form");
        for bad in ["https://ntfy.sh", "https://", "ntfy", ""] {
            assert!(check(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let (_, body) = check("https://ntfy.sh/x", &"ä".repeat(5000)).unwrap();
        let text = body["message"].as_str().unwrap();
        assert!(text.len() < 4096 && text.ends_with("ä…"), "{}", text.len());
    }
}

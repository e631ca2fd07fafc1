//! A signed request to any program, by the rules of Standard Webhooks: an id, a time, and a signature over both and the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Parcel;
use crate::model::secret::Secret;

/// What a key in base64 begins with.
const PREFIX: &[u8] = b"whsec_";

/// The headers of a request; without a key it is not signed.
pub(super) fn headers(
    parcel: &Parcel,
    key: Option<&Secret>,
    now: i64,
) -> Result<Vec<(&'static str, Secret)>, &'static str> {
    let value = |text: String| Secret::new(text.into_bytes());
    let mut headers = vec![
        ("webhook-id", value(parcel.id.clone())),
        ("webhook-timestamp", value(now.to_string())),
    ];
    if let Some(key) = key {
        let signature = signature(key, &format!("{}.{now}.{}", parcel.id, parcel.body))?;
        headers.push(("webhook-signature", value(signature)));
    }
    Ok(headers)
}

fn signature(key: &Secret, text: &str) -> Result<String, &'static str> {
    let key = match key.expose().strip_prefix(PREFIX) {
        Some(encoded) => {
            let decoded = STANDARD.decode(encoded);
            Zeroizing::new(decoded.map_err(|_error| "the key behind `whsec_` is not base64")?)
        }
        None => Zeroizing::new(key.expose().to_vec()),
    };
    let mac = Hmac::<Sha256>::new_from_slice(&key);
    let mut mac = mac.map_err(|_error| "the key has a length that does not fit")?;
    mac.update(text.as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_request_is_signed_as_standard_webhooks_says() {
        // The example of the specification's own libraries.
        let parcel = Parcel {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            value: Value::Null,
            body: r#"{"test": 2432232314}"#.to_owned(),
        };
        let key = Secret::new(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_vec());
        let headers = headers(&parcel, Some(&key), 1_614_265_330).unwrap();
        let shown: Vec<_> = headers.iter().map(|(_, value)| value.expose_str().unwrap()).collect();
        assert_eq!(
            shown,
            [
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            ]
        );
    }

    #[test]
    fn a_key_is_taken_as_it_is_unless_it_says_that_it_is_base64() {
        let of = |key: &[u8]| signature(&Secret::new(key.to_vec()), "x");
        assert_eq!(of(b"whsec_YWJj"), of(b"abc"));
        assert_ne!(of(b"abd"), of(b"abc"));
        assert!(of(b"whsec_*").is_err());
    }
}

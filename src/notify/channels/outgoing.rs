//! What goes out.

use serde_json::Value;

use super::{ntfy, webhook};
use crate::model::channel::{Channel, ChannelKind};
use crate::model::secret::Secret;

/// A message that is ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::notify) struct Parcel {
    /// What tells it from all others, the same at every try.
    pub(in crate::notify) id: String,
    /// The message as templates see it.
    pub(in crate::notify) value: Value,
    /// The form that the channel's template gave it, or the usual one.
    pub(in crate::notify) body: String,
}

/// A request.
#[derive(Debug)]
pub(in crate::notify) struct Outgoing {
    pub(in crate::notify) url: Secret,
    pub(in crate::notify) headers: Vec<(&'static str, Secret)>,
    pub(in crate::notify) content_type: String,
    pub(in crate::notify) body: Vec<u8>,
}

/// The request for a parcel: to this URL, with this key or token; `now` is in seconds since 1970.
pub(in crate::notify) fn outgoing(
    channel: &Channel,
    parcel: &Parcel,
    (url, secret): (Secret, Option<&Secret>),
    now: i64,
) -> Result<Outgoing, &'static str> {
    match channel.kind {
        ChannelKind::Webhook => {
            let headers = webhook::headers(parcel, secret, now)?;
            let body = parcel.body.clone().into_bytes();
            Ok(Outgoing { url, headers, content_type: channel.content_type.clone(), body })
        }
        ChannelKind::Ntfy => {
            let (url, body) = ntfy::request(parcel, &url, channel.template.is_some())?;
            let headers = secret.map(ntfy::authorization).into_iter().collect();
            Ok(Outgoing { url, headers, content_type: "application/json".to_owned(), body })
        }
    }
}

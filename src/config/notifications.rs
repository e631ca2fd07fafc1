//! The section `notifications`: where people are told what happened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::Error;
use crate::model::channel::{Address, Channel, ChannelKind};
use crate::model::name::ProjectName;
use crate::model::notice::Event;
use crate::model::secret::Secret;

/// What a template makes where nobody says otherwise.
const DEFAULT_CONTENT_TYPE: &str = "application/json";

/// One entry of `notifications`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct NotificationFragment {
    name: Option<String>,
    kind: Option<ChannelKind>,
    url: Option<Hidden>,
    url_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    template: Option<String>,
    content_type: Option<String>,
    events: Option<Vec<Event>>,
    #[serde(default)]
    stacks: Vec<ProjectName>,
}

/// A text that may be a secret.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl NotificationFragment {
    /// Takes relative paths from `base`.
    pub(super) fn based_on(&mut self, base: &Path) {
        let files = self.url_file.iter_mut().chain(&mut self.secret_file);
        files.for_each(|path| *path = base.join(&*path));
    }

    fn channel(self) -> Result<Channel, Error> {
        let name = self.name.unwrap_or_default();
        let missing = |setting| Error::Notification { name: name.clone(), setting };
        if name.is_empty() {
            return Err(missing("name"));
        }
        let address = match (self.url, self.url_file) {
            (Some(Hidden(url)), None) if is_url(&url) => {
                Address::Url(Secret::new(url.into_bytes()))
            }
            (None, Some(path)) => Address::File(path),
            (Some(_), _) | (None, None) => return Err(missing("url")),
        };
        let kind = self.kind.unwrap_or(ChannelKind::Webhook);
        let content_type = self.content_type.unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned());
        if content_type.is_empty() || content_type.contains(|c: char| c.is_control()) {
            return Err(missing("content_type"));
        }
        let events: BTreeSet<Event> = match self.events {
            Some(events) => events.into_iter().collect(),
            None => Event::ALL.into_iter().collect(),
        };
        let stacks = self.stacks.into_iter().collect();
        let (secret_file, template) = (self.secret_file, self.template);
        Ok(Channel { name, kind, address, secret_file, template, content_type, events, stacks })
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !text.contains(char::is_whitespace))
}

/// The channels, complete and valid; their names are unique.
pub(super) fn channels(fragments: Vec<NotificationFragment>) -> Result<Vec<Channel>, Error> {
    let mut channels: Vec<Channel> = Vec::new();
    for fragment in fragments {
        let channel = fragment.channel()?;
        if channels.iter().any(|other| other.name == channel.name) {
            return Err(Error::Twice { what: "notifications", name: channel.name });
        }
        channels.push(channel);
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::super::environment::Environment;
    use super::super::merge::{Flags, build};
    use super::*;

    fn check(entries: &str) -> String {
        let environment = Environment::of(&[("XDG_STATE_HOME", "/s")]);
        let path = Path::new("/etc/c/config.yaml");
        let text = format!("notifications: [{entries}]");
        match build(&environment, &Flags::default(), Some(path), &text) {
            Err(error) => {
                let source = std::error::Error::source(&error);
                let cause = source.map(|cause| format!(": {cause}")).unwrap_or_default();
                format!("{error}{cause}")
            }
            Ok(loaded) => {
                let channel = &loaded.settings.notifications[0];
                let events: Vec<_> = channel.events.iter().map(|event| event.word()).collect();
                format!("{:?} {:?} {}", channel.kind, channel.address, events.join(","))
            }
        }
    }

    #[test]
    fn a_channel_needs_a_name_and_an_address() {
        insta::assert_snapshot!(check("{name: phone, kind: ntfy, url: 'https://ntfy.sh/x'}"), @"Ntfy Url(Secret(***)) changed,failed,rolled-back,unhealthy,source,engine,journal,recovered");
        insta::assert_snapshot!(check("{name: phone, url_file: u, events: [failed, rolled-back]}"), @r#"Webhook File("/etc/c/u") failed,rolled-back"#);
        insta::assert_snapshot!(check("{url: 'https://x'}"), @"the channel `` of `notifications` has no usable `name`");
        insta::assert_snapshot!(check("{name: a}"), @"invalid settings in `/etc/c/config.yaml`: line 1, column 17: the channel `a` of `notifications` has no usable `url`");
        insta::assert_snapshot!(check("{name: a, url: 'https://x', url_file: u}"), @"invalid settings in `/etc/c/config.yaml`: line 1, column 17: the channel `a` of `notifications` has no usable `url`");
        insta::assert_snapshot!(check("{name: a, url: x}"), @"invalid settings in `/etc/c/config.yaml`: line 1, column 17: the channel `a` of `notifications` has no usable `url`");
        insta::assert_snapshot!(check("{name: a, url: 'https://x'}, {name: a, url: 'https://x'}"), @"invalid settings in `/etc/c/config.yaml`: line 1, column 46: two notifications are called `a`");
        assert!(check("{name: a, url: 'https://x', events: [failing]}").contains("failing"));
        assert!(check("{name: a, url: 'https://x', colour: red}").contains("unknown key `colour`"));
    }

    #[test]
    fn files_that_others_may_read_are_warned_about() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::of(&[("XDG_STATE_HOME", "/s")]);
        for name in ["key", "url", "token"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let text = "notifications: [{name: a, url_file: url, secret_file: key}]\n\
                    secrets: {providers: [{name: bao, address: 'https://bao', token_file: token}]}";
        let warnings = |mode| {
            for name in ["key", "url", "token"] {
                let path = dir.path().join(name);
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            }
            let path = dir.path().join("config.yaml");
            let loaded = build(&environment, &Flags::default(), Some(&path), text).unwrap();
            loaded.settings.exposed_files()
        };
        assert!(warnings(0o600).is_empty());
        let open = warnings(0o644).join("\n");
        for setting in ["a: url_file", "a: secret_file", "bao: token_file"] {
            assert!(open.contains(setting), "{open}");
        }
    }
}

//! A form of the user's own for messages.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use super::decide::{Item, Message};
use super::error::Error;
use super::message::{From, value};
use crate::model::channel::Channel;
use crate::model::name::ProjectName;
use crate::model::notice::{About, Event, Notice};
use crate::model::revision::Revision;
use crate::model::snapshot::ProblemNow;

/// The message in the form of the channel's template, or as JSON.
pub(super) fn body(template: Option<&str>, value: &Value) -> Result<String, String> {
    match template {
        Some(template) => {
            render(template, value).map_err(|(line, reason)| format!("line {line}: {reason}"))
        }
        None => Ok(value.to_string()),
    }
}

/// Tries a channel's template on messages of every kind: one that cannot be used is found before it is needed.
pub(super) fn check(channel: &Channel) -> Result<(), Error> {
    let Some(template) = &channel.template else { return Ok(()) };
    let from = From { host: Some("host"), instance: "default", channel: &channel.name };
    for message in samples() {
        render(template, &value(&from, &message)).map_err(|(line, reason)| Error::Template {
            channel: channel.name.clone(),
            line,
            reason,
        })?;
    }
    Ok(())
}

fn render(template: &str, value: &Value) -> Result<String, (usize, String)> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let rendered = environment.render_str(template, Serde(value));
    rendered.map_err(|error| {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        (error.line().unwrap_or(1), reason)
    })
}

/// A message of each event, with all that a notice may have, and with nothing.
fn samples() -> Vec<Message> {
    let notice = |event: Event| {
        let stack = ProjectName::parse("stack").ok()?;
        let problem = ProblemNow {
            error: "error".to_owned(),
            causes: vec!["cause".to_owned()],
            hint: Some("hint".to_owned()),
        };
        Some(Notice {
            at: 0,
            about: About::Stack(stack),
            event,
            run: Some(1),
            revision: Some(Revision::Directory),
            words: "words".to_owned(),
            problem: event.is_bad().then_some(problem),
        })
    };
    let all = Event::ALL.into_iter().filter_map(notice);
    all.flat_map(|full| {
        let bare = Notice { run: None, revision: None, problem: None, ..full.clone() };
        [(full, Some((0, 2))), (bare, None)].map(|(notice, ill)| Message {
            items: vec![Item { event: notice.event, notice, ill }],
            more: 0,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{FROM, message};
    use super::super::tests::channel;
    use super::*;

    #[test]
    fn a_template_sees_the_message() {
        let value = value(&FROM, &message());
        let check = |template: &str| body(Some(template), &value).unwrap();
        assert_eq!(check("{{ host }} {{ severity }}"), "nas failure");
        assert_eq!(
            check("{\"content\": {{ notices[0].causes[0] | tojson }}}"),
            r#"{"content": "no \"such\" tag"}"#
        );
        assert_eq!(
            check(
                "{% for notice in notices %}{{ notice.about }}{{ \",\" if not loop.last }}{% endfor %}"
            ),
            "shop,blog,engine local"
        );
    }

    #[test]
    fn a_template_that_cannot_be_used_is_found_at_the_start() {
        let check = |template: &str| {
            let channel = Channel { template: Some(template.to_owned()), ..channel("http://x") };
            check(&channel).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
        };
        assert_eq!(
            check("{{ title }} {% if notices[0].run %}{{ notices[0].run }}{% endif %}"),
            "fine"
        );
        // The example of the documentation.
        assert_eq!(check(r#"{"content": {{ (title ~ "\n" ~ text) | tojson }}}"#), "fine");
        insta::assert_snapshot!(check("a\n{{ titel }}"), @"cannot use the `template` of the channel `phone`: line 2: undefined value");
        insta::assert_snapshot!(check("{% for x in notices %}"), @"cannot use the `template` of the channel `phone`: line 1: unexpected end of input, expected end of block");
        insta::assert_snapshot!(check("{{ notices[0].causes[0] | upper }}"), @"cannot use the `template` of the channel `phone`: line 1: undefined value");
    }
}

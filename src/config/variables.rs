//! The settings that variables give.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::{Error, Problem};
use super::fragment::{
    ApiFragment, Fragment, JournalFragment, LimitsFragment, ListenFragment, RateLimitFragment,
    RoleFragment, SecretsFragment, SourceFragment, TokenFragment, WebhookFragment,
};
use super::listen::Address;
use super::parse::nearest;
use super::span::{Age, Count, HashDialect, Size, Span};
use crate::model::name::{InstanceName, SourceName};
use crate::model::webhook::Provider;

/// The name of the source that variables describe.
pub(super) const VARIABLE_SOURCE: &str = "default";

/// Every variable of ours.
const KNOWN: &[&str] = &[
    "CONDUCTOR_CONFIG",
    "CONDUCTOR_HOST",
    "CONDUCTOR_INSTANCE",
    "CONDUCTOR_STATE_DIR",
    "CONDUCTOR_RUNTIME_DIR",
    "CONDUCTOR_CONFIG_HASH",
    "CONDUCTOR_SOURCE_URL",
    "CONDUCTOR_SOURCE_REF",
    "CONDUCTOR_SOURCE_PATHS",
    "CONDUCTOR_SOURCE_TOKEN_FILE",
    "CONDUCTOR_SOURCE_USERNAME",
    "CONDUCTOR_SOURCE_SSH_KEY_FILE",
    "CONDUCTOR_SOURCE_KNOWN_HOSTS_FILE",
    "CONDUCTOR_SOURCE_CA_FILE",
    "CONDUCTOR_AGE_PASSPHRASE_FILE",
    "CONDUCTOR_PGP_KEY_FILE",
    "CONDUCTOR_PGP_PASSPHRASE_FILE",
    "CONDUCTOR_STACKS_AT_ONCE",
    "CONDUCTOR_PULLS_AT_ONCE",
    "CONDUCTOR_HEALTH_TIMEOUT",
    "CONDUCTOR_SETTLING",
    "CONDUCTOR_DRAIN",
    "CONDUCTOR_ENGINE_CALL",
    "CONDUCTOR_PULL_STALL",
    "CONDUCTOR_JOURNAL_MAX_AGE",
    "CONDUCTOR_JOURNAL_MAX_SIZE",
    "CONDUCTOR_RESTARTS",
    "CONDUCTOR_POLL",
    "CONDUCTOR_LISTEN_WEBHOOKS",
    "CONDUCTOR_LISTEN_API",
    "CONDUCTOR_LISTEN_METRICS",
    "CONDUCTOR_API_TOKEN_FILE",
    "CONDUCTOR_API_READ_TOKEN_FILE",
    "CONDUCTOR_WEBHOOK_PROVIDER",
    "CONDUCTOR_WEBHOOK_SECRET_FILE",
    "CONDUCTOR_TRUSTED_PROXIES",
    "CONDUCTOR_RATE_LIMIT",
];

/// What the variables say, apart from the source.
pub(super) fn fragment(environment: &Environment) -> Result<Fragment, Error> {
    Ok(Fragment {
        host: environment.get("CONDUCTOR_HOST").map(str::to_owned),
        instance: parsed(environment, "CONDUCTOR_INSTANCE", "a name", |text| {
            InstanceName::parse(text).ok()
        })?,
        state_dir: environment.path("CONDUCTOR_STATE_DIR"),
        runtime_dir: environment.path("CONDUCTOR_RUNTIME_DIR"),
        config_hash: parsed(
            environment,
            "CONDUCTOR_CONFIG_HASH",
            "`5` or `2`",
            HashDialect::parse,
        )?,
        poll: parsed(environment, "CONDUCTOR_POLL", SPAN, Span::parse)?,
        limits: LimitsFragment {
            stacks: parsed(environment, "CONDUCTOR_STACKS_AT_ONCE", COUNT, Count::parse)?,
            pulls: parsed(environment, "CONDUCTOR_PULLS_AT_ONCE", COUNT, Count::parse)?,
            health_timeout: parsed(environment, "CONDUCTOR_HEALTH_TIMEOUT", SPAN, Span::parse)?,
            settling: parsed(environment, "CONDUCTOR_SETTLING", SPAN, Span::parse)?,
            drain: parsed(environment, "CONDUCTOR_DRAIN", SPAN, Span::parse)?,
            engine_call: parsed(environment, "CONDUCTOR_ENGINE_CALL", SPAN, Span::parse)?,
            pull_stall: parsed(environment, "CONDUCTOR_PULL_STALL", SPAN, Span::parse)?,
            restarts: parsed(environment, "CONDUCTOR_RESTARTS", COUNT, Count::parse)?,
        },
        journal: JournalFragment {
            max_age: parsed(environment, "CONDUCTOR_JOURNAL_MAX_AGE", Age::WORDS, Age::parse)?,
            max_size: parsed(environment, "CONDUCTOR_JOURNAL_MAX_SIZE", Size::WORDS, Size::parse)?,
        },
        secrets: SecretsFragment {
            age_passphrase_file: environment.path("CONDUCTOR_AGE_PASSPHRASE_FILE"),
            pgp_key_files: environment.path("CONDUCTOR_PGP_KEY_FILE").into_iter().collect(),
            pgp_passphrase_file: environment.path("CONDUCTOR_PGP_PASSPHRASE_FILE"),
            ..SecretsFragment::default()
        },
        listen: ListenFragment {
            webhooks: address(environment, "CONDUCTOR_LISTEN_WEBHOOKS")?,
            api: address(environment, "CONDUCTOR_LISTEN_API")?,
            metrics: address(environment, "CONDUCTOR_LISTEN_METRICS")?,
        },
        api: ApiFragment { tokens: tokens(environment), ..ApiFragment::default() },
        webhooks: webhook(environment).into_iter().collect(),
        trusted_proxies: environment
            .get("CONDUCTOR_TRUSTED_PROXIES")
            .map(|list| list.split(',').map(|part| part.trim().to_owned()).collect()),
        rate_limit: RateLimitFragment {
            requests: parsed(environment, "CONDUCTOR_RATE_LIMIT", COUNT, Count::parse)?,
            per: None,
        },
        ..Fragment::default()
    })
}

fn address(environment: &Environment, variable: &'static str) -> Result<Option<Address>, Error> {
    parsed(environment, variable, Address::WORDS, Address::parse)
}

/// One token that looks and one that operates.
fn tokens(environment: &Environment) -> Vec<TokenFragment> {
    let of = |variable: &str, name: &str, role| {
        environment.path(variable).map(|file| TokenFragment {
            name: Some(name.to_owned()),
            file: Some(file),
            role: Some(role),
        })
    };
    let operate = of("CONDUCTOR_API_TOKEN_FILE", "operator", RoleFragment::Operate);
    let read = of("CONDUCTOR_API_READ_TOKEN_FILE", "reader", RoleFragment::Read);
    operate.into_iter().chain(read).collect()
}

/// One webhook: of a provider that signs by its secret, of another by the same secret in the path.
fn webhook(environment: &Environment) -> Option<WebhookFragment> {
    let provider = environment.get("CONDUCTOR_WEBHOOK_PROVIDER")?.to_owned();
    let secret = environment.path("CONDUCTOR_WEBHOOK_SECRET_FILE").into_iter().collect();
    let signs = Provider::parse(&provider).is_none_or(Provider::has_secret);
    let (secret_files, path_secret_files) =
        if signs { (secret, Vec::new()) } else { (Vec::new(), secret) };
    let provider = Some(provider);
    Some(WebhookFragment {
        provider,
        secret_files,
        path_secret_files,
        ..WebhookFragment::default()
    })
}

const COUNT: &str = "a whole number from 1";
const SPAN: &str = "a span of time such as `90s` or `3m`";

/// What the variables say about a source; `None` when none is set.
pub(super) fn source(environment: &Environment) -> Option<SourceFragment> {
    let text = |name: &str| environment.get(&format!("CONDUCTOR_SOURCE_{name}")).map(str::to_owned);
    let path = |name: &str| environment.path(&format!("CONDUCTOR_SOURCE_{name}"));
    let any = KNOWN
        .iter()
        .any(|name| name.starts_with("CONDUCTOR_SOURCE_") && environment.get(name).is_some());
    any.then(|| SourceFragment {
        name: SourceName::parse(VARIABLE_SOURCE).ok(),
        url: text("URL"),
        reference: text("REF"),
        paths: text("PATHS")
            .map(|list| list.split(',').map(|path| PathBuf::from(path.trim())).collect()),
        token_file: path("TOKEN_FILE"),
        username: text("USERNAME"),
        ssh_key_file: path("SSH_KEY_FILE"),
        known_hosts_file: path("KNOWN_HOSTS_FILE"),
        ca_file: path("CA_FILE"),
        ..SourceFragment::default()
    })
}

/// A word on each variable that begins as ours do and is none of them.
pub(super) fn unknown(environment: &Environment) -> Vec<String> {
    environment
        .variables
        .keys()
        .filter(|name| name.starts_with("CONDUCTOR_") && !KNOWN.contains(&name.as_str()))
        .map(|name| match nearest(name, KNOWN) {
            Some(known) => {
                format!("the variable `{name}` is not a setting; did you mean `{known}`?")
            }
            None => format!("the variable `{name}` is not a setting"),
        })
        .collect()
}

fn parsed<T>(
    environment: &Environment,
    variable: &'static str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(text) = environment.get(variable) else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| Error::Variable {
        variable,
        source: Problem {
            line: 0,
            column: 0,
            text: format!("`{text}` is not {expected}"),
            hint: Some(format!("write {expected}, or unset the variable")),
        },
    })
}

//! What may be written in the settings file: everything optional, nothing checked but its shape.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::docker::DockerFragment;
use super::listen::{self, Address};
use super::notifications::NotificationFragment;
use super::span::{Age, Count, HashDialect, Plain, Size, Span};
use crate::model::name::{EngineName, InstanceName, SourceName};

/// The settings as one origin gives them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Fragment {
    pub(super) host: Option<String>,
    pub(super) instance: Option<InstanceName>,
    #[serde(default)]
    pub(super) sources: Vec<SourceFragment>,
    #[serde(default)]
    pub(super) engines: Vec<EngineFragment>,
    #[serde(default)]
    pub(super) docker: DockerFragment,
    #[serde(default)]
    pub(super) registries: Vec<RegistryFragment>,
    #[serde(default)]
    pub(super) secrets: SecretsFragment,
    pub(super) state_dir: Option<PathBuf>,
    pub(super) runtime_dir: Option<PathBuf>,
    pub(super) config_hash: Option<HashDialect>,
    pub(super) poll: Option<Span>,
    #[serde(default)]
    pub(super) limits: LimitsFragment,
    #[serde(default)]
    pub(super) journal: JournalFragment,
    #[serde(default)]
    pub(super) notifications: Vec<NotificationFragment>,
    #[serde(default)]
    pub(super) listen: ListenFragment,
    #[serde(default)]
    pub(super) api: ApiFragment,
    #[serde(default)]
    pub(super) webhooks: Vec<WebhookFragment>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    #[serde(default)]
    pub(super) rate_limit: RateLimitFragment,
}

/// One entry of `sources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct SourceFragment {
    pub(super) name: Option<SourceName>,
    pub(super) url: Option<String>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
    pub(super) paths: Option<Vec<PathBuf>>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) username: Option<String>,
    pub(super) ssh_key_file: Option<PathBuf>,
    pub(super) known_hosts_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) submodules: Option<bool>,
    #[serde(default)]
    pub(super) environment: BTreeMap<String, Plain>,
}

/// One entry of `engines`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct EngineFragment {
    pub(super) name: Option<EngineName>,
    pub(super) endpoint: Option<String>,
    pub(super) kind: Option<EngineKind>,
}

/// What an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EngineKind {
    Docker,
    Podman,
    Swarm,
}

/// One entry of `registries`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RegistryFragment {
    pub(super) host: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<PathBuf>,
}

/// The section `secrets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct SecretsFragment {
    #[serde(default)]
    pub(super) age_key_files: Vec<PathBuf>,
    pub(super) age_passphrase_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) pgp_key_files: Vec<PathBuf>,
    pub(super) pgp_passphrase_file: Option<PathBuf>,
    pub(super) allow_key_command: Option<bool>,
    pub(super) mac_only_encrypted: Option<MacOnlyFragment>,
    #[serde(default)]
    pub(super) providers: Vec<ProviderFragment>,
}

/// What becomes of files whose MAC covers encrypted values only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MacOnlyFragment {
    Allow,
    Refuse,
}

/// One entry of `providers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct ProviderFragment {
    pub(super) name: Option<String>,
    pub(super) kind: Option<ProviderKind>,
    pub(super) address: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) mount: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) refresh: Option<Span>,
    pub(super) timeout: Option<Span>,
}

/// What a manager of secrets is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProviderKind {
    /// OpenBao or Vault.
    Vault,
}

/// The section `limits`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct LimitsFragment {
    pub(super) stacks: Option<Count>,
    pub(super) pulls: Option<Count>,
    pub(super) health_timeout: Option<Span>,
    pub(super) settling: Option<Span>,
    pub(super) drain: Option<Span>,
    pub(super) engine_call: Option<Span>,
    pub(super) pull_stall: Option<Span>,
    pub(super) restarts: Option<Count>,
}

/// The section `listen`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct ListenFragment {
    pub(super) webhooks: Option<Address>,
    pub(super) api: Option<Address>,
    pub(super) metrics: Option<Address>,
}

/// The section `api`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct ApiFragment {
    #[serde(default)]
    pub(super) tokens: Vec<TokenFragment>,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
}

/// One entry of `tokens`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct TokenFragment {
    pub(super) name: Option<String>,
    pub(super) file: Option<PathBuf>,
    pub(super) role: Option<RoleFragment>,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleFragment {
    Read,
    Operate,
}

/// One entry of `webhooks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct WebhookFragment {
    pub(super) provider: Option<String>,
    pub(super) source: Option<SourceName>,
    #[serde(default)]
    pub(super) secret_files: Vec<PathBuf>,
    #[serde(default)]
    pub(super) path_secret_files: Vec<PathBuf>,
    pub(super) basic: Option<BasicFragment>,
    #[serde(default)]
    pub(super) branches: Vec<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
}

/// The section `basic` of a webhook.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct BasicFragment {
    pub(super) username: Option<String>,
    #[serde(default)]
    pub(super) password_files: Vec<PathBuf>,
}

/// The section `rate_limit`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RateLimitFragment {
    pub(super) requests: Option<Count>,
    pub(super) per: Option<Span>,
}

/// The section `journal`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct JournalFragment {
    pub(super) max_age: Option<Age>,
    pub(super) max_size: Option<Size>,
}

impl Fragment {
    /// This fragment with `below` where it says nothing itself. Sources of one name are merged member by member.
    pub(super) fn over(self, below: Self) -> Self {
        let mut sources = below.sources;
        for source in self.sources {
            match sources.iter_mut().find(|other| other.name == source.name) {
                Some(other) => *other = source.over(std::mem::take(other)),
                None => sources.push(source),
            }
        }
        Self {
            host: self.host.or(below.host),
            instance: self.instance.or(below.instance),
            sources,
            // Only the file has it.
            docker: below.docker,
            engines: if self.engines.is_empty() { below.engines } else { self.engines },
            registries: if self.registries.is_empty() { below.registries } else { self.registries },
            secrets: self.secrets.over(below.secrets),
            state_dir: self.state_dir.or(below.state_dir),
            runtime_dir: self.runtime_dir.or(below.runtime_dir),
            config_hash: self.config_hash.or(below.config_hash),
            poll: self.poll.or(below.poll),
            limits: self.limits.over(&below.limits),
            journal: JournalFragment {
                max_age: self.journal.max_age.or(below.journal.max_age),
                max_size: self.journal.max_size.or(below.journal.max_size),
            },
            notifications: if self.notifications.is_empty() {
                below.notifications
            } else {
                self.notifications
            },
            listen: ListenFragment {
                webhooks: self.listen.webhooks.or(below.listen.webhooks),
                api: self.listen.api.or(below.listen.api),
                metrics: self.listen.metrics.or(below.listen.metrics),
            },
            api: ApiFragment {
                tokens: if self.api.tokens.is_empty() { below.api.tokens } else { self.api.tokens },
                certificate_file: self.api.certificate_file.or(below.api.certificate_file),
                key_file: self.api.key_file.or(below.api.key_file),
            },
            webhooks: if self.webhooks.is_empty() { below.webhooks } else { self.webhooks },
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            rate_limit: RateLimitFragment {
                requests: self.rate_limit.requests.or(below.rate_limit.requests),
                per: self.rate_limit.per.or(below.rate_limit.per),
            },
        }
    }

    /// This fragment with relative paths taken from `base`.
    pub(super) fn based_on(mut self, base: &Path) -> Self {
        let join = |path: &mut PathBuf| *path = base.join(&*path);
        for source in &mut self.sources {
            let files = [
                &mut source.token_file,
                &mut source.ssh_key_file,
                &mut source.known_hosts_file,
                &mut source.ca_file,
            ];
            files.into_iter().flatten().for_each(join);
        }
        self.registries.iter_mut().filter_map(|entry| entry.password_file.as_mut()).for_each(join);
        self.secrets.based_on(base);
        self.notifications.iter_mut().for_each(|entry| entry.based_on(base));
        self.doors_based_on(base);
        self.state_dir.iter_mut().for_each(join);
        self.runtime_dir.iter_mut().for_each(join);
        self
    }
}

impl Fragment {
    /// The files of who is let in.
    fn doors_based_on(&mut self, base: &Path) {
        let api = &mut self.api;
        let tokens = api.tokens.iter_mut().filter_map(|token| token.file.as_mut());
        let tls = api.certificate_file.iter_mut().chain(&mut api.key_file);
        tokens.chain(tls).for_each(|path| listen::based_on(path, base));
        for hook in &mut self.webhooks {
            let basic = hook.basic.iter_mut().flat_map(|basic| &mut basic.password_files);
            let all = hook.secret_files.iter_mut().chain(&mut hook.path_secret_files).chain(basic);
            all.for_each(|path| listen::based_on(path, base));
        }
    }
}

impl SourceFragment {
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            name: self.name.or(below.name),
            url: self.url.or(below.url),
            reference: self.reference.or(below.reference),
            paths: self.paths.or(below.paths),
            token_file: self.token_file.or(below.token_file),
            username: self.username.or(below.username),
            ssh_key_file: self.ssh_key_file.or(below.ssh_key_file),
            known_hosts_file: self.known_hosts_file.or(below.known_hosts_file),
            ca_file: self.ca_file.or(below.ca_file),
            submodules: self.submodules.or(below.submodules),
            environment: below.environment.into_iter().chain(self.environment).collect(),
        }
    }
}

impl LimitsFragment {
    fn over(self, below: &Self) -> Self {
        Self {
            stacks: self.stacks.or(below.stacks),
            pulls: self.pulls.or(below.pulls),
            health_timeout: self.health_timeout.or(below.health_timeout),
            settling: self.settling.or(below.settling),
            drain: self.drain.or(below.drain),
            engine_call: self.engine_call.or(below.engine_call),
            pull_stall: self.pull_stall.or(below.pull_stall),
            restarts: self.restarts.or(below.restarts),
        }
    }
}

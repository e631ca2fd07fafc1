//! Answers in memory, for as long as they count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::ask::{self, Entry};
use super::client::Server;
use super::error::ProviderError;
use crate::model::provided::{ProvidedValue, Provider};
use crate::model::secret::Secret;

/// An entry: the provider's name and the path.
type Place = (String, String);

/// The managers of secrets of this host, and what they answered lately.
#[derive(Default)]
pub struct Providers {
    providers: Vec<Provider>,
    answers: Mutex<BTreeMap<Place, Answer>>,
}

struct Answer {
    at: Instant,
    entry: Entry,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers").field("providers", &self.providers).finish_non_exhaustive()
    }
}

impl Providers {
    /// The providers that the settings name.
    pub fn new(providers: Vec<Provider>) -> Self {
        Self { providers, answers: Mutex::default() }
    }

    /// The values that a stack refers to, asked for where the last answer is too old. Blocks; costs nothing where
    /// nothing is wanted.
    pub fn fetch(
        &self,
        wanted: &BTreeSet<ProvidedValue>,
    ) -> Result<BTreeMap<ProvidedValue, Secret>, ProviderError> {
        let places: BTreeSet<Place> =
            wanted.iter().map(|value| (value.provider.clone(), value.path.clone())).collect();
        let mut stale: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, path) in &places {
            let provider = self.provider(name)?;
            if !self.is_fresh(provider, path) {
                stale.entry(name).or_default().push(path);
            }
        }
        for (name, paths) in stale {
            self.ask(self.provider(name)?, &paths)?;
        }
        wanted.iter().map(|value| Ok((value.clone(), self.known(value)?))).collect()
    }

    fn provider(&self, name: &str) -> Result<&Provider, ProviderError> {
        self.providers.iter().find(|provider| provider.name == name).ok_or_else(|| {
            let known = self.providers.iter().map(|provider| provider.name.clone()).collect();
            ProviderError::Unknown { name: name.to_owned(), known }
        })
    }

    fn is_fresh(&self, provider: &Provider, path: &str) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.get(&(provider.name.clone(), path.to_owned()));
        answer.is_some_and(|answer| answer.at.elapsed() < provider.refresh)
    }

    fn known(&self, value: &ProvidedValue) -> Result<Secret, ProviderError> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, path) = (value.provider.clone(), value.path.clone());
        let Some(answer) = answers.get(&(name.clone(), path.clone())) else {
            return Err(ProviderError::NoEntry { name, path, mount: String::new() });
        };
        answer.entry.get(&value.key).cloned().ok_or_else(|| {
            let known = answer.entry.keys().cloned().collect();
            ProviderError::NoKey { name, path, key: value.key.clone(), known }
        })
    }

    /// Asks a server, on a thread and a runtime of its own: whoever calls may be in one already or have none.
    fn ask(&self, provider: &Provider, paths: &[&str]) -> Result<(), ProviderError> {
        let fail = |error: io::Error| ask::odd(provider, "", error.to_string());
        let asked = std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.map_err(fail)?.block_on(async {
                    let server = Server::of(provider)?;
                    let mut entries = Vec::new();
                    for path in paths {
                        entries.push(ask::entry(&server, path).await?);
                    }
                    Ok::<_, ProviderError>(entries)
                })
            });
            asking.join()
        });
        let entries = asked.map_err(|_panic| ask::odd(provider, "", "a panic of the client"))??;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, entry) in paths.iter().zip(entries) {
            let place = (provider.name.clone(), (*path).to_owned());
            answers.insert(place, Answer { at: Instant::now(), entry });
        }
        Ok(())
    }
}

//! The secrets of a stack, and what others say without them.

use serde_json::Value;

use crate::apply::Progress;
use crate::compose::Loaded;
use crate::docker::PullProgress;
use crate::model::desired::{Contents, CopiedFile, DesiredFile};
use crate::model::name::ServiceName;
use crate::model::outcome::Trouble;
use crate::model::redactor::{Redactor, Secrets};
use crate::plan::Operation;

/// What masks the secrets of a stack: its variables and leaves that came out of encrypted files, and its secret files.
pub(super) fn redactor<'f>(
    loaded: &Loaded,
    files: impl Iterator<Item = &'f DesiredFile>,
    copies: impl Iterator<Item = &'f CopiedFile>,
) -> Redactor {
    let mut secrets = Secrets::default();
    for variable in loaded.environment.values().filter(|variable| variable.secret) {
        secrets.value(variable.value.as_bytes());
    }
    let model = if loaded.secret_paths.is_empty() { Value::Null } else { loaded.model().model };
    for path in &loaded.secret_paths {
        let leaf = path.iter().try_fold(&model, |value, key| match value {
            Value::Object(members) => members.get(key),
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
        if let Some(text) = leaf.and_then(Value::as_str) {
            // The model is as Compose prints it: with `$` doubled.
            secrets.value(text.replace("$$", "$").as_bytes());
        }
    }
    let contents = files.map(|file| &file.contents).chain(copies.map(|copy| &copy.contents));
    for contents in contents {
        if let Contents::Secret(secret) = contents {
            secrets.file(secret.expose());
        }
    }
    secrets.redactor()
}

/// Somebody who hears how far a plan is, but no secret.
pub(super) struct Masked<'a> {
    pub(super) inner: &'a dyn Progress,
    pub(super) redactor: &'a Redactor,
}

impl Progress for Masked<'_> {
    fn started(&self, operation: &Operation) {
        self.inner.started(operation);
    }

    fn finished(&self, operation: &Operation) {
        self.inner.finished(operation);
    }

    fn supplied(&self, service: &ServiceName, container: &str) {
        self.inner.supplied(service, container);
    }

    fn failed(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.failed(operation, &self.redactor.trouble(trouble.clone()));
    }

    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.passed_over(operation, &self.redactor.trouble(trouble.clone()));
    }

    fn broken_off(&self, operation: &Operation) {
        self.inner.broken_off(operation);
    }

    fn pulling(&self, operation: &Operation, step: &PullProgress) {
        self.inner.pulling(operation, step);
    }

    fn waiting(&self, operation: &Operation, state: &str) {
        self.inner.waiting(operation, &self.redactor.mask(state));
    }
}

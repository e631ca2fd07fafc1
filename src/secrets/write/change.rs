//! An encrypted file, open for change, and written again.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::convert;
use super::encrypt::{Known, Terms, encrypt};
use super::error::Error;
use super::heading::{self, is_same};
use super::recipe::Recipe;
use super::set::{set, unset};
use super::view;
use crate::model::secret::Secret;
use crate::secrets::Keys;
use crate::secrets::datakey::DataKey;
use crate::secrets::decrypt::decrypt;
use crate::secrets::detect::Found;
use crate::secrets::error::{Cause, Error as ReadError};
use crate::secrets::formats::{Format, Indent};
use crate::secrets::leaf::Cipher;
use crate::secrets::metadata::{Metadata, rule};
use crate::secrets::open::is_encrypted;
use crate::secrets::path::ValuePath;
use crate::secrets::random;
use crate::secrets::tree::{Document, Documents, Item, Value};

/// An encrypted file, open for change.
pub struct Unsealed {
    file: PathBuf,
    format: Format,
    documents: Documents,
    heading: Document,
    key: DataKey,
    known: Known,
}

/// Who may read a file, before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers {
    /// Keys that come.
    pub added: Vec<String>,
    /// Keys that go.
    pub removed: Vec<String>,
    /// Whether the groups or their threshold change.
    pub regrouped: bool,
}

impl Readers {
    /// Whether nothing changes.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && !self.regrouped
    }
}

impl Keys {
    /// Decrypts a SOPS file for change.
    pub fn unseal(
        &self,
        file: &Path,
        bytes: &[u8],
        input: Option<Format>,
    ) -> Result<Unsealed, Error> {
        let failed = |cause| {
            Error::Read(ReadError::Decrypt { file: file.to_owned(), cause: Box::new(cause) })
        };
        let found = view::find(file, bytes, input)?;
        let found = found.ok_or_else(|| none(file, bytes))?;
        let Found { format, mut documents, metadata } = found;
        let (read, key) = self.unlock_file(&metadata).map_err(failed)?;
        let sealed = documents.clone();
        decrypt(&mut documents.0, &read, &key).map_err(failed)?;
        let known = Known::gather(&sealed.0, &documents.0);
        let heading = if let Value::Map(heading) = metadata { heading } else { Document::new() };
        Ok(Unsealed { file: file.to_owned(), format, documents, heading, key, known })
    }
}

impl Unsealed {
    /// A file that was not encrypted until now.
    pub fn of_plain(
        file: &Path,
        plain: &[u8],
        format: Format,
        recipe: &Recipe,
    ) -> Result<Self, Error> {
        let key = random::bytes();
        let mut heading = heading::fresh(recipe);
        let groups = heading::wrap(recipe, &key, &[])
            .map_err(|reason| Error::Recipient { file: file.to_owned(), reason })?;
        heading::set_keys(&mut heading, &groups, recipe.threshold);
        let (file, known) = (file.to_owned(), Known::default());
        let documents = load(&file, plain, format)?;
        Ok(Self { file, format, documents, heading, key, known })
    }

    /// What it says.
    pub fn plain(&self) -> Secret {
        Secret::new(self.format.emit(&self.documents.0))
    }

    /// Takes what it is to say from now on. Answers whether that is something else.
    pub fn replace(&mut self, plain: &[u8]) -> Result<bool, Error> {
        let documents = load(&self.file, plain, self.format)?;
        let changed = documents != self.documents;
        self.documents = documents;
        Ok(changed)
    }

    /// Puts a value at a path in the first document. Answers whether it was another.
    pub fn set(&mut self, path: &ValuePath, value: NewValue<'_>) -> Result<bool, Error> {
        let value = value.read(&self.file, self.format)?;
        self.with_top(path, |top| set(top, &path.0, value))
    }

    /// Takes what stands at a path in the first document away.
    pub fn unset(&mut self, path: &ValuePath) -> Result<bool, Error> {
        self.with_top(path, |top| unset(top, &path.0))
    }

    fn with_top(
        &mut self,
        path: &ValuePath,
        change: impl FnOnce(&mut Value) -> bool,
    ) -> Result<bool, Error> {
        if self.documents.0.is_empty() {
            self.documents.0.push(Document::new());
        }
        let before = self.documents.clone();
        let mut top =
            Value::Map(self.documents.0.first_mut().map(std::mem::take).unwrap_or_default());
        let done = change(&mut top);
        if let (Value::Map(items), Some(first)) = (top, self.documents.0.first_mut()) {
            *first = items;
        }
        if !done {
            return Err(Error::Nothing { file: self.file.clone(), path: path.clone() });
        }
        convert::check(&self.file, &self.documents.0, self.format)?;
        reserved(&self.file, &self.documents.0, self.format)?;
        Ok(self.documents != before)
    }

    /// Takes a new data key, for the keys that the file has.
    pub fn rotate(&mut self) -> Result<(), Error> {
        self.key = random::bytes();
        self.known = Known::default();
        let own = self.own_recipe()?;
        self.wrap(&own, &[])
    }

    /// What a recipe would change about who may read it.
    pub fn compare(&self, recipe: &Recipe) -> Result<Readers, Error> {
        Ok(difference(&self.own_recipe()?, recipe))
    }

    /// What it says, document by document.
    pub(in crate::secrets) fn documents(&self) -> &[Document] {
        &self.documents.0
    }

    /// Encrypts the data key for the keys of a recipe, and for no others.
    pub fn update_keys(&mut self, recipe: &Recipe) -> Result<(), Error> {
        let known = heading::known(&self.heading);
        self.wrap(recipe, &known)
    }

    /// Encrypts and writes it; `now` is in seconds since 1970.
    pub fn seal(
        mut self,
        output: Option<Format>,
        indent: Indent,
        now: i64,
    ) -> Result<Vec<u8>, Error> {
        let format = output.unwrap_or(self.format);
        convert::check(&self.file, &self.documents.0, format)?;
        reserved(&self.file, &self.documents.0, format)?;
        let failed = |cause| {
            Error::Read(ReadError::Decrypt { file: self.file.clone(), cause: Box::new(cause) })
        };
        let rule = rule(&self.heading).map_err(failed)?;
        let only = crate::secrets::tree::get(&self.heading, "mac_only_encrypted");
        let mac_only_encrypted = only.and_then(Value::as_text).as_deref() == Some("true");
        let cipher = Cipher::new(&self.key);
        let terms = Terms { rule: &rule, mac_only_encrypted, cipher: &cipher, known: &self.known };
        let refused = |reason| Error::Shape { file: self.file.clone(), format, reason };
        let mac = encrypt(&mut self.documents.0, &terms).map_err(refused)?;
        let time = time(now);
        let mac = cipher.seal(&Value::text(&mac), &time).map(Value::Text);
        heading::stamp(&mut self.heading, &time, mac.unwrap_or(Value::Null));
        let documents = std::mem::take(&mut self.documents.0);
        Ok(format.emit_sealed(documents, self.heading, indent))
    }

    fn wrap(&mut self, recipe: &Recipe, known: &[heading::KeyEntry]) -> Result<(), Error> {
        let refused = |reason| Error::Recipient { file: self.file.clone(), reason };
        let groups = heading::wrap(recipe, &self.key, known).map_err(refused)?;
        heading::set_keys(&mut self.heading, &groups, recipe.threshold);
        Ok(())
    }

    /// Its keys as they are.
    fn own_recipe(&self) -> Result<Recipe, Error> {
        let failed = |cause| {
            Error::Read(ReadError::Decrypt { file: self.file.clone(), cause: Box::new(cause) })
        };
        let mut heading = self.heading.clone();
        // What a file that is being made has not got yet is not asked for here.
        for key in ["lastmodified", "mac"] {
            if crate::secrets::tree::get(&heading, key).is_none() {
                heading::put(&mut heading, key, Value::text("2000-01-01T00:00:00Z"));
            }
        }
        recipe_of(&Value::Map(heading)).map_err(failed)
    }
}

/// What a recipe would change about who may read the file with these notes.
pub(in crate::secrets) fn compare(metadata: &Value, recipe: &Recipe) -> Result<Readers, Cause> {
    Ok(difference(&recipe_of(metadata)?, recipe))
}

/// The keys that a file notes.
fn recipe_of(metadata: &Value) -> Result<Recipe, Cause> {
    let metadata = Metadata::read(metadata)?;
    let groups: Vec<_> = metadata.groups.into_iter().map(|group| group.keys).collect();
    let threshold = if metadata.threshold == 0 { groups.len() } else { metadata.threshold };
    Ok(Recipe { groups, threshold, ..Recipe::of_recipients(&[]) })
}

fn difference(own: &Recipe, recipe: &Recipe) -> Readers {
    let all = |recipe: &Recipe| recipe.groups.iter().flatten().cloned().collect::<Vec<_>>();
    let (before, after) = (all(own), all(recipe));
    let missing = |from: &[_], of: &[_]| {
        let gone = of.iter().filter(|key| !from.iter().any(|other| is_same(key, other)));
        gone.map(ToString::to_string).collect::<Vec<_>>()
    };
    let sizes = |recipe: &Recipe| recipe.groups.iter().map(Vec::len).collect::<Vec<_>>();
    let threshold = |recipe: &Recipe| if recipe.groups.len() > 1 { recipe.threshold } else { 0 };
    let (added, removed) = (missing(&before, &after), missing(&after, &before));
    let moved = added.is_empty() && removed.is_empty() && sizes(own) != sizes(recipe);
    let regrouped =
        own.groups.len() != recipe.groups.len() || threshold(own) != threshold(recipe) || moved;
    Readers { added, removed, regrouped }
}

/// Why a file that SOPS did not encrypt cannot be changed.
pub(super) fn none(file: &Path, bytes: &[u8]) -> Error {
    let file = file.to_owned();
    if is_encrypted(&file, bytes) { Error::Whole { file } } else { Error::NotEncrypted { file } }
}

/// A value that comes from outside.
#[derive(Debug, Clone, Copy)]
pub enum NewValue<'t> {
    /// Text, as it is.
    Text(&'t [u8]),
    /// JSON.
    Json(&'t [u8]),
}

impl NewValue<'_> {
    fn read(self, file: &Path, format: Format) -> Result<Value, Error> {
        match self {
            Self::Text(text) => Ok(Value::Text(Zeroizing::new(text.to_vec()))),
            Self::Json(text) => Format::read_value(text).ok_or_else(|| {
                let reason = "the new value is not JSON".to_owned();
                Error::Shape { file: file.to_owned(), format, reason }
            }),
        }
    }
}

/// Reads plaintext.
fn load(file: &Path, plain: &[u8], format: Format) -> Result<Documents, Error> {
    let failed = |cause| Error::Plain { file: file.to_owned(), cause: Box::new(cause) };
    let documents = if format == Format::Binary {
        let text = Value::Text(Zeroizing::new(plain.to_vec()));
        Documents(vec![vec![Item::Entry("data".to_owned(), text)]])
    } else {
        Documents(format.load(plain).map_err(failed)?)
    };
    if documents.0.is_empty() {
        return Err(Error::Empty { file: file.to_owned() });
    }
    reserved(file, &documents.0, format)?;
    Ok(documents)
}

/// Refuses keys that are kept for metadata.
fn reserved(file: &Path, documents: &[Document], format: Format) -> Result<(), Error> {
    let key = documents.iter().flatten().find_map(|item| match item {
        Item::Entry(key, _) if format.is_reserved(key) => Some(key.clone()),
        Item::Entry(..) | Item::Comment(_) => None,
    });
    key.map_or(Ok(()), |key| Err(Error::Reserved { file: file.to_owned(), key }))
}

/// The time as SOPS writes it.
pub(super) fn time(now: i64) -> String {
    let time = jiff::Timestamp::from_second(now).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

//! One load: what it reads through, and what it notes on the way.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::failure::Failure;
use crate::model::secret::Secret;
use crate::model::tree::{Entry, Tree, TreeError, join_clean};
use crate::secrets::{Keys, Opened};

use super::error::{Error, Location, Undecryptable};
use super::load::{Request, Step};
use super::problem::Problem;
use super::read::{Document, documents};
use super::template::Environment;
use super::value::{Item, Source};

/// Opens what is encrypted; looks at the content, not at the name.
pub trait Open {
    /// The plain bytes of an encrypted file; `None` when the file is not encrypted.
    fn open(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Secret>, Box<dyn Failure + Send + Sync>>;
}

impl Open for Keys {
    fn open(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Secret>, Box<dyn Failure + Send + Sync>> {
        match self.open(path, bytes) {
            Ok(Opened::Plain) => Ok(None),
            Ok(Opened::Decrypted(secret)) => Ok(Some(secret)),
            Err(error) => Err(Box::new(error)),
        }
    }
}

/// Something that loads, but probably not as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub at: Location,
    /// What.
    pub text: String,
    /// The way out, if there is one to tell.
    pub hint: Option<String>,
}

impl fmt::Display for Warning {
    /// Where and what; the way out on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at != Location::default() {
            write!(f, "`{}`: ", self.at)?;
        }
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// How many times files are loaded, the same one counted again.
const MAX_FILES: usize = 2_000;
/// How much text variables may grow to.
const MAX_BYTES: usize = 64 << 20;

/// One load.
pub(super) struct Session<'s> {
    tree: &'s dyn Tree,
    keys: &'s dyn Open,
    home: Option<String>,
    compose_files: BTreeMap<PathBuf, ComposeFile>,
    files: usize,
    bytes: usize,
    skip: BTreeSet<Step>,
    directory: PathBuf,
    /// What was noticed.
    pub(super) warnings: Vec<Warning>,
    /// The file and the text of each warning.
    warned: HashSet<(PathBuf, String)>,
    /// The values of variables that become configs and secrets.
    pub(super) contents: Environment,
    /// Every file that was read, in the order of the first time.
    pub(super) read: Vec<PathBuf>,
}

/// The text of a file.
pub(super) struct Text {
    /// The file.
    pub(super) source: Arc<Source>,
    decrypted: Option<Secret>,
}

impl Text {
    /// What it says.
    pub(super) fn as_str(&self) -> &str {
        match (&self.source.text, &self.decrypted) {
            (Some(text), _) => text,
            (None, Some(secret)) => secret.expose_str().unwrap_or_default(),
            (None, None) => "",
        }
    }

    /// Whether it was decrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.decrypted.is_some()
    }
}

/// A Compose file that was read.
struct ComposeFile {
    text: Text,
    documents: Option<Vec<Document>>,
    /// Whether its documents were given away before.
    again: bool,
}

impl ComposeFile {
    /// Its documents, which stay here.
    fn kept(&mut self) -> Result<&[Document], Error> {
        if self.documents.is_none() {
            self.documents = Some(documents(&self.text)?);
        }
        Ok(self.documents.as_deref().unwrap_or_default())
    }

    /// Its documents. Most files are loaded once, so they are given away the first time, because they may be large, and
    /// stay here from the second time on.
    fn take(&mut self) -> Result<Vec<Document>, Error> {
        if std::mem::replace(&mut self.again, true) {
            return self.kept().map(<[Document]>::to_vec);
        }
        self.documents.take().map_or_else(|| documents(&self.text), Ok)
    }
}

impl<'s> Session<'s> {
    /// Begins a load. `home` is what a leading `~` stands for.
    pub(super) fn new(tree: &'s dyn Tree, keys: &'s dyn Open, home: Option<String>) -> Self {
        Self {
            tree,
            keys,
            home,
            compose_files: BTreeMap::new(),
            files: 0,
            bytes: 0,
            skip: BTreeSet::new(),
            directory: PathBuf::from("/"),
            warnings: Vec::new(),
            warned: HashSet::new(),
            contents: Environment::new(),
            read: Vec::new(),
        }
    }

    /// The same for a request: without the steps that it leaves out.
    pub(super) fn of(mut self, request: &Request) -> Self {
        self.skip.clone_from(&request.skip);
        self.directory.clone_from(&request.project_directory);
        self
    }

    /// A directory as paths are to be written: relative to that of the project, where they are not made absolute.
    pub(super) fn shown_directory(&self, directory: &Path) -> PathBuf {
        let relative =
            directory.strip_prefix(&self.directory).ok().filter(|_| self.skips(Step::Paths));
        relative.unwrap_or(directory).to_owned()
    }

    /// `path` from the project directory, where it is still relative.
    pub(super) fn in_project(&self, path: &str) -> PathBuf {
        join_clean(&self.directory, Path::new(path))
    }

    /// Whether a step is left out.
    pub(super) fn skips(&self, step: Step) -> bool {
        self.skip.contains(&step)
    }

    /// Reads a file, and decrypts it where it is encrypted. `wanted` is the value that names it.
    pub(super) fn text(&mut self, path: &Path, wanted: Option<&Item>) -> Result<Text, Error> {
        let bytes = self.tree.read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            wanted: wanted
                .map(|item| Location::value(&item.place))
                .filter(|at| *at != Location::default())
                .map(Box::new),
            source,
        })?;
        if !self.read.iter().any(|read| read == path) {
            self.read.push(path.to_owned());
        }
        let decrypted = self.keys.open(path, &bytes).map_err(|source| Error::Decrypt {
            path: path.to_owned(),
            source: Undecryptable(source),
        })?;
        let not_text = || Error::in_file(path, Problem::NotText);
        let text = match &decrypted {
            Some(secret) => {
                secret.expose_str().ok_or_else(not_text)?;
                None
            }
            None => Some(String::from_utf8(bytes).map_err(|_| not_text())?),
        };
        Ok(Text { source: Arc::new(Source::new(path.to_owned(), text)), decrypted })
    }

    /// Whether anything but a directory stands at `path`, links followed. What a link leads to may not be readable: reading
    /// it tells why, whereas passing over it would leave its variables out without a word.
    pub(super) fn is_file(&self, path: &Path) -> Result<bool, Error> {
        let read_error =
            |source: TreeError| Error::Read { path: path.to_owned(), wanted: None, source };
        match self.tree.entry(path).map_err(read_error)? {
            None | Some(Entry::Directory) => Ok(false),
            Some(Entry::File { .. } | Entry::Other) => Ok(true),
            Some(Entry::Symlink { .. }) => Ok(!matches!(
                self.tree.read(path),
                Err(TreeError::Missing { .. } | TreeError::NotAFile { .. })
            )),
        }
    }

    /// The documents of a Compose file, to look at before they are loaded.
    pub(super) fn look_at(&mut self, path: &Path) -> Result<&[Document], Error> {
        self.compose_file(path, None)?.kept()
    }

    /// The documents of a Compose file. It is read once.
    pub(super) fn documents(
        &mut self,
        path: &Path,
        wanted: Option<&Item>,
    ) -> Result<Vec<Document>, Error> {
        self.compose_file(path, wanted)?.take()
    }

    fn compose_file(
        &mut self,
        path: &Path,
        wanted: Option<&Item>,
    ) -> Result<&mut ComposeFile, Error> {
        let file = match self.compose_files.remove(path) {
            Some(file) => file,
            None => ComposeFile { text: self.text(path, wanted)?, documents: None, again: false },
        };
        Ok(self.compose_files.entry(path.to_owned()).or_insert(file))
    }

    /// Counts a file that is loaded once more, and text that came out of variables: files that multiply each other end here.
    pub(super) fn spend(&mut self, files: usize, bytes: usize) -> Result<(), Problem> {
        self.files += files;
        self.bytes += bytes;
        let within = self.files <= MAX_FILES && self.bytes <= MAX_BYTES;
        if within { Ok(()) } else { Err(Problem::TooLarge) }
    }

    /// `path` made absolute against `base`; a leading `~` stands for the home directory.
    pub(super) fn absolute(&self, base: &Path, path: &str) -> Result<PathBuf, Problem> {
        let Some(rest) = path.strip_prefix('~') else {
            return Ok(join_clean(base, Path::new(path)));
        };
        let home = self.home.as_ref().ok_or(Problem::NoHome)?;
        Ok(join_clean(Path::new(home), Path::new(rest.trim_start_matches('/'))))
    }

    /// Notes something, once.
    pub(super) fn warn(&mut self, at: Location, text: impl Into<String>, hint: Option<&str>) {
        let text = text.into();
        if self.warned.insert((at.file.clone(), text.clone())) {
            self.warnings.push(Warning { at, text, hint: hint.map(str::to_owned) });
        }
    }
}

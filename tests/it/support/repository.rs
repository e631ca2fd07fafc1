//! A git repository, made and changed by git itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::missing::Missing;
use super::process::{program, run};

/// A bare repository with a branch `main`, and the directory whose content is committed to it.
#[derive(Debug)]
pub(crate) struct Repository {
    directory: TempDir,
    git: PathBuf,
}

impl Repository {
    /// An empty repository, called `stacks.git`.
    pub(crate) fn new() -> Result<Self, Missing> {
        let git = program("git")?;
        let directory =
            tempfile::Builder::new().prefix("conductor-git-").tempdir_in("/tmp").unwrap();
        fs::create_dir(directory.path().join("work")).unwrap();
        let repository = Self { directory, git };
        let mut init = quiet(&repository.git, repository.directory.path());
        let _made = run(init
            .args(["init", "-q", "--bare", "--initial-branch=main"])
            .arg(repository.path()))
        .stdout();
        Ok(repository)
    }

    /// A repository with one commit of these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Result<Self, Missing> {
        let repository = Self::new()?;
        repository.commit(files);
        Ok(repository)
    }

    /// The bare repository.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("stacks.git")
    }

    /// The bare repository as URL.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// The directory whose content the next commit takes.
    pub(crate) fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Writes these files and commits all that is in `work()`; gives the revision.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> String {
        for (name, content) in files {
            let file = self.work().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        self.git(&["add", "--all", "--force", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Removes a file or directory; commits nothing yet.
    pub(crate) fn remove(&self, name: &str) {
        let path = self.work().join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// Runs git on the bare repository with `work()` as its work tree; gives what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        run(self.command().args(arguments)).stdout().trim().to_owned()
    }

    fn command(&self) -> Command {
        let mut git = quiet(&self.git, self.directory.path());
        git.env("GIT_DIR", self.path()).env("GIT_WORK_TREE", self.work()).current_dir(self.work());
        git.env("GIT_INDEX_FILE", self.directory.path().join("index"));
        git
    }
}

/// A git command without anybody's settings, and with somebody as author.
pub(crate) fn quiet(git: &Path, home: &Path) -> Command {
    let mut git = Command::new(git);
    git.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", home).current_dir("/");
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "A Tester")
            .env(format!("GIT_{role}_EMAIL"), "tester@example.com");
    }
    git
}

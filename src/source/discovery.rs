//! Finding the stacks of a tree: every directory with a Compose file is one.

use std::path::{Path, PathBuf};

use crate::model::tree::{Entry, Placement, Tree, TreeError};

/// The names of Compose files; the first that is there counts.
pub const COMPOSE_FILES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The names of files that change them; the first that is there counts.
pub const OVERRIDE_FILES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// A directory with a Compose file. All paths are relative to the tree's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackDir {
    /// The directory; empty for the root.
    pub path: PathBuf,
    /// The Compose file, and its override where there is one.
    pub files: Vec<PathBuf>,
    /// Further Compose files of the directory, which do not count.
    pub shadowed: Vec<PathBuf>,
}

impl StackDir {
    /// The directory's name, from which the project's is made; a stack at the root takes the repository's.
    pub fn name_hint(&self) -> Option<&str> {
        self.path.file_name().and_then(|name| name.to_str())
    }
}

/// A directory that was not looked into. Its path is relative to the tree's root.
#[derive(Debug)]
pub enum Skip {
    /// A git submodule: its files are not in the tree.
    Submodule(PathBuf),
    /// A directory that cannot be read, such as an application's data in a plain directory.
    Unreadable(PathBuf, TreeError),
}

/// The stacks of a tree, sorted by path, and what was not looked into.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Each directory with a Compose file.
    pub stacks: Vec<StackDir>,
    /// What was not looked into, hidden directories aside.
    pub skipped: Vec<Skip>,
}

/// Finds every directory with a Compose file. Hidden directories are skipped, links to directories not followed.
/// Directories that another stack includes are found, too: whoever reads the files leaves them out.
pub fn stacks(tree: &dyn Tree) -> Result<Discovery, TreeError> {
    let mut discovery = Discovery::default();
    let mut directories = vec![PathBuf::new()];
    while let Some(path) = directories.pop() {
        // Joining an empty path would add a slash to the root.
        let place = if path.as_os_str().is_empty() {
            tree.root().to_owned()
        } else {
            tree.root().join(&path)
        };
        let names = match tree.list(&place) {
            Ok(names) => names,
            Err(error) if tree.placement() == Placement::LaidOut || path.as_os_str().is_empty() => {
                return Err(error);
            }
            Err(error) => {
                discovery.skipped.push(Skip::Unreadable(path, error));
                continue;
            }
        };
        discovery.stacks.extend(stack(&path, &names));
        for (name, entry) in names.into_iter().filter(|(name, _)| !name.starts_with('.')) {
            match entry {
                Entry::Directory => directories.push(path.join(name)),
                Entry::Other if tree.placement() == Placement::LaidOut => {
                    discovery.skipped.push(Skip::Submodule(path.join(name)));
                }
                Entry::Other | Entry::File { .. } | Entry::Symlink { .. } => (),
            }
        }
    }
    discovery.stacks.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(discovery)
}

/// The stack in the directory at `path`, which holds `names`.
fn stack(path: &Path, names: &[(String, Entry)]) -> Option<StackDir> {
    let is_there = |wanted: &str| {
        names.iter().any(|(name, entry)| {
            name == wanted && matches!(entry, Entry::File { .. } | Entry::Symlink { .. })
        })
    };
    let mut mains = COMPOSE_FILES.iter().filter(|name| is_there(name)).map(|name| path.join(name));
    let main = mains.next()?;
    let change = OVERRIDE_FILES.iter().find(|name| is_there(name)).map(|name| path.join(name));
    Some(StackDir {
        path: path.to_owned(),
        shadowed: mains.collect(),
        files: std::iter::once(main).chain(change).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::dir_tree::{DirTree, Links};
    use super::super::testing::{FILE, Fixture, GITLINK};
    use super::*;

    fn describe(discovery: &Discovery) -> String {
        let mut text = String::new();
        for stack in &discovery.stacks {
            let files: Vec<String> =
                stack.files.iter().map(|file| file.display().to_string()).collect();
            let shadowed = if stack.shadowed.is_empty() {
                String::new()
            } else {
                format!(" not {:?}", stack.shadowed)
            };
            text += &format!("`{}`: {}{shadowed}\n", stack.path.display(), files.join(", "));
        }
        for skip in &discovery.skipped {
            text += &match skip {
                Skip::Submodule(path) => format!("submodule `{}`\n", path.display()),
                Skip::Unreadable(path, error) => {
                    format!("unreadable `{}`: {error}\n", path.display())
                }
            };
        }
        text
    }

    const FILES: &[(&str, i32, &str)] = &[
        (".github/compose.yaml", FILE, ""),
        ("README.md", FILE, ""),
        ("apps/a/compose.yaml", FILE, ""),
        ("apps/a/compose.yml", FILE, ""),
        ("apps/a/docker-compose.override.yml", FILE, ""),
        ("apps/b/docker-compose.yaml", FILE, ""),
        ("apps/b/compose.override.yml", FILE, ""),
        ("apps/b/compose.override.yaml", FILE, ""),
        ("apps/b/deeper/docker-compose.yml", FILE, ""),
        ("apps/only/compose.override.yaml", FILE, ""),
        ("compose.yml", FILE, ""),
    ];

    #[test]
    fn every_directory_with_a_compose_file_is_a_stack() {
        let fixture = Fixture::new();
        let mut files = FILES.to_vec();
        files.push(("lib", GITLINK, "1234567890123456789012345678901234567890"));
        fixture.commit("main", None, &files);
        let tree = fixture.mirror.tree(&fixture.fetch("").unwrap(), "/work").unwrap();
        let discovery = stacks(&tree).unwrap();
        insta::assert_snapshot!(describe(&discovery), @r#"
        ``: compose.yml
        `apps/a`: apps/a/compose.yaml, apps/a/docker-compose.override.yml not ["apps/a/compose.yml"]
        `apps/b`: apps/b/docker-compose.yaml, apps/b/compose.override.yml
        `apps/b/deeper`: apps/b/deeper/docker-compose.yml
        submodule `lib`
        "#);
        assert_eq!(discovery.stacks[0].name_hint(), None);
        assert_eq!(discovery.stacks[1].name_hint(), Some("a"));
    }

    #[test]
    fn a_plain_directory_has_the_same_stacks() {
        let dir = TempDir::new().unwrap();
        for (path, _, contents) in FILES {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        let found = stacks(&DirTree::at(dir.path(), Links::Inside)).unwrap();
        insta::assert_snapshot!(describe(&found), @r#"
        ``: compose.yml
        `apps/a`: apps/a/compose.yaml, apps/a/docker-compose.override.yml not ["apps/a/compose.yml"]
        `apps/b`: apps/b/docker-compose.yaml, apps/b/compose.override.yml
        `apps/b/deeper`: apps/b/deeper/docker-compose.yml
        "#);
        assert!(stacks(&DirTree::at(dir.path().join("nothing"), Links::Inside)).is_err());
    }
}

//! One project in place: which files it is made of, by the rules of `docker compose`.

use std::path::{Path, PathBuf};

use super::arguments::ProjectArguments;
use super::failure::Error;
use crate::compose::Request;
use crate::config::Environment;
use crate::model::tree::join_clean;
use crate::source::{COMPOSE_FILES, OVERRIDE_FILES};

/// A project's request, and what a person should hear about how it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) request: Request,
    pub(super) warnings: Vec<String>,
}

/// Finds the project that the arguments mean: `-f`, else `COMPOSE_FILE`, else a search from here upwards.
/// `variable` looks a variable up where the process has none: in the env files, which may name Compose files, too.
pub(super) fn find(
    environment: &Environment,
    arguments: &ProjectArguments,
    variable: impl Fn(&Request, &str) -> Result<Option<String>, super::failure::Complaint>,
) -> Result<Found, super::failure::Complaint> {
    let here = &environment.working_dir;
    let absolute = |path: &Path| join_clean(here, path);
    let named = arguments.project_directory.as_deref().map(absolute);
    let mut request = Request {
        project_name: arguments.project_name.clone(),
        environment: variables(environment),
        env_files: env_files(environment, arguments),
        profiles: arguments.profiles.clone(),
        ..Request::default()
    };
    let mut warnings = Vec::new();
    request.files = arguments.files.iter().map(|file| absolute(file)).collect();
    if request.files.is_empty() {
        request.project_directory = named.clone().unwrap_or_else(|| here.clone());
        let lookup = |name: &str| match environment.get(name) {
            Some(value) => Ok(Some(value.to_owned())),
            None => variable(&request, name),
        };
        let text = lookup("COMPOSE_FILE")?.filter(|text| !text.is_empty());
        request.files = match text {
            Some(text) => {
                let separator = lookup("COMPOSE_PATH_SEPARATOR")?.filter(|text| !text.is_empty());
                let separator = separator.as_deref().unwrap_or(":");
                let parts = text.split(separator).filter(|part| !part.is_empty());
                parts.map(|part| absolute(Path::new(part))).collect()
            }
            None => search(named.as_deref().unwrap_or(here), &mut warnings)?,
        };
    }
    let input = absolute(Path::new(super::input::NAME));
    let beside = request.files.iter().find(|file| **file != input);
    let beside = beside.and_then(|file| file.parent()).unwrap_or(here);
    request.project_directory = named.unwrap_or_else(|| beside.to_owned());
    Ok(Found { request, warnings })
}

/// The process's variables; `PWD` is always there.
fn variables(environment: &Environment) -> std::collections::BTreeMap<String, String> {
    let mut variables = environment.variables.clone();
    variables
        .entry("PWD".to_owned())
        .or_insert_with(|| environment.working_dir.to_string_lossy().into_owned());
    variables
}

/// `--env-file`, else `COMPOSE_ENV_FILES`; `None` leaves it to `.env`, unless that is switched off.
fn env_files(environment: &Environment, arguments: &ProjectArguments) -> Option<Vec<PathBuf>> {
    let absolute = |path: &Path| join_clean(&environment.working_dir, path);
    if !arguments.env_files.is_empty() {
        return Some(arguments.env_files.iter().map(|file| absolute(file)).collect());
    }
    if let Some(list) = environment.get("COMPOSE_ENV_FILES") {
        let parts = list.split(',').filter(|part| !part.is_empty());
        return Some(parts.map(|part| absolute(Path::new(part))).collect());
    }
    let off = environment.get("COMPOSE_DISABLE_ENV_FILE").is_some_and(|value| {
        matches!(value.to_ascii_lowercase().as_str(), "1" | "t" | "true" | "y" | "yes" | "on")
    });
    off.then(Vec::new)
}

/// The first directory from `start` upwards with a Compose file: that file, and its override.
fn search(start: &Path, warnings: &mut Vec<String>) -> Result<Vec<PathBuf>, Error> {
    for directory in start.ancestors() {
        let there = |names: &[&str]| -> Vec<PathBuf> {
            names.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect()
        };
        let mut main = there(&COMPOSE_FILES).into_iter();
        let Some(file) = main.next() else { continue };
        for other in main {
            warnings.push(format!(
                "`{}` is not read: `{}` comes first",
                other.display(),
                file.display()
            ));
        }
        let mut overrides = there(&OVERRIDE_FILES).into_iter();
        let first = overrides.next();
        for other in overrides {
            warnings.push(format!("`{}` is not read: only one override is", other.display()));
        }
        return Ok(std::iter::once(file).chain(first).collect());
    }
    Err(Error::NoComposeFile { start: start.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    /// Finds in a directory with these files, with these variables; paths are shown relative to it.
    fn check(
        files: &[&str],
        here: &str,
        arguments: &ProjectArguments,
        variables: &[(&str, &str)],
    ) -> String {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let environment = Environment {
            variables: variables
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            working_dir: root.path().join(here),
            uid: 0,
            hostname: String::new(),
            in_container: false,
            container: None,
            unreadable: Vec::new(),
        };
        let text = match find(&environment, arguments, |_, _| Ok(None)) {
            Ok(Found { request, warnings }) => {
                let files: Vec<String> =
                    request.files.iter().map(|file| file.display().to_string()).collect();
                let env =
                    request.env_files.map_or(String::new(), |files| format!(" env {files:?}"));
                format!(
                    "{} in {}{env}\n{}",
                    files.join(" "),
                    request.project_directory.display(),
                    warnings.join("\n")
                )
            }
            Err(complaint) => complaint.trouble.error,
        };
        text.replace(root.path().to_str().unwrap(), "").trim_end().to_owned()
    }

    fn none() -> ProjectArguments {
        ProjectArguments {
            files: Vec::new(),
            project_name: None,
            profiles: Vec::new(),
            env_files: Vec::new(),
            project_directory: None,
        }
    }

    #[test]
    fn a_project_is_searched_from_here_upwards() {
        let files = ["a/compose.yml", "a/docker-compose.yml", "a/compose.override.yaml", "a/b/x"];
        insta::assert_snapshot!(check(&files, "a/b", &none(), &[]), @r"
        /a/compose.yml /a/compose.override.yaml in /a
        `/a/docker-compose.yml` is not read: `/a/compose.yml` comes first
        ");
        insta::assert_snapshot!(check(&["x"], "", &none(), &[]), @"no Compose file in `/` or above it");
    }

    #[test]
    fn named_files_come_first_and_then_the_variable() {
        let named =
            ProjectArguments { files: vec!["b/two.yaml".into(), "one.yaml".into()], ..none() };
        let variables = [("COMPOSE_FILE", "x.yaml:y/z.yaml"), ("COMPOSE_ENV_FILES", "a.env,b.env")];
        insta::assert_snapshot!(check(&[], "", &named, &variables), @r#"/b/two.yaml /one.yaml in /b env ["/a.env", "/b.env"]"#);
        insta::assert_snapshot!(check(&[], "", &none(), &variables), @r#"/x.yaml /y/z.yaml in  env ["/a.env", "/b.env"]"#);
        let there = ProjectArguments { project_directory: Some("there".into()), ..named };
        insta::assert_snapshot!(check(&[], "", &there, &[("COMPOSE_DISABLE_ENV_FILE", "true")]), @"/b/two.yaml /one.yaml in /there env []");
    }
}

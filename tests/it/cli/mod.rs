//! Sessions: a person types a command and reads what it says.

mod config;
mod lint;
mod settings;
mod sources;
mod sync;
mod secrets;
mod usage;

use crate::support::env::Env;
use crate::support::process::Ran;

/// Runs a command line; paths of the surroundings are shown as `[ENV]`, and the exit code at the end.
fn session(env: &Env, line: &str) -> String {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    shown(env, env.conductor(&arguments))
}

/// What a command said, as `session` shows it.
fn shown(env: &Env, ran: Ran) -> String {
    let Ran { code, out, err, .. } = ran;
    let text = format!("{out}{}[{}]", marked(&err), code.unwrap_or(-1));
    let text = text.replace(&env.path("").display().to_string(), "[ENV]/");
    let moment = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ").unwrap();
    moment.replace_all(&text, "[TIME]").into_owned()
}

/// Standard error, each line marked as such.
fn marked(err: &str) -> String {
    err.lines().map(|line| format!("! {line}").trim_end().to_owned() + "\n").collect()
}

//! A tree and its secrets to the typed model: load, interpolate, merge, validate.
//!
//! `load` is the whole way. `session` reads files, `read` makes values (`value`) of them, `interpolate` puts variables in
//! (`template`, `environment`, `dotenv`), `file` lays documents over each other with `merge`, `unique`, `extends` and
//! `include`, `schema` says what is allowed, `canonical` writes short forms out (`ports`, `mounts`), `complete`, `paths` and
//! `normalise` fill in the rest, `conductor` reads `x-conductor`, `bind` and `typed` give types, `consistency` and `cycle`
//! hold services to the rules between them. `shown` is a model as `config` shows it, as `printed` orders it for
//! YAML, `raw` one without variables put in.
//! `problem` and `error` say what is wrong and where.

mod bind;
mod canonical;
mod complete;
mod conductor;
mod consistency;
mod cycle;
mod dotenv;
mod environment;
mod error;
mod extends;
mod extras;
mod file;
mod files;
mod hints;
mod hosts;
mod include;
mod inconsistency;
mod interpolate;
mod leaves;
mod load;
mod merge;
mod mounts;
mod name;
mod nearest;
mod normalise;
mod paths;
mod places;
mod ports;
mod printed;
mod problem;
mod profiles;
mod provided;
mod raw;
mod reach;
mod read;
mod schema;
mod session;
mod shellwords;
mod shown;
mod template;
mod typed;
mod unique;
mod units;
mod value;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use error::{Error, Invalid, Location};
pub use inconsistency::Inconsistency;
pub use load::{Loaded, Request, Step, load, load_noting, variables};
pub use name::project_name;
pub use places::Places;
pub use problem::Problem;
pub use raw::{Raw, Used, model, used_variables};
pub use reach::{parts, reaches};
pub use session::{Open, Warning};
pub use shown::Shown;
pub use template::Variable;

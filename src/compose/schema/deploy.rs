//! `deploy`, `develop` and requests for devices.

use super::scalars::{
    ANY_WORDS, COUNT, LABELS, ONE_OR_MORE, REAL, SPAN, UNSIGNED, WHOLE, WORD, WORD_SIZE, WORDS,
    one_of,
};
use super::service::HOOK;
use super::shape::{INT, Record, Rule, Shape, TEXT, To, Unique, may, must, open, record};

/// `deploy`.
pub(super) static DEPLOY: Record = record(&[
    may("mode", WORD),
    may("replicas", WHOLE),
    may("labels", LABELS),
    may("update_config", Shape::Record(&UPDATE)),
    may("rollback_config", Shape::Record(&UPDATE)),
    may("resources", Shape::Record(&RESOURCES)),
    may("restart_policy", Shape::Record(&RESTART_POLICY)),
    may("placement", Shape::Record(&PLACEMENT)),
    may("endpoint_mode", WORD),
]);

static UPDATE: Record = record(&[
    may("parallelism", UNSIGNED),
    may("delay", SPAN),
    may("failure_action", WORD),
    may("monitor", SPAN),
    may("max_failure_ratio", REAL),
    may("order", one_of(&["start-first", "stop-first"])),
]);

static RESOURCES: Record = record(&[
    may("limits", Shape::Record(&LIMITS)),
    may("reservations", Shape::Record(&RESERVATIONS)),
]);

static LIMITS: Record = record(&[may("cpus", REAL), may("memory", WORD_SIZE), may("pids", WHOLE)]);

static RESERVATIONS: Record = record(&[
    may("cpus", REAL),
    may("memory", WORD_SIZE),
    may("devices", Shape::List(&Shape::Record(&DEVICE), Unique::No)),
    may("generic_resources", Shape::List(&Shape::Record(&GENERIC), Unique::No)),
]);

static GENERIC: Record = record(&[may("discrete_resource_spec", Shape::Record(&DISCRETE))]);

static DISCRETE: Record = record(&[may("kind", WORD), may("value", COUNT)]);

static RESTART_POLICY: Record = record(&[
    may("condition", WORD),
    may("delay", SPAN),
    may("max_attempts", UNSIGNED),
    may("window", SPAN),
]);

static PLACEMENT: Record = record(&[
    may("constraints", ANY_WORDS),
    may("preferences", Shape::List(&Shape::Record(&PREFERENCE), Unique::No)),
    may("max_replicas_per_node", UNSIGNED),
]);

static PREFERENCE: Record = record(&[may("spread", WORD)]);

const NUMBER_OF: Shape = Shape::Scalar(TEXT | INT, To::Int, Rule::Any);

/// A device of `reservations`.
pub(super) static DEVICE: Record = record(&[
    must("capabilities", WORDS),
    may("driver", WORD),
    may("count", NUMBER_OF),
    may("device_ids", WORDS),
    may("options", LABELS),
]);

/// A GPU.
pub(super) static GPU: Record = open(&[
    may("capabilities", WORDS),
    may("driver", WORD),
    may("count", NUMBER_OF),
    may("device_ids", WORDS),
    may("options", LABELS),
]);

/// `develop`.
pub(super) static DEVELOP: Record =
    record(&[may("watch", Shape::List(&Shape::Record(&WATCH), Unique::No))]);

static WATCH: Record = record(&[
    must("path", WORD),
    must("action", one_of(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
    may("target", WORD),
    may("exec", Shape::Record(&HOOK)),
    may("include", ONE_OR_MORE),
    may("ignore", ONE_OR_MORE),
    may("initial_sync", super::scalars::PLAIN_FLAG),
]);

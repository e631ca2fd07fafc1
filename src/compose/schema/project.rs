//! The top level of a Compose file, and what services refer to.

use super::scalars::{ANY_WORDS, FLAG, LABELS, ONE_OR_MORE, OPTIONS, WORD, WORD_OR_INT};
use super::service::SERVICE;
use super::shape::{
    BOOL, INT, Keys, Record, Rule, Shape, TEXT, To, Unique, closed, may, must, open, record,
};

/// A Compose file.
pub(crate) static PROJECT: Record = record(&[
    may("version", WORD),
    may("name", WORD),
    may("include", INCLUDES),
    may("services", Shape::Table(&Shape::Record(&SERVICE), Keys::Names)),
    may("models", Shape::Table(&Shape::Record(&MODEL), Keys::NamesOrAnything)),
    may("networks", Shape::Table(&Shape::OrNull(&Shape::Record(&NETWORK)), Keys::NamesOrAnything)),
    may("volumes", Shape::Table(&Shape::OrNull(&Shape::Record(&VOLUME)), Keys::Names)),
    may("secrets", Shape::Table(&Shape::Record(&SECRET), Keys::Names)),
    may("configs", Shape::Table(&Shape::Record(&CONFIG), Keys::Names)),
]);

static INCLUDE: Record = closed(&[
    may("path", ONE_OR_MORE),
    may("env_file", ONE_OR_MORE),
    may("project_directory", WORD),
]);

/// An AI model.
pub(crate) static MODEL: Record = record(&[
    may("name", WORD),
    must("model", WORD),
    may("context_size", Shape::Scalar(INT, To::Int, Rule::Any)),
    may("runtime_flags", ANY_WORDS),
]);

/// A network.
pub(crate) static NETWORK: Record = record(&[
    may("name", WORD),
    may("driver", WORD),
    may("driver_opts", OPTIONS),
    may("ipam", Shape::Record(&IPAM)),
    may("external", EXTERNAL),
    may("internal", FLAG),
    may("attachable", FLAG),
    may("labels", LABELS),
    may("enable_ipv4", FLAG),
    may("enable_ipv6", FLAG),
]);

static IPAM: Record = record(&[
    may("driver", WORD),
    may("config", Shape::List(&Shape::Record(&POOL), Unique::No)),
    may("options", Shape::Table(&WORD, Keys::Free)),
]);

static POOL: Record = record(&[
    may("subnet", WORD),
    may("gateway", WORD),
    may("ip_range", WORD),
    may("aux_addresses", Shape::Table(&WORD, Keys::Free)),
]);

/// `external: true`, or the older `external: {name: x}`.
const EXTERNAL: Shape = Shape::Either(&[
    Shape::Scalar(TEXT | BOOL, To::Flag, Rule::Any),
    Shape::Record(&EXTERNAL_NAME),
]);

/// The same where other keys are let through.
const OPEN_EXTERNAL: Shape = Shape::Either(&[
    Shape::Scalar(TEXT | BOOL, To::Flag, Rule::Any),
    Shape::Record(&OPEN_EXTERNAL_NAME),
]);

static EXTERNAL_NAME: Record = record(&[may("name", WORD)]);

static OPEN_EXTERNAL_NAME: Record = open(&[may("name", WORD)]);

/// A volume.
pub(crate) static VOLUME: Record = record(&[
    may("name", WORD),
    may("driver", WORD),
    may("driver_opts", OPTIONS),
    may("external", EXTERNAL),
    may("labels", LABELS),
]);

/// A secret.
pub(crate) static SECRET: Record = record(&[
    may("name", WORD),
    may("file", WORD),
    may("environment", WORD),
    may("external", OPEN_EXTERNAL),
    may("labels", LABELS),
    may("driver", WORD),
    may("driver_opts", Shape::Table(&WORD_OR_INT, Keys::Free)),
    may("template_driver", WORD),
]);

/// A config.
pub(crate) static CONFIG: Record = record(&[
    may("name", WORD),
    may("file", WORD),
    may("environment", WORD),
    may("content", WORD),
    may("external", OPEN_EXTERNAL),
    may("labels", LABELS),
    may("template_driver", WORD),
]);

/// `include`, looked at before the rest.
pub(crate) const INCLUDES: Shape =
    Shape::List(&Shape::Either(&[WORD, Shape::OrNull(&Shape::Record(&INCLUDE))]), Unique::No);

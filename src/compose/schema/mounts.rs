//! Ports, volumes, devices, configs and secrets of a service.

use super::scalars::{FLAG, LABELS, MODE, WHOLE, WORD, WORD_OR_INT, one_of};
use super::shape::{INT, NUMBER, Record, Rule, Shape, TEXT, To, may, must, record};

/// A published port.
pub(super) static PORT: Record = record(&[
    may("name", WORD),
    may("mode", WORD),
    may("host_ip", WORD),
    may("target", WHOLE),
    may("published", WORD_OR_INT),
    may("protocol", WORD),
    may("app_protocol", WORD),
]);

/// A mount.
pub(super) static VOLUME: Record = record(&[
    must("type", one_of(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
    may("source", WORD),
    may("target", WORD),
    may("read_only", FLAG),
    may("consistency", WORD),
    may("bind", Shape::Record(&BIND)),
    may("volume", Shape::Record(&NAMED)),
    may("tmpfs", Shape::Record(&TMPFS)),
    may("image", Shape::Record(&IMAGE)),
]);

static BIND: Record = record(&[
    may("selinux", one_of(&["z", "Z"])),
    may("propagation", WORD),
    may("create_host_path", FLAG),
    may("recursive", one_of(&["enabled", "disabled", "writable", "readonly"])),
]);

static NAMED: Record = record(&[may("labels", LABELS), may("nocopy", FLAG), may("subpath", WORD)]);

static TMPFS: Record = record(&[
    may("size", Shape::Scalar(TEXT | INT, To::Bytes, Rule::Range(0, i64::MAX))),
    may("mode", Shape::Scalar(TEXT | NUMBER, To::ModeNumber, Rule::Any)),
]);

static IMAGE: Record = record(&[may("subpath", WORD)]);

/// A device of the host.
pub(super) static DEVICE: Record =
    record(&[must("source", WORD), may("target", WORD), may("permissions", WORD)]);

/// A config or secret as a service refers to it.
pub(super) static FILE_REFERENCE: Record = record(&[
    may("source", WORD),
    may("target", WORD),
    may("uid", WORD),
    may("gid", WORD),
    may("mode", MODE),
]);

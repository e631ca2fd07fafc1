//! `build`.

use super::scalars::{
    ANY_WORDS, FLAG, LABELS, ONE_OR_MORE, VARIABLES, WHOLE_SIZE, WORD, WORD_OR_FLAG,
};
use super::service::{FILES, ULIMITS};
use super::shape::{Record, Shape, may, record};

/// `build`.
pub(super) static BUILD: Record = record(&[
    may("context", WORD),
    may("dockerfile", WORD),
    may("dockerfile_inline", WORD),
    may("entitlements", ANY_WORDS),
    may("args", VARIABLES),
    may("provenance", WORD_OR_FLAG),
    may("sbom", WORD_OR_FLAG),
    may("ssh", Shape::Ssh),
    may("labels", LABELS),
    may("cache_from", ANY_WORDS),
    may("cache_to", ANY_WORDS),
    may("no_cache", FLAG),
    may("no_cache_filter", ONE_OR_MORE),
    may("additional_contexts", LABELS),
    may("pull", FLAG),
    may("extra_hosts", Shape::Hosts),
    may("isolation", WORD),
    may("network", WORD),
    may("target", WORD),
    may("secrets", FILES),
    may("shm_size", WHOLE_SIZE),
    may("tags", ANY_WORDS),
    may("ulimits", ULIMITS),
    may("platforms", ANY_WORDS),
    may("privileged", FLAG),
]);

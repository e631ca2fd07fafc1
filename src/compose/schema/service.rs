//! A service.

use super::build::BUILD;
use super::deploy::{DEPLOY, DEVELOP, GPU};
use super::mounts::{DEVICE, FILE_REFERENCE, PORT, VOLUME};
use super::scalars::{
    COUNT, FLAG, LABELS, ONE_OR_MORE, OPTIONS, PLAIN_COUNT, PLAIN_FLAG, REAL, SIZE, SPAN,
    VARIABLES, WHOLE, WHOLE_SIZE, WORD, WORD_OR_NUMBER, WORDS, one_of,
};
use super::shape::{
    BOOL, INT, Keys, NULL, NUMBER, Pairs, Record, Rule, Shape, TEXT, To, Unique, closed, may, must,
    record,
};

/// A service, in the order in which Compose prints it.
pub(crate) static SERVICE: Record = record(&[
    may("profiles", WORDS),
    may("annotations", LABELS),
    may("attach", FLAG),
    may("build", Shape::Either(&[WORD, Shape::Record(&BUILD)])),
    may("develop", Shape::OrNull(&Shape::Record(&DEVELOP))),
    may("blkio_config", Shape::Record(&BLKIO)),
    may("cap_add", WORDS),
    may("cap_drop", WORDS),
    may("cgroup_parent", WORD),
    may("cgroup", one_of(&["host", "private"])),
    may("cpu_count", Shape::Scalar(TEXT | INT, To::Int, Rule::Range(0, i64::MAX))),
    may("cpu_percent", Shape::Scalar(TEXT | INT, To::Float, Rule::Range(0, 100))),
    may("cpu_period", COUNT),
    may("cpu_quota", COUNT),
    may("cpu_rt_period", COUNT),
    may("cpu_rt_runtime", COUNT),
    may("cpus", REAL),
    may("cpuset", WORD),
    may("cpu_shares", COUNT),
    may("command", Shape::Command),
    may("configs", FILES),
    may("container_name", Shape::Scalar(TEXT, To::Text, Rule::ContainerName)),
    may("credential_spec", Shape::Record(&CREDENTIALS)),
    may(
        "depends_on",
        Shape::Either(&[WORDS, Shape::Table(&Shape::Record(&DEPENDENCY), Keys::Names)]),
    ),
    may("deploy", Shape::OrNull(&Shape::Record(&DEPLOY))),
    may("device_cgroup_rules", WORDS),
    may("devices", Shape::List(&Shape::Either(&[WORD, Shape::Record(&DEVICE)]), Unique::No)),
    may("dns", ONE_OR_MORE),
    may("dns_opt", WORDS),
    may("dns_search", ONE_OR_MORE),
    may("domainname", WORD),
    may("entrypoint", Shape::Command),
    may("provider", Shape::Record(&PROVIDER)),
    may("environment", VARIABLES),
    may("env_file", ENV_FILES),
    may("expose", Shape::List(&WORD_OR_NUMBER, Unique::Yes)),
    may("extends", Shape::Either(&[WORD, Shape::Record(&EXTENDS)])),
    may("external_links", WORDS),
    may("extra_hosts", Shape::Hosts),
    may("group_add", Shape::List(&WORD_OR_NUMBER, Unique::Yes)),
    may("gpus", Shape::Either(&[one_of(&["all"]), Shape::List(&Shape::Record(&GPU), Unique::No)])),
    may("hostname", WORD),
    may("healthcheck", Shape::Record(&HEALTHCHECK)),
    may("image", WORD),
    may("init", FLAG),
    may("ipc", WORD),
    may("isolation", WORD),
    may("labels", LABELS),
    may("label_file", Shape::OneOrMore(Unique::No)),
    may("links", WORDS),
    may("logging", Shape::Record(&LOGGING)),
    may("mem_limit", SIZE),
    may("mem_reservation", WHOLE_SIZE),
    may("memswap_limit", SIZE),
    may("mem_swappiness", WHOLE_SIZE),
    may("mac_address", WORD),
    may(
        "models",
        Shape::Either(&[
            WORDS,
            Shape::Table(&Shape::OrNull(&Shape::Record(&MODEL)), Keys::NamesOrAnything),
        ]),
    ),
    may("network_mode", WORD),
    may(
        "networks",
        Shape::Either(&[
            WORDS,
            Shape::Table(&Shape::OrNull(&Shape::Record(&NETWORK)), Keys::Names),
        ]),
    ),
    may("oom_kill_disable", FLAG),
    may("oom_score_adj", Shape::Scalar(TEXT | INT, To::Int, Rule::Range(-1000, 1000))),
    may("pid", Shape::Scalar(TEXT | NULL, To::Text, Rule::Any)),
    may("pids_limit", COUNT),
    may("platform", WORD),
    may("ports", Shape::List(&Shape::Either(&[WORD_OR_NUMBER, Shape::Record(&PORT)]), Unique::Yes)),
    may("privileged", FLAG),
    may("pull_policy", Shape::Scalar(TEXT, To::Text, Rule::PullPolicy)),
    may("pull_refresh_after", WORD),
    may("read_only", FLAG),
    may("restart", WORD),
    may("runtime", WORD),
    may("scale", WHOLE),
    may("secrets", FILES),
    may("security_opt", WORDS),
    may("shm_size", SIZE),
    may("stdin_open", FLAG),
    may("stop_grace_period", SPAN),
    may("stop_signal", WORD),
    may(
        "storage_opt",
        Shape::Table(&Shape::Scalar(TEXT | INT | NULL, To::Text, Rule::Any), Keys::Free),
    ),
    may("sysctls", LABELS),
    may("tmpfs", ONE_OR_MORE),
    may("tty", FLAG),
    may("ulimits", ULIMITS),
    may("use_api_socket", PLAIN_FLAG),
    may("user", WORD),
    may("userns_mode", WORD),
    may("uts", WORD),
    may("volumes", Shape::List(&Shape::Either(&[WORD, Shape::Record(&VOLUME)]), Unique::Yes)),
    may("volumes_from", WORDS),
    may("working_dir", WORD),
    may("pre_start", Shape::List(&Shape::Record(&PRE_START), Unique::No)),
    may("post_start", Shape::List(&Shape::Record(&HOOK), Unique::No)),
    may("pre_stop", Shape::List(&Shape::Record(&HOOK), Unique::No)),
]);

/// Configs or secrets of a service or a build.
pub(super) const FILES: Shape =
    Shape::List(&Shape::Either(&[WORD, Shape::Record(&FILE_REFERENCE)]), Unique::No);

/// Limits of a service or a build.
pub(super) const ULIMITS: Shape =
    Shape::Table(&Shape::Either(&[WHOLE, Shape::Record(&ULIMIT)]), Keys::Limits);

const ENV_FILES: Shape = Shape::Either(&[
    WORD,
    Shape::List(&Shape::Either(&[WORD, Shape::Record(&ENV_FILE)]), Unique::No),
]);

static ULIMIT: Record = record(&[must("soft", WHOLE), must("hard", WHOLE)]);

static ENV_FILE: Record = closed(&[must("path", WORD), may("required", FLAG), may("format", WORD)]);

static CREDENTIALS: Record =
    record(&[may("config", WORD), may("file", WORD), may("registry", WORD)]);

static DEPENDENCY: Record = record(&[
    must(
        "condition",
        one_of(&["service_started", "service_healthy", "service_completed_successfully"]),
    ),
    may("restart", FLAG),
    may("required", FLAG),
]);

static PROVIDER: Record = record(&[
    must("type", WORD),
    may("options", Shape::Table(&Shape::OneOrMoreOf(&ANY_SCALAR), Keys::Free)),
]);

const ANY_SCALAR: Shape = Shape::Scalar(TEXT | NUMBER | BOOL, To::Text, Rule::Any);

static EXTENDS: Record = closed(&[must("service", WORD), may("file", WORD)]);

static HEALTHCHECK: Record = record(&[
    may("test", Shape::Test),
    may("timeout", SPAN),
    may("interval", SPAN),
    may("retries", Shape::Scalar(TEXT | NUMBER, To::Unsigned, Rule::Any)),
    may("start_period", SPAN),
    may("start_interval", SPAN),
    may("disable", FLAG),
]);

static LOGGING: Record = record(&[
    may("driver", WORD),
    may(
        "options",
        Shape::Table(&Shape::Scalar(TEXT | NUMBER | NULL, To::Text, Rule::Any), Keys::Free),
    ),
]);

static MODEL: Record = record(&[may("endpoint_var", WORD), may("model_var", WORD)]);

static NETWORK: Record = record(&[
    may("priority", PLAIN_COUNT),
    may("gw_priority", PLAIN_COUNT),
    may("aliases", WORDS),
    may("interface_name", WORD),
    may("ipv4_address", WORD),
    may("ipv6_address", WORD),
    may("link_local_ips", WORDS),
    may("mac_address", WORD),
    may("driver_opts", OPTIONS),
]);

static BLKIO: Record = closed(&[
    may("weight", WEIGHT),
    may("weight_device", Shape::List(&Shape::Record(&WEIGHT_DEVICE), Unique::No)),
    may("device_read_bps", THROTTLES),
    may("device_read_iops", THROTTLES),
    may("device_write_bps", THROTTLES),
    may("device_write_iops", THROTTLES),
]);

const WEIGHT: Shape = Shape::Scalar(TEXT | INT, To::Count, Rule::Any);

const THROTTLES: Shape = Shape::List(&Shape::Record(&THROTTLE_DEVICE), Unique::No);

static WEIGHT_DEVICE: Record = closed(&[may("path", WORD), may("weight", WEIGHT)]);

static THROTTLE_DEVICE: Record = closed(&[may("path", WORD), may("rate", WHOLE_SIZE)]);

/// A command around the life of a container.
pub(super) static HOOK: Record = record(&[
    must("command", Shape::Command),
    may("user", WORD),
    may("privileged", FLAG),
    may("working_dir", WORD),
    may("environment", Shape::Pairs(Pairs::Variables)),
]);

static PRE_START: Record = record(&[
    may("command", Shape::Command),
    may("image", WORD),
    may("user", WORD),
    may("privileged", FLAG),
    may("working_dir", WORD),
    may("environment", VARIABLES),
    may("per_replica", FLAG),
]);

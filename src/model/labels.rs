//! The labels by which Compose and Conductor know their own.

/// Compose's project name.
pub const PROJECT: &str = "com.docker.compose.project";
/// Compose's service name.
pub const SERVICE: &str = "com.docker.compose.service";
/// `True` on containers of `compose run`, else `False`.
pub const ONEOFF: &str = "com.docker.compose.oneoff";
/// Hash of the rendered service, network or volume.
pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
/// The replica's number, from 1.
pub const CONTAINER_NUMBER: &str = "com.docker.compose.container-number";
/// ID of the image that the container was made from.
pub const IMAGE: &str = "com.docker.compose.image";
/// `dep:condition:restart` of each dependency, joined by commas.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// Absolute project directory.
pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
/// Absolute paths of the Compose files, joined by commas.
pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
/// Absolute paths of `--env-file`s, joined by commas; absent without any.
pub const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";
/// Version of Compose whose rules were followed; only informative.
pub const VERSION: &str = "com.docker.compose.version";
/// `target=id` of each image that is mounted as a volume, joined by commas.
pub const IMAGE_VOLUMES: &str = "com.docker.compose.image-volume-digest";
/// On a container made by a recreate: the name of the one it replaced.
pub const REPLACE: &str = "com.docker.compose.replace";
/// Key of a network in the model.
pub const NETWORK: &str = "com.docker.compose.network";
/// Key of a volume in the model.
pub const VOLUME: &str = "com.docker.compose.volume";

/// Which Conductor the object belongs to.
pub const INSTANCE: &str = "dev.conductor.instance";
/// The source that the stack came from.
pub const SOURCE: &str = "dev.conductor.source";
/// The stack's path in its source.
pub const STACK: &str = "dev.conductor.stack";
/// Hash of the rendered service and of the contents of its inputs, begun with its format, `1:`.
pub const SPEC: &str = "dev.conductor.spec";
/// The revision that made the container; told, never compared.
pub const REVISION: &str = "dev.conductor.revision";

/// The version of Docker Compose whose rules are followed, as written in [`VERSION`].
pub const COMPOSE_VERSION: &str = "5.5.0";

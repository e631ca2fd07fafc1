//! Volumes without a name, which a recreated container takes over: an image with `VOLUME` loses no data.

use crate::model::observed::{Container, Image, InheritedVolume};
use crate::model::service::Service;

/// The volumes that the successor of `old` takes over: those at paths that the image declares as `VOLUME`, or that the
/// service mounts without naming a source.
pub(super) fn inherited(
    service: &Service,
    image: Option<&Image>,
    old: &Container,
) -> Vec<InheritedVolume> {
    let mounts = old.mounts.iter().filter(|mount| mount.kind == "volume" && !mount.name.is_empty());
    let mut inherited: Vec<InheritedVolume> = mounts
        .filter(|mount| {
            let at = |target: &str| same_path(target, &mount.destination);
            let is_anonymous = service.volumes.iter().any(|declared| {
                declared.r#type == "volume" && declared.source.is_empty() && at(&declared.target)
            });
            let is_mounted = service.volumes.iter().any(|declared| {
                (declared.r#type != "volume" || !declared.source.is_empty()) && at(&declared.target)
            });
            let mut tmpfs = service.tmpfs.iter().filter_map(|line| line.split(':').next());
            let is_taken = is_mounted || tmpfs.any(at);
            let is_images = image.is_some_and(|image| image.volumes.iter().any(|path| at(path)));
            (is_anonymous || is_images) && !is_taken
        })
        .map(|mount| InheritedVolume {
            target: mount.destination.clone(),
            volume: mount.name.clone(),
        })
        .collect();
    inherited.sort_by(|left, right| left.target.cmp(&right.target));
    inherited
}

fn same_path(left: &str, right: &str) -> bool {
    left.trim_end_matches('/') == right.trim_end_matches('/')
}

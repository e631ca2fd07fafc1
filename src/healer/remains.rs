//! What is left of images and containers whose layers are lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::heal::Lost;
use crate::model::hash::sha256_hex;

/// The descriptions of lost images, and the directories and mounts of lost containers.
pub(super) fn remains(lost: &Lost, root: &Path) -> Vec<PathBuf> {
    let drivers = fs::read_dir(root.join("image")).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        lost.containers.iter().map(|id| root.join("containers").join(id)).collect();
    for driver in drivers.map(|entry| entry.path()) {
        let images = driver.join("imagedb");
        for image in lost_images(lost, &images.join("content/sha256")) {
            found.extend(
                ["content/sha256", "metadata/sha256"].map(|part| images.join(part).join(&image)),
            );
        }
        let mounts = driver.join("layerdb/mounts");
        found.extend(lost.containers.iter().map(|id| mounts.join(id)));
    }
    found
}

/// The images that are lost themselves, or whose layers are.
fn lost_images(lost: &Lost, descriptions: &Path) -> Vec<String> {
    let images = fs::read_dir(descriptions).into_iter().flatten().flatten();
    let is_lost = |image: &fs::DirEntry| {
        let is_named = image.file_name().to_str().is_some_and(|name| lost.images.contains(name));
        is_named || chain(&image.path()).is_some_and(|chain| lost.images.contains(&chain))
    };
    images.filter(is_lost).filter_map(|image| image.file_name().into_string().ok()).collect()
}

/// The digest of all layers of an image, one upon the other, in hex.
fn chain(description: &Path) -> Option<String> {
    let told: Value = serde_json::from_slice(&fs::read(description).ok()?).ok()?;
    let layers = told["rootfs"]["diff_ids"].as_array()?;
    let mut layers = layers.iter().map(|layer| layer.as_str().map(str::to_owned));
    let first = layers.next()??;
    let chain = layers.try_fold(first, |below, layer| {
        Some(format!("sha256:{}", sha256_hex(format!("{below} {}", layer?).as_bytes())))
    })?;
    chain.strip_prefix("sha256:").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn lost(image: &str) -> Lost {
        let set = |id: &str| [id.to_owned()].into();
        Lost { images: set(image), containers: set("1"), layers: set("c") }
    }

    #[test]
    fn only_what_was_named_is_lost_and_never_a_volume() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let driver = root.join("image/overlay2");
        let two = r#"{"rootfs": {"type": "layers", "diff_ids": ["sha256:aa", "sha256:bb"]}}"#;
        write(&driver.join("imagedb/content/sha256/one"), "not JSON");
        write(&driver.join("imagedb/content/sha256/two"), two);
        let found = |image: &str| {
            let found = remains(&lost(image), root);
            let names = found.iter().map(|path| path.strip_prefix(root).unwrap().to_str().unwrap());
            names.collect::<Vec<_>>().join(" ")
        };
        let containers = ("containers/1", "image/overlay2/layerdb/mounts/1");
        let both = |image: &str| {
            let images = format!("image/overlay2/imagedb/content/sha256/{image}");
            let more = format!("image/overlay2/imagedb/metadata/sha256/{image}");
            format!("{} {images} {more} {}", containers.0, containers.1)
        };
        assert_eq!(found("one"), both("one"));
        assert_eq!(found("two"), both("two"));
        let chain = sha256_hex(b"sha256:aa sha256:bb");
        assert_eq!(found(&chain), both("two"), "as newer engines name it");
        assert_eq!(found("aa"), format!("{} {}", containers.0, containers.1));
    }
}

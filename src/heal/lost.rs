//! What an engine that runs has lost, read from the log of its start.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Images and containers of which an engine has only the descriptions: the layer that they are made of is lost. It goes on
/// without them, and does not pull such an image again, because it believes that it has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lost {
    /// The digests of images, in hex, and those of the chains of layers that they are made of: newer engines name only these.
    pub images: BTreeSet<String>,
    /// The IDs of containers.
    pub containers: BTreeSet<String>,
    /// The layers whose files are gone while the engine runs, and knows nothing of that.
    pub layers: BTreeSet<String>,
}

impl Lost {
    /// What the log of a start says. The texts were seen on Docker 20.10 and 28 with a layer's description taken away. An image
    /// that no container misses is left as it is, and so is a container whose image is well: runs make that anew by
    /// themselves, and what an unclean end left of it does no harm.
    pub fn read(log: &str) -> Option<Self> {
        let (mut images, mut containers) = (BTreeSet::new(), BTreeSet::new());
        for line in log.lines() {
            if line.contains("not restoring image") {
                images.extend(ids(line, "sha256:"));
            } else if line.contains("failed to load container mount")
                && line.contains("mount does not exist")
            {
                containers.extend(ids(line, "container="));
            }
        }
        let is_both = !containers.is_empty() && !images.is_empty();
        is_both.then_some(Self { images, containers, layers: BTreeSet::new() })
    }

    /// Layers whose files are gone. What runs with them goes on.
    pub fn of_layers(layers: BTreeSet<String>) -> Option<Self> {
        let (images, containers) = (BTreeSet::new(), BTreeSet::new());
        (!layers.is_empty()).then_some(Self { images, containers, layers })
    }

    /// Why Docker is ill, for people.
    pub(super) fn why(&self) -> String {
        if self.containers.is_empty() {
            let layers = count(self.layers.len(), "layer");
            return format!("the files of {layers} are gone; what runs of them goes on");
        }
        format!("a layer is lost, and with it {}", count(self.containers.len(), "container"))
    }

    /// What is moved aside.
    pub(super) fn words(&self) -> String {
        let containers = count(self.containers.len(), "container");
        format!("what is left of {containers} and of their images")
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("one {what}") } else { format!("{number} {what}s") }
}

/// All of the 64 hex digits that follow a mark.
fn ids<'l>(line: &'l str, mark: &'l str) -> impl Iterator<Item = String> + 'l {
    line.split(mark).skip(1).filter_map(|rest| {
        let id = rest.trim_start_matches('"').get(..64)?;
        id.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| id.to_owned())
    })
}

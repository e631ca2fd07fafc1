//! What a container is made from.

use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::InheritedVolume;
use crate::model::service::Service;

use super::error::Error;

/// What the image of a container is asked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageName {
    /// The reference of its service.
    Reference,
    /// The ID, because the reference means another image by now.
    Id,
}

/// What a container is made from. The functions answer for what only an observation knows.
#[derive(Clone, Copy)]
pub struct ContainerSpec<'a> {
    /// What the revision asks for.
    pub desired: &'a Desired,
    /// The service.
    pub service: &'a ServiceName,
    /// The replica's number, from 1.
    pub number: u32,
    /// The name it is made with: its own, or a temporary one while its predecessor still has it.
    pub name: &'a str,
    /// The name it has in the end, by which its network knows it.
    pub final_name: &'a str,
    /// Whether others on its networks find it by the names of its service, or only by its own name.
    pub found: bool,
    /// ID of the image, for the label.
    pub image_id: &'a str,
    /// What the image is asked for by.
    pub image: ImageName,
    /// Volumes taken over from its predecessor.
    pub inherits: &'a [InheritedVolume],
    /// The value of the label that names its predecessor.
    pub replaces: Option<&'a str>,
    /// The container whose namespaces or volumes are shared with those of a service.
    pub container_of: &'a (dyn Fn(&ServiceName) -> Option<String> + Sync),
    /// The ID of a local image, by reference: of those that are mounted, for the label.
    pub image_of: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

impl std::fmt::Debug for ContainerSpec<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContainerSpec")
            .field("service", &self.service)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<'a> ContainerSpec<'a> {
    /// The service itself.
    pub(super) fn model(&self) -> Result<&'a Service, Error> {
        self.desired
            .project
            .services
            .get(self.service)
            .ok_or_else(|| self.invalid("", "there is no such service in the project".to_owned()))
    }

    pub(super) fn unsupported(&self, key: impl Into<String>, hint: &'static str) -> Error {
        Error::Unsupported { service: self.service.clone(), key: key.into(), hint }
    }

    pub(super) fn invalid(&self, key: impl Into<String>, reason: String) -> Error {
        Error::Invalid { service: self.service.clone(), key: key.into(), reason }
    }

    /// Refuses a key that the engine is too old for.
    pub(super) fn needs(
        &self,
        key: impl Into<String>,
        has: (u32, u32),
        needs: (u32, u32),
    ) -> Result<(), Error> {
        if has >= needs {
            return Ok(());
        }
        let service = self.service.clone();
        Err(Error::EngineTooOldFor { service, key: key.into(), needs, has })
    }

    /// An image as the engine knows it: the name of a service stands for the service's image.
    pub(super) fn image_reference(&self, source: &str) -> String {
        let named = ServiceName::parse(source).ok();
        match named.and_then(|name| self.desired.project.services.get_key_value(&name)) {
            Some((name, service)) => image_name(self.desired, name, service),
            None => source.to_owned(),
        }
    }

    /// The ID of the container that stands for `parent`.
    pub(super) fn parent(&self, key: &'static str, parent: &str) -> Result<String, Error> {
        let found = ServiceName::parse(parent).ok().and_then(|name| (self.container_of)(&name));
        found.ok_or_else(|| Error::NoParent {
            service: self.service.clone(),
            key,
            parent: parent.to_owned(),
        })
    }
}

/// The image of a service, as written; one that is only built has a name of Compose's making.
pub(super) fn image_name(desired: &Desired, name: &ServiceName, service: &Service) -> String {
    if service.image.is_empty() {
        format!("{}-{name}", desired.project.name)
    } else {
        service.image.clone()
    }
}

//! When the image of a service is pulled.

use std::time::Duration;

use super::observed::Image;
use super::scalar::GoDuration;
use super::service::Service;

/// When the image of a service is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// When the engine has none.
    Missing,
    /// Before each run.
    Always,
    /// Never.
    Never,
    /// It is built, not pulled.
    Build,
    /// When it was last pulled longer ago than this.
    Every(Duration),
}

impl PullPolicy {
    /// The policy of a service; `None` for a word that nobody knows.
    pub fn of(service: &Service) -> Option<Self> {
        const DAY: Duration = Duration::from_hours(24);
        Some(match service.pull_policy.as_str() {
            "" if service.image.is_empty() && service.build.is_some() => Self::Build,
            "" | "missing" | "if_not_present" | "refresh" => Self::Missing,
            "always" => Self::Always,
            "never" => Self::Never,
            "build" => Self::Build,
            "daily" => Self::Every(DAY),
            "weekly" => Self::Every(DAY * 7),
            other => Self::Every(GoDuration::parse(other.strip_prefix("every_")?)?.to_std()),
        })
    }

    /// Whether a pull is due at `now` (seconds since 1970), given the image that the engine has.
    pub fn is_due(self, image: Option<&Image>, now: i64) -> bool {
        match (self, image) {
            (Self::Never | Self::Build, _) | (Self::Missing, Some(_)) => false,
            (Self::Always, _) | (Self::Missing | Self::Every(_), None) => true,
            (Self::Every(pause), Some(image)) => image.tagged_at.is_none_or(|at| {
                now.saturating_sub(at) >= i64::try_from(pause.as_secs()).unwrap_or(i64::MAX)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &str, tagged_at: Option<i64>) -> bool {
        let service = Service { pull_policy: policy.to_owned(), ..Service::default() };
        let image = tagged_at.map(|at| Image { tagged_at: Some(at), ..Image::default() });
        PullPolicy::of(&service).unwrap().is_due(image.as_ref(), 100_000)
    }

    #[test]
    fn a_pull_is_due_by_the_policys_rule() {
        assert!(check("", None));
        assert!(!check("missing", Some(1)));
        assert!(check("always", Some(99_999)));
        assert!(!check("never", None));
        assert!(check("daily", Some(100_000 - 86_400)));
        assert!(!check("daily", Some(100_000 - 86_399)));
        assert!(check("every_1h30m", Some(100_000 - 5_400)));
        let unknown = Service { pull_policy: "sometimes".to_owned(), ..Service::default() };
        assert_eq!(PullPolicy::of(&unknown), None);
    }
}

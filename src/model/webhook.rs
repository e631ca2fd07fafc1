//! Who sends webhooks.

use std::fmt;

/// A kind of sender, by how it signs and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// GitHub, with its packages.
    GitHub,
    /// GitLab: project, group and system hooks.
    GitLab,
    /// Gitea.
    Gitea,
    /// Forgejo.
    Forgejo,
    /// Gogs.
    Gogs,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Bitbucket Server and Data Center.
    BitbucketServer,
    /// Azure DevOps.
    Azure,
    /// Docker Hub.
    DockerHub,
    /// Container packages of GitHub.
    Ghcr,
    /// The notifications of a `distribution` registry.
    Distribution,
    /// Anything that can send a request: a pipeline, a script.
    Generic,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::GitHub,
        Self::GitLab,
        Self::Gitea,
        Self::Forgejo,
        Self::Gogs,
        Self::Bitbucket,
        Self::BitbucketServer,
        Self::Azure,
        Self::DockerHub,
        Self::Ghcr,
        Self::Distribution,
        Self::Generic,
    ];

    /// The word for it in settings, in `/hooks/<word>` and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Gitea => "gitea",
            Self::Forgejo => "forgejo",
            Self::Gogs => "gogs",
            Self::Bitbucket => "bitbucket",
            Self::BitbucketServer => "bitbucket-server",
            Self::Azure => "azure",
            Self::DockerHub => "docker-hub",
            Self::Ghcr => "ghcr",
            Self::Distribution => "distribution",
            Self::Generic => "generic",
        }
    }

    /// The provider of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.word() == word)
    }

    /// Whether it can prove who it is beyond the address it calls: by a signature or a token.
    pub fn has_secret(self) -> bool {
        match self {
            Self::Azure | Self::DockerHub => false,
            Self::GitHub
            | Self::GitLab
            | Self::Gitea
            | Self::Forgejo
            | Self::Gogs
            | Self::Bitbucket
            | Self::BitbucketServer
            | Self::Ghcr
            | Self::Distribution
            | Self::Generic => true,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

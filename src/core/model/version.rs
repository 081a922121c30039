//! Orders the versions of templates by Semantic Versioning: 0.10.0 comes after 0.9.0. The engine compares
//! them as texts.

use semver::BuildMetadata;

/// A version that can be compared. Texts that are not semantic versions come before all others, in their order as
/// texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// A text that is not a semantic version.
    Other(String),
    /// A pre-release comes before its release; what follows a `+` does not count.
    Semantic(semver::Version),
}

impl Version {
    /// Reads any text.
    pub fn parse(text: &str) -> Self {
        semver::Version::parse(text).map_or_else(
            |_| Self::Other(text.to_owned()),
            |version| Self::Semantic(semver::Version { build: BuildMetadata::EMPTY, ..version }),
        )
    }
}

/// The index of the latest version: `0.10.0` after `0.9.0`, and `2.0.0-rc.1` after `1.9.0` but before `2.0.0`. What is not
/// a semantic version is passed over.
pub fn latest<'a>(versions: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let versions = versions.into_iter().map(Version::parse).enumerate();
    let semantic = versions.filter(|(_, version)| matches!(version, Version::Semantic(_)));
    semantic.max_by(|(_, a), (_, b)| a.cmp(b)).map(|(at, _)| at)
}

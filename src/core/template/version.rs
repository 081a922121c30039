//! Which version is the latest (semver.org; the engine compares texts, semantics 8.4).

use semver::Version;

/// The place of the latest version by precedence: `0.10.0` after `0.9.0`, and `2.0.0-rc.1` after `1.9.0` but before
/// `2.0.0`. What is not a semantic version is passed over.
pub fn latest<'a>(versions: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let versions = versions.into_iter().enumerate();
    let parsed = versions.filter_map(|(at, text)| Some((at, Version::parse(text).ok()?)));
    parsed.max_by(|(_, a), (_, b)| a.cmp(b)).map(|(at, _)| at)
}

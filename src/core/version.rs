//! The order of the versions of task templates: that of Semantic Versioning, where the engine's is that of their texts,
//! by which 0.9.0 comes after 0.10.0 (semantics 8.4).

use std::cmp::Ordering;

/// A version, as it can be compared. What is no semantic version comes before all that are, in the order of the texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Any other text.
    Other(String),
    /// The three numbers, and what tells a pre-release from its release.
    Semantic([u64; 3], Release),
}

/// A pre-release comes before its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// Its identifiers, compared one by one; of two that begin alike the shorter one comes first.
    Pre(Vec<Identifier>),
    /// The release itself. What follows a `+` does not count.
    Final,
}

/// A number comes before a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// By its value.
    Number(u64),
    /// By its text.
    Word(String),
}

impl Ord for Identifier {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.cmp(two),
            (Self::Word(one), Self::Word(two)) => one.cmp(two),
            (Self::Number(_), Self::Word(_)) => Ordering::Less,
            (Self::Word(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Identifier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Version {
    /// Reads any text.
    pub fn parse(text: &str) -> Self {
        Self::semantic(text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    fn semantic(text: &str) -> Option<Self> {
        let without_build = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, pre) = match without_build.split_once('-') {
            Some((numbers, pre)) => (numbers, Some(pre)),
            None => (without_build, None),
        };
        let mut parts = numbers.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        if parts.next().is_some() {
            return None;
        }
        let release = match pre {
            Some(pre) => Release::Pre(pre.split('.').map(identifier).collect::<Option<_>>()?),
            None => Release::Final,
        };
        Some(Self::Semantic(numbers, release))
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn identifier(text: &str) -> Option<Identifier> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if text.is_empty() || !text.bytes().all(is_word) {
        return None;
    }
    Some(number(text).map_or_else(|| Identifier::Word(text.to_owned()), Identifier::Number))
}

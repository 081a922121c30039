//! Patterns of event names, by which consumers choose what they read.

use std::fmt;
use std::str::FromStr;

/// A pattern: words with dots between them. The word `*` stands for any word; as the last one, for any words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPattern(String);

/// The text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPattern;

/// The longest pattern, in bytes.
pub const LONGEST_PATTERN: usize = 127;

impl EventPattern {
    /// Returns whether the pattern stands for a name.
    pub fn matches(&self, name: &str) -> bool {
        let (mut wanted, mut found) = (self.0.split('.').peekable(), name.split('.'));
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) if wanted.peek().is_none() => return true,
                (Some(wanted), Some(found)) if wanted == "*" || wanted == found => {}
                _ => return false,
            }
        }
    }
}

impl FromStr for EventPattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let is_name = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let is_pattern =
            text.len() <= LONGEST_PATTERN && text.split('.').all(|word| word == "*" || is_name(word));
        if is_pattern { Ok(Self(text.to_owned())) } else { Err(NotAPattern) }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

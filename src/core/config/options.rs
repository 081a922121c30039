//! Every option: its name, what it may be, its default and what it is for. Names and defaults are the engine's
//! (semantics 7.1) where it has them; a default that differs says why.

use serde_json::Value;

/// One option of a section.
#[derive(Debug)]
pub struct Setting {
    /// Its name, as in the engine's configuration.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// The value if nobody sets it, as JSON.
    default: &'static str,
    /// What it is for, for the one who reads `tasker_config()`.
    pub about: &'static str,
}

/// What an option may be.
#[derive(Debug)]
pub enum Kind {
    /// `true` or `false`
    Boolean,
    /// A whole number in a range.
    Integer(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list of whole numbers in a range, at least one of them.
    Integers(i64, i64),
}

impl Setting {
    /// The value if nobody sets it.
    pub fn default_value(&self) -> Value {
        // A law reads every default, so that `null` is never what comes out.
        serde_json::from_str(self.default).unwrap_or_default()
    }
}

/// About 31 years: nobody waits for longer, and every sum stays far from the end of time.
const LONGEST_SECONDS: i64 = 1_000_000_000;

pub(super) const BACKOFF: &[Setting] = &[
    Setting {
        name: "mode",
        kind: Kind::Choice(&[
            "v02",
            "progression",
            "exponential",
            "polynomial",
            "linear",
            "fibonacci",
            "constant",
            "none",
        ]),
        default: "\"v02\"",
        about: "how the wait after a failure grows, as in tasker_backoff_seconds(); v02: 2 to the power of the attempts, at most 30 seconds",
    },
    Setting {
        name: "base_seconds",
        kind: Kind::Number(0.0, LONGEST_SECONDS as f64),
        default: "1",
        about: "what the modes exponential, polynomial, linear, fibonacci and constant begin with",
    },
    Setting {
        name: "default_backoff_seconds",
        kind: Kind::Integers(0, LONGEST_SECONDS),
        default: "[1, 2, 4, 8, 16, 32]",
        about: "the first waits of the mode progression",
    },
    Setting {
        name: "backoff_multiplier",
        kind: Kind::Number(0.0, 1000.0),
        default: "2.0",
        about: "the factor of the mode exponential, the exponent of polynomial and of progression beyond its list",
    },
    Setting {
        name: "max_backoff_seconds",
        kind: Kind::Number(0.0, LONGEST_SECONDS as f64),
        default: "300",
        about: "the longest wait after a failure, with jitter",
    },
    Setting {
        name: "jitter_enabled",
        kind: Kind::Boolean,
        // The engine's functions, whose waits are the default, know no jitter.
        default: "false",
        about: "whether waits are spread, so that steps that failed together do not come back together",
    },
    Setting {
        name: "jitter_max_percentage",
        kind: Kind::Number(0.0, 1.0),
        default: "0.1",
        about: "by which share of it a wait may be shorter or longer",
    },
    Setting {
        name: "max_retry_after_seconds",
        kind: Kind::Integer(0, LONGEST_SECONDS),
        // The bound that the engine's parser announces, and does not keep (semantics 4.6).
        default: "3600",
        about: "the longest wait that a Retry-After header is granted",
    },
];

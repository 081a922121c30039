//! Presets: useful options for development, test and production.

use crate::core::error::TaskerError;
use crate::core::wording::none_of;
use serde_json::{Value, json};

/// A kind of system that people run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A single developer: short waits, little concurrency.
    Development,
    /// Test suites: no waits, no randomness.
    Test,
    /// Many tasks: growing waits with jitter.
    Production,
}

impl Environment {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::Development, Self::Test, Self::Production];

    /// The name of the preset.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// The environment of that name, which is one of Rails' names.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for any other.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        let problem = || none_of(text, &Self::ALL.map(Self::as_str));
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str() == text)
            .ok_or_else(|| TaskerError::invalid("environment", problem()))
    }

    /// The options to set, by section. Other options keep their values. Every preset sets the same options, so that
    /// changing the preset leaves nothing behind.
    pub fn preset(self) -> Value {
        match self {
            Self::Development => json!({
                "backoff": {
                    "mode": "constant",
                    "base_seconds": 1,
                    "backoff_multiplier": 2.0,
                    "max_backoff_seconds": 10,
                    "jitter_enabled": false,
                    "jitter_max_percentage": 0.1,
                    "reenqueue_delays": {
                        "has_ready_steps": 0, "waiting_for_dependencies": 5, "processing": 2,
                    },
                    "default_reenqueue_delay": 5,
                    "buffer_seconds": 1,
                },
                "execution": { "min_concurrent_steps": 1, "max_concurrent_steps_limit": 4 },
            }),
            Self::Test => json!({
                "backoff": {
                    "mode": "none",
                    "base_seconds": 1,
                    "backoff_multiplier": 2.0,
                    "max_backoff_seconds": 300,
                    "jitter_enabled": false,
                    "jitter_max_percentage": 0.1,
                    "reenqueue_delays": {
                        "has_ready_steps": 0, "waiting_for_dependencies": 0, "processing": 0,
                    },
                    "default_reenqueue_delay": 0,
                    "buffer_seconds": 0,
                },
                "execution": { "min_concurrent_steps": 1, "max_concurrent_steps_limit": 2 },
            }),
            Self::Production => json!({
                "backoff": {
                    "mode": "exponential",
                    "base_seconds": 1,
                    "backoff_multiplier": 2.0,
                    "max_backoff_seconds": 300,
                    "jitter_enabled": true,
                    "jitter_max_percentage": 0.1,
                    "reenqueue_delays": {
                        "has_ready_steps": 0, "waiting_for_dependencies": 45, "processing": 10,
                    },
                    "default_reenqueue_delay": 30,
                    "buffer_seconds": 5,
                },
                "execution": { "min_concurrent_steps": 5, "max_concurrent_steps_limit": 25 },
            }),
        }
    }
}

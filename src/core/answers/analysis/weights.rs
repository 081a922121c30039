//! Reads the section `dependency_graph` of the configuration: the weights of the analysis.

use crate::core::config::EffectiveOptions;
use crate::core::error::TaskerError;
use serde::Deserialize;

/// The weights of the scores.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    pub(super) impact_multipliers: Impact,
    pub(super) severity_multipliers: Severity,
    pub(super) penalty_constants: Penalties,
    pub(super) severity_thresholds: Thresholds,
    pub(super) duration_estimates: Durations,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Impact {
    pub downstream_weight: f64,
    pub blocked_weight: f64,
    pub path_length_weight: f64,
    pub completed_penalty: f64,
    pub blocked_penalty: f64,
    pub error_penalty: f64,
    pub retry_penalty: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Severity {
    pub error_state: f64,
    pub exhausted_retry_bonus: f64,
    pub dependency_issue: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Penalties {
    pub retry_instability: f64,
    pub non_retryable: f64,
    pub exhausted_retry: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub critical: f64,
    pub high: f64,
    pub medium: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Durations {
    pub base_step_seconds: f64,
    pub error_penalty_seconds: f64,
    pub retry_penalty_seconds: f64,
}

impl Weights {
    /// # Errors
    /// [`TaskerError::StoredConfig`] if a stored value does not pass the checks.
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }
}

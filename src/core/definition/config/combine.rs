//! Checks options whose values depend on each other.

use super::{EffectiveOptions, Section};
use crate::core::error::TaskerError;
use serde_json::Value;

/// Pairs of options whose first must not be greater than the second.
const ASCENDING: &[(Section, &str, &str)] = &[
    (Section::Execution, "min_concurrent_steps", "max_concurrent_steps_limit"),
    (Section::DependencyGraph, "severity_thresholds.medium", "severity_thresholds.high"),
    (Section::DependencyGraph, "severity_thresholds.high", "severity_thresholds.critical"),
];

/// Checks options of a section as they apply together.
///
/// # Errors
/// [`TaskerError::InvalidConfig`] with a line for each pair of options that contradict each other.
pub fn check_combination(section: Section, effective: &EffectiveOptions) -> Result<(), TaskerError> {
    let number = |path| effective.value(path).and_then(Value::as_f64);
    let shown = |path| effective.value(path).map(Value::to_string).unwrap_or_default();
    let problems: Vec<String> = ASCENDING
        .iter()
        .filter(|(of, lower, upper)| *of == section && number(lower) > number(upper))
        .map(|(_, lower, upper)| {
            format!("{lower}: must not be greater than {upper}, but {} > {}", shown(lower), shown(upper))
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(TaskerError::InvalidConfig { section: section.as_str().to_owned(), problems })
    }
}

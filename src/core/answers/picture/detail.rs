//! Writes the text of a step's tooltip.

use crate::core::readiness::{Assessment, Reason};

/// Describes the attempts of a step, and what it waits for until when.
pub fn detail(assessment: &Assessment) -> String {
    let mut said = Vec::new();
    if assessment.attempts > 0 {
        said.push(format!("{} of {} attempts", assessment.attempts, assessment.retry_limit));
    }
    match assessment.verdict.reason() {
        None | Some(Reason::Finished | Reason::InProgress | Reason::Cancelled) => {}
        Some(Reason::DependenciesNotSatisfied) => said.push(format!(
            "{} of {} parents finished",
            assessment.completed_parents, assessment.total_parents
        )),
        Some(Reason::WaitingForBackoff | Reason::WaitingForTime) => {
            let until = assessment.next_eligible_at.map(|until| format!(" until {}", until.to_rfc3339()));
            said.push(format!("waits{}", until.unwrap_or_default()));
        }
        Some(reason) => said.push(reason.as_str().replace('_', " ")),
    }
    said.join(", ")
}

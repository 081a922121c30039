//! Identifiers, each with its own type, so that the compiler refuses a task's id where a step's is needed.

use std::fmt;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

identifiers! {
    /// `tasker_tasks.task_id`
    TaskId(i64);
    /// `tasker_workflow_steps.workflow_step_id`
    StepId(i64);
    /// `tasker_workflow_step_edges.id`
    EdgeId(i64);
    /// `tasker_named_tasks.named_task_id`
    NamedTaskId(i32);
    /// `tasker_named_steps.named_step_id`
    NamedStepId(i32);
}

/// Removes repeated ids, and keeps the order of the others.
pub fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut seen = std::collections::HashSet::new();
    ids.filter(|id| seen.insert(*id)).collect()
}

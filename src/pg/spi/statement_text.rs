//! Composes the text of the statements of `sql/queries` for one installation.

use crate::pg::host::installation;
use crate::pg::spi::statements::{Statement, section};

impl Statement {
    /// Returns the statement for one installation, without its comments, which would otherwise appear in the CONTEXT of
    /// errors.
    pub(crate) fn text(self, schema: &str) -> String {
        let (steps, tasks) = if self.reads_visible_rows() {
            ("(\n@step_facts@\n)", "(\n@task_facts@\n)")
        } else {
            ("@installation@.tasker_core_steps", "@installation@.tasker_core_tasks")
        };
        let has_rule = if self.reads_visible_rows() { "false" } else { fragment("has_rule") };
        let named = if self.is_of_named_tasks() { "named_task_id" } else { "named_step_id" };
        let lock = if self.only_sees() || self.only_sees_shares() { "" } else { "FOR UPDATE SKIP LOCKED" };
        let (of_visible_parent, of_visible_task) = match self {
            Self::VisibleSiblings => (fragment("of_visible_parent"), fragment("of_visible_task")),
            _ => ("", ""),
        };
        let template = section(self.section());
        let template = match self {
            Self::Rows(look_up)
            | Self::RowsAfter(look_up)
            | Self::VisibleRows(look_up)
            | Self::VisibleRowsAfter(look_up) => look_up.fill_in(template),
            _ if self.only_sees() => fragment("seen_hints").replace("@hints@", template),
            _ => template.to_owned(),
        };
        let template = if self.is_for_one_row() { of_one_row(&template) } else { template };
        let text =
            with_part(&template, "fragments/executions").replace("@steps@", steps).replace("@tasks@", tasks);
        let text = PARTS
            .iter()
            .fold(text, |text, part| with_part(&text, part))
            .replace("@has_rule@", has_rule)
            .replace("@named@", named)
            .replace("@unshared@", if self.heeds_shares() { fragment("unshared") } else { "" })
            .replace("@shared@", if self.heeds_shares() { fragment("shared") } else { "" })
            .replace("@lock@", lock)
            .replace("@of_visible_parent@", of_visible_parent)
            .replace("@of_visible_task@", of_visible_task)
            .replace("@installation@", &installation::quoted(schema));
        without_comments(&text)
    }

    /// Returns the name of the statement in the CONTEXT of errors, by its section: "tasker_core: write/complete_steps".
    pub(crate) fn name(self) -> String {
        match self {
            Self::Rows(_) | Self::RowsAfter(_) | Self::VisibleRows(_) | Self::VisibleRowsAfter(_) => {
                "tasker_core: look up".to_owned()
            }
            _ => format!("tasker_core: {}", self.section()),
        }
    }

    /// Returns whether the statement only reads hints, as arrays, that the other statement of its section locks.
    fn only_sees(self) -> bool {
        matches!(self, Self::SeeHints | Self::SeeHintsOfSteps | Self::SeeHintsOfTasks)
    }

    /// Returns whether the statement locks no row of a fair queue that the other statement of its section locks.
    fn only_sees_shares(self) -> bool {
        matches!(self, Self::SeeShares | Self::SeeSharesOfSteps | Self::SeeSharesOfTasks)
    }

    /// Returns whether the statement is about names of tasks, and the other of its section about names of steps.
    fn is_of_named_tasks(self) -> bool {
        matches!(
            self,
            Self::ParkHintsOfTasks
                | Self::NextSharesOfTasks
                | Self::TakeSharesOfTasks
                | Self::SeeSharesOfTasks
                | Self::ParkSharesOfTasks
        )
    }

    /// Returns whether the statement also reads fair queues, which the other statement of its section does not: an
    /// installation of an earlier layout has none.
    fn heeds_shares(self) -> bool {
        matches!(
            self,
            Self::UnqueuedStepsWithShares
                | Self::PutAllHintsWithShares
                | Self::PutAllDecisionsWithShares
                | Self::TiesOfTasksWithShares
        )
    }
}

/// The parts that are alike in every statement. A part stands before the parts that it contains.
const PARTS: [&str; 30] = [
    "fragments/step_facts",
    "fragments/task_facts",
    "fragments/step_columns",
    "fragments/side_step_columns",
    "fragments/own_step_columns",
    "fragments/set_step_columns",
    "fragments/set_task_columns",
    "fragments/is_attempted",
    "fragments/is_queued_of_task",
    "fragments/may_take",
    "fragments/may_turn",
    "fragments/share",
    "fragments/transition_filters",
    "fragments/transition_columns",
    "fragments/transition_statistics",
    "fragments/history_columns",
    "fragments/testkit_history",
    "fragments/is_retry",
    "fragments/is_release",
    "fragments/is_copied",
    "fragments/named_from_state",
    "fragments/named_wait",
    "fragments/execution_seconds",
    "fragments/task_seconds",
    "fragments/iso",
    "fragments/error_class",
    "fragments/error_message",
    "fragments/waits_for_task",
    "fragments/unqueued",
    "fragments/schedule_columns",
];

/// Replaces the name of a part by its text, if the statement uses the part.
fn with_part(text: &str, part: &str) -> String {
    let place = format!("@{}@", part.trim_start_matches("fragments/"));
    if text.contains(&place) {
        text.replace(&place, &without_comments(section(part)))
    } else {
        text.to_owned()
    }
}

/// Returns a part of statements.
fn fragment(name: &str) -> &'static str {
    section(&format!("fragments/{name}"))
}

/// Returns the statement with single values instead of arrays.
fn of_one_row(template: &str) -> String {
    let text = template.replace("ROWS FROM (", "(SELECT ");
    (1..=3).fold(text, |text, argument| {
        text.replace(&format!("pg_catalog.unnest(${argument})"), &format!("${argument}"))
    })
}

pub(crate) fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n")
}

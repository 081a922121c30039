//! How the statements of `sql/queries` read for one installation.

use super::statements::Statement;
use crate::pg::installation;

impl Statement {
    /// The statement for one installation, without its comments, which would stand in the CONTEXT of errors.
    /// The facts come first: they name the installation too.
    pub(super) fn text(self, schema: &str) -> String {
        let (steps, tasks) = if self.reads_visible_rows() {
            ("(\n@step_facts@\n)", "(\n@task_facts@\n)")
        } else {
            ("@installation@.tasker_core_steps", "@installation@.tasker_core_tasks")
        };
        let has_rule = if self.reads_visible_rows() {
            "false"
        } else {
            include_str!("../../../sql/queries/has_rule.sql")
        };
        let named = if self == Self::ParkHintsOfTasks { "named_task_id" } else { "named_step_id" };
        let lock = if self.only_sees() { "" } else { "FOR UPDATE SKIP LOCKED" };
        let (of_visible_parent, of_visible_task) = match self {
            Self::VisibleSiblings => (
                include_str!("../../../sql/queries/find/of_visible_parent.sql"),
                include_str!("../../../sql/queries/find/of_visible_task.sql"),
            ),
            _ => ("", ""),
        };
        let seen = include_str!("../../../sql/queries/queue/seen_hints.sql");
        let template = match self {
            Self::Rows(look_up)
            | Self::RowsAfter(look_up)
            | Self::VisibleRows(look_up)
            | Self::VisibleRowsAfter(look_up) => look_up.fill_in(self.template()),
            _ if self.only_sees() => seen.replace("@hints@", self.template()),
            _ => self.template().to_owned(),
        };
        let template = if self.is_for_one_row() { of_one_row(&template) } else { template };
        let text = template
            .replace("@executions@", include_str!("../../../sql/queries/insight/executions.sql"))
            .replace("@steps@", steps)
            .replace("@tasks@", tasks)
            .replace("@step_facts@", include_str!("../../../sql/queries/step_facts.sql"))
            .replace("@has_rule@", has_rule)
            .replace("@named@", named)
            .replace("@lock@", lock)
            .replace("@of_visible_parent@", of_visible_parent)
            .replace("@of_visible_task@", of_visible_task)
            .replace("@named_wait@", include_str!("../../../sql/queries/named_wait.sql"))
            .replace("@task_facts@", include_str!("../../../sql/queries/task_facts.sql"))
            .replace("@is_attempted@", include_str!("../../../sql/queries/is_attempted.sql"))
            .replace("@unqueued@", include_str!("../../../sql/queries/unqueued.sql"))
            .replace("@installation@", &installation::quoted(schema));
        without_comments(&text)
    }

    /// What the CONTEXT of errors calls it: "tasker_core: write/complete_steps", by its file.
    pub(super) fn name(self) -> String {
        format!("tasker_core: {}", self.file().trim_end_matches(".sql"))
    }

    /// Whether it leaves unlocked what the other statement of its file locks.
    fn only_sees(self) -> bool {
        matches!(self, Self::SeeHints | Self::SeeHintsOfSteps | Self::SeeHintsOfTasks)
    }
}

/// The same with values in the place of arrays.
fn of_one_row(template: &str) -> String {
    let text = template.replace("ROWS FROM (", "(SELECT ");
    (1..=3).fold(text, |text, argument| {
        text.replace(&format!("pg_catalog.unnest(${argument})"), &format!("${argument}"))
    })
}

pub(super) fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n")
}

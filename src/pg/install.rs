//! What `CREATE EXTENSION` runs beside the functions that are declared in Rust, in this order.

use pgrx::extension_sql_file;

/// Chains the files, each after the one before it, the first after every function declared in Rust.
macro_rules! scripts {
    ($first:tt = $first_name:tt, $($rest:tt)*) => {
        extension_sql_file!(
            $first,
            name = $first_name,
            requires = [
                rebuild,
                drift,
                graph_defects
            ]
        );
        scripts!(@after $first_name, $($rest)*);
    };
    (@after $before:tt,) => {};
    (@after $before:tt, $path:tt = $name:tt, $($rest:tt)*) => {
        extension_sql_file!($path, name = $name, requires = [$before]);
        scripts!(@after $name, $($rest)*);
    };
}

scripts! {
    "../../sql/install/triggers/_tasker_sync_step_edges.sql" = "_tasker_sync_step_edges",
    "../../sql/install/triggers/_tasker_sync_step_transitions.sql" = "_tasker_sync_step_transitions",
    "../../sql/install/triggers/_tasker_sync_steps.sql" = "_tasker_sync_steps",
    "../../sql/install/triggers/_tasker_sync_task_transitions.sql" = "_tasker_sync_task_transitions",
    "../../sql/install/triggers/_tasker_sync_tasks.sql" = "_tasker_sync_tasks",
    "../../sql/install/_tasker_expected_columns.sql" = "_tasker_expected_columns",
    "../../sql/install/_tasker_expected_constraints.sql" = "_tasker_expected_constraints",
    "../../sql/install/_tasker_expected_indexes.sql" = "_tasker_expected_indexes",
    "../../sql/install/_tasker_expected_side_columns.sql" = "_tasker_expected_side_columns",
    "../../sql/install/_tasker_expected_side_indexes.sql" = "_tasker_expected_side_indexes",
    "../../sql/install/_tasker_side_storage_options.sql" = "_tasker_side_storage_options",
    "../../sql/install/_tasker_missing_side_indexes.sql" = "_tasker_missing_side_indexes",
    "../../sql/install/_tasker_expected_triggers.sql" = "_tasker_expected_triggers",
    "../../sql/install/_tasker_rails_functions.sql" = "_tasker_rails_functions",
    "../../sql/install/_tasker_target_schema.sql" = "_tasker_target_schema",
    "../../sql/install/_tasker_repair.sql" = "_tasker_repair",
    "../../sql/install/_tasker_begin_change.sql" = "_tasker_begin_change",
    "../../sql/install/_tasker_require_installed.sql" = "_tasker_require_installed",
    "../../sql/install/_tasker_lock_tables.sql" = "_tasker_lock_tables",
    "../../sql/install/_tasker_column_differences.sql" = "_tasker_column_differences",
    "../../sql/install/_tasker_constraint_differences.sql" = "_tasker_constraint_differences",
    "../../sql/install/_tasker_present_indexes.sql" = "_tasker_present_indexes",
    "../../sql/install/_tasker_index_differences.sql" = "_tasker_index_differences",
    "../../sql/install/_tasker_side_table_problems.sql" = "_tasker_side_table_problems",
    "../../sql/install/_tasker_trigger_states.sql" = "_tasker_trigger_states",
    "../../sql/install/_tasker_create_tables.sql" = "_tasker_create_tables",
    "../../sql/install/_tasker_install_side_tables.sql" = "_tasker_install_side_tables",
    "../../sql/install/_tasker_install_triggers.sql" = "_tasker_install_triggers",
    "../../sql/install/_tasker_fill_side_tables.sql" = "_tasker_fill_side_tables",
    "../../sql/install/_tasker_install.sql" = "_tasker_install",
    "../../sql/install/tasker_install.sql" = "tasker_install",
    "../../sql/install/tasker_rebuild.sql" = "tasker_rebuild",
    "../../sql/install/_tasker_rails_function_states.sql" = "_tasker_rails_function_states",
    "../../sql/install/_tasker_wrapper_comment.sql" = "_tasker_wrapper_comment",
    "../../sql/install/_tasker_copy_function_access.sql" = "_tasker_copy_function_access",
    "../../sql/install/_tasker_supersede_original.sql" = "_tasker_supersede_original",
    "../../sql/install/_tasker_replace_rails_functions.sql" = "_tasker_replace_rails_functions",
    "../../sql/install/tasker_replace_rails_functions.sql" = "tasker_replace_rails_functions",
    "../../sql/install/_tasker_restore_rails_functions.sql" = "_tasker_restore_rails_functions",
    "../../sql/install/tasker_restore_rails_functions.sql" = "tasker_restore_rails_functions",
    "../../sql/install/_tasker_uninstall.sql" = "_tasker_uninstall",
    "../../sql/install/tasker_uninstall.sql" = "tasker_uninstall",
    "../../sql/install/_tasker_doctor_structure.sql" = "_tasker_doctor_structure",
    "../../sql/install/_tasker_structure_damage.sql" = "_tasker_structure_damage",
    "../../sql/install/_tasker_require_sound.sql" = "_tasker_require_sound",
    "../../sql/install/_tasker_doctor_rows.sql" = "_tasker_doctor_rows",
    "../../sql/install/_tasker_doctor_indexes.sql" = "_tasker_doctor_indexes",
    "../../sql/install/_tasker_doctor_access.sql" = "_tasker_doctor_access",
    "../../sql/install/_tasker_doctor_functions.sql" = "_tasker_doctor_functions",
    "../../sql/install/_tasker_doctor.sql" = "_tasker_doctor",
    "../../sql/install/tasker_doctor.sql" = "tasker_doctor",
    "../../sql/install/functions/_tasker_drift.sql" = "_tasker_drift",
    "../../sql/install/functions/_tasker_graph_defects.sql" = "_tasker_graph_defects",
    "../../sql/install/functions/_tasker_rebuild.sql" = "_tasker_rebuild",
    "../../sql/install/functions/tasker_explain_step.sql" = "tasker_explain_step",
    "../../sql/install/functions/tasker_rails_get_step_readiness_status.sql" = "tasker_rails_get_step_readiness_status",
    "../../sql/install/functions/tasker_rails_get_step_readiness_status_batch.sql" = "tasker_rails_get_step_readiness_status_batch",
    "../../sql/install/functions/tasker_rails_get_task_execution_context.sql" = "tasker_rails_get_task_execution_context",
    "../../sql/install/functions/tasker_rails_get_task_execution_contexts_batch.sql" = "tasker_rails_get_task_execution_contexts_batch",
    "../../sql/install/functions/tasker_ready_steps.sql" = "tasker_ready_steps",
    "../../sql/install/functions/tasker_claim_steps.sql" = "tasker_claim_steps",
    "../../sql/install/functions/tasker_heartbeat.sql" = "tasker_heartbeat",
    "../../sql/install/functions/tasker_release_step.sql" = "tasker_release_step",
    "../../sql/install/functions/tasker_complete_step.sql" = "tasker_complete_step",
    "../../sql/install/functions/tasker_fail_step.sql" = "tasker_fail_step",
    "../../sql/install/functions/tasker_finalize_task.sql" = "tasker_finalize_task",
    "../../sql/install/functions/tasker_maintain.sql" = "tasker_maintain",
    "../../sql/install/functions/tasker_transition_step.sql" = "tasker_transition_step",
    "../../sql/install/functions/tasker_transition_task.sql" = "tasker_transition_task",
    "../../sql/install/functions/tasker_can_transition_step.sql" = "tasker_can_transition_step",
    "../../sql/install/functions/tasker_can_transition_task.sql" = "tasker_can_transition_task",
    "../../sql/install/functions/tasker_step_history.sql" = "tasker_step_history",
    "../../sql/install/functions/tasker_task_history.sql" = "tasker_task_history",
    "../../sql/install/functions/tasker_cancel_step.sql" = "tasker_cancel_step",
    "../../sql/install/functions/tasker_cancel_task.sql" = "tasker_cancel_task",
    "../../sql/install/functions/tasker_skip_step.sql" = "tasker_skip_step",
    "../../sql/install/functions/tasker_resolve_step.sql" = "tasker_resolve_step",
    "../../sql/install/functions/tasker_retry_step.sql" = "tasker_retry_step",
    "../../sql/install/functions/tasker_reset_step.sql" = "tasker_reset_step",
    "../../sql/install/functions/tasker_pause_task.sql" = "tasker_pause_task",
    "../../sql/install/functions/tasker_resume_task.sql" = "tasker_resume_task",
    "../../sql/install/functions/tasker_set_retry_limit.sql" = "tasker_set_retry_limit",
    "../../sql/install/functions/tasker_set_task_priority.sql" = "tasker_set_task_priority",
    "../../sql/install/functions/tasker_backoff_seconds.sql" = "tasker_backoff_seconds",
    "../../sql/install/functions/tasker_parse_retry_after.sql" = "tasker_parse_retry_after",
    "../../sql/install/functions/tasker_set_limit.sql" = "tasker_set_limit",
    "../../sql/install/functions/tasker_pause.sql" = "tasker_pause",
    "../../sql/install/functions/tasker_resume.sql" = "tasker_resume",
    "../../sql/install/functions/tasker_limits.sql" = "tasker_limits",
    "../../sql/install/functions/tasker_step_readiness.sql" = "tasker_step_readiness",
    "../../sql/install/functions/tasker_task_context.sql" = "tasker_task_context",
}

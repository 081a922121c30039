-- Builds the indexes that leave_indexes.sql has left.
REINDEX TABLE @installation@.tasker_tasks;
REINDEX TABLE @installation@.tasker_workflow_steps;
REINDEX TABLE @installation@.tasker_workflow_step_edges;
REINDEX TABLE @installation@.tasker_core_tasks;
REINDEX TABLE @installation@.tasker_core_steps;
REINDEX TABLE @installation@.tasker_core_hints

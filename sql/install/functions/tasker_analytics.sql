CREATE FUNCTION @extschema@.tasker_analytics(
    since timestamptz DEFAULT NULL
)
RETURNS TABLE (
    active_tasks_count bigint,
    total_namespaces_count bigint,
    unique_task_types_count bigint,
    system_health_score numeric,
    task_throughput bigint,
    completion_count bigint,
    error_count bigint,
    completion_rate numeric,
    error_rate numeric,
    avg_task_duration numeric,
    avg_step_duration numeric,
    step_throughput bigint,
    analysis_period_start timestamptz,
    calculated_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'tasker_analytics';

COMMENT ON FUNCTION @extschema@.tasker_analytics(timestamptz) IS
'What became of the tasks created after since (NULL: in the last hour), in one row: how many there were (task_throughput), how many of them are complete or resolved (completion_count), how many in error (error_count), both also in percent, which never add up to more than 100; how many seconds a completed task took from its creation to its last transition, and a completed step of them from its own (NULL when none has completed); step_throughput: their steps. system_health_score: completed ones among those that ended, from 0 to 1; 1.0 when none has ended. Whatever since says: active_tasks_count are the tasks that are pending or in progress now; namespaces and task types (names within a namespace) are those that have tasks. Where row-level security on tasker_tasks or tasker_workflow_steps applies to the caller, the figures are made of the rows of the Tasker tables that he may see, which takes longer. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks and tasker_task_namespaces. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges. Time grows with the tasks and steps of the period. Semantics 9, repaired as R15.';

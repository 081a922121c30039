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
'Summarizes the tasks created after since (NULL: in the last hour), in one row. task_throughput: '
'how many tasks; completion_count: those that are complete or resolved; error_count: those in '
'error; completion_rate and error_rate: the same in percent. Average durations in seconds, NULL if '
'none has completed: of a completed task, from its creation to its last transition; of a completed '
'step of these tasks, from the creation of the step. step_throughput: how many steps these tasks '
'have. system_health_score: the share of completed tasks among those that ended, from 0 to 1; 1.0 '
'when none has ended.

Independent of since: active_tasks_count counts the tasks that are pending or in progress now; the '
'counts of namespaces and task types (names within a namespace) count those that have tasks. For a '
'caller under row-level security, the figures cover the rows that it may see, which takes longer.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501. Privileges: SELECT on tasker_tasks, tasker_task_transitions, '
'tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, '
'tasker_named_steps, tasker_named_tasks and tasker_task_namespaces. Complexity: O(tasks and steps '
'of the period). Corrects the engine''s defect R15 (docs/readiness.md).';

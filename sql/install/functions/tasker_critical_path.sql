CREATE FUNCTION @extschema@.tasker_critical_path(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_critical_path';

COMMENT ON FUNCTION @extschema@.tasker_critical_path(bigint) IS
'Returns, as a document, the path that decides when a task will be complete: of all paths from a '
'root to a leaf, the one that takes longest from now on. For a task that is done, it is the path '
'that took longest. Keys: steps (workflow_step_id, name, current_state, estimated_seconds, '
'remaining_seconds, measured), total_steps, completed_steps, running_steps, failed_steps, '
'waiting_steps, ready_steps, retried_steps, completion_percentage, total_seconds, '
'remaining_seconds, estimated_completion_at (RFC 3339, UTC; null when the task is done; assumes '
'that no step fails or waits for a worker), criticality_score.

The estimate of a step is the median of up to 20 executions of steps with its name, among the '
'2,000 steps before those of this task (measured is true); without such executions, '
'duration_estimates of tasker_config(''dependency_graph''). The remaining time of a finished step '
'is 0, that of a running step the rest of its estimate, that of a waiting step its wait and its '
'estimate. criticality_score: computed for this path by the engine''s formula.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501. '
'Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, and edges to '
'these. Complexity: O(steps + edges) of the task, and a look-up of 2,000 steps.';

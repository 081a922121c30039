CREATE FUNCTION @extschema@.tasker_critical_path(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_critical_path';

COMMENT ON FUNCTION @extschema@.tasker_critical_path(bigint) IS
'Returns the path that decides when a task is done, as a document: of all paths from a root to a '
'leaf, the one that takes longest from now on; for a finished task, the one that took longest. '
'Keys: steps (workflow_step_id, name, current_state, estimated_seconds, remaining_seconds, '
'measured), total_steps, completed_steps, running_steps, failed_steps, waiting_steps, ready_steps, '
'retried_steps, completion_percentage, total_seconds, remaining_seconds, estimated_completion_at '
'(RFC 3339, UTC; null when the task is done; assumes that no step fails or waits for a worker), '
'criticality_score.

The estimate of a step is the median of up to 20 executions of the same name among the 2,000 steps '
'before this task''s (measured), else duration_estimates of tasker_config(''dependency_graph''). A '
'finished step has no time left, a running one the rest of its estimate, a waiting one also its '
'wait. criticality_score: the engine''s formula (semantics 10.1) for this one path; the engine '
'enumerates all paths.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501. '
'Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, and edges to '
'these. Complexity: O(steps + edges) of the task, and a look-up of 2,000 steps.';

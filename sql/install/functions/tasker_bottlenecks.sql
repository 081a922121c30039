CREATE FUNCTION @extschema@.tasker_bottlenecks(task_id bigint, max_rows integer DEFAULT 10)
RETURNS TABLE (
    workflow_step_id         bigint,
    step_name                text,
    current_state            text,
    impact_score             bigint,
    severity                 text,
    bottleneck_type          text,
    downstream_steps         integer,
    waiting_downstream_steps integer,
    resolution_strategy      text,
    estimated_resolution     text
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_bottlenecks';

COMMENT ON FUNCTION @extschema@.tasker_bottlenecks(bigint, integer) IS
'Returns the steps that delay a task most, the worst first. If steps have failed, these are the '
'failed steps; otherwise the unfinished steps that wait for others, have been tried twice or more, '
'or may not be tried again. No rows if nothing delays the task.

impact_score: (downstream_weight per step below it + blocked_weight per waiting step below it) '
'times a factor of its state, plus penalties. tasker_config(''dependency_graph'') has the weights. '
'severity: Critical, High, Medium or Low by that score. bottleneck_type: Permanent Failure, '
'Non-Retryable, Active Error, Dependency Block or Retry Exhaustion. Unlike in the engine, '
'completed steps are no bottlenecks, and only the column retryable decides whether a step is '
'retryable.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501; '
'22023 for a negative max_rows. Privileges: SELECT on the Tasker tables; row-level security hides '
'tasks and steps, and edges to these. Complexity: O(steps * edges / 64) in the worst case; can be '
'interrupted.';

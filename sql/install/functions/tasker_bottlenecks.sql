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
'The steps of a task that hold up most, the worst first. Where something has failed: the failed steps; else the unfinished ones that wait for others, have been tried twice or more, or may not be tried again. impact_score: (downstream_weight per step behind it + blocked_weight per waiting one) times a factor of its state, plus penalties; severity: Critical, High, Medium or Low by that score. The weights: tasker_config(''dependency_graph''). bottleneck_type: Permanent Failure, Non-Retryable, Active Error, Dependency Block or Retry Exhaustion. No rows for a task in which nothing holds anything up.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501. 22023 for a negative max_rows. Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, and edges to these. Complexity: O(steps * edges / 64) in the worst case; can be interrupted. Semantics 10.1; completed steps are no bottlenecks here, and what must not be retried is told by retryable, not by its attempts.';

CREATE FUNCTION @extschema@.tasker_find_steps(
    condition text DEFAULT NULL,
    task_id bigint DEFAULT NULL,
    states text[] DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    step_name text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    completed_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    step_name text,
    current_state text,
    state_since timestamptz,
    attempts integer,
    retry_limit integer,
    blocking_reason text,
    blocked_by_step_id bigint,
    next_eligible_at timestamptz,
    ready boolean,
    created_at timestamptz,
    processed_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_find_steps';

COMMENT ON FUNCTION @extschema@.tasker_find_steps(text, bigint, text[], text, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) IS
'Steps by what is stored of them and by what holds them up, in the order of their ids; an argument that is NULL asks for nothing, and all that are given must hold. condition: ready, running, stuck (in progress, but the lease has run out, or nobody holds it for longer than tasker_core.stale_after), waiting (for steps, or for what its rule says), waiting_for_backoff (until next_eligible_at), retryable (failed, and may run again), exhausted (no attempts left, or not retryable), blocked (it cannot run without a person: exhausted, or marked as processed), cut_off (below a step that was cancelled), paused. blocked_by_step_id: the blocked or cancelled step that a step waits for. blocking_reason as in tasker_step_readiness(). The next page begins after_id the last id of this one; max_rows NULL: all.

Errors: 22023 an unknown condition, or max_rows is negative; 42P01, 55000 and XX001 as tasker_ready_steps(); 42501. Privileges: SELECT on the tables of tasks, steps, edges, transitions, named tasks, named steps and namespaces. Row-level security filters. Complexity: O(steps + edges) of the task for task_id; else the steps up to the last row, in the order of an index, with the tasks that they belong to; for waiting_for_backoff, retryable, exhausted, blocked and paused only the steps that have failed or are paused.';

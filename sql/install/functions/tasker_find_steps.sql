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

COMMENT ON FUNCTION @extschema@.tasker_find_steps(text, bigint, text[], text, text, text, text,
    timestamptz, timestamptz, timestamptz, bigint, integer) IS
'Finds steps by their stored data and by what they wait for, in the order of their ids. A NULL '
'argument does not filter; a step must match all other arguments. condition: ready, running, stuck '
'(in progress, but the lease has expired, or it has had no lease for longer than '
'tasker_core.stale_after), waiting (for steps, or for its rule), waiting_for_backoff (until '
'next_eligible_at), retryable (failed, and may run again), exhausted (no attempts left, or not '
'retryable), blocked (it cannot run without an operator: exhausted, or marked as processed), '
'cut_off (below a cancelled step), paused. blocked_by_step_id: the blocked or cancelled step that '
'a step waits for. blocking_reason as in tasker_step_readiness(). To page, pass the last id as '
'after_id; max_rows NULL returns all.

Errors: 22023 an unknown condition, or max_rows is negative; 42P01, 55000 and XX001 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the tables of tasks, steps, edges, '
'transitions, named tasks, named steps and namespaces. Row-level security filters the rows. '
'Complexity: with task_id O(steps + edges) of the task; else the steps up to the last row, in the '
'order of an index, with their tasks; for waiting_for_backoff, retryable, exhausted, blocked and '
'paused only the steps that have failed or are paused; for ready alone, without '
'row-level security, those and the steps in the queues.';

CREATE FUNCTION @extschema@.tasker_fail_step(
    workflow_step_id bigint,
    error jsonb,
    retryable boolean DEFAULT true,
    retry_after text DEFAULT NULL,
    claim_token uuid DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    state text,
    attempts integer,
    retry_limit integer,
    next_eligible_at timestamptz,
    exhausted boolean,
    task_id bigint,
    task_state text,
    repeated boolean
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_fail_step';

COMMENT ON FUNCTION @extschema@.tasker_fail_step(bigint, jsonb, boolean, text, uuid) IS
'Fails a step. error: a text, or an object with error or message, error_class or class, backtrace '
'and any other keys; it is merged into results as the engine does. retryable = false: a permanent '
'failure; the step is not retried, even if attempts are left. (The engine retries it: defect R4.) '
'If no step of the task is left to run, the task ends in error.

tasker_config(''backoff'') decides how long the step waits. retry_after: the value of a '
'Retry-After header, seconds or an HTTP date, up to max_retry_after_seconds; the step waits until '
'both waits are over. If the header cannot be read, it is stored in the metadata of the transition '
'(unreadable_retry_after), and does not count. A wait longer than the engine''s own is stored as '
'backoff_request_seconds; otherwise that column is cleared. next_eligible_at: the time of the next '
'attempt; if there is none, it is NULL and exhausted is true.

Idempotent for the holder of the token, as tasker_complete_step().

Errors: P0002 no such step, 22004 for a NULL id, error or retryable, 22023 for an error nested '
'more than 512 levels deep, 40001 when the claim is lost, 55000 when the step is not in_progress; '
'42P01, 55000. Privileges: as tasker_complete_step(). Complexity: constant if the step will be '
'retried, else O(steps + edges) of the task.';

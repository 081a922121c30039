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
'Ends the execution of a step badly. error: a text, or an object with error or message, error_class or class, backtrace and whatever else helps; it is merged into results as the engine does. retryable = false: a permanent failure, the step is not tried again, whatever its budget (semantics R4). How long it waits is a matter of tasker_config(''backoff''). retry_after: what a Retry-After header says, seconds or an HTTP date, granted up to max_retry_after_seconds; both waits apply. A header that cannot be read is ignored and noted in the metadata of the transition (unreadable_retry_after). What is longer than the engine''s own wait is kept as backoff_request_seconds, which is cleared otherwise. next_eligible_at: when it is tried again; NULL and exhausted when it is not. A task with nothing left to run ends in error.

Idempotent for the holder of the token, as tasker_complete_step().

Errors: P0002 no such step, 22004 for a NULL id, error or retryable, 22023 for an error nested more than 512 levels deep, 40001 when the claim is lost, 55000 when the step is not in_progress; 42P01, 55000. Privileges: as tasker_complete_step(). Complexity: constant while it will be retried, else O(steps + edges) of the task.';

CREATE FUNCTION @extschema@.tasker_complete_and_claim(
    workflow_step_id bigint,
    results jsonb,
    claim_token uuid,
    worker text,
    max_rows integer DEFAULT 1,
    lease interval DEFAULT NULL,
    task_id bigint DEFAULT NULL,
    namespaces text[] DEFAULT NULL,
    task_names text[] DEFAULT NULL,
    version text DEFAULT NULL,
    step_names text[] DEFAULT NULL,
    dependent_systems text[] DEFAULT NULL,
    exclude jsonb DEFAULT NULL,
    wait interval DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    namespace text,
    task_name text,
    version text,
    step_name text,
    handler_class text,
    handler_config jsonb,
    priority integer,
    attempt integer,
    retry_limit integer,
    claim_token uuid,
    lease_until timestamptz,
    inputs jsonb,
    context jsonb,
    parent_results jsonb
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_complete_and_claim_or_wait';

COMMENT ON FUNCTION @extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer,
    interval, bigint, text[], text[], text, text[], text[], jsonb, interval) IS
'Completes one step and claims the next in one transaction: tasker_complete_step(workflow_step_id, '
'results, claim_token), then tasker_claim_steps() with the other arguments. So a worker needs one '
'round trip and one commit for each step. Returns the claimed steps, which may include a step that '
'the completion has made ready; no rows if no step is ready.

If one of the two fails, for example because the claim is lost, the call changes nothing. If you '
'repeat the call with the same token, it completes nothing and claims other steps. The steps that '
'the first call claimed can be claimed again when their leases expire.

wait: a call that completes a step does not wait, because others see its results only when it '
'commits. With workflow_step_id, results and claim_token NULL, it only claims, and waits as '
'tasker_claim_steps(). So one statement is enough for the loop of a worker.

Errors, privileges, complexity: as tasker_complete_step() and tasker_claim_steps().';

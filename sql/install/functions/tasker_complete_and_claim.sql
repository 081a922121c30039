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
    exclude jsonb DEFAULT NULL
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
AS 'MODULE_PATHNAME', 'tasker_complete_and_claim';

COMMENT ON FUNCTION @extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer, interval, bigint, text[], text[], text, text[], text[], jsonb) IS
'tasker_complete_step(workflow_step_id, results, claim_token), and then tasker_claim_steps() with the other arguments, in one transaction: one round trip and one commit for each step of a worker that is busy. Returns what was claimed, which may be a step that has just become ready by the completion; no rows when nothing is ready.

Either both are done or none: an error of either, such as a claim that is lost, leaves everything as it was. Repeated with the same token, the completion changes nothing, and steps are claimed again; what the first call has claimed comes back when its lease runs out.

Errors, privileges, locks, complexity: those of both.';

CREATE FUNCTION @extschema@.tasker_resolve_many(
    condition text DEFAULT 'exhausted',
    task_id bigint DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    step_name text DEFAULT NULL,
    error_class text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    results jsonb DEFAULT NULL,
    resolved_by text DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    task_name text,
    step_name text,
    error_class text,
    error text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_resolve_many';

COMMENT ON FUNCTION @extschema@.tasker_resolve_many(text, bigint, text, text, text, text, text,
    timestamptz, timestamptz, bigint, jsonb, text, text, boolean, integer) IS
'Resolves failed steps, found by filters, each as tasker_resolve_step(). condition as in '
'tasker_retry_many(). Unless dry_run is false, it only shows them. refusal: why a step was left '
'as it is.

Errors: 22004; 22023 no filter and no dry run, another condition, or max_rows is negative; '
'42501; 40001. Privileges: those of tasker_resolve_step(). Complexity: as tasker_retry_many().';

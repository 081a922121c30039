CREATE FUNCTION @extschema@.tasker_retry_many(
    condition text DEFAULT 'exhausted',
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    step_name text DEFAULT NULL,
    error_class text DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
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
AS 'MODULE_PATHNAME', 'tasker_retry_many';

COMMENT ON FUNCTION @extschema@.tasker_retry_many(text, text, text, text, text, timestamptz, text,
    boolean, integer) IS
'Lets many failed steps run again: those of tasker_dead_letters() (condition exhausted), or those '
'that wait for their retry (retryable). Exhausted steps get all their attempts again (action '
'reset, as tasker_reset_step()); retryable steps run without waiting (action retry, as '
'tasker_retry_step()). Unless dry_run is false, the call only shows what it would do. If another '
'session has changed a step meanwhile, the call skips it: done is false, and refusal gives the '
'reason. All changes are in one transaction; call it again if more than max_rows steps match.

Errors: 22004; 22023 another condition, or max_rows is negative; 42P01, 55000 and XX001 as '
'tasker_ready_steps(); 42501; 40001. Privileges: for a dry run those of tasker_find_steps(), else '
'those of tasker_reset_step() too. Complexity: as tasker_find_steps(), and O(steps + edges) of the '
'task for each step that is changed. Waits for transactions that are changing one of the steps; it '
'locks the steps in the order of their ids.';

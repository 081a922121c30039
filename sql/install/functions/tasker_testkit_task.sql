CREATE FUNCTION @extschema@.tasker_testkit_task(
    pattern text,
    context jsonb DEFAULT '{}',
    namespace text DEFAULT 'testkit'
)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_testkit_task';

COMMENT ON FUNCTION @extschema@.tasker_testkit_task(text, jsonb, text) IS
'Creates a task of a pattern, as tasker_testkit_pattern() lists them, and returns its id. It '
'creates the namespace, the named task (with the name of the pattern, version 0.1.0) and the named '
'steps (of the dependent system testkit) if they are missing. Steps are created in the order of '
'the pattern. batch also creates a task of batch_part for each of its steps process_part_…, with '
'parent_task_id and parent_step_id in its context.

Errors: 55000 unless tasker_core.testkit is on; 22004; 22023 for an unknown pattern, or a context '
'that is no object; 42P01, 55000; 42501. Privileges: EXECUTE, which PUBLIC does not have; INSERT '
'and SELECT on the Tasker tables. Complexity: O(steps + edges).';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_task(text, jsonb, text) FROM PUBLIC;

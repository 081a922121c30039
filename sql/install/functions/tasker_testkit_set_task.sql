CREATE FUNCTION @extschema@.tasker_testkit_set_task(
    task_id bigint,
    state text,
    age interval DEFAULT '0'
)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_testkit_set_task';

COMMENT ON FUNCTION @extschema@.tasker_testkit_set_task(bigint, text, interval) IS
'Gives a task another history, as tasker_testkit_set_step() does for a step, and sets complete to '
'match. It does not change or check its steps.

Errors: 55000 unless tasker_core.testkit is on; P0002 no such task; 22004; 22023 for an unknown '
'state, an age below zero or beyond 1,000 years; 42P01, 55000; 42501. Privileges: EXECUTE, which '
'PUBLIC does not have; UPDATE on the tasks, all privileges on their transitions. Complexity: '
'O(transitions).';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_set_task(bigint, text, interval) FROM PUBLIC;

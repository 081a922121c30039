CREATE FUNCTION @extschema@.tasker_testkit_random_task(
    steps integer,
    seed bigint DEFAULT 0,
    shape text DEFAULT 'layers',
    context jsonb DEFAULT '{}',
    namespace text DEFAULT 'testkit'
)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_testkit_random_task';

COMMENT ON FUNCTION @extschema@.tasker_testkit_random_task(integer, bigint, text, jsonb, text) IS
'Creates a task named random with 0 to 100,000 steps, named step_1 and so on, and returns its id. '
'shape: chain, independent, fork_join (one, all others, one), tree (each after one earlier step), '
'layers (of one to eight, each step after one to three of the layer before), sparse (each after '
'none to three of the twelve before), dense (each after about half of the twelve before). The same '
'steps, seed and shape give the same graph, in every version.

Errors: 55000 unless tasker_core.testkit is on; 22004, 22023; 42P01, 55000; 42501. Privileges: as '
'tasker_testkit_task(). Complexity: O(steps).';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_random_task(integer, bigint, text, jsonb, text)
    FROM PUBLIC;

CREATE FUNCTION @extschema@.tasker_testkit_dataset(
    tasks integer DEFAULT 30,
    distribution jsonb DEFAULT NULL,
    seed bigint DEFAULT 0,
    namespace text DEFAULT 'testkit'
)
RETURNS TABLE (pattern text, tasks bigint, steps bigint, edges bigint)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 5
AS 'MODULE_PATHNAME', 'tasker_testkit_dataset';

COMMENT ON FUNCTION @extschema@.tasker_testkit_dataset(integer, jsonb, bigint, text) IS
'Creates tasks that have not begun, and returns how many of each pattern it has created. '
'distribution: shares of patterns between 0 and 1, for example {"etl": 0.2, "random": 0.1}; random '
'stands for 16 different workflows of 10 steps. NULL: the distribution of the engine''s factory '
'(linear 0.30, diamond 0.25, parallel_merge 0.20, tree 0.15, mixed 0.10). Each share is rounded '
'separately, halves away from zero; the number of linear tasks is adjusted to the total, then that '
'of the last patterns. The seed determines the order of the tasks and the random workflows, not '
'the counts; the same arguments give the same data, in every version. batch has no child tasks '
'here.

From 5,000 steps on, a superuser writes page by page, and builds the indexes at the end. The '
'tables must not be in use, and must hold no more rows than the call will write. The call then '
'locks tasks, steps and edges (ACCESS EXCLUSIVE) until the transaction ends.

Errors: 55000 unless tasker_core.testkit is on; 22004, 22023; 42P01, 55000; 42501. Privileges: as '
'tasker_testkit_task(). Complexity: O(steps + edges), 5,000 tasks in a statement.';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_dataset(integer, jsonb, bigint, text) FROM PUBLIC;

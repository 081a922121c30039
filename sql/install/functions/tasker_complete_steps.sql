CREATE FUNCTION @extschema@.tasker_complete_steps(
    workflow_step_ids bigint[],
    claim_tokens uuid[] DEFAULT NULL,
    results jsonb[] DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    state text,
    ready_step_ids bigint[],
    task_id bigint,
    task_state text,
    repeated boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_complete_steps';

COMMENT ON FUNCTION @extschema@.tasker_complete_steps(bigint[], uuid[], jsonb[]) IS
'Ends the executions of several steps well, of any tasks, in one transaction and one pass: for each as tasker_complete_step() does, with the token and the results of the same place in the arrays (results NULL: those stored stay). One row for each step, in the order of the array; ready_step_ids: its children that are ready once all of them have ended.

What tasker_complete_step() would answer with an error of its own step (no such step, a claim that is lost, not in_progress) is refused alone: refusal says why, and all other columns but the id are NULL. The others are completed all the same.

NULL workflow_step_ids, as an aggregate over no rows returns, end nothing.

Errors: 22004 for a NULL id in the array, 22023 when the arrays are not of the same length or name a step twice; 42P01, 55000. Privileges: as for tasker_complete_step(). Complexity: as for each of them; every statement is run once for all, so that ten cost about as much as three alone. Waits for transactions that are changing the same steps, which it locks in the order of their ids. Semantics 2.7.';

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
'Completes several steps of any tasks in one transaction, each as tasker_complete_step() does. The '
'token and the results of a step have its position in the arrays; NULL results keep the stored '
'ones. Returns one row for each step, in the order of the array. ready_step_ids: the children that '
'are ready when all of these steps have ended.

A step is refused if it does not exist, its claim is lost, or it is not in_progress. Then its row '
'has the reason in refusal, and NULL in all other columns except the id. The other steps are '
'completed. NULL workflow_step_ids, which an aggregate over no rows returns, complete nothing.

Errors: 22004 for a NULL id in the array, 22023 when the arrays differ in length or name a step '
'twice; 42P01, 55000. Privileges: as tasker_complete_step(). Complexity: as tasker_complete_step() '
'for each step; every statement runs once for all, so ten steps cost about as much as three single '
'calls. Waits for transactions that are changing the same steps, which it locks in the order of '
'their ids.';

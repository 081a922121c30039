-- So many hints of a bucket, the first in order, go back to where claims find them, each under the number of this transaction: a hint
-- at the same step may be put or taken away by somebody else at this moment, and nobody waits for that.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT parked.ctid
        FROM @installation@.tasker_core_parked AS parked
        WHERE parked.bucket OPERATOR(pg_catalog.=) $1
        ORDER BY parked.rank, parked.workflow_step_id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING workflow_step_id, task_id, named_step_id, named_task_id, rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT freed.workflow_step_id, OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
    freed.task_id, freed.named_step_id, freed.named_task_id, freed.rank
FROM freed
ON CONFLICT DO NOTHING

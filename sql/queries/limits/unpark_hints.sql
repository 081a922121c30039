-- So many hints of a bucket, the first in order, go back to where claims find them.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT parked.ctid
        FROM @installation@.tasker_core_parked AS parked
        WHERE parked.bucket OPERATOR(pg_catalog.=) $1
        ORDER BY parked.rank
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank
FROM freed
ON CONFLICT DO NOTHING

-- What says that these tasks may be over, but for what somebody else is looking at.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
  AND offered_until OPERATOR(pg_catalog.=) '-infinity'
FOR UPDATE SKIP LOCKED

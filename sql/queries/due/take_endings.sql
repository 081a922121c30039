-- Likewise the tasks that may be over, in the order in which they were.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE offered_until OPERATOR(pg_catalog.=) '-infinity'
  AND (pg_catalog.cardinality($2) OPERATOR(pg_catalog.=) 0
       OR NOT task_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($2)))
ORDER BY noted_at
LIMIT $1
FOR UPDATE SKIP LOCKED

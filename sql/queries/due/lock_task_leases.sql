-- Which of these tasks are a scheduler's, and until when, but for those that somebody is just giving back.
SELECT task_id, lease_until
FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED

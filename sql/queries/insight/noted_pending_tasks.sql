-- How many tasks are pending by a transition that says so: others the engine does not count as pending (R13).
SELECT pg_catalog.count(*) AS noted_pending
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_task_transitions AS transition
    ON transition.task_id OPERATOR(pg_catalog.=) task.task_id
WHERE transition.most_recent
  AND transition.to_state OPERATOR(pg_catalog.=) 'pending'

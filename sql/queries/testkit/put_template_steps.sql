-- Which named tasks have which named steps, in pairs; those that are not there.
INSERT INTO @installation@.tasker_named_tasks_named_steps (named_task_id, named_step_id, created_at, updated_at)
SELECT wanted.named_task_id, wanted.named_step_id, $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY
    AS wanted (named_task_id, named_step_id, place)
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_tasks_named_steps AS known
    WHERE known.named_task_id OPERATOR(pg_catalog.=) wanted.named_task_id
      AND known.named_step_id OPERATOR(pg_catalog.=) wanted.named_step_id
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING

-- Steps and tasks with several current transitions: of each table the first 21, and how many there are.
SELECT found.table_name, found.parent_id, found.transitions, found.total
FROM (
    SELECT 'tasker_workflow_step_transitions'::pg_catalog.text AS table_name, transition.workflow_step_id AS parent_id,
           pg_catalog.count(*) AS transitions, pg_catalog.count(*) OVER () AS total,
           pg_catalog.row_number() OVER (ORDER BY transition.workflow_step_id) AS found_position
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.most_recent
    GROUP BY transition.workflow_step_id
    HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1
    UNION ALL
    SELECT 'tasker_task_transitions', transition.task_id, pg_catalog.count(*), pg_catalog.count(*) OVER (),
           pg_catalog.row_number() OVER (ORDER BY transition.task_id)
    FROM @installation@.tasker_task_transitions AS transition
    WHERE transition.most_recent
    GROUP BY transition.task_id
    HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1
) AS found
WHERE found.found_position OPERATOR(pg_catalog.<=) 21
ORDER BY found.table_name, found.parent_id

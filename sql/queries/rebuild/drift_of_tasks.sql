-- Where the side rows of tasks differ from what the Rails tables say. Run with a pinned search_path.
SELECT
    COALESCE(facts.task_id, side.task_id) AS row_id,
    CASE
        WHEN side.task_id IS NULL THEN 'missing'
        WHEN facts.task_id IS NULL THEN 'extra'
        ELSE 'differs: ' || concat_ws(', ',
        CASE WHEN facts.named_task_id IS DISTINCT FROM side.named_task_id THEN 'named_task_id' END,
        CASE WHEN facts.state IS DISTINCT FROM side.state THEN 'state' END,
        CASE WHEN facts.state_since IS DISTINCT FROM side.state_since THEN 'state_since' END,
        CASE WHEN facts.created_at IS DISTINCT FROM side.created_at THEN 'created_at' END)
    END AS problem
FROM (
@task_facts@
) AS facts
FULL JOIN @installation@.tasker_core_tasks AS side ON side.task_id = facts.task_id
WHERE ROW(facts.*) IS DISTINCT FROM ROW(side.task_id, side.named_task_id, side.state, side.state_since, side.created_at)
ORDER BY row_id

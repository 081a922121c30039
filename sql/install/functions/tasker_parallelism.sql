CREATE FUNCTION @extschema@.tasker_parallelism(task_id bigint)
RETURNS TABLE (
    dependency_level      integer,
    total_steps           integer,
    ready_steps           integer,
    running_steps         integer,
    waiting_steps         integer,
    failed_steps          integer,
    completed_steps       integer,
    parallelism_potential text,
    bottleneck_risk       text
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 5
AS 'MODULE_PATHNAME', 'tasker_parallelism';

COMMENT ON FUNCTION @extschema@.tasker_parallelism(bigint) IS
'Returns how many steps of a task can run at once: a row for each level (the length of the longest '
'path from a root). waiting_steps: steps that wait for others. parallelism_potential: High when '
'several steps of the level can start now, Medium when one can, else Low. bottleneck_risk: High '
'when more than half of the level waits for others, else Low. No rows for a task without steps. '
'tasker_workflow_summary() has the figures for the whole task.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501. '
'Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, and edges to '
'these. Complexity: O(steps + edges) of the task.';

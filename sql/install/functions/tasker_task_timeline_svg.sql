CREATE FUNCTION @extschema@.tasker_task_timeline_svg(task_id bigint)
RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_task_timeline_svg';

COMMENT ON FUNCTION @extschema@.tasker_task_timeline_svg(bigint) IS
'Returns the history of a task as a Gantt chart, an SVG document. For each step it shows, attempt '
'by attempt, when the step waited for its parents, for a worker and for its backoff, and when it '
'ran. It ends now, or at the last transition of a closed task. If there are more than 200 steps, '
'the first 200 are drawn.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables; '
'row-level security hides tasks and steps, and edges to these. Complexity: O(steps + edges + '
'transitions).';

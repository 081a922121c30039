CREATE FUNCTION @extschema@.tasker_task_svg(task_id bigint)
RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_task_svg';

COMMENT ON FUNCTION @extschema@.tasker_task_svg(bigint) IS
'Returns the steps of a task and their states as an SVG document with a layered layout: psql -XAtc '
'''SELECT tasker_task_svg(42)'' -o task.svg. Each state has its own colour and sign; a tooltip '
'shows more about each step. Up to 200 steps are drawn one by one; of a larger task, the picture '
'shows levels. Edges that close a cycle are dashed. The document contains no scripts and no links '
'to other files.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables; '
'row-level security hides tasks and steps, and edges to these. Complexity: O((steps + edges) log '
'(steps + edges)) and the length of the edges in levels, for up to 200 steps; O(steps + edges) for '
'more.';

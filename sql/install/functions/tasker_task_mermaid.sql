CREATE FUNCTION @extschema@.tasker_task_mermaid(task_id bigint)
RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_task_mermaid';

COMMENT ON FUNCTION @extschema@.tasker_task_mermaid(bigint) IS
'Returns the steps of a task and their states as source of a Mermaid flowchart, for Markdown, '
'wikis and issues. Each state has its own colour and shape. Names may contain any text.

Errors: P0002 no such task, 22004; 54000 for more than 20,000 steps or 100,000 edges; 42P01, '
'55000; 42501. Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, '
'and edges to these. Complexity: O(steps + edges).';
